using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Plans;

/// <summary>
/// A plan in one line: <c>cfm1-</c> and base64url. It holds the plan itself, not a seed, and says what kind of device it was made for. Layout of the bytes, numbers as LEB128:
/// length of the body, body, four bytes of SHA-256 over prefix, length and body. Body: suite, features, level (601 is 6.1), four bytes of the traits' digest,
/// 1 when the device is opened without access, the count of steps, and per step its device * 1024 + its kind * 4 + 1 when A is not 0 + 2 when B is not 0, followed by those.
/// </summary>
/// <param name="Suite">The suite: "migration".</param>
/// <param name="Features">The flags word of the device that it was made for.</param>
/// <param name="Level">Its uAPI level.</param>
/// <param name="Traits">The digest of its traits, eight hexadecimal digits.</param>
/// <param name="Plan">The plan.</param>
public sealed record ReplayToken(string Suite, ulong Features, UapiLevel Level, string Traits, Plan Plan)
{
    /// <summary>The version that this kit writes and reads.</summary>
    public const int Version = 1;

    /// <summary>The longest token that is looked at, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    private const string Word = "cfm";
    private const int ChecksumLength = 4;
    private const int DigestLength = 4;
    private const ulong DeviceUnit = 4 * (byte.MaxValue + 1);
    private static readonly string prefix = string.Create(CultureInfo.InvariantCulture, $"{Word}{Version}-");
    private static readonly string[] suites = ["migration"];
    private static readonly (int Code, UapiLevel Level)[] levels =
    [
        (601, UapiLevel.V6_1),
        (602, UapiLevel.V6_2),
        (606, UapiLevel.V6_6),
        (607, UapiLevel.V6_7),
        (612, UapiLevel.V6_12),
        (702, UapiLevel.V7_2),
    ];

    /// <summary>The token.</summary>
    public override string ToString()
    {
        var body = new List<byte>();
        Put(body, (ulong)Array.IndexOf(suites, Suite));
        Put(body, Features);
        Put(body, (ulong)levels.First(row => row.Level == Level).Code);
        body.AddRange(Convert.FromHexString(Traits));
        Put(body, Plan.Unbound ? 1u : 0);
        Put(body, (ulong)Plan.Steps.Count);
        foreach (var step in Plan.Steps)
        {
            Put(body, (ulong)step.Device * DeviceUnit + (ulong)step.Kind * 4 + (step.A != 0 ? 1u : 0) + (step.B != 0 ? 2u : 0));
            if (step.A != 0)
                Put(body, step.A);
            if (step.B != 0)
                Put(body, step.B);
        }

        var all = new List<byte>();
        Put(all, (ulong)body.Count);
        all.AddRange(body);
        all.AddRange(Checksum([.. all]));
        return prefix + Base64Url.EncodeToString([.. all]);
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
        var rest = new Reader(bytes);
        if (!rest.TryTake(out var length) || length > MaxLength)
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

        return TryReadBody(new Reader(bytes.AsMemory(bytes.Length - ChecksumLength - (int)length, (int)length)), out token, out error);
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
        return Base64Url.IsValid(text.AsSpan(prefix.Length)) ? "" : "the token is cut off: its last characters are missing, or it was changed";
    }

    // Its checksum fits, so that only another kit, or somebody who means it, has written what cannot be read here.
    private static bool TryReadBody(Reader body, [NotNullWhen(true)] out ReplayToken? token, out string error)
    {
        token = null;
        error = "the token makes no sense, although its checksum fits";
        if (
            !body.TryTake(out var suite)
            || !body.TryTake(out var features)
            || !body.TryTake(out var level)
            || !body.TryTake(DigestLength, out var traits)
            || !body.TryTake(out var unbound)
            || unbound > 1
            || !body.TryTake(out var count)
        )
            return false;
        var row = Array.FindIndex(levels, row => (ulong)row.Code == level);
        if (suite >= (ulong)suites.Length || row < 0)
        {
            error = $"the token speaks of a {(row < 0 ? "uAPI level" : "suite")} that this kit does not know: a newer one made it";
            return false;
        }

        if (count is 0 or > Journal.MaxSteps)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"the token holds {count} steps; a plan has 1 to {Journal.MaxSteps}");
            return false;
        }

        // A step takes a byte at least, so that a count is no promise that costs memory.
        if (count > (ulong)body.Left)
            return false;
        var steps = new Step[count];
        for (var at = 0; at < steps.Length; at++)
        {
            var a = 0ul;
            var b = 0ul;
            if (!body.TryTake(out var code) || ((code & 1) != 0 && !body.TryTake(out a)) || ((code & 2) != 0 && !body.TryTake(out b)) || a > uint.MaxValue)
                return false;
            var kind = code % DeviceUnit / 4;
            if (code / DeviceUnit > Step.LastDevice)
            {
                error = string.Create(
                    CultureInfo.InvariantCulture,
                    $"step {at + 1} is done to device {code / DeviceUnit}, and there are two: a newer kit made the token"
                );
                return false;
            }

            if (!StepTable.Knows((StepKind)kind))
            {
                error = string.Create(
                    CultureInfo.InvariantCulture,
                    $"step {at + 1} is of kind {kind}, which this kit does not know: a newer one made the token"
                );
                return false;
            }

            steps[at] = new((StepKind)kind, (byte)(code / DeviceUnit), (uint)a, b);
        }

        if (body.Left != 0)
            return false;
        error = "";
        token = new(suites[suite], features, levels[row].Level, Convert.ToHexStringLower(traits.Span), new(steps, unbound == 1));
        return true;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes) => SHA256.HashData([.. Encoding.ASCII.GetBytes(prefix), .. bytes])[..ChecksumLength];

    private static void Put(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    private sealed class Reader(ReadOnlyMemory<byte> bytes)
    {
        private int at;

        public int Left => bytes.Length - at;

        public bool TryTake(out ulong value)
        {
            value = 0;
            for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
            {
                var next = bytes.Span[at++];
                if (shift == 63 && next > 1)
                    return false;
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return true;
            }

            return false;
        }

        public bool TryTake(int count, out ReadOnlyMemory<byte> value)
        {
            value = default;
            if (count > Left)
                return false;
            value = bytes.Slice(at, count);
            at += count;
            return true;
        }
    }
}
