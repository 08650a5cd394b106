using System.Globalization;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Nested.Oracle;

/// <summary>How a DMA of a guest's device has to end.</summary>
public sealed record GuestOutcome
{
    /// <summary>True when it goes through.</summary>
    public bool Passes { get; init; }

    /// <summary>Where it goes, a GPA.</summary>
    public ulong Gpa { get; init; }

    /// <summary>The record that the guest gets; null for none.</summary>
    public SmmuEventType? Record { get; init; }

    /// <summary>The stage-2 record of the host: type, CLASS and IPA; null for none.</summary>
    public (SmmuEventType Type, SmmuEventClass Class, ulong Ipa)? Stage2 { get; init; }

    /// <summary>What says so, the first to name.</summary>
    public required Rules Rules { get; init; }

    /// <summary>The way of the address, in words: GIOVA, GPA.</summary>
    public required string Chain { get; init; }
}

/// <summary>
/// A guest as its own driver knows it: which stream translates through which tables, what the tables say, and which memory devices may use. The guest keeps the
/// rules of the architecture (it invalidates what it changes), so that nothing is left open. What a DMA does follows from it alone, on whatever host it runs.
/// </summary>
public sealed class GuestModel
{
    /// <summary>The first page that is no table or queue.</summary>
    public const int FirstData = 16;

    /// <summary>Contexts: address spaces with granules of 4, 16 and 64 KiB.</summary>
    public const int Contexts = 3;

    /// <summary>Pages of 4 KiB of IOVAs that a context can map, from 0.</summary>
    public const int IovaPages = 32;

    /// <summary>Where the tables of the upper half of a context would be that has one: outside of all memory.</summary>
    public const ulong UpperTables = 0x70_0000_0000;

    private static readonly int[] shifts = [12, 14, 16];

    private readonly Dictionary<int, (int Block, bool IsReadOnly)>[] maps =
    [
        [],
        [],
        [],
    ];
    private readonly (bool IsInvalid, bool IsUnrecorded)[] contexts = new (bool, bool)[Contexts];
    private readonly (GuestConfig Config, int Context)[] streams = new (GuestConfig, int)[8];
    private readonly MemoryAccess[] access = new MemoryAccess[GuestRam.Pages];
    private readonly RequirementId[] recent = new RequirementId[8];

    /// <summary>SMMUEN.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>GBPA.ABORT.</summary>
    public bool Aborts { get; set; }

    /// <summary>The binary logarithm of the granule of a context.</summary>
    public static int ShiftOf(int context) => shifts[context];

    /// <summary>
    /// True for the context whose upper half is walked, if only into nowhere; the others have EPD1=1, as the guests of Linux do. Whoever looks at the half that
    /// an address does not select (SMMU-NEST-04) is seen on the one, and can be tried for all else on the others.
    /// </summary>
    public static bool HasUpperHalf(int context) => context == 1;

    /// <summary>Where the CD of a context is.</summary>
    public static ulong ContextAt(int context) => GuestRam.LowRam + 0x3000 + ((ulong)context * 64);

    /// <summary>Where the top table of a context is.</summary>
    public static ulong TableAt(int context) => GuestRam.LowRam + 0x4000 + ((ulong)context * 0x4000);

    /// <summary>Where the last-level descriptor of an IOVA is.</summary>
    public static ulong LeafAt(int context, int block) => TableAt(context) + (context == 0 ? GuestRam.PageSize : 0) + ((ulong)block * 8);

    /// <summary>The stream of a device.</summary>
    public (GuestConfig Config, int Context) StreamOf(int device) => streams[device];

    /// <summary>What is mapped at a block of a context; null where nothing is.</summary>
    public (int Block, bool IsReadOnly)? MapOf(int context, int block) => maps[context].TryGetValue(block, out var target) ? target : null;

    /// <summary>The blocks that a context maps.</summary>
    public IEnumerable<int> Mapped(int context) => maps[context].Keys.Order();

    /// <summary>The CD of a context.</summary>
    public (bool IsInvalid, bool IsUnrecorded) ContextOf(int context) => contexts[context];

    /// <summary>What devices may do with a page.</summary>
    public MemoryAccess AccessOf(int page) => access[page];

    /// <summary>Sets the stream of a device.</summary>
    public void SetStream(int device, GuestConfig config, int context)
    {
        streams[device] = (config, context);
        recent[device] = SMMU_NEST_15;
    }

    /// <summary>Maps a block of a context, a multiple of its granule.</summary>
    public void Map(int context, int block, int target, bool isReadOnly)
    {
        var changed = maps[context].ContainsKey(block);
        maps[context][block] = (target, isReadOnly);
        if (changed)
            Note(context, SMMU_NEST_17);
    }

    /// <summary>Unmaps a block of a context.</summary>
    public void Unmap(int context, int block)
    {
        maps[context].Remove(block);
        Note(context, SMMU_NEST_17);
    }

    /// <summary>Sets the CD of a context.</summary>
    public void SetContext(int context, bool isInvalid, bool isUnrecorded)
    {
        contexts[context] = (isInvalid, isUnrecorded);
        Note(context, SMMU_NEST_17);
    }

    /// <summary>Sets SMMUEN and GBPA.ABORT.</summary>
    public void SetControl(bool isEnabled, bool aborts)
    {
        (IsEnabled, Aborts) = (isEnabled, aborts);
        Array.Fill(recent, SMMU_NEST_16);
    }

    /// <summary>Sets what devices may do with a page.</summary>
    public void SetAccess(int page, MemoryAccess to) => access[page] = to;

    private void Note(int context, RequirementId id)
    {
        for (var i = 0; i < streams.Length; i++)
            if (streams[i] is { Config: GuestConfig.Translate } stream && stream.Context == context)
                recent[i] = id;
    }

    /// <summary>How a DMA of 8 bytes has to end.</summary>
    public GuestOutcome Expect(int device, ulong address, bool isWrite)
    {
        var from = string.Create(CultureInfo.InvariantCulture, $"dev{device}: GIOVA 0x{address:x}");
        if (!IsEnabled)
            return Aborts ? Abort(Rules.Of(SMMU_NEST_16), $"{from} -> SMMUEN=0, GBPA.ABORT=1: abort") : Final(address, isWrite, Rules.Of(SMMU_NEST_16), from);
        var (config, context) = streams[device];
        return config switch
        {
            GuestConfig.Invalid => Abort(Rules.Of(SMMU_NEST_09), $"{from} -> V=0: abort"),
            GuestConfig.Illegal => Abort(Rules.Of(SMMU_NEST_21), $"{from} -> an STE that the host refuses: abort"),
            GuestConfig.Abort => Abort(Rules.Of(SMMU_NEST_15), $"{from} -> Config=abort"),
            GuestConfig.Bypass => Final(address, isWrite, Rules.Of(SMMU_NEST_15), $"{from} -> stage 1 bypassed"),
            _ => Translate(device, context, address, isWrite, from),
        };
    }

    private GuestOutcome Translate(int device, int context, ulong address, bool isWrite, string from)
    {
        if (Stage2(ContextAt(context), false, SmmuEventClass.ContextDescriptor) is { } noContext)
            return Stopped(noContext, SMMU_NEST_02, $"{from} -> CD at GPA 0x{ContextAt(context):x}: not in stage 2");
        if (contexts[context].IsInvalid)
            return Recorded(SmmuEventType.BadCd, Rules.Of(SMMU_NEST_12, SMMU_NEST_02, SMMU_NEST_17), $"{from} -> CD with V=0");
        // T0SZ=39, T1SZ=39.
        if (address >> 25 == ulong.MaxValue >> 25 && HasUpperHalf(context))
        {
            var index = (address & 0x1ff_ffff) >> shifts[context];
            var upper = (SmmuEventType.Translation, SmmuEventClass.TranslationTable, UpperTables + index * 8);
            return Stopped(upper, SMMU_NEST_03, $"{from} -> tables of the upper half: not in stage 2");
        }

        if (address >> 25 != 0)
            return Fault(context, SmmuEventType.Translation, $"{from} -> outside of TTB0 and TTB1");
        if (context == 0 && Stage2(TableAt(0) + ((address >> 21) * 8), false, SmmuEventClass.TranslationTable) is { } noTable)
            return Stopped(noTable, SMMU_NEST_03, $"{from} -> table at GPA 0x{TableAt(0):x}: not in stage 2");
        var shift = shifts[context];
        if (address >> 21 != 0 && context == 0)
            return Fault(context, SmmuEventType.Translation, $"{from} -> no table");
        var block = (int)(address >> shift);
        var leaf = LeafAt(context, block);
        if (Stage2(leaf, false, SmmuEventClass.TranslationTable) is { } noLeaf)
            return Stopped(noLeaf, SMMU_NEST_03, $"{from} -> table at GPA 0x{leaf & ~(GuestRam.PageSize - 1):x}: not in stage 2");
        if (MapOf(context, block) is not { } target)
            return Fault(context, SmmuEventType.Translation, $"{from} -> stage 1 (context {context}): not mapped");
        var gpa = GuestRam.GpaOf(target.Block) + (address & ((1ul << shift) - 1));
        var way = string.Create(CultureInfo.InvariantCulture, $"{from} -> stage 1 (context {context}, {1 << (shift - 10)} KiB)");
        if (target.IsReadOnly && isWrite)
            return Fault(context, SmmuEventType.Permission, $"{way} -> GPA 0x{gpa:x}: read-only in stage 1", Rules.Of(SMMU_NEST_05, SMMU_NEST_01));
        return Final(gpa, isWrite, Rules.Of(SMMU_NEST_01).And(recent[device]), way);
    }

    private GuestOutcome Final(ulong gpa, bool isWrite, Rules rules, string from)
    {
        var way = string.Create(CultureInfo.InvariantCulture, $"{from} -> GPA 0x{gpa:x}");
        if (Stage2(gpa, isWrite, SmmuEventClass.InputAddress) is not { } fault)
            return new()
            {
                Passes = true,
                Gpa = gpa,
                Rules = rules,
                Chain = way,
            };
        return Stopped(fault, SMMU_NEST_06, $"{way}: {(fault.Type == SmmuEventType.Permission ? "read-only" : "not")} in stage 2");
    }

    private (SmmuEventType Type, SmmuEventClass Class, ulong Ipa)? Stage2(ulong gpa, bool isWrite, SmmuEventClass why) =>
        GuestRam.PageOf(gpa) is not { } page || access[page] == MemoryAccess.None ? (SmmuEventType.Translation, why, gpa)
        : access[page] == MemoryAccess.ReadOnly && isWrite ? (SmmuEventType.Permission, why, gpa)
        : null;

    private static GuestOutcome Abort(Rules rules, string chain) => new() { Rules = rules, Chain = chain };

    private GuestOutcome Fault(int context, SmmuEventType type, string chain, Rules rules = default) =>
        new()
        {
            Record = contexts[context].IsUnrecorded ? null : type,
            Rules = (rules.IsNone ? Rules.Of(SMMU_NEST_01) : rules).And(SMMU_NEST_12).And(SMMU_NEST_06),
            Chain = chain,
        };

    private static GuestOutcome Recorded(SmmuEventType type, Rules rules, string chain) =>
        new()
        {
            Record = type,
            Rules = rules,
            Chain = chain,
        };

    private static GuestOutcome Stopped((SmmuEventType, SmmuEventClass, ulong) fault, RequirementId by, string chain) =>
        new()
        {
            Stage2 = fault,
            Rules = Rules.Of(by, SMMU_NEST_12),
            Chain = chain,
        };
}
