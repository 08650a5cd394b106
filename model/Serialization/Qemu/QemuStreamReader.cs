using System.Buffers.Binary;
using System.Globalization;

namespace Conformance.Model.Serialization.Qemu;

/// <summary>Reads one stream, element by element.</summary>
internal sealed class QemuStreamReader(QemuStream stream)
{
    private const string Memory = "ram";
    private const int MaxBlocks = 4096,
        MaxCapabilities = 1024;

    // Flags of memory are in the bits of an address that lie within a page.
    private const ulong MemorySize = 0x04,
        ZeroPage = 0x02,
        Page = 0x08,
        EndOfMemory = 0x10,
        SameBlock = 0x20,
        DeltaPage = 0x40,
        Hook = 0x80,
        Flushed = 0x200,
        PageMask = 0xfff;

    private readonly List<QemuElement> elements = [];
    private readonly Dictionary<uint, string> names = [];
    private int pageBytes = 4096;

    internal void Read()
    {
        stream.Elements = elements;
        var from = new BigEndianReader(stream.Bytes.Span);
        try
        {
            FindDescription();
            Header(ref from);
            while (from.Peek != (int)QemuMark.End)
            {
                if (elements.Count == QemuStream.MaxElements)
                    throw from.Wrong("more sections than any machine has");
                Element(ref from);
                stream.End = from.Position;
            }

            _ = from.U8("the end");
            stream.End = from.Position;
            Tail(ref from);
            stream.End = from.Position;
        }
        catch (MalformedStreamException error)
        {
            stream.Problem = error.Message;
        }
    }

    private void Header(ref BigEndianReader from)
    {
        if (from.U32("the magic") != QemuStream.Magic)
            throw from.Wrong("no magic of a stream", back: 4);
        if (from.U32("the version") != QemuStream.ContainerVersion)
            throw from.Wrong("another version of the container than 3", back: 4);
        stream.End = from.Position;
        if (from.Peek == (int)QemuMark.Configuration)
            Configuration(ref from);
        stream.End = from.Position;
    }

    private void Configuration(ref BigEndianReader from)
    {
        _ = from.U8("the configuration");
        var length = from.U32("the length of the machine's name");
        if (length > QemuStream.MaxMachineName)
            throw from.Wrong("a machine's name that is too long", back: 4);
        stream.Machine = BigEndianReader.Text(from.Take(length, "the machine's name"));
        while (from.Peek == (int)QemuMark.Subsection)
        {
            _ = from.U8("a subsection");
            var name = from.Name("the name of a subsection");
            _ = from.U32("the version of a subsection");
            switch (name)
            {
                case "configuration/target-page-bits":
                    var bits = from.U32("target-page-bits");
                    if (bits is < 10 or > 20)
                        throw from.Wrong("a page size that no machine has", back: 4);
                    stream.PageBits = (int)bits;
                    pageBytes = 1 << (int)bits;
                    break;
                case "configuration/capabilities":
                    var count = from.U32("the number of capabilities");
                    if (count > MaxCapabilities)
                        throw from.Wrong("more capabilities than there are", back: 4);
                    var capabilities = new List<string>();
                    for (var index = 0; index < count; index++)
                        capabilities.Add(from.Name("a capability"));
                    stream.Capabilities = capabilities;
                    break;
                case "configuration/uuid":
                    _ = from.Take(16, "the uuid");
                    break;
                default:
                    throw from.Wrong("a subsection of the configuration that is not known");
            }
        }
    }

    private void Element(ref BigEndianReader from)
    {
        var offset = from.Position;
        var mark = (QemuMark)from.U8("a section");
        switch (mark)
        {
            case QemuMark.Start or QemuMark.Full:
                var id = from.U32("the number of a section");
                var name = from.Name("the name of a section");
                var instance = from.U32("the instance of a section");
                var version = from.U32("the version of a section");
                names[id] = name;
                Section(
                    ref from,
                    new(mark, offset, 0)
                    {
                        Id = id,
                        Name = name,
                        Instance = instance,
                        Version = version,
                    }
                );
                break;
            case QemuMark.Part or QemuMark.Last:
                var of = from.U32("the number of a section");
                if (!names.TryGetValue(of, out var known))
                    throw from.Wrong("a part of a section that did not begin", back: 4);
                Section(ref from, new(mark, offset, 0) { Id = of, Name = known });
                break;
            case QemuMark.Command:
                var code = from.U16("a command");
                var payload = from.Position + 2;
                var length = from.U16("the length of a command");
                _ = from.Take(length, "a command's data");
                elements.Add(
                    new(mark, offset, from.Position - offset)
                    {
                        Id = code,
                        Payload = payload,
                        PayloadLength = length,
                    }
                );
                break;
            default:
                throw from.Wrong(string.Create(CultureInfo.InvariantCulture, $"0x{(byte)mark:x2} begins no section"), back: 1);
        }
    }

    private void Section(ref BigEndianReader from, QemuElement element)
    {
        var payload = from.Position;
        try
        {
            Fields(ref from, element);
        }
        catch (MalformedStreamException)
        {
            // What is there of it can be shown.
            elements.Add(element with { Length = stream.Bytes.Length - element.Offset, Payload = payload, PayloadLength = stream.Bytes.Length - payload });
            throw;
        }

        var length = from.Position - payload;
        var hasFooter = from.Peek == (int)QemuMark.Footer;
        if (hasFooter)
        {
            _ = from.U8("a footer");
            if (from.U32("a footer") != element.Id)
                throw from.Wrong("the footer of another section", back: 4);
        }

        elements.Add(element with { Length = from.Position - element.Offset, Payload = payload, PayloadLength = length, HasFooter = hasFooter });
    }

    private void Fields(ref BigEndianReader from, in QemuElement element)
    {
        if (element.Name == Memory)
            Blocks(ref from);
        else if (element.Mark == QemuMark.Full && stream.Description?.Find(element.Name, element.Instance) is { } device)
            Described(ref from, device);
        else if (element.Mark == QemuMark.Full && element.Name == SmmuVmState.SectionName)
            Known(ref from);
        else
            throw from.Wrong("a section that is neither known nor described");
    }

    private static void Described(ref BigEndianReader from, QemuDevice device)
    {
        _ = from.Take(device.FieldBytes, "the fields of a device");
        foreach (var part in device.Subsections)
        {
            if (from.U8("a subsection") != (byte)QemuMark.Subsection)
                throw from.Wrong("no subsection where one is described", back: 1);
            if (from.Name("the name of a subsection") != part.Name)
                throw from.Wrong("another subsection than the one that is described");
            _ = from.U32("the version of a subsection");
            Described(ref from, part);
        }
    }

    private static void Known(ref BigEndianReader from)
    {
        _ = from.Take(SmmuVmState.Size, "the fields of the SMMU");
        while (from.Peek == (int)QemuMark.Subsection)
        {
            _ = from.U8("a subsection");
            if (from.Name("the name of a subsection") != SmmuVmState.GbpaName)
                throw from.Wrong("a subsection of the SMMU that is not known");
            _ = from.U32("the version of a subsection");
            _ = from.U32("gbpa");
        }
    }

    private void Blocks(ref BigEndianReader from)
    {
        var bytes = stream.Bytes.Span;
        while (true)
        {
            // Pages of a block that was named: most of any stream.
            var at = from.Position;
            while (bytes.Length - at >= pageBytes + 8 && (BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]) & PageMask) == (Page | SameBlock))
            {
                at += pageBytes + 8;
                stream.Pages++;
            }

            _ = from.Take(at - from.Position, "pages");
            var flags = from.U64("memory") & PageMask;
            var block = flags & ~SameBlock;
            if (block is ZeroPage or Page or DeltaPage && (flags & SameBlock) == 0)
                _ = from.Name("the name of a block");
            switch (block)
            {
                case MemorySize:
                    Sizes(ref from, BinaryPrimitives.ReadUInt64BigEndian(bytes[(from.Position - 8)..]) & ~PageMask);
                    break;
                case ZeroPage:
                    _ = from.U8("a zero page");
                    stream.ZeroPages++;
                    break;
                case Page:
                    _ = from.Take(pageBytes, "a page");
                    stream.Pages++;
                    break;
                case DeltaPage:
                    _ = from.U8("a compressed page");
                    _ = from.Take(from.U16("the length of a compressed page"), "a compressed page");
                    stream.Pages++;
                    break;
                case EndOfMemory:
                    return;
                case Hook or Flushed:
                    break;
                default:
                    throw from.Wrong(string.Create(CultureInfo.InvariantCulture, $"flags 0x{flags:x} of memory that are not known"), back: 8);
            }
        }
    }

    private static void Sizes(ref BigEndianReader from, ulong total)
    {
        for (var count = 0; total != 0; count++)
        {
            _ = from.Name("the name of a block");
            var size = from.U64("the size of a block");
            if (size == 0 || size > total || count == MaxBlocks)
                throw from.Wrong("sizes of blocks that do not add up", back: 8);
            total -= size;
        }
    }

    // Sections are passed over by the description, which stands behind them: it is looked for from the end. Nothing in it is a control character.
    private void FindDescription()
    {
        var bytes = stream.Bytes.Span;
        var first = Math.Max(1, bytes.Length - QemuDescription.MaxBytes - 5);
        for (var end = bytes.Length; end > first; )
        {
            var at = bytes[first..end].LastIndexOf((byte)QemuMark.Description);
            if (at < 0)
                return;
            end = first + at;
            if (
                bytes.Length - end < 6
                || bytes[end - 1] != (byte)QemuMark.End
                || BinaryPrimitives.ReadUInt32BigEndian(bytes[(end + 1)..]) != bytes.Length - end - 5
                || bytes[end + 5] != (byte)'{'
            )
                continue;
            stream.Description = QemuDescription.Read(stream.Bytes[(end + 5)..]);
            if (stream.Description is null)
                return;
            stream.DescriptionOffset = end + 5;
            if (stream.Description.PageSize is >= 1024 and <= 1 << 20 and var size)
                pageBytes = size;
            return;
        }
    }

    private void Tail(ref BigEndianReader from)
    {
        if (from.Left == 0)
            return;
        if (from.U8("the description") != (byte)QemuMark.Description)
            throw from.Wrong("something behind the end", back: 1);
        var length = from.U32("the length of the description");
        _ = from.Take(length, "the description");
        if (stream.Description is null)
            throw from.Wrong("a description that cannot be read");
        if (from.Left != 0)
            throw from.Wrong("something behind the description");
    }
}
