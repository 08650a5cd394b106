using System.Globalization;

namespace Conformance.Reports;

/// <summary>Sentences that several renderings share.</summary>
public static class Wording
{
    /// <summary>The suite of a run that judged the user of a driver by a trace of its calls.</summary>
    public const string Lint = "lint";

    private static bool IsLint(RunFacts run) => run.Suites is [Lint];

    /// <summary>"reference:full, in-process, uAPI 7.2, ...".</summary>
    internal static string Driver(DriverFacts driver) => $"{Escaping.Line(driver.Address, 200)}, {DriverDetails(driver)}";

    /// <summary>What is known of a driver besides its address: "in-process, uAPI 7.2, ...".</summary>
    internal static string DriverDetails(DriverFacts driver)
    {
        List<string> parts = [Escaping.Line(driver.Channel, 40)];
        if (driver.Description is { } description)
        {
            parts.Add(Escaping.Line(description, 300));
            return string.Join(", ", parts);
        }

        parts.Add(driver.Level is { } level ? $"uAPI {Escaping.Line(level, 20)}" : "uAPI level unknown");
        parts.Add(driver.Features is { } features ? $"features {Escaping.Line(features.Text, 100)}" : "features unknown");
        if (driver.Traits is { } traits)
            parts.Add($"traits {Escaping.Line(traits, 40)}");
        return string.Join(", ", parts);
    }

    /// <summary>Which build of what was asked: "kernel Linux 6.12.117, driver mtty srcversion 1F"; empty when the kit's own version says it.</summary>
    internal static string Identity(DriverFacts driver) =>
        string.Join(", ", driver.Identity.Select(fact => $"{Escaping.Line(fact.Name, 40)} {Escaping.Line(fact.Value, 300)}"));

    /// <summary>What was asked for and how much ran.</summary>
    internal static string Run(ResultDocument document)
    {
        var run = document.Run;
        if (IsLint(run))
            return $"lint{(run.Strict ? ", strict" : "")}, {Count(document.Campaigns.Sum(row => row.Steps), "call", "calls")} judged";
        List<string> parts =
        [
            string.Join(",", run.Suites.Select(suite => Escaping.Line(suite, 40))),
            Invariant($"seed {run.Seed}"),
            Invariant($"plans {run.Plans}"),
        ];
        if (run.Requirement is { } requirement)
            parts.Insert(1, $"requirement {Escaping.Line(requirement, 80)} only");
        if (run.Campaign is { } campaign)
            parts.Insert(1, $"campaign {Escaping.Line(campaign, 80)} only");
        if (run.BudgetSeconds is { } budget)
            parts.Add(Invariant($"budget {budget:0.###} s"));
        if (run.FailFast)
            parts.Add("fail-fast");
        if (run.Shard is { } shard)
            parts.Add($"shard {Escaping.Line(shard, 20)}");
        if (run.Shards is { } shards)
            parts.Add(Invariant($"{shards} shards"));
        if (run.Strict)
            parts.Add("strict");
        parts.Add(Invariant($"{document.Campaigns.Sum(row => row.Plans):N0} plans and {document.Campaigns.Sum(row => row.Steps):N0} steps ran"));
        return string.Join(", ", parts);
    }

    /// <summary>What cut a run short.</summary>
    internal static string WhyCutShort(ResultDocument document) => document.Run.EndedByFinding ? "a finding ended the run (--fail-fast)" : "the budget ran out";

    /// <summary>How far a verdict of conformance reaches: what was exercised, of all that was asked; empty for other verdicts and for a shard.</summary>
    internal static string Reach(ResultDocument document)
    {
        if (document.Verdict != RunVerdict.Conforms || document.Run.Shard is not null)
            return "";
        var all = document.Counts.All;
        var exercised = all - document.Counts.NotExercised;
        return exercised == all
            ? Invariant($" in all requirements that were asked: {all}")
            : Invariant($" in the {exercised} of {all} requirements that were exercised");
    }

    /// <summary>The last word: what the run says, in one line.</summary>
    internal static string Conclusion(ResultDocument document)
    {
        var mandatory = document.Requirements.Count(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised);
        var missing =
            document.Driver.Features is { Value: 0 } ? "the device has no migration"
            : document.Run.Unfinished && mandatory == 0 ? "not every campaign was through"
            : mandatory > 0 ? Count(mandatory, "mandatory requirement not exercised", "mandatory requirements not exercised")
            : "nothing was exercised";
        if (mandatory == 0 && document.Driver.Features is not { Value: 0 } && Vacuous(document) is { Count: > 0 } vacuous)
            missing = Count(vacuous.Count, "campaign that did not see what it is for", "campaigns that did not see what they are for");
        var shard = document.Run.Shard is { } part ? $"shard {Escaping.Line(part, 20)}: " : "";
        var warned =
            document.Counts.Warning == 0
                ? ""
                : $", with {Count(document.Counts.Warning, RequirementVerdict.Warning)}"
                    + $"{InFindings(document, finding => finding.Verdict == RequirementVerdict.Warning)}";
        return shard
            + document.Verdict switch
            {
                RunVerdict.Conforms when shard.Length > 0 =>
                    $"nothing against the driver in this part{warned}; the verdict is that of all shards, merged by render",
                RunVerdict.Conforms => $"CONFORMS{warned}",
                RunVerdict.DoesNotConform => $"DOES NOT CONFORM: {string.Join(", ", Failing(document))}",
                RunVerdict.HarnessFailed => $"NO VERDICT: {Count(document.HarnessErrors.Count, "harness error", "harness errors")}",
                RunVerdict.BudgetRanOut => $"NO VERDICT: {WhyCutShort(document)} {Escaping.Line(document.Run.CutShort, 100)}; {missing}",
                RunVerdict.NotExercised => $"NOT EXERCISED: {missing}",
                _ => "INTERRUPTED",
            };
    }

    // Requirements and findings are counted apart: one finding may break several requirements, and several findings the same one.
    private static List<string> Failing(ResultDocument document)
    {
        bool Fails(RequirementVerdict verdict) => verdict.Fails(document.Run.Strict);
        List<string> parts = [];
        var kinds = RequirementVerdicts.ByUrgency.Where(verdict => Fails(verdict) && document.Counts[verdict] > 0).ToList();
        if (kinds.Count > 0)
        {
            var rows = Count(kinds.Sum(verdict => document.Counts[verdict]), "requirement fails", "requirements fail");
            parts.Add(
                $"{rows} ({string.Join(", ", kinds.Select(verdict => Count(document.Counts[verdict], verdict)))})"
                    + $"{InFindings(document, finding => finding.Name.Length > 0 && Fails(finding.Verdict))}"
            );
        }

        foreach (var (what, one, many) in unnamedKinds)
            if (Unnamed(document).Count(finding => Fails(finding.Verdict) && what(finding.Kind)) is > 0 and var count)
                parts.Add(Count(count, one, many));
        if (document.ExpectationErrors.Count > 0)
            parts.Add(Count(document.ExpectationErrors.Count, "expectation that does not hold", "expectations that do not hold"));
        return parts;
    }

    private static readonly (Func<string, bool> What, string One, string Many)[] unnamedKinds =
    [
        (kind => kind == Finding.NewSnapshot, "state that nobody approved yet", "states that nobody approved yet"),
        (kind => kind == Finding.Snapshot, "state that is not the approved one", "states that are not the approved ones"),
        (kind => kind is not (Finding.Snapshot or Finding.NewSnapshot), "failure that no requirement speaks of", "failures that no requirement speaks of"),
    ];

    // A finding is what was seen, a cause is what is to be mended: both are said where they differ.
    private static string InFindings(ResultDocument document, Func<Finding, bool> which)
    {
        var findings = document.Findings.Count(which);
        var causes = document.Causes.Count(cause => cause.Findings.Any(index => which(document.Findings[index])));
        return findings == 0 ? ""
            : causes == findings || causes == 0 ? $" in {Count(findings, "finding", "findings")}"
            : $" in {Count(causes, "cause", "causes")} ({Count(findings, "finding", "findings")})";
    }

    /// <summary>The causes in the order in which they are shown: what fails the run first.</summary>
    internal static IReadOnlyList<Cause> Shown(ResultDocument document) =>
        [.. document.Causes.OrderBy(cause => document.Findings[cause.Finding].Verdict.Fails(document.Run.Strict) ? 0 : 1)];

    /// <summary>
    /// What an expectation can name of the finding that is shown, and what its cause stands for besides, a line each. A cause of several findings has those
    /// facts that are common to all of them.
    /// </summary>
    internal static IEnumerable<(string Label, string Text)> Details(ResultDocument document, Finding finding, Cause? cause)
    {
        if (cause is null || cause.Findings.Count == 1)
            return Facts("facts", finding.Facts);
        return Variants(document, cause);
    }

    /// <summary>The facts in a line; none when there are none.</summary>
    internal static IEnumerable<(string Label, string Text)> Facts(string label, IReadOnlyList<string>? facts)
    {
        if (facts is null or { Count: 0 })
            yield break;
        var more = facts.Count > MaxIds ? Invariant($" and {facts.Count - MaxIds} more") : "";
        yield return (label, $"{string.Join(" ", facts.Take(MaxIds).Select(fact => Escaping.Line(fact, 80)))}{more}");
    }

    private static IEnumerable<(string Label, string Text)> Variants(ResultDocument document, Cause cause)
    {
        var shown = document.Findings[cause.Finding];
        var others = cause.Requirements.Except(shown.Requirements, StringComparer.Ordinal).Select(id => Escaping.Line(id, 40)).ToList();
        var more = others.Count > MaxIds ? Invariant($" and {others.Count - MaxIds} more") : "";
        var broken = others.Count == 0 ? "" : $": {string.Join(" ", others.Take(MaxIds))}{more}";
        yield return (
            "seen as",
            $"{Count(cause.Findings.Count - 1, "more variant", "more variants")}{broken}; {Count(cause.Occurrences, "plan", "plans")} in all, the "
                + $"variants are in result.json"
        );
        foreach (var line in Facts("alike in", cause.Facts))
            yield return line;
    }

    /// <summary>"3 more findings are", "3 more causes (12 findings) are".</summary>
    internal static string More(IReadOnlyCollection<Cause> causes)
    {
        var findings = causes.Sum(cause => cause.Findings.Count);
        var what =
            findings == causes.Count
                ? Count(findings, "more finding", "more findings")
                : $"{Count(causes.Count, "more cause", "more causes")} ({Count(findings, "finding", "findings")})";
        return $"{what} {(causes.Count == 1 ? "is" : "are")}";
    }

    private const int MaxIds = 40;

    /// <summary>The campaigns that did not see what they are for, a line each. A shard alone cannot tell.</summary>
    internal static IReadOnlyList<string> Vacuous(ResultDocument document) =>
        document.Run is not { Shard: null, CutShort: null, Interrupted: false }
            ? []
            :
            [
                .. document
                    .Campaigns.Where(campaign => campaign.IsVacuous)
                    .Select(campaign =>
                        $"{campaign.Name}: never saw "
                        + $"{string.Join(", ", campaign.Witnesses.Where(witness => witness.Seen == 0).Select(witness => witness.Name))}"
                    ),
            ];

    /// <summary>
    /// Why a requirement was not exercised that a run left out because it was narrowed to some campaigns. Such rows are counted, not listed by name.
    /// </summary>
    public static string LeftOut(RunFacts run) => $"only campaign {run.Campaign} ran";

    /// <summary>"3 violations", "1 hang".</summary>
    internal static string Count(int count, RequirementVerdict verdict) =>
        verdict switch
        {
            RequirementVerdict.Pass => Invariant($"{count} passed"),
            RequirementVerdict.Violation => Count(count, "violation", "violations"),
            RequirementVerdict.Warning => Count(count, "warning", "warnings"),
            RequirementVerdict.NotExercised => Invariant($"{count} not exercised"),
            RequirementVerdict.ExpectedDeviation => Count(count, "expected deviation", "expected deviations"),
            RequirementVerdict.UnexpectedPass => Count(count, "unexpected pass", "unexpected passes"),
            RequirementVerdict.Flaky => Invariant($"{count} flaky"),
            RequirementVerdict.Hang => Count(count, "hang", "hangs"),
            _ => Count(count, "crash", "crashes"),
        };

    /// <summary>"1 plan", "2 plans".</summary>
    public static string Count(long count, string one, string many) => Invariant($"{count:N0} {(count == 1 ? one : many)}");

    /// <summary>The command line that shows a finding again.</summary>
    internal static string Again(ResultDocument document, Finding finding)
    {
        var address = Escaping.ShellWord(document.Driver.Address);
        if (finding.Replay is { } token)
            return $"conformance replay {Escaping.ShellWord(token)} {address}";
        if (finding.Kind is Finding.Snapshot or Finding.NewSnapshot && document.Run.Snapshots is { } folder)
            return $"conformance check {address} --snapshots {Escaping.ShellWord(folder)}";
        // Its words are files, and no driver.
        if (IsLint(document.Run))
            return $"conformance lint {Escaping.Line(document.Driver.Address, 300)}";
        var suites = string.Join(",", document.Run.Suites);
        return Invariant($"conformance check {address} --suite {Escaping.ShellWord(suites)} --campaign {Escaping.ShellWord(finding.Campaign)} --plans ")
            + Invariant($"{document.Run.Plans} --seed {document.Run.Seed}");
    }

    /// <summary>
    /// The row of the requirement that a card leads with: the one that names the finding; where a run did not ask for that one, the first that it asked for.
    /// Null when there is none.
    /// </summary>
    internal static RequirementResult? Named(ResultDocument document, Finding finding) =>
        finding.Requirements.Select(id => document.Requirements.FirstOrDefault(row => row.Id == id)).FirstOrDefault(row => row is not null);

    /// <summary>The other requirements that a finding breaks, cleaned.</summary>
    internal static IReadOnlyList<string> Also(ResultDocument document, Finding finding)
    {
        var lead = Named(document, finding)?.Id ?? finding.Name;
        return [.. finding.Requirements.Where(id => id != lead).Distinct(StringComparer.Ordinal).Select(id => Escaping.Line(id, 40))];
    }

    /// <summary>What a finding is called: the requirement that its card leads with, or that there is none.</summary>
    internal static string Title(ResultDocument document, Finding finding) =>
        finding.Name.Length > 0 ? Escaping.Line(Named(document, finding)?.Id ?? finding.Name, 40)
        : finding.Kind is Finding.Snapshot or Finding.NewSnapshot ? "(a state of the driver)"
        : "(no requirement speaks of it)";

    /// <summary>The findings that no requirement speaks of, so that no row shows them.</summary>
    internal static IEnumerable<Finding> Unnamed(ResultDocument document) => document.Findings.Where(finding => finding.Name.Length == 0);

    /// <summary>The steps of a plan that are shown: all, or of a long plan the part around the failing step.</summary>
    internal static (int From, int To) Window(Finding finding, int limit)
    {
        var count = finding.Steps.Count;
        if (count <= limit)
            return (0, count);
        var from = Math.Clamp((finding.FailingStep ?? 0) - limit + 10, 0, count - limit);
        return (from, from + limit);
    }

    /// <summary>Why a requirement was not exercised, never empty.</summary>
    internal static string Reason(RequirementResult row) => row.Reason is { Length: > 0 } reason ? Escaping.Line(reason, 300) : "no reason given";

    /// <summary>Rows that were not exercised by their reason, in the order of first appearance.</summary>
    internal static IEnumerable<IGrouping<string, RequirementResult>> NotExercised(ResultDocument document) =>
        document
            .Requirements.Where(row => row.Verdict == RequirementVerdict.NotExercised)
            .GroupBy(row => Reason(row).StartsWith(NotYet, StringComparison.Ordinal) ? NotYet : Reason(row), StringComparer.Ordinal);

    // What this release does not check is one line, however many groups it is; `requirements --unchecked` has the particulars.
    private const string NotYet = "not checked yet";

    /// <summary>Rows by their group, in the order of the catalogue.</summary>
    internal static IEnumerable<IGrouping<string, RequirementResult>> Groups(ResultDocument document) =>
        document.Requirements.GroupBy(row => row.Group, StringComparer.Ordinal);

    /// <summary>Formats for no culture.</summary>
    internal static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
