using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the caches and of what invalidates them (SMMU-CACHE).</summary>
internal static class SmmuCacheFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_CACHE_01, "ignores-cfgi-ste", Stage1, "CFGI_STE does nothing", s => new IgnoresCfgiSte(s)),
        Of(SMMU_CACHE_02, "range-start-unaligned", Stage1, "CFGI_STE_RANGE begins at the StreamID as written", s => new RangeStartUnaligned(s)),
        Of(
            [SMMU_CACHE_02],
            "F-SMMU-CACHE-02, P-074",
            "range-overflows-at-31",
            Stage1,
            "CFGI_ALL covers one StreamID: 2^32 does not fit 32 bits",
            s => new RangeOverflowsAt31(s)
        ),
        Of(SMMU_CACHE_03, "cfgi-ste-keeps-cds", Stage1, "CFGI_STE leaves the CDs of the stream", s => new CfgiSteKeepsCds(s)),
        Of(SMMU_CACHE_04, "cfgi-masks-streamid", Stage1, "CFGI uses the lowest 3 bits of a StreamID", s => new CfgiMasksStreamId(s)),
        Of(SMMU_CACHE_05, "tlbi-va-needs-exact-key", Stage1, "TLBI by address drops a block only by its first address", s => new TlbiVaNeedsExactKey(s)),
        Of(SMMU_CACHE_06, "vaa-matches-asid-zero", Stage1, "TLBI_NH_VAA drops the entries of ASID 0", s => new VaaMatchesAsidZero(s)),
        Of(SMMU_CACHE_07, "range-loses-one-unit", Stage1, "a range TLBI covers NUM, not NUM+1, units", s => new RangeLosesOneUnit(s)),
        Of(SMMU_CACHE_07, "range-shift-in-32-bits", Stage1, "the size of a range TLBI has 32 bits", s => new RangeShiftIn32Bits(s)),
        Of(SMMU_CACHE_08, "ttl-without-granule-compared", Stage1, "TTL counts although TG is 0", s => new TtlWithoutGranuleCompared(s)),
        Of(SMMU_CACHE_09, "nh-all-of-no-vmid", Nested, "TLBI_NH_ALL looks for VMID 0xffff", s => new NhAllOfNoVmid(s)),
        Of(
            SMMU_CACHE_10,
            "table-base-translation-survives",
            Nested,
            "the PA of the first stage-1 table outlives TLBI_S2_IPA and TLBI_NH_ALL",
            s => new TableBaseTranslationSurvives(s)
        ),
        Of(SMMU_CACHE_11, "s12-vmall-of-stage-two-only", Nested, "TLBI_S12_VMALL drops stage-2 entries only", s => new S12VmAllOfStageTwoOnly(s)),
        Of(SMMU_CACHE_12, "tlb-key-without-vmid", Nested, "translations are shared by all VMIDs", s => new TlbKeyWithoutVmid(s)),
        Of(SMMU_CACHE_12, "tlb-key-without-asid", Stage1, "translations are shared by all ASIDs", s => new TlbKeyWithoutAsid(s)),
        Of(
            SMMU_CACHE_13,
            "translation-fault-cached",
            Stage1,
            "a Translation fault is remembered until a TLBI",
            s => new RemembersFault(s, SmmuEventType.Translation)
        ),
        Of(
            SMMU_CACHE_15,
            "permission-cached-apart",
            Stage1,
            "permissions are held apart, and outlive TLBIs by address and by ASID",
            s => new PermissionCachedApart(s)
        ),
        Of(SMMU_CACHE_16, "tlb-hash-collision", Stage1, "two addresses 16 MiB apart share an entry", s => new TlbHashCollision(s)),
        Of(
            SMMU_CACHE_17,
            "table-base-translated-once",
            Nested,
            "stage 2 translates the base of a stage-1 table, not the descriptor's own address",
            s => new TableBaseTranslatedOnce(s)
        ),
        Of(
            SMMU_CACHE_19,
            "half-doubleword-fetched",
            Stage1,
            "a structure that was rewritten is fetched with the upper halves of the old doublewords",
            s => new HalfDoublewordFetched(s)
        ),
        Of(SMMU_CACHE_20, "global-entries-match-asid", Stage1, "TLBI_NH_VA leaves global entries", s => new GlobalEntriesMatchAsid(s)),
        Of(SMMU_CACHE_21, "failed-fetch-remembered", Nested, "a CD that could not be fetched is remembered until CFGI", s => new FailedFetchRemembered(s)),
        Of(SMMU_CACHE_22, "commands-dropped-while-disabled", Stage1, "CFGI and TLBI with SMMUEN=0 do nothing", s => new CommandsDroppedWhileDisabled(s)),
        Of(SMMU_CACHE_23, "s2-ipa-needs-another-command", Stage2, "TLBI_S2_IPA alone drops nothing", s => new S2IpaNeedsAnotherCommand(s)),
        Of(SMMU_CACHE_24, "identity-entry-survives", Stage1, "a page that was bypassed stays bypassed until a TLBI", s => new IdentityEntrySurvives(s)),
        Of(
            [SMMU_CACHE_25],
            "F-SMMU-CACHE-25, P-078",
            "leaf-zero-treated-as-one",
            Stage1,
            "TLBI with Leaf=0 leaves pointers to tables",
            s => new LeafZeroTreatedAsOne(s)
        ),
        Of(
            SMMU_CACHE_26,
            "access-flag-fault-cached",
            Stage1,
            "an Access flag fault is remembered until a TLBI",
            s => new RemembersFault(s, SmmuEventType.Access)
        ),
    ];

    private sealed class IgnoresCfgiSte(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Perform(in SmmuCommand command)
        {
            if (command.Opcode != SmmuOpcode.CfgiSte)
                base.Perform(command);
        }
    }

    private sealed class RangeStartUnaligned(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint RangeStart(in SmmuCommand command) => command.Range == 31 ? 0 : command.StreamId;
    }

    private sealed class RangeOverflowsAt31(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint RangeEnd(in SmmuCommand command) => RangeStart(command) + (1u << (command.Range + 1)) - 1;
    }

    private sealed class CfgiSteKeepsCds(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void InvalidateContextsOf(uint first, uint last)
        {
            if (first != last)
                base.InvalidateContextsOf(first, last);
        }
    }

    private sealed class CfgiMasksStreamId(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void InvalidateStreams(uint first, uint last, bool leaf)
        {
            if (first == last)
                first = last = first & 7;
            base.InvalidateStreams(first, last, leaf);
        }

        private protected override void InvalidateContexts(uint streamId, uint? substreamId, bool leaf) =>
            base.InvalidateContexts(streamId & 7, substreamId, leaf);
    }

    private sealed class TlbiVaNeedsExactKey(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool CoversAddress(in TlbScope scope, in TlbEntry entry) =>
            base.CoversAddress(scope, entry) && entry.Input >= scope.First && entry.Input <= scope.Last;
    }

    private sealed class VaaMatchesAsidZero(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbScope ScopeOf(in SmmuCommand command) =>
            command.Opcode == SmmuOpcode.TlbiNhVaa ? base.ScopeOf(command) with { Asid = 0, WithGlobal = true } : base.ScopeOf(command);
    }

    private sealed class RangeLosesOneUnit(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong RangeBytes(in SmmuCommand command) => (ulong)command.NUM << command.SCALE << (10 + (2 * command.TG));
    }

    private sealed class RangeShiftIn32Bits(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong RangeBytes(in SmmuCommand command) => (uint)base.RangeBytes(command);
    }

    private sealed class TtlWithoutGranuleCompared(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int LevelHint(in SmmuCommand command) => command.TG == 0 ? command.TTL : base.LevelHint(command);
    }

    private sealed class NhAllOfNoVmid(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbScope ScopeOf(in SmmuCommand command) =>
            command.Opcode == SmmuOpcode.TlbiNhAll ? base.ScopeOf(command) with { Vmid = ushort.MaxValue } : base.ScopeOf(command);
    }

    /// <summary>An SMMU that remembers something beside its caches, until it is reset.</summary>
    private abstract class Remembering<TKey, TValue>(SmmuSite s) : FaultySmmu(s)
        where TKey : notnull
    {
        private protected Dictionary<TKey, TValue> Known { get; } = [];

        private protected override void ForgetEverything()
        {
            base.ForgetEverything();
            Known.Clear();
        }
    }

    private sealed class TableBaseTranslationSurvives(SmmuSite s) : Remembering<(TlbTag Tag, ulong Page), ulong>(s)
    {
        private protected override bool LocateDescriptor(ref Access access, ulong table, ulong at, out ulong address, ref Refusal fault)
        {
            var context = access.Context!;
            if (!access.Stream!.HasStage2 || (table != context.Lower.Tables.Base && table != context.Upper.Tables.Base))
                return base.LocateDescriptor(ref access, table, at, out address, ref fault);
            var key = (TagFor(access, TlbKind.NestedTable1, global: false), at >> 12);
            if (Known.TryGetValue(key, out var page))
            {
                address = page | (at & 0xfff);
                return true;
            }
            if (!base.LocateDescriptor(ref access, table, at, out address, ref fault))
                return false;
            Known[key] = address >> 12 << 12;
            return true;
        }

        private protected override void InvalidateTranslations(in TlbScope scope)
        {
            base.InvalidateTranslations(scope);
            if (scope is { Stage1: true, Stage2: true })
                Known.Clear();
        }
    }

    private sealed class S12VmAllOfStageTwoOnly(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbScope ScopeOf(in SmmuCommand command) =>
            command.Opcode == SmmuOpcode.TlbiS12VmAll ? base.ScopeOf(command) with { Stage1 = false } : base.ScopeOf(command);
    }

    private sealed class TlbKeyWithoutVmid(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbTag TagFor(in Access access, TlbKind kind, bool global) => base.TagFor(access, kind, global) with { Vmid = 0 };

        private protected override bool CoversVmid(in TlbScope scope, in TlbTag tag) => true;
    }

    private sealed class TlbKeyWithoutAsid(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbTag TagFor(in Access access, TlbKind kind, bool global) => base.TagFor(access, kind, global) with { Asid = 0 };

        private protected override bool CoversAsid(in TlbScope scope, in TlbTag tag) => true;
    }

    /// <summary>A fault of stage 1 or of the only stage, by page and kind of access.</summary>
    private sealed class RemembersFault(SmmuSite s, SmmuEventType type) : Remembering<(uint StreamId, uint SubstreamId, ulong Page), Refusal>(s)
    {
        private protected override bool Translate(ref Access access, out ulong address, ref Refusal fault)
        {
            var key = (access.Transaction.StreamId, access.Transaction.SubstreamId, access.Transaction.Address >> 12);
            if (!base.Translate(ref access, out address, ref fault))
            {
                if (fault.Type == type && !access.Speculative)
                    Known[key] = fault;
                return false;
            }
            // A stream that is bypassed by now has nothing to remember.
            if (!Known.TryGetValue(key, out var before) || (before.Stage2 ? access.Stream is not { HasStage2: true } : access.Context is null))
                return true;
            fault = before;
            return false;
        }

        private protected override void InvalidateTranslations(in TlbScope scope)
        {
            base.InvalidateTranslations(scope);
            Known.Clear();
        }
    }

    private sealed class PermissionCachedApart(SmmuSite s) : Remembering<ulong, Rights>(s)
    {
        private protected override Rights LeafRights(in Access access, in Leaf leaf) =>
            Known.TryGetValue(leaf.Address, out var rights) ? rights : Known[leaf.Address] = base.LeafRights(access, leaf);

        private protected override void InvalidateTranslations(in TlbScope scope)
        {
            base.InvalidateTranslations(scope);
            if (scope is { ByAddress: false, Asid: null })
                Known.Clear();
        }
    }

    private sealed class TlbHashCollision(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TranslationCache CreateTranslations() => new Colliding();

        private sealed class Colliding() : TranslationCache(128)
        {
            protected override bool Answers(in TlbEntry entry, in TlbTag tag, ulong input) => entry.Tag == tag && ((entry.Input ^ input) & 0xff_ffff) == 0;

            protected override int SetOf(in TlbTag tag, ulong input, int shift) => (int)(input >> 12 & 127);
        }
    }

    private sealed class TableBaseTranslatedOnce(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool LocateDescriptor(ref Access access, ulong table, ulong at, out ulong address, ref Refusal fault)
        {
            if (!base.LocateDescriptor(ref access, table, table, out address, ref fault))
                return false;
            address += at - table;
            return true;
        }
    }

    private sealed class HalfDoublewordFetched(SmmuSite s) : FaultySmmu(s)
    {
        private readonly Dictionary<ulong, ulong[]> last = [];

        private protected override bool FetchStructure(ulong address, Span<ulong> words)
        {
            if (!base.FetchStructure(address, words))
                return false;
            var fresh = words.ToArray();
            if (last.TryGetValue(address, out var before))
            {
                for (var i = 0; i < words.Length; i++)
                    words[i] = (uint)words[i] | (before[i] >> 32 << 32);
            }
            last[address] = fresh;
            return true;
        }

        private protected override void ForgetEverything()
        {
            base.ForgetEverything();
            last.Clear();
        }
    }

    private sealed class GlobalEntriesMatchAsid(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool CoversAsid(in TlbScope scope, in TlbTag tag) => scope.Asid is not { } asid || (!tag.Global && tag.Asid == asid);
    }

    private sealed class FailedFetchRemembered(SmmuSite s) : Remembering<(uint StreamId, uint SubstreamId), Refusal>(s)
    {
        private protected override bool FindContext(ref Access access, uint substreamId, ref Refusal fault)
        {
            var key = (access.Transaction.StreamId, substreamId);
            if (Known.TryGetValue(key, out fault))
                return false;
            if (base.FindContext(ref access, substreamId, ref fault))
                return true;
            if (fault.Type == SmmuEventType.CdFetch || fault.Stage2)
                Known[key] = fault;
            return false;
        }

        private protected override void InvalidateStreams(uint first, uint last, bool leaf)
        {
            base.InvalidateStreams(first, last, leaf);
            Known.Clear();
        }

        private protected override void InvalidateContexts(uint streamId, uint? substreamId, bool leaf)
        {
            base.InvalidateContexts(streamId, substreamId, leaf);
            Known.Clear();
        }
    }

    private sealed class CommandsDroppedWhileDisabled(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Perform(in SmmuCommand command)
        {
            if (IsOn(Enable) || command.Opcode is SmmuOpcode.Sync)
                base.Perform(command);
        }
    }

    private sealed class S2IpaNeedsAnotherCommand(SmmuSite s) : FaultySmmu(s)
    {
        private protected override TlbScope ScopeOf(in SmmuCommand command) =>
            command.Opcode switch
            {
                SmmuOpcode.TlbiS2Ipa => default,
                SmmuOpcode.TlbiNhAll => base.ScopeOf(command) with { Stage2 = true },
                _ => base.ScopeOf(command),
            };
    }

    private sealed class IdentityEntrySurvives(SmmuSite s) : FaultySmmu(s)
    {
        private readonly HashSet<(uint StreamId, ulong Page)> known = [];

        private protected override bool Translate(ref Access access, out ulong address, ref Refusal fault)
        {
            address = access.Transaction.Address;
            var key = (access.Transaction.StreamId, address >> 12);
            if (IsOn(Enable) && known.Contains(key))
                return true;
            if (!base.Translate(ref access, out address, ref fault))
                return false;
            if (access is { Stream.Entry.Config: StreamConfig.Bypass, Speculative: false })
                known.Add(key);
            return true;
        }

        private protected override void InvalidateTranslations(in TlbScope scope)
        {
            base.InvalidateTranslations(scope);
            known.Clear();
        }

        private protected override void ForgetEverything()
        {
            base.ForgetEverything();
            known.Clear();
        }
    }

    private sealed class LeafZeroTreatedAsOne(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool CoversAddress(in TlbScope scope, in TlbEntry entry) => base.CoversAddress(scope with { Leaf = true }, entry);
    }
}
