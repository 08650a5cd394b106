using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Stream table lookup and decoding of stream table entries. Observed after CFGI_STE and SYNC by a read and a write: the address reached, and the event
/// field by field.
/// </summary>
internal static class SmmuStreamTableRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_STE_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A StreamID at or above 2^min(LOG2SIZE, SIDSIZE) aborts. C_BAD_STREAMID is recorded when CR2.RECINVSID=1 and only then.",
            Violation: "an STE behind the table is used, or the record comes with RECINVSID=0 or is missing with 1",
            Source: "IHI 0070, 3.3.1 Stream table lookup; 7.3 C_BAD_STREAMID; 6.3 SMMU_CR2.RECINVSID",
            Fault: "accept the first StreamID behind the table; ignore RECINVSID"
        ),
        new(
            SMMU_STE_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The base of a linear stream table is STRTAB_BASE.ADDR with bits below 6 + LOG2SIZE taken as 0.",
            Violation: "a base with a lower bit set finds another STE",
            Source: "IHI 0070, 6.3 SMMU_STRTAB_BASE.ADDR; 3.3.1 Stream table lookup",
            Fault: "mask one bit short"
        ),
        new(
            SMMU_STE_03,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The base of a level-1 table is ADDR with bits max(5, LOG2SIZE-SPLIT+2):0 taken as 0, with LOG2SIZE as written even where it is "
                + "above SIDSIZE.",
            Violation: "a base with one of these bits set finds another descriptor, or the lowest bit above is ignored",
            Source: "IHI 0070, 6.3 SMMU_STRTAB_BASE.ADDR",
            Fault: "mask one bit short"
        ),
        new(
            SMMU_STE_04,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A level-1 descriptor with Span=n covers exactly 2^(n-1) STEs; a StreamID behind them is as invalid as one behind the table "
                + "(C_BAD_STREAMID by RECINVSID).",
            Violation: "index 2^(n-1) is served, or index 2^(n-1)-1 is refused",
            Source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (Span)",
            Fault: "cover 2^n"
        ),
        new(
            SMMU_STE_05,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Span 0, Span 12 to 31, and a Span above SPLIT+1 make all StreamIDs of the descriptor invalid (C_BAD_STREAMID by RECINVSID).",
            Violation: "an STE is used",
            Source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (Span)",
            Fault: "accept Span 12"
        ),
        new(
            SMMU_STE_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Bits of L2Ptr below the size of the level-2 array, and bits 52 and up of the descriptor, are ignored.",
            Violation: "another STE is used",
            Source: "IHI 0070, 5.1 Level 1 Stream Table Descriptor (L2Ptr)",
            Fault: "use bit 5 of the pointer; use bits 52 and up"
        ),
        new(
            SMMU_STE_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An external abort of the fetch of an STE or of a level-1 descriptor aborts with F_STE_FETCH whose FetchAddr, in doubleword 3, is "
                + "exactly the address fetched. An address beyond OAS is truncated or reported the same way.",
            Violation: "no record, or another address",
            Source: "IHI 0070, 7.3 F_STE_FETCH; 3.4.3 Address sizes of SMMU-originated accesses",
            Fault: "FetchAddr in doubleword 2"
        ),
        new(
            SMMU_STE_08,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An STE with V=0 aborts with C_BAD_STE.",
            Violation: "the transaction passes, or another event",
            Source: "IHI 0070, 5.2 STE.V; 7.3 C_BAD_STE",
            Fault: "bypass"
        ),
        new(
            SMMU_STE_09,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Config 0b000 to 0b011 aborts without any event, whatever the other fields, and memory stays unchanged.",
            Violation: "an event is recorded, or data lands",
            Source: "IHI 0070, 5.2 STE.Config",
            Fault: "record an event"
        ),
        new(
            SMMU_STE_10,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Config 0b100 passes with PA = input address and no CD is read. An address at or above 2^OAS aborts with F_ADDR_SIZE (S2=0, CLASS=IN).",
            Violation: "a bad CD is noticed, or the address is truncated in silence",
            Source: "IHI 0070, 5.2 STE.Config; 3.4 Address sizes",
            Fault: "decode the CD; truncate the address"
        ),
        new(
            SMMU_STE_11,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A Config that enables a stage which IDR0 does not have is illegal: C_BAD_STE.",
            Violation: "the stage is skipped: the transaction passes untranslated",
            Source: "IHI 0070, 5.2 STE.Config; 6.3 SMMU_IDR0.S1P and S2P",
            Fault: "treat 0b110 as bypass"
        ),
        new(
            SMMU_STE_12,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "Fields of a stage that Config leaves off never make an STE illegal: S1CDMax, S1STALLD, S1Fmt, S1ContextPtr with 0b110, the S2 "
                + "fields other than S2VMID with 0b101.",
            Violation: "C_BAD_STE",
            Source: "IHI 0070, 5.2 Stream Table Entry (validity of STE)",
            Fault: "check the fields of both stages always"
        ),
        new(
            SMMU_STE_13,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Where SSIDSIZE is not 0, stage 1 on: S1CDMax > SSIDSIZE is illegal, and so is S1Fmt 1 or 2 with S1CDMax > 0 and CD2L=0. Where "
                + "SSIDSIZE is 0, S1CDMax, S1Fmt and S1DSS are ignored and there is one CD.",
            Violation: "C_BAD_STE is missing, or comes with SSIDSIZE=0",
            Source: "IHI 0070, 5.2 STE.S1CDMax and STE.S1Fmt",
            Fault: "drop the check; check without looking at SSIDSIZE"
        ),
        new(
            SMMU_STE_14,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "With stage 1 on, S1STALLD=1 is illegal where STALL_MODEL is not 0; where it is 0, a CD with S=1 under it gives C_BAD_CD. With "
                + "stage 1 off S1STALLD is ignored.",
            Violation: "C_BAD_STE is missing, or comes with Config 0b110",
            Source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 5.2 STE.S1STALLD",
            Fault: "ignore S1STALLD; check it with Config 0b110"
        ),
        new(
            SMMU_STE_15,
            Strength.Must,
            null,
            InProcess,
            Statement: "With substreams, traffic without a SubstreamID: S1DSS 0 and 3 abort with F_STREAM_DISABLED, 1 bypasses stage 1, 2 uses CD 0.",
            Violation: "another result",
            Source: "IHI 0070, 5.2 STE.S1DSS",
            Fault: "exchange 1 and 2"
        ),
        new(
            SMMU_STE_16,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "With in = 64-S2T0SZ and a start level whose table resolves input bits from s up, the combination of S2T0SZ, S2SL0 and S2TG is "
                + "legal exactly when s+1 <= in <= s+stride+4. S2TG=3, S2SL0=3 without small tables, S2T0SZ outside its bounds, which come from the "
                + "intermediate address size and not from S2PS, and S2TTB bits above the effective S2PS are illegal. Up to v3.0 an S2T0SZ out of bounds may "
                + "be clamped.",
            Violation: "C_BAD_STE is missing, or comes for a legal combination",
            Source: "IHI 0070, 5.2 STE.S2T0SZ, STE.S2SL0, STE.S2TG, STE.S2TTB",
            Fault: "allow 32 concatenated tables; accept a start level with nothing to resolve; take the bound from S2PS"
        ),
        new(
            SMMU_STE_17,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "S2AA64=0 on an SMMU without AArch32 tables is illegal: C_BAD_STE, and the SMMU keeps running.",
            Violation: "the tables are walked, or the implementation stops",
            Source: "IHI 0070, 5.2 STE.S2AA64",
            Fault: "walk as AArch64; stop the process"
        ),
        new(
            SMMU_STE_18,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "S2S=1 with STALL_MODEL=1, S2S=0 with STALL_MODEL=2, and S2HA or S2HD above IDR0.HTTU are illegal: C_BAD_STE.",
            Violation: "the STE is used",
            Source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 5.2 STE.S2HA and STE.S2HD",
            Fault: "ignore the fields"
        ),
        new(
            SMMU_STE_19,
            Strength.Must,
            null,
            InProcess,
            Statement: "With ATS and Config other than 0b000 and 0b100: EATS=2 is legal only with Config 0b111, NS1ATS=0 and S2S=0, and behaves as 0 "
                + "while ATSCHK=0; EATS=1 or 3 with S2S=1 and stage 2 on is illegal. Without ATS EATS is ignored. ATSCHK never makes an STE illegal.",
            Violation: "C_BAD_STE is missing, or comes for a legal EATS",
            Source: "IHI 0070, 5.2 STE.EATS",
            Fault: "accept EATS=1 with S2S=1; let ATSCHK make EATS=2 illegal"
        ),
        new(
            SMMU_STE_20,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "STRW counts only with HYP=1 and Config 0b101, where the values 1 and 3 give C_BAD_STE. Otherwise any value is without effect and "
                + "the stream is in NS-EL1.",
            Violation: "C_BAD_STE with HYP=0, or EL2 tags for a nested stream",
            Source: "IHI 0070, 5.2 STE.STRW",
            Fault: "reject STRW=2 with HYP=0; use EL2 tags for a nested stream"
        ),
        new(
            SMMU_STE_21,
            Strength.Must,
            null,
            InProcess,
            Statement: "With VMID16=0 an S2VMID above 255 is illegal where the VMID is used (stage 2 exists, Config 0b101, 0b110 or 0b111 in NS-EL1), "
                + "and no error with Config 0b100 or without stage 2.",
            Violation: "the VMID is cut to 8 bits, or C_BAD_STE where it is not used",
            Source: "IHI 0070, 5.2 STE.S2VMID",
            Fault: "mask to 8 bits"
        ),
        new(
            SMMU_STE_22,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "S1ContextPtr beyond OAS with Config 0b101 is illegal from v3.1 on. Beyond the intermediate address size with Config 0b111 it "
                + "gives C_BAD_STE or a stage-2 F_TRANSLATION with CLASS=CD. The CD is never read from a truncated address.",
            Violation: "a CD at the truncated address is used",
            Source: "IHI 0070, 5.2 STE.S1ContextPtr; 3.4.3 Address sizes of SMMU-originated accesses",
            Fault: "truncate and use"
        ),
        new(
            SMMU_STE_23,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "STRTAB_BASE_CFG.FMT 2 and 3 behave as linear; SPLIT other than 6, 8 and 10 behaves as 6.",
            Violation: "another STE is used",
            Source: "IHI 0070, 6.3 SMMU_STRTAB_BASE_CFG.FMT and SPLIT",
            Fault: "use SPLIT as written"
        ),
        new(
            SMMU_STE_24,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With SPLIT at or above LOG2SIZE there is one level-1 descriptor, and StreamIDs from 2^LOG2SIZE on are invalid although its Span "
                + "covers them.",
            Violation: "such a StreamID is served",
            Source: "IHI 0070, 3.3.1 Stream table lookup; 6.3 SMMU_STRTAB_BASE_CFG",
            Fault: "check Span only"
        ),
    ];
}
