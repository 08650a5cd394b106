namespace Conformance.Drivers.Reference.Smmu;

/// <summary>STEs, CDs and the level-1 descriptors above them, a fixed number of each; the oldest makes room.</summary>
internal sealed class ConfigurationCache
{
    private const int Streams = 64,
        Contexts = 64,
        Tables = 32;

    private readonly CachedStream[] streams = Fill<CachedStream>(Streams);
    private readonly CachedContext[] contexts = Fill<CachedContext>(Contexts);
    private readonly CachedPointer[] streamTables = new CachedPointer[Tables];
    private readonly CachedPointer[] contextTables = new CachedPointer[Tables];
    private int nextStream,
        nextContext,
        nextStreamTable,
        nextContextTable;
    private int lastStream,
        lastContext;

    /// <summary>Every place for an STE, in use or not.</summary>
    public ReadOnlySpan<CachedStream> AllStreams => streams;

    /// <summary>Every place for a CD, in use or not.</summary>
    public ReadOnlySpan<CachedContext> AllContexts => contexts;

    /// <summary>Every place for an L1STD, in use or not.</summary>
    public Span<CachedPointer> AllStreamTables => streamTables;

    /// <summary>Every place for an L1CD, in use or not.</summary>
    public Span<CachedPointer> AllContextTables => contextTables;

    /// <summary>The STE of a StreamID, or null.</summary>
    public CachedStream? FindStream(uint streamId)
    {
        if (streams[lastStream] is { InUse: true } last && last.StreamId == streamId)
            return last;
        for (var i = 0; i < streams.Length; i++)
        {
            if (streams[i].InUse && streams[i].StreamId == streamId)
                return streams[lastStream = i];
        }
        return null;
    }

    /// <summary>The CD of a StreamID and SubstreamID, or null.</summary>
    public CachedContext? FindContext(uint streamId, uint substreamId)
    {
        if (contexts[lastContext] is { InUse: true } last && last.StreamId == streamId && last.SubstreamId == substreamId)
            return last;
        for (var i = 0; i < contexts.Length; i++)
        {
            if (contexts[i].InUse && contexts[i].StreamId == streamId && contexts[i].SubstreamId == substreamId)
                return contexts[lastContext = i];
        }
        return null;
    }

    /// <summary>The L1STD that covers a StreamID.</summary>
    public bool FindStreamTable(uint streamId, out ulong value) => Find(streamTables, 0, streamId, out value);

    /// <summary>The L1CD that covers a SubstreamID of a StreamID.</summary>
    public bool FindContextTable(uint streamId, uint substreamId, out ulong value) => Find(contextTables, streamId, substreamId, out value);

    /// <summary>A place for the STE of a StreamID. It is the caller's to fill in.</summary>
    public CachedStream PlaceStream(uint streamId)
    {
        var place = FindStream(streamId) ?? Oldest(streams, ref nextStream);
        (place.InUse, place.StreamId) = (true, streamId);
        return place;
    }

    /// <summary>A place for the CD of a StreamID and SubstreamID. It is the caller's to fill in.</summary>
    public CachedContext PlaceContext(uint streamId, uint substreamId)
    {
        var place = FindContext(streamId, substreamId) ?? Oldest(contexts, ref nextContext);
        (place.InUse, place.StreamId, place.SubstreamId) = (true, streamId, substreamId);
        return place;
    }

    /// <summary>Keeps an L1STD.</summary>
    public void KeepStreamTable(in CachedPointer pointer) => Keep(streamTables, ref nextStreamTable, pointer);

    /// <summary>Keeps an L1CD.</summary>
    public void KeepContextTable(in CachedPointer pointer) => Keep(contextTables, ref nextContextTable, pointer);

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        foreach (var stream in streams)
            stream.InUse = false;
        foreach (var context in contexts)
            context.InUse = false;
        Array.Clear(streamTables);
        Array.Clear(contextTables);
    }

    private static bool Find(CachedPointer[] pointers, uint owner, uint id, out ulong value)
    {
        foreach (ref readonly var pointer in pointers.AsSpan())
        {
            if (pointer.InUse && pointer.Owner == owner && pointer.Covers(id))
            {
                value = pointer.Value;
                return true;
            }
        }
        value = 0;
        return false;
    }

    private static void Keep(CachedPointer[] pointers, ref int next, in CachedPointer pointer)
    {
        pointers[next] = pointer;
        next = (next + 1) % pointers.Length;
    }

    private static T Oldest<T>(T[] places, ref int next)
    {
        var place = places[next];
        next = (next + 1) % places.Length;
        return place;
    }

    private static T[] Fill<T>(int count)
        where T : new()
    {
        var places = new T[count];
        for (var i = 0; i < count; i++)
            places[i] = new();
        return places;
    }
}

/// <summary>An L1STD or an L1CD as the SMMU holds it.</summary>
/// <param name="Owner">The StreamID that an L1CD belongs to; 0 for an L1STD.</param>
/// <param name="First">The first StreamID or SubstreamID under it.</param>
/// <param name="Bits">log2 of how many there are.</param>
/// <param name="Value">The descriptor.</param>
internal readonly record struct CachedPointer(uint Owner, uint First, int Bits, ulong Value)
{
    public bool InUse { get; init; }

    public bool Covers(uint id) => (ulong)id >> Bits == (ulong)First >> Bits;
}
