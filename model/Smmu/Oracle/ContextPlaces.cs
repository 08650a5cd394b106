namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// Where the CDs of streams were found. A cache holds a CD by StreamID and SubstreamID until a CFGI drops it, and may still use it together with an STE that
/// leads elsewhere (S.13).
/// </summary>
internal sealed class ContextPlaces(InvalidationLog log)
{
    private const int Capacity = 64;

    private readonly List<Place> all = [];
    private readonly ulong[] found = new ulong[Capacity];
    private int oldest;

    /// <summary>One of the places that <see cref="Find"/> found.</summary>
    public ulong this[int found] => this.found[found];

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        all.Clear();
        oldest = 0;
    }

    /// <summary>A CD can be fetched from a place.</summary>
    /// <param name="streamId">The StreamID.</param>
    /// <param name="substreamId">The SubstreamID; 0 without one.</param>
    /// <param name="address">Its physical address.</param>
    /// <param name="entry">STE.D0, which leads there.</param>
    /// <param name="time">When.</param>
    public void Note(uint streamId, uint substreamId, ulong address, ulong entry, long time)
    {
        var place = new Place(streamId, substreamId, address, entry, time);
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].StreamId != streamId || all[i].SubstreamId != substreamId || all[i].Address != address)
                continue;
            // It may be noted through something stale as well, as of an earlier time: what was possible since remains so.
            all[i] = place with
            {
                Until = Math.Max(time, all[i].Until),
            };
            return;
        }

        if (all.Count < Capacity)
            all.Add(place);
        else
            all[oldest++ % Capacity] = place;
    }

    /// <summary>Finds the places of CDs that may still be held, except for those that the STE leads to itself.</summary>
    /// <returns>How many there are.</returns>
    public int Find(in CacheTag tag, ulong entry, bool ignoresInvalidations)
    {
        var count = 0;
        foreach (var place in all)
        {
            if (place.Entry == entry || place.StreamId != tag.StreamId || place.SubstreamId != tag.SubstreamId)
                continue;
            if (ignoresInvalidations || log.Surviving(place.Until, Holders.ContextDescriptor, tag) != Holders.None)
                found[count++] = place.Address;
        }

        return count;
    }

    private readonly record struct Place(uint StreamId, uint SubstreamId, ulong Address, ulong Entry, long Until);
}
