using System.Text.Json;
using Conformance.Engine.Snapshots;
using Conformance.Engine.Workers;
using Conformance.Reports;
using Conformance.Suites.Serialization;

namespace Conformance.Suites.Command;

/// <summary>What <c>check --snapshots DIR</c> adds to a result: the states of the driver are those that somebody approved, or the run fails.</summary>
internal static class StateSnapshots
{
    private const string Prefix = "SerializedState.";
    private const string Campaign = "snapshots";

    /// <summary>Compares what a worker saved with the approved files, and adds what differs to a document.</summary>
    /// <param name="document">The result so far.</param>
    /// <param name="run">What a <see cref="StatesJob"/> gave.</param>
    /// <param name="folder">Where the files are.</param>
    internal static ResultDocument Compare(ResultDocument document, SupervisedRun run, string folder)
    {
        var findings = new List<Finding>();
        var errors = new List<string>(run.HarnessErrors.Select(error => $"--snapshots: {error}"));
        if (run.Unreachable is { } why)
            errors.Add($"--snapshots: {why.Split('\n')[0]}");
        foreach (var death in run.Campaigns.SelectMany(campaign => campaign.Deaths))
            findings.Add(Difference("a state that is saved", death.Description, death.LastWords));
        if (run.Campaigns is [{ Outcome: { } outcome }])
        {
            try
            {
                var states = SavedStates.Read(outcome).States;
                Compare(states, new(folder), findings);
            }
            catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                errors.Add($"--snapshots {folder}: {error.Message}");
            }
        }

        return document with
        {
            Run = document.Run with { Snapshots = folder, Interrupted = document.Run.Interrupted || run.Interrupted },
            Findings = [.. document.Findings, .. findings],
            HarnessErrors = [.. document.HarnessErrors, .. errors.Select(error => Escaping.Line(error, 400))],
        };
    }

    private static void Compare(IReadOnlyList<SavedState> states, SnapshotFolder folder, List<Finding> findings)
    {
        foreach (var state in states)
        {
            var name = Prefix + SnapshotName.Clean(state.Name);
            if (state.Image is not { Length: > 0 } image)
            {
                findings.Add(Difference($"the state '{state.Name}'", state.Problem ?? "an image without a byte"));
                continue;
            }

            try
            {
                folder.Match(name, StateText.Snapshot(image)).GetAwaiter().GetResult();
            }
            catch (SnapshotException)
            {
                findings.Add(Row(folder.Folder, name));
            }
        }

        // A state that could not be saved has been told of; what nobody asks for any more was approved once.
        foreach (var orphan in folder.Orphans(Prefix).Where(orphan => states.All(state => Prefix + SnapshotName.Clean(state.Name) != orphan)))
            findings.Add(Difference($"{orphan}.verified.txt", "the driver has no such state any more; delete the file when that is meant"));
    }

    // The first row that differs, with its file; the rest is a diff of the two files.
    private static Finding Row(string folder, string name)
    {
        var received = Lines(Path.Combine(folder, $"{name}.received.txt"));
        if (!File.Exists(Path.Combine(folder, $"{name}.verified.txt")))
            return Difference(
                $"{name}.verified.txt",
                $"nobody approved this state yet: look at {name}.received.txt, then: conformance accept {Escaping.ShellWord(folder)}"
            ) with
            {
                Kind = Finding.NewSnapshot,
            };
        var verified = Lines(Path.Combine(folder, $"{name}.verified.txt"));
        var at = 0;
        while (at < Math.Min(received.Length, verified.Length) && received[at] == verified[at])
            at++;
        string Line(string[] lines) => at < lines.Length ? lines[at] : "(the end)";
        return Difference($"{name}.verified.txt, line {at + 1}: {Line(verified)}", $"{name}.received.txt, line {at + 1}: {Line(received)}");
    }

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllText(path).Split('\n') : [];

    private static Finding Difference(string expected, string seen, string lastWords = "") =>
        new()
        {
            Requirements = [],
            Kind = Finding.Snapshot,
            Verdict = RequirementVerdict.Violation,
            Campaign = Campaign,
            Expected = Escaping.Line(expected),
            Seen = Escaping.Line(seen),
            LastWords = lastWords.Length == 0 ? null : Escaping.Block(lastWords),
        };
}
