using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the event queue, its records and stalls (SMMU-EVT).</summary>
internal static class SmmuEventFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(
            SMMU_EVT_01,
            "class-always-zero",
            Stage1,
            "CLASS of every record is 0",
            s => new Rewrites(s, static (in access, in fault, record) => record with { Class = 0 })
        ),
        Of(
            SMMU_EVT_02,
            "rnw-always-read",
            Nested,
            "RnW of every record of a fault is 1",
            s => new Rewrites(s, static (in access, in fault, record) => record with { RnW = record.RnW || fault.Type >= SmmuEventType.WalkAbort })
        ),
        Of(
            SMMU_EVT_03,
            "input-address-loses-top-byte",
            Stage1,
            "the top byte of InputAddr is 0",
            s => new Rewrites(s, static (in access, in fault, record) => record with { D2 = record.D2 << 8 >> 8 })
        ),
        Of(
            SMMU_EVT_03,
            "input-address-page-aligned",
            Stage1,
            "InputAddr is the address of the page",
            s => new Rewrites(s, static (in access, in fault, record) => record with { D2 = record.D2 >> 12 << 12 })
        ),
        Of(SMMU_EVT_04, "two-records-for-one-access", Nested, "a stage-2 fault is recorded for stage 1 as well", s => new TwoRecordsForOneAccess(s)),
        Of(SMMU_EVT_05, "full-queue-raises-abort", Stage1, "a full queue is EVENTQ_ABT_ERR", s => new FullQueueRaisesAbort(s)),
        Of(
            SMMU_EVT_06,
            "event-abort-toggles-every-time",
            Stage1,
            "each aborted write of a record toggles EVENTQ_ABT_ERR",
            s => new EventAbortTogglesEveryTime(s)
        ),
        Of(SMMU_EVT_07, "writes-to-disabled-event-queue", Stage1, "records are written with EVENTQEN=0", s => new WritesToDisabledEventQueue(s)),
        new(
            "hangs-without-event-queue",
            [SMMU_EVT_07],
            "F-SMMU-EVT-07",
            Stage1,
            "a fault waits until there is an event queue",
            s => new HangsWithoutEventQueue(s)
        )
        {
            Hangs = true,
        },
        Of(SMMU_EVT_08, "event-wrap-bit-lost", Stage1, "EVENTQ_PROD has no wrap bit", s => new EventWrapBitLost(s)),
        Of(
            SMMU_EVT_09,
            "event-interrupt-ignores-enable",
            Stage1,
            "the interrupt of the event queue cannot be disabled",
            s => new EventInterruptIgnoresEnable(s)
        ),
        Of(
            SMMU_EVT_10,
            "ipa-is-input-address",
            Nested,
            "IPA is the input address",
            s => new Rewrites(
                s,
                static (in access, in fault, record) =>
                    record.S2 && fault.Type != SmmuEventType.WalkAbort ? record with { IPA = access.Transaction.Address } : record
            )
        ),
        Of(
            [SMMU_EVT_10, SMMU_EVT_16],
            "F-SMMU-EVT-10, F-SMMU-EVT-16",
            "ipa-is-table-base",
            Nested,
            "IPA is the address of the stage-1 table, not of the descriptor",
            s => new IpaIsTableBase(s)
        ),
        Of(SMMU_EVT_11, "stag-reused-while-live", Full, "every stalled transaction has the same STAG", s => new StagReusedWhileLive(s)),
        Of(SMMU_EVT_12, "stage-two-before-stage-one", Nested, "a stage-2 fault wins over a Permission fault of stage 1", s => new StageTwoBeforeStageOne(s)),
        Of(SMMU_EVT_13, "writes-while-abort-active", Stage1, "records are written while EVENTQ_ABT_ERR is active", s => new WritesWhileAbortActive(s)),
        Of(SMMU_EVT_14, "overflow-blocks-queue", Stage1, "no record is written until an overflow is acknowledged", s => new OverflowBlocksQueue(s)),
        Of(SMMU_EVT_14, "overflow-toggles-twice", Stage1, "OVFLG is toggled for each record that is lost", s => new OverflowTogglesTwice(s)),
        Of(SMMU_EVT_15, "prefetch-records-event", Stage1, "PREFETCH records what is wrong with its target", s => new PrefetchRecordsEvent(s)),
        Of(SMMU_EVT_16, "table-fault-class-tt", Stage1, "a stage-1 fault in the tables has CLASS=TT", s => new TableFaultClassTt(s)),
        Of(
            [SMMU_EVT_16],
            "P-080",
            "class-always-in",
            Nested,
            "CLASS of every record of a fault is IN",
            s => new Rewrites(
                s,
                static (in access, in fault, record) => fault.Type >= SmmuEventType.WalkAbort ? record with { Class = SmmuEventClass.InputAddress } : record
            )
        ),
        Of(
            SMMU_EVT_17,
            "raw-attributes-in-record",
            Full,
            "PnU and InD of a record are those of the transaction as it arrived",
            s => new RawAttributesInRecord(s)
        ),
        Of(SMMU_EVT_18, "stalled-record-dropped", Full, "the record of a stalled transaction is lost when the queue is full", s => new StalledRecordDropped(s)),
        Of(
            SMMU_EVT_19,
            "stage-two-input-truncated",
            Nested,
            "an input address beyond the intermediate size loses its upper bits",
            s => new StageTwoInputTruncated(s)
        ),
    ];

    private delegate SmmuEvent Rewriting(in Access access, in Refusal fault, SmmuEvent record);

    private sealed class Rewrites(SmmuSite s, Rewriting rewrite) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault) => rewrite(access, fault, base.Describe(access, fault));
    }

    private sealed class TwoRecordsForOneAccess(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuReply Refuse(in Access access, in Refusal fault, out SmmuEvent record)
        {
            var reply = base.Refuse(access, fault, out record);
            if (fault.Stage2 && IsTranslationFault(fault) && Records(access, fault))
                Post(Describe(access, fault with { Stage2 = false }));
            return reply;
        }
    }

    private sealed class FullQueueRaisesAbort(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Overflow()
        {
            base.Overflow();
            Raise(EventQueueAbort);
        }
    }

    private sealed class EventAbortTogglesEveryTime(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsEventQueueWritable => IsOn(EventQueueEnable);

        private protected override void Raise(uint error)
        {
            if (error == EventQueueAbort)
                ToggleError(error);
            else
                base.Raise(error);
        }
    }

    private sealed class WritesToDisabledEventQueue(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsEventQueueWritable => !IsOn(EventQueueEnable) || base.IsEventQueueWritable;
    }

    private sealed class HangsWithoutEventQueue(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Post(in SmmuEvent record)
        {
            if (!IsOn(EventQueueEnable))
                Thread.Sleep(Timeout.Infinite);
            base.Post(record);
        }
    }

    private sealed class EventWrapBitLost(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint AdvanceProducer(uint producer, uint mask) => base.AdvanceProducer(producer, mask) & ~((mask + 1) >> 1);
    }

    private sealed class EventInterruptIgnoresEnable(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool InterruptsFor(SmmuInterrupt line) => line == SmmuInterrupt.EventQueue || base.InterruptsFor(line);
    }

    private sealed class IpaIsTableBase(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault)
        {
            var record = base.Describe(access, fault);
            if (fault is not { Stage2: true, Class: SmmuEventClass.TranslationTable } || fault.Type == SmmuEventType.WalkAbort)
                return record;
            var context = access.Context!;
            var granule = ((access.Transaction.Address >> 55 & 1) != 0 ? context.Upper : context.Lower).Tables.Granule;
            return record with { IPA = Clear(fault.Ipa, granule) };
        }
    }

    private sealed class StagReusedWhileLive(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int ChooseTag() => 0;
    }

    private sealed class StageTwoBeforeStageOne(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool WalkAndKeep(ref Access access, in ContextHalf half, ulong va, out ulong address, ref Refusal fault)
        {
            if (base.WalkAndKeep(ref access, half, va, out address, ref fault))
                return true;
            if (fault is not { Type: SmmuEventType.Permission, Stage2: false } || !access.Stream!.HasStage2)
                return false;
            Refusal other = default;
            if (
                WalkStage1(ref access, half, va, out var leaf, ref other)
                && !TranslateStage2(ref access, leaf.Output | (va & ((1ul << leaf.Shift) - 1)), Stage2Use.Input, out _, out _, ref other)
            )
                fault = other;
            return false;
        }
    }

    private sealed class WritesWhileAbortActive(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsEventQueueWritable => IsOn(EventQueueEnable);
    }

    private sealed class OverflowBlocksQueue(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsEventQueueWritable => base.IsEventQueueWritable && !HasOverflow;
    }

    private sealed class OverflowTogglesTwice(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Overflow() => ToggleOverflow();
    }

    private sealed class PrefetchRecordsEvent(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Prefetch(in SmmuCommand command)
        {
            var transaction = new SmmuTransaction(command.StreamId, 0, IsRead: true, Length: 4);
            if (IsOn(Enable) && !Speculate(transaction, out var access, out var fault) && fault.Type == SmmuEventType.BadSte)
                Post(Describe(access, fault));
        }
    }

    private sealed class TableFaultClassTt(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool Fault(ref Refusal fault, SmmuEventType type, bool atTable = false)
        {
            base.Fault(ref fault, type, atTable);
            if (atTable)
                fault.Class = SmmuEventClass.TranslationTable;
            return false;
        }
    }

    private sealed class RawAttributesInRecord(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault) =>
            base.Describe(access with { IsPrivileged = access.Transaction.IsPrivileged, IsInstruction = access.Transaction.IsInstruction }, fault);
    }

    private sealed class StalledRecordDropped(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool PostHeld(in SmmuEvent record)
        {
            base.PostHeld(record);
            return true;
        }
    }

    private sealed class StageTwoInputTruncated(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool BypassStage1(ref Access access, out ulong address, ref Refusal fault)
        {
            if (!access.Stream!.HasStage2)
                return base.BypassStage1(ref access, out address, ref fault);
            var cut = access.Transaction.Address & ((1ul << Capabilities.IntermediateAddressSize) - 1);
            return TranslateStage2(ref access, cut, Stage2Use.Input, out address, out _, ref fault);
        }
    }
}
