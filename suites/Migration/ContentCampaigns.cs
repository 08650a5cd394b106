using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>
/// What a device holds, in every way that it can come to hold it, saved and loaded over everything else: what is left out of an image because it is zero, what
/// does not fit into one because it is full, and what is remembered of an earlier one, shows with some pairs of contents and with no others.
/// </summary>
internal static class ContentCampaigns
{
    private const uint Fresh = uint.MaxValue - 2;
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step stop = Step.Set(DeviceState.Stop);
    private static readonly Step resume = Step.Set(DeviceState.Resuming);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step reset = new(StepKind.Reset);
    private static readonly Step digest = new(StepKind.Digest);
    private static readonly Step size = new(StepKind.QueryDataSize);
    private static readonly Step[] image = [save, whole, run];
    private static readonly Step[] load = [resume, Step.WriteRest(), run, digest];
    private static readonly Step[] loadFirst = [resume, Step.WriteRest(image: Images.First), run, digest];

    // A few pairs where the order of things is what matters.
    private static readonly (uint, uint)[] pairs =
    [
        (Fresh, 1),
        (2, Fresh),
        (ContentPatterns.Empty, ContentPatterns.Full),
        (ContentPatterns.Full, ContentPatterns.Empty),
        (3, 4),
    ];

    internal static MigrationCampaign Contents { get; } =
        new DirectedPlans(
            "contents",
            [
                // Each content is all of it in its image, and replaces each other one: that of a fresh device, an empty and a full one, and eight between.
                new([MIG_FD_10, MIG_FD_20], Needs.Workload, EachOverEach),
                // Two images of one open, and a third content behind them: either of them is what it was.
                new([MIG_FD_10, MIG_RES_26], Needs.Workload, Either),
                // What was loaded is saved again, at once and after it was changed.
                new([MIG_FD_10, MIG_RES_20], Needs.Workload, BehindLoads),
                // What a reset leaves is a content as every other one, wherever the reset came.
                new([MIG_FD_10, MIG_ERR_07], Needs.All(Needs.Workload, Needs.Reset), BehindResets),
                // A save that is given up, read in part or not at all, takes nothing of the content along.
                new([MIG_FD_28], Needs.Workload, BehindCancels, ([MIG_PRE_15], Needs.All(Needs.Workload, Needs.EarlyStream))),
                // A request that failed and left the device where it was has left the content, too.
                new([MIG_ERR_10], Needs.All(Needs.Workload, Needs.FailingArcs), BehindFailures),
                // Queries between all steps: nothing of them is in the image.
                new([MIG_FEAT_04], Needs.Workload, BetweenQueries, ([SIZE_05], Needs.All(Needs.Workload, Needs.DataSize))),
                // All of this in random order, with a look at the content behind each thing that is done.
                new([MIG_FD_10, MIG_FD_28], Needs.Workload, Generated),
            ],
            MigrationWitness.CompletedLoad
        );

    // On a machine of its own each plan costs a good deal more.
    private static uint[] All(MigrationMachine machine) =>
        machine.Channel == Channels.InProcess
            ? [.. Known(machine), ContentPatterns.Empty, ContentPatterns.Full, 1, 2, 3, 4, 5, 6, 7, 8]
            : [.. Known(machine), ContentPatterns.Empty, ContentPatterns.Full, 1, 2];

    private static uint[] Known(MigrationMachine machine) => machine.HasReset ? [Fresh] : [];

    private static IEnumerable<(uint, uint)> Pairs(MigrationMachine machine) =>
        pairs.Where(pair => machine.HasReset || (pair.Item1 != Fresh && pair.Item2 != Fresh));

    private static Step[] Put(uint content) => content == Fresh ? [reset, digest] : [new(StepKind.Apply, content), digest];

    private static IEnumerable<Plan> EachOverEach(MigrationMachine machine)
    {
        yield return Plan.Of([digest, .. image, .. Put(1), .. load]);
        foreach (var one in All(machine))
        foreach (var other in All(machine).Where(other => other != one))
            yield return Plan.Of([.. Put(one), .. image, .. Put(other), .. load]);
    }

    private static IEnumerable<Plan> Either(MigrationMachine machine)
    {
        foreach (var (one, other) in Pairs(machine))
        {
            Step[] two = [.. Put(one), .. image, .. Put(other), .. image, .. Put(5)];
            yield return Plan.Of([.. two, .. loadFirst, .. load]);
            yield return Plan.Of([.. two, .. load, .. Put(6), .. loadFirst]);
        }
    }

    private static IEnumerable<Plan> BehindLoads(MigrationMachine machine)
    {
        foreach (var (one, other) in Pairs(machine))
        {
            Step[] there = [.. Put(one), .. image, .. Put(other), resume, Step.WriteRest()];
            yield return Plan.Of([.. there, .. image, .. Put(5), .. load]);
            yield return Plan.Of([.. there, stop, .. image, .. Put(5), .. load]);
            yield return Plan.Of([.. there, run, .. Put(6), .. image, .. Put(5), .. load]);
            yield return Plan.Of([.. there, run, .. image, .. Put(5), .. load, .. Put(6), .. image, .. Put(5), .. load]);
        }
    }

    private static IEnumerable<Plan> BehindResets(MigrationMachine machine)
    {
        foreach (var one in new uint[] { 1, ContentPatterns.Empty, ContentPatterns.Full })
        foreach (
            var before in new Step[][]
            {
                [],
                [stop],
                [.. image],
                [save],
                [save, whole],
                [save, new(StepKind.Read, 40)],
                [.. image, resume],
                [.. image, resume, new(StepKind.Write, 40)],
                [.. image, resume, Step.WriteRest()],
            }
        )
        {
            yield return Plan.Of([.. Put(one), .. before, reset, digest, .. image, .. Put(2), .. load]);
            yield return Plan.Of([.. Put(one), .. before, reset, .. Put(3), .. image, .. Put(2), .. load]);
        }
    }

    private static IEnumerable<Plan> BehindCancels(MigrationMachine machine)
    {
        foreach (var state in new[] { DeviceState.StopCopy, DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports))
        foreach (var one in new uint[] { 1, ContentPatterns.Empty, ContentPatterns.Full })
        foreach (var read in new Step[][] { [], [new(StepKind.Read, 24)], [new(StepKind.Read, 200)], [new(StepKind.Read, 24), stop] })
            yield return Plan.Of([.. Put(one), Step.Set(state), .. read, run, digest, .. image, .. Put(2), .. load]);
    }

    private static IEnumerable<Plan> BehindFailures(MigrationMachine machine)
    {
        Step[] rest = [digest, .. image, .. Put(2), .. load];
        foreach (var one in new uint[] { 1, ContentPatterns.Empty, ContentPatterns.Full })
        foreach (
            var (from, way) in new (DeviceState, Step[])[] { (DeviceState.Running, []), (DeviceState.Stop, [stop]), (DeviceState.StopCopy, [save, whole]) }
        )
        foreach (var to in Routes.States(machine).Where(to => to != DeviceState.Resuming && machine.FirstFailable(from, to) == 0))
            yield return Plan.Of([
                .. Put(one),
                .. way,
                Step.FailArc(0, Errno.EIO, broken: false),
                Step.Set(to),
                Step.Get,
                .. from == DeviceState.Running ? Array.Empty<Step>() : [run],
                .. rest,
            ]);
    }

    private static IEnumerable<Plan> BetweenQueries(MigrationMachine machine)
    {
        var features = new Step(StepKind.QueryFeatures);
        Step[][] queries =
        [
            [size],
            [features],
            [size, features],
        ];
        foreach (var (one, other) in Pairs(machine))
        foreach (var query in queries)
        {
            // What was asked for before the content came is no longer true of it.
            yield return Plan.Of([.. Put(other), .. query, .. Put(one), .. image, .. Put(5), .. load]);
            yield return Plan.Of([
                .. query,
                .. Put(one),
                .. query,
                save,
                .. query,
                new(StepKind.Read, 24),
                .. query,
                whole,
                .. query,
                run,
                .. query,
                .. Put(other),
                .. query,
                .. image,
                .. query,
                .. Put(5),
                .. query,
                resume,
                .. query,
                Step.WriteRest(),
                .. query,
                run,
                .. query,
                digest,
            ]);
        }
    }

    private static IEnumerable<Plan> Generated(MigrationMachine machine, CampaignInput input)
    {
        var random = new SplitMix(input.Seed ^ 0x434F_4E54);
        var contents = All(machine);
        for (var i = machine.Channel == Channels.InProcess ? 96 : 12; i > 0; i--)
        {
            List<Step> steps = [.. Put(contents[random.Below((uint)contents.Length)]), .. image];
            for (var count = 4 + random.Below(6); count > 0; count--)
                steps.AddRange(Done(machine, random, contents));
            yield return Plan.Of([.. steps]);
        }
    }

    // From RUNNING to RUNNING.
    private static Step[] Done(MigrationMachine machine, SplitMix random, uint[] contents)
    {
        var early = machine.HasPreCopy ? Step.Set(DeviceState.PreCopy) : save;
        switch (random.Below(9))
        {
            case 0:
                return [.. image, digest];
            case 1:
                return load;
            case 2:
                return loadFirst;
            case 3:
                return [save, new(StepKind.Read, 24), run, digest];
            case 4:
                return [early, new(StepKind.Read, 24), save, whole, run, digest];
            case 5:
                return [size, stop, size, run, digest];
            case 6 when machine.Can(ChannelCapabilities.FailingArcs) && machine.FirstFailable(DeviceState.Running, DeviceState.StopCopy) == 0:
                return [Step.FailArc(0, Errno.EIO, broken: false), save, Step.Get, digest];
            default:
                return Put(contents[random.Below((uint)contents.Length)]);
        }
    }
}
