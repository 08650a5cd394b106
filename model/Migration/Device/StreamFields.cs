using System.Globalization;

namespace Conformance.Model.Migration.Device;

/// <summary>What a field of a stream is to the device that loads it.</summary>
public enum FieldRole : byte
{
    /// <summary>It has one value: a magic, a reserved word that is checked (MIG-RES-05).</summary>
    Fixed,

    /// <summary>It names what the source is: a model, a count of queues (MIG-RES-06).</summary>
    Identity,

    /// <summary>The version of the format; <see cref="StreamField.Limit"/> is the newest that the driver knows (MIG-RES-19).</summary>
    Version,

    /// <summary>It counts bytes or entries that the stream holds (MIG-RES-05, MIG-RES-17).</summary>
    Length,

    /// <summary>It indexes something inside of the device; <see cref="StreamField.Limit"/> is the first value out of range (MIG-RES-28).</summary>
    Index,
}

/// <summary>A field at a fixed place of the streams that are saved without pre-copy.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Size">1, 2, 4 or 8 bytes, little-endian.</param>
/// <param name="Limit">See <see cref="FieldRole"/>; 0 where the role has none.</param>
public readonly record struct StreamField(FieldRole Role, ushort Offset, byte Size, ulong Limit = 0)
{
    /// <summary>The largest value that it has room for.</summary>
    public ulong Most => ulong.MaxValue >> (64 - (8 * Size));
}

/// <summary>
/// What a driver declares of its stream, so that a kit to which streams are opaque (E-20) can spoil them and know what must be refused. As text, items with
/// commas between: <c>fixed 0+8, identity 12+4, version 8+4&lt;=1, length 28+4, index 176+4&lt;8, complete 40, fnv1a-64</c>. The numbers are offset and size
/// in bytes, and the limit. "complete N": the first N bytes of a longer stream are a legal stream (E-21). "fnv1a-64": the last eight bytes are the FNV-1a-64 of
/// all that come before, and are compared.
/// </summary>
public sealed class StreamFields : IEquatable<StreamFields>
{
    private const string Sum = "fnv1a-64";

    private static readonly (string Word, FieldRole Role, string Limit)[] roles =
    [
        ("fixed", FieldRole.Fixed, ""),
        ("identity", FieldRole.Identity, ""),
        ("version", FieldRole.Version, "<="),
        ("length", FieldRole.Length, ""),
        ("index", FieldRole.Index, "<"),
    ];

    private readonly string text;

    private StreamFields(string text, IReadOnlyList<StreamField> fields, IReadOnlyList<ulong> complete, bool hasSum)
    {
        this.text = text;
        Fields = fields;
        Complete = complete;
        HasSum = hasSum;
    }

    /// <summary>Nothing is declared.</summary>
    public static StreamFields None { get; } = new("", [], [], false);

    /// <summary>The fields, in the order in which they were declared.</summary>
    public IReadOnlyList<StreamField> Fields { get; }

    /// <summary>Lengths of streams that may be the beginning of a longer one (E-21).</summary>
    public IReadOnlyList<ulong> Complete { get; }

    /// <summary>True when a stream ends with a checksum of itself.</summary>
    public bool HasSum { get; }

    /// <summary>The fields of one role.</summary>
    public IEnumerable<StreamField> Of(FieldRole role) => Fields.Where(field => field.Role == role);

    /// <summary>The field that a byte belongs to, or null.</summary>
    public StreamField? At(ulong offset)
    {
        foreach (var field in Fields)
            if (offset >= field.Offset && offset < (ulong)field.Offset + field.Size)
                return field;
        return null;
    }

    /// <summary>True when a stream of this length may be legal though a longer one begins with the same bytes.</summary>
    public bool IsComplete(ulong length) => Complete.Contains(length);

    /// <summary>The declaration that a driver writes down as a constant.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static StreamFields Of(string text) => Parse(text) ?? throw new FormatException($"\"{text}\" declares no fields of a stream.");

    /// <summary>Understands the text of the declaration; null when it is none.</summary>
    public static StreamFields? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var fields = new List<StreamField>();
        var complete = new List<ulong>();
        var hasSum = false;
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (item == Sum)
                hasSum = true;
            else if (item.StartsWith("complete ", StringComparison.Ordinal) && Number(item[9..]) is { } length)
                complete.Add(length);
            else if (Field(item) is { } field)
                fields.Add(field);
            else
                return null;
        }

        return new(text, fields, complete, hasSum);
    }

    /// <inheritdoc/>
    public bool Equals(StreamFields? other) => other is not null && other.text == text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamFields);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(text, StringComparison.Ordinal);

    /// <summary>The text of the declaration.</summary>
    public override string ToString() => text;

    private static StreamField? Field(string item)
    {
        foreach (var (word, role, limit) in roles)
        {
            if (!item.StartsWith(word + " ", StringComparison.Ordinal))
                continue;
            var rest = item[(word.Length + 1)..];
            ulong? most = 0;
            if (limit.Length > 0)
            {
                var at = rest.IndexOf(limit, StringComparison.Ordinal);
                if (at < 0)
                    return null;
                most = Number(rest[(at + limit.Length)..]);
                rest = rest[..at];
            }

            var parts = rest.Split('+');
            return parts.Length == 2 && Number(parts[0]) is <= ushort.MaxValue and var offset && Number(parts[1]) is 1 or 2 or 4 or 8 && most is { } known
                ? new(role, (ushort)offset!, byte.Parse(parts[1], CultureInfo.InvariantCulture), known)
                : null;
        }

        return null;
    }

    private static ulong? Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
