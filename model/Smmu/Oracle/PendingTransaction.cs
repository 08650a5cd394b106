using Conformance.Model.Smmu.Device;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>A transaction that was sent, with the outcomes that agree with everything that was seen of it so far.</summary>
internal sealed class PendingTransaction
{
    private SmmuOutcome[] outcomes = new SmmuOutcome[4];

    /// <summary>The transaction.</summary>
    public SmmuTransaction Transaction { get; private set; }

    /// <summary>What it writes, from the lowest byte on.</summary>
    public ulong Data { get; private set; }

    /// <summary>How many outcomes are left.</summary>
    public int Count { get; private set; }

    /// <summary>True when its record is still to be seen, or to be missed.</summary>
    public bool AwaitsRecord { get; set; }

    /// <summary>True when it is not known yet whether or where it wrote.</summary>
    public bool HasOpenWrite { get; set; }

    /// <summary>Free entries of the event queue when it arrived, counted from the last EVENTQ_PROD that was read.</summary>
    public uint Room { get; set; }

    /// <summary>OVACKFLG when it arrived, in bit 31.</summary>
    public uint Acknowledged { get; set; }

    /// <summary>True for the record of a stalled transaction that met a queue which could not be written: it comes later.</summary>
    public bool IsPostponed { get; set; }

    /// <summary>The stalled transaction that its record belongs to.</summary>
    public StalledTransaction? Stall { get; set; }

    /// <summary>The outcomes that are left.</summary>
    public ReadOnlySpan<SmmuOutcome> Outcomes => outcomes.AsSpan(0, Count);

    /// <summary>Starts anew.</summary>
    public void Begin(in SmmuTransaction transaction, ulong data)
    {
        Transaction = transaction;
        Data = data;
        Count = 0;
        AwaitsRecord = HasOpenWrite = IsPostponed = false;
        Room = Acknowledged = 0;
        Stall = null;
    }

    /// <summary>Adds an outcome.</summary>
    public void Add(in SmmuOutcome outcome)
    {
        if (Count == outcomes.Length)
            Array.Resize(ref outcomes, Count * 2);
        outcomes[Count++] = outcome;
    }

    /// <summary>Keeps the outcomes at some places: bit i of <paramref name="places"/> stands for outcome i.</summary>
    public void Keep(ulong places)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if ((places >> i & 1) == 0)
                continue;
            if (kept != i)
                outcomes[kept] = outcomes[i];
            kept++;
        }

        Count = kept;
    }
}

/// <summary>What is known of a transaction that stalled.</summary>
internal sealed class StalledTransaction(in SmmuTransaction transaction, ulong data, int ticket, bool isStage2)
{
    /// <summary>The transaction.</summary>
    public SmmuTransaction Transaction { get; } = transaction;

    /// <summary>What it writes.</summary>
    public ulong Data { get; } = data;

    /// <summary>The caller's number.</summary>
    public int Ticket { get; } = ticket;

    /// <summary>True when stage 2 stalled it.</summary>
    public bool IsStage2 { get; set; } = isStage2;

    /// <summary>Its STAG; -1 as long as its record was not read.</summary>
    public int Stag { get; set; } = -1;

    /// <summary>True as long as it is held.</summary>
    public bool IsHeld { get; set; } = true;

    /// <summary>The replies that it may end with, bit n for <see cref="SmmuReply"/> n; meaningless while it is held or was retried.</summary>
    public uint Replies { get; set; }

    /// <summary>The retry that answers it.</summary>
    public PendingTransaction? Retry { get; set; }
}
