using System.Globalization;

namespace Conformance.Engine.Plans;

/// <summary>Bytes are no plan.</summary>
/// <param name="message">What is wrong with them, in one line without an end.</param>
public sealed class PlanFormatException(string message) : Exception(message);

/// <summary>Reads what a <see cref="PlanWriter"/> wrote, or what somebody made of it.</summary>
/// <param name="bytes">The bytes.</param>
public sealed class PlanReader(ReadOnlyMemory<byte> bytes)
{
    private int at;

    /// <summary>How many bytes were not read yet.</summary>
    public int Left => bytes.Length - at;

    /// <summary>Reads a number of at most a size.</summary>
    /// <exception cref="PlanFormatException">There is none, or a greater one.</exception>
    public ulong Number(ulong most = ulong.MaxValue)
    {
        var value = 0ul;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var next = bytes.Span[at++];
            if (shift == 63 && next > 1)
                break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value <= most ? value : throw Senseless(string.Create(CultureInfo.InvariantCulture, $"{value} where at most {most} can stand"));
        }

        throw Senseless("it ends in the middle of a number");
    }

    /// <summary>Reads a number that may be negative.</summary>
    /// <exception cref="PlanFormatException">There is none.</exception>
    public long Signed()
    {
        var value = Number();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads 1 or 0.</summary>
    /// <exception cref="PlanFormatException">It is something else.</exception>
    public bool Flag() => Number(1) == 1;

    /// <summary>Reads how many things follow, each of which takes a byte at least: a count is no promise that costs memory.</summary>
    /// <exception cref="PlanFormatException">There cannot be so many.</exception>
    public int Count() => (int)Number((ulong)Left);

    /// <summary>Reads a value of an enumeration.</summary>
    /// <exception cref="PlanFormatException">It has no such value.</exception>
    public T Value<T>()
        where T : struct, Enum
    {
        var number = Number(uint.MaxValue);
        var value = (T)Enum.ToObject(typeof(T), number);
        return Enum.IsDefined(value)
            ? value
            : throw Senseless(string.Create(CultureInfo.InvariantCulture, $"{typeof(T).Name} {number} is not known here: a newer kit wrote it"));
    }

    /// <summary>Reads bytes as they are.</summary>
    /// <exception cref="PlanFormatException">There are fewer.</exception>
    public ReadOnlyMemory<byte> Bytes(int count)
    {
        if (count < 0 || count > Left)
            throw Senseless("it ends in the middle of something");
        at += count;
        return bytes.Slice(at - count, count);
    }

    private static PlanFormatException Senseless(string why) => new($"it makes no sense: {why}");
}
