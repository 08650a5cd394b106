using Conformance.Model.Migration;

namespace Conformance.Drivers.Core;

/// <summary>
/// The next state that the driver is asked for, by feature set, current state and requested state, as tables (MIG-FSM-08, MIG-FSM-09, MIG-FSM-23).
/// Nothing is derived here on purpose: the judge derives its paths from arcs, and the two must meet only in a test.
/// </summary>
public static class NextHop
{
    /// <summary>The pair is refused with EINVAL (MIG-FSM-09..12, MIG-ERR-01).</summary>
    public const byte Refused = 0xFF;

    /// <summary>The current state does not exist in this feature set.</summary>
    public const byte Absent = 0xFE;

    // Rows are current states, columns are requested states, both in the order of the uAPI enum: ER ST RU SC RS RP PC PP.
    private const byte XX = Refused, No = Absent, ER = 0, ST = 1, RU = 2, SC = 3, RS = 4, RP = 5, PC = 6, PP = 7;

    private static readonly byte[] StopCopyOnly =
    [
        ER, XX, XX, XX, XX, XX, XX, XX,
        XX, ST, RU, SC, RS, XX, XX, XX,
        XX, ST, RU, ST, ST, XX, XX, XX,
        XX, ST, ST, SC, ST, XX, XX, XX,
        XX, ST, ST, ST, RS, XX, XX, XX,
        No, No, No, No, No, No, No, No,
        No, No, No, No, No, No, No, No,
        No, No, No, No, No, No, No, No,
    ];

    private static readonly byte[] WithP2P =
    [
        ER, XX, XX, XX, XX, XX, XX, XX,
        XX, ST, RP, SC, RS, RP, XX, XX,
        XX, RP, RU, RP, RP, RP, XX, XX,
        XX, ST, ST, SC, ST, ST, XX, XX,
        XX, ST, ST, ST, RS, ST, XX, XX,
        XX, ST, RU, ST, ST, RP, XX, XX,
        No, No, No, No, No, No, No, No,
        No, No, No, No, No, No, No, No,
    ];

    private static readonly byte[] WithPreCopy =
    [
        ER, XX, XX, XX, XX, XX, XX, XX,
        XX, ST, RU, SC, RS, XX, RU, XX,
        XX, ST, RU, ST, ST, XX, PC, XX,
        XX, ST, ST, SC, ST, XX, XX, XX,
        XX, ST, ST, ST, RS, XX, ST, XX,
        No, No, No, No, No, No, No, No,
        XX, RU, RU, SC, RU, XX, PC, XX,
        No, No, No, No, No, No, No, No,
    ];

    private static readonly byte[] WithBoth =
    [
        ER, XX, XX, XX, XX, XX, XX, XX,
        XX, ST, RP, SC, RS, RP, RP, RP,
        XX, RP, RU, RP, RP, RP, PC, RP,
        XX, ST, ST, SC, ST, ST, XX, XX,
        XX, ST, ST, ST, RS, ST, ST, ST,
        XX, ST, RU, ST, ST, RP, RU, PP,
        XX, RU, RU, PP, RU, RU, PC, PP,
        XX, RP, RP, SC, RP, RP, PC, PP,
    ];

    /// <summary>The table of a feature set: 64 cells, row-major; a cell is a state, <see cref="Refused"/> or <see cref="Absent"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a feature set that a device can have (MIG-FEAT-02).</exception>
    public static ReadOnlyMemory<byte> Table(MigrationFeatures features) => Cells(features);

    internal static byte[] Cells(MigrationFeatures features) => features switch
    {
        // A device without migration never gets as far as a path; any table does.
        MigrationFeatures.None or MigrationFeatures.StopCopy => StopCopyOnly,
        MigrationFeatures.StopCopy | MigrationFeatures.P2P => WithP2P,
        MigrationFeatures.StopCopy | MigrationFeatures.PreCopy => WithPreCopy,
        MigrationFeatures.StopCopy | MigrationFeatures.P2P | MigrationFeatures.PreCopy => WithBoth,
        _ => throw new ArgumentOutOfRangeException(nameof(features), features, "a feature set is 1, 3, 5 or 7 (MIG-FEAT-02)"),
    };
}
