using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Event records and the event queue. Observed in the memory of the event queue and in PROD, CONS and GERROR, before and after.</summary>
internal static class SmmuEventsRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_EVT_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Every record has its fields at the architected bits; unused fields are 0, and fields that are UNKNOWN or implementation defined "
                + "may be anything.",
            Violation: "a field differs",
            Source: "IHI 0070, 7.3 Event records",
            Fault: "CLASS is 0"
        ),
        new(
            SMMU_EVT_02,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "RnW, PnU and InD are those of the client transaction, also in stage-2 records with CLASS=CD and TT.",
            Violation: "they describe the fetch",
            Source: "IHI 0070, 7.3 Event records (RnW, PnU, InD)",
            Fault: "RnW=1 always"
        ),
        new(
            SMMU_EVT_03,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "InputAddr holds all 64 bits of the input address as the transaction had them, also with TBI and in stage-2 records.",
            Violation: "bits are cleared or aligned away",
            Source: "IHI 0070, 7.3 Event records (InputAddr)",
            Fault: "clear the top byte; align to a page"
        ),
        new(
            SMMU_EVT_04,
            Strength.Should,
            null,
            Socket | InProcess,
            Statement: "A faulting transaction gives at most one record; with MEV=0 records are not merged except F_UUT, C_BAD_STREAMID, F_STE_FETCH and "
                + "C_BAD_STE. A virtual SMMU may merge others.",
            Violation: "two records for one access",
            Source: "IHI 0070, 3.5.5 Event merging; 5.2 STE.MEV",
            Fault: "record stage 1 and stage 2 of one access"
        ),
        new(
            SMMU_EVT_05,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A record that meets a full queue is dropped: PROD's index stays, OVFLG toggles once and not again until it is acknowledged, "
                + "GERROR stays. A stalled record is kept instead.",
            Violation: "a record is overwritten, OVFLG does not toggle or toggles twice, or EVENTQ_ABT_ERR",
            Source: "IHI 0070, 7.4 Event queue overflow; 3.5.3 Event queue behavior",
            Fault: "raise EVENTQ_ABT_ERR"
        ),
        new(
            SMMU_EVT_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An external abort of an event write makes GERROR.EVENTQ_ABT_ERR active, toggled once until it is acknowledged.",
            Violation: "no error, or a toggle per record",
            Source: "IHI 0070, 7.2 Event queue recorded faults and events (external abort); 6.3 SMMU_GERROR.EVENTQ_ABT_ERR",
            Fault: "toggle at every abort"
        ),
        new(
            SMMU_EVT_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With EVENTQEN=0 faulting transactions end as ever, nothing is written, and there is no overflow.",
            Violation: "a record is written, or the transaction hangs",
            Source: "IHI 0070, 7.2 Event queue recorded faults and events; 6.3 SMMU_CR0.EVENTQEN",
            Fault: "write anyway; hang"
        ),
        new(
            SMMU_EVT_08,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Records wrap at the end of the queue with the wrap bit toggled; with software consuming none is lost, and those of one stream "
                + "keep their order.",
            Violation: "a record is lost or written elsewhere",
            Source: "IHI 0070, 3.5.1 SMMU circular queues",
            Fault: "lose the wrap bit"
        ),
        new(
            SMMU_EVT_09,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The event queue interrupt is signalled when the queue goes from empty to not empty, if IRQ_CTRL.EVENTQ_IRQEN=1, and never with 0.",
            Violation: "no interrupt, or one with the bit clear",
            Source: "IHI 0070, 3.18 Interrupts and notifications; 6.3 SMMU_IRQ_CTRL",
            Fault: "ignore the enable bit"
        ),
        new(
            SMMU_EVT_10,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "A stage-2 record holds the page of the IPA that failed: that of the CD, of the stage-1 descriptor (not of its table), or of the "
                + "final access.",
            Violation: "another IPA",
            Source: "IHI 0070, 7.3 Event records (IPA)",
            Fault: "IPA is the input address; IPA is the table base"
        ),
        new(
            SMMU_EVT_11,
            Strength.Must,
            null,
            InProcess,
            Statement: "A stalled transaction gives a record with Stall=1 and a STAG that no other live stall has; RESUME with retry walks again, with "
                + "terminate or abort ends it, STALL_TERM ends all of its stream, and SMMUEN going to 0 ends all. A STAG that is unknown or of another "
                + "stream does nothing.",
            Violation: "a STAG is used twice, or a stall does not end or ends otherwise",
            Source: "IHI 0070, 3.12.2 Stall model; 4.7 CMD_RESUME and CMD_STALL_TERM",
            Fault: "reuse a STAG while it is live"
        ),
        new(
            SMMU_EVT_12,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Where several faults hold, the first one in the order of the procedure is reported.",
            Violation: "the event of a later one",
            Source: "IHI 0070, 15 Translation procedure; 3.3.3 Configuration and translation lookup",
            Fault: "permission before AF; stage 2 before stage 1"
        ),
        new(
            SMMU_EVT_13,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "While EVENTQ_ABT_ERR is active no record is written although there is room; after the acknowledgement recording goes on.",
            Violation: "a record is written meanwhile, or none afterwards",
            Source: "IHI 0070, 7.2 Event queue recorded faults and events; 7.5 Global error recording",
            Fault: "keep writing"
        ),
        new(
            SMMU_EVT_14,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With OVFLG not acknowledged, records are written again as soon as there is room, and OVFLG does not toggle again.",
            Violation: "the queue stays blocked, or OVFLG toggles twice",
            Source: "IHI 0070, 7.4 Event queue overflow",
            Fault: "block the queue until the acknowledgement; toggle twice"
        ),
        new(
            SMMU_EVT_15,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "PREFETCH_CONFIG and PREFETCH_ADDR of an invalid, out-of-range or faulting target give neither a record nor a command error.",
            Violation: "an event or CERROR",
            Source: "IHI 0070, 4.2 CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR",
            Fault: "record C_BAD_STE"
        ),
        new(
            SMMU_EVT_16,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION have S2=0 and CLASS=IN at every level, and F_WALK_EABT of a "
                + "stage-1 descriptor S2=0 and CLASS=TT. Stage-2 records have S2=1 and CLASS by the reason of the walk: CD, TT or IN.",
            Violation: "another S2 or CLASS",
            Source: "IHI 0070, 7.3 Event records (S2, CLASS)",
            Fault: "CLASS=TT for an invalid stage-1 table; IPA of the table base"
        ),
        new(
            SMMU_EVT_17,
            Strength.Must,
            null,
            InProcess,
            Statement: "InD is 0 whenever RnW is 0; PnU and InD are those after PRIVCFG and INSTCFG, except in F_UUT.",
            Violation: "the raw attributes",
            Source: "IHI 0070, 7.3 Event records (InD, PnU); 5.2 STE.PRIVCFG and STE.INSTCFG",
            Fault: "raw attributes"
        ),
        new(
            SMMU_EVT_18,
            Strength.Must,
            null,
            InProcess,
            Statement: "The record of a stalled transaction that meets an unwritable queue is delivered once the queue can be written, and causes no "
                + "overflow.",
            Violation: "the record is lost, or OVFLG toggles",
            Source: "IHI 0070, 3.5.3 Event queue behavior; 3.12.2 Stall model",
            Fault: "drop it"
        ),
        new(
            SMMU_EVT_19,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Config 0b100 with an address at or above 2^OAS, and Config 0b110 or a bypass by S1DSS=1 with one at or above 2^IAS, abort with "
                + "F_ADDR_SIZE, S2=0, CLASS=IN, recorded also with S2R=0.",
            Violation: "the address is truncated and lands, or there is no record",
            Source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
            Fault: "gate it by S2R; truncate"
        ),
    ];
}
