using Conformance.Model.Smmu.Device;

namespace Conformance.Engine.Smmu;

/// <summary>What a scene is made for: what an SMMU under test says of itself.</summary>
/// <param name="Capabilities">Its identification registers.</param>
/// <param name="Port">What its port can express and show.</param>
/// <param name="Memory">The memory for structures and data.</param>
/// <param name="Hole">Where accesses end with an external abort.</param>
/// <param name="StreamIds">The StreamIDs that its masters can have; empty when they can have any.</param>
public sealed record SceneTarget(SmmuCapabilities Capabilities, SmmuPort Port, SmmuRange Memory, SmmuRange Hole, IReadOnlyList<uint> StreamIds)
{
    /// <summary>The form of its states; None when it cannot be migrated.</summary>
    public SmmuStateFormat StateFormat { get; init; }

    /// <summary>True when a state can be offered to an SMMU with other stages.</summary>
    public bool HasOtherStages { get; init; }

    /// <summary>How many bytes of data words there are.</summary>
    public const int DataSize = 0x4_0000;

    /// <summary>The place of the command queue; its size is at most 64 KiB.</summary>
    public ulong CommandQueue => (Memory.Start + 0xffff) & ~0xfffful;

    /// <summary>The place of the event queue; its size is at most 64 KiB.</summary>
    public ulong EventQueue => CommandQueue + 0x1_0000;

    /// <summary>The data words. Each holds a value that no other one holds, so that a read tells where it came from.</summary>
    public SmmuRange Data => new(CommandQueue + 0x2_0000, DataSize);

    /// <summary>Seven pages of 64 KiB that steps may use as they like, and an eighth that stays zero.</summary>
    public ulong Spare => Spares.Start;

    /// <summary>All eight of them.</summary>
    public SmmuRange Spares => new(Data.End, 0x8_0000);

    /// <summary>The rest, where the structures of a scene are put. It is zero before a scene and after it.</summary>
    public SmmuRange Structures => new(Spares.End, Memory.End - Spares.End);

    /// <summary>True when the port can do all of this.</summary>
    public bool Can(SmmuPort needs) => (Port & needs) == needs;

    /// <summary>
    /// Where the structures of nested streams begin in intermediate addresses. Data are mapped below, so that no address stands for two things.
    /// </summary>
    public const ulong IntermediateStart = 1 << 25;

    /// <summary>The StreamID with a number: the masters' in their order, any when they can have any.</summary>
    public uint StreamId(int number) => StreamIds.Count == 0 ? (uint)number * 0x25 + 3 : StreamIds[number % StreamIds.Count];
}
