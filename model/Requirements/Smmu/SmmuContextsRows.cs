using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Context descriptors: fetch, legality, substreams. Observed after CFGI_CD and SYNC by one transaction: the address reached, and the event field by field.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_CD_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Each of these gives C_BAD_CD: V=0, AA64=0 without AArch32 tables, a TG that is reserved or not in IDR5, a TxSZ out of bounds (up "
            + "to v3.0 it may be clamped), ENDI against TTENDIAN, A=0 with TERM_MODEL=1, S against STALL_MODEL, HA or HD above IDR0.HTTU.",
        violation: "the CD is used",
        source: "IHI 0070, 5.4 Context Descriptor (validity of CD); 7.3 C_BAD_CD",
        fault: "drop one of the checks"
    );

    public static readonly RequirementId SMMU_CD_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "The fields TxSZ, TGx and TTBx of a half with EPDx=1 are not checked.",
        violation: "C_BAD_CD",
        source: "IHI 0070, 5.4 CD.EPD0 and CD.EPD1",
        fault: "check both halves always"
    );

    public static readonly RequirementId SMMU_CD_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "IPS above OAS, and the reserved value 7, are capped and no fault; the SMMU keeps running.",
        violation: "C_BAD_CD, or the implementation stops",
        source: "IHI 0070, 5.4 CD.IPS; 3.4 Address sizes",
        fault: "C_BAD_CD; stop the process"
    );

    public static readonly RequirementId SMMU_CD_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "For a half with EPDx=0, TTBx with bits above the effective IPS, and above 48 bits for granules other than 64KB, gives C_BAD_CD, "
            + "not F_ADDR_SIZE.",
        violation: "the base is truncated, or the walk starts and faults",
        source: "IHI 0070, 5.4 CD.TTB0 and CD.TTB1",
        fault: "truncate the base; report F_ADDR_SIZE"
    );

    public static readonly RequirementId SMMU_CD_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "An external abort of the fetch of a CD or level-1 descriptor aborts with F_CD_FETCH whose FetchAddr, in doubleword 3, is exactly "
            + "the address fetched.",
        violation: "no record, or another address",
        source: "IHI 0070, 7.3 F_CD_FETCH",
        fault: "FetchAddr in doubleword 2"
    );

    public static readonly RequirementId SMMU_CD_06 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A transaction with a SubstreamID: C_BAD_SUBSTREAMID with Config 0b100 and 0b110, where there is one CD only, and at or above "
            + "2^S1CDMax; F_STREAM_DISABLED for SubstreamID 0 with S1DSS=2.",
        violation: "another event, or the transaction passes",
        source: "IHI 0070, 5.2 STE.S1CDMax and STE.S1DSS; 7.3 C_BAD_SUBSTREAMID and F_STREAM_DISABLED",
        fault: "C_BAD_SUBSTREAMID for SubstreamID 0 with S1DSS=2; bypass with a SubstreamID on Config 0b100"
    );

    public static readonly RequirementId SMMU_CD_07 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A two-level CD table is indexed by SubstreamID bits from 6 up and 5:0 (4KB leaves) or from 10 up and 9:0 (64KB leaves). A "
            + "level-1 descriptor with V=0 gives C_BAD_SUBSTREAMID, and so does from v3.1 on one whose L2Ptr is beyond OAS.",
        violation: "another CD, or C_BAD_CD",
        source: "IHI 0070, 5.3 Level 1 Context Descriptor; 5.2 STE.S1Fmt",
        fault: "split at bit 10 for 4KB leaves; C_BAD_CD for V=0"
    );

    public static readonly RequirementId SMMU_CD_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "CD.R=0 suppresses the records of stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION, and no other.",
        violation: "F_WALK_EABT or a configuration error is not recorded, or one of the four is",
        source: "IHI 0070, 5.5 Fault configuration (A, R, S bits)",
        fault: "suppress F_WALK_EABT too"
    );

    public static readonly RequirementId SMMU_CD_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "With ASID16=1 all 16 bits of the ASID tag entries. With ASID16=0 an ASID above 255 gives C_BAD_CD.",
        violation: "entries of another ASID are hit, or bits are cut in silence",
        source: "IHI 0070, 5.4 CD.ASID; 6.3 SMMU_IDR0.ASID16",
        fault: "compare 8 bits; mask in silence"
    );

    public static readonly RequirementId SMMU_CD_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Bits of TTBx below the size of the top-level table are taken as 0; the size is at least 16 bytes, 64 where the effective IPS is "
            + "52 bits.",
        violation: "the walk starts elsewhere",
        source: "IHI 0070, 5.4 CD.TTB0 and CD.TTB1",
        fault: "use the base unmasked"
    );

    public static readonly RequirementId SMMU_CD_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "ENDI is ignored exactly when EPD0 and EPD1 are both 1; otherwise it must suit TTENDIAN.",
        violation: "C_BAD_CD with both halves off, or none with one half on",
        source: "IHI 0070, 5.4 CD.ENDI",
        fault: "ignore ENDI when EPD0=1"
    );

    public static readonly RequirementId SMMU_CD_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "T0SZ and T1SZ 16 and 39 are legal and 15 and 40 illegal for every granule and both halves, independent of IPS and OAS. With "
            + "small tables the upper bound is 48, for 64KB 47; with 52-bit input and 64KB the lower bound is 12. Up to v3.0 a value out of bounds may "
            + "be clamped.",
        violation: "C_BAD_CD for a legal value, or none for an illegal one",
        source: "IHI 0070, 5.4 CD.T0SZ and CD.T1SZ",
        fault: "lower bound 64 minus the address size; one bound for all granules"
    );

    public static readonly RequirementId SMMU_CD_13 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "CD.A, R and S have no influence on faults other than F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION of stage 1: these "
            + "others abort and are recorded.",
        violation: "a configuration error reads as zero or stalls",
        source: "IHI 0070, 5.5 Fault configuration (A, R, S bits)",
        fault: "A=0 gives read-as-zero for C_BAD_CD"
    );
}
