using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Context descriptors: fetch, legality, substreams. Observed after CFGI_CD and SYNC by one transaction: the address reached, and the event field by
/// field.
/// </summary>
internal static class SmmuContextsRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_CD_01,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Each of these gives C_BAD_CD: V=0, AA64=0 without AArch32 tables, a TG that is reserved or not in IDR5, a TxSZ out of bounds (up "
                + "to v3.0 it may be clamped), ENDI against TTENDIAN, A=0 with TERM_MODEL=1, S against STALL_MODEL, HA or HD above IDR0.HTTU.",
            Violation: "the CD is used",
            Source: "IHI 0070, 5.4 Context Descriptor (validity of CD); 7.3 C_BAD_CD",
            Fault: "drop one of the checks"
        ),
        new(
            SMMU_CD_02,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "The fields TxSZ, TGx and TTBx of a half with EPDx=1 are not checked.",
            Violation: "C_BAD_CD",
            Source: "IHI 0070, 5.4 CD.EPD0 and CD.EPD1",
            Fault: "check both halves always"
        ),
        new(
            SMMU_CD_03,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "IPS above OAS, and the reserved value 7, are capped and no fault; the SMMU keeps running.",
            Violation: "C_BAD_CD, or the implementation stops",
            Source: "IHI 0070, 5.4 CD.IPS; 3.4 Address sizes",
            Fault: "C_BAD_CD; stop the process"
        ),
        new(
            SMMU_CD_04,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "For a half with EPDx=0, TTBx with bits above the effective IPS, and above 48 bits for granules other than 64KB, gives C_BAD_CD, "
                + "not F_ADDR_SIZE.",
            Violation: "the base is truncated, or the walk starts and faults",
            Source: "IHI 0070, 5.4 CD.TTB0 and CD.TTB1",
            Fault: "truncate the base; report F_ADDR_SIZE"
        ),
        new(
            SMMU_CD_05,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "An external abort of the fetch of a CD or level-1 descriptor aborts with F_CD_FETCH whose FetchAddr, in doubleword 3, is exactly "
                + "the address fetched.",
            Violation: "no record, or another address",
            Source: "IHI 0070, 7.3 F_CD_FETCH",
            Fault: "FetchAddr in doubleword 2"
        ),
        new(
            SMMU_CD_06,
            Strength.Must,
            null,
            InProcess,
            Statement: "A transaction with a SubstreamID: C_BAD_SUBSTREAMID with Config 0b100 and 0b110, where there is one CD only, and at or above "
                + "2^S1CDMax; F_STREAM_DISABLED for SubstreamID 0 with S1DSS=2.",
            Violation: "another event, or the transaction passes",
            Source: "IHI 0070, 5.2 STE.S1CDMax and STE.S1DSS; 7.3 C_BAD_SUBSTREAMID and F_STREAM_DISABLED",
            Fault: "C_BAD_SUBSTREAMID for SubstreamID 0 with S1DSS=2; bypass with a SubstreamID on Config 0b100"
        ),
        new(
            SMMU_CD_07,
            Strength.Must,
            null,
            InProcess,
            Statement: "A two-level CD table is indexed by SubstreamID bits from 6 up and 5:0 (4KB leaves) or from 10 up and 9:0 (64KB leaves). A "
                + "level-1 descriptor with V=0 gives C_BAD_SUBSTREAMID, and so does from v3.1 on one whose L2Ptr is beyond OAS.",
            Violation: "another CD, or C_BAD_CD",
            Source: "IHI 0070, 5.3 Level 1 Context Descriptor; 5.2 STE.S1Fmt",
            Fault: "split at bit 10 for 4KB leaves; C_BAD_CD for V=0"
        ),
        new(
            SMMU_CD_08,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "CD.R=0 suppresses the records of stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION, and no other.",
            Violation: "F_WALK_EABT or a configuration error is not recorded, or one of the four is",
            Source: "IHI 0070, 5.5 Fault configuration (A, R, S bits)",
            Fault: "suppress F_WALK_EABT too"
        ),
        new(
            SMMU_CD_09,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "With ASID16=1 all 16 bits of the ASID tag entries. With ASID16=0 an ASID above 255 gives C_BAD_CD.",
            Violation: "entries of another ASID are hit, or bits are cut in silence",
            Source: "IHI 0070, 5.4 CD.ASID; 6.3 SMMU_IDR0.ASID16",
            Fault: "compare 8 bits; mask in silence"
        ),
        new(
            SMMU_CD_10,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Bits of TTBx below the size of the top-level table are taken as 0; the size is at least 16 bytes, 64 where the effective IPS is "
                + "52 bits.",
            Violation: "the walk starts elsewhere",
            Source: "IHI 0070, 5.4 CD.TTB0 and CD.TTB1",
            Fault: "use the base unmasked"
        ),
        new(
            SMMU_CD_11,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "ENDI is ignored exactly when EPD0 and EPD1 are both 1; otherwise it must suit TTENDIAN.",
            Violation: "C_BAD_CD with both halves off, or none with one half on",
            Source: "IHI 0070, 5.4 CD.ENDI",
            Fault: "ignore ENDI when EPD0=1"
        ),
        new(
            SMMU_CD_12,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "T0SZ and T1SZ 16 and 39 are legal and 15 and 40 illegal for every granule and both halves, independent of IPS and OAS. With "
                + "small tables the upper bound is 48, for 64KB 47; with 52-bit input and 64KB the lower bound is 12. Up to v3.0 a value out of bounds may "
                + "be clamped.",
            Violation: "C_BAD_CD for a legal value, or none for an illegal one",
            Source: "IHI 0070, 5.4 CD.T0SZ and CD.T1SZ",
            Fault: "lower bound 64 minus the address size; one bound for all granules"
        ),
        new(
            SMMU_CD_13,
            Strength.Must,
            null,
            InProcess,
            Statement: "CD.A, R and S have no influence on faults other than F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION of stage 1: these "
                + "others abort and are recorded.",
            Violation: "a configuration error reads as zero or stalls",
            Source: "IHI 0070, 5.5 Fault configuration (A, R, S bits)",
            Fault: "A=0 gives read-as-zero for C_BAD_CD"
        ),
    ];
}
