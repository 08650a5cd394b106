using Conformance.Engine.Judging;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Oracle;

namespace Conformance.Engine.Smmu;

/// <summary>Where an SMMU and the contract part. The step is -1 for the setup, the number of steps for the end of the scene.</summary>
public sealed record SceneDivergence : Divergence
{
    /// <summary>In which respect.</summary>
    public required SmmuDivergence Kind { get; init; }

    /// <summary>What the SMMU did.</summary>
    public required SceneSight Seen { get; init; }

    /// <inheritdoc/>
    public override bool IsLoss => false;

    /// <inheritdoc/>
    public override bool IsWarning => Kind == SmmuDivergence.MergedEvent || base.IsWarning;

    /// <inheritdoc/>
    public override string Family
    {
        get
        {
            var expected = Seen.Allowed.Count == 0 ? "" : $"{Seen.Allowed[0].Reply} {(Seen.Allowed[0].HasEvent ? Seen.Allowed[0].Event.Type : 0)}";
            var seen = Seen.Events.Count == 0 ? "" : Seen.Events[0].Type.ToString();
            return $"{Kind} {Rules} {expected} {seen} {(Seen.IsRegister ? Seen.Place : 0)} {string.Join(' ', Seen.Met)}";
        }
    }

    /// <summary>True when the two show the same: the same requirement in the same respect.</summary>
    public override bool HasSignatureOf(Divergence other) =>
        other is SceneDivergence known && Kind == known.Kind && Rules.First == known.Rules.First && Seen.HasSignatureOf(known.Seen);
}

/// <summary>An SMMU that died or did not answer.</summary>
/// <param name="Loss">How.</param>
public sealed record SceneLoss(DeviceLostException Loss) : Divergence
{
    /// <inheritdoc/>
    public override bool IsLoss => true;

    /// <inheritdoc/>
    public override bool IsWarning => false;

    /// <inheritdoc/>
    public override string Family => $"loss {Loss.Loss}";

    /// <inheritdoc/>
    public override bool HasSignatureOf(Divergence other) => other is SceneLoss known && Loss.Loss == known.Loss.Loss;
}
