namespace Conformance.Model.Contract;

/// <summary>What one system call gave back: its return value, and the errno when that is -1.</summary>
/// <param name="Value">The return value; -1 on failure.</param>
/// <param name="Errno">0 on success, else a positive Linux errno.</param>
public readonly record struct CallResult(long Value, int Errno)
{
    /// <summary>A call that returned 0.</summary>
    public static CallResult Success => default;

    /// <summary>A call that returned a count or a descriptor.</summary>
    public static CallResult Of(long value) => new(value, 0);

    /// <summary>A call that returned -1 with this errno.</summary>
    public static CallResult Fail(int errno) => new(-1, errno);

    /// <summary>True when the call did not fail.</summary>
    public bool Ok => Errno == 0;
}
