using System.Buffers.Binary;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the walks and of permissions (SMMU-WALK).</summary>
internal static class SmmuWalkFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(
            SMMU_WALK_01,
            "start-level-off-at-boundary",
            Stage1,
            "the walk begins a level too high when the top table would be exactly full",
            s => new StartLevelOffAtBoundary(s)
        ),
        Of(SMMU_WALK_02, "level-zero-block-accepted", Stage1, "4 KiB tables have blocks at level 0", s => new LevelZeroBlockAccepted(s)),
        Of(SMMU_WALK_03, "half-selected-by-bit-63", Stage1, "the half is chosen by bit 63", s => new HalfSelectedByBit63(s)),
        Of(SMMU_WALK_03, "gap-goes-to-ttb1", Stage1, "addresses in neither half go to TTB1", s => new GapGoesToTtb1(s)),
        Of(SMMU_WALK_04, "tbi1-uses-tbi0", Stage1, "TBI0 counts for both halves", s => new Tbi1UsesTbi0(s)),
        Of(SMMU_WALK_05, "disabled-half-is-walked", Stage1, "EPDx=1 faults after the walk", s => new DisabledHalfIsWalked(s)),
        Of(SMMU_WALK_06, "leaf-size-unchecked", Stage1, "pages and blocks beyond the output size are used", s => new LeafSizeUnchecked(s)),
        Of(SMMU_WALK_07, "table-size-unchecked", Stage1, "tables beyond the output size are walked", s => new TableSizeUnchecked(s)),
        Of(
            [SMMU_WALK_08, SMMU_EVT_12],
            "F-SMMU-WALK-08, F-SMMU-EVT-12",
            "permission-before-access-flag",
            Stage1,
            "a Permission fault wins over an Access flag fault",
            s => new PermissionBeforeAccessFlag(s)
        ),
        Of(SMMU_WALK_09, "permission-record-rnw-inverted", Stage1, "RnW of F_PERMISSION is inverted", s => new PermissionRecordRnwInverted(s)),
        Of(SMMU_WALK_10, "table-permissions-not-cached", Stage1, "the TLB holds what the leaf allows, without APTable", s => new TablePermissionsNotCached(s)),
        Of(SMMU_WALK_11, "table-permission-faults-early", Stage1, "APTable faults before the walk is at its end", s => new TablePermissionFaultsEarly(s)),
        Of(SMMU_WALK_12, "had0-for-both-halves", Stage1, "HAD0 counts for both halves", s => new Had0ForBothHalves(s)),
        Of(SMMU_WALK_13, "privilege-ignored", Full, "every transaction is privileged", s => new PrivilegeIgnored(s)),
        Of(SMMU_WALK_13, "wxn-on-data", Full, "WXN keeps data from being read from writable pages", s => new WxnOnData(s)),
        Of(SMMU_WALK_14, "walk-abort-class-in", Stage1, "F_WALK_EABT of stage 1 has CLASS=IN", s => new WalkAbortClassIn(s)),
        Of(
            SMMU_WALK_14,
            "walk-abort-reports-table-base",
            Stage1,
            "F_WALK_EABT has the address of the table, not of the descriptor",
            s => new WalkAbortReportsTableBase(s)
        ),
        Of(
            SMMU_WALK_15,
            "concatenated-index-wrong",
            Stage2,
            "which of several top tables is used depends on the wrong bits",
            s => new ConcatenatedIndexWrong(s)
        ),
        Of(SMMU_WALK_15, "upper-tables-alias-first", Stage2, "the first of several top tables serves all addresses", s => new UpperTablesAliasFirst(s)),
        Of(SMMU_WALK_16, "stage-two-reads-unchecked", Stage2, "stage 2 checks writes only", s => new StageTwoReadsUnchecked(s)),
        Of(SMMU_WALK_17, "execute-never-by-bit-54-alone", Full, "XN[0] of stage 2 has no effect with XNX", s => new ExecuteNeverByBit54Alone(s)),
        Of(
            [SMMU_WALK_18, SMMU_EVT_19],
            "F-SMMU-WALK-18, F-SMMU-EVT-19",
            "input-size-fault-gated-by-s2r",
            Nested,
            "S2R=0 suppresses F_ADDR_SIZE of the input address",
            s => new InputSizeFaultGatedByS2R(s)
        ),
        Of(SMMU_WALK_19, "big-endian-swapped-twice", Full, "big-endian tables are read as little-endian", s => new BigEndianSwappedTwice(s)),
        Of(
            SMMU_WALK_20,
            "contiguous-run-served-by-first",
            Stage1,
            "the page of the first member serves a contiguous run",
            s => new ContiguousRunServedByFirst(s)
        ),
        Of(
            [SMMU_WALK_21],
            "F-SMMU-WALK-21, P-082",
            "l1std-in-host-order",
            Stage1,
            "an L1STD is loaded in the order of a big-endian host",
            s => new L1StdInHostOrder(s)
        ),
        Of(SMMU_WALK_22, "high-output-bits-in-place", Full, "bits [15:12] of 64 KiB descriptors stay where they are", s => new HighOutputBitsInPlace(s)),
        Of(SMMU_WALK_23, "access-flag-before-size", Stage1, "an Access flag fault wins over an Address size fault", s => new AccessFlagBeforeSize(s)),
        Of(SMMU_WALK_24, "e0pd-is-permission-fault", Full, "E0PDx=1 is a Permission fault", s => new E0PdIsPermissionFault(s)),
        Of(SMMU_WALK_25, "protected-walk-applies-to-access", Full, "S2PTW=1 forbids every access to Device memory", s => new ProtectedWalkAppliesToAccess(s)),
        Of(
            SMMU_WALK_26,
            "concatenated-form-refused",
            Nested with
            {
                OAS = 2,
            },
            "several first tables are refused where OAS rules out the start level above them",
            s => new ConcatenatedFormRefused(s)
        ),
        Of(SMMU_WALK_27, "next-table-unaligned", Stage1, "address bits below the granule count in table descriptors", s => new NextTableUnaligned(s)),
    ];

    private sealed class StartLevelOffAtBoundary(SmmuSite s) : FaultySmmu(s)
    {
        private protected override int Stage1StartLevel(in TableFormat format) => 3 - ((format.InputBits - format.Granule) / format.Stride);
    }

    private sealed class LevelZeroBlockAccepted(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsBlock(int level, in TableFormat format) =>
            base.AllowsBlock(level, format) || (level == 0 && format.Granule == (int)Granule.Size4K);
    }

    private sealed class HalfSelectedByBit63(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SelectHalf(in Access access, CachedContext context, out bool upper, out ulong va)
        {
            va = access.Transaction.Address;
            upper = va >> 63 != 0;
            ref readonly var half = ref upper ? ref context.Upper : ref context.Lower;
            if (half.TopByteIgnored)
                va = Canonical(va);
            return (long)va >> half.Tables.InputBits == (upper ? -1 : 0);
        }
    }

    private sealed class GapGoesToTtb1(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SelectHalf(in Access access, CachedContext context, out bool upper, out ulong va)
        {
            if (!base.SelectHalf(access, context, out upper, out va))
                upper = true;
            return true;
        }
    }

    private sealed class Tbi1UsesTbi0(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool TopByteIgnoredAbove(in ContextDescriptor descriptor) => descriptor.TBI0;
    }

    private sealed class DisabledHalfIsWalked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool RefusesHalf(in Access access, in ContextHalf half) => !half.Disabled && base.RefusesHalf(access, half);

        private protected override bool WalkAndKeep(ref Access access, in ContextHalf half, ulong va, out ulong address, ref Refusal fault)
        {
            if (!half.Disabled)
                return base.WalkAndKeep(ref access, half, va, out address, ref fault);
            address = 0;
            return WalkStage1(ref access, half, va, out _, ref fault) ? Fault(ref fault, SmmuEventType.Translation) : false;
        }
    }

    private sealed class LeafSizeUnchecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsLeafTooLarge(ulong output, in TableFormat format) => false;
    }

    private sealed class TableSizeUnchecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsTableTooLarge(ulong output, in TableFormat format) => false;
    }

    private sealed class PermissionBeforeAccessFlag(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool FinishStage1(
            ref Access access,
            in ContextHalf half,
            ref Leaf leaf,
            ref Rights rights,
            out bool lost,
            ref Refusal fault
        ) =>
            base.FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault)
            || (fault.Type == SmmuEventType.Access && !AllowsStage1(access, rights) && Fault(ref fault, SmmuEventType.Permission));

        private protected override bool FinishStage2(ref Access access, ulong ipa, Stage2Use use, ref Leaf leaf, ref Rights rights, ref Refusal fault) =>
            base.FinishStage2(ref access, ipa, use, ref leaf, ref rights, ref fault)
            || (
                fault.Type == SmmuEventType.Access && !AllowsStage2(access, use, rights, onHit: false) && Fault2(ref fault, SmmuEventType.Permission, use, ipa)
            );
    }

    private sealed class PermissionRecordRnwInverted(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEvent Describe(in Access access, in Refusal fault)
        {
            var record = base.Describe(access, fault);
            return fault.Type == SmmuEventType.Permission ? record with { RnW = !record.RnW } : record;
        }
    }

    private sealed class TablePermissionsNotCached(SmmuSite s) : FaultySmmu(s)
    {
        private Rights alone;

        private protected override Rights LeafRights(in Access access, in Leaf leaf)
        {
            alone = base.LeafRights(access, leaf with { Inherited = Rights.None });
            return base.LeafRights(access, leaf);
        }

        private protected override void Keep(in TlbEntry entry)
        {
            var kept = entry;
            if (entry.Tag.Kind is TlbKind.Stage1 or TlbKind.Combined)
                kept.Rights = alone | (entry.Rights & Rights.OfStage2);
            base.Keep(kept);
        }
    }

    private sealed class TablePermissionFaultsEarly(SmmuSite s) : FaultySmmu(s)
    {
        private bool writes,
            unprivileged,
            denied;

        private protected override Rights TableRights(ulong descriptor)
        {
            var rights = base.TableRights(descriptor);
            denied |= (writes && (rights & Rights.TableReadOnly) != 0) || (unprivileged && (rights & Rights.TablePrivileged) != 0);
            return rights;
        }

        private protected override bool WalkStage1(ref Access access, in ContextHalf half, ulong va, out Leaf leaf, ref Refusal fault)
        {
            (writes, unprivileged, denied) = (access.IsWrite, !access.IsPrivileged, false);
            var found = base.WalkStage1(ref access, half, va, out leaf, ref fault);
            return denied ? Fault(ref fault, SmmuEventType.Permission) : found;
        }
    }

    private sealed class Had0ForBothHalves(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IgnoresTableAttributesAbove(in ContextDescriptor descriptor) => Capabilities.HAD && descriptor.HAD0;
    }

    private sealed class PrivilegeIgnored(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsStage1(in Access access, Rights rights) => base.AllowsStage1(access with { IsPrivileged = true }, rights);
    }

    private sealed class WxnOnData(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsStage1(in Access access, Rights rights) =>
            base.AllowsStage1(access, rights) && !(access.Context!.Descriptor.WXN && !access.IsWrite && (rights & Rights.ReadOnly) == 0);
    }

    private sealed class WalkAbortClassIn(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool WalkAborted(ref Refusal fault, ulong table, ulong address)
        {
            base.WalkAborted(ref fault, table, address);
            fault.Class = SmmuEventClass.InputAddress;
            return false;
        }
    }

    private sealed class WalkAbortReportsTableBase(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool WalkAborted(ref Refusal fault, ulong table, ulong address) => base.WalkAborted(ref fault, table, table);
    }

    private sealed class ConcatenatedIndexWrong(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong IndexOf(in TableFormat format, int level, ulong address, bool stage2)
        {
            var index = base.IndexOf(format, level, address, stage2);
            var number = index >> format.Stride;
            if (!stage2 || level != format.StartLevel || number == 0)
                return index;
            // The number of the table is taken from a bit lower than where it is.
            var tables = (1ul << (format.InputBits - format.Shift(level) - format.Stride)) - 1;
            return (index & ((1ul << format.Stride) - 1)) | ((index >> (format.Stride - 1) & tables) << format.Stride);
        }
    }

    private sealed class UpperTablesAliasFirst(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong IndexOf(in TableFormat format, int level, ulong address, bool stage2) =>
            base.IndexOf(format, level, address, stage2) & ((1ul << format.Stride) - 1);
    }

    private sealed class StageTwoReadsUnchecked(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsStage2(in Access access, Stage2Use use, Rights rights, bool onHit) =>
            base.AllowsStage2(access, use, rights | Rights.Read2, onHit);
    }

    private sealed class ExecuteNeverByBit54Alone(SmmuSite s) : FaultySmmu(s)
    {
        private protected override Rights ExecuteNever2(int code) => base.ExecuteNever2(code & 2);
    }

    private sealed class InputSizeFaultGatedByS2R(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuReply Refuse(in Access access, in Refusal fault, out SmmuEvent record)
        {
            record = default;
            return fault.Unconditional && access.Stream is { HasStage2: true, Entry.S2R: false } ? SmmuReply.Aborted : base.Refuse(access, fault, out record);
        }
    }

    private sealed class BigEndianSwappedTwice(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong InOrder(ulong descriptor, bool bigEndian) => descriptor;
    }

    private sealed class ContiguousRunServedByFirst(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong OutputOf(ulong descriptor, in TableFormat format, int shift)
        {
            var output = base.OutputOf(descriptor, format, shift);
            var members = format.Granule switch
            {
                12 => 4,
                14 => shift == 14 ? 7 : 5,
                _ => 5,
            };
            return new TranslationDescriptor(descriptor).Contiguous ? Clear(output, shift + members) : output;
        }
    }

    private sealed class L1StdInHostOrder(SmmuSite s) : FaultySmmu(s)
    {
        private protected override L1StreamTableDescriptor DecodeStreamTable(ulong word) => base.DecodeStreamTable(BinaryPrimitives.ReverseEndianness(word));
    }

    private sealed class HighOutputBitsInPlace(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong HighBits(ulong descriptor, in TableFormat format) => base.HighBits(descriptor, format) >> 48 << 12;
    }

    private sealed class AccessFlagBeforeSize(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool WalkStage1(ref Access access, in ContextHalf half, ulong va, out Leaf leaf, ref Refusal fault)
        {
            if (base.WalkStage1(ref access, half, va, out leaf, ref fault))
                return true;
            if (FaultsFirst(leaf, fault, access.Context!.AccessFlag || access.Context.Descriptor.AFFD))
                Fault(ref fault, SmmuEventType.Access);
            return false;
        }

        private protected override bool WalkStage2(ref Access access, ulong ipa, Stage2Use use, out Leaf leaf, ref Refusal fault)
        {
            if (base.WalkStage2(ref access, ipa, use, out leaf, ref fault))
                return true;
            if (FaultsFirst(leaf, fault, access.Stream!.Stage2AccessFlag || access.Stream.Entry.S2AFFD))
                Fault2(ref fault, SmmuEventType.Access, use, ipa);
            return false;
        }

        private static bool FaultsFirst(in Leaf leaf, in Refusal fault, bool tolerated) =>
            fault.Type == SmmuEventType.AddressSize && leaf.Descriptor != 0 && (leaf.Descriptor & AccessFlagBit) == 0 && !tolerated;
    }

    private sealed class E0PdIsPermissionFault(SmmuSite s) : FaultySmmu(s)
    {
        private protected override SmmuEventType RefusedHalf(in Access access, in ContextHalf half) =>
            half is { NoUnprivileged: true, Disabled: false } && !access.IsPrivileged ? SmmuEventType.Permission : base.RefusedHalf(access, half);
    }

    private sealed class ProtectedWalkAppliesToAccess(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsStage2(in Access access, Stage2Use use, Rights rights, bool onHit) =>
            base.AllowsStage2(access, use, rights, onHit) && !(ProtectsTables(access, use) && (rights & Rights.Device2) != 0);
    }

    private sealed class ConcatenatedFormRefused(SmmuSite s) : FaultySmmu(s)
    {
        private protected override StreamFlaws StartLevelFlaws(in TableFormat format)
        {
            var flaws = base.StartLevelFlaws(format);
            var above = base.StartLevelFlaws(format with { StartLevel = format.StartLevel - 1 });
            var isConcatenated = format.InputBits > format.Shift(format.StartLevel) + format.Stride;
            return isConcatenated ? flaws | (above & StreamFlaws.StartLevelForOutput) : flaws;
        }
    }

    private sealed class NextTableUnaligned(SmmuSite s) : FaultySmmu(s)
    {
        private protected override ulong NextTable(ulong descriptor, in TableFormat format) =>
            base.NextTable(descriptor, format) | (descriptor & 0x0000_ffff_ffff_f000);
    }
}
