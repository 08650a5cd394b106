namespace Conformance.Engine.Snapshots;

/// <summary>A state was not saved.</summary>
/// <param name="message">Why, in one line.</param>
public sealed class StateException(string message) : Exception(message)
{
    /// <summary>The longest state that is frozen, in bytes: nobody looks through a text of more.</summary>
    public const int MaxBytes = 1 << 20;
}
