using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

// Stalled transactions: S.11, RESUME and STALL_TERM.
public sealed partial class SmmuOracle
{
    private const uint AnyReply = uint.MaxValue;

    private readonly List<StalledTransaction> stalled = [];
    private readonly SmmuOutcomeSet retried = new();

    /// <summary>A stalled transaction was asked for again and answered so.</summary>
    /// <param name="ticket">As given to <see cref="Observe"/>.</param>
    /// <param name="reply">How it ended, or <see cref="SmmuReply.Stalled"/>.</param>
    /// <param name="data">What was written, or what was read.</param>
    public SmmuJudgement ObserveAnswer(int ticket, SmmuReply reply, ReadOnlySpan<byte> data)
    {
        now++;
        var stall = stalled.FindLast(one => one.Ticket == ticket);
        if (stall is null)
            return default;
        var rules = Rules.Of(SMMU_EVT_11);
        var word = WordOf(data);
        if (stall.Retry is not { } retry)
        {
            var isAllowed = stall.IsHeld ? reply == SmmuReply.Stalled : (stall.Replies >> (int)reply & 1) != 0;
            isAllowed &= reply != SmmuReply.ReadAsZeroWriteIgnored || !stall.Transaction.IsRead || word == 0;
            return new(isAllowed ? SmmuDivergence.None : SmmuDivergence.Transaction, rules);
        }

        var places = 0ul;
        for (var i = 0; i < retry.Count; i++)
            if (Agrees(stall.Transaction, retry.Outcomes[i], reply, word, isLate: true)) // it read when it was retried, not now
                places |= 1ul << i;
        if (places == 0)
            return new(SmmuDivergence.Transaction, retry.Outcomes[0].Rules.And(rules));
        Narrow(retry, places);
        stall.IsHeld = reply == SmmuReply.Stalled;
        return new(SmmuDivergence.None, rules);
    }

    private void Resume(in SmmuCommand command)
    {
        foreach (var stall in stalled)
        {
            if (!stall.IsHeld || stall.Transaction.StreamId != command.StreamId || (stall.Stag >= 0 && stall.Stag != command.STAG))
                continue;

            // Whoever does not know the STAG may have guessed it.
            if (stall.Stag < 0)
            {
                End(stall, AnyReply);
                hasStrayRecords = true;
                continue;
            }

            switch (command.Action)
            {
                case ResumeAction.Abort:
                    End(stall, 1u << (int)SmmuReply.Aborted);
                    break;
                case ResumeAction.Terminate:
                    End(
                        stall,
                        Capabilities.TermModel
                            ? 1u << (int)SmmuReply.Aborted
                            : 1u << (int)SmmuReply.ReadAsZeroWriteIgnored | (stall.IsStage2 ? 1u << (int)SmmuReply.Aborted : 0)
                    );
                    break;
                default:
                    Retry(stall);
                    break;
            }

            break;
        }
    }

    private void Retry(StalledTransaction stall)
    {
        Allowed(stall.Transaction, retried);
        if (retried.Unjudged || retried.TooMany)
        {
            End(stall, AnyReply);
            hasStrayRecords = true;
            LoseMemory(stall.Transaction);
            return;
        }

        var again = Rent(stall.Transaction, stall.Data);
        foreach (ref readonly var outcome in retried.Outcomes)
            again.Add(outcome);
        stall.Retry = again;
        stall.Stag = -1;
        again.Stall = stall;
        stall.IsHeld = again.Outcomes[0].Reply == SmmuReply.Stalled;
        stall.IsStage2 = again.Outcomes[0].Event.S2;
        Enter(again);
    }

    private static void End(StalledTransaction stall, uint replies)
    {
        stall.IsHeld = false;
        stall.Retry = null;
        stall.Replies = replies;
    }

    private void TerminateStream(uint streamId)
    {
        foreach (var stall in stalled)
            if (stall.IsHeld && stall.Transaction.StreamId == streamId)
                End(stall, 1u << (int)SmmuReply.Aborted | 1u << (int)SmmuReply.ReadAsZeroWriteIgnored);
    }

    // SMMUEN=0 ends what is stalled; a record that was not delivered yet may still come.
    private void TerminateAll()
    {
        foreach (var stall in stalled)
            if (stall.IsHeld)
                End(stall, 1u << (int)SmmuReply.Aborted | 1u << (int)SmmuReply.ReadAsZeroWriteIgnored);
    }
}
