namespace Conformance.Model.Contract;

/// <summary>
/// The memory that a call is given, as the driver sees it: bytes, how many of them are mapped, and whether the mapping can be written.
/// A second buffer may be attached: its address is what the driver finds as a u64 at <see cref="PointerOffset"/> of the first.
/// </summary>
public readonly ref struct UserBuffer
{
    /// <summary>An ordinary buffer: all of it mapped, readable and writable.</summary>
    public UserBuffer(Span<byte> bytes)
    {
        Bytes = bytes;
        Accessible = bytes.Length;
        PointerOffset = -1;
    }

    /// <summary>The bytes; after the call, what the driver left in them.</summary>
    public Span<byte> Bytes { get; init; }

    /// <summary>How many bytes from the start are mapped. A driver that touches the rest gets EFAULT (ABI-02, ABI-17). 0..Bytes.Length.</summary>
    public int Accessible { get; init; }

    /// <summary>True when the mapping is read-only: every write by the driver gives EFAULT (ABI-17, E-53).</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The attached buffer (ranges of a START, bitmap of a REPORT); empty when there is none.</summary>
    public Span<byte> Attached { get; init; }

    /// <summary>How many bytes of <see cref="Attached"/> are mapped.</summary>
    public int AttachedAccessible { get; init; }

    /// <summary>Where in <see cref="Bytes"/> the address of <see cref="Attached"/> goes (envelope counted), or -1: no pointer is filled in.</summary>
    public int PointerOffset { get; init; }

    /// <summary>True when the driver may read <paramref name="count"/> bytes at <paramref name="offset"/>.</summary>
    public bool CanRead(int offset, int count) => offset + count <= Accessible;

    /// <summary>True when the driver may write <paramref name="count"/> bytes at <paramref name="offset"/>.</summary>
    public bool CanWrite(int offset, int count) => !ReadOnly && offset + count <= Accessible;
}
