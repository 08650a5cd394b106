using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>Nested stages in this process.</summary>
/// <param name="address">The address as the user wrote it.</param>
/// <param name="description">What they are, in a few words.</param>
/// <param name="deadline">The time that one call may take.</param>
/// <param name="open">Makes a host of a make.</param>
/// <param name="writer">Makes a writer of STEs and CDs.</param>
/// <param name="boot">Makes a machine on a host; the flag says that a migration is to come into it.</param>
public sealed class InMemoryNestedTarget(
    string address,
    string description,
    TimeSpan? deadline,
    Func<HostMake, INestedStage> open,
    Func<INestedStage, bool, INestedMachine?> boot,
    Func<IStreamTableWriter?> writer
) : INestedTarget
{
    /// <inheritdoc/>
    public string Address => address;

    /// <inheritdoc/>
    public Channels Channel => Channels.InProcess;

    /// <inheritdoc/>
    public TimeSpan Deadline { get; } = deadline ?? InProcessTarget.DefaultDeadline;

    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public NestedParts Parts { get; init; } = NestedParts.All;

    /// <inheritdoc/>
    public bool HasOtherMakes { get; init; } = true;

    /// <inheritdoc/>
    public INestedStage OpenHost() => open(HostMake.Same);

    /// <inheritdoc/>
    public INestedStage OpenHost(HostMake make) => open(make);

    /// <inheritdoc/>
    public INestedMachine? OpenMachine(INestedStage host, bool isDestination) => boot(host, isDestination);

    /// <inheritdoc/>
    public IStreamTableWriter? OpenWriter() => writer();

    /// <summary>Makes a container of type 1; null where there is none.</summary>
    public Func<IDmaContainer>? Containers { get; init; }

    /// <inheritdoc/>
    public IDmaContainer? OpenContainer() => Containers?.Invoke();

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() { }
}
