using System.Text.Json.Nodes;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Command;
using Conformance.Suites.Migration;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What is said of a requirement that a run did not exercise.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.All)]
public sealed class NotExercisedTests
{
    private const string Chance = "calls of several threads never met: the driver's machine needs two processors that are free";

    [TestCase("MIG-FSM-17", Chance)]
    [TestCase("MIG-FSM-06", null)]
    public void What_threads_must_meet_for_may_be_missed(string name, string? excuse)
    {
        var machine = new MigrationMachine(
            (MigrationFeatures)7,
            UapiLevel.V7_2,
            Channels.Kernel,
            (ChannelCapabilities)~0 & ~ChannelCapabilities.Interleaving,
            new(),
            true,
            true
        );
        var suite = new MigrationSuite();
        var row = Catalogue.All.Single(row => row.Name == name);
        Assert.That((suite.WhyNot(machine, row), suite.Chance(machine, row)), Is.EqualTo(((string?)null, excuse)));
    }

    // A campaign that did not come to its end, or that a narrowed run left out, has not tried whether calls meet, and says nothing of the machine.
    [TestCase("overlapping-calls", null, false, Chance)]
    [TestCase("overlapping-calls", "given up", true, "campaign overlapping-calls was given up")]
    [TestCase("request-pairs", null, false, "only campaign request-pairs ran")]
    public void Chance_is_an_excuse_where_it_was_tried(string campaign, string? abandoned, bool mandatory, string reason)
    {
        var request = new CheckRequest("reference:full", "migration", 1, 8) { CampaignNames = [campaign] };
        using var job = request.Suite.Accept(new SuiteJobs(request, null));
        var survey = JsonNode.Parse(job.Survey(NullJournal.Instance))!;
        survey["Chances"] = new JsonObject { ["MIG-FSM-17"] = Chance };
        var outcome = JsonNode.Parse(job.Run(0, SkipList.Empty, NullJournal.Instance))!;
        outcome["Exercised"] = new JsonObject();
        var run = new SupervisedRun(survey.ToJsonString(), null, [new(campaign, outcome.ToJsonString(), [], abandoned)], [], false);
        var row = ResultBuilder.Build(request, run, LossSearch.AsTheyAre(request)).Requirements.Single(row => row.Id == "MIG-FSM-17");
        Assert.That((row.Verdict, row.Mandatory, row.Reason), Is.EqualTo((RequirementVerdict.NotExercised, mandatory, reason)));
    }
}
