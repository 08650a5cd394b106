using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>
/// Random walks over everything that the contract lets a user do, in rounds of 256 plans. A round is a function of the seed, its number and what the rounds of
/// the same shard before it covered on the model, so that a crash or a restart changes nothing.
/// </summary>
public sealed class RandomWalks()
    : MigrationCampaign(
        "random-walks",
        [
            // Any order of requests, streams in pieces, failures and resets: what no search goes far enough for.
            new PlanGroup(
                [MIG_FSM_04, MIG_FSM_06, MIG_FSM_07, MIG_FSM_13, MIG_FSM_19, MIG_FSM_22, MIG_FD_08, MIG_FD_09, MIG_FD_10, MIG_FD_14],
                Needs.Migration,
                Walks,
                ([MIG_FD_04], Needs.EarlyStream),
                ([MIG_FD_18], Needs.Descriptors),
                ([MIG_ERR_03, MIG_ERR_07], Needs.Reset)
            ),
        ]
    )
{
    private const int RoundSize = 256;
    private const int Longest = 40;
    private static readonly int Moves = Enum.GetValues<Move>().Length;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override bool DividesItself => true;

    /// <inheritdoc/>
    public override string Place(CampaignInput input, int plan) =>
        FormattableString.Invariant($"in round {plan / RoundSize * input.Shard.Count + input.Shard.Index} of {Rounds(input)}");

    /// <inheritdoc/>
    private protected override IEnumerable<Witness> Witnesses(CampaignInput input) => input.Plans >= RoundSize ? MigrationWitness.All : [];

    // A shard knows only what its own rounds covered.
    private static IEnumerable<Plan> Walks(MigrationMachine machine, CampaignInput input)
    {
        var alphabet = new Alphabet(machine);
        var covered = new Coverage();
        for (int made = 0, round = 0; made < input.Plans; made += RoundSize, round++)
        {
            if (!input.Shard.Has(round))
                continue;
            var plans = WalkShape
                .Round(input.Seed, round, Math.Min(RoundSize, input.Plans - made), Moves, Longest)
                .Select(shape => Walk(machine, alphabet, covered, shape))
                .ToList();
            foreach (var plan in plans)
            {
                yield return plan;
                Cover(machine, covered, plan);
            }
        }
    }

    private static int Rounds(CampaignInput input) => (input.Plans + RoundSize - 1) / RoundSize;

    private static Plan Walk(MigrationMachine machine, Alphabet alphabet, Coverage covered, WalkShape shape)
    {
        var random = new SplitMix(shape.Seed);
        var state = ModelState.Opened();
        var steps = new List<Step>();
        while (steps.Count < shape.Length)
        {
            var move = Pick(shape, random);
            var step = random.Below(4) == 0 ? Onward(machine, state) : null;
            step ??= move == Move.Request && random.Below(2) == 0 ? Uncovered(machine, covered, state, random) : alphabet.Make(move, state, random);
            if (step is not { } chosen)
            {
                // The move makes no sense here: a request always does.
                chosen = alphabet.Make(Move.Request, state, random)!.Value;
            }

            // Some kernels never return from a blocked request: campaign blocked-requests makes them, last of all (MIG-FSM-27).
            if (machine.Channel == Channels.Kernel && MigrationOracle.MayBeBlocked(machine, state, chosen))
                chosen = Step.Get;
            steps.Add(chosen);
            state = Simulation.Step(machine, state, chosen);
            if (state.States.Count == 1 && !state.Unknown)
                continue;
            // Whatever failed, the state has to be asked for before anything can be said again; nobody knows the answer here, so a reset makes the walk go on.
            steps.Add(Step.Get);
            steps.Add(new(StepKind.Reset));
            state = Simulation.Step(machine, Simulation.Step(machine, state, Step.Get), new(StepKind.Reset));
        }

        steps.Add(Step.Get);
        return new(steps);
    }

    private static Move Pick(WalkShape shape, SplitMix random)
    {
        var total = 0u;
        for (var kind = 0; kind < Moves; kind++)
            if ((shape.Kinds >> kind & 1) != 0)
                total += (uint)shape.Weights[kind];
        var point = random.Below(total);
        for (var kind = 0; ; kind++)
        {
            if ((shape.Kinds >> kind & 1) == 0)
                continue;
            if (point < shape.Weights[kind])
                return (Move)kind;
            point -= (uint)shape.Weights[kind];
        }
    }

    // Left to chance, hardly a walk saves a whole image, loads it and leaves: now and then a step goes that way.
    private static Step? Onward(MigrationMachine machine, in ModelState state)
    {
        if (state.States.Count != 1 || state.Is(DeviceState.Error))
            return null;
        if (state.CanRead && state.Is(DeviceState.StopCopy) && state.Phase != StreamPhase.End)
            return Step.ReadToEnd();
        if (state.Latest.Length == 0)
            return null;
        if (state.CanWrite)
            return state.LoadIsComplete ? Step.Set(DeviceState.Running) : Step.WriteRest();
        return machine.Paths.Path(state.States.First, DeviceState.Resuming).Arcs > 0 ? Step.Set(DeviceState.Resuming) : null;
    }

    // A request that no finished round has made from here.
    private static Step? Uncovered(MigrationMachine machine, Coverage covered, in ModelState state, SplitMix random)
    {
        if (state.States.Count != 1)
            return null;
        var from = state.States.First;
        var open = Routes
            .States(machine)
            .Where(to => to != from && machine.Paths.Path(from, to).Arcs > 0 && !ArcCoverage.HasRequest(covered, from, to))
            .ToList();
        return open.Count == 0 ? null : Step.Set(open[(int)random.Below((uint)open.Count)]);
    }

    private static void Cover(MigrationMachine machine, Coverage covered, Plan plan)
    {
        var state = ModelState.Opened();
        foreach (var step in plan.Steps)
        {
            var before = state;
            state = Simulation.Step(machine, state, step);
            if (step.Kind == StepKind.SetState && before.States.Count == 1 && machine.Paths.Path(before.States.First, (DeviceState)step.A).Arcs > 0)
                ArcCoverage.CountRequest(covered, before.States.First, (DeviceState)step.A);
        }
    }

    /// <summary>What a walk does next. The numbers decide which random plans a seed gives.</summary>
    private enum Move
    {
        Request,
        Refusable,
        AskState,
        AskFeatures,
        AskSize,
        Reset,
        Read,
        ReadToEnd,
        Write,
        WriteRest,
        UseEnded,
        UseDescriptor,
        RawCall,
        Work,
        FailArc,
        AskPreCopy,
    }

    /// <summary>How a move becomes a step where it makes sense.</summary>
    private sealed class Alphabet(MigrationMachine machine)
    {
        private static readonly uint[] Odd = [0, 5, 6, 7, 8, 9, 255, 0x7fffffff, 0xffffffff];
        private readonly DeviceState[] states = [.. Routes.States(machine)];

        public Step? Make(Move move, in ModelState state, SplitMix random) =>
            move switch
            {
                Move.Request => Step.Set(states[random.Below((uint)states.Length)]),
                Move.Refusable => Refusable(state, random),
                Move.AskState => Step.Get,
                Move.AskFeatures => new(StepKind.QueryFeatures),
                Move.AskSize => new(StepKind.QueryDataSize),
                Move.Reset => new(StepKind.Reset),
                Move.Read => state.CanRead ? new(StepKind.Read, random.Below(64)) : null,
                Move.ReadToEnd => state.CanRead ? Step.ReadToEnd(1 + random.Below(random.Below(2) == 0 ? 32u : 65536u)) : null,
                Move.Write => state.CanWrite && state.Latest.Length > 0 ? new(StepKind.Write, random.Below(96)) : null,
                Move.WriteRest => state.CanWrite && state.Latest.Length > 0 ? Step.WriteRest(1 + random.Below(random.Below(2) == 0 ? 32u : 65536u)) : null,
                Move.UseEnded => state.Stale ? new(random.Below(2) == 0 ? StepKind.StaleRead : StepKind.StaleWrite, 1 + random.Below(32)) : null,
                Move.UseDescriptor => state.HandleOpen && machine.Can(ChannelCapabilities.Descriptors) ? OnDescriptor(state, random) : null,
                Move.RawCall => new Probe(random.Below(16) | random.Below(8) << 16, random.Below(48), Word: (byte)DeviceState.Stop).ToStep() is var probe
                && IsRefusedOrProbe(probe)
                    ? probe
                    : null,
                Move.Work => machine.Can(ChannelCapabilities.Workload) && state.States.Count == 1 ? Work(state, random) : null,
                Move.FailArc => machine.Can(ChannelCapabilities.FailingArcs) && !state.Is(DeviceState.Error)
                    ? Step.FailArc((int)random.Below(3), Errno.EIO, random.Below(4) == 0 && machine.Can(ChannelCapabilities.BreakingArcs))
                    : null,
                _ => state.HandleOpen && machine.Can(ChannelCapabilities.Ioctl) ? new(StepKind.PrecopyInfo, 20 + random.Below(16), 64) : null,
            };

        // Elsewhere than in RUNNING and PRE_COPY a user must not touch the device (MIG-STOP-10, MIG-P2P-10): there it is given time, and no more.
        private Step? Work(in ModelState state, SplitMix random)
        {
            if (machine.Can(ChannelCapabilities.WorkTime) && (!state.Is(DeviceState.Running) || random.Below(3) == 0))
            {
                var mayBeUsed = state.Is(DeviceState.Running) || state.Is(DeviceState.PreCopy);
                return mayBeUsed && random.Below(2) == 0 ? Use(random) : Step.Time(random.Below(20));
            }

            return !state.Is(DeviceState.Running) ? null
                : state.Content != 0 || random.Below(2) == 0 ? new(StepKind.Digest)
                : new(StepKind.Apply, 1 + random.Below(8));
        }

        private Step Use(SplitMix random)
        {
            Step chosen = random.Below(9) switch
            {
                0 => new(StepKind.WriteRegister, random.Below(2), random.Below(256)),
                1 => new(StepKind.ReadRegister, random.Below(2)),
                2 => new(StepKind.ReadCounter),
                3 => new(StepKind.ReadTaken),
                4 => new(StepKind.PeerAccess, random.Below(256)),
                _ => Step.Submit((WorkKind)random.Below((uint)WorkKind.Stuck), random.Below(4)),
            };
            return machine.Can(StepTable.NeedsOf(chosen)) ? chosen : Step.Time(1 + random.Below(4));
        }

        private Step? Refusable(in ModelState state, SplitMix random)
        {
            var target = (DeviceState)Odd[random.Below((uint)Odd.Length)];
            return MigrationOracle.MayBeBlocked(machine, state, Step.Set(target)) && !machine.Can(ChannelCapabilities.ThrowAway) ? null : Step.Set(target);
        }

        private static Step OnDescriptor(in ModelState state, SplitMix random) =>
            random.Below(7) switch
            {
                0 => new(StepKind.Seek),
                1 => new(StepKind.PositionedRead, 8),
                2 => new(StepKind.PositionedWrite, 8),
                3 => new(StepKind.WrongDirection, 8),
                4 => new(StepKind.DescriptorFlags),
                5 when state.CanRead => new(StepKind.ReadDuplicate, 1 + random.Below(16)),
                _ => new(StepKind.CloseData),
            };

        // A raw call that gets through would do what the other kinds do, without their care.
        private static bool IsRefusedOrProbe(in Step step)
        {
            var probe = Probe.From(step);
            return (probe.Flags & Uapi.Probe) != 0
                || probe.Feature is Uapi.Migration or Uapi.MigDataSize
                || (probe.Flags & (Uapi.Get | Uapi.Set)) != Uapi.Set
                || probe.Argsz < 16;
        }
    }
}
