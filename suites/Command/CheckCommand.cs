using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Lockstep;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;
using Conformance.Suites.Migration;
using Conformance.Suites.Smmu;

namespace Conformance.Suites.Command;

/// <summary><c>conformance check</c>: supervises a run and reports it.</summary>
internal static class CheckCommand
{
    internal const int DefaultPlans = 256;

    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var address = new Argument<string>("address") { Description = "the driver: reference:full, fault:NAME, vfio:DEVICE, ..." };
        var suites = new Option<string?>("--suite")
        {
            Description = $"suites, separated by commas: {string.Join(", ", CheckRequest.SuiteNames)} (default: smmu for an SMMU, else migration)",
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
        var campaign = new Option<string?>("--campaign") { Description = "run this campaign only" };
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
        var shrinkBudget = new Option<TimeSpan>("--shrink-budget")
        {
            Description = "how long to look for shorter plans that hang or crash",
            DefaultValueFactory = _ => RunLimits.DefaultShrinkBudget,
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
            shard,
            budget,
            shrinkBudget,
            dryRun,
        };
        command.SetAction(
            (parse, _) =>
            {
                var time = parse.GetValue(budget);
                var request = new CheckRequest(
                    parse.GetRequiredValue(address),
                    Suites(parse.GetValue(suites), parse.GetRequiredValue(address)),
                    parse.GetValue(campaign),
                    parse.GetValue(seed),
                    parse.GetValue(plans)
                )
                {
                    Shard = parse.GetRequiredValue(shard),
                    ShrinkBudget = parse.GetValue(shrinkBudget),
                    Budget = time,
                    Expect = parse.GetValue(expect) is { } file && File.Exists(file) ? Path.GetFullPath(file) : null,
                };
                CheckCampaign(request);
                return Task.FromResult(
                    parse.GetValue(dryRun)
                        ? DryRun.Print(request)
                        : Run(request, time, parse.GetValue(strict), parse.GetValue(expect), parse.GetValue(report), parse.GetValue(snapshots), cancel)
                );
            }
        );
        return command;
    }

    private static int Run(CheckRequest request, TimeSpan? budget, bool strict, string? expect, string? report, string? snapshots, CancellationToken cancel)
    {
        var deadline = WorkerProcess.Deadline(request.Address);
        var expectations = ExpectationsFile.Read(expect);
        if (snapshots is not null && request.IsSmmu)
            throw new UsageException($"--snapshots compares what migration drivers save, and {Escaping.Line(request.Address, 200)} is an SMMU.\nLeave it out.");
        if (snapshots is not null && (snapshots.Length == 0 || File.Exists(snapshots)))
            throw new UsageException(
                $"--snapshots {Escaping.Line(snapshots, 200)} is no folder.\nName the one with the *.verified.txt files of this driver; it need not be there before the first run."
            );
        var folder = ReportFolder.Prepare(report);

        var clock = Stopwatch.StartNew();
        var started = DateTime.UtcNow;
        var run = WorkerProcess.Obstacle(request.Address) ?? WorkerProcess.Supervise(request.ToArguments(), deadline, cancel);
        var shrinker = new LossShrinker(
            (plan, patience) => WorkerProcess.Lose(request, plan, patience, cancel),
            deadline,
            run.SlowestCall,
            request.ShrinkBudget
        );
        var seen = ResultBuilder.Build(request, strict, budget, run, found => cancel.IsCancellationRequested ? found : shrinker.Shrink(found)) with
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
        if (snapshots is not null && run is { Survey: not null, Interrupted: false })
            seen = StateSnapshots.Compare(seen, WorkerProcess.Supervise([StatesJob.Verb, request.Address], deadline, cancel), snapshots);
        var document = ExpectationsFile.Apply(seen, expectations);
        // A slip in an address must not cost the report of the run before; who names a folder wants this one.
        var keeps = folder is { WasAskedFor: false, HasReport: true } && run is { Survey: null, Interrupted: false };
        // What one shard cannot tell of the expectations, all of them together can: its result stays as it was seen.
        if (folder is not null && !keeps && folder.Write(document, request.Shard.Count > 1 ? seen : document) is { } error)
        {
            document = document with { HarnessErrors = [.. document.HarnessErrors, error] };
            folder = null;
        }

        // A driver that was never seen has no table.
        var shown = !WorkerProcess.TellUnreachable(document.Driver.Address, document.HarnessErrors, run);
        if (shown)
            SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
        if (folder is not null)
            Console.Out.WriteLine(keeps ? $"the report in {folder} is still that of an earlier run" : $"report in {folder}");
        else if (shown && report is null)
            Console.Out.WriteLine("no report was written: --report DIR says where");
        return document.ExitCode;
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

    private static IReadOnlyList<string> Suites(string? asked, string address)
    {
        var isSmmu = NamesSmmu(address);
        if (asked is null)
            return [isSmmu ? SmmuCampaigns.Suite : MigrationCampaigns.Suite];
        var names = Suites(asked);
        if (names.Contains(SmmuCampaigns.Suite) == isSmmu && (!isSmmu || names.Count == 1))
            return names;
        throw new UsageException(
            isSmmu
                ? $"{Escaping.Line(address, 200)} is an SMMU: suite '{SmmuCampaigns.Suite}' and no other can be asked of it.\nLeave --suite out."
                : $"suite '{SmmuCampaigns.Suite}' cannot be asked of {Escaping.Line(address, 200)}, which is no SMMU.\nAn SMMU is reference:smmuv3, qemu-smmuv3: or a plugin that implements ISmmu."
        );
    }

    /// <summary>True when an address names an SMMU; false also when it is no address.</summary>
    internal static bool NamesSmmu(string address)
    {
        try
        {
            return DriverSchemes.Parse(address).Contracts.Contains(typeof(ISmmuTarget));
        }
        catch (Exception error) when (error is DriverAddressException or DeviceLostException)
        {
            // What is wrong with the address is said where it is used.
            return false;
        }
    }

    private static IReadOnlyList<string> Suites(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            throw new UsageException($"--suite names no suite.\nThe suites are {string.Join(", ", CheckRequest.SuiteNames)}.");
        foreach (var name in names)
        {
            if (!CheckRequest.SuiteNames.Contains(name))
                throw new UsageException(
                    string.Join(
                        '\n',
                        [
                            $"'{Escaping.Line(name, 60)}' is not a suite.",
                            .. ConformanceCommand.Suggest(name, CheckRequest.SuiteNames),
                            $"The suites are {string.Join(", ", CheckRequest.SuiteNames)}.",
                        ]
                    )
                );
            if (!CheckRequest.AllCampaigns.Any(campaign => campaign.Suite == name))
                throw new UsageException(
                    $"suite '{name}' has no campaigns in this release.\nLeave it out: {string.Join(", ", CheckRequest.AllCampaigns.Select(campaign => campaign.Suite).Distinct())} can be run."
                );
        }

        // The order of the list, whatever order they were asked for in: same inputs, same bytes.
        return [.. CheckRequest.SuiteNames.Where(names.Contains)];
    }

    private static void CheckCampaign(CheckRequest request)
    {
        if (request.Campaign is not { } name || request.Campaigns.Count > 0)
            return;
        var known = (request with { Campaign = null }).Campaigns.Select(campaign => campaign.Name).ToList();
        throw new UsageException(
            string.Join(
                '\n',
                [
                    $"there is no campaign '{Escaping.Line(name, 60)}' in {string.Join(", ", request.Suites)}.",
                    .. ConformanceCommand.Suggest(name, known),
                    string.Join(", ", known) is { Length: <= 300 } names ? $"The campaigns are {names}." : "--dry-run lists them.",
                ]
            )
        );
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
        var (digits, unit) =
            text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 0.001)
            : text.EndsWith('s') ? (text[..^1], 1)
            : text.EndsWith('m') ? (text[..^1], 60)
            : text.EndsWith('h') ? (text[..^1], 3600)
            : ("", 0);
        if (double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit <= 7 * 86400)
            return TimeSpan.FromSeconds(number * unit);
        result.AddError($"{option} wants a time like 90s, 5m or 1h, a week at most, not '{Escaping.Line(text, 60)}'.");
        return default;
    }
}
