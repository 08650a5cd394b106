using System.Globalization;
using System.Text;
using Conformance.Model.Serialization;
using Conformance.Model.Serialization.Qemu;

namespace Conformance.Suites.Serialization;

/// <summary>Serialized state as text, every byte by its offset: field by field where the format is known, otherwise 16 bytes in a row.</summary>
public static class StateText
{
    private const int RowBytes = 16;

    /// <summary>The formats that are known, for messages.</summary>
    public const string Known = "reference, acc_vf_data, QEMU stream with an SMMUv3";

    /// <summary>The text, LF: a function of the bytes.</summary>
    public static string Render(byte[] bytes) => Render(bytes, out _);

    /// <summary>The text, LF: a function of the bytes.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="problem">Why they are no complete state of a known format; null when they are.</param>
    public static string Render(byte[] bytes, out string? problem)
    {
        if (AccVfData.Find(bytes) is { } layout)
            return LayoutText.Render(layout, bytes, out problem);
        if (QemuStream.Knows(bytes))
            return QemuStreamText.Render(bytes, out problem);
        if (ReferenceStateText.Knows(bytes))
            return ReferenceStateText.Render(bytes, out problem);
        problem = bytes.Length == 0 ? "there is no byte" : $"no format that is known ({Known}) begins like this";
        return Rows(bytes);
    }

    /// <summary>
    /// What a snapshot of a state holds, LF: of a stream of QEMU the fields of its SMMU, by their place in the section, as everything else in it belongs to the
    /// machine around it; of all other bytes every one.
    /// </summary>
    public static string Snapshot(byte[] bytes) =>
        QemuStream.Knows(bytes) && SmmuVmStream.Read(QemuStream.Read(bytes), out _) is { } state ? QemuStreamText.Render(state) : Render(bytes);

    private static string Rows(byte[] bytes)
    {
        var text = new StringBuilder("offset    bytes                                             text\n");
        for (var offset = 0; offset < bytes.Length; offset += RowBytes)
        {
            var row = bytes.AsSpan(offset, Math.Min(RowBytes, bytes.Length - offset));
            text.Append(CultureInfo.InvariantCulture, $"0x{offset:x6}  ");
            for (var index = 0; index < RowBytes; index++)
                text.Append(index < row.Length ? $"{row[index]:x2} " : "   ");
            text.Append(' ');
            foreach (var value in row)
                text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
            text.Append('\n');
        }

        return text.Append(CultureInfo.InvariantCulture, $"{bytes.Length} bytes\n").ToString();
    }
}
