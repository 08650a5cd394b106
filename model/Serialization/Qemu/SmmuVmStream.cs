using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Conformance.Model.Serialization.Qemu;

/// <summary>The SMMU's section in a stream, and streams that hold nothing else: QEMU loads them.</summary>
public static class SmmuVmStream
{
    /// <summary>A stream with the section of the SMMU and nothing else.</summary>
    /// <param name="machine">The machine type; a destination refuses another one.</param>
    /// <param name="state">The state.</param>
    /// <param name="described">True for a description behind it.</param>
    /// <param name="pageBits">log2 of the guest's page size.</param>
    /// <param name="identification">
    /// When not null, a section "smmuv3-idr" with the identification registers, by which this kit's own SMMUs refuse the state of another one (VMS-06). QEMU
    /// does not know it.
    /// </param>
    public static byte[] Write(string machine, SmmuVmState state, bool described = true, int pageBits = 12, SmmuIdentification? identification = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(state);
        var to = new List<byte>(1024);
        U32(to, QemuStream.Magic);
        U32(to, QemuStream.ContainerVersion);
        to.Add((byte)QemuMark.Configuration);
        U32(to, (uint)machine.Length);
        to.AddRange(Encoding.Latin1.GetBytes(machine));
        Name(to, QemuMark.Subsection, "configuration/target-page-bits");
        U32(to, 1);
        U32(to, (uint)pageBits);
        Begin(to, 1, SmmuVmState.SectionName, SmmuVmState.Version);
        to.AddRange(state.Bytes);
        if (state.Gbpa is { } gbpa)
        {
            Name(to, QemuMark.Subsection, SmmuVmState.GbpaName);
            U32(to, 1);
            U32(to, gbpa);
        }

        End(to, 1);
        if (identification is { } registers)
        {
            Begin(to, 2, SmmuIdentification.SectionName, 1);
            foreach (var value in registers.Values)
                U32(to, value);
            End(to, 2);
        }

        to.Add((byte)QemuMark.End);
        if (described || identification is not null)
        {
            var json = Encoding.UTF8.GetBytes(Describe(state.Gbpa is not null, pageBits, identification is not null));
            to.Add((byte)QemuMark.Description);
            U32(to, (uint)json.Length);
            to.AddRange(json);
        }

        return [.. to];
    }

    /// <summary>The state in a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="problem">Why there is none; null when there is.</param>
    public static SmmuVmState? Read(QemuStream stream, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.Find(SmmuVmState.SectionName) is not { } section)
        {
            problem = stream.Problem is { } why ? $"no section \"{SmmuVmState.SectionName}\" was found: {why}" : $"no section \"{SmmuVmState.SectionName}\"";
            return null;
        }

        problem =
            section.Version != SmmuVmState.Version ? string.Create(CultureInfo.InvariantCulture, $"version {section.Version} of the section")
            : section.Instance != 0 ? string.Create(CultureInfo.InvariantCulture, $"instance {section.Instance} of the section")
            : section.PayloadLength < SmmuVmState.Size ? string.Create(CultureInfo.InvariantCulture, $"cut short: {section.PayloadLength} bytes of fields")
            : stream.Description?.Find(section.Name, section.Instance) is { } device ? Differences(device).FirstOrDefault()
            : null;
        if (problem is not null)
            return null;
        var payload = stream.Bytes.Span.Slice(section.Payload, section.PayloadLength);
        uint? gbpa = null;
        var rest = new BigEndianReader(payload, SmmuVmState.Size);
        try
        {
            while (rest.Peek == (int)QemuMark.Subsection)
            {
                _ = rest.U8("a subsection");
                var name = rest.Name("the name of a subsection");
                var version = rest.U32("the version of a subsection");
                if (name != SmmuVmState.GbpaName || version != 1 || gbpa is not null)
                    throw rest.Wrong("a subsection that is not known");
                gbpa = rest.U32("gbpa");
            }
        }
        catch (MalformedStreamException error)
        {
            problem = error.Message;
            return null;
        }

        if (rest.Left != 0 && section.HasFooter)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"{rest.Left} bytes behind the fields");
            return null;
        }

        return SmmuVmState.Of(payload[..SmmuVmState.Size], gbpa);
    }

    /// <summary>In what a description of the SMMU differs from version 1, a phrase each (VMS-01).</summary>
    public static IEnumerable<string> Differences(QemuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var expected = Expected;
        for (var index = 0; index < Math.Max(expected.Length, device.Fields.Count); index++)
        {
            var right = index < expected.Length ? Words(expected[index]) : "nothing";
            var seen = index < device.Fields.Count ? Words(device.Fields[index]) : "nothing";
            if (right != seen)
                yield return $"field {index}: {seen} instead of {right}";
        }

        foreach (var part in device.Subsections)
            if (part.Name != SmmuVmState.GbpaName || part.Version != 1 || part.Fields is not [{ Name: "gbpa", Size: 4, Count: 1 }])
                yield return $"a subsection {part.Name}";
    }

    /// <summary>A stream with another state in the place of the one that it has: same length, or the section grows or shrinks by its subsection.</summary>
    /// <param name="stream">A stream with a section of the SMMU.</param>
    /// <param name="state">The state.</param>
    public static byte[] Replace(QemuStream stream, SmmuVmState state)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(state);
        if (stream.Find(SmmuVmState.SectionName) is not { } section)
            throw new ArgumentException("there is no SMMU in it", nameof(stream));
        var bytes = stream.Bytes.ToArray();
        state.Bytes.CopyTo(bytes.AsSpan(section.Payload));
        if (state.Gbpa is { } gbpa && section.PayloadLength >= SmmuVmState.Size + 21)
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(section.Payload + SmmuVmState.Size + 17), gbpa);
        return bytes;
    }

    /// <summary>The identification registers in a stream of this kit's own SMMUs; null when it has none.</summary>
    public static SmmuIdentification? Identification(QemuStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.Find(SmmuIdentification.SectionName) is not { PayloadLength: SmmuIdentification.Size } section)
            return null;
        var from = new BigEndianReader(stream.Bytes.Span, section.Payload);
        return new(from.U32("IDR0"), from.U32("IDR1"), from.U32("IDR3"), from.U32("IDR5"), from.U32("AIDR"));
    }

    private static QemuField[] Expected =>
        [
            .. SmmuVmState
                .Fields.Where(one => !one.Name.Contains('.', StringComparison.Ordinal) && one.Name is not "cr[1]" and not "cr[2]")
                .Select(one => new QemuField(one.Name == "cr[0]" ? "cr" : one.Name, Type(one.Size), one.Size, one.Name == "cr[0]" ? 3 : 1, [])),
            Queue("cmdq"),
            Queue("eventq"),
        ];

    private static QemuField Queue(string name) =>
        new(
            name,
            "struct",
            17,
            1,
            [new("base", Type(8), 8, 1, []), new("prod", Type(4), 4, 1, []), new("cons", Type(4), 4, 1, []), new("log2size", Type(1), 1, 1, [])]
        )
        {
            Version = 1,
        };

    private static string Type(int size) => string.Create(CultureInfo.InvariantCulture, $"uint{size * 8}");

    private static string Words(QemuField field) =>
        string.Create(CultureInfo.InvariantCulture, $"{field.Name}, {field.Count} of {field.Size} bytes")
        + (field.Members.Count == 0 ? "" : $" ({string.Join("; ", field.Members.Select(Words))})");

    private static string Describe(bool hasGbpa, int pageBits, bool hasIdentification)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{{\"page_size\":{1 << pageBits},\"devices\":[{{\"name\":\"{SmmuVmState.SectionName}\",\"instance_id\":0,\"vmsd_name\":\"smmuv3\",\"version\":1,"
        );
        text.Append(CultureInfo.InvariantCulture, $"\"fields\":[{string.Join(',', Expected.Select(Json))}]");
        if (hasGbpa)
            text.Append(
                CultureInfo.InvariantCulture,
                $",\"subsections\":[{{\"vmsd_name\":\"{SmmuVmState.GbpaName}\",\"version\":1,\"fields\":[{Json(new("gbpa", "uint32", 4, 1, []))}]}}]"
            );
        text.Append('}');
        if (hasIdentification)
            text.Append(
                CultureInfo.InvariantCulture,
                $",{{\"name\":\"{SmmuIdentification.SectionName}\",\"instance_id\":0,\"vmsd_name\":\"{SmmuIdentification.SectionName}\",\"version\":1,"
                    + $"\"fields\":[{Json(new("idr", "uint32", 4, SmmuIdentification.Size / 4, []))}]}}"
            );
        return text.Append("]}").ToString();
    }

    private static string Json(QemuField field) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"name\":\"{field.Name}\",")
        + (field.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"\"array_len\":{field.Count},"))
        + string.Create(CultureInfo.InvariantCulture, $"\"type\":\"{field.Type}\",")
        + (
            field.Members.Count == 0
                ? ""
                : $"\"struct\":{{\"vmsd_name\":\"smmuv3_queue\",\"version\":1,\"fields\":[{string.Join(',', field.Members.Select(Json))}]}},"
        )
        + string.Create(CultureInfo.InvariantCulture, $"\"size\":{field.Size}}}");

    private static void Begin(List<byte> to, uint id, string name, uint version)
    {
        to.Add((byte)QemuMark.Full);
        U32(to, id);
        to.Add((byte)name.Length);
        to.AddRange(Encoding.Latin1.GetBytes(name));
        U32(to, 0);
        U32(to, version);
    }

    private static void End(List<byte> to, uint id)
    {
        to.Add((byte)QemuMark.Footer);
        U32(to, id);
    }

    private static void Name(List<byte> to, QemuMark mark, string name)
    {
        to.Add((byte)mark);
        to.Add((byte)name.Length);
        to.AddRange(Encoding.Latin1.GetBytes(name));
    }

    private static void U32(List<byte> to, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        to.AddRange(bytes);
    }
}
