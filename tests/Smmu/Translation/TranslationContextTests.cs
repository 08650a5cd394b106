using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>Substreams and the CD: configuration and outcome, row by row. A CD that passes ends in a Translation fault, because nothing is mapped.</summary>
[Category("quick")]
public sealed class TranslationContextTests
{
    private const string Passes = "Aborted Translation IN";
    private const string Illegal = "Aborted BadCd";

    private static IEnumerable<TestCaseData> Rows()
    {
        yield return Row.Of("nothing mapped", _ => { }, Passes);
        yield return Change("V=0", cd => cd with { Valid = false }, Illegal);
        yield return Change("AA64=0", cd => cd with { AA64 = false }, Illegal);
        yield return Change("TG0 reserved", cd => cd with { TG0 = 3 }, Illegal);
        yield return Change("TG1 reserved", cd => cd with { EPD1 = false, TG1 = 0 }, Illegal);
        yield return Change("TG1 reserved and EPD1", cd => cd with { TG1 = 0 }, Passes);
        yield return Row.Of("TG0 of a granule that is not there", b => b.Capabilities = b.Capabilities with { GRAN4K = false }, Illegal, SMMU_CD_01);
        yield return Change(
            "everything wrong in the lower half and EPD0",
            cd => cd with { EPD0 = true, EPD1 = false, T0SZ = 63, TG0 = 3, TTB0 = ~0ul, T1SZ = 25, Granule1 = Granule.Size4K },
            Passes
        );
        yield return Change("TTB0 at IPS", cd => cd with { IPS = 0, TTB0 = 1ul << 32 }, Illegal);
        yield return Change("TTB0 below IPS", cd => cd with { IPS = 0, TTB0 = (1ul << 32) - 4096 }, Passes);
        yield return Change("TTB1 at IPS", cd => cd with { EPD1 = false, IPS = 1, TTB1 = 1ul << 36 }, Illegal);
        yield return Change("TTB0 beyond 48 bits with 4K", cd => cd with { IPS = 6, TTB0 = 1ul << 48 }, Illegal);
        yield return Change("TTB0 beyond 48 bits with 64K", cd => cd with { IPS = 6, TTB0 = 1ul << 48, Granule0 = Granule.Size64K }, Passes);
        yield return Change("IPS=7", cd => cd with { IPS = 7 }, Passes);
        yield return Row.Of(
            "IPS above OAS",
            b =>
            {
                b.Capabilities = b.Capabilities with { OAS = 2 };
                b.Context = b.Context with { IPS = 5 };
            },
            Passes,
            SMMU_CD_03
        );
        yield return Row.Of(
            "TTB0 above OAS",
            b =>
            {
                b.Capabilities = b.Capabilities with { OAS = 2 };
                b.Context = b.Context with { IPS = 5, TTB0 = 1ul << 40 };
            },
            Illegal,
            SMMU_CD_04
        );

        foreach (var (tables, little, big) in new[] { (0, Passes, Passes), (2, Passes, Illegal), (3, Illegal, Passes) })
        {
            yield return Row.Of($"ENDI=0, TTENDIAN={tables}", b => b.Capabilities = b.Capabilities with { TTENDIAN = tables }, little);
            yield return Row.Of(
                $"ENDI=1, TTENDIAN={tables}",
                b =>
                {
                    b.Capabilities = b.Capabilities with { TTENDIAN = tables };
                    b.Context = b.Context with { ENDI = true };
                },
                big
            );
        }

        yield return Row.Of(
            "ENDI=1 and EPD0 alone",
            b =>
            {
                b.Capabilities = b.Capabilities with { TTENDIAN = 2 };
                b.Context = b.Context with { ENDI = true, EPD0 = true, EPD1 = false };
            },
            Illegal,
            SMMU_CD_11
        );
        yield return Row.Of(
            "ENDI=1 and both EPD",
            b =>
            {
                b.Capabilities = b.Capabilities with { TTENDIAN = 2 };
                b.Context = b.Context with { ENDI = true, EPD0 = true };
            },
            Passes,
            SMMU_WALK_05
        );
        yield return Row.Of(
            "ASID of 9 bits without ASID16",
            b =>
            {
                b.Capabilities = b.Capabilities with { ASID16 = false };
                b.Context = b.Context with { ASID = 0x100 };
            },
            Illegal,
            SMMU_CD_09
        );
        yield return Row.Of(
            "ASID of 8 bits without ASID16",
            b =>
            {
                b.Capabilities = b.Capabilities with { ASID16 = false };
                b.Context = b.Context with { ASID = 0xff };
            },
            Passes
        );

        foreach (var (htu, ha, hd) in new[] { (0, Illegal, Illegal), (1, Passes, Illegal), (2, Passes, Passes), (3, Passes, Passes) })
        {
            yield return Row.Of(
                $"HA, HTTU={htu}",
                b =>
                {
                    b.Capabilities = b.Capabilities with { HTTU = htu };
                    b.Context = b.Context with { HA = true };
                },
                ha
            );
            yield return Row.Of(
                $"HD, HTTU={htu}",
                b =>
                {
                    b.Capabilities = b.Capabilities with { HTTU = htu };
                    b.Context = b.Context with { HD = true };
                },
                hd
            );
        }

        yield return Change("HAFT without HA", cd => cd with { HAFT = true }, Illegal);
        yield return Row.Of(
            "HAFT with HTTU=2",
            b =>
            {
                b.Capabilities = b.Capabilities with { HTTU = 2 };
                b.Context = b.Context with { HAFT = true };
            },
            Passes
        );
        foreach (
            var (model, stalls, terminates) in new[]
            {
                (StallModel.Both, "Stalled Translation IN Stall", Passes),
                (StallModel.TerminateOnly, Illegal, Passes),
                (StallModel.StallForced, "Stalled Translation IN Stall", Illegal),
            }
        )
        {
            yield return Row.Of(
                $"S=1, {model}",
                b =>
                {
                    b.Capabilities = b.Capabilities with { StallModel = model };
                    b.Context = b.Context with { S = true };
                },
                stalls
            );
            yield return Row.Of($"S=0, {model}", b => b.Capabilities = b.Capabilities with { StallModel = model }, terminates);
        }

        yield return Row.Of(
            "S=1 and S1STALLD",
            b =>
            {
                b.Entry = b.Entry with { S1STALLD = true };
                b.Context = b.Context with { S = true };
            },
            Illegal,
            SMMU_STE_14
        );
        yield return Row.Of(
            "A=0 with TERM_MODEL",
            b =>
            {
                b.Capabilities = b.Capabilities with { TermModel = true };
                b.Context = b.Context with { A = false };
            },
            Illegal,
            SMMU_CD_01
        );
        yield return Change("A=0", cd => cd with { A = false }, "ReadAsZeroWriteIgnored Translation IN");
        yield return Change("R=0", cd => cd with { R = false }, "Aborted");
        yield return Change("A=0 and R=0", cd => cd with { A = false, R = false }, "ReadAsZeroWriteIgnored");
        yield return Change("A=0 and R=0 say nothing of a bad CD", cd => cd with { A = false, R = false, TG0 = 3 }, Illegal);
        yield return Row.Of(
            "CD in the hole",
            b => b.Entry = b.Entry with { S1ContextPtr = TranslationBed.Hole + 64 },
            "Aborted CdFetch at 30000040",
            SMMU_CD_05
        );

        // Substreams. The CD in use tells itself by its T0SZ: a legal one passes, the other is not valid.
        yield return Substream("SSV=1 without substreams", 0, 0, 0, "Aborted BadSubstreamId");
        yield return Substream("SSV=0 without substreams", 0, 0, null, Passes);
        yield return Substream("S1DSS=0, no SubstreamID", 2, 0, null, "Aborted StreamDisabled");
        yield return Substream("S1DSS=3, no SubstreamID", 2, 3, null, "Aborted StreamDisabled");
        yield return Substream("S1DSS=1, no SubstreamID", 2, 1, null, "Completed 40005678");
        yield return Substream("S1DSS=2, no SubstreamID", 2, 2, null, Passes);
        yield return Substream("S1DSS=0, SubstreamID 0", 2, 0, 0, Passes);
        yield return Substream("S1DSS=1, SubstreamID 0", 2, 1, 0, Passes);
        yield return Substream("S1DSS=2, SubstreamID 0", 2, 2, 0, "Aborted StreamDisabled");
        yield return Substream("S1DSS=3, SubstreamID 0", 2, 3, 0, Passes);
        yield return Substream("SubstreamID 1", 2, 2, 1, Illegal);
        yield return Substream("last SubstreamID", 2, 2, 3, Illegal);
        yield return Substream("one more", 2, 2, 4, "Aborted BadSubstreamId");
        yield return Row.Of(
            "stage 2 alone with a SubstreamID",
            b =>
            {
                b.Stage2();
                b.WithSubstream(0);
            },
            "Aborted BadSubstreamId",
            SMMU_CD_06
        );
        yield return Row.Of(
            "S1DSS=1 beyond OAS",
            b =>
            {
                b.Entry = b.Entry with { S1CDMax = 2, S1DSS = 1 };
                b.To(1ul << 52);
            },
            "Aborted AddressSize IN",
            SMMU_EVT_19
        );
        yield return Row.Of(
            "S1DSS=1 with both stages",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S1CDMax = 2, S1DSS = 1 };
                b.MapStage2(0x4000_5000, 0x7000_1000);
            },
            "Completed 70001678",
            SMMU_WALK_15
        );
    }

    private static TestCaseData Change(string name, Func<ContextDescriptor, ContextDescriptor> change, string expected) =>
        Row.Of(name, b => b.Context = change(b.Context), expected);

    private static TestCaseData Substream(string name, int maximum, int s1dss, int? substream, string expected) =>
        Row.Of(
            name,
            b =>
            {
                b.Entry = b.Entry with { S1CDMax = maximum, S1DSS = s1dss };
                if (substream is { } id)
                    b.WithSubstream((uint)id);
            },
            expected
        );

    [TestCaseSource(nameof(Rows))]
    public void A_context(object change, string expected, object rules) => Row.Run(change, expected, rules);

    // Both formats: the SubstreamID, the index of the L1CD, the index in its leaf.
    [TestCase(1, 0u, 0u, 0u)]
    [TestCase(1, 63u, 0u, 63u)]
    [TestCase(1, 64u, 1u, 0u)]
    [TestCase(1, 4095u, 63u, 63u)]
    [TestCase(2, 1023u, 0u, 1023u)]
    [TestCase(2, 1024u, 1u, 0u)]
    [TestCase(2, 4095u, 3u, 1023u)]
    public void A_context_table_of_two_levels(int format, uint substream, uint first, uint second)
    {
        const ulong Leaf = 0x90_0000;
        var bed = new TranslationBed();
        bed.Entry = bed.Entry with { S1CDMax = 12, S1Fmt = format, S1DSS = 0 };
        bed.WithSubstream(substream);
        bed.Run();
        bed.Write(TranslationBed.Contexts, 0, 0);
        bed.RunAsIs().Expect("Aborted BadSubstreamId", SMMU_CD_07);
        bed.Write(TranslationBed.Contexts + 8 * first, Leaf | 1);
        bed.Write(Leaf + 64 * second, bed.Context.D0, bed.Context.D1);
        bed.RunAsIs().Expect(Passes);
        if (format == 2)
        {
            bed.Write(TranslationBed.Contexts + 8 * first, Leaf | 0xf000 | 1);
            bed.RunAsIs().Expect(Passes);
        }

        bed.Write(TranslationBed.Contexts + 8 * first, TranslationBed.Hole | 1);
        bed.RunAsIs().Expect($"Aborted CdFetch at {TranslationBed.Hole + 64 * second:x}", SMMU_CD_05);
    }

    // VMSAv8-32 is not modelled. TTF: bit 0 says that an SMMU has it, bit 1 that it has VMSAv8-64.
    [TestCase(1, false, true)]
    [TestCase(1, true, true)]
    [TestCase(2, false, false)]
    [TestCase(2, true, false)]
    [TestCase(3, false, true)]
    [TestCase(3, true, false)]
    public void Tables_of_a_format_that_is_not_modelled_are_outside_the_model(int formats, bool isAArch64, bool isOutside)
    {
        var stage1 = new TranslationBed();
        stage1.Capabilities = stage1.Capabilities with { TTF = formats };
        stage1.Context = stage1.Context with { AA64 = isAArch64 };
        Assert.That(stage1.Run().Outcome.IsOutsideModel, Is.EqualTo(isOutside));
        var stage2 = new TranslationBed().Stage2();
        stage2.Capabilities = stage2.Capabilities with { TTF = formats };
        stage2.Entry = stage2.Entry with { S2AA64 = isAArch64 };
        Assert.That(stage2.Run().Outcome.IsOutsideModel, Is.EqualTo(isOutside));

        // What has no such tables in use is judged as ever.
        stage2.Entry = stage2.Entry with
        {
            Config = StreamConfig.Bypass,
        };
        stage2.Run().Expect("Completed 40005678");
    }

    [Test]
    public void A_leaf_pointer_beyond_the_output_size_is_a_bad_substream()
    {
        var bed = new TranslationBed { Capabilities = SmmuCapabilities.Full with { OAS = 4 } };
        bed.Entry = bed.Entry with { S1CDMax = 12, S1Fmt = 1 };
        bed.WithSubstream(64);
        bed.Run();
        bed.Write(TranslationBed.Contexts + 8, 1ul << 44 | 1);
        bed.RunAsIs().Expect("Aborted BadSubstreamId", SMMU_CD_07);
    }

    [Test]
    public void A_misaligned_table_of_contexts_is_aligned_or_any_of_its_entries_is_used()
    {
        var bed = new TranslationBed();
        bed.Entry = bed.Entry with { S1CDMax = 2, S1DSS = 2, S1ContextPtr = TranslationBed.Contexts | 0x40 };
        bed.Run().Expect(Passes);
        Assert.That(bed.Asked, Does.Contain(SmmuLatitude.MisalignedContextTable));
        bed.Choices[SmmuLatitude.MisalignedContextTable] = 1;
        bed.Run().Expect(Illegal, SMMU_CD_01);
    }

    // TxSZ x granule x half; both ends of the legal range as the specification states them.
    [TestCase(false, false, 16, 39, 39)]
    [TestCase(true, false, 16, 48, 47)]
    [TestCase(false, true, 12, 39, 39)]
    public void Every_input_size_is_legal_or_not_for_every_granule_and_half(bool smallTables, bool largeAddresses, int least64K, int most, int most64K)
    {
        foreach (var granule in (Granule[])[Granule.Size4K, Granule.Size16K, Granule.Size64K])
            for (var size = 0; size < 64; size++)
            for (var half = 0; half < 2; half++)
            for (var ips = 0; ips < 6; ips += 5)
            {
                var bed = new TranslationBed { Capabilities = SmmuCapabilities.QemuNested with { STT = smallTables, VAX = largeAddresses ? 1 : 0 } };
                bed.Context =
                    half == 0
                        ? bed.Context with
                        {
                            T0SZ = size,
                            Granule0 = granule,
                            IPS = ips,
                        }
                        : bed.Context with
                        {
                            T1SZ = size,
                            Granule1 = granule,
                            EPD0 = true,
                            EPD1 = false,
                            IPS = ips,
                            TTB1 = TranslationBed.Stage1Table,
                        };
                bed.To(half == 0 ? 0ul : ~3ul);
                var isLegal = size >= (granule == Granule.Size64K ? least64K : 16) && size <= (granule == Granule.Size64K ? most64K : most);
                bed.Run().Expect(isLegal ? Passes : Illegal, isLegal ? SMMU_WALK_02 : SMMU_CD_12);
            }
    }
}
