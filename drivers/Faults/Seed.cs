using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>Short forms for the lists of faults.</summary>
internal static class Seed
{
    public const MigrationFeatures F0 = MigrationFeatures.None,
        F1 = MigrationFeatures.StopCopy,
        F3 = F1 | MigrationFeatures.P2P,
        F5 = F1 | MigrationFeatures.PreCopy,
        F7 = F3 | F5;

    /// <summary>A fault of the "Fault" column of the catalogue.</summary>
    public static MigrationFault Of(RequirementId id, string name, MigrationFeatures features, string description, Func<FaultSite, VfioCoreDevice> build) =>
        Of([id], $"F-{Named(id)}", name, features, description, build);

    /// <summary>A fault that breaks several requirements, or one that a real driver had.</summary>
    public static MigrationFault Of(
        RequirementId[] ids,
        string source,
        string name,
        MigrationFeatures features,
        string description,
        Func<FaultSite, VfioCoreDevice> build
    ) => new(name, ids, source, features, description, build);

    /// <summary>A correct core around a driver whose saving sessions are wrong.</summary>
    public static Func<FaultSite, VfioCoreDevice> OnSaving(Func<ReferenceDriver, SavingSession> make) =>
        site => site.Around(new WithSession(site.Features, make, null));

    /// <summary>A correct core around a driver whose resuming sessions are wrong.</summary>
    public static Func<FaultSite, VfioCoreDevice> OnResuming(Func<ReferenceDriver, ResumingSession> make) =>
        site => site.Around(new WithSession(site.Features, null, make));

    /// <summary>A correct core around a faulty driver.</summary>
    public static Func<FaultSite, VfioCoreDevice> OnDriver(Func<MigrationFeatures, ReferenceDriver> make) => site => site.Around(make(site.Features));

    private static string Named(RequirementId id) => Catalogue.Of(id).Name;

    private sealed class WithSession(MigrationFeatures features, Func<ReferenceDriver, SavingSession>? saving, Func<ReferenceDriver, ResumingSession>? resuming)
        : ReferenceDriver(features)
    {
        protected override SavingSession CreateSaving() => saving?.Invoke(this) ?? base.CreateSaving();

        protected override ResumingSession CreateResuming() => resuming?.Invoke(this) ?? base.CreateResuming();
    }
}

/// <summary>A core with one seam overridden, on a correct driver.</summary>
internal abstract class FaultyCore(FaultSite site) : VfioCoreDevice(site.Correct(), site.Level, site.Bound);
