using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Suites.Smmu;

/// <summary>
/// A directed scene while it is written. A new one has nothing; the methods add a part each and give its index. Defaults are those of a plain SMMU: the
/// smallest granule it has, 39 bits of input, leaves that everyone may read and write.
/// </summary>
/// <param name="target">What the scene is for.</param>
internal sealed class SceneDraft(SceneTarget target)
{
    private readonly List<SceneTree> trees = [];
    private readonly List<SceneContext> contexts = [];
    private readonly List<SceneStream> streams = [];
    private readonly List<SceneStep> steps = [];

    /// <summary>Registers and queues.</summary>
    internal SceneSetup Setup { get; set; } = new();

    /// <summary>What the SMMU is.</summary>
    internal SceneTarget Target => target;

    /// <summary>log2 of the smallest granule.</summary>
    internal static int SmallestGranule(SmmuCapabilities can) =>
        can.GRAN4K ? 12
        : can.GRAN16K ? 14
        : 16;

    /// <summary>The granules that an SMMU has, as log2.</summary>
    internal static IEnumerable<int> Granules(SmmuCapabilities can) =>
        new[] { (12, can.GRAN4K), (14, can.GRAN16K), (16, can.GRAN64K) }.Where(pair => pair.Item2).Select(pair => pair.Item1);

    /// <summary>The address of a data page of 4 KiB, 0..63.</summary>
    internal ulong Data(int page, int offset = 0) => target.Data.Start + ((ulong)page * 0x1000) + (ulong)offset;

    /// <summary>A StreamID of the masters, by number.</summary>
    internal uint Id(int number = 0) => target.StreamId(number);

    /// <summary>Adds a stage-1 tree.</summary>
    internal int Tree1(int? granule = null, int bits = 39, int? behind = null, bool upper = false)
    {
        trees.Add(
            new()
            {
                Stage = 1,
                Granule = granule ?? SmallestGranule(target.Capabilities),
                InputBits = bits,
                Behind = behind,
                Upper = upper,
            }
        );
        return trees.Count - 1;
    }

    /// <summary>Adds a stage-2 tree.</summary>
    internal int Tree2(int? granule = null, int bits = 32, int start = -1)
    {
        var shift = granule ?? SmallestGranule(target.Capabilities);
        trees.Add(
            new()
            {
                Stage = 2,
                Granule = shift,
                InputBits = bits,
                StartLevel = start >= 0 ? start : StartLevels(target.Capabilities, shift, bits).First(),
            }
        );
        return trees.Count - 1;
    }

    /// <summary>The start levels that a stage-2 tree may have, the lowest number first (S.10, step 19).</summary>
    internal static IEnumerable<int> StartLevels(SmmuCapabilities can, int granule, int bits)
    {
        for (var level = granule == 12 ? 0 : 1; level < (granule == 12 && can.STT ? 4 : 3); level++)
        {
            var shift = granule + ((3 - level) * (granule - 3));
            var tooLarge = (granule, level) switch
            {
                (12, 0) or (16, 1) => can.OutputAddressSize < 44,
                (14, 1) => can.OutputAddressSize < 42,
                _ => false,
            };
            if (!tooLarge && bits >= shift + 1 && bits <= shift + granule + 1)
                yield return level;
        }
    }

    /// <summary>The tree of an index.</summary>
    internal SceneTree Tree(int tree) => trees[tree];

    /// <summary>Changes a tree.</summary>
    internal void Tree(int tree, Func<SceneTree, SceneTree> change) => trees[tree] = change(trees[tree]);

    /// <summary>Adds an entry; a leaf everyone may read and write unless it is said otherwise.</summary>
    /// <returns>The entry, to be named in edits.</returns>
    internal StructureReference Map(int tree, ulong input, SceneAddress output, int level = 3, ulong? attributes = null, EntryKind kind = EntryKind.Leaf)
    {
        var with = trees[tree];
        var plain = kind is EntryKind.Leaf or EntryKind.Invalid
            ? with.Stage == 1
                ? SceneEntry.Stage1ReadWrite
                : SceneEntry.Stage2ReadWrite
            : 0;
        trees[tree] = with with { Entries = with.Entries.Add(new(input, level, output, attributes ?? plain, kind)) };
        return Entry(tree, input, level);
    }

    /// <summary>Names an entry.</summary>
    internal StructureReference Entry(int tree, ulong input, int level = 3) =>
        new(trees[tree].Stage == 1 ? StructureKind.Stage1Descriptor : StructureKind.Stage2Descriptor, tree, input, level);

    /// <summary>Adds a context descriptor.</summary>
    internal int Context(int? lower, int? upper = null, uint asid = 0x11, params FieldValue[] fields)
    {
        contexts.Add(
            new()
            {
                Lower = lower,
                Upper = upper,
                Asid = asid,
                Fields = [.. fields],
            }
        );
        return contexts.Count - 1;
    }

    /// <summary>Adds a stream of stage 1, nested when there is a stage-2 tree.</summary>
    internal int Stream1(int context, int? stage2 = null, uint? id = null, params FieldValue[] fields) =>
        Stream(
            new()
            {
                Id = id ?? Id(streams.Count),
                Config = stage2 is null ? 5u : 7,
                Vmid = target.Capabilities.S2P ? 3u : 0,
                Stage2 = stage2,
                Substreams = [new(0, context)],
                Fields = [.. fields],
            }
        );

    /// <summary>Adds a stream of stage 2.</summary>
    internal int Stream2(int tree, uint? id = null, params FieldValue[] fields) =>
        Stream(
            new()
            {
                Id = id ?? Id(streams.Count),
                Config = 6,
                Vmid = 3,
                Stage2 = tree,
                Fields = [.. fields],
            }
        );

    /// <summary>Adds a stream.</summary>
    internal int Stream(SceneStream stream)
    {
        streams.Add(stream);
        return streams.Count - 1;
    }

    /// <summary>Changes a stream.</summary>
    internal void Stream(int stream, Func<SceneStream, SceneStream> change) => streams[stream] = change(streams[stream]);

    /// <summary>Changes a context.</summary>
    internal void Context(int context, Func<SceneContext, SceneContext> change) => contexts[context] = change(contexts[context]);

    /// <summary>A stream reads.</summary>
    internal SceneDraft Read(int stream, ulong address, params ReadOnlySpan<RequirementId> aims) => Transact(new(streams[stream].Id, address, true, 4), aims);

    /// <summary>A stream writes.</summary>
    internal SceneDraft Write(int stream, ulong address, params ReadOnlySpan<RequirementId> aims) => Transact(new(streams[stream].Id, address, false, 4), aims);

    /// <summary>A stream reads, then writes.</summary>
    internal SceneDraft Access(int stream, ulong address, params ReadOnlySpan<RequirementId> aims) => Read(stream, address, aims).Write(stream, address, aims);

    /// <summary>A master sends a transaction.</summary>
    internal SceneDraft Transact(SmmuTransaction transaction, params ReadOnlySpan<RequirementId> aims) => Do(new TransactionStep(transaction), aims);

    /// <summary>A field of a structure is rewritten.</summary>
    internal SceneDraft Edit(StructureReference target, string field, ulong value) =>
        Do(EditStep.Of(target, new(StructureFields.Of(target.Kind, field), value)));

    /// <summary>A field of an STE is rewritten.</summary>
    internal SceneDraft EditSte(int stream, string field, ulong value) => Edit(new(StructureKind.StreamTableEntry, stream), field, value);

    /// <summary>A field of a CD is rewritten.</summary>
    internal SceneDraft EditCd(int stream, string field, ulong value, uint substream = 0) =>
        Edit(new(StructureKind.ContextDescriptor, stream, substream), field, value);

    /// <summary>Commands are sent, a SYNC behind each.</summary>
    internal SceneDraft Send(params ReadOnlySpan<SceneCommand> commands)
    {
        foreach (var command in commands)
            Do(CommandStep.Of(command, SmmuCommand.Sync()));
        return this;
    }

    /// <summary>The STE of a stream is invalidated.</summary>
    internal SceneDraft InvalidateSte(int stream, bool leaf = true) => Send(SmmuCommand.CfgiSte(streams[stream].Id, leaf));

    /// <summary>A CD of a stream is invalidated.</summary>
    internal SceneDraft InvalidateCd(int stream, uint substream = 0, bool leaf = true) => Send(SmmuCommand.CfgiCd(streams[stream].Id, substream, leaf));

    /// <summary>A leaf of stage 1 is invalidated by its address.</summary>
    internal SceneDraft InvalidateVa(ulong address, int asid = 0x11, bool leaf = true) =>
        Send(SmmuCommand.TlbiNhVa(target.Capabilities.S2P ? 3 : 0, asid, address, leaf));

    /// <summary>Everything in the TLB is invalidated.</summary>
    internal SceneDraft InvalidateTlb() => Send(SmmuCommand.TlbiNsnhAll());

    /// <summary>A structure is read and compared: what hardware has written there shows.</summary>
    internal SceneDraft ReadBack(StructureReference structure, params ReadOnlySpan<RequirementId> aims) => Do(new ReadStructureStep(structure), aims);

    /// <summary>A register is read.</summary>
    internal SceneDraft ReadRegister(uint offset, params ReadOnlySpan<RequirementId> aims) => Do(new ReadRegisterStep(offset), aims);

    /// <summary>A register is written.</summary>
    internal SceneDraft WriteRegister(uint offset, SceneAddress value, bool wide = false) => Do(new WriteRegisterStep(offset, value, wide));

    /// <summary>Adds a step.</summary>
    internal SceneDraft Do(SceneStep step, params ReadOnlySpan<RequirementId> aims)
    {
        var rules = Rules.None;
        foreach (var aim in aims)
            rules = rules.And(aim);
        steps.Add(rules.IsNone ? step : step with { Aims = rules });
        return this;
    }

    /// <summary>The address of a structure as the SMMU sees it, as far as the draft has got: an intermediate one behind stage 2.</summary>
    internal ulong AddressOf(AddressBase structure, int index)
    {
        var layout = new SceneLayout();
        layout.Build(ToScene(), target);
        return layout.Resolve(new(structure, index, 0) { Intermediate = true });
    }

    /// <summary>A page behind stage 2 and stage 1: the leaves of both, and the address that leads there.</summary>
    internal (StructureReference Stage1, StructureReference Stage2) MapNested(int tree1, int tree2, ulong input, ulong intermediate, ulong output) =>
        (Map(tree1, input, intermediate), Map(tree2, intermediate, output));

    /// <summary>The scene.</summary>
    internal Scene ToScene() =>
        new()
        {
            Setup = Setup,
            Trees = [.. trees],
            Contexts = [.. contexts],
            Streams = [.. streams],
            Steps = [.. steps],
        };

    /// <summary>The scene with a note.</summary>
    internal Named<Scene> Named(string note = "") => new(ToScene(), note);

    /// <summary>A stream with one page: stage 1 where the SMMU has it, else stage 2. The page is at <see cref="PageAt"/> and leads to data page 0.</summary>
    internal static SceneDraft Plain(SceneTarget target)
    {
        var draft = new SceneDraft(target);
        if (target.Capabilities.S1P)
        {
            var tree = draft.Tree1();
            draft.Map(tree, PageAt, draft.Data(0));
            draft.Stream1(draft.Context(tree));
        }
        else
        {
            var tree = draft.Tree2();
            draft.Map(tree, PageAt, draft.Data(0));
            draft.Stream2(tree);
        }

        return draft;
    }

    /// <summary>Where the page of <see cref="Plain"/> is.</summary>
    internal const ulong PageAt = 0x1234_0000;
}
