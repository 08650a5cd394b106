using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>From the registers to the STE: configuration and outcome, row by row.</summary>
[Category("quick")]
public sealed class TranslationStreamTests
{
    private static IEnumerable<TestCaseData> Rows()
    {
        // SMMUEN = 0
        yield return Row.Of("SMMUEN=0, ABORT=0", b => b.Settings = b.Settings with { Cr0 = 0 }, "Completed 40005678", SMMU_REG_04);
        yield return Row.Of("SMMUEN=0, ABORT=1", b => b.Settings = b.Settings with { Cr0 = 0, Gbpa = 1 << 20 }, "Aborted", SMMU_REG_04);
        yield return Row.Of(
            "SMMUEN=0, beyond OAS",
            b =>
            {
                b.Settings = b.Settings with { Cr0 = 0 };
                b.To(1ul << 52);
            },
            "Aborted",
            SMMU_REG_12
        );
        yield return Row.Of(
            "SMMUEN=0, last address",
            b =>
            {
                b.Settings = b.Settings with { Cr0 = 0 };
                b.To((1ul << 52) - 4);
            },
            "Completed ffffffffffffc",
            SMMU_REG_12
        );
        yield return Row.Of(
            "SMMUEN=0 with a SubstreamID",
            b =>
            {
                b.Settings = b.Settings with { Cr0 = 0 };
                b.WithSubstream(1);
            },
            "Completed 40005678",
            SMMU_REG_04
        );

        // The stream table
        yield return Row.Of("last StreamID and one more", b => b.From(16), "Aborted BadStreamId", SMMU_STE_01);
        yield return Row.Of(
            "RECINVSID=0",
            b =>
            {
                b.From(16);
                b.Settings = b.Settings with { Cr2 = 0 };
            },
            "Aborted",
            SMMU_STE_01
        );
        yield return Row.Of(
            "SIDSIZE below LOG2SIZE",
            b =>
            {
                b.From(4);
                b.Capabilities = b.Capabilities with { SIDSIZE = 2 };
            },
            "Aborted BadStreamId",
            SMMU_STE_01
        );
        yield return Row.Of(
            "LOG2SIZE=32 has every StreamID",
            b =>
            {
                b.Settings = b.Settings with { StrtabBase = 0, StrtabBaseCfg = 32 };
                b.From(0xffff_ffff);
                b.Write(0xffff_fffful * 64, 9);
            },
            "Completed 40005678"
        );
        yield return Row.Of(
            "base bit below the table size",
            b => b.Settings = b.Settings with { StrtabBase = TranslationBed.StreamTable | 1 << 9 },
            "Aborted Translation IN"
        );
        yield return Row.Of(
            "base bit of the table size",
            b => b.Settings = b.Settings with { StrtabBase = TranslationBed.StreamTable | 1 << 10 },
            "Aborted BadSte"
        );
        yield return Row.Of("FMT=2 is linear", b => b.Settings = b.Settings with { StrtabBaseCfg = 4 | 2 << 16 }, "Aborted Translation IN", SMMU_STE_23);
        yield return Row.Of("FMT=3 is linear", b => b.Settings = b.Settings with { StrtabBaseCfg = 4 | 3 << 16 }, "Aborted Translation IN");
        yield return Row.Of(
            "FMT=1 without ST_LEVEL is linear",
            b =>
            {
                b.Settings = b.Settings with { StrtabBaseCfg = 4 | 1 << 16 };
                b.Capabilities = b.Capabilities with { StLevel = 0 };
            },
            "Aborted Translation IN"
        );
        yield return Row.Of(
            "STE in the hole",
            b => b.Settings = b.Settings with { StrtabBase = TranslationBed.Hole },
            "Aborted SteFetch at 300000c0",
            SMMU_STE_07
        );

        // The STE
        yield return Row.Of("V=0", b => b.Entry = b.Entry with { Valid = false }, "Aborted BadSte", SMMU_STE_08);
        for (var config = 0; config < 4; config++)
        {
            var raw = (StreamConfig)config;
            yield return Row.Of($"Config={config}", b => b.Entry = b.Entry with { Config = raw, S1STALLD = true, EATS = 2, STRW = 1 }, "Aborted", SMMU_STE_09);
        }

        yield return Row.Of("bypass", b => b.Entry = b.Entry with { Config = StreamConfig.Bypass }, "Completed 40005678", SMMU_STE_10);
        yield return Row.Of(
            "bypass ignores everything else",
            b =>
                b.Entry = new()
                {
                    D0 = 0xffff_ffff_ffff_fff1 | 8,
                    D1 = ~0ul,
                    D2 = ~0ul,
                    D3 = ~0ul,
                    Config = StreamConfig.Bypass,
                },
            "Completed 40005678",
            SMMU_STE_10
        );
        yield return Row.Of(
            "bypass beyond OAS",
            b =>
            {
                b.Entry = b.Entry with { Config = StreamConfig.Bypass };
                b.To(1ul << 52);
            },
            "Aborted AddressSize IN",
            SMMU_EVT_19
        );
        yield return Row.Of(
            "bypass with a SubstreamID",
            b =>
            {
                b.Entry = b.Entry with { Config = StreamConfig.Bypass };
                b.WithSubstream(0);
            },
            "Aborted BadSubstreamId",
            SMMU_CD_06
        );

        // Illegal with stage 1
        yield return Row.Of("S1CDMax at SSIDSIZE", b => b.Entry = b.Entry with { S1CDMax = 20, S1DSS = 1 }, "Completed 40005678");
        yield return Row.Of("S1CDMax above SSIDSIZE", b => b.Entry = b.Entry with { S1CDMax = 21, S1DSS = 1 }, "Aborted BadSte", SMMU_STE_13);
        yield return Row.Of(
            "S1CDMax without substreams",
            b =>
            {
                b.Entry = b.Entry with { S1CDMax = 31, S1DSS = 0, S1Fmt = 2 };
                b.Capabilities = b.Capabilities with { SSIDSIZE = 0, CD2L = false };
            },
            "Aborted Translation IN",
            SMMU_STE_13
        );
        yield return Row.Of(
            "S1Fmt=1 without CD2L",
            b =>
            {
                b.Entry = b.Entry with { S1CDMax = 2, S1Fmt = 1 };
                b.Capabilities = b.Capabilities with { CD2L = false };
            },
            "Aborted BadSte",
            SMMU_STE_13
        );
        yield return Row.Of(
            "S1Fmt=3 is linear",
            b =>
            {
                b.Entry = b.Entry with { S1CDMax = 2, S1Fmt = 3, S1DSS = 2 };
                b.Capabilities = b.Capabilities with { CD2L = false };
            },
            "Aborted Translation IN"
        );
        yield return Row.Of("STRW=1", b => b.Entry = b.Entry with { STRW = 1 }, "Aborted BadSte", SMMU_STE_20);
        yield return Row.Of("STRW=3", b => b.Entry = b.Entry with { STRW = 3 }, "Aborted BadSte", SMMU_STE_20);
        yield return Row.Of(
            "STRW=1 without HYP",
            b =>
            {
                b.Entry = b.Entry with { STRW = 1 };
                b.Capabilities = b.Capabilities with { HYP = false };
            },
            "Aborted Translation IN",
            SMMU_STE_20
        );
        yield return Row.Of(
            "STRW=1 with both stages",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { STRW = 1 };
            },
            "Aborted Translation IN"
        );
        yield return Row.Of("S1STALLD with both models", b => b.Entry = b.Entry with { S1STALLD = true }, "Aborted Translation IN");
        yield return Row.Of(
            "S1STALLD without stalls",
            b =>
            {
                b.Entry = b.Entry with { S1STALLD = true };
                b.Capabilities = b.Capabilities with { StallModel = StallModel.TerminateOnly };
            },
            "Aborted BadSte",
            SMMU_STE_14
        );
        yield return Row.Of(
            "S1ContextPtr beyond OAS",
            b =>
            {
                b.Capabilities = b.Capabilities with { OAS = 4 };
                b.Entry = b.Entry with { S1ContextPtr = 1ul << 44 };
            },
            "Aborted BadSte",
            SMMU_STE_22
        );
        yield return Row.Of(
            "S1ContextPtr beyond IAS",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Capabilities = b.Capabilities with { OAS = 4 };
                b.Entry = b.Entry with { S1ContextPtr = 1ul << 44 };
            },
            "Aborted BadSte",
            SMMU_STE_22
        );
        yield return Row.Of(
            "S1ContextPtr beyond IAS, the other reading",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Capabilities = b.Capabilities with { OAS = 4 };
                b.Entry = b.Entry with { S1ContextPtr = 1ul << 44 };
                b.Choices[SmmuLatitude.ContextPointerBeyondIas] = 1;
            },
            "Aborted Translation S2 CD 100000000000"
        );
        yield return Row.Of(
            "VMID of 9 bits without VMID16",
            b =>
            {
                b.Capabilities = b.Capabilities with { VMID16 = false };
                b.Entry = b.Entry with { S2VMID = 0x100 };
            },
            "Aborted BadSte",
            SMMU_STE_21
        );
        yield return Row.Of(
            "VMID of 9 bits without stage 2",
            b =>
            {
                b.Capabilities = b.Capabilities with { VMID16 = false, S2P = false };
                b.Entry = b.Entry with { S2VMID = 0x100 };
            },
            "Aborted Translation IN"
        );

        // Illegal with stage 2
        yield return Row.Of(
            "S2TG=3",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2TG = 3 };
            },
            "Aborted BadSte",
            SMMU_STE_16
        );
        yield return Row.Of(
            "S2TG of a granule that is not there",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { GRAN4K = false };
            },
            "Aborted BadSte",
            SMMU_STE_16
        );
        yield return Row.Of(
            "S2AA64=0",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2AA64 = false };
            },
            "Aborted BadSte",
            SMMU_STE_17
        );
        yield return Row.Of(
            "S2TTB beyond S2PS",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2PS = 0, S2TTB = 1ul << 32 };
            },
            "Aborted BadSte",
            SMMU_STE_16
        );
        yield return Row.Of(
            "S2TTB beyond 48 bits with 4K",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2PS = 6, S2TTB = 1ul << 48 };
            },
            "Aborted BadSte",
            SMMU_STE_16
        );
        yield return Row.Of(
            "S2ENDI with little-endian tables only",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { TTENDIAN = 2 };
                b.Entry = b.Entry with { S2ENDI = true };
            },
            "Aborted BadSte",
            SMMU_WALK_19
        );
        yield return Row.Of(
            "S2S without stalls",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { StallModel = StallModel.TerminateOnly };
                b.Entry = b.Entry with { S2S = true };
            },
            "Aborted BadSte",
            SMMU_STE_18
        );
        yield return Row.Of(
            "S2S=0 with forced stalls",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { StallModel = StallModel.StallForced };
            },
            "Aborted BadSte",
            SMMU_STE_18
        );
        yield return Row.Of(
            "S2HA with HTTU=0",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { HTTU = 0 };
                b.Entry = b.Entry with { S2HA = true };
            },
            "Aborted BadSte",
            SMMU_STE_18
        );
        yield return Row.Of(
            "S2HD with HTTU=1",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { HTTU = 1 };
                b.Entry = b.Entry with { S2HA = true, S2HD = true };
            },
            "Aborted BadSte",
            SMMU_STE_18
        );
        yield return Row.Of(
            "S2HA with HTTU=1",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { HTTU = 1 };
                b.Entry = b.Entry with { S2HA = true };
            },
            "Aborted Translation S2 IN 40005000"
        );
        yield return Row.Of(
            "S2HAFT without S2HA",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2HAFT = true };
            },
            "Aborted BadSte",
            SMMU_HTTU_11
        );
        yield return Row.Of(
            "S2HAFT with HTTU=2 is ignored",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { HTTU = 2 };
                b.Entry = b.Entry with { S2HAFT = true };
            },
            "Aborted Translation S2 IN 40005000"
        );
        yield return Row.Of(
            "start level 0 with 40 bits",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { OAS = 2 };
                b.Entry = b.Entry with { S2SL0 = 2 };
            },
            "Aborted BadSte",
            SMMU_WALK_26
        );
        yield return Row.Of(
            "start level 0 with 40 bits, the other reading",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { OAS = 2 };
                b.Entry = b.Entry with { S2SL0 = 2 };
                b.Choices[SmmuLatitude.StartLevelOfSmallOas] = 1;
            },
            "Aborted Translation S2 IN 40005000"
        );
        yield return Row.Of(
            "stage-2 fields with stage 1 alone",
            b => b.Entry = b.Entry with { S2TG = 3, S2T0SZ = 63, S2SL0 = 3, S2HD = true, S2HAFT = true, S2TTB = ~0ul },
            "Aborted Translation IN",
            SMMU_STE_12
        );
        yield return Row.Of(
            "stage-1 fields with stage 2 alone",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { CD2L = false, OAS = 5 };
                b.Entry = b.Entry with { S1CDMax = 31, S1Fmt = 2, S1STALLD = true, S1ContextPtr = ~0ul, STRW = 3, S1DSS = 0 };
            },
            "Aborted Translation S2 IN 40005000",
            SMMU_STE_12
        );

        // A stage that is not there
        yield return Row.Of("stage 1 without S1P", b => b.Capabilities = b.Capabilities with { S1P = false }, "Aborted BadSte", SMMU_STE_11);
        yield return Row.Of(
            "stage 2 without S2P",
            b =>
            {
                b.Stage2();
                b.Capabilities = b.Capabilities with { S2P = false };
            },
            "Aborted BadSte",
            SMMU_STE_11
        );
        yield return Row.Of(
            "both without S2P",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Capabilities = b.Capabilities with { S2P = false };
            },
            "Aborted BadSte",
            SMMU_STE_11
        );
        yield return Row.Of(
            "both without S1P",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Capabilities = b.Capabilities with { S1P = false };
            },
            "Aborted BadSte",
            SMMU_STE_11
        );

        // ATS
        yield return Row.Of("EATS=2 with stage 1 alone", b => b.Entry = b.Entry with { EATS = 2 }, "Aborted BadSte", SMMU_STE_19);
        yield return Row.Of(
            "EATS=2 with both stages",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { EATS = 2 };
            },
            "Aborted Translation IN"
        );
        yield return Row.Of(
            "EATS=2 with NS1ATS",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { EATS = 2 };
                b.Capabilities = b.Capabilities with { NS1ATS = true };
            },
            "Aborted BadSte",
            SMMU_STE_19
        );
        yield return Row.Of(
            "EATS=2 with S2S",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { EATS = 2, S2S = true };
            },
            "Aborted BadSte",
            SMMU_STE_19
        );
        yield return Row.Of(
            "EATS=1 with S2S",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { EATS = 1, S2S = true };
            },
            "Aborted BadSte",
            SMMU_STE_19
        );
        yield return Row.Of("EATS=1 with S2S and stage 1 alone", b => b.Entry = b.Entry with { EATS = 1, S2S = true }, "Aborted Translation IN");
        yield return Row.Of(
            "EATS=3 without DPT is 0",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { EATS = 3, S2S = true };
            },
            "Stalled Translation S2 IN 40005000 Stall"
        );
        yield return Row.Of(
            "EATS without ATS",
            b =>
            {
                b.Entry = b.Entry with { EATS = 2 };
                b.Capabilities = b.Capabilities with { ATS = false };
            },
            "Aborted Translation IN"
        );
    }

    [TestCaseSource(nameof(Rows))]
    public void A_stream(object change, string expected, object rules) => Row.Run(change, expected, rules);

    // SPLIT, LOG2SIZE, Span, StreamID: what the L1STD at the right place covers.
    [TestCase(6, 10, 7, 63u, "Completed 40005678")]
    [TestCase(6, 10, 6, 31u, "Completed 40005678")]
    [TestCase(6, 10, 6, 32u, "Aborted BadStreamId")]
    [TestCase(6, 10, 8, 0u, "Aborted BadStreamId")]
    [TestCase(6, 10, 0, 0u, "Aborted BadStreamId")]
    [TestCase(8, 10, 9, 255u, "Completed 40005678")]
    [TestCase(10, 12, 11, 2047u, "Completed 40005678")]
    [TestCase(10, 12, 12, 1024u, "Aborted BadStreamId")]
    [TestCase(10, 12, 31, 1024u, "Aborted BadStreamId")]
    [TestCase(10, 4, 11, 15u, "Completed 40005678")]
    [TestCase(10, 4, 11, 16u, "Aborted BadStreamId")]
    [TestCase(7, 10, 7, 64u, "Completed 40005678")]
    [TestCase(0, 10, 8, 64u, "Aborted BadStreamId")]
    public void A_stream_table_of_two_levels(int split, int log2Size, int span, uint streamId, string expected)
    {
        const ulong Arrays = 0x80_0000;
        var bed = new TranslationBed { Settings = new(1, 2, 0, TranslationBed.StreamTable | 0x20, (uint)(log2Size | split << 6 | 1 << 16)) };
        var effective = split is 8 or 10 ? split : 6;
        bed.From(streamId);
        bed.Write(TranslationBed.StreamTable + (streamId >> effective) * 8, Arrays | 1ul << 52 | (uint)span);
        bed.Write(Arrays + (streamId & (1ul << effective) - 1) * 64, 9);
        Assert.That(bed.RunAsIs().Text, Is.EqualTo(expected));
    }

    [Test]
    public void The_first_level_base_is_aligned_to_the_table_and_the_arrays_to_theirs()
    {
        // 2^(12-6) descriptors of 8 bytes: 512 bytes; 2^(7-1) STEs: 4096 bytes.
        var bed = new TranslationBed { Settings = new(1, 2, 0, TranslationBed.StreamTable | 0x1c0, 12 | 6 << 6 | 1 << 16) };
        bed.From(0x7f);
        bed.Write(TranslationBed.StreamTable + 8, 0x80_0fc0 | 7);
        bed.Write(0x80_0000 + 63 * 64, 9);
        Assert.That(bed.RunAsIs().Text, Is.EqualTo("Completed 40005678"));
        bed.Settings = bed.Settings with { StrtabBase = TranslationBed.StreamTable | 0x200 };
        Assert.That(bed.RunAsIs().Text, Is.EqualTo("Aborted BadStreamId"));
    }

    [Test]
    public void An_aborted_fetch_is_reported_with_its_address()
    {
        var bed = new TranslationBed { Settings = new(1, 2, 0, TranslationBed.Hole, 12 | 6 << 6 | 1 << 16) };
        bed.From(0x7f);
        bed.RunAsIs().Expect("Aborted SteFetch at 30000008", SMMU_STE_07);
        bed.Settings = bed.Settings with { StrtabBase = TranslationBed.StreamTable };
        bed.Write(TranslationBed.StreamTable + 8, TranslationBed.Hole | 7);
        bed.RunAsIs().Expect("Aborted SteFetch at 30000fc0", SMMU_STE_07);
    }

    [Test]
    public void A_stream_table_beyond_the_output_size_is_a_fault_or_truncated()
    {
        var bed = new TranslationBed { Capabilities = SmmuCapabilities.Full with { OAS = 4 } };
        bed.Entry = bed.Entry with { Config = StreamConfig.Bypass };
        bed.Settings = bed.Settings with { StrtabBase = TranslationBed.StreamTable | 1ul << 44 };
        bed.Run().Expect("Aborted SteFetch at 1000000100c0", SMMU_STE_07);
        bed.Choices[SmmuLatitude.StreamTableBeyondOas] = 1;
        bed.Run().Expect("Completed 40005678");
    }

    // Config x S1P x S2P: which stages translate, or C_BAD_STE.
    [Test]
    public void Every_Config_with_every_set_of_stages()
    {
        string[] expected =
        [
            //      no stage         S1                 S2                        both
            /*000*/"Aborted",
            "Aborted",
            "Aborted",
            "Aborted",
            /*001*/"Aborted",
            "Aborted",
            "Aborted",
            "Aborted",
            /*010*/"Aborted",
            "Aborted",
            "Aborted",
            "Aborted",
            /*011*/"Aborted",
            "Aborted",
            "Aborted",
            "Aborted",
            /*100*/"Completed 5678",
            "Completed 5678",
            "Completed 5678",
            "Completed 5678",
            /*101*/"Aborted BadSte",
            "Completed 71678",
            "Aborted BadSte",
            "Completed 71678",
            /*110*/"Aborted BadSte",
            "Aborted BadSte",
            "Completed 95678",
            "Completed 95678",
            /*111*/"Aborted BadSte",
            "Aborted BadSte",
            "Aborted BadSte",
            "Completed 92678",
        ];
        for (var config = 0; config < 8; config++)
        for (var stages = 0; stages < 4; stages++)
        {
            var bed = new TranslationBed { Capabilities = SmmuCapabilities.Full with { S1P = (stages & 1) != 0, S2P = (stages & 2) != 0 } };
            bed.Stage2((StreamConfig)config);
            bed.To(0x5678);
            bed[TranslationBed.Stage2Table] = 0; // no block here: pages
            foreach (var page in (ulong[])[TranslationBed.Contexts, TranslationBed.Stage1Table])
                bed.MapStage2(page, page);
            bed.MapStage1(0x5000, 0x71000);
            for (var table = 0x100_0000ul; table < 0x100_8000; table += 0x1000)
                bed.MapStage2(table, table);
            bed.MapStage2(0x71000, 0x92000);
            bed.MapStage2(0x5000, 0x95000);
            Assert.That(bed.Run().Text, Is.EqualTo(expected[config * 4 + stages]), $"Config={config:b3}, S1P={stages & 1}, S2P={stages >> 1}");
        }
    }

    // S2T0SZ x S2SL0 x S2TG. The smallest and the largest S2T0SZ of each start level, as the tables of the architecture list them for 48 bits.
    private static readonly (Granule Granule, int StartLevelCode, int Least, int Most)[] LegalStartLevels =
    [
        (Granule.Size4K, 0, 30, 39),
        (Granule.Size4K, 1, 21, 33),
        (Granule.Size4K, 2, 16, 24),
        (Granule.Size16K, 0, 35, 39),
        (Granule.Size16K, 1, 24, 38),
        (Granule.Size16K, 2, 16, 27),
        (Granule.Size64K, 0, 31, 39),
        (Granule.Size64K, 1, 18, 34),
        (Granule.Size64K, 2, 16, 21),
    ];

    [TestCase(4, 20)]
    [TestCase(5, 16)]
    public void Every_stage_2_geometry_is_legal_or_not_as_listed(int oas, int least)
    {
        var legal = 0;
        for (var sizeCode = 0; sizeCode < 64; sizeCode++)
        for (var start = 0; start < 4; start++)
        for (var tg = 0; tg < 4; tg++)
        for (var ps = 0; ps < 8; ps++)
        {
            var bed = new TranslationBed { Capabilities = SmmuCapabilities.QemuNested with { OAS = oas } };
            bed.Stage2();
            bed.Entry = bed.Entry with { S2T0SZ = sizeCode, S2SL0 = start, S2TG = tg, S2PS = ps };
            bed.To(0x5678);
            var granule = tg switch
            {
                0 => Granule.Size4K,
                1 => Granule.Size64K,
                2 => Granule.Size16K,
                _ => Granule.Reserved,
            };
            var isLegal =
                sizeCode >= least
                && LegalStartLevels.Any(row => row.Granule == granule && row.StartLevelCode == start && sizeCode >= row.Least && sizeCode <= row.Most);
            if (isLegal)
                legal++;
            Assert.That(
                bed.Run().Text,
                Is.EqualTo(isLegal ? "Aborted Translation S2 IN 5000" : "Aborted BadSte"),
                $"S2T0SZ={sizeCode} S2SL0={start} S2TG={tg} S2PS={ps}"
            );
        }

        Assert.That(legal, Is.EqualTo(8 * LegalStartLevels.Sum(row => row.Most - Math.Max(row.Least, least) + 1)));
    }

    [Test]
    public void With_small_tables_stage_2_reaches_further_down()
    {
        var expected = new Dictionary<(Granule, int), (int Least, int Most)>
        {
            [(Granule.Size4K, 0)] = (30, 42),
            [(Granule.Size4K, 3)] = (39, 48),
            [(Granule.Size16K, 0)] = (35, 48),
            [(Granule.Size64K, 0)] = (31, 47),
        };
        foreach (var ((granule, start), (least, most)) in expected)
            for (var sizeCode = 28; sizeCode < 64; sizeCode++)
            {
                var bed = new TranslationBed { Capabilities = SmmuCapabilities.QemuNested with { STT = true } };
                bed.Stage2();
                bed.To(0x40);
                bed.Entry = bed.Entry with { S2T0SZ = sizeCode, S2SL0 = start, Stage2Granule = granule };
                Assert.That(
                    bed.Run().Outcome.Event.Type,
                    Is.EqualTo(sizeCode >= least && sizeCode <= most ? SmmuEventType.Translation : SmmuEventType.BadSte),
                    $"{granule} S2SL0={start} S2T0SZ={sizeCode}"
                );
            }
    }
}
