using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Conformance.Model.Smmu.Device;

namespace Conformance.Engine.Smmu;

/// <summary>
/// Puts the structures of a scene into memory: the same scene and target give the same addresses. Structures behind stage 2 get an intermediate address, and
/// leaves of their stage-2 tree that lead to their pages in reverse order, so that neighbouring pages are not neighbours.
/// </summary>
public sealed class SceneLayout
{
    private readonly Dictionary<ulong, ulong> words = [];
    private readonly List<ulong> order = [];
    private readonly Dictionary<(int Tree, int Level, ulong Index), ulong> tables = [];
    private readonly List<Chunk> chunks = [];
    private readonly List<Chunk> contextTables = [];
    private readonly Dictionary<(int Stream, ulong Leaf), Chunk> contextLeaves = [];
    private readonly Dictionary<ulong, (ulong Address, int Stream)> secondLevels = [];
    private readonly List<ulong> bases = [];
    private Scene scene = null!;
    private SceneTarget target = null!;
    private ulong next;
    private ulong nextIntermediate;

    /// <summary>The scene that is laid out.</summary>
    public Scene Scene => scene;

    /// <summary>Where the stream table, the first level of a two-level one, begins.</summary>
    public ulong StreamTable { get; private set; }

    /// <summary>The doublewords of all structures, in the order in which they were written first. Addresses are physical.</summary>
    public IReadOnlyList<ulong> Written => order;

    /// <summary>Lays a scene out.</summary>
    public void Build(Scene scene, SceneTarget target)
    {
        this.scene = scene;
        this.target = target;
        next = target.Structures.Start;
        nextIntermediate = SceneTarget.IntermediateStart;
        words.Clear();
        order.Clear();
        tables.Clear();
        chunks.Clear();
        contextTables.Clear();
        contextLeaves.Clear();
        secondLevels.Clear();
        bases.Clear();

        PlaceStreamTable();
        foreach (var (index, tree) in scene.Trees.Index())
            PlaceTree(index, tree);
        foreach (var (index, stream) in scene.Streams.Index())
            PlaceContexts(index, stream);
        // Last, because what lies behind stage 2 is known by now.
        foreach (var (index, tree) in scene.Trees.Index())
            FillTree(index, tree);
        foreach (var chunk in CollectionsMarshal.AsSpan(chunks))
            MapBehind(chunk);
        foreach (var (index, stream) in scene.Streams.Index())
            FillStream(index, stream);
    }

    /// <summary>The value that software has put at an address last; 0 where it has put nothing.</summary>
    public ulong Read(ulong address) => words.GetValueOrDefault(address);

    /// <summary>Notes that software puts a value at an address.</summary>
    public void Write(ulong address, ulong value)
    {
        ref var word = ref CollectionsMarshal.GetValueRefOrAddDefault(words, address, out var known);
        if (!known)
            order.Add(address);
        word = value;
    }

    /// <summary>The number that an address of the scene stands for.</summary>
    public ulong Resolve(SceneAddress address)
    {
        if (address.Base == AddressBase.Zero)
            return address.Offset;
        var chunk = address.Base switch
        {
            AddressBase.ContextTable when address.Index < contextTables.Count => contextTables[address.Index],
            AddressBase.Tree when address.Index < bases.Count => ChunkOf(bases[address.Index]),
            _ => null,
        };
        if (chunk is { Stage2: not null })
        {
            var seen = (address.Base == AddressBase.Tree ? bases[address.Index] : chunk.Address) + address.Offset;
            return address.Intermediate ? seen : ToPhysical(chunk, seen);
        }

        var start = address.Base switch
        {
            AddressBase.Data => target.Data.Start,
            AddressBase.Hole => target.Hole.Start,
            AddressBase.CommandQueue => target.CommandQueue,
            AddressBase.EventQueue => target.EventQueue,
            AddressBase.StreamTable => StreamTable,
            AddressBase.SecondLevel => address.Index < scene.Streams.Length ? SecondLevel(scene.Streams[address.Index].Id) : 0,
            AddressBase.ContextTable => chunk?.Address ?? 0,
            AddressBase.Tree => address.Index < bases.Count ? bases[address.Index] : 0,
            _ => target.Spare + ((ulong)address.Index * 0x1_0000),
        };
        return start + address.Offset;
    }

    /// <summary>The physical address of a structure, or of the translation table descriptor that a walk would read; null when there is none.</summary>
    public ulong? AddressOf(StructureReference reference)
    {
        switch (reference.Kind)
        {
            case StructureKind.StreamTableEntry:
                return reference.Index < scene.Streams.Length ? EntryAddress(scene.Streams[reference.Index].Id) : null;
            case StructureKind.L1StreamTableDescriptor:
                return reference.Index < scene.Streams.Length && scene.Setup.TwoLevel
                    ? StreamTable + ((ulong)(scene.Streams[reference.Index].Id >> scene.Setup.SplitBits) * 8)
                    : null;
            case StructureKind.ContextDescriptor:
                return ContextAddress(reference.Index, reference.Input) is { } seen ? ToPhysical(seen) : null;
            case StructureKind.L1ContextDescriptor:
                return reference.Index < scene.Streams.Length && scene.Streams[reference.Index] is { ContextBits: > 0, ContextFormat: 1 or 2 } stream
                    ? ToPhysical(contextTables[reference.Index].Address + ((reference.Input >> LeafBits(stream)) * 8))
                    : null;
            default:
                if (reference.Index >= scene.Trees.Length)
                    return null;
                var tree = scene.Trees[reference.Index];
                var input = reference.Input & Low(tree.InputBits);
                var index = reference.Level == tree.FirstLevel ? 0 : input >> tree.Shift(reference.Level) >> tree.Stride;
                return tables.TryGetValue((reference.Index, reference.Level, index), out var table)
                    ? ToPhysical(table + (Slot(tree, reference.Level, input) * 8))
                    : null;
        }
    }

    /// <summary>The physical address behind an address that the SMMU sees: itself, or that of the page of a structure behind stage 2.</summary>
    public ulong ToPhysical(ulong seen) => ChunkOf(seen) is { } chunk ? ToPhysical(chunk, seen) : seen;

    private ulong Allocate(ulong size, ulong alignment)
    {
        var address = (next + alignment - 1) & ~(alignment - 1);
        next = address + size;
        return address;
    }

    // A structure that the SMMU sees at an address; behind stage 2 that is an intermediate one.
    private Chunk Place(ulong size, ulong alignment, int? stage2)
    {
        if (stage2 is { } tree && tree < scene.Trees.Length)
        {
            var page = 1UL << scene.Trees[tree].Granule;
            size = (size + page - 1) & ~(page - 1);
            alignment = Math.Max(alignment, page);
            var seen = (nextIntermediate + alignment - 1) & ~(alignment - 1);
            nextIntermediate = seen + size;
            var chunk = new Chunk(seen, Allocate(size, page), size, tree);
            chunks.Add(chunk);
            return chunk;
        }

        var plain = new Chunk(Allocate(size, Math.Max(alignment, 8)), 0, size, null);
        return plain with { Physical = plain.Address };
    }

    private Chunk? ChunkOf(ulong seen)
    {
        foreach (var chunk in CollectionsMarshal.AsSpan(chunks))
            if (seen - chunk.Address < chunk.Size)
                return chunk;
        return null;
    }

    private ulong ToPhysical(Chunk chunk, ulong seen)
    {
        if (chunk.Stage2 is not { } tree)
            return seen;
        var bits = scene.Trees[tree].Granule;
        var offset = seen - chunk.Address;
        var last = (chunk.Size >> bits) - 1;
        return chunk.Physical + ((last - (offset >> bits)) << bits) + (offset & Low(bits));
    }

    private void MapBehind(Chunk chunk)
    {
        var tree = scene.Trees[chunk.Stage2!.Value];
        for (ulong offset = 0; offset < chunk.Size; offset += 1UL << tree.Granule)
        {
            var input = chunk.Address + offset;
            if (input >> tree.InputBits != 0 || Covered(tree, input))
                continue;
            AddEntry(chunk.Stage2.Value, tree, new(input, 3, ToPhysical(chunk, input), SceneEntry.Stage2ReadWrite));
        }
    }

    // What the scene says of an address goes before what is made for it.
    private static bool Covered(SceneTree tree, ulong input)
    {
        foreach (var entry in tree.Entries)
            if (entry.Kind != EntryKind.Table && entry.Level >= tree.FirstLevel && (entry.Input ^ input) >> tree.Shift(entry.Level) == 0)
                return true;
        return false;
    }

    private void PlaceStreamTable()
    {
        var setup = scene.Setup;
        var bits = (int)Math.Min(setup.Log2Size, 16);
        if (!setup.TwoLevel)
        {
            StreamTable = Allocate(64UL << bits, 64UL << bits);
            return;
        }

        var first = Math.Max(3, bits - setup.SplitBits + 3);
        StreamTable = Allocate(1UL << first, 1UL << Math.Max(6, first));
        foreach (var (index, stream) in scene.Streams.Index())
            if (!secondLevels.ContainsKey(stream.Id >> setup.SplitBits))
                secondLevels.Add(stream.Id >> setup.SplitBits, (Allocate(64UL << setup.SplitBits, 64UL << setup.SplitBits), index));
    }

    private ulong SecondLevel(uint id) => secondLevels.TryGetValue(id >> scene.Setup.SplitBits, out var table) ? table.Address : 0;

    private ulong? EntryAddress(uint id)
    {
        if (!scene.Setup.TwoLevel)
            return id >> 16 == 0 ? StreamTable + ((ulong)id * 64) : null;
        return SecondLevel(id) is var table and not 0 ? table + ((ulong)(id & (uint)Low(scene.Setup.SplitBits)) * 64) : null;
    }

    private void PlaceTree(int index, SceneTree tree)
    {
        var chunk = Place(1UL << tree.BaseBits, 1UL << Math.Max(6, tree.BaseBits), tree.Stage == 1 ? tree.Behind : null);
        bases.Add(chunk.Address);
        tables.Add((index, tree.FirstLevel, 0), chunk.Address);
        if (tree.Stage == 2)
            return;
        // Tables behind stage 2 must be known before that is filled.
        foreach (var entry in tree.Entries)
            Reach(index, tree, entry);
    }

    private ulong Reach(int index, SceneTree tree, SceneEntry entry)
    {
        var input = entry.Input & Low(tree.InputBits);
        var table = bases[index];
        for (var level = tree.FirstLevel + 1; level <= entry.Level; level++)
        {
            var key = (index, level, input >> tree.Shift(level) >> tree.Stride);
            if (!tables.TryGetValue(key, out var below))
            {
                below = Place(1UL << tree.Granule, 1UL << tree.Granule, tree.Stage == 1 ? tree.Behind : null).Address;
                tables.Add(key, below);
            }

            table = below;
        }

        return table;
    }

    private void FillTree(int index, SceneTree tree)
    {
        foreach (var entry in tree.Entries)
            AddEntry(index, tree, entry);
    }

    private void AddEntry(int index, SceneTree tree, SceneEntry entry)
    {
        if (entry.Level < tree.FirstLevel)
            return;
        var input = entry.Input & Low(tree.InputBits);
        Reach(index, tree, entry);
        for (var level = tree.FirstLevel; level < entry.Level; level++)
        {
            var place = DescriptorAddress(index, tree, level, input);
            if (Read(place) == 0)
                Write(place, InOrder(tree, tables[(index, level + 1, input >> tree.Shift(level + 1) >> tree.Stride)] | 3));
        }

        var address = DescriptorAddress(index, tree, entry.Level, input);
        switch (entry.Kind)
        {
            case EntryKind.Raw:
                Write(address, InOrder(tree, entry.Attributes));
                break;
            case EntryKind.Leaf or EntryKind.Invalid:
                Write(
                    address,
                    InOrder(
                        tree,
                        Packed(tree, Resolve(entry.Output)) | entry.Attributes | (entry.Level == 3 ? 2UL : 0) | (entry.Kind == EntryKind.Leaf ? 1UL : 0)
                    )
                );
                break;
            case EntryKind.Table:
                var below =
                    entry.Output != default ? Resolve(entry.Output)
                    : entry.Level < 3 ? Reach(index, tree, entry with { Level = entry.Level + 1 })
                    : 0;
                Write(address, InOrder(tree, Packed(tree, below) | entry.Attributes | 3));
                break;
        }
    }

    // With 64 KiB granules bits [51:48] of an output address stand in [15:12].
    private static ulong Packed(SceneTree tree, ulong output) =>
        tree.Granule == 16 ? (output & 0xffff_ffff_0000) | (output >> 48 & 0xf) << 12 | (output & 0xfff) : output & 0x000f_ffff_ffff_ffff;

    private static ulong InOrder(SceneTree tree, ulong descriptor) => tree.BigEndian ? BinaryPrimitives.ReverseEndianness(descriptor) : descriptor;

    private ulong DescriptorAddress(int index, SceneTree tree, int level, ulong input) =>
        ToPhysical(
            (level == tree.FirstLevel ? bases[index] : tables[(index, level, input >> tree.Shift(level) >> tree.Stride)]) + (Slot(tree, level, input) * 8)
        );

    // The first tables of stage 2 are concatenated: all the bits above one entry index them.
    private static ulong Slot(SceneTree tree, int level, ulong input) =>
        level == tree.FirstLevel ? input >> tree.Shift(level) : input >> tree.Shift(level) & Low(tree.Stride);

    private void PlaceContexts(int index, SceneStream stream)
    {
        var stage2 = stream.IsNested ? stream.Stage2 : null;
        if (!stream.HasStage1 || stream.Substreams.IsEmpty)
        {
            contextTables.Add(new(0, 0, 0, null));
            return;
        }

        var twoLevel = stream is { ContextBits: > 0, ContextFormat: 1 or 2 };
        var bits = (int)Math.Min(stream.ContextBits, 16);
        var size = twoLevel ? 8UL << Math.Max(0, bits - LeafBits(stream)) : 64UL << bits;
        contextTables.Add(Place(size, Math.Max(64, size), stage2));
        if (!twoLevel)
            return;
        foreach (var substream in stream.Substreams)
        {
            var leaf = substream.SubstreamId >> LeafBits(stream);
            if (!contextLeaves.ContainsKey((index, leaf)))
                contextLeaves.Add((index, leaf), Place(64UL << LeafBits(stream), 64UL << LeafBits(stream), stage2));
        }
    }

    private static int LeafBits(SceneStream stream) => stream.ContextFormat == 2 ? 10 : 6;

    private ulong? ContextAddress(int index, ulong substream)
    {
        if (index >= contextTables.Count || contextTables[index].Size == 0)
            return null;
        var stream = scene.Streams[index];
        if (stream.ContextBits == 0)
            return contextTables[index].Address;
        if (stream.ContextFormat is not (1 or 2))
            return contextTables[index].Address + (substream * 64);
        return contextLeaves.TryGetValue((index, substream >> LeafBits(stream)), out var leaf)
            ? leaf.Address + ((substream & Low(LeafBits(stream))) * 64)
            : null;
    }

    private void FillStream(int index, SceneStream stream)
    {
        if (
            scene.Setup.TwoLevel
            && AddressOf(new(StructureKind.L1StreamTableDescriptor, index)) is { } first
            && (Read(first) == 0 || stream.L1Fields.Length > 0 || stream.SecondLevel is not null)
        )
        {
            Span<ulong> descriptor = [(stream.SecondLevel is { } other ? Resolve(other) : SecondLevel(stream.Id)) | ((uint)scene.Setup.SplitBits + 1)];
            Set(descriptor, stream.L1Fields.AsSpan());
            Write(first, descriptor[0]);
        }

        Span<ulong> words = stackalloc ulong[8];
        if (EntryAddress(stream.Id) is { } entry)
        {
            Entry(index, stream, words);
            for (var i = 0; i < 8; i++)
                if (words[i] != 0 || this.words.ContainsKey(entry + ((ulong)i * 8)))
                    Write(entry + ((ulong)i * 8), words[i]);
        }

        foreach (var substream in stream.Substreams)
        {
            if (ContextAddress(index, substream.SubstreamId) is not { } seen || substream.Context >= scene.Contexts.Length)
                continue;
            var context = scene.Contexts[substream.Context];
            Context(context, words);
            var address = ToPhysical(seen);
            for (var i = 0; i < 8; i++)
                if (words[i] != 0)
                    Write(address + ((ulong)i * 8), words[i]);
            if (stream is not { ContextBits: > 0, ContextFormat: 1 or 2 })
                continue;
            Span<ulong> descriptor =
            [
                (context.Leaf is { } leaf ? Resolve(leaf) : contextLeaves[(index, substream.SubstreamId >> LeafBits(stream))].Address) | 1,
            ];
            Set(descriptor, context.L1Fields.AsSpan());
            Write(AddressOf(new(StructureKind.L1ContextDescriptor, index, substream.SubstreamId))!.Value, descriptor[0]);
        }
    }

    private void Entry(int index, SceneStream stream, Span<ulong> words)
    {
        words.Clear();
        var contexts =
            stream.ContextPointer is { } other ? Resolve(other)
            : contextTables[index] is { Size: > 0 } table ? table.Address
            : Nowhere;
        words[0] = 1 | (ulong)stream.Config << 1 | (contexts & 0x000f_ffff_ffff_ffc0);
        if (stream.HasStage1)
            words[0] |= (ulong)stream.ContextFormat << 4 | (ulong)stream.ContextBits << 59;
        // S1DSS=2, write-back inner shareable fetches, SHCFG=1: use incoming.
        words[1] = 1UL << 44 | (stream.HasStage1 ? 3UL << 6 | 1UL << 4 | 1UL << 2 | 2 : 0);
        words[2] = stream.Vmid;
        words[3] = Nowhere;
        if (stream.HasStage2 && stream.Stage2 is { } number && number < scene.Trees.Length)
        {
            var tree = scene.Trees[number];
            var start = (ulong)(tree.Granule == 12 ? (tree.StartLevel == 3 ? 3 : 2 - tree.StartLevel) : 3 - tree.StartLevel) & 3;
            words[2] |=
                (ulong)(uint)(64 - tree.InputBits) << 32
                | start << 38
                | 1UL << 40
                | 1UL << 42
                | 3UL << 44
                | GranuleCode(tree.Granule) << 46
                | (ulong)target.Capabilities.OAS << 48
                | 1UL << 51
                | 1UL << 58;
            if (target.Capabilities.StallModel == StallModel.StallForced)
                words[2] |= 1UL << 57;
            words[3] = bases[number] + tree.BaseExtra;
        }

        Set(words, stream.Fields.AsSpan());
    }

    private void Context(SceneContext context, Span<ulong> words)
    {
        words.Clear();
        words[0] = 1UL << 31 | 1UL << 41 | 1UL << 45 | 1UL << 46 | (ulong)target.Capabilities.OAS << 32 | (ulong)context.Asid << 48;
        if (target.Capabilities.StallModel == StallModel.StallForced)
            words[0] |= 1UL << 44;
        words[1] = words[2] = Nowhere;
        words[3] = 0x0000_0000_0004_44ff; // Attr0 normal write-back, Attr1 normal non-cacheable, Attr2 device; the rest device nGnRnE
        if (context.Lower is { } lower && lower < scene.Trees.Length)
        {
            var tree = scene.Trees[lower];
            words[0] |= (ulong)(uint)(64 - tree.InputBits) | GranuleCode(tree.Granule) << 6 | 1UL << 8 | 1UL << 10 | 3UL << 12;
            words[1] = bases[lower] + tree.BaseExtra;
        }
        else
            words[0] |= 1UL << 14;

        if (context.Upper is { } upper && upper < scene.Trees.Length)
        {
            var tree = scene.Trees[upper];
            words[0] |=
                (ulong)(uint)(64 - tree.InputBits) << 16
                | (
                    tree.Granule switch
                    {
                        14 => 1UL,
                        12 => 2,
                        _ => 3,
                    }
                ) << 22
                | 1UL << 24
                | 1UL << 26
                | 3UL << 28;
            words[2] = bases[upper] + tree.BaseExtra;
        }
        else
            words[0] |= 1UL << 30;

        Set(words, context.Fields.AsSpan());
    }

    // What a field that is off may lead to: zeros, never an address that is neither memory nor hole.
    private ulong Nowhere => target.Spare + 0x7_0000;

    private static ulong GranuleCode(int granule) =>
        granule switch
        {
            12 => 0,
            16 => 1,
            _ => 2,
        };

    private static void Set(Span<ulong> words, ReadOnlySpan<FieldValue> fields)
    {
        foreach (var (field, value) in fields)
            words[field.Word] = field.In(words[field.Word], value);
    }

    private static ulong Low(int bits) => bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;

    // Address is what the SMMU sees.
    private sealed record Chunk(ulong Address, ulong Physical, ulong Size, int? Stage2);
}
