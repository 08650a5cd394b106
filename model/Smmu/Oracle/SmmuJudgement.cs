using Conformance.Model.Requirements;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>In which respect an SMMU differed from the contract.</summary>
public enum SmmuDivergence : byte
{
    /// <summary>In none.</summary>
    None,

    /// <summary>A register read as a value that it cannot have.</summary>
    Register,

    /// <summary>A transaction ended in a way that is not allowed: reply, or data that come from a place where no allowed translation leads.</summary>
    Transaction,

    /// <summary>Memory holds what nobody was allowed to write, or lacks what had to be written.</summary>
    Memory,

    /// <summary>A record that no transaction accounts for.</summary>
    ExtraEvent,

    /// <summary>A record that had to be there is not.</summary>
    MissingEvent,

    /// <summary>A record of the right transaction has a field that is wrong.</summary>
    EventField,

    /// <summary>A record was merged into an earlier equal one although STE.MEV is 0: a virtual SMMU may do so, a physical one should not. A warning.</summary>
    MergedEvent,

    /// <summary>An interrupt that had to be raised was not, or one that is disabled was.</summary>
    Interrupt,

    /// <summary>A saved state, or the answer to one that was offered, is not what it has to be.</summary>
    State,
}

/// <summary>What the comparison of an observation with the contract gave.</summary>
/// <param name="Kind">Where they differ; <see cref="SmmuDivergence.None"/> when they agree or the observation is not judged.</param>
/// <param name="Rules">The requirements that are broken; for an observation that agrees, those that it confirms.</param>
public readonly record struct SmmuJudgement(SmmuDivergence Kind, Rules Rules)
{
    /// <summary>True when the observation is allowed.</summary>
    public bool Agrees => Kind == SmmuDivergence.None;

    /// <summary>True when the contract advises against it, but a virtual SMMU may do it.</summary>
    public bool IsWarning => Kind == SmmuDivergence.MergedEvent;
}
