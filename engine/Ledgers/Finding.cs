using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Ledgers;

/// <summary>One line of what happened: a step and what was seen.</summary>
/// <param name="Step">The step.</param>
/// <param name="Seen">What was seen; empty when nothing came back.</param>
public readonly record struct TraceLine(Step Step, string Seen);

/// <summary>A difference between a device and the contract, with the shortest plan that is known to show it.</summary>
public sealed record Finding
{
    /// <summary>
    /// The broken requirements, the most general first. None: no requirement speaks of what happened (a hang, a crash).
    /// </summary>
    public required Rules Rules { get; init; }

    /// <summary>In which respect.</summary>
    public required DivergenceKind Kind { get; init; }

    /// <summary>True when every broken requirement is a SHOULD or a convention.</summary>
    public required bool IsWarning { get; init; }

    /// <summary>The campaign that found it.</summary>
    public required string Campaign { get; init; }

    /// <summary>What the contract allows, in words.</summary>
    public required string Expected { get; init; }

    /// <summary>What the device did, in words.</summary>
    public required string Seen { get; init; }

    /// <summary>The states that the device may have been in before the failing step.</summary>
    public StateSet Before { get; init; }

    /// <summary>The plan, cut off behind the failing step.</summary>
    public required Plan Plan { get; init; }

    /// <summary>The place of the failing step in the plan.</summary>
    public required int FailingStep { get; init; }

    /// <summary>What happened, step by step.</summary>
    public required IReadOnlyList<TraceLine> Trace { get; init; }

    /// <summary>What the far side said last; empty when there is nothing.</summary>
    public string LastWords { get; init; } = "";

    /// <summary>True when no step can be left out.</summary>
    public bool Minimal { get; init; }

    /// <summary>Why the search for a shorter plan ended early; null when it did not.</summary>
    public string? CutShort { get; init; }

    /// <summary>How often the plan failed when it was run again: "2 of 5"; null when it always did.</summary>
    public string? Repeats { get; init; }

    /// <summary>True when it is a difference that the plan shows now and then only. A hang or a crash stays one, however rare.</summary>
    public bool IsFlaky => Repeats is not null && !IsWarning && !IsLoss;

    /// <summary>True when the driver did not come back from a step.</summary>
    public bool IsLoss => Kind is DivergenceKind.Hang or DivergenceKind.Crash;

    /// <summary>How many plans showed it.</summary>
    public long Occurrences { get; set; } = 1;

    /// <summary>
    /// The requirement to name, None when there is none: the last, because a plan without a superfluous step needs all the history that it speaks of. A MUST goes
    /// before a SHOULD.
    /// </summary>
    public RequirementId Named
    {
        get
        {
            for (var i = Rules.Count - 1; i >= 0; i--)
                if (!IsWarningRule(Rules[i]))
                    return Rules[i];
            return Rules.Count == 0 ? RequirementId.None : Rules[Rules.Count - 1];
        }
    }

    /// <summary>The step that failed.</summary>
    public Step Failing => Plan.Steps[FailingStep];

    /// <summary>True when the other finding breaks the same general requirement in the same respect: what a shorter plan must still show.</summary>
    public bool HasSignatureOf(Finding other) => Rules.First == other.Rules.First && Kind == other.Kind;

    /// <summary>True when a rule is a SHOULD or a convention: not keeping it is a warning.</summary>
    public static bool IsWarningRule(RequirementId id) => Catalogue.Of(id).Strength is Strength.Should or Strength.Convention;

    /// <summary>True when all of the rules are.</summary>
    public static bool IsWarningOf(Rules rules)
    {
        for (var i = 0; i < rules.Count; i++)
            if (!IsWarningRule(rules[i]))
                return false;
        return !rules.IsNone;
    }
}
