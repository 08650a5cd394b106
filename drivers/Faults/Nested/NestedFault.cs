using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>A defect of nested stages.</summary>
public sealed class NestedFault : Fault
{
    private readonly Func<HostHabits, MemoryHost>? host;
    private readonly Func<MachineSite, VirtualMachine>? machine;
    private readonly Func<StreamTableWriter>? writer;
    private readonly Func<MemoryContainer>? container;

    internal NestedFault(
        string name,
        RequirementId[] requirements,
        string source,
        DirtyWay way,
        string description,
        Func<HostHabits, MemoryHost>? host,
        Func<MachineSite, VirtualMachine>? machine,
        Func<StreamTableWriter>? writer,
        Func<MemoryContainer>? container = null
    )
        : base(name, requirements, source, description)
    {
        Way = way;
        this.host = host;
        this.machine = machine;
        this.writer = writer;
        this.container = container;
    }

    /// <summary>How dirty pages are known where it shows.</summary>
    public DirtyWay Way { get; }

    /// <inheritdoc/>
    public override string ShownBy => $"dirty={NestedReference.TextOf(Way)}";

    /// <inheritdoc/>
    public override Type Contract => typeof(INestedTarget);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Keys => ["deadline", "on"];

    private protected override string Bases => $"on=reference:{NestedReference.Name}, or write on=reference:{NestedReference.Name}%3Fdirty=dlog";

    /// <summary>Nested stages with the fault.</summary>
    public INestedTarget Create(string address = "", TimeSpan? deadline = null, DirtyWay? way = null, bool seeded = true)
    {
        var chosen = way ?? Way;
        var habits = NestedReference.HabitsOf(chosen);
        return new InMemoryNestedTarget(
            address,
            $"nested stages in memory {(seeded ? "with" : "without")} the fault {Name}",
            deadline,
            make => seeded && host is not null ? host(habits.As(make)) : new MemoryHost(habits.As(make)),
            (on, isDestination) => seeded && machine is not null ? machine(new(on, chosen, isDestination)) : new VirtualMachine(on, chosen, isDestination),
            () => seeded && writer is not null ? writer() : new StreamTableWriter()
        )
        {
            Containers = () => seeded && container is not null ? container() : new MemoryContainer(),
        };
    }

    /// <summary>The part that it is in. A VMM's fault runs on any host.</summary>
    public NestedParts Part =>
        machine is not null ? NestedParts.Machine
        : writer is not null ? NestedParts.Writer
        : container is not null ? NestedParts.Container
        : NestedParts.Host;

    /// <summary>The VMM with the fault, on a host of any kind.</summary>
    internal VirtualMachine CreateMachine(INestedStage on, DirtyWay way, bool isDestination) => machine!(new(on, way, isDestination));

    /// <inheritdoc/>
    internal override void CheckOn(DriverAddress address, DriverAddress on)
    {
        if (on.Name != NestedReference.Name)
            throw Unseedable(address, on.Text);
    }

    /// <inheritdoc/>
    internal override object Open(DriverAddress address, DriverAddress? on, bool seeded) =>
        Create(address.Text, address.Deadline, on is null ? null : NestedReference.WayOf(on), seeded);
}

/// <summary>Where a fault of a VMM is put.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Way">How it knows dirty pages.</param>
/// <param name="IsDestination">Whether a migration is to come into it.</param>
internal readonly record struct MachineSite(INestedStage Host, DirtyWay Way, bool IsDestination);

/// <summary>A machine with one seam overridden.</summary>
internal abstract class FaultyMachine(MachineSite site) : VirtualMachine(site.Host, site.Way, site.IsDestination);

/// <summary>Short forms for the lists of faults.</summary>
internal static class NestedSeed
{
    /// <summary>A fault of a VMM.</summary>
    public static NestedFault Of(RequirementId[] ids, string name, DirtyWay way, string description, Func<MachineSite, VirtualMachine> machine) =>
        new(name, ids, string.Join(", ", ids.Select(id => $"F-{Catalogue.Of(id).Name}")), way, description, null, machine, null);

    /// <summary>A fault of the "seed" column of the catalogue, of a host.</summary>
    public static NestedFault Of(RequirementId id, string name, DirtyWay way, string description, Func<HostHabits, MemoryHost> host) =>
        new(name, [id], $"F-{Catalogue.Of(id).Name}", way, description, host, null, null);

    /// <summary>A fault of a container of type 1.</summary>
    public static NestedFault Of(RequirementId id, string name, string description, Func<MemoryContainer> container) =>
        new(name, [id], $"F-{Catalogue.Of(id).Name}", DirtyWay.Everything, description, null, null, null, container);

    /// <summary>A fault of a writer of STEs and CDs.</summary>
    public static NestedFault Of(RequirementId id, string name, string description, Func<StreamTableWriter> writer) =>
        new(name, [id], $"F-{Catalogue.Of(id).Name}", DirtyWay.Everything, description, null, null, writer);
}
