using System.Numerics;
using Conformance.Engine.Judging;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>
/// What scenes reached of an SMMU, as flags of <see cref="Coverage"/>. Three tables: stream configurations that a judged transaction met (bit n: row n),
/// types of event records by the row of the transaction (32 for each row), and opcodes of commands that were carried out.
/// A flag is only set where it can be reached.
/// </summary>
/// <param name="target">What the SMMU says of itself.</param>
public sealed class SceneCoverage(SceneTarget target)
{
    /// <summary>Flags of the first table.</summary>
    public const int ConfigurationFlags = 8;

    /// <summary>Flags of the second table.</summary>
    public const int RecordFlags = Rows * Types;

    /// <summary>Flags of the third table.</summary>
    public const int CommandFlags = 128;

    /// <summary>All flags.</summary>
    public const int Flags = ConfigurationFlags + RecordFlags + CommandFlags;

    private const int Types = 32;
    private const int Rows = 6;
    private const byte NoEntry = 0;
    private const byte Unknown = byte.MaxValue;

    private readonly uint configurations = Configurations(target);
    private readonly UInt128 commands = Commands(target);
    private readonly uint[] records = [.. Enumerable.Range(0, Rows).Select(row => Records(target, row))];

    /// <summary>How many stream configurations, types of records in them and commands can be reached.</summary>
    public (int Configurations, int Records, int Commands) Reachable =>
        (BitOperations.PopCount(configurations), records.Sum(BitOperations.PopCount), (int)UInt128.PopCount(commands));

    /// <summary>How many there are, on an SMMU that has everything.</summary>
    public static (int Configurations, int Records, int Commands) All { get; } =
        new SceneCoverage(
            new(
                SmmuCapabilities.Of(~(3u << 24), uint.MaxValue, uint.MaxValue, uint.MaxValue, 1),
                SmmuPort.Substreams | SmmuPort.Attributes | SmmuPort.Replies | SmmuPort.Stalls,
                default,
                default,
                []
            )
        ).Reachable;

    /// <summary>The row: 0 without a valid STE, then abort, bypass, stage 1, stage 2, nested; another when caches may know another STE.</summary>
    internal static byte RowOf(SmmuOutcomeSet outcomes)
    {
        foreach (ref readonly var outcome in outcomes.Outcomes)
            if ((outcome.Stale & StaleKinds.StreamTable) != 0)
                return Unknown;
        return outcomes.Config switch
        {
            null => NoEntry,
            StreamConfig.Abort => 1,
            var config => (byte)(config.Value - 2),
        };
    }

    /// <summary>Counts the configuration that a judged transaction met.</summary>
    internal void CountConfiguration(Coverage coverage, byte row)
    {
        if (row < Rows && (configurations >> row & 1) != 0)
            coverage[row] = true;
    }

    /// <summary>Counts a record.</summary>
    internal void CountRecord(Coverage coverage, byte row, SmmuEventType type)
    {
        if (row < Rows && (int)type < Types && (records[row] >> (int)type & 1) != 0)
            coverage[ConfigurationFlags + row * Types + (int)type] = true;
    }

    /// <summary>Counts commands.</summary>
    /// <param name="coverage">Where.</param>
    /// <param name="opcodes">Bit n for opcode n.</param>
    internal void CountCommands(Coverage coverage, UInt128 opcodes)
    {
        for (opcodes &= commands; opcodes != 0; opcodes &= opcodes - 1)
            coverage[ConfigurationFlags + RecordFlags + (int)UInt128.TrailingZeroCount(opcodes)] = true;
    }

    private static uint Configurations(SceneTarget target) =>
        1 << 1
        | 1 << 2
        | (target.Capabilities.S1P ? 1u << 3 : 0)
        | (target.Capabilities.S2P ? 1u << 4 : 0)
        | (target.Capabilities is { S1P: true, S2P: true } ? 1u << 5 : 0);

    // Without ATS and PRI. F_UUT and conflicts in caches are up to the implementation.
    private static uint Records(SceneTarget target, int row)
    {
        var substreams = target.Capabilities.SSIDSIZE > 0;
        var badSubstream = target.Can(SmmuPort.Substreams) ? Bit(SmmuEventType.BadSubstreamId) : 0;
        var walk =
            Bit(SmmuEventType.BadSte)
            | Bit(SmmuEventType.WalkAbort)
            | Bit(SmmuEventType.Translation)
            | Bit(SmmuEventType.AddressSize)
            | Bit(SmmuEventType.Access)
            | Bit(SmmuEventType.Permission);
        var context = Bit(SmmuEventType.CdFetch) | Bit(SmmuEventType.BadCd) | (substreams ? Bit(SmmuEventType.StreamDisabled) : 0);
        var isReachable = row == NoEntry || (Configurations(target) >> row & 1) != 0;
        return !isReachable
            ? 0
            : row switch
            {
                NoEntry => Bit(SmmuEventType.BadStreamId) | Bit(SmmuEventType.SteFetch) | Bit(SmmuEventType.BadSte),
                1 => 0,
                2 => badSubstream | Bit(SmmuEventType.AddressSize),
                4 => badSubstream | walk,
                _ => badSubstream | walk | context,
            };
    }

    private static uint Bit(SmmuEventType type) => 1u << (int)type;

    private static UInt128 Commands(SceneTarget target)
    {
        UInt128 all = 0;
        foreach (var opcode in Enum.GetValues<SmmuOpcode>())
            if (
                CommandRules.Judge(target.Capabilities, new() { Opcode = opcode }, out _) == CommandVerdict.Legal
                && (opcode is not (SmmuOpcode.Resume or SmmuOpcode.StallTerm) || target.Can(SmmuPort.Stalls))
            )
                all |= UInt128.One << (byte)opcode;
        return all;
    }
}
