using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults that the review of the hisi_acc driver (SEED) speaks of.</summary>
internal static class HisiAccFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(
            [SEED_01, MIG_FEAT_11],
            "F-SEED-01",
            "empty-flags-mean-state",
            F1,
            "a flags word of 0 is served as GET of the state",
            s => new EmptyFlagsMeanState(s)
        ),
        Of([SEED_02, MIG_FEAT_07], "F-SEED-02", "offers-pre-copy-it-lacks", F1, "the flags have PRE_COPY, but it is refused", s => new OffersPreCopyItLacks(s)),
        Of([SEED_03, MIG_PRE_22], "F-SEED-03", "pre-copy-needs-logging", F7, "PRE_COPY is refused unless the DMA log runs", s => new PreCopyNeedsLogging(s)),
        Of([SEED_03], "F-SEED-03", "logging-needs-pre-copy", F7, "the DMA log starts in pre-copy only", s => new LoggingNeedsPreCopy(s)),
        Of([SEED_07, MIG_FSM_06], "F-SEED-07", "cannot-resume", F1, "STOP to RESUMING is not implemented and gives EINVAL", s => new CannotResume(s)),
    ];

    private sealed class EmptyFlagsMeanState(FaultSite s) : FaultyCore(s)
    {
        protected override uint InterpretFlags(uint flags) => flags == 0 ? Uapi.Get | Uapi.MigDeviceState : flags;
    }

    private sealed class OffersPreCopyItLacks(FaultSite s) : FaultyCore(s)
    {
        protected override ulong MigrationFlags => base.MigrationFlags | (ulong)MigrationFeatures.PreCopy;
    }

    private sealed class PreCopyNeedsLogging(FaultSite s) : FaultyCore(s)
    {
        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var begins = (from, to) is (DeviceState.Running, DeviceState.PreCopy) or (DeviceState.RunningP2P, DeviceState.PreCopyP2P);
            if (!begins || Log is ReferenceDmaLog { IsActive: true })
                return base.TakeArc(from, to, out file);
            file = null;
            return new(Errno.EOPNOTSUPP);
        }
    }

    private sealed class LoggingNeedsPreCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int StartLogging(in UserBuffer argument) =>
            State is DeviceState.PreCopy or DeviceState.PreCopyP2P ? base.StartLogging(argument) : Errno.EOPNOTSUPP;
    }

    private sealed class CannotResume(FaultSite s) : FaultyCore(s)
    {
        protected override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return to == DeviceState.Resuming ? new(Errno.EINVAL) : base.TakeArc(from, to, out file);
        }
    }
}
