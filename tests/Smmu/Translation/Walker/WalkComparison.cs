using System.Globalization;
using System.Text;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Translation;

namespace Conformance.Tests.Smmu.Translation.Walker;

/// <summary>Random translations by <see cref="SmmuTranslation"/> and by <see cref="NaiveWalker"/>, counted by how they end.</summary>
internal sealed class WalkComparison
{
    private const int PerWorld = 12,
        Kept = 8;

    private static readonly SmmuCapabilities[] machines =
    [
        SmmuCapabilities.QemuStage1,
        SmmuCapabilities.QemuStage2,
        SmmuCapabilities.QemuNested,
        SmmuCapabilities.Full,
        SmmuCapabilities.Full with
        {
            HTTU = 2,
            OAS = 5,
            VAX = 0,
            STT = false,
            ASID16 = false,
            VMID16 = false,
            TTENDIAN = 2,
            CD2L = false,
            TermModel = true,
            SSIDSIZE = 8,
            ATTR_PERMS_OVR = false,
        },
        SmmuCapabilities.Full with
        {
            HTTU = 0,
            OAS = 5,
            HAD = false,
            XNX = false,
            E0PD = false,
            GRAN16K = false,
            StallModel = StallModel.TerminateOnly,
            HYP = false,
            ATS = false,
            SIDSIZE = 10,
        },
        SmmuCapabilities.Full with
        {
            HTTU = 1,
            OAS = 4,
            VAX = 0,
            StallModel = StallModel.StallForced,
            TTENDIAN = 3,
            SSIDSIZE = 0,
            HYP = false,
        },
    ];

    private readonly long[] ends = new long[1 << 12];
    private readonly long[] succeeded = new long[4];
    private long updated;
    private readonly List<string> disagreements = [];
    private readonly HashSet<(int Stage, int Granule, int InputSize, int Level)> leaves = [];

    /// <summary>How many translations were compared.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them succeeded.</summary>
    public long Succeeded => succeeded.Sum();

    /// <summary>How many disagreed.</summary>
    public long Disagreements { get; private set; }

    /// <summary>The first of them in words, with the number of their worlds.</summary>
    public IReadOnlyList<string> Shown => disagreements;

    /// <summary>Every kind of leaf that was used by both: stage, log2 of the granule, bits of the input, level.</summary>
    public IReadOnlySet<(int Stage, int Granule, int InputSize, int Level)> Leaves => leaves;

    /// <summary>Every way to end in words, with how often it was met, 0 included.</summary>
    public IEnumerable<(string End, long Count)> Table
    {
        get
        {
            string[] stages = ["bypass", "stage 1", "stage 2", "both stages"];
            for (var i = 0; i < 4; i++)
                yield return ($"completed, {stages[i]}", succeeded[i]);
            yield return ("of these with hardware updates", updated);
            yield return ("aborted without an event", ends[0]);
            foreach (
                var (type, name) in new (int, string)[]
                {
                    (0x02, "C_BAD_STREAMID"),
                    (0x03, "F_STE_FETCH"),
                    (0x04, "C_BAD_STE"),
                    (0x06, "F_STREAM_DISABLED"),
                    (0x08, "C_BAD_SUBSTREAMID"),
                    (0x09, "F_CD_FETCH"),
                    (0x0a, "C_BAD_CD"),
                }
            )
                yield return (name, ends[Key(type, false, 0)]);
            string[] reasons = ["CD", "TT", "IN"];
            foreach (
                var (type, name) in new (int, string)[]
                {
                    (0x0b, "F_WALK_EABT"),
                    (0x10, "F_TRANSLATION"),
                    (0x11, "F_ADDR_SIZE"),
                    (0x12, "F_ACCESS"),
                    (0x13, "F_PERMISSION"),
                }
            )
            {
                yield return ($"{name}, stage 1", ends[Key(type, false, type == 0x0b ? 1 : 2)]);
                for (var reason = 0; reason < 3; reason++)
                    yield return ($"{name}, stage 2, CLASS={reasons[reason]}", ends[Key(type, true, reason)]);
            }
        }
    }

    /// <summary>Compares so many translations more.</summary>
    /// <param name="count">How many.</param>
    /// <param name="firstWorld">The number of the first world; the same number gives the same translations.</param>
    /// <param name="lie">Changes what the model reads, to see that the comparison notices; null for nothing.</param>
    public void Run(long count, ulong firstWorld, Func<FetchKind, ulong, ulong>? lie = null)
    {
        var ids = machines.Select(machine => new NaiveIds(machine.Idr0, machine.Idr1, machine.Idr3, machine.Idr5, machine.Aidr)).ToArray();
        var world = new RandomWorld();
        for (var number = firstWorld; count > 0; number++)
        {
            var at = (int)(number % (ulong)machines.Length);
            world.Begin(machines[at], ids[at], number);
            var walker = new NaiveWalker(ids[at], world.Registers, world) { Leaves = leaves };
            for (var i = 0; i < PerWorld && count > 0; i++, count--)
            {
                var transaction = world.Transaction();
                var expected = walker.Translate(transaction);
                Note(expected);
                if (expected.Reply == SmmuReply.Completed && walker.Updates.Count > 0)
                    updated++;
                if (Difference(world, machines[at], transaction, walker, expected, lie) is not { } difference)
                    continue;
                Disagreements++;
                if (disagreements.Count < Kept)
                    disagreements.Add(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"world {number}, transaction {i}, machine {at}: {transaction}\n  {difference}\n  walker: {Text(expected)}"
                        )
                    );
            }
        }
    }

    private static int Key(int type, bool stage2, int reason) => (type << 3) + (stage2 ? 4 : 0) + reason;

    private static string? Difference(
        RandomWorld world,
        SmmuCapabilities machine,
        SmmuTransaction transaction,
        NaiveWalker walker,
        in NaiveOutcome expected,
        Func<FetchKind, ulong, ulong>? lie
    )
    {
        var source = new Recall(world, lie);
        var seen = default(TranslationOutcome);
        SmmuTranslation.Run(ref source, machine, Settings(world.Registers), transaction, ref seen);
        if (source.Unread is { } unread)
            return $"model:  reads a {unread}, which the walker does not";
        var agrees = seen.Reply == expected.Reply && seen.HasEvent == expected.Recorded;
        if (agrees && seen.Reply == SmmuReply.Completed)
            agrees = seen.PhysicalAddress == expected.Address;
        if (agrees && seen.HasEvent)
        {
            agrees =
                ((seen.Event.D0 ^ expected.Event0) & expected.Mask0) == 0
                && ((seen.Event.D1 ^ expected.Event1) & expected.Mask1) == 0
                && seen.Event.D2 == expected.Event2
                && ((seen.Event.D3 ^ expected.Event3) & expected.Mask3) == 0;
        }

        if (agrees && Update(walker, seen.Updates) is { } update)
            return update;
        return agrees
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"model:  {seen.Reply} 0x{seen.PhysicalAddress:x} "
                    + $"{(seen.HasEvent ? $"event {seen.Event.D0:x16} {seen.Event.D1:x16} {seen.Event.D2:x16} {seen.Event.D3:x16}" : "no event")}"
            );
    }

    // An update that neither has to nor may change a bit says nothing.
    private static string? Update(NaiveWalker walker, in DescriptorUpdates seen)
    {
        var expected = new Dictionary<ulong, (ulong Old, ulong Must, ulong May)>(walker.Updates);
        for (var i = 0; i < seen.Count; i++)
        {
            var update = seen[i];
            if ((update.Must | update.May) == 0)
                continue;
            if (!expected.Remove(update.Address, out var own) || (own.Must, own.May) != (update.Must, update.May))
                return string.Create(CultureInfo.InvariantCulture, $"model:  {update}, walker: {own}");
        }

        return expected.Count == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"model:  no update at 0x{expected.First().Key:x}, walker: {expected.First().Value}");
    }

    private static SmmuSettings Settings(NaiveRegisters registers) =>
        new(
            Cr0: registers.Enabled ? 1u : 0,
            Cr2: registers.RecordsBadStreams ? 2u : 0,
            Gbpa: registers.GbpaAbort ? 1u << 20 : 0,
            StrtabBase: registers.StreamTable,
            StrtabBaseCfg: (uint)registers.Log2Size | (uint)registers.Split << 6 | (registers.TwoLevel ? 1u << 16 : 0)
        );

    private static string Text(in NaiveOutcome outcome)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{outcome.Reply} 0x{outcome.Address:x} ");
        return outcome.Recorded
            ? text.Append(CultureInfo.InvariantCulture, $"event {outcome.Event0:x16} {outcome.Event1:x16} {outcome.Event2:x16} {outcome.Event3:x16}").ToString()
            : text.Append(CultureInfo.InvariantCulture, $"no event, fault 0x{outcome.Fault:x2}").ToString();
    }

    private void Note(in NaiveOutcome outcome)
    {
        Count++;
        if (outcome.Reply == SmmuReply.Completed)
            succeeded[outcome.Stages]++;
        else
            ends[Key(outcome.Fault, outcome.Stage2, outcome.Class)]++;
    }

    // Memory as the walker left it, and the plain choice everywhere.
    private struct Recall(RandomWorld world, Func<FetchKind, ulong, ulong>? lie) : ITranslationSource
    {
        /// <summary>The first read of what the walker did not read.</summary>
        public string? Unread { get; private set; }

        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            if (world.TryRecall(address, out value) || key.Purpose == FetchPurpose.Peek)
            {
                if (lie is not null)
                    value = lie(kind, value);
                return true;
            }

            if (address is >= RandomWorld.HoleStart and < RandomWorld.HoleEnd)
                return false;
            Unread ??= string.Create(CultureInfo.InvariantCulture, $"{kind} at 0x{address:x}");
            return false;
        }

        public readonly bool FindContext(in FetchKey key, out ulong address)
        {
            address = 0;
            return false;
        }

        public readonly int Choose(SmmuLatitude latitude, int alternatives) => 0;
    }
}
