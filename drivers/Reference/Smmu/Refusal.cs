using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Why a transaction cannot go on. Without a type it is aborted and nothing is recorded.</summary>
internal struct Refusal
{
    public SmmuEventType Type;

    /// <summary>The fault is one of stage 2.</summary>
    public bool Stage2;

    /// <summary>What was being translated.</summary>
    public SmmuEventClass Class;

    /// <summary>The address that stage 2 refused.</summary>
    public ulong Ipa;

    /// <summary>The address whose fetch was aborted.</summary>
    public ulong FetchAddress;

    /// <summary>With CLASS=TT: the descriptor was to be written, not read.</summary>
    public bool TableWrite;

    /// <summary>It has no CD and no STE field that could keep it from being recorded, or let it stall.</summary>
    public bool Unconditional;
}
