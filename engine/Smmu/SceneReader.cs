using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Conformance.Engine.Plans;
using Conformance.Model.Requirements;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Engine.Smmu.SceneBytes;

namespace Conformance.Engine.Smmu;

/// <summary>
/// Reads what <see cref="SceneBytes"/> wrote, or what somebody made of it. A scene that it gives can be printed, laid out and run: indices lead somewhere,
/// values fit their fields, and there is no more of anything than the constants say.
/// </summary>
/// <param name="from">The bytes; those behind the scene are left.</param>
internal sealed class SceneReader(PlanReader from)
{
    /// <summary>The most trees; campaigns use a dozen.</summary>
    internal const int MaxTrees = 64;

    /// <summary>The most context descriptors.</summary>
    internal const int MaxContexts = 64;

    /// <summary>The most streams.</summary>
    internal const int MaxStreams = 32;

    /// <summary>The most entries of all trees together; campaigns use 640.</summary>
    internal const int MaxEntries = 2048;

    /// <summary>The most substreams of all streams together.</summary>
    internal const int MaxSubstreams = 256;

    /// <summary>The most steps, commands and fields together; campaigns use 1280.</summary>
    internal const int MaxParts = 8192;

    /// <summary>By how many entries CMDQ_PROD is moved or looked back from at most: the indices of a queue have 20 bits.</summary>
    internal const int MaxEntriesAway = 1 << 20;

    /// <summary>The binary logarithm of the largest first table, in bytes: sixteen of 64 KiB.</summary>
    internal const int MaxTableBits = 20;

    private const int MinLevel = -2; // where 64 bits of input begin with 4 KiB
    private const uint MaxLog2 = 63; // of STRTAB_BASE_CFG: 6 bits
    private const uint MaxFiveBits = 31;
    private const uint MaxSubstreamId = (1 << 20) - 1;
    private const uint RegisterSpace = 0x2_0000;
    private const uint MaxSpare = 7;

    private int entries = MaxEntries;
    private int substreams = MaxSubstreams;
    private int parts = MaxParts;
    private int trees;
    private int contexts;
    private int streams;
    private Before before;

    /// <summary>Reads a scene.</summary>
    /// <exception cref="PlanFormatException">They are none.</exception>
    internal Scene Read()
    {
        var setup = Setup();
        trees = Count(MaxTrees);
        var scene = new Scene
        {
            Setup = setup,
            Trees = Many(trees, Tree),
            Contexts = Many(contexts = Count(MaxContexts), Context),
            Streams = Many(streams = Count(MaxStreams), Stream),
        };
        foreach (var (index, tree) in scene.Trees.Index())
            if (tree.Behind is { } behind && scene.Trees[behind].Stage != 2)
                throw Senseless($"tree {index} lies behind tree {behind}, which is none of stage 2");
        if (!scene.Streams.IsEmpty)
            before.Stream = scene.Streams[0].Id;
        return scene with { Steps = Many(Count(ref parts), Step) };
    }

    private SceneSetup Setup()
    {
        var members = (SetupMembers)from.Number((uint)SetupMembers.All);
        return new()
        {
            Format = Member(SetupMembers.Format, 3, 0),
            Log2Size = Member(SetupMembers.Log2Size, MaxLog2, UsualLog2Size),
            Split = Member(SetupMembers.Split, MaxFiveBits, 0),
            CommandQueueLog2 = Member(SetupMembers.CommandQueueLog2, MaxFiveBits, UsualQueueLog2),
            EventQueueLog2 = Member(SetupMembers.EventQueueLog2, MaxFiveBits, UsualQueueLog2),
            Cr0 = Member(SetupMembers.Cr0, uint.MaxValue, UsualCr0),
            Cr2 = Member(SetupMembers.Cr2, uint.MaxValue, UsualCr2),
            Gbpa = (members & SetupMembers.Gbpa) != 0 ? Number(uint.MaxValue) : null,
            StreamTableExtra = (members & SetupMembers.StreamTableExtra) != 0 ? from.Number() : 0,
        };

        uint Member(SetupMembers member, uint most, uint usual) => (members & member) != 0 ? Number(most) : usual;
    }

    private SceneTree Tree()
    {
        var members = (TreeMembers)from.Number((uint)TreeMembers.All);
        var granule = (int)(members & TreeMembers.Granule) >> 1;
        if (granule == 3)
            throw Senseless("a granule that is none");
        var tree = new SceneTree
        {
            Stage = (members & TreeMembers.Stage2) != 0 ? 2 : 1,
            Granule = 12 + 2 * granule,
            Upper = (members & TreeMembers.Upper) != 0,
            BigEndian = (members & TreeMembers.BigEndian) != 0,
            InputBits = (int)Number(64),
            Behind = (members & TreeMembers.Behind) != 0 ? Index(trees, "tree") : null,
            StartLevel = (members & TreeMembers.StartLevel) != 0 ? Level((int)Number(7)) : 0,
            BaseExtra = (members & TreeMembers.BaseExtra) != 0 ? from.Number() : 0,
        };
        if (tree.InputBits == 0 || tree.BaseBits > MaxTableBits)
            throw Senseless($"a tree of {tree.InputBits} input bits whose first table has 2^{tree.BaseBits} bytes");
        return tree with { Entries = Many(Count(ref entries), () => Entry(tree.Stage)) };
    }

    private SceneEntry Entry(int stage)
    {
        var members = (uint)from.Number((uint)EntryMembers.All);
        var kind = (EntryKind)(members & (uint)EntryMembers.Kind);
        var level = Level((int)(members & (uint)EntryMembers.Level) >> 3);
        var input = Near(ref before.Input);
        var output = default(SceneAddress);
        if ((members & (uint)EntryMembers.Output) != 0)
            output = Address(Number((uint)AddressMembers.All), ref before.Output);
        var attributes = (members & (uint)EntryMembers.Attributes) != 0 ? from.Number() : UsualAttributes(stage, kind);
        return new(input, level, output, attributes, kind);
    }

    private SceneContext Context()
    {
        var members = (ContextMembers)from.Number((uint)ContextMembers.All);
        return new()
        {
            Asid = Number(ushort.MaxValue),
            Lower = (members & ContextMembers.Lower) != 0 ? Index(trees, "tree") : null,
            Upper = (members & ContextMembers.Upper) != 0 ? Index(trees, "tree") : null,
            Fields = (members & ContextMembers.Fields) != 0 ? Fields(StructureKind.ContextDescriptor) : [],
            L1Fields = (members & ContextMembers.L1Fields) != 0 ? Fields(StructureKind.L1ContextDescriptor) : [],
            Leaf = (members & ContextMembers.Leaf) != 0 ? Address() : null,
        };
    }

    private SceneStream Stream()
    {
        var members = (StreamMembers)from.Number((uint)StreamMembers.All);
        if ((members & StreamMembers.OneContext) != 0 && (members & StreamMembers.Substreams) != 0)
            throw Senseless("a stream with one context and several");
        var stream = new SceneStream
        {
            Config = (uint)(members & StreamMembers.Config),
            Id = Number(uint.MaxValue),
            Vmid = (members & StreamMembers.Vmid) != 0 ? Number(ushort.MaxValue) : 0,
            Stage2 = (members & StreamMembers.Stage2) != 0 ? Index(trees, "tree") : null,
            Fields = (members & StreamMembers.Fields) != 0 ? Fields(StructureKind.StreamTableEntry) : [],
            Substreams =
                (members & StreamMembers.OneContext) != 0 ? [new(0, Index(contexts, "context"))]
                : (members & StreamMembers.Substreams) != 0
                    ? Many(Count(ref substreams), () => new SceneSubstream(Number(MaxSubstreamId), Index(contexts, "context")))
                : [],
        };
        if ((members & StreamMembers.ContextTable) != 0)
            stream = stream with { ContextBits = Number(MaxFiveBits), ContextFormat = Number(3) };
        return stream with
        {
            L1Fields = (members & StreamMembers.L1Fields) != 0 ? Fields(StructureKind.L1StreamTableDescriptor) : [],
            ContextPointer = (members & StreamMembers.ContextPointer) != 0 ? Address() : null,
            SecondLevel = (members & StreamMembers.SecondLevel) != 0 ? Address() : null,
        };
    }

    private ImmutableArray<FieldValue> Fields(StructureKind structure) =>
        Many(
            Count(ref parts),
            () =>
            {
                var place = Number(8 * 64 - 1);
                foreach (var field in StructureFields.All(structure))
                    if (field.Word * 64 + field.Low == place)
                        return new FieldValue(field, from.Number());
                throw Senseless($"{structure} has no field at D{place / 64}[{place % 64}] here: a newer kit wrote it");
            }
        );

    private SceneStep Step()
    {
        var head = Number(byte.MaxValue);
        var aims = Aims((AimsCode)(head & 3));
        SceneStep step = (StepCode)(head >> 2) switch
        {
            StepCode.Transaction => new TransactionStep(Transaction()),
            StepCode.Ask => new AskStep((int)Number(MaxParts)),
            StepCode.Edit => Edit(),
            StepCode.Command => Commands(),
            StepCode.OverwriteCommand => new OverwriteCommandStep((int)Number(MaxEntriesAway), Command()),
            StepCode.MoveProducer => new MoveProducerStep(Away()),
            StepCode.WriteRegister => new WriteRegisterStep(Register(out var isWide), Address(), isWide),
            StepCode.ReadRegister => new ReadRegisterStep(Register(out var isWide), isWide),
            StepCode.WriteMemory => new WriteMemoryStep(Doubleword(), from.Number()),
            StepCode.ReadMemory => new ReadMemoryStep(Doubleword()),
            StepCode.ReadStructure => ReadStructure(),
            StepCode.TakeInterrupts => new TakeInterruptsStep(),
            StepCode.ConsumeEvents => new ConsumeEventsStep(Away(), from.Flag()),
            StepCode.Resume => new ResumeStep((int)Number(MaxParts), from.Value<ResumeAction>()),
            StepCode.AcknowledgeErrors => new AcknowledgeErrorsStep(),
            StepCode.Reset => new ResetStep(from.Flag()),
            StepCode.BringUp => BringUp(),
            StepCode.Migrate => new MigrateStep(from.Value<MigrationKind>(), (int)Number((uint)SmmuVmState.Fields.Count - 1), from.Number()),
            var code => throw Senseless($"a step of kind {(int)code}, which is not known here: a newer kit wrote it"),
        };
        return aims.IsNone ? step : step with { Aims = aims };
    }

    private Rules Aims(AimsCode code)
    {
        switch (code)
        {
            case AimsCode.None:
                return Rules.None;
            case AimsCode.AsBefore:
                return before.Aims;
            case AimsCode.Own:
                var aims = Rules.None;
                for (var more = true; more; )
                {
                    var number = Number(2 * ushort.MaxValue + 1);
                    more = (number & 1) != 0;
                    if (!Catalogue.TryFind(number >> 1, out var row))
                        throw Senseless($"requirement {number >> 1}, which is not known here: a newer kit wrote it");
                    var count = aims.Count;
                    aims = aims.And(row.Id);
                    if (aims.Count == count)
                        throw Senseless($"{row.Name} is an aim twice, or a fifth");
                }

                return before.Aims = aims;
            default:
                throw new PlanFormatException(
                    "an older kit made it, which named requirements by their places in the catalogue, and those have moved: check again, and take the new token"
                );
        }
    }

    private SmmuTransaction Transaction()
    {
        var members = (TransactionMembers)from.Number((uint)TransactionMembers.All);
        var address = Near(ref before.Input);
        var length = 1 << ((int)(members & TransactionMembers.Length) >> 4);
        if ((address & (ulong)(length - 1)) != 0)
            throw Senseless($"a transaction of {length} bytes at 0x{address:x}");
        if ((members & TransactionMembers.StreamId) != 0)
            before.Stream = Number(uint.MaxValue);
        return new(before.Stream, address, (members & TransactionMembers.IsRead) != 0, length)
        {
            HasSubstream = (members & TransactionMembers.HasSubstream) != 0,
            IsInstruction = (members & TransactionMembers.IsInstruction) != 0,
            IsPrivileged = (members & TransactionMembers.IsPrivileged) != 0,
            SubstreamId = (members & TransactionMembers.SubstreamId) != 0 ? Number(MaxSubstreamId) : 0,
        };
    }

    private EditStep Edit()
    {
        var target = Reference();
        var members = (EditMembers)from.Number((uint)EditMembers.All);
        var word = Word(target, (int)(members & EditMembers.Word));
        ulong mask,
            value;
        if ((members & EditMembers.Field) != 0)
        {
            var low = (int)Number(63);
            var width = (int)Number((uint)(64 - low));
            mask = width == 0 ? 0 : ulong.MaxValue >> (64 - width) << low;
            value = from.Number() << low;
        }
        else
        {
            mask = from.Number();
            value = from.Number();
        }

        return new(target, word, mask, value) { Address = (members & EditMembers.Address) != 0 ? Address() : null };
    }

    private CommandStep Commands()
    {
        var isRung = from.Flag();
        return new(Many(Count(ref parts), Command), isRung);
    }

    private SceneCommand Command()
    {
        var members = Number((uint)CommandMembers.All);
        var command = default(SmmuCommand);
        command.D0 = members & (uint)CommandMembers.Opcode;
        if ((members & (uint)CommandMembers.Middle) != 0)
            command.D0 |= Number((1 << 24) - 1) << 8;
        if ((members & (uint)CommandMembers.High) != 0)
            command.D0 |= (ulong)Number(uint.MaxValue) << 32;
        if ((members & (uint)CommandMembers.D1) != 0)
            command.D1 = Pages();
        return new(command, (members & (uint)CommandMembers.Address) != 0 ? Address() : default);
    }

    private ReadStructureStep ReadStructure()
    {
        var target = Reference();
        return new(target, Word(target, (int)Number(7)));
    }

    private BringUpStep BringUp()
    {
        var members = Number(3);
        return new((members & 2) != 0 ? Setup() : null, (members & 1) != 0);
    }

    private StructureReference Reference()
    {
        var head = from.Number((ulong)Math.Max(MaxTrees, MaxStreams) << ReferenceIndex);
        var kind = (StructureKind)(head & (ulong)ReferenceMembers.Kind);
        if (kind > StructureKind.Stage2Descriptor)
            throw Senseless($"a structure of kind {(int)kind}, which is not known here: a newer kit wrote it");
        var isDescriptor = kind >= StructureKind.Stage1Descriptor;
        var index = (int)(head >> ReferenceIndex);
        if (index >= (isDescriptor ? trees : streams))
            throw Senseless($"there is no {(isDescriptor ? "tree" : "stream")} {index}");
        var input =
            (head & (ulong)ReferenceMembers.Input) == 0 ? 0
            : isDescriptor ? Near(ref before.Input)
            : Number(MaxSubstreamId);
        return new(kind, index, input, (head & (ulong)ReferenceMembers.Level) != 0 ? Level((int)Number(7)) : UsualLevel(kind));
    }

    private static int Word(StructureReference target, int word) =>
        word < StructureFields.Words(target.Kind) ? word : throw Senseless($"{target.Kind} has no doubleword {word}");

    private static int Level(int biased) => biased - LevelBias is >= MinLevel and <= 3 and var level ? level : throw Senseless("a level that is none");

    private uint Register(out bool isWide)
    {
        var head = Number(RegisterSpace / 4 * 2 - 1);
        isWide = (head & 1) != 0;
        var offset = head >> 1 << 2;
        return isWide && offset % 8 != 0 ? throw Senseless($"a 64-bit access of a register at 0x{offset:x}") : offset;
    }

    private SceneAddress Doubleword() => Address() is var address && address.Offset % 8 == 0 ? address : throw Senseless($"a doubleword at {address}");

    private SceneAddress Address()
    {
        var head = Number((uint)AddressMembers.All);
        var offset = 0ul;
        var address = Place(head);
        if ((head & (uint)AddressMembers.Offset) != 0)
            offset = from.Number();
        return address with { Offset = offset };
    }

    private SceneAddress Address(uint head, ref ulong near) => Place(head) with { Offset = Near(ref near) };

    private SceneAddress Place(uint head)
    {
        var start = (AddressBase)(head & (uint)AddressMembers.Base);
        if (start > AddressBase.Spare)
            throw Senseless($"an address of kind {(int)start}, which is not known here: a newer kit wrote it");
        uint most = start switch
        {
            AddressBase.Tree => (uint)trees - 1,
            // A stream may have been left out of the scene: what is counted from its tables is 0.
            AddressBase.SecondLevel or AddressBase.ContextTable => MaxStreams - 1,
            AddressBase.Spare => MaxSpare,
            _ => 0,
        };
        if (start == AddressBase.Tree && trees == 0)
            throw Senseless("there is no tree 0");
        return new(start, (head & (uint)AddressMembers.Index) != 0 ? (int)Number(most) : 0, 0)
        {
            Intermediate = (head & (uint)AddressMembers.Intermediate) != 0,
        };
    }

    private ulong Near(ref ulong near) => near += Pages();

    private ulong Pages()
    {
        var head = from.Number((1ul << 53) - 1);
        var zigzag = head >> 1;
        var page = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        return (ulong)(page << 12) + ((head & 1) != 0 ? from.Number(0xfff) : 0);
    }

    private int Away() => from.Signed() is >= -MaxEntriesAway and <= MaxEntriesAway and var by ? (int)by : throw Senseless("more entries than a queue has");

    private int Index(int count, string what) =>
        from.Number() is var index && index < (ulong)count ? (int)index : throw Senseless($"there is no {what} {index}");

    private uint Number(uint most) => (uint)from.Number(most);

    // Everything that is counted takes a byte at least.
    private int Count(int most) => (int)from.Number((ulong)Math.Min(most, from.Left));

    private int Count(ref int left)
    {
        var count = Count(left);
        left -= count;
        return count;
    }

    private static ImmutableArray<T> Many<T>(int count, Func<T> read)
    {
        if (count == 0)
            return [];
        var all = new T[count];
        for (var i = 0; i < count; i++)
            all[i] = read();
        return ImmutableCollectionsMarshal.AsImmutableArray(all);
    }

    private static PlanFormatException Senseless(string why) => new($"it makes no sense: {why}");
}
