using System.Collections.Immutable;
using System.Numerics;
using Conformance.Engine.Plans;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Engine.Smmu;

/// <summary>
/// Scenes as bytes; <see cref="SceneReader"/> reads them. They are written before every scene, without allocating, and people copy them: what has its
/// usual value takes no byte. Numbers are for good, since tokens outlive the kit that wrote them; a requirement has its
/// <see cref="RequirementId.Number"/>. A field of a structure is named by the bit that it begins at, 64 x doubleword + bit, which the architecture has
/// settled.
/// </summary>
internal static class SceneBytes
{
    /// <summary>The number of a kind of step. A number is never given to another kind; 0 is none.</summary>
    internal enum StepCode : byte
    {
        Transaction = 1,
        Ask = 2,
        Edit = 3,
        Command = 4,
        OverwriteCommand = 5,
        MoveProducer = 6,
        WriteRegister = 7,
        ReadRegister = 8,
        WriteMemory = 9,
        ReadMemory = 10,
        ReadStructure = 11,
        TakeInterrupts = 12,
        ConsumeEvents = 13,
        Resume = 14,
        AcknowledgeErrors = 15,
        Reset = 16,
        BringUp = 17,
        Migrate = 18,
    }

    /// <summary>Where the aims of a step are.</summary>
    internal enum AimsCode : byte
    {
        None = 0,

        /// <summary>Those of the last step that had some.</summary>
        AsBefore = 1,

        /// <summary>They followed, by their places in the catalogue of that time. No longer written, and refused: nobody knows which they were.</summary>
        OwnByPlace = 2,

        /// <summary>They follow: each twice its <see cref="RequirementId.Number"/>, plus 1 when another one follows.</summary>
        Own = 3,
    }

    /// <summary>Members of a setup that are written, because they are not the usual ones.</summary>
    [Flags]
    internal enum SetupMembers : uint
    {
        Format = 1 << 0,
        Log2Size = 1 << 1,
        Split = 1 << 2,
        CommandQueueLog2 = 1 << 3,
        EventQueueLog2 = 1 << 4,
        Cr0 = 1 << 5,
        Cr2 = 1 << 6,
        Gbpa = 1 << 7,
        StreamTableExtra = 1 << 8,
        All = (1 << 9) - 1,
    }

    /// <summary>Members of a tree. Bits [2:1] are the granule: 0 4 KiB, 1 16 KiB, 2 64 KiB.</summary>
    [Flags]
    internal enum TreeMembers : uint
    {
        Stage2 = 1 << 0,
        Granule = 3 << 1,
        Upper = 1 << 3,
        Behind = 1 << 4,
        StartLevel = 1 << 5,
        BaseExtra = 1 << 6,
        BigEndian = 1 << 7,
        All = (1 << 8) - 1,
    }

    /// <summary>Members of an entry. Bits [1:0] are its kind, [5:3] its level.</summary>
    [Flags]
    internal enum EntryMembers : uint
    {
        Kind = 3 << 0,
        Attributes = 1 << 2,
        Level = 7 << 3,
        Output = 1 << 6,
        All = (1 << 7) - 1,
    }

    /// <summary>Members of a context.</summary>
    [Flags]
    internal enum ContextMembers : uint
    {
        Lower = 1 << 0,
        Upper = 1 << 1,
        Fields = 1 << 2,
        L1Fields = 1 << 3,
        Leaf = 1 << 4,
        All = (1 << 5) - 1,
    }

    /// <summary>Members of a stream. Bits [2:0] are its Config.</summary>
    [Flags]
    internal enum StreamMembers : uint
    {
        Config = 7 << 0,
        Vmid = 1 << 3,
        Stage2 = 1 << 4,
        Fields = 1 << 5,

        /// <summary>One context descriptor, for SubstreamID 0; its context follows.</summary>
        OneContext = 1 << 6,
        Substreams = 1 << 7,
        ContextTable = 1 << 8,
        L1Fields = 1 << 9,
        ContextPointer = 1 << 10,
        SecondLevel = 1 << 11,
        All = (1 << 12) - 1,
    }

    /// <summary>Members of an address. Bits [3:0] are its base.</summary>
    [Flags]
    internal enum AddressMembers : uint
    {
        Base = 15 << 0,
        Intermediate = 1 << 4,
        Index = 1 << 5,
        Offset = 1 << 6,
        All = (1 << 7) - 1,
    }

    /// <summary>Members of a transaction. Bits [5:4] are the binary logarithm of its length.</summary>
    [Flags]
    internal enum TransactionMembers : uint
    {
        IsRead = 1 << 0,
        HasSubstream = 1 << 1,
        IsInstruction = 1 << 2,
        IsPrivileged = 1 << 3,
        Length = 3 << 4,

        /// <summary>Another stream than that of the transaction before, for the first one than the first stream.</summary>
        StreamId = 1 << 6,
        SubstreamId = 1 << 7,
        All = (1 << 8) - 1,
    }

    /// <summary>Members of a command. Bits [7:0] are its opcode.</summary>
    [Flags]
    internal enum CommandMembers : uint
    {
        Opcode = 0xff,

        /// <summary>D0[31:8].</summary>
        Middle = 1 << 8,

        /// <summary>D0[63:32].</summary>
        High = 1 << 9,
        D1 = 1 << 10,
        Address = 1 << 11,
        All = (1 << 12) - 1,
    }

    /// <summary>Members of a reference to a structure. Bits [2:0] are its kind; from bit 5 on is its index.</summary>
    [Flags]
    internal enum ReferenceMembers : uint
    {
        Kind = 7 << 0,
        Input = 1 << 3,
        Level = 1 << 4,
    }

    /// <summary>Members of an edit. Bits [2:0] are the doubleword.</summary>
    [Flags]
    internal enum EditMembers : uint
    {
        Word = 7 << 0,
        Address = 1 << 3,

        /// <summary>The mask has no gap and the value no bit below it: lowest bit, width, and the value from there on.</summary>
        Field = 1 << 4,
        All = (1 << 5) - 1,
    }

    /// <summary>The usual STRTAB_BASE_CFG.LOG2SIZE.</summary>
    internal const uint UsualLog2Size = 9;

    /// <summary>The usual LOG2SIZE of both queues.</summary>
    internal const uint UsualQueueLog2 = 6;

    /// <summary>The usual CR0.</summary>
    internal const uint UsualCr0 = 0xd;

    /// <summary>The usual CR2.</summary>
    internal const uint UsualCr2 = 2;

    /// <summary>Added to a level, so that it is no negative number: 64 input bits begin at level -2.</summary>
    internal const int LevelBias = 4;

    /// <summary>The first bit of the index in a reference.</summary>
    internal const int ReferenceIndex = 5;

    /// <summary>The level of a translation table descriptor that takes no byte.</summary>
    internal static int UsualLevel(StructureKind kind) => kind >= StructureKind.Stage1Descriptor ? 3 : 0;

    /// <summary>The attributes of an entry that take no byte.</summary>
    internal static ulong UsualAttributes(int stage, EntryKind kind) =>
        kind is EntryKind.Table or EntryKind.Raw ? 0
        : stage == 1 ? SceneEntry.Stage1ReadWrite
        : SceneEntry.Stage2ReadWrite;

    /// <summary>What was written last: what is like it, or near it, is short.</summary>
    internal struct Before
    {
        /// <summary>The input address of an entry, a reference or a transaction.</summary>
        internal ulong Input;

        /// <summary>The output address of an entry.</summary>
        internal ulong Output;

        /// <summary>The StreamID of a transaction.</summary>
        internal uint Stream;

        /// <summary>The aims of a step.</summary>
        internal Rules Aims;
    }

    /// <summary>Writes a scene.</summary>
    internal static void Write(Scene scene, ref PlanWriter to)
    {
        var before = default(Before);
        Setup(ref to, scene.Setup);
        to.Number((uint)scene.Trees.Length);
        foreach (var tree in scene.Trees)
            Tree(ref to, tree, ref before);
        to.Number((uint)scene.Contexts.Length);
        foreach (var context in scene.Contexts)
            Context(ref to, context);
        to.Number((uint)scene.Streams.Length);
        foreach (var stream in scene.Streams)
            Stream(ref to, stream);
        if (scene.Streams.Length > 0)
            before.Stream = scene.Streams[0].Id;
        to.Number((uint)scene.Steps.Length);
        foreach (var step in scene.Steps)
            Step(ref to, step, ref before);
    }

    private static void Setup(ref PlanWriter to, SceneSetup setup)
    {
        var members =
            (setup.Format == 0 ? 0 : SetupMembers.Format)
            | (setup.Log2Size == UsualLog2Size ? 0 : SetupMembers.Log2Size)
            | (setup.Split == 0 ? 0 : SetupMembers.Split)
            | (setup.CommandQueueLog2 == UsualQueueLog2 ? 0 : SetupMembers.CommandQueueLog2)
            | (setup.EventQueueLog2 == UsualQueueLog2 ? 0 : SetupMembers.EventQueueLog2)
            | (setup.Cr0 == UsualCr0 ? 0 : SetupMembers.Cr0)
            | (setup.Cr2 == UsualCr2 ? 0 : SetupMembers.Cr2)
            | (setup.Gbpa is null ? 0 : SetupMembers.Gbpa)
            | (setup.StreamTableExtra == 0 ? 0 : SetupMembers.StreamTableExtra);
        to.Number((uint)members);
        if (members == 0)
            return;
        if ((members & SetupMembers.Format) != 0)
            to.Number(setup.Format);
        if ((members & SetupMembers.Log2Size) != 0)
            to.Number(setup.Log2Size);
        if ((members & SetupMembers.Split) != 0)
            to.Number(setup.Split);
        if ((members & SetupMembers.CommandQueueLog2) != 0)
            to.Number(setup.CommandQueueLog2);
        if ((members & SetupMembers.EventQueueLog2) != 0)
            to.Number(setup.EventQueueLog2);
        if ((members & SetupMembers.Cr0) != 0)
            to.Number(setup.Cr0);
        if ((members & SetupMembers.Cr2) != 0)
            to.Number(setup.Cr2);
        if (setup.Gbpa is { } gbpa)
            to.Number(gbpa);
        if ((members & SetupMembers.StreamTableExtra) != 0)
            to.Number(setup.StreamTableExtra);
    }

    private static void Tree(ref PlanWriter to, SceneTree tree, ref Before before)
    {
        to.Number(
            (uint)(
                (tree.Stage == 2 ? TreeMembers.Stage2 : 0)
                | (TreeMembers)((uint)(tree.Granule - 12) / 2 << 1)
                | (tree.Upper ? TreeMembers.Upper : 0)
                | (tree.Behind is null ? 0 : TreeMembers.Behind)
                | (tree.StartLevel == 0 ? 0 : TreeMembers.StartLevel)
                | (tree.BaseExtra == 0 ? 0 : TreeMembers.BaseExtra)
                | (tree.BigEndian ? TreeMembers.BigEndian : 0)
            )
        );
        to.Number((uint)tree.InputBits);
        if (tree.Behind is { } behind)
            to.Number((uint)behind);
        if (tree.StartLevel != 0)
            to.Number((uint)(tree.StartLevel + LevelBias));
        if (tree.BaseExtra != 0)
            to.Number(tree.BaseExtra);
        to.Number((uint)tree.Entries.Length);
        foreach (var entry in tree.Entries)
            Entry(ref to, tree.Stage, entry, ref before);
    }

    private static void Entry(ref PlanWriter to, int stage, SceneEntry entry, ref Before before)
    {
        var isUsual = entry.Attributes == UsualAttributes(stage, entry.Kind);
        var output = entry.Output;
        var hasOutput = output != default;
        to.Number(
            (uint)entry.Kind
                | (isUsual ? 0 : (uint)EntryMembers.Attributes)
                | (uint)(entry.Level + LevelBias) << 3
                | (hasOutput ? (uint)EntryMembers.Output : 0)
        );
        Near(ref to, entry.Input, ref before.Input);
        if (hasOutput)
        {
            AddressHead(ref to, output);
            Near(ref to, output.Offset, ref before.Output);
        }

        if (!isUsual)
            to.Number(entry.Attributes);
    }

    private static void Context(ref PlanWriter to, SceneContext context)
    {
        to.Number(
            (uint)(
                (context.Lower is null ? 0 : ContextMembers.Lower)
                | (context.Upper is null ? 0 : ContextMembers.Upper)
                | (context.Fields.IsEmpty ? 0 : ContextMembers.Fields)
                | (context.L1Fields.IsEmpty ? 0 : ContextMembers.L1Fields)
                | (context.Leaf is null ? 0 : ContextMembers.Leaf)
            )
        );
        to.Number(context.Asid);
        if (context.Lower is { } lower)
            to.Number((uint)lower);
        if (context.Upper is { } upper)
            to.Number((uint)upper);
        if (!context.Fields.IsEmpty)
            Fields(ref to, context.Fields);
        if (!context.L1Fields.IsEmpty)
            Fields(ref to, context.L1Fields);
        if (context.Leaf is { } leaf)
            Address(ref to, leaf);
    }

    private static void Stream(ref PlanWriter to, SceneStream stream)
    {
        var substreams = stream.Substreams;
        var hasOne = substreams is [{ SubstreamId: 0 }];
        to.Number(
            (uint)(
                (StreamMembers)stream.Config
                | (stream.Vmid == 0 ? 0 : StreamMembers.Vmid)
                | (stream.Stage2 is null ? 0 : StreamMembers.Stage2)
                | (stream.Fields.IsEmpty ? 0 : StreamMembers.Fields)
                | (
                    hasOne ? StreamMembers.OneContext
                    : substreams.IsEmpty ? 0
                    : StreamMembers.Substreams
                )
                | (stream.ContextBits == 0 && stream.ContextFormat == 0 ? 0 : StreamMembers.ContextTable)
                | (stream.L1Fields.IsEmpty ? 0 : StreamMembers.L1Fields)
                | (stream.ContextPointer is null ? 0 : StreamMembers.ContextPointer)
                | (stream.SecondLevel is null ? 0 : StreamMembers.SecondLevel)
            )
        );
        to.Number(stream.Id);
        if (stream.Vmid != 0)
            to.Number(stream.Vmid);
        if (stream.Stage2 is { } stage2)
            to.Number((uint)stage2);
        if (!stream.Fields.IsEmpty)
            Fields(ref to, stream.Fields);
        if (hasOne)
            to.Number((uint)substreams[0].Context);
        else if (!substreams.IsEmpty)
        {
            to.Number((uint)substreams.Length);
            foreach (var substream in substreams)
            {
                to.Number(substream.SubstreamId);
                to.Number((uint)substream.Context);
            }
        }

        if (stream.ContextBits != 0 || stream.ContextFormat != 0)
        {
            to.Number(stream.ContextBits);
            to.Number(stream.ContextFormat);
        }

        if (!stream.L1Fields.IsEmpty)
            Fields(ref to, stream.L1Fields);
        if (stream.ContextPointer is { } pointer)
            Address(ref to, pointer);
        if (stream.SecondLevel is { } second)
            Address(ref to, second);
    }

    // Which structure they belong to is said by where they stand.
    private static void Fields(ref PlanWriter to, ImmutableArray<FieldValue> fields)
    {
        to.Number((uint)fields.Length);
        foreach (var (field, value) in fields)
        {
            to.Number((uint)(field.Word * 64 + field.Low));
            to.Number(value);
        }
    }

    private static void Step(ref PlanWriter to, SceneStep step, ref Before before)
    {
        switch (step)
        {
            case TransactionStep { Transaction: var transaction }:
                Head(ref to, StepCode.Transaction, step.Aims, ref before);
                Transaction(ref to, transaction, ref before);
                break;
            case CommandStep commands:
                Head(ref to, StepCode.Command, step.Aims, ref before);
                to.Flag(commands.Ring);
                to.Number((uint)commands.Commands.Length);
                foreach (var command in commands.Commands)
                    Command(ref to, command);
                break;
            case EditStep edit:
                Head(ref to, StepCode.Edit, step.Aims, ref before);
                Edit(ref to, edit, ref before);
                break;
            case WriteRegisterStep write:
                Head(ref to, StepCode.WriteRegister, step.Aims, ref before);
                Register(ref to, write.Offset, write.Wide);
                Address(ref to, write.Value);
                break;
            case ReadRegisterStep read:
                Head(ref to, StepCode.ReadRegister, step.Aims, ref before);
                Register(ref to, read.Offset, read.Wide);
                break;
            case AskStep ask:
                Head(ref to, StepCode.Ask, step.Aims, ref before);
                to.Number((uint)ask.Transaction);
                break;
            case OverwriteCommandStep overwrite:
                Head(ref to, StepCode.OverwriteCommand, step.Aims, ref before);
                to.Number((uint)overwrite.Back);
                Command(ref to, overwrite.Command);
                break;
            case MoveProducerStep move:
                Head(ref to, StepCode.MoveProducer, step.Aims, ref before);
                to.Signed(move.By);
                break;
            case WriteMemoryStep write:
                Head(ref to, StepCode.WriteMemory, step.Aims, ref before);
                Address(ref to, write.Address);
                to.Number(write.Value);
                break;
            case ReadMemoryStep read:
                Head(ref to, StepCode.ReadMemory, step.Aims, ref before);
                Address(ref to, read.Address);
                break;
            case ReadStructureStep read:
                Head(ref to, StepCode.ReadStructure, step.Aims, ref before);
                Reference(ref to, read.Target, ref before);
                to.Number((uint)read.Word);
                break;
            case TakeInterruptsStep:
                Head(ref to, StepCode.TakeInterrupts, step.Aims, ref before);
                break;
            case ConsumeEventsStep consume:
                Head(ref to, StepCode.ConsumeEvents, step.Aims, ref before);
                to.Signed(consume.Count);
                to.Flag(consume.AcknowledgeOverflow);
                break;
            case ResumeStep resume:
                Head(ref to, StepCode.Resume, step.Aims, ref before);
                to.Number((uint)resume.Transaction);
                to.Number((uint)resume.Action);
                break;
            case AcknowledgeErrorsStep:
                Head(ref to, StepCode.AcknowledgeErrors, step.Aims, ref before);
                break;
            case ResetStep reset:
                Head(ref to, StepCode.Reset, step.Aims, ref before);
                to.Flag(reset.Setup);
                break;
            case BringUpStep bringUp:
                Head(ref to, StepCode.BringUp, step.Aims, ref before);
                to.Number((bringUp.Invalidate ? 1u : 0) | (bringUp.Setup is null ? 0 : 2u));
                if (bringUp.Setup is { } setup)
                    Setup(ref to, setup);
                break;
            case MigrateStep migrate:
                Head(ref to, StepCode.Migrate, step.Aims, ref before);
                to.Number((uint)migrate.Kind);
                to.Number((uint)migrate.Field);
                to.Number(migrate.Value);
                break;
            default:
                throw new NotSupportedException($"{step.GetType().Name} has no number in {nameof(StepCode)}");
        }
    }

    private static void Head(ref PlanWriter to, StepCode code, Rules aims, ref Before before)
    {
        var which =
            aims.IsNone ? AimsCode.None
            : aims == before.Aims ? AimsCode.AsBefore
            : AimsCode.Own;
        to.Number((uint)code << 2 | (uint)which);
        if (which != AimsCode.Own)
            return;
        before.Aims = aims;
        for (; !aims.IsNone; aims = aims.Rest)
            to.Number((uint)aims.First.Number << 1 | (aims.Rest.IsNone ? 0u : 1));
    }

    private static void Transaction(ref PlanWriter to, in SmmuTransaction transaction, ref Before before)
    {
        var isOther = transaction.StreamId != before.Stream;
        to.Number(
            (uint)(
                (transaction.IsRead ? TransactionMembers.IsRead : 0)
                | (transaction.HasSubstream ? TransactionMembers.HasSubstream : 0)
                | (transaction.IsInstruction ? TransactionMembers.IsInstruction : 0)
                | (transaction.IsPrivileged ? TransactionMembers.IsPrivileged : 0)
                | (TransactionMembers)((uint)BitOperations.Log2((uint)transaction.Length) << 4)
                | (isOther ? TransactionMembers.StreamId : 0)
                | (transaction.SubstreamId == 0 ? 0 : TransactionMembers.SubstreamId)
            )
        );
        Near(ref to, transaction.Address, ref before.Input);
        if (isOther)
            to.Number(before.Stream = transaction.StreamId);
        if (transaction.SubstreamId != 0)
            to.Number(transaction.SubstreamId);
    }

    private static void Command(ref PlanWriter to, in SceneCommand with)
    {
        var (d0, d1) = (with.Command.D0, with.Command.D1);
        var middle = (uint)d0 >> 8;
        var high = (uint)(d0 >> 32);
        var hasAddress = with.Address != default;
        to.Number(
            (uint)d0 & (uint)CommandMembers.Opcode
                | (middle == 0 ? 0 : (uint)CommandMembers.Middle)
                | (high == 0 ? 0 : (uint)CommandMembers.High)
                | (d1 == 0 ? 0 : (uint)CommandMembers.D1)
                | (hasAddress ? (uint)CommandMembers.Address : 0)
        );
        if (middle != 0)
            to.Number(middle);
        if (high != 0)
            to.Number(high);
        if (d1 != 0)
            Pages(ref to, d1);
        if (hasAddress)
            Address(ref to, with.Address);
    }

    private static void Edit(ref PlanWriter to, EditStep edit, ref Before before)
    {
        var low = BitOperations.TrailingZeroCount(edit.Mask);
        var from = edit.Mask == 0 ? 0 : edit.Mask >> low;
        var isField = from != 0 && (from & (from + 1)) == 0 && (edit.Value & ((1ul << low) - 1)) == 0;
        Reference(ref to, edit.Target, ref before);
        to.Number((uint)edit.Word | (edit.Address is null ? 0 : (uint)EditMembers.Address) | (isField ? (uint)EditMembers.Field : 0));
        if (isField)
        {
            to.Number((uint)low);
            to.Number((uint)BitOperations.PopCount(from));
            to.Number(edit.Value >> low);
        }
        else
        {
            to.Number(edit.Mask);
            to.Number(edit.Value);
        }

        if (edit.Address is { } address)
            Address(ref to, address);
    }

    private static void Reference(ref PlanWriter to, in StructureReference target, ref Before before)
    {
        var hasLevel = target.Level != UsualLevel(target.Kind);
        to.Number(
            (uint)target.Kind
                | (target.Input == 0 ? 0 : (uint)ReferenceMembers.Input)
                | (hasLevel ? (uint)ReferenceMembers.Level : 0)
                | (ulong)(uint)target.Index << ReferenceIndex
        );
        if (target.Input != 0)
        {
            if (target.Kind >= StructureKind.Stage1Descriptor)
                Near(ref to, target.Input, ref before.Input);
            else
                to.Number(target.Input);
        }

        if (hasLevel)
            to.Number((uint)(target.Level + LevelBias));
    }

    // An offset is a multiple of 4.
    private static void Register(ref PlanWriter to, uint offset, bool isWide) => to.Number(offset >> 2 << 1 | (isWide ? 1u : 0));

    private static void Address(ref PlanWriter to, in SceneAddress address)
    {
        AddressHead(ref to, address);
        if (address.Offset != 0)
            to.Number(address.Offset);
    }

    // Of an output the offset follows in any case: it is counted from another one.
    private static void AddressHead(ref PlanWriter to, in SceneAddress address)
    {
        to.Number(
            (uint)address.Base
                | (address.Intermediate ? (uint)AddressMembers.Intermediate : 0)
                | (address.Index == 0 ? 0 : (uint)AddressMembers.Index)
                | (address.Offset == 0 ? 0 : (uint)AddressMembers.Offset)
        );
        if (address.Index != 0)
            to.Number((uint)address.Index);
    }

    private static void Near(ref PlanWriter to, ulong value, ref ulong before)
    {
        Pages(ref to, value - before);
        before = value;
    }

    // The page of 4 KiB, which may be a negative one, with its sign in bit 1; bit 0 says that an offset into it follows.
    private static void Pages(ref PlanWriter to, ulong value)
    {
        var page = (long)value >> 12;
        var offset = value & 0xfff;
        to.Number((ulong)(page << 1 ^ page >> 63) << 1 | (offset == 0 ? 0u : 1));
        if (offset != 0)
            to.Number(offset);
    }
}
