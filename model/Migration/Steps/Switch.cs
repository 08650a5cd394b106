namespace Conformance.Model.Migration.Steps;

/// <summary>
/// A change of threads in a schedule. Without one the thread that runs goes on until it waits or is through; then the first one that can go on does.
/// </summary>
/// <param name="Step">The index of the step in its plan.</param>
/// <param name="Point">The place in that step at which its thread is left: 0 is before its call begins, then each point that the device has.</param>
/// <param name="To">The thread that goes on; when it cannot, nothing changes.</param>
public readonly record struct Switch(byte Step, byte Point, byte To)
{
    /// <summary>The last place in a step that a schedule can name.</summary>
    public const byte LastPoint = 63;
}
