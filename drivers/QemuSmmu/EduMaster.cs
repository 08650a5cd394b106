using System.Globalization;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>
/// One of QEMU's educational PCI devices: a DMA engine with a buffer of 4 KiB that nothing but its own DMA reaches. The lower part holds what it writes, the
/// upper part what it reads, a word for each transaction.
/// </summary>
internal sealed class EduMaster
{
    /// <summary>How many words each part of the buffer has. The buffer's last byte cannot be used: the device ends QEMU.</summary>
    public const int WordCount = 504;

    /// <summary>Where its own DMA engine sees the buffer.</summary>
    public const ulong Buffer = 0x40000;

    /// <summary>The part of the buffer for what it reads.</summary>
    public const ulong ReadBuffer = Buffer + 4 * WordCount;

    private readonly uint[] held = new uint[WordCount],
        wanted = new uint[WordCount];
    private readonly int[] readers = new int[WordCount];
    private int heldCount,
        wantedCount,
        readCount;

    private EduMaster(int bus, int slot, int function, ulong registers)
    {
        (Bus, Slot, Function, Registers) = (bus, slot, function, registers);
        StreamId = ((uint)bus << 8) | (uint)((slot << 3) | function);
    }

    /// <summary>Its bus number, 0 or that of a root port.</summary>
    public int Bus { get; }

    /// <summary>Its slot on the bus.</summary>
    public int Slot { get; }

    /// <summary>Its function.</summary>
    public int Function { get; }

    /// <summary>The StreamID: the bus number in [15:8], slot and function below.</summary>
    public uint StreamId { get; }

    /// <summary>The physical address of its registers.</summary>
    public ulong Registers { get; }

    /// <summary>The operations whose words are in the upper part, in its order.</summary>
    public ReadOnlySpan<int> Readers => readers.AsSpan(0, readCount);

    /// <summary>The words that the lower part has to hold.</summary>
    public ReadOnlySpan<uint> Wanted => wanted.AsSpan(0, wantedCount);

    /// <summary>
    /// Makes the masters of a machine. A root port wants function 0 first. Their StreamIDs lie on both sides of powers of two, where tables end.
    /// </summary>
    /// <param name="firstRegisters">Where the first one's registers go; each has 1 MiB, and those of one bus follow each other.</param>
    public static EduMaster[] Create(ulong firstRegisters)
    {
        (int Bus, int Slot, int Function)[] places =
        [
            (0x00, 0x01, 0),
            (0x00, 0x01, 3),
            (0x00, 0x01, 7),
            (0x00, 0x02, 0),
            (0x00, 0x03, 7),
            (0x00, 0x04, 0),
            (0x00, 0x07, 7),
            (0x00, 0x08, 0),
            (0x00, 0x0f, 7),
            (0x00, 0x10, 0),
            (0x00, 0x1f, 7),
            (0x01, 0x00, 0),
            (0x01, 0x00, 7),
            (0x04, 0x00, 0),
            (0x5a, 0x00, 0),
            (0x5a, 0x00, 7),
            (0x80, 0x00, 0),
            (0xff, 0x00, 0),
            (0xff, 0x00, 7),
        ];
        return [.. places.Select((place, index) => new EduMaster(place.Bus, place.Slot, place.Function, firstRegisters + ((ulong)index << 20)))];
    }

    /// <summary>The command line's description of it.</summary>
    /// <param name="bus">The name of its bus.</param>
    public string Argument(string bus) =>
        string.Create(CultureInfo.InvariantCulture, $"edu,bus={bus},addr={Slot:x}.{Function},multifunction=on,dma_mask=0xffffffffffffffff");

    /// <summary>Forgets what operations asked for.</summary>
    public void Clear() => wantedCount = readCount = 0;

    /// <summary>Asks for a word to be written later.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool Want(uint word)
    {
        if (wanted.AsSpan(0, wantedCount).Contains(word))
            return true;
        if (wantedCount == WordCount)
            return false;
        wanted[wantedCount++] = word;
        return true;
    }

    /// <summary>Asks for a word to read into.</summary>
    /// <param name="operation">Who reads.</param>
    /// <returns>False when there is no room for it.</returns>
    public bool WantRead(int operation)
    {
        if (readCount == WordCount)
            return false;
        readers[readCount++] = operation;
        return true;
    }

    /// <summary>True when the lower part must be loaded with <see cref="Wanted"/> first. What is asked for again and again is loaded once.</summary>
    public bool MustLoad()
    {
        foreach (var word in Wanted)
        {
            if (held.AsSpan(0, heldCount).Contains(word))
                continue;
            Wanted.CopyTo(held);
            heldCount = wantedCount;
            return true;
        }

        return false;
    }

    /// <summary>Where in its own view a word lies that was asked for.</summary>
    public ulong AddressOf(uint word) => Buffer + 4 * (ulong)held.AsSpan(0, heldCount).IndexOf(word);

    /// <summary>Where in its own view an operation's word is read to.</summary>
    public ulong ReadAddressOf(int operation) => ReadBuffer + 4 * (ulong)readers.AsSpan(0, readCount).IndexOf(operation);
}
