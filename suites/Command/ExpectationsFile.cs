using System.Globalization;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>The file of <c>--expect</c>: the known deviations of a driver.</summary>
internal static class ExpectationsFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">What the user named; null when nothing.</param>
    /// <exception cref="UsageException">It holds no expectations.</exception>
    internal static IReadOnlyList<Expectation> Read(string? path) => path is null ? [] : Parse(Text(path), path);

    /// <summary>What it holds.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    internal static string Text(string path) => InputFile.Read(path, "the known deviations of this driver");

    /// <summary>The known deviations in a text.</summary>
    /// <param name="text">What the file holds.</param>
    /// <param name="path">What the user named.</param>
    /// <exception cref="UsageException">It holds no expectations.</exception>
    internal static IReadOnlyList<Expectation> Parse(string text, string path)
    {
        try
        {
            return Expectations.Parse(text, path);
        }
        catch (ExpectationsException error)
        {
            throw new UsageException($"{error.Message}.\nAn entry has requirement, verdict, reason, link, expires and, if need be, when.");
        }
    }

    /// <summary>Judges a stored result by the expectations, as the run that made it would have: what expired since then had not yet.</summary>
    /// <param name="document">The result.</param>
    /// <param name="expectations">The known deviations.</param>
    /// <exception cref="UsageException">Expectations were applied to it already, and what they took for granted cannot be seen any more.</exception>
    internal static ResultDocument Apply(ResultDocument document, IReadOnlyList<Expectation> expectations)
    {
        if (
            document.ExpectationErrors.Count > 0
            || document.Requirements.Any(row => row.Verdict is RequirementVerdict.ExpectedDeviation or RequirementVerdict.UnexpectedPass)
        )
            throw new UsageException(
                "the result was judged by expectations already.\nGive --expect once: to the check of a whole run, or to the render of all shards."
            );
        var day = DateTime.TryParse(
            document.Environment?.Started,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal,
            out var started
        )
            ? started
            : DateTime.UtcNow;
        return Expectations.Apply(document, expectations, DateOnly.FromDateTime(day));
    }
}
