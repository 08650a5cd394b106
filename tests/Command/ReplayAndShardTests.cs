using System.Diagnostics;
using Conformance.Engine.Workers;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>Replay tokens, shards, time and killed workers, on the program itself.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)] // each has its folder
public sealed class ReplayAndShardTests : FolderFixture
{
    [Test]
    public void Every_finding_has_a_token_that_shows_it_again([Values("accepts-short-argsz", "rewinds-on-stop-copy")] string fault)
    {
        var (_, output, _) = Run("check", $"fault:{fault}", "--report", "out");
        var document = Result("out");
        var findings = document.Findings;
        Assert.That(findings, Is.Not.Empty);
        // A cause has one card; the tokens of its other findings are in the document.
        foreach (var cause in document.Causes)
            Assert.That(output, Does.Contain($"again     conformance replay {findings[cause.Finding].Replay} fault:{fault}"));
        foreach (var finding in findings)
        {
            var (code, again, errors) = Run("replay", finding.Replay!, $"fault:{fault}");
            Assert.That(code, Is.EqualTo(1), again + errors);
            Assert.That(again, Does.Contain($"VIOLATION {finding.Name}").And.Contain("THE PLAN FAILS (exit code 1)").And.Contain(finding.Steps[^1]));
        }

        Assert.That(Run("replay", findings[0].Replay!, "reference:full").Code, Is.EqualTo(0));
    }

    [Test]
    public void A_replay_says_when_the_device_is_another()
    {
        const string blocked = "cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA";
        var (code, output, _) = Run("replay", blocked, "reference:p2p?level=6.1");
        Assert.That(code, Is.EqualTo(0), output);
        Assert.That(
            output,
            Does.Contain("made for features 5")
                .And.Contain("this device has 3")
                .And.Contain("uAPI level 6.2; this device is at 6.1")
                .And.Contain("THE PLAN PASSES")
        );
        Assert.That(Run("replay", blocked, "vfio:1111:22:33.4").Code, Is.EqualTo(3));
    }

    [Test]
    public void A_replayed_hang_and_a_replayed_crash_are_verdicts()
    {
        var (code, output, _) = Run("replay", "cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA", "fault:hangs-on-blocked-arc?deadline=500ms");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("HANG MIG-FSM-27").And.Contain("no answer within 0.5 s"));
        Run("check", "fault:crashes-on-fd-after-close", "--shrink-budget", "60m", "--report", "out");
        var crash = Result("out").Findings.First(finding => finding.Verdict == RequirementVerdict.Crash);
        Assert.That(crash.Minimised, Is.True, "a crash is made shorter");
        (code, output, _) = Run("replay", crash.Replay!, "fault:crashes-on-fd-after-close");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("CRASH "));
    }

    [Test]
    public void A_hang_is_made_as_short_as_it_gets_unless_there_is_no_time()
    {
        string[] words = ["check", "fault:hangs-on-blocked-arc?deadline=500ms", "--campaign", "random-walks"];
        Run([.. words, "--shrink-budget", "60m", "--report", "long"]);
        var shortest = Result("long").Findings.Single();
        Assert.That((shortest.Steps.Count, shortest.Minimised, shortest.CutShort), Is.EqualTo((2, true, (string?)null)));
        Run([.. words, "--shrink-budget", "0s", "--report", "none"]);
        var first = Result("none").Findings.Single();
        Assert.That(first.Minimised, Is.False);
        Assert.That(first.CutShort, Does.Contain("--shrink-budget"));
    }

    [Test]
    public void A_driver_that_fails_now_and_then_does_not_conform()
    {
        var (code, output, _) = Run("check", "fault:every-third-save-fails", "--campaign", "request-pairs", "--report", "out");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("FLAKY ").And.Contain("repeats   ").And.Contain("health check nondeterministic-driver"));
        Assert.That(Result("out").Findings.Select(finding => finding.Repeats), Has.Some.Match("^[0-4] of 5$"));
    }

    [Test]
    public void Two_runs_give_the_same_bytes([Values("reference:full", "fault:rewinds-on-stop-copy", "fault:every-third-save-fails")] string address)
    {
        Run("check", address, "--report", "first");
        Run("check", address, "--report", "second");
        Assert.That(Bytes(Result("second")), Is.EqualTo(Bytes(Result("first"))));
    }

    [Test]
    public void A_run_whose_worker_is_killed_twice_gives_the_same_bytes([Values("reference:full", "fault:rewinds-on-stop-copy")] string address)
    {
        string[] words = ["check", address, "--plans", "65536", "--report"];
        Run([.. words, "first"]);
        using var process = Start([.. words, "second"]);
        // The place in the run: the stored regressions come before the campaigns of the suite.
        var walks = Result("first").Campaigns.Select(campaign => campaign.Name).ToList().IndexOf("random-walks");
        foreach (var plan in new[] { 1000, 2000 })
        {
            // Not before the last worker is gone and the next one is in the middle.
            var worker = -1;
            Assert.That(
                () => (worker = WorkerProcesses.Of(process.Id)) > 0 && WorkerProcesses.Position(worker) is { } at && at.Campaign == walks && at.Number >= plan,
                Is.True.After(600_000, 1)
            );
            Process.GetProcessById(worker).Kill();
            Assert.That(() => WorkerProcesses.Of(process.Id), Is.Not.EqualTo(worker).After(20_000, 1));
        }

        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(3)), Is.True);
        Assert.That(Result("second").Environment!.Restarts, Is.EqualTo(2));
        Assert.That(Bytes(Result("second")), Is.EqualTo(Bytes(Result("first"))));
    }

    [Test]
    public void Four_shards_make_the_whole()
    {
        Run("check", "reference:full", "--report", "whole");
        var shards = Shards("reference:full");
        Assert.That(shards.Select(shard => shard.ExitCode), Is.All.EqualTo(0));
        var merged = ResultMerge.Merge(shards);
        var whole = Result("whole");
        // Of a driver without findings, and with one round of random walks, nothing but what says that it was merged differs.
        Assert.That(Bytes(merged with { Run = merged.Run with { Shards = null } }), Is.EqualTo(Bytes(whole)));
        Assert.That(Bytes(ResultMerge.Merge([.. shards.Reverse()])), Is.EqualTo(Bytes(merged)));
    }

    [Test]
    public void Four_shards_of_a_faulty_driver_agree_with_the_whole_in_every_verdict()
    {
        Run("check", "fault:rewinds-on-stop-copy", "--report", "whole");
        var whole = Result("whole");
        var merged = ResultMerge.Merge(Shards("fault:rewinds-on-stop-copy"));
        Assert.That(merged.ExitCode, Is.EqualTo(1));
        Assert.That(
            merged.Requirements.Where(row => row.Verdict is RequirementVerdict.Violation).Select(row => row.Id),
            Is.EqualTo(whole.Requirements.Where(row => row.Verdict is RequirementVerdict.Violation).Select(row => row.Id))
        );
        Assert.That(merged.Campaigns.Select(campaign => campaign.Plans), Is.EqualTo(whole.Campaigns.Select(campaign => campaign.Plans)));
        Assert.That(merged.Findings.Min(finding => finding.Steps.Count), Is.EqualTo(whole.Findings.Min(finding => finding.Steps.Count)));
    }

    /// <summary>
    /// Known deviations are judged where all shards are together: what render says is what check says of a whole run, also of an entry that is missing, one
    /// that does not hold any more, and one that a shard alone cannot tell.
    /// </summary>
    [Test]
    public void Four_shards_with_expectations_are_judged_like_the_whole()
    {
        const string Address = "fault:accepts-short-argsz";
        static string Entry(string id, string verdict) =>
            $$"""{ "requirement": "{{id}}", "verdict": "{{verdict}}", "reason": "known", "link": "https://example.org/1", "expires": "2999-12-31" }""";
        void Expect(IEnumerable<string> entries) => File.WriteAllText(Path.Combine(Folder, "known.json"), $"[\n{string.Join(",\n", entries)}\n]");
        Run("check", Address, "--report", "seen");
        var known = Result("seen")
            .Requirements.Where(row => row.Verdict is RequirementVerdict.Violation or RequirementVerdict.Warning)
            .Select(row => Entry(row.Id, row.Verdict.Name()))
            .ToList();
        Assert.That(known, Is.Not.Empty);
        Expect(known);
        // A shard is green or red by what is expected; what it stores is what it saw.
        foreach (var index in Enumerable.Range(1, 4))
        {
            var shard = Run("check", Address, "--shard", $"{index}/4", "--expect", "known.json", "--report", $"shard{index}");
            Assert.That(shard.Code, Is.Zero, shard.Output + shard.Errors);
            Assert.That(shard.Output, Does.Contain($"\nshard {index}/4: nothing against the driver in this part"));
        }

        string[] shards = ["render", "shard1/result.json", "shard2/result.json", "shard3/result.json", "shard4/result.json", "--report", "merged"];
        Assert.That(Run(shards).Code, Is.EqualTo(1));
        (IEnumerable<string> Entries, int Code)[] cases =
        [
            (known, 0),
            (known.Skip(1), 1),
            (known.Append(Entry("ABI-04", "violation")).Append(Entry("ABI-05", "not-exercised")), 1),
        ];
        foreach (var (entries, code) in cases)
        {
            Expect(entries);
            var whole = Run("check", Address, "--expect", "known.json", "--strict", "--report", "whole");
            var merged = Run([.. shards, "--expect", "known.json", "--strict"]);
            Assert.That((merged.Code, whole.Code), Is.EqualTo((code, code)), merged.Output + merged.Errors);
            var (one, all) = (Result("whole"), Result("merged"));
            Assert.That(all.ExpectationErrors, Is.EqualTo(one.ExpectationErrors));
            Assert.That(all.Requirements.Select(row => (row.Id, row.Verdict)), Is.EqualTo(one.Requirements.Select(row => (row.Id, row.Verdict))));
        }

        Assert.That(Run("render", "merged/result.json", "--expect", "known.json").Code, Is.EqualTo(2), "it was judged already");
    }

    /// <summary>What the campaign at hand found out until then is in the report.</summary>
    [TestCase("reference:full", "random-walks")]
    [TestCase("reference:smmuv3?stage=1", "random-scenes-stage-1")]
    public void An_interrupted_run_keeps_what_it_has(string address, string campaign)
    {
        using var process = Start("check", address, "--campaign", campaign, "--plans", "100000000", "--report", "out");
        Assert.That(
            () => WorkerProcesses.Of(process.Id) is > 0 and var worker && WorkerProcesses.Position(worker) is { Number: >= 20 },
            Is.True.After(600_000, 10)
        );
        Process.Start("/bin/kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(1)), Is.True);
        var document = Result("out");
        Assert.That((process.ExitCode, document.Verdict), Is.EqualTo((130, RunVerdict.Interrupted)));
        Assert.That(document.Campaigns.Single().Plans, Is.GreaterThanOrEqualTo(20));
        Assert.That(document.Campaigns.Single().Abandoned, Does.StartWith("interrupted "));
        Assert.That(document.Counts.Pass, Is.Positive);
    }

    [Test]
    public void A_budget_that_runs_out_before_the_mandatory_part_gives_five()
    {
        var (code, output, errors) = Run("check", "reference:full", "--budget", "0s", "--report", "out");
        Assert.That(code, Is.EqualTo(5), output + errors);
        var run = Result("out").Run;
        Assert.That((run.Unfinished, run.CutShort, run.BudgetSeconds), Is.EqualTo((true, "at plan 0 of regressions", 0.0)));
        Assert.That(output, Does.Contain("the budget ran out at plan 0 of regressions"));
    }

    [Test]
    public void A_budget_that_runs_out_in_the_random_walks_says_in_which_round()
    {
        var (code, output, errors) = Run(
            "check",
            "reference:stop_copy",
            "--campaign",
            "request-pairs,random-walks",
            "--budget",
            "10s",
            "--plans",
            "100000000",
            "--report",
            "out"
        );
        Assert.That(code, Is.EqualTo(0), output + errors);
        var run = Result("out").Run;
        Assert.That(run.CutShort, Does.Match("^in round [0-9]+ of 390625 of random-walks$"));
        Assert.That(run.Unfinished, Is.False);
        Assert.That(output, Does.Contain($"cut short {run.CutShort}"));
    }

    [TestCase("fault:drops-arc-sc-st")]
    [TestCase("fault:illegal-command-consumed")]
    public void Fail_fast_ends_a_run_behind_its_first_finding(string address)
    {
        Assert.That(Run("check", address, "--plans", "8", "--report", "whole").Code, Is.EqualTo(1));
        var (code, output, errors) = Run("check", address, "--plans", "8", "--fail-fast", "--report", "first");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var (whole, first) = (Result("whole"), Result("first"));
        Assert.That(first.Findings, Has.Count.EqualTo(1));
        Assert.That(first.Findings[0].Replay, Is.EqualTo(whole.Findings.First(finding => finding.Name == first.Findings[0].Name).Replay));
        Assert.That(whole.Run, Has.Property("FailFast").False.And.Property("CutShort").Null);
        Assert.That(first.Run, Has.Property("FailFast").True.And.Property("CutShort").Not.Null);
        Assert.That(first.Campaigns.Sum(campaign => campaign.Plans), Is.InRange(1, whole.Campaigns.Sum(campaign => campaign.Plans) / 2));
        Assert.That(output, Does.Contain("a finding ended the run (--fail-fast)").And.Not.Contain("the budget ran out"));
    }

    [Test]
    public void Fail_fast_does_not_end_a_run_at_what_is_known()
    {
        const string Address = "fault:drops-arc-sc-st";
        Assert.That(Run("check", Address, "--plans", "8", "--report", "whole").Code, Is.EqualTo(1));
        File.WriteAllText(
            Path.Combine(Folder, "known.json"),
            "["
                + string.Join(
                    ',',
                    Result("whole")
                        .Findings.Select(finding =>
                            $$"""
                                {"requirement":"{{finding.Name}}","when":"step={{Step(finding)}}","verdict":"violation",
                                "reason":"a seed","link":"none","expires":"2099-12-31"}
                                """
                        )
                )
                + "]"
        );
        Run("check", Address, "--plans", "8", "--fail-fast", "--expect", "known.json", "--report", "first");
        Assert.That(Result("first").Findings, Is.Not.Empty.And.All.Property("Verdict").EqualTo(RequirementVerdict.ExpectedDeviation));
        Assert.That(Result("first").Run.CutShort, Is.Null);
        Assert.That(Result("first").Campaigns.Sum(campaign => campaign.Plans), Is.EqualTo(Result("whole").Campaigns.Sum(campaign => campaign.Plans)));

        static string Step(Finding finding) => finding.Facts!.First(fact => fact.StartsWith("step=", StringComparison.Ordinal))["step=".Length..];
    }

    [Test]
    public void Without_time_to_shrink_no_plan_is_made_shorter()
    {
        Run("check", "fault:drops-arc-sc-st", "--plans", "8", "--report", "short");
        var (code, output, errors) = Run("check", "fault:drops-arc-sc-st", "--plans", "8", "--shrink-budget", "0s", "--report", "long");
        Assert.That(code, Is.EqualTo(1), output + errors);
        Assert.That(Result("short").Findings.Select(finding => finding.Minimised), Has.All.True);
        Assert.That(Result("long").Findings.Select(finding => finding.Minimised), Has.All.False);
        Assert.That(Result("long").Findings.Select(finding => finding.CutShort), Has.All.EqualTo("the plan was not made shorter (--shrink-budget 0s)"));
        // What a requirement is broken by does not depend on it.
        Assert.That(
            Result("long").Requirements.Where(row => row.Verdict.Fails(strict: true)).Select(row => row.Id),
            Is.SupersetOf(Result("short").Requirements.Where(row => row.Verdict.Fails(strict: true)).Select(row => row.Id))
        );
    }

    /// <summary>A worker that dies ends the run as well, unless the expectations know a death: whether it is that one is seen later.</summary>
    [Test]
    public void Fail_fast_ends_a_run_behind_a_worker_that_died()
    {
        string[] words = ["check", "fault:crashes-on-fd-after-close", "--plans", "8", "--shrink-budget", "0s", "--fail-fast", "--report", "out"];
        var (code, output, errors) = Run(words);
        Assert.That(code, Is.EqualTo(1), output + errors);
        var run = Result("out");
        var death = run.Findings.Single();
        Assert.That(death.Verdict, Is.EqualTo(RequirementVerdict.Crash));
        Assert.That((run.Run.CutShort, run.Run.EndedByFinding, run.Run.Unfinished), Is.EqualTo(($"in {death.Campaign}", true, true)));
        Assert.That(run.Campaigns[^1].Name, Is.EqualTo(death.Campaign), "no campaign behind it");

        File.WriteAllText(
            Path.Combine(Folder, "known.json"),
            $$"""[{"requirement":"{{death.Name}}","verdict":"crash","reason":"a seed","link":"none","expires":"2099-12-31"}]"""
        );
        Run([.. words, "--expect", "known.json"]);
        Assert.That((Result("out").Run.CutShort, Result("out").Run.EndedByFinding), Is.EqualTo(((string?)null, false)));
        Assert.That(Result("out").Campaigns, Has.Count.GreaterThan(run.Campaigns.Count));
    }

    [Test]
    public void Fail_fast_asks_for_what_was_asked_and_for_entries_that_hold()
    {
        // What the driver breaks is about other requirements.
        Run("check", "fault:drops-arc-sc-st", "--plans", "8", "--fail-fast", "--requirement", "MIG-FEAT-*", "--report", "out");
        Assert.That(Result("out").Run.CutShort, Is.Null);
        // An entry that expired accepts nothing.
        Run("check", "fault:drops-arc-sc-st", "--plans", "8", "--fail-fast", "--report", "out");
        var first = Result("out").Findings.Single();
        foreach (var (expires, isCut) in new[] { ("2020-01-01", true), ("2099-12-31", false) })
        {
            File.WriteAllText(
                Path.Combine(Folder, "known.json"),
                $$"""[{"requirement":"{{first.Name}}","verdict":"violation","reason":"a seed","link":"none","expires":"{{expires}}"}]"""
            );
            Run("check", "fault:drops-arc-sc-st", "--campaign", first.Campaign, "--fail-fast", "--expect", "known.json", "--report", "out");
            Assert.That(Result("out").Findings[0].Name, Is.EqualTo(first.Name));
            Assert.That(Result("out").Findings.Count == 1 && Result("out").Run.EndedByFinding, Is.EqualTo(isCut), expires);
        }
    }

    [Test]
    public void Fail_fast_leaves_a_correct_driver_its_verdict()
    {
        var (code, output, errors) = Run("check", "reference:p2p", "--plans", "8", "--fail-fast", "--report", "out");
        Assert.That(code, Is.EqualTo(0), output + errors);
        Assert.That(Result("out").Run.CutShort, Is.Null);
    }

    [TestCase("reference:p2p", "features 3 = STOP_COPY + P2P")]
    [TestCase("vfio:0000:75:00.1", "The device was not asked.")]
    public void A_dry_run_says_what_would_run(string address, string text)
    {
        var (code, output, errors) = Run("check", address, "--dry-run");
        Assert.That(code, Is.EqualTo(0), errors);
        Assert.That(
            output,
            Does.Contain(text)
                .And.Contain("request-pairs")
                .And.Contain("MIG-FSM-06")
                .And.Match("campaigns, [0-9,]+ plans, aimed at [0-9]+ requirements; nothing ran")
        );
        Assert.That(Directory.GetFileSystemEntries(Folder), Is.Empty);
    }

    [Test]
    public void A_dry_run_counts_what_a_run_runs()
    {
        Run("check", "reference:p2p", "--shard", "2/3", "--report", "out");
        var (_, output, _) = Run("check", "reference:p2p", "--shard", "2/3", "--dry-run");
        foreach (var campaign in Result("out").Campaigns)
            Assert.That(output, Does.Match($"  {campaign.Name} +{campaign.Plans:N0} plans"));
    }

    private ResultDocument[] Shards(string address) =>
        [
            .. Enumerable
                .Range(1, 4)
                .Select(index =>
                {
                    Run("check", address, "--shard", $"{index}/4", "--report", $"shard{index}");
                    return Result($"shard{index}");
                }),
        ];

    private static string Bytes(ResultDocument document) => ResultJson.Write(document with { Environment = null });

    private ResultDocument Result(string name) => ResultJson.Read(File.ReadAllText(Path.Combine(Folder, name, "result.json")), name);

    private CommandRun Run(params string[] words) => CommandRun.Of(Folder, words);

    private Process Start(params string[] words) => CommandRun.Start(Folder, words);
}
