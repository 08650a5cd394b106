using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>A defect of a migration driver.</summary>
public sealed class MigrationFault : Fault
{
    private readonly Func<FaultSite, VfioCoreDevice> build;

    internal MigrationFault(
        string name,
        RequirementId[] requirements,
        string source,
        MigrationFeatures features,
        string description,
        Func<FaultSite, VfioCoreDevice> build
    )
        : base(name, requirements, source, description)
    {
        Features = features;
        this.build = build;
    }

    /// <summary>The smallest feature set that shows it.</summary>
    public MigrationFeatures Features { get; }

    /// <summary>The level that shows it.</summary>
    public UapiLevel Level { get; internal init; } = UapiLevel.V7_2;

    /// <inheritdoc/>
    public override string ShownBy
    {
        get
        {
            List<string> names = ["STOP_COPY"];
            if (Features.HasFlag(MigrationFeatures.P2P))
                names.Add("P2P");
            if (Features.HasFlag(MigrationFeatures.PreCopy))
                names.Add("PRE_COPY");
            return $"features {Features:d} = {string.Join(" + ", names)}, uAPI level {Level.ToString().TrimStart('V').Replace('_', '.')}";
        }
    }

    /// <inheritdoc/>
    public override Type Contract => typeof(IMigrationTarget);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Keys => ["deadline", "level", "on", "traits", "workload"];

    private protected override string Bases => $"one of {string.Join(", ", ReferenceTarget.Names.Select(name => $"on=reference:{name}"))}";

    /// <summary>One faulty device.</summary>
    public VfioCoreDevice Create(MigrationFeatures features, UapiLevel level = UapiLevel.V7_2, bool bound = true) => build(new(features, level, bound, new()));

    /// <summary>A target whose devices all have the fault.</summary>
    public IMigrationTarget CreateTarget(string address, MigrationFeatures features, UapiLevel level, TimeSpan? deadline = null, DeviceTraits? traits = null)
    {
        var history = new DriverHistory();
        return new InProcessTarget(
            address,
            new ReferenceDriver(features),
            bound => build(new(features, level, bound, history)),
            deadline ?? InProcessTarget.DefaultDeadline,
            traits
        );
    }

    /// <inheritdoc/>
    internal override void CheckOn(DriverAddress address, DriverAddress on)
    {
        if (ReferenceTarget.Find(on.Name) is not { } set)
            throw Unseedable(address, on.Text);
        if ((set & Features) != Features)
            throw DriverAddressException.Of(
                $"The fault '{Name}' cannot be seen on {on}: it needs features {(ulong)Features:d}, that driver has {(ulong)set:d}.",
                "Leave on= out, or choose a driver with more features."
            );
    }

    /// <inheritdoc/>
    internal override object Open(DriverAddress address, DriverAddress? on, bool seeded)
    {
        var features = on is null ? Features : ReferenceTarget.Find(on.Name)!.Value;
        var level = address.Level ?? on?.Level ?? Level;
        return seeded
            ? CreateTarget(address.Text, features, level, address.Deadline, address.ReadTraits())
            : ReferenceTarget.Create(address.Text, features, level, address.Deadline, address.ReadTraits());
    }
}

/// <summary>Where a fault is put: on a correct driver with these features, at this level.</summary>
/// <param name="Features">The feature set.</param>
/// <param name="Level">The uAPI level.</param>
/// <param name="Bound">Whether the device is opened with access (ABI-18).</param>
/// <param name="History">What the driver remembers from device to device.</param>
internal readonly record struct FaultSite(MigrationFeatures Features, UapiLevel Level, bool Bound, DriverHistory History)
{
    /// <summary>A correct driver, for a fault of the core.</summary>
    public ReferenceDriver Correct() => new(Features);

    /// <summary>A correct core, for a fault of the driver.</summary>
    public VfioCoreDevice Around(ReferenceDriver driver) => new(driver, Level, Bound);
}

/// <summary>What a driver remembers for as long as it is loaded.</summary>
internal sealed class DriverHistory
{
    /// <summary>How many saving sessions there were.</summary>
    public int Saves { get; set; }

    /// <summary>How many GETs of the state there were.</summary>
    public int Gets { get; set; }
}
