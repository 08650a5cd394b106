using System.Globalization;
using System.Text;
using Conformance.Model.Serialization.Qemu;
using Conformance.Reports;

namespace Conformance.Suites.Serialization;

/// <summary>
/// A migration stream of QEMU as text, a line for each field of its SMMU and one for each other section: offset, size, name, value, meaning. What the VMM wrote
/// is escaped.
/// </summary>
public sealed class QemuStreamText
{
    // QEMU's own limit; a stream of this kit's SMMUs says what theirs is.
    private const int QemuQueueLog2 = 19;

    private readonly QemuStream stream;
    private readonly StringBuilder text = new("offset        size  name                  value               meaning\n");
    private int position;

    private QemuStreamText(QemuStream stream) => this.stream = stream;

    /// <summary>The text, LF. Every byte is in exactly one line.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="problem">Why they are no complete stream with an SMMU in it; null when they are.</param>
    public static string Render(byte[] bytes, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var stream = QemuStream.Read(bytes);
        var page = new QemuStreamText(stream);
        var state = SmmuVmStream.Read(stream, out var why);
        page.Header();
        page.Elements(state);
        page.Tail();
        page.text.Append(CultureInfo.InvariantCulture, $"{bytes.Length} bytes: a migration stream of QEMU, ");
        page.text.Append(state is null ? "without a state of an SMMU that is understood" : "with the state of an SMMUv3").Append('\n');
        problem = stream.Problem ?? why;
        return page.text.ToString();
    }

    /// <summary>The fields of a state alone, by their place in the section: what a snapshot of it holds.</summary>
    public static string Render(SmmuVmState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var page = new QemuStreamText(new(ReadOnlyMemory<byte>.Empty));
        page.Fields(state, QemuQueueLog2);
        if (state.Gbpa is { } gbpa)
            page.Line(21, "gbpa", $"0x{gbpa:x8}", Gbpa(gbpa));
        return page.text.ToString();
    }

    private static string Gbpa(uint gbpa) =>
        gbpa == SmmuVmState.GbpaReset ? "the reset value: the subsection should not be there" : "GBPA, in a subsection because it is not the reset value";

    private void Header()
    {
        if (stream.Bytes.Length < 8)
            return;
        Line(4, "magic", "QEVM", "a migration stream of QEMU");
        Line(4, "version", "3", "of the container");
        var first =
            stream.Elements.Count > 0 ? stream.Elements[0].Offset
            : stream.Machine is not null ? stream.End
            : position;
        if (first <= position)
            return;
        var details = new List<string>();
        if (stream.PageBits is { } bits)
            details.Add(string.Create(CultureInfo.InvariantCulture, $"pages of {1 << bits} bytes"));
        if (stream.Capabilities.Count > 0)
            details.Add($"capabilities {Escaping.Line(string.Join(' ', stream.Capabilities), 200)}");
        Line(first - position, "machine", Escaping.Line(stream.Machine, 80), string.Join(", ", details));
    }

    private void Elements(SmmuVmState? state)
    {
        var isShown = false;
        for (var index = 0; index < stream.Elements.Count; index++)
        {
            var element = stream.Elements[index];
            if (element.Name == SmmuVmState.SectionName && element.Mark == QemuMark.Full && state is not null && !isShown)
            {
                isShown = true;
                Smmu(element, state);
                continue;
            }

            var (length, count) = (element.Length, 1);
            // Memory comes in thousands of parts.
            while (
                element.Mark == QemuMark.Part
                && index + 1 < stream.Elements.Count
                && stream.Elements[index + 1] is { Mark: QemuMark.Part } next
                && next.Id == element.Id
            )
            {
                length += next.Length;
                count++;
                index++;
            }

            Line(length, Name(element), Value(element), count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} of them"));
        }
    }

    private static string Name(in QemuElement element) =>
        element.Mark switch
        {
            QemuMark.Start => "section, first part",
            QemuMark.Part => "section, a part",
            QemuMark.Last => "section, last part",
            QemuMark.Command => "command",
            _ => "section",
        };

    private static string Value(in QemuElement element) =>
        element.Mark == QemuMark.Command ? element.Id.ToString(CultureInfo.InvariantCulture)
        : element.Instance == 0 ? Escaping.Line(element.Name, 80)
        : string.Create(CultureInfo.InvariantCulture, $"{Escaping.Line(element.Name, 80)} {element.Instance}");

    private void Smmu(in QemuElement element, SmmuVmState state)
    {
        Line(element.Payload - position, "section", SmmuVmState.SectionName, string.Create(CultureInfo.InvariantCulture, $"version {element.Version}"));
        var limit = SmmuVmStream.Identification(stream) is { } registers
            ? (int)Math.Min((registers.Idr1 >> 21) & 31, (registers.Idr1 >> 16) & 31)
            : QemuQueueLog2;
        Fields(state, limit);
        if (state.Gbpa is { } gbpa)
        {
            Line(1 + 1 + SmmuVmState.GbpaName.Length + 4, "subsection", SmmuVmState.GbpaName, "version 1");
            Line(4, "gbpa", $"0x{gbpa:x8}", Gbpa(gbpa));
        }

        Line(element.Offset + element.Length - position, "footer", "", string.Create(CultureInfo.InvariantCulture, $"of section {element.Id}"));
    }

    private void Fields(SmmuVmState state, int limit)
    {
        var wrong = state.Contradictions(limit).ToLookup(pair => pair.Field, pair => pair.What);
        foreach (var field in SmmuVmState.Fields)
        {
            var value = state[field];
            var meaning = Detail(field, state, limit) is { } detail ? $"{field.Meaning}: {detail}" : field.Meaning;
            Line(
                field.Size,
                field.Name,
                "0x" + value.ToString($"x{2 * field.Size}", CultureInfo.InvariantCulture),
                string.Join("; ", [meaning, .. wrong[field]])
            );
        }
    }

    private static string? Detail(SmmuVmField field, SmmuVmState state, int limit)
    {
        var value = state[field];
        if (field == SmmuVmState.Cr0 || field == SmmuVmState.Cr0Ack)
            return Bits(value, (0, "SMMUEN"), (1, "PRIQEN"), (2, "EVENTQEN"), (3, "CMDQEN"), (4, "ATSCHK"));
        if (field == SmmuVmState.Cr2)
            return Bits(value, (0, "E2H"), (1, "RECINVSID"), (2, "PTM"));
        if (field == SmmuVmState.IrqCtrl)
            return Bits(value, (0, "GERROR"), (1, "PRIQ"), (2, "EVENTQ"));
        if (field == SmmuVmState.GError)
            return Bits(value ^ state[SmmuVmState.GErrorN], (0, "CMDQ_ERR is active"), (2, "EVENTQ_ABT_ERR is active"));
        if (field == SmmuVmState.StrtabBase)
            return string.Create(CultureInfo.InvariantCulture, $"the table at 0x{value & 0x000f_ffff_ffff_ffc0:x}");
        if (field == SmmuVmState.StrtabBaseCfg)
            return ((value >> 16) & 3) == 1
                ? string.Create(CultureInfo.InvariantCulture, $"two levels, {value & 63} bits of StreamID, SPLIT {(value >> 6) & 31}")
                : string.Create(CultureInfo.InvariantCulture, $"linear, {value & 63} bits of StreamID");
        if (field == SmmuVmState.CmdqBase || field == SmmuVmState.EventqBase)
            return string.Create(CultureInfo.InvariantCulture, $"the queue at 0x{value & 0x000f_ffff_ffff_ffe0:x}, LOG2SIZE {value & 31}");
        if (field == SmmuVmState.CmdqProd)
            return Index(value, state[SmmuVmState.CmdqBase], limit);
        if (field == SmmuVmState.CmdqCons)
            return Index(value, state[SmmuVmState.CmdqBase], limit)
                + (((value >> 24) & 0x7f) is var error and not 0 ? string.Create(CultureInfo.InvariantCulture, $", ERR {error}") : "");
        if (field == SmmuVmState.EventqProd)
            return Index(value, state[SmmuVmState.EventqBase], limit) + ((value >> 31) == 0 ? "" : ", OVFLG");
        if (field == SmmuVmState.EventqCons)
            return Index(value, state[SmmuVmState.EventqBase], limit) + ((value >> 31) == 0 ? "" : ", OVACKFLG");
        return null;
    }

    private static string Index(ulong value, ulong queue, int limit)
    {
        var log2 = (int)Math.Min(queue & 31, (ulong)limit);
        return string.Create(CultureInfo.InvariantCulture, $"index {value & ((1ul << log2) - 1)}, wrap {(value >> log2) & 1}");
    }

    private static string? Bits(ulong value, params ReadOnlySpan<(int Bit, string Name)> names)
    {
        var set = new List<string>();
        foreach (var (bit, name) in names)
            if (((value >> bit) & 1) != 0)
                set.Add(name);
        return set.Count == 0 ? null : string.Join(' ', set);
    }

    private void Tail()
    {
        if (stream.DescriptionOffset >= position + 6 && stream.End == stream.Bytes.Length)
        {
            Line(1, "end", "", "of the sections");
            Line(
                stream.Bytes.Length - position,
                "description",
                "",
                string.Create(CultureInfo.InvariantCulture, $"{stream.Description!.Devices.Count} devices")
            );
            return;
        }

        if (stream.Problem is null && position < stream.Bytes.Length)
            Line(1, "end", "", "of the sections; there is no description of the devices");
        if (position < stream.Bytes.Length)
            Line(stream.Bytes.Length - position, "rest", "", "not understood");
    }

    private void Line(int size, string name, string value, string meaning)
    {
        if (size == 0)
            return;
        text.Append(string.Create(CultureInfo.InvariantCulture, $"0x{position:x6}  {size, 8}  {name, -20}  {value, -18}  {meaning}").TrimEnd()).Append('\n');
        position += size;
    }
}
