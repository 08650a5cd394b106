using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults that show when something is done many times: what grows, and what is used up.</summary>
internal static class BalanceFaults
{
    // How often a driver can do what it never gives back.
    private const int Slots = 40;

    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(
            [MIG_FSM_19, MIG_FD_27], // so do saves in one stop
            "F-MIG-FSM-19",
            "image-grows",
            F1,
            "every sixteenth save carries the registers once more",
            OnSaving(d => new ImageGrows(d))
        ),
        Of(MIG_FSM_19, "loads-use-up-slots", F1, "each load uses one of 40 slots, which nothing gives back", OnDriver(f => new LoadsUseUp(f))),
        Of(MIG_FSM_19, "refused-request-leaks", F1, "every request that is refused leaves a descriptor", s => new RefusalLeaks(s)),
        Of(MIG_FSM_19, "given-up-save-leaks", F1, "a save that is given up leaves a descriptor", s => new GivenUpSaveLeaks(s)),
        Of(MIG_FSM_19, "reopen-leaks", F1, "every open leaves the descriptor of the one before", s => new ReopenLeaks(s)),
        Of(DLOG_12, "log-slots-run-out", F3, "each START uses one of 40 slots, which STOP does not give back", s => new LogSlotsRunOut(s)),
    ];

    private abstract class Leaking(FaultSite s) : FaultyCore(s)
    {
        protected int Leaked { get; set; }

        public override int CountDescriptors() => base.CountDescriptors() + Leaked;
    }

    private sealed class ImageGrows(ReferenceDriver d) : SavingSession(d)
    {
        private int saves;

        public override void Begin(bool preCopy, int failAt, int failErrno)
        {
            saves++;
            base.Begin(preCopy, failAt, failErrno);
        }

        protected override void AppendFinalRecords()
        {
            var before = Length;
            for (var i = 0; i < saves / 16; i++)
                AppendRegisters(0, ContentLimits.Registers);
            // The header said how long the stream would be.
            var total = Produced.Slice(16, 8);
            if (BinaryPrimitives.ReadUInt64LittleEndian(total) is var announced and not ReferenceFormat.UnknownLength)
                BinaryPrimitives.WriteUInt64LittleEndian(total, announced + (ulong)(Length - before));
            base.AppendFinalRecords();
        }
    }

    private sealed class LoadsUseUp(MigrationFeatures features) : ReferenceDriver(features)
    {
        private int used;

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            file = null;
            return to == DeviceState.Resuming && used++ >= Slots ? new(Errno.ENOMEM) : base.TakeArc(from, to, out file);
        }
    }

    private sealed class RefusalLeaks(FaultSite s) : Leaking(s)
    {
        protected override int Refuse(DeviceState current, uint target, int errno)
        {
            Leaked++;
            return base.Refuse(current, target, errno);
        }
    }

    private sealed class GivenUpSaveLeaks(FaultSite s) : Leaking(s)
    {
        protected override void EndSession(SessionEnd cause)
        {
            if (Session?.File is SavingSession session && session.Position < session.Length)
                Leaked++;
            base.EndSession(cause);
        }
    }

    private sealed class ReopenLeaks(FaultSite s) : Leaking(s)
    {
        protected override DeviceState StateAtReopen()
        {
            Leaked++;
            return base.StateAtReopen();
        }
    }

    private sealed class LogSlotsRunOut(FaultSite s) : FaultyCore(s)
    {
        private int used;

        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            if (errno != 0 || used++ < Slots)
                return errno;
            UndoStart();
            return Errno.ENOMEM;
        }
    }
}
