using System.Diagnostics;
using System.Globalization;
using Conformance.Drivers;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;

namespace Conformance.Bench;

/// <summary>
/// Histories of overlapping calls per second on <c>reference:full</c>: threads, schedule, and the search for an order; beside it, in alternation, the same
/// calls made bare by one thread. Then the number of histories asked for on all correct drivers, of which none may be without an order.
/// </summary>
internal static class HistoriesMeasurement
{
    private const int PlansPerBlock = 256;
    private const int Rounds = 40;
    private const string Campaign = "overlapping-walks";

    internal static int Run(string[] args)
    {
        var at = Array.IndexOf(args, "--count");
        var count = at < 0 ? 0 : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
        using (var target = DriverSchemes.Parse("reference:full").Open<IMigrationTarget>())
            Measure(target);
        return Soak(count);
    }

    private static void Measure(IMigrationTarget target)
    {
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
        var plans = MigrationCampaigns.Of(Campaign).Plans(machine, new(1, PlansPerBlock)).Select(named => named.Plan).ToList();
        Step[][] bare = [.. plans.Select(plan => plan.Steps.ToArray())];
        var (calls, ledger) = (new BareCalls(), new Ledger());
        var (best, alone) = (double.MaxValue, double.MaxValue);
        var steps = plans.Sum(plan => plan.Steps.Count);
        for (var round = 0; round < Rounds; round++)
        {
            best = Math.Min(best, Seconds(() => plans.ForEach(plan => lockstep.Run(plan, ledger))));
            alone = Math.Min(alone, Seconds(() => Array.ForEach(bare, plan => calls.Run(target, plan))));
        }

        Console.WriteLine($"reference:full, load average {Conditions.Load()}, {PlansPerBlock} plans of {steps / (double)PlansPerBlock:0.0} calls");
        Console.WriteLine($"  histories   {PlansPerBlock / best, 10:0} /s {best * 1e6 / PlansPerBlock, 8:0.0} us each");
        Console.WriteLine($"  bare calls  {PlansPerBlock / alone, 10:0} /s {alone * 1e6 / PlansPerBlock, 8:0.0} us each");
        Console.WriteLine($"  a history takes {best / alone:0} times as long as its calls");
    }

    private static int Soak(int count)
    {
        var (alarms, done) = (0, 0);
        var start = Stopwatch.GetTimestamp();
        for (var seed = 1ul; done < count; seed++)
            foreach (var name in new[] { "stop_copy", "p2p", "pre_copy", "full" })
            {
                using var target = DriverSchemes.Parse($"reference:{name}").Open<IMigrationTarget>();
                var machine = Survey.Look(target, NullJournal.Instance).Machine!;
                var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
                foreach (var named in MigrationCampaigns.Of(Campaign).Plans(machine, new(seed, Math.Min(2500, count - done))))
                {
                    done++;
                    if (lockstep.Run(named.Plan).Worst is not { } worst)
                        continue;
                    alarms++;
                    Console.WriteLine($"{name}: {worst.Rules}: {named.Plan}");
                }
            }

        if (count > 0)
            Console.WriteLine($"{done} histories of four correct drivers in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {alarms} without an order");
        return alarms == 0 ? 0 : 1;
    }

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
