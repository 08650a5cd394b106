using Conformance.Model.Requirements;

namespace Conformance.Engine.Plans;

/// <summary>What the campaigns of all suites have in common.</summary>
public interface ISuiteCampaign
{
    /// <summary>A short name in words, unique in its suite.</summary>
    string Name { get; }

    /// <summary>The suite that it belongs to.</summary>
    string Suite { get; }

    /// <summary>The requirements that it aims at. It may exercise others on the way.</summary>
    IReadOnlyList<RequirementId> Aims { get; }

    /// <summary>True when the campaign is random: a run whose budget ran out in it did what is mandatory.</summary>
    bool IsRandom => false;
}
