using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;

namespace Conformance.Engine.Smmu;

/// <summary>What scenes have shown: how often each requirement was exercised, and how transactions may end.</summary>
public sealed class SceneLedger
{
    private readonly long[] exercised = new long[Catalogue.All.Count + 1];

    /// <summary>Scenes that ran.</summary>
    public long Scenes { get; set; }

    /// <summary>Transactions that were sent.</summary>
    public long Transactions { get; private set; }

    /// <summary>Transactions whose nominal outcome is that they go through.</summary>
    public long Translated { get; private set; }

    /// <summary>Transactions that may end in more than one way.</summary>
    public long Ambiguous { get; private set; }

    /// <summary>Transactions that were not judged: too many possibilities, or the contract says nothing.</summary>
    public long Unjudged { get; private set; }

    /// <summary>How often a requirement was exercised: an observation could have broken it.</summary>
    public long Exercised(RequirementId id) => exercised[(int)id];

    /// <summary>Counts requirements that an observation could have broken.</summary>
    public void Count(Rules rules)
    {
        for (var i = 0; i < rules.Count; i++)
            exercised[(int)rules[i]]++;
    }

    /// <summary>Counts a requirement.</summary>
    public void Count(RequirementId id, long times) => exercised[(int)id] += times;

    /// <summary>Adds what another ledger has.</summary>
    public void Add(SceneLedger other)
    {
        for (var i = 0; i < exercised.Length; i++)
            exercised[i] += other.exercised[i];
        Scenes += other.Scenes;
        Transactions += other.Transactions;
        Translated += other.Translated;
        Ambiguous += other.Ambiguous;
        Unjudged += other.Unjudged;
    }

    /// <summary>Counts a transaction by what it may do.</summary>
    public void CountTransaction(SmmuOutcomeSet outcomes)
    {
        Transactions++;
        if (outcomes.Unjudged || outcomes.TooMany)
            Unjudged++;
        if (outcomes.Count == 0)
            return;
        if (outcomes[0].Reply == SmmuReply.Completed)
            Translated++;
        if (outcomes.Count > 1)
            Ambiguous++;
    }
}
