using System.Text;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Lint;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lint;

/// <summary>The user of the uAPI under the judge: what is right has no finding, and each mistake has the one that it is.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class LintTests
{
    private static IEnumerable<TestCaseData> Mistakes =>
        LintSeed.All.Select((seed, number) => new TestCaseData(number).SetArgDisplayNames($"{number} {seed.Rule.Name}"));

    [TestCase("reference:full")]
    [TestCase("reference:p2p")]
    [TestCase("reference:pre_copy")]
    [TestCase("reference:stop_copy")]
    [TestCase("reference:hisi_acc")]
    [TestCase("reference:full?level=6.1")]
    public void Nothing_is_held_against_the_kits_own_migration(string address)
    {
        var judge = Judged(LintSeed.Of(address));
        Assert.That(judge.Findings.Select(finding => finding.Seen), Is.Empty);
        Assert.That((judge.Devices, judge.Sessions, judge.Processes), Is.EqualTo((2, 2, 2)));
        // What it is about was looked at: the whole stream, the end of the read, the closed descriptors, the stopped device.
        foreach (var rule in new[] { LintRule.LeavesResumingEarly, LintRule.ReadsOnAfterTheEnd, LintRule.DataFdNotClosed, LintRule.TouchedWhileStopped })
            Assert.That(judge.Exercised(rule.Requirements[0]), Is.Positive, rule.Name);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_found(int number)
    {
        var seed = LintSeed.All[number];
        Assert.That(seed.Trace, Is.Not.EqualTo(LintSeed.Right));
        // What comes behind it may follow from it.
        var finding = Judged(seed.Trace).Findings[0];
        Assert.Multiple(() =>
        {
            Assert.That(finding.Facts, Does.Contain($"rule={seed.Rule.Name}"));
            Assert.That(finding.Requirements, Is.EqualTo(seed.Rule.Requirements.Select(id => Catalogue.Of(id).Name)));
            Assert.That(finding.Verdict, Is.EqualTo(seed.Rule.IsAdvice ? RequirementVerdict.Warning : RequirementVerdict.Violation));
            // The line that it names is the last one of what is shown.
            var line = int.Parse(finding.Seen.Split(' ')[1].TrimEnd(','), System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(finding.Steps[finding.FailingStep!.Value], Is.EqualTo(seed.Trace.Split('\n')[line - 1]));
        });
    }

    [Test]
    public void Every_rule_has_a_mistake() => Assert.That(LintRule.All.Except(LintSeed.All.Select(seed => seed.Rule)).Select(rule => rule.Name), Is.Empty);

    [Test]
    public void Every_duty_of_a_user_is_a_rule() =>
        Assert.That(
            Catalogue
                .All.Where(row => row.Strength == Strength.User && row.Suite == "migration")
                .Select(row => row.Id)
                .Except(LintRule.All.SelectMany(rule => rule.Requirements)),
            Is.Empty
        );

    [Test]
    public void The_page_has_every_rule()
    {
        var page = File.ReadAllText(Clone.File("docs", "lint.md"));
        foreach (var rule in LintRule.All)
            Assert.That(page, Does.Contain($"| `{rule.Name}` | {string.Join(", ", rule.Requirements.Select(id => Catalogue.Of(id).Name))} | {rule.Duty}"));
    }

    /// <summary>The same mistake over and over is one finding that says how often, and one of another device is another.</summary>
    [Test]
    public void What_comes_again_is_counted()
    {
        var seed = LintSeed.All.First(seed => seed.Rule == LintRule.TouchedWhileStopped);
        var touch = seed.Trace.Split('\n').Single(line => line.StartsWith("pwrite", StringComparison.Ordinal));
        var judge = Judged(seed.Trace.Replace(touch, string.Join('\n', Enumerable.Repeat(touch, 7)), StringComparison.Ordinal));
        Assert.That(judge.Findings.Select(finding => finding.Occurrences), Is.EqualTo([7]));
    }

    /// <summary>The configuration space may be reached while a device is stopped, and BARs behind it.</summary>
    [TestCase("offset=0x70000000010", 0)]
    [TestCase("offset=0x50000000010", 1)]
    public void Only_bars_are_left_alone(string offset, int findings)
    {
        var seed = LintSeed.All.First(seed => seed.Rule == LintRule.TouchedWhileStopped);
        Assert.That(Judged(seed.Trace.Replace("offset=0x10", offset, StringComparison.Ordinal)).Findings, Has.Count.EqualTo(findings));
    }

    /// <summary>What nobody can know is not held against anybody: behind a failed request only GET says where a device is.</summary>
    [Test]
    public void Behind_a_failed_request_nothing_is_taken_for_known()
    {
        var lines = LintSeed.Right.Replace(
            "in=03000000ffffffff out=03000000ffffffff ret=0",
            "in=03000000ffffffff out=03000000ffffffff ret=-5",
            StringComparison.Ordinal
        );
        var rules = Judged(lines).Findings.SelectMany(finding => finding.Facts!).Where(fact => fact.StartsWith("rule=", StringComparison.Ordinal));
        // The data fd that is written elsewhere was never read to a known end: that stays a mistake.
        Assert.That(rules, Is.SubsetOf(["rule=state-taken-for-granted", "rule=leaves-resuming-early"]));
    }

    [TestCase("", "its first line is not")]
    [TestCase("hello\n", "its first line is not")]
    [TestCase("conformance-trace 2\n", "its first line is not")]
    [TestCase("conformance-trace 1\nfork pid=1\n", "'fork' is not a call of a trace")]
    [TestCase("conformance-trace 1\nread fd=1 size=2\n", "line 2: read has no ret")]
    [TestCase("conformance-trace 1\n\nread fd=1 fd=2\n", "line 3: fd stands there twice")]
    [TestCase("conformance-trace 1\nread fd=-1 size=2 ret=0\n", "'-1' is not a value of fd")]
    [TestCase("conformance-trace 1\nread fd=1 size=2 ret=-5000\n", "'-5000' is not a value of ret")]
    [TestCase("conformance-trace 1\nread fd=1 size=2 ret=0 colour=red\n", "'colour' is not a key of a trace")]
    [TestCase("conformance-trace 1\nread fd=1 size=2 ret=0 head=123\n", "'123' is not a value of head")]
    [TestCase("conformance-trace 1\nread fd\n", "'fd' is not key=value")]
    public void What_is_no_trace_is_refused_by_its_line(string text, string message) =>
        Assert.That(() => TraceReader.Read(text, "a.trace"), Throws.TypeOf<TraceException>().With.Message.Contains(message));

    [Test]
    public void Lengths_are_bounded()
    {
        var line = $"{TraceReader.Header}\nread fd=1 size=2 ret=0 head={new string('0', TraceReader.MaxLine)}\n";
        Assert.That(() => TraceReader.Read(line, "a"), Throws.TypeOf<TraceException>().With.Message.Contains("line 2 has more than 1000 characters"));
        var lines = $"{TraceReader.Header}\n{string.Concat(Enumerable.Repeat("end pid=1\n", 50))}";
        Assert.That(() => TraceReader.Read(lines, "a", 40), Throws.TypeOf<TraceException>().With.Message.Contains("more than 40 lines"));
    }

    /// <summary>Whatever stands in a trace, reading and judging it end with findings or with a refusal, and no character of it does harm in a report.</summary>
    [Test]
    public void Nothing_in_a_trace_does_harm([Range(1, 40)] int seed)
    {
        var dice = new Random(seed);
        var lines = LintSeed.All[dice.Next(LintSeed.All.Count)].Trace.Split('\n').ToList();
        var read = 0;
        for (var round = 0; round < 60; round++)
        {
            var spoiled = Spoiled(lines, dice);
            List<TraceCall> calls;
            try
            {
                calls = TraceReader.Read(spoiled, "\u001b[31mred\u202e");
            }
            catch (TraceException error)
            {
                Assert.That(error.Message, Has.None.Matches<char>(character => char.IsControl(character) || character == '\u202e'));
                continue;
            }

            read++;
            var judge = new TraceJudge();
            foreach (var call in calls)
                judge.Judge(call);
            judge.Finish();
            Assert.That(judge.Findings, Has.All.Matches<Finding>(finding => finding!.Steps.Count is > 0 and <= 40 && finding.Requirements.Count > 0));
        }

        Assert.That(read, Is.Positive, "not everything is refused");
    }

    private static string Spoiled(List<string> lines, Random dice)
    {
        var spoiled = new List<string>(lines);
        for (var changes = dice.Next(1, 6); changes > 0; changes--)
        {
            var at = dice.Next(1, spoiled.Count);
            switch (dice.Next(6))
            {
                case 0:
                    spoiled.RemoveAt(at);
                    break;
                case 1:
                    spoiled.Insert(at, spoiled[dice.Next(spoiled.Count)]);
                    break;
                case 2:
                    (spoiled[at], spoiled[^1]) = (spoiled[^1], spoiled[at]);
                    break;
                case 3:
                    var text = new StringBuilder(spoiled[at]);
                    if (text.Length > 0)
                        text[dice.Next(text.Length)] = (char)dice.Next(1, 0x300);
                    spoiled[at] = text.ToString();
                    break;
                case 4:
                    spoiled[at] = spoiled[at].Replace("fd=0", $"fd={dice.Next(3)}", StringComparison.Ordinal);
                    break;
                default:
                    var words = spoiled[at].Split(' ');
                    var word = dice.Next(words.Length);
                    words[word] = $"{words[word].Split('=')[0]}={dice.NextInt64(long.MinValue, long.MaxValue)}";
                    spoiled[at] = string.Join(' ', words);
                    break;
            }

            if (spoiled.Count < 2)
                break;
        }

        return string.Join('\n', spoiled);
    }

    private static TraceJudge Judged(string trace)
    {
        var judge = new TraceJudge();
        foreach (var call in TraceReader.Read(trace, "trace"))
            judge.Judge(call);
        judge.Finish();
        return judge;
    }
}
