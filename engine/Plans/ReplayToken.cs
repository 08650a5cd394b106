using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Plans;

/// <summary>What a plan was made for. It is said to whoever replays the plan elsewhere; the plan itself is what counts.</summary>
/// <param name="Features">What the device advertises, as a word of its suite: the migration feature set, the stages of an SMMU.</param>
/// <param name="Level">The uAPI level; null where there is none.</param>
/// <param name="Digest">A digest of what else is known of it, eight hexadecimal digits.</param>
public sealed record MadeFor(ulong Features, UapiLevel? Level, string Digest)
{
    /// <summary>Any device.</summary>
    public static MadeFor Anything { get; } = new(0, null, "00000000");
}

/// <summary>
/// A plan in one line: <c>cfm1-</c> and base64url. It holds the plan itself, not a seed, and says what kind of device it was made for. Layout of the bytes,
/// numbers as LEB128: length of the body, body, four bytes of SHA-256 over prefix, length and body. Body: the suite's number, features, level (601 is 6.1, 0
/// none), four bytes of digest, and the plan as the suite's language writes it (<see cref="IPlanLanguage{TPlan}.Write"/>).
/// </summary>
/// <param name="Suite">The number of the suite.</param>
/// <param name="MadeFor">The device that it was made for.</param>
/// <param name="Plan">The plan as bytes.</param>
public sealed record ReplayToken(int Suite, MadeFor MadeFor, ReadOnlyMemory<byte> Plan)
{
    /// <summary>The version that this kit writes and reads.</summary>
    public const int Version = 1;

    /// <summary>The longest token that is looked at, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>The longest plan, in bytes, that fits into a token.</summary>
    public const int MaxPlan = MaxLength / 4 * 3 - 64;

    private const int OrdinaryPlan = 2 << 10;
    private const string Word = "cfm";
    private const int ChecksumLength = 4;
    private const int DigestLength = 4;
    private static readonly string prefix = string.Create(CultureInfo.InvariantCulture, $"{Word}{Version}-");
    private static readonly (int Code, UapiLevel? Level)[] levels =
    [
        (0, null),
        (601, UapiLevel.V6_1),
        (602, UapiLevel.V6_2),
        (606, UapiLevel.V6_6),
        (607, UapiLevel.V6_7),
        (612, UapiLevel.V6_12),
        (702, UapiLevel.V7_2),
    ];

    /// <summary>Makes a token; null when the plan is too long for one.</summary>
    public static ReplayToken? Of<TPlan>(int suite, MadeFor madeFor, IPlanLanguage<TPlan> language, TPlan plan)
        where TPlan : class
    {
        // Nearly every plan is short; a buffer for the longest is made only where it is needed, and no token holds on to one.
        foreach (var size in (ReadOnlySpan<int>)[OrdinaryPlan, MaxPlan])
        {
            var buffer = new byte[size];
            var writer = new PlanWriter(buffer);
            language.Write(plan, ref writer);
            if (!writer.Overflows)
                return new(suite, madeFor, buffer.AsSpan(0, writer.Length).ToArray());
        }

        return null;
    }

    /// <summary>Reads the plan.</summary>
    /// <exception cref="PlanFormatException">It is none that this kit knows: a newer one made the token.</exception>
    public TPlan Read<TPlan>(IPlanLanguage<TPlan> language)
        where TPlan : class
    {
        var reader = new PlanReader(Plan);
        var plan = language.Read(reader);
        return reader.Left == 0
            ? plan
            : throw new PlanFormatException("the token makes no sense, although its checksum fits: something stands behind the plan");
    }

    /// <summary>The token.</summary>
    public override string ToString()
    {
        var head = new byte[64];
        var body = new PlanWriter(head);
        body.Number((ulong)Suite);
        body.Number(MadeFor.Features);
        body.Number((ulong)levels.First(row => row.Level == MadeFor.Level).Code);
        body.Bytes(Convert.FromHexString(MadeFor.Digest));
        var size = new byte[10];
        var length = new PlanWriter(size);
        length.Number((ulong)(body.Length + Plan.Length));
        byte[] all = [.. size[..length.Length], .. head[..body.Length], .. Plan.Span];
        return prefix + Base64Url.EncodeToString([.. all, .. Checksum(all)]);
    }

    /// <summary>Reads a token.</summary>
    /// <param name="text">What <see cref="ToString"/> wrote; blanks around it do not matter.</param>
    /// <param name="token">The token.</param>
    /// <param name="error">What is wrong with it, in one line without an end; empty when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ReplayToken? token, out string error)
    {
        token = null;
        text = text.Trim();
        error = CheckText(text);
        if (error.Length > 0)
            return false;
        var bytes = Base64Url.DecodeFromChars(text.AsSpan(prefix.Length));
        var rest = new PlanReader(bytes);
        ulong length;
        try
        {
            length = rest.Number(MaxLength);
        }
        catch (PlanFormatException)
        {
            error = "the token was changed: it does not say how long it is";
            return false;
        }

        var missing = (long)length + ChecksumLength - rest.Left;
        if (missing != 0)
        {
            error =
                missing > 0
                    ? string.Create(CultureInfo.InvariantCulture, $"the token is cut off: {missing} of its {bytes.Length + missing} bytes are missing")
                    : string.Create(CultureInfo.InvariantCulture, $"the token has {-missing} bytes too many: is it two in one?");
            return false;
        }

        if (!bytes.AsSpan(bytes.Length - ChecksumLength).SequenceEqual(Checksum(bytes.AsSpan(0, bytes.Length - ChecksumLength))))
        {
            error = "the token was changed: its checksum does not fit";
            return false;
        }

        return TryReadBody(new PlanReader(bytes.AsMemory(bytes.Length - ChecksumLength - (int)length, (int)length)), out token, out error);
    }

    // What can be seen without decoding.
    private static string CheckText(string text)
    {
        if (text.Length == 0)
            return "the token is empty";
        if (text.Length > MaxLength)
            return string.Create(CultureInfo.InvariantCulture, $"{text.Length} characters are no token: the longest has {MaxLength}");
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (
            dash < 0
            || !text.StartsWith(Word, StringComparison.Ordinal)
            || dash == Word.Length
            || text.AsSpan(Word.Length, dash - Word.Length).ContainsAnyExceptInRange('0', '9')
        )
            return $"a token begins with {prefix}";
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"the token is of version {text[Word.Length..Math.Min(dash, Word.Length + 9)]}, this kit reads version {Version}"
            );
        for (var at = prefix.Length; at < text.Length; at++)
            if (!char.IsAsciiLetterOrDigit(text[at]) && text[at] is not ('-' or '_'))
                return string.Create(CultureInfo.InvariantCulture, $"character {at + 1} is no part of a token: it has only letters, digits, '-' and '_'");
        return Base64Url.IsValid(text.AsSpan(prefix.Length)) ? "" : "no token has so many characters: its end is missing, or something stands behind it";
    }

    // Its checksum fits, so that only another kit, or somebody who means it, has written what cannot be read here.
    private static bool TryReadBody(PlanReader body, [NotNullWhen(true)] out ReplayToken? token, out string error)
    {
        try
        {
            var suite = (int)body.Number(int.MaxValue);
            var features = body.Number();
            var level = body.Number();
            var digest = Convert.ToHexStringLower(body.Bytes(DigestLength).Span);
            var row = Array.FindIndex(levels, row => (ulong)row.Code == level);
            token = row < 0 ? null : new(suite, new(features, levels[row].Level, digest), body.Bytes(body.Left));
            error = row < 0 ? "the token speaks of a uAPI level that this kit does not know: a newer one made it" : "";
            return row >= 0;
        }
        catch (PlanFormatException)
        {
            token = null;
            error = "the token makes no sense, although its checksum fits";
            return false;
        }
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes) => SHA256.HashData([.. Encoding.ASCII.GetBytes(prefix), .. bytes])[..ChecksumLength];
}
