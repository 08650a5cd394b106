using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Transactions from their arrival to their end.</summary>
public partial class MemorySmmu
{
    /// <inheritdoc/>
    public virtual SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket)
    {
        if (transaction.Length is not (1 or 2 or 4 or 8) || data.Length != transaction.Length || transaction.Address % (uint)transaction.Length != 0)
            throw new ArgumentException("a transaction has 1, 2, 4 or 8 bytes at a multiple of their number", nameof(transaction));
        var access = Arrived(transaction);
        var reply = Process(ref access, data, out var record);
        ticket = reply == SmmuReply.Stalled ? Hold(access, data, record) : 0;
        if (reply != SmmuReply.Completed && transaction.IsRead)
            data.Clear();
        if (caching == SmmuCaching.Eager)
            PrefetchStream(transaction.StreamId);
        return reply;
    }

    /// <summary>A transaction before any STE had a say.</summary>
    private protected static Access Arrived(in SmmuTransaction transaction) =>
        new()
        {
            Transaction = transaction,
            IsInstruction = transaction is { IsRead: true, IsInstruction: true },
            IsPrivileged = transaction.IsPrivileged,
        };

    /// <summary>Seam: translates a transaction and performs it.</summary>
    /// <param name="access">The transaction.</param>
    /// <param name="data">What is written, or where what is read goes.</param>
    /// <param name="record">The record of a transaction that is to be held.</param>
    private protected virtual SmmuReply Process(ref Access access, Span<byte> data, out SmmuEvent record)
    {
        record = default;
        Refusal fault = default;
        return Translate(ref access, out var address, ref fault) ? Complete(access, address, data) : Refuse(access, fault, out record);
    }

    /// <summary>Seam: where a transaction goes.</summary>
    private protected virtual bool Translate(ref Access access, out ulong address, ref Refusal fault)
    {
        address = access.Transaction.Address;
        if (!IsOn(Enable))
            return BypassGlobally(ref address, ref fault);
        if (!FindStream(ref access, ref fault))
            return false;
        var stream = access.Stream!;
        if (!AcceptsStream(stream, ref fault))
            return false;
        Override(ref access, stream.Entry);
        return stream.HasStage1 ? TranslateSubstream(ref access, out address, ref fault) : TranslateWithoutStage1(ref access, out address, ref fault);
    }

    /// <summary>Seam: with SMMUEN=0 (SMMU-REG-04, SMMU-REG-12).</summary>
    private protected virtual bool BypassGlobally(ref ulong address, ref Refusal fault) => !AbortsGlobally && address >> Capabilities.OutputAddressSize == 0;

    /// <summary>Seam: GBPA.ABORT (SMMU-REG-04).</summary>
    private protected virtual bool AbortsGlobally => (gbpa & GbpaAbort) != 0;

    /// <summary>Seam: what an STE says before its stages are looked at (SMMU-STE-08, SMMU-STE-09).</summary>
    private protected virtual bool AcceptsStream(CachedStream stream, ref Refusal fault)
    {
        if (stream.Flaws != StreamFlaws.None)
        {
            fault = new() { Type = SmmuEventType.BadSte };
            return false;
        }
        return ((int)stream.Entry.Config & 4) != 0;
    }

    /// <summary>Seam: PRIVCFG and INSTCFG (SMMU-WALK-13, SMMU-EVT-17).</summary>
    private protected virtual void Override(ref Access access, in StreamTableEntry entry)
    {
        if (!Capabilities.ATTR_PERMS_OVR)
            return;
        if (entry.PRIVCFG >= 2)
            access.IsPrivileged = entry.PRIVCFG == 3;
        if (entry.INSTCFG >= 2)
            access.IsInstruction = entry.INSTCFG == 3 && access.Transaction.IsRead;
    }

    /// <summary>Seam: a stream with stage 1 (SMMU-STE-15, SMMU-CD-06).</summary>
    private protected virtual bool TranslateSubstream(ref Access access, out ulong address, ref Refusal fault)
    {
        var stream = access.Stream!;
        uint substreamId = 0;
        address = 0;
        if (access.Transaction.HasSubstream)
        {
            substreamId = access.Transaction.SubstreamId;
            fault.Type = CheckSubstream(stream, substreamId);
            if (fault.Type != SmmuEventType.None)
                return false;
        }
        else if (DefaultSubstream(stream) is var choice and not 2)
        {
            if (choice == 1)
                return BypassStage1(ref access, out address, ref fault);
            fault.Type = SmmuEventType.StreamDisabled;
            return false;
        }
        if (!FindContext(ref access, substreamId, ref fault) || !AcceptsContext(access.Context!, ref fault))
            return false;
        return TranslateStage1(ref access, out address, ref fault);
    }

    /// <summary>Seam: whether a CD can be used (SMMU-CD-01).</summary>
    private protected virtual bool AcceptsContext(CachedContext context, ref Refusal fault)
    {
        if (context.Flaws == ContextFlaws.None)
            return true;
        fault = new() { Type = SmmuEventType.BadCd };
        return false;
    }

    /// <summary>Seam: a stream without stage 1 has no substreams (SMMU-CD-06).</summary>
    private protected virtual bool TranslateWithoutStage1(ref Access access, out ulong address, ref Refusal fault)
    {
        address = 0;
        if (!access.Transaction.HasSubstream)
            return BypassStage1(ref access, out address, ref fault);
        fault.Type = SmmuEventType.BadSubstreamId;
        return false;
    }

    /// <summary>Seam: the address goes to stage 2, or out, as it is (SMMU-STE-10, SMMU-WALK-18, SMMU-EVT-19).</summary>
    private protected virtual bool BypassStage1(ref Access access, out ulong address, ref Refusal fault)
    {
        var stream = access.Stream!;
        address = access.Transaction.Address;
        if (address >> (stream.HasStage2 ? Capabilities.IntermediateAddressSize : Capabilities.OutputAddressSize) != 0)
        {
            fault = new()
            {
                Type = SmmuEventType.AddressSize,
                Class = SmmuEventClass.InputAddress,
                Unconditional = true,
            };
            return false;
        }
        return !stream.HasStage2 || TranslateStage2(ref access, address, Stage2Use.Input, out address, out _, ref fault);
    }

    /// <summary>Seam: reads or writes memory; outside of it the access is aborted, and nothing is recorded.</summary>
    private protected virtual SmmuReply Complete(in Access access, ulong address, Span<byte> data)
    {
        if (!Memory.Contains(address, (uint)data.Length))
            return SmmuReply.Aborted;
        if (access.IsWrite)
            memory.Write(address, data);
        else
            memory.Read(address, data);
        return SmmuReply.Completed;
    }

    /// <summary>Seam: ends a transaction that cannot go on, or holds it (SMMU-CD-08, SMMU-CD-13).</summary>
    private protected virtual SmmuReply Refuse(in Access access, in Refusal fault, out SmmuEvent record)
    {
        record = default;
        if (fault.Type == SmmuEventType.None)
            return SmmuReply.Aborted;
        record = Describe(access, fault);
        if (!IsTranslationFault(fault))
        {
            Post(record);
            return SmmuReply.Aborted;
        }
        if (Stalls(access, fault))
            return SmmuReply.Stalled;
        if (Records(access, fault))
            Post(record);
        return fault.Stage2 || access.Context!.Descriptor.A ? SmmuReply.Aborted : SmmuReply.ReadAsZeroWriteIgnored;
    }

    /// <summary>Seam: faults that R, A and S have a say in (SMMU-CD-08, SMMU-CD-13).</summary>
    private protected virtual bool IsTranslationFault(in Refusal fault) =>
        !fault.Unconditional && fault.Type is SmmuEventType.Translation or SmmuEventType.AddressSize or SmmuEventType.Access or SmmuEventType.Permission;

    /// <summary>Seam: CD.S and STE.S2S.</summary>
    private protected virtual bool Stalls(in Access access, in Refusal fault) => fault.Stage2 ? access.Stream!.Entry.S2S : access.Context!.Descriptor.S;

    /// <summary>Seam: CD.R and STE.S2R.</summary>
    private protected virtual bool Records(in Access access, in Refusal fault) => fault.Stage2 ? access.Stream!.Entry.S2R : access.Context!.Descriptor.R;
}
