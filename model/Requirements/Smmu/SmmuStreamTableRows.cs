using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Stream table lookup and decoding of stream table entries. Observed after CFGI_STE and SYNC by a read and a write: the address reached, and the event field
// by field.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_STE_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A StreamID at or above 2^min(LOG2SIZE, SIDSIZE) aborts. C_BAD_STREAMID is recorded when CR2.RECINVSID=1 and only then.",
        violation: "an STE behind the table is used, or the record comes with RECINVSID=0 or is missing with 1",
        source: "IHI 0070, 3.3.1 Stream table lookup; 7.3 C_BAD_STREAMID; 6.3 SMMU_CR2.RECINVSID",
        fault: "accept the first StreamID behind the table; ignore RECINVSID"
    );

    public static readonly RequirementId SMMU_STE_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The base of a linear stream table is STRTAB_BASE.ADDR with bits below 6 + LOG2SIZE taken as 0.",
        violation: "a base with a lower bit set finds another STE",
        source: "IHI 0070, 6.3 SMMU_STRTAB_BASE.ADDR; 3.3.1 Stream table lookup",
        fault: "mask one bit short"
    );

    public static readonly RequirementId SMMU_STE_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The base of a level-1 table is ADDR with bits max(5, LOG2SIZE-SPLIT+2):0 taken as 0, with LOG2SIZE as written even where it is "
            + "above SIDSIZE.",
        violation: "a base with one of these bits set finds another descriptor, or the lowest bit above is ignored",
        source: "IHI 0070, 6.3 SMMU_STRTAB_BASE.ADDR",
        fault: "mask one bit short"
    );

    public static readonly RequirementId SMMU_STE_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A level-1 descriptor with Span=n covers exactly 2^(n-1) STEs; a StreamID behind them is as invalid as one behind the table "
            + "(C_BAD_STREAMID by RECINVSID).",
        violation: "index 2^(n-1) is served, or index 2^(n-1)-1 is refused",
        source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (Span)",
        fault: "cover 2^n"
    );

    public static readonly RequirementId SMMU_STE_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Span 0, Span 12 to 31, and a Span above SPLIT+1 make all StreamIDs of the descriptor invalid (C_BAD_STREAMID by RECINVSID).",
        violation: "an STE is used",
        source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (Span)",
        fault: "accept Span 12"
    );

    public static readonly RequirementId SMMU_STE_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Bits of L2Ptr below the size of the level-2 array, and bits 52 and up of the descriptor, are ignored.",
        violation: "another STE is used",
        source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (L2Ptr)",
        fault: "use bit 5 of the pointer; use bits 52 and up"
    );

    public static readonly RequirementId SMMU_STE_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An external abort of the fetch of an STE or of a level-1 descriptor aborts with F_STE_FETCH whose FetchAddr, in doubleword 3, is "
            + "exactly the address fetched. An address beyond OAS is truncated or reported the same way.",
        violation: "no record, or another address",
        source: "IHI 0070, 7.3 F_STE_FETCH; 3.4.3 Address sizes of SMMU-originated accesses",
        fault: "FetchAddr in doubleword 2"
    );

    public static readonly RequirementId SMMU_STE_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An STE with V=0 aborts with C_BAD_STE.",
        violation: "the transaction passes, or another event",
        source: "IHI 0070, 5.2 STE.V; 7.3 C_BAD_STE",
        fault: "bypass"
    );

    public static readonly RequirementId SMMU_STE_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Config 0b000 to 0b011 aborts without any event, whatever the other fields, and memory stays unchanged.",
        violation: "an event is recorded, or data lands",
        source: "IHI 0070, 5.2 STE.Config",
        fault: "record an event"
    );

    public static readonly RequirementId SMMU_STE_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Config 0b100 passes with PA = input address and no CD is read. An address at or above 2^OAS aborts with F_ADDR_SIZE (S2=0, CLASS=IN).",
        violation: "a bad CD is noticed, or the address is truncated in silence",
        source: "IHI 0070, 5.2 STE.Config; 3.4 Address sizes",
        fault: "decode the CD; truncate the address"
    );

    public static readonly RequirementId SMMU_STE_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A Config that enables a stage which IDR0 does not have is illegal: C_BAD_STE.",
        violation: "the stage is skipped: the transaction passes untranslated",
        source: "IHI 0070, 5.2 STE.Config; 6.3 SMMU_IDR0.S1P and S2P",
        fault: "treat 0b110 as bypass"
    );

    public static readonly RequirementId SMMU_STE_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "Fields of a stage that Config leaves off never make an STE illegal: S1CDMax, S1STALLD, S1Fmt, S1ContextPtr with 0b110, the S2 "
            + "fields other than S2VMID with 0b101.",
        violation: "C_BAD_STE",
        source: "IHI 0070, 5.2 Stream Table Entry (validity of STE)",
        fault: "check the fields of both stages always"
    );

    public static readonly RequirementId SMMU_STE_13 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Where SSIDSIZE is not 0, stage 1 on: S1CDMax > SSIDSIZE is illegal, and so is S1Fmt 1 or 2 with S1CDMax > 0 and CD2L=0. Where "
            + "SSIDSIZE is 0, S1CDMax, S1Fmt and S1DSS are ignored and there is one CD.",
        violation: "C_BAD_STE is missing, or comes with SSIDSIZE=0",
        source: "IHI 0070, 5.2 STE.S1CDMax and STE.S1Fmt",
        fault: "drop the check; check without looking at SSIDSIZE"
    );

    public static readonly RequirementId SMMU_STE_14 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "With stage 1 on, S1STALLD=1 is illegal where STALL_MODEL is not 0; where it is 0, a CD with S=1 under it gives C_BAD_CD. With "
            + "stage 1 off S1STALLD is ignored.",
        violation: "C_BAD_STE is missing, or comes with Config 0b110",
        source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 5.2 STE.S1STALLD",
        fault: "ignore S1STALLD; check it with Config 0b110"
    );

    public static readonly RequirementId SMMU_STE_15 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With substreams, traffic without a SubstreamID: S1DSS 0 and 3 abort with F_STREAM_DISABLED, 1 bypasses stage 1, 2 uses CD 0.",
        violation: "another result",
        source: "IHI 0070, 5.2 STE.S1DSS",
        fault: "exchange 1 and 2"
    );

    public static readonly RequirementId SMMU_STE_16 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "With in = 64-S2T0SZ and a start level whose table resolves input bits from s up, the combination of S2T0SZ, S2SL0 and S2TG is "
            + "legal exactly when s+1 <= in <= s+stride+4. S2TG=3, S2SL0=3 without small tables, S2T0SZ outside its bounds, which come from the "
            + "intermediate address size and not from S2PS, and S2TTB bits above the effective S2PS are illegal. Up to v3.0 an S2T0SZ out of bounds may "
            + "be clamped.",
        violation: "C_BAD_STE is missing, or comes for a legal combination",
        source: "IHI 0070, 5.2 STE.S2T0SZ, STE.S2SL0, STE.S2TG, STE.S2TTB",
        fault: "allow 32 concatenated tables; accept a start level with nothing to resolve; take the bound from S2PS"
    );

    public static readonly RequirementId SMMU_STE_17 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "S2AA64=0 on an SMMU without AArch32 tables is illegal: C_BAD_STE, and the SMMU keeps running.",
        violation: "the tables are walked, or the implementation stops",
        source: "IHI 0070, 5.2 STE.S2AA64",
        fault: "walk as AArch64; stop the process"
    );

    public static readonly RequirementId SMMU_STE_18 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "S2S=1 with STALL_MODEL=1, S2S=0 with STALL_MODEL=2, and S2HA or S2HD above IDR0.HTTU are illegal: C_BAD_STE.",
        violation: "the STE is used",
        source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 5.2 STE.S2HA and STE.S2HD",
        fault: "ignore the fields"
    );

    public static readonly RequirementId SMMU_STE_19 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With ATS and Config other than 0b000 and 0b100: EATS=2 is legal only with Config 0b111, NS1ATS=0 and S2S=0, and behaves as 0 "
            + "while ATSCHK=0; EATS=1 or 3 with S2S=1 and stage 2 on is illegal. Without ATS EATS is ignored. ATSCHK never makes an STE illegal.",
        violation: "C_BAD_STE is missing, or comes for a legal EATS",
        source: "IHI 0070, 5.2 STE.EATS",
        fault: "accept EATS=1 with S2S=1; let ATSCHK make EATS=2 illegal"
    );

    public static readonly RequirementId SMMU_STE_20 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "STRW counts only with HYP=1 and Config 0b101, where the values 1 and 3 give C_BAD_STE. Otherwise any value is without effect and "
            + "the stream is in NS-EL1.",
        violation: "C_BAD_STE with HYP=0, or EL2 tags for a nested stream",
        source: "IHI 0070, 5.2 STE.STRW",
        fault: "reject STRW=2 with HYP=0; use EL2 tags for a nested stream"
    );

    public static readonly RequirementId SMMU_STE_21 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With VMID16=0 an S2VMID above 255 is illegal where the VMID is used (stage 2 exists, Config 0b101, 0b110 or 0b111 in NS-EL1), "
            + "and no error with Config 0b100 or without stage 2.",
        violation: "the VMID is cut to 8 bits, or C_BAD_STE where it is not used",
        source: "IHI 0070, 5.2 STE.S2VMID",
        fault: "mask to 8 bits"
    );

    public static readonly RequirementId SMMU_STE_22 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "S1ContextPtr beyond OAS with Config 0b101 is illegal from v3.1 on. Beyond the intermediate address size with Config 0b111 it "
            + "gives C_BAD_STE or a stage-2 F_TRANSLATION with CLASS=CD. The CD is never read from a truncated address.",
        violation: "a CD at the truncated address is used",
        source: "IHI 0070, 5.2 STE.S1ContextPtr; 3.4.3 Address sizes of SMMU-originated accesses",
        fault: "truncate and use"
    );

    public static readonly RequirementId SMMU_STE_23 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "STRTAB_BASE_CFG.FMT 2 and 3 behave as linear; SPLIT other than 6, 8 and 10 behaves as 6.",
        violation: "another STE is used",
        source: "IHI 0070, 6.3 SMMU_STRTAB_BASE_CFG.FMT and SPLIT",
        fault: "use SPLIT as written"
    );

    public static readonly RequirementId SMMU_STE_24 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With SPLIT at or above LOG2SIZE there is one level-1 descriptor, and StreamIDs from 2^LOG2SIZE on are invalid although its Span "
            + "covers them.",
        violation: "such a StreamID is served",
        source: "IHI 0070, 3.3.1 Stream table lookup; 6.3 SMMU_STRTAB_BASE_CFG",
        fault: "check Span only"
    );
}
