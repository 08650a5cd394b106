using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-STE: the stream table and its entries.</summary>
internal static class StreamTableCampaigns
{
    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // A StreamID beyond the table is aborted; C_BAD_STREAMID is recorded only with CR2.RECINVSID.
            new SmmuCampaign("streams-beyond-the-table", [SMMU_STE_01], Needs.Nothing, BeyondTheTable),
            // Every value of STE.Config, with both stages' fields good: each stage that is not there is C_BAD_STE, 000..011 abort without a record.
            new SmmuCampaign("every-ste-config", [SMMU_STE_08, SMMU_STE_09, SMMU_STE_10, SMMU_STE_11], Needs.Nothing, EveryConfig),
            // S2T0SZ x S2SL0 x S2TG with S2PS varied: what the inequality of start levels and the bounds of the size rule out is C_BAD_STE.
            new SmmuCampaign("stage-2-geometry", [SMMU_STE_16], Needs.Stage2, Geometry),
            // Bits of STRTAB_BASE below the table are ignored; of a two-level one those below max(64, the first level).
            new SmmuCampaign("bases-of-linear-stream-tables", [SMMU_STE_02], Needs.Nothing, LinearBases),
            new SmmuCampaign("bases-of-two-level-stream-tables", [SMMU_STE_03], Needs.TwoLevel, TwoLevelBases),
            // Span covers 2^(Span-1) STEs; 0, 12 and above, and more than SPLIT+1 cover none.
            new SmmuCampaign("span", [SMMU_STE_04, SMMU_STE_05], Needs.TwoLevel, Spans),
            // Bits of L2Ptr below the second level and above bit 51 are ignored.
            new SmmuCampaign("l2ptr", [SMMU_STE_06], Needs.TwoLevel, SecondLevelPointers),
            // A stream table where there is no memory: F_STE_FETCH with the address of the L1STD or the STE.
            new SmmuCampaign("a-stream-table-that-cannot-be-read", [SMMU_STE_07], Needs.Nothing, FetchAborts),
            // Fields of a stage that is not enabled do not make an STE illegal.
            new SmmuCampaign("fields-of-the-other-stage", [SMMU_STE_12], Needs.Nothing, OtherStage),
            // S1CDMax, S1Fmt and S1DSS: ignored without substreams, checked with them.
            new SmmuCampaign("s1cdmax-and-s1fmt", [SMMU_STE_13], Needs.Stage1, ContextTables),
            // S1STALLD, S2S, S2HA and S2HD against what the SMMU has.
            new SmmuCampaign("stalls-and-updates-in-an-ste", [SMMU_STE_14, SMMU_STE_18], Needs.Nothing, StallsAndUpdates),
            // Traffic without a SubstreamID by S1DSS; SubstreamIDs in and out of range.
            new SmmuCampaign("s1dss", [SMMU_STE_15, SMMU_CD_06], Needs.Substreams, DefaultSubstreams),
            // A stage 2 of AArch32 is illegal.
            new SmmuCampaign("s2aa64", [SMMU_STE_17], Needs.All(Needs.Stage2, Needs.AArch64Only), NotAArch64),
            // EATS against Config, S2S and NS1ATS.
            new SmmuCampaign("eats", [SMMU_STE_19], target => target.Capabilities.ATS ? null : "the SMMU has no ATS (IDR0.ATS=0)", Ats),
            // STRW means nothing without EL2 and for nested streams.
            new SmmuCampaign("strw", [SMMU_STE_20], Needs.Stage1, StreamWorlds),
            // VMIDs of 8 bits.
            new SmmuCampaign(
                "vmids-of-8-bits",
                [SMMU_STE_21],
                target => target.Capabilities is { S2P: true, VMID16: true } ? "the SMMU has VMIDs of 16 bits (IDR0.VMID16=1)" : null,
                SmallVmids
            ),
            // S1ContextPtr beyond the address size.
            new SmmuCampaign(
                "s1contextptr-out-of-range",
                [SMMU_STE_22],
                target => Needs.Stage1(target) ?? (target.Capabilities.OutputAddressSize >= 52 ? "no S1ContextPtr is out of range (OAS 52)" : null),
                ContextPointers
            ),
            // FMT 2 and 3 are linear, a reserved SPLIT is 6.
            new SmmuCampaign("reserved-formats", [SMMU_STE_23], Needs.TwoLevel, ReservedFormats),
            // With SPLIT above LOG2SIZE the size bounds the StreamIDs.
            new SmmuCampaign("split-above-log2size", [SMMU_STE_24], Needs.TwoLevel, SplitAboveSize),
        ];

    private const ulong Va = SceneDraft.PageAt;

    // StreamIDs that the masters have, or a choice.
    private static IEnumerable<uint> Ids(SceneTarget target) => target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : [1, 5, 0x1f, 0x28, 0x3f, 0x7f, 0xab];

    private static uint BitsOf(uint id) => Math.Max(1, 32 - uint.LeadingZeroCount(id));

    private static SceneDraft Plain(SceneTarget target, uint id, uint log2, uint format = 0, uint split = 0)
    {
        var draft = SceneDraft.Plain(target);
        draft.Setup = draft.Setup with { Log2Size = log2, Format = format, Split = split };
        draft.Stream(0, stream => stream with { Id = id });
        return draft;
    }

    private static IEnumerable<Named<Scene>> LinearBases(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var log2 in (uint[])[BitsOf(id), BitsOf(id) + 1, 9])
            {
                if (log2 < BitsOf(id))
                    continue;
                // The highest ignored bit, and all of them.
                foreach (var extra in (ulong[])[1ul << (int)(log2 + 5), (1ul << (int)(log2 + 6)) - 64])
                {
                    var draft = Plain(target, id, log2);
                    draft.Setup = draft.Setup with { StreamTableExtra = extra };
                    draft.Access(0, Va, SMMU_STE_02);
                    yield return draft.Named($"linear, StreamID 0x{id:x}, LOG2SIZE={log2}, base + 0x{extra:x}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> TwoLevelBases(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var split in (uint[])[6, 8, 10])
            {
                foreach (var log2 in (uint[])[Math.Max(9, BitsOf(id)), 12, 16])
                {
                    var highest = Math.Max(5, (int)log2 - (int)split - 1 + 3);
                    // The highest ignored bit is without effect, the lowest used one leads elsewhere.
                    foreach (var bit in (int[])[highest, highest + 1])
                    {
                        if (bit < 6)
                            continue;
                        var draft = Plain(target, id, log2, 1, split);
                        draft.Setup = draft.Setup with { StreamTableExtra = 1ul << bit };
                        draft.Access(0, Va, SMMU_STE_03);
                        yield return draft.Named($"two-level, StreamID 0x{id:x}, LOG2SIZE={log2} SPLIT={split}, base + 2^{bit}");
                    }
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Spans(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var split in (uint[])[6, 8, 10])
            {
                for (var span = 0u; span < 32; span++)
                {
                    var draft = Plain(target, id, Math.Max(10, BitsOf(id)), 1, split);
                    draft.Stream(0, stream => stream with { L1Fields = [FieldValue.L1Std("Span", span)] });
                    draft.Read(0, Va, span is 0 || span > split + 1 ? SMMU_STE_05 : SMMU_STE_04);
                    yield return draft.Named($"StreamID 0x{id:x}, SPLIT={split}, Span={span}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> SecondLevelPointers(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var split in (uint[])[6, 8, 10])
            {
                foreach (var mask in (ulong[])[1 << 5, ((1ul << ((int)split + 6)) - 1) & ~0x1ful, 1ul << ((int)split + 5), 0xffful << 52, 1ul << 52])
                {
                    var draft = Plain(target, id, Math.Max(10, BitsOf(id)), 1, split);
                    draft.Do(new EditStep(new(StructureKind.L1StreamTableDescriptor, 0), 0, mask, mask)).InvalidateSte(0, leaf: false).Read(0, Va, SMMU_STE_06);
                    yield return draft.Named($"StreamID 0x{id:x}, SPLIT={split}, bits 0x{mask:x} set");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> FetchAborts(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var two in target.Capabilities.StLevel == 1 ? (bool[])[false, true] : [false])
            {
                var draft = Plain(target, id, Math.Max(9, BitsOf(id)), two ? 1u : 0, two ? 8u : 0);
                draft.Setup = draft.Setup with { Cr0 = 0xc };
                draft
                    .WriteRegister(SmmuRegister.StrtabBase, new(AddressBase.Hole, 0, 0), wide: true)
                    .WriteRegister(SmmuRegister.Cr0, 0xd)
                    .Access(0, Va, SMMU_STE_07);
                yield return draft.Named($"StreamID 0x{id:x}, {(two ? "first level" : "linear")}");
                if (!two)
                    continue;
                var second = Plain(target, id, Math.Max(9, BitsOf(id)), 1, 8);
                second.Stream(0, stream => stream with { SecondLevel = new SceneAddress(AddressBase.Hole, 0, 0) });
                second.Access(0, Va, SMMU_STE_07);
                yield return second.Named($"StreamID 0x{id:x}, second level");
            }
        }
    }

    private static IEnumerable<Named<Scene>> With(
        SceneTarget target,
        uint config,
        Conformance.Model.Requirements.RequirementId aim,
        params (string Field, ulong Value)[] fields
    )
    {
        foreach (var (field, value) in fields)
        {
            var draft = new SceneDraft(target);
            if (config == 6)
            {
                var tree = draft.Tree2();
                draft.Map(tree, Va, draft.Data(0));
                draft.Stream2(tree);
            }
            else if (config == 7)
            {
                var stage2 = draft.Tree2();
                var stage1 = draft.Tree1(behind: stage2);
                draft.MapNested(stage1, stage2, Va, 0x8_0000, draft.Data(0));
                draft.Stream1(draft.Context(stage1), stage2);
            }
            else if (config == 5)
            {
                var tree = draft.Tree1();
                draft.Map(tree, Va, draft.Data(0));
                draft.Stream1(draft.Context(tree));
            }
            else
                draft.Stream(new() { Id = target.StreamId(0), Config = config });

            draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste(field, value)] });
            draft.Access(0, config == 4 ? draft.Data(1) : Va, aim);
            yield return draft.Named($"Config={config}, {field}={StructureFields.Number(value)}");
        }
    }

    // The configurations that an SMMU has.
    private static IEnumerable<uint> Configs(SceneTarget target) =>
        ((uint[])[4, 5, 6, 7]).Where(config => ((config & 1) == 0 || target.Capabilities.S1P) && ((config & 2) == 0 || target.Capabilities.S2P));

    private static IEnumerable<Named<Scene>> OtherStage(SceneTarget target)
    {
        (string, ulong)[] first = [("S1CDMax", 31), ("S1STALLD", 1), ("S1Fmt", 3), ("S1DSS", 1), ("S1ContextPtr", ulong.MaxValue), ("STRW", 1)];
        (string, ulong)[] second =
        [
            ("S2T0SZ", 0),
            ("S2T0SZ", 63),
            ("S2TG", 3),
            ("S2SL0", 3),
            ("S2AA64", 0),
            ("S2S", 1),
            ("S2HA", 1),
            ("S2HD", 1),
            ("S2ENDI", 1),
            ("S2TTB", ulong.MaxValue),
            ("S2PS", 7),
        ];
        foreach (var config in Configs(target))
        {
            if ((config & 1) == 0)
                foreach (var scene in With(target, config, SMMU_STE_12, first))
                    yield return scene;
            if ((config & 2) == 0)
                foreach (var scene in With(target, config, SMMU_STE_12, second))
                    yield return scene;
        }
    }

    private static IEnumerable<Named<Scene>> ContextTables(SceneTarget target) =>
        Configs(target)
            .Where(config => (config & 1) != 0)
            .SelectMany(config =>
                With(
                    target,
                    config,
                    SMMU_STE_13,
                    ("S1CDMax", 1),
                    ("S1CDMax", (ulong)Math.Min(31, target.Capabilities.SSIDSIZE + 1)),
                    ("S1CDMax", 31),
                    ("S1Fmt", 1),
                    ("S1Fmt", 2),
                    ("S1Fmt", 3),
                    ("S1DSS", 0),
                    ("S1DSS", 3)
                )
            );

    private static IEnumerable<Named<Scene>> StallsAndUpdates(SceneTarget target) =>
        Configs(target)
            .SelectMany(config =>
                With(target, config, SMMU_STE_14, ("S1STALLD", 1))
                    .Concat(With(target, config, SMMU_STE_18, ("S2S", 1), ("S2S", 0), ("S2HA", 1), ("S2HD", 1), ("S2HAFT", 1)))
            );

    private static IEnumerable<Named<Scene>> DefaultSubstreams(SceneTarget target)
    {
        foreach (var config in Configs(target))
        {
            for (ulong mode = 0; mode < 4; mode++)
            {
                var draft = new SceneDraft(target);
                int? stage2 = (config & 2) != 0 ? draft.Tree2() : null;
                var stream = new SceneStream
                {
                    Id = target.StreamId(0),
                    Config = config,
                    Vmid = target.Capabilities.S2P ? 3u : 0,
                    Stage2 = stage2,
                    Fields = [FieldValue.Ste("S1DSS", mode)],
                };
                // With stage 1 bypassed the address is an intermediate one, or that of a data word.
                var va = stage2 is null ? draft.Data(32) : 0x20_0000;
                if (stage2 is { } tree)
                    draft.Map(tree, va, draft.Data(3));
                if ((config & 1) != 0)
                {
                    var contexts = new List<SceneSubstream>();
                    for (var i = 0; i < 2; i++)
                    {
                        var tree1 = draft.Tree1(behind: config == 7 ? stage2 : null);
                        var output = draft.Data(i);
                        if (config == 7)
                            draft.Map(stage2!.Value, 0x8_0000 + ((ulong)i << 16), output);
                        draft.Map(tree1, va, config == 7 ? 0x8_0000 + ((ulong)i << 16) : output);
                        contexts.Add(new((uint)i, draft.Context(tree1, asid: (uint)(0x11 + i))));
                    }

                    stream = stream with { ContextBits = 1, Substreams = [.. contexts] };
                }

                draft.Stream(stream);
                draft.Access(0, va, SMMU_STE_15, SMMU_CD_06);
                foreach (var substream in (uint[])[0, 1, 2, 0xfffff])
                foreach (var read in (bool[])[true, false])
                    draft.Transact(new(stream.Id, va, read, 4) { HasSubstream = true, SubstreamId = substream }, SMMU_CD_06, SMMU_STE_15);
                yield return draft.Named($"Config={config}, S1DSS={mode}");
            }
        }

        // Without a table of context descriptors S1DSS means nothing.
        foreach (var scene in With(target, 5, SMMU_STE_15, ("S1DSS", 0), ("S1DSS", 1), ("S1DSS", 2), ("S1DSS", 3)))
            yield return scene;
    }

    private static IEnumerable<Named<Scene>> NotAArch64(SceneTarget target) =>
        Configs(target).Where(config => (config & 2) != 0).SelectMany(config => With(target, config, SMMU_STE_17, ("S2AA64", 0), ("S2AA64", 1)));

    private static IEnumerable<Named<Scene>> Ats(SceneTarget target)
    {
        foreach (var config in Configs(target))
        {
            for (ulong value = 0; value < 4; value++)
            {
                foreach (var stalls in (ulong[])[0, 1])
                {
                    var draft = With(target, config, SMMU_STE_19, ("EATS", value)).Single().Plan;
                    yield return new(
                        draft with
                        {
                            Streams = [draft.Streams[0] with { Fields = draft.Streams[0].Fields.Add(FieldValue.Ste("S2S", stalls)) }],
                        },
                        $"Config={config}, EATS={value}, S2S={stalls}"
                    );
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> StreamWorlds(SceneTarget target)
    {
        foreach (var config in Configs(target).Where(config => (config & 1) != 0))
        {
            foreach (var named in With(target, config, SMMU_STE_20, ("STRW", 0), ("STRW", 1), ("STRW", 2), ("STRW", 3)))
            {
                // What is tagged as NS-EL1 is dropped by TLBI_NH_VA.
                var tree = named.Plan.Trees.Length - 1;
                var leaf = new StructureReference(StructureKind.Stage1Descriptor, tree, Va, 3);
                var vmid = target.Capabilities.S2P ? 3 : 0;
                yield return named with
                {
                    Plan = named.Plan with
                    {
                        Steps = named
                            .Plan.Steps.Add(EditStep.Of(leaf, new(StructureFields.Of(StructureKind.Stage1Descriptor, "Type"), 0)))
                            .Add(
                                CommandStep.Of(
                                    Conformance.Model.Smmu.Structures.SmmuCommand.TlbiNhVa(vmid, 0x11, Va, true),
                                    Conformance.Model.Smmu.Structures.SmmuCommand.Sync()
                                )
                            )
                            .Add(named.Plan.Steps[0]),
                    },
                };
            }
        }
    }

    private static IEnumerable<Named<Scene>> SmallVmids(SceneTarget target) =>
        Configs(target).SelectMany(config => With(target, config, SMMU_STE_21, ("S2VMID", 0x103), ("S2VMID", 0xff)));

    private static IEnumerable<Named<Scene>> ContextPointers(SceneTarget target)
    {
        foreach (var config in Configs(target).Where(config => (config & 1) != 0))
        {
            for (var bit = target.Capabilities.OutputAddressSize; bit < 52; bit++)
            {
                var named = With(target, config, SMMU_STE_22, ("MEV", 0)).Single();
                var pointer = new SceneAddress(AddressBase.ContextTable, 0, 1ul << bit) { Intermediate = true };
                yield return new(named.Plan with { Streams = [named.Plan.Streams[0] with { ContextPointer = pointer }] }, $"Config={config}, bit {bit}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> ReservedFormats(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var format in (uint[])[0, 2, 3])
            {
                var draft = Plain(target, id, Math.Max(9, BitsOf(id)), format, 8);
                draft.Access(0, Va, SMMU_STE_23);
                yield return draft.Named($"StreamID 0x{id:x}, FMT={format}");
            }

            for (var split = 0u; split < 32; split++)
            {
                var draft = Plain(target, id, Math.Max(9, BitsOf(id)), 1, split);
                draft.Access(0, Va, SMMU_STE_23);
                yield return draft.Named($"StreamID 0x{id:x}, SPLIT={split}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> SplitAboveSize(SceneTarget target)
    {
        foreach (var id in Ids(target))
        {
            foreach (var split in (uint[])[6, 8, 10])
            {
                foreach (var log2 in (uint[])[BitsOf(id) - 1, BitsOf(id)])
                {
                    if (log2 > split)
                        continue;
                    var draft = Plain(target, id, log2, 1, split);
                    draft.Access(0, Va, SMMU_STE_24);
                    yield return draft.Named($"StreamID 0x{id:x}, LOG2SIZE={log2} SPLIT={split}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> BeyondTheTable(SceneTarget target)
    {
        foreach (var records in new[] { true, false })
        {
            foreach (var id in target.StreamIds.Count > 0 ? target.StreamIds.Distinct() : new uint[] { 1, 2, 3, 4, 7, 8, 255, 256 })
            {
                // The table ends right below the StreamID, or right above it.
                var bits = (uint)(31 - uint.LeadingZeroCount(id));
                foreach (var log2 in (uint[])[bits, bits + 1])
                {
                    var draft = SceneDraft.Plain(target);
                    draft.Setup = draft.Setup with { Log2Size = log2, Cr2 = records ? 2u : 0 };
                    draft.Stream(0, stream => stream with { Id = id });
                    draft.Read(0, SceneDraft.PageAt, SMMU_STE_01).Write(0, SceneDraft.PageAt, SMMU_STE_01);
                    yield return draft.Named($"StreamID 0x{id:x}, LOG2SIZE={log2}, RECINVSID={(records ? 1 : 0)}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> EveryConfig(SceneTarget target)
    {
        for (ulong config = 0; config < 8; config++)
        {
            foreach (var valid in (ulong[])[1, 0])
            {
                var draft = SceneDraft.Plain(target);
                draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("V", valid), FieldValue.Ste("Config", config)] });
                // Without translation the address is a physical one: that of a data word.
                var aim =
                    valid == 0
                        ? SMMU_STE_08
                        : config switch
                        {
                            < 4 => SMMU_STE_09,
                            4 => SMMU_STE_10,
                            _ => SMMU_STE_11,
                        };
                draft.Access(0, draft.Data(1), aim).Access(0, draft.Data(1) | 1UL << target.Capabilities.OutputAddressSize, aim);
                yield return draft.Named($"Config={config}, V={valid}");
            }
        }

        // What bypass does not look at: a CD that is not valid, or is not there.
        foreach (var pointer in (AddressBase[])[AddressBase.Spare, AddressBase.Hole])
        {
            var draft = SceneDraft.Plain(target);
            draft.Stream(0, stream => stream with { ContextPointer = new SceneAddress(pointer, 0, 0), Fields = [FieldValue.Ste("Config", 4)] });
            draft.Access(0, draft.Data(1), SMMU_STE_10);
            yield return draft.Named($"Config=4, S1ContextPtr leads to {(pointer == AddressBase.Hole ? "the hole" : "zeros")}");
        }
    }

    private static IEnumerable<Named<Scene>> Geometry(SceneTarget target)
    {
        for (ulong granule = 0; granule < 4; granule++)
        {
            for (ulong start = 0; start < 4; start++)
            {
                for (ulong size = 0; size < 64; size++)
                {
                    var draft = new SceneDraft(target);
                    draft.Stream2(draft.Tree2());
                    draft.Stream(
                        0,
                        stream =>
                            stream with
                            {
                                Fields =
                                [
                                    FieldValue.Ste("S2TG", granule),
                                    FieldValue.Ste("S2SL0", start),
                                    FieldValue.Ste("S2T0SZ", size),
                                    FieldValue.Ste("S2PS", (size + start) % 8),
                                ],
                            }
                    );
                    draft.Read(0, 0, SMMU_STE_16);
                    yield return draft.Named($"S2TG={granule} S2SL0={start} S2T0SZ={size} S2PS={(size + start) % 8}");
                }
            }
        }
    }
}
