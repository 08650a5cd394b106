using System.Text.Json;
using System.Text.RegularExpressions;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

[Category("quick")]
public sealed class ResultJsonTests
{
    private static IEnumerable<ResultDocument> Documents() =>
        [
            SampleDocuments.Green,
            SampleDocuments.Red,
            SampleDocuments.Hostile("\u001b[0m \u202e \0 \ud83d\ude00 \u2028 \" \\ \u00e9"),
            SampleDocuments.Green with
            {
                Coverage = null,
                Environment = null,
                Campaigns = [],
                Requirements = [],
            },
        ];

    [TestCaseSource(nameof(Documents))]
    public void Reading_and_writing_gives_the_same_bytes(ResultDocument document)
    {
        var json = ResultJson.Write(document);
        var again = ResultJson.Write(ResultJson.Read(json, "result.json"));
        Assert.That(again, Is.EqualTo(json));
        Assert.That(json, Does.Not.Contain('\r').And.EndsWith("}\n"));
        Assert.That(json.Where(character => character is >= '\u007f' or < ' ' and not '\n'), Is.Empty);
    }

    [Test]
    public void Only_the_environment_part_differs_between_two_runs()
    {
        var later = SampleDocuments.Red with { Environment = SampleDocuments.Red.Environment! with { Started = "2027-01-01T00:00:00Z", DurationSeconds = 99 } };
        static string Without(ResultDocument document) => ResultJson.Write(document with { Environment = null });
        Assert.That(ResultJson.Write(later), Is.Not.EqualTo(ResultJson.Write(SampleDocuments.Red)));
        Assert.That(Without(later), Is.EqualTo(Without(SampleDocuments.Red)));
    }

    [TestCase("", "not a result document (line 1)")]
    [TestCase("{", "not a result document (line 1)")]
    [TestCase("null", "\"schema\" is not \"conformance/result\"")]
    [TestCase("[]", "\"schema\" is not \"conformance/result\"")]
    [TestCase("{\"schema\":7}", "\"schema\" is not \"conformance/result\"")]
    [TestCase("{\"schema\":\"conformance/result\"}", "\"version\" is not a number")]
    [TestCase("{\"schema\":\"conformance/result\",\"version\":2}", "result document of version 2, this kit reads version 1")]
    [TestCase("{\"schema\":\"conformance/result\",\"version\":1}", "kit")]
    public void Wrong_files_are_refused_by_name(string json, string message)
    {
        var error = Assert.Throws<ResultDocumentException>(() => ResultJson.Read(json, "old.json"))!;
        Assert.That(error.Message, Does.StartWith("old.json: ").And.Contain(message));
        Assert.That(error.Message, Does.Not.Contain('\n'));
    }

    [TestCase("\"finding\": 0", "\"finding\": 7", "names finding 7, there are 4")]
    [TestCase("\"failingStep\": 2", "\"failingStep\": 20", "fails at step 20")]
    [TestCase("\"verdict\": \"flaky\"", "\"verdict\": \"odd\"", "not a result document (line")]
    [TestCase("\"occurrences\": 1,", "\"occurrences\": 9223372036854775807,", "came up in more plans than anybody could run")]
    [TestCase("\"exercised\": 12", "\"exercised\": -1", "counts what nobody could run")]
    [TestCase("\"payloadBytes\": 10,", "\"payloadBytes\": 9223372036854775807,", "counts what nobody could run")]
    [TestCase("\"witnesses\": []", "\"witnesses\": [null]", "\"witnesses\" holds null")]
    [TestCase("\"witnesses\": []", "\"witnesses\": [{ \"name\": \"x\", \"seen\": -1 }]", "a witness was seen more often")]
    [TestCase("\"seed\": 1,", "\"seed\": \"one\",", "not a result document (line")]
    [TestCase("\"seed\": 1,", "\"seed\": 1, \"seed\": 2,", "not a result document")]
    [TestCase("\"statement\": \"The statement of ABI-01 holds.\"", "\"statement\": null", "not a result document (line")]
    public void Damaged_files_are_refused_by_name(string before, string after, string message)
    {
        var json = ResultJson.Write(SampleDocuments.Red);
        Assert.That(json, Does.Contain(before));
        var damaged = new Regex(Regex.Escape(before)).Replace(json, after.Replace("$", "$$", StringComparison.Ordinal), 1);
        Assert.That(Assert.Throws<ResultDocumentException>(() => ResultJson.Read(damaged, "x.json"))!.Message, Does.StartWith("x.json: ").And.Contain(message));
    }

    [Test]
    public void Truncated_files_are_refused()
    {
        var json = ResultJson.Write(SampleDocuments.Red);
        for (var length = 0; length < json.Length - 2; length += 97)
            Assert.Throws<ResultDocumentException>(() => ResultJson.Read(json[..length], "x.json"));
    }

    // A field that nobody described is a field that nobody can rely on.
    [Test]
    public void Every_field_is_documented()
    {
        var described = File.ReadAllText(Path.Combine(Root(), "docs", "result-document.md"));
        using var document = JsonDocument.Parse(ResultJson.Write(SampleDocuments.Hostile("x")));
        foreach (var name in Names(document.RootElement).Distinct())
            Assert.That(described.Contains($"`{name}`", StringComparison.Ordinal), Is.True, name);

        static IEnumerable<string> Names(JsonElement element) =>
            element.ValueKind switch
            {
                JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Names(member.Value).Prepend(member.Name)),
                JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
                _ => [],
            };
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Conformance.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("Conformance.sln is in no folder above the tests");
    }
}
