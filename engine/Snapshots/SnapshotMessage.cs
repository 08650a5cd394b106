using System.Globalization;
using System.Text;
using DiffPlex;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace Conformance.Engine.Snapshots;

/// <summary>
/// What a run found out about the snapshots of one folder, as the message that Verify's tools parse: a list of files under <c>New:</c>, <c>NotEqual:</c>,
/// <c>Delete:</c> and <c>Equal:</c>, then the content of those that need a decision.
/// </summary>
/// <param name="Folder">The folder of all the files.</param>
public sealed record SnapshotMessage(string Folder)
{
    private const int Context = 2;
    private const int MaxLines = 200;

    /// <summary>Names without a verified file, with what was received.</summary>
    public IReadOnlyList<(string Name, string Received)> New { get; init; } = [];

    /// <summary>Names whose verified file says something else.</summary>
    public IReadOnlyList<(string Name, string Received, string Verified)> NotEqual { get; init; } = [];

    /// <summary>Names of verified files that nothing asked for.</summary>
    public IReadOnlyList<string> Delete { get; init; } = [];

    /// <summary>Names whose verified file says the same.</summary>
    public IReadOnlyList<string> Equal { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder($"Directory: {Folder}\n");
        Pairs(text, "New", New.Select(row => row.Name));
        Pairs(text, "NotEqual", NotEqual.Select(row => row.Name));
        if (Delete.Count > 0)
            text.Append("Delete:\n");
        foreach (var name in Delete)
            text.Append($"  - {SnapshotFolder.Verified(name)}\n");
        Pairs(text, "Equal", Equal);
        if (New.Count + NotEqual.Count == 0)
            return text.ToString();

        text.Append("\nFileContent:\n");
        if (New.Count > 0)
            text.Append("\nNew:\n");
        foreach (var (name, received) in New)
            text.Append($"\nReceived: {SnapshotFolder.Received(name)}\n{received}\n");
        if (NotEqual.Count > 0)
            text.Append("\nNotEqual:\n");
        foreach (var (name, received, verified) in NotEqual)
            text.Append(
                $"\nReceived: {SnapshotFolder.Received(name)}\nVerified: {SnapshotFolder.Verified(name)}\nCompare Result:\n{Difference(verified, received)}\n"
            );
        return text.ToString();
    }

    /// <summary>The lines that differ, "-" before those that are gone and "+" before those that came, with their neighbours.</summary>
    public static string Difference(string verified, string received)
    {
        // DiffPlex takes CR for a line end as well; the texts hold none.
        var lines = new InlineDiffBuilder(new Differ()).BuildDiffModel(verified, received, ignoreWhitespace: false).Lines;
        var changed = lines.Select((line, index) => (line, index)).Where(row => row.line.Type != ChangeType.Unchanged).Select(row => row.index).ToList();
        var shown = new List<string>();
        var last = -1;
        foreach (
            var index in changed
                .SelectMany(index => Enumerable.Range(index - Context, 2 * Context + 1))
                .Where(index => index >= 0 && index < lines.Count)
                .Distinct()
                .Order()
        )
        {
            if (index != last + 1)
                shown.Add("  ...");
            last = index;
            shown.Add($"{(lines[index].Type switch { ChangeType.Inserted => "+ ", ChangeType.Deleted => "- ", _ => "  " })}{lines[index].Text}");
        }

        if (last >= 0 && last < lines.Count - 1)
            shown.Add("  ...");
        if (shown.Count > MaxLines)
            shown = [.. shown.Take(MaxLines), string.Create(CultureInfo.InvariantCulture, $"  ({shown.Count - MaxLines} more lines)")];
        return string.Join('\n', shown);
    }

    private static void Pairs(StringBuilder text, string heading, IEnumerable<string> names)
    {
        var first = true;
        foreach (var name in names)
        {
            if (first)
                text.Append($"{heading}:\n");
            first = false;
            text.Append($"  - Received: {SnapshotFolder.Received(name)}\n    Verified: {SnapshotFolder.Verified(name)}\n");
        }
    }
}
