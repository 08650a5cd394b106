using System.Buffers.Binary;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of hardware updates of descriptors (SMMU-HTTU).</summary>
internal static class SmmuUpdateFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(SMMU_HTTU_01, "access-flag-fault-despite-ha", Full, "AF is not set by hardware", s => new AccessFlagFaultDespiteHa(s)),
        Of(SMMU_HTTU_02, "dirty-without-dbm", Full, "a write makes any read-only leaf writable, DBM or not", s => new DirtyWithoutDbm(s)),
        Of(SMMU_HTTU_02, "dirty-before-table-permission", Full, "a leaf is made dirty before APTable denies the write", s => new DirtyBeforeTablePermission(s)),
        Of(SMMU_HTTU_03, "dirty-on-read", Full, "a read makes a leaf dirty", s => new DirtyOnRead(s)),
        Of(SMMU_HTTU_04, "read-only-upgraded", Full, "with HD=1 a write to a read-only leaf goes through", s => new ReadOnlyUpgraded(s)),
        Of(SMMU_HTTU_05, "update-by-blind-store", Full, "the dirty state is stored with the descriptor that the TLB remembers", s => new UpdateByBlindStore(s)),
        Of(
            SMMU_HTTU_06,
            "table-update-passes-stage-two",
            Full,
            "updates of stage-1 descriptors are not checked by stage 2",
            s => new TableUpdatePassesStageTwo(s)
        ),
        Of(
            SMMU_HTTU_07,
            "dirty-knowledge-survives-tlbi",
            Full,
            "a leaf that was made dirty once is not made dirty again",
            s => new DirtyKnowledgeSurvivesTlbi(s)
        ),
        Of(SMMU_HTTU_08, "update-posted-late", Full, "updates are written when the next transaction comes", s => new UpdatePostedLate(s)),
        Of(
            SMMU_HTTU_09,
            "dirty-first-granule-only",
            Full,
            "a write behind the first granule of a block leaves the block clean",
            s => new DirtyFirstGranuleOnly(s)
        ),
        Of(SMMU_HTTU_11, "dirty-without-access-flag", Full, "HD=1 counts with HA=0", s => new DirtyWithoutAccessFlag(s)),
        Of(SMMU_HTTU_12, "no-fault-flag-before-hardware", Full, "AFFD=1 keeps AF from being set", s => new NoFaultFlagBeforeHardware(s)),
        Of(SMMU_HTTU_13, "cd-fetch-marks-dirty", Full, "the fetch of a CD makes its stage-2 page dirty", s => new CdFetchMarksDirty(s)),
        Of(SMMU_HTTU_14, "prefetch-sets-access-flag-while-disabled", Full, "PREFETCH sets AF with SMMUEN=0", s => new PrefetchSetsAccessFlagWhileDisabled(s)),
    ];

    private sealed class AccessFlagFaultDespiteHa(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SetsAccessFlag(bool hardware, bool noFault) => false;
    }

    private sealed class DirtyWithoutDbm(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool IsWritableClean(in Access access, ulong descriptor) => access.Context!.Dirty;
    }

    private sealed class DirtyBeforeTablePermission(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool FinishStage1(ref Access access, in ContextHalf half, ref Leaf leaf, ref Rights rights, out bool lost, ref Refusal fault)
        {
            if (access.IsWrite && (leaf.Inherited & Rights.TableReadOnly) != 0 && (leaf.Descriptor & Ap2Bit) != 0 && IsWritableClean(access, leaf.Descriptor))
            {
                var dirty = leaf.Descriptor & ~Ap2Bit;
                if (!Update(ref access, leaf.At, leaf.Address, half.Tables.BigEndian, leaf.Descriptor, dirty, out lost, ref fault))
                    return false;
                leaf.Descriptor = dirty;
            }
            return base.FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault);
        }
    }

    private sealed class DirtyOnRead(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool MarksDirty(in Access access, Rights rights, Rights clean) => (rights & clean) != 0;
    }

    private sealed class ReadOnlyUpgraded(SmmuSite s) : FaultySmmu(s)
    {
        private protected override Rights LeafRights(in Access access, in Leaf leaf)
        {
            var rights = base.LeafRights(access, leaf);
            return access.Context!.Dirty && (leaf.Inherited & Rights.TableReadOnly) == 0 ? rights & ~Rights.ReadOnly : rights;
        }
    }

    private sealed class UpdateByBlindStore(SmmuSite s) : FaultySmmu(s)
    {
        private readonly Dictionary<(TlbTag Tag, ulong Input), Leaf> known = [];
        private Leaf last;

        private protected override Rights LeafRights(in Access access, in Leaf leaf)
        {
            last = leaf;
            return base.LeafRights(access, leaf);
        }

        private protected override void Keep(in TlbEntry entry)
        {
            base.Keep(entry);
            if (entry.Tag.Kind == TlbKind.Stage1)
                known[(entry.Tag, entry.Input)] = last;
        }

        private protected override bool WalkAndKeep(ref Access access, in ContextHalf half, ulong va, out ulong address, ref Refusal fault)
        {
            if (
                !access.IsWrite
                || half.Tables.BigEndian
                || !FindTranslation(access, va, out var entry)
                || !known.TryGetValue((entry.Tag, entry.Input), out var leaf)
            )
                return base.WalkAndKeep(ref access, half, va, out address, ref fault);
            Span<byte> bytes = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, (leaf.Descriptor | AccessFlagBit) & ~Ap2Bit);
            WriteMemory(leaf.Address, bytes);
            entry.Rights &= ~Rights.Clean1;
            base.Keep(entry);
            return UseTranslation(access, entry, va, out address, ref fault);
        }
    }

    private sealed class TableUpdatePassesStageTwo(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool Update(
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
            lost = !CompareAndSwap(address, bigEndian, expected, desired);
            return true;
        }
    }

    private sealed class DirtyKnowledgeSurvivesTlbi(SmmuSite s) : FaultySmmu(s)
    {
        private readonly HashSet<ulong> dirty = [];

        private protected override bool FinishStage1(ref Access access, in ContextHalf half, ref Leaf leaf, ref Rights rights, out bool lost, ref Refusal fault)
        {
            if (access.IsWrite && (rights & Rights.Clean1) != 0 && AllowsStage1(access, rights) && !dirty.Add(leaf.Address))
                rights &= ~Rights.Clean1;
            return base.FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault);
        }

        private protected override void ForgetEverything()
        {
            base.ForgetEverything();
            dirty.Clear();
        }
    }

    private sealed class UpdatePostedLate(SmmuSite s) : FaultySmmu(s)
    {
        private readonly List<(ulong Address, bool BigEndian, ulong Expected, ulong Desired)> waiting = [];

        private protected override bool CompareAndSwap(ulong address, bool bigEndian, ulong expected, ulong desired)
        {
            waiting.Add((address, bigEndian, expected, desired));
            return true;
        }

        private protected override SmmuReply Process(ref Access access, Span<byte> data, out SmmuEvent record)
        {
            foreach (var (address, bigEndian, expected, desired) in waiting)
                base.CompareAndSwap(address, bigEndian, expected, desired);
            waiting.Clear();
            return base.Process(ref access, data, out record);
        }

        private protected override void ControlChanged(uint before)
        {
            if (!IsOn(Enable))
                waiting.Clear();
            base.ControlChanged(before);
        }
    }

    private sealed class DirtyFirstGranuleOnly(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool FinishStage1(ref Access access, in ContextHalf half, ref Leaf leaf, ref Rights rights, out bool lost, ref Refusal fault)
        {
            if ((access.Transaction.Address & ((1ul << leaf.Shift) - 1)) >> half.Tables.Granule != 0)
                rights &= ~Rights.Clean1;
            return base.FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault);
        }
    }

    private sealed class DirtyWithoutAccessFlag(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool TracksDirty(bool accessFlag, bool dirty) => dirty;
    }

    private sealed class NoFaultFlagBeforeHardware(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SetsAccessFlag(bool hardware, bool noFault) => hardware && !noFault;
    }

    private sealed class CdFetchMarksDirty(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool MarksDirty2(in Access access, Stage2Use use, Rights rights) =>
            base.MarksDirty2(access, use, rights) || (use == Stage2Use.Context && (rights & Rights.Clean2) != 0);
    }

    private sealed class PrefetchSetsAccessFlagWhileDisabled(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Prefetch(in SmmuCommand command)
        {
            if (IsOn(Enable) || command.Opcode != SmmuOpcode.PrefetchAddress)
            {
                base.Prefetch(command);
                return;
            }
            var access = Arrived(new(command.StreamId, command.Address, IsRead: true, Length: 4));
            Refusal fault = default;
            if (!FindStream(ref access, ref fault) || !AcceptsStream(access.Stream!, ref fault))
                return;
            if (access.Stream!.HasStage1)
                TranslateSubstream(ref access, out _, ref fault);
            else
                TranslateWithoutStage1(ref access, out _, ref fault);
        }
    }
}
