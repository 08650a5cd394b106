using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the stream table and of STEs (SMMU-STE).</summary>
internal static class SmmuStreamFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_STE_01, "streamid-bound-off-by-one", Stage1, "the StreamID after the last one is accepted", s => new StreamIdBoundOffByOne(s)),
        Of(SMMU_STE_01, "recinvsid-ignored", Stage1, "C_BAD_STREAMID is recorded whatever RECINVSID says", s => new RecInvSidIgnored(s)),
        Of(
            [SMMU_STE_01],
            "P-069",
            "streamid-bound-from-sidsize",
            Stage1,
            "StreamIDs are compared with SIDSIZE, not with LOG2SIZE",
            s => new StreamIdBoundFromSidSize(s)
        ),
        Of(
            SMMU_STE_02,
            "linear-base-mask-one-short",
            Stage1,
            "the highest address bit below the size of a linear table counts",
            s => new LinearBaseMaskOneShort(s)
        ),
        Of(
            SMMU_STE_03,
            "two-level-base-mask-one-short",
            Stage1,
            "the highest address bit below the size of the first level counts",
            s => new TwoLevelBaseMaskOneShort(s)
        ),
        Of(SMMU_STE_04, "ste-span-exponent", Stage1, "Span n means 2^n STEs", s => new SteSpanExponent(s)),
        Of(SMMU_STE_05, "span-twelve-accepted", Stage1, "Span 12 means 2^11 STEs", s => new SpanTwelveAccepted(s)),
        Of(SMMU_STE_06, "l2ptr-keeps-bit-five", Stage1, "bit 5 of an L1STD is part of L2Ptr", s => new L2PtrKeepsBits(s, 1ul << 5)),
        Of(SMMU_STE_06, "l2ptr-keeps-high-bits", Stage1, "bits from 52 on of an L1STD are part of L2Ptr", s => new L2PtrKeepsBits(s, ulong.MaxValue << 52)),
        Of(SMMU_STE_06, "l2ptr-not-aligned", Stage1, "bits of L2Ptr below the size of the array count", s => new L2PtrNotAligned(s)),
        Of(SMMU_STE_07, "ste-fetch-address-in-d2", Stage1, "the address of F_STE_FETCH is in doubleword 2", s => new SteFetchAddressInD2(s)),
        Of(SMMU_STE_08, "invalid-ste-bypasses", Stage1, "V=0 means bypass", s => new InvalidSteBypasses(s)),
        Of(SMMU_STE_09, "abort-config-records-event", Stage1, "Config 0b0xx records C_BAD_STE", s => new AbortConfigRecordsEvent(s)),
        Of(SMMU_STE_10, "bypass-decodes-cd", Stage1, "Config 0b100 fetches the CD and refuses a bad one", s => new BypassDecodesCd(s)),
        Of(SMMU_STE_10, "bypass-truncates-address", Stage1, "Config 0b100 cuts an address down to the output size", s => new BypassTruncatesAddress(s)),
        Of(SMMU_STE_11, "unimplemented-stage-bypasses", Stage1, "Config 0b110 without stage 2 means bypass", s => new UnimplementedStageBypasses(s)),
        Of(
            SMMU_STE_12,
            "disabled-stage-fields-checked",
            Nested,
            "fields of a stage that is not enabled make an STE illegal",
            s => new DisabledStageFieldsChecked(s)
        ),
        Of(
            SMMU_STE_13,
            "cd-count-unchecked",
            Full with
            {
                SSIDSIZE = 8,
                CD2L = false,
            },
            "S1CDMax above SSIDSIZE and two-level CD tables without CD2L are accepted",
            s => new ToleratesStream(s, StreamFlaws.ContextCount | StreamFlaws.ContextFormat)
        ),
        Of(SMMU_STE_13, "cd-count-checked-without-substreams", Stage1, "S1CDMax counts although SSIDSIZE is 0", s => new CdCountCheckedWithoutSubstreams(s)),
        Of(SMMU_STE_14, "stall-disable-ignored", Stage1, "S1STALLD=1 is accepted whatever the stall model", s => new StallDisableIgnored(s)),
        Of(
            SMMU_STE_14,
            "stall-disable-checked-without-stage-one",
            Nested,
            "S1STALLD=1 is refused with Config 0b110",
            s => new StallDisableCheckedWithoutStageOne(s)
        ),
        Of(SMMU_STE_15, "default-substream-swapped", Full, "S1DSS 1 uses CD 0, S1DSS 2 bypasses stage 1", s => new DefaultSubstreamSwapped(s)),
        Of(
            [SMMU_STE_15, SMMU_STE_13],
            "P-070",
            "default-substream-without-substreams",
            Full,
            "S1DSS=1 bypasses stage 1 although S1CDMax is 0",
            s => new DefaultSubstreamWithoutSubstreams(s)
        ),
        Of(SMMU_STE_16, "thirty-two-concatenated-tables", Stage2, "a start level that needs 32 tables is accepted", s => new ThirtyTwoConcatenatedTables(s)),
        Of(SMMU_STE_16, "start-level-resolves-nothing", Stage2, "a start level that has nothing to resolve is accepted", s => new StartLevelResolvesNothing(s)),
        Of(SMMU_STE_16, "stage-two-size-bound-from-s2ps", Stage2, "the smallest S2T0SZ follows S2PS", s => new StageTwoSizeBoundFromS2Ps(s)),
        Of(SMMU_STE_17, "aarch32-stage-two-walked", Stage2, "S2AA64=0 is walked as AArch64", s => new ToleratesStream(s, StreamFlaws.Aarch32)),
        new("aarch32-stage-two-stops-process", [SMMU_STE_17], "F-SMMU-STE-17", Stage2, "S2AA64=0 ends the process", s => new Aarch32StageTwoStopsProcess(s))
        {
            Crashes = true,
        },
        Of(SMMU_STE_18, "stage-two-stall-unchecked", Stage2, "S2S=1 is accepted without stalls", s => new StageTwoStallUnchecked(s)),
        Of(SMMU_STE_18, "stage-two-update-unchecked", Stage2, "S2HA and S2HD are accepted without HTTU, and ignored", s => new StageTwoUpdateUnchecked(s)),
        Of(SMMU_STE_19, "ats-with-stall-accepted", Full, "EATS=1 is accepted with S2S=1", s => new AtsWithStallAccepted(s)),
        Of(SMMU_STE_19, "split-ats-needs-atschk", Full, "EATS=2 is illegal without ATSCHK", s => new SplitAtsNeedsAtsChk(s)),
        Of(SMMU_STE_20, "stream-world-without-hyp-rejected", Stage1, "STRW=2 is illegal without HYP", s => new StreamWorldWithoutHypRejected(s)),
        Of(SMMU_STE_20, "nested-stream-tagged-el2", Full, "STRW=2 of a nested stream tags its translations with EL2", s => new NestedStreamTaggedEl2(s)),
        Of(
            SMMU_STE_21,
            "vmid-masked-to-eight-bits",
            Nested with
            {
                VMID16 = false,
            },
            "the upper half of S2VMID is dropped without VMID16",
            s => new VmidMaskedToEightBits(s)
        ),
        Of(SMMU_STE_22, "context-pointer-truncated", Stage1, "S1ContextPtr beyond the output size loses its upper bits", s => new ContextPointerTruncated(s)),
        Of(SMMU_STE_23, "split-used-as-written", Stage1, "SPLIT has other values than 6, 8 and 10", s => new SplitUsedAsWritten(s)),
        Of(SMMU_STE_24, "span-alone-bounds-streamids", Stage1, "LOG2SIZE does not bound a table of two levels", s => new SpanAloneBoundsStreamIds(s)),
    ];

    private sealed class StreamIdBoundOffByOne(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsInStreamTable(uint streamId) => streamId <= 1ul << Math.Min(StreamTableSize, Capabilities.SIDSIZE);
    }

    private sealed class RecInvSidIgnored(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool RecordsBadStreamId => true;
    }

    private sealed class StreamIdBoundFromSidSize(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsInStreamTable(uint streamId) => streamId < 1ul << Capabilities.SIDSIZE;
    }

    private sealed class LinearBaseMaskOneShort(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong LinearBase(ulong address) => Clear(address, StreamTableSize + 5);
    }

    private sealed class TwoLevelBaseMaskOneShort(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong TwoLevelBase(ulong address) => Clear(address, Math.Max(5, StreamTableSize - Split + 2));
    }

    private sealed class SteSpanExponent(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong StreamsBelow(L1StreamTableDescriptor table) => base.StreamsBelow(table) * 2;
    }

    private sealed class SpanTwelveAccepted(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong StreamsBelow(L1StreamTableDescriptor table) => table.Span == 12 ? 1ul << 11 : base.StreamsBelow(table);
    }

    private sealed class L2PtrKeepsBits(SmmuSite s, ulong bits) : FaultySmmu(s)
    {
        private protected override ulong SecondLevelBase(L1StreamTableDescriptor table) => base.SecondLevelBase(table) | (table.D0 & bits);
    }

    private sealed class L2PtrNotAligned(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong SecondLevelBase(L1StreamTableDescriptor table) => table.L2Ptr;
    }

    private sealed class SteFetchAddressInD2(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault)
        {
            var record = base.Describe(access, fault);
            return fault.Type == SmmuEventType.SteFetch ? record with { D2 = record.D3, D3 = 0 } : record;
        }
    }

    private sealed class InvalidSteBypasses(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws FlawsOf(CachedStream stream)
        {
            if (stream.Entry.Valid)
                return base.FlawsOf(stream);
            MakeBypass(stream);
            return StreamFlaws.None;
        }
    }

    private sealed class AbortConfigRecordsEvent(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AcceptsStream(CachedStream stream, ref Refusal fault)
        {
            if (base.AcceptsStream(stream, ref fault))
                return true;
            fault.Type = SmmuEventType.BadSte;
            return false;
        }
    }

    private sealed class BypassDecodesCd(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool TranslateWithoutStage1(ref Access access, out ulong address, ref Refusal fault)
        {
            address = 0;
            return (access.Stream!.HasStage2 || (FindContext(ref access, 0, ref fault) && AcceptsContext(access.Context!, ref fault)))
                && base.TranslateWithoutStage1(ref access, out address, ref fault);
        }
    }

    private sealed class BypassTruncatesAddress(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool BypassStage1(ref Access access, out ulong address, ref Refusal fault)
        {
            if (access.Stream!.HasStage2)
                return base.BypassStage1(ref access, out address, ref fault);
            address = access.Transaction.Address & ((1ul << Capabilities.OutputAddressSize) - 1);
            return true;
        }
    }

    private sealed class UnimplementedStageBypasses(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws FlawsOf(CachedStream stream)
        {
            if (stream.Entry is not { Valid: true, Config: StreamConfig.Stage2 } || Capabilities.S2P)
                return base.FlawsOf(stream);
            MakeBypass(stream);
            return StreamFlaws.None;
        }
    }

    private sealed class DisabledStageFieldsChecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws FlawsOf(CachedStream stream)
        {
            ref readonly var entry = ref stream.Entry;
            var flaws = base.FlawsOf(stream);
            if (entry is { Valid: true, Config: StreamConfig.Stage2 } && (entry.S1CDMax > Capabilities.SSIDSIZE || entry.S1Fmt != 0))
                flaws |= StreamFlaws.ContextCount;
            if (entry is { Valid: true, Config: StreamConfig.Stage1 } && (entry.S2TG == 3 || entry.S2S))
                flaws |= StreamFlaws.Granule;
            return flaws;
        }
    }

    private class ToleratesStream(SmmuSite s, StreamFlaws tolerated) : FaultySmmu(s)
    {
        private protected override StreamFlaws FlawsOf(CachedStream stream) => base.FlawsOf(stream) & ~tolerated;
    }

    private sealed class CdCountCheckedWithoutSubstreams(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws Stage1Flaws(in StreamTableEntry entry) =>
            base.Stage1Flaws(entry) | (entry.S1CDMax > Capabilities.SSIDSIZE ? StreamFlaws.ContextCount : 0);
    }

    private sealed class StallDisableIgnored(SmmuSite s) : ToleratesStream(s, StreamFlaws.StallDisable)
    {
        private protected override ContextFlaws FlawsOf(CachedContext context, CachedStream stream) =>
            base.FlawsOf(context, stream) & ~ContextFlaws.StallDisabled;
    }

    private sealed class StallDisableCheckedWithoutStageOne(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws FlawsOf(CachedStream stream) =>
            base.FlawsOf(stream) | (stream.Entry is { Valid: true, Config: StreamConfig.Stage2, S1STALLD: true } ? StreamFlaws.StallDisable : 0);
    }

    private sealed class DefaultSubstreamSwapped(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int DefaultSubstream(CachedStream stream) =>
            stream.ContextBits == 0
                ? 2
                : base.DefaultSubstream(stream) switch
                {
                    1 => 2,
                    2 => 1,
                    var other => other,
                };
    }

    private sealed class DefaultSubstreamWithoutSubstreams(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int DefaultSubstream(CachedStream stream) => stream.Entry.S1DSS == 1 ? 1 : base.DefaultSubstream(stream);
    }

    private sealed class ThirtyTwoConcatenatedTables(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws StartLevelFlaws(in TableFormat format) =>
            format.InputBits == format.Shift(format.StartLevel) + format.Stride + 5 ? StreamFlaws.None : base.StartLevelFlaws(format);
    }

    private sealed class StartLevelResolvesNothing(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws StartLevelFlaws(in TableFormat format) =>
            format.StartLevel < 0 ? base.StartLevelFlaws(format) : base.StartLevelFlaws(format) & ~StreamFlaws.StartLevel;
    }

    private sealed class StageTwoSizeBoundFromS2Ps(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int SmallestStage2Size(in StreamTableEntry entry) => Math.Max(16, 64 - Capabilities.EffectiveAddressSize(entry.S2PS));
    }

    private sealed class Aarch32StageTwoStopsProcess(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws Stage2Flaws(CachedStream stream)
        {
            if (!stream.Entry.S2AA64)
                Environment.FailFast("fault aarch32-stage-two-stops-process: stage 2 of AArch32 is not implemented");
            return base.Stage2Flaws(stream);
        }
    }

    private sealed class StageTwoStallUnchecked(SmmuSite s) : ToleratesStream(s, StreamFlaws.Stall)
    {
        private protected override bool Stalls(in Access access, in Refusal fault) => false;
    }

    private sealed class StageTwoUpdateUnchecked(SmmuSite s) : ToleratesStream(s, StreamFlaws.Update)
    {
        private protected override bool SetsAccessFlag(bool hardware, bool noFault) => false;

        private protected override bool TracksDirty(bool accessFlag, bool dirty) => false;
    }

    private sealed class AtsWithStallAccepted(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool StallsWithAts(in StreamTableEntry entry) => false;
    }

    private sealed class SplitAtsNeedsAtsChk(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws AtsFlaws(in StreamTableEntry entry) =>
            base.AtsFlaws(entry) | (entry.EATS == 2 && (RequestedControl & (1u << 4)) == 0 ? StreamFlaws.Ats : 0);
    }

    private sealed class StreamWorldWithoutHypRejected(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws Stage1Flaws(in StreamTableEntry entry) =>
            base.Stage1Flaws(entry) | (entry.STRW == 2 && !Capabilities.HYP ? StreamFlaws.StreamWorld : 0);
    }

    private sealed class NestedStreamTaggedEl2(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamWorld WorldOf(in StreamTableEntry entry) =>
            entry is { Config: StreamConfig.Nested, STRW: 2 } ? StreamWorld.El2Host : base.WorldOf(entry);
    }

    private sealed class VmidMaskedToEightBits(SmmuSite s) : ToleratesStream(s, StreamFlaws.Vmid)
    {
        private protected override ushort VmidOf(in StreamTableEntry entry) => (byte)entry.S2VMID;
    }

    private sealed class ContextPointerTruncated(SmmuSite s) : ToleratesStream(s, StreamFlaws.ContextPointer)
    {
        private protected override ulong ContextBase(CachedStream stream, int bits) =>
            base.ContextBase(stream, bits) & ((1ul << Capabilities.OutputAddressSize) - 1);
    }

    private sealed class SplitUsedAsWritten(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int Split => (int)(StreamTableConfiguration >> 6 & 31);
    }

    private sealed class SpanAloneBoundsStreamIds(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsInStreamTable(uint streamId) =>
            HasTwoLevels ? streamId < 1ul << Capabilities.SIDSIZE : base.IsInStreamTable(streamId);
    }

    private static void MakeBypass(CachedStream stream)
    {
        stream.Entry = stream.Entry with { Valid = true, Config = StreamConfig.Bypass };
        stream.HasStage1 = stream.HasStage2 = false;
    }
}
