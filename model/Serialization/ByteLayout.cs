namespace Conformance.Model.Serialization;

/// <summary>How the value of a field is written.</summary>
public enum FieldForm
{
    /// <summary>Decimal.</summary>
    Number,

    /// <summary>Hexadecimal, all digits.</summary>
    Hexadecimal,

    /// <summary>Hexadecimal; another value than 0 is worth a word.</summary>
    Reserved,
}

/// <summary>A value that a field may have, and what it says.</summary>
/// <param name="Value">The value.</param>
/// <param name="Meaning">A phrase.</param>
public readonly record struct NamedValue(ulong Value, string Meaning);

/// <summary>One field of a serialized state: a little-endian number.</summary>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Size">Bytes: 2, 4 or 8.</param>
/// <param name="Name">The name that its authors gave it.</param>
/// <param name="Form">How its value is written.</param>
/// <param name="Meaning">What it holds, as a phrase.</param>
public sealed record LayoutField(int Offset, int Size, string Name, FieldForm Form, string Meaning)
{
    /// <summary>The values that mean something by themselves; empty when every value is as good as another.</summary>
    public IReadOnlyList<NamedValue> Values { get; init; } = [];

    /// <summary>What is said of a value that is not among <see cref="Values"/>; null: the field may have others, and <see cref="Meaning"/> is said.</summary>
    public string? Otherwise { get; init; }

    /// <summary>What the value says in the light of the other fields, given the whole state; null when it stands alone.</summary>
    public Func<byte[], string>? InContext { get; init; }

    /// <summary>The first byte behind the field.</summary>
    public int End => Offset + Size;
}

/// <summary>A serialized state of fixed size, field by field: written down once, for whoever reads, writes, explains or spoils it.</summary>
/// <param name="Name">What it is called, with its version.</param>
/// <param name="Fields">The fields in the order of their offsets, without gaps.</param>
/// <param name="Complete">The lengths in bytes at which a stream is complete, the shortest first, each with what such a stream is.</param>
public sealed record ByteLayout(string Name, IReadOnlyList<LayoutField> Fields, IReadOnlyList<(int Length, string Words)> Complete)
{
    /// <summary>Bytes of the whole state.</summary>
    public int Size => Fields[^1].End;

    /// <summary>The field of a name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public LayoutField Field(string name) => Fields.First(field => field.Name == name);
}
