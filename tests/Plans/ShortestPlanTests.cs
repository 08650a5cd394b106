using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Plans;

/// <summary>Of several plans that show one difference, the one with the fewest steps is shown, in whatever order they come.</summary>
public sealed class ShortestPlanTests
{
    private static readonly Step Running = Step.Set(DeviceState.Running),
        Stop = Step.Set(DeviceState.Stop),
        Break = Step.FailArc(0, Errno.EIO, broken: true);
    private static readonly Plan Long = Plan.Of(Stop, Break, Running, Step.Get, Running),
        Short = Plan.Of(Break, Stop, Step.Get, Running, Step.Get);

    [Test]
    public void One_that_comes_later_and_is_shorter_to_begin_with_is_looked_at([Values] bool shortFirst)
    {
        var fault = (MigrationFault)FaultCatalogue.Find("leaves-error-by-request")!;
        using var target = fault.CreateTarget("fault", fault.Features, fault.Level);
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        Plan[] plans = shortFirst ? [Short, Long] : [Long, Short];
        var run = CampaignRunner.Run(
            new Given(plans),
            0,
            DirectRun.Bench(new(target, machine, NullJournal.Instance)),
            new(1, 0),
            SkipList.Empty,
            NullJournal.Instance
        );
        var found = run.Found.Single(found => found.Divergence.Rules.Has(RequirementId.MIG_ERR_01));
        var shown = run.Ledger.Findings.All.Single(finding => finding.Requirements.Contains("MIG-ERR-01"));
        Assert.That(found.Plan.Steps, Is.EqualTo(Short.Steps.Take(4)));
        Assert.That((shown.Minimised, shown.Repeats, shown.Occurrences), Is.EqualTo((true, (string?)null, 2L)));
    }

    [Test]
    public void One_that_fails_now_and_then_only_is_no_better_for_being_short([Values] bool merged)
    {
        var ledger = new Ledger();
        var (firm, now) = (Of(Long), Of(Short) with { Repeats = "2 of 5" });
        ledger.Findings.Note(firm);
        if (!merged)
            Assert.That(ledger.Findings.Note(now), Is.Zero);
        else
        {
            var other = new Ledger();
            other.Findings.Note(now);
            ledger.Add(other);
        }

        Assert.That(ledger.Findings.All, Is.EqualTo([firm with { Occurrences = 2 }]));
    }

    private static Finding Of(Plan plan) =>
        new()
        {
            Requirements = ["MIG-ERR-01"],
            Kind = "result",
            Verdict = RequirementVerdict.Violation,
            Campaign = "test",
            Expected = "a refusal",
            Seen = "success",
            Steps = MigrationLanguage.Instance.Lines(plan),
            FailingStep = plan.Steps.Count - 1,
            Minimised = true,
        };

    private sealed class Given(Plan[] plans) : ICampaign<MigrationMachine, Plan>
    {
        public string Name => "given";

        public string Suite => "migration";

        public IReadOnlyList<RequirementId> Aims => [];

        public bool IsRandom => false;

        public string? Lacks(MigrationMachine device) => null;

        public IEnumerable<Named<Plan>> Plans(MigrationMachine device, CampaignInput input) => plans.Select(plan => new Named<Plan>(plan));
    }
}
