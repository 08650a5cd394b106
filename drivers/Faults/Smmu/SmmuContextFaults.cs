using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of CDs and their tables (SMMU-CD).</summary>
internal static class SmmuContextFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_CD_01, "cd-valid-unchecked", Stage1, "a CD with V=0 is used", s => new ToleratesContext(s, ContextFlaws.Invalid)),
        Of(SMMU_CD_01, "cd-aa64-unchecked", Stage1, "a CD with AA64=0 is walked as AArch64", s => new ToleratesContext(s, ContextFlaws.Aarch32)),
        Of(SMMU_CD_01, "cd-granule-unchecked", Stage1, "a reserved TGx is a Translation fault", s => new ToleratesContext(s, ContextFlaws.Granule)),
        Of(SMMU_CD_01, "cd-size-unchecked", Stage1, "any TxSZ is used", s => new ToleratesContext(s, ContextFlaws.Size)),
        Of(
            SMMU_CD_01,
            "cd-endianness-unchecked",
            Stage1,
            "ENDI=1 is accepted where tables are little-endian",
            s => new ToleratesContext(s, ContextFlaws.Endianness)
        ),
        Of(SMMU_CD_01, "cd-abort-unchecked", Stage1, "A=0 is accepted with TERM_MODEL=1", s => new ToleratesContext(s, ContextFlaws.Abort)),
        Of(SMMU_CD_01, "cd-stall-unchecked", Stage1, "S=1 is accepted without stalls", s => new CdStallUnchecked(s)),
        Of(SMMU_CD_01, "cd-update-unchecked", Stage1, "HA and HD are accepted without HTTU", s => new ToleratesContext(s, ContextFlaws.Update)),
        Of(SMMU_CD_02, "disabled-half-checked", Stage1, "fields of a half with EPDx=1 make a CD illegal", s => new DisabledHalfChecked(s)),
        Of(SMMU_CD_03, "output-size-over-oas-rejected", Stage1, "an IPS above OAS makes a CD illegal", s => new OutputSizeOverOasRejected(s)),
        new(
            "output-size-over-oas-stops-process",
            [SMMU_CD_03],
            "F-SMMU-CD-03",
            Stage1,
            "an IPS above OAS ends the process",
            s => new OutputSizeOverOasStopsProcess(s)
        )
        {
            Crashes = true,
        },
        Of(SMMU_CD_04, "table-base-truncated", Stage1, "TTBx beyond the output size loses its upper bits", s => new TableBaseTruncated(s)),
        Of(SMMU_CD_04, "table-base-size-fault", Stage1, "TTBx beyond the output size is an Address size fault", s => new TableBaseSizeFault(s)),
        Of(SMMU_CD_05, "cd-fetch-address-in-d2", Stage1, "the address of F_CD_FETCH is in doubleword 2", s => new CdFetchAddressInD2(s)),
        Of(SMMU_CD_06, "substream-zero-is-bad-substreamid", Full, "SubstreamID 0 with S1DSS=2 is C_BAD_SUBSTREAMID", s => new SubstreamZeroIsBadSubstreamId(s)),
        Of(
            SMMU_CD_06,
            "substream-passes-without-stage-one",
            Full,
            "a SubstreamID is ignored where stage 1 is not enabled",
            s => new SubstreamPassesWithoutStageOne(s)
        ),
        Of(
            SMMU_CD_07,
            "small-leaf-indexed-by-ten-bits",
            Full,
            "CD tables with leaves of 4 KiB are indexed as if they had 64 KiB",
            s => new SmallLeafIndexedByTenBits(s)
        ),
        Of(SMMU_CD_07, "invalid-l1cd-is-bad-cd", Full, "an invalid L1CD is C_BAD_CD", s => new InvalidL1CdIsBadCd(s)),
        Of(SMMU_CD_08, "record-flag-silences-walk-aborts", Stage1, "R=0 suppresses F_WALK_EABT as well", s => new RecordFlagSilencesWalkAborts(s)),
        Of(SMMU_CD_09, "asid-compared-by-eight-bits", Stage1, "ASIDs that differ in their upper half are taken for one", s => new AsidComparedByEightBits(s)),
        Of(
            SMMU_CD_09,
            "asid-masked-to-eight-bits",
            Stage1 with
            {
                ASID16 = false,
            },
            "the upper half of an ASID is dropped without ASID16",
            s => new AsidMaskedToEightBits(s)
        ),
        Of(SMMU_CD_10, "table-base-unaligned", Stage1, "bits of TTBx below the size of the table count", s => new TableBaseUnaligned(s)),
        Of(SMMU_CD_11, "endianness-ignored-with-one-half", Stage1, "ENDI is ignored as soon as EPD0=1", s => new EndiannessIgnoredWithOneHalf(s)),
        Of(SMMU_CD_12, "size-bound-from-oas", Stage1, "the smallest TxSZ is 64-OAS", s => new SizeBoundFromOas(s)),
        Of(SMMU_CD_12, "one-size-bound-for-all-granules", Full, "the largest TxSZ is the same for all granules", s => new OneSizeBoundForAllGranules(s)),
        Of(SMMU_CD_13, "read-as-zero-for-bad-cd", Full, "A=0 makes C_BAD_CD read as zero", s => new ReadAsZeroForBadCd(s)),
    ];

    private class ToleratesContext(SmmuSite s, ContextFlaws tolerated) : FaultySmmu(s)
    {
        private protected override ContextFlaws FlawsOf(CachedContext context, CachedStream stream) => base.FlawsOf(context, stream) & ~tolerated;
    }

    private sealed class CdStallUnchecked(SmmuSite s) : ToleratesContext(s, ContextFlaws.Stall)
    {
        private protected override bool Stalls(in Access access, in Refusal fault) => false;
    }

    private sealed class DisabledHalfChecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool ChecksHalf(in ContextHalf half) => true;
    }

    private sealed class OutputSizeOverOasRejected(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ContextFlaws FlawsOf(CachedContext context, CachedStream stream) =>
            base.FlawsOf(context, stream) | (context.Descriptor.IPS > Capabilities.OAS ? ContextFlaws.Base : 0);
    }

    private sealed class OutputSizeOverOasStopsProcess(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ContextFlaws FlawsOf(CachedContext context, CachedStream stream)
        {
            if (context.Descriptor.Valid && context.Descriptor.IPS > Capabilities.OAS)
                Environment.FailFast("fault output-size-over-oas-stops-process: IPS is larger than OAS");
            return base.FlawsOf(context, stream);
        }
    }

    private sealed class TableBaseTruncated(SmmuSite s) : ToleratesContext(s, ContextFlaws.Base)
    {
        private protected override ulong AlignTables(ulong address, in TableFormat format) =>
            base.AlignTables(address, format) & ((1ul << format.OutputBits) - 1);
    }

    private sealed class TableBaseSizeFault(SmmuSite s) : ToleratesContext(s, ContextFlaws.Base)
    {
        private protected override bool WalkStage1(ref Access access, in ContextHalf half, ulong va, out Leaf leaf, ref Refusal fault)
        {
            leaf = default;
            return half.Tables.Base >> half.Tables.OutputBits == 0
                ? base.WalkStage1(ref access, half, va, out leaf, ref fault)
                : Fault(ref fault, SmmuEventType.AddressSize);
        }
    }

    private sealed class CdFetchAddressInD2(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault)
        {
            var record = base.Describe(access, fault);
            return fault.Type == SmmuEventType.CdFetch ? record with { D2 = record.D3, D3 = 0 } : record;
        }
    }

    private sealed class SubstreamZeroIsBadSubstreamId(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEventType CheckSubstream(CachedStream stream, uint substreamId) =>
            base.CheckSubstream(stream, substreamId) == SmmuEventType.None ? SmmuEventType.None : SmmuEventType.BadSubstreamId;
    }

    private sealed class SubstreamPassesWithoutStageOne(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool TranslateWithoutStage1(ref Access access, out ulong address, ref Refusal fault) =>
            BypassStage1(ref access, out address, ref fault);
    }

    private sealed class SmallLeafIndexedByTenBits(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int ContextIndexBits(CachedStream stream) => stream.ContextLeafBits == 6 ? 10 : stream.ContextLeafBits;
    }

    private sealed class InvalidL1CdIsBadCd(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEventType InvalidContextTable => SmmuEventType.BadCd;
    }

    private sealed class RecordFlagSilencesWalkAborts(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuReply Refuse(in Access access, in Refusal fault, out SmmuEvent record)
        {
            record = default;
            return fault.Type == SmmuEventType.WalkAbort && !Records(access, fault) ? SmmuReply.Aborted : base.Refuse(access, fault, out record);
        }
    }

    private sealed class AsidComparedByEightBits(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ushort TagOf(int asid) => (byte)asid;
    }

    private sealed class AsidMaskedToEightBits(SmmuSite s) : ToleratesContext(s, ContextFlaws.Asid)
    {
        private protected override ushort TagOf(int asid) => (byte)asid;
    }

    private sealed class TableBaseUnaligned(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong AlignTables(ulong address, in TableFormat format) => address;
    }

    private sealed class EndiannessIgnoredWithOneHalf(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool ChecksEndianness(CachedContext context) => !context.Lower.Disabled;
    }

    private sealed class SizeBoundFromOas(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int SmallestStage1Size(int granule) => 64 - Capabilities.OutputAddressSize;
    }

    private sealed class OneSizeBoundForAllGranules(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int LargestSize(int granule) => base.LargestSize((int)Granule.Size4K);
    }

    private sealed class ReadAsZeroForBadCd(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuReply Refuse(in Access access, in Refusal fault, out SmmuEvent record)
        {
            var reply = base.Refuse(access, fault, out record);
            return fault.Type == SmmuEventType.BadCd && !access.Context!.Descriptor.A ? SmmuReply.ReadAsZeroWriteIgnored : reply;
        }
    }
}
