namespace Conformance.Model.Smmu.Translation;

/// <summary>
/// Every choice that the architecture leaves to an implementation in a translation, and every point where its text allows two readings. Choice 0 is the usual
/// reading. Stale caches are not here: they are answers of <see cref="ITranslationSource.Fetch"/>.
/// </summary>
public enum SmmuLatitude : byte
{
    /// <summary>An L1STD or STE beyond the output address size: 0 F_STE_FETCH, 1 the address is truncated.</summary>
    StreamTableBeyondOas,

    /// <summary>
    /// LOG2SIZE above SIDSIZE, and a linear table whose base is aligned to the size that SIDSIZE gives: 0 aligned down by LOG2SIZE, 1 by SIDSIZE.
    /// </summary>
    OversizedStreamTable,

    /// <summary>S1ContextPtr beyond the output address size in v3.0: 0 C_BAD_STE, 1 the address is truncated.</summary>
    ContextPointerBeyondOas,

    /// <summary>S1ContextPtr or L1CD.L2Ptr beyond IAS with both stages: 0 the structure is illegal, 1 a stage-2 Translation fault with CLASS=CD.</summary>
    ContextPointerBeyondIas,

    /// <summary>L1CD.L2Ptr beyond the output address size in v3.0: 0 C_BAD_SUBSTREAMID, 1 the address is truncated.</summary>
    LeafPointerBeyondOas,

    /// <summary>S1ContextPtr with bits below the size of the table: 0 they count as 0, n the entry n places further in the table, around its end.</summary>
    MisalignedContextTable,

    /// <summary>TxSZ or S2T0SZ out of range in v3.0: 0 illegal, 1 clamped to the nearest legal value.</summary>
    InputSizeOutOfRange,

    /// <summary>EATS=1 with S2S=1 and stage 1 alone in v3.0: 0 legal, 1 illegal.</summary>
    AtsWithStage2Stall,

    /// <summary>
    /// A stage-2 start level that the output address size makes pointless (OAS below 44 bits: level 0 of 4 KiB, level 1 of 64 KiB; below 42: level 1 of
    /// 16 KiB): 0 illegal, 1 legal.
    /// </summary>
    StartLevelOfSmallOas,

    /// <summary>EPD0 in the EL2 StreamWorld without E2H: 0 obeyed, 1 ignored.</summary>
    El2Epd0,

    /// <summary>
    /// Granule of 64 KiB, 52-bit output implemented, effective IPS or S2PS below 52 bits, descriptor bits [15:12] not zero: 0 an Address size fault,
    /// 1 they are ignored.
    /// </summary>
    HighOutputBits,

    /// <summary>
    /// 4 KiB and 16 KiB granules, effective IPS or S2PS of 52 bits, a first table of less than 64 bytes: 0 aligned to 64 bytes, 1 to its
    /// size.
    /// </summary>
    SmallTableOf52Bits,

    /// <summary>
    /// Members of a contiguous run that differ, of which hardware may hold any for all: 0 the member of the address, n the n-th other that differs.
    /// </summary>
    ContiguousRun,

    /// <summary>An instruction fetch from memory that may be executed and not be read: 0 a Permission fault, 1 allowed.</summary>
    ExecuteOnly,

    /// <summary>A privileged instruction fetch from memory that unprivileged accesses may write, with UWXN=0: 0 a Permission fault, 1 allowed.</summary>
    PrivilegedExecuteOfUnprivilegedWritable,

    /// <summary>
    /// An instruction fetch (WXN, UWXN) from memory that is clean and that hardware would make writable: 0 it counts as writable, 1 as read-only.
    /// </summary>
    ExecuteOfWritableClean,

    /// <summary>
    /// Both stages, AF=0 with HA, and a stage-1 Permission fault: 0 AF was not set before it, 1 it was, or the stage-2 fault of setting it is reported.
    /// </summary>
    AccessFlagBeforePermission,
}
