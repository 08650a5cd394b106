using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// The <c>iommufd:</c> addresses: /dev/iommu of a guest (<c>guest=</c>) with nested stages of an SMMUv3 (<c>iommu=smmuv3</c>) or with the kernel's mock of an
/// IOMMU, which keeps dirty state (<c>iommu=mock</c>); with <c>vmm=</c> the VMM on top of the first has a seeded defect.
/// </summary>
public sealed class IommufdScheme : IDriverScheme
{
    private const string Node = "/dev/iommu",
        Smmuv3 = "smmuv3",
        Mock = "mock";

    private static ReadinessLine NoGuest { get; } =
        ReadinessLine.NotOk("guest", "nested stages of this machine cannot be reached yet", "Use the lab's: ?guest=labs/nested/boot");

    // Booting a guest is not yet a call.
    private static readonly TimeSpan GuestMargin = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public string Name => "iommufd";

    /// <inheritdoc/>
    public string Example => "iommufd:/dev/iommu";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => ["deadline", "guest", "iommu", "vmm"];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (address.Name != Node)
            throw DriverAddressException.Of($"'{address.Name}' in '{address.Text}' is no iommufd.", $"Write for example {Example}?guest=labs/nested/boot.");
        _ = FaultOf(address);
        if (address.Option("iommu") is { } iommu && iommu is not (Smmuv3 or Mock))
            throw DriverAddressException.Of(
                $"'iommu={iommu}' in '{address.Text}' is no IOMMU of this kit.",
                $"Use iommu={Smmuv3}, or leave it out; iommu={Mock} is the kernel's own mock of an IOMMU, which keeps dirty state."
            );
        if (IsMock(address) && address.Option("vmm") is not null)
            throw DriverAddressException.Of(
                $"'{address.Text}' has a VMM on the mock, which has no stage 1 for one.",
                $"Leave vmm= out, or use iommu={Smmuv3}."
            );
    }

    /// <inheritdoc/>
    public string? Meant(string text) => text == Node ? Example : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [typeof(INestedTarget)];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address) => (address.Deadline ?? IommufdTarget.DefaultDeadline) + GuestMargin;

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address) => address.Option("guest") is { } command ? GuestEnvironment.Look(command) : [NoGuest];

    /// <inheritdoc/>
    public ReadinessLine? Obstacle(DriverAddress address) => address.Option("guest") is { } command ? GuestEnvironment.Obstacle(command) : NoGuest;

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class
    {
        if (typeof(T) != typeof(INestedTarget))
            return null;
        if (address.Option("guest") is not { } command)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{NoGuest.Seen}\n{NoGuest.Fix}");
        return GuestEnvironment.Open(() => new IommufdTarget(address.Text, command, address.Deadline, FaultOf(address), IsMock(address))) as T;
    }

    private static bool IsMock(DriverAddress address) => address.Option("iommu") == Mock;

    private static NestedFault? FaultOf(DriverAddress address) =>
        address.Option("vmm") is not { } name ? null
        : FaultCatalogue.Find(name) is NestedFault { Part: NestedParts.Machine } fault ? fault
        : throw DriverAddressException.Of(
            $"'vmm={name}' in '{address.Text}' is no seeded defect of a VMM.",
            "Use for example vmm=no-post-load-push; the command 'faults' lists them all. Without it the VMM is a correct one."
        );
}
