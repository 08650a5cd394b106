using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Event records and the event queue. Observed in the memory of the event queue and in PROD, CONS and GERROR, before and after.</summary>
internal static class SmmuEvents
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_EVT_01,
            "SMMU-EVT-01",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Every record has its fields at the architected bits; unused fields are 0, and fields that are UNKNOWN or implementation "
                + "defined may be anything.",
            Violation: "a field differs",
            Source: "IHI 0070",
            Fault: "CLASS is 0",
            Unchecked: null
        ),
        new(
            SMMU_EVT_02,
            "SMMU-EVT-02",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "RnW, PnU and InD are those of the client transaction, also in stage-2 records with CLASS=CD and TT.",
            Violation: "they describe the fetch",
            Source: "IHI 0070",
            Fault: "RnW=1 always",
            Unchecked: null
        ),
        new(
            SMMU_EVT_03,
            "SMMU-EVT-03",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "InputAddr holds all 64 bits of the input address as the transaction had them, also with TBI and in stage-2 records.",
            Violation: "bits are cleared or aligned away",
            Source: "IHI 0070",
            Fault: "clear the top byte; align to a page",
            Unchecked: null
        ),
        new(
            SMMU_EVT_04,
            "SMMU-EVT-04",
            RequirementGroup.SmmuEvt,
            Strength.Should,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A faulting transaction gives at most one record; with MEV=0 records are not merged except F_UUT, C_BAD_STREAMID, "
                + "F_STE_FETCH and C_BAD_STE. A virtual SMMU may merge others.",
            Violation: "two records for one access",
            Source: "IHI 0070",
            Fault: "record stage 1 and stage 2 of one access",
            Unchecked: null
        ),
        new(
            SMMU_EVT_05,
            "SMMU-EVT-05",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A record that meets a full queue is dropped: PROD's index stays, OVFLG toggles once and not again until it is acknowledged, "
                + "GERROR stays. A stalled record is kept instead.",
            Violation: "a record is overwritten, OVFLG does not toggle or toggles twice, or EVENTQ_ABT_ERR",
            Source: "IHI 0070",
            Fault: "raise EVENTQ_ABT_ERR",
            Unchecked: null
        ),
        new(
            SMMU_EVT_06,
            "SMMU-EVT-06",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "An external abort of an event write makes GERROR.EVENTQ_ABT_ERR active, toggled once until it is acknowledged.",
            Violation: "no error, or a toggle per record",
            Source: "IHI 0070",
            Fault: "toggle at every abort",
            Unchecked: null
        ),
        new(
            SMMU_EVT_07,
            "SMMU-EVT-07",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "With EVENTQEN=0 faulting transactions end as ever, nothing is written, and there is no overflow.",
            Violation: "a record is written, or the transaction hangs",
            Source: "IHI 0070",
            Fault: "write anyway; hang",
            Unchecked: null
        ),
        new(
            SMMU_EVT_08,
            "SMMU-EVT-08",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Records wrap at the end of the queue with the wrap bit toggled; with software consuming none is lost, and those of one "
                + "stream keep their order.",
            Violation: "a record is lost or written elsewhere",
            Source: "IHI 0070",
            Fault: "lose the wrap bit",
            Unchecked: null
        ),
        new(
            SMMU_EVT_09,
            "SMMU-EVT-09",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "The event queue interrupt is signalled when the queue goes from empty to not empty, if IRQ_CTRL.EVENTQ_IRQEN=1, and never " + "with 0.",
            Violation: "no interrupt, or one with the bit clear",
            Source: "IHI 0070",
            Fault: "ignore the enable bit",
            Unchecked: null
        ),
        new(
            SMMU_EVT_10,
            "SMMU-EVT-10",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "A stage-2 record holds the page of the IPA that failed: that of the CD, of the stage-1 descriptor (not of its table), or of "
                + "the final access.",
            Violation: "another IPA",
            Source: "IHI 0070",
            Fault: "IPA is the input address; IPA is the table base",
            Unchecked: null
        ),
        new(
            SMMU_EVT_11,
            "SMMU-EVT-11",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A stalled transaction gives a record with Stall=1 and a STAG that no other live stall has; RESUME with retry walks again, "
                + "with terminate or abort ends it, STALL_TERM ends all of its stream, and SMMUEN going to 0 ends all. A STAG that is unknown "
                + "or of another stream does nothing.",
            Violation: "a STAG is used twice, or a stall does not end or ends otherwise",
            Source: "IHI 0070",
            Fault: "reuse a STAG while it is live",
            Unchecked: null
        ),
        new(
            SMMU_EVT_12,
            "SMMU-EVT-12",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Where several faults hold, the first one in the order of the procedure is reported.",
            Violation: "the event of a later one",
            Source: "IHI 0070",
            Fault: "permission before AF; stage 2 before stage 1",
            Unchecked: null
        ),
        new(
            SMMU_EVT_13,
            "SMMU-EVT-13",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "While EVENTQ_ABT_ERR is active no record is written although there is room; after the acknowledgement recording goes on.",
            Violation: "a record is written meanwhile, or none afterwards",
            Source: "IHI 0070",
            Fault: "keep writing",
            Unchecked: null
        ),
        new(
            SMMU_EVT_14,
            "SMMU-EVT-14",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "With OVFLG not acknowledged, records are written again as soon as there is room, and OVFLG does not toggle again.",
            Violation: "the queue stays blocked, or OVFLG toggles twice",
            Source: "IHI 0070",
            Fault: "block the queue until the acknowledgement; toggle twice",
            Unchecked: null
        ),
        new(
            SMMU_EVT_15,
            "SMMU-EVT-15",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "PREFETCH_CONFIG and PREFETCH_ADDR of an invalid, out-of-range or faulting target give neither a record nor a command error.",
            Violation: "an event or CERROR",
            Source: "IHI 0070",
            Fault: "record C_BAD_STE",
            Unchecked: null
        ),
        new(
            SMMU_EVT_16,
            "SMMU-EVT-16",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION have S2=0 and CLASS=IN at every level, and F_WALK_EABT of a "
                + "stage-1 descriptor S2=0 and CLASS=TT. Stage-2 records have S2=1 and CLASS by the reason of the walk: CD, TT or IN.",
            Violation: "another S2 or CLASS",
            Source: "IHI 0070",
            Fault: "CLASS=TT for an invalid stage-1 table; IPA of the table base",
            Unchecked: null
        ),
        new(
            SMMU_EVT_17,
            "SMMU-EVT-17",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "InD is 0 whenever RnW is 0; PnU and InD are those after PRIVCFG and INSTCFG, except in F_UUT.",
            Violation: "the raw attributes",
            Source: "IHI 0070",
            Fault: "raw attributes",
            Unchecked: null
        ),
        new(
            SMMU_EVT_18,
            "SMMU-EVT-18",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "The record of a stalled transaction that meets an unwritable queue is delivered once the queue can be written, and causes "
                + "no overflow.",
            Violation: "the record is lost, or OVFLG toggles",
            Source: "IHI 0070",
            Fault: "drop it",
            Unchecked: null
        ),
        new(
            SMMU_EVT_19,
            "SMMU-EVT-19",
            RequirementGroup.SmmuEvt,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Config 0b100 with an address at or above 2^OAS, and Config 0b110 or a bypass by S1DSS=1 with one at or above 2^IAS, abort "
                + "with F_ADDR_SIZE, S2=0, CLASS=IN, recorded also with S2R=0.",
            Violation: "the address is truncated and lands, or there is no record",
            Source: "IHI 0070",
            Fault: "gate it by S2R; truncate",
            Unchecked: null
        ),
    ];
}
