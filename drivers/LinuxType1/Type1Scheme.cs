using Conformance.Drivers.Addresses;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxType1;

/// <summary>
/// The <c>type1:</c> addresses: the container of type 1 that the group of a device of a guest (<c>guest=</c>) is put into. Memory of the guest's agent is
/// mapped for the device, which no device of this machine is to be trusted with.
/// </summary>
public sealed class Type1Scheme : IDriverScheme
{
    // Booting a guest is not yet a call.
    private static readonly TimeSpan GuestMargin = TimeSpan.FromSeconds(60);

    private static ReadinessLine NoGuest { get; } =
        ReadinessLine.NotOk("guest", "containers of this machine are not asked", "Use a lab's: ?guest=labs/hisi/boot --kernel trixie");

    /// <inheritdoc/>
    public string Name => "type1";

    /// <inheritdoc/>
    public string Example => "type1:19e5:00:00.1";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => ["deadline", "guest"];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (DeviceName.Folder(address.Name) is null)
            throw DriverAddressException.Of($"'{address.Name}' in '{address.Text}' is no device.", $"Write for example {Example}?guest=labs/hisi/boot.");
    }

    /// <summary>Nothing: the name of a device is meant for <c>vfio:</c>.</summary>
    public string? Meant(string text) => null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [typeof(INestedTarget)];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address) => (address.Deadline ?? LinuxVfioTarget.DefaultDeadline(guest: true)) + GuestMargin;

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
        return GuestEnvironment.Open(() => new Type1Target(address.Text, address.Name, command, address.Deadline)) as T;
    }
}
