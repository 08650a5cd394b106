using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-EVT: records, and the queue that they go to.</summary>
internal static class EventCampaigns
{
    private const ulong Va = SceneDraft.PageAt;
    private const ulong Unmapped = Va + 0x10_0000;

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // Every fault of every stage, for reads and writes: the record field by field.
            new SmmuCampaign("every-record", [SMMU_EVT_01, SMMU_EVT_03, SMMU_EVT_04, SMMU_EVT_16], Needs.Nothing, Everything),
            // Faults of stage 2 behind stage 1: RnW of the transaction, CLASS by the reason of the walk, IPA of what was translated.
            new SmmuCampaign("records-of-nested-streams", [SMMU_EVT_02, SMMU_EVT_10, SMMU_EVT_16, SMMU_EVT_04], Needs.Nested, OfNested),
            // A full queue drops records and turns OVFLG once; with room again it records, acknowledged or not.
            new SmmuCampaign("a-full-event-queue", [SMMU_EVT_05, SMMU_EVT_08, SMMU_EVT_14], Needs.Nothing, Overflow),
            // An event queue where there is no memory: EVENTQ_ABT_ERR once, and no record until it is acknowledged.
            new SmmuCampaign("an-event-queue-that-cannot-be-written", [SMMU_EVT_06, SMMU_EVT_13], Needs.Nothing, Unwritable),
            // Without EVENTQEN faults end as ever and nothing is written.
            new SmmuCampaign("eventqen-off", [SMMU_EVT_07], Needs.Nothing, Disabled),
            // Two faults at once: the first of the procedure is the one that is recorded.
            new SmmuCampaign("two-faults-at-once", [SMMU_EVT_12], Needs.Stage1, TwoFaults),
            // PnU and InD after PRIVCFG and INSTCFG; a write is never an instruction.
            new SmmuCampaign("attributes-in-records", [SMMU_EVT_17], Needs.All(Needs.Stage1, Needs.Attributes), Attributes),
            // Addresses that are too large for bypass or stage 2 are recorded whatever S2R says.
            new SmmuCampaign("input-addresses-that-are-too-large", [SMMU_EVT_19], Needs.Nothing, TooLarge),
            // Stalled transactions: unique STAGs, RESUME in its three ways, STALL_TERM.
            new SmmuCampaign("stalls", [SMMU_EVT_11], Needs.All(Needs.Stage1, Needs.Stalls), Stalls),
            // The record of a stalled transaction waits for room.
            new SmmuCampaign("stalls-and-a-full-queue", [SMMU_EVT_18], Needs.All(Needs.Stage1, Needs.Stalls), StallsAndFullQueue),
            // The interrupt of the event queue: when it becomes not empty, and only with IRQ_CTRL.EVENTQ_IRQEN.
            new SmmuCampaign("interrupts-of-the-event-queue", [SMMU_EVT_09], Needs.Interrupts, Interrupts),
        ];

    private static IEnumerable<Named<Scene>> Everything(SceneTarget target)
    {
        RequirementId[] aims = [SMMU_EVT_01, SMMU_EVT_03, SMMU_EVT_04, SMMU_EVT_16];
        foreach (var stage in (int[])[1, 2])
        {
            if ((stage == 1 ? Needs.Stage1(target) : Needs.Stage2(target)) is not null)
                continue;
            var size = 1ul << target.Capabilities.OutputAddressSize;
            List<(string What, SceneEntry Entry)> entries =
            [
                ("invalid", new(Va, 3, target.Data.Start, Plain(stage), EntryKind.Invalid)),
                ("AF=0", new(Va, 3, target.Data.Start, Plain(stage) & ~(1ul << 10))),
                ("no write", new(Va, 3, target.Data.Start, stage == 1 ? Plain(1) | 1 << 7 : Plain(2) & ~(1ul << 7))),
                ("no read", new(Va, 3, target.Data.Start, stage == 1 ? Plain(1) & ~(1ul << 6) : Plain(2) & ~(1ul << 6))),
                .. Enumerable
                    .Range(1, 2)
                    .Select(level => ($"table of level {level + 1} in the hole", new SceneEntry(Va, level, new(AddressBase.Hole, 0, 0), 0, EntryKind.Table))),
                .. target.Capabilities.OutputAddressSize < 48
                    ? new[]
                    {
                        ("output too large", new SceneEntry(Va, 3, target.Data.Start | size, Plain(stage))),
                        ("table too high", new SceneEntry(Va, 2, size, 0, EntryKind.Table)),
                    }
                    : [],
            ];
            foreach (var (what, entry) in entries)
            {
                foreach (var tbi in stage == 1 ? (ulong[])[0, 1] : [0])
                {
                    var draft = new SceneDraft(target);
                    var tree = stage == 1 ? draft.Tree1() : draft.Tree2();
                    draft.Tree(tree, with => with with { Entries = [entry with { Level = Math.Max(entry.Level, with.FirstLevel) }] });
                    if (stage == 1)
                        draft.Stream1(draft.Context(tree, null, 0x11, FieldValue.Cd("TBI0", tbi)));
                    else
                        draft.Stream2(tree);
                    draft.Access(0, Va + 0x124 | tbi * 0xa5ul << 56, aims).Access(0, Unmapped + 4, aims);
                    yield return draft.Named($"stage {stage}, {what}{(tbi == 1 ? ", TBI0" : "")}");
                }
            }
        }

        if (Needs.Stage1(target) is not null)
            yield break;
        foreach (var (what, field, value) in ((string, string, ulong)[])[("CD.V=0", "V", 0), ("EPD0", "EPD0", 1), ("R=0", "R", 0)])
        {
            var draft = SceneDraft.Plain(target);
            draft.Context(0, context => context with { Fields = [FieldValue.Cd(field, value)] });
            draft.Access(0, Va, aims).Access(0, Unmapped, aims).Access(0, 1ul << 47, aims);
            yield return draft.Named(what);
        }

        var fetch = SceneDraft.Plain(target);
        fetch.Stream(0, stream => stream with { ContextPointer = new SceneAddress(AddressBase.Hole, 0, 0x40) });
        fetch.Access(0, Va, [.. aims, SMMU_CD_05]);
        yield return fetch.Named("CD in the hole");
    }

    private static ulong Plain(int stage) => stage == 1 ? SceneEntry.Stage1ReadWrite : SceneEntry.Stage2ReadWrite;

    private static IEnumerable<Named<Scene>> OfNested(SceneTarget target)
    {
        foreach (var what in (string[])["data", "TTB0", "last table", "CD"])
        {
            foreach (
                var (how, field, value) in ((string, string, ulong)[])
                    [("invalid", "Type", 0), ("AF=0", "AF", 0), ("no read", "S2AP0", 0), ("no write", "S2AP1", 0)]
            )
            {
                foreach (var records in (ulong[])[1, 0])
                {
                    var draft = new SceneDraft(target);
                    var stage2 = draft.Tree2();
                    var stage1 = draft.Tree1(behind: stage2);
                    draft.MapNested(stage1, stage2, Va, 0x8_0000, draft.Data(0));
                    draft.Stream1(draft.Context(stage1), stage2, null, FieldValue.Ste("S2R", records));
                    var seen = what switch
                    {
                        "data" => 0x8_0000ul,
                        "CD" => draft.AddressOf(AddressBase.ContextTable, 0),
                        "TTB0" => draft.AddressOf(AddressBase.Tree, 1),
                        _ => draft.AddressOf(AddressBase.Tree, 1) + ((ulong)(3 - draft.Tree(1).FirstLevel) << draft.Tree(1).Granule),
                    };
                    draft.Edit(draft.Entry(0, seen), field, value).Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
                    draft
                        .Read(0, Va + 0x40, SMMU_EVT_10, SMMU_EVT_16, SMMU_EVT_02, SMMU_EVT_04)
                        .Write(0, Va + 0x44, SMMU_EVT_02, SMMU_EVT_10, SMMU_EVT_16, SMMU_EVT_04);
                    yield return draft.Named($"the page of {what}: {how}, S2R={records}");
                }
            }
        }

        // A table of stage 1 that is larger than the pages of stage 2: the page of its last descriptor is not that of its first.
        foreach (var granule in SceneDraft.Granules(target.Capabilities).Where(granule => granule > SceneDraft.SmallestGranule(target.Capabilities)))
        {
            var draft = new SceneDraft(target);
            var stage2 = draft.Tree2();
            var stage1 = draft.Tree1(granule, behind: stage2);
            var at = Va | ((1ul << (granule - 3)) - 1) << granule;
            draft.MapNested(stage1, stage2, at, 0x8_0000, draft.Data(0));
            draft.Stream1(draft.Context(stage1), stage2);
            var table = draft.AddressOf(AddressBase.Tree, 1) + ((ulong)(3 - draft.Tree(1).FirstLevel) << granule);
            draft.Edit(draft.Entry(0, table + (1ul << granule) - 8), "Type", 0).Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll());
            draft.Access(0, at, SMMU_EVT_10, SMMU_EVT_16);
            yield return draft.Named($"the last page of a table of {ScenePrinter.Granule(granule)}");
        }
    }

    private static IEnumerable<Named<Scene>> Overflow(SceneTarget target)
    {
        foreach (var log2 in (uint[])[0, 1, 2])
        {
            foreach (var acknowledge in (bool[])[true, false])
            {
                var draft = SceneDraft.Plain(target);
                draft.Setup = draft.Setup with { EventQueueLog2 = log2 };
                var size = 1 << (int)log2;
                for (var round = 0; round < 3; round++)
                {
                    for (var i = 0; i < size + 2; i++)
                        draft.Read(0, Unmapped + ((ulong)i << 4), SMMU_EVT_05, SMMU_EVT_14);
                    draft.ReadRegister(SmmuRegister.GError, SMMU_EVT_05).Do(new ConsumeEventsStep(round == 1 ? 1 : -1, acknowledge), SMMU_EVT_14);
                    draft.Read(0, Unmapped + 0x800, SMMU_EVT_14, SMMU_EVT_05);
                }

                yield return draft.Named($"{size} entries, {(acknowledge ? "acknowledged" : "not acknowledged")}");
            }

            var wrap = SceneDraft.Plain(target);
            wrap.Setup = wrap.Setup with { EventQueueLog2 = log2 };
            for (var i = 0; i < 3 << (int)log2; i++)
                wrap.Read(0, Unmapped + ((ulong)i << 4), SMMU_EVT_08).Do(new ConsumeEventsStep());
            yield return wrap.Named($"{1 << (int)log2} entries, taken one by one");
        }
    }

    private static IEnumerable<Named<Scene>> Unwritable(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft
            .WriteRegister(SmmuRegister.Cr0, 9)
            .WriteRegister(SmmuRegister.EventqBase, new(AddressBase.Hole, 0, 4), wide: true)
            .WriteRegister(SmmuRegister.EventqProd, 0)
            .WriteRegister(SmmuRegister.EventqCons, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd);
        for (var i = 0; i < 2; i++)
        {
            draft
                .Read(0, Unmapped, SMMU_EVT_06)
                .ReadRegister(SmmuRegister.GError, SMMU_EVT_06)
                .Read(0, Unmapped, SMMU_EVT_06)
                .ReadRegister(SmmuRegister.GError, SMMU_EVT_06)
                .Do(new AcknowledgeErrorsStep(), SMMU_EVT_06)
                .ReadRegister(SmmuRegister.GError, SMMU_EVT_06);
        }

        yield return draft.Named("no memory");
        // While the error is active nothing is recorded, although there is memory now.
        var active = SceneDraft.Plain(target);
        active
            .WriteRegister(SmmuRegister.Cr0, 9)
            .WriteRegister(SmmuRegister.EventqBase, new(AddressBase.Hole, 0, 4), wide: true)
            .WriteRegister(SmmuRegister.EventqProd, 0)
            .WriteRegister(SmmuRegister.EventqCons, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Read(0, Unmapped)
            .WriteRegister(SmmuRegister.Cr0, 9)
            .WriteRegister(SmmuRegister.EventqBase, new(AddressBase.EventQueue, 0, 4), wide: true)
            .WriteRegister(SmmuRegister.EventqProd, 0)
            .WriteRegister(SmmuRegister.EventqCons, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Read(0, Unmapped, SMMU_EVT_13)
            .ReadRegister(SmmuRegister.GError, SMMU_EVT_13)
            .Do(new AcknowledgeErrorsStep())
            .Read(0, Unmapped, SMMU_EVT_13)
            .Read(0, Unmapped + 0x10, SMMU_EVT_13);
        yield return active.Named("memory again, error not acknowledged");
    }

    private static IEnumerable<Named<Scene>> Disabled(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft.Setup = draft.Setup with { Cr0 = 9 };
        draft.Access(0, Va, SMMU_EVT_07).Access(0, Unmapped, SMMU_EVT_07).ReadRegister(SmmuRegister.GError, SMMU_EVT_07);
        for (var i = 0ul; i < 4; i++)
            draft.Do(new ReadMemoryStep(new(AddressBase.EventQueue, 0, i * 8)), SMMU_EVT_07);
        draft.WriteRegister(SmmuRegister.Cr0, 0xd).Access(0, Unmapped, SMMU_EVT_07);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> TwoFaults(SceneTarget target)
    {
        (string Name, Func<ulong, ulong> Change)[] flaws =
        [
            ("AF=0", bits => bits & ~(1ul << 10)),
            ("read-only", bits => bits | 1 << 7),
            ("unprivileged", bits => bits & ~(1ul << 6)),
        ];
        foreach (var one in flaws)
        {
            foreach (var other in flaws)
            {
                foreach (var nested in Needs.Nested(target) is null ? (bool[])[false, true] : [false])
                {
                    var draft = new SceneDraft(target);
                    var attributes = other.Change(one.Change(SceneEntry.Stage1ReadWrite));
                    if (nested)
                    {
                        // Stage 2 refuses as well: stage 1 is asked first.
                        var stage2 = draft.Tree2();
                        var stage1 = draft.Tree1(behind: stage2);
                        draft.Map(stage1, Va, 0x8_0000, attributes: attributes);
                        draft.Map(stage2, 0x8_0000, draft.Data(0), attributes: SceneEntry.Stage2ReadWrite & ~(3ul << 6));
                        draft.Stream1(draft.Context(stage1), stage2);
                    }
                    else
                    {
                        var tree = draft.Tree1();
                        draft.Map(tree, Va, draft.Data(0), attributes: attributes);
                        draft.Stream1(draft.Context(tree));
                    }

                    draft.Access(0, Va, SMMU_EVT_12);
                    yield return draft.Named($"{one.Name} and {other.Name}{(nested ? ", stage 2 refuses" : "")}");
                }
            }
        }
    }

    private static IEnumerable<Named<Scene>> Attributes(SceneTarget target)
    {
        for (ulong privilege = 0; privilege < 4; privilege++)
        {
            for (ulong instruction = 0; instruction < 4; instruction++)
            {
                var draft = SceneDraft.Plain(target);
                draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("PRIVCFG", privilege), FieldValue.Ste("INSTCFG", instruction)] });
                foreach (var privileged in (bool[])[false, true])
                foreach (var (read, fetch) in ((bool, bool)[])[(true, false), (true, true), (false, false)])
                    draft.Transact(new(draft.Id(), Unmapped, read, 4) { IsPrivileged = privileged, IsInstruction = fetch }, SMMU_EVT_17);
                yield return draft.Named($"PRIVCFG={privilege} INSTCFG={instruction}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> TooLarge(SceneTarget target)
    {
        var size = target.Capabilities.OutputAddressSize;
        foreach (var records in (ulong[])[1, 0])
        {
            // Truncated, the address would be that of a data word.
            var bypass = new SceneDraft(target);
            bypass.Stream(
                new()
                {
                    Id = bypass.Id(),
                    Config = 4,
                    Fields = [FieldValue.Ste("S2R", records)],
                }
            );
            foreach (var bit in (int[])[size, 63])
                bypass.Access(0, bypass.Data(1) | 1ul << bit, SMMU_EVT_19);
            bypass.Access(0, bypass.Data(1), SMMU_EVT_19);
            yield return bypass.Named($"bypass, S2R={records}");
            if (!target.Capabilities.S2P)
                continue;
            var second = new SceneDraft(target);
            var tree = second.Tree2();
            second.Map(tree, Va, second.Data(0));
            second.Stream2(tree, null, FieldValue.Ste("S2R", records));
            foreach (var bit in (int[])[target.Capabilities.IntermediateAddressSize, 63])
                second.Access(0, Va | 1ul << bit, SMMU_EVT_19, SMMU_WALK_18);
            second.Access(0, Va | 1ul << 40, SMMU_WALK_18);
            yield return second.Named($"stage 2, S2R={records}");
        }
    }

    private static SceneDraft Stalling(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft.Context(0, context => context with { Fields = [FieldValue.Cd("S", 1)] });
        return draft;
    }

    private static IEnumerable<Named<Scene>> Stalls(SceneTarget target)
    {
        foreach (var action in (ResumeAction[])[ResumeAction.Abort, ResumeAction.Terminate, ResumeAction.Retry])
        {
            foreach (var repaired in (bool[])[true, false])
            {
                var draft = Stalling(target);
                var leaf = draft.Entry(0, Va);
                draft
                    .Edit(leaf, "Type", 0)
                    .Send(SmmuCommand.TlbiNsnhAll())
                    .Read(0, Va, SMMU_EVT_11)
                    .Write(0, Va + 0x10, SMMU_EVT_11)
                    .Do(new AskStep(0), SMMU_EVT_11)
                    .Do(new AskStep(1), SMMU_EVT_11);
                if (repaired)
                    draft.Edit(leaf, "Type", 3);
                draft
                    .Do(new ResumeStep(0, action), SMMU_EVT_11)
                    .Do(new AskStep(0), SMMU_EVT_11)
                    .Do(new AskStep(1), SMMU_EVT_11)
                    .Do(new ResumeStep(1, action), SMMU_EVT_11)
                    .Do(new AskStep(1), SMMU_EVT_11)
                    .Read(0, Va, SMMU_EVT_11);
                yield return draft.Named($"RESUME {action}{(repaired ? ", repaired before" : "")}");
            }
        }

        var all = Stalling(target);
        all.Read(0, Unmapped, SMMU_EVT_11)
            .Read(0, Unmapped + 8, SMMU_EVT_11)
            .Send(SmmuCommand.StallTerm(all.Id()))
            .Do(new AskStep(0), SMMU_EVT_11)
            .Do(new AskStep(1), SMMU_EVT_11);
        yield return all.Named("STALL_TERM");
        var off = Stalling(target);
        off.Read(0, Unmapped, SMMU_EVT_11).WriteRegister(SmmuRegister.Cr0, 0xc).Do(new AskStep(0), SMMU_EVT_11);
        yield return off.Named("SMMUEN=0");
    }

    private static IEnumerable<Named<Scene>> StallsAndFullQueue(SceneTarget target)
    {
        var draft = Stalling(target);
        draft.Setup = draft.Setup with { EventQueueLog2 = 0 };
        draft
            .Read(0, Unmapped, SMMU_EVT_18)
            .Read(0, Unmapped + 8, SMMU_EVT_18)
            .Do(new ConsumeEventsStep(), SMMU_EVT_18)
            .Do(new ConsumeEventsStep(), SMMU_EVT_18)
            .Do(new AskStep(0), SMMU_EVT_18);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> Interrupts(SceneTarget target)
    {
        foreach (var enabled in (ulong[])[0, 4, 1])
        {
            var draft = SceneDraft.Plain(target);
            draft.WriteRegister(SmmuRegister.IrqCtrl, enabled).Do(new TakeInterruptsStep());
            // Into the empty queue, into one that is not, and into one that was emptied.
            draft.Read(0, Va + 0x10_0000).Do(new TakeInterruptsStep(), SMMU_EVT_09);
            draft.Read(0, Va + 0x10_0000).Do(new TakeInterruptsStep(), SMMU_EVT_09);
            draft.Do(new ConsumeEventsStep()).Read(0, Va + 0x10_0000).Do(new TakeInterruptsStep(), SMMU_EVT_09);
            // No record, no interrupt; then the enable bit changes.
            draft.Read(0, Va).Do(new ConsumeEventsStep()).Do(new TakeInterruptsStep(), SMMU_EVT_09);
            draft.WriteRegister(SmmuRegister.IrqCtrl, enabled ^ 4).Read(0, Va + 0x10_0000).Do(new TakeInterruptsStep(), SMMU_EVT_09);
            yield return draft.Named($"IRQ_CTRL={enabled}");
        }
    }
}
