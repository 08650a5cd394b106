using System.Globalization;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

/// <summary>
/// Watches a writer of STEs and CDs as hardware would: between two syncs it may have fetched each doubleword at any time, and any mix of what they held is what
/// it works with.
/// </summary>
/// <param name="writer">The writer.</param>
/// <param name="run">Where the plan stands.</param>
internal sealed class WriterRunner(IStreamTableWriter writer, NestedRun run)
{
    private const uint FirstStream = 0x18;

    public void Do(in NestedStep step)
    {
        var isContext = step[0] != 0;
        var (from, to) = (EntryValues.Of(isContext, (int)(step[1] % int.MaxValue)), EntryValues.Of(isContext, (int)(step[2] % int.MaxValue)));
        var streams = Enumerable.Range(0, 1 + (int)(step[3] % 4)).Select(index => FirstStream + (uint)index).ToList();
        if (step[4] != 0)
            streams.Add(streams[0]);
        var memory = new Watched(isContext, [.. streams.Distinct()], from, to);
        if (isContext)
            writer.WriteContext(memory, streams, to);
        else
            writer.WriteStream(memory, streams, to);
        var what = $"{EntryValues.Name(isContext, (int)step[1])} -> {EntryValues.Name(isContext, (int)step[2])}";
        if (memory.Wrong is { } wrong)
            run.Differ(
                "evidence",
                $"hardware sees the old entry, or the new one{(memory.MayBreak ? ", or an invalid one" : "")}: {what}",
                wrong,
                Rules.Of(SMMU_NEST_18),
                memory.Stores
            );
        foreach (var (entry, seen) in memory.Left(to))
            run.Differ(
                "evidence",
                string.Create(CultureInfo.InvariantCulture, $"after the last sync the entry of StreamID 0x{entry:x} is the new one: {what}"),
                seen,
                streams.Count > 1 ? Rules.Of(SMMU_NEST_22, SMMU_NEST_18) : Rules.Of(SMMU_NEST_18),
                memory.Stores
            );
        run.Show(Rules.Of(SMMU_NEST_18));
        if (streams.Count > 1)
            run.Show(Rules.Of(SMMU_NEST_22));
    }

    private sealed class Watched : IEntryMemory
    {
        private readonly bool isContext;
        private readonly ulong[] from;
        private readonly ulong[] to;
        private readonly ulong safe;
        private readonly uint[] streams;
        private readonly Dictionary<uint, ulong[]> entries = [];

        // What hardware may hold of each doubleword, for each stream: an entry for a stream of a CD is the CD as that stream knows it.
        private readonly Dictionary<uint, List<ulong>[]> held = [];
        private readonly HashSet<uint> named = [];

        public Watched(bool isContext, uint[] streams, ulong[] from, ulong[] to)
        {
            this.isContext = isContext;
            this.streams = streams;
            this.from = from;
            this.to = to;
            safe = EntryBits.SafeOf(isContext, from, to);
            MayBreak = !EntryBits.CanBeHitless(isContext, from, to) || EntryBits.IsInvalid(isContext, from) || EntryBits.IsInvalid(isContext, to);
            foreach (var entry in isContext ? [0u] : streams)
                entries.Add(entry, [.. from]);
            foreach (var stream in streams)
                held.Add(stream, [.. from.Select(word => new List<ulong> { word })]);
        }

        public bool MayBreak { get; }

        public string? Wrong { get; private set; }

        public List<string> Stores { get; } = [];

        public ulong Load(uint entry, int doubleword) => entries.TryGetValue(entry, out var words) ? words[doubleword] : 0;

        public void Store(uint entry, int doubleword, ulong value)
        {
            Stores.Add(string.Create(CultureInfo.InvariantCulture, $"entry 0x{entry:x}: D{doubleword} = 0x{value:x}"));
            if (!entries.TryGetValue(entry, out var words))
            {
                Wrong ??= string.Create(CultureInfo.InvariantCulture, $"an entry of another stream is written: 0x{entry:x}");
                return;
            }

            words[doubleword] = value;
            foreach (var stream in isContext ? streams : [entry])
            {
                if (!held[stream][doubleword].Contains(value))
                    held[stream][doubleword].Add(value);
                Look(stream);
            }
        }

        public void Issue(in SmmuCommand command)
        {
            Stores.Add(string.Create(CultureInfo.InvariantCulture, $"{command.Opcode}{(command.Opcode == SmmuOpcode.Sync ? "" : $" 0x{command.StreamId:x}")}"));
            switch (command.Opcode)
            {
                case SmmuOpcode.CfgiSte when !isContext:
                case SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll when isContext:
                    named.Add(command.StreamId);
                    break;
                case SmmuOpcode.CfgiSteRange when command.Range == 31:
                    named.UnionWith(streams);
                    break;
                case SmmuOpcode.Sync:
                    foreach (var stream in named.Where(held.ContainsKey))
                        held[stream] = [.. entries[isContext ? 0 : stream].Select(word => new List<ulong> { word })];
                    named.Clear();
                    break;
            }
        }

        // What hardware may still hold of the old value when the writer is done.
        public IEnumerable<(uint Entry, string Seen)> Left(ulong[] target)
        {
            foreach (var stream in streams)
                for (var i = 0; i < target.Length; i++)
                    if (held[stream][i] is not [var only])
                    {
                        yield return (stream, $"D{i} was changed behind the last invalidation");
                        break;
                    }
                    else if (only != target[i])
                    {
                        yield return (stream, string.Create(CultureInfo.InvariantCulture, $"D{i} = 0x{only:x}, not 0x{target[i]:x}"));
                        break;
                    }
        }

        // Every mix: each doubleword as it is or was.
        private void Look(uint stream)
        {
            if (Wrong is not null)
                return;
            var sets = held[stream];
            var mixes = sets.Aggregate(1, (product, set) => product * set.Count);
            Span<ulong> mix = stackalloc ulong[8];
            for (var number = 0; number < mixes; number++)
            {
                var rest = number;
                for (var i = 0; i < mix.Length; i++)
                {
                    mix[i] = sets[i][rest % sets[i].Count];
                    rest /= sets[i].Count;
                }

                if (EntryBits.IsInvalid(isContext, mix) ? MayBreak : EntryBits.Shows(isContext, mix, from, safe) || EntryBits.Shows(isContext, mix, to, safe))
                    continue;
                Wrong = string.Create(
                    CultureInfo.InvariantCulture,
                    $"StreamID 0x{stream:x} may be used with D0=0x{mix[0]:x} D1=0x{mix[1]:x} D2=0x{mix[2]:x} D3=0x{mix[3]:x} after {Stores.Count} operations"
                );
                return;
            }
        }
    }
}
