using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// The command queue. Observed in CONS and its ERR field, in GERROR, and by the effect of the commands beside.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_CMDQ_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An unknown opcode gives CERROR_ILL: CONS.ERR=1, CONS stays at the command, CMDQ_ERR becomes active, and no later command runs.",
        violation: "CONS moves on, or a later command has its effect",
        source: "IHI 0070, 7.1 Command queue errors; 4.1.3 Command errors",
        fault: "CONS moves on"
    );

    public static readonly RequirementId SMMU_CMDQ_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Only the acknowledgement of CMDQ_ERR in GERRORN lets consumption go on, and then at the same entry, which is fetched again. "
            + "Writing PROD does not.",
        violation: "consumption goes on by itself, or with the old content of the entry",
        source: "IHI 0070, 7.1 Command queue errors; 6.3 SMMU_GERRORN",
        fault: "go on at a write of PROD; run the stale copy"
    );

    public static readonly RequirementId SMMU_CMDQ_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An external abort of a command fetch gives CERROR_ABT: CONS.ERR=2, CONS stays; after the acknowledgement the fetch is tried again.",
        violation: "the entry is skipped",
        source: "IHI 0070, 7.1 Command queue errors (CERROR_ABT)",
        fault: "skip the entry"
    );

    public static readonly RequirementId SMMU_CMDQ_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "CMD_SYNC with CS=3 gives CERROR_ILL.",
        violation: "it is consumed",
        source: "IHI 0070, 4.7 CMD_SYNC",
        fault: "accept it"
    );

    public static readonly RequirementId SMMU_CMDQ_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Commands of what is not implemented give CERROR_ILL: EL2 forms (HYP=0), EL3 and Secure forms, ATC_INV (ATS=0), PRI_RESP (PRI=0), "
            + "RESUME and STALL_TERM (no stalls), S12_VMALL and S2_IPA (no stage 2), the NH forms, CFGI_CD and CFGI_CD_ALL (no stage 1).",
        violation: "they are consumed",
        source: "IHI 0070, 4.1.1 Command opcodes; 4.1.3 Command errors",
        fault: "consume them without effect"
    );

    public static readonly RequirementId SMMU_CMDQ_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "SSec=1 on the Non-secure queue gives CERROR_ILL for PREFETCH, CFGI, RESUME and STALL_TERM commands. In commands that have no "
            + "SSec the bit is a reserved one.",
        violation: "it is consumed",
        source: "IHI 0070, 4.1.6 Common command fields (SSec)",
        fault: "check one opcode only"
    );

    public static readonly RequirementId SMMU_CMDQ_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Queues of any size from one entry on wrap at their end with the wrap bit toggled.",
        violation: "a command is skipped, run twice or read elsewhere",
        source: "IHI 0070, 3.5.1 SMMU circular queues",
        fault: "take the mask from twice the size"
    );

    public static readonly RequirementId SMMU_CMDQ_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Commands are consumed in order, CONS never passes PROD, and all up to PROD are consumed.",
        violation: "a command is skipped, or one behind PROD runs",
        source: "IHI 0070, 4.1.4 Consumption of commands from the Command queue",
        fault: "skip one"
    );

    public static readonly RequirementId SMMU_CMDQ_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A CONS.ERR that is left from an acknowledged error stops nothing.",
        violation: "consumption stops without a new error",
        source: "IHI 0070, 6.3 SMMU_CMDQ_CONS.ERR",
        fault: "stop while ERR is not 0"
    );

    public static readonly RequirementId SMMU_CMDQ_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Clearing and setting CMDQEN keeps CONS: no command runs again and none is skipped.",
        violation: "commands run again",
        source: "IHI 0070, 6.3 SMMU_CR0.CMDQEN",
        fault: "CONS becomes 0"
    );

    public static readonly RequirementId SMMU_CMDQ_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With RIL=1 an address TLBI with TG not 0 and TTL, NUM and SCALE all 0 gives CERROR_ILL; with one of them set, or with TG=0, it "
            + "is legal.",
        violation: "it is consumed, or a legal form is refused",
        source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint",
        fault: "treat it as one page"
    );

    public static readonly RequirementId SMMU_CMDQ_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "While CMDQ_ERR is active PROD may be moved back as far as CONS, and the commands taken away never run. Clearing CMDQEN is no "
            + "acknowledgement.",
        violation: "a command taken away runs, or consumption goes on after CMDQEN",
        source: "IHI 0070, 7.1 Command queue errors",
        fault: "clearing CMDQEN acknowledges; run the commands taken away"
    );

    public static readonly RequirementId SMMU_CMDQ_13 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A StreamID beyond the table in a CFGI or PREFETCH command, and a VMID other than 0 without stage 2, are no errors: later "
            + "commands run.",
        violation: "an error, or the implementation fails",
        source: "IHI 0070, 4.1.7 Out-of-range parameters",
        fault: "index without bound"
    );

    public static readonly RequirementId SMMU_CMDQ_14 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "When a CMD_SYNC is consumed, the records of all transactions that ended before it was submitted are visible.",
        violation: "a record appears later",
        source: "IHI 0070, 4.7 CMD_SYNC",
        fault: "post records later"
    );

    public static readonly RequirementId SMMU_CMDQ_15 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With SMMUEN=0 ATC_INV and PRI_RESP are ignored where they are implemented; PRI_RESP with Resp=3 gives CERROR_ILL even then.",
        violation: "an illegal one is consumed",
        source: "IHI 0070, 4.5 CMD_ATC_INV and CMD_PRI_RESP",
        fault: "ignore first, check later"
    );

    public static readonly RequirementId SMMU_CMDQ_16 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Reserved bits of an otherwise legal command give CERROR_ILL or are ignored, and for one bit always the same.",
        violation: "sometimes the one and sometimes the other, or another effect",
        source: "IHI 0070, 4.1.5 Reserved fields",
        fault: "act on a reserved bit"
    );
}
