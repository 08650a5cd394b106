using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Requirements;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>VMS: the state of an SMMU that is saved and loaded.</summary>
internal static class StateCampaigns
{
    private const ulong Va = SceneDraft.PageAt,
        Unmapped = 0x0555_0000;
    private static readonly SmmuCommand bad = new() { D0 = 0xff };

    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // The section has its fields, and registers and queues are after the load what they were, in whatever state they are saved.
            new SmmuCampaign("migrated-in-every-state", [VMS_01, VMS_02, VMS_03], Needs.State, EveryState),
            // GBPA goes along when it is not its reset value, and is that otherwise.
            new SmmuCampaign("gbpa-of-a-migrated-smmu", [VMS_04], Needs.All(Needs.State, Needs.QemuState), GlobalBypass),
            // What was stale on the source is not used by the destination.
            new SmmuCampaign("stale-at-the-source", [VMS_05], Needs.State, Stale),
            // A destination with other stages refuses the state; the source goes on.
            new SmmuCampaign("destination-with-other-stages", [VMS_06], Needs.OtherStages, OtherStages),
            // Streams that are cut off, or of another version: an error. What contradicts the registers is refused or means nothing; indexes that nobody could
            // have had end nothing.
            new SmmuCampaign("damaged-states", [VMS_07], Needs.State, Damaged),
            // Commands that were run do not run again, and those that wait run once.
            new SmmuCampaign("commands-over-a-migration", [VMS_09], Needs.State, Commands),
            // The source goes on as if it had never been asked.
            new SmmuCampaign("failed-migration", [VMS_11], Needs.State, Failed),
        ];

    private static IEnumerable<Named<Scene>> EveryState(SceneTarget target)
    {
        foreach (var (draft, note) in States(target))
        {
            draft.Do(new MigrateStep(MigrationKind.SwitchAndSave), VMS_03, VMS_02, VMS_01);
            // Errors are acknowledged, records taken, and everything goes on.
            draft
                .Do(new ConsumeEventsStep(), VMS_03)
                .Do(new AcknowledgeErrorsStep(), VMS_03)
                .Access(0, Va, VMS_03)
                .Read(0, Unmapped, VMS_03)
                .Send(SmmuCommand.CfgiAll())
                .Access(0, Va, VMS_03);
            yield return draft.Named(note);
        }

        var twice = SceneDraft.Plain(target);
        twice
            .Access(0, Va)
            .Do(new MigrateStep(MigrationKind.Switch), VMS_03)
            .Access(0, Va, VMS_03)
            .Read(0, Unmapped)
            .Do(new MigrateStep(MigrationKind.SwitchAndSave), VMS_03, VMS_02)
            .Access(0, Va, VMS_03);
        yield return twice.Named("twice");
    }

    /// <summary>
    /// Scenes that bring an SMMU into each of its states and save that: those of which it is asked whether it lives through a migration. An event queue that
    /// overflowed is none of them: SMMUs that differ in what they do then (SMMU-EVT) would have no state at all.
    /// </summary>
    internal static IEnumerable<Named<Scene>> ToFreeze(SceneTarget target)
    {
        foreach (var (draft, note) in States(target, overflown: false))
            yield return draft.Do(new MigrateStep(MigrationKind.Switch), VMS_03).Named(note);
        foreach (var gbpa in (uint[])[SmmuVmState.GbpaReset | 1 << 20, 0x2000])
        {
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { Gbpa = gbpa, Cr0 = 0xc };
            yield return draft.Do(new MigrateStep(MigrationKind.Switch), VMS_04).Named($"GBPA = 0x{gbpa:x}");
        }
    }

    // A plain SMMU that was brought into a state.
    private static IEnumerable<(SceneDraft Draft, string Note)> States(SceneTarget target, bool overflown = true)
    {
        yield return (SceneDraft.Plain(target).Access(0, Va), "running");

        var off = SceneDraft.Plain(target);
        off.Setup = off.Setup with { Cr0 = 0 };
        yield return (off.Read(0, off.Data(1)), "disabled");

        foreach (var cr0 in (uint[])[1, 4, 5, 8, 9, 0xc])
        {
            var some = SceneDraft.Plain(target);
            some.Setup = some.Setup with { Cr0 = cr0 };
            yield return (some, $"CR0 = 0x{cr0:x}");
        }

        if (Needs.TwoLevel(target) is null)
            foreach (var split in (uint[])[6, 8, 10])
            {
                var levels = SceneDraft.Plain(target);
                levels.Setup = levels.Setup with { Format = 1, Split = split, Log2Size = (uint)Math.Min(16, target.Capabilities.SIDSIZE) };
                yield return (levels.Access(0, Va), $"two levels, SPLIT {split}");
            }

        foreach (var log2 in (uint[])[0, 1, 3])
        {
            // Full, past a wrap, and overflowed.
            foreach (var events in (int[])[1 << (int)log2, 3 << (int)log2])
            {
                // Where every fault stalls, a record that finds no room is not lost but waits, and a transaction that waits is no part of a state.
                if (events > 1 << (int)log2 && (!overflown || target.Capabilities.StallModel == StallModel.StallForced))
                    continue;
                var full = SceneDraft.Plain(target);
                full.Setup = full.Setup with { EventQueueLog2 = log2 };
                for (var record = 0; record < (1 << (int)log2) + 1; record++)
                    full.Read(0, Unmapped).Do(new ConsumeEventsStep());
                for (var record = 0; record < events; record++)
                    full.Read(0, Unmapped + ((ulong)record << 4));
                yield return (full, $"{events} records in an event queue of {1 << (int)log2}");
            }
        }

        foreach (var log2 in (uint[])[1, 2, 6])
        {
            foreach (var before in (int[])[0, 1, (1 << (int)log2) + 1])
            {
                var error = SceneDraft.Plain(target);
                error.Setup = error.Setup with { CommandQueueLog2 = log2 };
                for (var command = 0; command < before; command++)
                    error.Do(CommandStep.Of(SmmuCommand.Sync()));
                error.Do(CommandStep.Of(bad));
                yield return (error, $"an error behind {before} commands in a queue of {1 << (int)log2}");
            }
        }

        var registers = SceneDraft.Plain(target);
        registers.WriteRegister(SmmuRegister.IrqCtrl, 5).WriteRegister(SmmuRegister.Cr0, 0).WriteRegister(SmmuRegister.Cr1, 0x2a5);
        registers.WriteRegister(SmmuRegister.Cr2, 0).WriteRegister(SmmuRegister.Cr0, 0xd);
        yield return (registers, "other values of CR1, CR2 and IRQ_CTRL");

        var unwritable = SceneDraft.Plain(target);
        unwritable
            .WriteRegister(SmmuRegister.Cr0, 9)
            .WriteRegister(SmmuRegister.EventqBase, new(AddressBase.Hole, 0, 4), wide: true)
            .WriteRegister(SmmuRegister.EventqProd, 0)
            .WriteRegister(SmmuRegister.EventqCons, 0)
            .WriteRegister(SmmuRegister.Cr0, 0xd)
            .Read(0, Unmapped);
        yield return (unwritable, "EVENTQ_ABT_ERR");
    }

    private static IEnumerable<Named<Scene>> GlobalBypass(SceneTarget target)
    {
        foreach (var gbpa in (uint?[])[null, SmmuVmState.GbpaReset, SmmuVmState.GbpaReset | 1 << 20, 1 << 20, 0x2000])
        {
            foreach (var isOn in (bool[])[false, true])
            {
                var draft = SceneDraft.Plain(target);
                draft.Setup = draft.Setup with { Gbpa = gbpa, Cr0 = isOn ? 0xdu : 0xc };
                draft
                    .ReadRegister(SmmuRegister.Gbpa)
                    .Do(new MigrateStep(MigrationKind.Switch), VMS_04)
                    .ReadRegister(SmmuRegister.Gbpa, VMS_04)
                    .WriteRegister(SmmuRegister.Cr0, 0xc)
                    .Read(0, draft.Data(1), VMS_04);
                yield return draft.Named($"GBPA {(gbpa is { } value ? $"= 0x{value:x}" : "as it is")}, SMMUEN={(isOn ? 1 : 0)}");
            }
        }
    }

    private static IEnumerable<Named<Scene>> Stale(SceneTarget target)
    {
        foreach (var isRead in (bool[])[true, false])
        {
            // A leaf that leads elsewhere, without an invalidation.
            var leaf = SceneDraft.Plain(target);
            var entry = leaf.Entry(0, Va);
            leaf.Access(0, Va).Do(new EditStep(entry, 0, 0x0000_ffff_ffff_f000, leaf.Data(5))).Do(new MigrateStep(MigrationKind.Switch), VMS_05);
            yield return (isRead ? leaf.Read(0, Va, VMS_05) : leaf.Write(0, Va, VMS_05)).Named($"a leaf, {(isRead ? "read" : "write")}");

            var gone = SceneDraft.Plain(target);
            gone.Access(0, Va).Do(new EditStep(gone.Entry(0, Va), 0, 1, 0)).Do(new MigrateStep(MigrationKind.Switch), VMS_05);
            yield return (isRead ? gone.Read(0, Va, VMS_05) : gone.Write(0, Va, VMS_05)).Named($"a leaf that is gone, {(isRead ? "read" : "write")}");

            var stream = SceneDraft.Plain(target);
            stream.Access(0, Va).EditSte(0, "V", 0).Do(new MigrateStep(MigrationKind.Switch), VMS_05);
            yield return (isRead ? stream.Read(0, Va, VMS_05) : stream.Write(0, Va, VMS_05)).Named($"an STE, {(isRead ? "read" : "write")}");
        }

        if (Needs.Stage1(target) is not null)
            yield break;
        var context = SceneDraft.Plain(target);
        context.Access(0, Va).EditCd(0, "V", 0).Do(new MigrateStep(MigrationKind.Switch), VMS_05).Access(0, Va, VMS_05);
        yield return context.Named("a CD");
    }

    private static IEnumerable<Named<Scene>> OtherStages(SceneTarget target)
    {
        var draft = SceneDraft.Plain(target);
        draft.Access(0, Va).Do(new MigrateStep(MigrationKind.OtherStages), VMS_06).Access(0, Va, VMS_06).Read(0, Unmapped, VMS_06);
        yield return draft.Named();
    }

    private static IEnumerable<Named<Scene>> Damaged(SceneTarget target)
    {
        foreach (var length in (ulong[])[0, 1, 5, 20, 83, 115])
            yield return With(MigrationKind.Cut, 0, length).Named($"cut {length} bytes into the state");
        if (target.StateFormat != SmmuStateFormat.Qemu)
            yield break;
        foreach (var version in (ulong[])[0, 2, uint.MaxValue])
            yield return With(MigrationKind.Version, 0, version).Named($"version {version}");
        foreach (var number in (ulong[])[0, 0x7fff_ffff])
            yield return With(MigrationKind.Footer, 0, number).Named($"footer {number}");
        yield return With(MigrationKind.Name, 0, 0).Named("another name");
        (SmmuVmField Field, ulong[] Values)[] fields =
        [
            (SmmuVmState.Features, [1, uint.MaxValue]),
            (SmmuVmState.SidSize, [16, 255]),
            (SmmuVmState.SidSplit, [6, 32, 255]),
            (SmmuVmState.Cr0Ack, [0, 0xffff_fff2]),
            (SmmuVmState.StatusR, [1, uint.MaxValue]),
            (SmmuVmState.CmdqLog2Size, [0, 20, 32, 255]),
            (SmmuVmState.EventqLog2Size, [0, 20, 32, 255]),
            (SmmuVmState.CmdqProd, [0x8000_0000, uint.MaxValue]),
            (SmmuVmState.CmdqCons, [0x00ff_ffff, uint.MaxValue]),
            (SmmuVmState.EventqProd, [0x7fff_ffff, uint.MaxValue]),
            (SmmuVmState.EventqCons, [0x7fff_ffff, uint.MaxValue]),
        ];
        foreach (var (field, values) in fields)
        foreach (var value in values)
            yield return With(MigrationKind.Field, Index(field), value).Named($"{field.Name} = 0x{value:x}");

        // Small queues, so that they wrap: what has another size shows.
        SceneDraft With(MigrationKind kind, int field, ulong value)
        {
            var draft = SceneDraft.Plain(target);
            draft.Setup = draft.Setup with { CommandQueueLog2 = 1, EventQueueLog2 = 1 };
            draft.Access(0, Va).Read(0, Unmapped).Do(new MigrateStep(kind, field, value), VMS_07).Access(0, Va, VMS_07);
            for (var round = 0; round < 3; round++)
                draft.Read(0, Unmapped + ((ulong)round << 4), VMS_07).Do(CommandStep.Of(SmmuCommand.Sync()), VMS_07);
            draft.Do(new ConsumeEventsStep(), VMS_07).Read(0, Unmapped, VMS_07).EditSte(0, "V", 0);
            return draft.Do(CommandStep.Of(SmmuCommand.CfgiAll()), VMS_07).Do(CommandStep.Of(SmmuCommand.Sync()), VMS_07).Access(0, Va, VMS_07);
        }
    }

    private static int Index(SmmuVmField field)
    {
        for (var index = 0; ; index++)
            if (SmmuVmState.Fields[index] == field)
                return index;
    }

    private static IEnumerable<Named<Scene>> Commands(SceneTarget target)
    {
        // What was consumed is illegal now: whoever runs it again stops.
        foreach (var consumed in (int[])[1, 3])
        {
            var again = SceneDraft.Plain(target);
            again.Access(0, Va);
            for (var command = 0; command < consumed; command++)
                again.Do(CommandStep.Of(SmmuCommand.Sync()));
            for (var back = 1; back <= consumed + 3; back++)
                again.Do(new OverwriteCommandStep(back, bad));
            again
                .Do(new MigrateStep(MigrationKind.Switch), VMS_09)
                .ReadRegister(SmmuRegister.GError, VMS_09)
                .Do(CommandStep.Of(SmmuCommand.Sync()), VMS_09)
                .ReadRegister(SmmuRegister.CmdqCons, VMS_09);
            yield return again.Named($"{consumed} commands that were run");
        }

        // Commands behind an error wait; once it is acknowledged each runs, and what it invalidates is gone.
        foreach (var isTlb in (bool[])[false, true])
        {
            var wait = SceneDraft.Plain(target);
            wait.Access(0, Va)
                .Do(CommandStep.Of(bad, isTlb ? SmmuCommand.TlbiNsnhAll() : SmmuCommand.CfgiAll(), SmmuCommand.Sync()))
                .Do(new MigrateStep(MigrationKind.Switch), VMS_09)
                .Access(0, Va, VMS_09);
            _ = isTlb ? wait.Do(new EditStep(wait.Entry(0, Va), 0, 1, 0)) : wait.EditSte(0, "V", 0);
            wait.Do(new OverwriteCommandStep(3, SmmuCommand.Sync())).Do(new AcknowledgeErrorsStep(), VMS_09);
            wait.ReadRegister(SmmuRegister.CmdqCons, VMS_09).Access(0, Va, VMS_09);
            yield return wait.Named(isTlb ? "a TLBI that waits" : "a CFGI that waits");
        }

        // With CMDQEN=0 commands wait as well.
        var off = SceneDraft.Plain(target);
        off.Access(0, Va)
            .WriteRegister(SmmuRegister.Cr0, 5)
            .Do(CommandStep.Of(SmmuCommand.CfgiAll(), SmmuCommand.Sync()))
            .Do(new MigrateStep(MigrationKind.Switch), VMS_09)
            .Access(0, Va, VMS_09)
            .EditSte(0, "V", 0)
            .Do(new WriteRegisterStep(SmmuRegister.Cr0, 0xd), VMS_09)
            .ReadRegister(SmmuRegister.CmdqCons, VMS_09)
            .Access(0, Va, VMS_09);
        yield return off.Named("CMDQEN=0");
    }

    private static IEnumerable<Named<Scene>> Failed(SceneTarget target)
    {
        foreach (var (draft, note) in States(target).Where((_, index) => index % 3 == 0))
        {
            draft
                .Do(new MigrateStep(MigrationKind.Failed), VMS_11)
                .Access(0, Va, VMS_11)
                .Do(new ConsumeEventsStep(), VMS_11)
                .Do(new AcknowledgeErrorsStep(), VMS_11)
                .Read(0, Unmapped, VMS_11)
                .Send(SmmuCommand.CfgiAll())
                .Access(0, Va, VMS_11);
            yield return draft.Named(note);
        }
    }
}
