using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Engine.Nested;

/// <summary>Where nested stages and the contract part.</summary>
public sealed record NestedDivergence : Divergence
{
    /// <summary>In which respect: result, evidence, bitmap, event, dma, memory, state.</summary>
    public required string Kind { get; init; }

    /// <summary>What the contract allows, in words.</summary>
    public required string Expected { get; init; }

    /// <summary>What was seen, in words.</summary>
    public required string Seen { get; init; }

    /// <summary>What is true of it, as words that an expectation can name.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>How it came about, line by line: the chain of a translation, where a page was lost.</summary>
    public IReadOnlyList<string> Story { get; init; } = [];

    /// <inheritdoc/>
    public override bool IsLoss => false;

    /// <inheritdoc/>
    public override string Family => FormattableString.Invariant($"{Rules.Packed:x} {Kind}");

    /// <inheritdoc/>
    public override bool HasSignatureOf(Divergence other) => other is NestedDivergence known && Kind == known.Kind && Rules.First == known.Rules.First;

    /// <summary>The finding of the result document.</summary>
    public Finding Describe(NestedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var lines = NestedLanguage.Instance.Lines(plan);
        return new()
        {
            Requirements = [.. Enumerable.Range(0, Rules.Count).Select(index => Catalogue.Of(Rules[index]).Name)],
            Kind = Kind,
            Verdict = IsWarning ? RequirementVerdict.Warning : RequirementVerdict.Violation,
            Campaign = "",
            Expected = Escaping.Line(Expected),
            Seen = Escaping.Line(Seen),
            Steps = lines,
            FailingStep = lines.Count == 0 ? null : Math.Clamp(Step, 0, lines.Count - 1),
            Trace = [.. Story.Select(line => new TraceLine(Math.Clamp(Step, 0, Math.Max(0, lines.Count - 1)), Escaping.Line(line), ""))],
            Facts = [.. CallFacts(plan), .. Facts],
        };
    }

    // The call that was answered wrongly. In the life of a guest a step is no more than where it is seen that something went wrong before.
    private IEnumerable<string> CallFacts(NestedPlan plan)
    {
        if (plan.Steps.Length == 0 || NestedRunner.PartOf(plan) == NestedParts.Machine)
            return Facts.Count == 0 ? [] : [$"kind={Kind}"];
        return [$"step={FactWords.Of(plan.Steps[Math.Clamp(Step, 0, plan.Steps.Length - 1)].Kind)}", $"kind={Kind}"];
    }
}

/// <summary>Nested stages that died or did not answer.</summary>
/// <param name="Loss">How.</param>
/// <param name="Call">In which call: <see cref="NestedLanguage.CallOf"/>.</param>
public sealed record NestedLoss(DeviceLostException Loss, string Call) : Divergence
{
    /// <inheritdoc/>
    public override bool IsLoss => true;

    /// <inheritdoc/>
    public override bool IsWarning => false;

    /// <inheritdoc/>
    public override string Family => $"loss {Loss.Loss} {Call}";

    /// <inheritdoc/>
    public override bool HasSignatureOf(Divergence other) => other is NestedLoss known && Loss.Loss == known.Loss.Loss && Call == known.Call;

    /// <summary>The finding of a plan in which they were lost.</summary>
    public static Finding Describe(NestedPlan? plan, bool isHang, string description, string lastWords) =>
        Finding.OfLoss(plan is null ? [] : NestedLanguage.Instance.Lines(plan), isHang, description, lastWords) with
        {
            // No requirement speaks of it: the call is what tells one loss from another.
            Facts = plan is null || plan.Steps.Length == 0 ? null : [Finding.CallFact + NestedLanguage.Instance.CallOf(plan, plan.Steps.Length - 1)],
        };
}
