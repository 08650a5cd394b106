using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance replay</c>: runs the plan of a token on a driver, in a worker, and shows what happened.</summary>
internal static class ReplayCommand
{
    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var token = new Argument<string>("TOKEN") { Description = "the plan: the word that begins with cfm1- on a card" };
        var address = new Argument<string>("address") { Description = "the driver: reference:full, fault:NAME, vfio:DEVICE, ..." };
        var strict = new Option<bool>("--strict") { Description = "a warning fails the plan" };
        var command = new System.CommandLine.Command("replay", "Runs the plan of a replay token on a driver.") { token, address, strict };
        command.SetAction((parse, _) => Task.FromResult(Run(parse.GetRequiredValue(token), parse.GetRequiredValue(address), parse.GetValue(strict), cancel)));
        return command;
    }

    private static int Run(string text, string address, bool strict, CancellationToken cancel)
    {
        if (!ReplayToken.TryParse(text, out var token, out var error))
            throw new UsageException($"{error}.\nCopy the whole word from the card, 'again conformance replay TOKEN ...', or from \"replay\" in result.json.");
        var deadline = WorkerProcess.Deadline(address);
        if (CheckCommand.NamesSmmu(address))
            throw new UsageException(
                $"{Escaping.Line(address, 200)} is an SMMU, and tokens hold plans of migration drivers.\nA scene is run again by 'again' of its card: conformance check ADDRESS --campaign NAME --plans N --seed N."
            );
        var request = new CheckRequest(address, [token.Suite], null, 0, 1) { Token = token };
        var run = WorkerProcess.Obstacle(address) ?? WorkerProcess.Supervise(request.ToArguments(), deadline, cancel);
        var document = ResultBuilder.Build(request, strict, null, run, found => found);
        if (!WorkerProcess.TellUnreachable(document.Driver.Address, document.HarnessErrors, run))
            SummaryPrinter.Print(Lines(document, token, Trace(run)));
        return ExitCode(document);
    }

    // One plan exercises little, and that is no shortcoming of it.
    private static int ExitCode(ResultDocument document) => document.Verdict is RunVerdict.NotExercised ? 0 : document.ExitCode;

    private static List<ConsoleLine> Lines(ResultDocument document, ReplayToken token, IReadOnlyList<SeenLine> trace)
    {
        List<ConsoleLine> lines =
        [
            new(Tone.Heading, $"conformance {Escaping.Line(document.Kit, 60)}, replay"),
            new(Tone.Plain, $"  driver  {ConsoleSummary.DriverText(document.Driver)}"),
            new(
                Tone.Plain,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  plan    {token.Suite}, {Steps(token.Plan.Steps.Count)}, made for features {FeatureSet.Of(token.Features).Text}, uAPI {Migration.NotExercised.Text(token.Level)}, traits {token.Traits}"
                )
            ),
            .. Differences(document.Driver, token).Select(what => new ConsoleLine(Tone.Attention, $"  note    {what}")),
            new(Tone.Plain, ""),
        ];
        for (var at = 0; at < trace.Count; at++)
            lines.Add(
                new(
                    Tone.Plain,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  {at + 1, 4}  {Escaping.Line(Outcomes.FromLine(trace[at].Step).ToString(), 300)}: {(trace[at].Seen.Length == 0 ? "(nothing came back)" : Escaping.Line(trace[at].Seen, 300))}"
                    )
                )
            );
        if (trace.Count > 0)
            lines.Add(new(Tone.Plain, ""));
        foreach (var finding in document.Findings)
            lines.AddRange(ConsoleSummary.Card(document, finding, SummaryPrinter.Width));
        lines.AddRange(document.HarnessErrors.Select(what => new ConsoleLine(Tone.Bad, $"  {Escaping.Line(what, 600)}")));
        var code = ExitCode(document);
        lines.Add(new(code == 0 ? Tone.Good : Tone.Bad, string.Create(CultureInfo.InvariantCulture, $"{Conclusion(code)} (exit code {code})")));
        return lines;
    }

    private static string Conclusion(int code) =>
        code switch
        {
            0 => "THE PLAN PASSES",
            1 => "THE PLAN FAILS",
            3 => "NO VERDICT: the plan did not run to its end",
            _ => "INTERRUPTED",
        };

    private static IEnumerable<string> Differences(DriverFacts driver, ReplayToken token)
    {
        if (driver.Features is { } features && features.Value != token.Features)
            yield return $"the plan was made for features {FeatureSet.Of(token.Features).Text}; this device has {features.Text}";
        var level = Migration.NotExercised.Text(token.Level);
        if (driver.Level is { } known && known != level)
            yield return $"the plan was made at uAPI level {level}; this device is at {known}";
        if (driver.Traits is { } traits && traits != token.Traits)
            yield return $"the plan was made for a driver that declares other traits ({token.Traits}, here {Escaping.Line(traits, 40)})";
    }

    private static IReadOnlyList<SeenLine> Trace(SupervisedRun run)
    {
        try
        {
            return run.Campaigns is [{ Outcome: { } outcome }, ..]
                ? JsonSerializer.Deserialize(outcome, OutcomeContext.Default.CampaignOutcome)?.Trace ?? []
                : [];
        }
        catch (JsonException)
        {
            return []; // the document says so
        }
    }

    private static string Steps(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} step{(count == 1 ? "" : "s")}");
}
