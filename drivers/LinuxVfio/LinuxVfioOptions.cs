using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The options of a <c>vfio:</c> address.</summary>
public sealed record LinuxVfioOptions
{
    /// <summary><c>via=device|group</c>: how the device is opened.</summary>
    public VfioPath Path { get; init; }

    /// <summary><c>traits=FILE</c>, read by the caller; null: what is known about the device's type, else the most cautious.</summary>
    public DeviceTraits? Traits { get; init; }

    /// <summary><c>workload=none</c> switches the workload off that the device's type has.</summary>
    public bool Workload { get; init; } = true;

    /// <summary>
    /// <c>workload=hisi_acc</c>: the device is a virtual function of a HiSilicon accelerator as labs/hisi models it, and the plans play its guest's driver.
    /// </summary>
    public bool HisiAccWorkload { get; init; }

    /// <summary><c>deadline=</c>: how long one call may take; null: 90 s on this machine, 10 s in a guest.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary><c>peer=</c>: a second device of the same kind on the same machine, named as the first; null: there is none.</summary>
    public string? Peer { get; init; }

    /// <summary><c>stranger=</c>: a second device with the same features that must refuse what the first one saves; null: there is none.</summary>
    public string? Stranger { get; init; }

    /// <summary><c>level=</c>: the uAPI level, when it is not to be detected.</summary>
    public UapiLevel? Level { get; init; }
}
