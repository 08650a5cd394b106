using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Migration;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary><c>conformance replay</c>: runs the plan of a token on a driver, in a worker, and shows what happened; or all plans of a stored result.</summary>
internal static class ReplayCommand
{
    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var token = new Argument<string>("TOKEN")
        {
            Description = "the word that begins with cfm1- on a card, which is the plan; or a result.json, for all its findings",
        };
        var address = new Argument<string>("address") { Description = CheckCommand.Driver };
        var strict = new Option<bool>("--strict") { Description = "a warning fails the plan" };
        var command = new System.CommandLine.Command("replay", "Runs the plan of a replay token, or all those of a stored result, on a driver.")
        {
            token,
            address,
            strict,
        };
        command.SetAction(
            (parse, _) =>
            {
                var text = parse.GetRequiredValue(token);
                var driver = parse.GetRequiredValue(address);
                return Task.FromResult(
                    IsFile(text) ? RunAll(text, driver, parse.GetValue(strict), cancel) : RunOne(text, driver, parse.GetValue(strict), cancel)
                );
            }
        );
        return command;
    }

    // A token has neither a dot nor a slash: what has one is meant as a file, and said to be missing if it is. A token that was copied with the full stop
    // behind it is a token all the same.
    private static bool IsFile(string text) =>
        File.Exists(text) || Directory.Exists(text) || (!text.StartsWith("cfm", StringComparison.Ordinal) && text.AsSpan().IndexOfAny('.', '/') >= 0);

    private static int RunOne(string text, string address, bool strict, CancellationToken cancel)
    {
        var deadline = WorkerProcess.Deadline(address);
        var (token, plan) = Read(text, address);
        var request = Request(text, address);
        var run = WorkerProcess.Obstacle(address) ?? WorkerProcess.Supervise(request.ToJson(), deadline, cancel);
        var document = ResultBuilder.Build(request with { Strict = strict }, run, LossSearch.AsTheyAre(request));
        if (!WorkerProcess.TellUnreachable(document.Driver.Address, document.HarnessErrors, run))
            SummaryPrinter.Print(Lines(document, token, plan, run));
        return ExitCode(document);
    }

    // Each plan in a worker of its own, so that one that takes its process along keeps no other from running.
    private static int RunAll(string path, string address, bool strict, CancellationToken cancel)
    {
        var stored = ResultFile.Read(path);
        var deadline = WorkerProcess.Deadline(address);
        var plans = stored.Findings.Where(finding => finding.Replay is not null).ToList();
        if (plans.Count == 0)
            throw new UsageException($"{Escaping.Line(path, 200)} has no finding with a plan.\nName the result.json of a run that found something.");
        if (WorkerProcess.Obstacle(address) is { } obstacle && WorkerProcess.TellUnreachable(address, [], obstacle))
            return RunVerdict.HarnessFailed.ExitCode();
        var suite = Selection.Of(address);
        var codes = new List<int>();
        var warned = 0;
        Console.Out.Write($"{Escaping.Line(address, 200)}: {Wording.Count(plans.Count, "plan", "plans")} of {Escaping.Line(path, 200)}\n");
        foreach (var finding in plans)
        {
            var (code, warns, seen) = Again(finding);
            codes.Add(code);
            warned += warns ? 1 : 0;
            Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"  {codes.Count, 4}  {Named(finding), -14}  {seen}\n"));
            if (cancel.IsCancellationRequested)
                break;
        }

        var left = stored.Findings.Count - plans.Count;
        if (left > 0)
            Console.Out.Write($"  {Wording.Count(left, "finding has", "findings have")} no plan to run\n");
        var worst =
            cancel.IsCancellationRequested ? RunVerdict.Interrupted.ExitCode()
            : codes.Contains(1) ? 1
            : codes.Max();
        Console.Out.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{codes.Count} plans: {codes.Count(code => code == 1)} fail, {warned} warn, {codes.Count(code => code == 0) - warned} pass, "
                    + $"{codes.Count(code => code > 1)} without a verdict (exit code {worst})\n"
            )
        );
        return worst;

        (int Code, bool Warns, string Seen) Again(Finding finding)
        {
            if (!ReplayToken.TryParse(finding.Replay!, out var token, out var error))
                return (RunVerdict.HarnessFailed.ExitCode(), false, $"no verdict: {error}");
            if (token.Suite != suite.Token)
                return (RunVerdict.HarnessFailed.ExitCode(), false, "no verdict: the plan is of another suite");
            var request = Request(finding.Replay!, address);
            var run = WorkerProcess.Supervise(request.ToJson(), deadline, cancel, quiet: true);
            var document = ResultBuilder.Build(request with { Strict = strict }, run, LossSearch.AsTheyAre(request));
            var code = ExitCode(document);
            var warns = Warns(document, code);
            return (
                code,
                warns,
                code switch
                {
                    0 when !warns => "passes",
                    0 or 1 => (code == 0 ? "warns" : "fails")
                        + (
                            document.Findings.Any(other => other.Name == finding.Name)
                                ? " as before"
                                : $" otherwise: {string.Join(" ", document.Findings.Select(Named))}"
                        ),
                    _ => $"no verdict: {Escaping.Line(document.HarnessErrors.FirstOrDefault("interrupted"), 200)}",
                }
            );
        }
    }

    private static string Named(Finding finding) => finding.Name.Length > 0 ? finding.Name : finding.Kind;

    private static CheckRequest Request(string token, string address) => new(address, Selection.Of(address).Name, 0, 1) { Token = token };

    private static (ReplayToken Token, PlanText Plan) Read(string text, string address)
    {
        const string Fix = "Copy the whole word from the card, 'again conformance replay TOKEN ...', or from \"replay\" in result.json.";
        if (!ReplayToken.TryParse(text, out var token, out var error))
            throw new UsageException($"{error}.\n{Fix}");
        if (AllSuites.OfToken(token.Suite) is not { } suite)
            throw new UsageException($"the token speaks of a suite that this kit does not know: a newer one made it.\n{Fix}");
        try
        {
            var lines = suite.Accept(new PlanLines(token));
            var asks = Selection.Of(address);
            return asks == suite
                ? (token, lines)
                : throw new UsageException(
                    $"the plan of the token is one for {suite.Title}, and {Escaping.Line(address, 200)} is {asks.Title}.\nName the driver of the card "
                        + $"that the token is from."
                );
        }
        catch (PlanFormatException wrong)
        {
            throw new UsageException($"{wrong.Message}.\n{Fix}");
        }
    }

    // One plan exercises little, and that is no shortcoming of it.
    private static int ExitCode(ResultDocument document) => document.Verdict is RunVerdict.NotExercised ? 0 : document.ExitCode;

    private static List<ConsoleLine> Lines(ResultDocument document, ReplayToken token, PlanText text, SupervisedRun run)
    {
        var plan = text.Lines;
        var suite = AllSuites.OfToken(token.Suite)!;
        var madeFor = token.MadeFor.Level is { } level
            ? $", made for features {FeatureSet.Of(token.MadeFor.Features).Text}, uAPI {level.Name()}, traits {token.MadeFor.Digest}"
            : "";
        List<ConsoleLine> lines =
        [
            new(Tone.Heading, $"conformance {Escaping.Line(document.Kit, 60)}, replay"),
            new(Tone.Plain, $"  driver  {ConsoleSummary.DriverText(document.Driver)}"),
            new(Tone.Plain, $"  plan    {suite.Name}, {Wording.Count(text.Steps, "step", "steps")}{madeFor}"),
            .. Differences(document.Driver, token.MadeFor).Select(what => new ConsoleLine(Tone.Attention, $"  note    {what}")),
            new(Tone.Plain, ""),
        ];
        var trace = Trace(run);
        for (var at = 0; at < plan.Count && trace is not null; at++)
        {
            var seen = trace.FirstOrDefault(line => line.Step == at)?.Observation;
            // Where a judge keeps no trace the plan alone is shown.
            if (seen is null && trace.Count > 0)
                continue;
            lines.Add(
                new(
                    Tone.Plain,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {at + 1, 4}  {Escaping.Line(plan[at], 300)}{(seen is null ? "" : $": {Escaping.Line(seen, 300)}")}"
                    )
                )
            );
        }

        if (lines[^1].Text.Length > 0)
            lines.Add(new(Tone.Plain, ""));
        foreach (var finding in document.Findings)
            lines.AddRange(ConsoleSummary.Card(document, finding, SummaryPrinter.Width));
        lines.AddRange(document.HarnessErrors.Select(what => new ConsoleLine(Tone.Bad, $"  {Escaping.Line(what, 600)}")));
        var code = ExitCode(document);
        lines.Add(
            Warns(document, code)
                ? new(Tone.Attention, "THE PLAN WARNS (exit code 0; 1 with --strict)")
                : new(code == 0 ? Tone.Good : Tone.Bad, string.Create(CultureInfo.InvariantCulture, $"{Conclusion(code)} (exit code {code})"))
        );
        return lines;
    }

    private static bool Warns(ResultDocument document, int code) => code == 0 && document.Findings.Count > 0;

    private static string Conclusion(int code) =>
        code switch
        {
            0 => "THE PLAN PASSES",
            1 => "THE PLAN FAILS",
            3 => "NO VERDICT: the plan did not run to its end",
            _ => "INTERRUPTED",
        };

    private static IEnumerable<string> Differences(DriverFacts driver, MadeFor madeFor)
    {
        if (madeFor.Level is not { } made)
            yield break;
        if (driver.Features is { } features && features.Value != madeFor.Features)
            yield return $"the plan was made for features {FeatureSet.Of(madeFor.Features).Text}; this device has {features.Text}";
        if (driver.Level is { } known && known != made.Name())
            yield return $"the plan was made at uAPI level {made.Name()}; this device is at {known}";
        if (driver.Traits is { } traits && traits != madeFor.Digest)
            yield return $"the plan was made for a driver that declares other traits ({madeFor.Digest}, here {Escaping.Line(traits, 40)})";
    }

    // Null when the plan did not run.
    private static IReadOnlyList<TraceLine>? Trace(SupervisedRun run)
    {
        try
        {
            return run.Campaigns is [{ Outcome: { } outcome }, ..] ? CampaignOutcome.Read(outcome).Trace : null;
        }
        catch (JsonException)
        {
            return null; // the document says so
        }
    }

    /// <summary>A plan in words.</summary>
    private sealed record PlanText(IReadOnlyList<string> Lines, int Steps);

    private sealed class PlanLines(ReplayToken token) : ISuiteVisitor<PlanText>
    {
        public PlanText Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class
        {
            var plan = token.Read(suite.Language);
            return new(suite.Language.Lines(plan), suite.Language.Steps(plan));
        }
    }
}
