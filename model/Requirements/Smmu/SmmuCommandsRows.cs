using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>The command queue. Observed in CONS and its ERR field, in GERROR, and by the effect of the commands beside.</summary>
internal static class SmmuCommandsRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_CMDQ_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An unknown opcode gives CERROR_ILL: CONS.ERR=1, CONS stays at the command, CMDQ_ERR becomes active, and no later command runs.",
            Violation: "CONS moves on, or a later command has its effect",
            Source: "IHI 0070, 7.1 Command queue errors; 4.1.3 Command errors",
            Fault: "CONS moves on"
        ),
        new(
            SMMU_CMDQ_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Only the acknowledgement of CMDQ_ERR in GERRORN lets consumption go on, and then at the same entry, which is fetched again. "
                + "Writing PROD does not.",
            Violation: "consumption goes on by itself, or with the old content of the entry",
            Source: "IHI 0070, 7.1 Command queue errors; 6.3 SMMU_GERRORN",
            Fault: "go on at a write of PROD; run the stale copy"
        ),
        new(
            SMMU_CMDQ_03,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An external abort of a command fetch gives CERROR_ABT: CONS.ERR=2, CONS stays; after the acknowledgement the fetch is tried again.",
            Violation: "the entry is skipped",
            Source: "IHI 0070, 7.1 Command queue errors (CERROR_ABT)",
            Fault: "skip the entry"
        ),
        new(
            SMMU_CMDQ_04,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "CMD_SYNC with CS=3 gives CERROR_ILL.",
            Violation: "it is consumed",
            Source: "IHI 0070, 4.7 CMD_SYNC",
            Fault: "accept it"
        ),
        new(
            SMMU_CMDQ_05,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Commands of what is not implemented give CERROR_ILL: EL2 forms (HYP=0), EL3 and Secure forms, ATC_INV (ATS=0), PRI_RESP (PRI=0), "
                + "RESUME and STALL_TERM (no stalls), S12_VMALL and S2_IPA (no stage 2), the NH forms, CFGI_CD and CFGI_CD_ALL (no stage 1).",
            Violation: "they are consumed",
            Source: "IHI 0070, 4.1.1 Command opcodes; 4.1.3 Command errors",
            Fault: "consume them without effect"
        ),
        new(
            SMMU_CMDQ_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "SSec=1 on the Non-secure queue gives CERROR_ILL for PREFETCH, CFGI, RESUME and STALL_TERM commands. In commands that have no "
                + "SSec the bit is a reserved one.",
            Violation: "it is consumed",
            Source: "IHI 0070, 4.1.6 Common command fields (SSec)",
            Fault: "check one opcode only"
        ),
        new(
            SMMU_CMDQ_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Queues of any size from one entry on wrap at their end with the wrap bit toggled.",
            Violation: "a command is skipped, run twice or read elsewhere",
            Source: "IHI 0070, 3.5.1 SMMU circular queues",
            Fault: "take the mask from twice the size"
        ),
        new(
            SMMU_CMDQ_08,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Commands are consumed in order, CONS never passes PROD, and all up to PROD are consumed.",
            Violation: "a command is skipped, or one behind PROD runs",
            Source: "IHI 0070, 4.1.4 Consumption of commands from the Command queue",
            Fault: "skip one"
        ),
        new(
            SMMU_CMDQ_09,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A CONS.ERR that is left from an acknowledged error stops nothing.",
            Violation: "consumption stops without a new error",
            Source: "IHI 0070, 6.3 SMMU_CMDQ_CONS.ERR",
            Fault: "stop while ERR is not 0"
        ),
        new(
            SMMU_CMDQ_10,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Clearing and setting CMDQEN keeps CONS: no command runs again and none is skipped.",
            Violation: "commands run again",
            Source: "IHI 0070, 6.3 SMMU_CR0.CMDQEN",
            Fault: "CONS becomes 0"
        ),
        new(
            SMMU_CMDQ_11,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With RIL=1 an address TLBI with TG not 0 and TTL, NUM and SCALE all 0 gives CERROR_ILL; with one of them set, or with TG=0, it "
                + "is legal.",
            Violation: "it is consumed, or a legal form is refused",
            Source: "IHI 0070, 4.4.1.1 Range-based invalidation and level hint",
            Fault: "treat it as one page"
        ),
        new(
            SMMU_CMDQ_12,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "While CMDQ_ERR is active PROD may be moved back as far as CONS, and the commands taken away never run. Clearing CMDQEN is no "
                + "acknowledgement.",
            Violation: "a command taken away runs, or consumption goes on after CMDQEN",
            Source: "IHI 0070, 7.1 Command queue errors",
            Fault: "clearing CMDQEN acknowledges; run the commands taken away"
        ),
        new(
            SMMU_CMDQ_13,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A StreamID beyond the table in a CFGI or PREFETCH command, and a VMID other than 0 without stage 2, are no errors: later "
                + "commands run.",
            Violation: "an error, or the implementation fails",
            Source: "IHI 0070, 4.1.7 Out-of-range parameters",
            Fault: "index without bound"
        ),
        new(
            SMMU_CMDQ_14,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "When a CMD_SYNC is consumed, the records of all transactions that ended before it was submitted are visible.",
            Violation: "a record appears later",
            Source: "IHI 0070, 4.7 CMD_SYNC",
            Fault: "post records later"
        ),
        new(
            SMMU_CMDQ_15,
            Strength.Must,
            null,
            InProcess,
            Statement: "With SMMUEN=0 ATC_INV and PRI_RESP are ignored where they are implemented; PRI_RESP with Resp=3 gives CERROR_ILL even then.",
            Violation: "an illegal one is consumed",
            Source: "IHI 0070, 4.5 CMD_ATC_INV and CMD_PRI_RESP",
            Fault: "ignore first, check later"
        ),
        new(
            SMMU_CMDQ_16,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Reserved bits of an otherwise legal command give CERROR_ILL or are ignored, and for one bit always the same.",
            Violation: "sometimes the one and sometimes the other, or another effect",
            Source: "IHI 0070, 4.1.5 Reserved fields",
            Fault: "act on a reserved bit"
        ),
    ];
}
