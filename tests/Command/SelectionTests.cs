using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>
/// A run of some campaigns, of some requirements, and of plans that were kept: <c>--campaign</c>, <c>--requirement</c>, <c>--regressions</c>, and replay of a
/// stored result.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)] // each has its folder
public sealed class SelectionTests : FolderFixture
{
    private const string Fault = "fault:rewinds-on-stop-copy";

    [Test]
    public void Campaigns_are_chosen_by_lists_and_patterns_and_what_is_left_out_is_counted()
    {
        var (code, output, _) = Run("check", "reference:full", "--campaign", "re*,stillness", "--report", "out");
        Assert.That(code, Is.Zero, output);
        Assert.That(
            Result("out").Campaigns.Select(campaign => campaign.Name),
            Is.EqualTo(["regressions", "request-pairs", "stillness", "resets", "refused-loads", "repetition", "removed-device"])
        );
        Assert.That(output, Does.Match(@"\d+  only campaign re\*,stillness ran\n"));
    }

    [TestCase("MIG-FD-04")]
    [TestCase("mig-fd-0*,SIZE-07")]
    public void Of_some_requirements_only_these_are_shown(string ids)
    {
        var (code, output, _) = Run("check", Fault, "--requirement", ids, "--report", "out");
        var document = Result("out");
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(document.Run.Requirement, Is.EqualTo(ids));
        Assert.That(document.Requirements.Select(row => row.Id), Is.All.Match("^(MIG-FD-0[0-9]|SIZE-07)$"));
        Assert.That(document.Findings, Is.Not.Empty);
        Assert.That(document.Findings.Select(finding => finding.Requirements), Is.All.Contains("MIG-FD-04"));
    }

    [TestCase("--requirement", "MIG-XXX-01", "there is no requirement 'MIG-XXX-01' in migration.")]
    [TestCase("--requirement", "SMMU-REG-01", "SMMU-REG-01 is of suite 'smmu', which is not asked of this driver.")]
    [TestCase("--requirement", "MIG-RES-02", "no campaign aims at MIG-RES-02: latitude: old state may be kept or lost")]
    [TestCase("--campaign", "streams,strems", "there is no campaign 'strems' in migration.")]
    [TestCase("--regressions", "nowhere", "--regressions nowhere is no folder.")]
    [TestCase("--regressions", ".", "--regressions . holds no token of suite 'migration'.")]
    public void A_choice_that_means_nothing_is_refused(string option, string text, string message)
    {
        var (code, _, errors) = Run("check", "reference:full", option, text);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain(message));
    }

    [TestCase("# what it showed\nnonsense\n", "own/bad.txt, line 2: a token begins with cfm1-")]
    [TestCase("cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA\n", "own/bad.txt, line 1: nothing says what the plan showed")]
    public void A_file_of_tokens_that_is_wrong_is_named(string text, string message)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "own"));
        File.WriteAllText(Path.Combine(Folder, "own", "a-good.txt"), "# blocked\ncfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA\n");
        File.WriteAllText(Path.Combine(Folder, "own", "bad.txt"), text);
        var (code, _, errors) = Run("check", "reference:full", "--regressions", "own");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.StartWith($"conformance: {message}"));
    }

    /// <summary>The finding is named by another requirement, which this run did not ask for.</summary>
    [Test]
    public void A_card_leads_with_the_requirement_that_was_asked()
    {
        const string Address = "fault:keeps-state-over-reopen";
        var (code, output, _) = Run("check", Address, "--requirement", "MIG-FSM-20", "--strict", "--report", "before");
        Assert.That(code, Is.EqualTo(1), output);
        var row = Result("before").Requirements.Single();
        Assert.That(output, Does.Contain("\nWARNING MIG-FSM-20 (CONV)\n").And.Contain(row.Statement.Split(' ')[0]).And.Contain("\n  also      MIG-ERR-09\n"));
    }

    [TestCase(Fault)]
    [TestCase("fault:cfgi-ste-keeps-cds")]
    public void What_failed_once_is_kept_run_first_and_found_again(string address)
    {
        Assert.That(Run("check", address, "--plans", "16", "--report", "before").Code, Is.EqualTo(1));
        var kept = Result("before").Findings.Where(finding => finding.Replay is not null).ToList();
        Assert.That(kept, Is.Not.Empty);
        Directory.CreateDirectory(Path.Combine(Folder, "own"));
        File.WriteAllLines(Path.Combine(Folder, "own", "failures.txt"), kept.SelectMany(finding => new[] { $"# {finding.Name}, ours", finding.Replay! }));

        Assert.That(Run("check", address, "--plans", "16", "--regressions", "own", "--report", "after").Code, Is.EqualTo(1));
        var after = Result("after");
        Assert.That(after.Campaigns[0].Name, Is.EqualTo("own-regressions"));
        Assert.That(after.Campaigns[0].Plans, Is.GreaterThanOrEqualTo(kept.Count));
        Assert.That(after.Findings.Select(finding => finding.Campaign), Has.Some.EqualTo("own-regressions"));

        var (code, output, _) = Run("replay", "before/result.json", address);
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain($"{kept.Count} plans: {kept.Count} fail, 0 warn, 0 pass, 0 without a verdict (exit code 1)"));
        Assert.That(output.Split('\n').Count(line => line.EndsWith("fails as before", StringComparison.Ordinal)), Is.EqualTo(kept.Count), output);
    }

    [Test]
    public void Kept_plans_that_do_not_fit_the_device_are_told_of()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "own"));
        File.WriteAllText(Path.Combine(Folder, "own", "a.txt"), "# blocked, on a device with PRE_COPY\ncfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA\n");
        Run("check", "reference:stop_copy", "--campaign", "regressions", "--regressions", "own", "--report", "out");
        Assert.That(Result("out").Notes, Has.Some.StartWith("own-regressions: 1 of 1 plans did not run"));
        Run("check", "reference:full", "--campaign", "regressions", "--regressions", "own", "--report", "out");
        Assert.That(Result("out").Notes, Has.None.Contain("did not run"));
    }

    [Test]
    public void Plans_of_a_stored_result_pass_on_a_driver_that_was_mended()
    {
        Assert.That(Run("check", Fault, "--report", "before").Code, Is.EqualTo(1));
        var (code, output, _) = Run("replay", "before/result.json", "reference:full");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain(" pass, 0 without a verdict (exit code 0)"));
    }

    [Test]
    public void A_plan_that_is_warned_of_does_not_pass()
    {
        const string Keeps = "fault:keeps-state-over-reopen";
        Assert.That(Run("check", Keeps, "--report", "before").Code, Is.EqualTo(1));
        var warning = Result("before").Findings.First(finding => finding is { Verdict: RequirementVerdict.Warning, Replay: not null });
        var one = Run("replay", warning.Replay!, Keeps);
        Assert.That(one.Code, Is.Zero);
        Assert.That(one.Output, Does.Contain("THE PLAN WARNS (exit code 0; 1 with --strict)").And.Not.Contain("PASSES"));
        var strict = Run("replay", warning.Replay!, Keeps, "--strict");
        Assert.That(strict.Code, Is.EqualTo(1));
        Assert.That(strict.Output, Does.Contain("THE PLAN FAILS (exit code 1)"));
        var all = Run("replay", "before/result.json", Keeps);
        Assert.That(all.Output, Does.Match($@"{warning.Name} +warns as before").And.Match(@" fail, [1-9]\d* warn, 0 pass, 0 without"));
    }

    [Test]
    public void A_token_that_cannot_be_read_is_named_with_its_file()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "own"));
        File.WriteAllText(Path.Combine(Folder, "own", "bad.txt"), "hello\n");
        var (code, _, errors) = Run("check", "reference:full", "--regressions", "own");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("own/bad.txt, line 1: "));
    }

    [Test]
    public void A_stored_result_that_is_not_there_is_no_broken_token()
    {
        var (code, _, errors) = Run("replay", "nofile.json", "reference:full");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("nofile.json").And.Not.Contain("token begins"));
    }

    private ResultDocument Result(string name) => ResultJson.Read(File.ReadAllText(Path.Combine(Folder, name, "result.json")), name);

    private CommandRun Run(params string[] words) => CommandRun.Of(Folder, words);
}
