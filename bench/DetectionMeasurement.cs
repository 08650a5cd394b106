using Conformance.Drivers.Faults;
using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Suites.Migration;
using Conformance.Tests.Migration;
using Conformance.Tests.Migration.Minimality;

namespace Conformance.Bench;

/// <summary>
/// Steps until a seeded fault is seen first, over all faults that a plain run can see and several seeds: the kit's campaigns in their order, beside uniformly
/// random walks over the same steps with the same length limit. A miss counts as the cap.
/// </summary>
internal static class DetectionMeasurement
{
    private const int Seeds = 20;
    private const long Cap = 50_000;
    private const int Longest = 40;
    private const int Plans = StepAlphabet.Plans;

    internal static int Run()
    {
        var faults = FaultCatalogue.Migration.Where(fault => fault is { Hangs: false, Crashes: false, NeedsConcurrency: false, NowAndThen: false }).ToList();
        var (kit, withoutStored, random) = (new List<long>(), new List<long>(), new List<long>());
        foreach (var fault in faults)
        {
            using var target = fault.CreateTarget($"fault:{fault.Name}", fault.Features, fault.Level);
            var survey = Survey.Look(target, NullJournal.Instance);
            if (survey.Machine is not { } machine || survey.Found.Count > 0)
            {
                // The first look sees it, whoever goes on.
                foreach (var series in new[] { kit, withoutStored, random })
                    series.AddRange(Enumerable.Repeat(1L, Seeds));
                continue;
            }

            var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
            using var correct = ReferenceTarget.Create("reference", fault.Features, fault.Level);
            var control = new LockstepRunner(correct, Survey.Look(correct, NullJournal.Instance).Machine!, NullJournal.Instance);
            var alphabet = Alphabet(machine);
            // The plans of those that do not look at the seed are made once.
            var made = DirectRun.Campaigns.ToDictionary(
                campaign => campaign,
                campaign => campaign.IsRandom || campaign.Name == "streams" ? null : campaign.Plans(machine, new(1, Plans)).Select(named => named.Plan).ToList()
            );
            IEnumerable<Plan> All(CampaignInput input, int skip) =>
                DirectRun.Campaigns.Skip(skip).SelectMany(campaign => made[campaign] ?? campaign.Plans(machine, input).Select(named => named.Plan));
            for (var seed = 1ul; seed <= Seeds; seed++)
            {
                var input = new CampaignInput(seed, Plans);
                kit.Add(FirstSeen(lockstep, control, All(input, 0)));
                withoutStored.Add(FirstSeen(lockstep, control, All(input, 1)));
                random.Add(FirstSeen(lockstep, control, Walks(alphabet, seed)));
            }
        }

        Console.WriteLine($"{faults.Count} faults, {Seeds} seeds, cap {Cap:N0} steps");
        Say("kit", kit);
        Say("kit without stored plans", withoutStored);
        Say("uniformly random walks", random);
        return 0;
    }

    private static void Say(string name, List<long> steps)
    {
        var sorted = steps.Order().ToList();
        Console.WriteLine(
            $"  {name, -26} median {sorted[sorted.Count / 2], 7:N0}  95th percentile {sorted[sorted.Count * 95 / 100], 7:N0}  mean "
                + $"{sorted.Average(), 9:N0}  missed {sorted.Count(count => count >= Cap), 5:N0} of {sorted.Count:N0}"
        );
    }

    private static long FirstSeen(LockstepRunner lockstep, LockstepRunner control, IEnumerable<Plan> plans)
    {
        var ledger = new Ledger();
        foreach (var plan in plans)
        {
            var run = WithoutWaiting(plan);
            // Steps in any order may ask what a user must not ask; what a correct driver is blamed for as well is no detection.
            if (lockstep.Run(run, ledger).Worst is not null && control.Run(run).Worst is null)
                return Math.Min(ledger.Steps, Cap);
            if (ledger.Steps >= Cap)
                break;
        }

        return Cap;
    }

    // Steps are counted, not seconds: no seeded fault needs a pause or a time-out to be seen.
    private static Plan WithoutWaiting(Plan plan) => new([.. plan.Steps.Select(StepAlphabet.WithoutWaiting)], plan.Unbound, plan.Schedule);

    // A kind is chosen first, so that the thousands of raw calls do not crowd out the rest. One thread and one device: how many of them a plan may have is the
    // kit's business, and would be in the walks' way.
    private static List<List<Step>> Alphabet(MigrationMachine machine) =>
        [
            .. StepAlphabet
                .Of(machine, unbound: false)
                .Where(step => step is { Thread: 0, Device: 0 })
                .GroupBy(step => step.Kind)
                .Select(group => group.ToList()),
        ];

    private static IEnumerable<Plan> Walks(List<List<Step>> alphabet, ulong seed)
    {
        var random = new SplitMix(seed);
        while (true)
            yield return new([
                .. Enumerable
                    .Range(0, Longest)
                    .Select(_ => alphabet[(int)random.Below((uint)alphabet.Count)])
                    .Select(kind => kind[(int)random.Below((uint)kind.Count)]),
            ]);
    }
}
