using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The event queue, global errors and interrupts (SMMU-EVT).</summary>
public partial class MemorySmmu
{
    private const uint OverflowFlag = 1u << 31;

    private SmmuInterruptCounts interrupts;

    private int EventQueueSize => LimitQueueSize((int)(eventBase & 31), Capabilities.EVENTQS);

    /// <inheritdoc/>
    public SmmuInterruptCounts TakeInterrupts()
    {
        var counts = interrupts;
        interrupts = default;
        return counts;
    }

    /// <summary>True while an overflow is not acknowledged.</summary>
    private protected bool HasOverflow => ((eventProducer ^ eventConsumer) & OverflowFlag) != 0;

    /// <summary>True when the event queue has no room.</summary>
    private protected bool IsEventQueueFull
    {
        get
        {
            var mask = PointerMask(EventQueueSize);
            return ((eventProducer ^ eventConsumer) & mask) == (mask + 1) >> 1;
        }
    }

    /// <summary>Seam: whether records may be written at all (SMMU-EVT-07, SMMU-EVT-13).</summary>
    private protected virtual bool IsEventQueueWritable => IsOn(EventQueueEnable) && ((gError ^ gErrorN) & EventQueueAbort) == 0;

    /// <summary>Seam: a record that nobody waits for: it is written now or not at all.</summary>
    private protected virtual void Post(in SmmuEvent record)
    {
        if (!IsEventQueueWritable)
            return;
        if (IsEventQueueFull)
            Overflow();
        else
            Append(record);
    }

    /// <summary>Seam: a record met a full queue (SMMU-EVT-05, SMMU-EVT-14).</summary>
    private protected virtual void Overflow()
    {
        if (!HasOverflow)
            ToggleOverflow();
    }

    /// <summary>Toggles OVFLG, acknowledged or not.</summary>
    private protected void ToggleOverflow() => eventProducer ^= OverflowFlag;

    /// <summary>Writes a record where PROD points.</summary>
    /// <returns>False when the write was aborted.</returns>
    private protected bool Append(in SmmuEvent record)
    {
        var size = EventQueueSize;
        var mask = PointerMask(size);
        var address = AlignQueue(eventBase & 0x000f_ffff_ffff_ffe0, size + 5) + ((eventProducer & (mask >> 1)) * (ulong)SmmuEvent.Length);
        if (!WriteRecord(address, record))
        {
            Raise(EventQueueAbort);
            return false;
        }
        var wasEmpty = ((eventProducer ^ eventConsumer) & mask) == 0;
        eventProducer = AdvanceProducer(eventProducer, mask);
        if (wasEmpty && InterruptsFor(SmmuInterrupt.EventQueue))
            interrupts = interrupts.With(SmmuInterrupt.EventQueue);
        return true;
    }

    /// <summary>Seam: PROD after a record; OVFLG stays (SMMU-EVT-08).</summary>
    private protected virtual uint AdvanceProducer(uint producer, uint mask) => (producer & ~mask) | ((producer + 1) & mask);

    /// <summary>Seam: IRQ_CTRL (SMMU-EVT-09).</summary>
    private protected virtual bool InterruptsFor(SmmuInterrupt line) => (irqControl & (line == SmmuInterrupt.EventQueue ? 1u << 2 : 1u << 0)) != 0;

    /// <summary>Seam: a global error, which is toggled only while it is not active (SMMU-EVT-06).</summary>
    private protected virtual void Raise(uint error)
    {
        if (((gError ^ gErrorN) & error) == 0)
            ToggleError(error);
    }

    /// <summary>Toggles an error, active or not.</summary>
    private protected void ToggleError(uint error)
    {
        gError ^= error;
        if (InterruptsFor(SmmuInterrupt.GlobalError))
            interrupts = interrupts.With(SmmuInterrupt.GlobalError);
    }

    /// <summary>Seam: what a fault looks like in the queue (SMMU-EVT-01..03, -10, -16, -17).</summary>
    private protected virtual SmmuEvent Describe(in Access access, in Refusal fault)
    {
        ref readonly var transaction = ref access.Transaction;
        var record = new SmmuEvent { Type = fault.Type, StreamId = transaction.StreamId };
        switch (fault.Type)
        {
            case SmmuEventType.StreamDisabled:
                return record;
            case SmmuEventType.BadStreamId:
            case SmmuEventType.BadSte:
            case SmmuEventType.BadCd:
            case SmmuEventType.BadSubstreamId:
                return record with { SSV = transaction.HasSubstream, SubstreamId = transaction.SubstreamId };
            case SmmuEventType.SteFetch:
            case SmmuEventType.CdFetch:
                return record with { SSV = transaction.HasSubstream, SubstreamId = transaction.SubstreamId, FetchAddress = fault.FetchAddress };
        }
        record = record with
        {
            SSV = transaction.HasSubstream,
            SubstreamId = transaction.SubstreamId,
            PnU = access.IsPrivileged,
            InD = access.IsInstruction,
            RnW = transaction.IsRead,
            S2 = fault.Stage2,
            Class = fault.Class,
            InputAddress = transaction.Address,
        };
        if (fault.Type == SmmuEventType.WalkAbort)
            return record with { FetchAddress = fault.FetchAddress };
        if (fault.Stage2)
            record = record with { IPA = fault.Ipa };
        return fault.Type == SmmuEventType.Permission && fault.Class == SmmuEventClass.TranslationTable ? record with { TTRnW = !fault.TableWrite } : record;
    }

    /// <summary>Seam: where records go.</summary>
    private protected virtual bool WriteRecord(ulong address, in SmmuEvent record) =>
        memory.TryWrite(address, record.D0)
        && memory.TryWrite(address + 8, record.D1)
        && memory.TryWrite(address + 16, record.D2)
        && memory.TryWrite(address + 24, record.D3);

    /// <summary>Acknowledges an error as a write of GERRORN does.</summary>
    private protected void AcknowledgeError(uint error) => gErrorN = (gErrorN & ~error) | (gError & error);

    private void StoreAcknowledge(uint value)
    {
        gErrorN = value;
        DeliverHeldRecords();
        ConsumeCommands();
    }
}
