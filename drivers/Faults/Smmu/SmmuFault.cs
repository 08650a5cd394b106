using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Faults;

/// <summary>A defect of an SMMU.</summary>
public sealed class SmmuFault : Fault
{
    private readonly Func<SmmuSite, MemorySmmu> build;

    internal SmmuFault(
        string name,
        RequirementId[] requirements,
        string source,
        SmmuCapabilities capabilities,
        string description,
        Func<SmmuSite, MemorySmmu> build
    )
        : base(name, requirements, source, description)
    {
        Capabilities = capabilities;
        this.build = build;
    }

    /// <summary>What an SMMU that shows it implements.</summary>
    public SmmuCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public override string ShownBy => SmmuReference.TextOf(Capabilities);

    /// <inheritdoc/>
    public override Type Contract => typeof(ISmmuTarget);

    /// <inheritdoc/>
    internal override IReadOnlyList<string> Keys => ["deadline", "on"];

    private protected override string Bases => $"on=reference:{SmmuReference.Name}, or write on=reference:{SmmuReference.Name}%3Fstage=nested";

    /// <summary>An SMMU with the fault.</summary>
    /// <param name="capabilities">What it implements, or null: <see cref="Capabilities"/>.</param>
    /// <param name="caching">What it keeps between transactions.</param>
    public MemorySmmu Create(SmmuCapabilities? capabilities = null, SmmuCaching caching = SmmuCaching.OnDemand) =>
        build(new(capabilities ?? Capabilities, caching));

    /// <inheritdoc/>
    internal override void CheckOn(DriverAddress address, DriverAddress on)
    {
        if (on.Name != SmmuReference.Name)
            throw Unseedable(address, on.Text);
    }

    /// <inheritdoc/>
    internal override object Open(DriverAddress address, DriverAddress? on, bool seeded)
    {
        var (capabilities, caching) = on is null ? (Capabilities, SmmuCaching.OnDemand) : (SmmuReference.CapabilitiesOf(on), SmmuReference.CachingOf(on));
        return new InMemorySmmuTarget(
            address.Text,
            () => seeded ? Create(capabilities, caching) : new MemorySmmu(capabilities, caching),
            $"SMMUv3 in memory {(seeded ? "with" : "without")} the fault {Name}",
            address.Deadline
        )
        {
            OtherStages = () =>
                seeded ? Create(SmmuReference.OtherThan(capabilities), caching) : new MemorySmmu(SmmuReference.OtherThan(capabilities), caching),
        };
    }

    /// <summary>A target with the fault, as its address opens it.</summary>
    public InMemorySmmuTarget OpenTarget() => new(Name, () => Create(), Description) { OtherStages = () => Create(SmmuReference.OtherThan(Capabilities)) };
}

/// <summary>Where a fault is put: on a correct SMMU with these capabilities.</summary>
/// <param name="Capabilities">What it implements.</param>
/// <param name="Caching">What it keeps between transactions.</param>
internal readonly record struct SmmuSite(SmmuCapabilities Capabilities, SmmuCaching Caching);

/// <summary>An SMMU with one seam overridden.</summary>
internal abstract class FaultySmmu(SmmuSite site) : MemorySmmu(site.Capabilities, site.Caching);

/// <summary>Short forms for the lists of faults.</summary>
internal static class SmmuSeed
{
    public static SmmuCapabilities Stage1 => SmmuCapabilities.QemuStage1;

    public static SmmuCapabilities Stage2 => SmmuCapabilities.QemuStage2;

    public static SmmuCapabilities Nested => SmmuCapabilities.QemuNested;

    public static SmmuCapabilities Full => SmmuCapabilities.Full;

    /// <summary>A fault of the "seed" column of the catalogue.</summary>
    public static SmmuFault Of(RequirementId id, string name, SmmuCapabilities capabilities, string description, Func<SmmuSite, MemorySmmu> build) =>
        Of([id], $"F-{Catalogue.Of(id).Name}", name, capabilities, description, build);

    /// <summary>A fault that breaks several requirements, or one that a real SMMU had.</summary>
    public static SmmuFault Of(
        RequirementId[] ids,
        string source,
        string name,
        SmmuCapabilities capabilities,
        string description,
        Func<SmmuSite, MemorySmmu> build
    ) => new(name, ids, source, capabilities, description, build);
}
