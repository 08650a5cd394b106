using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Conformance.Engine.Judging;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>
/// Counts what the answers of a plan exercised. A step exercises a dozen requirements, and the steps of a plan are much alike: those that exercise the same are
/// counted together, and taken apart when the plan is over.
/// </summary>
/// <param name="machine">The device: what it does not owe is not counted.</param>
/// <param name="isBounded">True when a stream that ends has kept a declared bound (MIG-FD-19).</param>
internal sealed class ExerciseTally(MigrationMachine machine, bool isBounded)
{
    private const int PlaceBits = 8;
    private const int Places = 1 << PlaceBits;

    // Places of outcomes that were prepared: their number, and behind it where rules of a report take it.
    private const int ReportBits = 7;
    private const int PreparedPlaces = 1 + PlainRequests.Most + (1 << ReportBits);

    private readonly Alike[] counted = new Alike[Places + PreparedPlaces];
    private readonly Prepared[] prepared = new Prepared[PreparedPlaces];
    private readonly ushort[] used = new ushort[Places + PreparedPlaces];
    private Ledger ledger = new();
    private int uses;

    /// <summary>A plan begins.</summary>
    /// <param name="into">Where its counts are after <see cref="Settle()"/>.</param>
    public void Begin(Ledger into) => ledger = into;

    /// <summary>An answer met an outcome, and none of the forbidden ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // once a step, by one caller
    public void Count(StepKind kind, in Outcome outcome, in OutcomeSet allowed)
    {
        // Most answers of most plans are what was prepared. Their counts stand close together, so that they stay in the nearest cache.
        var at = PreparedPlaceOf(outcome);
        ref var known = ref prepared[at];
        if (outcome.Prepared != 0 && known.Times != 0 && known.Reports == outcome.ReportRules)
            known.Times++;
        else
            CountApart(kind, outcome, allowed, at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountApart(StepKind kind, in Outcome outcome, in OutcomeSet allowed, int at)
    {
        var barred = Rules.None;
        for (var i = 0; i < allowed.Count; i++)
            if (allowed[i].Grade == Grade.Forbidden)
            {
                if (!barred.IsNone)
                    Settle(barred, 1);
                barred = allowed[i].Result;
            }

        if (outcome.Prepared != 0)
        {
            Replace(Places + at, outcome, barred, kind);
            prepared[at] = new() { Reports = outcome.ReportRules, Times = 1 };
            return;
        }

        ref var rules = ref MemoryMarshal.GetReference(outcome.Exercised);
        var (low, high) = (Vector256.LoadUnsafe(ref rules), Vector256.LoadUnsafe(ref rules, 4));
        ref var place = ref counted[PlaceOf(outcome)];
        if (((place.Low ^ low) | (place.High ^ high)) != Vector256<ulong>.Zero || place.Barred != barred || place.Kind != kind || place.Times == 0)
            Replace(PlaceOf(outcome), outcome, barred, kind);
        place.Times++;
    }

    /// <summary>The plan is over.</summary>
    public void Settle()
    {
        for (; uses > 0; uses--)
            SettleAt(used[uses - 1]);
    }

    private void SettleAt(int at)
    {
        ref var place = ref counted[at];
        if (at >= Places)
            (place.Times, prepared[at - Places].Times) = (prepared[at - Places].Times, 0);
        Settle(ref place);
    }

    // Two that have the same place take turns. These are the rules that differ most.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(in Outcome outcome) =>
        (int)(((outcome.Result.Packed ^ outcome.ReportRules.Packed ^ outcome.DescriptorRules.Packed << 7) * 0x9E37_79B9_7F4A_7C15) >> (64 - PlaceBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PreparedPlaceOf(in Outcome outcome) =>
        outcome.Prepared + (int)((outcome.ReportRules.Packed * 0x9E37_79B9_7F4A_7C15) >> (64 - ReportBits));

    private void Replace(int at, in Outcome outcome, Rules barred, StepKind kind)
    {
        ref var place = ref counted[at];
        if (place.Times == 0 && (at < Places || prepared[at - Places].Times == 0))
            used[uses++] = (ushort)at;
        else
            SettleAt(at);
        ref var rules = ref MemoryMarshal.GetReference(outcome.Exercised);
        place = new()
        {
            Low = Vector256.LoadUnsafe(ref rules),
            High = Vector256.LoadUnsafe(ref rules, 4),
            Barred = barred,
            Kind = kind,
        };
    }

    private void Settle(ref Alike place)
    {
        for (var i = 0; i < 4; i++)
        {
            Settle(new Rules(place.Low[i]), place.Times);
            Settle(new Rules(place.High[i]), place.Times);
        }

        Settle(place.Barred, place.Times);
        var row = StepTable.Of(place.Kind);
        Settle(row.AlwaysChecked, place.Times);
        if (isBounded && row.Is(StepTraits.ReadsToEnd))
            Settle(Rules.Of(RequirementId.MIG_FD_19), place.Times);
        place.Times = 0;
    }

    private void Settle(Rules rules, long times)
    {
        for (; !rules.IsNone; rules = rules.Rest)
            if (machine.Asks(rules.First))
                ledger.CountExercised(rules.First, times);
    }

    // How often a prepared outcome was met with these rules of its report.
    private struct Prepared
    {
        public Rules Reports;
        public long Times;
    }

    // Answers that exercise the same.
    private struct Alike
    {
        public Vector256<ulong> Low,
            High;
        public Rules Barred;
        public long Times;
        public StepKind Kind;
    }
}
