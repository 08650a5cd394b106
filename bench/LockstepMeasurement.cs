using System.Diagnostics;
using Conformance.Drivers;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;

namespace Conformance.Bench;

/// <summary>
/// Steps per second of the lockstep loop on <c>reference:full</c>, with trace, ledger, coverage and a journal in shared memory; beside it, in alternation, the
/// same calls without an oracle, and the oracle without a device.
/// </summary>
internal static class LockstepMeasurement
{
    // One block is one plan: one or two milliseconds, short enough to lie between two interruptions by other programs.
    private const int Rounds = 400;

    // As long as a journal keeps.
    private const int StepsPerPlan = MigrationLanguage.MaxSteps;

    internal static int Run(bool profile)
    {
        using var target = DriverSchemes.Parse("reference:full").Open<IMigrationTarget>();
        var path = Path.Combine(Path.GetTempPath(), $"bench-journal-{Environment.ProcessId}");
        using var journal = Journal.Create(path);
        File.Delete(path);
        var machine = Survey.Look(target, journal).Machine!;
        var tour = MigrationCampaigns.Of("arc-pairs").Plans(machine, new(1, 1)).Last().Plan.Steps;
        Step[][] plans = [Repeat(Without(machine, tour)), Repeat(tour)];
        string[] names = ["state calls (SET, GET, RESET)", "arc-pair tour with its payloads"];
        Console.WriteLine($"reference:full, one thread, load average {Conditions.Load()}");
        for (var i = 0; i < plans.Length; i++)
            if (!Measure(names[i], new Plan(plans[i]), plans[i], target, machine, journal, profile))
                return 1;
        return 0;
    }

    private static bool Measure(string name, Plan plan, Step[] steps, IMigrationTarget target, MigrationMachine machine, Journal journal, bool profile)
    {
        var lockstep = new LockstepRunner(target, machine, journal);
        var (ledger, bare) = (new Ledger(), new BareCalls());
        var agreed = true;
        var payload = steps.Count(step => step.Kind is StepKind.ReadToEnd or StepKind.WriteRest);
        var whole = new Series(
            steps.Length,
            () =>
            {
                journal.Begin(0, 0, MigrationLanguage.Instance, plan);
                agreed &= lockstep.Run(plan, ledger) == default;
                journal.End();
            }
        );
        var driver = new Series(steps.Length, () => bare.Run(target, steps));
        var oracle = new Series(steps.Length, () => Simulation.Run(machine, plan));
        for (var round = 0; round < (profile ? 100 * Rounds : Rounds); round++)
        {
            whole.Block();
            if (profile)
                continue;
            driver.Block();
            oracle.Block();
        }

        // In a plan of another length, so that what a plan allocates once does not count as a step's.
        var half = new Plan(steps[..(steps.Length / 2)]);
        var (all, part) = (Allocated(plan), Allocated(half));
        Console.WriteLine();
        Console.WriteLine($"{name}: {steps.Length} steps a plan, {payload} of them payload steps");
        Console.WriteLine(
            $"  lockstep           {whole}  {(all - part) / (double)(steps.Length - half.Steps.Count):0.###} B/step, {part} B/plan of {half.Steps.Count} steps"
        );
        if (!profile)
        {
            Console.WriteLine($"  driver alone       {driver}  lockstep takes {whole.Best / driver.Best:0.00} times as long");
            Console.WriteLine($"  oracle alone       {oracle}  lockstep takes {whole.Best / oracle.Best:0.00} times as long");
            // Both have to be done; what is more is the trace, the comparison, the counts and the journal.
            var both = driver.Best + oracle.Best;
            Console.WriteLine($"  the sum of both    {both, 27:0.0} ns/step  lockstep takes {whole.Best / both:0.00} times as long");
        }

        if (!agreed)
            Console.Error.WriteLine("the driver was not found to conform: the figures mean nothing");
        return agreed;

        long Allocated(Plan run)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            agreed &= lockstep.Run(run, ledger) == default;
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static Step[] Repeat(IReadOnlyList<Step> tour)
    {
        var steps = new List<Step>();
        while (steps.Count + tour.Count <= StepsPerPlan)
            steps.AddRange(tour);
        return [.. steps];
    }

    // The same walk without its payloads. RESUMING cannot be left by a request then, so that a reset leaves it, and the walk is led back to where it goes on.
    private static List<Step> Without(MigrationMachine machine, IReadOnlyList<Step> tour)
    {
        var steps = new List<Step>();
        var resuming = false;
        foreach (var step in tour)
        {
            if (step.Kind is not (StepKind.SetState or StepKind.GetState))
                continue;
            if (resuming && step.Kind == StepKind.SetState)
                steps.AddRange([new Step(StepKind.Reset), Step.Set(DeviceState.Stop)]);
            resuming = step.Kind == StepKind.SetState ? step.A == (uint)DeviceState.Resuming : resuming;
            steps.Add(step);
        }

        return Simulation.Run(machine, new(steps)).Is(DeviceState.Running) ? steps : throw new InvalidOperationException("the walk does not come back");
    }

    /// <summary>Blocks of the same work; the best block counts, because all that other programs do makes blocks slower.</summary>
    private sealed class Series(int steps, Action work)
    {
        private readonly List<double> blocks = [];

        /// <summary>Nanoseconds per step in the best block.</summary>
        public double Best => blocks.Min();

        public void Block()
        {
            var start = Stopwatch.GetTimestamp();
            work();
            blocks.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / steps);
        }

        public override string ToString()
        {
            var sorted = blocks.Order().ToList();
            return $"{1000 / Best, 7:0.0} M steps/s  {Best, 6:0.0} ns/step (median {sorted[sorted.Count / 2]:0.0})";
        }
    }
}
