using System.Text.Json.Serialization;

namespace Conformance.Reports;

/// <summary>What a run says about one requirement.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RequirementVerdict>))]
public enum RequirementVerdict
{
    /// <summary>Exercised, and never violated.</summary>
    [JsonStringEnumMemberName("pass")]
    Pass,

    /// <summary>Violated.</summary>
    [JsonStringEnumMemberName("violation")]
    Violation,

    /// <summary>A SHOULD or a convention that was not kept. It fails a strict run.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    /// <summary>Nothing was learnt about it; the reason says why.</summary>
    [JsonStringEnumMemberName("not-exercised")]
    NotExercised,

    /// <summary>It deviates as the expectations file says. It does not fail the run.</summary>
    [JsonStringEnumMemberName("expected-deviation")]
    ExpectedDeviation,

    /// <summary>It passed although the expectations file says that it deviates: the entry is to be removed. It fails the run.</summary>
    [JsonStringEnumMemberName("unexpected-pass")]
    UnexpectedPass,

    /// <summary>Violated in some runs of the same plan only.</summary>
    [JsonStringEnumMemberName("flaky")]
    Flaky,

    /// <summary>A call did not come back before its deadline.</summary>
    [JsonStringEnumMemberName("hang")]
    Hang,

    /// <summary>The process with the driver died.</summary>
    [JsonStringEnumMemberName("crash")]
    Crash,
}

/// <summary>How verdicts are written and ordered.</summary>
public static class RequirementVerdicts
{
    /// <summary>All verdicts, the ones that need attention first.</summary>
    public static IReadOnlyList<RequirementVerdict> ByUrgency { get; } =
    [
        RequirementVerdict.Crash,
        RequirementVerdict.Hang,
        RequirementVerdict.Violation,
        RequirementVerdict.Flaky,
        RequirementVerdict.UnexpectedPass,
        RequirementVerdict.Warning,
        RequirementVerdict.NotExercised,
        RequirementVerdict.ExpectedDeviation,
        RequirementVerdict.Pass,
    ];

    /// <summary>The place of a verdict among <see cref="ByUrgency"/>: 0 needs attention most.</summary>
    public static int Urgency(this RequirementVerdict verdict) => ByUrgency.TakeWhile(other => other != verdict).Count();

    /// <summary>The word of the result document: "not-exercised".</summary>
    public static string Name(this RequirementVerdict verdict) =>
        verdict switch
        {
            RequirementVerdict.Pass => "pass",
            RequirementVerdict.Violation => "violation",
            RequirementVerdict.Warning => "warning",
            RequirementVerdict.NotExercised => "not-exercised",
            RequirementVerdict.ExpectedDeviation => "expected-deviation",
            RequirementVerdict.UnexpectedPass => "unexpected-pass",
            RequirementVerdict.Flaky => "flaky",
            RequirementVerdict.Hang => "hang",
            RequirementVerdict.Crash => "crash",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "not a verdict"),
        };

    /// <summary>True when a requirement with this verdict makes the run fail.</summary>
    public static bool Fails(this RequirementVerdict verdict, bool strict) =>
        verdict switch
        {
            RequirementVerdict.Violation
            or RequirementVerdict.UnexpectedPass
            or RequirementVerdict.Flaky
            or RequirementVerdict.Hang
            or RequirementVerdict.Crash => true,
            RequirementVerdict.Warning => strict,
            _ => false,
        };
}
