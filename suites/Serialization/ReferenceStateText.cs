using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Conformance.Drivers.Reference.Migration;

namespace Conformance.Suites.Serialization;

/// <summary>
/// A stream of a reference device as text, a line for each field: offset, size, name, value, meaning. Bytes that make no sense are fields too.
/// </summary>
public sealed class ReferenceStateText
{
    // The meanings that a stream of a correct driver never has.
    private static readonly HashSet<string> Complaints =
    [
        "not a reference device",
        "unknown",
        "another device",
        "more than there is",
        "out of range",
        "unknown bits",
        "not understood",
        "not that of the bytes here",
        "wrong",
        "does not belong to the stream",
    ];

    private readonly byte[] bytes;
    private readonly StringBuilder text = new("offset  size  name                  value               meaning\n");
    private readonly HashSet<long> sent = [];
    private string? complaint;
    private bool ended;
    private int position;

    private ReferenceStateText(byte[] bytes) => this.bytes = bytes;

    private int Left => bytes.Length - position;

    /// <summary>True when the bytes begin as such a stream does.</summary>
    public static bool Knows(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= sizeof(ulong) && BinaryPrimitives.ReadUInt64LittleEndian(bytes) == ReferenceFormat.Magic;

    /// <summary>The text, LF. Every byte is in exactly one line.</summary>
    public static string Render(byte[] bytes) => Render(bytes, out _);

    /// <summary>The text, LF. Every byte is in exactly one line.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="problem">The first thing that is wrong with them as such a stream; null when it is complete.</param>
    public static string Render(byte[] bytes, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        var page = new ReferenceStateText(bytes);
        page.Header();
        while (page.Left >= ReferenceFormat.RecordHeaderSize)
            page.Record();
        page.Rest(page.Left, "end", "does not belong to the stream");
        page.text.Append(CultureInfo.InvariantCulture, $"{bytes.Length} bytes\n");
        problem = page.complaint ?? (page.ended ? null : "cut short: there is no trailer");
        return page.text.ToString();
    }

    private void Header()
    {
        if (Left < ReferenceFormat.HeaderSize)
            return;
        U64("magic", value => value == ReferenceFormat.Magic ? $"\"{Encoding.ASCII.GetString(bytes, 0, 8)}\"" : "not a reference device");
        U32("version", value => value == ReferenceFormat.Version ? "the only one" : "unknown");
        U32("device id", value => value == ReferenceFormat.DeviceId ? "the reference device" : "another device", hex: true);
        U64("total length", value => value == ReferenceFormat.UnknownLength ? "not known in pre-copy: see the trailer" : Length(value));
    }

    private void Record()
    {
        var tag = Peek(0);
        var length = Peek(4);
        var name = tag switch
        {
            ReferenceFormat.Registers => "registers",
            ReferenceFormat.Queue => "queue",
            ReferenceFormat.Interrupt => "interrupt",
            ReferenceFormat.Counters => "counters",
            ReferenceFormat.Trailer => "trailer",
            _ => "unknown",
        };
        U32($"{name} tag", _ => "what the record holds");
        U32($"{name} length", value => value > Left - 4 ? "more than there is" : "bytes of payload");
        var end = (int)Math.Min(bytes.Length, position + (long)length);
        switch (name)
        {
            case "registers" when length >= 8 && end - position >= 8:
                var first = Peek(0);
                U32("first", _ => "the lowest register here");
                U32("count", _ => "registers");
                for (var index = 0L; end - position >= 8; index++)
                {
                    var again = !sent.Add(first + index);
                    U64($"register {first + index}", _ => again ? "sent again" : "content", hex: true);
                }

                break;
            case "queue" when length >= 8 && end - position >= 8:
                var head = Peek(0);
                U32("head", _ => "slot of the oldest descriptor");
                U32("pending", _ => "descriptors");
                for (var index = 0L; end - position >= 16; index++)
                {
                    var slot = (head + index) % ContentLimits.QueueSlots;
                    U64($"slot {slot} address", _ => "where the transfer goes", hex: true);
                    U32($"slot {slot} length", value => value is 0 or > ContentLimits.MaxTransfer ? "out of range" : "bytes");
                    U32($"slot {slot} flags", value => (value & ~ContentLimits.QueueFlags) != 0 ? "unknown bits" : "bits 0..3", hex: true);
                }

                break;
            case "interrupt" when end - position >= 8:
                U32(
                    "pending",
                    value =>
                        value switch
                        {
                            0 => "no",
                            1 => "yes",
                            _ => "out of range",
                        }
                );
                U32("vector", value => value < ContentLimits.Vectors ? "one of 4" : "out of range");
                break;
            case "counters":
                for (var index = 0; end - position >= 8; index++)
                    U64($"counter {index}", _ => "statistics");
                break;
            case "trailer" when end - position >= 16:
                U64("total length", Length);
                U64("checksum", Checksum, hex: true);
                ended = true;
                break;
            default:
                break;
        }

        Rest(end - position, name, "not understood");
    }

    private string Length(ulong value) => value == (ulong)bytes.Length ? "of all bytes here" : "not that of the bytes here";

    // FNV-1a-64 of everything before, computed here again: the driver is what is checked.
    private string Checksum(ulong value)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var one in bytes.AsSpan(0, position))
            hash = (hash ^ one) * 0x0000_0100_0000_01B3;
        return hash == value ? "FNV-1a-64 of all bytes before it" : "wrong";
    }

    private uint Peek(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position + offset));

    private void U32(string name, Func<uint, string> meaning, bool hex = false)
    {
        var value = Peek(0);
        Line(4, name, hex ? $"0x{value:x8}" : value.ToString(CultureInfo.InvariantCulture), meaning(value));
    }

    private void U64(string name, Func<ulong, string> meaning, bool hex = false)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(position));
        Line(8, name, hex || value > 1UL << 40 ? $"0x{value:x16}" : value.ToString(CultureInfo.InvariantCulture), meaning(value));
    }

    private void Rest(int count, string name, string meaning)
    {
        while (count > 0)
        {
            var size = Math.Min(count, 8);
            Line(size, name, Convert.ToHexStringLower(bytes, position, size), meaning);
            count -= size;
        }
    }

    private void Line(int size, string name, string value, string meaning)
    {
        if (complaint is null && Complaints.Contains(meaning))
            complaint = string.Create(CultureInfo.InvariantCulture, $"{name} at 0x{position:x4}: {meaning}");
        text.Append(string.Create(CultureInfo.InvariantCulture, $"0x{position:x4}  {size, 4}  {name, -20}  {value, -18}  {meaning}").TrimEnd()).Append('\n');
        position += size;
    }
}
