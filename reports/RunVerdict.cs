using System.Text.Json.Serialization;

namespace Conformance.Reports;

/// <summary>What a whole run says.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunVerdict>))]
public enum RunVerdict
{
    /// <summary>Exit code 0: may ship.</summary>
    [JsonStringEnumMemberName("conforms")]
    Conforms,

    /// <summary>
    /// Exit code 1: a violation, hang, crash, flaky requirement, unexpected pass or expectation that does not hold; with --strict also a warning.
    /// </summary>
    [JsonStringEnumMemberName("does-not-conform")]
    DoesNotConform,

    /// <summary>Exit code 3: the driver could not be reached, or the harness failed.</summary>
    [JsonStringEnumMemberName("harness-failed")]
    HarnessFailed,

    /// <summary>Exit code 5: the run was cut short before the mandatory part, by its budget or by a finding that is accepted.</summary>
    [JsonStringEnumMemberName("budget-ran-out")]
    BudgetRanOut,

    /// <summary>Exit code 4: a mandatory requirement was not exercised, a campaign did not see what it is for, or nothing ran.</summary>
    [JsonStringEnumMemberName("not-exercised")]
    NotExercised,

    /// <summary>Exit code 130: the user stopped the run.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,
}

/// <summary>How the verdict of a run follows from what its document holds.</summary>
public static class RunVerdicts
{
    /// <summary>The exit code of wrong usage; no document is written then.</summary>
    public const int Usage = 2;

    /// <summary>The exit code of the command.</summary>
    public static int ExitCode(this RunVerdict verdict) =>
        verdict switch
        {
            RunVerdict.Conforms => 0,
            RunVerdict.DoesNotConform => 1,
            RunVerdict.HarnessFailed => 3,
            RunVerdict.NotExercised => 4,
            RunVerdict.BudgetRanOut => 5,
            RunVerdict.Interrupted => 130,
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "not a verdict of a run"),
        };

    /// <summary>The verdict of a document. When several hold: interrupted, then exit codes 1, 3, 5, 4.</summary>
    public static RunVerdict Of(ResultDocument document)
    {
        var requirements = document.Requirements;
        // What a shard did not exercise is the other shards' business: the merged document decides.
        var isShard = document.Run.Shard is not null;
        var mandatoryMissing = !isShard && requirements.Any(row => row.Mandatory && row.Verdict == RequirementVerdict.NotExercised);
        if (document.Run.Interrupted)
            return RunVerdict.Interrupted;
        if (
            document.ExpectationErrors.Count > 0
            || requirements.Any(row => row.Verdict.Fails(document.Run.Strict))
            || document.Findings.Any(finding => finding.Verdict.Fails(document.Run.Strict))
        )
            return RunVerdict.DoesNotConform;
        if (document.HarnessErrors.Count > 0)
            return RunVerdict.HarnessFailed;
        if (document.Run.CutShort is not null && (mandatoryMissing || document.Run.Unfinished))
            return RunVerdict.BudgetRanOut;
        if (isShard)
            return RunVerdict.Conforms;
        var vacuous = document.Run.CutShort is null && document.Campaigns.Any(campaign => campaign.IsVacuous);
        var nothingRan =
            document.Campaigns.Sum(campaign => campaign.Plans) == 0
            || requirements.All(row => row.Exercised == 0)
            // A device without migration: what was asked for is not there.
            || document.Driver.Features is { Value: 0 };
        return mandatoryMissing || vacuous || nothingRan ? RunVerdict.NotExercised : RunVerdict.Conforms;
    }
}
