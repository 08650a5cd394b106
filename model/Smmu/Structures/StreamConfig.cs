namespace Conformance.Model.Smmu.Structures;

/// <summary>STE.Config, three bits. 1, 2 and 3 are reserved and behave as <see cref="Abort"/>.</summary>
public enum StreamConfig : byte
{
    /// <summary>0b000: transactions are aborted, nothing is recorded.</summary>
    Abort = 0,

    /// <summary>0b100: no translation.</summary>
    Bypass = 4,

    /// <summary>0b101: stage 1 only.</summary>
    Stage1 = 5,

    /// <summary>0b110: stage 2 only.</summary>
    Stage2 = 6,

    /// <summary>0b111: both stages.</summary>
    Nested = 7,
}
