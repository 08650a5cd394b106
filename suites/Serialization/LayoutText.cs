using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Conformance.Model.Serialization;

namespace Conformance.Suites.Serialization;

/// <summary>A state of fixed layout as text, a line for each field: offset, size, name, value, meaning. What is missing or too much is said.</summary>
public static class LayoutText
{
    /// <summary>The text, LF, with a last line that says what the state is. Every byte is in exactly one line.</summary>
    /// <param name="layout">How the bytes are to be read.</param>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="problem">What is wrong with them as a stream of this layout; null when it is complete.</param>
    public static string Render(ByteLayout layout, byte[] bytes, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(bytes);
        var text = new StringBuilder("offset  size  name                  value               meaning\n");
        foreach (var field in layout.Fields.Where(field => field.Offset < bytes.Length))
        {
            if (field.End <= bytes.Length)
                Line(text, field.Offset, field.Size, field.Name, Value(field, bytes), Meaning(layout, field, bytes));
            else
                Raw(text, bytes, field.Offset, bytes.Length, field.Name, $"cut short: {bytes.Length - field.Offset} of {field.Size} bytes");
        }

        for (var offset = layout.Size; offset < bytes.Length; offset += 8)
            Raw(text, bytes, offset, Math.Min(bytes.Length, offset + 8), "end", "does not belong to the stream");
        problem = Problem(layout, bytes.Length);
        var whole = layout.Complete.FirstOrDefault(end => end.Length == bytes.Length).Words;
        return text.Append(CultureInfo.InvariantCulture, $"{bytes.Length} bytes: {layout.Name}, {whole ?? problem}\n").ToString();
    }

    private static string? Problem(ByteLayout layout, int length)
    {
        if (layout.Complete.Any(end => end.Length == length))
            return null;
        if (length > layout.Size)
            return $"too long by {length - layout.Size}";
        var next = layout.Complete.First(end => end.Length > length).Length;
        return $"cut short: {length} of {next}";
    }

    private static string Value(LayoutField field, byte[] bytes)
    {
        var value = Read(field, bytes);
        return field.Form == FieldForm.Number
            ? value.ToString(CultureInfo.InvariantCulture)
            : "0x" + value.ToString($"x{2 * field.Size}", CultureInfo.InvariantCulture);
    }

    private static string Meaning(ByteLayout layout, LayoutField field, byte[] bytes)
    {
        var value = Read(field, bytes);
        if (field.InContext is { } inContext && bytes.Length >= layout.Size)
            return inContext(bytes);
        foreach (var known in field.Values)
        {
            if (known.Value == value)
                return known.Meaning;
        }

        return field.Form == FieldForm.Reserved && value != 0 ? $"{field.Meaning}, written as 0" : field.Otherwise ?? field.Meaning;
    }

    private static ulong Read(LayoutField field, byte[] bytes)
    {
        var span = bytes.AsSpan(field.Offset, field.Size);
        return field.Size switch
        {
            2 => BinaryPrimitives.ReadUInt16LittleEndian(span),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(span),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(span),
        };
    }

    private static void Raw(StringBuilder text, byte[] bytes, int from, int to, string name, string meaning) =>
        Line(text, from, to - from, name, Convert.ToHexStringLower(bytes, from, to - from), meaning);

    private static void Line(StringBuilder text, int offset, int size, string name, string value, string meaning) =>
        text.Append(string.Create(CultureInfo.InvariantCulture, $"0x{offset:x4}  {size, 4}  {name, -20}  {value, -18}  {meaning}").TrimEnd()).Append('\n');
}
