using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Drivers;
using Conformance.Drivers.Core;
using Conformance.Engine.Workers;
using Conformance.Model.Migration;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance check</c>: supervises a run and reports it.</summary>
internal static class CheckCommand
{
    internal const int DefaultPlans = 256;

    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var address = new Argument<string>("address") { Description = "the driver: reference:full, fault:NAME, vfio:DEVICE, ..." };
        var suites = new Option<string>("--suite") { Description = $"suites, separated by commas: {string.Join(", ", CheckRequest.SuiteNames)}", DefaultValueFactory = _ => "migration" };
        var strict = new Option<bool>("--strict") { Description = "a warning fails the run" };
        var plans = new Option<int>("--plans") { Description = "plans of each random campaign", DefaultValueFactory = _ => DefaultPlans, CustomParser = ConformanceCommand.Number("--plans", 0, 100_000_000) };
        var seed = new Option<ulong>("--seed") { Description = "seed of the random campaigns", DefaultValueFactory = _ => 1, CustomParser = ConformanceCommand.Number("--seed", 0ul, ulong.MaxValue) };
        var expect = new Option<string?>("--expect") { Description = "a file with the known deviations of this driver" };
        var report = new Option<string?>("--report") { Description = "where result.json, junit.xml, result.ktap and summary.md go (default: reports/out in a clone, else nowhere)" };
        var snapshots = new Option<string?>("--snapshots") { Description = "a folder with the approved states of this driver; its states must be the same, byte by byte" };
        var campaign = new Option<string?>("--campaign") { Description = "run this campaign only" };
        var command = new System.CommandLine.Command("check", "Checks a driver and says, requirement by requirement, whether it conforms.") { address, suites, strict, plans, seed, expect, snapshots, report, campaign };
        command.SetAction((parse, _) => Task.FromResult(Run(
            parse.GetRequiredValue(address),
            Suites(parse.GetRequiredValue(suites)),
            parse.GetValue(campaign),
            parse.GetValue(seed),
            parse.GetValue(plans),
            parse.GetValue(strict),
            parse.GetValue(expect),
            parse.GetValue(report),
            parse.GetValue(snapshots),
            cancel)));
        return command;
    }

    private static int Run(string address, IReadOnlyList<string> suites, string? campaign, ulong seed, int plans, bool strict, string? expect, string? report, string? snapshots, CancellationToken cancel)
    {
        var request = new CheckRequest(address, suites, campaign, seed, plans);
        CheckCampaign(request);
        var deadline = CheckAddress(address);
        var expectations = ReadExpectations(expect);
        if (snapshots is not null && (snapshots.Length == 0 || File.Exists(snapshots)))
            throw new UsageException($"--snapshots {Escaping.Line(snapshots, 200)} is no folder.\nName the one with the *.verified.txt files of this driver; it need not be there before the first run.");
        var folder = PrepareReport(report);

        var clock = Stopwatch.StartNew();
        var started = DateTime.UtcNow;
        var run = Supervise(request.ToArguments(), deadline, cancel);
        var environment = new EnvironmentFacts
        {
            Started = started.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            DurationSeconds = Math.Round(clock.Elapsed.TotalSeconds, 3),
            HostKernel = HostKernel(),
            KitBuild = ResultBuilder.Kit.Build,
        };
        var document = Expectations.Apply(ResultBuilder.Build(request, strict, run, environment), expectations, DateOnly.FromDateTime(started));
        if (snapshots is not null && run is { Survey: not null, Interrupted: false })
            document = StateSnapshots.Compare(document, Supervise([StatesJob.Verb, address], deadline, cancel), snapshots);
        if (folder is not null && !TryWrite(document, folder, out var error))
        {
            document = document with { HarnessErrors = [.. document.HarnessErrors, error] };
            folder = null;
        }

        Show(document, run);
        if (folder is not null) Console.Out.WriteLine($"report in {Escaping.Line(folder, 300)}");
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

    /// <summary>Runs a job of this program in supervised workers.</summary>
    /// <param name="words">The words that start a worker, the orders not among them.</param>
    /// <param name="deadline">How long one call into the driver may take.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="quiet">True: says nothing about where it stands.</param>
    internal static SupervisedRun Supervise(IReadOnlyList<string> words, TimeSpan deadline, CancellationToken cancel, bool quiet = false)
    {
        var supervisor = new Supervisor(new()
        {
            FileName = ThisProgram.FileName,
            Arguments = [.. ThisProgram.Words, .. words],
            CallDeadline = deadline,
        });
        if (quiet) return supervisor.Run(null, cancel);
        using var line = new ProgressLine();
        return supervisor.Run(line.Show, cancel);
    }

    private static IReadOnlyList<string> Suites(string text)
    {
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0) throw new UsageException($"--suite names no suite.\nThe suites are {string.Join(", ", CheckRequest.SuiteNames)}.");
        foreach (var name in names)
        {
            if (!CheckRequest.SuiteNames.Contains(name))
                throw new UsageException(string.Join('\n', [$"'{Escaping.Line(name, 60)}' is not a suite.", .. ConformanceCommand.Suggest(name, CheckRequest.SuiteNames), $"The suites are {string.Join(", ", CheckRequest.SuiteNames)}."]));
            if (!CheckRequest.AllCampaigns.Any(campaign => campaign.Suite == name))
                throw new UsageException($"suite '{name}' has no campaigns in this release.\nLeave it out: {string.Join(", ", CheckRequest.AllCampaigns.Select(campaign => campaign.Suite).Distinct())} can be run.");
        }

        // The order of the list, whatever order they were asked for in: same inputs, same bytes.
        return [.. CheckRequest.SuiteNames.Where(names.Contains)];
    }

    private static void CheckCampaign(CheckRequest request)
    {
        if (request.Campaign is not { } name || request.Campaigns.Count > 0) return;
        var known = (request with { Campaign = null }).Campaigns.Select(campaign => campaign.Name).ToList();
        throw new UsageException(string.Join('\n', [$"there is no campaign '{Escaping.Line(name, 60)}' in {string.Join(", ", request.Suites)}.", .. ConformanceCommand.Suggest(name, known), $"The campaigns are {string.Join(", ", known)}."]));
    }

    // The deadline that the supervisor keeps. Drivers behind a socket or a guest are watched by their own channel, which says more; the supervisor's is the last resort.
    private static TimeSpan CheckAddress(string text)
    {
        try
        {
            var address = DriverAddress.Parse(text);
            _ = address.ReadTraits();
            // A plugin runs in the worker: its code is not loaded here.
            if (address.Scheme == DriverScheme.Plugin)
                return address.Deadline ?? InProcessTarget.DefaultDeadline;
            if (address.Scheme is not (DriverScheme.Reference or DriverScheme.Fault))
                return (address.Deadline ?? TimeSpan.FromSeconds(90)) + TimeSpan.FromSeconds(address.Scheme == DriverScheme.Vfio && address.Option("guest") is null ? 0 : 60);
            using var target = address.Open();
            return target.Deadline;
        }
        catch (DriverAddressException error)
        {
            throw new UsageException(error.Message);
        }
        catch (DeviceLostException)
        {
            // The worker will say so, with a report.
            return TimeSpan.FromSeconds(10);
        }
    }

    private static IReadOnlyList<Expectation> ReadExpectations(string? path)
    {
        if (path is null) return [];
        try
        {
            return Expectations.Parse(InputFile.Read(path, "the known deviations of this driver"), path);
        }
        catch (ExpectationsException error)
        {
            throw new UsageException($"{error.Message}.\nAn entry has requirement, verdict, reason, link, expires and, if need be, when.");
        }
    }

    private static string? PrepareReport(string? asked)
    {
        var folder = asked ?? (File.Exists("Conformance.sln") ? Path.Combine("reports", "out") : null);
        if (folder is null) return null;
        try
        {
            var full = Directory.CreateDirectory(folder).FullName;
            // A verdict that took an hour must not be lost to a folder that cannot be written.
            foreach (var rendering in Renderings.All)
                if (rendering.File is { } file) new FileStream(Path.Combine(full, file), FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            return asked is not null ? folder : Path.GetRelativePath(Environment.CurrentDirectory, full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--report {Escaping.Line(folder, 200)} {(File.Exists(folder) ? "is a file" : "cannot be made or written")}.\nName a folder that this user may write to.");
        }
    }

    private static bool TryWrite(ResultDocument document, string folder, out string error)
    {
        try
        {
            foreach (var rendering in Renderings.All)
                if (rendering.File is { } file) File.WriteAllText(Path.Combine(folder, file), rendering.Render(document));
            error = "";
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            error = $"the report could not be written to {folder}: {failure.Message}";
            return false;
        }
    }

    private static void Show(ResultDocument document, SupervisedRun run)
    {
        // A driver that was never seen has no table: what, last words, fix.
        if (run.Survey is null && !run.Interrupted)
        {
            var why = (run.Unreachable ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
            List<string> lines = [why.Length > 0 ? $"{document.Driver.Address} could not be reached: {why[0]}" : document.HarnessErrors.FirstOrDefault("the worker ended without a word")];
            if (why.Length > 1) lines.Add($"It said last: {why[^1].Trim()}");
            // What is wrong with a plugin is said with its fix; there is nothing else to look at.
            if (!document.Driver.Address.StartsWith("plugin:", StringComparison.Ordinal)) lines.Add($"What is missing: conformance doctor {Escaping.ShellWord(document.Driver.Address, 200)}");
            for (var index = 0; index < lines.Count; index++)
                Console.Error.WriteLine(index == 0 ? $"conformance: {Escaping.Line(lines[0], 400)}" : $"  {Escaping.Line(lines[index], 400)}");
            return;
        }

        SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
    }
}
