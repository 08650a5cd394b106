using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>Raw feature calls: the checks of the envelope in the kernel's order, the first failing one wins; and what is no feature call at all.</content>
public static partial class MigrationOracle
{
    /// <summary>True for an index of this kit's table that exists at this level.</summary>
    public static bool KnowsFeature(MigrationMachine machine, uint feature) =>
        Uapi.MinPayload(feature) >= 0
        && (feature != Uapi.MigDataSize || (machine.Level >= UapiLevel.V6_2 && machine.Channel != Channels.Socket))
        && (feature != Uapi.MigPrecopyInfoV2 || machine.Level >= UapiLevel.V7_2);

    private static void AllowUnbound(in Step step, ref OutcomeSet set)
    {
        if (StepTable.Is(step, StepTraits.DeviceCall))
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(ABI_18));
    }

    private static void AllowDeviceIoctl(MigrationMachine machine, ref OutcomeSet set)
    {
        // A driver that is no PCI driver may have another errno for an ioctl that it does not know.
        set.Add(machine.Channel == Channels.InProcess ? ErrnoSet.Of(Errno.ENOTTY) : ErrnoSet.AnyFailure, Rules.Of(ABI_20));
    }

    private static void AllowProbe(MigrationMachine machine, in ModelState state, in Probe probe, ref OutcomeSet set)
    {
        var feature = probe.Feature;
        var methods = probe.Flags & (Uapi.Get | Uapi.Set);
        var probing = (probe.Flags & Uapi.Probe) != 0;
        var minimum = Uapi.MinPayload(feature);
        var known = KnowsFeature(machine, feature);
        var supported = known && IsSupported(machine, feature);
        var several = CountFaults(machine, probe) > 1;

        if (probe.Accessible < Uapi.EnvelopeSize)
            Refuse(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_02), several, ref set);
        else if (probe.Argsz < Uapi.EnvelopeSize)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_03), several, ref set);
        else if ((probe.Flags & Uapi.ReservedFlags) != 0)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_04), several, ref set);
        else if (methods == (Uapi.Get | Uapi.Set) && !probing)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_05), several, ref set);
        else if (probe.Flags == 0)
            Refuse(ErrnoSet.AnyFailure, Rules.Of(MIG_FEAT_11, SEED_01), several: false, ref set);
        else if (!known)
            RefuseUnknown(machine, feature, several, ref set);
        else if (!supported)
            RefuseUnsupported(machine, feature, several, ref set);
        else if ((methods & ~Uapi.Methods(feature)) != 0)
            Refuse(
                machine.Refusal(Errno.EINVAL),
                Rules.Of(
                    ABI_10,
                    probing ? ABI_08
                        : feature == Uapi.MigDataSize ? SIZE_08
                        : feature == Uapi.MigPrecopyInfoV2 ? PINFO2_02
                        : RequirementId.None
                ),
                several,
                ref set
            );
        else if (probing)
        {
            ref var answer = ref set.Add(
                ErrnoSet.Success,
                feature == Uapi.MigPrecopyInfoV2 ? Rules.Of(ABI_07, MIG_FEAT_09, PINFO2_02)
                    : feature is Uapi.DmaLoggingStart or Uapi.DmaLoggingStop or Uapi.DmaLoggingReport
                        ? Rules.Of(ABI_07, methods == 0 ? RequirementId.None : ABI_08, DLOG_01)
                    : methods == 0 ? Rules.Of(ABI_07)
                    : Rules.Of(ABI_07, ABI_08)
            );
            answer.UntouchedRules = Rules.Of(ABI_07);
            answer.After = state.States;
        }
        else if (methods == 0)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_06), several, ref set);
        else if (probe.Argsz - Uapi.EnvelopeSize < minimum)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_11), several, ref set);
        else if (feature is Uapi.MigDeviceState or Uapi.DmaLoggingStart or Uapi.DmaLoggingReport && probe.Accessible < Uapi.EnvelopeSize + minimum)
            Refuse(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_17), several, ref set);
        else
            AllowHandler(machine, state, probe, minimum, ref set);
    }

    private static void AllowHandler(MigrationMachine machine, in ModelState state, in Probe probe, int minimum, ref OutcomeSet set)
    {
        var accepted = probe.Argsz > Uapi.EnvelopeSize + minimum ? Rules.Of(ABI_01, ABI_12) : Rules.Of(ABI_01);
        if ((probe.Options & ProbeOptions.Garbage) != 0)
            accepted = accepted.And(ABI_24);
        var writes = probe.Feature is Uapi.Migration or Uapi.MigDeviceState or Uapi.MigDataSize;
        if (writes && ((probe.Options & ProbeOptions.ReadOnly) != 0 || probe.Accessible < Uapi.EnvelopeSize + minimum))
        {
            // A SET of the state performs the request first (E-53); the probes of this kit request the state that holds already.
            Refuse(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_17), several: false, ref set);
            return;
        }

        switch (probe.Feature)
        {
            case Uapi.Migration:
                ref var flags = ref Accept(accepted, ref set);
                flags.Least = flags.Most = (ulong)machine.Features;
                flags.ValueRules = Rules.Of(MIG_FEAT_03);
                break;
            case Uapi.MigDeviceState when (probe.Flags & Uapi.Set) != 0:
                if (!state.Is((DeviceState)probe.Word))
                    break;
                Accept(accepted.And(MIG_FSM_03), ref set).After = state.States;
                break;
            case Uapi.MigDeviceState:
                Accept(accepted, ref set);
                break;
            case Uapi.MigDataSize:
                ref var size = ref Accept(accepted.And(SIZE_01), ref set);
                size.Least = LeastDataSize(state);
                size.Most = long.MaxValue;
                size.ValueRules = Rules.Of(SIZE_04);
                break;
            case Uapi.DmaLoggingStart when (probe.Options & ProbeOptions.Range) != 0:
                if (state.Log.MayBeActive)
                    break;
                set.Add(ErrnoSet.Success, accepted.And(ABI_09).And(state.Is(DeviceState.PreCopy) ? MIG_PRE_22 : SEED_03)).UntouchedRules = Rules.Of(ABI_12);
                // The range or the page size may be none that the hardware can track, which the logging rules allow.
                if (machine.Channel != Channels.InProcess)
                    set.Add(ErrnoSet.AnyFailure.Except(Errno.EINVAL).Except(Errno.EFAULT).Except(Errno.E2BIG).Except(Errno.ENOTTY), Rules.None);
                break;
            case Uapi.DmaLoggingStart or Uapi.DmaLoggingReport:
                // A START of no ranges and a REPORT with page size 0 are refused by the logging rules, which are another group.
                set.Add(machine.Refusal(Errno.EINVAL), Rules.None);
                break;
            case Uapi.DmaLoggingStop:
                set.Add(ErrnoSet.Success, state.Logging ? accepted : Rules.None);
                if (!state.Logging)
                    set.Add(ErrnoSet.AnyFailure, Rules.None);
                break;
            default:
                set.Add(ErrnoSet.Success, accepted.And(MIG_FEAT_09).And(state.OptedIn ? PINFO2_07 : PINFO2_01));
                break;
        }
    }

    private static ref Outcome Accept(Rules rules, ref OutcomeSet set)
    {
        ref var outcome = ref set.Add(ErrnoSet.Success, rules);
        outcome.UntouchedRules = Rules.Of(ABI_12);
        return ref outcome;
    }

    private static void RefuseUnknown(MigrationMachine machine, uint feature, bool several, ref OutcomeSet set)
    {
        // An index that this kit does not know may be known to a newer kernel or to the driver (E-51): only far ones, and known ones below their level, are
        // judged.
        if (feature >= 0x100 || Uapi.MinPayload(feature) >= 0)
            Refuse(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_15, feature == Uapi.MigPrecopyInfoV2 ? MIG_FEAT_09 : RequirementId.None), several, ref set);
    }

    private static void RefuseUnsupported(MigrationMachine machine, uint feature, bool several, ref OutcomeSet set)
    {
        if (feature == Uapi.MigPrecopyInfoV2)
            Refuse(machine.Refusal(Errno.EINVAL), Rules.Of(ABI_16, MIG_FEAT_09, PINFO2_03), several, ref set);
        else
            Refuse(
                machine.Refusal(Errno.ENOTTY),
                feature is Uapi.Migration or Uapi.MigDeviceState or Uapi.MigDataSize ? Rules.Of(ABI_13) : Rules.Of(ABI_14, DLOG_01),
                several,
                ref set
            );
    }

    private static bool IsSupported(MigrationMachine machine, uint feature) =>
        feature switch
        {
            Uapi.Migration or Uapi.MigDeviceState or Uapi.MigDataSize => machine.HasMigration,
            Uapi.DmaLoggingStart or Uapi.DmaLoggingStop or Uapi.DmaLoggingReport => machine.HasLogging,
            _ => machine.HasPreCopy,
        };

    // How many of the envelope's checks a request fails; with more than one, the order of the checks is what decides (ABI-26).
    private static int CountFaults(MigrationMachine machine, in Probe probe)
    {
        var methods = probe.Flags & (Uapi.Get | Uapi.Set);
        var probing = (probe.Flags & Uapi.Probe) != 0;
        var known = KnowsFeature(machine, probe.Feature);
        var faults = 0;
        faults += probe.Accessible < Uapi.EnvelopeSize ? 1 : 0;
        faults += probe.Argsz < Uapi.EnvelopeSize ? 1 : 0;
        faults += (probe.Flags & Uapi.ReservedFlags) != 0 ? 1 : 0;
        faults += methods == (Uapi.Get | Uapi.Set) && !probing ? 1 : 0;
        faults += !known ? 1 : 0;
        faults += methods == 0 && !probing ? 1 : 0;
        if (known && !probing && methods is Uapi.Get or Uapi.Set)
        {
            faults += (methods & ~Uapi.Methods(probe.Feature)) != 0 ? 1 : 0;
            faults += probe.Argsz >= Uapi.EnvelopeSize && probe.Argsz - Uapi.EnvelopeSize < Uapi.MinPayload(probe.Feature) ? 1 : 0;
            faults += probe.Accessible >= Uapi.EnvelopeSize && probe.Accessible < Uapi.EnvelopeSize + Uapi.MinPayload(probe.Feature) ? 1 : 0;
        }

        return faults;
    }

    private static void AfterProbe(MigrationMachine machine, ref ModelState next, in Probe probe, in Observation seen)
    {
        var probing = (probe.Flags & Uapi.Probe) != 0;
        var tooShort = seen.Errno != 0 && (probe.Flags & Uapi.Set) != 0 && probe.Argsz < Uapi.EnvelopeSize + Math.Max(0, Uapi.MinPayload(probe.Feature));
        Untouched(
            ref next,
            probing ? Rules.Of(MIG_FSM_22, ABI_09)
                : tooShort ? Rules.Of(MIG_ERR_11, ABI_11)
                : seen.Errno != 0 ? Rules.Of(MIG_FSM_22, MIG_ERR_11)
                : Rules.Of(MIG_FSM_22)
        );
        if (probing && seen.Errno == 0 && probe.Feature == Uapi.MigPrecopyInfoV2)
            next.PreCopy.Flags |= PreCopyFlags.Probed;
        if (probing || seen.Errno != 0 || (probe.Flags & (Uapi.Get | Uapi.Set)) == 0)
            return;
        if (probe.Feature == Uapi.MigDeviceState && (probe.Flags & Uapi.Set) != 0)
            next.FailingArc = 0;
        else if (probe.Feature == Uapi.DmaLoggingStart)
            next.Log.StartRaw(machine.HasLogging);
        else if (probe.Feature == Uapi.DmaLoggingStop)
            next.Log.Stop();
        else if (probe.Feature == Uapi.MigPrecopyInfoV2)
            AfterOptIn(ref next);
    }

    private static void Refuse(ErrnoSet errnos, Rules rules, bool several, ref OutcomeSet set)
    {
        set.Add(errnos, rules);
        if (several)
            set.Add(ErrnoSet.AnyFailure, rules.And(ABI_26)).Grade = Grade.Forbidden;
    }
}
