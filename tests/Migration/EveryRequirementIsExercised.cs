using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Suites.Migration;
using Conformance.Suites.Proof;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>No requirement is left out in silence: each is exercised on a reference driver, or the catalogue says why not.</summary>
[Category("long")]
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
        "reference:hisi_acc?profile=strict",
        "reference:hisi_acc?profile=strict&level=6.1",
    ];

    private readonly Dictionary<string, (Ledger Ledger, MigrationMachine? Machine)> runs = [];

    private static IEnumerable<Requirement> Rows =>
        Catalogue.All.Where(row => row.Suite == MigrationCampaigns.Suite && Checks.Missing(row, MigrationCampaigns.All) is null);

    [OneTimeSetUp]
    public void Run()
    {
        foreach (var address in Drivers)
        {
            var (ledger, _, _, machine) = DirectRun.Of(address);
            runs[address] = (ledger, machine);
        }
    }

    [Test]
    public void Somewhere_among_the_reference_drivers()
    {
        var missing = Rows.Where(row => runs.Values.All(run => run.Ledger.Exercised(row.Id) == 0)).Select(row => $"{row.Name}: {row.Statement}");
        Assert.That(string.Join("\n", missing), Is.Empty);
    }

    // A purpose that says that a device has what it needs must show its requirement there; one that says what is lacking must be right.
    [TestCaseSource(nameof(Drivers))]
    public void Exactly_where_a_group_of_plans_that_is_there_for_it_lacks_nothing(string address)
    {
        var (ledger, machine) = runs[address];
        var wrong = Rows.Select(row =>
                (row.Name, Exercised: ledger.Exercised(row.Id), Reason: NotExercised.Reason(machine, row) ?? NotExercised.Chance(machine, row))
            )
            .Where(row => row.Exercised > 0 == row.Reason is not null)
            .Select(row => $"{row.Name}: exercised {row.Exercised} times, reason: {row.Reason ?? "none"}");
        Assert.That(string.Join("\n", wrong), Is.Empty);
    }
}
