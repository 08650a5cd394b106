using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Context descriptors: fetch, legality, substreams. Observed after CFGI_CD and SYNC by one transaction: the address reached, and the event field by
/// field.
/// </summary>
internal static class SmmuContexts
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_CD_01,
            "SMMU-CD-01",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "Each of these gives C_BAD_CD: V=0, AA64=0 without AArch32 tables, a TG that is reserved or not in IDR5, a TxSZ out of "
                + "bounds (up to v3.0 it may be clamped), ENDI against TTENDIAN, A=0 with TERM_MODEL=1, S against STALL_MODEL, HA or HD above "
                + "IDR0.HTTU.",
            Violation: "the CD is used",
            Source: "IHI 0070",
            Fault: "drop one of the checks",
            Unchecked: null
        ),
        new(
            SMMU_CD_02,
            "SMMU-CD-02",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "The fields TxSZ, TGx and TTBx of a half with EPDx=1 are not checked.",
            Violation: "C_BAD_CD",
            Source: "IHI 0070",
            Fault: "check both halves always",
            Unchecked: null
        ),
        new(
            SMMU_CD_03,
            "SMMU-CD-03",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "IPS above OAS, and the reserved value 7, are capped and no fault; the SMMU keeps running.",
            Violation: "C_BAD_CD, or the implementation stops",
            Source: "IHI 0070",
            Fault: "C_BAD_CD; stop the process",
            Unchecked: null
        ),
        new(
            SMMU_CD_04,
            "SMMU-CD-04",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "For a half with EPDx=0, TTBx with bits above the effective IPS, and above 48 bits for granules other than 64KB, gives "
                + "C_BAD_CD, not F_ADDR_SIZE.",
            Violation: "the base is truncated, or the walk starts and faults",
            Source: "IHI 0070",
            Fault: "truncate the base; report F_ADDR_SIZE",
            Unchecked: null
        ),
        new(
            SMMU_CD_05,
            "SMMU-CD-05",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "An external abort of the fetch of a CD or level-1 descriptor aborts with F_CD_FETCH whose FetchAddr, in doubleword 3, is "
                + "exactly the address fetched.",
            Violation: "no record, or another address",
            Source: "IHI 0070",
            Fault: "FetchAddr in doubleword 2",
            Unchecked: null
        ),
        new(
            SMMU_CD_06,
            "SMMU-CD-06",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A transaction with a SubstreamID: C_BAD_SUBSTREAMID with Config 0b100 and 0b110, where there is one CD only, and at or "
                + "above 2^S1CDMax; F_STREAM_DISABLED for SubstreamID 0 with S1DSS=2.",
            Violation: "another event, or the transaction passes",
            Source: "IHI 0070",
            Fault: "C_BAD_SUBSTREAMID for SubstreamID 0 with S1DSS=2; bypass with a SubstreamID on Config 0b100",
            Unchecked: null
        ),
        new(
            SMMU_CD_07,
            "SMMU-CD-07",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A two-level CD table is indexed by SubstreamID bits from 6 up and 5:0 (4KB leaves) or from 10 up and 9:0 (64KB leaves). A "
                + "level-1 descriptor with V=0 gives C_BAD_SUBSTREAMID, and so does from v3.1 on one whose L2Ptr is beyond OAS.",
            Violation: "another CD, or C_BAD_CD",
            Source: "IHI 0070",
            Fault: "split at bit 10 for 4KB leaves; C_BAD_CD for V=0",
            Unchecked: null
        ),
        new(
            SMMU_CD_08,
            "SMMU-CD-08",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "CD.R=0 suppresses the records of stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION, and no other.",
            Violation: "F_WALK_EABT or a configuration error is not recorded, or one of the four is",
            Source: "IHI 0070",
            Fault: "suppress F_WALK_EABT too",
            Unchecked: null
        ),
        new(
            SMMU_CD_09,
            "SMMU-CD-09",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "With ASID16=1 all 16 bits of the ASID tag entries. With ASID16=0 an ASID above 255 gives C_BAD_CD.",
            Violation: "entries of another ASID are hit, or bits are cut in silence",
            Source: "IHI 0070",
            Fault: "compare 8 bits; mask in silence",
            Unchecked: null
        ),
        new(
            SMMU_CD_10,
            "SMMU-CD-10",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "Bits of TTBx below the size of the top-level table are taken as 0; the size is at least 16 bytes, 64 where the effective "
                + "IPS is 52 bits.",
            Violation: "the walk starts elsewhere",
            Source: "IHI 0070",
            Fault: "use the base unmasked",
            Unchecked: null
        ),
        new(
            SMMU_CD_11,
            "SMMU-CD-11",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "ENDI is ignored exactly when EPD0 and EPD1 are both 1; otherwise it must suit TTENDIAN.",
            Violation: "C_BAD_CD with both halves off, or none with one half on",
            Source: "IHI 0070",
            Fault: "ignore ENDI when EPD0=1",
            Unchecked: null
        ),
        new(
            SMMU_CD_12,
            "SMMU-CD-12",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            OwedByCore: false,
            Statement: "T0SZ and T1SZ 16 and 39 are legal and 15 and 40 illegal for every granule and both halves, independent of IPS and OAS. With "
                + "small tables the upper bound is 48, for 64KB 47; with 52-bit input and 64KB the lower bound is 12. Up to v3.0 a value out "
                + "of bounds may be clamped.",
            Violation: "C_BAD_CD for a legal value, or none for an illegal one",
            Source: "IHI 0070",
            Fault: "lower bound 64 minus the address size; one bound for all granules",
            Unchecked: null
        ),
        new(
            SMMU_CD_13,
            "SMMU-CD-13",
            RequirementGroup.SmmuCd,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "CD.A, R and S have no influence on faults other than F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION of stage 1: "
                + "these others abort and are recorded.",
            Violation: "a configuration error reads as zero or stalls",
            Source: "IHI 0070",
            Fault: "A=0 gives read-as-zero for C_BAD_CD",
            Unchecked: null
        ),
    ];
}
