using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the registers (SMMU-REG).</summary>
internal static class SmmuRegisterFaults
{
    // From v3.2 a guarded register that is written while enabled keeps its value; before, anything may come of it.
    private static SmmuCapabilities Later => Full with { Aidr = 2 };

    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_REG_01, "acknowledges-raw-write", Stage1, "CR0ACK is what was written to CR0", s => new AcknowledgesRawWrite(s)),
        Of(SMMU_REG_02, "identification-is-writable", Stage1, "IDR registers keep what is written to them", s => new IdentificationIsWritable(s)),
        Of(SMMU_REG_03, "gbpa-without-update", Stage1, "GBPA is taken over without UPDATE", s => new GbpaWithoutUpdate(s)),
        Of(SMMU_REG_04, "gbpa-abort-ignored", Stage1, "GBPA.ABORT has no effect", s => new GbpaAbortIgnored(s)),
        Of(
            SMMU_REG_05,
            "guarded-write-half-applied",
            Later,
            "a 64-bit write of a guarded register takes its lower half while enabled",
            s => new GuardedWriteHalfApplied(s)
        ),
        Of(
            SMMU_REG_06,
            "queue-index-always-read-only",
            Stage1,
            "CMDQ_CONS and EVENTQ_PROD cannot be written while the queue is disabled",
            s => new QueueIndexAlwaysReadOnly(s)
        ),
        Of(SMMU_REG_07, "upper-half-dropped", Stage1, "a 64-bit write takes the lower half only", s => new UpperHalfDropped(s)),
        Of(SMMU_REG_08, "sticky-two-level-format", Stage1, "a stream table that once had two levels keeps them", s => new StickyTwoLevelFormat(s)),
        Of(SMMU_REG_09, "queue-size-unlimited", Stage1, "LOG2SIZE of a queue is used as written", s => new QueueSizeUnlimited(s)),
        Of(SMMU_REG_10, "caches-survive-reset", Stage1, "reset leaves the caches as they are", s => new CachesSurviveReset(s)),
        Of(SMMU_REG_11, "page-one-decode-error", Stage1, "registers of page 1 read as 0 and ignore writes", s => new PageOneDecodeError(s)),
        Of(
            SMMU_REG_12,
            "global-bypass-records-size-fault",
            Stage1,
            "SMMUEN=0: an address beyond the output size is recorded",
            s => new GlobalBypassRecordsSizeFault(s)
        ),
        Of(
            SMMU_REG_12,
            "global-bypass-truncates-address",
            Stage1,
            "SMMUEN=0: an address beyond the output size loses its upper bits",
            s => new GlobalBypassTruncatesAddress(s)
        ),
        Of(
            SMMU_REG_13,
            "acknowledges-unimplemented-bits",
            Stage1,
            "CR0ACK and IRQ_CTRLACK show bits of features that are not there",
            s => new AcknowledgesUnimplementedBits(s)
        ),
        Of(SMMU_REG_15, "queue-base-unmasked", Stage1, "address bits below the size of a queue count", s => new QueueBaseUnmasked(s)),
        Of(SMMU_REG_15, "queue-base-masked-to-64", Stage1, "bit 5 of a queue's address never counts", s => new QueueBaseMaskedTo64(s)),
    ];

    private sealed class AcknowledgesRawWrite(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint Acknowledge(uint value) => value;
    }

    private sealed class IdentificationIsWritable(SmmuSite s) : FaultySmmu(s)
    {
        private readonly Dictionary<uint, uint> written = [];

        private protected override void StoreIdentification(uint offset, uint value) => written[offset] = value;

        private protected override uint Load(uint offset) => written.TryGetValue(offset, out var value) ? value : base.Load(offset);
    }

    private sealed class GbpaWithoutUpdate(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AcceptsGbpa(uint value) => true;
    }

    private sealed class GbpaAbortIgnored(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AbortsGlobally => false;
    }

    private sealed class GuardedWriteHalfApplied(SmmuSite s) : FaultySmmu(s)
    {
        private bool open;

        private protected override void Store64(uint offset, ulong value)
        {
            open = true;
            Store(offset, (uint)value);
            open = false;
            Store(offset + 4, (uint)(value >> 32));
        }

        private protected override bool IsGuarded(uint bit) => !open && base.IsGuarded(bit);
    }

    private sealed class QueueIndexAlwaysReadOnly(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AcceptsIndex(uint bit) => false;
    }

    private sealed class UpperHalfDropped(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Store64(uint offset, ulong value) => Store(offset, (uint)value);
    }

    private sealed class StickyTwoLevelFormat(SmmuSite s) : FaultySmmu(s)
    {
        private bool twoLevels;

        private protected override bool HasTwoLevels => twoLevels |= base.HasTwoLevels;

        public override void Reset()
        {
            base.Reset();
            twoLevels = false;
        }
    }

    private sealed class QueueSizeUnlimited(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int LimitQueueSize(int log2Size, int limit) => log2Size;
    }

    private sealed class CachesSurviveReset(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void ForgetEverything() { }
    }

    private sealed class PageOneDecodeError(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint Load(uint offset) => offset < 0x1_0000 ? base.Load(offset) : 0;

        private protected override void Store(uint offset, uint value)
        {
            if (offset < 0x1_0000)
                base.Store(offset, value);
        }
    }

    private sealed class GlobalBypassRecordsSizeFault(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool BypassGlobally(ref ulong address, ref Refusal fault)
        {
            if (base.BypassGlobally(ref address, ref fault))
                return true;
            if (!AbortsGlobally)
                fault = new()
                {
                    Type = SmmuEventType.AddressSize,
                    Class = SmmuEventClass.InputAddress,
                    Unconditional = true,
                };
            return false;
        }
    }

    private sealed class GlobalBypassTruncatesAddress(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool BypassGlobally(ref ulong address, ref Refusal fault)
        {
            address &= (1ul << Capabilities.OutputAddressSize) - 1;
            return base.BypassGlobally(ref address, ref fault);
        }
    }

    private sealed class AcknowledgesUnimplementedBits(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint Acknowledge(uint value) => value & 0x5df;

        private protected override uint AcknowledgeInterrupts(uint value) => value & 7;
    }

    private sealed class QueueBaseUnmasked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong AlignQueue(ulong address, int log2Bytes) => address;
    }

    private sealed class QueueBaseMaskedTo64(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong AlignQueue(ulong address, int log2Bytes) => base.AlignQueue(address, Math.Max(6, log2Bytes));
    }
}
