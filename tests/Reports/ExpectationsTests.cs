using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Reports;

[Category("quick")]
public sealed class ExpectationsTests
{
    private const string Known = """
        [
          // Both are in the errata of firmware 1.2.
          { "requirement": "MIG-FSM-06", "verdict": "violation", "reason": "stops one arc early", "link": "https://example.org/1", "expires": "2026-12-31" },
          {
            "requirement": "MIG-FSM-27", "when": "SET PRE_COPY", "verdict": "hang", "reason": "core before 6.12.96", "link": "https://example.org/2", "expires": "2026-12-31",
          },
          { "requirement": "MIG-STOP-01", "verdict": "not-exercised", "reason": "no DMA engine", "link": "https://example.org/3", "expires": "2026-12-31" },
          { "requirement": "ABI-12", "verdict": "warning", "reason": "writes the tail", "link": "https://example.org/4", "expires": "2026-12-31" },
        ]
        """;

    private static readonly DateOnly today = new(2026, 6, 1);

    private static readonly ResultDocument deviating = SampleDocuments.Red with
    {
        Requirements = [.. SampleDocuments.Red.Requirements.Where(row => row.Id is "ABI-01" or "ABI-12" or "MIG-FSM-06" or "MIG-FSM-27" or "MIG-STOP-01")],
        Findings = [.. SampleDocuments.Red.Findings.Take(3)],
        ExpectationErrors = [],
        HarnessErrors = [],
        Notes = [],
        Run = SampleDocuments.Red.Run with { Strict = true },
    };

    [TestCase("stge=2", "seen: violation; no fact is about stge: the facts of this run have the keys field, stage; mend or remove the entry")]
    [TestCase("stage 2", "seen: violation; the facts of this run have the keys field, stage; mend or remove the entry")]
    [TestCase("stage=1", "seen: violation; no finding has stage=1: seen were stage=2, stage=nested; mend or remove the entry")]
    [TestCase("stage=2 and field=S2TOSZ", "seen: violation; no finding has field=S2TOSZ: seen were field=S2T0SZ, field=V; mend or remove the entry")]
    [TestCase("stage=1|field=S2", "no finding has stage=1|field=S2: seen were field=S2T0SZ, field=V, stage=2, stage=nested; mend or remove the entry")]
    [TestCase("stage=2 and field=V", "seen: violation; no finding has all of it: the nearest lacks field=V; mend or remove the entry")]
    public void A_condition_that_names_no_fact_is_told_what_there_is(string when, string mentions)
    {
        var document = deviating with
        {
            Findings =
            [
                deviating.Findings[0] with
                {
                    Facts = ["stage=2", "field=S2T0SZ"],
                },
                deviating.Findings[1] with
                {
                    Facts = ["stage=nested", "field=V"],
                },
                .. deviating.Findings.Skip(2),
            ],
        };
        var entry = new Expectation
        {
            Requirement = "MIG-FSM-06",
            When = when,
            Verdict = "violation",
            Reason = "known",
            Link = "https://example.org/1",
            Expires = "2026-12-31",
            Line = 2,
        };
        Assert.That(Expectations.Apply(document, [entry], today).ExpectationErrors.Single(), Does.EndWith(mentions));
    }

    [Test]
    public void What_is_accepted_with_an_entry_names_that_entry()
    {
        var document = deviating with
        {
            Requirements = [SampleDocuments.Row("MIG-FSM-06", RequirementVerdict.Violation), SampleDocuments.Row("ABI-12", RequirementVerdict.Violation)],
            Findings = [deviating.Findings[0] with { Requirements = ["MIG-FSM-06", "ABI-12"], Facts = ["field=V"] }],
        };
        var entry = new Expectation
        {
            Requirement = "ABI-12",
            When = "field=V",
            Verdict = "violation",
            Reason = "known",
            Link = "https://example.org/1",
            Expires = "2026-12-31",
        };
        Assert.That(Expectations.Apply(document, [entry], today).Requirements.Select(row => row.Reason), Is.EqualTo(["known (with ABI-12)", "known"]));
    }

    [Test]
    public void Known_deviations_do_not_fail_the_run()
    {
        Assert.That(deviating.ExitCode, Is.EqualTo(1));
        var document = Apply(Known);
        Assert.That(document.ExpectationErrors, Is.Empty);
        Assert.That(document.ExitCode, Is.EqualTo(0));
        Assert.That(document.Requirements.Where(row => row.Id != "ABI-01").Select(row => row.Verdict), Is.All.EqualTo(RequirementVerdict.ExpectedDeviation));
        Assert.That(document.Findings.Select(finding => finding.Verdict), Is.All.EqualTo(RequirementVerdict.ExpectedDeviation));
        Assert.That(document.Requirements.Single(row => row.Id == "MIG-FSM-06"), Has.Property(nameof(RequirementResult.Reason)).EqualTo("stops one arc early"));
    }

    [TestCase("MIG-FSM-06")]
    [TestCase("MIG-FSM-27")]
    [TestCase("ABI-12")]
    public void A_line_that_is_removed_makes_the_run_red(string requirement)
    {
        var entries = Expectations.Parse(Known, "x.json").Where(entry => entry.Requirement != requirement).ToList();
        var document = Expectations.Apply(deviating, entries, today);
        Assert.That(document.ExitCode, Is.EqualTo(1));
        Assert.That(document.Requirements.Single(row => row.Id == requirement).Verdict.Fails(strict: true), Is.True);
    }

    [Test]
    public void A_line_that_is_not_needed_makes_the_run_red()
    {
        var document = Apply(
            Known.Replace("MIG-FSM-06", "ABI-01", StringComparison.Ordinal),
            deviating with
            {
                Findings = [deviating.Findings[0] with { Verdict = RequirementVerdict.ExpectedDeviation }, .. deviating.Findings.Skip(1)],
            }
        );
        Assert.That(document.ExpectationErrors, Is.EqualTo(["line 3: ABI-01: violation was expected, seen: pass; remove the entry"]));
        Assert.That(document.Requirements.Single(row => row.Id == "ABI-01").Verdict, Is.EqualTo(RequirementVerdict.UnexpectedPass));
        Assert.That(document.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public void Every_line_is_needed_when_all_is_well()
    {
        var fine = deviating with
        {
            Findings = [],
            Requirements =
            [
                .. deviating.Requirements.Select(row =>
                    row with
                    {
                        Verdict = RequirementVerdict.Pass,
                        Exercised = 1,
                        Violated = 0,
                        Warned = 0,
                        Finding = null,
                    }
                ),
            ],
        };
        Assert.That(fine.ExitCode, Is.EqualTo(0));
        var document = Apply(Known, fine);
        Assert.That(document.ExitCode, Is.EqualTo(1));
        Assert.That(document.ExpectationErrors.Select(error => error[..6]), Is.EqualTo(["line 3", "line 4", "line 7", "line 8"]));
        Assert.That(document.Requirements.Where(row => row.Id != "ABI-01").Select(row => row.Verdict), Is.All.EqualTo(RequirementVerdict.UnexpectedPass));
    }

    [Test]
    public void A_condition_that_does_not_hold_makes_the_run_red()
    {
        var document = Apply(Known.Replace("SET PRE_COPY", "SET RESUMING", StringComparison.Ordinal));
        Assert.That(document.ExpectationErrors, Is.EqualTo(["line 4: MIG-FSM-27: hang with 'SET RESUMING' was expected, seen: hang; remove the entry"]));
        Assert.That(document.Requirements.Single(row => row.Id == "MIG-FSM-27").Verdict, Is.EqualTo(RequirementVerdict.Hang));
    }

    [Test]
    public void Another_deviation_of_the_same_requirement_is_not_excused()
    {
        var more = deviating with { Findings = [.. deviating.Findings, deviating.Findings[0] with { Kind = "crash", Verdict = RequirementVerdict.Crash }] };
        var row = Apply(Known, more).Requirements.Single(candidate => candidate.Id == "MIG-FSM-06");
        Assert.That(row.Verdict, Is.EqualTo(RequirementVerdict.Crash));
        Assert.That(row.Finding, Is.EqualTo(3));
    }

    [Test]
    public void An_entry_that_expired_makes_the_run_red()
    {
        Assert.That(Expectations.Apply(deviating, Expectations.Parse(Known, "x.json"), new DateOnly(2026, 12, 31)).ExitCode, Is.EqualTo(0));
        var document = Expectations.Apply(deviating, Expectations.Parse(Known, "x.json"), new DateOnly(2027, 1, 1));
        Assert.That(document.ExpectationErrors, Has.Count.EqualTo(4));
        Assert.That(document.ExpectationErrors[0], Is.EqualTo("line 3: MIG-FSM-06: expired on 2026-12-31: decide again"));
        Assert.That(document.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public void A_run_of_a_part_does_not_judge_what_it_did_not_see()
    {
        var part = deviating with
        {
            Findings = [],
            Requirements = [SampleDocuments.Row("ABI-01", RequirementVerdict.Pass) with { Exercised = 1 }],
            Run = deviating.Run with { Campaign = "probes" },
        };
        var document = Apply(Known, part);
        Assert.That(document.ExitCode, Is.EqualTo(0));
        Assert.That(document.Notes, Has.Count.EqualTo(4));
    }

    [TestCase("", "line 1")]
    [TestCase("{}", "line 1: not a JSON array")]
    [TestCase("[\n{\"requirement\": \"MIG-FSM-06\"\n", "line ")]
    [TestCase("[\n7]", "line 2")]
    [TestCase("[\nnull]", "line 2")]
    [TestCase("[] []", "line 1")]
    public void Files_that_are_no_list_are_refused(string json, string message) =>
        Assert.That(
            Assert.Throws<ExpectationsException>(() => Expectations.Parse(json, "known.json"))!.Message,
            Does.StartWith("known.json: ").And.Contain(message)
        );

    [TestCase("\"MIG-FSM-06\"", "\"MIG-FSM-99\"", "line 3: there is no requirement 'MIG-FSM-99'")]
    [TestCase("\"reason\": \"stops one arc early\", ", "", "line 3: reason is missing")]
    [TestCase("\"reason\": \"stops one arc early\"", "\"reason\": \" \"", "line 3: reason is missing")]
    [TestCase("\"link\": \"https://example.org/2\", ", "", "line 4: link is missing")]
    [TestCase("\"verdict\": \"hang\"", "\"verdict\": \"pass\"", "line 4: verdict 'pass' is none of violation, warning, not-exercised, hang, crash")]
    [TestCase("\"expires\": \"2026-12-31\"", "\"expires\": \"soon\"", "line 3: expires is missing or not a date like 2026-12-31")]
    [TestCase("\"when\": \"SET PRE_COPY\"", "\"when\": \"\"", "line 4: when is empty")]
    [TestCase("\"when\": \"SET PRE_COPY\"", "\"whenn\": \"SET PRE_COPY\"", "whenn")]
    public void Entries_that_are_wrong_are_refused_with_their_line(string before, string after, string message)
    {
        var at = Known.IndexOf(before, StringComparison.Ordinal);
        var json = string.Concat(Known.AsSpan(0, at), after, Known.AsSpan(at + before.Length));
        Assert.That(
            Assert.Throws<ExpectationsException>(() => Expectations.Parse(json, "known.json"))!.Message,
            Does.StartWith("known.json: ").And.Contain(message)
        );
    }

    private static ResultDocument Apply(string json, ResultDocument? document = null) =>
        Expectations.Apply(document ?? deviating, Expectations.Parse(json, "known.json"), today);
}
