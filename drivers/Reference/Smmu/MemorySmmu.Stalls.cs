using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Transactions that are held (SMMU-EVT-11, SMMU-EVT-18).</summary>
public partial class MemorySmmu
{
    // Tickets are indices, good until the reset.
    private readonly List<HeldTransaction> held = [];

    private enum HeldState : byte
    {
        /// <summary>It waits for RESUME; with <see cref="HeldTransaction.Record"/> still to be written.</summary>
        Waiting,

        /// <summary>It ended.</summary>
        Ended,
    }

    /// <summary>The number of transactions that wait and have a tag.</summary>
    private protected int LiveTags { get; private set; }

    /// <inheritdoc/>
    public SmmuReply Ask(int ticket, Span<byte> data)
    {
        if (ticket < 1 || ticket > held.Count)
            throw new ArgumentOutOfRangeException(nameof(ticket), ticket, "no transaction was held under this number");
        var one = held[ticket - 1];
        if (one.State == HeldState.Waiting)
            return SmmuReply.Stalled;
        if (one.Access.Transaction.IsRead)
            one.Data.AsSpan(0, data.Length).CopyTo(data);
        return one.Reply;
    }

    /// <summary>Seam: a tag that no live transaction has; negative when all are in use (SMMU-EVT-11).</summary>
    private protected virtual int ChooseTag()
    {
        for (var tag = 0; tag < Math.Max(1, Capabilities.STALL_MAX); tag++)
        {
            if (!held.Exists(one => one.State == HeldState.Waiting && one.Tag == tag))
                return tag;
        }
        return -1;
    }

    /// <summary>Seam: the record of a stalled transaction, which is never lost (SMMU-EVT-18).</summary>
    private protected virtual bool PostHeld(in SmmuEvent record) => IsEventQueueWritable && !IsEventQueueFull && Append(record);

    private int Hold(in Access access, ReadOnlySpan<byte> data, in SmmuEvent record)
    {
        var one = new HeldTransaction
        {
            Access = access,
            Record = record,
            Tag = -1,
        };
        if (access.IsWrite)
            data.CopyTo(one.Data);
        held.Add(one);
        Announce(one);
        return held.Count;
    }

    // A transaction that finds no free tag waits for one, and is announced then.
    private void Announce(HeldTransaction one)
    {
        if (one.Tag < 0)
        {
            one.Tag = ChooseTag();
            if (one.Tag < 0)
                return;
            LiveTags++;
            one.Record = one.Record with { Stall = true, STAG = one.Tag };
        }
        one.Announced = PostHeld(one.Record);
    }

    private void DeliverHeldRecords()
    {
        foreach (var one in held)
        {
            if (one is { State: HeldState.Waiting, Announced: false })
                Announce(one);
        }
    }

    private void Resume(in SmmuCommand command)
    {
        foreach (var one in held)
        {
            if (one.State != HeldState.Waiting || one.Tag != command.STAG || one.Access.Transaction.StreamId != command.StreamId)
                continue;
            Release(one);
            if (((int)command.Action & 1) != 0)
                Retry(one);
            else
                End(one, command.Action == ResumeAction.Terminate && !Capabilities.TermModel ? SmmuReply.ReadAsZeroWriteIgnored : SmmuReply.Aborted);
            DeliverHeldRecords();
            return;
        }
    }

    private void Retry(HeldTransaction one)
    {
        one.Access = Arrived(one.Access.Transaction);
        var reply = Process(ref one.Access, one.Data.AsSpan(0, one.Access.Transaction.Length), out var record);
        if (reply == SmmuReply.Stalled)
        {
            one.Record = record;
            Announce(one);
        }
        else
            End(one, reply);
    }

    private void TerminateStalls(uint? streamId)
    {
        foreach (var one in held)
        {
            if (one.State != HeldState.Waiting || (streamId is { } id && one.Access.Transaction.StreamId != id))
                continue;
            Release(one);
            End(one, SmmuReply.Aborted);
        }
        DeliverHeldRecords();
    }

    private void Release(HeldTransaction one)
    {
        if (one.Tag >= 0)
            LiveTags--;
        one.Tag = -1;
        one.Announced = false;
    }

    private static void End(HeldTransaction one, SmmuReply reply)
    {
        one.State = HeldState.Ended;
        one.Reply = reply;
        if (reply != SmmuReply.Completed)
            Array.Clear(one.Data);
    }

    private void ForgetStalls()
    {
        held.Clear();
        LiveTags = 0;
    }

    private sealed class HeldTransaction
    {
        public readonly byte[] Data = new byte[8];
        public HeldState State;
        public Access Access;
        public SmmuEvent Record;
        public int Tag;
        public bool Announced;
        public SmmuReply Reply;
    }
}
