using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.Proof;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>No requirement is left out in silence: each is exercised on a reference driver, or the catalogue says why not.</summary>
public sealed class EveryRequirementIsExercised
{
    private static readonly string[] Drivers =
    [
        "reference:stop_copy",
        "reference:p2p",
        "reference:pre_copy",
        "reference:full",
        "reference:none",
        "reference:full?level=6.1",
        "reference:full?level=6.12",
    ];

    [Test]
    public void Somewhere_among_the_reference_drivers()
    {
        var runs = Drivers.Select(address => DirectRun.Of(address).Ledger).ToList();
        var missing = Catalogue
            .All.Where(row => row.Group.Suite() == MigrationCampaigns.Suite && Checks.Missing(row, MigrationCampaigns.All) is null)
            .Where(row => runs.All(ledger => ledger.Exercised(row.Id) == 0))
            .Select(row => $"{row.Name}: {row.Statement}");
        Assert.That(string.Join("\n", missing), Is.Empty);
    }
}
