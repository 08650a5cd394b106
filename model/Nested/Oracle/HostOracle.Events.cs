using Conformance.Model.Nested.Device;

namespace Conformance.Model.Nested.Oracle;

// Events of a vEVENTQ (SMMU-NEST-12).
public sealed partial class HostOracle
{
    /// <summary>An event came that the queue does not hold.</summary>
    public static void Lose(ModelQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        queue.HasLost = true;
    }

    /// <summary>What is wrong with what was read from a queue; null when nothing is. The queue is empty afterwards.</summary>
    public static (string Expected, string Seen)? CheckEvents(ModelQueue queue, IReadOnlyList<VirtualEvent> events)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(events);
        var (held, lost) = (queue.Held.ToList(), queue.HasLost);
        queue.Held.Clear();
        queue.HasLost = false;
        for (var i = 0; i < events.Count; i++)
        {
            var one = events[i];
            if (queue.Sequence is { } last && one.Sequence <= last)
                return ($"a sequence number above {last}", $"{one.Sequence}");
            queue.Sequence = one.Sequence;
            if (one.Flags == Iommufd.LostEvents)
            {
                if (!lost || i < held.Count)
                    return ("no event was lost before the queue was full", "LOST_EVENTS");
                lost = false;
                continue;
            }

            if (i >= held.Count)
                return ("no more events: those of stage 2 are the host's", $"{one.Record.Type} of StreamID 0x{one.Record.StreamId:x}");
            var (stream, type) = held[i];
            if (one.Record.Type != type || one.Record.StreamId != stream || one.Record.S2)
                return (
                    $"{type} of the virtual StreamID 0x{stream:x}",
                    $"{one.Record.Type} of StreamID 0x{one.Record.StreamId:x}, S2={(one.Record.S2 ? 1 : 0)}"
                );
        }

        if (events.Count < held.Count)
            return ($"{held.Count} events", $"{events.Count}");
        return lost ? ("LOST_EVENTS behind the events that there was room for", "nothing tells of the others") : null;
    }
}
