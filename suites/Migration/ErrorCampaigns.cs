using Conformance.Engine.Ledgers;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-ERR-03, -07, -08: reset from every state, with and without a session, and a device that works afterwards.</summary>
public sealed class Resets() : MigrationCampaign("resets", ChannelCapabilities.None, MIG_ERR_03, MIG_ERR_07, MIG_ERR_08, MIG_ERR_17, MIG_FD_15)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        var reset = new Step(StepKind.Reset);
        Step[] use =
        [
            Step.Set(DeviceState.StopCopy),
            Step.ReadToEnd(),
            Step.Set(DeviceState.Resuming),
            Step.WriteRest(),
            Step.Set(DeviceState.Running),
            Step.Get,
            new(StepKind.QueryFeatures),
        ];
        foreach (var state in Routes.States(machine))
        {
            var way = Routes.To(machine, state);
            yield return Plan.Of([.. way, reset, Step.Get]);
            yield return Plan.Of([.. way, reset, reset, Step.Get]);
            yield return Plan.Of([.. way, reset, .. use]);
            foreach (var target in Routes.States(machine).Where(target => target is not (DeviceState.Running or DeviceState.Resuming)))
                yield return Plan.Of([.. way, reset, Step.Set(target), Step.Get]);
        }

        if (machine.HasPreCopy && machine.Level >= Model.Requirements.UapiLevel.V7_2 && machine.Can(ChannelCapabilities.Ioctl))
            yield return Plan.Of(
                new Probe(Uapi.MigPrecopyInfoV2 | Uapi.Set, 8).ToStep(),
                reset,
                Step.Set(DeviceState.PreCopy),
                new(StepKind.PrecopyInfo, 24, 64)
            );
        foreach (var part in new[] { 1u, 5u })
        {
            yield return Plan.Of(
                Step.Set(DeviceState.StopCopy),
                new(StepKind.Read, part),
                reset,
                Step.Get,
                Step.Set(DeviceState.StopCopy),
                Step.ReadToEnd(),
                Step.Get
            );
            yield return Plan.Of([.. Routes.To(machine, DeviceState.Resuming), new(StepKind.Write, part), reset, Step.Get, .. use]);
        }
    }
}

/// <summary>MIG-FSM-13..16, MIG-ERR-01, -13: each arc of each path fails once, with and without a broken device, and what follows.</summary>
public sealed class FailingArcs()
    : MigrationCampaign(
        "failing-arcs",
        ChannelCapabilities.FailureInjection,
        MIG_FSM_13,
        MIG_FSM_14,
        MIG_FSM_15,
        MIG_FSM_16,
        MIG_FSM_21,
        MIG_ERR_01,
        MIG_ERR_03,
        MIG_ERR_07,
        MIG_ERR_12,
        MIG_ERR_13,
        MIG_FD_14
    )
{
    /// <inheritdoc/>
    protected override IEnumerable<Witness> Witnesses(MigrationMachine machine, CampaignInput input) => [Witness.RecoveredError];

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        var reset = new Step(StepKind.Reset);
        foreach (var (from, to) in Routes.Pairs(machine))
        {
            var path = machine.Paths.Path(from, to);
            for (var arc = 0; arc < path.Arcs; arc++)
            {
                Step[] broken = [.. Routes.Ready(machine, from), Step.FailArc(arc, Errno.EIO, broken: true), Step.Set(to), Step.Get];
                Step[] failed = [.. Routes.Ready(machine, from), Step.FailArc(arc, Errno.EIO, broken: false), Step.Set(to), Step.Get];
                Step[] dead = [new(StepKind.StaleRead, 16), Step.Get];
                yield return Plan.Of([.. failed, .. dead]);
                yield return Plan.Of([.. failed, Step.Set(from), Step.Get, reset, Step.Get]);
                yield return Plan.Of([.. failed, Step.Set(to), Step.Get, Step.Set(DeviceState.Running), Step.Get]);
                yield return Plan.Of([.. failed, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
                yield return Plan.Of([.. broken, .. dead]);
                foreach (var target in Routes.States(machine).Append(DeviceState.Error))
                    yield return Plan.Of([.. broken, Step.Set(target), Step.Get]);
                yield return Plan.Of([.. broken, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
                yield return Plan.Of([.. broken, new(StepKind.QueryFeatures), new(StepKind.QueryDataSize), Step.Get, reset, reset, Step.Get]);
            }
        }
    }
}

/// <summary>MIG-FSM-13, -14, MIG-ERR-12 without a seam: a load that is not complete is the failure that every driver can be made to have.</summary>
public sealed class IncompleteLoads()
    : MigrationCampaign("incomplete-loads", ChannelCapabilities.None, MIG_FSM_13, MIG_FSM_14, MIG_FSM_16, MIG_ERR_03, MIG_ERR_12)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        var reset = new Step(StepKind.Reset);
        Step[] save = [Step.Set(DeviceState.StopCopy), Step.ReadToEnd()];
        foreach (var target in Routes.States(machine).Where(target => target != DeviceState.Resuming))
        {
            Step[] after = [Step.Set(target), Step.Get, reset, Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get];
            yield return Plan.Of([Step.Set(DeviceState.Resuming), .. after]);
            yield return Plan.Of([.. save, Step.Set(DeviceState.Resuming), new(StepKind.Write, 1), .. after]);
        }
    }
}

/// <summary>MIG-ERR-14: a save that fails while it is streamed ends with an errno, never with an end of stream.</summary>
public sealed class FailingSaves() : MigrationCampaign("failing-saves", ChannelCapabilities.FailureInjection, MIG_ERR_14, MIG_ERR_13)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        foreach (var bytes in new uint[] { 0, 1, 24, 100 })
        {
            var fail = new Step(StepKind.FailSave, bytes, Errno.EIO);
            var reset = new Step(StepKind.Reset);
            yield return Plan.Of(fail, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get, reset, Step.Get);
            yield return Plan.Of(fail, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(16), Step.Get, Step.Set(DeviceState.Running), Step.Get);
        }
    }
}

/// <summary>MIG-FSM-20, MIG-ERR-09, -19, MIG-FD-16: the device is closed in a state and opened again, with the data fd still held.</summary>
/// <param name="state">The state in which it is closed.</param>
public sealed class CloseAndReopen(DeviceState state)
    : MigrationCampaign(
        $"close-in-{state.Abbreviation().ToLowerInvariant()}",
        ChannelCapabilities.OutlivingDescriptors,
        MIG_FSM_20,
        MIG_ERR_09,
        MIG_ERR_19,
        MIG_FD_16
    )
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        if (!machine.Paths.Supports(state))
            yield break;
        var close = new Step(StepKind.CloseDevice);
        var reopen = new Step(StepKind.Reopen);
        var way = Routes.To(machine, state);
        Step[] dead = [new(StepKind.StaleRead, 16), new(StepKind.StaleWrite, 16)];
        yield return Plan.Of([.. way, close, reopen, Step.Get]);
        yield return Plan.Of([.. way, close, .. dead, reopen, Step.Get, .. dead]);
        yield return Plan.Of([.. way, close, reopen, Step.Get, new(StepKind.Reset), Step.Get, Step.Set(DeviceState.StopCopy), Step.ReadToEnd(), Step.Get]);
        foreach (var target in Routes.States(machine))
            yield return Plan.Of([.. way, close, reopen, Step.Get, Step.Set(target), Step.Get]);
    }
}

/// <summary>SIZE: the estimate in every state, its stability while stopped, and that asking changes nothing.</summary>
public sealed class DataSizes() : MigrationCampaign("data-sizes", ChannelCapabilities.None, SIZE_01, SIZE_02, SIZE_04, SIZE_05, SIZE_06, SIZE_07, SIZE_08)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        if (machine.Level < Model.Requirements.UapiLevel.V6_2 || machine.Channel == Channels.Socket)
            yield break;
        var ask = new Step(StepKind.QueryDataSize);
        foreach (var state in Routes.States(machine))
            yield return Plan.Of([.. Routes.Ready(machine, state), ask, Step.Get, ask, Step.Get]);
        Step[] load = [Step.ReadToEnd(), Step.Set(DeviceState.Resuming), Step.WriteRest(), Step.Set(DeviceState.Running)];
        yield return Plan.Of([Step.Set(DeviceState.StopCopy), ask, ask, .. load]);
        yield return Plan.Of([Step.Set(DeviceState.StopCopy), new(StepKind.Read, 5), ask, .. load]);
        yield return Plan.Of([Step.Set(DeviceState.Stop), ask, Step.Set(DeviceState.StopCopy), ask, .. load]);
    }
}
