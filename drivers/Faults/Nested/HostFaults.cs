using Conformance.Drivers.Reference.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Drivers.Reference.Nested.DirtyWay;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of a host: what it takes of a guest's STE, commands and events (SMMU-NEST-07..13, SMMU-NEST-19).</summary>
internal static class HostFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of(SMMU_NEST_07, "vste-takes-s2vmid", Everything, "a vSTE may have MEV and STRW", h => new TakesBits(h, 0, 1 << 19 | 3ul << 30)),
        Of(SMMU_NEST_07, "vste-takes-shcfg", Everything, "a vSTE may have SHCFG", h => new TakesBits(h, 0, 3ul << 44)),
        Of(SMMU_NEST_07, "vste-takes-split-stage-ats", Everything, "a vSTE may have EATS=2", h => new TakesAnything(h)),
        Of(SMMU_NEST_08, "doubleword-one-merged", Everything, "doubleword 1 of the guest's STE is merged as a whole", h => new MergesWord1(h)),
        Of(SMMU_NEST_08, "mev-not-set", Everything, "the physical STE has MEV=0", h => new MevNotSet(h)),
        Of(SMMU_NEST_09, "bypass-on-invalid-vste", Everything, "a vSTE with V=0 becomes bypass", h => new BypassOnInvalid(h)),
        Of(SMMU_NEST_10, "guest-vmid-forwarded", Everything, "TLBI commands keep the guest's VMID", h => new GuestVmidForwarded(h)),
        Of(SMMU_NEST_10, "cfgi-ste-forwarded", Everything, "CFGI_STE passes the filter", h => new CfgiSteForwarded(h)),
        Of(SMMU_NEST_10, "virtual-streamid-issued", Everything, "CFGI_CD goes out with the virtual StreamID", h => new VirtualStreamIdIssued(h)),
        Of(SMMU_NEST_11, "unissued-commands-counted", Everything, "commands of a batch that was not issued are counted", h => new UnissuedCounted(h)),
        Of(SMMU_NEST_12, "physical-streamid-leaks", Everything, "events have the physical StreamID", h => new PhysicalStreamIdLeaks(h)),
        Of(SMMU_NEST_12, "stage-two-events-forwarded", Everything, "stage-2 events reach the guest with S2=0", h => new Stage2Forwarded(h)),
        Of(SMMU_NEST_12, "lost-events-untold", Everything, "nothing tells that a vEVENTQ was full", h => new LostUntold(h)),
        Of(SMMU_NEST_13, "translates-without-vdevice", Everything, "a translating vSTE is attached without a vDEVICE", h => new NoVdeviceNeeded(h)),
        Of(SMMU_NEST_13, "takes-eight-bytes", Everything, "8 bytes of vSTE are enough", h => new TakesEightBytes(h)),
        Of(SMMU_NEST_19, "eats-copied", Everything, "EATS is the guest's", h => new EatsCopied(h)),
        Of(SMMU_NEST_19, "ats-left-on", Everything, "ATS stays on at a device whose vSTE has EATS=0", h => new AtsLeftOn(h)),
        Of(SMMU_NEST_19, "atc-not-invalidated", Everything, "ATS is turned off, and the device's cache is left as it is", h => new AtcNotInvalidated(h)),
        Of(DIRTY_12, "pretends-dirty-parent", Everything, "NEST_PARENT with DIRTY_TRACKING is granted, and nothing is tracked", h => new PretendsDirty(h)),
        Of(DIRTY_18, "dirty-without-coherency", Everything, "the capability does not look at coherent walks", h => new IgnoresCoherency(h)),
    ];

    private sealed class TakesBits(HostHabits h, ulong word0, ulong word1) : MemoryHost(h)
    {
        private protected override ulong LegalBits(int word) => base.LegalBits(word) | (word == 0 ? word0 : word1);
    }

    private sealed class TakesAnything(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Accepts(ref ulong word0, ref ulong word1)
        {
            if ((word1 >> 28 & 3) != 2)
                return base.Accepts(ref word0, ref word1);
            var others = word1 & ~(3ul << 28);
            return base.Accepts(ref word0, ref others);
        }
    }

    private sealed class MergesWord1(HostHabits h) : MemoryHost(h)
    {
        private protected override ulong LegalBits(int word) => base.LegalBits(word);

        private protected override StreamTableEntry EntryFor(HostedDevice device, NestedTable table)
        {
            var entry = base.EntryFor(device, table);
            // What the guest may say is put over all of the doubleword.
            return entry.Config == StreamConfig.Nested ? entry with { D1 = table.Entry.Word1 | 1 << 19 } : entry;
        }
    }

    private sealed class MevNotSet(HostHabits h) : MemoryHost(h)
    {
        private protected override StreamTableEntry EntryFor(HostedDevice device, NestedTable table) => base.EntryFor(device, table) with { MEV = false };
    }

    private sealed class BypassOnInvalid(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Accepts(ref ulong word0, ref ulong word1)
        {
            if ((word0 & 1) != 0)
                return base.Accepts(ref word0, ref word1);
            (word0, word1) = (1 | 4 << 1, 0);
            return true;
        }
    }

    private sealed class GuestVmidForwarded(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Convert(VirtualIommu viommu, ref SmmuCommand command)
        {
            var vmid = command.VMID;
            if (!base.Convert(viommu, ref command))
                return false;
            if ((byte)command.Opcode is >= 0x10 and <= 0x13)
                command = command with { VMID = vmid };
            return true;
        }
    }

    private sealed class CfgiSteForwarded(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Convert(VirtualIommu viommu, ref SmmuCommand command) =>
            command.Opcode == SmmuOpcode.CfgiSte || base.Convert(viommu, ref command);
    }

    private sealed class VirtualStreamIdIssued(HostHabits h) : MemoryHost(h)
    {
        private protected override uint PhysicalStream(HostedDevice device, uint virtualId) => virtualId;
    }

    // As the driver did: a batch is issued when it is full, or at the end; what fails in between is counted all the same.
    private sealed class UnissuedCounted(HostHabits h) : MemoryHost(h)
    {
        private const int Batch = 63;
        private readonly List<SmmuCommand> waiting = [];

        private protected override void Send(in SmmuCommand command, uint index)
        {
            waiting.Add(command);
            if (waiting.Count == Batch)
                Flush();
        }

        private protected override uint Counted(uint completed, uint failed)
        {
            waiting.Clear();
            return failed;
        }

        private protected override void Completed() => Flush();

        private void Flush()
        {
            foreach (var command in waiting)
                Issue(command);
            waiting.Clear();
        }
    }

    private sealed class PhysicalStreamIdLeaks(HostHabits h) : MemoryHost(h)
    {
        private protected override uint VirtualStream(VirtualDevice device, uint physical) => physical;
    }

    private sealed class Stage2Forwarded(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Forwards(ref SmmuEvent record)
        {
            record = record with { S2 = false };
            return base.Forwards(ref record);
        }
    }

    private sealed class LostUntold(HostHabits h) : MemoryHost(h)
    {
        private protected override void Enter(EventQueue queue, in SmmuEvent record)
        {
            if (queue.Held.Count < queue.Depth)
                base.Enter(queue, record);
        }
    }

    private sealed class NoVdeviceNeeded(HostHabits h) : MemoryHost(h)
    {
        private protected override bool NeedsVirtualDevice => false;
    }

    private sealed class TakesEightBytes(HostHabits h) : MemoryHost(h)
    {
        private protected override bool AcceptsLength(uint length) => length == 8 || base.AcceptsLength(length);
    }

    private sealed class EatsCopied(HostHabits h) : MemoryHost(h)
    {
        private protected override int EatsOf(HostedDevice device, int asked) => asked;
    }

    private sealed class AtsLeftOn(HostHabits h) : MemoryHost(h)
    {
        private protected override void TurnAtsOff(HostedDevice hosted) { }
    }

    private sealed class AtcNotInvalidated(HostHabits h) : MemoryHost(h)
    {
        private protected override void DropTranslations(HostedDevice hosted) { }
    }

    private sealed class PretendsDirty(HostHabits h) : MemoryHost(h)
    {
        private protected override bool Grants(uint flags) => flags == (Iommufd.NestParent | Iommufd.DirtyTracking) || base.Grants(flags);
    }

    private sealed class IgnoresCoherency(HostHabits h) : MemoryHost(h with { Smmu = HostHabits.Updating with { COHACC = false } })
    {
        private protected override bool TracksDirty => Habits.Smmu.HTTU >= 2;
    }
}
