using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>In which respect a device differed from the contract.</summary>
public enum DivergenceKind : byte
{
    /// <summary>In none.</summary>
    None,

    /// <summary>The result of the call: success or errno.</summary>
    Result,

    /// <summary>The state that a GET reports.</summary>
    State,

    /// <summary>The data_fd.</summary>
    Descriptor,

    /// <summary>The device_state word of a SET.</summary>
    Echo,

    /// <summary>A count, a flags word, a size, a digest.</summary>
    Value,

    /// <summary>The bytes of a stream, or the path that was taken.</summary>
    Content,

    /// <summary>The envelope was written.</summary>
    Envelope,

    /// <summary>Memory that does not belong to the call was written.</summary>
    Guard,

    /// <summary>The return value was neither 0 nor -1.</summary>
    Return,

    /// <summary>What came back as an errno is none: it is negative, or larger than any.</summary>
    Errno,

    /// <summary>A stream did not end.</summary>
    Endless,

    /// <summary>Calls of several threads have no order in which their answers make sense.</summary>
    Order,

    /// <summary>Calls of several threads wait for each other.</summary>
    Deadlock,

    /// <summary>A call did not come back.</summary>
    Hang,

    /// <summary>The driver died.</summary>
    Crash,
}

/// <summary>What the comparison of an observation with the allowed outcomes gave.</summary>
/// <param name="Kind">Where they differ; <see cref="DivergenceKind.None"/> when they agree.</param>
/// <param name="Rules">The requirements that are broken; none when the difference is not judged.</param>
/// <param name="Outcome">The outcome that was met or came closest; -1 when the set was empty.</param>
public readonly record struct Judgement(DivergenceKind Kind, Rules Rules, int Outcome)
{
    /// <summary>True when the observation is allowed.</summary>
    public bool Agrees => Kind == DivergenceKind.None;
}
