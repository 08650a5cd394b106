using System.Collections.Immutable;

namespace Conformance.Engine.Smmu;

/// <summary>
/// What an SMMU is asked, as data: registers, structures in memory, and steps. It is what is generated, made smaller, printed and run; nothing in it is an
/// address of a structure, so that parts can be left out.
/// </summary>
public sealed record Scene
{
    /// <summary>The registers, the queues and the stream table.</summary>
    public SceneSetup Setup { get; init; } = new();

    /// <summary>Translation tables.</summary>
    public ImmutableArray<SceneTree> Trees { get; init; } = [];

    /// <summary>Context descriptors; streams name them by their index.</summary>
    public ImmutableArray<SceneContext> Contexts { get; init; } = [];

    /// <summary>Streams with their Stream Table Entries.</summary>
    public ImmutableArray<SceneStream> Streams { get; init; } = [];

    /// <summary>What is done.</summary>
    public ImmutableArray<SceneStep> Steps { get; init; } = [];
}

/// <summary>Registers before the first step, and the shape of the stream table.</summary>
public sealed record SceneSetup
{
    /// <summary>STRTAB_BASE_CFG.FMT.</summary>
    public uint Format { get; init; }

    /// <summary>STRTAB_BASE_CFG.LOG2SIZE.</summary>
    public uint Log2Size { get; init; } = 9;

    /// <summary>STRTAB_BASE_CFG.SPLIT.</summary>
    public uint Split { get; init; }

    /// <summary>CMDQ_BASE.LOG2SIZE.</summary>
    public uint CommandQueueLog2 { get; init; } = 6;

    /// <summary>EVENTQ_BASE.LOG2SIZE.</summary>
    public uint EventQueueLog2 { get; init; } = 6;

    /// <summary>CR0 at the start: SMMUEN [0], EVENTQEN [2], CMDQEN [3].</summary>
    public uint Cr0 { get; init; } = 0xd;

    /// <summary>CR2; RECINVSID [1] is set by default.</summary>
    public uint Cr2 { get; init; } = 2;

    /// <summary>GBPA, written with UPDATE; null when it is left alone.</summary>
    public uint? Gbpa { get; init; }

    /// <summary>Bits that are added to STRTAB_BASE: address bits that must be ignored.</summary>
    public ulong StreamTableExtra { get; init; }

    /// <summary>True when the stream table is two-level.</summary>
    public bool TwoLevel => Format == 1;

    /// <summary>How many low bits of a StreamID index the second level: a reserved SPLIT is 6.</summary>
    public int SplitBits => Split is 8 or 10 ? (int)Split : 6;
}

/// <summary>A stream: its Stream Table Entry and its context descriptors.</summary>
public sealed record SceneStream
{
    /// <summary>Its StreamID.</summary>
    public required uint Id { get; init; }

    /// <summary>STE.Config: 4 bypass, 5 stage 1, 6 stage 2, 7 nested.</summary>
    public required uint Config { get; init; }

    /// <summary>STE.S2VMID.</summary>
    public uint Vmid { get; init; }

    /// <summary>The stage-2 tree; null when it has none.</summary>
    public int? Stage2 { get; init; }

    /// <summary>STE.S1Fmt, the shape of the table of context descriptors when <see cref="ContextBits"/> is not 0.</summary>
    public uint ContextFormat { get; init; }

    /// <summary>STE.S1CDMax.</summary>
    public uint ContextBits { get; init; }

    /// <summary>Its context descriptors by SubstreamID; without substreams there is one, for 0.</summary>
    public ImmutableArray<SceneSubstream> Substreams { get; init; } = [];

    /// <summary>Fields of the STE that have other values than a good one would have.</summary>
    public ImmutableArray<FieldValue> Fields { get; init; } = [];

    /// <summary>Fields of its Level 1 descriptor that have other values than a good one would have.</summary>
    public ImmutableArray<FieldValue> L1Fields { get; init; } = [];

    /// <summary>Where the S1ContextPtr points to instead of its context descriptors; null for those.</summary>
    public SceneAddress? ContextPointer { get; init; }

    /// <summary>Where the L2Ptr of its Level 1 descriptor points to instead of its second level; null for that.</summary>
    public SceneAddress? SecondLevel { get; init; }

    /// <summary>True when stage 1 is on.</summary>
    public bool HasStage1 => (Config & 5) == 5;

    /// <summary>True when stage 2 is on.</summary>
    public bool HasStage2 => (Config & 6) == 6;

    /// <summary>True when its context descriptors and stage-1 tables lie behind stage 2.</summary>
    public bool IsNested => Config == 7;
}

/// <summary>A context descriptor of a stream.</summary>
/// <param name="SubstreamId">Its SubstreamID.</param>
/// <param name="Context">The index of the context.</param>
public readonly record struct SceneSubstream(uint SubstreamId, int Context);

/// <summary>A context descriptor.</summary>
public sealed record SceneContext
{
    /// <summary>The tree of TTB0; null for EPD0=1.</summary>
    public int? Lower { get; init; }

    /// <summary>The tree of TTB1; null for EPD1=1.</summary>
    public int? Upper { get; init; }

    /// <summary>The ASID.</summary>
    public uint Asid { get; init; }

    /// <summary>Fields that have other values than a good one would have.</summary>
    public ImmutableArray<FieldValue> Fields { get; init; } = [];

    /// <summary>Where its Level 1 descriptor points to instead of its table; null for that.</summary>
    public SceneAddress? Leaf { get; init; }

    /// <summary>Fields of its Level 1 descriptor that have other values than a good one would have.</summary>
    public ImmutableArray<FieldValue> L1Fields { get; init; } = [];
}

/// <summary>Translation tables under one base.</summary>
public sealed record SceneTree
{
    /// <summary>1 or 2.</summary>
    public required int Stage { get; init; }

    /// <summary>log2 of the granule: 12, 14 or 16.</summary>
    public required int Granule { get; init; }

    /// <summary>How many bits of input address it resolves: 64 - TxSZ.</summary>
    public required int InputBits { get; init; }

    /// <summary>The start level of stage 2; stage 1 has only one.</summary>
    public int StartLevel { get; init; }

    /// <summary>For stage 1: the stage-2 tree that its tables lie behind; null when they are physical.</summary>
    public int? Behind { get; init; }

    /// <summary>For stage 1: true when it is used by TTB1 and translates addresses that begin with ones.</summary>
    public bool Upper { get; init; }

    /// <summary>What the tables hold.</summary>
    public ImmutableArray<SceneEntry> Entries { get; init; } = [];

    /// <summary>Bits that are added to the base: address bits that must be ignored.</summary>
    public ulong BaseExtra { get; init; }

    /// <summary>
    /// True when its descriptors are big-endian. What says so to the SMMU, CD.ENDI or STE.S2ENDI, is a field like any other; edits are not for such trees.
    /// </summary>
    public bool BigEndian { get; init; }

    /// <summary>How many bits one level resolves.</summary>
    public int Stride => Granule - 3;

    /// <summary>The level of the first table.</summary>
    public int FirstLevel => Stage == 2 ? StartLevel : 4 - ((InputBits - Granule + Stride - 1) / Stride);

    /// <summary>log2 of the bytes that an entry of a level maps.</summary>
    public int Shift(int level) => Granule + ((3 - level) * Stride);

    /// <summary>log2 of the bytes of the first table, or of the concatenated ones.</summary>
    public int BaseBits => Math.Max(4, InputBits - Shift(FirstLevel) + 3);
}

/// <summary>What an entry of a table is.</summary>
public enum EntryKind : byte
{
    /// <summary>A block or a page.</summary>
    Leaf,

    /// <summary>A block or a page whose bit 0 is 0.</summary>
    Invalid,

    /// <summary>A table descriptor with attributes; its next table is made like any other.</summary>
    Table,

    /// <summary>A descriptor as it stands: <see cref="SceneEntry.Attributes"/> is all of it.</summary>
    Raw,
}

/// <summary>An entry of a translation table. Tables on the way to it are made without being named.</summary>
/// <param name="Input">An input address that it translates.</param>
/// <param name="Level">The level of the table that it stands in.</param>
/// <param name="Output">A leaf: the address that it gives; a table: the address of the next table, 0 for the one that is made.</param>
/// <param name="Attributes">The other bits of the descriptor, without the type.</param>
/// <param name="Kind">What it is.</param>
public sealed record SceneEntry(ulong Input, int Level, SceneAddress Output, ulong Attributes, EntryKind Kind = EntryKind.Leaf)
{
    /// <summary>A stage-1 leaf that everyone may read and write: AF, AP[1], SH=3, AttrIndx=0, nG.</summary>
    public const ulong Stage1ReadWrite = 1 << 11 | 1 << 10 | 3 << 8 | 1 << 6;

    /// <summary>A stage-2 leaf that may be read and written: AF, SH=3, S2AP=3, MemAttr=0xf.</summary>
    public const ulong Stage2ReadWrite = 1 << 10 | 3 << 8 | 3 << 6 | 0xf << 2;
}
