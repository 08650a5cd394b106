using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-P2P: what RUNNING_P2P and PRE_COPY_P2P promise to other devices, and what they still take from them.</summary>
internal static class PeerToPeerCampaigns
{
    private const uint Plenty = 16;

    internal static MigrationCampaign Quiescence { get; } =
        new DirectedPlans(
            "quiescence",
            [
                // Nothing new is begun towards a peer, and what was begun has ended when the request returns.
                new([MIG_P2P_01, MIG_P2P_03], WorkNeeds.PeerWrites, Writes, ([MIG_PRE_17], WorkNeeds.PeerWritesInPreCopy)),
                // A driver that cannot tell one DMA from another stops all of it.
                new([MIG_P2P_02], WorkNeeds.AllDmaAlike, AllDma),
                // Writes of peers are taken, and nothing of them is lost, neither on the way back nor in an image.
                new([MIG_P2P_04, SEED_06], WorkNeeds.PeerAccesses, Accesses),
                // What waited is done when the device runs again, and what comes then as well.
                new([MIG_P2P_07], WorkNeeds.PeerWrites, Resumed),
                // Two devices: both are quiesced, then both are stopped, and the way back the same (MIG-P2P-08). The stopped one receives nothing.
                new([MIG_P2P_09], WorkNeeds.PeerStates, InOrder),
            ]
        );

    internal static MigrationCampaign Targets { get; } =
        new DirectedPlans(
            "peer-to-peer-targets",
            [
                // Without P2P its states are no targets.
                new([MIG_P2P_05], WorkNeeds.NoP2P, Refused),
                // With it nobody has to name them.
                new([MIG_P2P_11], Needs.State(DeviceState.RunningP2P), Unnamed),
            ]
        );

    private static IEnumerable<DeviceState> QuiescedStates(MigrationMachine machine) =>
        new[] { DeviceState.RunningP2P, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports);

    private static IEnumerable<Plan> Writes(MigrationMachine machine)
    {
        Step first = Step.Submit(WorkKind.PeerWrite),
            second = Step.Submit(WorkKind.PeerWrite, 1);
        foreach (var state in QuiescedStates(machine))
        {
            yield return Plan.Of(first, Step.Set(state), Step.Time(1));
            yield return Plan.Of(first, Step.Time(1), Step.Set(state), Step.Time(1));
            yield return Plan.Of(first, second, Step.Time(1), Step.Set(state), Step.Time(1), Step.Time(Plenty));
            yield return Plan.Of(first, second, Step.Set(DeviceState.Stop), Step.Set(DeviceState.RunningP2P), Step.Time(Plenty));
        }

        if (machine.Paths.Supports(DeviceState.PreCopyP2P))
            yield return Plan.Of(Step.Set(DeviceState.PreCopy), first, second, Step.Time(1), Step.Set(DeviceState.PreCopyP2P), Step.Time(Plenty));
    }

    private static IEnumerable<Plan> AllDma(MigrationMachine machine)
    {
        foreach (var kind in WorkNeeds.Kinds(machine).Where(kind => kind is WorkKind.MemoryWrite or WorkKind.MemoryRead))
        {
            yield return Plan.Of(Step.Submit(kind), Step.Set(DeviceState.RunningP2P), Step.Time(1));
            yield return Plan.Of(Step.Submit(kind), Step.Submit(kind, 1), Step.Time(1), Step.Set(DeviceState.RunningP2P), Step.Time(Plenty));
        }
    }

    private static IEnumerable<Plan> Accesses(MigrationMachine machine)
    {
        Step access = new(StepKind.PeerAccess, 7),
            count = new(StepKind.ReadTaken);
        foreach (var state in QuiescedStates(machine))
        {
            yield return Plan.Of(count, Step.Set(state), access, Step.Set(DeviceState.Running), count);
            yield return Plan.Of(
                count,
                Step.Set(state),
                access,
                access with
                {
                    A = 8,
                },
                Step.Set(DeviceState.StopCopy),
                Step.ReadToEnd(),
                Step.Set(DeviceState.Resuming),
                Step.WriteRest(),
                Step.Set(DeviceState.Running),
                count
            );
        }
    }

    private static IEnumerable<Plan> Resumed(MigrationMachine machine)
    {
        var write = Step.Submit(WorkKind.PeerWrite);
        foreach (var state in QuiescedStates(machine))
        {
            yield return Plan.Of(Step.Set(state), Step.Set(DeviceState.Running), write, Step.Time(2));
            yield return Plan.Of(write, write, Step.Time(1), Step.Set(state), Step.Time(1), Step.Set(DeviceState.Running), Step.Time(4));
        }

        yield return Plan.Of(Step.Set(DeviceState.Stop), Step.Set(DeviceState.RunningP2P), Step.Set(DeviceState.Running), write, Step.Time(2));
    }

    private static IEnumerable<Plan> InOrder(MigrationMachine machine)
    {
        static Step Peer(PeerState state) => new(StepKind.SetPeer, (uint)state);
        Step write = Step.Submit(WorkKind.PeerWrite),
            access = new(StepKind.PeerAccess, 9);
        Step[] quiesced = [Step.Set(DeviceState.RunningP2P), Peer(PeerState.RunningP2P)];
        yield return Plan.Of([write, .. quiesced, Peer(PeerState.Stop), Step.Time(1)]);
        if (machine.Can(ChannelCapabilities.WorkPeerAccesses))
            yield return Plan.Of([write, Step.Set(DeviceState.RunningP2P), access, Peer(PeerState.RunningP2P), Peer(PeerState.Stop), Step.Time(1)]);
        yield return Plan.Of([
            write,
            .. quiesced,
            Peer(PeerState.Stop),
            Step.Time(4),
            Step.Set(DeviceState.Stop),
            Step.Time(4),
            Step.Set(DeviceState.RunningP2P),
            Peer(PeerState.RunningP2P),
            Step.Time(4),
            Peer(PeerState.Running),
            Step.Set(DeviceState.Running),
            Step.Time(2),
        ]);
        yield return Plan.Of([
            write,
            .. quiesced,
            Step.Set(DeviceState.StopCopy),
            Peer(PeerState.Stop),
            Step.Time(4),
            Step.ReadToEnd(),
            Step.Time(4),
            Step.Set(DeviceState.RunningP2P),
            Peer(PeerState.RunningP2P),
            Peer(PeerState.Running),
            Step.Set(DeviceState.Running),
            Step.Time(2),
        ]);
    }

    private static IEnumerable<Plan> Refused(MigrationMachine machine)
    {
        foreach (var state in new[] { DeviceState.RunningP2P, DeviceState.PreCopyP2P })
        foreach (var from in new[] { DeviceState.Running, DeviceState.Stop, DeviceState.StopCopy })
            yield return Plan.Of([.. Routes.To(machine, from), Step.Set(state), Step.Get]);
    }

    private static IEnumerable<Plan> Unnamed(MigrationMachine machine)
    {
        yield return Plan.Of(Step.Set(DeviceState.Stop), Step.Get);
        yield return Plan.Of(Step.Set(DeviceState.StopCopy), Step.Get);
    }
}
