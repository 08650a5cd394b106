using System.CommandLine;
using System.Globalization;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Lint;

namespace Conformance.Suites.Command;

/// <summary><c>conformance lint</c>: judges the user of the uAPI by a trace of its calls.</summary>
internal static class LintCommand
{
    internal static System.CommandLine.Command Build()
    {
        var files = new Argument<string[]>("TRACE")
        {
            Description = "a trace that labs/recorder wrote; several are those of one migration",
            Arity = ArgumentArity.OneOrMore,
        };
        var record = new Option<string?>("--record") { Description = "a driver: first migrates it as a user should, and writes the calls into TRACE" };
        var strict = new Option<bool>("--strict") { Description = "a warning fails the run" };
        var expect = new Option<string?>("--expect") { Description = "a file with the known deviations of this user" };
        var report = new Option<string?>("--report") { Description = "where result.json, junit.xml, result.ktap and summary.md go (default: nowhere)" };
        var command = new System.CommandLine.Command("lint", "Judges a user of the uAPI, a VMM, by a trace of its calls.")
        {
            files,
            record,
            strict,
            expect,
            report,
        };
        command.SetAction(parse =>
            Run(parse.GetRequiredValue(files), parse.GetValue(record), parse.GetValue(strict), parse.GetValue(expect), parse.GetValue(report))
        );
        return command;
    }

    private static int Run(string[] files, string? record, bool strict, string? expect, string? report)
    {
        var expectations = ExpectationsFile.Read(expect);
        // Its calls would count twice, and the second time they make no sense.
        if (files.Where(file => file.Length > 0).GroupBy(Path.GetFullPath).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new UsageException($"the trace {Escaping.Line(twice.First(), 200)} is named twice.\nName each file once.");
        if (record is not null)
        {
            if (files.Length > 1)
                throw new UsageException("--record writes one trace, and several are named.\nName the file that it is written to.");
            // A trace may be replaced; what is something else is not to go for a word in the wrong place.
            if (File.Exists(files[0]))
                _ = Read(files);
            if (!Record(record, files[0]))
                return RunVerdict.HarnessFailed.ExitCode();
        }

        var judge = new TraceJudge();
        foreach (var call in Read(files))
            judge.Judge(call);
        judge.Finish();
        var folder = report is null ? null : ReportFolder.Prepare(report);
        var document = ExpectationsFile.Apply(Document(files, judge, strict), expectations);
        if (folder?.Write(document, document) is { } error)
            throw new UsageException($"{error}.\nName a folder that this user may write to.");
        SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
        if (folder is not null)
            Console.Out.WriteLine($"report in {folder}");
        return document.ExitCode;
    }

    private static List<TraceCall> Read(string[] files)
    {
        var calls = new List<TraceCall>();
        foreach (var file in files)
        {
            try
            {
                calls.AddRange(TraceReader.Read(InputFile.Read(file, "a trace"), file, TraceReader.MaxLines - calls.Count));
            }
            catch (TraceException error)
            {
                throw new UsageException($"{error.Message}.\nName a trace; docs/lint.md has its form, and how one is recorded.");
            }
        }

        return calls;
    }

    private static bool Record(string text, string file)
    {
        string trace;
        try
        {
            var address = DriverSchemes.Parse(text);
            if (!address.Contracts.Contains(typeof(IMigrationTarget)))
                throw new UsageException($"{Escaping.Line(text, 200)} is no migration driver.\nName one: {CheckCommand.Driver}.");
            using var target = address.Open<IMigrationTarget>();
            trace = OwnMigration.Of(target);
        }
        catch (DriverAddressException error)
        {
            throw new UsageException(error.Message);
        }
        catch (Exception error) when (error is DeviceLostException or OwnMigrationException)
        {
            Console.Error.WriteLine($"conformance: {Escaping.Line(text, 200)} could not be migrated: {Escaping.Line(error.Message, 300)}");
            Console.Error.WriteLine($"  What is missing: conformance doctor {Escaping.ShellWord(text, 200)}");
            return false;
        }

        try
        {
            File.WriteAllText(file, trace);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException(
                $"{Escaping.Line(file, 200)} {(Directory.Exists(file) ? "is a folder" : "cannot be written")}.\nName a file that the trace is written to."
            );
        }

        return true;
    }

    private static ResultDocument Document(string[] files, TraceJudge judge, bool strict)
    {
        var findings = judge.Findings;
        var ids = LintRule.All.SelectMany(rule => rule.Requirements).Distinct().OrderBy(id => id.Number);
        return new()
        {
            Kit = ResultBuilder.Kit.Version,
            Driver = new()
            {
                Address = Escaping.Line(string.Join(' ', files), 300),
                Channel = "trace",
                Description = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Wording.Count(judge.Calls, "call", "calls")} of {Wording.Count(judge.Processes, "process", "processes")}, "
                        + $"{Wording.Count(judge.Devices, "device", "devices")}, {Wording.Count(judge.Sessions, "data fd", "data fds")}"
                ),
            },
            Run = new()
            {
                Suites = [Wording.Lint],
                Seed = 0,
                Plans = 0,
                Strict = strict,
            },
            Requirements = [.. ids.Select(id => Row(id, judge))],
            Findings = findings,
            Campaigns = [new("trace", judge.Devices, judge.Calls, 0)],
            Notes = judge.Notes,
        };
    }

    private static RequirementResult Row(RequirementId id, TraceJudge judge)
    {
        var row = Catalogue.Of(id);
        long Broken(RequirementVerdict verdict) =>
            judge.Findings.Where(finding => finding.Verdict == verdict && finding.Requirements.Contains(row.Name)).Sum(finding => finding.Occurrences);
        var (exercised, violated, warned) = (judge.Exercised(id), Broken(RequirementVerdict.Violation), Broken(RequirementVerdict.Warning));
        var shown = judge.Findings.ToList().FindIndex(finding => finding.Requirements.Contains(row.Name));
        var verdict =
            violated > 0 ? RequirementVerdict.Violation
            : warned > 0 ? RequirementVerdict.Warning
            : exercised > 0 ? RequirementVerdict.Pass
            : RequirementVerdict.NotExercised;
        return RequirementResult.Of(row, verdict) with
        {
            Exercised = exercised,
            Violated = violated,
            Warned = warned,
            Reason = exercised > 0 ? null : "the trace has no call that could break it",
            Finding = shown < 0 ? null : shown,
        };
    }
}
