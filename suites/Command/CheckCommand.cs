using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary><c>conformance check</c>: supervises a run and reports it.</summary>
internal static class CheckCommand
{
    internal const int DefaultPlans = 256;

    /// <summary>What an address is, for the help.</summary>
    internal const string Driver = "the driver, like reference:full, fault:NAME or vfio:DEVICE";

    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var address = new Argument<string>("address") { Description = Driver };
        var suites = new Option<string?>("--suite")
        {
            Description =
                $"suites, separated by commas: {string.Join(", ", AllSuites.All.Select(suite => suite.Name))} (default: the one that asks such a driver)",
        };
        var strict = new Option<bool>("--strict") { Description = "a warning fails the run" };
        var plans = new Option<int>("--plans")
        {
            Description = "plans of each random campaign",
            DefaultValueFactory = _ => DefaultPlans,
            CustomParser = ConformanceCommand.Number("--plans", 0, 100_000_000),
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "seed of the random campaigns",
            DefaultValueFactory = _ => 1,
            CustomParser = ConformanceCommand.Number("--seed", 0ul, ulong.MaxValue),
        };
        var expect = new Option<string?>("--expect") { Description = "a file with the known deviations of this driver" };
        var report = new Option<string?>("--report")
        {
            Description = "where result.json, junit.xml, result.ktap and summary.md go (default: reports/out in a clone, else nowhere)",
        };
        var snapshots = new Option<string?>("--snapshots")
        {
            Description = "a folder with the approved states of this driver; its states must be the same, byte by byte",
        };
        var campaign = new Option<string?>("--campaign")
        {
            Description = "run only these campaigns: names and patterns, separated by commas (random-*,streams)",
        };
        var requirement = new Option<string?>("--requirement")
        {
            Description = "ask only these requirements: ids and patterns, separated by commas (MIG-FSM-07,MIG-FD-*)",
        };
        var regressions = new Option<string?>("--regressions")
        {
            Description = "a folder with tokens of your own failures, which run first: *.txt, a line with '#' and what it showed above each token",
        };
        var shard = new Option<Shard>("--shard")
        {
            Description = "run the i-th of n parts, \"2/4\"; 'render' makes one result of all",
            DefaultValueFactory = _ => Shard.Whole,
            CustomParser = ParseShard,
        };
        var budget = new Option<TimeSpan?>("--budget")
        {
            Description = "no plan begins this long after the driver was opened: 90s, 5m, 1h (default: only the plans bound the run)",
            CustomParser = ParseBudget,
        };
        var failFast = new Option<bool>("--fail-fast") { Description = "no plan begins after the first finding that fails the run" };
        var shrinkBudget = new Option<TimeSpan?>("--shrink-budget")
        {
            Description = string.Create(
                CultureInfo.InvariantCulture,
                $"how long to look for shorter plans that hang or crash: 90s, 5m, 1h; 0s: no plan is made shorter "
                    + $"(default: {RunLimits.DefaultShrinkBudget.TotalSeconds}s)"
            ),
            CustomParser = result => ParseTime("--shrink-budget", result),
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "only say what would run; no device is touched" };
        var command = new System.CommandLine.Command("check", "Checks a driver and says, requirement by requirement, whether it conforms.")
        {
            address,
            suites,
            strict,
            plans,
            seed,
            expect,
            snapshots,
            report,
            campaign,
            requirement,
            regressions,
            shard,
            budget,
            failFast,
            shrinkBudget,
            dryRun,
        };
        command.SetAction(
            (parse, _) =>
            {
                var request = new CheckRequest(
                    parse.GetRequiredValue(address),
                    Selection.Suite(parse.GetValue(suites), parse.GetRequiredValue(address)).Name,
                    parse.GetValue(seed),
                    parse.GetValue(plans)
                )
                {
                    CampaignNames = Selection.List("--campaign", parse.GetValue(campaign)),
                    RequirementIds = Selection.List("--requirement", parse.GetValue(requirement)),
                    ShardText = parse.GetRequiredValue(shard).ToString(),
                    ShrinkBudget = parse.GetValue(shrinkBudget) ?? RunLimits.DefaultShrinkBudget,
                    Budget = parse.GetValue(budget),
                    FailFast = parse.GetValue(failFast),
                    Strict = parse.GetValue(strict),
                    Expect = parse.GetValue(expect),
                    ExpectText = parse.GetValue(expect) is { } file ? ExpectationsFile.Text(file) : "",
                };
                Selection.Check(request);
                request = Selection.AddRegressions(request, parse.GetValue(regressions));
                CheckFiles(request, parse.GetValue(snapshots));
                return Task.FromResult(
                    parse.GetValue(dryRun) ? DryRun.Print(request) : Run(request, parse.GetValue(report), parse.GetValue(snapshots), cancel)
                );
            }
        );
        return command;
    }

    // What is wrong with what a run reads is said before it, and by a dry run too.
    private static void CheckFiles(CheckRequest request, string? snapshots)
    {
        _ = request.Expectations;
        if (snapshots is not null && !request.Suite.HasStates)
            throw new UsageException(
                $"--snapshots compares what migration drivers and SMMUs save, and {Escaping.Line(request.Address, 200)} is {request.Suite.Title}.\n"
                    + "Leave it out."
            );
        if (snapshots is not null && (snapshots.Length == 0 || File.Exists(snapshots)))
            throw new UsageException(
                $"--snapshots {Escaping.Line(snapshots, 200)} is no folder.\nName the one with the *.verified.txt files of this driver; it need not be "
                    + $"there before the first run."
            );
    }

    private static int Run(CheckRequest request, string? report, string? snapshots, CancellationToken cancel)
    {
        var deadline = WorkerProcess.Deadline(request.Address);
        var expectations = request.Expectations;
        var folder = ReportFolder.Prepare(report);

        var clock = Stopwatch.StartNew();
        var started = DateTime.UtcNow;
        var run = WorkerProcess.Obstacle(request.Address) ?? WorkerProcess.Supervise(request.ToJson(), deadline, cancel, endsAt: EndsAt(request));
        var losses = request.Suite.Accept(new LossSearch(request, deadline, run.SlowestCall, cancel));
        var seen = ResultBuilder.Build(request, run, losses) with
        {
            Environment = new()
            {
                Started = started.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                DurationSeconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
                HostKernel = HostKernel(),
                KitBuild = ResultBuilder.Kit.Build,
                Restarts = run.Restarts,
            },
        };
        if (snapshots is not null && seen.Run.EndedByFinding)
            seen = seen with { Notes = [.. seen.Notes, $"--snapshots {Escaping.Line(snapshots, 200)}: not compared, as a finding ended the run"] };
        else if (snapshots is not null && run is { Survey: not null, Interrupted: false })
            seen = StateSnapshots.Compare(seen, WorkerProcess.Supervise(StatesJob.Request(request.Address), deadline, cancel), snapshots);
        var document = ExpectationsFile.Apply(seen, expectations);
        // A slip in an address must not cost the report of the run before; who names a folder wants this one.
        var keeps = folder is { WasAskedFor: false, HasReport: true } && run is { Survey: null, Interrupted: false };
        // What one shard cannot tell of the expectations, all of them together can: its result stays as it was seen.
        if (folder is not null && !keeps && folder.Write(document, request.Shard.Count > 1 ? seen : document) is { } error)
        {
            document = document with { HarnessErrors = [.. document.HarnessErrors, error] };
            folder = null;
        }

        // If the driver was never reached, no table is printed.
        var shown = !WorkerProcess.TellUnreachable(document.Driver.Address, document.HarnessErrors, run);
        if (shown)
            SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
        if (folder is not null)
            Console.Out.WriteLine(
                keeps ? $"the report in {folder} is still that of an earlier run"
                : document.IsForMaintainersFirst
                    ? $"report in {folder}, readable by you alone: what ends a kernel or a VMM is told to its maintainers first (SECURITY.md)"
                : $"report in {folder}"
            );
        else if (shown && report is null)
            Console.Out.WriteLine("no report was written: --report DIR says where");
        return document.ExitCode;
    }

    // Where a hang or a crash is known, none ends the run: whether it is that one is seen on a shorter plan, which is made behind the run.
    private static Func<WorkerDeath, string, bool>? EndsAt(CheckRequest request)
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        if (!request.FailFast || request.Expectations.Any(entry => entry.Verdict is "hang" or "crash"))
            return null;
        var losses = LossSearch.AsTheyAre(request);
        return (death, campaign) => request.EndsAt(losses.Of(death, campaign), request.Expectations, today);
    }

    private static string HostKernel()
    {
        try
        {
            return $"Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RuntimeInformation.OSDescription;
        }
    }

    private static Shard? ParseShard(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        var shard = Shard.Parse(text);
        if (shard is null)
            result.AddError($"--shard wants a part like 2/4, of at most {Shard.Most}, not '{Escaping.Line(text, 60)}'.");
        return shard;
    }

    private static TimeSpan? ParseBudget(ArgumentResult result) => ParseTime("--budget", result);

    private static TimeSpan ParseTime(string option, ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (TimeText.Parse(text) is { } time)
            return time;
        result.AddError($"{option} wants a time like 90s, 5m or 1h, a week at most, not '{Escaping.Line(text, 60)}'.");
        return default;
    }
}
