using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-REG: registers and their protocols.</summary>
internal static class RegisterCampaigns
{
    private const ulong Va = SceneDraft.PageAt;
    private const uint GbpaAbort = 1 << 20;

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // CR0ACK becomes what CR0 is, without the bits of features that are not there.
            new SmmuCampaign("cr0-and-cr0ack", [SMMU_REG_01, SMMU_REG_13], Needs.Nothing, Acknowledge),
            // The identification registers are what they are.
            new SmmuCampaign("identification-registers", [SMMU_REG_02], Needs.Nothing, Identification),
            // GBPA takes a value with UPDATE only; with SMMUEN=0 its ABORT aborts without a record, and without it addresses are physical ones.
            new SmmuCampaign("gbpa", [SMMU_REG_03, SMMU_REG_04, SMMU_REG_12], Needs.Nothing, GlobalBypass),
            // Guarded registers that are written while they are in use keep their value, or take any up to v3.1.
            new SmmuCampaign("guarded-registers", [SMMU_REG_05], Needs.Nothing, Guarded),
            // CMDQ_CONS and EVENTQ_PROD can be written while their queue is disabled.
            new SmmuCampaign("indices-of-disabled-queues", [SMMU_REG_06], Needs.Nothing, Indices),
            // Two 32-bit accesses of a 64-bit register are as good as one of 64 bits.
            new SmmuCampaign("halves-of-registers", [SMMU_REG_07], Needs.Nothing, Halves),
            // The format of the stream table can be changed while it is not in use.
            new SmmuCampaign("from-two-levels-to-linear", [SMMU_REG_08], Needs.TwoLevel, Formats),
            // LOG2SIZE above the limits of IDR1 is the limit.
            new SmmuCampaign("sizes-above-the-limits", [SMMU_REG_09], Needs.Nothing, Limits),
            // The reset line: registers have their reset values, caches are empty.
            new SmmuCampaign("reset", [SMMU_REG_10], Needs.Nothing, Reset),
            // The indices of the event queue are on page 1.
            new SmmuCampaign("page-1", [SMMU_REG_11], Needs.Nothing, Page1),
            // The base of a queue is aligned down to its size, 32 bytes at least; bits of indices above the wrap bit mean nothing.
            new SmmuCampaign("bases-of-queues", [SMMU_REG_15], Needs.Nothing, QueueBases),
        ];

    private static IEnumerable<Named<Scene>> Acknowledge(SceneTarget target)
    {
        foreach (var value in (uint[])[0, 1, 4, 5, 8, 9, 0xc, 0xd, 0x1f, 0x1ff, 0x5ff, 0xffff_ffff, 0xffff_fff2])
        {
            var draft = SceneDraft.Plain(target);
            draft.Do(new WriteRegisterStep(SmmuRegister.Cr0, value), SMMU_REG_01, SMMU_REG_13).ReadRegister(SmmuRegister.Cr0, SMMU_REG_01);
            draft.Do(new WriteRegisterStep(SmmuRegister.IrqCtrl, value), SMMU_REG_13).ReadRegister(SmmuRegister.IrqCtrlAck, SMMU_REG_13);
            draft.Do(new WriteRegisterStep(SmmuRegister.Cr0, 0), SMMU_REG_01);
            yield return draft.Named($"0x{value:x}");
        }
    }

    private static IEnumerable<Named<Scene>> Identification(SceneTarget target)
    {
        uint[] registers =
        [
            SmmuRegister.Idr0,
            SmmuRegister.Idr1,
            SmmuRegister.Idr2,
            SmmuRegister.Idr3,
            SmmuRegister.Idr4,
            SmmuRegister.Idr5,
            SmmuRegister.Iidr,
            SmmuRegister.Aidr,
        ];
        foreach (var value in (uint[])[0, 0xffff_ffff])
        {
            var draft = SceneDraft.Plain(target);
            foreach (var register in registers)
                draft.WriteRegister(register, value).ReadRegister(register, SMMU_REG_02);
            draft.WriteRegister(SmmuRegister.Cr0, 0);
            foreach (var register in registers)
                draft.WriteRegister(register, value).ReadRegister(register, SMMU_REG_02);
            draft.Do(new ResetStep());
            foreach (var register in registers)
                draft.ReadRegister(register, SMMU_REG_02);
            yield return draft.Named($"0x{value:x} is written");
        }
    }

    private static IEnumerable<Named<Scene>> GlobalBypass(SceneTarget target)
    {
        foreach (var (gbpa, update) in ((uint, bool)[])[(0x1000, true), (GbpaAbort, true), (GbpaAbort, false), (0x1000 | GbpaAbort, false), (0x1000, false)])
        {
            foreach (var before in (uint[])[0x1000, GbpaAbort])
            {
                var draft = SceneDraft.Plain(target);
                draft.Setup = draft.Setup with { Cr0 = 0xc, Gbpa = before };
                draft
                    .ReadRegister(SmmuRegister.Gbpa, SMMU_REG_03)
                    .Access(0, draft.Data(1), SMMU_REG_04)
                    .WriteRegister(SmmuRegister.Gbpa, gbpa | (update ? 1u << 31 : 0))
                    .ReadRegister(SmmuRegister.Gbpa, SMMU_REG_03)
                    .Access(0, draft.Data(1, 8), SMMU_REG_03, SMMU_REG_04);
                // Truncated, the address would be that of a data word.
                if (target.Capabilities.OutputAddressSize < 64)
                    draft.Access(0, draft.Data(2) + (1ul << target.Capabilities.OutputAddressSize), SMMU_REG_12);
                draft.WriteRegister(SmmuRegister.Cr0, 0xd).Access(0, Va);
                yield return draft.Named($"GBPA 0x{before:x}, then 0x{gbpa:x} {(update ? "with" : "without")} UPDATE");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Guarded(SceneTarget target)
    {
        foreach (
            var (register, wide) in ((uint, bool)[])
                [
                    (SmmuRegister.StrtabBase, true),
                    (SmmuRegister.StrtabBase, false),
                    (SmmuRegister.StrtabBase + 4, false),
                    (SmmuRegister.StrtabBaseCfg, false),
                    (SmmuRegister.CmdqBase, true),
                    (SmmuRegister.CmdqBase, false),
                    (SmmuRegister.EventqBase, true),
                    (SmmuRegister.CmdqCons, false),
                    (SmmuRegister.EventqProd, false),
                    (SmmuRegister.Cr2, false),
                ]
        )
        {
            var draft = SceneDraft.Plain(target);
            draft.Access(0, Va).Do(new WriteRegisterStep(register, wide ? new SceneAddress(AddressBase.Spare, 0, 5) : SceneAddress.Of(3), wide), SMMU_REG_05);
            draft.Do(new ReadRegisterStep(register & ~7u, wide), SMMU_REG_05).ReadRegister(SmmuRegister.Cr0Ack, SMMU_REG_05);
            yield return draft.Named($"{ScenePrinter.Register(register)}{(wide ? " at once" : "")}");
        }
    }

    private static IEnumerable<Named<Scene>> Indices(SceneTarget target)
    {
        foreach (var value in (uint[])[1, 5, 0x41])
        {
            var draft = SceneDraft.Plain(target);
            draft
                .WriteRegister(SmmuRegister.Cr0, 0)
                .WriteRegister(SmmuRegister.CmdqProd, value)
                .WriteRegister(SmmuRegister.CmdqCons, value)
                .ReadRegister(SmmuRegister.CmdqCons, SMMU_REG_06)
                .ReadRegister(SmmuRegister.CmdqProd, SMMU_REG_06)
                .WriteRegister(SmmuRegister.EventqCons, value)
                .WriteRegister(SmmuRegister.EventqProd, value)
                .ReadRegister(SmmuRegister.EventqProd, SMMU_REG_06)
                .ReadRegister(SmmuRegister.EventqCons, SMMU_REG_06)
                .WriteRegister(SmmuRegister.Cr0, 0xd);
            draft.Send(SmmuCommand.TlbiNsnhAll()).Access(0, Va, SMMU_REG_06).Access(0, Va + 0x10_0000, SMMU_REG_06);
            yield return draft.Named($"both are 0x{value:x}");
        }
    }

    private static IEnumerable<Named<Scene>> Halves(SceneTarget target)
    {
        foreach (var register in (uint[])[SmmuRegister.StrtabBase, SmmuRegister.CmdqBase, SmmuRegister.EventqBase])
        {
            foreach (var value in (ulong[])[0x0000_0012_3456_7000, 0x4000_0ab0_4000_0000])
            {
                var draft = SceneDraft.Plain(target);
                draft
                    .WriteRegister(SmmuRegister.Cr0, 0)
                    .WriteRegister(register, value, wide: true)
                    .ReadRegister(register, SMMU_REG_07)
                    .ReadRegister(register + 4, SMMU_REG_07)
                    .Do(new ReadRegisterStep(register, true), SMMU_REG_07)
                    .WriteRegister(register, (uint)~value)
                    .WriteRegister(register + 4, (uint)(value >> 33))
                    .Do(new ReadRegisterStep(register, true), SMMU_REG_07)
                    .WriteRegister(register + 4, (uint)(value >> 32))
                    .WriteRegister(register, (uint)value)
                    .Do(new ReadRegisterStep(register, true), SMMU_REG_07);
                yield return draft.Named($"{ScenePrinter.Register(register)} 0x{value:x}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Formats(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        var id = target.StreamIds.Count > 0 ? target.StreamIds.Max() : 0x28u;
        draft.Setup = draft.Setup with { Format = 1, Split = 6 };
        draft.Stream(0, stream => stream with { Id = id });
        // The linear table begins at the same place; the STE of the stream lies behind the Level 1 table and says bypass.
        var linear = draft.Setup with
        {
            Format = 0,
            Split = 0,
        };
        draft
            .Access(0, Va)
            .WriteRegister(SmmuRegister.Cr0, 0xc)
            .Do(new WriteMemoryStep(new(AddressBase.StreamTable, 0, id * 64), 9))
            .Do(new WriteMemoryStep(new(AddressBase.StreamTable, 0, (id * 64) + 8), 1ul << 44))
            .WriteRegister(SmmuRegister.StrtabBaseCfg, linear.Log2Size)
            .Send(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll())
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Access(0, draft.Data(3), SMMU_REG_08)
            .Do(new WriteMemoryStep(new(AddressBase.StreamTable, 0, id * 64), 0))
            .Do(new WriteMemoryStep(new(AddressBase.StreamTable, 0, (id * 64) + 8), 0));
        yield return draft.Named();
        var back = SceneDraft.Plain(target);
        back.Setup = back.Setup with { Format = 1, Split = 6 };
        back.Stream(0, stream => stream with { Id = id });
        back.Do(new BringUpStep(linear)).Access(0, Va).Do(new BringUpStep()).Access(0, Va, SMMU_REG_08);
        yield return back.Named("and back");
    }

    private static IEnumerable<Named<Scene>> Limits(SceneTarget target)
    {
        var can = target.Capabilities;
        if (can.SIDSIZE <= 16)
        {
            foreach (var more in (uint[])[1, 2])
            {
                var draft = SceneDraft.Plain(target);
                draft.Setup = draft.Setup with { Log2Size = (uint)can.SIDSIZE + more };
                draft.Access(0, Va, SMMU_REG_09).Read(draft.Stream(new() { Id = 1u << can.SIDSIZE, Config = 4 }), draft.Data(0), SMMU_REG_09);
                if (target.StreamIds.Count == 0)
                    yield return draft.Named($"STRTAB_BASE_CFG.LOG2SIZE = SIDSIZE + {more}");
            }
        }

        foreach (var more in (uint[])[1, 2, 12])
        {
            foreach (var events in (bool[])[false, true])
            {
                var limit = (uint)(events ? can.EVENTQS : can.CMDQS);
                if (limit + more > 31)
                    continue;
                // Only as far as registers show it: a queue of the limit is larger than what there is room for.
                var draft = SceneDraft.Plain(target);
                var register = events ? SmmuRegister.EventqBase : SmmuRegister.CmdqBase;
                draft
                    .WriteRegister(SmmuRegister.Cr0, 0)
                    .WriteRegister(register, 0x4000_0000 | (limit + more), wide: true)
                    .Do(new ReadRegisterStep(register, true), SMMU_REG_09);
                yield return draft.Named($"{ScenePrinter.Register(register)}.LOG2SIZE = {limit} + {more}");
            }
        }

        // The base is aligned to a queue of the limit, not of what was asked for.
        if ((target.CommandQueue & ((16ul << can.CMDQS) - 1)) != 0)
            yield break;
        foreach (var log2 in (uint[])[(uint)can.CMDQS + 1, 31])
        {
            if (log2 > 31)
                continue;
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { CommandQueueLog2 = log2 };
            draft.EditSte(0, "V", 0).Do(CommandStep.Of(SmmuCommand.CfgiSte(draft.Id(), true), SmmuCommand.Sync()), SMMU_REG_09).Access(0, Va, SMMU_REG_09);
            yield return draft.Named($"a command queue of LOG2SIZE={log2}");
        }
    }

    private static IEnumerable<Named<Scene>> Reset(SceneTarget target)
    {
        uint[] registers =
        [
            SmmuRegister.Cr0,
            SmmuRegister.Cr0Ack,
            SmmuRegister.IrqCtrl,
            SmmuRegister.IrqCtrlAck,
            SmmuRegister.GError,
            SmmuRegister.GErrorN,
            SmmuRegister.Gbpa,
        ];
        var draft = SceneDraft.Plain(target);
        draft.Access(0, Va).Do(CommandStep.Of(new SmmuCommand { D0 = 0xff })).Do(new ResetStep(Setup: false));
        foreach (var register in registers)
            draft.ReadRegister(register, SMMU_REG_10);
        yield return draft.Named("after an error");
        foreach (var what in (string[])["leaf", "STE"])
        {
            var caches = SceneDraft.Plain(target);
            caches.Access(0, Va);
            if (what == "leaf")
                caches.Edit(caches.Entry(0, Va), "Type", 0);
            else
                caches.EditSte(0, "V", 0);
            caches.Do(new ResetStep(Setup: false)).Do(new BringUpStep(null, Invalidate: false)).Access(0, Va, SMMU_REG_10);
            yield return caches.Named($"caches are empty: {what}");
        }
    }

    private static IEnumerable<Named<Scene>> Page1(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft
            .Read(0, Va + 0x10_0000, SMMU_REG_11)
            .ReadRegister(SmmuRegister.EventqProd, SMMU_REG_11)
            .ReadRegister(SmmuRegister.EventqCons, SMMU_REG_11)
            .Do(new ConsumeEventsStep(), SMMU_REG_11)
            .ReadRegister(SmmuRegister.EventqCons, SMMU_REG_11)
            .Read(0, Va + 0x10_0000, SMMU_REG_11);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> QueueBases(SceneTarget target)
    {
        foreach (var log2 in (int[])[0, 1, 2, 4])
        {
            foreach (var events in (bool[])[true, false])
            {
                var entry = events ? 32ul : 16;
                var size = entry << log2;
                // Half the size of the queue; for the smallest queues the lowest bit that counts.
                foreach (var extra in (ulong[])[size / 2, 32])
                {
                    var draft = SceneDraft.Plain(target);
                    var from = events ? AddressBase.EventQueue : AddressBase.CommandQueue;
                    draft
                        .WriteRegister(SmmuRegister.Cr0, 0)
                        .WriteRegister(events ? SmmuRegister.EventqBase : SmmuRegister.CmdqBase, new(from, 0, extra + (ulong)log2), wide: true)
                        .WriteRegister(events ? SmmuRegister.EventqProd : SmmuRegister.CmdqProd, 0)
                        .WriteRegister(events ? SmmuRegister.EventqCons : SmmuRegister.CmdqCons, 0)
                        .WriteRegister(SmmuRegister.Cr0, 0xd);
                    for (var i = 0; i < 3; i++)
                    {
                        if (events)
                            draft.Read(0, Va + 0x10_0000, SMMU_REG_15).Do(new ConsumeEventsStep());
                        else
                            draft.Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_REG_15);
                    }

                    yield return draft.Named($"{(events ? "event" : "command")} queue of {1 << log2}, base + 0x{extra:x}");
                }
            }
        }
    }
}
