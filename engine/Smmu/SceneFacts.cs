using System.Globalization;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>
/// What is true of a scene, as words that an expectation can name (docs/expectations.md has the list): the stage of the stream that failed, the fields that are
/// off or rewritten, the commands, what the walk met, what was expected and what was seen.
/// </summary>
public sealed class SceneFacts
{
    // What a scene has unless it is about a small queue.
    private const int UsualEventQueue = 6;

    // What the place of a queue is aligned to.
    private const ulong PlaceOfQueue = 0x1_0000;

    private readonly Scene scene;
    private readonly List<string> facts = [];

    private SceneFacts(Scene scene) => this.scene = scene;

    /// <summary>The facts of a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="divergence">Where it parted from the contract; null when the SMMU died: then all streams count that sent something.</param>
    public static IReadOnlyList<string> Of(Scene scene, SceneDivergence? divergence)
    {
        var collected = new SceneFacts(scene);
        collected.Collect(divergence);
        return collected.facts;
    }

    private void Collect(SceneDivergence? divergence)
    {
        var sight = divergence?.Seen;
        var stream =
            sight?.Transaction is { } transaction ? scene.Streams.FirstOrDefault(stream => stream.Id == transaction.StreamId)
            : scene.Streams.Length == 1 ? scene.Streams[0]
            : null;
        if (stream is not null || sight?.Transaction is not null)
            Add("stage", stream is null ? "none" : Stage(stream));
        if (sight?.Transaction is { } asked)
            AddTransaction(asked, divergence!.Step, Math.Max(12, sight.RangeBits));
        if (divergence is not null)
        {
            if (divergence.Step >= 0 && divergence.Step < scene.Steps.Length)
                AddFailingStep(scene.Steps[divergence.Step]);
            Add("kind", SceneFinding.Kind(divergence.Kind));
        }

        AddSetup();
        foreach (
            var one in stream is not null ? [stream]
            : divergence is null ? scene.Streams.Where(Asks)
            : []
        )
            AddStream(one);
        foreach (var step in scene.Steps)
            AddStep(step);
        if (sight is not null)
            AddSight(sight, divergence!.Kind);
    }

    private bool Asks(SceneStream stream) =>
        scene.Steps.Any(step => step is TransactionStep { Transaction: var transaction } && transaction.StreamId == stream.Id);

    private static string Stage(SceneStream stream) =>
        Config(stream) switch
        {
            5 => "1",
            6 => "2",
            var config => ScenePrinter.Configuration(config),
        };

    private static uint Config(SceneStream stream) => (uint)(Value(stream.Fields, "Config") ?? stream.Config);

    // The value that a field was set to: the last one counts.
    private static ulong? Value(IEnumerable<FieldValue> fields, string name)
    {
        ulong? value = null;
        foreach (var field in fields)
            if (field.Field.Name == name)
                value = field.Value;
        return value;
    }

    private void AddTransaction(in SmmuTransaction asked, int step, int range)
    {
        var (id, address) = (asked.StreamId, asked.Address);
        Add("access", asked.IsRead ? "read" : "write");
        if (address >> 48 != 0)
            Add("address", "from-2^48");
        else if (address >> 44 != 0)
            Add("address", "from-2^44");
        if (address >> 56 != ((address >> 55 & 1) == 0 ? 0ul : 0xff))
            Add("address", "tagged");
        if ((address >> 55 & 1) != 0)
            Add("address", "upper");
        if ((address & 0xfff) != 0)
            Add("address", "in-page");
        if (
            scene
                .Steps.Take(Math.Clamp(step, 0, scene.Steps.Length))
                .OfType<TransactionStep>()
                .Any(earlier => earlier.Transaction.StreamId == id && earlier.Transaction.Address >> range == address >> range)
        )
            Add("page", "asked-before");
    }

    private void AddFailingStep(SceneStep step)
    {
        foreach (var aim in SceneFinding.Names(step.Aims))
            Add("aim", aim);
        if (step is not CommandStep commands)
            return;
        foreach (var (command, _) in commands.Commands)
        {
            Add("sent", ScenePrinter.Opcode(command.Opcode));
            if (command is { Opcode: SmmuOpcode.Sync, CS: 3 })
                Add("CS", "3");
            if ((command.D0 >> 10 & 1) != 0)
                Add("SSec", "1");
            if (command.Opcode is SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiS2Ipa && command is { TG: not 0, TTL: 0, NUM: 0, SCALE: 0 })
                Add("range", "reserved");
        }
    }

    private void AddSetup()
    {
        var setup = scene.Setup;
        if (setup.TwoLevel)
            Add("format", "two-level");
        if (setup.TwoLevel && setup.Split is not (6 or 8 or 10))
            Add("SPLIT", "reserved");
        if (setup.StreamTableExtra != 0)
            Add("STRTAB_BASE", "with-extra-bits");
        if (setup.EventQueueLog2 < UsualEventQueue)
            Add("event-queue", "small");
    }

    private void AddStream(SceneStream stream)
    {
        AddFields([.. stream.Fields, .. stream.L1Fields]);
        if (stream.ContextPointer is { Base: AddressBase.ContextTable, Offset: not 0 })
            Add("S1ContextPtr", "with-extra-bits");
        if ((Config(stream) & 5) == 5)
        {
            foreach (var substream in stream.Substreams)
            {
                if (substream.Context >= scene.Contexts.Length)
                    continue;
                var context = scene.Contexts[substream.Context];
                AddFields([.. context.Fields, .. context.L1Fields]);
                foreach (var tree in new[] { context.Lower, context.Upper })
                    if (tree is { } number && number < scene.Trees.Length)
                        AddTree(scene.Trees[number]);
            }
        }

        if ((Config(stream) & 6) != 6 || Value(stream.Fields, "V") == 0)
            return;
        var stage2 = stream is { HasStage2: true, Stage2: { } index } && index < scene.Trees.Length ? scene.Trees[index] : null;
        if ((Value(stream.Fields, "S2AA64") ?? (stage2 is null ? 0ul : 1)) == 0)
            Add("S2-format", "AArch32");
        if (stage2 is null)
            return;
        AddTree(stage2);
        AddGeometry(stream, stage2);
    }

    // What S2T0SZ, S2SL0, S2TG and S2PS make of the first table: legal is what resolves something and needs no more than 16 tables.
    private void AddGeometry(SceneStream stream, SceneTree tree)
    {
        var granule = Value(stream.Fields, "S2TG") switch
        {
            0 => 12,
            1 => 16,
            2 => 14,
            null => tree.Granule,
            _ => 0,
        };
        if (granule == 0)
            return;
        var bits = 64 - (int)(Value(stream.Fields, "S2T0SZ") ?? (ulong)(64 - tree.InputBits));
        var written = Value(stream.Fields, "S2SL0") ?? (ulong)((tree.Granule == 12 ? 2 : 3) - tree.StartLevel);
        if (written < 3)
        {
            var shift = granule + ((3 - ((granule == 12 ? 2 : 3) - (int)written)) * (granule - 3));
            if (bits <= shift)
                Add("geometry", "resolves-nothing");
            if (bits > shift + granule - 3 + 4)
                Add("geometry", "too-many-tables");
        }

        var size = Value(stream.Fields, "S2PS") switch
        {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            4 => 44,
            5 => 48,
            _ => 52,
        };
        if (bits > size)
            Add("geometry", "above-S2PS");
    }

    private void AddTree(SceneTree tree)
    {
        Add(tree.Stage == 1 ? "stage1-granule" : "stage2-granule", ScenePrinter.Granule(tree.Granule));
        Add(tree.Stage == 1 ? "stage1-bits" : "stage2-bits", tree.InputBits.ToString(CultureInfo.InvariantCulture));
        if (tree.Stage == 2)
            Add("start-level", tree.StartLevel.ToString(CultureInfo.InvariantCulture));
    }

    private void AddFields(IReadOnlyList<FieldValue> fields)
    {
        foreach (var field in fields)
        {
            Add("field", field.Field.Name);
            if (Value(fields, field.Field.Name) == field.Value)
                Add(field.Field.Name, StructureFields.Number(field.Field.Of(field.Field.In(0, field.Value))));
        }
    }

    private void AddStep(SceneStep step)
    {
        switch (step)
        {
            case CommandStep commands:
                foreach (var command in commands.Commands)
                    if (command.Command.Opcode != SmmuOpcode.Sync)
                        Add("command", ScenePrinter.Command(command).Split(' ')[0]);
                break;
            case EditStep edit:
                Add(
                    "edit-of",
                    edit.Target.Kind switch
                    {
                        StructureKind.StreamTableEntry => "STE",
                        StructureKind.ContextDescriptor => "CD",
                        StructureKind.L1StreamTableDescriptor => "L1STD",
                        StructureKind.L1ContextDescriptor => "L1CD",
                        StructureKind.Stage1Descriptor => "stage1",
                        _ => "stage2",
                    }
                );
                foreach (var field in StructureFields.All(edit.Target.Kind))
                    if (field.Word == edit.Word && (field.Mask & edit.Mask) != 0)
                        Add("edit", field.Name);
                break;
            case MigrateStep migrate:
                Add("migration", Migration(migrate.Kind));
                if (migrate.Kind == MigrationKind.Field)
                    Add("damaged", SmmuVmState.Fields[migrate.Field].Name);
                break;
            case WriteRegisterStep write:
                Add("written", ScenePrinter.Register(write.Offset));
                if (write is { Wide: true, Offset: SmmuRegister.CmdqBase or SmmuRegister.EventqBase })
                    AddQueueBase(write);
                break;
        }
    }

    private static string Migration(MigrationKind kind) =>
        kind switch
        {
            MigrationKind.Switch or MigrationKind.SwitchAndSave => "switch",
            MigrationKind.Failed => "failed",
            MigrationKind.OtherStages => "other-stages",
            MigrationKind.Field => "field",
            MigrationKind.Cut => "cut",
            MigrationKind.Version => "version",
            MigrationKind.Footer => "footer",
            _ => "name",
        };

    // ADDR and LOG2SIZE of a queue: address bits below its size mean nothing.
    private void AddQueueBase(WriteRegisterStep write)
    {
        var size = (write.Offset == SmmuRegister.CmdqBase ? 16ul : 32) << (int)(write.Value.Offset & 0x1f);
        var isQueue = write.Value.Base is AddressBase.CommandQueue or AddressBase.EventQueue;
        if (isQueue && (size > PlaceOfQueue || (write.Value.Offset & ~0x1ful & (size - 1)) != 0))
            Add("base", "within-its-queue");
        if (isQueue && size <= 32 && (write.Value.Offset & 0x20) != 0)
            Add("base", "32-byte-aligned");
        if (write.Value.Base == AddressBase.Hole)
            Add("base", "hole");
    }

    private void AddSight(SceneSight sight, SmmuDivergence kind)
    {
        foreach (var met in sight.Met)
            facts.Add(met);
        if (sight is { IsRegister: true, Place: { } register })
        {
            Add("register", ScenePrinter.Register((uint)register));
            if (sight.Values.Count > 0)
                foreach (var name in ScenePrinter.Bits((uint)register, (sight.Value ^ sight.Values[0].Value) & sight.Values[0].Mask))
                    Add("differs", name);
            return;
        }

        if (sight.StateFact is { } state)
        {
            Add("state", state);
            return;
        }

        foreach (var allowed in sight.Allowed)
            Add(
                "expected",
                allowed.HasEvent ? ScenePrinter.EventType(allowed.Event.Type)
                    : allowed.Reply == SmmuReply.Completed ? "completed"
                    : "abort"
            );
        Add("seen", sight.Events.Count > 0 ? ScenePrinter.EventType(sight.Events[0].Type) : "no-record");
        if (kind == SmmuDivergence.Transaction)
            Add("data", sight.Data == 0 ? "none" : "some");
        if (sight.Events is not [var record, ..] || !sight.Allowed.Any(allowed => allowed.HasEvent))
            return;
        foreach (
            var name in sight.Allowed.FirstOrDefault(allowed => allowed.HasEvent && allowed.Event.Type == record.Type) is { HasEvent: true } near
                ? SceneFinding.Differences(near, record)
                : ["Type"]
        )
            Add("differs", name);
    }

    private void Add(string key, string value)
    {
        var fact = $"{key}={value}";
        if (!facts.Contains(fact))
            facts.Add(fact);
    }
}
