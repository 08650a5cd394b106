namespace Conformance.Drivers.Reference.Smmu;

/// <summary>What makes a CD one that ends in C_BAD_CD.</summary>
[Flags]
internal enum ContextFlaws
{
    None = 0,

    /// <summary>V=0.</summary>
    Invalid = 1 << 0,

    /// <summary>AA64=0 without AArch32 tables.</summary>
    Aarch32 = 1 << 1,

    /// <summary>TGx of a half in use is reserved or not implemented.</summary>
    Granule = 1 << 2,

    /// <summary>TxSZ of a half in use out of bounds.</summary>
    Size = 1 << 3,

    /// <summary>TTBx of a half in use out of bounds.</summary>
    Base = 1 << 4,

    /// <summary>ENDI is not supported.</summary>
    Endianness = 1 << 5,

    /// <summary>ASID has more bits than ASIDs have.</summary>
    Asid = 1 << 6,

    /// <summary>S against the stall model.</summary>
    Stall = 1 << 7,

    /// <summary>S=1 although STE.S1STALLD=1.</summary>
    StallDisabled = 1 << 8,

    /// <summary>A=0 against the terminate model.</summary>
    Abort = 1 << 9,

    /// <summary>HA or HD beyond HTTU.</summary>
    Update = 1 << 10,

    /// <summary>HAFT=1 with HA=0.</summary>
    TableUpdate = 1 << 11,
}
