namespace Conformance.Model.Migration.Device;

/// <summary>
/// The device states of VFIO migration v2, with the values of the uAPI enum. Values of 8 and above are not states that this kit knows (E-29).
/// </summary>
public enum DeviceState : uint
{
    /// <summary>ER: the device failed and only a reset brings it back (MIG-ERR-01, MIG-ERR-03). Never a legal target (MIG-FSM-10).</summary>
    Error = 0,

    /// <summary>ST: the device does not change and does not act.</summary>
    Stop = 1,

    /// <summary>RU: normal operation; the state after open and after reset.</summary>
    Running = 2,

    /// <summary>SC: stopped, and the internal state can be read from the data fd.</summary>
    StopCopy = 3,

    /// <summary>RS: stopped, and a saved state can be written to the data fd.</summary>
    Resuming = 4,

    /// <summary>RP: running, but no peer-to-peer DMA is started. Needs <see cref="MigrationFeatures.P2P"/>.</summary>
    RunningP2P = 5,

    /// <summary>PC: running, and the internal state is being streamed. Needs <see cref="MigrationFeatures.PreCopy"/>.</summary>
    PreCopy = 6,

    /// <summary>PP: <see cref="PreCopy"/> with the quiescence of <see cref="RunningP2P"/>. Needs both optional features.</summary>
    PreCopyP2P = 7,
}
