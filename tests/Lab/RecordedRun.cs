using Conformance.Reports;

namespace Conformance.Tests.Lab;

/// <summary>A run that knew nothing of expectations, and the lines that were written for it: judged again and again without asking the device.</summary>
/// <param name="document">The run, without expectations.</param>
/// <param name="known">The lines of its expectations file.</param>
internal sealed class RecordedRun(ResultDocument document, IReadOnlyList<Expectation> known)
{
    /// <summary>The last day of every line.</summary>
    public static readonly DateOnly LastDay = new(2027, 12, 31);

    /// <summary>The run, without expectations.</summary>
    public ResultDocument Document => document;

    /// <summary>The lines of its expectations file.</summary>
    public IReadOnlyList<Expectation> Known => known;

    /// <summary>The run with all lines.</summary>
    public ResultDocument Judged => Judge(known);

    /// <summary>Takes the expectations out of a run again.</summary>
    public static RecordedRun Of(ResultDocument judged, IReadOnlyList<Expectation> known)
    {
        var findings = judged
            .Findings.Select(finding =>
                finding.Verdict == RequirementVerdict.ExpectedDeviation ? finding with { Verdict = VerdictOf(finding), Reason = null } : finding
            )
            .ToList();
        var rows = judged.Requirements.Select(row =>
            row.Verdict != RequirementVerdict.ExpectedDeviation
                ? row
                : row with
                {
                    Verdict = RequirementVerdicts
                        .ByUrgency.Where(verdict => findings.Any(finding => finding.Verdict == verdict && finding.Requirements.Contains(row.Id)))
                        .Append(RequirementVerdict.NotExercised)
                        .First(),
                    // Why it was not exercised gave way to why that is known: as much of it as the line knew is back.
                    Reason = row.Exercised == 0 ? known.First(line => line.Requirement == row.Id).When ?? "not exercised" : null,
                    Link = null,
                }
        );
        return new(
            judged with
            {
                Findings = findings,
                Requirements = [.. rows],
                ExpectationErrors = [],
                Notes = [.. judged.Notes.Where(note => !note.StartsWith("line ", StringComparison.Ordinal))],
            },
            known
        );

        // A run without expectations calls it what it is.
        RequirementVerdict VerdictOf(Finding finding) =>
            finding.Kind switch
            {
                "crash" => RequirementVerdict.Crash,
                "hang" => RequirementVerdict.Hang,
                "merged-event" => RequirementVerdict.Warning,
                _ => judged.Requirements.FirstOrDefault(row => row.Id == finding.Name)?.Strength is "SHOULD" or "CONV"
                    ? RequirementVerdict.Warning
                    : RequirementVerdict.Violation,
            };
    }

    /// <summary>The run with some lines.</summary>
    public ResultDocument Judge(IReadOnlyList<Expectation> lines, DateOnly? day = null) => Expectations.Apply(document, lines, day ?? LastDay);

    /// <summary>The run with all lines but one.</summary>
    public ResultDocument Without(Expectation line) => Judge([.. known.Where(other => other != line)]);

    /// <summary>What the run would show if the cause of one line were mended, with all lines.</summary>
    public ResultDocument Mended(Expectation line)
    {
        var judged = Judge([line]).Findings;
        var left = document.Findings.Where((_, index) => judged[index].Verdict != RequirementVerdict.ExpectedDeviation).ToList();
        var rows = document.Requirements.Select(row =>
            row.Id == line.Requirement && row.Verdict == RequirementVerdict.NotExercised || Breaks(document.Findings, row) && !Breaks(left, row)
                ? row with
                {
                    Verdict = RequirementVerdict.Pass,
                    Exercised = 1,
                    Violated = 0,
                    Warned = 0,
                    Reason = null,
                    Finding = null,
                }
                : row
        );
        return Expectations.Apply(document with { Findings = left, Requirements = [.. rows] }, known, LastDay);

        static bool Breaks(IEnumerable<Finding> findings, RequirementResult row) => findings.Any(finding => finding.Requirements.Contains(row.Id));
    }
}
