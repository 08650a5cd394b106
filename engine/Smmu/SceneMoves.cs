using System.Collections.Immutable;

namespace Conformance.Engine.Smmu;

/// <summary>The moves that make a scene simpler: streams, entries, fields, commands are left out, what is left gets its plain value.</summary>
internal static class SceneMoves
{
    /// <summary>
    /// The strongest first. Each gives the scene with something simpler in the place of a number, the scene itself when there is nothing to simplify there,
    /// null behind the last place.
    /// </summary>
    internal static ImmutableArray<Func<Scene, int, Scene?>> All { get; } =
    [RemoveStream, RemoveEntry, RemoveField, PlainSetup, DropHalf, RemoveSubstream, RemoveCommand, SimplifyStep, SimplifyEntry, SimplifyTree, SimplifyStream];

    private static Scene? RemoveStream(Scene scene, int place)
    {
        if (place >= scene.Streams.Length)
            return null;
        if (scene.Streams.Length == 1)
            return scene;
        return scene with
        {
            Streams = scene.Streams.RemoveAt(place),
            Steps = [.. scene.Steps.Where(step => !IsOfStream(step, place)).Select(step => Renumber(step, place))],
        };
    }

    private static bool IsOfStream(SceneStep step, int stream) =>
        step switch
        {
            EditStep edit => IsOfStream(edit.Target, stream),
            ReadStructureStep read => IsOfStream(read.Target, stream),
            _ => false,
        };

    private static bool IsOfStream(StructureReference target, int stream) => target.Kind < StructureKind.Stage1Descriptor && target.Index == stream;

    private static SceneStep Renumber(SceneStep step, int removed) =>
        step switch
        {
            EditStep edit => edit with { Target = Renumber(edit.Target, removed) },
            ReadStructureStep read => read with { Target = Renumber(read.Target, removed) },
            _ => step,
        };

    private static StructureReference Renumber(StructureReference target, int removed) =>
        target.Kind < StructureKind.Stage1Descriptor && target.Index > removed ? target with { Index = target.Index - 1 } : target;

    private static Scene? RemoveEntry(Scene scene, int place)
    {
        for (var tree = 0; tree < scene.Trees.Length; tree++)
        {
            if (place < scene.Trees[tree].Entries.Length)
                return scene with { Trees = scene.Trees.SetItem(tree, scene.Trees[tree] with { Entries = scene.Trees[tree].Entries.RemoveAt(place) }) };
            place -= scene.Trees[tree].Entries.Length;
        }

        return null;
    }

    private static Scene? RemoveField(Scene scene, int place)
    {
        for (var index = 0; index < scene.Streams.Length; index++)
        {
            var stream = scene.Streams[index];
            if (place < stream.Fields.Length)
                return scene with { Streams = scene.Streams.SetItem(index, stream with { Fields = stream.Fields.RemoveAt(place) }) };
            place -= stream.Fields.Length;
            if (place < stream.L1Fields.Length)
                return scene with { Streams = scene.Streams.SetItem(index, stream with { L1Fields = stream.L1Fields.RemoveAt(place) }) };
            place -= stream.L1Fields.Length;
        }

        for (var index = 0; index < scene.Contexts.Length; index++)
        {
            var context = scene.Contexts[index];
            if (place < context.Fields.Length)
                return scene with { Contexts = scene.Contexts.SetItem(index, context with { Fields = context.Fields.RemoveAt(place) }) };
            place -= context.Fields.Length;
            if (place < context.L1Fields.Length)
                return scene with { Contexts = scene.Contexts.SetItem(index, context with { L1Fields = context.L1Fields.RemoveAt(place) }) };
            place -= context.L1Fields.Length;
        }

        return null;
    }

    private static Scene? PlainSetup(Scene scene, int place)
    {
        var plain = new SceneSetup();
        var setup = scene.Setup;
        SceneSetup? simpler = place switch
        {
            0 => setup with { Format = plain.Format, Split = plain.Split },
            1 => setup with
            {
                Log2Size = Math.Max(
                    plain.Log2Size,
                    scene.Streams.IsEmpty ? 0 : (uint)scene.Streams.Max(stream => 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)stream.Id))
                ),
            },
            2 => setup with { CommandQueueLog2 = plain.CommandQueueLog2 },
            3 => setup with { EventQueueLog2 = plain.EventQueueLog2 },
            4 => setup with { Cr0 = plain.Cr0 },
            5 => setup with { Cr2 = plain.Cr2 },
            6 => setup with { Gbpa = null },
            7 => setup with { StreamTableExtra = 0 },
            _ => null,
        };
        return simpler is null ? null
            : simpler == setup ? scene
            : scene with { Setup = simpler };
    }

    private static Scene? DropHalf(Scene scene, int place)
    {
        if (place / 2 >= scene.Contexts.Length)
            return null;
        var context = scene.Contexts[place / 2];
        var simpler = place % 2 == 0 ? context with { Upper = null } : context with { Lower = null };
        return simpler == context ? scene : scene with { Contexts = scene.Contexts.SetItem(place / 2, simpler) };
    }

    private static Scene? RemoveSubstream(Scene scene, int place)
    {
        for (var index = 0; index < scene.Streams.Length; index++)
        {
            var stream = scene.Streams[index];
            if (place < stream.Substreams.Length)
                return scene with { Streams = scene.Streams.SetItem(index, stream with { Substreams = stream.Substreams.RemoveAt(place) }) };
            place -= stream.Substreams.Length;
        }

        return null;
    }

    private static Scene? RemoveCommand(Scene scene, int place)
    {
        for (var index = 0; index < scene.Steps.Length; index++)
        {
            if (scene.Steps[index] is not CommandStep commands)
                continue;
            if (place < commands.Commands.Length)
                return commands.Commands.Length == 1
                    ? scene
                    : scene with
                    {
                        Steps = scene.Steps.SetItem(index, commands with { Commands = commands.Commands.RemoveAt(place) }),
                    };
            place -= commands.Commands.Length;
        }

        return null;
    }

    private const int StepMoves = 8;

    private static Scene? SimplifyStep(Scene scene, int place)
    {
        var index = place / StepMoves;
        if (index >= scene.Steps.Length)
            return null;
        if (scene.Steps[index] is not TransactionStep { Transaction: var transaction } step)
            return scene;
        var simpler = (place % StepMoves) switch
        {
            0 => transaction with { IsPrivileged = false },
            1 => transaction with { IsInstruction = false },
            2 => transaction with { HasSubstream = false, SubstreamId = 0 },
            3 => transaction with { Length = 4 },
            4 => transaction with { Address = transaction.Address & ~0xfffUL },
            5 => transaction with { IsRead = true },
            6 when scene.Streams.Length > 0 => transaction with { StreamId = scene.Streams[0].Id },
            _ => transaction,
        };
        return simpler == transaction ? scene : scene with { Steps = scene.Steps.SetItem(index, step with { Transaction = simpler }) };
    }

    private const int EntryMoves = 2;

    private static Scene? SimplifyEntry(Scene scene, int place)
    {
        for (var index = 0; index < scene.Trees.Length; index++)
        {
            var tree = scene.Trees[index];
            if (place >= tree.Entries.Length * EntryMoves)
            {
                place -= tree.Entries.Length * EntryMoves;
                continue;
            }

            var entry = tree.Entries[place / EntryMoves];
            var plain = entry.Kind is EntryKind.Leaf or EntryKind.Invalid
                ? tree.Stage == 1
                    ? SceneEntry.Stage1ReadWrite
                    : SceneEntry.Stage2ReadWrite
                : 0;
            var simpler = (place % EntryMoves) switch
            {
                0 when entry.Kind != EntryKind.Raw => entry with { Attributes = plain },
                _ when entry.Kind == EntryKind.Table && entry.Output != default => entry with { Output = default },
                _ => entry,
            };
            return simpler == entry
                ? scene
                : scene with
                {
                    Trees = scene.Trees.SetItem(index, tree with { Entries = tree.Entries.SetItem(place / EntryMoves, simpler) }),
                };
        }

        return null;
    }

    private static Scene? SimplifyTree(Scene scene, int place)
    {
        var index = place / 2;
        if (index >= scene.Trees.Length)
            return null;
        var tree = scene.Trees[index];
        var simpler = place % 2 == 0 && tree.Stage == 1 ? tree with { InputBits = 39 } : tree with { BaseExtra = 0 };
        return simpler == tree ? scene : scene with { Trees = scene.Trees.SetItem(index, simpler) };
    }

    private const int StreamMoves = 5;

    private static Scene? SimplifyStream(Scene scene, int place)
    {
        var index = place / StreamMoves;
        if (index >= scene.Streams.Length)
            return null;
        var stream = scene.Streams[index];
        var simpler = (place % StreamMoves) switch
        {
            0 when stream.Substreams.Length <= 1 => stream with
            {
                ContextBits = 0,
                ContextFormat = 0,
                Substreams = [.. stream.Substreams.Select(substream => substream with { SubstreamId = 0 })],
            },
            1 => stream with { ContextFormat = 0 },
            2 when !stream.HasStage2 => stream with { Stage2 = null },
            3 => stream with { ContextPointer = null },
            4 => stream with { SecondLevel = null },
            _ => stream,
        };
        return
            simpler == stream
            || (simpler.Substreams.AsSpan().SequenceEqual(stream.Substreams.AsSpan()) && simpler with { Substreams = stream.Substreams } == stream)
            ? scene
            : scene with
            {
                Streams = scene.Streams.SetItem(index, simpler),
            };
    }
}
