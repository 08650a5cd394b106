using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-CMDQ: the command queue and its errors.</summary>
internal static class CommandCampaigns
{
    private const ulong Va = SceneDraft.PageAt;
    private static readonly SmmuCommand bad = new() { D0 = 0xff };

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // Opcodes 0x00 to 0xff: what is not there for this SMMU stops the queue at its place; once it was overwritten and acknowledged the queue goes on
            // there.
            new SmmuCampaign("every-opcode", [SMMU_CMDQ_01, SMMU_CMDQ_02, SMMU_CMDQ_05], Needs.Nothing, Opcodes),
            // A doorbell does not resume a queue that stopped; the acknowledgement does, and fetches the command again.
            new SmmuCampaign("resuming-after-an-error", [SMMU_CMDQ_02, SMMU_CMDQ_09], Needs.Nothing, Resuming),
            // A command queue where there is no memory: ERR=2, and again after the acknowledgement.
            new SmmuCampaign("a-command-queue-that-cannot-be-read", [SMMU_CMDQ_03], Needs.Nothing, FetchAbort),
            // SYNC with CS=3 is illegal.
            new SmmuCampaign("sync", [SMMU_CMDQ_04], Needs.Nothing, Sync),
            // SSec is illegal in the commands that have it; in the others it is a reserved bit, and those are ignored or illegal, the same every time.
            new SmmuCampaign("ssec-and-reserved-bits", [SMMU_CMDQ_06, SMMU_CMDQ_16], Needs.Nothing, ReservedBits),
            // Queues of 1, 2 and 4 commands wrap; every command is run, in order, none twice.
            new SmmuCampaign("small-command-queues", [SMMU_CMDQ_07, SMMU_CMDQ_08], Needs.Nothing, SmallQueues),
            // CMDQEN off and on keeps the place.
            new SmmuCampaign("cmdqen-off-and-on", [SMMU_CMDQ_10], Needs.Nothing, OffAndOn),
            // TG without TTL, NUM and SCALE is reserved; anything else is not.
            new SmmuCampaign("reserved-ranges", [SMMU_CMDQ_11], Needs.All(Needs.Stage1, Needs.Ranges), ReservedRanges),
            // Commands that are withdrawn while the queue has stopped never run; CMDQEN acknowledges nothing.
            new SmmuCampaign("withdrawn-commands", [SMMU_CMDQ_12], Needs.Nothing, Withdrawn),
            // Operands out of range are no errors.
            new SmmuCampaign("operands-out-of-range", [SMMU_CMDQ_13], Needs.Nothing, OutOfRange),
            // When a SYNC is consumed the records of what was terminated before can be seen.
            new SmmuCampaign("sync-and-records", [SMMU_CMDQ_14], Needs.Nothing, Records),
            // ATC_INV and PRI_RESP with SMMUEN=0.
            new SmmuCampaign(
                "ats-commands-while-disabled",
                [SMMU_CMDQ_15],
                target => target.Capabilities.ATS ? null : "the SMMU has no ATS (IDR0.ATS=0)",
                AtsCommands
            ),
            // PREFETCH of what is invalid, out of range or faulting records nothing.
            new SmmuCampaign("prefetch", [SMMU_EVT_15], Needs.Nothing, Prefetch),
        ];

    private static IEnumerable<Named<Scene>> Opcodes(SceneTarget target)
    {
        for (var opcode = 0; opcode < 256; opcode++)
        {
            var draft = SceneDraft.Plain(target);
            // Operands of a plain command: the stream of the scene; RESUME and PRI_RESP of nobody.
            var command = new SmmuCommand { D0 = (uint)opcode | (opcode is < 0x10 or >= 0x40 and not 0x46 ? (ulong)draft.Id() << 32 : 0) };
            draft
                .Access(0, Va)
                .Do(CommandStep.Of(command, SmmuCommand.Sync()), SMMU_CMDQ_01, SMMU_CMDQ_05)
                .Do(new OverwriteCommandStep(2, SmmuCommand.Sync()))
                .Do(new AcknowledgeErrorsStep(), SMMU_CMDQ_02)
                .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_02)
                .ReadRegister(SmmuRegister.GError)
                .Access(0, Va);
            yield return draft.Named($"0x{opcode:x2}");
        }
    }

    private static IEnumerable<Named<Scene>> Resuming(SceneTarget target)
    {
        foreach (var replaced in (bool[])[true, false])
        {
            var draft = SceneDraft.Plain(target);
            draft
                .Access(0, Va)
                .EditSte(0, "V", 0)
                .Do(CommandStep.Of(SmmuCommand.Sync(), bad, SmmuCommand.CfgiSte(draft.Id(), true), SmmuCommand.Sync()), SMMU_CMDQ_01)
                .Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_02);
            if (replaced)
                draft.Do(new OverwriteCommandStep(4, SmmuCommand.Sync()));
            draft
                .Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_02)
                .Do(new AcknowledgeErrorsStep(), SMMU_CMDQ_02)
                .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_02)
                .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_02)
                .Access(0, Va, SMMU_CMDQ_02);
            // The stale ERR of CONS is no error.
            if (replaced)
                draft.Do(CommandStep.Of(SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync()), SMMU_CMDQ_09);
            yield return draft.Named(replaced ? "the command was replaced" : "the command is still there");
        }

        var stale = SceneDraft.Plain(target);
        stale
            .WriteRegister(SmmuRegister.Cr0, 5)
            .WriteRegister(SmmuRegister.CmdqCons, new SceneAddress(AddressBase.Zero, 0, 1u << 24))
            .WriteRegister(SmmuRegister.CmdqProd, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Do(CommandStep.Of(SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync()), SMMU_CMDQ_09);
        yield return stale.Named("CONS.ERR was written while disabled");
    }

    private static IEnumerable<Named<Scene>> FetchAbort(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft
            .Access(0, Va)
            .WriteRegister(SmmuRegister.Cr0, 5)
            .WriteRegister(SmmuRegister.CmdqBase, new(AddressBase.Hole, 0, 6), wide: true)
            .WriteRegister(SmmuRegister.CmdqProd, 0)
            .WriteRegister(SmmuRegister.CmdqCons, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Do(new WriteRegisterStep(SmmuRegister.CmdqProd, 2), SMMU_CMDQ_03)
            .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_03)
            .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_03)
            .Do(new AcknowledgeErrorsStep(), SMMU_CMDQ_03)
            .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_03)
            .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_03);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> Sync(SceneTarget target)
    {
        for (var signal = 0; signal < 4; signal++)
        {
            var draft = SceneDraft.Plain(target);
            draft.Access(0, Va).Do(CommandStep.Of(SmmuCommand.Sync() with { CS = signal }, SmmuCommand.Sync()), SMMU_CMDQ_04);
            yield return draft.Named($"CS={signal}");
        }
    }

    private static IEnumerable<Named<Scene>> ReservedBits(SceneTarget target)
    {
        var id = target.StreamId(0);
        List<SmmuCommand> commands =
        [
            SmmuCommand.PrefetchConfig(id),
            SmmuCommand.PrefetchAddress(id, Va),
            SmmuCommand.CfgiSte(id, true),
            SmmuCommand.CfgiSteRange(id, 3),
            SmmuCommand.CfgiAll(),
            SmmuCommand.CfgiCd(id, 0, true),
            SmmuCommand.CfgiCdAll(id),
            SmmuCommand.TlbiNhAll(0),
            SmmuCommand.TlbiNhAsid(0, 1),
            SmmuCommand.TlbiNhVa(0, 1, Va, true),
            SmmuCommand.TlbiNhVaa(0, Va, true),
            SmmuCommand.TlbiS12VmAll(0),
            SmmuCommand.TlbiS2Ipa(0, Va, true),
            SmmuCommand.TlbiNsnhAll(),
            SmmuCommand.Sync(),
            SmmuCommand.Resume(id, ResumeAction.Abort, 1),
            SmmuCommand.StallTerm(id),
        ];
        foreach (var command in commands)
        {
            foreach (var bit in (int[])[10, 8])
            {
                // Twice: what a reserved bit does it does every time.
                var draft = SceneDraft.Plain(target);
                var marked = command with { D0 = command.D0 | 1ul << bit };
                var aim = bit == 10 ? SMMU_CMDQ_06 : SMMU_CMDQ_16;
                for (var i = 0; i < 2; i++)
                    draft
                        .Do(CommandStep.Of(marked, SmmuCommand.Sync()), aim)
                        .Do(new OverwriteCommandStep(2, SmmuCommand.Sync()))
                        .Do(new AcknowledgeErrorsStep(), aim);
                draft.Access(0, Va);
                yield return draft.Named($"{ScenePrinter.Command(command)}, D0[{bit}]");
            }
        }
    }

    private static IEnumerable<Named<Scene>> SmallQueues(SceneTarget target)
    {
        foreach (var log2 in (uint[])[0, 1, 2])
        {
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { CommandQueueLog2 = log2 };
            draft.Access(0, Va);
            for (var round = 0; round < 3; round++)
            {
                draft
                    .EditSte(0, "V", round % 2 == 0 ? 0u : 1)
                    .Do(CommandStep.Of(SmmuCommand.CfgiSte(draft.Id(), true)), SMMU_CMDQ_07, SMMU_CMDQ_08)
                    .Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_07, SMMU_CMDQ_08)
                    .Access(0, Va, SMMU_CMDQ_07, SMMU_CMDQ_08);
            }

            yield return draft.Named($"{1 << (int)log2} entries");
        }

        // The command that matters at an even place, and at an odd one.
        foreach (var before in (int[])[6, 5])
        {
            var full = SceneDraft.Plain(target);
            full.Setup = full.Setup with { CommandQueueLog2 = 3 };
            var sync = SceneCommand.Of(SmmuCommand.Sync());
            full.Access(0, Va)
                .EditSte(0, "V", 0)
                .Do(
                    new CommandStep([.. Enumerable.Repeat(sync, before), SmmuCommand.CfgiSte(full.Id(), true), .. Enumerable.Repeat(sync, 7 - before)]),
                    SMMU_CMDQ_08
                )
                .Access(0, Va, SMMU_CMDQ_08);
            yield return full.Named($"as many commands as there is room for, CFGI_STE behind {before}");
        }
    }

    private static IEnumerable<Named<Scene>> OffAndOn(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft
            .Do(CommandStep.Of(SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync()))
            .WriteRegister(SmmuRegister.Cr0, 5)
            .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_10)
            // What was run already would be an error if it were run again.
            .Do(new OverwriteCommandStep(1, bad))
            .Do(new OverwriteCommandStep(2, bad))
            .Do(new OverwriteCommandStep(3, bad))
            .Do(new WriteRegisterStep(SmmuRegister.Cr0, 0xd), SMMU_CMDQ_10)
            .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_10)
            .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_10)
            .Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_10)
            .Access(0, Va);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> ReservedRanges(SceneTarget target)
    {
        foreach (var granule in SceneDraft.Granules(target.Capabilities))
        {
            foreach (var (hint, number, scale) in ((int, int, int)[])[(0, 0, 0), (3, 0, 0), (0, 1, 0), (0, 0, 1)])
            {
                var draft = SceneDraft.Plain(target);
                draft
                    .Access(0, Va)
                    .Do(
                        CommandStep.Of(
                            SmmuCommand.TlbiNhVa(0, 1, Va, true) with
                            {
                                TG = (granule - 10) / 2,
                                TTL = hint,
                                NUM = number,
                                SCALE = scale,
                            },
                            SmmuCommand.Sync()
                        ),
                        SMMU_CMDQ_11
                    );
                yield return draft.Named($"TG={(granule - 10) / 2} TTL={hint} NUM={number} SCALE={scale}");
            }
        }

        var none = SceneDraft.Plain(target);
        none.Access(0, Va).Do(CommandStep.Of(SmmuCommand.TlbiNhVa(0, 1, Va, true), SmmuCommand.Sync()), SMMU_CMDQ_11);
        yield return none.Named("TG=0");
    }

    private static IEnumerable<Named<Scene>> Withdrawn(SceneTarget target)
    {
        foreach (var toggle in (bool[])[false, true])
        {
            var draft = SceneDraft.Plain(target);
            draft.Do(CommandStep.Of(bad, bad, bad), SMMU_CMDQ_12);
            if (toggle)
            {
                draft
                    .WriteRegister(SmmuRegister.Cr0, 5)
                    .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_12)
                    .WriteRegister(SmmuRegister.Cr0, 0xd)
                    .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_12)
                    .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_12);
            }

            draft
                .Do(new MoveProducerStep(-3), SMMU_CMDQ_12)
                .Do(new AcknowledgeErrorsStep(), SMMU_CMDQ_12)
                .ReadRegister(SmmuRegister.CmdqCons, SMMU_CMDQ_12)
                .ReadRegister(SmmuRegister.GError, SMMU_CMDQ_12)
                .Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_12)
                .Access(0, Va);
            yield return draft.Named(toggle ? "CMDQEN off and on in between" : "");
        }
    }

    private static IEnumerable<Named<Scene>> OutOfRange(SceneTarget target)
    {
        foreach (
            var command in (List<SmmuCommand>)
                [
                    SmmuCommand.CfgiSte(uint.MaxValue, true),
                    SmmuCommand.CfgiSteRange(uint.MaxValue, 4),
                    SmmuCommand.PrefetchConfig(uint.MaxValue),
                    .. target.Capabilities.S1P
                        ? (SmmuCommand[])
                            [
                                SmmuCommand.CfgiCd(uint.MaxValue, 0xfffff, true),
                                SmmuCommand.CfgiCdAll(uint.MaxValue),
                                SmmuCommand.TlbiNhAll(7),
                                SmmuCommand.TlbiNhVa(7, 0xffff, ~0xffful, true),
                            ]
                        : [],
                ]
        )
        {
            var draft = SceneDraft.Plain(target);
            draft
                .Access(0, Va)
                .EditSte(0, "V", 0)
                .Do(CommandStep.Of(command, SmmuCommand.CfgiSte(draft.Id(), true), SmmuCommand.Sync()), SMMU_CMDQ_13)
                .Access(0, Va, SMMU_CMDQ_13);
            yield return draft.Named(ScenePrinter.Command(command));
        }
    }

    private static IEnumerable<Named<Scene>> Records(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        for (var i = 0; i < 3; i++)
            draft.Access(0, Va + 0x10_0000, SMMU_CMDQ_14).Do(CommandStep.Of(SmmuCommand.Sync()), SMMU_CMDQ_14);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> AtsCommands(SceneTarget target)
    {
        foreach (var enabled in (bool[])[false, true])
        {
            foreach (
                var command in (SmmuCommand[])
                    [
                        SmmuCommand.AtcInv(target.StreamId(0), 0, 52),
                        SmmuCommand.PriResp(target.StreamId(0), 0, 0),
                        SmmuCommand.PriResp(target.StreamId(0), 0, 3),
                    ]
            )
            {
                var draft = SceneDraft.Plain(target);
                draft.Setup = draft.Setup with { Cr0 = enabled ? 0xdu : 0xc };
                draft.Do(CommandStep.Of(command, SmmuCommand.Sync()), SMMU_CMDQ_15);
                yield return draft.Named($"{ScenePrinter.Command(command)}, SMMUEN={(enabled ? 1 : 0)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Prefetch(SceneTarget target)
    {
        foreach (var id in (uint[])[target.StreamId(0), target.StreamId(0) ^ 1, 0xffff_ffff])
        {
            foreach (var address in (ulong[])[Va, Va + 0x10_0000, ~0xffful])
            {
                foreach (var valid in (ulong[])[1, 0])
                {
                    var draft = SceneDraft.Plain(target);
                    draft.Stream(0, stream => stream with { Fields = [FieldValue.Ste("V", valid)] });
                    draft
                        .Do(CommandStep.Of(SmmuCommand.PrefetchConfig(id), SmmuCommand.PrefetchAddress(id, address), SmmuCommand.Sync()), SMMU_EVT_15)
                        .Access(0, Va);
                    yield return draft.Named($"StreamID 0x{id:x}, 0x{address:x}, V={valid}");
                }
            }
        }
    }
}
