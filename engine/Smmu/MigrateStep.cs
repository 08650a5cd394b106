using Conformance.Model.Serialization.Qemu;

namespace Conformance.Engine.Smmu;

/// <summary>What becomes of a migration. The numbers are for good: tokens have them.</summary>
public enum MigrationKind : byte
{
    /// <summary>The state is saved and loaded into another SMMU like it, which goes on.</summary>
    Switch = 0,

    /// <summary>The same, and the destination saves its state again at once.</summary>
    SwitchAndSave = 1,

    /// <summary>It fails on its way; the source goes on.</summary>
    Failed = 2,

    /// <summary>An SMMU with other stages is offered the state; the source goes on.</summary>
    OtherStages = 3,

    /// <summary>A field of the state is changed on its way: the one with that number takes the value.</summary>
    Field = 4,

    /// <summary>The stream is cut off so many bytes behind the beginning of the SMMU's section, or of an opaque state.</summary>
    Cut = 5,

    /// <summary>The section has another version.</summary>
    Version = 6,

    /// <summary>The footer of the section has another number.</summary>
    Footer = 7,

    /// <summary>The section has another name.</summary>
    Name = 8,
}

/// <summary>The SMMU is migrated.</summary>
/// <param name="Kind">What becomes of it.</param>
/// <param name="Field">The number of a field in <see cref="SmmuVmState.Fields"/>.</param>
/// <param name="Value">Its value; a length, a version or a number.</param>
public sealed record MigrateStep(MigrationKind Kind, int Field = 0, ulong Value = 0) : SceneStep
{
    /// <summary>
    /// True when the state that arrives differs from the one that was saved in something that registers do not say again: what it makes of the SMMU is not
    /// judged, only that it lives.
    /// </summary>
    internal bool LeavesModel => Kind == MigrationKind.Field && !FollowsFromRegisters(SmmuVmState.Fields[Field]);

    /// <summary>True when the state that arrives is no state.</summary>
    internal bool MustBeRefused => Kind == MigrationKind.OtherStages || Kind >= MigrationKind.Cut;

    /// <summary>The step in words.</summary>
    internal string Text =>
        Kind switch
        {
            MigrationKind.Switch => "migrated: the state is saved and loaded into another SMMU, which goes on",
            MigrationKind.SwitchAndSave => "migrated: the state is saved and loaded into another SMMU, which saves it again and goes on",
            MigrationKind.Failed => "a migration fails on its way; the source goes on",
            MigrationKind.OtherStages => "the state is offered to an SMMU with other stages; the source goes on",
            MigrationKind.Field => $"migrated with {SmmuVmState.Fields[Field].Name} = 0x{Value:x} in the stream",
            MigrationKind.Cut => $"migrated with a stream that ends {Value} bytes into the state",
            MigrationKind.Version => $"migrated with version {Value} of the section",
            MigrationKind.Footer => $"migrated with number {Value} in the footer of the section",
            _ => "migrated with another name of the section",
        };

    private static bool FollowsFromRegisters(SmmuVmField field) =>
        field == SmmuVmState.Features
        || field == SmmuVmState.SidSize
        || field == SmmuVmState.SidSplit
        || field == SmmuVmState.Cr0Ack
        || field == SmmuVmState.StatusR
        || field == SmmuVmState.CmdqLog2Size
        || field == SmmuVmState.EventqLog2Size;
}
