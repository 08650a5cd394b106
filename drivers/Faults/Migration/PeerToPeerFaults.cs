using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Migration.Device.DeviceState;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of quiescence towards peers (MIG-P2P).</summary>
internal static class PeerToPeerFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(MIG_P2P_01, "begins-peer-writes-in-p2p", F3, "writes to peers go on in RUNNING_P2P", OnDriver(f => new BeginsPeerWrites(f, RunningP2P))),
        Of(MIG_P2P_02, "stops-reads-only", F3, "in RUNNING_P2P DMA reads stop and DMA writes go on", OnDriver(f => new StopsReadsOnly(f))),
        Of(MIG_P2P_03, "late-peer-write", F3, "a write to a peer that was begun arrives in RUNNING_P2P", OnDriver(f => new LatePeerWrite(f))),
        Of(
            [MIG_P2P_04, SEED_06],
            "F-MIG-P2P-04, F-SEED-06",
            "drops-peer-accesses-in-p2p",
            F3,
            "what peers write in RUNNING_P2P is dropped",
            OnDriver(f => new DropsPeerAccesses(f))
        ),
        Of([MIG_P2P_05, MIG_FEAT_07], "F-MIG-P2P-05", "accepts-p2p-without-p2p", F1, "RUNNING_P2P is accepted and taken for RUNNING", s => new AcceptsP2P(s)),
        Of(MIG_P2P_07, "peer-writes-stay-off", F3, "after RUNNING_P2P no write to a peer is begun any more", OnDriver(f => new PeerWritesStayOff(f))),
        Of(
            [MIG_P2P_09, MIG_P2P_01],
            "F-MIG-P2P-09",
            "answers-peers-in-p2p",
            F3,
            "a peer's access in RUNNING_P2P is answered",
            OnDriver(f => new AnswersPeers(f))
        ),
        Of(
            [MIG_P2P_11, MIG_FSM_07],
            "F-MIG-P2P-11",
            "demands-explicit-p2p",
            F3,
            "RUNNING to STOP is refused, RUNNING_P2P to STOP is not",
            s => new DemandsP2P(s)
        ),
        Of(MIG_P2P_12, "forgets-stop-after-pre-copy", F5, "the device works on after PRE_COPY to STOP_COPY", OnDriver(f => new ForgetsStop(f))),
        Of(MIG_PRE_17, "begins-peer-writes-in-pre-copy-p2p", F7, "writes to peers go on in PRE_COPY_P2P", OnDriver(f => new BeginsPeerWrites(f, PreCopyP2P))),
    ];

    private sealed class BeginsPeerWrites(MigrationFeatures f, DeviceState state) : ReferenceDriver(f)
    {
        protected override bool MayBegin(WorkKind kind) => (kind == WorkKind.PeerWrite && At == state) || base.MayBegin(kind);
    }

    private sealed class StopsReadsOnly(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override bool MayBegin(WorkKind kind) => kind == WorkKind.MemoryWrite || base.MayBegin(kind);
    }

    private sealed class LatePeerWrite(MigrationFeatures f) : ReferenceDriver(f)
    {
        private QueueEntry? begun;

        protected override void Operate()
        {
            if (begun is not { } entry || IsStopped)
            {
                base.Operate();
                return;
            }

            begun = null;
            base.Perform(entry);
        }

        public override int Reset()
        {
            begun = null;
            return base.Reset();
        }

        protected override void Perform(in QueueEntry entry)
        {
            if (KindOf(entry) == WorkKind.PeerWrite)
                begun = entry;
            else
                base.Perform(entry);
        }
    }

    private sealed class DropsPeerAccesses(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void Take(uint value)
        {
            if (!IsQuiesced)
                base.Take(value);
        }
    }

    private sealed class AcceptsP2P(FaultSite s) : FaultyCore(s)
    {
        protected override int SetState(uint target, out OpenFile? opened) => base.SetState(target == (uint)RunningP2P ? (uint)Running : target, out opened);
    }

    private sealed class PeerWritesStayOff(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool off;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            off |= to == RunningP2P && from == Running;
            return base.TakeArc(from, to, out file);
        }

        public override int Reset()
        {
            off = false;
            return base.Reset();
        }

        protected override bool MayBegin(WorkKind kind) => !(off && kind == WorkKind.PeerWrite) && base.MayBegin(kind);
    }

    private sealed class AnswersPeers(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool owes;

        protected override void Take(uint value)
        {
            owes = IsQuiesced;
            base.Take(value);
        }

        protected override void Operate()
        {
            if (IsQuiesced && owes)
            {
                owes = false;
                Perform(new(1, 1, (uint)WorkKind.PeerWrite));
                return;
            }

            base.Operate();
        }
    }

    private sealed class DemandsP2P(FaultSite s) : FaultyCore(s)
    {
        protected override int SetState(uint target, out OpenFile? opened)
        {
            opened = null;
            return State == Running && target == (uint)Stop ? Errno.EINVAL : base.SetState(target, out opened);
        }
    }

    private sealed class ForgetsStop(MigrationFeatures f) : ReferenceDriver(f)
    {
        private bool runs;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            runs = from == PreCopy && to == StopCopy;
            return base.TakeArc(from, to, out file);
        }

        protected override void Operate()
        {
            if (runs && At == StopCopy && OldestKind is not null)
                Perform(TakeOldest());
            else
                base.Operate();
        }
    }
}
