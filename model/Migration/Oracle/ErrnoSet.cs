using System.Text;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Model.Migration.Oracle;

/// <summary>A set of results of a call: success and errno values 1..126, one bit each; bit 127 stands for every larger errno.</summary>
/// <param name="Low">Bits 0..63; bit 0 is success.</param>
/// <param name="High">Bits 64..127.</param>
public readonly record struct ErrnoSet(ulong Low, ulong High)
{
    /// <summary>Success only.</summary>
    public static ErrnoSet Success => new(1, 0);

    /// <summary>Every failure, no success.</summary>
    public static ErrnoSet AnyFailure => new(ulong.MaxValue - 1, ulong.MaxValue);

    /// <summary>Every result.</summary>
    public static ErrnoSet Anything => new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>One result; 0 is success.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no errno.</exception>
    public static ErrnoSet Of(int errno) =>
        !IsResult(errno) ? throw new ArgumentOutOfRangeException(nameof(errno), errno, $"an errno is 1..{Errno.Largest}")
        : errno < 64 ? new(1ul << errno, 0)
        : new(0, 1ul << (Math.Min(errno, 127) - 64));

    /// <summary>
    /// True for success and for what can be an errno: 0..<see cref="Errno.Largest"/>. A negative one is the kernel's inside, not its interface.
    /// </summary>
    public static bool IsResult(int errno) => (uint)errno <= Errno.Largest;

    /// <summary>True when the result is in the set; what is no result is in none.</summary>
    public bool Contains(int errno) => (uint)errno < 64 ? (Low >> errno & 1) != 0 : ContainsLarge(errno);

    private bool ContainsLarge(int errno) => IsResult(errno) && (High >> (Math.Min(errno, 127) - 64) & 1) != 0;

    /// <summary>Both sets.</summary>
    public ErrnoSet Or(int errno)
    {
        var one = Of(errno);
        return new(Low | one.Low, High | one.High);
    }

    /// <summary>The set without one result.</summary>
    public ErrnoSet Except(int errno)
    {
        var one = Of(errno);
        return new(Low & ~one.Low, High & ~one.High);
    }

    /// <summary>"success", "EINVAL", "EFAULT or EINVAL", "any errno".</summary>
    public override string ToString()
    {
        if (this == Anything)
            return "any result";
        if ((Low | 1) == ulong.MaxValue && High == ulong.MaxValue)
            return "any errno";
        var text = new StringBuilder();
        if (System.Numerics.BitOperations.PopCount(Low) + System.Numerics.BitOperations.PopCount(High) > 64)
        {
            text.Append(Contains(0) ? "any result but " : "any errno but ");
            for (int errno = 1, first = 1; errno < 127; errno++)
                if (!Contains(errno))
                    text.Append(first-- == 1 ? "" : ", ").Append(Errno.Name(errno));
            return text.ToString();
        }

        for (var errno = 0; errno < 128; errno++)
            if (Contains(errno))
                text.Append(text.Length == 0 ? "" : " or ").Append(Errno.Name(errno));
        return text.ToString();
    }
}
