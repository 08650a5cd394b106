using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Registers, and what the SMMU does while it is disabled. Observed by a write, a read back, and one transaction where the text speaks of one.
/// </summary>
internal static class SmmuRegistersRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_REG_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "After a write of CR0 each implemented bit of CR0ACK becomes that of CR0; bits of CR0ACK that are reserved or belong to "
                + "unimplemented features stay 0.",
            Violation: "CR0ACK never follows, or shows a reserved bit",
            Source: "IHI 0070, 6.3 SMMU_CR0 and SMMU_CR0ACK",
            Fault: "CR0ACK returns the raw write"
        ),
        new(
            SMMU_REG_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "IDR0 to IDR5, IIDR and AIDR ignore writes and have the same value before and after enabling and reset.",
            Violation: "an identification register changes",
            Source: "IHI 0070, 6.3 SMMU_IDR0 to SMMU_IDR5, SMMU_IIDR, SMMU_AIDR",
            Fault: "IDR0 takes a write"
        ),
        new(
            SMMU_REG_03,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A write of GBPA with UPDATE=0 changes nothing. One with UPDATE=1, made while UPDATE reads 0, takes effect, and UPDATE reads 0 "
                + "once it has.",
            Violation: "GBPA changes without UPDATE, or UPDATE stays set",
            Source: "IHI 0070, 6.3 SMMU_GBPA (update procedure)",
            Fault: "accept a write without UPDATE",
            Note: "QEMU before 8.0 has no GBPA: it reads as zero."
        ),
        new(
            SMMU_REG_04,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With CR0.SMMUEN=0 and its acknowledgement 0, GBPA.ABORT=1 aborts every transaction without a record, and ABORT=0 passes it with "
                + "PA = input address.",
            Violation: "data moves with ABORT=1, none moves with ABORT=0, or an event appears",
            Source: "IHI 0070, 6.3 SMMU_GBPA; 3.11 Reset, enable and initialization",
            Fault: "ignore ABORT"
        ),
        new(
            SMMU_REG_05,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A guarded register (STRTAB_BASE, STRTAB_BASE_CFG, CMDQ_BASE, EVENTQ_BASE, CMDQ_CONS, EVENTQ_PROD, CR2) written while its enable "
                + "bit is set: up to v3.1 the write is ignored or the register takes any value, from v3.2 it is ignored. Either way the SMMU keeps running, "
                + "and no structure outside the old and the new table is used.",
            Violation: "a crash, a mix of two halves of a 64-bit register that is neither the old nor the written value, or a translation by a table "
                + "that no register named",
            Source: "IHI 0070, 6.3 SMMU_STRTAB_BASE, SMMU_CMDQ_BASE, SMMU_EVENTQ_BASE, SMMU_CR2 (access conditions)",
            Fault: "apply one half of a 64-bit write"
        ),
        new(
            SMMU_REG_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "CMDQ_CONS and EVENTQ_PROD take a write while their queue is disabled, and the queue begins there when it is enabled.",
            Violation: "the value does not stay, or the queue begins elsewhere",
            Source: "IHI 0070, 6.3 SMMU_CMDQ_CONS and SMMU_EVENTQ_PROD",
            Fault: "CMDQ_CONS and EVENTQ_PROD are always read-only"
        ),
        new(
            SMMU_REG_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A 64-bit register takes two 32-bit writes or one 64-bit write with the same result, and reads the same either way.",
            Violation: "a half is lost",
            Source: "IHI 0070, 6.2 Register overview (access sizes)",
            Fault: "drop the upper half of a 32-bit write"
        ),
        new(
            SMMU_REG_08,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Written while disabled and followed by CFGI_ALL, a change of STRTAB_BASE_CFG.FMT from two-level to linear, or back, is in force "
                + "after enabling.",
            Violation: "StreamIDs are looked up in the old format",
            Source: "IHI 0070, 6.3 SMMU_STRTAB_BASE_CFG.FMT; 4.3.6 CMD_CFGI_ALL",
            Fault: "the two-level format sticks"
        ),
        new(
            SMMU_REG_09,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "LOG2SIZE above the limit of IDR1 (CMDQS, EVENTQS, SIDSIZE) behaves as the limit; no index leaves the table or the queue.",
            Violation: "a queue wraps elsewhere than at the limit, or the implementation fails",
            Source: "IHI 0070, 6.3 SMMU_IDR1, SMMU_STRTAB_BASE_CFG.LOG2SIZE, SMMU_CMDQ_BASE.LOG2SIZE",
            Fault: "take LOG2SIZE modulo 32"
        ),
        new(
            SMMU_REG_10,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "After reset CR0, CR0ACK, IRQ_CTRL are 0, no error is active in GERROR, GBPA has its reset value, queues are idle, and every "
                + "cache is empty.",
            Violation: "a register keeps its value, or a transaction uses what was cached before the reset",
            Source: "IHI 0070, 3.11 Reset, enable and initialization",
            Fault: "keep the TLB across reset"
        ),
        new(
            SMMU_REG_11,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "EVENTQ_PROD and EVENTQ_CONS answer at offsets 0x100A8 and 0x100AC, page 1.",
            Violation: "they read as zero there or do not move",
            Source: "IHI 0070, 6.2 Register overview (page 1)",
            Fault: "decode page 1 at another offset"
        ),
        new(
            SMMU_REG_12,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "With SMMUEN=0 and GBPA.ABORT=0 an address at or above 2^OAS aborts without a record; below, PA = input address.",
            Violation: "the address is truncated and lands, or an event is recorded",
            Source: "IHI 0070, 3.4 Address sizes; 6.3 SMMU_GBPA",
            Fault: "record F_ADDR_SIZE; truncate the address"
        ),
        new(
            SMMU_REG_13,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Bits of CR0 and IRQ_CTRL that belong to unimplemented features (PRIQEN, ATSCHK, VMW, PRIQ_IRQEN) never appear in CR0ACK and "
                + "IRQ_CTRLACK.",
            Violation: "such a bit reads 1 in the acknowledgement",
            Source: "IHI 0070, 6.3 SMMU_CR0, SMMU_CR0ACK, SMMU_IRQ_CTRL, SMMU_IRQ_CTRLACK",
            Fault: "acknowledge every defined bit"
        ),
        new(
            SMMU_REG_14,
            Strength.Must,
            null,
            InProcess,
            Statement: "A guarded register counts as written while disabled only when its bit is 0 in both CR0 and CR0ACK.",
            Violation: "a write between the two is taken as one while disabled, from v3.2 on",
            Source: "IHI 0070, 6.3 SMMU_CR0ACK",
            Fault: "look at CR0 alone",
            Uncheckable: "no operation comes between the two: CR0ACK has followed CR0 when a call of ISmmu returns"
        ),
        new(
            SMMU_REG_15,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Bits of a queue base below max(queue bytes, 32) are ignored, and bit 5 of the base counts for queues of 32 bytes or less. Bits "
                + "of PROD and CONS above the wrap bit have no effect.",
            Violation: "a queue is read or written at another place",
            Source: "IHI 0070, 6.3 SMMU_CMDQ_BASE and SMMU_EVENTQ_BASE; 3.5.1 SMMU circular queues",
            Fault: "use the base unmasked; align every base to 64 bytes"
        ),
    ];
}
