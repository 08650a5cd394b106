using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>What a channel must be able to do for a plan. Where it cannot, the oracle's idea of the steps would be another one than the device's.</summary>
public static class PlanNeeds
{
    /// <summary>Everything that the steps need together.</summary>
    public static ChannelCapabilities Of(Plan plan)
    {
        var needs = plan.Unbound ? ChannelCapabilities.Unbound : ChannelCapabilities.None;
        foreach (ref readonly var step in plan.AsSpan())
            needs |= Of(step);
        return needs;
    }

    private static ChannelCapabilities Of(in Step step) =>
        step.Kind switch
        {
            StepKind.SetWithoutDescriptor => ChannelCapabilities.DescriptorLimit,
            StepKind.SetReadOnly or StepKind.ReadUnmapped => ChannelCapabilities.MemoryProtection,
            StepKind.SetWatched or StepKind.FailArc or StepKind.FailSave => ChannelCapabilities.FailureInjection,
            StepKind.CloseDevice or StepKind.Reopen => ChannelCapabilities.OutlivingDescriptors,
            StepKind.Bind => ChannelCapabilities.Unbound,
            StepKind.ReadDuplicate
            or StepKind.CloseData
            or StepKind.WrongDirection
            or StepKind.Seek
            or StepKind.PositionedRead
            or StepKind.PositionedWrite
            or StepKind.Poll
            or StepKind.DescriptorFlags
            or StepKind.CountDescriptors => ChannelCapabilities.Descriptors,
            StepKind.UnknownDataIoctl or StepKind.DeviceIoctl => ChannelCapabilities.Ioctl,
            StepKind.PrecopyInfo => ChannelCapabilities.Ioctl | (step.B < Uapi.PrecopyInfoSize ? ChannelCapabilities.MemoryProtection : 0),
            StepKind.Probe => Probe.From(step) is { Accessible: 0xFFFF } probe && (probe.Options & ProbeOptions.ReadOnly) == 0
                ? ChannelCapabilities.None
                : ChannelCapabilities.MemoryProtection,
            StepKind.Apply or StepKind.Digest => ChannelCapabilities.Workload,
            _ => ChannelCapabilities.None,
        };
}
