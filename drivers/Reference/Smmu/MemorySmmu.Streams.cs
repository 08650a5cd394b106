using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The stream table, STEs, and CDs (SMMU-STE, SMMU-CD).</summary>
public partial class MemorySmmu
{
    private const ulong AddressFields = 0x000f_ffff_ffff_ffff;

    /// <summary>LOG2SIZE of the stream table, as written.</summary>
    private protected int StreamTableSize => (int)(streamTableConfiguration & 0x3f);

    /// <summary>Seam: whether the stream table has two levels (SMMU-REG-08, SMMU-STE-23).</summary>
    private protected virtual bool HasTwoLevels => (streamTableConfiguration >> 16 & 3) == 1;

    /// <summary>Seam: log2 of the STEs below an L1STD (SMMU-STE-23).</summary>
    private protected virtual int Split =>
        (streamTableConfiguration >> 6 & 31) switch
        {
            8 => 8,
            10 => 10,
            _ => 6,
        };

    /// <summary>Seam: whether the stream table reaches to a StreamID (SMMU-STE-01, SMMU-STE-24).</summary>
    private protected virtual bool IsInStreamTable(uint streamId) => streamId < 1ul << Math.Min(StreamTableSize, Capabilities.SIDSIZE);

    /// <summary>Seam: the base of a linear stream table (SMMU-STE-02).</summary>
    private protected virtual ulong LinearBase(ulong address) => Clear(address, StreamTableSize + 6);

    /// <summary>Seam: the base of the first level of a stream table (SMMU-STE-03).</summary>
    private protected virtual ulong TwoLevelBase(ulong address) => Clear(address, Math.Max(5, StreamTableSize - Split + 2) + 1);

    /// <summary>Seam: an L1STD as it is fetched (SMMU-WALK-21).</summary>
    private protected virtual L1StreamTableDescriptor DecodeStreamTable(ulong word) => new() { D0 = word };

    /// <summary>Seam: how many STEs are below an L1STD (SMMU-STE-04, SMMU-STE-05).</summary>
    private protected virtual ulong StreamsBelow(L1StreamTableDescriptor table) =>
        table.Span is 0 or > 11 || table.Span > Split + 1 ? 0 : 1ul << (table.Span - 1);

    /// <summary>Seam: where the STEs below an L1STD begin (SMMU-STE-06).</summary>
    private protected virtual ulong SecondLevelBase(L1StreamTableDescriptor table) => Clear(table.L2Ptr, table.Span + 5);

    /// <summary>Seam: finds the STE of a transaction.</summary>
    private protected virtual bool FindStream(ref Access access, ref Refusal fault)
    {
        var streamId = access.Transaction.StreamId;
        if (!IsInStreamTable(streamId))
            return BadStreamId(ref fault);
        if (configuration.FindStream(streamId) is { } known)
        {
            access.Stream = known;
            return true;
        }
        if (!FindStreamEntry(streamId, out var address, ref fault))
            return false;
        Span<ulong> words = stackalloc ulong[8];
        if (!FetchStructure(address, words))
        {
            fault = new() { Type = SmmuEventType.SteFetch, FetchAddress = address };
            return false;
        }
        var stream = caching == SmmuCaching.None ? scratchStream : configuration.PlaceStream(streamId);
        stream.StreamId = streamId;
        stream.Entry = new()
        {
            D0 = words[0],
            D1 = words[1],
            D2 = words[2],
            D3 = words[3],
            D4 = words[4],
            D5 = words[5],
            D6 = words[6],
            D7 = words[7],
        };
        Decode(stream);
        access.Stream = stream;
        return true;
    }

    /// <summary>Seam: whether a StreamID that is out of range is recorded (SMMU-STE-01).</summary>
    private protected virtual bool RecordsBadStreamId => (cr2 & 2) != 0;

    private bool BadStreamId(ref Refusal fault)
    {
        fault = new() { Type = RecordsBadStreamId ? SmmuEventType.BadStreamId : SmmuEventType.None };
        return false;
    }

    private bool FindStreamEntry(uint streamId, out ulong address, ref Refusal fault)
    {
        var start = streamTableBase & AddressFields;
        address = 0;
        if (!HasTwoLevels)
        {
            address = LinearBase(start) + ((ulong)streamId * StreamTableEntry.Length);
            return true;
        }
        var split = Split;
        if (!configuration.FindStreamTable(streamId, out var word))
        {
            var at = TwoLevelBase(start) + ((streamId >> split) * (ulong)L1StreamTableDescriptor.Length);
            if (!Fetch(at, out word))
            {
                fault = new() { Type = SmmuEventType.SteFetch, FetchAddress = at };
                return false;
            }
            if (caching != SmmuCaching.None)
                configuration.KeepStreamTable(new(0, streamId >> split << split, split, word) { InUse = true });
        }
        var table = DecodeStreamTable(word);
        var index = streamId & ((1u << split) - 1);
        if (index >= StreamsBelow(table))
            return BadStreamId(ref fault);
        address = SecondLevelBase(table) + ((ulong)index * StreamTableEntry.Length);
        return true;
    }

    /// <summary>Works out what an STE means.</summary>
    private void Decode(CachedStream stream)
    {
        ref readonly var entry = ref stream.Entry;
        stream.HasStage1 = ((int)entry.Config & 5) == 5;
        stream.HasStage2 = ((int)entry.Config & 6) == 6;
        stream.World = WorldOf(entry);
        stream.Vmid = Capabilities.S2P && stream.World == StreamWorld.El1 ? VmidOf(entry) : (ushort)0;
        stream.ContextBits = Capabilities.SSIDSIZE == 0 ? 0 : entry.S1CDMax;
        stream.ContextLeafBits =
            stream.ContextBits == 0 || !Capabilities.CD2L
                ? 0
                : entry.S1Fmt switch
                {
                    1 => 6,
                    2 => 10,
                    _ => 0,
                };
        stream.Stage2AccessFlag = entry.S2HA;
        stream.Stage2Dirty = TracksDirty(entry.S2HA, entry.S2HD);
        if (stream.HasStage2)
            stream.Stage2 = Stage2Format(entry);
        stream.Flaws = FlawsOf(stream);
    }

    /// <summary>Seam: the regime of a stream (SMMU-STE-20).</summary>
    private protected virtual StreamWorld WorldOf(in StreamTableEntry entry) =>
        entry.Config != StreamConfig.Stage1 || !Capabilities.HYP || entry.STRW != 2 ? StreamWorld.El1
        : (cr2 & 1) != 0 ? StreamWorld.El2Host
        : StreamWorld.El2;

    /// <summary>Seam: the VMID of a stream (SMMU-STE-21).</summary>
    private protected virtual ushort VmidOf(in StreamTableEntry entry) => (ushort)entry.S2VMID;

    /// <summary>Seam: dirty state needs both flags (SMMU-HTTU-11).</summary>
    private protected virtual bool TracksDirty(bool accessFlag, bool dirty) => accessFlag && dirty;

    /// <summary>Seam: the shape of the stage-2 tables.</summary>
    private protected virtual TableFormat Stage2Format(in StreamTableEntry entry)
    {
        var granule = (int)entry.Stage2Granule;
        if (granule == 0)
            return default;
        var format = new TableFormat
        {
            Granule = granule,
            InputBits = 64 - entry.S2T0SZ,
            OutputBits = OutputBits(entry.S2PS, granule),
            StartLevel = Stage2StartLevel(entry),
            BigEndian = entry.S2ENDI,
        };
        format.Base = AlignTables(entry.S2TTB, format);
        return format;
    }

    /// <summary>Seam: the level that S2SL0 means, or -1 for a reserved one.</summary>
    private protected virtual int Stage2StartLevel(in StreamTableEntry entry) =>
        (entry.Stage2Granule, entry.S2SL0) switch
        {
            (Granule.Size4K, 3) => Capabilities.STT ? 3 : -1,
            (Granule.Size4K, var code) => 2 - code,
            (_, 3) => -1,
            (_, var code) => 3 - code,
        };

    /// <summary>Seam: where tables begin: bits below their size do not count (SMMU-CD-10).</summary>
    private protected virtual ulong AlignTables(ulong address, in TableFormat format)
    {
        if (format.StartLevel < 0)
            return address;
        var bits = format.InputBits - format.Shift(format.StartLevel) + 3;
        return Clear(address, Math.Max(bits, format.OutputBits == 52 ? 6 : 4));
    }

    /// <summary>Seam: the output size that a code means (SMMU-CD-03).</summary>
    private protected virtual int OutputBits(int code, int granule)
    {
        var bits = Capabilities.EffectiveAddressSize(code);
        return granule == (int)Granule.Size64K ? bits : Math.Min(bits, 48);
    }

    /// <summary>Seam: what is wrong with an STE. Only stages that are enabled are looked at (SMMU-STE-12).</summary>
    private protected virtual StreamFlaws FlawsOf(CachedStream stream)
    {
        ref readonly var entry = ref stream.Entry;
        if (!entry.Valid)
            return StreamFlaws.Invalid;
        if (((int)entry.Config & 4) == 0 || entry.Config == StreamConfig.Bypass)
            return StreamFlaws.None;
        var flaws = AtsFlaws(entry);
        if (stream.HasStage1)
            flaws |= Capabilities.S1P ? Stage1Flaws(entry) : StreamFlaws.Stage1Missing;
        if (stream.HasStage2)
            flaws |= Capabilities.S2P ? Stage2Flaws(stream) : StreamFlaws.Stage2Missing;
        if (Capabilities.S2P && !Capabilities.VMID16 && stream.World == StreamWorld.El1 && entry.S2VMID > 0xff)
            flaws |= StreamFlaws.Vmid;
        return flaws;
    }

    /// <summary>Seam: what is wrong with the stage-1 fields of an STE.</summary>
    private protected virtual StreamFlaws Stage1Flaws(in StreamTableEntry entry)
    {
        var flaws = StreamFlaws.None;
        if (Capabilities.SSIDSIZE != 0)
        {
            if (entry.S1CDMax > Capabilities.SSIDSIZE)
                flaws |= StreamFlaws.ContextCount;
            if (entry.S1CDMax > 0 && !Capabilities.CD2L && entry.S1Fmt is 1 or 2)
                flaws |= StreamFlaws.ContextFormat;
        }
        if (Capabilities.HYP && entry.Config == StreamConfig.Stage1 && (entry.STRW & 1) != 0)
            flaws |= StreamFlaws.StreamWorld;
        if (entry.S1STALLD && Capabilities.StallModel != StallModel.Both)
            flaws |= StreamFlaws.StallDisable;
        var reach = entry.Config == StreamConfig.Stage1 ? Capabilities.OutputAddressSize : Capabilities.IntermediateAddressSize;
        if (entry.S1ContextPtr >> reach != 0)
            flaws |= StreamFlaws.ContextPointer;
        return flaws;
    }

    /// <summary>Seam: what is wrong with the stage-2 fields of an STE.</summary>
    private protected virtual StreamFlaws Stage2Flaws(CachedStream stream)
    {
        ref readonly var entry = ref stream.Entry;
        ref readonly var format = ref stream.Stage2;
        var flaws = StreamFlaws.None;
        if (!entry.S2AA64 && (Capabilities.TTF & 1) == 0)
            flaws |= StreamFlaws.Aarch32;
        if (!Capabilities.Has(entry.Stage2Granule))
            return flaws | StreamFlaws.Granule;
        if (entry.S2T0SZ < SmallestStage2Size(entry) || entry.S2T0SZ > LargestSize(format.Granule))
            flaws |= StreamFlaws.Size;
        flaws |= StartLevelFlaws(format);
        if (entry.S2TTB >> format.OutputBits != 0)
            flaws |= StreamFlaws.Base;
        if (!IsSupported(entry.S2ENDI))
            flaws |= StreamFlaws.Endianness;
        if (entry.S2S ? Capabilities.StallModel == StallModel.TerminateOnly : Capabilities.StallModel == StallModel.StallForced)
            flaws |= StreamFlaws.Stall;
        if ((entry.S2HA && Capabilities.HTTU == 0) || (entry.S2HD && Capabilities.HTTU < 2))
            flaws |= StreamFlaws.Update;
        if (Capabilities.HTTU == 3 && entry.S2HAFT && !entry.S2HA)
            flaws |= StreamFlaws.TableUpdate;
        return flaws;
    }

    /// <summary>Seam: the smallest S2T0SZ (SMMU-STE-16).</summary>
    private protected virtual int SmallestStage2Size(in StreamTableEntry entry) =>
        Math.Max(entry.Stage2Granule == Granule.Size64K ? 12 : 16, 64 - Capabilities.IntermediateAddressSize);

    /// <summary>Seam: the largest TxSZ or S2T0SZ (SMMU-CD-12).</summary>
    private protected virtual int LargestSize(int granule) =>
        !Capabilities.STT ? 39
        : granule == (int)Granule.Size64K ? 47
        : 48;

    /// <summary>Seam: whether the start level fits the size of addresses (SMMU-STE-16, SMMU-WALK-26).</summary>
    private protected virtual StreamFlaws StartLevelFlaws(in TableFormat format)
    {
        const int MostTables = 4;
        if (format.StartLevel < 0)
            return StreamFlaws.StartLevel;
        var shift = format.Shift(format.StartLevel);
        var flaws = StreamFlaws.None;
        if (format.InputBits < shift + 1)
            flaws |= StreamFlaws.StartLevel;
        if (format.InputBits > shift + format.Stride + MostTables)
            flaws |= StreamFlaws.Concatenation;
        var (level, bits) = format.Granule switch
        {
            12 => (0, 44),
            14 => (1, 42),
            _ => (1, 44),
        };
        if (format.StartLevel == level && Capabilities.OutputAddressSize < bits)
            flaws |= StreamFlaws.StartLevelForOutput;
        return flaws;
    }

    /// <summary>Seam: whether EATS fits the rest of an STE (SMMU-STE-19).</summary>
    private protected virtual StreamFlaws AtsFlaws(in StreamTableEntry entry)
    {
        if (!Capabilities.ATS)
            return StreamFlaws.None;
        var split = entry.EATS == 2 && (entry.Config != StreamConfig.Nested || Capabilities.NS1ATS || entry.S2S);
        var full = (entry.EATS == 1 || (entry.EATS == 3 && Capabilities.DPT)) && StallsWithAts(entry);
        return split || full ? StreamFlaws.Ats : StreamFlaws.None;
    }

    /// <summary>Seam: stage-2 stalls do not go with full ATS.</summary>
    private protected virtual bool StallsWithAts(in StreamTableEntry entry) => entry.S2S && ((int)entry.Config & 6) == 6;

    private bool IsSupported(bool bigEndian) =>
        Capabilities.TTENDIAN switch
        {
            2 => !bigEndian,
            3 => bigEndian,
            _ => true,
        };

    /// <summary>Seam: what becomes of a transaction without a SubstreamID, by S1DSS: 0 terminate, 1 bypass stage 1, 2 use CD 0.</summary>
    private protected virtual int DefaultSubstream(CachedStream stream) =>
        stream.ContextBits == 0 ? 2
        : stream.Entry.S1DSS == 3 ? 0
        : stream.Entry.S1DSS;

    /// <summary>Seam: whether a SubstreamID is one that the stream has (SMMU-CD-06).</summary>
    /// <returns>The event that says why not, or none.</returns>
    private protected virtual SmmuEventType CheckSubstream(CachedStream stream, uint substreamId)
    {
        if (stream.ContextBits == 0 || substreamId >> stream.ContextBits != 0)
            return SmmuEventType.BadSubstreamId;
        return substreamId == 0 && stream.Entry.S1DSS == 2 ? SmmuEventType.StreamDisabled : SmmuEventType.None;
    }

    /// <summary>Seam: finds the CD of a transaction.</summary>
    private protected virtual bool FindContext(ref Access access, uint substreamId, ref Refusal fault)
    {
        var stream = access.Stream!;
        if (configuration.FindContext(stream.StreamId, substreamId) is { } known)
        {
            access.Context = known;
            return true;
        }
        if (!FindContextEntry(ref access, substreamId, out var ipa, ref fault) || !LocateContext(ref access, ipa, out var address, ref fault))
            return false;
        Span<ulong> words = stackalloc ulong[8];
        if (!FetchStructure(address, words))
        {
            fault = new() { Type = SmmuEventType.CdFetch, FetchAddress = address };
            return false;
        }
        var context = caching == SmmuCaching.None ? scratchContext : configuration.PlaceContext(stream.StreamId, substreamId);
        context.Descriptor = new()
        {
            D0 = words[0],
            D1 = words[1],
            D2 = words[2],
            D3 = words[3],
            D4 = words[4],
            D5 = words[5],
            D6 = words[6],
            D7 = words[7],
        };
        Decode(context, stream);
        access.Context = context;
        return true;
    }

    /// <summary>Seam: log2 of the CDs in a leaf of a CD table (SMMU-CD-07).</summary>
    private protected virtual int ContextIndexBits(CachedStream stream) => stream.ContextLeafBits;

    /// <summary>Seam: what an invalid L1CD is recorded as (SMMU-CD-07).</summary>
    private protected virtual SmmuEventType InvalidContextTable => SmmuEventType.BadSubstreamId;

    /// <summary>Seam: where CDs begin (SMMU-STE-22).</summary>
    private protected virtual ulong ContextBase(CachedStream stream, int bits) => Clear(stream.Entry.S1ContextPtr, bits);

    private bool FindContextEntry(ref Access access, uint substreamId, out ulong address, ref Refusal fault)
    {
        var stream = access.Stream!;
        var leafBits = ContextIndexBits(stream);
        address = 0;
        if (leafBits == 0)
        {
            address = ContextBase(stream, stream.ContextBits + 6) + ((ulong)substreamId * ContextDescriptor.Length);
            return true;
        }
        if (!configuration.FindContextTable(stream.StreamId, substreamId, out var word))
        {
            var ipa = ContextBase(stream, Math.Max(6, stream.ContextBits - leafBits + 3)) + ((substreamId >> leafBits) * (ulong)L1ContextDescriptor.Length);
            if (!LocateContext(ref access, ipa, out var at, ref fault))
                return false;
            if (!Fetch(at, out word))
            {
                fault = new() { Type = SmmuEventType.CdFetch, FetchAddress = at };
                return false;
            }
            if (caching != SmmuCaching.None)
                configuration.KeepContextTable(new(stream.StreamId, substreamId >> leafBits << leafBits, leafBits, word) { InUse = true });
        }
        var table = new L1ContextDescriptor { D0 = word };
        if (!table.Valid || (!stream.HasStage2 && table.L2Ptr >> Capabilities.OutputAddressSize != 0))
        {
            fault = new() { Type = InvalidContextTable };
            return false;
        }
        var leaf = Clear(table.L2Ptr, stream.ContextLeafBits + 6);
        address = leaf + ((ulong)(substreamId & ((1u << leafBits) - 1)) * ContextDescriptor.Length);
        return true;
    }

    // The address of a CD or L1CD is an IPA when there is a stage 2.
    private bool LocateContext(ref Access access, ulong ipa, out ulong address, ref Refusal fault)
    {
        address = ipa;
        return !access.Stream!.HasStage2 || TranslateStage2(ref access, ipa, Stage2Use.Context, out address, out _, ref fault);
    }

    /// <summary>Works out what a CD means.</summary>
    private void Decode(CachedContext context, CachedStream stream)
    {
        ref readonly var descriptor = ref context.Descriptor;
        var hasTags = stream.World != StreamWorld.El2;
        context.Asid = hasTags ? TagOf(descriptor.ASID) : (ushort)0;
        context.AccessFlag = descriptor.HA;
        context.Dirty = TracksDirty(descriptor.HA, descriptor.HD);
        context.TableAccessFlag = Capabilities.HTTU == 3 && descriptor.HAFT && descriptor.HA;
        context.Lower = new()
        {
            Disabled = descriptor.EPD0,
            TopByteIgnored = descriptor.TBI0,
            IgnoresTableAttributes = Capabilities.HAD && descriptor.HAD0,
            NoUnprivileged = Capabilities.E0PD && descriptor.E0PD0 && hasTags,
            Tables = Stage1Format(descriptor, descriptor.Granule0, descriptor.T0SZ, descriptor.TTB0),
        };
        context.Upper = new()
        {
            Disabled = descriptor.EPD1 || !hasTags,
            TopByteIgnored = TopByteIgnoredAbove(descriptor),
            IgnoresTableAttributes = IgnoresTableAttributesAbove(descriptor),
            NoUnprivileged = Capabilities.E0PD && descriptor.E0PD1,
            Tables = Stage1Format(descriptor, descriptor.Granule1, descriptor.T1SZ, descriptor.TTB1),
        };
        context.Flaws = FlawsOf(context, stream);
    }

    /// <summary>Seam: TBI of the upper half (SMMU-WALK-04).</summary>
    private protected virtual bool TopByteIgnoredAbove(in ContextDescriptor descriptor) => descriptor.TBI1;

    /// <summary>Seam: HAD of the upper half (SMMU-WALK-12).</summary>
    private protected virtual bool IgnoresTableAttributesAbove(in ContextDescriptor descriptor) => Capabilities.HAD && descriptor.HAD1;

    /// <summary>Seam: the tag that an ASID makes (SMMU-CD-09).</summary>
    private protected virtual ushort TagOf(int asid) => (ushort)asid;

    private TableFormat Stage1Format(in ContextDescriptor descriptor, Granule granule, int size, ulong address)
    {
        if (granule == Granule.Reserved)
            return default;
        var format = new TableFormat
        {
            Granule = (int)granule,
            InputBits = 64 - size,
            OutputBits = OutputBits(descriptor.IPS, (int)granule),
            BigEndian = descriptor.ENDI,
        };
        format.StartLevel = Stage1StartLevel(format);
        format.Base = AlignTables(address, format);
        return format;
    }

    /// <summary>Seam: the level of the top table (SMMU-WALK-01).</summary>
    private protected virtual int Stage1StartLevel(in TableFormat format) => 3 - ((format.InputBits - format.Granule - 1) / format.Stride);

    /// <summary>Seam: what is wrong with a CD (SMMU-CD-01).</summary>
    private protected virtual ContextFlaws FlawsOf(CachedContext context, CachedStream stream)
    {
        ref readonly var descriptor = ref context.Descriptor;
        if (!descriptor.Valid)
            return ContextFlaws.Invalid;
        var flaws = ContextFlaws.None;
        if (!descriptor.AA64 && (Capabilities.TTF & 1) == 0)
            flaws |= ContextFlaws.Aarch32;
        if (ChecksHalf(context.Lower))
            flaws |= FlawsOf(context.Lower.Tables, descriptor.Granule0, descriptor.T0SZ, descriptor.TTB0);
        if (ChecksHalf(context.Upper))
            flaws |= FlawsOf(context.Upper.Tables, descriptor.Granule1, descriptor.T1SZ, descriptor.TTB1);
        if (ChecksEndianness(context) && !IsSupported(descriptor.ENDI))
            flaws |= ContextFlaws.Endianness;
        if (!Capabilities.ASID16 && descriptor.ASID > 0xff && stream.World != StreamWorld.El2)
            flaws |= ContextFlaws.Asid;
        if (descriptor.S ? Capabilities.StallModel == StallModel.TerminateOnly : Capabilities.StallModel == StallModel.StallForced)
            flaws |= ContextFlaws.Stall;
        if (descriptor.S && stream.Entry.S1STALLD)
            flaws |= ContextFlaws.StallDisabled;
        if (!descriptor.A && Capabilities.TermModel)
            flaws |= ContextFlaws.Abort;
        if ((descriptor.HA && Capabilities.HTTU == 0) || (descriptor.HD && Capabilities.HTTU < 2))
            flaws |= ContextFlaws.Update;
        if (Capabilities.HTTU == 3 && descriptor.HAFT && !descriptor.HA)
            flaws |= ContextFlaws.TableUpdate;
        return flaws;
    }

    /// <summary>Seam: only a half in use is looked at (SMMU-CD-02).</summary>
    private protected virtual bool ChecksHalf(in ContextHalf half) => !half.Disabled;

    /// <summary>Seam: ENDI counts unless no table is walked (SMMU-CD-11).</summary>
    private protected virtual bool ChecksEndianness(CachedContext context) => !context.Lower.Disabled || !context.Upper.Disabled;

    /// <summary>Seam: the smallest TxSZ (SMMU-CD-12).</summary>
    private protected virtual int SmallestStage1Size(int granule) => Capabilities.VAX == 1 && granule == (int)Granule.Size64K ? 12 : 16;

    private ContextFlaws FlawsOf(in TableFormat format, Granule granule, int size, ulong address)
    {
        if (!Capabilities.Has(granule))
            return ContextFlaws.Granule;
        var flaws = ContextFlaws.None;
        if (size < SmallestStage1Size(format.Granule) || size > LargestSize(format.Granule))
            flaws |= ContextFlaws.Size;
        if (address >> format.OutputBits != 0)
            flaws |= ContextFlaws.Base;
        return flaws;
    }
}
