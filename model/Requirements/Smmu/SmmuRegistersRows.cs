using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Registers, and what the SMMU does while it is disabled. Observed by a write, a read back, and one transaction where the text speaks of one.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_REG_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "After a write of CR0 each implemented bit of CR0ACK becomes that of CR0; bits of CR0ACK that are reserved or belong to "
            + "unimplemented features stay 0.",
        violation: "CR0ACK never follows, or shows a reserved bit",
        source: "IHI 0070, 6.3 SMMU_CR0 and SMMU_CR0ACK",
        fault: "CR0ACK returns the raw write"
    );

    public static readonly RequirementId SMMU_REG_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "IDR0 to IDR5, IIDR and AIDR ignore writes and have the same value before and after enabling and reset.",
        violation: "an identification register changes",
        source: "IHI 0070, 6.3 SMMU_IDR0 to SMMU_IDR5, SMMU_IIDR, SMMU_AIDR",
        fault: "IDR0 takes a write"
    );

    public static readonly RequirementId SMMU_REG_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A write of GBPA with UPDATE=0 changes nothing. One with UPDATE=1, made while UPDATE reads 0, takes effect, and UPDATE reads 0 "
            + "once it has.",
        violation: "GBPA changes without UPDATE, or UPDATE stays set",
        source: "IHI 0070, 6.3 SMMU_GBPA (update procedure)",
        fault: "accept a write without UPDATE",
        note: "QEMU before 8.0 has no GBPA: it reads as zero."
    );

    public static readonly RequirementId SMMU_REG_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With CR0.SMMUEN=0 and its acknowledgement 0, GBPA.ABORT=1 aborts every transaction without a record, and ABORT=0 passes it with "
            + "PA = input address.",
        violation: "data moves with ABORT=1, none moves with ABORT=0, or an event appears",
        source: "IHI 0070, 6.3 SMMU_GBPA; 3.11 Reset, enable and initialization",
        fault: "ignore ABORT"
    );

    public static readonly RequirementId SMMU_REG_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A guarded register (STRTAB_BASE, STRTAB_BASE_CFG, CMDQ_BASE, EVENTQ_BASE, CMDQ_CONS, EVENTQ_PROD, CR2) written while its enable "
            + "bit is set: up to v3.1 the write is ignored or the register takes any value, from v3.2 it is ignored. Either way the SMMU keeps running, "
            + "and no structure outside the old and the new table is used.",
        violation: "a crash, a mix of two halves of a 64-bit register that is neither the old nor the written value, or a translation by a table "
            + "that no register named",
        source: "IHI 0070, 6.3 SMMU_STRTAB_BASE, SMMU_CMDQ_BASE, SMMU_EVENTQ_BASE, SMMU_CR2 (access conditions)",
        fault: "apply one half of a 64-bit write"
    );

    public static readonly RequirementId SMMU_REG_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "CMDQ_CONS and EVENTQ_PROD take a write while their queue is disabled, and the queue begins there when it is enabled.",
        violation: "the value does not stay, or the queue begins elsewhere",
        source: "IHI 0070, 6.3 SMMU_CMDQ_CONS and SMMU_EVENTQ_PROD",
        fault: "CMDQ_CONS and EVENTQ_PROD are always read-only"
    );

    public static readonly RequirementId SMMU_REG_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A 64-bit register takes two 32-bit writes or one 64-bit write with the same result, and reads the same either way.",
        violation: "a half is lost",
        source: "IHI 0070, 6.2 Register overview (access sizes)",
        fault: "drop the upper half of a 32-bit write"
    );

    public static readonly RequirementId SMMU_REG_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Written while disabled and followed by CFGI_ALL, a change of STRTAB_BASE_CFG.FMT from two-level to linear, or back, is in force "
            + "after enabling.",
        violation: "StreamIDs are looked up in the old format",
        source: "IHI 0070, 6.3 SMMU_STRTAB_BASE_CFG.FMT; 4.3.6 CMD_CFGI_ALL",
        fault: "the two-level format sticks"
    );

    public static readonly RequirementId SMMU_REG_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "LOG2SIZE above the limit of IDR1 (CMDQS, EVENTQS, SIDSIZE) behaves as the limit; no index leaves the table or the queue.",
        violation: "a queue wraps elsewhere than at the limit, or the implementation fails",
        source: "IHI 0070, 6.3 SMMU_IDR1, SMMU_STRTAB_BASE_CFG.LOG2SIZE, SMMU_CMDQ_BASE.LOG2SIZE",
        fault: "take LOG2SIZE modulo 32"
    );

    public static readonly RequirementId SMMU_REG_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "After reset CR0, CR0ACK, IRQ_CTRL are 0, no error is active in GERROR, GBPA has its reset value, queues are idle, and every "
            + "cache is empty.",
        violation: "a register keeps its value, or a transaction uses what was cached before the reset",
        source: "IHI 0070, 3.11 Reset, enable and initialization",
        fault: "keep the TLB across reset"
    );

    public static readonly RequirementId SMMU_REG_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "EVENTQ_PROD and EVENTQ_CONS answer at offsets 0x100A8 and 0x100AC, page 1.",
        violation: "they read as zero there or do not move",
        source: "IHI 0070, 6.2 Register overview (page 1)",
        fault: "decode page 1 at another offset"
    );

    public static readonly RequirementId SMMU_REG_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "With SMMUEN=0 and GBPA.ABORT=0 an address at or above 2^OAS aborts without a record; below, PA = input address.",
        violation: "the address is truncated and lands, or an event is recorded",
        source: "IHI 0070, 3.4 Address sizes; 6.3 SMMU_GBPA",
        fault: "record F_ADDR_SIZE; truncate the address"
    );

    public static readonly RequirementId SMMU_REG_13 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Bits of CR0 and IRQ_CTRL that belong to unimplemented features (PRIQEN, ATSCHK, VMW, PRIQ_IRQEN) never appear in CR0ACK and "
            + "IRQ_CTRLACK.",
        violation: "such a bit reads 1 in the acknowledgement",
        source: "IHI 0070, 6.3 SMMU_CR0, SMMU_CR0ACK, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK",
        fault: "acknowledge every defined bit"
    );

    public static readonly RequirementId SMMU_REG_14 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A guarded register counts as written while disabled only when its bit is 0 in both CR0 and CR0ACK.",
        violation: "a write between the two is taken as one while disabled, from v3.2 on",
        source: "IHI 0070, 6.3 SMMU_CR0ACK",
        fault: "look at CR0 alone",
        uncheckable: "no operation comes between the two: CR0ACK has followed CR0 when a call of ISmmu returns"
    );

    public static readonly RequirementId SMMU_REG_15 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Bits of a queue base below max(queue bytes, 32) are ignored, and bit 5 of the base counts for queues of 32 bytes or less. Bits "
            + "of PROD and CONS above the wrap bit have no effect.",
        violation: "a queue is read or written at another place",
        source: "IHI 0070, 6.3 SMMU_CMDQ_BASE and SMMU_EVENTQ_BASE; 3.5.1 SMMU circular queues",
        fault: "use the base unmasked; align every base to 64 bytes"
    );
}
