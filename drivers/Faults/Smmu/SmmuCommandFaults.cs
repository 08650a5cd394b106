using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the command queue (SMMU-CMDQ).</summary>
internal static class SmmuCommandFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_CMDQ_01, "illegal-command-consumed", Stage1, "CMDQ_CONS moves past a command that is wrong", s => new IllegalCommandConsumed(s)),
        Of(SMMU_CMDQ_02, "producer-write-resumes", Stage1, "a write of CMDQ_PROD goes on without an acknowledgement", s => new ProducerWriteResumes(s)),
        Of(SMMU_CMDQ_02, "stale-command-copy", Stage1, "after the acknowledgement the command is not fetched again", s => new StaleCommandCopy(s)),
        Of(SMMU_CMDQ_03, "fetch-abort-skips-entry", Stage1, "a command that cannot be fetched is skipped", s => new FetchAbortSkipsEntry(s)),
        Of(SMMU_CMDQ_04, "reserved-sync-accepted", Stage1, "SYNC with CS=3 is accepted", s => new ReservedSyncAccepted(s)),
        Of(
            SMMU_CMDQ_05,
            "unimplemented-commands-ignored",
            Stage1,
            "commands of features that are not there do nothing",
            s => new UnimplementedCommandsIgnored(s)
        ),
        Of(SMMU_CMDQ_06, "secure-bit-checked-once", Stage1, "SSec is checked in CFGI_STE only", s => new SecureBitCheckedOnce(s)),
        Of(SMMU_CMDQ_07, "queue-index-mask-too-wide", Stage1, "indices have a bit more than LOG2SIZE says", s => new QueueIndexMaskTooWide(s)),
        Of(SMMU_CMDQ_08, "skips-a-command", Stage1, "of several commands that wait, every second one is left out", s => new SkipsACommand(s)),
        Of(SMMU_CMDQ_09, "stops-on-stale-error", Stage1, "CMDQ_CONS.ERR of an acknowledged error stops the queue", s => new StopsOnStaleError(s)),
        Of(SMMU_CMDQ_10, "consumer-reset-on-enable", Stage1, "CMDQEN going to 1 sets CMDQ_CONS to 0", s => new ConsumerResetOnEnable(s)),
        Of(SMMU_CMDQ_11, "empty-range-is-one-page", Stage1, "a range TLBI with TTL, NUM and SCALE of 0 is accepted", s => new EmptyRangeIsOnePage(s)),
        Of(SMMU_CMDQ_12, "disabling-queue-acknowledges", Stage1, "CMDQEN going to 0 acknowledges an error", s => new DisablingQueueAcknowledges(s)),
        Of(SMMU_CMDQ_12, "removed-commands-run", Stage1, "CMDQ_PROD does not go back while an error is active", s => new RemovedCommandsRun(s)),
        Of(
            SMMU_CMDQ_13,
            "stream-index-without-bound",
            Stage1,
            "CFGI of a StreamID beyond SIDSIZE reaches outside of an array",
            s => new StreamIndexWithoutBound(s)
        ),
        Of(SMMU_CMDQ_14, "record-posted-late", Stage1, "a record is written when the next one comes", s => new RecordPostedLate(s)),
        Of(
            SMMU_CMDQ_15,
            "ignored-before-checked",
            Full with
            {
                PRI = true,
                PRIQS = 8,
            },
            "PRI_RESP with SMMUEN=0 is ignored before it is checked",
            s => new IgnoredBeforeChecked(s)
        ),
        Of(SMMU_CMDQ_16, "acts-on-reserved-bit", Stage1, "a command with bit 8 set ends with CERROR_ABT", s => new ActsOnReservedBit(s)),
    ];

    private sealed class IllegalCommandConsumed(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint Stopped(uint consumer, uint mask, CommandError error) => base.Stopped(Advance(consumer), mask, error);
    }

    private sealed class ProducerWriteResumes(SmmuSite s) : FaultySmmu(s)
    {
        private bool resumed;

        private protected override bool IsHalted => base.IsHalted && !resumed;

        private protected override void ProducerMoved()
        {
            resumed = HasCommandError;
            base.ProducerMoved();
            resumed = false;
        }

        // Otherwise the same command would be run for ever.
        private protected override void Raise(uint error)
        {
            resumed = false;
            base.Raise(error);
        }
    }

    private sealed class StaleCommandCopy(SmmuSite s) : FaultySmmu(s)
    {
        private SmmuCommand copy;
        private ulong at,
            copyAt;

        private protected override bool FetchCommand(ulong address, out SmmuCommand command)
        {
            at = address;
            command = copy;
            return (copyAt == address && copyAt != 0) || base.FetchCommand(address, out command);
        }

        private protected override CommandError Execute(in SmmuCommand command)
        {
            var error = base.Execute(command);
            (copy, copyAt) = error == CommandError.None ? (default, 0) : (command, at);
            return error;
        }

        public override void Reset()
        {
            base.Reset();
            copyAt = 0;
        }
    }

    private sealed class FetchAbortSkipsEntry(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool Overlooks(CommandError error) => error == CommandError.Abort;
    }

    private sealed class ReservedSyncAccepted(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsLegalSignal(int signal) => true;
    }

    private sealed class UnimplementedCommandsIgnored(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsLegal(in SmmuCommand command) =>
            base.IsLegal(command)
            || command.Opcode
                is SmmuOpcode.TlbiEl3All
                    or SmmuOpcode.TlbiEl3Va
                    or SmmuOpcode.TlbiEl2All
                    or SmmuOpcode.TlbiEl2Asid
                    or SmmuOpcode.TlbiEl2Va
                    or SmmuOpcode.TlbiEl2Vaa
                    or SmmuOpcode.TlbiS12VmAll
                    or SmmuOpcode.TlbiS2Ipa
                    or SmmuOpcode.AtcInv
                    or SmmuOpcode.PriResp
                    or SmmuOpcode.Resume
                    or SmmuOpcode.StallTerm;

        private protected override void Perform(in SmmuCommand command)
        {
            if (base.IsLegal(command))
                base.Perform(command);
        }
    }

    private sealed class SecureBitCheckedOnce(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool HasSecureBit(SmmuOpcode opcode) => opcode == SmmuOpcode.CfgiSte;
    }

    private sealed class QueueIndexMaskTooWide(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint PointerMask(int log2Size) => base.PointerMask(log2Size + 1);
    }

    private sealed class SkipsACommand(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint Advance(uint consumer) => consumer + (CommandsLeft > 1 ? 2u : 1);
    }

    private sealed class StopsOnStaleError(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsHalted => base.IsHalted || CommandConsumer >> 24 != 0;
    }

    private sealed class ConsumerResetOnEnable(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void ControlChanged(uint before)
        {
            if ((before & CommandQueueEnable) == 0 && IsOn(CommandQueueEnable))
                CommandConsumer = 0;
            base.ControlChanged(before);
        }
    }

    private sealed class EmptyRangeIsOnePage(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsEmptyRange(in SmmuCommand command) => false;
    }

    private sealed class DisablingQueueAcknowledges(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void ControlChanged(uint before)
        {
            if ((before & CommandQueueEnable) != 0 && !IsOn(CommandQueueEnable))
                AcknowledgeError(CommandQueueError);
            base.ControlChanged(before);
        }
    }

    private sealed class RemovedCommandsRun(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Store(uint offset, uint value)
        {
            if (offset != SmmuRegister.CmdqProd || !HasCommandError)
            {
                base.Store(offset, value);
                return;
            }
            var before = Load(SmmuRegister.CmdqProd);
            var left = CommandsLeft;
            base.Store(offset, value);
            if (CommandsLeft < left)
                base.Store(offset, before);
        }
    }

    private sealed class StreamIndexWithoutBound(SmmuSite s) : FaultySmmu(s)
    {
        private readonly bool[] fresh = new bool[1 << Math.Min(16, s.Capabilities.SIDSIZE)];

        private protected override void InvalidateStreams(uint first, uint last, bool leaf)
        {
            fresh[first] = false;
            base.InvalidateStreams(first, last, leaf);
        }
    }

    private sealed class RecordPostedLate(SmmuSite s) : FaultySmmu(s)
    {
        private SmmuEvent? waiting;

        private protected override void Post(in SmmuEvent record)
        {
            if (waiting is { } before)
                base.Post(before);
            waiting = record;
        }

        public override void Reset()
        {
            base.Reset();
            waiting = null;
        }
    }

    private sealed class IgnoredBeforeChecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsLegalResponse(in SmmuCommand command) => !IsOn(Enable) || base.IsLegalResponse(command);
    }

    private sealed class ActsOnReservedBit(SmmuSite s) : FaultySmmu(s)
    {
        private protected override CommandError Execute(in SmmuCommand command) =>
            (command.D0 & (1 << 8)) != 0 && IsLegal(command) ? CommandError.Abort : base.Execute(command);
    }
}
