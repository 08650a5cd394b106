using Conformance.Model.Contract;

namespace Conformance.Drivers.Processes;

/// <summary>What was lost while something was being closed: the next open says it, because a close has no answer.</summary>
/// <param name="noun">What is opened and closed.</param>
internal sealed class LastBreath(string noun = "device")
{
    private DeviceLostException? loss;

    /// <summary>Keeps a loss for the next open.</summary>
    internal void Keep(DeviceLostException last) => loss = new(last.Loss, $"when the {noun} before this one was closed, {last.Message}", last.LastWords);

    /// <summary>The loss that was kept, once; null when there was none.</summary>
    internal DeviceLostException? Take() => Interlocked.Exchange(ref loss, null);
}
