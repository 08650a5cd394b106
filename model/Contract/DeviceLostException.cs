namespace Conformance.Model.Contract;

/// <summary>How a device was lost.</summary>
public enum DeviceLoss
{
    /// <summary>It could not be opened or reached at all.</summary>
    Unreachable,

    /// <summary>The far side closed the connection, died or panicked.</summary>
    Died,

    /// <summary>The far side did not answer before the deadline.</summary>
    TimedOut,
}

/// <summary>The device cannot be talked to any more. Not a failed call: a failed call is a <see cref="CallResult"/>.</summary>
/// <param name="loss">How it was lost.</param>
/// <param name="message">What happened, in one line.</param>
/// <param name="lastWords">What the far side said last (a serial log, standard error), control characters removed; empty when there is nothing.</param>
public sealed class DeviceLostException(DeviceLoss loss, string message, string lastWords = "") : Exception(message)
{
    /// <summary>How it was lost.</summary>
    public DeviceLoss Loss { get; } = loss;

    /// <summary>What the far side said last.</summary>
    public string LastWords { get; } = lastWords;

    /// <summary>The message, and behind it the last words, if there are any, in lines of their own.</summary>
    public string Described => LastWords.Length == 0 ? Message : $"{Message}\n{LastWords}";
}
