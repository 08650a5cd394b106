using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>The command as its user meets it: a process, its output and its exit code.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)] // each has its folder
public sealed class CommandTests : FolderFixture
{
    [TestCase("", "no verb is given")]
    [TestCase("chek reference:full", "'chek' is not a verb", "Did you mean 'check'?")]
    [TestCase("--wrong", "'--wrong' is not an option")]
    [TestCase("check", "check wants address, the driver, like reference:full, fault:NAME or vfio:DEVICE.")]
    [TestCase("check reference:full --campaign close-in", "there is no campaign 'close-in'", "Did you mean 'close-in-*'?")]
    [TestCase(
        "check reference:full --requirement MIG-FOO-*",
        "no requirement in migration is like 'MIG-FOO-*'",
        "Did you mean 'MIG-FD-*'?",
        "The groups are ABI,"
    )]
    [TestCase("check fault:keeps-state", "Did you mean fault:keeps-state-over-reopen?")]
    [TestCase("faults keeps-state", "Did you mean 'keeps-state-over-reopen'?")]
    [TestCase("replay nofile.json reference:full", "nofile.json is not there.", "the result.json of a run")]
    [TestCase("replay cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA", "replay wants address, the driver")]
    [TestCase("check reference:full --strikt", "'--strikt' is not an option of check", "Did you mean '--strict'?")]
    [TestCase("check reference:full extra", "'extra' is not understood by check")]
    [TestCase("check reference:ful", "There is no built-in driver 'ful'")]
    [TestCase("check nonsense", "'nonsense' is not a driver address")]
    [TestCase("check reference:full?speed=9", "'speed'")]
    [TestCase("check reference:full?deadline=soon", "'deadline=soon'")]
    [TestCase("check reference:full?traits=no-such-file.json", "no-such-file.json")]
    [TestCase("check fault:no-such-fault", "There is no fault 'no-such-fault'")]
    [TestCase("check reference:full --plans many", "--plans wants a whole number", "'many'")]
    [TestCase("check reference:full --plans -1", "--plans wants a whole number")]
    [TestCase("check reference:full --seed 1e3", "--seed wants a whole number")]
    [TestCase("check reference:full --plans", "--plans")]
    [TestCase("check reference:full --suite migraton", "'migraton' is not a suite", "Did you mean 'migration'?")]
    [TestCase("check reference:full --suite ,", "--suite names no suite")]
    [TestCase("check reference:full --suite vms", "'vms' is not a suite", "The suites are migration, smmu, nested")]
    [TestCase("check reference:full --campaign request-pair", "there is no campaign 'request-pair'", "Did you mean 'request-pairs'?")]
    [TestCase("check reference:full --expect no-such-file.json", "no-such-file.json is not there")]
    [TestCase("check reference:full --report /proc/no/such/folder", "/proc/no/such/folder cannot be made")]
    [TestCase("check reference:full --requirement MIG-FMS-07", "MIG-FMS-07", "Did you mean 'MIG-FSM-07'?")]
    [TestCase("requirements MIG-FSM-99", "there is no requirement 'MIG-FSM-99'", "Did you mean")]
    [TestCase("requirements --group MIG-FSN", "there is no group 'MIG-FSN'", "Did you mean 'MIG-FSM'?")]
    [TestCase("faults no-such-fault", "there is no fault 'no-such-fault'")]
    [TestCase("worker", "worker is started by check")]
    [TestCase("worker reference:full migration x 1 1", "worker is started by check")]
    public void Wrong_words_are_refused_in_at_most_three_lines(string words, params string[] messages)
    {
        var (code, output, errors) = Run(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith("conformance: "));
            foreach (var message in messages)
                Assert.That(errors, Does.Contain(message));
            Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
            Assert.That(errors, Does.Not.Contain("   at ").And.Not.Contain("System.").And.Not.Contain("Exception"));
            Assert.That(Directory.GetFileSystemEntries(Folder), Is.Empty);
        });
    }

    [Test]
    public void Control_characters_of_an_argument_do_not_reach_the_terminal()
    {
        var (code, _, errors) = Run("check", "\u001b[31mred\u202e");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Not.Contain('\u001b').And.Not.Contain('\u202e'));
    }

    [Test]
    public void A_correct_driver_conforms()
    {
        var (code, output, errors) = Run("check", "reference:stop_copy", "--report", "out");
        Assert.That(code, Is.EqualTo(0), output + errors);
        Assert.That(output, Does.Contain("CONFORMS (exit code 0)").And.Not.Contain('\u001b'));
        Assert.That(errors, Is.Empty);
        var document = Result("out");
        Assert.Multiple(() =>
        {
            Assert.That(document.ExitCode, Is.EqualTo(0));
            Assert.That(document.Driver.Address, Is.EqualTo("reference:stop_copy"));
            Assert.That(document.Findings, Is.Empty);
            Assert.That(document.HarnessErrors, Is.Empty);
            Assert.That(document.Coverage!.RequestPairs!.Covered, Is.EqualTo(document.Coverage.RequestPairs.Reachable));
            Assert.That(document.Requirements.Where(row => row.Verdict == RequirementVerdict.NotExercised).Select(row => row.Reason), Is.All.Not.Null);
            Assert.That(XDocument.Load(Path.Combine(Folder, "out", "junit.xml")).Root!.Attribute("failures")!.Value, Is.EqualTo("0"));
            Assert.That(File.ReadAllText(Path.Combine(Folder, "out", "summary.md")), Does.StartWith("# CONFORMS"));
        });
    }

    [Test]
    public void Two_runs_differ_in_nothing_but_the_environment()
    {
        Run("check", "fault:accepts-short-argsz", "--report", "first");
        Run("check", "fault:accepts-short-argsz", "--report", "second");
        Assert.That(ResultJson.Write(Result("second") with { Environment = null }), Is.EqualTo(ResultJson.Write(Result("first") with { Environment = null })));
    }

    [Test]
    public void A_violation_is_named_with_its_plan()
    {
        var (code, output, _) = Run("check", "fault:accepts-short-argsz", "--report", "out");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("VIOLATION ABI-03 (MUST)").And.Contain("<-- here").And.Contain("again     conformance replay cfm1-"));
        var finding = Result("out").Findings.Single(row => row.Name == "ABI-03");
        Assert.That(finding.Minimised, Is.True);
        Assert.That(finding.Steps, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_hang_is_a_verdict_and_the_run_goes_on()
    {
        var (code, output, errors) = Run("check", "fault:hangs-on-blocked-arc?deadline=500ms", "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var document = Result("out");
        var row = document.Requirements.Single(candidate => candidate.Id == "MIG-FSM-27");
        Assert.That(row.Verdict, Is.EqualTo(RequirementVerdict.Hang));
        Assert.That(output, Does.Contain("HANG MIG-FSM-27").And.Contain("no answer within 0.5 s"));
        Assert.That(document.HarnessErrors, Is.Empty);
    }

    [TestCase("crashes-on-fd-after-close")]
    [TestCase("crashes-resuming-after-reopen")]
    public void A_crash_is_a_verdict_and_the_run_goes_on(string fault)
    {
        var (code, output, errors) = Run("check", $"fault:{fault}", "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var document = Result("out");
        Assert.That(document.Findings.Select(finding => finding.Verdict), Does.Contain(RequirementVerdict.Crash));
        Assert.That(document.HarnessErrors, Is.Empty);
    }

    [Test]
    public void A_driver_that_cannot_be_reached_gives_three_and_a_report()
    {
        var (code, output, errors) = Run("check", "vfio:1111:22:33.4", "--report", "out");
        Assert.That(code, Is.EqualTo(3), output + errors);
        Assert.That(errors, Does.StartWith("conformance: "));
        Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
        Assert.That(errors, Does.Not.Contain("   at "));
        Assert.That(Result("out").ExitCode, Is.EqualTo(3));
    }

    /// <summary>A slip in an address is no reason to lose what the run before found out; who names a folder wants the report of this one.</summary>
    [Test]
    public void A_report_of_an_earlier_run_is_kept_when_the_driver_was_never_seen()
    {
        File.WriteAllText(Path.Combine(Folder, "Conformance.sln"), "");
        Assert.That(Run("check", "reference:stop_copy", "--campaign", "request-pairs").Output, Does.EndWith("report in reports/out\n"));
        var earlier = File.ReadAllText(Path.Combine(Folder, "reports/out/result.json"));
        var (code, output, _) = Run("check", "vfio:1111:22:33.4");
        Assert.That((code, output), Is.EqualTo((3, "the report in reports/out is still that of an earlier run\n")));
        Assert.That(File.ReadAllText(Path.Combine(Folder, "reports/out/result.json")), Is.EqualTo(earlier));
        Run("check", "vfio:1111:22:33.4", "--report", "reports/out");
        Assert.That(Result("reports/out").ExitCode, Is.EqualTo(3));
    }

    [Test]
    public void A_run_without_a_report_says_so() =>
        Assert.That(
            Run("check", "reference:stop_copy", "--campaign", "request-pairs").Output,
            Does.Match(
                "\nCONFORMS \\(exit code 0\\) in the [0-9]+ of [0-9]+ requirements that were exercised\nno report was written: --report DIR says where\n$"
            )
        );

    [Test]
    public void A_device_without_migration_is_called_that()
    {
        var (code, output, _) = Run("check", "reference:none");
        Assert.That(code, Is.EqualTo(4), output);
        Assert.That(output, Does.Contain("NOT EXERCISED: the device has no migration (exit code 4)"));
    }

    [Test]
    public void Known_deviations_are_expected_and_kept_honest()
    {
        static string Entry(string id) =>
            $$"""{ "requirement": "{{id}}", "verdict": "violation", "reason": "known", "link": "https://example.org/1", "expires": "2999-12-31" }""";
        var (_, _, _) = Run("check", "fault:accepts-short-argsz", "--report", "out");
        var broken = Result("out").Requirements.Where(row => row.Verdict == RequirementVerdict.Violation).Select(row => row.Id).ToList();
        int Check(IEnumerable<string> ids)
        {
            File.WriteAllText(Path.Combine(Folder, "known.json"), $"[\n{string.Join(",\n", ids.Select(Entry))}\n]");
            return Run("check", "fault:accepts-short-argsz", "--expect", "known.json").Code;
        }

        Assert.That(Check(broken), Is.EqualTo(0));
        Assert.That(Check(broken.Skip(1)), Is.EqualTo(1));
        Assert.That(Check(broken.Append("ABI-04")), Is.EqualTo(1));
        File.WriteAllText(Path.Combine(Folder, "known.json"), "[\n{ \"requirement\": \"ABI-03\", \"verdict\": \"violation\" }\n]");
        var (code, _, errors) = Run("check", "fault:accepts-short-argsz", "--expect", "known.json");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("known.json: line 2: reason is missing"));
    }

    [Test]
    public void One_campaign_can_run_alone()
    {
        var (code, output, errors) = Run("check", "reference:stop_copy", "--campaign", "request-pairs", "--report", "out");
        Assert.That(code, Is.EqualTo(0), output + errors);
        Assert.That(Result("out").Campaigns.Select(campaign => campaign.Name), Is.EqualTo(["request-pairs"]));
    }

    [Test]
    public void A_run_in_which_nothing_ran_gives_four()
    {
        var (code, output, errors) = Run("check", "reference:stop_copy", "--campaign", "blocked-requests");
        Assert.That(code, Is.EqualTo(4), output + errors);
    }

    [Test]
    public void A_supervisor_that_is_killed_takes_its_worker_along()
    {
        using var process = Start("check", "fault:hangs-on-blocked-arc?deadline=1000s");
        var worker = -1;
        Assert.That(() => worker = WorkerProcesses.Of(process.Id), Is.Positive.After(300_000, 100));
        process.Kill();
        process.WaitForExit();
        Assert.That(() => Directory.Exists($"/proc/{worker}"), Is.False.After(300_000, 100));
    }

    [Test]
    public void Interrupting_writes_the_report()
    {
        using var process = Start("check", "fault:hangs-on-blocked-arc?deadline=60s", "--report", "out");
        Assert.That(() => File.Exists(Path.Combine(Folder, "out", "result.json")), Is.True.After(300_000, 50), "the run has not begun");
        Process.Start("/bin/kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(5)), Is.True);
        Assert.That(process.ExitCode, Is.EqualTo(130));
        Assert.That(Result("out").Verdict, Is.EqualTo(RunVerdict.Interrupted));
    }

    [TestCase("requirements > /dev/full", 3, "standard output cannot be written: No space left on device")]
    [TestCase("requirements MIG-FSM-06 > /dev/full", 3, "standard output cannot be written: No space left on device")]
    [TestCase("--help > /dev/full", 3, "standard output cannot be written: No space left on device")]
    [TestCase("check reference:stop_copy --campaign request-pairs --report out > /dev/full", 3, "standard output cannot be written")]
    [TestCase("chek 2> /dev/full", 2, "")]
    public void A_full_disk_is_no_mistake_of_the_kit(string line, int code, string message)
    {
        using var process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", $"'{Path.Combine(AppContext.BaseDirectory, "conformance")}' {line}"])
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(1)), Is.True);
        Assert.That(process.ExitCode, Is.EqualTo(code), errors.Result);
        Assert.That(errors.Result, message.Length == 0 ? Is.Empty : Does.Contain(message).And.Not.Contain("mistake of the kit"));
        if (line.Contains("--report", StringComparison.Ordinal))
            Assert.That(Result("out").ExitCode, Is.Zero);
    }

    /// <summary>A command that never names a socket is waited for; whoever waits with it must know.</summary>
    [Test]
    public void Waiting_for_a_guest_is_not_silent()
    {
        ScriptFile.Write(Path.Combine(Folder, "boot"), "echo booting >&2\nexec sleep 600");
        using var process = Start("check", "vfio:0000:75:00.1?guest=./boot");
        var line = process.StandardError.ReadLineAsync();
        Assert.That(line.Wait(TimeSpan.FromSeconds(60)), Is.True);
        Process.Start("/bin/kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(5)), Is.True);
        Assert.That(line.Result, Does.StartWith("conformance: opening the driver for "));
        Assert.That(process.ExitCode, Is.EqualTo(130));
    }

    [TestCase("requirements", "MIG-FSM: ", "{all} requirements, ")]
    [TestCase("requirements --group MIG-FSM", "MIG-FSM-27", "{MIG-FSM} requirements, ")]
    [TestCase("requirements --unchecked", "ABI-23")]
    [TestCase("requirements smmu-reg-05", "SMMU-REG-05 MUST\n", "IHI 0070")]
    [TestCase("requirements mig-fsm", "MIG-FSM-27", "{MIG-FSM} requirements, ")]
    [TestCase("doctor reference:full", "ok       driver", "READY (exit code 0)")]
    [TestCase("requirements mig-fsm-06", "MIG-FSM-06 MUST", "source", "checked", "proven")]
    [TestCase("faults", "accepts-short-argsz", "faults; ")]
    [TestCase("faults accepts-short-argsz", "breaks    ABI-03", "see it    conformance check fault:accepts-short-argsz")]
    [TestCase("--help", "check", "requirements", "faults")]
    [TestCase("check --help", "--strict", "--expect", "--campaign")]
    public void Verbs_that_only_tell(string words, params string[] texts)
    {
        var (code, output, errors) = Run(words.Split(' '));
        Assert.That(code, Is.EqualTo(0), errors);
        var counts = new Dictionary<string, int>
        {
            ["{all}"] = Catalogue.All.Count,
            ["{MIG-FSM}"] = Catalogue.All.Count(row => row.Name.StartsWith("MIG-FSM-", StringComparison.Ordinal)),
        };
        foreach (var text in texts)
            Assert.That(
                output,
                Does.Contain(
                    counts.Aggregate(
                        text,
                        (told, count) => told.Replace(count.Key, count.Value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                    )
                )
            );
        Assert.That(Regex.IsMatch(output, "\u001b"), Is.False);
        if (words == "--help")
            Assert.That(output, Does.Not.Contain("worker"));
    }

    private ResultDocument Result(string name) => ResultJson.Read(File.ReadAllText(Path.Combine(Folder, name, "result.json")), name);

    private CommandRun Run(params string[] words) => CommandRun.Of(Folder, words);

    private Process Start(params string[] words) => CommandRun.Start(Folder, words);
}
