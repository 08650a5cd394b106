using System.Globalization;
using Conformance.Drivers.Faults;
using Conformance.Reports;
using Conformance.Suites.Smmu;
using Conformance.Tests.Plugin;
using Conformance.Tests.Smmu.Devices;
using NUnit.Framework;

namespace Conformance.Tests.Smmu;

/// <summary>One mistake is one card, and two mistakes are two, as far as the findings of the seeded faults tell.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SmmuCausesTests
{
    // From each file of seeded faults some, neighbours among them.
    private static readonly string[] faults =
    [
        "acknowledges-raw-write",
        "upper-half-dropped",
        "recinvsid-ignored",
        "invalid-ste-bypasses",
        "cd-count-unchecked",
        "context-pointer-truncated",
        "cd-valid-unchecked",
        "cd-endianness-unchecked",
        "cd-fetch-address-in-d2",
        "leaf-size-unchecked",
        "table-size-unchecked",
        "permission-before-access-flag",
        "table-permissions-not-cached",
        "class-always-zero",
        "rnw-always-read",
        "writes-while-abort-active",
        "reserved-sync-accepted",
        "secure-bit-checked-once",
        "ignores-cfgi-ste",
        "vaa-matches-asid-zero",
    ];

    [Test]
    public void One_mistake_of_an_SMMU_is_one_cause() => Assert.That(Causes($"plugin:{PluginFiles.Tiny}?type=ForgetfulSmmu"), Is.LessThanOrEqualTo(2));

    [Test]
    public void One_mistake_of_a_migration_driver_is_one_cause() => Assert.That(Causes($"plugin:{PluginFiles.Forgetful}"), Is.EqualTo(1));

    [Test]
    public void Different_mistakes_stay_apart()
    {
        var found = faults.Select(name => (Name: name, Findings: Findings(name))).ToList();
        Assert.That(found.Where(fault => fault.Findings.Count == 0).Select(fault => fault.Name), Is.Empty);
        var mixed = new List<string>();
        var pairs = 0;
        for (var one = 0; one < found.Count; one++)
        {
            for (var other = one + 1; other < found.Count; other++)
            {
                pairs++;
                var first = found[one].Findings.Count;
                if (
                    Conformance
                        .Reports.Causes.Of([.. found[one].Findings, .. found[other].Findings])
                        .Any(cause => cause.Findings[0] < first && cause.Findings[^1] >= first)
                )
                    mixed.Add($"{found[one].Name} and {found[other].Name}");
            }
        }

        TestContext.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{pairs - mixed.Count} of {pairs} pairs of faults apart; not: {string.Join(", ", mixed)}")
        );
        Assert.That(mixed, Has.Count.LessThanOrEqualTo(pairs / 20), string.Join(", ", mixed));
    }

    private static int Causes(string address)
    {
        var (_, output, document) = CheckedSmmu.Run(address);
        Assert.That(document.Findings, Has.Count.GreaterThan(1), output);
        return document.Causes.Count;
    }

    private static IReadOnlyList<Finding> Findings(string name)
    {
        var fault = FaultCatalogue.Smmu.Single(fault => fault.Name == name);
        var campaign = SmmuCampaigns.All.First(campaign => campaign.Aims.Intersect(fault.Requirements).Any());
        return CheckedSmmu.Run($"fault:{name}", "--campaign", campaign.Name, "--plans", "32").Document.Findings;
    }
}
