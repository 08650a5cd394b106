using static Conformance.Model.Smmu.Device.SmmuRegister;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The register file (SMMU-REG).</summary>
public partial class MemorySmmu
{
    private protected const uint Enable = 1 << 0,
        EventQueueEnable = 1 << 2,
        CommandQueueEnable = 1 << 3;
    private protected const uint CommandQueueError = 1 << 0,
        EventQueueAbort = 1 << 2;
    private const uint GbpaAbort = 1 << 20,
        GbpaUpdate = 1u << 31,
        GbpaReset = 1 << 12;
    private const uint GbpaFields = 0x001f_3f1f;
    private const ulong QueueBaseFields = 1ul << 62 | 0x000f_ffff_ffff_ffe0 | 0x1f;
    private const ulong StreamTableBaseFields = 1ul << 62 | 0x000f_ffff_ffff_ffc0;
    private const uint StreamTableFields = 0x0003_07ff;
    private const uint GErrorFields = 0x1fd;

    private uint cr0,
        cr0Ack,
        cr1,
        cr2,
        gbpa,
        irqControl,
        gError,
        gErrorN,
        streamTableConfiguration;
    private uint commandProducer,
        commandConsumer,
        eventProducer,
        eventConsumer;
    private ulong streamTableBase,
        commandBase,
        eventBase;

    /// <summary>CR0 bits that have taken effect.</summary>
    private protected bool IsOn(uint bit) => (cr0Ack & bit) != 0;

    private uint ImplementedControl =>
        Enable | EventQueueEnable | CommandQueueEnable | (Capabilities.PRI ? 1u << 1 : 0) | (Capabilities.ATS ? 1u << 4 : 0) | (Capabilities.VMW ? 7u << 6 : 0);

    private uint ImplementedInterrupts => Capabilities.PRI ? 7u : 5u;

    /// <summary>Seam: reads a 32-bit register.</summary>
    private protected virtual uint Load(uint offset) =>
        offset switch
        {
            Idr0 => Capabilities.Idr0,
            Idr1 => Capabilities.Idr1,
            Idr3 => Capabilities.Idr3,
            Idr5 => Capabilities.Idr5,
            Aidr => Capabilities.Aidr,
            Cr0 => cr0 & ImplementedControl,
            Cr0Ack => cr0Ack,
            Cr1 => cr1,
            Cr2 => cr2,
            Gbpa => gbpa,
            IrqCtrl => irqControl & ImplementedInterrupts,
            IrqCtrlAck => AcknowledgeInterrupts(irqControl),
            GError => gError,
            GErrorN => gErrorN,
            StrtabBase => (uint)streamTableBase,
            StrtabBase + 4 => (uint)(streamTableBase >> 32),
            StrtabBaseCfg => streamTableConfiguration,
            CmdqBase => (uint)commandBase,
            CmdqBase + 4 => (uint)(commandBase >> 32),
            CmdqProd => commandProducer,
            CmdqCons => commandConsumer,
            EventqBase => (uint)eventBase,
            EventqBase + 4 => (uint)(eventBase >> 32),
            EventqProd => eventProducer,
            EventqCons => eventConsumer,
            _ => 0,
        };

    /// <summary>Seam: writes a 32-bit register, or one half of a 64-bit one.</summary>
    private protected virtual void Store(uint offset, uint value)
    {
        switch (offset)
        {
            case Idr0 or Idr1 or Idr3 or Idr5 or Aidr or Iidr:
                StoreIdentification(offset, value);
                break;
            case Cr0:
                StoreControl(value);
                break;
            case Cr1:
                if (!IsGuarded(Enable) && !IsGuarded(CommandQueueEnable) && !IsGuarded(EventQueueEnable))
                    cr1 = value & 0xfff;
                break;
            case Cr2:
                if (!IsGuarded(Enable))
                    cr2 = value & (Capabilities.HYP ? 7u : 6u);
                break;
            case Gbpa:
                if (AcceptsGbpa(value))
                    gbpa = value & GbpaFields;
                break;
            case IrqCtrl:
                irqControl = value;
                break;
            case GErrorN:
                StoreAcknowledge(value & GErrorFields);
                break;
            case StrtabBase:
            case StrtabBase + 4:
                StoreHalf(ref streamTableBase, offset, value, StreamTableBaseFields, Enable);
                break;
            case StrtabBaseCfg:
                if (!IsGuarded(Enable))
                    streamTableConfiguration = value & (Capabilities.StLevel == 0 ? 0x3f : StreamTableFields);
                break;
            case CmdqBase:
            case CmdqBase + 4:
                StoreHalf(ref commandBase, offset, value, QueueBaseFields, CommandQueueEnable);
                break;
            case CmdqProd:
                commandProducer = value & 0xf_ffff;
                ProducerMoved();
                break;
            case CmdqCons:
                if (AcceptsIndex(CommandQueueEnable))
                    commandConsumer = value & 0x7f0f_ffff;
                break;
            case EventqBase:
            case EventqBase + 4:
                StoreHalf(ref eventBase, offset, value, QueueBaseFields, EventQueueEnable);
                break;
            case EventqProd:
                if (AcceptsIndex(EventQueueEnable))
                    eventProducer = value & 0x800f_ffff;
                break;
            case EventqCons:
                eventConsumer = value & 0x800f_ffff;
                DeliverHeldRecords();
                break;
        }
    }

    /// <summary>Seam: writes a 64-bit register with one access.</summary>
    private protected virtual void Store64(uint offset, ulong value)
    {
        Store(offset, (uint)value);
        Store(offset + 4, (uint)(value >> 32));
    }

    /// <summary>Seam: a write to an identification register (SMMU-REG-02).</summary>
    private protected virtual void StoreIdentification(uint offset, uint value) { }

    /// <summary>Seam: whether a register that goes with an enable bit must not be written now (SMMU-REG-05).</summary>
    private protected virtual bool IsGuarded(uint bit) => ((cr0 | cr0Ack) & bit) != 0;

    /// <summary>Seam: whether an index that belongs to the SMMU can be written (SMMU-REG-06).</summary>
    private protected virtual bool AcceptsIndex(uint bit) => !IsGuarded(bit);

    /// <summary>Seam: what CR0ACK shows of a value of CR0 (SMMU-REG-01, SMMU-REG-13).</summary>
    private protected virtual uint Acknowledge(uint value) => value & ImplementedControl;

    /// <summary>Seam: what IRQ_CTRLACK shows of a value of IRQ_CTRL (SMMU-REG-13).</summary>
    private protected virtual uint AcknowledgeInterrupts(uint value) => value & ImplementedInterrupts;

    /// <summary>Seam: whether a value of GBPA is taken over (SMMU-REG-03).</summary>
    private protected virtual bool AcceptsGbpa(uint value) => (value & GbpaUpdate) != 0;

    /// <summary>Seam: the size of a queue (SMMU-REG-09).</summary>
    private protected virtual int LimitQueueSize(int log2Size, int limit) => Math.Min(log2Size, limit);

    /// <summary>Seam: where a queue begins (SMMU-REG-15).</summary>
    private protected virtual ulong AlignQueue(ulong address, int log2Bytes) => Clear(address, Math.Max(5, log2Bytes));

    /// <summary>Seam: the bits of an index that count, the wrap bit included (SMMU-REG-15, SMMU-CMDQ-07).</summary>
    private protected virtual uint PointerMask(int log2Size) => (2u << log2Size) - 1;

    /// <summary>Seam: what a bit of CR0 that goes away takes with it.</summary>
    private protected virtual void ControlChanged(uint before)
    {
        if ((before & ~cr0Ack & Enable) != 0)
            TerminateStalls(null);
        DeliverHeldRecords();
        ConsumeCommands();
        if ((~before & cr0Ack & Enable) != 0)
            PrefetchEverything();
    }

    /// <summary>CR0 as it was written.</summary>
    private protected uint RequestedControl => cr0;

    /// <summary>STRTAB_BASE_CFG.</summary>
    private protected uint StreamTableConfiguration => streamTableConfiguration;

    // It takes effect at once.
    private void StoreControl(uint value)
    {
        var before = cr0Ack;
        cr0 = value;
        cr0Ack = Acknowledge(value);
        ControlChanged(before);
    }

    private void StoreHalf(ref ulong register, uint offset, uint value, ulong fields, uint guard)
    {
        if (IsGuarded(guard))
            return;
        register = ((offset & 4) == 0 ? register >> 32 << 32 | value : register & uint.MaxValue | (ulong)value << 32) & fields;
    }

    private void ResetRegisters()
    {
        cr0 = cr0Ack = cr1 = cr2 = irqControl = gError = gErrorN = streamTableConfiguration = 0;
        commandProducer = commandConsumer = eventProducer = eventConsumer = 0;
        streamTableBase = commandBase = eventBase = 0;
        gbpa = GbpaReset;
        interrupts = default;
    }
}
