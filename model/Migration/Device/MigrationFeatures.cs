namespace Conformance.Model.Migration.Device;

/// <summary>The flags word that feature 1 (MIGRATION) reports (MIG-FEAT-01, MIG-FEAT-02). Legal values are 1, 3, 5 and 7.</summary>
[Flags]
public enum MigrationFeatures : ulong
{
    /// <summary>No migration.</summary>
    None = 0,

    /// <summary>Bit 0: STOP, STOP_COPY and RESUMING. Every device with migration has it.</summary>
    StopCopy = 1,

    /// <summary>Bit 1: RUNNING_P2P, and PRE_COPY_P2P when <see cref="PreCopy"/> is there as well.</summary>
    P2P = 2,

    /// <summary>Bit 2: PRE_COPY.</summary>
    PreCopy = 4,
}
