using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Event records and the event queue. Observed in the memory of the event queue and in PROD, CONS and GERROR, before and after.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_EVT_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Every record has its fields at the architected bits; unused fields are 0, and fields that are UNKNOWN or implementation defined "
            + "may be anything.",
        violation: "a field differs",
        source: "IHI 0070, 7.3 Event records",
        fault: "CLASS is 0"
    );

    public static readonly RequirementId SMMU_EVT_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "RnW, PnU and InD are those of the client transaction, also in stage-2 records with CLASS=CD and TT.",
        violation: "they describe the fetch",
        source: "IHI 0070, 7.3 Event records (RnW, PnU, InD)",
        fault: "RnW=1 always"
    );

    public static readonly RequirementId SMMU_EVT_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "InputAddr holds all 64 bits of the input address as the transaction had them, also with TBI and in stage-2 records.",
        violation: "bits are cleared or aligned away",
        source: "IHI 0070, 7.3 Event records (InputAddr)",
        fault: "clear the top byte; align to a page"
    );

    public static readonly RequirementId SMMU_EVT_04 = Row(
        Strength.Should,
        null,
        Socket | InProcess,
        statement: "A faulting transaction gives at most one record; with MEV=0 records are not merged except F_UUT, C_BAD_STREAMID, F_STE_FETCH and "
            + "C_BAD_STE. A virtual SMMU may merge others.",
        violation: "two records for one access",
        source: "IHI 0070, 3.5.5 Event merging; 5.2 STE.MEV",
        fault: "record stage 1 and stage 2 of one access"
    );

    public static readonly RequirementId SMMU_EVT_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A record that meets a full queue is dropped: PROD's index stays, OVFLG toggles once and not again until it is acknowledged, "
            + "GERROR stays. A stalled record is kept instead.",
        violation: "a record is overwritten, OVFLG does not toggle or toggles twice, or EVENTQ_ABT_ERR",
        source: "IHI 0070, 7.4 Event queue overflow; 3.5.3 Event queue behavior",
        fault: "raise EVENTQ_ABT_ERR"
    );

    public static readonly RequirementId SMMU_EVT_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An external abort of an event write makes GERROR.EVENTQ_ABT_ERR active, toggled once until it is acknowledged.",
        violation: "no error, or a toggle per record",
        source: "IHI 0070, 7.2 Event queue recorded faults and events (external abort); 6.3 SMMU_GERROR.EVENTQ_ABT_ERR",
        fault: "toggle at every abort"
    );

    public static readonly RequirementId SMMU_EVT_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With EVENTQEN=0 faulting transactions end as ever, nothing is written, and there is no overflow.",
        violation: "a record is written, or the transaction hangs",
        source: "IHI 0070, 7.2 Event queue recorded faults and events; 6.3 SMMU_CR0.EVENTQEN",
        fault: "write anyway; hang"
    );

    public static readonly RequirementId SMMU_EVT_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Records wrap at the end of the queue with the wrap bit toggled; with software consuming none is lost, and those of one stream "
            + "keep their order.",
        violation: "a record is lost or written elsewhere",
        source: "IHI 0070, 3.5.1 SMMU circular queues",
        fault: "lose the wrap bit"
    );

    public static readonly RequirementId SMMU_EVT_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The event queue interrupt is signalled when the queue goes from empty to not empty, if IRQ_CTRL.EVENTQ_IRQEN=1, and never with 0.",
        violation: "no interrupt, or one with the bit clear",
        source: "IHI 0070, 3.18 Interrupts and notifications; 6.3 SMMU_IRQ_CTRL",
        fault: "ignore the enable bit"
    );

    public static readonly RequirementId SMMU_EVT_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "A stage-2 record holds the page of the IPA that failed: that of the CD, of the stage-1 descriptor (not of its table), or of the "
            + "final access.",
        violation: "another IPA",
        source: "IHI 0070, 7.3 Event records (IPA)",
        fault: "IPA is the input address; IPA is the table base"
    );

    public static readonly RequirementId SMMU_EVT_11 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A stalled transaction gives a record with Stall=1 and a STAG that no other live stall has; RESUME with retry walks again, with "
            + "terminate or abort ends it, STALL_TERM ends all of its stream, and SMMUEN going to 0 ends all. A STAG that is unknown or of another "
            + "stream does nothing.",
        violation: "a STAG is used twice, or a stall does not end or ends otherwise",
        source: "IHI 0070, 3.12.2 Stall model; 4.7 CMD_RESUME and CMD_STALL_TERM",
        fault: "reuse a STAG while it is live"
    );

    public static readonly RequirementId SMMU_EVT_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Where several faults hold, the first one in the order of the procedure is reported.",
        violation: "the event of a later one",
        source: "IHI 0070, 15 Translation procedure; 3.3.3 Configuration and translation lookup",
        fault: "permission before AF; stage 2 before stage 1"
    );

    public static readonly RequirementId SMMU_EVT_13 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "While EVENTQ_ABT_ERR is active no record is written although there is room; after the acknowledgement recording goes on.",
        violation: "a record is written meanwhile, or none afterwards",
        source: "IHI 0070, 7.2 Event queue recorded faults and events; 7.5 Global error recording",
        fault: "keep writing"
    );

    public static readonly RequirementId SMMU_EVT_14 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With OVFLG not acknowledged, records are written again as soon as there is room, and OVFLG does not toggle again.",
        violation: "the queue stays blocked, or OVFLG toggles twice",
        source: "IHI 0070, 7.4 Event queue overflow",
        fault: "block the queue until the acknowledgement; toggle twice"
    );

    public static readonly RequirementId SMMU_EVT_15 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "PREFETCH_CONFIG and PREFETCH_ADDR of an invalid, out-of-range or faulting target give neither a record nor a command error.",
        violation: "an event or CERROR",
        source: "IHI 0070, 4.2 CMD_PREFETCH_CONFIG and CMD_PREFETCH_ADDR",
        fault: "record C_BAD_STE"
    );

    public static readonly RequirementId SMMU_EVT_16 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Stage-1 F_TRANSLATION, F_ADDR_SIZE, F_ACCESS and F_PERMISSION have S2=0 and CLASS=IN at every level, and F_WALK_EABT of a "
            + "stage-1 descriptor S2=0 and CLASS=TT. Stage-2 records have S2=1 and CLASS by the reason of the walk: CD, TT or IN.",
        violation: "another S2 or CLASS",
        source: "IHI 0070, 7.3 Event records (S2, CLASS)",
        fault: "CLASS=TT for an invalid stage-1 table; IPA of the table base"
    );

    public static readonly RequirementId SMMU_EVT_17 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "InD is 0 whenever RnW is 0; PnU and InD are those after PRIVCFG and INSTCFG, except in F_UUT.",
        violation: "the raw attributes",
        source: "IHI 0070, 7.3 Event records (InD, PnU); 5.2 STE.PRIVCFG and STE.INSTCFG",
        fault: "raw attributes"
    );

    public static readonly RequirementId SMMU_EVT_18 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "The record of a stalled transaction that meets an unwritable queue is delivered once the queue can be written, and causes no "
            + "overflow.",
        violation: "the record is lost, or OVFLG toggles",
        source: "IHI 0070, 3.5.3 Event queue behavior; 3.12.2 Stall model",
        fault: "drop it"
    );

    public static readonly RequirementId SMMU_EVT_19 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Config 0b100 with an address at or above 2^OAS, and Config 0b110 or a bypass by S1DSS=1 with one at or above 2^IAS, abort with "
            + "F_ADDR_SIZE, S2=0, CLASS=IN, recorded also with S2R=0.",
        violation: "the address is truncated and lands, or there is no record",
        source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
        fault: "gate it by S2R; truncate"
    );
}
