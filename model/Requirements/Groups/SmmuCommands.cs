using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>The command queue. Observed in CONS and its ERR field, in GERROR, and by the effect of the commands beside.</summary>
internal static class SmmuCommands
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_CMDQ_01,
            "SMMU-CMDQ-01",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "An unknown opcode gives CERROR_ILL: CONS.ERR=1, CONS stays at the command, CMDQ_ERR becomes active, and no later command " + "runs.",
            Violation: "CONS moves on, or a later command has its effect",
            Source: "IHI 0070",
            Fault: "CONS moves on",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_02,
            "SMMU-CMDQ-02",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Only the acknowledgement of CMDQ_ERR in GERRORN lets consumption go on, and then at the same entry, which is fetched again. "
                + "Writing PROD does not.",
            Violation: "consumption goes on by itself, or with the old content of the entry",
            Source: "IHI 0070",
            Fault: "go on at a write of PROD; run the stale copy",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_03,
            "SMMU-CMDQ-03",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "An external abort of a command fetch gives CERROR_ABT: CONS.ERR=2, CONS stays; after the acknowledgement the fetch is tried "
                + "again.",
            Violation: "the entry is skipped",
            Source: "IHI 0070",
            Fault: "skip the entry",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_04,
            "SMMU-CMDQ-04",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "CMD_SYNC with CS=3 gives CERROR_ILL.",
            Violation: "it is consumed",
            Source: "IHI 0070",
            Fault: "accept it",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_05,
            "SMMU-CMDQ-05",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Commands of what is not implemented give CERROR_ILL: EL2 forms (HYP=0), EL3 and Secure forms, ATC_INV (ATS=0), PRI_RESP "
                + "(PRI=0), RESUME and STALL_TERM (no stalls), S12_VMALL and S2_IPA (no stage 2), the NH forms, CFGI_CD and CFGI_CD_ALL (no "
                + "stage 1).",
            Violation: "they are consumed",
            Source: "IHI 0070",
            Fault: "consume them without effect",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_06,
            "SMMU-CMDQ-06",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "SSec=1 on the Non-secure queue gives CERROR_ILL for PREFETCH, CFGI, RESUME and STALL_TERM commands. In commands that have "
                + "no SSec the bit is a reserved one.",
            Violation: "it is consumed",
            Source: "IHI 0070",
            Fault: "check one opcode only",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_07,
            "SMMU-CMDQ-07",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Queues of any size from one entry on wrap at their end with the wrap bit toggled.",
            Violation: "a command is skipped, run twice or read elsewhere",
            Source: "IHI 0070",
            Fault: "take the mask from twice the size",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_08,
            "SMMU-CMDQ-08",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Commands are consumed in order, CONS never passes PROD, and all up to PROD are consumed.",
            Violation: "a command is skipped, or one behind PROD runs",
            Source: "IHI 0070",
            Fault: "skip one",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_09,
            "SMMU-CMDQ-09",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A CONS.ERR that is left from an acknowledged error stops nothing.",
            Violation: "consumption stops without a new error",
            Source: "IHI 0070",
            Fault: "stop while ERR is not 0",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_10,
            "SMMU-CMDQ-10",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Clearing and setting CMDQEN keeps CONS: no command runs again and none is skipped.",
            Violation: "commands run again",
            Source: "IHI 0070",
            Fault: "CONS becomes 0",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_11,
            "SMMU-CMDQ-11",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "With RIL=1 an address TLBI with TG not 0 and TTL, NUM and SCALE all 0 gives CERROR_ILL; with one of them set, or with TG=0, "
                + "it is legal.",
            Violation: "it is consumed, or a legal form is refused",
            Source: "IHI 0070",
            Fault: "treat it as one page",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_12,
            "SMMU-CMDQ-12",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "While CMDQ_ERR is active PROD may be moved back as far as CONS, and the commands taken away never run. Clearing CMDQEN is "
                + "no acknowledgement.",
            Violation: "a command taken away runs, or consumption goes on after CMDQEN",
            Source: "IHI 0070",
            Fault: "clearing CMDQEN acknowledges; run the commands taken away",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_13,
            "SMMU-CMDQ-13",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A StreamID beyond the table in a CFGI or PREFETCH command, and a VMID other than 0 without stage 2, are no errors: later "
                + "commands run.",
            Violation: "an error, or the implementation fails",
            Source: "IHI 0070",
            Fault: "index without bound",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_14,
            "SMMU-CMDQ-14",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "When a CMD_SYNC is consumed, the records of all transactions that ended before it was submitted are visible.",
            Violation: "a record appears later",
            Source: "IHI 0070",
            Fault: "post records later",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_15,
            "SMMU-CMDQ-15",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "With SMMUEN=0 ATC_INV and PRI_RESP are ignored where they are implemented; PRI_RESP with Resp=3 gives CERROR_ILL even then.",
            Violation: "an illegal one is consumed",
            Source: "IHI 0070",
            Fault: "ignore first, check later",
            Unchecked: null
        ),
        new(
            SMMU_CMDQ_16,
            "SMMU-CMDQ-16",
            RequirementGroup.SmmuCmdq,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Reserved bits of an otherwise legal command give CERROR_ILL or are ignored, and for one bit always the same.",
            Violation: "sometimes the one and sometimes the other, or another effect",
            Source: "IHI 0070",
            Fault: "act on a reserved bit",
            Unchecked: null
        ),
    ];
}
