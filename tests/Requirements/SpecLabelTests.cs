using System.Text.RegularExpressions;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Requirements;

/// <summary>What code cites by a label, a reader can open: docs/spec/ has it.</summary>
public sealed partial class SpecLabelTests
{
    private static readonly string[] Rooms = ["model", "drivers", "engine", "suites", "reports"];

    private static HashSet<string> Defined { get; } =
    [
        .. Directory
            .GetFiles(Path.Combine(PluginFiles.Root, "docs", "spec"), "*.md")
            .SelectMany(page => Definition().Matches(File.ReadAllText(page)))
            .Select(match => match.Groups["label"].Value),
    ];

    [TestCase("model")]
    [TestCase("drivers")]
    [TestCase("engine")]
    [TestCase("suites")]
    [TestCase("reports")]
    [TestCase("docs/spec")]
    public void Every_label_that_is_cited_is_in_the_cited_texts(string folder)
    {
        var files = Directory
            .GetFiles(Path.Combine(PluginFiles.Root, folder), folder == "docs/spec" ? "*.md" : "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .ToList();
        Assert.That(files, Is.Not.Empty);
        Assert.That(
            files.SelectMany(file => Strange(File.ReadAllText(file)).Select(label => $"{Path.GetRelativePath(PluginFiles.Root, file)}: {label}")),
            Is.Empty
        );
    }

    [Test]
    public void Labels_are_cited_at_all() =>
        Assert.That(
            Rooms
                .SelectMany(room => Directory.GetFiles(Path.Combine(PluginFiles.Root, room), "*.cs", SearchOption.AllDirectories))
                .SelectMany(file => Label().Matches(File.ReadAllText(file)))
                .Select(match => match.Value)
                .Distinct(),
            Is.SubsetOf(Defined).And.Not.Empty
        );

    [TestCase("as said in E-53", "")]
    [TestCase("(V.1), P-039 and S.13", "")]
    [TestCase("as said in E-99", "E-99")]
    [TestCase("V.99; P-999", "V.99 P-999")]
    [TestCase("table of A.1, C.9", "A.1 C.9")]
    [TestCase("section B.5 of the specification", "B.5")]
    [TestCase("1E-05, STE.V, 3.10.2, SMMU-CD-12, F7", "")]
    public void Finds_what_is_not_there(string text, string strange) => Assert.That(string.Join(' ', Strange(text)), Is.EqualTo(strange));

    // A letter, a dot and a number is a label; of those with other letters than V and S there are no pages.
    private static IEnumerable<string> Strange(string text) =>
        Label()
            .Matches(text)
            .Select(match => match.Value)
            .Concat(Foreign().Matches(text).Select(match => match.Value))
            .Where(label => !Defined.Contains(label))
            .Distinct();

    [GeneratedRegex(@"\b(?:[VS]\.\d+|E-\d{2}|P-\d{3})\b")]
    private static partial Regex Label();

    [GeneratedRegex(@"(?<![\w.])[A-G]\.\d{1,2}\b")]
    private static partial Regex Foreign();

    [GeneratedRegex(@"^(?:## (?<label>[VS]\.\d+) |- \*\*(?<label>E-\d{2}) |\| (?<label>P-\d{3}) \|)", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
