using System.Buffers.Binary;
using System.Globalization;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Engine.Smmu;

/// <summary>The walk of a transaction through memory as it is.</summary>
/// <param name="Lines">A line per fetch.</param>
/// <param name="Facts">What it met that is not plain, as words that an expectation can name: "AF=0", "APTable=2", "table=too-large".</param>
public sealed record SceneWalk(IReadOnlyList<string> Lines, IReadOnlyList<string> Facts)
{
    /// <summary>The binary logarithm of the range that the last descriptor stands for: of stage 1, where there is none of stage 2; 0 for neither.</summary>
    public int RangeBits { get; private init; }

    private const int MostLines = 64;

    /// <summary>Walks.</summary>
    /// <param name="oracle">Whose memory is walked through, as far as it is known.</param>
    /// <param name="target">The SMMU.</param>
    /// <param name="settings">What the registers say.</param>
    /// <param name="transaction">The transaction.</param>
    /// <param name="oldest">True for memory as it was before the scene changed it.</param>
    public static SceneWalk Of(SmmuOracle oracle, SceneTarget target, SmmuSettings settings, in SmmuTransaction transaction, bool oldest = false)
    {
        var source = new Source(oracle, target, oldest, (int)(settings.StrtabBaseCfg >> 6 & 0x1f) is var split and (8 or 10) ? split : 6);
        var outcome = default(TranslationOutcome);
        SmmuTranslation.Run(ref source, target.Capabilities, settings, transaction, ref outcome);
        // The address is out of range, or its half is disabled; with R=0 no record says so.
        var isRefused = outcome.HasEvent
            ? outcome.Event is { Type: SmmuEventType.Translation, S2: false }
            : outcome.Reply == SmmuReply.Aborted && source.HasContext;
        if (isRefused && source.FirstShift == 0)
            source.Facts.Add("walk=none");
        // Stage 2 keeps the next table of stage 1 away, and with S2R=0 no record says so.
        if (
            outcome is { HasEvent: false, Reply: SmmuReply.Aborted }
            && source.AwaitsTable
            && source.SecondShift > 0
            && !source.Facts.Contains(Reason(SmmuEventClass.TranslationTable))
        )
            source.Facts.Add(Reason(SmmuEventClass.TranslationTable));
        if (outcome is { HasEvent: true, Event.S2: true } && Reason(outcome.Event.Class) is var reason && !source.Facts.Contains(reason))
            source.Facts.Add(reason);
        source.Lines.Add(
            outcome.Reply == SmmuReply.Completed ? $"it goes through to PA 0x{outcome.PhysicalAddress:x}"
            : outcome.HasEvent ? $"it ends with {ScenePrinter.EventType(outcome.Event.Type)}"
            : "it ends without a record"
        );
        return new(source.Lines, source.Facts) { RangeBits = source.FirstShift > 0 ? source.FirstShift : source.SecondShift };
    }

    private static string Reason(SmmuEventClass why) =>
        $"S2-of={why switch { SmmuEventClass.ContextDescriptor => "CD", SmmuEventClass.TranslationTable => "table", _ => "input" }}";

    private struct Source(SmmuOracle oracle, SceneTarget target, bool oldest, int split) : ITranslationSource
    {
        private ulong secondControl;
        private int firstGranule,
            firstLimit,
            secondLimit,
            secondStart;

        public List<string> Lines { get; } = [];

        public List<string> Facts { get; } = [];

        /// <summary>Whether a CD was read.</summary>
        public bool HasContext { get; private set; }

        /// <summary>Whether the last stage-1 descriptor leads to another table.</summary>
        public bool AwaitsTable { get; private set; }

        /// <summary>The range of the last stage-1 descriptor; 0 when there was none.</summary>
        public int FirstShift { get; private set; }

        /// <summary>The range of the last stage-2 descriptor; 0 when there was none.</summary>
        public int SecondShift { get; private set; }

        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            value = 0;
            var readable = target.Memory.Contains(address, 8);
            if (readable)
            {
                Span<byte> bytes = stackalloc byte[8];
                oracle.ReadMemory(address, bytes, oldest);
                value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }

            if (key.Purpose == FetchPurpose.Use && Lines.Count < MostLines)
                Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{What(kind, key)} at 0x{address:x}: {(readable ? $"0x{value:x}" : "external abort")}"));
            if (key.Purpose == FetchPurpose.Use)
                Note(kind, key, address, readable, value);
            return readable;
        }

        private void Note(FetchKind kind, in FetchKey key, ulong address, bool readable, ulong value)
        {
            var word = (int)(address >> 3) & 7;
            switch (kind)
            {
                case FetchKind.L1StreamTable when readable:
                    var span = (int)value & 0x1f;
                    var covered = span is 0 or > 11 || span > split + 1 ? 0 : 1u << (span - 1);
                    if ((key.StreamId & ((1u << split) - 1)) >= covered)
                        Add("L1STD=out-of-span");
                    // L2Ptr is aligned to what it points to.
                    if ((value & ~(0x000f_ffff_ffff_ffff & ~(((ulong)Math.Max(1, covered) << 6) - 1)) & ~0x1ful) != 0)
                        Add("L1STD=extra-bits");
                    break;
                case FetchKind.StreamTable when word == 2:
                    secondControl = value;
                    secondLimit = Limit((int)(value >> 48) & 7);
                    secondStart = -1;
                    break;
                case FetchKind.ContextDescriptor when word == 0:
                    HasContext = true;
                    firstLimit = Limit((int)(value >> 32) & 7);
                    firstGranule =
                        (key.Address >> 55 & 1) == 0
                            ? (value >> 6 & 3) switch
                            {
                                1 => 16,
                                2 => 14,
                                _ => 12,
                            }
                            : (value >> 22 & 3) switch
                            {
                                1 => 14,
                                3 => 16,
                                _ => 12,
                            };
                    break;
                case FetchKind.Stage1Descriptor:
                    FirstShift = key.Shift;
                    AwaitsTable = readable && (value & 3) == 3 && key.Level < 3;
                    Describe("", key, readable, value, firstLimit);
                    break;
                case FetchKind.Stage2Descriptor:
                    // The first level that is asked for is where stage 2 starts.
                    if (secondStart < 0)
                        secondStart = key.Level;
                    var granule = ((secondControl >> 46) & 3) switch
                    {
                        1 => 16,
                        2 => 14,
                        _ => 12,
                    };
                    if (key.Level == secondStart && key.Ipa >> key.Shift >> (granule - 3) != 0)
                        Add("S2-table=behind-the-first");
                    Describe("S2-", key, readable, value, secondLimit);
                    SecondShift = key.Shift;
                    var isLeaf = readable && ((value & 2) == 0 || key.Level == 3);
                    if (isLeaf && key.Class == SmmuEventClass.TranslationTable && key.Shift < firstGranule)
                        Add("table=larger-than-its-S2-page");
                    if (isLeaf && key.Class == SmmuEventClass.InputAddress && key.Shift < FirstShift)
                        Add("leaf=larger-than-its-S2-page");
                    break;
            }
        }

        // The bits of a descriptor that decide, where they have not the plain value.
        private readonly void Describe(string stage, in FetchKey key, bool readable, ulong value, int limit)
        {
            var before = Facts.Count;
            if (!readable)
                Add($"{stage}descriptor=aborts");
            else if ((value & 1) == 0)
            {
                Add($"{stage}descriptor=invalid");
                // What a leaf was before it became invalid, a cache may still know.
                if (stage.Length == 0 && value != 0 && (value >> 11 & 1) == 0)
                    Add("nG=0");
            }
            else if ((value & 2) != 0 && key.Level < 3)
            {
                if (stage.Length == 0 && (value >> 61 & 3) is var restriction and not 0)
                    Add($"APTable={restriction}");
                if ((value & 0x0000_ffff_ffff_f000) >> limit != 0)
                    Add($"{stage}table=too-large");
            }
            else
            {
                if ((value & 2) == 0 && (key.Level == 3 || key.Level < (key.Shift is 30 or 21 ? 1 : 2)))
                    Add($"{stage}descriptor=reserved");
                if ((value & 0x0000_ffff_ffff_f000) >> limit != 0)
                    Add($"{stage}output=too-large");
                if ((value >> 10 & 1) == 0)
                    Add($"{stage}AF=0");
                if (stage.Length > 0)
                {
                    if ((value >> 6 & 3) is var access and not 3)
                        Add($"S2AP={access}");
                    if ((value >> 4 & 3) == 0 && key.Class != SmmuEventClass.InputAddress)
                        Add("S2-memory=device");
                }
                else
                {
                    if ((value >> 6 & 1) == 0)
                        Add("AP1=0");
                    if ((value >> 7 & 1) != 0)
                        Add("AP2=1");
                    if ((value >> 11 & 1) == 0)
                        Add("nG=0");
                }
            }

            if (stage.Length > 0 && Facts.Count > before)
                Add(Reason(key.Class));
        }

        private readonly int Limit(int coded) =>
            Math.Min(
                target.Capabilities.OutputAddressSize,
                coded switch
                {
                    0 => 32,
                    1 => 36,
                    2 => 40,
                    3 => 42,
                    4 => 44,
                    5 => 48,
                    _ => 52,
                }
            );

        private readonly void Add(string fact)
        {
            if (!Facts.Contains(fact))
                Facts.Add(fact);
        }

        public readonly bool FindContext(in FetchKey key, out ulong address)
        {
            address = 0;
            return false;
        }

        public readonly int Choose(SmmuLatitude latitude, int alternatives) => 0;

        private static string What(FetchKind kind, in FetchKey key) =>
            kind switch
            {
                FetchKind.L1StreamTable => "L1STD",
                FetchKind.StreamTable => "STE",
                FetchKind.L1ContextTable => "L1CD",
                FetchKind.ContextDescriptor => "CD",
                FetchKind.Stage1Descriptor => $"stage 1, level {key.Level}, for 0x{key.Address:x}",
                _ => $"  stage 2, level {key.Level}, for IPA 0x{key.Ipa:x}",
            };
    }
}
