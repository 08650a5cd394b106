using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Device;

/// <summary>
/// Software that replaces a Stream Table Entry or a Context Descriptor while hardware uses it (SMMU-NEST-18, SMMU-NEST-22): the driver of an SMMU, or a VMM
/// that writes STEs itself.
/// </summary>
public interface IStreamTableWriter : IDisposable
{
    /// <summary>Replaces the STE of a master.</summary>
    /// <param name="memory">The entries and the command queue.</param>
    /// <param name="streams">Its StreamIDs; one may be there twice.</param>
    /// <param name="target">The eight doublewords that every entry is to have. Bits that hardware does not read for them are 0.</param>
    void WriteStream(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target);

    /// <summary>Replaces a CD that the streams of a master share.</summary>
    /// <param name="memory">The CD, which has the number 0, and the command queue.</param>
    /// <param name="streams">The StreamIDs of the master.</param>
    /// <param name="target">The eight doublewords that it is to have.</param>
    void WriteContext(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target);
}

/// <summary>Entries in memory that hardware reads at any time, and a command queue.</summary>
public interface IEntryMemory
{
    /// <summary>Reads a doubleword.</summary>
    /// <param name="entry">The entry: the StreamID of an STE, 0 for a CD.</param>
    /// <param name="doubleword">0..7.</param>
    ulong Load(uint entry, int doubleword);

    /// <summary>Stores a doubleword, at once as hardware sees it.</summary>
    void Store(uint entry, int doubleword, ulong value);

    /// <summary>Puts a command into the queue: CFGI_STE, CFGI_CD, CMD_SYNC. A SYNC is complete when this returns.</summary>
    void Issue(in SmmuCommand command);
}
