namespace Conformance.Model.Serialization.Qemu;

/// <summary>The byte that an element of a stream begins with.</summary>
public enum QemuMark : byte
{
    /// <summary>The end of the sections.</summary>
    End = 0x00,

    /// <summary>The first section of something that is sent in parts.</summary>
    Start = 0x01,

    /// <summary>Another part.</summary>
    Part = 0x02,

    /// <summary>The last part.</summary>
    Last = 0x03,

    /// <summary>A device in one section.</summary>
    Full = 0x04,

    /// <summary>A subsection, within a section.</summary>
    Subsection = 0x05,

    /// <summary>The description of the devices, behind <see cref="End"/>.</summary>
    Description = 0x06,

    /// <summary>The name of the machine.</summary>
    Configuration = 0x07,

    /// <summary>A command to the destination.</summary>
    Command = 0x08,

    /// <summary>The end of a section, with its number.</summary>
    Footer = 0x7e,
}

/// <summary>An element of a stream: a section, or a command.</summary>
/// <param name="Mark">What it is.</param>
/// <param name="Offset">Where it begins, in bytes from the start of the stream.</param>
/// <param name="Length">Bytes, its header and footer included.</param>
public readonly record struct QemuElement(QemuMark Mark, int Offset, int Length)
{
    /// <summary>The number of the section; of a command its code.</summary>
    public uint Id { get; init; }

    /// <summary>The idstr of the section, as the VMM wrote it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The instance of the section.</summary>
    public uint Instance { get; init; }

    /// <summary>The version of its fields.</summary>
    public uint Version { get; init; }

    /// <summary>Where its fields begin.</summary>
    public int Payload { get; init; }

    /// <summary>Bytes of its fields, subsections included.</summary>
    public int PayloadLength { get; init; }

    /// <summary>True when it ends with a footer.</summary>
    public bool HasFooter { get; init; }
}

/// <summary>
/// A migration stream of QEMU: file version 3, all numbers big-endian. Reading goes as far as the stream can be understood, and never throws: what stopped it
/// is in <see cref="Problem"/>. No length of the stream is trusted; memory is passed over without being copied.
/// </summary>
public sealed class QemuStream
{
    /// <summary>The first four bytes: "QEVM".</summary>
    public const uint Magic = 0x5145_564d;

    /// <summary>The version of the container.</summary>
    public const uint ContainerVersion = 3;

    /// <summary>The most elements that are read.</summary>
    public const int MaxElements = 1 << 20;

    /// <summary>The most characters of a machine's name.</summary>
    public const int MaxMachineName = 4096;

    /// <summary>A stream of which nothing was read yet.</summary>
    /// <param name="bytes">All of it.</param>
    public QemuStream(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The whole stream.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The machine type, as the VMM wrote it; null when there is no configuration section.</summary>
    public string? Machine { get; internal set; }

    /// <summary>log2 of the guest's page size as the configuration has it; null when it does not say.</summary>
    public int? PageBits { get; internal set; }

    /// <summary>The migration capabilities that the source had on, as the VMM wrote them.</summary>
    public IReadOnlyList<string> Capabilities { get; internal set; } = [];

    /// <summary>Sections and commands in their order.</summary>
    public IReadOnlyList<QemuElement> Elements { get; internal set; } = [];

    /// <summary>The description at the end; null when there is none, or none that can be read.</summary>
    public QemuDescription? Description { get; internal set; }

    /// <summary>Where the description's JSON begins; 0 without one.</summary>
    public int DescriptionOffset { get; internal set; }

    /// <summary>Guest pages with content in the sections of memory that were read.</summary>
    public long Pages { get; internal set; }

    /// <summary>Guest pages that are zero.</summary>
    public long ZeroPages { get; internal set; }

    /// <summary>Where reading stopped: the length of the stream when all of it was understood.</summary>
    public int End { get; internal set; }

    /// <summary>Why the stream is not complete, with the place; null when it is.</summary>
    public string? Problem { get; internal set; }

    /// <summary>True when the bytes begin as a stream does.</summary>
    public static bool Knows(ReadOnlySpan<byte> bytes) => bytes.Length >= 4 && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes) == Magic;

    /// <summary>Reads a stream as far as it can be understood.</summary>
    public static QemuStream Read(ReadOnlyMemory<byte> bytes)
    {
        var stream = new QemuStream(bytes);
        new QemuStreamReader(stream).Read();
        return stream;
    }

    /// <summary>The first section with that name; null when there is none.</summary>
    public QemuElement? Find(string name)
    {
        foreach (var element in Elements)
            if (element.Mark is QemuMark.Start or QemuMark.Full && element.Name == name)
                return element;
        return null;
    }
}
