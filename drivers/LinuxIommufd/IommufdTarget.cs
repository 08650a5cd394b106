using Conformance.Drivers.Faults;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// iommufd of a kernel in a guest: hosts are descriptors of /dev/iommu, with the driver of an SMMUv3 behind them and the kit's VMM on them, or with the mock of
/// an IOMMU that the kernel has. After a guest was lost, the next host boots a new one.
/// </summary>
internal sealed class IommufdTarget : INestedTarget, IIdentified
{
    // Nobody can say which pages devices write: all memory counts as written (DIRTY-12).
    private const DirtyWay Way = DirtyWay.Everything;

    private readonly LinuxMachine machine;
    private readonly NestedFault? fault;
    private readonly bool isMock;
    private readonly LastBreath last = new("host");
    private GuestMachine? current;

    /// <summary>A target in a guest that is booted at its first use.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="command">The command that boots the guest.</param>
    /// <param name="deadline">The time that one call may take; null: 20 s.</param>
    /// <param name="fault">A defect of the VMM on it; null: it has none.</param>
    /// <param name="isMock">True for the kernel's mock of an IOMMU.</param>
    /// <exception cref="FormatException">The command cannot be split into words.</exception>
    public IommufdTarget(string address, string command, TimeSpan? deadline, NestedFault? fault = null, bool isMock = false)
    {
        Address = address;
        Deadline = deadline ?? DefaultDeadline;
        this.fault = fault;
        this.isMock = isMock;
        machine = LinuxMachine.Guest(command, Deadline);
    }

    /// <summary>The deadline of one call when the address names none.</summary>
    public static TimeSpan DefaultDeadline => TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.Kernel;

    /// <inheritdoc/>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public string Description
    {
        get
        {
            var release = machine.Connect().ReadText("/proc/sys/kernel/osrelease") ?? "of an unknown version";
            return isMock
                ? $"Linux {release}, iommufd and its mock of an IOMMU"
                : $"Linux {release}, iommufd and SMMUv3{(fault is null ? "" : $", a VMM with the fault {fault.Name}")}";
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity => [new("kernel", VfioIdentity.KernelOf(machine.Connect()))];

    /// <summary>The host alone, unless the machine on it has a defect: a correct one is the kit's own.</summary>
    public NestedParts Parts => fault is null ? NestedParts.Host : NestedParts.All;

    /// <inheritdoc/>
    public INestedStage OpenHost()
    {
        // Where iommufd frees its objects, nobody has an answer to give: a guest that is lost there would be replaced in silence.
        if (last.Take() is { } loss)
            throw loss;
        return isMock ? MockHost.Open(machine.Connect(), last) : SmmuHost.Open(Current(), last);
    }

    /// <inheritdoc/>
    public INestedMachine? OpenMachine(INestedStage host, bool isDestination) =>
        isMock ? null
        : fault is null ? new VirtualMachine(host, Way, isDestination)
        : fault.CreateMachine(host, Way, isDestination);

    /// <inheritdoc/>
    public void Dispose()
    {
        current?.Dispose();
        machine.Dispose();
    }

    private GuestMachine Current()
    {
        var calls = machine.Connect();
        if (current is { } still && ReferenceEquals(still.Calls, calls))
            return still;
        current?.Dispose();
        current = null;
        return current = new GuestMachine(machine, Deadline);
    }
}
