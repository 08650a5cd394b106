using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.LinuxType1;

/// <summary>Containers of type 1 of a kernel in a guest; each is opened anew. There are no nested stages: what is not a container is the kit's own.</summary>
internal sealed class Type1Target : INestedTarget, IIdentified
{
    private readonly LinuxMachine machine;
    private readonly IReadOnlyList<string> devices;
    private readonly LastBreath last = new("container");

    /// <summary>A target in a guest that is booted at its first use.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="devices">The devices whose groups are put into the container.</param>
    /// <param name="command">The command that boots the guest.</param>
    /// <param name="deadline">The time that one call may take; null: 10 s.</param>
    /// <exception cref="FormatException">The command cannot be split into words.</exception>
    public Type1Target(string address, IReadOnlyList<string> devices, string command, TimeSpan? deadline)
    {
        Address = address;
        this.devices = devices;
        Deadline = deadline ?? LinuxVfioTarget.DefaultDeadline(guest: true);
        machine = LinuxMachine.Guest(command, Deadline);
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.Kernel;

    /// <inheritdoc/>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public string Description =>
        $"Linux {machine.Connect().ReadText("/proc/sys/kernel/osrelease") ?? "of an unknown version"}, "
        + $"a container of type 1 with the group of {string.Join(", or of ", devices)}";

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity => VfioIdentity.Of(machine.Connect(), VfioLocation.Find(machine.Connect(), devices[0]), byNode: false);

    /// <inheritdoc/>
    public NestedParts Parts => NestedParts.Container;

    /// <inheritdoc/>
    public INestedStage OpenHost() => new MemoryHost(new(HostHabits.Plain));

    /// <inheritdoc/>
    public INestedMachine? OpenMachine(INestedStage host, bool isDestination) => null;

    /// <inheritdoc/>
    public IDmaContainer OpenContainer()
    {
        if (last.Take() is { } loss)
            throw loss;
        var calls = machine.Connect();
        return new KernelContainer(calls, [.. devices.Select(device => VfioLocation.Find(calls, device))], last);
    }

    /// <inheritdoc/>
    public void Dispose() => machine.Dispose();
}
