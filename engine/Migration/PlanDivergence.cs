using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Engine.Migration;

/// <summary>A step and what was seen.</summary>
/// <param name="Step">The step.</param>
/// <param name="Seen">What was seen; empty when nothing came back.</param>
/// <param name="At">Its place in the plan, from 0; -1: the next place where it stands.</param>
/// <param name="Reached">What reached the device behind the driver meanwhile, as a phrase; empty where that cannot be seen, or nothing did.</param>
public readonly record struct StepTrace(Step Step, string Seen, int At = -1, string Reached = "");

/// <summary>A difference between a device and the contract of migration.</summary>
public sealed record PlanDivergence : Divergence
{
    /// <summary>In which respect.</summary>
    public required DivergenceKind Kind { get; init; }

    /// <summary>What the contract allows, in words.</summary>
    public required string Expected { get; init; }

    /// <summary>What the device did, in words.</summary>
    public required string Seen { get; init; }

    /// <summary>The states that the device may have been in before the failing step.</summary>
    public StateSet Before { get; init; }

    /// <summary>What happened, step by step; steps that made no sense where they stood are left out.</summary>
    public required IReadOnlyList<StepTrace> Trace { get; init; }

    /// <summary>What the far side said last; empty when there is nothing.</summary>
    public string LastWords { get; init; } = "";

    /// <summary>True when the calls of real threads showed it, of which nobody says which one goes on.</summary>
    public bool WasAtOnce { get; init; }

    /// <inheritdoc/>
    public override bool NeedNotRepeat => WasAtOnce && Kind == DivergenceKind.Order;

    // The watchdog of a kernel, which counts the time of the machine around it.
    /// <inheritdoc/>
    public override bool MayBeStarvation => Kind == DivergenceKind.Crash && LastWords.Contains("soft lockup", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool IsLoss => Kind is DivergenceKind.Hang or DivergenceKind.Crash;

    /// <inheritdoc/>
    public override bool IsWarning => !IsLoss && base.IsWarning;

    /// <inheritdoc/>
    public override string Family => FormattableString.Invariant($"{Rules.Packed:x} {Kind}");

    /// <summary>
    /// The requirement to name, None when there is none: the last, because a plan without a superfluous step needs all the history that it speaks of. A MUST
    /// goes before a SHOULD, and a sentence of the contract before what a review said of it.
    /// </summary>
    public RequirementId Named
    {
        get
        {
            if (Kind is DivergenceKind.Order or DivergenceKind.Deadlock)
                return Rules.First;
            for (var i = Rules.Count - 1; i >= 0; i--)
                if (!Strengths.IsWarning(Rules[i]) && Rules[i].Group != RequirementGroup.Seed)
                    return Rules[i];
            return Rules.Count == 0 ? RequirementId.None : Rules[Rules.Count - 1];
        }
    }

    /// <inheritdoc/>
    public override bool HasSignatureOf(Divergence other) => other is PlanDivergence known && Rules.First == known.Rules.First && Kind == known.Kind;

    /// <summary>The plan that a worker was running when it hung or died.</summary>
    public static PlanDivergence Of(Plan plan, WorkerDeath death)
    {
        var entry = death.Journal;
        var where =
            entry.Step < 0 ? " while the device was opened"
            : entry.Step >= plan.Steps.Count && plan.Steps.Count > 0 ? " while the device was closed"
            : "";
        return new()
        {
            Rules = Rules.Of(entry.Requirement),
            Kind = death.Kind == DeathKind.Hang ? DivergenceKind.Hang : DivergenceKind.Crash,
            Expected = "an answer",
            Seen = death.Description + where,
            Step = Math.Clamp(entry.Step, 0, Math.Max(0, plan.Steps.Count - 1)),
            Trace = [],
            LastWords = death.LastWords,
        };
    }

    /// <summary>The finding of the result document.</summary>
    /// <param name="plan">The plan, cut off behind the failing step.</param>
    /// <param name="features">What the driver advertises; null when unknown.</param>
    public Finding Describe(Plan plan, MigrationFeatures? features) =>
        new()
        {
            Requirements = [.. Enumerable.Range(0, Rules.Count).Select(index => Rules[index]).OrderBy(id => id != Named).Select(id => Catalogue.Of(id).Name)],
            Kind = Kind.ToString().ToLowerInvariant(),
            Verdict = Kind switch
            {
                DivergenceKind.Hang => RequirementVerdict.Hang,
                DivergenceKind.Crash => RequirementVerdict.Crash,
                _ => IsWarning ? RequirementVerdict.Warning : RequirementVerdict.Violation,
            },
            Campaign = "",
            Expected = Escaping.Line(Expected),
            Seen = Escaping.Line(Seen),
            Steps = MigrationLanguage.Instance.Lines(plan),
            FailingStep = plan.Steps.Count == 0 ? null : MigrationLanguage.Instance.LineOf(plan, Step),
            Trace = Lines(plan, Trace),
            Facts = PlanFacts.Of(plan, Step, Before, Kind, Expected, Seen, features, Trace),
            LastWords = LastWords.Length == 0 ? null : Escaping.Block(LastWords),
        };

    /// <summary>A trace by the lines of a plan. Steps that make no sense without a session are left out of a run.</summary>
    internal static IReadOnlyList<TraceLine> Lines(Plan plan, IReadOnlyList<StepTrace> trace)
    {
        var lines = new List<TraceLine>();
        var isTaken = new bool[plan.Steps.Count];
        var last = -1;
        foreach (var line in trace)
        {
            last = line.At >= 0 ? line.At : PlaceOf(line.Step, last);
            isTaken[last] = true;
            lines.Add(
                new(
                    MigrationLanguage.Instance.LineOf(plan, last),
                    line.Seen.Length == 0 ? "(nothing came back)" : Escaping.Line(line.Seen),
                    line.Reached.Length == 0 ? "" : $"the device got {Escaping.Line(line.Reached)}"
                )
            );
        }

        return lines;

        // The next place where the step stands that has no line yet: calls of several threads may have come in another order than they are written in.
        int PlaceOf(Step step, int behind)
        {
            var order = Enumerable.Range(behind + 1, plan.Steps.Count).Select(place => place % plan.Steps.Count).Where(place => !isTaken[place]).ToList();
            var place = order.FindIndex(place => plan.Steps[place] == step);
            if (place < 0)
                place = order.FindIndex(place => plan.Steps[place] with { Thread = 0 } == step with { Thread = 0 });
            return place >= 0 ? order[place] : Math.Min(behind + 1, plan.Steps.Count - 1);
        }
    }
}
