using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

[Category("quick")]
public sealed class ResultMergeTests
{
    private static readonly Finding crash = new()
    {
        Requirements = ["MIG-FSM-06"],
        Kind = "crash",
        Verdict = RequirementVerdict.Crash,
        Campaign = "walks",
        Expected = "an answer",
        Seen = "the process was ended by SIGABRT (exit code 134)",
    };

    [Test]
    public void Shards_in_any_order_give_the_same_bytes()
    {
        var merged = ResultJson.Write(ResultMerge.Merge([Shard(1), Shard(2), Shard(3)]));
        Assert.That(ResultJson.Write(ResultMerge.Merge([Shard(3), Shard(1), Shard(2)])), Is.EqualTo(merged));
        Assert.That(ResultJson.Write(ResultJson.Read(merged, "merged.json")), Is.EqualTo(merged));
    }

    [Test]
    public void Counts_are_added_and_the_worst_verdict_stands()
    {
        var red = Shard(2) with
        {
            Requirements = [SampleDocuments.Row("ABI-01", RequirementVerdict.Violation) with { Exercised = 1, Violated = 1 }, .. Shard(2).Requirements.Skip(1)],
        };
        var merged = ResultMerge.Merge([Shard(1), red, Shard(3)]);
        Assert.Multiple(() =>
        {
            Assert.That((merged.Run.Shard, merged.Run.Shards), Is.EqualTo(((string?)null, 3)));
            Assert.That((merged.Requirements[0].Verdict, merged.Requirements[0].Exercised), Is.EqualTo((RequirementVerdict.Violation, 25L)));
            Assert.That(merged.Requirements[1].Exercised, Is.EqualTo(3 * 1_234));
            Assert.That(merged.Requirements[2].Verdict, Is.EqualTo(RequirementVerdict.NotExercised));
            Assert.That(merged.Campaigns.Select(campaign => campaign.Plans), Is.EqualTo([120, 768]));
            Assert.That(merged.ExitCode, Is.EqualTo(1));
        });
    }

    /// <summary>Where one shard found something and could not get to what the campaign must see, the whole run could not either.</summary>
    [Test]
    public void What_a_campaign_must_see_is_not_missed_when_a_shard_of_it_has_findings()
    {
        CampaignResult With(params WitnessResult[] witnesses) => new("walks", 1, 1, 1) { Witnesses = witnesses };
        ResultDocument Part(int index, CampaignResult campaign) => Shard(index) with { Campaigns = [campaign] };
        var silent = ResultMerge.Merge([Part(1, With()), Part(2, With(new WitnessResult("p2p-pass", 0))), Part(3, With(new WitnessResult("p2p-pass", 0)))]);
        Assert.That((silent.Campaigns.Single().IsVacuous, silent.ExitCode), Is.EqualTo((false, 0)));
        var vacuous = ResultMerge.Merge([.. Enumerable.Range(1, 3).Select(index => Part(index, With(new WitnessResult("p2p-pass", 0))))]);
        Assert.That((vacuous.Campaigns.Single().IsVacuous, vacuous.ExitCode), Is.EqualTo((true, 4)));
    }

    [Test]
    public void One_finding_of_two_shards_is_one_with_the_shortest_plan()
    {
        Finding Found(params string[] steps) =>
            new()
            {
                Requirements = ["MIG-FSM-06"],
                Kind = "state",
                Verdict = RequirementVerdict.Violation,
                Campaign = "walks",
                Expected = "a",
                Seen = "b",
                Steps = steps,
                Occurrences = 2,
            };
        ResultDocument With(int index, Finding finding) =>
            Shard(index) with
            {
                Findings = [finding],
                Requirements =
                [
                    .. Shard(index)
                        .Requirements.Select(row =>
                            row.Id == "MIG-FSM-06" ? row with { Verdict = RequirementVerdict.Violation, Violated = 2, Finding = 0 } : row
                        ),
                ],
            };
        var merged = ResultMerge.Merge([
            With(1, Found("one", "two")),
            With(2, Found("two")),
            With(3, Found("one", "two")) with
            {
                Findings = [Found("one", "two") with { Kind = "value" }],
            },
        ]);
        Assert.That(
            merged.Findings.Select(finding => (finding.Kind, finding.Steps.Count, finding.Occurrences)),
            Is.EqualTo([("state", 1, 4L), ("value", 2, 2L)])
        );
        Assert.That(merged.Requirements[1].Finding, Is.EqualTo(0));
    }

    /// <summary>No requirement speaks of either, and they are two mistakes.</summary>
    [Test]
    public void Losses_in_different_calls_stay_apart()
    {
        ResultDocument With(int index, string call) =>
            Shard(index) with
            {
                Findings = [Finding.OfLoss([], isHang: true, "no answer", "") with { Facts = [Finding.CallFact + call] }],
            };
        var merged = ResultMerge.Merge([With(1, "Map"), With(2, "Unmap"), With(3, "Map")]);
        Assert.That(merged.Findings.Select(finding => finding.Facts![0]), Is.EqualTo(["call=Map", "call=Unmap"]));
    }

    /// <summary>As in a whole run: facts tell findings apart where the suite says so, and are circumstances elsewhere.</summary>
    [Test]
    public void Findings_with_other_facts_stay_apart_where_facts_tell_findings_apart()
    {
        ResultDocument With(int index, string fact) =>
            Shard(index) with
            {
                Findings =
                [
                    new()
                    {
                        Requirements = ["SMMU-WALK-06"],
                        Kind = "event",
                        Verdict = RequirementVerdict.Violation,
                        Campaign = "walks",
                        Expected = "a",
                        Seen = "b",
                        Facts = ["stage=1", fact],
                        Occurrences = 2,
                    },
                ],
            };
        ResultDocument[] shards = [With(1, "field=IPS"), With(2, "field=T0SZ"), With(3, "field=IPS")];
        Assert.That(ResultMerge.Merge(shards).Findings.Select(finding => finding.Occurrences), Is.EqualTo([6L]));
        var merged = ResultMerge.Merge(shards, factsTellApart: true);
        Assert.That(merged.Findings.Select(finding => (finding.Facts![1], finding.Occurrences)), Is.EqualTo([("field=IPS", 4L), ("field=T0SZ", 2L)]));
    }

    [Test]
    public void Crashes_of_other_causes_stay_apart_as_in_a_whole_run()
    {
        ResultDocument With(int index, string words) => Shard(index) with { Findings = [crash with { LastWords = words }] };
        var merged = ResultMerge.Merge([With(1, "Assertion `len' failed"), With(2, "*** stack smashing"), With(3, "Assertion `len' failed")]);
        Assert.That(
            merged.Findings.Select(finding => (finding.LastWords, finding.Occurrences)),
            Is.EqualTo([("Assertion `len' failed", 2L), ("*** stack smashing", 1L)])
        );
    }

    [Test]
    public void A_plan_that_shows_it_each_time_is_kept_before_a_shorter_one()
    {
        ResultDocument With(int index, string? repeats, params string[] steps) =>
            Shard(index) with
            {
                Findings = [crash with { Steps = steps, Repeats = repeats }],
            };
        var merged = ResultMerge.Merge([With(1, "1 of 2", "one"), With(2, null, "one", "two", "three"), With(3, null, "one", "two")]);
        Assert.That(merged.Findings.Select(finding => (finding.Repeats, finding.Steps.Count)), Is.EqualTo([((string?)null, 2)]));
    }

    [Test]
    public void A_shard_alone_never_says_that_too_little_was_exercised()
    {
        var row = SampleDocuments.Row("ABI-02", RequirementVerdict.NotExercised) with { Mandatory = true };
        ResultDocument Poor(int index) => Shard(index) with { Requirements = [row], Campaigns = [] };
        Assert.That(Poor(1).ExitCode, Is.EqualTo(0));
        Assert.That(ResultMerge.Merge([Poor(1), Poor(2), Poor(3)]).ExitCode, Is.EqualTo(4));
        Assert.That(
            ResultMerge
                .Merge([
                    Poor(1),
                    Poor(2) with
                    {
                        Requirements = [row with { Verdict = RequirementVerdict.Pass, Exercised = 1 }],
                        Campaigns = Shard(2).Campaigns,
                    },
                    Poor(3),
                ])
                .ExitCode,
            Is.EqualTo(0)
        );
    }

    [Test]
    public void Witnesses_of_one_shard_count_for_all()
    {
        ResultDocument Seen(int index, long times) => Shard(index) with { Campaigns = [new("walks", 1, 1, 1) { Witnesses = [new("stop-copy-data", times)] }] };
        Assert.That(ResultMerge.Merge([Seen(1, 0), Seen(2, 3), Seen(3, 0)]).ExitCode, Is.EqualTo(0));
        Assert.That(ResultMerge.Merge([Seen(1, 0), Seen(2, 0), Seen(3, 0)]).ExitCode, Is.EqualTo(4));
    }

    private static IEnumerable<TestCaseData> Strangers() =>
        [
            new TestCaseData(Array.Empty<ResultDocument>(), "there is nothing to merge").SetArgDisplayNames("nothing"),
            new TestCaseData(new[] { SampleDocuments.Green }, "made without --shard").SetArgDisplayNames("no shard"),
            new TestCaseData(new[] { Shard(1), Shard(2) }, "shard 3/3 is missing").SetArgDisplayNames("missing"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(2), Shard(3) }, "shard 2/3 is there more than once").SetArgDisplayNames("twice"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(3, "3/4") }, "not parts of one run").SetArgDisplayNames("of four"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(3, "9/3") }, "'9/3' is not a shard").SetArgDisplayNames("out of range"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(3) with { Kit = "9" } }, "kit '0.1.0' and '9'").SetArgDisplayNames("kit"),
            new TestCaseData(
                new[] { Shard(1), Shard(2), Shard(3) with { Driver = Shard(3).Driver with { Identity = [new("kernel", "Linux 7.2")] } } },
                "build '' and 'kernel Linux 7.2'"
            ).SetArgDisplayNames("build"),
            new TestCaseData(
                new[] { Shard(1), Shard(2), Shard(3) with { Driver = SampleDocuments.Green.Driver with { Address = "reference:p2p" } } },
                "driver 'reference:full"
            ).SetArgDisplayNames("driver"),
            new TestCaseData(new[] { Shard(1), Shard(2), Seeded(3, 7) }, "seed '1' and '7'").SetArgDisplayNames("seed"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(3) with { Requirements = [] } }, "other requirements").SetArgDisplayNames("requirements"),
            new TestCaseData(new[] { Shard(1), Shard(2), Shard(3) with { Coverage = SampleDocuments.Green.Coverage } }, "no tables").SetArgDisplayNames(
                "coverage"
            ),
        ];

    [TestCaseSource(nameof(Strangers))]
    public void What_does_not_belong_together_is_refused(ResultDocument[] documents, string message)
    {
        var error = Assert.Throws<ResultMergeException>(() => ResultMerge.Merge(documents))!;
        Assert.That(error.Message, Does.Contain(message).And.Not.Contain('\n'));
    }

    private static ResultDocument Seeded(int index, ulong seed) => Shard(index) with { Run = Shard(index).Run with { Seed = seed } };

    private static ResultDocument Shard(int index, string? name = null)
    {
        var tables = new byte[80];
        tables[index] = 3;
        return SampleDocuments.Green with
        {
            Run = SampleDocuments.Green.Run with { Shard = name ?? $"{index}/3" },
            Coverage = SampleDocuments.Green.Coverage! with { Tables = Convert.ToBase64String(tables) },
            Environment = SampleDocuments.Green.Environment! with { DurationSeconds = index },
        };
    }

    [Test]
    public void Coverage_is_the_union()
    {
        var merged = ResultMerge.Merge([Shard(1), Shard(2), Shard(3)]).Coverage!;
        Assert.That((merged.RequestPairs!.Covered, merged.Arcs!.Covered, merged.ArcPairs!.Covered), Is.EqualTo((6, 0, 0)));
    }

    [Test]
    public void Coverage_of_areas_is_counted_again()
    {
        var merged = ResultMerge.Merge([WithAreas(1), WithAreas(2), WithAreas(3)]).Coverage!;
        Assert.That(merged.Areas!.Select(area => (area.Name, area.Covered, area.Reachable)), Is.EqualTo([("streams", 1, 3), ("commands", 4, 9)]));
        Assert.That(Convert.FromBase64String(merged.Tables!), Is.EqualTo(new byte[] { 1, 0b1110, 1 }));
    }

    [Test]
    public void Coverage_of_other_areas_is_refused()
    {
        var other = WithAreas(3);
        other = other with { Coverage = other.Coverage! with { Areas = [new("streams", 1, 3, 5, 8), new("commands", 2, 8, 9, 16)] } };
        Assert.That(
            () => ResultMerge.Merge([WithAreas(1), WithAreas(2), other]),
            Throws.TypeOf<ResultMergeException>().With.Message.Contains("counts different things")
        );
        Assert.That(
            () => ResultMerge.Merge([WithAreas(1), WithAreas(2), Shard(3)]),
            Throws.TypeOf<ResultMergeException>().With.Message.Contains("counts different things")
        );
    }

    [Test]
    public void The_summary_names_the_areas() => Assert.That(ConsoleSummary.Render(WithAreas(1)), Does.Contain("  reached 1 of 3 streams, 2 of 9 commands\n"));

    [TestCase("\"areas\": null", "has neither")]
    [TestCase("\"areas\": [null]", "holds null")]
    [TestCase("\"areas\": [{\"name\": \"a\", \"covered\": 1, \"reachable\": 1, \"all\": 1, \"flags\": 9}]", "multiple of 8")]
    [TestCase("\"areas\": [{\"name\": \"a\", \"covered\": 1, \"reachable\": 1, \"all\": 1, \"flags\": -8}]", "multiple of 8")]
    public void Areas_that_make_no_sense_are_refused(string areas, string message)
    {
        var json = ResultJson.Write(WithAreas(1) with { Coverage = new() { Areas = [] } });
        Assert.That(json, Does.Contain("\"areas\": []"));
        Assert.That(
            () => ResultJson.Read(json.Replace("\"areas\": []", areas, StringComparison.Ordinal), "x"),
            Throws.TypeOf<ResultDocumentException>().With.Message.Contains(message)
        );
    }

    private static ResultDocument WithAreas(int index) =>
        Shard(index) with
        {
            Coverage = new()
            {
                Areas = [new("streams", 1, 3, 5, 8), new("commands", 2, 9, 9, 16)],
                Tables = Convert.ToBase64String([1, (byte)(1 << index), 1]),
            },
        };
}
