using Conformance.Drivers.Core;
using Conformance.Drivers.Reference;
using Conformance.Model.Migration;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>A seeded defect: a named way to be wrong, one override on a correct driver.</summary>
public sealed class Fault
{
    private readonly Func<FaultSite, VfioCore> build;

    internal Fault(string name, RequirementId[] requirements, string source, MigrationFeatures features, string description, Func<FaultSite, VfioCore> build)
    {
        Name = name;
        Requirements = requirements;
        Source = source;
        Features = features;
        Description = description;
        this.build = build;
    }

    /// <summary>What it does, in words: <c>accepts-short-argsz</c>.</summary>
    public string Name { get; }

    /// <summary>The requirements that it breaks; the first is the one that a check is proven with.</summary>
    public IReadOnlyList<RequirementId> Requirements { get; }

    /// <summary>Where it comes from: "F-" and a requirement id, or the number of a bug that a real driver had, "P-008"; several are separated by ", ".</summary>
    public string Source { get; }

    /// <summary>The smallest feature set that shows it.</summary>
    public MigrationFeatures Features { get; }

    /// <summary>What the mutant does, in one line.</summary>
    public string Description { get; }

    /// <summary>The level that shows it.</summary>
    public UapiLevel Level { get; internal init; } = UapiLevel.V7_2;

    /// <summary>True when a check that meets the fault never gets an answer.</summary>
    public bool Hangs { get; internal init; }

    /// <summary>True when a check that meets the fault takes the process down.</summary>
    public bool Crashes { get; internal init; }

    /// <summary>True when only calls that overlap show it.</summary>
    public bool NeedsConcurrency { get; internal init; }

    /// <summary>One faulty device.</summary>
    public VfioCore Create(MigrationFeatures features, UapiLevel level = UapiLevel.V7_2, bool bound = true) => build(new(features, level, bound));

    /// <summary>A target whose devices all have the fault.</summary>
    public IMigrationTarget CreateTarget(string address, MigrationFeatures features, UapiLevel level, TimeSpan? deadline = null, DeviceTraits? traits = null) =>
        new InProcessTarget(address, new ReferenceDriver(features), bound => Create(features, level, bound), deadline ?? InProcessTarget.DefaultDeadline, traits);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Where a fault is put: on a correct driver with these features, at this level.</summary>
/// <param name="Features">The feature set.</param>
/// <param name="Level">The uAPI level.</param>
/// <param name="Bound">Whether the device is opened with access (ABI-18).</param>
internal readonly record struct FaultSite(MigrationFeatures Features, UapiLevel Level, bool Bound)
{
    /// <summary>A correct driver, for a fault of the core.</summary>
    public ReferenceDriver Correct() => new(Features);

    /// <summary>A correct core, for a fault of the driver.</summary>
    public VfioCore Around(ReferenceDriver driver) => new(driver, Level, Bound);
}
