using System.Buffers.Binary;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <summary>What a first look at a device gave.</summary>
/// <param name="Machine">The device model; null when the feature set is unknown, so that nothing can be judged (MIG-FEAT-02).</param>
/// <param name="Flags">The flags word of feature 1; 0 when it was not answered.</param>
/// <param name="Ledger">What the look itself exercised and found.</param>
public sealed record SurveyResult(MigrationMachine? Machine, ulong Flags, Ledger Ledger)
{
    /// <summary>The plans of what the look found.</summary>
    public IReadOnlyList<Found<Plan>> Found { get; init; } = [];

    /// <summary>The uAPI level, also when the feature set is unknown.</summary>
    public UapiLevel Level { get; init; }
}

/// <summary>Asks a device what it is, without side effects but one RESET: feature set, logging, uAPI level (V.1), whether reset works (MIG-ERR-16).</summary>
public static class Survey
{
    private const string Campaign = "survey";

    /// <summary>Looks at a driver.</summary>
    /// <exception cref="DeviceLostException">The device could not be reached, or was lost.</exception>
    public static SurveyResult Look(IMigrationTarget target, IJournal journal)
    {
        journal.Begin(0, 0, MigrationLanguage.Instance, Plan.Of(new Step(StepKind.QueryFeatures)));
        using var device = FirstCall.Open(target, journal);
        journal.Enter(0);
        var migration = Ask(device, Uapi.Migration | Uapi.Get, out var flags);
        var logging =
            Ask(device, Uapi.DmaLoggingStart | Uapi.Set | Uapi.Probe, out _) == 0
            && Ask(device, Uapi.DmaLoggingStop | Uapi.Set | Uapi.Probe, out _) == 0
            && Ask(device, Uapi.DmaLoggingReport | Uapi.Get | Uapi.Probe, out _) == 0;
        // A kernel without the bitmap helper says so whether or not the log was started (DLOG-41).
        var canReport = !logging || target.Channel != Channels.Kernel || AskReport(device) != Errno.EOPNOTSUPP;
        var window = MigrationMachine.WindowOf(device.Workload);
        var infoV2 = Ask(device, Uapi.MigPrecopyInfoV2 | Uapi.Set | Uapi.Probe, out _);
        var dataSize = Ask(device, Uapi.MigDataSize | Uapi.Get | Uapi.Probe, out _);
        var level = target.Traits.Level ?? Level(target, migration, infoV2, dataSize);
        var estimate = 0ul;
        if (level >= UapiLevel.V6_2 && target.Channel != Channels.Socket && Ask(device, Uapi.MigDataSize | Uapi.Get, out estimate) != 0)
            estimate = 0;
        var state = Ask(device, Uapi.MigDeviceState | Uapi.Get, out var first) == 0 ? (DeviceState)(uint)first : DeviceState.Running;
        var reset = device.Reset().Errno is not (Errno.EINVAL or Errno.ENOTTY);
        var failableArcs = MigrationMachine.FailableArcs(device.Failures);
        journal.Leave();

        var ledger = new Ledger { Plans = 1, Steps = 1 };
        var found = new List<Found<Plan>>();
        if (migration == Errno.ENOTTY || (migration != 0 && target.Channel == Channels.Socket))
            return new(Describe(MigrationFeatures.None), 0, ledger) { Level = level, Found = found };
        ledger.CountExercised(RequirementId.ABI_01);
        ledger.CountExercised(RequirementId.MIG_FEAT_01);
        ledger.CountExercised(RequirementId.MIG_FEAT_02);
        // Only where nobody can have used the device before is this its first open (MIG-FEAT-05).
        if (migration == 0 && target.Capabilities.HasFlag(ChannelCapabilities.ThrowAway))
        {
            ledger.CountExercised(RequirementId.MIG_FEAT_05);
            if (state != DeviceState.Running)
                Note(
                    ledger,
                    found,
                    Found(Rules.Of(RequirementId.MIG_FEAT_05), DivergenceKind.State, Step.Get, "success, RUNNING, data_fd -1", $"success, {state.Name()}")
                );
        }

        if (migration == 0 && flags is 1 or 3 or 5 or 7)
            return new(Describe((MigrationFeatures)flags), flags, ledger) { Level = level, Found = found };
        var rules =
            migration != 0 ? Rules.Of(RequirementId.ABI_01)
            : flags == 0 ? Rules.Of(RequirementId.MIG_FEAT_02, RequirementId.ABI_01, RequirementId.ABI_13, RequirementId.MIG_FEAT_01)
            : (flags & 1) == 0 ? Rules.Of(RequirementId.MIG_FEAT_02, RequirementId.MIG_FEAT_01)
            : Rules.Of(RequirementId.MIG_FEAT_02);
        var seen = migration == 0 ? $"success, flags 0x{flags:x}" : Errno.Name(migration);
        Note(
            ledger,
            found,
            Found(
                rules,
                DivergenceKind.Value,
                new(StepKind.QueryFeatures),
                "success, flags 0x1, 0x3, 0x5 or 0x7, or ENOTTY from a device without migration",
                seen
            )
        );
        return new(null, flags, ledger) { Level = level, Found = found };

        MigrationMachine Describe(MigrationFeatures features) =>
            new(features, level, target.Channel, target.Capabilities, target.Traits, logging, reset, canReport, window, estimate, failableArcs);
    }

    private static void Note(Ledger ledger, List<Found<Plan>> found, PlanDivergence divergence)
    {
        var plan = Plan.Of(divergence.Trace[0].Step);
        var finding = divergence.Describe(plan, null) with { Campaign = Campaign, Minimised = true };
        ledger.Findings.Note(finding);
        found.Add(new(plan, divergence, finding));
    }

    private static PlanDivergence Found(Rules rules, DivergenceKind kind, Step step, string expected, string seen) =>
        new()
        {
            Rules = rules,
            Kind = kind,
            Expected = expected,
            Seen = seen,
            Step = 0,
            Trace = [new(step, seen)],
        };

    private static UapiLevel Level(IMigrationTarget target, int migration, int infoV2, int dataSize)
    {
        if (target.Channel == Channels.Socket)
            return UapiLevel.V6_12;
        if (infoV2 != Errno.ENOTTY)
            return UapiLevel.V7_2;
        return migration == 0 && dataSize == Errno.ENOTTY ? UapiLevel.V6_1 : UapiLevel.V6_12;
    }

    private static int AskReport(IMigrationDevice device)
    {
        Span<byte> argument = stackalloc byte[Uapi.EnvelopeSize + 32];
        argument.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(argument, (uint)argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[4..], Uapi.DmaLoggingReport | Uapi.Get);
        BinaryPrimitives.WriteUInt64LittleEndian(argument[16..], 4096);
        BinaryPrimitives.WriteUInt64LittleEndian(argument[24..], 4096);
        Span<byte> bitmap = stackalloc byte[8];
        bitmap.Clear();
        return device
            .Feature(
                new UserBuffer(argument)
                {
                    Attached = bitmap,
                    AttachedAccessible = bitmap.Length,
                    PointerOffset = Uapi.EnvelopeSize + Uapi.ReportBitmapOffset,
                }
            )
            .Errno;
    }

    private static int Ask(IMigrationDevice device, uint flags, out ulong value)
    {
        Span<byte> argument = stackalloc byte[16];
        argument.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(argument, (uint)argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[4..], flags);
        var result = device.Feature(new UserBuffer(argument));
        value = BinaryPrimitives.ReadUInt64LittleEndian(argument[8..]);
        return result.Errno;
    }
}
