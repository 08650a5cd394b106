using System.Collections.Immutable;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>
/// Makes random scenes: a scene is a function of the seed and its number. First a good configuration is built, one to three streams with a few mappings; then
/// it is spoilt in a few places; then caches are filled, things are changed and invalidated rightly, insufficiently or not at all, and transactions ask what
/// holds.
/// <para>
/// Weights: a scene has 1, 2 or 3 streams (6:3:1); one scene in five has a field or two off in a structure; of the leaves one in six is not plain (read-only,
/// AF=0, privileged, invalid, output too large), of the paths to them one in eight (hierarchical attributes, a table that cannot be fetched); of the
/// transactions six in eight go to a mapped address of a configured stream, one beside it, one anywhere. Of the changes half are invalidated as the contract
/// wants, a quarter with something missing, a quarter not at all.
/// </para>
/// </summary>
public sealed class SceneGenerator
{
    private readonly SceneTarget target;
    private readonly SmmuCapabilities can;
    private readonly List<SceneTree> trees = [];
    private readonly List<SceneContext> contexts = [];
    private readonly List<SceneStream> streams = [];
    private readonly List<SceneStep> steps = [];
    private readonly List<Mapped> mapped = [];
    private readonly int[] granules;
    private SplitMix random = new(0);
    private SceneKind kind;

    /// <summary>Makes a generator for an SMMU.</summary>
    public SceneGenerator(SceneTarget target)
    {
        this.target = target;
        can = target.Capabilities;
        granules = [.. new[] { (12, can.GRAN4K), (14, can.GRAN16K), (16, can.GRAN64K) }.Where(pair => pair.Item2).Select(pair => pair.Item1)];
    }

    /// <summary>The kinds that an SMMU has.</summary>
    public static IReadOnlyList<SceneKind> Kinds(SmmuCapabilities can) =>
        [
            .. can.S1P ? [SceneKind.Stage1] : Array.Empty<SceneKind>(),
            .. can.S2P ? [SceneKind.Stage2] : Array.Empty<SceneKind>(),
            .. can is { S1P: true, S2P: true } ? [SceneKind.Nested, SceneKind.Mixed] : Array.Empty<SceneKind>(),
        ];

    /// <summary>Makes the scene of a number.</summary>
    public Scene Make(SceneKind kind, ulong seed, ulong number)
    {
        this.kind = kind;
        random = new(seed * 0x9e37_79b9_7f4a_7c15 + number * 0xd134_2543_de82_ef95 + (ulong)kind);
        trees.Clear();
        contexts.Clear();
        streams.Clear();
        steps.Clear();
        mapped.Clear();

        var count = Pick(6, 3, 1) + 1;
        var first = Below(64);
        for (var i = 0; i < count; i++)
            AddStream(target.StreamId(first + i));
        var setup = Setup();
        if (OneIn(5))
            Spoil();
        var warm = 1 + Below(3);
        for (var i = 0; i < warm; i++)
            AddTransaction();
        var episodes = 1 + Below(3);
        for (var i = 0; i < episodes; i++)
            AddEpisode();
        // A global leaf is one for every ASID: with several contexts it would be a mistake of the software.
        if (contexts.Count > 1)
            MakeLocal();
        return new()
        {
            Setup = setup,
            Trees = [.. trees],
            Contexts = [.. contexts],
            Streams = [.. streams],
            Steps = [.. steps],
        };
    }

    private void MakeLocal()
    {
        for (var i = 0; i < trees.Count; i++)
            if (trees[i].Stage == 1)
                trees[i] = trees[i] with
                {
                    Entries =
                    [
                        .. trees[i]
                            .Entries.Select(entry =>
                                entry.Kind is EntryKind.Leaf or EntryKind.Invalid ? entry with { Attributes = entry.Attributes | 1UL << 11 } : entry
                            ),
                    ],
                };
    }

    private SceneSetup Setup()
    {
        var bits = streams.Max(stream => 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)stream.Id | 1));
        var twoLevel = can.StLevel == 1 && OneIn(4);
        var log2 = (uint)Math.Clamp(bits + Below(3), 1, Math.Min(16, can.SIDSIZE));
        return new()
        {
            Format = twoLevel ? 1u : 0,
            Split = twoLevel ? (uint)(6 + (2 * Below(3))) : 0,
            Log2Size = log2,
            EventQueueLog2 = OneIn(16) ? (uint)Below(3) : 6,
            Cr2 = OneIn(8) ? 0u : 2,
        };
    }

    private void AddStream(uint id)
    {
        if (streams.Any(stream => stream.Id == id))
            return;
        var config = kind switch
        {
            SceneKind.Stage1 => 5u,
            SceneKind.Stage2 => 6u,
            SceneKind.Nested => 7u,
            _ => (uint)(4 + Below(4)),
        };
        if (OneIn(24))
            config = (uint)Below(8);
        // Streams of one VMID agree on stage 2, so each tree has its own.
        var stage2 = (config & 6) == 6 && can.S2P ? AddTree2() : (int?)null;
        var vmid = (uint)(stage2 is { } tree ? 3 + tree : 1 + Below(2));
        var stream = new SceneStream
        {
            Id = id,
            Config = config,
            Vmid = can.S2P ? vmid : 0,
            Stage2 = stage2,
        };
        if (stream.HasStage1 && can.S1P)
            stream = AddContexts(stream);
        var fields = new List<FieldValue>();
        if (stream.HasStage2 && can.HTTU > 0 && OneIn(3))
        {
            fields.Add(FieldValue.Ste("S2HA", 1));
            if (can.HTTU > 1 && OneIn(2))
                fields.Add(FieldValue.Ste("S2HD", 1));
        }

        if (stream.HasStage2 && OneIn(8))
            fields.Add(FieldValue.Ste("S2AFFD", 1));
        if (stream.HasStage2 && OneIn(8))
            fields.Add(FieldValue.Ste("S2R", 0));
        if (stream.IsNested && OneIn(8))
            fields.Add(FieldValue.Ste("S2PTW", 1));
        if (can.ATTR_PERMS_OVR && OneIn(12))
            fields.Add(FieldValue.Ste("PRIVCFG", (ulong)Below(4)));
        if (can.ATTR_PERMS_OVR && OneIn(12))
            fields.Add(FieldValue.Ste("INSTCFG", (ulong)Below(4)));
        streams.Add(stream with { Fields = [.. fields] });
        var index = streams.Count - 1;
        if (stage2 is { } number)
            MapData2(index, number);
        if (!stream.HasStage1)
        {
            if (config is 4 or < 4)
                mapped.Add(new(index, 0, DataAddress(), null, null));
            return;
        }

        foreach (var substream in stream.Substreams)
            MapData1(index, substream);
    }

    private SceneStream AddContexts(SceneStream stream)
    {
        if (can.SSIDSIZE == 0 || !target.Can(SmmuPort.Substreams) || !OneIn(3))
            return stream with { Substreams = [new(0, AddContext(stream))] };
        var twoLevel = can.CD2L && OneIn(2);
        var bits = (uint)Math.Min(can.SSIDSIZE, twoLevel ? 7 + Below(4) : 1 + Below(3));
        var ids = new[] { 0u, (uint)Below(1 << (int)bits) }.Distinct();
        stream = stream with { ContextBits = bits, ContextFormat = twoLevel ? 1 + (uint)Below(2) : 0 };
        return stream with { Substreams = [.. ids.Select(id => new SceneSubstream(id, AddContext(stream)))] };
    }

    private int AddContext(SceneStream stream)
    {
        var lower = !OneIn(8) ? AddTree1(stream.Stage2, upper: false) : (int?)null;
        var upper = lower is null || OneIn(3) ? AddTree1(stream.Stage2, upper: true) : (int?)null;
        var fields = new List<FieldValue>();
        if (OneIn(4))
            fields.Add(FieldValue.Cd("TBI0", 1));
        if (OneIn(6))
            fields.Add(FieldValue.Cd("TBI1", 1));
        if (OneIn(8))
            fields.Add(FieldValue.Cd("AFFD", 1));
        if (OneIn(8))
            fields.Add(FieldValue.Cd("R", 0));
        if (can.HAD && OneIn(8))
            fields.Add(FieldValue.Cd("HAD0", 1));
        if (can.HAD && OneIn(12))
            fields.Add(FieldValue.Cd("HAD1", 1));
        if (OneIn(12))
            fields.Add(FieldValue.Cd("WXN", 1));
        if (OneIn(12))
            fields.Add(FieldValue.Cd("PAN", 1));
        if (can.E0PD && OneIn(16))
            fields.Add(FieldValue.Cd("E0PD0", 1));
        if (OneIn(8))
            fields.Add(FieldValue.Cd("IPS", (ulong)Below(8)));
        if (!can.TermModel && OneIn(6))
            fields.Add(FieldValue.Cd("A", 0));
        if (can.StallModel == StallModel.Both && target.Can(SmmuPort.Stalls) && OneIn(8))
            fields.Add(FieldValue.Cd("S", 1));
        if (can.HTTU > 0 && OneIn(3))
        {
            fields.Add(FieldValue.Cd("HA", 1));
            if (can.HTTU > 1 && OneIn(2))
                fields.Add(FieldValue.Cd("HD", 1));
        }

        contexts.Add(
            new()
            {
                Lower = lower,
                Upper = upper,
                Asid = (uint)(0x11 + (contexts.Count * 0x101)) & (can.ASID16 ? 0xffffu : 0xff),
                Fields = [.. fields],
            }
        );
        return contexts.Count - 1;
    }

    private int AddTree1(int? behind, bool upper)
    {
        var granule = Any(granules);
        var limit = can.STT ? (granule == 16 ? 17 : 16) : 25;
        var bits = limit + Below(48 - limit + 1);
        if (granule == 16 && can.VAX == 1 && OneIn(8))
            bits = 49 + Below(4);
        trees.Add(
            new()
            {
                Stage = 1,
                Granule = granule,
                InputBits = bits,
                Behind = behind,
                Upper = upper,
            }
        );
        return trees.Count - 1;
    }

    private int AddTree2()
    {
        var granule = Any(granules);
        // Structures of nested streams need 27 bits.
        var least = kind is SceneKind.Stage2 ? 25 : 27;
        var most = Math.Min(can.IntermediateAddressSize, granule == 16 ? 52 : 48);
        while (true)
        {
            var bits = least + Below(most - least + 1);
            var levels = StartLevels(granule, bits);
            if (levels.Count == 0)
                continue;
            trees.Add(
                new()
                {
                    Stage = 2,
                    Granule = granule,
                    InputBits = bits,
                    StartLevel = levels[Below(levels.Count)],
                }
            );
            return trees.Count - 1;
        }
    }

    private List<int> StartLevels(int granule, int bits)
    {
        var levels = new List<int>();
        for (var level = granule == 12 ? 0 : 1; level < 3; level++)
        {
            var shift = granule + ((3 - level) * (granule - 3));
            var ruledOut = (granule, level) switch
            {
                (12, 0) => can.OutputAddressSize < 44,
                (14, 1) => can.OutputAddressSize < 42,
                (16, 1) => can.OutputAddressSize < 44,
                _ => false,
            };
            if (!ruledOut && bits >= shift + 1 && bits <= shift + granule - 3 + 4)
                levels.Add(level);
        }

        return levels;
    }

    // Leaves of stage 2 to data words; a stage-2 stream may be asked for them as they are.
    private void MapData2(int stream, int number)
    {
        var count = 1 + Below(3);
        for (var i = 0; i < count; i++)
        {
            var (input, level) = MapOne(number, DataAddress());
            if (input is { } address && streams[stream].Config == 6)
                mapped.Add(new(stream, 0, address, null, new(StructureKind.Stage2Descriptor, number, address, level)));
        }
    }

    private void MapData1(int stream, SceneSubstream substream)
    {
        var context = contexts[substream.Context];
        foreach (var number in new[] { context.Lower, context.Upper })
        {
            if (number is not { } tree)
                continue;
            var count = 1 + Below(3);
            for (var i = 0; i < count; i++)
            {
                var output = DataAddress();
                StructureReference? behind = null;
                if (trees[tree].Behind is { } stage2)
                {
                    var (intermediate, below) = MapOne(stage2, output);
                    if (intermediate is null)
                        continue;
                    output = intermediate.Value;
                    behind = new(StructureKind.Stage2Descriptor, stage2, output, below);
                }

                var (input, level) = MapOne(tree, output);
                if (input is { } address)
                    mapped.Add(new(stream, substream.SubstreamId, address, new(StructureKind.Stage1Descriptor, tree, address, level), behind));
            }
        }
    }

    /// <summary>Maps an address: a leaf of a size that can be had, at a random place, so that the address lies in it.</summary>
    private (ulong? Input, int Level) MapOne(int number, ulong output)
    {
        var tree = trees[number];
        var top = Math.Max(
            tree.FirstLevel,
            tree.Granule == 12 ? 1
                : tree is { Granule: 16, InputBits: > 48 } && can.OutputAddressSize == 52 ? 1
                : 2
        );
        for (var attempt = 0; attempt < 8; attempt++)
        {
            var level = OneIn(2) ? 3 : Math.Min(3, top + Below(4 - top));
            var shift = tree.Shift(level);
            if (shift > tree.InputBits)
                continue;
            var prefix = (random.Next() & Low(tree.InputBits)) >> shift << shift;
            if (OneIn(6))
                prefix = OneIn(2) ? 0 : Low(tree.InputBits) >> shift << shift;
            var start = prefix & Low(tree.InputBits);
            // The structures of nested streams have their place.
            if (tree.Stage == 2 && start < SceneTarget.IntermediateStart * 2 && start + Low(shift) >= SceneTarget.IntermediateStart)
                continue;
            if (tree.Entries.Any(entry => Overlap(tree, entry, start, level)))
                continue;
            var input = start | (output & Low(shift));
            var entryInput = tree.Upper ? input | ~Low(tree.InputBits) : input;
            var leaf = Leaf(tree, entryInput & ~Low(shift), level, output & ~Low(shift));
            var entries = tree.Entries.Add(leaf);
            if (OneIn(8) && level > tree.FirstLevel)
                entries = entries.Insert(0, Path(tree, entryInput, tree.FirstLevel + Below(level - tree.FirstLevel)));
            trees[number] = tree with { Entries = entries };
            return (entryInput, level);
        }

        return (null, 0);
    }

    // Two entries do not meet, neither at a leaf nor by a table that hangs where the other has a leaf.
    private static bool Overlap(SceneTree tree, SceneEntry entry, ulong start, int level)
    {
        if (entry.Kind == EntryKind.Table && entry.Level < level && entry.Output == default)
            return false;
        var shift = tree.Shift(Math.Min(level, entry.Level));
        return ((entry.Input ^ start) & Low(tree.InputBits)) >> shift == 0;
    }

    private SceneEntry Leaf(SceneTree tree, ulong input, int level, ulong output)
    {
        var attributes = tree.Stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;
        if (tree.Stage == 1 && OneIn(8))
            attributes &= ~(1UL << 11);
        if (can.HTTU > 1 && OneIn(3))
            attributes |= 1UL << 51;
        if (!OneIn(6))
            return new(input, level, output, attributes);
        switch (Below(8))
        {
            case 0:
                return new(input, level, output, attributes, EntryKind.Invalid);
            case 1 when can.OutputAddressSize < 48:
                return new(input, level, output | 1UL << can.OutputAddressSize, attributes);
            case 2 or 3:
                attributes ^= 1UL << 10;
                break;
            case 4 or 5:
                attributes = tree.Stage == 1 ? attributes | 1UL << 7 : attributes & ~((ulong)(1 + Below(3)) << 6);
                break;
            case 6:
                attributes = tree.Stage == 1 ? attributes & ~(1UL << 6) : attributes & ~(0xfUL << 2);
                break;
            default:
                attributes |= (ulong)(1 + Below(3)) << 53;
                break;
        }

        return new(input, level, output, attributes);
    }

    private SceneEntry Path(SceneTree tree, ulong input, int level) =>
        Below(4) switch
        {
            0 => new(input, level, new(AddressBase.Hole, 0, 0), 0, EntryKind.Table),
            1 when can.OutputAddressSize < 48 => new(input, level, 1UL << can.OutputAddressSize, 0, EntryKind.Table),
            _ => new(input, level, default, tree.Stage == 1 ? (ulong)Below(16) << 59 : 0, EntryKind.Table),
        };

    private static readonly string[] steFields =
    [
        "V",
        "Config",
        "S1Fmt",
        "S1CDMax",
        "S1DSS",
        "S1STALLD",
        "EATS",
        "STRW",
        "S2T0SZ",
        "S2SL0",
        "S2TG",
        "S2PS",
        "S2AA64",
        "S2ENDI",
        "S2AFFD",
        "S2PTW",
        "S2HD",
        "S2HA",
        "S2S",
        "S2R",
        "S2HAFT",
        "MEV",
        "SHCFG",
        "S2FWB",
        "CONT",
    ];

    private static readonly string[] cdFields =
    [
        "T0SZ",
        "TG0",
        "EPD0",
        "ENDI",
        "T1SZ",
        "TG1",
        "EPD1",
        "V",
        "IPS",
        "AFFD",
        "WXN",
        "UWXN",
        "TBI0",
        "TBI1",
        "PAN",
        "AA64",
        "HD",
        "HA",
        "S",
        "R",
        "A",
        "ASET",
        "HAD0",
        "HAD1",
        "E0PD0",
        "HAFT",
    ];

    // One or two fields get a value that they should not have, or that changes what is right.
    private void Spoil()
    {
        for (var count = 1 + Below(2); count > 0; count--)
        {
            if (contexts.Count > 0 && OneIn(2))
            {
                var index = Below(contexts.Count);
                contexts[index] = contexts[index] with { Fields = contexts[index].Fields.Add(Off(StructureKind.ContextDescriptor, cdFields)) };
            }
            else
            {
                var index = Below(streams.Count);
                var field = Off(StructureKind.StreamTableEntry, steFields);
                // Tables behind stage 2 are nowhere without it, and addresses that are translated are no addresses of memory.
                if (
                    field is { Field.Name: "Config", Value: 4 } or { Field.Name: "S1DSS", Value: 1 }
                    || (streams[index].IsNested && field is { Field.Name: "Config", Value: 5 })
                )
                    field = field with { Value = 0 };
                streams[index] = streams[index] with { Fields = streams[index].Fields.Add(field) };
            }
        }
    }

    private FieldValue Off(StructureKind structure, string[] names)
    {
        var field = StructureFields.Of(structure, Any(names));
        return new(field, random.Next() & Low(field.Width));
    }

    private void AddTransaction()
    {
        var (stream, substream, address, astray) = Where();
        // A write that went astray into queues or tables would make a scene about something else.
        var read = OneIn(2) || astray;
        var length = 4;
        steps.Add(
            new TransactionStep(
                new(stream, address & ~3UL, read, length)
                {
                    HasSubstream = substream is not null,
                    SubstreamId = substream ?? 0,
                    IsPrivileged = target.Can(SmmuPort.Attributes) && OneIn(4),
                    IsInstruction = read && target.Can(SmmuPort.Attributes) && OneIn(6),
                }
            )
        );
    }

    private (uint Stream, uint? Substream, ulong Address, bool IsAstray) Where()
    {
        var choice = Below(8);
        if (mapped.Count == 0 || choice == 7)
        {
            var id = OneIn(3) ? target.StreamId(Below(64)) : streams[Below(streams.Count)].Id;
            var inMemory = OneIn(2) || IsBypass(id);
            return (id, null, inMemory ? DataAddress() : random.Next() >> Below(48), !inMemory);
        }

        var place = mapped[Below(mapped.Count)];
        var stream = streams[place.Stream];
        uint? substream = stream.ContextBits > 0 && stream.HasStage1 && !(place.Substream == 0 && OneIn(2)) ? place.Substream : null;
        if (target.Can(SmmuPort.Substreams) && can.SSIDSIZE > 0 && OneIn(24))
            substream = (uint)Below(4);
        var address = place.Address;
        var astray = false;
        if (choice == 6 && IsBypass(stream.Id))
            address |= 1UL << can.OutputAddressSize;
        else if (choice == 6)
        {
            var way = Below(4);
            astray = way < 2;
            address = way switch
            {
                0 => address ^ 1UL << (12 + Below(36)),
                1 => address + 0x1000,
                2 => address ^ 0xffUL << 56,
                _ => address ^ 1UL << (48 + Below(16)),
            };
        }

        return (stream.Id, substream, address + (ulong)(Below(4) * 4), astray);
    }

    // Where an address is not translated it is one of memory.
    private bool IsBypass(uint id) => streams.Any(stream => stream.Id == id && stream.Config == 4);

    private void AddEpisode()
    {
        var place = mapped.Count > 0 ? mapped[Below(mapped.Count)] : (Mapped?)null;
        switch (Below(8))
        {
            case 0:
                break;
            case 1:
                EditEntry();
                break;
            case 2 when contexts.Count > 0:
                EditContext();
                break;
            case 3:
                steps.Add(new ConsumeEventsStep());
                break;
            default:
                if (place is { } known)
                    EditLeaf(known);
                break;
        }

        // What was asked before is asked again: that is where a stale entry would show.
        var count = 1 + Below(2);
        for (var i = 0; i < count; i++)
        {
            if (place is { } again && !OneIn(3))
                Again(again);
            else
                AddTransaction();
        }
    }

    private void Again(Mapped place)
    {
        var stream = streams[place.Stream];
        var explicitly = stream is { ContextBits: > 0, HasStage1: true } && place.Substream != 0;
        steps.Add(
            new TransactionStep(
                new(stream.Id, (place.Address & ~0xfUL) | ((ulong)Below(4) * 4), OneIn(2), 4)
                {
                    HasSubstream = explicitly,
                    SubstreamId = explicitly ? place.Substream : 0,
                }
            )
        );
    }

    private void EditEntry()
    {
        var index = Below(streams.Count);
        var reference = new StructureReference(StructureKind.StreamTableEntry, index);
        var stream = streams[index];
        FieldValue field = Below(4) switch
        {
            0 => FieldValue.Ste("V", 0),
            1 => FieldValue.Ste("Config", 0),
            2 when stream.HasStage2 => FieldValue.Ste("S2R", (ulong)Below(2)),
            _ => FieldValue.Ste("S2VMID", can.S2P && !stream.HasStage2 ? stream.Vmid ^ 0x40 : stream.Vmid),
        };
        steps.Add(EditStep.Of(reference, field));
        if (OneIn(4))
            return;
        if (OneIn(3))
            Send(SmmuCommand.CfgiSte(streams[Below(streams.Count)].Id, true));
        else
        {
            Send(
                Below(3) switch
                {
                    0 => SmmuCommand.CfgiAll(),
                    1 => SmmuCommand.CfgiSteRange(stream.Id & ~0xfu, 3),
                    _ => SmmuCommand.CfgiSte(stream.Id, OneIn(2)),
                }
            );
            if (can.S2P && OneIn(2))
                Send(SmmuCommand.TlbiS12VmAll((int)stream.Vmid));
        }
    }

    private void EditContext()
    {
        var candidates = streams.Index().Where(pair => pair.Item.Substreams.Length > 0).ToList();
        if (candidates.Count == 0)
            return;
        var (index, stream) = candidates[Below(candidates.Count)];
        var substream = stream.Substreams[Below(stream.Substreams.Length)];
        var context = contexts[substream.Context];
        var field = Below(6) switch
        {
            0 => FieldValue.Cd("V", 0),
            1 => FieldValue.Cd("EPD0", 1),
            2 => FieldValue.Cd("R", (ulong)Below(2)),
            3 => FieldValue.Cd("AFFD", (ulong)Below(2)),
            4 => FieldValue.Cd("ASID", context.Asid ^ 0x20),
            _ => FieldValue.Cd("IPS", (ulong)Below(6)),
        };
        steps.Add(EditStep.Of(new(StructureKind.ContextDescriptor, index, substream.SubstreamId), field));
        if (OneIn(4))
            return;
        Send(
            Below(4) switch
            {
                0 => SmmuCommand.CfgiCdAll(stream.Id),
                1 => SmmuCommand.CfgiSte(stream.Id, OneIn(2)),
                _ => SmmuCommand.CfgiCd(stream.Id, substream.SubstreamId, OneIn(2)),
            }
        );
        if (!OneIn(4))
            Send(SmmuCommand.TlbiNhAsid((int)stream.Vmid, (int)context.Asid));
    }

    private void EditLeaf(Mapped place)
    {
        var first = place.Stage1 is not null && (place.Stage2 is null || OneIn(2));
        if ((first ? place.Stage1 : place.Stage2) is not { } reference)
            return;
        var stream = streams[place.Stream];
        var tree = trees[reference.Index];
        switch (Below(6))
        {
            case 0:
                steps.Add(new EditStep(reference, 0, 3, 0));
                break;
            case 1:
                steps.Add(new EditStep(reference, 0, 1UL << 10, (ulong)Below(2) << 10));
                break;
            case 2:
                steps.Add(new EditStep(reference, 0, 3UL << 6, first ? (ulong)(1 + (2 * Below(2))) << 6 : (ulong)Below(4) << 6));
                break;
            case 3 when reference.Level == 3:
                // Another page of the data words, in the same place within its block.
                var output = first && place.Stage2 is not null ? place.Stage2.Value.Input : DataAddress();
                var mask = 0x0000_ffff_ffff_f000 & ~Low(tree.Granule);
                steps.Add(new EditStep(reference, 0, mask, output & mask));
                break;
            default:
                var type = tree.Entries.FirstOrDefault(entry => entry.Level == reference.Level && Overlap(tree, entry, reference.Input, reference.Level));
                steps.Add(new EditStep(reference, 0, 1, type is { Kind: EntryKind.Invalid } ? 1u : (ulong)Below(2)));
                break;
        }

        if (OneIn(4))
            return;
        var wrong = OneIn(3);
        if (first)
            Send(Invalidation1(place, reference, tree, stream, wrong));
        else
            Invalidate2(place, reference, stream, wrong);
    }

    private SmmuCommand Invalidation1(Mapped place, StructureReference reference, SceneTree tree, SceneStream stream, bool wrong)
    {
        var asid = stream
            .Substreams.Where(substream => substream.SubstreamId == place.Substream)
            .Select(substream => (int)contexts[substream.Context].Asid)
            .FirstOrDefault();
        var vmid = (int)stream.Vmid;
        if (wrong)
        {
            if (can.S2P && OneIn(2))
                vmid ^= 1;
            else
                asid ^= 1;
        }

        var address = reference.Input & ~Low(tree.Shift(reference.Level));
        switch (Below(6))
        {
            case 0:
                return SmmuCommand.TlbiNhAll(vmid);
            case 1:
                return SmmuCommand.TlbiNhAsid(vmid, asid);
            case 2:
                return SmmuCommand.TlbiNhVaa(vmid, reference.Input, OneIn(2));
            case 3 when can.RIL:
                // A true hint: the level of the leaf, the granule of the tree, a few pages from the start of the leaf.
                var level = tree.Granule == 14 && reference.Level == 1 ? 0 : reference.Level;
                return SmmuCommand.TlbiNhVa(vmid, asid, address, true) with
                {
                    TG = (tree.Granule - 10) / 2,
                    TTL = level,
                    NUM = Below(4),
                    SCALE = level == 0 ? 1 : Below(2),
                };
            default:
                return SmmuCommand.TlbiNhVa(vmid, asid, reference.Input, OneIn(2));
        }
    }

    private void Invalidate2(Mapped place, StructureReference reference, SceneStream stream, bool wrong)
    {
        var vmid = (int)stream.Vmid ^ (wrong && OneIn(2) ? 1 : 0);
        if (OneIn(4))
        {
            Send(OneIn(2) ? SmmuCommand.TlbiS12VmAll(vmid) : SmmuCommand.TlbiNsnhAll());
            return;
        }

        Send(SmmuCommand.TlbiS2Ipa(vmid, reference.Input, OneIn(2)));
        if (can.S1P && place.Stage1 is not null && !wrong)
            Send(SmmuCommand.TlbiNhAll(vmid));
    }

    // A command with its SYNC, which one in ten lacks.
    private void Send(SmmuCommand command) => steps.Add(OneIn(10) ? CommandStep.Of(command) : CommandStep.Of(command, SmmuCommand.Sync()));

    // Within 16 KiB at both ends of the data words, so that streams share pages now and then.
    private ulong DataAddress() => target.Data.Start + ((ulong)Below(SceneTarget.DataSize / 0x400) * 0x400);

    private int Below(int bound) => (int)random.Below((uint)bound);

    private bool OneIn(int count) => random.Below((uint)count) == 0;

    private T Any<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    private int Pick(params ReadOnlySpan<int> weights)
    {
        var total = 0;
        foreach (var weight in weights)
            total += weight;
        var left = Below(total);
        for (var i = 0; ; i++)
            if ((left -= weights[i]) < 0)
                return i;
    }

    private static ulong Low(int bits) => bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;

    // A way to a data word: the address that a stream asks for, and the leaves that lead there.
    private readonly record struct Mapped(int Stream, uint Substream, ulong Address, StructureReference? Stage1, StructureReference? Stage2);
}
