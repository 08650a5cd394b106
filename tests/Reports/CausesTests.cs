using System.Globalization;
using Conformance.Reports;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

/// <summary>Findings are grouped by what caused them, and by nothing else.</summary>
public sealed class CausesTests
{
    private const string RecordedFindings = "tests/Reports/qemu-7.2-findings.tsv";
    private const string RecordedExpectations = "labs/qemu/expectations/7.2-stage1.json";

    [TestCase(
        "AF=0 expected=F_ACCESS seen=no-record",
        "AF=0 AP2=1 expected=F_ACCESS seen=no-record",
        1,
        TestName = "More conditions and the same answer: a variant"
    )]
    [TestCase(
        "AF=0 expected=F_ACCESS seen=no-record",
        "AF=0 AP2=1 expected=F_ACCESS seen=F_PERMISSION",
        1,
        TestName = "More conditions and the same expected: a variant"
    )]
    [TestCase("AF=0 expected=F_ACCESS seen=no-record", "AP1=0 expected=F_PERMISSION seen=no-record", 2, TestName = "Other conditions: another cause")]
    [TestCase("AF=0 expected=F_ACCESS seen=no-record", "AF=0 AP2=1 expected=F_PERMISSION seen=completed", 2, TestName = "Another answer: another cause")]
    [TestCase("stage=1 field=A expected=abort seen=no-record", "stage=2 field=A expected=abort seen=no-record", 1, TestName = "The stage is a circumstance")]
    [TestCase(
        "field=IPS IPS=0 table=too-large expected=F_ADDR_SIZE seen=F_WALK_EABT",
        "table=too-large expected=F_ADDR_SIZE seen=F_WALK_EABT",
        1,
        TestName = "What was met goes before the setup"
    )]
    [TestCase(
        "field=IPS IPS=0 table=too-large expected=F_ADDR_SIZE seen=F_WALK_EABT",
        "field=IPS IPS=0 output=too-large expected=F_ADDR_SIZE seen=no-record",
        2,
        TestName = "The same setup, something else met"
    )]
    [TestCase("APTable=1 expected=F_PERMISSION seen=no-record", "APTable=3 expected=F_PERMISSION seen=no-record", 1, TestName = "Two values of one field")]
    [TestCase("base=odd expected=F_PERMISSION seen=no-record", "base=hole expected=F_PERMISSION seen=no-record", 2, TestName = "Two words are two conditions")]
    [TestCase("expected=completed seen=C_BAD_STE", "field=S1CDMax expected=completed seen=C_BAD_STE", 2, TestName = "Nothing explains nothing")]
    [TestCase("expected=completed seen=C_BAD_STE", "aim=SMMU-STE-13 expected=completed seen=C_BAD_STE", 1, TestName = "No condition, the same answer")]
    [TestCase("expected=completed seen=C_BAD_STE", "expected=completed seen=C_BAD_CD", 2, TestName = "No condition, half the answer")]
    [TestCase("register=CMDQ_CONS differs=RD CS=3", "register=CMDQ_CONS differs=RD SSec=1", 2, TestName = "One register, two conditions")]
    [TestCase("register=CR0ACK differs=VMW", "register=CR0ACK differs=VMW differs=ATSCHK", 1, TestName = "One register, bits in common")]
    [TestCase("register=CR0ACK differs=VMW", "register=IRQ_CTRLACK differs=VMW", 2, TestName = "Two registers")]
    [TestCase(
        "page=asked-before edit-of=CD edit=V command=CFGI_CD expected=C_BAD_CD seen=no-record",
        "page=asked-before edit-of=CD edit=R command=CFGI_CD expected=abort seen=F_TRANSLATION",
        1,
        TestName = "A stale CD, whatever was in it"
    )]
    [TestCase(
        "page=asked-before edit-of=CD edit=V command=CFGI_CD expected=C_BAD_CD seen=no-record",
        "page=asked-before edit-of=stage1 edit=AF command=TLBI_NH_VA expected=F_ACCESS seen=no-record",
        2,
        TestName = "A stale CD and a stale translation"
    )]
    [TestCase(
        "step=set-state arc=RS>ST write-chunk=1 expected=success seen=EINVAL",
        "step=set-state arc=RS>ST arc=ST>RU write-chunk=1 expected=success seen=EINVAL",
        1,
        TestName = "The arc that fails, alone and on a way"
    )]
    [TestCase("step=set-state arc=RS>ST expected=success seen=EINVAL", "step=set-state arc=ST>RU expected=success seen=EINVAL", 2, TestName = "Two arcs")]
    [TestCase("step=set-state arc=ST>RU differs=data_fd", "step=get-state arc=ST>RU differs=data_fd", 2, TestName = "Two calls")]
    public void Two_findings_have_one_cause_or_two(string one, string other, int causes)
    {
        List<Finding> findings = [Finding("transaction", one), Finding("transaction", other)];
        Assert.That(Causes.Of(findings), Has.Count.EqualTo(causes));
        findings.Reverse();
        Assert.That(Causes.Of(findings), Has.Count.EqualTo(causes));
    }

    [Test]
    public void A_record_of_the_right_type_tells_its_cause_by_the_fields_that_differ()
    {
        var clazz = Finding("event-field", "expected=F_TRANSLATION seen=F_TRANSLATION differs=CLASS walk=none");
        var other = Finding("event-field", "expected=F_PERMISSION seen=F_PERMISSION differs=CLASS AP2=1");
        Assert.That(Causes.Of([clazz, other]), Has.Count.EqualTo(1));
        Assert.That(Causes.Of([clazz, Finding("event-field", "expected=F_PERMISSION seen=F_PERMISSION differs=RnW")]), Has.Count.EqualTo(2));
        Assert.That(Causes.Of([clazz, Finding("event-field", "expected=F_PERMISSION seen=F_ACCESS differs=Type")]), Has.Count.EqualTo(2));
    }

    [Test]
    public void Of_several_explanations_the_one_that_explains_most_has_it()
    {
        var cause = Finding("transaction", "address=from-2^48 expected=C_BAD_STE seen=no-record");
        var rival = Finding("transaction", "AF=0 expected=F_ACCESS seen=no-record");
        var both = Finding("transaction", "address=from-2^48 AF=0 expected=F_ACCESS seen=no-record");
        var more = Finding("transaction", "address=from-2^48 AP2=1 expected=F_PERMISSION seen=no-record");
        Assert.That(Members([cause, rival, both, more]), Is.EqualTo(["0 2 3", "1"]));
        var often = Finding("transaction", "AF=0 AP2=1 expected=F_ACCESS seen=no-record");
        Assert.That(Members([cause, rival, both, often]), Is.EqualTo(["0", "1 2 3"]));
    }

    [Test]
    public void A_crash_is_told_by_its_last_words_without_numbers()
    {
        static Finding Crash(string words, string facts) => Finding("crash", facts) with { Verdict = RequirementVerdict.Crash, LastWords = words };
        var one = Crash("\nERROR:hw/x.c:603:oas2bits: code should not be reached\n", "field=IPS IPS=6");
        Assert.That(Causes.Of([one, Crash("ERROR:hw/x.c:611:oas2bits: code should not be reached", "field=T0SZ")]), Has.Count.EqualTo(1));
        Assert.That(Causes.Of([Crash("", "field=IPS IPS=6"), Crash("", "field=T0SZ")]), Has.Count.EqualTo(2), "silent, and other conditions");
        Assert.That(Causes.Of([Crash("", "field=IPS IPS=6"), Crash("", "field=IPS IPS=7 field=V")]), Has.Count.EqualTo(1));
        Assert.That(Causes.Of([one, Crash("ERROR:hw/x.c:603:decode_ste: code should not be reached", "field=IPS IPS=6")]), Has.Count.EqualTo(2));
        var kernel = Crash("BUG: unable to handle page fault at 0xffff888\nOops: 0002\nRIP: 0010:mtty_write+0x1a/0x30\nCR2: 12", "");
        Assert.That(
            Causes.Of([kernel, kernel with { LastWords = kernel.LastWords!.Replace("0xffff888", "0xdead").Replace("CR2: 12", "CR2: 13") }]),
            Has.Count.EqualTo(1)
        );
        Assert.That(Causes.Of([kernel, kernel with { LastWords = kernel.LastWords!.Replace("mtty_write", "mtty_read") }]), Has.Count.EqualTo(2));
    }

    [Test]
    public void What_is_expected_has_no_cause_and_what_has_no_facts_stays_alone()
    {
        var finding = Finding("transaction", "AF=0 expected=F_ACCESS seen=no-record");
        Assert.That(Causes.Of([finding with { Verdict = RequirementVerdict.ExpectedDeviation }]), Is.Empty);
        var silent = SampleDocuments.Red.Findings[0];
        Assert.That(Causes.Of([silent, silent with { Steps = ["SET STOP"], FailingStep = 0 }]), Has.Count.EqualTo(2));
    }

    [Test]
    public void The_finding_that_is_shown_is_the_most_urgent_and_shortest()
    {
        var warning = Finding("transaction", "AF=0 expected=F_ACCESS seen=no-record", "X-1 X-3") with
        {
            Verdict = RequirementVerdict.Warning,
            Steps = ["a"],
            Occurrences = 5,
        };
        var longer = Finding("transaction", "AF=0 expected=F_ACCESS seen=no-record", "X-2") with { Steps = ["a", "b", "c"] };
        var shortest = Finding("transaction", "AF=0 AP1=0 expected=F_ACCESS seen=no-record", "X-4 X-0") with { Steps = ["a", "b"] };
        var cause = Causes.Of([warning, longer, shortest]).Single();
        Assert.That((cause.Finding, cause.Occurrences), Is.EqualTo((2, 7)));
        Assert.That(cause.Findings, Is.EqualTo([0, 1, 2]));
        Assert.That(cause.Requirements, Is.EqualTo(["X-4", "X-0", "X-1", "X-2", "X-3"]));
        Assert.That(cause.Facts, Is.EqualTo(["AF=0", "expected=F_ACCESS", "seen=no-record"]));
    }

    /// <summary>
    /// 200 findings of a real implementation, of which it is known what causes each: how many cards they make, and whether a card mixes two causes.
    /// </summary>
    [Test]
    public void Findings_of_QEMU_make_a_card_per_cause()
    {
        var findings = Recorded();
        var causes = Causes.Of(findings);
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{findings.Count} findings, {causes.Count} causes"));
        Assert.That(causes, Has.Count.LessThanOrEqualTo(30));
        Assert.That(causes.SelectMany(cause => cause.Findings).Order(), Is.EqualTo(Enumerable.Range(0, findings.Count)), "each finding is in one cause");

        var roots = Expectations
            .Parse(File.ReadAllText(Path.Combine(PluginFiles.Root, RecordedExpectations)), RecordedExpectations)
            .Where(entry => entry.When is not null)
            .Select(entry => (entry.Link, Condition: FactCondition.Parse(entry.When)!))
            .ToList();
        foreach (var cause in causes)
        {
            var shared = cause
                .Findings.Select(index => roots.Where(root => root.Condition.Holds(findings[index].Facts!)).Select(root => root.Link).ToHashSet())
                .ToList();
            Assert.That(shared, Has.None.Empty);
            Assert.That(
                shared.Aggregate((left, right) => [.. left.Intersect(right)]),
                Is.Not.Empty,
                $"{string.Join(' ', cause.Facts ?? [])} mixes {string.Join(", ", shared.SelectMany(links => links).Distinct())}"
            );
        }
    }

    [Test]
    public void Nothing_depends_on_the_order_of_the_findings()
    {
        var findings = Recorded();
        var groups = Groups(findings);
        for (var seed = 1; seed <= 5; seed++)
        {
            var shuffled = findings.ToArray();
            new Random(seed).Shuffle(shuffled);
            Assert.That(Groups(shuffled), Is.EqualTo(groups));
        }

        static List<string> Groups(IReadOnlyList<Finding> findings) =>
            [
                .. Causes
                    .Of(findings)
                    .Select(cause =>
                        string.Join(
                            '\n',
                            [Text(findings[cause.Finding]), .. cause.Findings.Select(index => Text(findings[index])).Order(StringComparer.Ordinal)]
                        )
                    )
                    .Order(StringComparer.Ordinal),
            ];
        static string Text(Finding finding) => $"{string.Join(' ', finding.Requirements)} {finding.Kind} {string.Join(' ', finding.Facts!)}";
    }

    private static List<string> Members(List<Finding> findings) => [.. Causes.Of(findings).Select(cause => string.Join(' ', cause.Findings))];

    private static List<Finding> Recorded() =>
        [
            .. File.ReadLines(Path.Combine(PluginFiles.Root, RecordedFindings))
                .Where(line => line[0] != '#')
                .Select(line => line.Split('\t'))
                .Select(cells =>
                    Finding(cells[0], cells[5], cells[2]) with
                    {
                        Verdict = cells[1] == "warning" ? RequirementVerdict.Warning : RequirementVerdict.Violation,
                        Occurrences = long.Parse(cells[3], CultureInfo.InvariantCulture),
                        Steps = [.. Enumerable.Repeat("a step", int.Parse(cells[4], CultureInfo.InvariantCulture))],
                    }
                ),
        ];

    private static Finding Finding(string kind, string facts, string requirements = "X-1") =>
        new()
        {
            Requirements = requirements.Split(' '),
            Kind = kind,
            Verdict = RequirementVerdict.Violation,
            Campaign = "walks",
            Expected = "what is right",
            Seen = "what is wrong",
            Facts = facts.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
}
