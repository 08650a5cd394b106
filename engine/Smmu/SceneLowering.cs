using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>Why an operation of a lowered scene is there.</summary>
public enum OperationRole : byte
{
    /// <summary>It brings about something and shows nothing.</summary>
    Program,

    /// <summary>What it reads is compared with what the model allows.</summary>
    Check,

    /// <summary>A transaction, or a stalled one that is asked for again.</summary>
    Transaction,

    /// <summary>EVENTQ_PROD after something that may have written a record.</summary>
    Produced,

    /// <summary>Data where a write may have landed.</summary>
    Landed,

    /// <summary>Slots of the event queue.</summary>
    Records,
}

/// <summary>What an operation of a lowered scene is there for.</summary>
/// <param name="Step">The step that it belongs to; -1 for the setup, the number of steps for the end.</param>
/// <param name="Role">Why it is there.</param>
public readonly record struct OperationMark(int Step, OperationRole Role);

/// <summary>What has been seen in a scene so far, as far as later operations depend on it.</summary>
public sealed class SceneFeedback
{
    /// <summary>EVENTQ_PROD as it was read last.</summary>
    public uint EventProducer { get; set; }

    /// <summary>GERROR as it was read last.</summary>
    public uint GError { get; set; }

    /// <summary>Per transaction of the scene: the STAG and StreamID of the record that stalled it; null when there was none.</summary>
    public List<SmmuEvent?> Stalls { get; } = [];

    /// <summary>Begins a scene after a reset, or after one that ended with this GERROR.</summary>
    public void Begin(uint gerror)
    {
        EventProducer = 0;
        GError = gerror;
        Stalls.Clear();
    }
}

/// <summary>
/// Turns a scene into operations, a segment at a time: a segment ends where an operation depends on what was seen. Reused from scene to scene; a write carries
/// a tag that no other write carries.
/// </summary>
public sealed class SceneLowering
{
    /// <summary>The first tag; the values of untouched data words are <see cref="Fill"/> and their number.</summary>
    public const uint FirstTag = 0x4000_0000;

    /// <summary>The value of the first data word that nothing was written to.</summary>
    public const uint Fill = 0xd000_0000;

    private const int MaxCandidates = 8;

    private static readonly uint[] Shown =
    [
        SmmuRegister.Cr0,
        SmmuRegister.Cr0Ack,
        SmmuRegister.Cr1,
        SmmuRegister.Cr2,
        SmmuRegister.Gbpa,
        SmmuRegister.IrqCtrl,
        SmmuRegister.GErrorN,
        SmmuRegister.StrtabBaseCfg,
        SmmuRegister.CmdqProd,
        SmmuRegister.EventqCons,
    ];

    private static readonly uint[] ShownWide = [SmmuRegister.StrtabBase, SmmuRegister.CmdqBase, SmmuRegister.EventqBase];
    private static readonly byte[] zeros = new byte[4096];
    private readonly List<OperationMark> marks = [];
    private readonly List<(int Tree, ulong Input, int Level, ulong Descriptor)> rewritten = [];
    private readonly List<SmmuTransaction> transactions = [];
    private readonly List<ulong> candidates = [];
    private readonly HashSet<ulong> touched = [];
    private readonly SceneLayout layout = new();
    private Scene scene = null!;
    private SceneTarget target = null!;
    private SmmuBatch batch = null!;
    private SceneSetup setup = null!;
    private int next;
    private int step;
    private uint tag = FirstTag;
    private uint producer;
    private ulong commandBase;
    private int commandLog2;
    private ulong eventBase;
    private int eventLog2;
    private uint eventConsumer;
    private int mayRecord;
    private uint recordsFrom;
    private int sinceReset;
    private ulong recordsStart,
        recordsEnd;

    /// <summary>What the operations of the segment are there for, in their order.</summary>
    public ReadOnlySpan<OperationMark> Marks => CollectionsMarshal.AsSpan(marks);

    /// <summary>The first slot that an operation of role Records of this segment begins with; the slots follow each other.</summary>
    public uint RecordsFrom => recordsFrom;

    /// <summary>The LOG2SIZE of the event queue, not above what the SMMU has.</summary>
    public int EventQueueLog2 => eventLog2;

    /// <summary>True when the reset line is to be pulled before the segment that comes next.</summary>
    public bool NeedsReset { get; private set; }

    /// <summary>The migration that comes before the next segment; null when there is none.</summary>
    public MigrateStep? Migration { get; private set; }

    /// <summary>Which step of the scene it is.</summary>
    public int MigrationStep { get; private set; }

    /// <summary>Begins a scene.</summary>
    public void Begin(Scene scene, SceneTarget target)
    {
        Migration = null;
        this.scene = scene;
        this.target = target;
        setup = scene.Setup;
        layout.Build(scene, target);
        rewritten.Clear();
        touched.Clear();
        transactions.Clear();
        sinceReset = 0;
        recordsStart = ulong.MaxValue;
        recordsEnd = 0;
        next = -1;
        tag = FirstTag;
        NeedsReset = false;
    }

    /// <summary>Makes the operations up to the next one that depends on what is seen.</summary>
    /// <param name="into">Where they go; what is there is forgotten.</param>
    /// <param name="feedback">What was seen so far.</param>
    /// <returns>False when the scene has no more.</returns>
    public bool Next(SmmuBatch into, SceneFeedback feedback)
    {
        batch = into;
        batch.Clear();
        marks.Clear();
        mayRecord = 0;
        recordsFrom = feedback.EventProducer;
        if (next > scene.Steps.Length)
            return false;
        if (next < 0)
        {
            step = -1;
            WriteStructures();
            BringUp(scene.Setup, invalidate: true, feedback);
            next = 0;
        }
        else if (NeedsReset)
        {
            NeedsReset = false;
            Migration = null;
            sinceReset = transactions.Count;
            step = next - 1;
            if (scene.Steps[step] is not ResetStep { Setup: false })
                BringUp(setup, invalidate: true, feedback);
        }
        else if (Migration is not null)
        {
            Migration = null;
            step = next - 1;
            ReadEverything();
        }

        for (var first = true; next < scene.Steps.Length; first = false)
        {
            step = next;
            if (!first && Breaks(scene.Steps[next]))
                break;
            next++;
            Add(scene.Steps[step], feedback);
            if (scene.Steps[step] is ResetStep)
            {
                NeedsReset = true;
                break;
            }

            if (scene.Steps[step] is MigrateStep migrate)
            {
                (Migration, MigrationStep) = (migrate, step);
                NeedsReset = migrate.LeavesModel;
                // What the source shows now is what the destination has to show.
                ReadEverything();
                break;
            }
        }

        if (next == scene.Steps.Length && !NeedsReset && Migration is null)
        {
            next++;
            step = scene.Steps.Length;
        }

        Observe();
        return true;
    }

    /// <summary>Makes the operations that leave memory as it was before the scene: structures and records zero, data words as they were filled.</summary>
    public void CleanUp(SmmuBatch into)
    {
        batch = into;
        batch.Clear();
        marks.Clear();
        Runs(layout.Written, (address, count) => WriteMemory(address, zeros.AsSpan(0, count * 8)));
        foreach (var address in touched)
        {
            if (target.Data.Contains(address, 8))
                FillData(batch, target, address, 8);
            else
                batch.WriteMemory(address, zeros.AsSpan(0, 8));
        }

        // A record that is missing in a later scene must not be found where an earlier one left the same.
        for (var address = recordsStart; address < recordsEnd; address += (ulong)zeros.Length)
            batch.WriteMemory(address, zeros.AsSpan(0, (int)Math.Min((ulong)zeros.Length, recordsEnd - address)));
    }

    /// <summary>Adds the operations that give data words the values that tell them apart.</summary>
    public static void FillData(SmmuBatch batch, SceneTarget target, ulong address, int length)
    {
        Span<byte> bytes = stackalloc byte[Math.Min(length, 4096)];
        for (var done = 0; done < length; done += bytes.Length)
        {
            bytes = bytes[..Math.Min(bytes.Length, length - done)];
            for (var at = 0; at < bytes.Length; at += 4)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], Fill + (uint)((address - target.Data.Start + (ulong)(done + at)) / 4));
            batch.WriteMemory(address + (ulong)done, bytes);
        }
    }

    private static bool Breaks(SceneStep step) =>
        step switch
        {
            ConsumeEventsStep or AcknowledgeErrorsStep or ResumeStep or BringUpStep => true,
            WriteRegisterStep write => write.Offset
                is SmmuRegister.EventqProd
                    or SmmuRegister.EventqBase
                    or SmmuRegister.EventqBase + 4
                    or SmmuRegister.EventqCons,
            _ => false,
        };

    private void Add(SceneStep what, SceneFeedback feedback)
    {
        switch (what)
        {
            case TransactionStep { Transaction: var transaction }:
                Transact(transaction);
                break;
            case AskStep ask when ask.Transaction < transactions.Count:
                var number = transactions.Count - 1 - ask.Transaction;
                Mark(batch.Ask(number - sinceReset, transactions[number]), OperationRole.Transaction);
                mayRecord++;
                Produced();
                break;
            case EditStep edit:
                Edit(edit);
                break;
            case CommandStep commands:
                foreach (var command in commands.Commands)
                {
                    Put(producer, command);
                    producer++;
                }

                if (commands.Ring)
                    Ring(commands.Commands.Length);
                break;
            case OverwriteCommandStep overwrite:
                Put(producer - (uint)overwrite.Back, overwrite.Command);
                break;
            case MoveProducerStep move:
                producer += (uint)move.By;
                Ring(move.By);
                break;
            case WriteRegisterStep write:
                WriteRegister(write);
                break;
            case ReadRegisterStep read:
                Mark(read.Wide ? batch.ReadRegister64(read.Offset) : batch.ReadRegister(read.Offset), OperationRole.Check);
                break;
            case WriteMemoryStep write:
                WriteWord(layout.Resolve(write.Address), write.Value);
                break;
            case ReadMemoryStep read:
                ReadWord(layout.Resolve(read.Address));
                break;
            case ReadStructureStep { Target: var structure, Word: var word }:
                if (layout.AddressOf(structure) is { } place)
                    ReadWord(place + ((ulong)word * 8));
                break;
            case TakeInterruptsStep:
                Mark(batch.Interrupts(), OperationRole.Check);
                break;
            case ConsumeEventsStep consume:
                Consume(consume, feedback);
                break;
            case AcknowledgeErrorsStep:
                Program(batch.WriteRegister(SmmuRegister.GErrorN, feedback.GError));
                Mark(batch.ReadRegister(SmmuRegister.CmdqCons), OperationRole.Check);
                mayRecord++;
                MayDeliver();
                Produced();
                break;
            case ResumeStep resume:
                if (feedback.Stalls.Count > resume.Transaction && feedback.Stalls[^(resume.Transaction + 1)] is { } stalled)
                {
                    Put(producer++, SmmuCommand.Resume(stalled.StreamId, resume.Action, stalled.STAG));
                    Ring(1);
                }

                break;
            case BringUpStep bringUp:
                BringUp(bringUp.Setup ?? scene.Setup, bringUp.Invalidate, feedback);
                break;
        }
    }

    private void WriteStructures() =>
        Runs(
            layout.Written,
            (address, count) =>
            {
                Span<byte> bytes = stackalloc byte[count * 8];
                for (var i = 0; i < count; i++)
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * 8)..], layout.Read(address + ((ulong)i * 8)));
                WriteMemory(address, bytes);
            }
        );

    // Neighbouring doublewords go in one operation, up to 64 bytes.
    private static void Runs(IReadOnlyList<ulong> addresses, Action<ulong, int> write)
    {
        for (int first = 0, count; first < addresses.Count; first += count)
        {
            for (count = 1; count < 8 && first + count < addresses.Count && addresses[first + count] == addresses[first] + ((ulong)count * 8); count++) { }

            write(addresses[first], count);
        }
    }

    private void BringUp(SceneSetup with, bool invalidate, SceneFeedback feedback)
    {
        setup = with;
        commandLog2 = (int)Math.Min(with.CommandQueueLog2, (uint)target.Capabilities.CMDQS);
        eventLog2 = (int)Math.Min(with.EventQueueLog2, (uint)target.Capabilities.EVENTQS);
        commandBase = target.CommandQueue;
        eventBase = target.EventQueue;
        Program(batch.WriteRegister(SmmuRegister.Cr0, 0));
        Program(batch.WriteRegister(SmmuRegister.IrqCtrl, 0));
        Program(batch.WriteRegister(SmmuRegister.GErrorN, feedback.GError));
        Program(batch.WriteRegister(SmmuRegister.Cr1, 0xd75));
        Program(batch.WriteRegister(SmmuRegister.Cr2, with.Cr2));
        Program(batch.WriteRegister64(SmmuRegister.StrtabBase, layout.StreamTable + with.StreamTableExtra));
        Program(batch.WriteRegister(SmmuRegister.StrtabBaseCfg, with.Log2Size | with.Split << 6 | with.Format << 16));
        Program(batch.WriteRegister64(SmmuRegister.CmdqBase, commandBase | with.CommandQueueLog2));
        Program(batch.WriteRegister(SmmuRegister.CmdqProd, 0));
        Program(batch.WriteRegister(SmmuRegister.CmdqCons, 0));
        Program(batch.WriteRegister64(SmmuRegister.EventqBase, eventBase | with.EventQueueLog2));
        Program(batch.WriteRegister(SmmuRegister.EventqProd, 0));
        Program(batch.WriteRegister(SmmuRegister.EventqCons, 0));
        if (with.Gbpa is { } gbpa)
            Program(batch.WriteRegister(SmmuRegister.Gbpa, gbpa | 1u << 31));
        producer = 0;
        eventConsumer = 0;
        recordsFrom = 0;
        if (invalidate)
        {
            Program(batch.WriteRegister(SmmuRegister.Cr0, 8));
            Send(SmmuCommand.CfgiAll());
            if (target.Capabilities.HYP)
                Send(SmmuCommand.TlbiEl2All());
            Send(SmmuCommand.TlbiNsnhAll());
            Send(SmmuCommand.Sync());
        }

        Program(batch.WriteRegister(SmmuRegister.Cr0, with.Cr0));
        Mark(batch.ReadRegister(SmmuRegister.Cr0Ack), OperationRole.Check);

        // One at a time: the shortest queue has room for one.
        void Send(SmmuCommand command)
        {
            Put(producer++, command);
            Program(batch.WriteRegister(SmmuRegister.CmdqProd, Index(producer, commandLog2)));
        }
    }

    private void Transact(in SmmuTransaction transaction)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (!transaction.IsRead)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Tag());
            if (transaction.Length == 8)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Tag());
        }

        Mark(batch.Transact(transaction, transaction.IsRead ? [] : bytes[..transaction.Length]), OperationRole.Transaction);
        transactions.Add(transaction);
        mayRecord++;
        Produced();
        if (transaction.IsRead)
            return;
        FindCandidates(transaction.Address);
        foreach (var address in CollectionsMarshal.AsSpan(candidates))
        {
            touched.Add(address & ~7ul);
            Mark(batch.ReadMemory(address, transaction.Length), OperationRole.Landed);
        }
    }

    private void ReadEverything()
    {
        foreach (var register in Shown)
            Mark(batch.ReadRegister(register), OperationRole.Check);
        foreach (var register in ShownWide)
            Mark(batch.ReadRegister64(register), OperationRole.Check);
    }

    // Even, so that no data word is a valid descriptor.
    private uint Tag() => tag += 2;

    private void Produced() => Mark(batch.ReadRegister(SmmuRegister.EventqProd), OperationRole.Produced);

    // Every place that the leaves of the scene, old and new, could lead to: a superset of what any model of the scene gives, found without one.
    private void FindCandidates(ulong address)
    {
        candidates.Clear();
        Candidate(address);
        foreach (var (index, tree) in scene.Trees.Index())
        {
            foreach (var output in Outputs(index, tree, address))
            {
                Candidate(output);
                if (tree.Stage == 2)
                    continue;
                foreach (var (other, behind) in scene.Trees.Index())
                    if (behind.Stage == 2)
                        foreach (var final in Outputs(other, behind, output))
                            Candidate(final);
            }
        }
    }

    private void Candidate(ulong address)
    {
        if (candidates.Count < MaxCandidates && target.Data.Contains(address, 8) && !candidates.Contains(address))
            candidates.Add(address);
    }

    private IEnumerable<ulong> Outputs(int index, SceneTree tree, ulong address)
    {
        foreach (var entry in tree.Entries)
            if (entry.Kind is EntryKind.Leaf or EntryKind.Invalid && Meets(tree, entry.Input, entry.Level, address))
                yield return Compose(tree, entry.Level, layout.Resolve(entry.Output), address);
        foreach (var (other, input, level, descriptor) in rewritten)
            if (other == index && Meets(tree, input, level, address))
                yield return Compose(tree, level, descriptor & 0x0000_ffff_ffff_f000, address);
    }

    private static bool Meets(SceneTree tree, ulong input, int level, ulong address) =>
        ((input ^ address) & (tree.InputBits >= 64 ? ulong.MaxValue : (1UL << tree.InputBits) - 1)) >> tree.Shift(level) == 0;

    private static ulong Compose(SceneTree tree, int level, ulong output, ulong address)
    {
        var low = (1UL << tree.Shift(level)) - 1;
        return (output & ~low) | (address & low);
    }

    private void Edit(EditStep edit)
    {
        if (layout.AddressOf(edit.Target) is not { } start)
            return;
        var address = start + ((ulong)edit.Word * 8);
        var value = (layout.Read(address) & ~edit.Mask) | (edit.Address is { } pointer ? layout.Resolve(pointer) & edit.Mask : edit.Value & edit.Mask);
        WriteWord(address, value);
        if (edit.Target.Kind is StructureKind.Stage1Descriptor or StructureKind.Stage2Descriptor)
            rewritten.Add((edit.Target.Index, edit.Target.Input, edit.Target.Level, value));
    }

    private void WriteWord(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        WriteMemory(address, bytes);
        if (target.Structures.Contains(address, 8))
            layout.Write(address, value);
        else if (target.Data.Contains(address, 8) || target.Spares.Contains(address, 8))
            touched.Add(address);
    }

    private void Put(uint index, SceneCommand command)
    {
        Span<byte> bytes = stackalloc byte[16];
        var lowered = command.Command;
        if (command.Address != default)
            lowered.D1 += layout.Resolve(command.Address);
        lowered.Write(bytes);
        WriteMemory(commandBase + ((ulong)(index & ((1u << commandLog2) - 1)) * 16), bytes);
    }

    private void Ring(int commands)
    {
        Program(batch.WriteRegister(SmmuRegister.CmdqProd, Index(producer, commandLog2)));
        Mark(batch.ReadRegister(SmmuRegister.CmdqCons), OperationRole.Check);
        Mark(batch.ReadRegister(SmmuRegister.GError), OperationRole.Check);
        // A resumed transaction may fault again, and a prefetch of a wrong device may leave a record.
        mayRecord += Math.Max(1, commands);
        Produced();
    }

    private void WriteRegister(WriteRegisterStep write)
    {
        var value = layout.Resolve(write.Value);
        Program(write.Wide ? batch.WriteRegister64(write.Offset, value) : batch.WriteRegister(write.Offset, (uint)value));
        switch (write.Offset)
        {
            case SmmuRegister.CmdqProd:
                producer = (uint)value;
                Mark(batch.ReadRegister(SmmuRegister.CmdqCons), OperationRole.Check);
                break;
            case SmmuRegister.CmdqBase when write.Wide:
                (commandBase, commandLog2) = Queue(value, target.Capabilities.CMDQS, 16);
                break;
            case SmmuRegister.EventqBase when write.Wide:
                (eventBase, eventLog2) = Queue(value, target.Capabilities.EVENTQS, 32);
                break;
            case SmmuRegister.EventqProd:
                recordsFrom = (uint)value;
                break;
            case SmmuRegister.EventqCons:
                eventConsumer = (uint)value;
                break;
            case SmmuRegister.Cr0:
                Mark(batch.ReadRegister(SmmuRegister.Cr0Ack), OperationRole.Check);
                break;
        }
    }

    private static (ulong Start, int Log2) Queue(ulong value, int limit, ulong entry)
    {
        var log2 = Math.Min((int)(value & 31), limit);
        return (value & 0x000f_ffff_ffff_ffe0 & ~(Math.Max(32, entry << log2) - 1), log2);
    }

    private void Consume(ConsumeEventsStep consume, SceneFeedback feedback)
    {
        var mask = (2u << eventLog2) - 1;
        var pending = (feedback.EventProducer - eventConsumer) & mask;
        var taken = consume.Count < 0 ? pending : Math.Min(pending, (uint)consume.Count);
        var flag = (consume.AcknowledgeOverflow ? feedback.EventProducer : eventConsumer) & 1u << 31;
        eventConsumer = ((eventConsumer + taken) & mask) | flag;
        Program(batch.WriteRegister(SmmuRegister.EventqCons, eventConsumer));
        MayDeliver();
        Produced();
    }

    // Records of stalled transactions wait until the queue can be written: one per transaction that may be held.
    private void MayDeliver() => mayRecord += target.Capabilities.StallModel == StallModel.TerminateOnly ? 1 : 1 + transactions.Count - sinceReset;

    private void Observe()
    {
        Mark(batch.ReadRegister(SmmuRegister.GError), OperationRole.Check);
        Mark(batch.ReadRegister(SmmuRegister.CmdqCons), OperationRole.Check);
        Produced();
        var size = 1u << eventLog2;
        if (!target.Memory.Contains(eventBase, size * 32ul))
            return;
        var from = recordsFrom & (size - 1);
        var count = Math.Min((uint)mayRecord, size);
        var straight = Math.Min(count, size - from);
        ReadRecords(eventBase + (from * 32), straight);
        ReadRecords(eventBase, count - straight);
    }

    private void ReadRecords(ulong address, uint count)
    {
        if (count == 0)
            return;
        Mark(batch.ReadMemory(address, (int)count * 32), OperationRole.Records);
        recordsStart = Math.Min(recordsStart, address);
        recordsEnd = Math.Max(recordsEnd, address + (count * 32));
    }

    // Software reaches no more than its memory. A scene that somebody sent, or that was made for another SMMU, may name other places.
    private void WriteMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (target.Memory.Contains(address, (ulong)bytes.Length))
            Program(batch.WriteMemory(address, bytes));
    }

    private void ReadWord(ulong address)
    {
        if (target.Memory.Contains(address, 8))
            Mark(batch.ReadMemory(address, 8), OperationRole.Check);
    }

    private static uint Index(uint position, int log2) => position & ((2u << log2) - 1);

    private void Program(int operation) => Mark(operation, OperationRole.Program);

    private void Mark(int operation, OperationRole role)
    {
        // Operations and marks stay in step: each operation is marked when it is added.
        System.Diagnostics.Debug.Assert(operation == marks.Count, "every operation has a mark");
        marks.Add(new(step, role));
    }
}
