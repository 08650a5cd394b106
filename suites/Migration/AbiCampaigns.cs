using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>
/// ABI: the envelope of the feature ioctl, what is around it in memory, and a device that is not bound. Calls on a data fd are with the sessions.
/// </summary>
internal static class AbiCampaigns
{
    private static readonly uint[] indices = [.. Enumerable.Range(0, 16).Select(i => (uint)i), 0x7777, 0xffff];
    private static readonly uint[] methods = [.. Enumerable.Range(0, 8).Select(i => (uint)i << 16)];

    internal static MigrationCampaign Matrix { get; } =
        new DirectedPlans(
            "envelope-matrix",
            [
                // Every feature index with every combination of methods and every argsz that is a boundary: too short an envelope, GET and SET at once, and
                // unknown features are refused whatever the device has; of a request with several faults the first check speaks; the envelope is not written.
                new(
                    [ABI_03, ABI_05, ABI_15, ABI_19, ABI_25, ABI_26, MIG_FEAT_09],
                    Needs.Nothing,
                    Methods,
                    // PROBE says which methods there are and touches nothing, a method that is not offered is refused, and so is a payload that is too short;
                    // more is accepted.
                    ([ABI_06, ABI_07, ABI_08, ABI_10, ABI_11, ABI_12], Needs.AnyFeature),
                    // A PROBE of SET does not move the device.
                    ([ABI_09], Needs.Migration),
                    ([SIZE_08], Needs.DataSize),
                    // Features that the device does not have.
                    ([ABI_13], Needs.NoMigration),
                    ([ABI_14], Needs.NoLogging),
                    ([ABI_16], Needs.NoPreCopy)
                ),
                // The same with each reserved bit of the flags word.
                new([ABI_04, ABI_26], Needs.Nothing, ReservedBits),
            ]
        );

    internal static MigrationCampaign Memory { get; } =
        new DirectedPlans(
            "envelope-memory",
            [
                // Garbage in fields that are not read does not matter, nor what stands behind the payload.
                new(
                    [ABI_24, ABI_12],
                    Needs.Migration,
                    Payloads,
                    // An envelope, or a payload, that cannot be read or written gives EFAULT.
                    ([ABI_02, ABI_17, ABI_26], Needs.MemoryProtection)
                ),
                // A PROBE does not start the DMA log; garbage in the reserved word of START and bytes behind it do not matter.
                new([ABI_09, ABI_12, ABI_24], Needs.Logging, LogStarts),
            ]
        );

    internal static MigrationCampaign UnboundDevice { get; } =
        new DirectedPlans(
            "unbound-device",
            [
                // A device node that was opened but not bound answers nothing.
                new([ABI_18], Needs.Unbound, BeforeBind),
            ]
        );

    private static IEnumerable<Plan> Methods(MigrationMachine machine) =>
        from index in indices
        from method in methods
        where MayCall(machine, index, method)
        select Row(machine, index | method);

    private static IEnumerable<Plan> ReservedBits(MigrationMachine machine) =>
        from index in indices
        from method in methods
        from bit in Enumerable.Range(19, 32 - 19)
        select Row(machine, index | method | 1u << bit);

    // An index that is not ours may do something real (low power, a token): only a throw-away device gets a complete call.
    private static bool MayCall(MigrationMachine machine, uint index, uint method) =>
        machine.Can(ChannelCapabilities.ThrowAway)
        || MigrationOracle.KnowsFeature(machine, index)
        || index >= 0x100
        || method == 0
        || (method & Uapi.Probe) != 0;

    private static Plan Row(MigrationMachine machine, uint flags)
    {
        var steps = new List<Step>();
        var feature = flags & Uapi.FeatureMask;
        var minimum = (uint)(Uapi.EnvelopeSize + Math.Max(0, Uapi.MinPayload(feature)));
        var probing = (flags & Uapi.Probe) != 0;
        foreach (var argsz in new uint[] { minimum, minimum - 1, minimum + 1, 8, 7, 0, 200, 0xffffffff }.Distinct())
        {
            // A complete SET of the state asks for the state that holds; one that must be refused asks for another.
            var complete = !probing && argsz >= minimum;
            steps.Add(new Probe(flags, argsz, Word: (byte)(complete ? DeviceState.Running : DeviceState.Stop)).ToStep());
            if (machine.HasMigration && feature == Uapi.MigDeviceState && (flags & Uapi.Set) != 0)
                steps.Add(Step.Get);
        }

        if (machine.HasMigration)
            steps.Add(Step.Get);
        return new(steps);
    }

    private static IEnumerable<Plan> Payloads(MigrationMachine machine)
    {
        const byte running = (byte)DeviceState.Running;
        const uint features = Uapi.Migration | Uapi.Get;
        const uint getState = Uapi.MigDeviceState | Uapi.Get;
        const uint setState = Uapi.MigDeviceState | Uapi.Set;
        const uint dataSize = Uapi.MigDataSize | Uapi.Get;
        foreach (var flags in new[] { features, getState, setState, dataSize })
        {
            yield return Plan.Of(new Probe(flags, 16, Word: running, Options: ProbeOptions.Garbage).ToStep(), Step.Get);
            yield return Plan.Of(new Probe(flags, 64, Word: running, Options: ProbeOptions.Garbage).ToStep(), Step.Get);
            if (!machine.Can(ChannelCapabilities.MemoryProtection))
                continue;
            foreach (var mapped in new ushort[] { 0, 4, 7, 8, 12, 15 })
            {
                yield return Plan.Of(new Probe(flags, 16, mapped, (byte)DeviceState.Stop).ToStep(), Step.Get);
                yield return Plan.Of(new Probe(flags, 12, mapped, (byte)DeviceState.Stop).ToStep(), Step.Get);
            }

            yield return Plan.Of(new Probe(flags, 16, Word: running, Options: ProbeOptions.ReadOnly).ToStep(), Step.Get);
        }
    }

    private static IEnumerable<Plan> LogStarts(MigrationMachine machine)
    {
        const uint flags = Uapi.DmaLoggingStart | Uapi.Set;
        var start = new Probe(flags, 32, Options: ProbeOptions.Range);
        var stop = new Probe(Uapi.DmaLoggingStop | Uapi.Set, 8).ToStep();
        yield return Plan.Of(start.ToStep(), stop, Step.Get);
        yield return Plan.Of((start with { Flags = flags | Uapi.Probe }).ToStep(), start.ToStep(), stop);
        yield return Plan.Of((start with { Options = ProbeOptions.Range | ProbeOptions.Garbage }).ToStep(), stop);
        yield return Plan.Of((start with { Argsz = 200 }).ToStep(), stop);
    }

    private static IEnumerable<Plan> BeforeBind(MigrationMachine machine)
    {
        Step[] refused =
        [
            new(StepKind.QueryFeatures),
            Step.Get,
            Step.Set(DeviceState.Stop),
            new(StepKind.QueryDataSize),
            new(StepKind.Reset),
            new(StepKind.DeviceIoctl, Uapi.PrecopyInfo),
            new Probe(Uapi.Migration | Uapi.Get | Uapi.Probe, 8).ToStep(),
        ];
        return refused.Select(step => new Plan([step, new Step(StepKind.Bind), Step.Get], unbound: true));
    }
}
