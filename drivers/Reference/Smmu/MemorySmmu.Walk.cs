using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>Translation: both stages, their permissions and their updates (SMMU-WALK, SMMU-HTTU).</summary>
public partial class MemorySmmu
{
    private protected const ulong AccessFlagBit = 1ul << 10,
        Ap2Bit = 1ul << 7;
    private const ulong S2WriteBit = 1ul << 7;

    /// <summary>Seam: translates the address of a transaction by stage 1, and by stage 2 after it if there is one.</summary>
    private protected virtual bool TranslateStage1(ref Access access, out ulong address, ref Refusal fault)
    {
        var context = access.Context!;
        address = 0;
        if (!SelectHalf(access, context, out var upper, out var va) || RefusesHalf(access, upper ? context.Upper : context.Lower))
            return Fault(ref fault, RefusedHalf(access, upper ? context.Upper : context.Lower));
        if (FindTranslation(access, va, out var entry) && !(access.IsWrite && (entry.Rights & (Rights.Clean1 | Rights.Clean2)) != 0))
            return UseTranslation(access, entry, va, out address, ref fault);
        return WalkAndKeep(ref access, upper ? context.Upper : context.Lower, va, out address, ref fault);
    }

    /// <summary>Seam: chooses the half of the address space (SMMU-WALK-03).</summary>
    /// <param name="access">The transaction.</param>
    /// <param name="context">Its CD.</param>
    /// <param name="upper">TTB1.</param>
    /// <param name="va">The address; its top byte, if ignored, has the sign of bit 55.</param>
    private protected virtual bool SelectHalf(in Access access, CachedContext context, out bool upper, out ulong va)
    {
        va = access.Transaction.Address;
        upper = (va >> 55 & 1) != 0;
        ref readonly var half = ref upper ? ref context.Upper : ref context.Lower;
        if (half.TopByteIgnored)
            va = Canonical(va);
        var rest = (long)va >> half.Tables.InputBits;
        return rest == (upper ? -1 : 0);
    }

    /// <summary>Seam: whether a half is closed to a transaction, without a walk (SMMU-WALK-05, SMMU-WALK-24).</summary>
    private protected virtual bool RefusesHalf(in Access access, in ContextHalf half) => half.Disabled || (half.NoUnprivileged && !access.IsPrivileged);

    /// <summary>Seam: what a transaction to a half that is closed to it is recorded as (SMMU-WALK-24).</summary>
    private protected virtual SmmuEventType RefusedHalf(in Access access, in ContextHalf half) => SmmuEventType.Translation;

    /// <summary>Seam: who a translation of a stream belongs to (SMMU-CACHE-12).</summary>
    private protected virtual TlbTag TagFor(in Access access, TlbKind kind, bool global)
    {
        var stream = access.Stream!;
        var unshared =
            kind is TlbKind.Stage2 or TlbKind.Table2 ? (ushort)0
            : global ? (ushort)0
            : access.Context!.Asid;
        return new(kind, stream.World, stream.Vmid, unshared, global);
    }

    /// <summary>Seam: looks for what is known about a VA.</summary>
    private protected virtual bool FindTranslation(in Access access, ulong va, out TlbEntry entry)
    {
        var kind = access.Stream!.HasStage2 ? TlbKind.Combined : TlbKind.Stage1;
        return Translations.Find(TagFor(access, kind, global: false), va, out entry) || Translations.Find(TagFor(access, kind, global: true), va, out entry);
    }

    /// <summary>Seam: a translation comes out of the TLB.</summary>
    private protected virtual bool UseTranslation(in Access access, in TlbEntry entry, ulong va, out ulong address, ref Refusal fault)
    {
        var offset = va & ((1ul << entry.Shift) - 1);
        address = entry.Output | offset;
        if (!AllowsStage1(access, entry.Rights))
            return Fault(ref fault, SmmuEventType.Permission);
        return entry.Tag.Kind != TlbKind.Combined
            || AllowsStage2(access, Stage2Use.Input, entry.Rights, onHit: true)
            || Fault2(ref fault, SmmuEventType.Permission, Stage2Use.Input, entry.Ipa | offset);
    }

    /// <summary>Seam: what is kept of a translation.</summary>
    private protected virtual void Keep(in TlbEntry entry)
    {
        if (caching != SmmuCaching.None)
            (entry.Tag.Kind >= TlbKind.Table1 ? Tables : Translations).Insert(entry);
    }

    /// <summary>Seam: a VA that is not in the TLB.</summary>
    private protected virtual bool WalkAndKeep(ref Access access, in ContextHalf half, ulong va, out ulong address, ref Refusal fault)
    {
        var context = access.Context!;
        var stream = access.Stream!;
        address = 0;
        Leaf leaf;
        Rights rights;
        bool lost;
        do
        {
            if (!WalkStage1(ref access, half, va, out leaf, ref fault))
                return false;
            rights = LeafRights(access, leaf);
            if (!FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault))
                return false;
        } while (lost);
        var global = stream.World == StreamWorld.El2 || (leaf.Descriptor & (1ul << 11)) == 0;
        var entry = new TlbEntry
        {
            Tag = TagFor(access, stream.HasStage2 ? TlbKind.Combined : TlbKind.Stage1, global),
            Rights = rights,
            Shift = (byte)leaf.Shift,
            LeafShift = (byte)leaf.Shift,
            Level = (byte)leaf.Level,
            Input = Clear(va, leaf.Shift),
            Output = leaf.Output,
        };
        var ipa = leaf.Output | (va & ((1ul << leaf.Shift) - 1));
        address = ipa;
        var allowed = AllowsStage1(access, rights);
        if (stream.HasStage2 && allowed)
        {
            if (!TranslateStage2(ref access, ipa, Stage2Use.Input, out address, out var second, ref fault))
                return false;
            var shift = Math.Min(leaf.Shift, second.Shift);
            entry.Shift = (byte)shift;
            entry.Input = Clear(va, shift);
            entry.Output = Clear(address, shift);
            entry.Ipa = Clear(ipa, shift);
            entry.Rights |= second.Rights;
        }
        if ((allowed || !stream.HasStage2) && ((leaf.Descriptor & AccessFlagBit) != 0 || !context.AccessFlag))
            Keep(entry);
        return allowed || Fault(ref fault, SmmuEventType.Permission);
    }

    /// <summary>Seam: the stage-1 walk, down to a leaf whose output size is right.</summary>
    private protected virtual bool WalkStage1(ref Access access, in ContextHalf half, ulong va, out Leaf leaf, ref Refusal fault)
    {
        ref readonly var format = ref half.Tables;
        var kind = access.Stream!.HasStage2 ? TlbKind.NestedTable1 : TlbKind.Table1;
        var (level, table, inherited) = FindTable(TagFor(access, kind, global: false), format, va);
        leaf = default;
        for (; ; level++)
        {
            var at = table + (IndexOf(format, level, va, stage2: false) * TranslationDescriptor.Length);
            if (!LocateDescriptor(ref access, table, at, out var address, ref fault))
                return false;
            if (!FetchDescriptor(address, format.BigEndian, out var descriptor))
                return WalkAborted(ref fault, table, address);
            var decoded = KindOf(descriptor, level, format, stage2: false);
            if (decoded == DescriptorKind.Invalid)
                return Fault(ref fault, SmmuEventType.Translation, atTable: true);
            var shift = format.Shift(level);
            if (decoded == DescriptorKind.Leaf)
            {
                leaf = new()
                {
                    Descriptor = descriptor,
                    At = at,
                    Address = address,
                    Level = level,
                    Shift = shift,
                    Output = OutputOf(descriptor, format, shift),
                    Inherited = inherited,
                };
                return !IsLeafTooLarge(leaf.Output, format) || Fault(ref fault, SmmuEventType.AddressSize, atTable: true);
            }
            var next = NextTable(descriptor, format);
            if (IsTableTooLarge(next, format))
                return Fault(ref fault, SmmuEventType.AddressSize, atTable: true);
            if (!half.IgnoresTableAttributes)
                inherited |= TableRights(descriptor);
            if (access.Context!.TableAccessFlag && (descriptor & AccessFlagBit) == 0)
            {
                if (access.Speculative)
                    return false;
                var done = Update(ref access, at, address, format.BigEndian, descriptor, descriptor | AccessFlagBit, out var lost, ref fault);
                if (!done)
                    return false;
                if (lost)
                {
                    level--;
                    continue;
                }
            }
            table = next;
            Keep(
                new()
                {
                    Tag = TagFor(access, kind, global: false),
                    Rights = inherited,
                    Shift = (byte)shift,
                    LeafShift = (byte)shift,
                    Level = (byte)level,
                    Input = Clear(va, shift),
                    Output = table,
                }
            );
        }
    }

    // The deepest table that is known, or the top one.
    private (int Level, ulong Table, Rights Inherited) FindTable(in TlbTag tag, in TableFormat format, ulong address)
    {
        for (var level = 3; level > format.StartLevel; level--)
        {
            if (Tables.Find(tag, address, format.Shift(level - 1), out var entry))
                return (level, entry.Output, entry.Rights);
        }
        return (format.StartLevel, format.Base, Rights.None);
    }

    /// <summary>Seam: where a stage-1 descriptor lies: its own address goes through stage 2, not that of its table (SMMU-CACHE-17).</summary>
    private protected virtual bool LocateDescriptor(ref Access access, ulong table, ulong at, out ulong address, ref Refusal fault)
    {
        address = at;
        return !access.Stream!.HasStage2 || TranslateStage2(ref access, at, Stage2Use.Table, out address, out _, ref fault);
    }

    /// <summary>Seam: reads a descriptor (SMMU-WALK-19).</summary>
    private protected virtual bool FetchDescriptor(ulong address, bool bigEndian, out ulong descriptor)
    {
        if (!Fetch(address, out descriptor))
            return false;
        descriptor = InOrder(descriptor, bigEndian);
        return true;
    }

    /// <summary>Seam: bytes of a descriptor in the order of the tables (SMMU-WALK-19).</summary>
    private protected virtual ulong InOrder(ulong descriptor, bool bigEndian) =>
        bigEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(descriptor) : descriptor;

    /// <summary>Seam: the index of a descriptor in its table, or in the tables beside each other (SMMU-WALK-15).</summary>
    private protected virtual ulong IndexOf(in TableFormat format, int level, ulong address, bool stage2)
    {
        var bits = level == format.StartLevel ? format.InputBits - format.Shift(level) : format.Stride;
        return address >> format.Shift(level) & ((1ul << bits) - 1);
    }

    /// <summary>Seam: what a descriptor is (SMMU-WALK-02, SMMU-WALK-27).</summary>
    private protected virtual DescriptorKind KindOf(ulong descriptor, int level, in TableFormat format, bool stage2)
    {
        if ((descriptor & 1) == 0)
            return DescriptorKind.Invalid;
        var isTable = (descriptor & 2) != 0;
        if (level >= 3)
            return isTable ? DescriptorKind.Leaf : DescriptorKind.Invalid;
        return isTable ? DescriptorKind.Table
            : AllowsBlock(level, format) ? DescriptorKind.Leaf
            : DescriptorKind.Invalid;
    }

    /// <summary>Seam: the levels that have blocks (SMMU-WALK-02).</summary>
    private protected virtual bool AllowsBlock(int level, in TableFormat format) =>
        level == 2
        || (level == 1 && (format.Granule == (int)Granule.Size4K || (format.Granule == (int)Granule.Size64K && Capabilities.OutputAddressSize == 52)));

    /// <summary>Seam: the address of a page or block (SMMU-WALK-22).</summary>
    private protected virtual ulong OutputOf(ulong descriptor, in TableFormat format, int shift) =>
        Clear(descriptor & 0x0000_ffff_ffff_ffff, shift) | HighBits(descriptor, format);

    /// <summary>Seam: the address of the next table (SMMU-WALK-27).</summary>
    private protected virtual ulong NextTable(ulong descriptor, in TableFormat format) =>
        Clear(descriptor & 0x0000_ffff_ffff_ffff, format.Granule) | HighBits(descriptor, format);

    /// <summary>Seam: bits [51:48] of an address, which 64 KiB tables keep in [15:12] (SMMU-WALK-22).</summary>
    private protected virtual ulong HighBits(ulong descriptor, in TableFormat format) =>
        format.Granule == (int)Granule.Size64K && Capabilities.OutputAddressSize == 52 ? (descriptor >> 12 & 15) << 48 : 0;

    /// <summary>Seam: the size of a leaf's output (SMMU-WALK-06).</summary>
    private protected virtual bool IsLeafTooLarge(ulong output, in TableFormat format) => output >> format.OutputBits != 0;

    /// <summary>Seam: the size of a table's address (SMMU-WALK-07).</summary>
    private protected virtual bool IsTableTooLarge(ulong output, in TableFormat format) => output >> format.OutputBits != 0;

    /// <summary>Seam: what a table descriptor forbids below it.</summary>
    private protected virtual Rights TableRights(ulong descriptor) =>
        ((descriptor >> 62 & 1) != 0 ? Rights.TableReadOnly : 0)
        | ((descriptor >> 61 & 1) != 0 ? Rights.TablePrivileged : 0)
        | ((descriptor >> 60 & 1) != 0 ? Rights.TableUnprivilegedNever : 0)
        | ((descriptor >> 59 & 1) != 0 ? Rights.TablePrivilegedNever : 0);

    /// <summary>Seam: what a stage-1 leaf allows, with what its tables forbid (SMMU-HTTU-02, SMMU-HTTU-04).</summary>
    private protected virtual Rights LeafRights(in Access access, in Leaf leaf)
    {
        var descriptor = leaf.Descriptor;
        var inherited = leaf.Inherited;
        var rights = Rights.None;
        if ((inherited & Rights.TableReadOnly) != 0)
            rights |= Rights.ReadOnly;
        else if ((descriptor & Ap2Bit) != 0)
            rights |= IsWritableClean(access, descriptor) ? Rights.Clean1 : Rights.ReadOnly;
        if ((descriptor & (1ul << 6)) != 0 && (inherited & Rights.TablePrivileged) == 0)
            rights |= Rights.Unprivileged;
        if ((descriptor & (1ul << 53)) != 0 || (inherited & Rights.TablePrivilegedNever) != 0)
            rights |= Rights.PrivilegedNever;
        if ((descriptor & (1ul << 54)) != 0 || (inherited & Rights.TableUnprivilegedNever) != 0)
            rights |= Rights.UnprivilegedNever;
        return rights;
    }

    /// <summary>Seam: a read-only leaf that a write makes writable (SMMU-HTTU-02).</summary>
    private protected virtual bool IsWritableClean(in Access access, ulong descriptor) => access.Context!.Dirty && (descriptor >> 51 & 1) != 0;

    /// <summary>
    /// Seam: access flag, permission and updates of a stage-1 leaf (SMMU-WALK-08, SMMU-HTTU-01..06, -12). A transaction that is refused updates nothing.
    /// </summary>
    /// <param name="access">The transaction.</param>
    /// <param name="half">The half that the leaf is in.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="rights">What it allows.</param>
    /// <param name="lost">The descriptor is not what it was: the walk begins again.</param>
    /// <param name="fault">Why the transaction cannot go on.</param>
    private protected virtual bool FinishStage1(ref Access access, in ContextHalf half, ref Leaf leaf, ref Rights rights, out bool lost, ref Refusal fault)
    {
        var context = access.Context!;
        var wanted = leaf.Descriptor;
        lost = false;
        if ((wanted & AccessFlagBit) == 0)
        {
            if (SetsAccessFlag(context.AccessFlag, context.Descriptor.AFFD))
                wanted |= AccessFlagBit;
            else if (!context.Descriptor.AFFD)
                return Fault(ref fault, SmmuEventType.Access);
        }
        if (!AllowsStage1(access, rights))
            return true;
        if (MarksDirty(access, rights, Rights.Clean1))
        {
            wanted &= ~Ap2Bit;
            rights &= ~Rights.Clean1;
        }
        if (wanted == leaf.Descriptor)
            return true;
        if (access.Speculative || !Update(ref access, leaf.At, leaf.Address, half.Tables.BigEndian, leaf.Descriptor, wanted, out lost, ref fault))
            return false;
        leaf.Descriptor = wanted;
        return true;
    }

    /// <summary>Seam: the access flag is set by hardware, whatever AFFD says (SMMU-HTTU-12).</summary>
    private protected virtual bool SetsAccessFlag(bool hardware, bool noFault) => hardware;

    /// <summary>Seam: a transaction makes a leaf dirty (SMMU-HTTU-03).</summary>
    private protected virtual bool MarksDirty(in Access access, Rights rights, Rights clean) => access.IsWrite && (rights & clean) != 0;

    /// <summary>Seam: whether stage 1 allows a transaction (SMMU-WALK-09, SMMU-WALK-13).</summary>
    private protected virtual bool AllowsStage1(in Access access, Rights rights)
    {
        var context = access.Context!;
        var oneLevel = access.Stream!.World == StreamWorld.El2;
        var privileged = oneLevel || access.IsPrivileged;
        var writable = (rights & Rights.ReadOnly) == 0;
        if (!privileged && (rights & Rights.Unprivileged) == 0)
            return false;
        if (access.IsInstruction)
        {
            var never = privileged && !oneLevel ? Rights.PrivilegedNever : Rights.UnprivilegedNever;
            var writableBelow = writable && (rights & Rights.Unprivileged) != 0;
            return (rights & never) == 0 && !(context.Descriptor.WXN && writable) && !(privileged && !oneLevel && writableBelow);
        }
        if (privileged && !oneLevel && context.Descriptor.PAN && (rights & Rights.Unprivileged) != 0)
            return false;
        return !access.IsWrite || writable;
    }

    /// <summary>Seam: translates an IPA.</summary>
    private protected virtual bool TranslateStage2(ref Access access, ulong ipa, Stage2Use use, out ulong address, out Stage2Result result, ref Refusal fault)
    {
        var stream = access.Stream!;
        ref readonly var format = ref stream.Stage2;
        address = 0;
        result = default;
        if (ipa >> format.InputBits != 0)
            return Fault2(ref fault, SmmuEventType.Translation, use, ipa);
        var writes = use == Stage2Use.TableUpdate || (use == Stage2Use.Input && access.IsWrite);
        if (Translations.Find(TagFor(access, TlbKind.Stage2, global: false), ipa, out var entry) && !(writes && (entry.Rights & Rights.Clean2) != 0))
        {
            result = new(entry.Shift, entry.Rights);
            address = entry.Output | (ipa & ((1ul << entry.Shift) - 1));
            return AllowsStage2(access, use, entry.Rights, onHit: true) || Fault2(ref fault, SmmuEventType.Permission, use, ipa);
        }
        if (!WalkStage2(ref access, ipa, use, out var leaf, ref fault))
            return false;
        var rights = Stage2Rights(access, leaf);
        if (!FinishStage2(ref access, ipa, use, ref leaf, ref rights, ref fault))
            return false;
        if ((leaf.Descriptor & AccessFlagBit) != 0 || !stream.Stage2AccessFlag)
        {
            Keep(
                new()
                {
                    Tag = TagFor(access, TlbKind.Stage2, global: false),
                    Rights = rights,
                    Shift = (byte)leaf.Shift,
                    LeafShift = (byte)leaf.Shift,
                    Level = (byte)leaf.Level,
                    Input = Clear(ipa, leaf.Shift),
                    Output = leaf.Output,
                }
            );
        }
        result = new(leaf.Shift, rights);
        address = leaf.Output | (ipa & ((1ul << leaf.Shift) - 1));
        return AllowsStage2(access, use, rights, onHit: false) || Fault2(ref fault, SmmuEventType.Permission, use, ipa);
    }

    /// <summary>Seam: the stage-2 walk, down to a leaf whose output size is right.</summary>
    private protected virtual bool WalkStage2(ref Access access, ulong ipa, Stage2Use use, out Leaf leaf, ref Refusal fault)
    {
        var stream = access.Stream!;
        ref readonly var format = ref stream.Stage2;
        var (level, table, _) = FindTable(TagFor(access, TlbKind.Table2, global: false), format, ipa);
        leaf = default;
        for (; ; level++)
        {
            var address = table + (IndexOf(format, level, ipa, stage2: true) * TranslationDescriptor.Length);
            if (!FetchDescriptor(address, format.BigEndian, out var descriptor))
            {
                fault = new()
                {
                    Type = SmmuEventType.WalkAbort,
                    Stage2 = true,
                    Class = ClassOf(use),
                    FetchAddress = address,
                };
                return false;
            }
            var decoded = KindOf(descriptor, level, format, stage2: true);
            if (decoded == DescriptorKind.Invalid)
                return Fault2(ref fault, SmmuEventType.Translation, use, ipa);
            var shift = format.Shift(level);
            if (decoded == DescriptorKind.Leaf)
            {
                leaf = new()
                {
                    Descriptor = descriptor,
                    At = address,
                    Address = address,
                    Level = level,
                    Shift = shift,
                    Output = OutputOf(descriptor, format, shift),
                };
                return !IsLeafTooLarge(leaf.Output, format) || Fault2(ref fault, SmmuEventType.AddressSize, use, ipa);
            }
            var next = NextTable(descriptor, format);
            if (IsTableTooLarge(next, format))
                return Fault2(ref fault, SmmuEventType.AddressSize, use, ipa);
            if (Capabilities.HTTU == 3 && stream.Entry.S2HAFT && stream.Stage2AccessFlag && (descriptor & AccessFlagBit) == 0)
            {
                if (access.Speculative)
                    return false;
                if (!CompareAndSwap(address, format.BigEndian, descriptor, descriptor | AccessFlagBit))
                {
                    level--;
                    continue;
                }
            }
            table = next;
            Keep(
                new()
                {
                    Tag = TagFor(access, TlbKind.Table2, global: false),
                    Shift = (byte)shift,
                    LeafShift = (byte)shift,
                    Level = (byte)level,
                    Input = Clear(ipa, shift),
                    Output = table,
                }
            );
        }
    }

    /// <summary>Seam: what a stage-2 leaf allows (SMMU-WALK-16, SMMU-WALK-17).</summary>
    private protected virtual Rights Stage2Rights(in Access access, in Leaf leaf)
    {
        const ulong AttributesMask = 3ul << 4;
        var descriptor = leaf.Descriptor;
        var rights = (descriptor & (1ul << 6)) != 0 ? Rights.Read2 : Rights.None;
        if ((descriptor & S2WriteBit) != 0)
            rights |= Rights.Write2;
        else if (access.Stream!.Stage2Dirty && (descriptor >> 51 & 1) != 0)
            rights |= Rights.Write2 | Rights.Clean2;
        rights |= ExecuteNever2((int)(descriptor >> 53 & 3));
        return (descriptor & AttributesMask) == 0 ? rights | Rights.Device2 : rights;
    }

    /// <summary>Seam: XN[1:0], of which XN[0] counts with XNX only (SMMU-WALK-17).</summary>
    private protected virtual Rights ExecuteNever2(int code) =>
        (Capabilities.XNX ? code : code & 2) switch
        {
            0 => Rights.None,
            1 => Rights.PrivilegedNever2,
            2 => Rights.PrivilegedNever2 | Rights.UnprivilegedNever2,
            _ => Rights.UnprivilegedNever2,
        };

    /// <summary>Seam: access flag and updates of a stage-2 leaf (SMMU-HTTU-01..03, -12, -13). A transaction that is refused updates nothing.</summary>
    private protected virtual bool FinishStage2(ref Access access, ulong ipa, Stage2Use use, ref Leaf leaf, ref Rights rights, ref Refusal fault)
    {
        var stream = access.Stream!;
        var before = leaf.Descriptor;
        var wanted = before;
        if ((wanted & AccessFlagBit) == 0)
        {
            if (SetsAccessFlag(stream.Stage2AccessFlag, stream.Entry.S2AFFD))
                wanted |= AccessFlagBit;
            else if (!stream.Entry.S2AFFD)
                return Fault2(ref fault, SmmuEventType.Access, use, ipa);
        }
        if (!AllowsStage2(access, use, rights, onHit: false))
            return true;
        if (MarksDirty2(access, use, rights))
        {
            wanted |= S2WriteBit;
            rights &= ~Rights.Clean2;
        }
        if (wanted == before)
            return true;
        if (access.Speculative)
            return false;
        leaf.Descriptor = wanted;
        return CompareAndSwap(leaf.Address, stream.Stage2.BigEndian, before, wanted);
    }

    /// <summary>Seam: what makes a stage-2 leaf dirty: writes, also those of stage-1 descriptors (SMMU-HTTU-06, SMMU-HTTU-13).</summary>
    private protected virtual bool MarksDirty2(in Access access, Stage2Use use, Rights rights) =>
        use == Stage2Use.Input ? MarksDirty(access, rights, Rights.Clean2) : use == Stage2Use.TableUpdate && (rights & Rights.Clean2) != 0;

    /// <summary>Seam: whether stage 2 allows an access (SMMU-WALK-16, SMMU-WALK-17, SMMU-WALK-25).</summary>
    private protected virtual bool AllowsStage2(in Access access, Stage2Use use, Rights rights, bool onHit)
    {
        if (use != Stage2Use.Input)
        {
            if (ProtectsTables(access, use) && (rights & Rights.Device2) != 0)
                return false;
            return (rights & (use == Stage2Use.TableUpdate ? Rights.Write2 : Rights.Read2)) != 0;
        }
        if (access.IsWrite)
            return (rights & Rights.Write2) != 0;
        var never = access.IsPrivileged ? Rights.PrivilegedNever2 : Rights.UnprivilegedNever2;
        return (rights & Rights.Read2) != 0 && !(access.IsInstruction && (rights & never) != 0);
    }

    /// <summary>Seam: tables and CDs must not lie in Device memory (SMMU-WALK-25).</summary>
    private protected virtual bool ProtectsTables(in Access access, Stage2Use use) => access.Stream!.HasStage1 && access.Stream.Entry.S2PTW;

    /// <summary>Seam: writes a stage-1 descriptor; with a stage 2 that is a write through it (SMMU-HTTU-05, SMMU-HTTU-06).</summary>
    private protected virtual bool Update(
        ref Access access,
        ulong at,
        ulong address,
        bool bigEndian,
        ulong expected,
        ulong desired,
        out bool lost,
        ref Refusal fault
    )
    {
        lost = false;
        if (access.Stream!.HasStage2 && !TranslateStage2(ref access, at, Stage2Use.TableUpdate, out address, out _, ref fault))
            return false;
        lost = !CompareAndSwap(address, bigEndian, expected, desired);
        return true;
    }

    /// <summary>Seam: replaces a descriptor if it still is what it was (SMMU-HTTU-05, SMMU-HTTU-08).</summary>
    private protected virtual bool CompareAndSwap(ulong address, bool bigEndian, ulong expected, ulong desired) =>
        FetchDescriptor(address, bigEndian, out var present) && present == expected && memory.TryWrite(address, InOrder(desired, bigEndian));

    /// <summary>Seam: a stage-1 descriptor that could not be fetched (SMMU-WALK-14).</summary>
    private protected virtual bool WalkAborted(ref Refusal fault, ulong table, ulong address)
    {
        fault = new()
        {
            Type = SmmuEventType.WalkAbort,
            Class = SmmuEventClass.TranslationTable,
            FetchAddress = address,
        };
        return false;
    }

    /// <summary>Seam: a fault of stage 1; its CLASS is IN at every level (SMMU-EVT-16).</summary>
    private protected virtual bool Fault(ref Refusal fault, SmmuEventType type, bool atTable = false)
    {
        fault = new() { Type = type, Class = SmmuEventClass.InputAddress };
        return false;
    }

    /// <summary>A fault of stage 2.</summary>
    private protected static bool Fault2(ref Refusal fault, SmmuEventType type, Stage2Use use, ulong ipa)
    {
        fault = new()
        {
            Type = type,
            Stage2 = true,
            Class = ClassOf(use),
            Ipa = ipa,
            TableWrite = use == Stage2Use.TableUpdate,
        };
        return false;
    }

    private static SmmuEventClass ClassOf(Stage2Use use) =>
        use switch
        {
            Stage2Use.Context => SmmuEventClass.ContextDescriptor,
            Stage2Use.Input => SmmuEventClass.InputAddress,
            _ => SmmuEventClass.TranslationTable,
        };
}

/// <summary>What stage 2 makes of an IPA, beside its address.</summary>
/// <param name="Shift">log2 of what the leaf covers.</param>
/// <param name="Rights">What it allows.</param>
internal readonly record struct Stage2Result(int Shift, Rights Rights);
