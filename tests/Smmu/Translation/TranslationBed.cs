using System.Buffers.Binary;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>
/// One stream with its structures in a sparse memory, and the procedure over it. By default the stream is 3, everything is legal, and both stages use 4 KiB
/// granules; a test changes what it is about. Where both stages are on, stage 2 maps the first GiB to itself.
/// </summary>
internal sealed class TranslationBed
{
    public const ulong StreamTable = 0x1_0000;
    public const ulong Contexts = 0x2_0000;
    public const ulong Stage1Table = 0x10_0000;
    public const ulong Stage2Table = 0x20_0000;

    /// <summary>Everything here is an external abort.</summary>
    public const ulong Hole = 0x3000_0000;

    private readonly Dictionary<ulong, ulong> memory = [];
    private ulong nextTable = 0x100_0000;
    private TranslationOutcome outcome;

    public SmmuCapabilities Capabilities { get; set; } = SmmuCapabilities.Full;

    public SmmuSettings Settings { get; set; } = new(1, 2, 0, StreamTable, 4);

    public StreamTableEntry Entry { get; set; } =
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = Contexts,
            SHCFG = 1,
        };

    public ContextDescriptor Context { get; set; } =
        new()
        {
            Valid = true,
            AA64 = true,
            T0SZ = 25,
            Granule0 = Granule.Size4K,
            T1SZ = 25,
            Granule1 = Granule.Size4K,
            EPD1 = true,
            IPS = 5,
            TTB0 = Stage1Table,
            R = true,
            A = true,
        };

    public SmmuTransaction Transaction { get; set; } = new(3, 0x4000_5678, true, 4);

    /// <summary>What Choose answers; 0 for others.</summary>
    public Dictionary<SmmuLatitude, int> Choices { get; } = [];

    /// <summary>What a fetch with purpose Regime or Use gives instead of memory.</summary>
    public Dictionary<(FetchPurpose Purpose, ulong Address), ulong> Stale { get; } = [];

    /// <summary>What was asked, in order.</summary>
    public List<(FetchKind Kind, ulong Address, FetchKey Key)> Fetches { get; } = [];

    /// <summary>The choices that were asked for.</summary>
    public HashSet<SmmuLatitude> Asked { get; } = [];

    public TranslationOutcome Outcome => outcome;

    public void To(ulong address) => Transaction = Transaction with { Address = address };

    public void From(uint streamId) => Transaction = Transaction with { StreamId = streamId };

    public void WithSubstream(uint substreamId) => Transaction = Transaction with { HasSubstream = true, SubstreamId = substreamId };

    public TranslationBed Stage2(StreamConfig config = StreamConfig.Stage2)
    {
        Entry = Entry with
        {
            Config = config,
            S2VMID = 0x77,
            S2T0SZ = 24,
            S2SL0 = 1,
            Stage2Granule = Granule.Size4K,
            S2PS = 5,
            S2AA64 = true,
            S2R = true,
            S2TTB = Stage2Table,
        };
        if (config == StreamConfig.Nested)
            MapStage2(0, 0, 1);
        return this;
    }

    public ulong this[ulong address]
    {
        get => memory.GetValueOrDefault(address);
        set => memory[address] = value;
    }

    /// <summary>A stage-1 mapping of the lower half: tables on the way are made, the leaf is readable, writable, accessed.</summary>
    /// <returns>The address of the leaf descriptor.</returns>
    public ulong MapStage1(ulong address, ulong output, int level = 3, ulong attributes = 0x440) =>
        Map(Context.TTB0, Context.Granule0, 64 - Context.T0SZ, StartLevel(Context.Granule0, 64 - Context.T0SZ), address, output, level, attributes);

    /// <summary>The same in the upper half.</summary>
    public ulong MapUpper(ulong address, ulong output, int level = 3, ulong attributes = 0x440) =>
        Map(Context.TTB1, Context.Granule1, 64 - Context.T1SZ, StartLevel(Context.Granule1, 64 - Context.T1SZ), address, output, level, attributes);

    /// <summary>A stage-2 mapping.</summary>
    public ulong MapStage2(ulong address, ulong output, int level = 3, ulong attributes = 0x4fc)
    {
        var start = Entry.Stage2Granule == Granule.Size4K ? (Entry.S2SL0 == 3 ? 3 : 2 - Entry.S2SL0) : 3 - Entry.S2SL0;
        return Map(Entry.S2TTB, Entry.Stage2Granule, 64 - Entry.S2T0SZ, start, address, output, level, attributes);
    }

    /// <summary>The level at which a stage-1 walk begins: the highest whose table has at least two entries. Counted, not computed by the closed form.</summary>
    public static int StartLevel(Granule granule, int inputSize)
    {
        var level = 3;
        for (var resolved = (int)granule + (int)granule - 3; resolved < inputSize; resolved += (int)granule - 3)
            level--;
        return level;
    }

    private ulong Map(ulong table, Granule granule, int inputSize, int start, ulong address, ulong output, int leaf, ulong attributes)
    {
        var bits = (int)granule;
        var offset = inputSize == 64 ? address : address & (1ul << inputSize) - 1;
        for (var level = start; ; level++)
        {
            var shift = bits + (3 - level) * (bits - 3);
            var index = level == start ? offset >> shift : offset >> shift & (1ul << bits - 3) - 1;
            var at = table + index * 8;
            if (level == leaf)
            {
                memory[at] = WithAddress(output >> shift << shift, granule) | attributes | (level == 3 ? 3ul : 1ul);
                return at;
            }

            if ((this[at] & 1) == 0)
            {
                nextTable = (nextTable + (1ul << bits) - 1) & ~((1ul << bits) - 1);
                memory[at] = WithAddress(nextTable, granule) | 3;
                nextTable += 1ul << bits;
            }

            table = this[at] & 0x0000_ffff_ffff_f000;
        }
    }

    private static ulong WithAddress(ulong address, Granule granule) =>
        granule == Granule.Size64K ? address & 0x0000_ffff_ffff_0000 | address >> 48 << 12 : address;

    /// <summary>Writes STE and CD and translates.</summary>
    public TranslationBed Run()
    {
        Write(StreamTable + 3 * 64, Entry.D0, Entry.D1, Entry.D2, Entry.D3);
        Write(Contexts, Context.D0, Context.D1, Context.D2, Context.D3);
        return RunAsIs();
    }

    /// <summary>Translates with memory as it is.</summary>
    public TranslationBed RunAsIs()
    {
        Fetches.Clear();
        Asked.Clear();
        var source = new Source(this);
        var transaction = Transaction;
        SmmuTranslation.Run(ref source, Capabilities, Settings, in transaction, ref outcome);
        return this;
    }

    public void Write(ulong address, params ReadOnlySpan<ulong> words)
    {
        for (var i = 0; i < words.Length; i++)
            memory[address + 8 * (ulong)i] = words[i];
    }

    /// <summary>Makes the stage-1 tables big-endian.</summary>
    public void Swap(ulong descriptor) => memory[descriptor] = BinaryPrimitives.ReverseEndianness(memory[descriptor]);

    /// <summary>The outcome in one line: reply, address, event with the fields that matter.</summary>
    public string Text
    {
        get
        {
            var text = outcome.Reply.ToString();
            if (outcome.Reply == SmmuReply.Completed)
                text += $" {outcome.PhysicalAddress:x}";
            if (!outcome.HasEvent)
                return text;
            var record = outcome.Event;
            text += $" {record.Type}";
            if (record.Type is SmmuEventType.SteFetch or SmmuEventType.CdFetch or SmmuEventType.WalkAbort)
                text += $" at {record.FetchAddress:x}";
            if (record.Type < SmmuEventType.WalkAbort)
                return text;
            if (record.S2)
                text += " S2";
            text += record.Class switch
            {
                SmmuEventClass.ContextDescriptor => " CD",
                SmmuEventClass.TranslationTable => " TT",
                _ => " IN",
            };
            if (record.S2 && record.Type != SmmuEventType.WalkAbort)
                text += $" {record.IPA:x}";
            if (record.TTRnW)
                text += " TTRnW";
            return record.Stall ? text + " Stall" : text;
        }
    }

    public void Expect(string text, params RequirementId[] rules)
    {
        Assert.That(Text, Is.EqualTo(text));
        foreach (var rule in rules)
            Assert.That(outcome.Rules.Has(rule), $"{rule} is not among {outcome.Rules}");
        Assert.That(outcome.Rules.IsNone, Is.False);
    }

    private readonly struct Source(TranslationBed bed) : ITranslationSource
    {
        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            bed.Fetches.Add((kind, address, key));
            if (!bed.Stale.TryGetValue((key.Purpose, address), out value))
                value = bed[address];
            return address is < Hole or >= Hole + 0x100_0000;
        }

        public bool FindContext(in FetchKey key, out ulong address)
        {
            address = 0;
            return false;
        }

        public int Choose(SmmuLatitude latitude, int alternatives)
        {
            Assert.That(alternatives, Is.GreaterThan(1), latitude.ToString());
            bed.Asked.Add(latitude);
            return bed.Choices.GetValueOrDefault(latitude);
        }
    }
}

/// <summary>A row of a table: what is changed in the default bed, and how the transaction ends.</summary>
internal static class Row
{
    public static TestCaseData Of(string name, Action<TranslationBed> change, string expected, params RequirementId[] rules) =>
        new TestCaseData(change, expected, rules).SetArgDisplayNames(name);

    public static void Run(object change, string expected, object rules)
    {
        var bed = new TranslationBed();
        ((Action<TranslationBed>)change)(bed);
        bed.Run().Expect(expected, (RequirementId[])rules);
    }
}
