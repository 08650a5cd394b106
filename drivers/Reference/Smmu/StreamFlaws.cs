namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What makes an STE one that ends in C_BAD_STE.</summary>
[Flags]
internal enum StreamFlaws
{
    None = 0,

    /// <summary>V=0.</summary>
    Invalid = 1 << 0,

    /// <summary>Stage 1 is enabled and not implemented.</summary>
    Stage1Missing = 1 << 1,

    /// <summary>Stage 2 is enabled and not implemented.</summary>
    Stage2Missing = 1 << 2,

    /// <summary>S1CDMax above SSIDSIZE.</summary>
    ContextCount = 1 << 3,

    /// <summary>S1Fmt asks for two levels that are not implemented.</summary>
    ContextFormat = 1 << 4,

    /// <summary>S1ContextPtr beyond the output size.</summary>
    ContextPointer = 1 << 5,

    /// <summary>STRW is reserved.</summary>
    StreamWorld = 1 << 6,

    /// <summary>S1STALLD although stalls are not both possible and optional.</summary>
    StallDisable = 1 << 7,

    /// <summary>S2VMID has more bits than VMIDs have.</summary>
    Vmid = 1 << 8,

    /// <summary>EATS does not fit the stages.</summary>
    Ats = 1 << 9,

    /// <summary>S2AA64=0 without AArch32 tables.</summary>
    Aarch32 = 1 << 10,

    /// <summary>S2TG is reserved or not implemented.</summary>
    Granule = 1 << 11,

    /// <summary>S2T0SZ out of bounds.</summary>
    Size = 1 << 12,

    /// <summary>S2SL0 is reserved, or the start level resolves nothing.</summary>
    StartLevel = 1 << 13,

    /// <summary>The start level would need more than 16 tables.</summary>
    Concatenation = 1 << 14,

    /// <summary>The start level is one that the output size rules out.</summary>
    StartLevelForOutput = 1 << 15,

    /// <summary>S2TTB out of bounds.</summary>
    Base = 1 << 16,

    /// <summary>S2ENDI is not supported.</summary>
    Endianness = 1 << 17,

    /// <summary>S2S against the stall model.</summary>
    Stall = 1 << 18,

    /// <summary>S2HA or S2HD beyond HTTU.</summary>
    Update = 1 << 19,

    /// <summary>S2HAFT=1 with S2HA=0.</summary>
    TableUpdate = 1 << 20,

    /// <summary>What only an STE with stage 1 can have.</summary>
    OfStage1 = ContextCount | ContextFormat | ContextPointer | StreamWorld | StallDisable,

    /// <summary>What only an STE with stage 2 can have.</summary>
    OfStage2 = Aarch32 | Granule | Size | StartLevel | Concatenation | StartLevelForOutput | Base | Endianness | Stall | Update | TableUpdate,
}
