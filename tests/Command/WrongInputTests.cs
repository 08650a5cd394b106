using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Conformance.Tests.Snapshots;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary>
/// What the command says about everything that a user can get wrong: what, where and how to mend it, in at most three lines, with the right exit
/// code. The whole table is an approved file.
/// </summary>
[Category("long")]
public sealed class WrongInputTests : SnapshotFixture
{
    // Words of the runtime and of libraries: whoever reads them learns nothing about their mistake.
    private static readonly string[] Foreign =
    [
        "   at ",
        "System.",
        "JsonException",
        "IOException",
        "Conformance.Reports",
        "Conformance.Suites",
        "LineNumber",
        "Path: $",
        "Unhandled",
        "Could not find",
        "NullReference",
        "deserializ",
    ];

    private readonly ConcurrentDictionary<WrongInput, CommandRun> answers = [];
    private string folder = "";

    private static IEnumerable<TestCaseData> Inputs =>
        WrongInputs.All.Select((input, index) => new TestCaseData(input).SetArgDisplayNames($"{index + 1}: {input}"));

    // Each of them is a process of its own, and none needs what another one did.
    [OneTimeSetUp]
    public void AskAll()
    {
        folder = Directory.CreateTempSubdirectory("conformance-wrong-").FullName;
        WrongInputs.Prepare(folder);
        Parallel.ForEach(WrongInputs.All, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, input => answers[input] = Run(input));
    }

    [OneTimeTearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [TestCaseSource(nameof(Inputs))]
    public void Answer(object input)
    {
        var wrong = (WrongInput)input;
        var (code, output, errors) = answers[wrong];
        var text = Text(wrong);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(wrong.Code), output + errors);
            Assert.That(text.Where(character => character < ' ' && character != '\n' || character is '\u202e' or '\u007f'), Is.Empty);
            foreach (var word in Foreign)
                Assert.That(text, Does.Not.Contain(word));
            if (text == output)
                return;
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith("conformance: ").And.EndWith("\n"));
            Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
        });
    }

    [Test]
    public Task Table()
    {
        var table = new StringBuilder();
        foreach (var input in WrongInputs.All)
            table.Append(
                CultureInfo.InvariantCulture,
                $"$ {input}\n{Text(input).Replace(folder, "FOLDER", StringComparison.Ordinal)}= {answers[input].Code}\n\n"
            );
        return Match(table.ToString());
    }

    [Test]
    [DependsOnTest(nameof(Table), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    // doctor's answer is its output; everywhere else there is none.
    private string Text(WrongInput input) => input.Words is ["doctor", ..] && input.Code == 3 ? answers[input].Output : answers[input].Errors;

    private CommandRun Run(WrongInput input)
    {
        var start = CommandRun.Prepare(folder, input.Words);
        if (input.Variable?.Split('=') is [var variable, var value])
            start.Environment[variable] = value;
        return CommandRun.Of(start);
    }
}
