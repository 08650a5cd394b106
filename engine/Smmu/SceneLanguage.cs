using Conformance.Engine.Plans;

namespace Conformance.Engine.Smmu;

/// <summary>Scenes as plans.</summary>
public sealed class SceneLanguage : IPlanLanguage<Scene>
{
    /// <summary>The language; it holds nothing.</summary>
    public static SceneLanguage Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<Func<Scene, int, Scene?>> Moves => SceneMoves.All;

    /// <inheritdoc/>
    public int Steps(Scene plan) => plan.Steps.Length;

    /// <inheritdoc/>
    public int Size(Scene plan) =>
        plan.Steps.Length
        + plan.Streams.Sum(stream => 1 + stream.Fields.Length)
        + plan.Contexts.Sum(context => 1 + context.Fields.Length)
        + plan.Trees.Sum(tree => 1 + tree.Entries.Length);

    /// <inheritdoc/>
    public IReadOnlyList<string> Lines(Scene plan) => [.. ScenePrinter.Configuration(plan), .. plan.Steps.Select(step => ScenePrinter.Step(plan, step))];

    /// <inheritdoc/>
    public int LineOf(Scene plan, int step) => ScenePrinter.Configuration(plan).Count + step;

    /// <inheritdoc/>
    public bool FactsTellApart => true;

    /// <inheritdoc/>
    public string? NameOfKind(byte kind) => null;

    /// <inheritdoc/>
    public Scene Upto(Scene plan, int step) => step + 1 >= plan.Steps.Length ? plan : plan with { Steps = plan.Steps[..Math.Max(0, step + 1)] };

    /// <inheritdoc/>
    public Scene Without(Scene plan, int first, int count) => plan with { Steps = plan.Steps.RemoveRange(first, count) };

    /// <inheritdoc/>
    public void Write(Scene plan, ref PlanWriter to) => SceneBytes.Write(plan, ref to);

    /// <inheritdoc/>
    public Scene Read(PlanReader from) => new SceneReader(from).Read();
}
