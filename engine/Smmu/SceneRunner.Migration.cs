using System.Buffers.Binary;
using System.Globalization;
using Conformance.Model.Requirements;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Reports;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Smmu;

/// <summary>Migrations: what is saved, whether it is taken, and that the SMMU lives (VMS).</summary>
public sealed partial class SceneRunner
{
    private static readonly (SmmuVmField Field, uint Register, bool IsWide)[] SavedRegisters =
    [
        (SmmuVmState.Cr0, SmmuRegister.Cr0, false),
        (SmmuVmState.Cr1, SmmuRegister.Cr1, false),
        (SmmuVmState.Cr2, SmmuRegister.Cr2, false),
        (SmmuVmState.IrqCtrl, SmmuRegister.IrqCtrl, false),
        (SmmuVmState.GError, SmmuRegister.GError, false),
        (SmmuVmState.GErrorN, SmmuRegister.GErrorN, false),
        (SmmuVmState.StrtabBase, SmmuRegister.StrtabBase, true),
        (SmmuVmState.StrtabBaseCfg, SmmuRegister.StrtabBaseCfg, false),
        (SmmuVmState.CmdqBase, SmmuRegister.CmdqBase, true),
        (SmmuVmState.CmdqProd, SmmuRegister.CmdqProd, false),
        (SmmuVmState.CmdqCons, SmmuRegister.CmdqCons, false),
        (SmmuVmState.EventqBase, SmmuRegister.EventqBase, true),
        (SmmuVmState.EventqProd, SmmuRegister.EventqProd, false),
        (SmmuVmState.EventqCons, SmmuRegister.EventqCons, false),
    ];

    private readonly SmmuBatch liveness = new();

    /// <summary>Has the SMMU save its state as it is now, for <see cref="Saved"/>; does nothing where it cannot.</summary>
    /// <exception cref="Model.Contract.DeviceLostException">It died or does not answer.</exception>
    public void Save()
    {
        if (target is ISmmuMigration { StateFormat: not SmmuStateFormat.None } migration)
            Saved?.Invoke(migration.SaveState());
    }

    // Null when the contract was kept. What was seen is counted for the requirements that the step is there for once the operations behind it agree.
    private SceneDivergence? Migrate(MigrateStep step, int index)
    {
        if (target is not ISmmuMigration { StateFormat: not SmmuStateFormat.None } migration)
            return null;
        if (step.Kind == MigrationKind.OtherStages && !migration.HasOtherStages)
            return null;
        if (step.Kind == MigrationKind.Failed)
        {
            migration.FailMigration();
            return null;
        }

        var saved = migration.SaveState();
        Saved?.Invoke(saved);
        if (migration.StateFormat == SmmuStateFormat.Qemu && Inspect(saved, step) is { } wrong)
            return StateDivergence(step, index, wrong.Rule, wrong.Fact, wrong.Expected, wrong.Seen);
        var sent = Spoil(saved, step, migration.StateFormat);
        if (sent is null)
            return null;
        var refusal = migration.LoadState(sent, step.Kind == MigrationKind.OtherStages ? SmmuDestination.OtherStages : SmmuDestination.Same);
        if (refusal is null && step.MustBeRefused)
        {
            if (step.Kind != MigrationKind.OtherStages)
                clean = false;
            return StateDivergence(
                step,
                index,
                step.Kind == MigrationKind.OtherStages ? VMS_06 : VMS_07,
                "loaded",
                "the load is refused with an error",
                "it is loaded"
            );
        }

        if (refusal is not null && step.Kind is MigrationKind.Switch or MigrationKind.SwitchAndSave)
            return StateDivergence(step, index, VMS_03, "refused", "the state that it saved is loaded", $"it is refused: {Escaping.Line(refusal, 200)}");
        if (refusal is not null)
            return null;
        oracle.Migrate();
        if (step.LeavesModel)
            ShowLife();
        if (step.Kind != MigrationKind.SwitchAndSave)
            return null;
        var again = migration.SaveState();
        return Difference(saved, again, migration.StateFormat) is { } place
            ? StateDivergence(step, index, VMS_02, "saved-again", "the bytes of the source, saved again", place)
            : null;
    }

    private static SceneDivergence StateDivergence(MigrateStep step, int index, RequirementId rule, string fact, string expected, string seen) =>
        new()
        {
            Step = index,
            Kind = SmmuDivergence.State,
            Rules = Rules.Of(rule).And(step.Aims),
            Seen = new()
            {
                StateFact = fact,
                StateExpected = expected,
                StateSeen = seen,
            },
        };

    // The layout, the subsection, and every register as the model has it. What an aim does not ask for is left to the scenes that do.
    private (RequirementId Rule, string Fact, string Expected, string Seen)? Inspect(byte[] saved, MigrateStep step)
    {
        if (SmmuVmStream.Read(QemuStream.Read(saved), out var problem) is not { } state)
            return (VMS_01, "layout", "a section \"smmuv3\" of version 1 with its fields", Escaping.Line(problem, 200));
        foreach (var (field, register, isWide) in SavedRegisters)
        {
            var set = new SmmuValueSet();
            if (isWide)
                oracle.AllowedRegister64(register, ref set);
            else
                oracle.AllowedRegister(register, ref set);
            if (set.Find(state[field]) < 0)
                return (VMS_03, field.Name, $"{field.Name} = 0x{set[0].Value:x}, as the register", $"0x{state[field]:x}");
        }

        foreach (var (field, what) in state.Contradictions(Math.Min(Facts.Capabilities.CMDQS, Facts.Capabilities.EVENTQS)))
            if (step.Kind is MigrationKind.Switch or MigrationKind.SwitchAndSave)
                return (VMS_03, field.Name, $"{field.Name} in agreement with the registers", $"0x{state[field]:x}, {what}");
        return IsAim(step, VMS_04) ? InspectGbpa(state) : null;
    }

    private static bool IsAim(MigrateStep step, RequirementId of)
    {
        for (var index = 0; index < step.Aims.Count; index++)
            if (step.Aims[index] == of)
                return true;
        return false;
    }

    private (RequirementId Rule, string Fact, string Expected, string Seen)? InspectGbpa(SmmuVmState state)
    {
        var set = new SmmuValueSet();
        oracle.AllowedRegister(SmmuRegister.Gbpa, ref set);
        var known = set[0].Mask & 0x7fff_ffff;
        if (known == 0)
            return null;
        var isReset = (set[0].Value & known) == (SmmuVmState.GbpaReset & known);
        var seen = state.Gbpa is { } gbpa ? $"a subsection with 0x{gbpa:x}" : "no subsection";
        if (state.Gbpa is { } sent && set.Find(sent) < 0 || state.Gbpa is null && !isReset)
            return (VMS_04, "gbpa", $"a subsection with GBPA = 0x{set[0].Value & known:x}", seen);
        return state.Gbpa == SmmuVmState.GbpaReset ? (VMS_04, "gbpa", "no subsection for GBPA while it has its reset value", seen) : null;
    }

    private static byte[]? Spoil(byte[] saved, MigrateStep step, SmmuStateFormat format)
    {
        if (step.Kind < MigrationKind.Field)
            return saved;
        if (format == SmmuStateFormat.Opaque)
            return step.Kind == MigrationKind.Cut && (int)step.Value < saved.Length ? saved[..(int)step.Value] : null;
        var stream = QemuStream.Read(saved);
        if (stream.Find(SmmuVmState.SectionName) is not { } section || SmmuVmStream.Read(stream, out _) is not { } state)
            return null;
        if (step.Kind == MigrationKind.Field)
        {
            state[SmmuVmState.Fields[step.Field]] = step.Value;
            return SmmuVmStream.Replace(stream, state);
        }

        if (step.Kind == MigrationKind.Cut)
            return saved[..Math.Min(saved.Length, section.Payload + (int)Math.Min(step.Value, SmmuVmState.Size - 1))];
        var bytes = saved.ToArray();
        switch (step.Kind)
        {
            case MigrationKind.Version:
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(section.Payload - 4), (uint)step.Value);
                break;
            case MigrationKind.Footer:
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(section.Offset + section.Length - 4), (uint)step.Value);
                break;
            default:
                bytes[section.Offset + 6] ^= 0x20;
                break;
        }

        return bytes;
    }

    // Streams of whole machines differ in times and memory: only the SMMU's section is compared.
    private static string? Difference(byte[] saved, byte[] again, SmmuStateFormat format)
    {
        if (format == SmmuStateFormat.Opaque)
            return saved.AsSpan().SequenceEqual(again)
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"byte {saved.AsSpan().CommonPrefixLength(again)} of {saved.Length} differs");
        if (SmmuVmStream.Read(QemuStream.Read(saved), out _) is not { } before)
            return null;
        if (SmmuVmStream.Read(QemuStream.Read(again), out var problem) is not { } after)
            return Escaping.Line(problem, 200);
        foreach (var field in SmmuVmState.Fields)
            if (before[field] != after[field])
                return $"{field.Name}: 0x{before[field]:x} became 0x{after[field]:x}";
        return before.Gbpa == after.Gbpa ? null : "the subsection for GBPA differs";
    }

    // A state that nobody could have had was taken: whatever the SMMU makes of it, it answers. The reset line comes behind it.
    private void ShowLife()
    {
        liveness.Clear();
        foreach (var (_, register, _) in SavedRegisters)
            liveness.ReadRegister(register);
        liveness.WriteRegister(SmmuRegister.EventqCons, 1);
        foreach (var stream in scene.Streams)
            if (Facts.StreamIds.Count == 0 || Facts.StreamIds.Contains(stream.Id))
                liveness.Transact(new(stream.Id, 0xfff0_0000, true, 4));
        liveness.WriteRegister(SmmuRegister.CmdqProd, 3);
        liveness.WriteRegister(SmmuRegister.GErrorN, 5);
        liveness.WriteRegister(SmmuRegister.Cr0, 0);
        liveness.ReadRegister(SmmuRegister.Cr0Ack);
        // Records of it are none of the scene's.
        liveness.WriteMemory(Facts.EventQueue, noRecords);
        target.Run(liveness);
        oracle.WriteMemory(Facts.EventQueue, noRecords);
    }
}
