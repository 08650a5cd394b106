using System.Diagnostics;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Bench;

/// <summary>
/// Translations per second of <see cref="SmmuTranslation"/>, from the stream table to the physical address with nothing cached, through four levels of 4KB
/// tables at each stage; beside them, in alternation, the bare loads and index computations of the same translation tables.
/// </summary>
internal static class TranslationMeasurement
{
    private const int Rounds = 600,
        PerBlock = 4096;
    private const ulong StreamTable = 0x1000;

    internal static int Run()
    {
        Console.WriteLine($"one thread, load average {Conditions.Load()}");
        return
            Measure("stage 1, 4 levels", StreamConfig.Stage1)
            && Measure("stage 2, 4 levels", StreamConfig.Stage2)
            && Measure("nested, 4 and 4 levels", StreamConfig.Nested)
            ? 0
            : 1;
    }

    private static bool Measure(string name, StreamConfig config)
    {
        var memory = new Tables();
        var (stage1, stage2) = ((config & StreamConfig.Stage1) == StreamConfig.Stage1, (config & StreamConfig.Stage2) == StreamConfig.Stage2);
        var random = new Random(1);
        var root2 = stage2 ? memory.Allocate() : 0;
        var root1 = stage1 ? memory.Allocate() : 0;
        var context = memory.Allocate();
        var transactions = new SmmuTransaction[PerBlock];
        var physical = new ulong[PerBlock];
        for (var i = 0; i < PerBlock; i++)
        {
            // A few thousand pages all over 48 bits, in clusters, as drivers have them.
            var input = i % 16 == 0 ? (ulong)random.NextInt64(1L << 48) & ~0xfffful : (transactions[i - 1].Address & ~0xffful) + 0x1000 & 0xffff_ffff_ffff;
            var page = 0x10_0000_0000ul + ((ulong)i << 12);
            var intermediate = stage1 && stage2 ? 0x20_0000_0000ul + ((ulong)i << 12) : page;
            if (stage1)
                memory.Map(root1, input, intermediate | 0x443);
            if (stage2)
                memory.Map(root2, stage1 ? intermediate : input, page | 0x4ff);
            transactions[i] = new(0, input | 0x128, IsRead: true, 4);
            physical[i] = page | 0x128;
        }

        // In no order, so that neither caches nor branch prediction see the next one coming.
        var order = Enumerable.Range(0, PerBlock).ToArray();
        random.Shuffle(order);
        transactions = [.. order.Select(at => transactions[at])];
        physical = [.. order.Select(at => physical[at])];

        // With both stages the structures of stage 1 lie at intermediate addresses, which are the physical ones.
        if (stage1 && stage2)
            for (var page = 0ul; page < memory.Used; page += 0x1000)
                memory.Map(root2, page, page | 0x4ff);
        memory.Write(
            context,
            new ContextDescriptor
            {
                Valid = true,
                AA64 = true,
                T0SZ = 16,
                EPD1 = true,
                IPS = 5,
                R = true,
                A = true,
                TTB0 = root1,
            }.D0,
            root1
        );
        var entry = new StreamTableEntry
        {
            Valid = true,
            Config = config,
            S1ContextPtr = context,
            SHCFG = 1,
            S2T0SZ = 16,
            S2SL0 = 2,
            S2PS = 5,
            S2AA64 = true,
            S2R = true,
            S2TTB = root2,
        };
        memory.Write(StreamTable, entry.D0, entry.D1, entry.D2, entry.D3);

        var words = memory.Words;
        var settings = new SmmuSettings(Cr0: 1, Cr2: 0, Gbpa: 0, StreamTable, StrtabBaseCfg: 0);
        var wrong = 0;
        var model = new Blocks(() => wrong += Translate(words, settings, transactions, physical));
        var bare = new Blocks(() => wrong += Load(words, root1, root2, transactions, physical));
        for (var round = 0; round < Rounds; round++)
        {
            model.Block();
            bare.Block();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        wrong += Translate(words, settings, transactions, physical);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine();
        Console.WriteLine($"{name}: {PerBlock} pages, {memory.Used >> 10} KB of structures and tables");
        Console.WriteLine($"  model       {model}  {allocated / (double)PerBlock:0.###} B each; takes {model.Best / bare.Best:0.0} times as long as the loads");
        Console.WriteLine($"  bare loads  {bare}");
        if (wrong != 0)
            Console.Error.WriteLine($"{wrong} translations went wrong: the figures mean nothing");
        return wrong == 0;
    }

    private static int Translate(ulong[] words, in SmmuSettings settings, SmmuTransaction[] transactions, ulong[] physical)
    {
        var (wrong, source, outcome) = (0, new Exact(words), default(TranslationOutcome));
        for (var i = 0; i < transactions.Length; i++)
        {
            SmmuTranslation.Run(ref source, SmmuCapabilities.Full, in settings, in transactions[i], ref outcome);
            if (outcome.Reply != SmmuReply.Completed || outcome.PhysicalAddress != physical[i])
                wrong++;
        }

        return wrong;
    }

    private static int Load(ulong[] words, ulong root1, ulong root2, SmmuTransaction[] transactions, ulong[] physical)
    {
        var wrong = 0;
        for (var i = 0; i < transactions.Length; i++)
        {
            var address = transactions[i].Address;
            if (root1 != 0)
            {
                var table = root1;
                for (var shift = 39; shift >= 12; shift -= 9)
                {
                    var at = table + ((address >> shift & 511) << 3);
                    if (root2 != 0)
                        at = Walk(words, root2, at);
                    table = words[at >> 3] & 0xffff_ffff_f000;
                }

                address = table | (address & 0xfff);
            }

            if (root2 != 0)
                address = Walk(words, root2, address);
            if (address != physical[i])
                wrong++;
        }

        return wrong;
    }

    private static ulong Walk(ulong[] words, ulong table, ulong address)
    {
        for (var shift = 39; shift >= 12; shift -= 9)
            table = words[(table + ((address >> shift & 511) << 3)) >> 3] & 0xffff_ffff_f000;
        return table | (address & 0xfff);
    }

    /// <summary>Memory from address 0 on as it is, with nothing cached, and the usual reading everywhere.</summary>
    private readonly struct Exact(ulong[] words) : ITranslationSource
    {
        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            var index = address >> 3;
            if (index >= (ulong)words.Length)
            {
                value = 0;
                return false;
            }

            value = words[index];
            return true;
        }

        public bool FindContext(in FetchKey key, out ulong address)
        {
            address = 0;
            return false;
        }

        public int Choose(SmmuLatitude latitude, int alternatives) => 0;
    }

    /// <summary>Translation tables of 4KB, built in memory from address 0 on.</summary>
    private sealed class Tables
    {
        private readonly List<ulong> words = [.. new ulong[1024]];

        public ulong Used => (ulong)words.Count << 3;

        public ulong[] Words => [.. words];

        public ulong Allocate()
        {
            var address = Used;
            words.AddRange(new ulong[512]);
            return address;
        }

        public void Write(ulong address, params ReadOnlySpan<ulong> values)
        {
            for (var i = 0; i < values.Length; i++)
                words[(int)(address >> 3) + i] = values[i];
        }

        public void Map(ulong table, ulong address, ulong leaf)
        {
            for (var shift = 39; shift > 12; shift -= 9)
            {
                var at = (int)((table + ((address >> shift & 511) << 3)) >> 3);
                if (words[at] == 0)
                {
                    var next = Allocate();
                    words[at] = next | 3;
                }

                table = words[at] & ~0xffful;
            }

            words[(int)((table + ((address >> 12 & 511) << 3)) >> 3)] = leaf;
        }
    }

    /// <summary>Blocks of the same translations; the best block counts, because all that other programs do makes blocks slower.</summary>
    private sealed class Blocks(Action work)
    {
        private readonly List<double> blocks = [];

        /// <summary>Nanoseconds per translation in the best block.</summary>
        public double Best => blocks.Min();

        public void Block()
        {
            var start = Stopwatch.GetTimestamp();
            work();
            blocks.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / PerBlock);
        }

        public override string ToString()
        {
            var sorted = blocks.Order().ToList();
            return $"{1000 / Best, 6:0.00} M/s  {Best, 6:0.0} ns (median {sorted[sorted.Count / 2]:0.0})";
        }
    }
}
