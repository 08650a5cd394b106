using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Suites.Proof;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>Why a requirement was not exercised on a device. "Not exercised" without a reason is a gap in the suite and fails a run.</summary>
public static class NotExercised
{
    /// <summary>The reason, or null when there is none.</summary>
    /// <param name="machine">The device; null when its feature set is unknown.</param>
    /// <param name="row">The requirement.</param>
    public static string? Reason(MigrationMachine? machine, Requirement row)
    {
        if (Checks.Missing(row, MigrationCampaigns.All) is { } missing)
            return missing;
        if (machine is null)
            return "the feature set is unknown";
        if (row.Level is { } level && level > machine.Level)
            return $"starts at uAPI level {Text(level)}; the device is at {Text(machine.Level)}";
        if (!machine.Asks(row.Id))
            return "cannot be observed on this channel";
        if (!machine.HasMigration)
            return "the device has no migration";
        return OfDevice(machine, row.Id) ?? OfChannel(machine, row.Id);
    }

    /// <summary>A level as it is written: "6.2".</summary>
    public static string Text(UapiLevel level) => level.ToString().TrimStart('V').Replace('_', '.');

    private static string? OfDevice(MigrationMachine machine, RequirementId id) =>
        id switch
        {
            ABI_13 => "the device has migration",
            ABI_14 when machine.HasLogging => "the device has DMA logging",
            ABI_16 when machine.HasPreCopy => "the device has PRE_COPY",
            ABI_22 or MIG_FEAT_08 or MIG_PRE_06 when !machine.HasPreCopy => "the device has no PRE_COPY",
            MIG_FSM_09 when !machine.HasPreCopy => "the feature set has no blocked request",
            MIG_FSM_12 when machine.Features == (MigrationFeatures)7 => "the feature set has every state",
            MIG_FSM_23 when machine.Features == (MigrationFeatures)7 => "the feature set leaves nothing out",
            MIG_FD_04 when !machine.HasPreCopy => "the device has no PRE_COPY: nothing is read before STOP_COPY",
            MIG_FD_19 when machine.Traits.MaxImageBytes == 0 => "the driver declares no bound of a stream (trait maxImageBytes)",
            SIZE_07 when machine.Traits.DataSizeSlack is null => "the driver declares no slack of its estimate (trait dataSizeSlack)",
            MIG_FSM_16 or MIG_ERR_03 or MIG_ERR_04 or MIG_ERR_07 or MIG_ERR_08 or MIG_ERR_17 or MIG_FD_15 when !machine.HasReset =>
                "the device has no reset (MIG-ERR-16)",
            _ => null,
        };

    private static string? OfChannel(MigrationMachine machine, RequirementId id)
    {
        var (needs, why) = id switch
        {
            ABI_02 or ABI_17 or MIG_FD_22 => (ChannelCapabilities.MemoryProtection, "the channel cannot give a driver memory that is not mapped"),
            ABI_18 => (ChannelCapabilities.Unbound, "the device is not opened by a cdev"),
            ABI_20 or ABI_21 or ABI_22 or MIG_FEAT_08 or MIG_FD_24 => (ChannelCapabilities.Ioctl, "the channel carries no ioctl of a data fd"),
            MIG_FSM_08 or MIG_FSM_23 => (ChannelCapabilities.ArcTrace, "the arcs that the driver takes cannot be seen"),
            MIG_FSM_15 or MIG_FSM_18 or MIG_ERR_01 or MIG_ERR_13 or MIG_ERR_14 => (
                ChannelCapabilities.FailureInjection,
                "arcs of this driver cannot be made to fail or to take long"
            ),
            MIG_FSM_09 or MIG_FSM_27 => (ChannelCapabilities.ThrowAway, "the request stops some kernels for good; it is sent to throw-away guests only"),
            MIG_ERR_19 => (
                ChannelCapabilities.ThrowAway | ChannelCapabilities.OutlivingDescriptors,
                "closing in mid-migration crashes some kernels; it is done in throw-away guests only"
            ),
            MIG_FSM_20 or MIG_ERR_09 or MIG_FD_16 => (
                ChannelCapabilities.OutlivingDescriptors,
                "the channel cannot close a device and open the same one again"
            ),
            MIG_FD_23 => (ChannelCapabilities.DescriptorLimit, "the channel cannot run out of descriptors"),
            MIG_FD_10 or MIG_FD_20 or MIG_FD_28 => (ChannelCapabilities.Workload, "there is no workload for this device"),
            _ => (ChannelCapabilities.Descriptors, "sessions are no descriptors on this channel"),
        };
        return machine.Can(needs) ? null : why;
    }
}
