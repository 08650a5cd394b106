using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The command queue (SMMU-CMDQ) and what its commands invalidate (SMMU-CACHE).</summary>
public partial class MemorySmmu
{
    /// <summary>CMDQ_CONS.</summary>
    private protected uint CommandConsumer
    {
        get => commandConsumer;
        set => commandConsumer = value;
    }

    /// <summary>How many commands wait.</summary>
    private protected uint CommandsLeft => (commandProducer - commandConsumer) & PointerMask(CommandQueueSize);

    private int CommandQueueSize => LimitQueueSize((int)(commandBase & 31), Capabilities.CMDQS);

    /// <summary>True while GERROR.CMDQ_ERR is active.</summary>
    private protected bool HasCommandError => ((gError ^ gErrorN) & CommandQueueError) != 0;

    /// <summary>Seam: PROD was written.</summary>
    private protected virtual void ProducerMoved() => ConsumeCommands();

    /// <summary>Seam: whether consumption stands still (SMMU-CMDQ-02, SMMU-CMDQ-09).</summary>
    private protected virtual bool IsHalted => HasCommandError;

    /// <summary>Consumes commands until the queue is empty or one of them is wrong.</summary>
    private protected void ConsumeCommands()
    {
        var consumed = false;
        while (IsOn(CommandQueueEnable) && !IsHalted)
        {
            var size = CommandQueueSize;
            var mask = PointerMask(size);
            if (((commandProducer ^ commandConsumer) & mask) == 0)
                break;
            var index = commandConsumer & (mask >> 1);
            var address = AlignQueue(commandBase & 0x000f_ffff_ffff_ffe0, size + 4) + (index * (ulong)SmmuCommand.Length);
            var error = FetchCommand(address, out var command) ? Execute(command) : CommandError.Abort;
            if (error != CommandError.None && !Overlooks(error))
            {
                commandConsumer = Stopped(commandConsumer, mask, error);
                Raise(CommandQueueError);
                break;
            }
            commandConsumer = (commandConsumer & ~mask) | (Advance(commandConsumer) & mask);
            consumed = true;
        }
        if (consumed)
            PrefetchEverything();
    }

    /// <summary>Seam: reads a command (SMMU-CMDQ-02).</summary>
    private protected virtual bool FetchCommand(ulong address, out SmmuCommand command)
    {
        command = default;
        return Fetch(address, out command.D0) && Fetch(address + 8, out command.D1);
    }

    /// <summary>Seam: a command that is wrong is passed over (SMMU-CMDQ-03).</summary>
    private protected virtual bool Overlooks(CommandError error) => false;

    /// <summary>Seam: the index after a command (SMMU-CMDQ-08).</summary>
    private protected virtual uint Advance(uint consumer) => consumer + 1;

    /// <summary>Seam: CMDQ_CONS when a command is wrong: the index stays (SMMU-CMDQ-01).</summary>
    private protected virtual uint Stopped(uint consumer, uint mask, CommandError error) => (consumer & mask) | ((uint)error << 24);

    /// <summary>Seam: runs a command.</summary>
    private protected virtual CommandError Execute(in SmmuCommand command)
    {
        if (!IsLegal(command))
            return CommandError.Illegal;
        Perform(command);
        return CommandError.None;
    }

    /// <summary>Seam: whether a command is one that this SMMU knows, with fields that it may have (SMMU-CMDQ-04..06, -11, -15).</summary>
    private protected virtual bool IsLegal(in SmmuCommand command)
    {
        if (HasSecureBit(command.Opcode) && command.SSec)
            return false;
        return command.Opcode switch
        {
            SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress or SmmuOpcode.CfgiSte or SmmuOpcode.CfgiSteRange or SmmuOpcode.TlbiNsnhAll => true,
            SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll or SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid => Capabilities.S1P,
            SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa => Capabilities.S1P && !IsEmptyRange(command),
            SmmuOpcode.TlbiEl2All or SmmuOpcode.TlbiEl2Asid => Capabilities.HYP,
            SmmuOpcode.TlbiEl2Va or SmmuOpcode.TlbiEl2Vaa => Capabilities.HYP && !IsEmptyRange(command),
            SmmuOpcode.TlbiS12VmAll => Capabilities.S2P,
            SmmuOpcode.TlbiS2Ipa => Capabilities.S2P && !IsEmptyRange(command),
            SmmuOpcode.AtcInv => Capabilities.ATS,
            SmmuOpcode.PriResp => Capabilities.PRI && IsLegalResponse(command),
            SmmuOpcode.Resume or SmmuOpcode.StallTerm => Capabilities.StallModel != StallModel.TerminateOnly,
            SmmuOpcode.Sync => IsLegalSignal(command.CS),
            _ => false,
        };
    }

    /// <summary>Seam: the commands that have SSec (SMMU-CMDQ-06).</summary>
    private protected virtual bool HasSecureBit(SmmuOpcode opcode) =>
        opcode
            is SmmuOpcode.PrefetchConfig
                or SmmuOpcode.PrefetchAddress
                or SmmuOpcode.CfgiSte
                or SmmuOpcode.CfgiSteRange
                or SmmuOpcode.CfgiCd
                or SmmuOpcode.CfgiCdAll
                or SmmuOpcode.Resume
                or SmmuOpcode.StallTerm;

    /// <summary>Seam: the completion signals of SYNC (SMMU-CMDQ-04).</summary>
    private protected virtual bool IsLegalSignal(int signal) => signal != 3;

    /// <summary>Seam: the answers of PRI_RESP (SMMU-CMDQ-15).</summary>
    private protected virtual bool IsLegalResponse(in SmmuCommand command) => command.Resp != 3;

    /// <summary>Seam: the reserved form of a range (SMMU-CMDQ-11).</summary>
    private protected virtual bool IsEmptyRange(in SmmuCommand command) =>
        Capabilities.RIL && command.TG != 0 && LevelHint(command) == 0 && command.NUM == 0 && command.SCALE == 0;

    /// <summary>Seam: does what a legal command says.</summary>
    private protected virtual void Perform(in SmmuCommand command)
    {
        switch (command.Opcode)
        {
            case SmmuOpcode.PrefetchConfig:
            case SmmuOpcode.PrefetchAddress:
                Prefetch(command);
                break;
            case SmmuOpcode.CfgiSte:
                InvalidateStreams(command.StreamId, command.StreamId, command.Leaf);
                break;
            case SmmuOpcode.CfgiSteRange:
                InvalidateStreams(RangeStart(command), RangeEnd(command), leaf: false);
                break;
            case SmmuOpcode.CfgiCd:
                InvalidateContexts(command.StreamId, command.SubstreamId, command.Leaf);
                break;
            case SmmuOpcode.CfgiCdAll:
                InvalidateContexts(command.StreamId, null, leaf: false);
                break;
            case SmmuOpcode.Resume:
                Resume(command);
                break;
            case SmmuOpcode.StallTerm:
                TerminateStalls(command.StreamId);
                break;
            case SmmuOpcode.Sync:
                Synchronise(command);
                break;

            // There are no caches in masters, and no page requests that wait for an answer.
            case SmmuOpcode.AtcInv
            or SmmuOpcode.PriResp:
                break;
            default:
                InvalidateTranslations(ScopeOf(command));
                break;
        }
    }

    /// <summary>Seam: a SYNC completes; everything before it has been done by now.</summary>
    private protected virtual void Synchronise(in SmmuCommand command)
    {
        if (command.CS == 1)
            interrupts = interrupts.With(SmmuInterrupt.CommandSync);
    }

    /// <summary>Seam: the first StreamID of CFGI_STE_RANGE (SMMU-CACHE-02).</summary>
    private protected virtual uint RangeStart(in SmmuCommand command) => (uint)Clear(command.StreamId, command.Range + 1);

    /// <summary>Seam: the last StreamID of CFGI_STE_RANGE (SMMU-CACHE-02).</summary>
    private protected virtual uint RangeEnd(in SmmuCommand command) => (uint)(RangeStart(command) + (2ul << command.Range) - 1);

    /// <summary>Seam: forgets STEs, and all CDs of their streams (SMMU-CACHE-01..04).</summary>
    private protected virtual void InvalidateStreams(uint first, uint last, bool leaf)
    {
        foreach (var stream in configuration.AllStreams)
        {
            if (stream.InUse && stream.StreamId >= first && stream.StreamId <= last)
                stream.InUse = false;
        }
        foreach (ref var table in configuration.AllStreamTables)
        {
            if (table.InUse && !leaf && table.First <= last && table.First + ((1ul << table.Bits) - 1) >= first)
                table = default;
        }
        InvalidateContextsOf(first, last);
    }

    /// <summary>Seam: forgets the CDs and L1CDs of streams whose STEs were invalidated (SMMU-CACHE-03).</summary>
    private protected virtual void InvalidateContextsOf(uint first, uint last)
    {
        foreach (var context in configuration.AllContexts)
        {
            if (context.InUse && context.StreamId >= first && context.StreamId <= last)
                context.InUse = false;
        }
        foreach (ref var table in configuration.AllContextTables)
        {
            if (table.InUse && table.Owner >= first && table.Owner <= last)
                table = default;
        }
    }

    /// <summary>Seam: forgets one CD of a stream, or all (SMMU-CACHE-03).</summary>
    private protected virtual void InvalidateContexts(uint streamId, uint? substreamId, bool leaf)
    {
        foreach (var context in configuration.AllContexts)
        {
            if (context.InUse && context.StreamId == streamId && (substreamId is null || context.SubstreamId == substreamId))
                context.InUse = false;
        }
        foreach (ref var table in configuration.AllContextTables)
        {
            if (table.InUse && !leaf && table.Owner == streamId && (substreamId is not { } id || table.Covers(id)))
                table = default;
        }
    }

    /// <summary>Seam: what a TLBI command names (SMMU-CACHE-05..11).</summary>
    private protected virtual TlbScope ScopeOf(in SmmuCommand command)
    {
        // Without stage 2 there are no VMIDs.
        ushort? vmid = Capabilities.S2P ? (ushort)command.VMID : null;
        var asid = TagOf(command.ASID);
        var byAddress = new TlbScope
        {
            ByAddress = true,
            First = FirstAddress(command),
            Last = LastAddress(command),
            Leaf = command.Leaf,
            Level = LevelHint(command),
        };
        return command.Opcode switch
        {
            SmmuOpcode.TlbiNhAll => new() { Stage1 = true, Vmid = vmid },
            SmmuOpcode.TlbiNhAsid => new()
            {
                Stage1 = true,
                Vmid = vmid,
                Asid = asid,
            },
            SmmuOpcode.TlbiNhVa => byAddress with { Stage1 = true, Vmid = vmid, Asid = asid, WithGlobal = true },
            SmmuOpcode.TlbiNhVaa => byAddress with { Stage1 = true, Vmid = vmid },
            SmmuOpcode.TlbiEl2All => new() { Stage1 = true, OfEl2 = true },
            SmmuOpcode.TlbiEl2Asid => new()
            {
                Stage1 = true,
                OfEl2 = true,
                Asid = asid,
            },
            SmmuOpcode.TlbiEl2Va => byAddress with { Stage1 = true, OfEl2 = true, Asid = asid, WithGlobal = true },
            SmmuOpcode.TlbiEl2Vaa => byAddress with { Stage1 = true, OfEl2 = true },
            SmmuOpcode.TlbiS12VmAll => new()
            {
                Stage1 = true,
                Stage2 = true,
                Vmid = vmid,
            },
            SmmuOpcode.TlbiS2Ipa => byAddress with { Stage2 = true, Vmid = vmid },
            _ => new() { Stage1 = true, Stage2 = true },
        };
    }

    /// <summary>Seam: the level that TTL promises, or 0 (SMMU-CACHE-08).</summary>
    private protected virtual int LevelHint(in SmmuCommand command)
    {
        // Blocks of 16 KiB tables are at level 2 only, so a hint at level 1 says nothing.
        const int Granule16 = 2;
        return !Capabilities.RIL || command.TG == 0 || (command.TTL == 1 && command.TG == Granule16) ? 0 : command.TTL;
    }

    /// <summary>Seam: how many bytes a TLBI by address covers (SMMU-CACHE-07).</summary>
    private protected virtual ulong RangeBytes(in SmmuCommand command) => ((ulong)command.NUM + 1) << command.SCALE << (10 + (2 * command.TG));

    /// <summary>Seam: forgets what a TLBI command names.</summary>
    private protected virtual void InvalidateTranslations(in TlbScope scope)
    {
        Invalidate(Translations, scope);
        Invalidate(Tables, scope);
    }

    /// <summary>Forgets what a TLBI command names, out of one cache.</summary>
    private protected void Invalidate(TranslationCache cache, in TlbScope scope)
    {
        var entries = cache.Entries;
        for (var place = 0; place < entries.Length; place++)
        {
            if (entries[place].InUse && Covers(scope, entries[place]))
                cache.Remove(place);
        }
    }

    /// <summary>Seam: whether a TLBI command names an entry.</summary>
    private protected virtual bool Covers(in TlbScope scope, in TlbEntry entry)
    {
        var isStage2 = entry.Tag.Kind is TlbKind.Stage2 or TlbKind.Table2;
        if (!(isStage2 ? scope.Stage2 : scope.Stage1) || entry.Tag.World != StreamWorld.El1 != scope.OfEl2)
            return false;
        return CoversVmid(scope, entry.Tag) && (isStage2 || CoversAsid(scope, entry.Tag)) && (!scope.ByAddress || CoversAddress(scope, entry));
    }

    /// <summary>Seam: the VMID of a TLBI command (SMMU-CACHE-09).</summary>
    private protected virtual bool CoversVmid(in TlbScope scope, in TlbTag tag) => scope.Vmid is not { } vmid || tag.Vmid == vmid;

    /// <summary>Seam: the ASID of a TLBI command (SMMU-CACHE-06, SMMU-CACHE-20).</summary>
    private protected virtual bool CoversAsid(in TlbScope scope, in TlbTag tag) =>
        scope.Asid is not { } asid || (tag.Global ? scope.WithGlobal : tag.Asid == asid);

    /// <summary>Seam: the addresses, level and Leaf of a TLBI command (SMMU-CACHE-05, -08, -25).</summary>
    private protected virtual bool CoversAddress(in TlbScope scope, in TlbEntry entry)
    {
        var start = Clear(entry.Input, entry.LeafShift);
        if (start > scope.Last || start + ((1ul << entry.LeafShift) - 1) < scope.First)
            return false;
        return entry.Tag.Kind >= TlbKind.Table1 ? !scope.Leaf : scope.Level == 0 || scope.Level == entry.Level;
    }

    private static ulong FirstAddress(in SmmuCommand command) =>
        command.Opcode == SmmuOpcode.TlbiS2Ipa ? command.Address & 0x000f_ffff_ffff_f000 : Canonical(command.Address);

    private ulong LastAddress(in SmmuCommand command)
    {
        const ulong Page = 0xfff;
        var first = FirstAddress(command);
        if (!Capabilities.RIL || command.TG == 0)
            return first | Page;
        var bytes = RangeBytes(command);
        return bytes == 0 ? first - 1
            : first + (bytes - 1) is var last && last < first ? ulong.MaxValue
            : last;
    }

    // The top byte of an address may be ignored: what an entry is found by has the sign of bit 55 there.
    private protected static ulong Canonical(ulong address) => (ulong)((long)(address << 8) >> 8);
}
