using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-CD: context descriptors.</summary>
internal static class ContextCampaigns
{
    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // From a good CD one field at a time takes every value that makes it illegal; those next to the limits stay legal.
            new SmmuCampaign("one-field-off-in-a-cd", [SMMU_CD_01, SMMU_CD_03], Needs.Stage1, OneFieldOff),
            // TxSZ 0..63 for every granule and both halves: 16 to 39 is legal (48, 47 with small tables), whatever the sizes of addresses.
            new SmmuCampaign("every-txsz", [SMMU_CD_12], Needs.Stage1, EverySize),
            // With EPDx=1 nothing of that half can be wrong.
            new SmmuCampaign("fields-of-disabled-halves", [SMMU_CD_02], Needs.Stage1, DisabledHalves),
            // TTBx beyond IPS is C_BAD_CD, unless the half is disabled.
            new SmmuCampaign("ttb-out-of-range", [SMMU_CD_04], Needs.Stage1, TablesOutOfRange),
            // A CD where there is no memory.
            new SmmuCampaign("a-cd-that-cannot-be-read", [SMMU_CD_05], Needs.Stage1, FetchAborts),
            // Two-level tables of CDs, with leaves of 4 and of 64 KiB.
            new SmmuCampaign("two-level-cd-tables", [SMMU_CD_07], Needs.TwoLevelContexts, TwoLevel),
            // R=0 keeps the four translation faults from being recorded and nothing else.
            new SmmuCampaign("cd-r", [SMMU_CD_08, SMMU_CD_13], Needs.Stage1, Records),
            // ASIDs of 8 bits.
            new SmmuCampaign(
                "asids-of-8-bits",
                [SMMU_CD_09],
                target => Needs.Stage1(target) ?? (target.Capabilities.ASID16 ? "the SMMU has ASIDs of 16 bits (IDR0.ASID16=1)" : null),
                SmallAsids
            ),
            // Bits of TTBx below the first table are ignored.
            new SmmuCampaign("bases-of-tables", [SMMU_CD_10], Needs.Stage1, Bases),
            // ENDI is checked unless both halves are disabled.
            new SmmuCampaign("endi", [SMMU_CD_11], Needs.Stage1, Endianness),
        ];

    private static IEnumerable<Named<Scene>> OneFieldOff(SceneTarget target)
    {
        (string Name, ulong[] Values)[] fields =
        [
            ("V", [0]),
            ("AA64", [0]),
            ("TG0", [0, 1, 2, 3]),
            ("T0SZ", [15, 16, 39, 40]),
            ("ENDI", [1]),
            ("A", [0]),
            ("S", [1]),
            ("R", [0]),
            ("HA", [1]),
            ("HD", [1]),
            ("HAFT", [1]),
            ("IPS", [0, 1, 2, 3, 4, 5, 6, 7]),
            ("AFFD", [1]),
            ("ASET", [1]),
            ("WXN", [1]),
            ("UWXN", [1]),
            ("PAN", [1]),
            ("MAIR", [0]),
            ("AMAIR", [ulong.MaxValue]),
        ];
        foreach (var (name, values) in fields)
        {
            foreach (var value in values)
            {
                var draft = SceneDraft.Plain(target);
                draft.Context(0, context => context with { Fields = [FieldValue.Cd(name, value)] });
                draft.Access(0, SceneDraft.PageAt, name == "IPS" ? SMMU_CD_03 : SMMU_CD_01);
                yield return draft.Named($"{name}={value}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> EverySize(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var upper in new[] { false, true })
            {
                for (ulong size = 0; size < 64; size++)
                {
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1(granule, upper: upper);
                    draft.Stream1(upper ? draft.Context(null, tree) : draft.Context(tree));
                    draft.Context(0, context => context with { Fields = [FieldValue.Cd(upper ? "T1SZ" : "T0SZ", size)] });
                    draft.Read(0, upper ? ulong.MaxValue & ~0xfffUL : 0, SMMU_CD_12);
                    yield return draft.Named($"{(upper ? "T1SZ" : "T0SZ")}={size}, {ScenePrinter.Granule(granule)} granule");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> DisabledHalves(SceneTarget target)
    {
        foreach (var upper in (bool[])[false, true])
        {
            (string Name, ulong Value)[] fields = upper
                ? [("T1SZ", 0), ("T1SZ", 63), ("TG1", 0), ("TTB1", (1ul << 48) - 1)]
                : [("T0SZ", 0), ("T0SZ", 63), ("TG0", 3), ("TTB0", (1ul << 48) - 1)];
            foreach (var (name, value) in fields)
            {
                var draft = new SceneDraft(target);
                var tree = draft.Tree1(upper: !upper);
                var at = upper ? SceneDraft.PageAt : 0xffff_ff80_0000_0000 | SceneDraft.PageAt;
                draft.Map(tree, at, draft.Data(0));
                draft.Stream1(
                    upper ? draft.Context(tree, null, 0x11, FieldValue.Cd(name, value)) : draft.Context(null, tree, 0x11, FieldValue.Cd(name, value))
                );
                draft.Access(0, at, SMMU_CD_02);
                yield return draft.Named($"EPD{(upper ? 1 : 0)}=1, {name}={StructureFields.Number(value)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> TablesOutOfRange(SceneTarget target)
    {
        int[] sizes = [32, 36, 40, 42, 44, 48, 52];
        for (ulong code = 0; code < 7; code++)
        {
            var limit = Math.Min(sizes[code], target.Capabilities.OutputAddressSize);
            for (var bit = limit; bit < 52; bit += 4)
            {
                foreach (var disabled in (bool[])[false, true])
                {
                    // The tables are where they are: truncated, the base would be right.
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1();
                    draft.Map(tree, SceneDraft.PageAt, draft.Data(0));
                    draft.Tree(tree, with => with with { BaseExtra = 1ul << bit });
                    draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("IPS", code), FieldValue.Cd("EPD0", disabled ? 1u : 0)));
                    draft.Access(0, SceneDraft.PageAt, SMMU_CD_04);
                    yield return draft.Named($"IPS={code}, bit {bit}{(disabled ? ", EPD0=1" : "")}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> FetchAborts(SceneTarget target)
    {
        foreach (var offset in (ulong[])[0, 0x40, 0x1000])
        {
            var draft = SceneDraft.Plain(target);
            draft.Stream(0, stream => stream with { ContextPointer = new SceneAddress(AddressBase.Hole, 0, offset) });
            draft.Access(0, SceneDraft.PageAt, SMMU_CD_05);
            yield return draft.Named($"hole + 0x{offset:x}");
        }
    }

    private static IEnumerable<Named<Scene>> TwoLevel(SceneTarget target)
    {
        foreach (var format in (uint[])[1, 2])
        {
            var leaf = format == 1 ? 6 : 10;
            foreach (var valid in (ulong[])[1, 0])
            {
                var draft = new SceneDraft(target);
                var contexts = new List<SceneSubstream>();
                foreach (var (id, page) in ((uint[])[0, 3, 0x41, 0x7f, (1u << leaf) | 5]).Index().Select(pair => (pair.Item, pair.Index)))
                {
                    if (contexts.Any(context => context.SubstreamId == id) || id >> Math.Min(12, target.Capabilities.SSIDSIZE) != 0)
                        continue;
                    var tree = draft.Tree1();
                    draft.Map(tree, SceneDraft.PageAt, draft.Data(page * 4));
                    contexts.Add(new(id, draft.Context(tree, asid: 0x11 + id)));
                }

                draft.Stream(
                    new()
                    {
                        Id = draft.Id(),
                        Config = 5,
                        Vmid = target.Capabilities.S2P ? 3u : 0,
                        ContextBits = (uint)Math.Min(12, target.Capabilities.SSIDSIZE),
                        ContextFormat = format,
                        Substreams = [.. contexts],
                    }
                );
                foreach (var context in contexts)
                {
                    if (valid == 0 && context.SubstreamId != 0)
                        draft.Context(context.Context, with => with with { L1Fields = [FieldValue.L1Cd("V", 0)] });
                }

                foreach (var context in contexts)
                    draft.Transact(new(draft.Id(), SceneDraft.PageAt, true, 4) { HasSubstream = true, SubstreamId = context.SubstreamId }, SMMU_CD_07);
                // A leaf that is not there.
                draft.Transact(
                    new(draft.Id(), SceneDraft.PageAt, true, 4)
                    {
                        HasSubstream = true,
                        SubstreamId = (2u << leaf) & ((1u << Math.Min(12, target.Capabilities.SSIDSIZE)) - 1),
                    },
                    SMMU_CD_07
                );
                yield return draft.Named($"S1Fmt={format}{(valid == 0 ? ", L1CD.V=0" : "")}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Records(SceneTarget target)
    {
        foreach (var records in (ulong[])[0, 1])
        {
            foreach (var abort in target.Capabilities.TermModel ? (ulong[])[1] : [1, 0])
            {
                var draft = new SceneDraft(target);
                var tree = draft.Tree1();
                draft.Map(tree, SceneDraft.PageAt, draft.Data(0), attributes: SceneEntry.Stage1ReadWrite & ~(1ul << 10));
                draft.Map(tree, SceneDraft.PageAt + 0x10_0000, draft.Data(0), attributes: SceneEntry.Stage1ReadWrite | 1 << 7);
                draft.Map(tree, 0x4000_0000, new(AddressBase.Hole, 0, 0), 2, kind: EntryKind.Table);
                draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("R", records), FieldValue.Cd("A", abort)));
                draft
                    .Access(0, SceneDraft.PageAt, SMMU_CD_08)
                    .Access(0, SceneDraft.PageAt + 0x10_0000, SMMU_CD_08)
                    .Access(0, SceneDraft.PageAt + 0x20_0000, SMMU_CD_08)
                    .Access(0, 0x4000_0000, SMMU_CD_08, SMMU_CD_13)
                    .Access(0, 1ul << 47, SMMU_CD_08);
                yield return draft.Named($"R={records} A={abort}");
                var bad = SceneDraft.Plain(target);
                bad.Context(0, context => context with { Fields = [FieldValue.Cd("R", records), FieldValue.Cd("A", abort), FieldValue.Cd("V", 0)] });
                bad.Access(0, SceneDraft.PageAt, SMMU_CD_08, SMMU_CD_13);
                yield return bad.Named($"R={records} A={abort}, V=0");
            }
        }
    }

    private static IEnumerable<Named<Scene>> SmallAsids(SceneTarget target)
    {
        foreach (var asid in (uint[])[0xff, 0x100, 0x111, 0xff00])
        {
            var draft = new SceneDraft(target);
            var tree = draft.Tree1();
            draft.Map(tree, SceneDraft.PageAt, draft.Data(0));
            draft.Stream1(draft.Context(tree, asid: asid));
            draft.Access(0, SceneDraft.PageAt, SMMU_CD_09);
            yield return draft.Named($"ASID=0x{asid:x}");
        }
    }

    private static IEnumerable<Named<Scene>> Bases(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var bits in (int[])[25, 31, 39, 40, 48])
            {
                var size = new SceneTree
                {
                    Stage = 1,
                    Granule = granule,
                    InputBits = bits,
                }.BaseBits;
                for (var bit = 4; bit < size; bit++)
                {
                    var draft = new SceneDraft(target);
                    var tree = draft.Tree1(granule, bits);
                    draft.Map(tree, SceneDraft.PageAt & 0xff_0000, draft.Data(0));
                    draft.Tree(tree, with => with with { BaseExtra = 1ul << bit });
                    draft.Stream1(draft.Context(tree));
                    draft.Read(0, SceneDraft.PageAt & 0xff_0000, SMMU_CD_10);
                    yield return draft.Named($"{ScenePrinter.Granule(granule)}, {bits} bits, base + 2^{bit}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Endianness(SceneTarget target)
    {
        foreach (var (lower, upper) in ((bool, bool)[])[(true, false), (false, true), (true, true), (false, false)])
        {
            var draft = new SceneDraft(target);
            var low = draft.Tree1();
            var high = draft.Tree1(upper: true);
            draft.Map(low, SceneDraft.PageAt, draft.Data(0));
            draft.Map(high, 0xffff_ff80_0000_0000 | SceneDraft.PageAt, draft.Data(32));
            draft.Stream1(draft.Context(lower ? low : null, upper ? high : null, 0x11, FieldValue.Cd("ENDI", 1)));
            draft.Access(0, SceneDraft.PageAt, SMMU_CD_11).Access(0, 0xffff_ff80_0000_0000 | SceneDraft.PageAt, SMMU_CD_11);
            yield return draft.Named($"EPD0={(lower ? 0 : 1)} EPD1={(upper ? 0 : 1)}");
        }
    }
}
