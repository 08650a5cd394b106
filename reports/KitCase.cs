using static Conformance.Reports.Wording;

namespace Conformance.Reports;

/// <summary>What fails a run and belongs to no requirement, as a test case of its own.</summary>
/// <param name="Name">What the case is called.</param>
/// <param name="Kind">Whether nobody is to blame (error), or what was expected did not happen (failure): the words of JUnit.</param>
/// <param name="Type">Of which sort it is.</param>
/// <param name="Message">What happened.</param>
/// <param name="Cause">The cause behind it; null when there is none.</param>
internal sealed record KitCase(string Name, string Kind, string Type, string Message, Cause? Cause = null)
{
    /// <summary>The cases of a document.</summary>
    internal static IReadOnlyList<KitCase> Of(ResultDocument document) =>
        [
            .. document.HarnessErrors.Select((text, index) => new KitCase(Invariant($"harness error {index + 1}"), "error", "harness", text)),
            .. new CauseCards(document)
                .Homeless.Select(cause => (Cause: cause, Shown: document.Findings[cause.Finding]))
                .Where(row => row.Shown.Verdict.Fails(document.Run.Strict) && row.Shown.Name.Length == 0)
                .Select(
                    (row, index) =>
                        new KitCase(
                            Invariant($"failure {index + 1} that no requirement speaks of"),
                            "error",
                            row.Shown.Verdict.Name(),
                            row.Shown.Seen,
                            row.Cause
                        )
                ),
            .. document.ExpectationErrors.Select((text, index) => new KitCase(Invariant($"expectation {index + 1}"), "failure", "expectation", text)),
        ];
}
