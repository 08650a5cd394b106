namespace Conformance.Model.Smmu.Device;

/// <summary>Offsets of the Non-secure registers from the start of page 0; page 1 begins at 0x10000.</summary>
public static class SmmuRegister
{
    /// <summary>SMMU_IDR0, read-only: features.</summary>
    public const uint Idr0 = 0x00;

    /// <summary>SMMU_IDR1, read-only: sizes of StreamIDs, SubstreamIDs and queues.</summary>
    public const uint Idr1 = 0x04;

    /// <summary>SMMU_IDR2, read-only.</summary>
    public const uint Idr2 = 0x08;

    /// <summary>SMMU_IDR3, read-only: HAD, XNX, FWB, STT, RIL, BBML, E0PD.</summary>
    public const uint Idr3 = 0x0c;

    /// <summary>SMMU_IDR4, read-only: implementation defined.</summary>
    public const uint Idr4 = 0x10;

    /// <summary>SMMU_IDR5, read-only: output address size, granules, stall limit.</summary>
    public const uint Idr5 = 0x14;

    /// <summary>SMMU_IIDR, read-only: implementer.</summary>
    public const uint Iidr = 0x18;

    /// <summary>SMMU_AIDR, read-only: architecture revision.</summary>
    public const uint Aidr = 0x1c;

    /// <summary>SMMU_CR0: SMMUEN [0], PRIQEN [1], EVENTQEN [2], CMDQEN [3], ATSCHK [4].</summary>
    public const uint Cr0 = 0x20;

    /// <summary>SMMU_CR0ACK, read-only: the bits of CR0 that have taken effect.</summary>
    public const uint Cr0Ack = 0x24;

    /// <summary>SMMU_CR1: memory attributes of tables and queues.</summary>
    public const uint Cr1 = 0x28;

    /// <summary>SMMU_CR2: E2H [0], RECINVSID [1], PTM [2]; guarded by SMMUEN.</summary>
    public const uint Cr2 = 0x2c;

    /// <summary>SMMU_STATUSR, read-only.</summary>
    public const uint StatusR = 0x40;

    /// <summary>SMMU_GBPA: attributes of bypass, ABORT [20], UPDATE [31].</summary>
    public const uint Gbpa = 0x44;

    /// <summary>SMMU_IRQ_CTRL: GERROR [0], PRIQ [1], EVENTQ [2].</summary>
    public const uint IrqCtrl = 0x50;

    /// <summary>SMMU_IRQ_CTRLACK, read-only.</summary>
    public const uint IrqCtrlAck = 0x54;

    /// <summary>SMMU_GERROR, read-only: CMDQ_ERR [0], EVENTQ_ABT_ERR [2].</summary>
    public const uint GError = 0x60;

    /// <summary>SMMU_GERRORN: acknowledges errors.</summary>
    public const uint GErrorN = 0x64;

    /// <summary>SMMU_GERROR_IRQ_CFG0, 64 bits.</summary>
    public const uint GErrorIrqCfg0 = 0x68;

    /// <summary>SMMU_GERROR_IRQ_CFG1.</summary>
    public const uint GErrorIrqCfg1 = 0x70;

    /// <summary>SMMU_GERROR_IRQ_CFG2.</summary>
    public const uint GErrorIrqCfg2 = 0x74;

    /// <summary>SMMU_STRTAB_BASE, 64 bits: ADDR [51:6], RA [62]; guarded by SMMUEN.</summary>
    public const uint StrtabBase = 0x80;

    /// <summary>SMMU_STRTAB_BASE_CFG: LOG2SIZE [5:0], SPLIT [10:6], FMT [17:16]; guarded by SMMUEN.</summary>
    public const uint StrtabBaseCfg = 0x88;

    /// <summary>SMMU_CMDQ_BASE, 64 bits: LOG2SIZE [4:0], ADDR [51:5], RA [62]; guarded by CMDQEN.</summary>
    public const uint CmdqBase = 0x90;

    /// <summary>SMMU_CMDQ_PROD.</summary>
    public const uint CmdqProd = 0x98;

    /// <summary>SMMU_CMDQ_CONS: index and wrap, ERR [30:24].</summary>
    public const uint CmdqCons = 0x9c;

    /// <summary>SMMU_EVENTQ_BASE, 64 bits: LOG2SIZE [4:0], ADDR [51:5], WA [62]; guarded by EVENTQEN.</summary>
    public const uint EventqBase = 0xa0;

    /// <summary>SMMU_EVENTQ_IRQ_CFG0, 64 bits.</summary>
    public const uint EventqIrqCfg0 = 0xb0;

    /// <summary>SMMU_EVENTQ_IRQ_CFG1.</summary>
    public const uint EventqIrqCfg1 = 0xb8;

    /// <summary>SMMU_EVENTQ_IRQ_CFG2.</summary>
    public const uint EventqIrqCfg2 = 0xbc;

    /// <summary>SMMU_EVENTQ_PROD, on page 1: index and wrap, OVFLG [31].</summary>
    public const uint EventqProd = 0x100a8;

    /// <summary>SMMU_EVENTQ_CONS, on page 1: index and wrap, OVACKFLG [31].</summary>
    public const uint EventqCons = 0x100ac;
}
