using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class RenderingTests
{
    private const string Nasty =
        "\u001b[31mred\u0000\u202eevil\u2066 ]]> </failure> & \"' `code` | <script> @everyone #1 [link](http://x) \ud800 \u009b2J \ufeff end\nsecond "
        + "line\r\n\u2028third \U000E0041tag";

    private static IEnumerable<Func<ResultDocument, string>> Renderings() =>
        [.. Conformance.Reports.Renderings.All.Where(row => row.Name != "json").Select(row => row.Render)];

    [Test]
    public void Console_names_everything_that_is_wrong()
    {
        var text = ConsoleSummary.Render(SampleDocuments.Red);
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("VIOLATION MIG-FSM-06 (MUST)"));
            Assert.That(text, Does.Contain("The statement of MIG-FSM-06 holds."));
            Assert.That(text, Does.Contain("expected  SET RU>SC: success, then STOP_COPY"));
            Assert.That(text, Does.Contain("seen      success, then STOP"));
            Assert.That(text, Does.Contain("  >    3  GET state   <-- here"));
            Assert.That(text, Does.Contain("conformance check reference:full --suite migration --campaign breadth-first --plans 256 --seed 1"));
            Assert.That(text, Does.Contain("NOT EXERCISED: 3"));
            Assert.That(text, Does.Contain("    2  needs a workload that does DMA: MIG-STOP-01 MIG-STOP-02"));
            Assert.That(text, Does.Contain("    1  no reason given: DLOG-01!"));
            Assert.That(text, Does.Contain("HANG MIG-FSM-27"));
            Assert.That(text, Does.Contain("CRASH MIG-RES-17"));
            Assert.That(text, Does.Contain("| System.OutOfMemoryException"));
            Assert.That(text, Does.Contain("abandoned after 3 hangs"));
            Assert.That(text, Does.Contain("line 7: MIG-ERR-07 passes now"));
            Assert.That(
                text,
                Does.EndWith(
                    "DOES NOT CONFORM: 5 requirements fail (1 crash, 1 hang, 1 violation, 1 flaky, 1 unexpected pass) in 3 findings, 1 expectation "
                        + "that does not hold (exit code 1)\n"
                )
            );
        });
    }

    /// <summary>Two findings with one cause, and one with another: two cards wherever a person reads.</summary>
    [Test]
    public void A_cause_has_one_card()
    {
        Finding Of(string requirement, string seen, params string[] facts) =>
            SampleDocuments.Red.Findings[0] with
            {
                Requirements = [requirement],
                Seen = seen,
                Facts = facts,
            };
        RequirementResult Row(string id, int finding) => SampleDocuments.Row(id, RequirementVerdict.Violation) with { Violated = 3, Finding = finding };
        var document = SampleDocuments.Green with
        {
            Requirements = [Row("MIG-FSM-06", 0), Row("MIG-FSM-07", 1), Row("MIG-FSM-08", 2)],
            Findings =
            [
                Of("MIG-FSM-06", "first words", "arc=ST>SC", "seen=EIO"),
                Of("MIG-FSM-07", "second words", "arc=RU>ST", "arc=ST>SC", "seen=EIO"),
                Of("MIG-FSM-08", "third words", "arc=ST>RS", "seen=EIO"),
            ],
        };
        var console = ConsoleSummary.Render(document);
        Assert.That(console, Does.Contain("  seen as   1 more variant: MIG-FSM-07; 6 plans in all").And.Contain("  alike in  arc=ST>SC seen=EIO"));
        Assert.That(console, Does.Contain("VIOLATION MIG-FSM-08").And.Not.Contain("VIOLATION MIG-FSM-07").And.Not.Contain("second words"));
        Assert.That(console, Does.EndWith("3 requirements fail (3 violations) in 2 causes (3 findings) (exit code 1)\n"));
        var markdown = MarkdownSummary.Render(document);
        Assert.That(markdown.Split("\n### ").Length - 1, Is.EqualTo(2));
        Assert.That(markdown, Does.Contain("- seen as: 1 more variant: MIG-FSM-07"));
        var ktap = Ktap.Render(document);
        Assert.That(ktap.Split("again ").Length - 1, Is.EqualTo(2));
        Assert.That(ktap, Does.Contain("shown with MIG-FSM-06"));
        var cases = XDocument
            .Parse(JUnitXml.Render(document))
            .Descendants("testcase")
            .ToDictionary(row => row.Attribute("name")!.Value, row => row.Element("failure")!.Value);
        Assert.That(cases["MIG-FSM-06"], Does.Contain("seen as   1 more variant").And.Contain("\nplan\n"));
        Assert.That(cases["MIG-FSM-07"], Does.Contain("second words").And.Contain("shown with MIG-FSM-06").And.Not.Contain("\nplan\n"));
        Assert.That(cases["MIG-FSM-08"], Does.Contain("third words").And.Contain("\nplan\n"));
    }

    [Test]
    public void Console_of_a_conforming_driver_ends_with_that()
    {
        var lines = ConsoleSummary.Lines(SampleDocuments.Green);
        Assert.That(lines[^1], Is.EqualTo(new ConsoleLine(Tone.Good, "CONFORMS (exit code 0) in the 2 of 3 requirements that were exercised")));
        Assert.That(lines.Select(line => line.Text), Has.Some.EqualTo("3 requirements: 0 violations, 0 warnings, 1 NOT EXERCISED, 2 passed"));
    }

    [Test]
    public void How_far_a_verdict_reaches_is_said_of_conformance_alone()
    {
        var all = SampleDocuments.Green with { Requirements = [.. SampleDocuments.Green.Requirements.Take(2)] };
        Assert.That(ConsoleSummary.Render(all), Does.EndWith("\nCONFORMS (exit code 0) in all requirements that were asked: 2\n"));
        Assert.That(MarkdownSummary.Render(SampleDocuments.Green), Does.StartWith("# CONFORMS in the 2 of 3 requirements that were exercised\n"));
        Assert.That(ConsoleSummary.Render(SampleDocuments.Red), Does.EndWith("(exit code 1)\n"));
        var shard = SampleDocuments.Green with { Run = SampleDocuments.Green.Run with { Shard = "1/2" } };
        Assert.That(ConsoleSummary.Render(shard), Does.EndWith("(exit code 0)\n").And.Not.Contain("CONFORMS"));
    }

    /// <summary>The facts are what an entry of an expectations file is written from.</summary>
    [Test]
    public void A_card_has_the_facts_of_its_finding()
    {
        var finding = SampleDocuments.Red.Findings[0] with { Facts = ["step=get-state", "seen=success"] };
        var document = SampleDocuments.Red with { Findings = [finding, .. SampleDocuments.Red.Findings.Skip(1)] };
        Assert.That(ConsoleSummary.Render(document), Does.Contain("\n  facts     step=get-state seen=success\n"));
        Assert.That(MarkdownSummary.Render(document), Does.Contain("\n- facts: step=get-state seen=success\n"));
        Assert.That(Ktap.Render(document), Does.Contain("#   facts     step=get-state seen=success\n"));
        Assert.That(JUnitXml.Render(document), Does.Contain("facts     step=get-state seen=success"));
        Assert.That(FindingText.Of(finding), Does.Contain("\nfacts     step=get-state seen=success\n"));
        // As replay shows it.
        Assert.That(ConsoleSummary.Card(document, finding).Select(line => line.Text), Has.Member("  facts     step=get-state seen=success"));
        var many = finding with { Facts = [.. Enumerable.Range(1, 50).Select(number => $"field=F{number}")] };
        Assert.That(FindingText.Of(many), Does.Contain("field=F40 and 10 more\n").And.Not.Contain("field=F41"));
    }

    /// <summary>A run that asked for one requirement of a finding alone has no row of the one that names it.</summary>
    [Test]
    public void A_card_leads_with_the_requirement_that_was_asked()
    {
        var rows = SampleDocuments.Red.Requirements.Where(row => row.Id != "MIG-FSM-06");
        var asked = SampleDocuments.Row("MIG-FSM-07", RequirementVerdict.Violation) with { Strength = "CONV", Finding = 0 };
        var document = SampleDocuments.Red with { Requirements = [.. rows, asked] };
        Assert.That(
            ConsoleSummary.Render(document),
            Does.Contain("\nVIOLATION MIG-FSM-07 (CONV)\n  The statement of MIG-FSM-07 holds.\n").And.Contain("\n  also      MIG-FSM-06\n")
        );
        Assert.That(MarkdownSummary.Render(document), Does.Contain("### violation MIG-FSM-07 (CONV)").And.Contain("- also: MIG-FSM-06"));
        Assert.That(ConsoleSummary.Render(SampleDocuments.Red), Does.Contain("VIOLATION MIG-FSM-06 (MUST)").And.Contain("  also      MIG-FSM-07"));
    }

    /// <summary>What is not exercised may be a screen; below it stands what was found.</summary>
    [Test]
    public void The_last_lines_name_what_was_found()
    {
        var lines = ConsoleSummary.Lines(SampleDocuments.Red);
        var heading = lines.ToList().FindIndex(line => line.Text == "FINDINGS: 4, the cards are above");
        Assert.That(heading, Is.GreaterThan(lines.ToList().FindIndex(line => line.Text.StartsWith("NOT EXERCISED: ", StringComparison.Ordinal))));
        Assert.That(
            lines.Skip(heading + 1).Take(5),
            Is.EqualTo(
                new ConsoleLine[]
                {
                    new(Tone.Bad, "  VIOLATION MIG-FSM-06 (MUST)"),
                    new(Tone.Bad, "  HANG MIG-FSM-27 (MUST)"),
                    new(Tone.Bad, "  CRASH MIG-RES-17 (MUST)"),
                    new(Tone.Attention, "  WARNING ABI-12 (SHOULD)"),
                    new(Tone.Plain, ""),
                }
            )
        );
        Assert.That(ConsoleSummary.Render(SampleDocuments.Green), Does.Not.Contain("FINDINGS"));
        var many = SampleDocuments.Red with
        {
            Findings = [.. Enumerable.Range(1, 40).Select(number => SampleDocuments.Red.Findings[0] with { Kind = $"kind {number}" })],
        };
        Assert.That(ConsoleSummary.Render(many), Does.Contain("FINDINGS: 40, ").And.Contain("\n  and 28 more\n"));
    }

    [Test]
    public void Markdown_tells_a_sentence_and_an_answer_once()
    {
        var text = MarkdownSummary.Render(SampleDocuments.Red);
        foreach (var once in new[] { "The statement of MIG-FSM-06 holds.", "no answer", "the process ended with 134" })
            Assert.That(text.Split(once).Length - 1, Is.EqualTo(1), once);
    }

    [Test]
    public void JUnit_counts_what_it_holds()
    {
        var root = XDocument.Parse(JUnitXml.Render(SampleDocuments.Red)).Root!;
        Assert.That(root.Name.LocalName, Is.EqualTo("testsuites"));
        foreach (var element in root.Elements("testsuite").Append(root))
        {
            Assert.Multiple(() =>
            {
                Assert.That(Number(element, "tests"), Is.EqualTo(element.Descendants("testcase").Count()));
                Assert.That(Number(element, "failures"), Is.EqualTo(element.Descendants("failure").Count()));
                Assert.That(Number(element, "errors"), Is.EqualTo(element.Descendants("error").Count()));
                Assert.That(Number(element, "skipped"), Is.EqualTo(element.Descendants("skipped").Count()));
            });
        }

        var failing = root.Descendants("testcase").Single(row => row.Attribute("name")!.Value == "MIG-FSM-06");
        Assert.That(failing.Attribute("classname")!.Value, Is.EqualTo("conformance.MIG-FSM"));
        Assert.That(failing.Element("failure")!.Attribute("message")!.Value, Does.Contain("The statement of MIG-FSM-06 holds. Seen: success, then STOP"));
        Assert.That(failing.Element("failure")!.Value, Does.Contain(">    3  GET state"));
        Assert.That(root.Descendants("testcase").Single(row => row.Attribute("name")!.Value == "ABI-12").Element("system-out"), Is.Not.Null);
        Assert.That(
            root.Descendants("property").First(row => row.Attribute("name")!.Value == "driver").Attribute("value")!.Value,
            Is.EqualTo("reference:full")
        );
    }

    [Test]
    public void JUnit_makes_warnings_failures_when_strict()
    {
        var root = XDocument.Parse(JUnitXml.Render(SampleDocuments.Red with { Run = SampleDocuments.Red.Run with { Strict = true } })).Root!;
        Assert.That(root.Descendants("testcase").Single(row => row.Attribute("name")!.Value == "ABI-12").Element("failure"), Is.Not.Null);
    }

    [Test]
    public void Markdown_has_a_table_and_the_findings()
    {
        var text = MarkdownSummary.Render(SampleDocuments.Red);
        Assert.That(text, Does.StartWith("# DOES NOT CONFORM"));
        Assert.That(text, Does.Contain("| MIG-FSM |"));
        Assert.That(text, Does.Contain("### violation MIG-FSM-06 (MUST)"));
        Assert.That(text, Does.Contain("| needs a workload that does DMA | MIG-STOP-01, MIG-STOP-02 |"));
    }

    [TestCaseSource(nameof(Renderings))]
    public void Driver_strings_are_harmless(Func<ResultDocument, string> render)
    {
        var text = render(SampleDocuments.Hostile(Nasty));
        foreach (var rune in text.EnumerateRunes().Where(rune => rune.Value != '\n'))
            Assert.That(
                Rune.GetUnicodeCategory(rune),
                Is.Not.AnyOf(
                    UnicodeCategory.Control,
                    UnicodeCategory.Format,
                    UnicodeCategory.Surrogate,
                    UnicodeCategory.LineSeparator,
                    UnicodeCategory.ParagraphSeparator
                )
            );
        if (render == JUnitXml.Render)
            XDocument.Parse(text);
        if (render == Ktap.Render)
            KtapReader.Read(text);
        if (render == MarkdownSummary.Render)
            Assert.That(OutsideOfFences(text), Does.Not.Contain("<script>").And.Not.Contain("@everyone").And.Not.Contain("](http"));
    }

    [TestCaseSource(nameof(Renderings))]
    public void A_megabyte_in_every_string_stays_readable(Func<ResultDocument, string> render)
    {
        var text = render(SampleDocuments.Hostile(new string('A', 1 << 20)));
        Assert.That(text, Has.Length.LessThan(1 << 18));
        Assert.That(text, Does.Contain("more characters)"));
    }

    /// <summary>A job summary above 1 MiB is refused whole, in bytes: "ü" has two of them.</summary>
    [Test]
    public void Markdown_never_exceeds_what_a_job_summary_may_hold()
    {
        var finding = SampleDocuments.Red.Findings[0] with
        {
            Seen = new('ü', 5_000),
            LastWords = new('ü', 50_000),
            Steps = [.. Enumerable.Repeat(new string('ü', 400), 300)],
        };
        var rows = Enumerable
            .Range(1, 20_000)
            .Select(number => SampleDocuments.Row($"MIG-RES-{number}", RequirementVerdict.NotExercised) with { Reason = $"{number} {new string('ü', 290)}" });
        var text = MarkdownSummary.Render(
            SampleDocuments.Red with
            {
                Findings = [.. Enumerable.Range(1, 5_000).Select(number => finding with { Kind = $"kind {number}" })],
                Requirements = [.. rows],
            }
        );
        Assert.That(Encoding.UTF8.GetByteCount(text), Is.InRange(500_000, 1 << 20));
        Assert.That(text, Does.Contain("more findings are in result.json").And.EndsWith("The rest is in result.json.\n"));
        Assert.That(text.Split('\n').Count(line => line.StartsWith("```", StringComparison.Ordinal)) % 2, Is.Zero);
    }

    [Test]
    public void A_group_with_a_gap_that_nobody_must_fill_is_no_failure()
    {
        var rows = new[]
        {
            SampleDocuments.Row("ABI-01", RequirementVerdict.Pass),
            SampleDocuments.Row("ABI-02", RequirementVerdict.NotExercised) with
            {
                Reason = "later",
            },
        };
        Tone Of(params RequirementResult[] group) =>
            ConsoleSummary
                .Lines(SampleDocuments.Green with { Requirements = group })
                .First(line => line.Text.StartsWith("  ABI ", StringComparison.Ordinal))
                .Tone;
        Assert.That(Of(rows), Is.EqualTo(Tone.Good));
        Assert.That(Of(rows[0], rows[1] with { Mandatory = true }), Is.EqualTo(Tone.Attention));
        Assert.That(Of(rows[1]), Is.EqualTo(Tone.Faint));
        Assert.That(Of(rows[0], SampleDocuments.Row("ABI-03", RequirementVerdict.Violation)), Is.EqualTo(Tone.Bad));
    }

    [TestCaseSource(nameof(Renderings))]
    public void Renderings_are_functions_of_the_document(Func<ResultDocument, string> render)
    {
        var culture = CultureInfo.CurrentCulture;
        var first = render(SampleDocuments.Red);
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberGroupSeparator = "'", NumberDecimalSeparator = "," } };
            Assert.That(render(SampleDocuments.Red), Is.EqualTo(first));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        Assert.That(first, Does.Not.Contain('\r').And.EndsWith("\n"));
    }

    [Test]
    public void Neighbours_are_written_as_a_range()
    {
        var rows = Enumerable
            .Range(1, 9)
            .Where(number => number != 6)
            .Select(number => SampleDocuments.Row($"MIG-RES-{number:00}", RequirementVerdict.NotExercised) with { Reason = "later", Mandatory = number > 7 });
        Assert.That(
            ConsoleSummary.Render(SampleDocuments.Green with { Requirements = [.. rows] }),
            Does.Contain("    8  later: MIG-RES-01..05 MIG-RES-07 MIG-RES-08! MIG-RES-09!\n")
        );
    }

    [Test]
    public void Long_plans_are_cut_around_the_failing_step()
    {
        var finding = SampleDocuments.Red.Findings[0] with { Steps = [.. Enumerable.Range(1, 5_000).Select(number => $"step {number}")], FailingStep = 4_000 };
        var text = ConsoleSummary.Render(SampleDocuments.Red with { Findings = [finding, .. SampleDocuments.Red.Findings.Skip(1)] });
        Assert.That(text, Does.Contain("> 4001  step 4001   <-- here").And.Contain("steps before").And.Contain("steps after"));
        Assert.That(text.Split('\n'), Has.Length.LessThan(250));
    }

    [TestCase("reference:full", "reference:full")]
    [TestCase("vfio:x?guest=./boot {socket}", "'vfio:x?guest=./boot {socket}'")]
    [TestCase("it's", "'it'\\''s'")]
    [TestCase("$(reboot)", "'$(reboot)'")]
    [TestCase("", "''")]
    public void Shell_words_are_quoted_when_need_be(string text, string word) => Assert.That(Escaping.ShellWord(text), Is.EqualTo(word));

    private static int Number(XElement element, string name) => int.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static string OutsideOfFences(string markdown)
    {
        var outside = new StringBuilder();
        var fence = "";
        foreach (var line in markdown.Split('\n'))
        {
            var ticks = line.TakeWhile(character => character == '`').Count();
            if (fence.Length == 0 && ticks >= 3)
                fence = new string('`', ticks);
            else if (fence.Length > 0 && line == fence)
                fence = "";
            else if (fence.Length == 0)
                outside.Append(line.Split('`')[0]).Append('\n');
        }

        return outside.ToString();
    }
}
