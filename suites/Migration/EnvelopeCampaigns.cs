using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>ABI: every feature index with every combination of methods and reserved bits and every interesting argsz.</summary>
public sealed class EnvelopeMatrix()
    : MigrationCampaign(
        "envelope-matrix",
        ChannelCapabilities.None,
        ABI_03,
        ABI_04,
        ABI_05,
        ABI_06,
        ABI_07,
        ABI_08,
        ABI_09,
        ABI_10,
        ABI_11,
        ABI_12,
        ABI_13,
        ABI_14,
        ABI_15,
        ABI_16,
        ABI_19,
        ABI_25,
        ABI_26,
        MIG_FEAT_09,
        SIZE_08
    )
{
    private static readonly uint[] Indices = [.. Enumerable.Range(0, 16).Select(i => (uint)i), 0x7777, 0xffff];
    private static readonly uint[] Methods = [.. Enumerable.Range(0, 8).Select(i => (uint)i << 16)];

    /// <inheritdoc/>
    protected override bool WithoutMigration => true;

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        foreach (var index in Indices)
        foreach (var methods in Methods)
        {
            if (!MayCall(machine, index, methods))
                continue;
            yield return Matrix(machine, index | methods);
        }

        foreach (var index in Indices)
        foreach (var methods in Methods)
            for (var bit = 19; bit < 32; bit++)
                yield return Matrix(machine, index | methods | 1u << bit);
    }

    // An index that is not ours may do something real (low power, a token): only a throw-away device gets a complete call.
    private static bool MayCall(MigrationMachine machine, uint index, uint methods) =>
        machine.Can(ChannelCapabilities.ThrowAway)
        || MigrationOracle.KnowsFeature(machine, index)
        || index >= 0x100
        || methods == 0
        || (methods & Uapi.Probe) != 0;

    private static Plan Matrix(MigrationMachine machine, uint flags)
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
}

/// <summary>ABI: memory that is not there or cannot be written, garbage in fields that are not read, logging that a PROBE must not start.</summary>
public sealed class EnvelopeMemory() : MigrationCampaign("envelope-memory", ChannelCapabilities.None, ABI_02, ABI_09, ABI_17, ABI_24, ABI_26, ABI_12)
{
    private const uint GetFlags = Uapi.Migration | Uapi.Get;
    private const uint GetState = Uapi.MigDeviceState | Uapi.Get;
    private const uint SetState = Uapi.MigDeviceState | Uapi.Set;
    private const uint GetSize = Uapi.MigDataSize | Uapi.Get;
    private const uint Start = Uapi.DmaLoggingStart | Uapi.Set;

    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        const byte running = (byte)DeviceState.Running;
        foreach (var flags in new[] { GetFlags, GetState, SetState, GetSize })
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

        if (!machine.HasLogging)
            yield break;
        var start = new Probe(Start, 32, Options: ProbeOptions.Range);
        var stop = new Probe(Uapi.DmaLoggingStop | Uapi.Set, 8).ToStep();
        yield return Plan.Of(start.ToStep(), stop, Step.Get);
        yield return Plan.Of((start with { Flags = Start | Uapi.Probe }).ToStep(), start.ToStep(), stop);
        yield return Plan.Of((start with { Options = ProbeOptions.Range | ProbeOptions.Garbage }).ToStep(), stop);
        yield return Plan.Of((start with { Argsz = 200 }).ToStep(), stop);
    }
}

/// <summary>ABI-18: a device node that was opened but not bound answers nothing.</summary>
public sealed class UnboundDevice() : MigrationCampaign("unbound-device", ChannelCapabilities.Unbound, ABI_18)
{
    /// <inheritdoc/>
    protected override IEnumerable<Plan> Make(MigrationMachine machine, CampaignInput input)
    {
        var bind = new Step(StepKind.Bind);
        foreach (
            var step in new[]
            {
                new Step(StepKind.QueryFeatures),
                Step.Get,
                Step.Set(DeviceState.Stop),
                new(StepKind.QueryDataSize),
                new(StepKind.Reset),
                new(StepKind.DeviceIoctl, Uapi.PrecopyInfo),
                new Probe(Uapi.Migration | Uapi.Get | Uapi.Probe, 8).ToStep(),
            }
        )
            yield return new([step, bind, Step.Get], unbound: true);
    }
}
