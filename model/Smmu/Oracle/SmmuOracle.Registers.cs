using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Model.Smmu.Device.SmmuRegister;

namespace Conformance.Model.Smmu.Oracle;

// Registers and their protocols: S.7.
public sealed partial class SmmuOracle
{
    private const uint Smmuen = 1;
    private const uint Eventqen = 4;
    private const uint Cmdqen = 8;
    private const uint CommandQueueError = 1;
    private const uint EventQueueAbort = 4;
    private const uint Overflow = 1u << 31;

    private readonly RegisterFile registers = new();

    // IDR2, IDR4 and IIDR: whatever they are, they stay (SMMU-REG-02).
    private readonly KnownValue[] constants = new KnownValue[3];

    private uint Cr0Bits =>
        Smmuen
        | Eventqen
        | Cmdqen
        | (Capabilities.PRI ? 2u : 0)
        | (Capabilities.ATS ? 16u : 0)
        | (Capabilities.VMW ? 7u << 6 : 0)
        | (Capabilities.DPT ? 1u << 10 : 0);

    private uint IrqCtrlBits => 1 | (Capabilities.PRI ? 2u : 0) | 4;

    // A guarded register that is written while it is in use takes any value up to v3.1, from v3.2 on the write is ignored.
    private bool IgnoresGuardedWrites => (Capabilities.Aidr & 0xff) >= 2;

    private QueueGeometry CommandQueue => new(registers.CmdqBase.Value, Capabilities.CMDQS, SmmuCommand.Length);

    private QueueGeometry EventQueue => new(registers.EventqBase.Value, Capabilities.EVENTQS, SmmuEvent.Length);

    /// <summary>The processor writes a 32-bit register, or half of a 64-bit one.</summary>
    public void WriteRegister(uint offset, uint value)
    {
        if (IsWide(offset & ~7u))
            Write(offset & ~7u, (ulong)value << (int)(offset & 4) * 8, (ulong)uint.MaxValue << (int)(offset & 4) * 8);
        else
            Write(offset, value, uint.MaxValue);
    }

    /// <summary>The processor writes a 64-bit register with one access.</summary>
    public void WriteRegister64(uint offset, ulong value)
    {
        if (IsWide(offset))
        {
            Write(offset, value, ulong.MaxValue);
            return;
        }

        // One access to two registers does not do anything that could be relied on.
        Spoil(offset);
        Spoil(offset + 4);
    }

    /// <summary>
    /// The values that a 32-bit register, or half of a 64-bit one, may have now. A register that is not judged has one value with an empty mask.
    /// </summary>
    public void AllowedRegister(uint offset, ref SmmuValueSet set)
    {
        if (!IsWide(offset & ~7u))
        {
            Values(offset, ref set);
            return;
        }

        var wide = default(SmmuValueSet);
        Values(offset & ~7u, ref wide);
        set.Clear();
        var shift = (int)(offset & 4) * 8;
        for (var i = 0; i < wide.Count; i++)
            set.Add((uint)(wide[i].Value >> shift), (uint)(wide[i].Mask >> shift), wide[i].Rules);
    }

    /// <summary>The values that a 64-bit register may have now.</summary>
    public void AllowedRegister64(uint offset, ref SmmuValueSet set)
    {
        if (IsWide(offset))
        {
            Values(offset, ref set);
            return;
        }

        set.Clear();
        set.Add(0, 0, Rules.None);
    }

    /// <summary>
    /// A register was read. Judges the value and learns from it what was open (a choice of the implementation, whether a record was written).
    /// </summary>
    public SmmuJudgement ObserveRegister(uint offset, uint value)
    {
        var set = default(SmmuValueSet);
        AllowedRegister(offset, ref set);
        var judgement = JudgeValue(set, value);
        if (!judgement.Agrees)
            return judgement;
        var shift = (int)(offset & 4) * 8;
        if (IsWide(offset & ~7u))
            Learn(offset & ~7u, (ulong)value << shift, (ulong)uint.MaxValue << shift);
        else
            Learn(offset, value, uint.MaxValue);
        return judgement;
    }

    /// <summary>A 64-bit register was read with one access.</summary>
    public SmmuJudgement ObserveRegister64(uint offset, ulong value)
    {
        var set = default(SmmuValueSet);
        AllowedRegister64(offset, ref set);
        var judgement = JudgeValue(set, value);
        if (judgement.Agrees && IsWide(offset))
            Learn(offset, value, ulong.MaxValue);
        return judgement;
    }

    private static SmmuJudgement JudgeValue(in SmmuValueSet set, ulong value)
    {
        var at = set.Find(value);
        return at >= 0 ? new(SmmuDivergence.None, set[at].Mask == 0 ? Rules.None : set[at].Rules) : new(SmmuDivergence.Register, set[0].Rules);
    }

    private static bool IsWide(uint offset) => offset is GErrorIrqCfg0 or StrtabBase or CmdqBase or EventqBase or EventqIrqCfg0;

    private void Write(uint offset, ulong value, ulong mask)
    {
        now++;
        switch (offset)
        {
            case SmmuRegister.Cr0:
                WriteCr0((uint)value & Cr0Bits);
                break;
            case Cr1:
                Guarded(ref registers.Cr1, value, mask, (registers.Cr0 & (Smmuen | Eventqen | Cmdqen)) == 0);
                break;
            case SmmuRegister.Cr2:
                Exchange(ref registers.Cr2, value, mask);
                break;
            case SmmuRegister.Gbpa:
                WriteGbpa((uint)value);
                break;
            case SmmuRegister.IrqCtrl:
                WriteIrqCtrl((uint)value);
                break;
            case SmmuRegister.GErrorN:
                WriteGErrorN((uint)value);
                break;
            case StrtabBase:
                Exchange(ref registers.StrtabBase, value, mask);
                break;
            case StrtabBaseCfg:
                Exchange(ref registers.StrtabBaseCfg, value, mask);
                break;
            case CmdqBase:
                Guarded(ref registers.CmdqBase, value, mask, !registers.HasCommandQueue);
                break;
            case CmdqProd:
                registers.CmdqProd.Write(value, mask);
                Consume();
                break;
            case CmdqCons:
                Guarded(ref registers.CmdqCons, value & 0xfffff, mask, !registers.HasCommandQueue);
                // Nothing says whether software that writes the index overwrites ERR of an error that is still active.
                registers.CommandError = 0;
                break;
            case EventqBase:
                Guarded(ref registers.EventqBase, value, mask, !registers.HasEventQueue);
                break;
            case EventqProd:
                Guarded(ref registers.EventqProd, value, mask, !registers.HasEventQueue);
                break;
            case EventqCons:
                WriteEventqCons((uint)value);
                break;
            case GErrorIrqCfg0 or GErrorIrqCfg1 or GErrorIrqCfg2 or EventqIrqCfg0 or EventqIrqCfg1 or EventqIrqCfg2:
                if (Capabilities.MSI)
                    registers.Interrupts[InterruptIndex(offset)].Write(value, mask);
                break;
        }
    }

    private static int InterruptIndex(uint offset) =>
        offset switch
        {
            GErrorIrqCfg0 => 0,
            GErrorIrqCfg1 => 1,
            GErrorIrqCfg2 => 2,
            EventqIrqCfg0 => 3,
            EventqIrqCfg1 => 4,
            _ => 5,
        };

    private void Guarded(ref KnownValue register, ulong value, ulong mask, bool free)
    {
        if (free)
            register.Write(value, mask);
        else if (!IgnoresGuardedWrites)
            register = KnownValue.Unknown;
    }

    // What a cache holds was made with the old value: S.13 asks for CFGI_ALL before the next enable.
    private void Exchange(ref KnownValue register, ulong value, ulong mask)
    {
        var before = register;
        Guarded(ref register, value, mask, !registers.IsEnabled);
        if (register != before)
            tableExchanged = lastFill;
    }

    private void Spoil(uint offset)
    {
        now++;
        switch (offset)
        {
            case SmmuRegister.Cr1:
                registers.Cr1 = KnownValue.Unknown;
                break;
            case SmmuRegister.Cr2:
                registers.Cr2 = KnownValue.Unknown;
                break;
            case SmmuRegister.Gbpa:
                registers.Gbpa = KnownValue.Unknown;
                break;
            case SmmuRegister.StrtabBaseCfg:
                registers.StrtabBaseCfg = KnownValue.Unknown;
                break;
            case SmmuRegister.CmdqProd:
                registers.CmdqProd = KnownValue.Unknown;
                break;
            case SmmuRegister.CmdqCons:
                registers.CmdqCons = KnownValue.Unknown;
                break;
            case SmmuRegister.EventqProd:
                registers.EventqProd = KnownValue.Unknown;
                break;
            case SmmuRegister.EventqCons:
                registers.EventqCons = KnownValue.Unknown;
                break;
        }
    }

    private void WriteCr0(uint value)
    {
        var changed = registers.Cr0 ^ value;
        contextsHaveChanged |= (changed & Smmuen) != 0;
        NoteContexts();
        contextsHaveChanged |= (changed & Smmuen) != 0;
        registers.Cr0 = value;
        if ((changed & Smmuen) != 0)
        {
            if (!registers.IsEnabled)
            {
                lastFill = now;
                TerminateAll();
            }
        }

        // Neither clearing nor setting CMDQEN acknowledges an error or moves CONS (SMMU-CMDQ-10, SMMU-CMDQ-12).
        Consume();
        if ((changed & value & Eventqen) != 0)
            DeliverStalled();
    }

    private void WriteGbpa(uint value)
    {
        // Without UPDATE the write is ignored; with it, it is done when the operation returns (SMMU-REG-03).
        if ((value & 1u << 31) != 0)
            registers.Gbpa.Write(value & 0x7fff_ffff, uint.MaxValue);
    }

    private void WriteGErrorN(uint value)
    {
        // What toggles without an error behind it is CONSTRAINED UNPREDICTABLE.
        var toggled = (uint)registers.GErrorN.Value ^ value;
        var inactive = ~(uint)(registers.GError.Value ^ registers.GErrorN.Value);
        var wild = toggled & inactive & (uint)registers.GError.Known;
        registers.GErrorN = new(value, registers.GErrorN.Known & (~(ulong)toggled | registers.GError.Known & ~(ulong)wild));
        if (wild != 0)
            registers.GError = new(registers.GError.Value, registers.GError.Known & ~(ulong)wild);
        if ((toggled & CommandQueueError) != 0 && fork is not null)
            LoseCommands();
        Consume();
        if ((toggled & EventQueueAbort) != 0)
            DeliverStalled();
    }

    private void Learn(uint offset, ulong value, ulong mask)
    {
        switch (offset)
        {
            case Idr2:
                constants[0].Learn(value, mask);
                break;
            case Idr4:
                constants[1].Learn(value, mask);
                break;
            case Iidr:
                constants[2].Learn(value, mask);
                break;
            case SmmuRegister.Gbpa:
                registers.Gbpa.Learn(value, mask & 0x7fff_ffff);
                break;
            case GError:
                LearnGError((uint)value);
                break;
            case CmdqCons:
                LearnCommandQueue((uint)value);
                break;
            case EventqProd:
                LearnEventQueue((uint)value);
                break;
        }
    }

    private void Values(uint offset, ref SmmuValueSet set)
    {
        set.Clear();
        switch (offset)
        {
            case Idr0:
                set.Add(Capabilities.Idr0, uint.MaxValue, Rules.Of(SMMU_REG_02));
                break;
            case Idr1:
                set.Add(Capabilities.Idr1, uint.MaxValue, Rules.Of(SMMU_REG_02));
                break;
            case Idr2:
                set.Add(constants[0].Value, constants[0].Known, Rules.Of(SMMU_REG_02));
                break;
            case Idr3:
                set.Add(Capabilities.Idr3, uint.MaxValue, Rules.Of(SMMU_REG_02));
                break;
            case Idr4:
                set.Add(constants[1].Value, constants[1].Known, Rules.Of(SMMU_REG_02));
                break;
            case Idr5:
                set.Add(Capabilities.Idr5, uint.MaxValue, Rules.Of(SMMU_REG_02));
                break;
            case Iidr:
                set.Add(constants[2].Value, constants[2].Known, Rules.Of(SMMU_REG_02));
                break;
            case Aidr:
                set.Add(Capabilities.Aidr, uint.MaxValue, Rules.Of(SMMU_REG_02));
                break;
            case SmmuRegister.Cr0:
                set.Add(registers.Cr0, Cr0Bits, Rules.Of(SMMU_REG_01, SMMU_REG_10));
                break;
            case Cr0Ack:
                set.Add(registers.Cr0, uint.MaxValue, Rules.Of(SMMU_REG_01, SMMU_REG_13, SMMU_REG_10));
                break;
            case SmmuRegister.IrqCtrl:
                set.Add(registers.IrqCtrl, IrqCtrlBits, Rules.Of(SMMU_REG_13, SMMU_REG_10));
                break;
            case IrqCtrlAck:
                set.Add(registers.IrqCtrl, uint.MaxValue, Rules.Of(SMMU_REG_13, SMMU_REG_10));
                break;
            case SmmuRegister.Cr1:
                Stored(registers.Cr1, 0xfff, ref set);
                break;
            case SmmuRegister.Cr2:
                Stored(registers.Cr2, 2 | (Capabilities.HYP ? 1u : 0), ref set);
                break;
            case SmmuRegister.Gbpa:
                ValuesOfGbpa(ref set);
                break;
            case GError:
                ValuesOfGError(ref set);
                break;
            case SmmuRegister.GErrorN:
                set.Add(registers.GErrorN.Value, registers.GErrorN.Known & (CommandQueueError | EventQueueAbort), Rules.Of(SMMU_REG_10, SMMU_CMDQ_02));
                break;
            case SmmuRegister.StrtabBase:
                ValuesOfBase(registers.StrtabBase, Bits.Mask(51, 6) | 1ul << 62, StreamTableBytes, ref set);
                break;
            case SmmuRegister.StrtabBaseCfg:
                ValuesOfConfiguration(ref set);
                break;
            case SmmuRegister.CmdqBase:
                ValuesOfQueue(registers.CmdqBase, CommandQueue, ref set);
                break;
            case SmmuRegister.CmdqProd:
                set.Add(
                    registers.CmdqProd.Value & CommandQueue.Mask,
                    KnownQueue(registers.CmdqProd, registers.CmdqBase, CommandQueue),
                    Rules.Of(SMMU_REG_15, SMMU_REG_06)
                );
                break;
            case CmdqCons:
                ValuesOfCommandCons(ref set);
                break;
            case SmmuRegister.EventqBase:
                ValuesOfQueue(registers.EventqBase, EventQueue, ref set);
                break;
            case EventqProd:
                ValuesOfEventProd(ref set);
                break;
            case SmmuRegister.EventqCons:
                set.Add(
                    registers.EventqCons.Value,
                    KnownQueue(registers.EventqCons, registers.EventqBase, EventQueue) | registers.EventqCons.Known & Overflow,
                    Rules.Of(SMMU_REG_11, SMMU_REG_15)
                );
                break;
            case GErrorIrqCfg0 or GErrorIrqCfg1 or GErrorIrqCfg2 or EventqIrqCfg0 or EventqIrqCfg1 or EventqIrqCfg2:
                ValuesOfInterrupt(offset, ref set);
                break;
            default:
                set.Add(0, 0, Rules.None);
                break;
        }
    }

    private static uint KnownQueue(KnownValue index, KnownValue queue, QueueGeometry geometry) => queue.Has(0x1f) ? (uint)index.Known & geometry.Mask : 0;

    private void Stored(KnownValue register, ulong bits, ref SmmuValueSet set) =>
        set.Add(register.Value, register.Known & bits, IgnoresGuardedWrites ? Rules.Of(SMMU_REG_05) : Rules.Of(SMMU_REG_07));

    private void ValuesOfGbpa(ref SmmuValueSet set)
    {
        // Attributes that cannot be overridden are RES0 or stored. What was read once stays until an UPDATE.
        var bits = 1ul << 20 | (Capabilities.ATTR_TYPES_OVR ? 0x3f1ful : 0) | (Capabilities.ATTR_PERMS_OVR ? 0xful << 16 : 0);
        set.Add(registers.Gbpa.Value & ~(1ul << 31), registers.Gbpa.Known & bits | 1ul << 31, Rules.Of(SMMU_REG_03));
    }

    // Bits below the alignment and beyond the output address size that were written as 1 have no effect and need not be stored.
    private void ValuesOfBase(KnownValue register, ulong bits, ulong size, ref SmmuValueSet set)
    {
        var loose = Bits.Mask(51, 0) & (size - 1 | ~((1ul << Capabilities.OutputAddressSize) - 1));
        set.Add(register.Value & bits, register.Known & bits & ~(loose & register.Value), Rules.Of(SMMU_REG_07, SMMU_REG_05));
    }

    private ulong StreamTableBytes
    {
        get
        {
            var log2Size = (int)registers.StrtabBaseCfg.Value & 63;
            return registers.StrtabBaseCfg.Has(63) ? 1ul << Math.Min(51, log2Size + 6) : 1ul << 51;
        }
    }

    private void ValuesOfQueue(KnownValue register, QueueGeometry queue, ref SmmuValueSet set)
    {
        var log2Size = Bits.Get(register.Value, 4, 0) <= (ulong)queue.MaxLog2Size ? 0x1ful : 0;
        var size = Math.Max((ulong)queue.Count * (ulong)queue.EntrySize, 32);
        var loose = Bits.Mask(51, 5) & (size - 1 | ~((1ul << Capabilities.OutputAddressSize) - 1));
        var bits = Bits.Mask(51, 5) & ~(loose & register.Value) | log2Size | 1ul << 62;
        set.Add(register.Value, register.Known & bits, Rules.Of(SMMU_REG_07, SMMU_REG_05, SMMU_REG_09));
    }

    private void ValuesOfConfiguration(ref SmmuValueSet set)
    {
        var register = registers.StrtabBaseCfg;
        var bits = (register.Value & 63) <= (ulong)Capabilities.SIDSIZE ? 63ul : 0;

        // Reserved codes of FMT and SPLIT act as others and need not be stored.
        if (Capabilities.StLevel != 0 && Bits.Get(register.Value, 17, 16) <= 1)
            bits |= 3ul << 16 | (Bits.Get(register.Value, 10, 6) is 6 or 8 or 10 && Bits.Get(register.Value, 17, 16) == 1 ? 31ul << 6 : 0);
        set.Add(register.Value, register.Known & bits, Rules.Of(SMMU_REG_05, SMMU_REG_08));
    }

    private void ValuesOfInterrupt(uint offset, ref SmmuValueSet set)
    {
        if (!Capabilities.MSI)
        {
            set.Add(0, 0, Rules.None);
            return;
        }

        var register = registers.Interrupts[InterruptIndex(offset)];
        var bits = offset switch
        {
            GErrorIrqCfg0 or EventqIrqCfg0 => Bits.Mask(Capabilities.OutputAddressSize - 1, 2),
            GErrorIrqCfg1 or EventqIrqCfg1 => uint.MaxValue,
            _ => 0x3ful,
        };
        set.Add(register.Value, register.Known & bits, Rules.Of(SMMU_REG_07));
    }
}
