using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>Migration from one device to another one of the same kind: what the first saves, the second loads.</summary>
internal static class TwoDeviceCampaigns
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step stop = Step.Set(DeviceState.Stop);
    private static readonly Step resume = Step.Set(DeviceState.Resuming);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly uint[] sizes = [1, 7, 24, 40, 96];
    private static readonly Step digest = new(StepKind.Digest);

    internal static MigrationCampaign Handover { get; } =
        new DirectedPlans(
            "handover",
            [
                // The destination equals the source at its stop, whatever it held before; the same when it is saved again and goes back; both go on working.
                new([MIG_RES_03], Needs.Peer, Handovers),
                // In pieces of any size, with the way out taken at once or arc by arc.
                new([MIG_RES_03, MIG_FD_09], Needs.Peer, Pieces),
                // A stream that began in pre-copy.
                new([MIG_RES_03, MIG_FD_04], Needs.All(Needs.Peer, Needs.EarlyStream), PreCopied),
                // A second migration in the same open is as the first; so is one behind a failed one.
                new([MIG_RES_03, MIG_RES_14, MIG_RES_26], Needs.All(Needs.Peer, Needs.Refusal), Again),
            ],
            MigrationWitness.CompletedLoad
        );

    internal static MigrationCampaign Migrations { get; } =
        new DirectedPlans(
            "migrations",
            [
                // Whole migrations, with work, pre-copy reads, detours, cancels and retries between them, back and forth.
                new([MIG_RES_03, MIG_FD_10], Needs.Peer, Generated, ([MIG_FD_28], Needs.All(Needs.Peer, Needs.Workload))),
            ]
        );

    internal static MigrationCampaign ForeignImages { get; } =
        new DirectedPlans(
            "foreign-images",
            [
                // What a device of another kind has saved is refused in both directions, however it is cut into writes and whichever way out of RESUMING is
                // taken; and each device still loads what it saved itself.
                new([MIG_RES_06, MIG_RES_07, MIG_RES_11, MIG_RES_12], Needs.Stranger, Foreign),
            ]
        );

    private static IEnumerable<Plan> Foreign(MigrationMachine machine)
    {
        foreach (var turned in new[] { false, true })
        {
            Step[] saved = [save, whole, run];
            Plan Of(params Step[] loaded) => Behind(saved, loaded);
            Plan Behind(Step[] first, params Step[] then) => Plan.Of(turned ? [.. Peer(first), .. then] : [.. first, .. Peer(then)]);

            foreach (var target in Routes.Out(machine, DeviceState.Resuming))
                yield return Of(resume, Step.WriteRest(), target, Step.Get, target, Step.Get);
            foreach (var piece in new uint[] { 1, 4, 24, 40, 60 })
                yield return Of(resume, Step.WriteRest(piece), stop, Step.Get);
            // Left where the shorter of the two formats may end.
            foreach (var kept in new uint[] { 24, 40, 60 })
                yield return Of(resume, new(StepKind.Write, kept), stop, Step.Get);
            // One that it saved itself, before and behind it.
            yield return Of(save, whole, resume, Step.WriteRest(), run, Step.Get);
            yield return Of([.. saved, resume, Step.WriteRest(), stop, resume, Step.WriteRest(image: Images.First), stop, Step.Get]);
            yield return Of([resume, Step.WriteRest(), stop, new(StepKind.Reset), .. saved, resume, Step.WriteRest(), run, Step.Get]);
            foreach (var state in Routes.PreCopies(machine))
                yield return Behind([Step.Set(state), whole, save, whole, run], resume, Step.WriteRest(), stop, Step.Get);
        }
    }

    private static IEnumerable<Plan> Handovers(MigrationMachine machine)
    {
        yield return Plan.Of([.. Contents.Known(machine, 1), save, whole, .. Peer(resume, Step.WriteRest(), stop, run), .. Look(machine, peer: true)]);
        yield return Plan.Of([
            .. Contents.Known(machine, 1),
            save,
            whole,
            .. Peer([.. Contents.Known(machine, 2), resume, Step.WriteRest(), run]),
            .. Look(machine, peer: true),
        ]);
        foreach (var content in machine.Can(ChannelCapabilities.Workload) ? new uint[] { 0, 1, 7, 8, 255 } : [0])
        {
            // There, on, and back again.
            yield return Plan.Of([
                .. Contents.Known(machine, content),
                save,
                whole,
                .. Peer([resume, Step.WriteRest(), save, whole]),
                run,
                .. Contents.Known(machine, content + 1),
                resume,
                Step.WriteRest(),
                run,
                .. Look(machine, peer: false),
                .. Peer(run),
                .. Look(machine, peer: true),
                .. Peer([.. Contents.Known(machine, content + 2)]),
            ]);
        }

        // The source goes on as well, and has lost nothing.
        yield return Plan.Of([.. Contents.Known(machine, 3), save, whole, .. Peer(resume, Step.WriteRest(), run), run, .. Look(machine, peer: false)]);
    }

    private static IEnumerable<Plan> Pieces(MigrationMachine machine)
    {
        foreach (var piece in new uint[] { 1, 3, 24, 40, 65536 })
        {
            Step[] there =
            [
                .. Contents.Known(machine, 4),
                save,
                Step.ReadToEnd(piece),
                .. Peer([.. Contents.Known(machine, 5), resume, Step.WriteRest(piece)]),
            ];
            yield return Plan.Of([.. there, .. Peer(run), .. Look(machine, peer: true)]);
            yield return Plan.Of([.. there, .. Peer(stop, run), .. Look(machine, peer: true)]);
            if (machine.Paths.Supports(DeviceState.RunningP2P))
                yield return Plan.Of([.. there, .. Peer(stop, Step.Set(DeviceState.RunningP2P), run), .. Look(machine, peer: true)]);
        }
    }

    private static IEnumerable<Plan> PreCopied(MigrationMachine machine)
    {
        foreach (var state in Routes.PreCopies(machine))
        foreach (var reads in new Step[][] { [], [whole], [new(StepKind.Read, 9), whole] })
            yield return Plan.Of([
                .. Contents.Known(machine, 6),
                Step.Set(state),
                .. reads,
                save,
                whole,
                .. Peer([.. Contents.Known(machine, 7), resume, Step.WriteRest(), run]),
                .. Look(machine, peer: true),
            ]);
    }

    private static IEnumerable<Plan> Again(MigrationMachine machine)
    {
        Step[] there = [save, whole, run, .. Peer(resume, Step.WriteRest(), run)];
        yield return Plan.Of([.. Contents.Known(machine, 1), .. there, .. Contents.Known(machine, 2), .. there, .. Look(machine, peer: true)]);
        // Half of the stream, a reset, and the whole of it.
        Step[] failed = [.. Peer(resume, new(StepKind.Write, 12), stop, Step.Get, new(StepKind.Reset))];
        yield return Plan.Of([.. Contents.Known(machine, 1), save, whole, .. failed, .. Peer(resume, Step.WriteRest(), run), .. Look(machine, peer: true)]);
        // A good one is no excuse for the bad one behind it.
        yield return Plan.Of([.. Contents.Known(machine, 1), .. there, .. failed]);
    }

    private static IEnumerable<Plan> Generated(MigrationMachine machine, CampaignInput input)
    {
        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 128; i++)
        {
            List<Step> steps = [];
            var from = 0;
            for (var migrations = 1 + random.Below(3); migrations > 0; migrations--)
            {
                var reached = new List<Step>();
                Save(machine, random, reached);
                steps.AddRange(from == 0 ? reached : Peer([.. reached]));
                var loaded = new List<Step>();
                Load(machine, random, loaded);
                steps.AddRange(from == 0 ? Peer([.. loaded]) : loaded);
                from ^= 1;
                // The old source runs again, or is thrown away.
                if (random.Below(2) == 0)
                    steps.Add(On(random.Below(4) == 0 ? new(StepKind.Reset) : run, 1 - from));
                else
                    steps.Add(On(stop, 1 - from));
                if (random.Below(2) == 0)
                    steps.AddRange(Look(machine, from == 1));
                steps.Add(On(run, 1 - from));
            }

            steps.AddRange(Look(machine, from == 1));
            yield return Plan.Of([.. steps]);
        }
    }

    // From RUNNING to a stream that was read to its end, with tries that were given up before.
    private static void Save(MigrationMachine machine, SplitMix random, List<Step> steps)
    {
        DeviceState[] early = [.. Routes.PreCopies(machine)];
        for (var tries = random.Below(3); tries > 0; tries--)
        {
            Work(machine, random, steps);
            steps.Add(early.Length > 0 && random.Below(2) == 0 ? Step.Set(early[random.Below((uint)early.Length)]) : save);
            if (random.Below(2) == 0)
                steps.Add(new(StepKind.Read, Size(random)));
            if (random.Below(3) == 0)
                steps.Add(stop);
            steps.Add(run);
        }

        Work(machine, random, steps);
        if (early.Length > 0 && random.Below(3) != 0)
        {
            steps.Add(Step.Set(early[random.Below((uint)early.Length)]));
            for (var rounds = random.Below(4); rounds > 0; rounds--)
            {
                steps.Add(random.Below(2) == 0 ? whole : new(StepKind.Read, Size(random)));
                if (early.Length > 1 && random.Below(3) == 0)
                    steps.Add(Step.Set(early[random.Below(2)]));
            }
        }
        else if (random.Below(2) == 0)
            steps.Add(stop);

        steps.Add(save);
        for (var reads = random.Below(3); reads > 0; reads--)
            steps.Add(new(StepKind.Read, Size(random)));
        steps.Add(Step.ReadToEnd(random.Below(2) == 0 ? 65536 : Size(random)));
    }

    private static void Load(MigrationMachine machine, SplitMix random, List<Step> steps)
    {
        Work(machine, random, steps);
        if (random.Below(4) == 0)
            steps.AddRange([resume, new(StepKind.Write, Size(random)), new(StepKind.Reset)]);
        steps.Add(resume);
        for (var writes = random.Below(3); writes > 0; writes--)
            steps.Add(new(StepKind.Write, Size(random)));
        steps.Add(Step.WriteRest(random.Below(2) == 0 ? 65536 : Size(random)));
        if (random.Below(2) == 0)
            steps.Add(stop);
        if (machine.Paths.Supports(DeviceState.RunningP2P) && random.Below(3) == 0)
            steps.Add(Step.Set(DeviceState.RunningP2P));
        steps.Add(run);
    }

    private static void Work(MigrationMachine machine, SplitMix random, List<Step> steps)
    {
        if (machine.Can(ChannelCapabilities.Workload) && random.Below(4) != 0)
            steps.AddRange([new(StepKind.Apply, random.Below(8)), digest]);
    }

    // Few, so that what is generated is made of steps that other plans have as well.
    private static uint Size(SplitMix random) => sizes[random.Below((uint)sizes.Length)];

    private static Step[] Look(MigrationMachine machine, bool peer) =>
        machine.Can(ChannelCapabilities.Workload) ? [On(digest, peer ? 1 : 0)] : [On(Step.Get, peer ? 1 : 0)];

    private static Step On(Step step, int device) => device == 0 ? step : step.OnPeer;

    private static Step[] Peer(params Step[] steps) => [.. steps.Select(step => step.OnPeer)];
}
