using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;

namespace Conformance.Model.Migration.Device;

/// <summary>What taking one arc gave.</summary>
/// <param name="Errno">0 when the arc was taken, else why it failed: 1..4095, not negative as in the kernel.</param>
/// <param name="Broken">True when the arc failed and left no valid state: the device is in ERROR from here on (MIG-ERR-10).</param>
public readonly record struct ArcResult(int Errno, bool Broken = false)
{
    /// <summary>The arc was taken.</summary>
    public static ArcResult Taken => default;
}

/// <summary>
/// A migration driver in C#, as its author writes it: the arcs and the streams, nothing else. Envelope, paths, descriptors and the reported state are
/// the core's business. One instance is one device; it outlives open and close. Calls never overlap, those of its sessions neither; when several threads use
/// the device, reads and writes of a session may come between two arcs of one request, and a reset comes behind the request that it meets. An errno is 1..4095
/// wherever one is given, not negative as inside of the kernel.
/// </summary>
public interface IMigrationDriver : IDisposable
{
    /// <summary>What the driver implements; constant (MIG-FEAT-03).</summary>
    MigrationFeatures Features { get; }

    /// <summary>What the driver declares where the contract leaves a choice.</summary>
    DeviceTraits Traits { get; }

    /// <summary>Takes one direct arc of the feature set.</summary>
    /// <param name="from">The state that the device is in.</param>
    /// <param name="to">A state that one arc leads to.</param>
    /// <param name="file">The new session on RU&gt;PC, RP&gt;PP, ST&gt;SC and ST&gt;RS; null otherwise (MIG-FD-01). The core terminates it when its time is
    /// over.</param>
    ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file);

    /// <summary>An estimate of the bytes that a complete stop-copy needs (SIZE-03).</summary>
    /// <returns>0, or an errno (tolerated in ERROR only, SIZE-01).</returns>
    int DataSize(out ulong bytes);

    /// <summary>Resets the device. The core makes the state RUNNING and terminates the session after it returned 0 (MIG-ERR-03).</summary>
    int Reset();

    /// <summary>The last user closed the device.</summary>
    void Close();

    /// <summary>The device's DMA log, or null when it has none (MIG-FEAT-10).</summary>
    IDmaLog? DmaLog { get; }

    /// <summary>The workload of the device, or null.</summary>
    IWorkload? Workload { get; }

    /// <summary>The seams that make arcs and saves fail, or null.</summary>
    IFailureInjection? Failures { get; }
}
