namespace Conformance.Model.Migration.Device;

/// <summary>
/// What really reached the device behind a driver: pauses, resets, commands. Nothing is judged by it; it is shown beside the steps of a finding, so that a
/// reader sees what the driver did. Each look may cost several calls, so that it is taken only of plans that are run again.
/// </summary>
public interface IDeviceEvidence
{
    /// <summary>What reached the device since this was asked last, as a phrase: <c>1 reset, 2 mailbox commands</c>; empty when nothing did.</summary>
    string Take();
}
