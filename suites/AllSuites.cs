using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.NestedStages;
using Conformance.Suites.Proof;
using Conformance.Suites.Seam;
using Conformance.Suites.Smmu;

namespace Conformance.Suites;

/// <summary>The suites: one line each.</summary>
public static class AllSuites
{
    /// <summary>All of them, in the order of their tokens.</summary>
    public static IReadOnlyList<ISuite> All { get; } = [new MigrationSuite(), new SmmuSuite(), new NestedSuite()];

    /// <summary>The suite with a name; null when there is none.</summary>
    public static ISuite? Find(string name) => All.FirstOrDefault(suite => suite.Name == name);

    /// <summary>The suite of a replay token; null when this kit does not know it.</summary>
    public static ISuite? OfToken(int number) => All.FirstOrDefault(suite => suite.Token == number);

    /// <summary>The suite that asks the driver of an address; the first when none can tell.</summary>
    public static ISuite Of(DriverAddress address) => All.FirstOrDefault(suite => suite.Asks(address)) ?? All[0];

    /// <summary>The suite of a fault.</summary>
    public static ISuite Of(Fault fault) => All.First(suite => suite.Has(fault));

    /// <summary>The campaigns of all suites.</summary>
    public static IReadOnlyList<ICampaign> Campaigns => campaigns;

    /// <summary>Why a requirement is not checked; null when it is.</summary>
    public static string? WhyUnchecked(Requirement row) => Checks.Missing(row, campaigns);

    private static readonly List<ICampaign> campaigns = [.. All.SelectMany(suite => suite.Campaigns)];
}
