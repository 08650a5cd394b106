using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of feature discovery (MIG-FEAT).</summary>
internal static class FeatureFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of([MIG_FEAT_01, MIG_FEAT_02], "F-MIG-FEAT-01", "reports-p2p-only", F1, "the flags lack STOP_COPY: 2", s => new ReportsFlags(s, 2)),
        Of(MIG_FEAT_02, "reports-flags-six", F1, "the flags are 6, which no device can have", s => new ReportsFlags(s, 6)),
        Of(MIG_FEAT_02, "reports-flags-nine", F1, "the flags have a bit that nobody defined: 9", s => new ReportsFlags(s, 9)),
        Of(MIG_FEAT_03, "loses-pre-copy-after-use", F5, "PRE_COPY is no longer reported after the first session", s => new LosesPreCopyAfterUse(s)),
        Of(MIG_FEAT_04, "query-rewinds-stream", F1, "asking for the flags puts the saving position back to the start", s => new QueryRewindsStream(s)),
        Of(MIG_FEAT_05, "starts-in-stop", F1, "a new device is in STOP", s => new StartsInStop(s)),
        Of([MIG_FEAT_06, SIZE_02], "F-MIG-FEAT-06, F-SIZE-02", "lacks-data-size", F1, "feature 9 gives ENOTTY", s => new LacksDataSize(s)),
        Of(MIG_FEAT_07, "advertises-p2p-it-lacks", F1, "the flags have P2P, but RUNNING_P2P is refused", s => new AdvertisesP2PItLacks(s)),
        Of(MIG_FEAT_08, "lacks-precopy-info", F5, "the saving fd has no ioctl", s => new LacksPrecopyInfo(s)),
        Of(MIG_FEAT_09, "ties-opt-in-to-p2p", F3, "feature 12 is there with P2P, not with PRE_COPY", s => new TiesOptInToP2P(s)),
        Of(MIG_FEAT_11, "empty-flags-mean-query", F1, "a flags word of 0 is served as the query of the flags", s => new EmptyFlagsMeanQuery(s)),
    ];

    private sealed class ReportsFlags(FaultSite s, ulong flags) : FaultyCore(s)
    {
        protected override ulong MigrationFlags => flags;
    }

    private sealed class LosesPreCopyAfterUse(FaultSite s) : FaultyCore(s)
    {
        protected override ulong MigrationFlags => LastDescriptor >= 0 ? base.MigrationFlags & ~(ulong)MigrationFeatures.PreCopy : base.MigrationFlags;
    }

    private sealed class QueryRewindsStream(FaultSite s) : FaultyCore(s)
    {
        protected override ulong MigrationFlags
        {
            get
            {
                if (Session?.File is SavingSession session)
                    session.Position = 0;
                return base.MigrationFlags;
            }
        }
    }

    private sealed class StartsInStop : FaultyCore
    {
        public StartsInStop(FaultSite s)
            : base(s) => State = DeviceState.Stop;
    }

    private sealed class LacksDataSize(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckGate(FeatureRow row) => row.Index == Uapi.MigDataSize ? Errno.ENOTTY : base.CheckGate(row);
    }

    private sealed class AdvertisesP2PItLacks(FaultSite s) : FaultyCore(s)
    {
        protected override ulong MigrationFlags => base.MigrationFlags | (ulong)MigrationFeatures.P2P;
    }

    private sealed class LacksPrecopyInfo(FaultSite s) : FaultyCore(s)
    {
        protected override bool HasIoctl(OpenFile file) => false;
    }

    private sealed class TiesOptInToP2P(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckGate(FeatureRow row) =>
            row.Gate != FeatureGate.PreCopy ? base.CheckGate(row)
            : (Features & MigrationFeatures.P2P) != 0 ? Errno.None
            : row.Unsupported;
    }

    private sealed class EmptyFlagsMeanQuery(FaultSite s) : FaultyCore(s)
    {
        protected override uint InterpretFlags(uint flags) => flags == 0 ? Uapi.Get | Uapi.Migration : flags;
    }
}
