namespace Conformance.Model.Contract;

/// <summary>
/// Patterns of <see cref="IWorkload.Apply"/> that mean something to a workload that can tell: an image leaves out what is zero, and has no room for more than
/// all there is. One that cannot tell takes them as any other pattern.
/// </summary>
public static class ContentPatterns
{
    /// <summary>Everything is zero, and nothing waits.</summary>
    public const uint Empty = uint.MaxValue - 1;

    /// <summary>Every bit is set, as far as it may be, and queues are full.</summary>
    public const uint Full = uint.MaxValue;
}
