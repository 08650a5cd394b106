using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Drivers.Reference.Nested.DirtyWay;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the migration of a machine with nested stages (HANDOVER-01..12, DIRTY-15..17).</summary>
internal static class HandoverFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of([HANDOVER_01, DIRTY_15], "dirty-by-giova", Stage2, "stage 2 is asked for dirty pages by the guest's IOVAs", s => new DirtyByGiova(s)),
        Of([HANDOVER_02], "device-log-read-as-gpa", DeviceLog, "the addresses in a device's log are taken for GPAs", s => new LogReadAsGpa(s)),
        Of([HANDOVER_03], "cached-mappings-replayed", DeviceLog, "a device's log is translated by the mappings of the moment", s => new ReplaysMappings(s)),
        Of([HANDOVER_04], "sections-above-four-gib-skipped", Stage2, "memory above 4 GiB is not asked for", s => new SkipsHighSections(s)),
        Of([HANDOVER_05], "stream-table-not-saved", Everything, "STRTAB_BASE is not in the saved state", s => new StreamTableNotSaved(s)),
        Of(
            [HANDOVER_06],
            "no-post-load-push",
            Everything,
            "stage 1 is handed to the host when the guest writes an STE, and never after a load",
            s => new NoPush(s)
        ),
        Of([VMS_08], "smmuen-off-ignored-at-load", Everything, "a load installs the STEs although SMMUEN=0", s => new IgnoresDisable(s)),
        Of([VMS_10], "streamids-in-another-order", Everything, "the devices of a destination have each other's virtual StreamIDs", s => new Renumbers(s)),
        Of([HANDOVER_06], "first-device-pushed-only", Everything, "after a load stage 1 of the first device is handed over", s => new PushesFirst(s)),
        Of([HANDOVER_07], "started-before-push", Everything, "devices start, and stage 1 is handed over behind it", s => new StartsBeforePush(s)),
        Of([HANDOVER_07], "starts-without-vsmmu", Everything, "a destination starts before its virtual SMMU was loaded", s => new StartsUnloaded(s)),
        Of([HANDOVER_08], "push-failure-ignored", Everything, "a host that refuses stage 1 does not fail the load", s => new IgnoresFailure(s)),
        Of(
            [HANDOVER_09],
            "always-translates-after-load",
            Everything,
            "after a load every stream translates, whatever its STE says",
            s => new AlwaysTranslates(s)
        ),
        Of(
            HANDOVER_10,
            "vmid-reused-without-flush",
            Everything,
            "a VMID is given to the next guest with what the TLB knows of the last one",
            h => new VmidReused(h)
        ),
        Of([HANDOVER_11, DIRTY_17], "synchronised-before-stop", Stage2, "the last synchronisation is before the devices stop", s => new SyncsBeforeStop(s)),
        Of([DIRTY_17], "processor-writes-lost", Stage2, "the last synchronisation asks stage 2 alone", s => new ForgetsProcessors(s)),
        Of([HANDOVER_12], "stage-one-gone-after-cancel", Everything, "a migration that is given up leaves the devices on abort", s => new TornDownOnCancel(s)),
        Of([DIRTY_16], "emulated-writes-not-dirty", Stage2, "event records are stored past the dirty log", s => new EmulatedNotDirty(s)),
    ];

    // As with a single stage: what the guest's IOMMU maps is asked for, by the addresses that it maps.
    private sealed class DirtyByGiova(MachineSite s) : FaultyMachine(s)
    {
        private protected override IEnumerable<(ulong Start, ulong Length)> Ranges() => Translates ? [(0, 64 << 12)] : base.Ranges();
    }

    private sealed class LogReadAsGpa(MachineSite s) : FaultyMachine(s)
    {
        private protected override void QueryLogs(ICollection<ulong> pages)
        {
            foreach (var (_, address) in ReadLogs())
                Mark(address, pages);
        }
    }

    private sealed class ReplaysMappings(MachineSite s) : FaultyMachine(s)
    {
        private protected override void QueryLogs(ICollection<ulong> pages)
        {
            foreach (var (device, address) in ReadLogs())
                if (TranslateNow(device, address) is { } gpa)
                    Mark(gpa, pages);
        }
    }

    private sealed class SkipsHighSections(MachineSite s) : FaultyMachine(s)
    {
        private protected override IEnumerable<(ulong Start, ulong Length)> Ranges() => base.Ranges().Where(range => range.Start < 1ul << 32);
    }

    private sealed class StreamTableNotSaved(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool Keeps(uint register) => register is not (SmmuRegister.StrtabBase or SmmuRegister.StrtabBase + 4);
    }

    // The destination stays as a new machine is: stage 1 bypassed.
    private sealed class NoPush(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool PushAll()
        {
            for (var i = 0; i < Count; i++)
                Bypass(i);
            return true;
        }
    }

    private sealed class IgnoresDisable(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool PushAll()
        {
            for (var i = 0; i < Count; i++)
                PushEntry(i);
            return true;
        }
    }

    private sealed class Renumbers(MachineSite s) : FaultyMachine(s)
    {
        private protected override uint[] Numbered(uint[] functions) => IsDestination ? [.. functions.Reverse()] : functions;
    }

    private sealed class PushesFirst(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool PushAll() => PushOne(0);
    }

    private sealed class StartsBeforePush(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool PushAll()
        {
            for (var i = 0; i < Count; i++)
                Bypass(i);
            return true;
        }

        private protected override void StartDevices()
        {
            base.StartDevices();
            base.PushAll();
        }
    }

    private sealed class StartsUnloaded(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool MayStart(bool isLoaded) => true;
    }

    private sealed class IgnoresFailure(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool PushAll()
        {
            base.PushAll();
            return true;
        }
    }

    private sealed class AlwaysTranslates(MachineSite s) : FaultyMachine(s)
    {
        private bool isPushing;

        private protected override bool PushAll()
        {
            isPushing = true;
            var all = base.PushAll();
            isPushing = false;
            return all;
        }

        // The CD that the first context has, if the STE names none.
        private protected override (ulong Word0, ulong Word1) EntryOf(uint stream)
        {
            var (word0, word1) = base.EntryOf(stream);
            return isPushing && (word0 & 1) != 0 && (word0 >> 1 & 7) is 0 or 4 ? (0x4000_3000 | 5 << 1 | 1, 0xd4) : (word0, word1);
        }
    }

    private sealed class VmidReused(HostHabits h) : MemoryHost(h)
    {
        private protected override ushort ChooseVmid() => 1;

        private protected override void FlushVmid(ushort vmid) { }

        private protected override void Drop(PagingTable table, ulong iova, ulong length) { }
    }

    private sealed class SyncsBeforeStop(MachineSite s) : FaultyMachine(s)
    {
        private protected override void StopAndGather(ICollection<ulong> pages)
        {
            Poll();
            GatherNow(pages);
            StopDevices();
        }
    }

    private sealed class ForgetsProcessors(MachineSite s) : FaultyMachine(s)
    {
        private protected override void StopAndGather(ICollection<ulong> pages)
        {
            StopDevices();
            Poll();
            DeviceWrites(pages);
        }
    }

    private sealed class TornDownOnCancel(MachineSite s) : FaultyMachine(s)
    {
        private protected override void BeforeResume()
        {
            for (var i = 0; i < Count; i++)
                Abort(i);
        }
    }

    private sealed class EmulatedNotDirty(MachineSite s) : FaultyMachine(s)
    {
        private protected override void Emulated(ulong gpa) { }
    }
}
