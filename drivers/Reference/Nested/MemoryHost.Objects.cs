using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

// Objects: what is allocated, from what, and what is attached.
public partial class MemoryHost
{
    // D0 {V, Config, S1Fmt, S1ContextPtr, S1CDMax}, D1 {S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS}.
    private const ulong LegalWord0 = 0xf80f_ffff_ffff_ffff,
        LegalWord1 = 0x3800_00ff;

    /// <inheritdoc/>
    public CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        info = null;
        if (!devices.ContainsKey(device))
            return CallResult.Fail(Errno.ENOENT);
        if (dataType is not (0 or Iommufd.ArmSmmuv3Info))
            return CallResult.Fail(Errno.EOPNOTSUPP);
        info = new(Habits.Smmu, TracksDirty);
        return CallResult.Success;
    }

    /// <summary>Seam: IOMMU_HW_CAP_DIRTY_TRACKING (DIRTY-18).</summary>
    private protected virtual bool TracksDirty => Habits.Smmu.HTTU >= 2 && Habits.Smmu.COHACC;

    /// <inheritdoc/>
    public CallResult AllocateTable(in TableRequest request, out uint id)
    {
        id = 0;
        if (request.Reserved != 0 || request.Flags > 15)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (request.DataType == Iommufd.NoData && request.DataLength != 0 || request.DataType != Iommufd.NoData && request.DataLength == 0)
            return CallResult.Fail(Errno.EINVAL);
        if (!devices.TryGetValue(request.Device, out var device))
            return CallResult.Fail(Errno.ENOENT);
        return objects.GetValueOrDefault(request.Parent) switch
        {
            AddressSpace => AllocatePaging(request, device, out id),
            VirtualIommu viommu => AllocateNested(request, device, viommu, out id),
            // An SMMUv3 nests through a vIOMMU only.
            PagingTable => CallResult.Fail(Errno.EOPNOTSUPP),
            _ => CallResult.Fail(Errno.EINVAL),
        };
    }

    private CallResult AllocatePaging(in TableRequest request, HostedDevice device, out uint id)
    {
        id = 0;
        if (request.DataType != Iommufd.NoData || !Grants(request.Flags))
            return CallResult.Fail(Errno.EOPNOTSUPP);
        var isDirty = (request.Flags & Iommufd.DirtyTracking) != 0;
        var vmid = ChooseVmid();
        FlushVmid(vmid);
        var table = new PagingTable(
            nextId++,
            device.Device.Smmu,
            (request.Flags & Iommufd.NestParent) != 0,
            isDirty && Habits.Smmu.HTTU >= 2,
            vmid,
            new(Smmu, AllocateTablePage)
        );
        objects.Add(id = table.Id, table);
        foreach (var mapping in mappings)
            Enter(table, mapping);
        return CallResult.Success;
    }

    /// <summary>Seam: which flags a table of the host's can have (DIRTY-12, SMMU-NEST-13).</summary>
    private protected virtual bool Grants(uint flags) =>
        flags switch
        {
            0 or Iommufd.NestParent => true,
            Iommufd.NestParent | Iommufd.DirtyTracking => Habits.GrantsDirtyParent,
            // The hardware of these devices has no PASIDs, and tables that are no parents are stage 2 here as well.
            _ => false,
        };

    /// <summary>Seam: the VMID of a new table.</summary>
    private protected virtual ushort ChooseVmid() => nextVmid++;

    /// <summary>Seam: a VMID that is given away may have been another guest's (HANDOVER-10).</summary>
    private protected virtual void FlushVmid(ushort vmid)
    {
        Issue(SmmuCommand.TlbiS12VmAll(vmid));
        Synchronise();
    }

    private CallResult AllocateNested(in TableRequest request, HostedDevice device, VirtualIommu viommu, out uint id)
    {
        id = 0;
        if ((request.Flags & ~Iommufd.FaultId) != 0 || request.DataType == Iommufd.NoData)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (request.DataType != Iommufd.ArmSmmuv3Table || !AcceptsLength(request.DataLength) || device.Device.Smmu != viommu.Parent.Smmu)
            return CallResult.Fail(Errno.EINVAL);
        var (word0, word1) = (request.Word0, request.Word1);
        if (!Accepts(ref word0, ref word1))
            return CallResult.Fail(Errno.EIO);
        var table = new NestedTable(nextId++, viommu, word0, word1);
        viommu.Users++;
        objects.Add(id = table.Id, table);
        return CallResult.Success;
    }

    /// <summary>Seam: the length of the data (SMMU-NEST-13).</summary>
    private protected virtual bool AcceptsLength(uint length) => length == Iommufd.TableDataLength;

    /// <summary>Seam: the legal bits of a vSTE (SMMU-NEST-07).</summary>
    private protected virtual ulong LegalBits(int word) => word == 0 ? LegalWord0 : LegalWord1;

    /// <summary>Seam: whether a vSTE is legal; one that is not valid says nothing else (SMMU-NEST-07, SMMU-NEST-09).</summary>
    private protected virtual bool Accepts(ref ulong word0, ref ulong word1)
    {
        if ((word0 & 1) == 0)
        {
            word0 = word1 = 0;
            return true;
        }

        if ((word0 & ~LegalBits(0)) != 0 || (word1 & ~LegalBits(1)) != 0)
            return false;
        return (word0 >> 1 & 7) is 0 or 4 or 5 && (word1 >> 28 & 3) <= 1;
    }

    /// <inheritdoc/>
    public CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id)
    {
        id = 0;
        if (flags != 0 || type == 0)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (!devices.TryGetValue(device, out var hosted))
            return CallResult.Fail(Errno.ENOENT);
        if (type != Iommufd.ArmSmmuv3)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (objects.GetValueOrDefault(parent) is not PagingTable table)
            return CallResult.Fail(Errno.ENOENT);
        if (!table.IsParent || table.Smmu != hosted.Device.Smmu)
            return CallResult.Fail(Errno.EINVAL);
        var viommu = new VirtualIommu(nextId++, table);
        table.Users++;
        objects.Add(id = viommu.Id, viommu);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id)
    {
        id = 0;
        if (objects.GetValueOrDefault(viommu) is not VirtualIommu owner)
            return CallResult.Fail(Errno.ENOENT);
        if (!devices.TryGetValue(device, out var hosted))
            return CallResult.Fail(Errno.ENOENT);
        if (hosted.Device.Smmu != owner.Parent.Smmu)
            return CallResult.Fail(Errno.EINVAL);
        if (hosted.Virtual is not null || owner.Devices.ContainsKey(virtualId))
            return CallResult.Fail(Errno.EEXIST);
        if (hosted.Device.StreamIds.Count != 1)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        var made = new VirtualDevice(nextId++, owner, hosted, virtualId);
        owner.Devices.Add(virtualId, hosted);
        owner.Users++;
        hosted.Virtual = made;
        objects.Add(id = made.Id, made);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id)
    {
        id = 0;
        if (flags != 0 || type == 0)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (depth is 0 or > Iommufd.MostEntries)
            return CallResult.Fail(Errno.EINVAL);
        if (objects.GetValueOrDefault(viommu) is not VirtualIommu owner)
            return CallResult.Fail(Errno.ENOENT);
        if (type != Iommufd.ArmSmmuv3)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (owner.Events is not null)
            return CallResult.Fail(Errno.EEXIST);
        owner.Events = new(nextId++, owner, depth);
        owner.Users++;
        objects.Add(id = owner.Events.Id, owner.Events);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Attach(uint device, uint table)
    {
        if (!devices.TryGetValue(device, out var hosted))
            return CallResult.Fail(Errno.ENOENT);
        if (hosted.Refusal != 0)
        {
            var refusal = hosted.Refusal;
            hosted.Refusal = 0;
            return CallResult.Fail(refusal);
        }

        switch (objects.GetValueOrDefault(table))
        {
            case PagingTable paging:
                if (paging.Smmu != hosted.Device.Smmu)
                    return CallResult.Fail(Errno.EINVAL);
                Exchange(hosted, Stage2Entry(paging));
                break;
            case NestedTable nested:
                if (nested.Viommu.Parent.Smmu != hosted.Device.Smmu)
                    return CallResult.Fail(Errno.EINVAL);
                if (Translates(nested) && NeedsVirtualDevice && hosted.Virtual?.Viommu != nested.Viommu)
                    return CallResult.Fail(Errno.ENOENT);
                Exchange(hosted, EntryFor(hosted, nested));
                break;
            case null:
                return CallResult.Fail(Errno.ENOENT);
            default:
                return CallResult.Fail(Errno.EINVAL);
        }

        if (hosted.Attached is { } before)
            before.Users--;
        hosted.Attached = objects[table];
        hosted.Attached.Users++;
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Detach(uint device)
    {
        if (!devices.TryGetValue(device, out var hosted))
            return CallResult.Fail(Errno.ENOENT);
        if (hosted.Attached is { } before)
            before.Users--;
        hosted.Attached = null;
        Exchange(hosted, new() { Valid = true });
        return CallResult.Success;
    }

    // ATS is off at the device before its STE says so, and what it kept is dropped behind that (SMMU-NEST-19).
    private void Exchange(HostedDevice hosted, in StreamTableEntry entry)
    {
        var (had, has) = (hosted.IsAtsOn, entry.EATS == 1);
        if (had && !has)
            TurnAtsOff(hosted);
        Install(hosted, entry);
        if (had && !has)
            DropTranslations(hosted);
        hosted.IsAtsOn |= has;
    }

    /// <summary>Seam: ATS of a device goes off (SMMU-NEST-19).</summary>
    private protected virtual void TurnAtsOff(HostedDevice hosted) => hosted.IsAtsOn = false;

    /// <summary>Seam: what a device kept of translations that it asked for is gone (SMMU-NEST-19).</summary>
    private protected virtual void DropTranslations(HostedDevice hosted)
    {
        const int Everything = 52;
        foreach (var stream in hosted.Device.StreamIds)
            Issue(SmmuCommand.AtcInv(stream, 0, Everything));
        Synchronise();
    }

    /// <inheritdoc/>
    public bool? IsAtsOn(uint device) => devices[device].IsAtsOn;

    /// <inheritdoc/>
    public void RefuseAttach(uint device, int errno) => devices[device].Refusal = errno;

    private static bool Translates(NestedTable table) => (table.Entry.Word0 & 0xf) == 0b1011;

    /// <summary>Seam: a translating vSTE needs a vDEVICE (SMMU-NEST-13).</summary>
    private protected virtual bool NeedsVirtualDevice => true;

    private static StreamTableEntry Stage2Entry(PagingTable table) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage2,
            SHCFG = 1,
            S2VMID = table.Vmid,
            S2T0SZ = 25,
            S2SL0 = 1,
            S2IR0 = 1,
            S2OR0 = 1,
            S2SH0 = 3,
            S2PS = 4,
            S2AA64 = true,
            S2PTW = true,
            S2R = true,
            S2HA = table.IsDirty,
            S2HD = table.IsDirty,
            S2TTB = table.Tables.Root,
        };

    /// <summary>Seam: the physical STE of a nested table (SMMU-NEST-08, SMMU-NEST-09, SMMU-NEST-19).</summary>
    private protected virtual StreamTableEntry EntryFor(HostedDevice device, NestedTable table)
    {
        var (word0, word1) = table.Entry;
        if ((word0 & 1) == 0 || (word0 >> 1 & 7) == 0)
            return new() { Valid = true };
        var entry = Stage2Entry(table.Viommu.Parent);
        if (!Translates(table))
            return entry;
        entry.D0 = (word0 & ~0xeul) | ((ulong)StreamConfig.Nested << 1);
        entry.D1 |= Stage1Bits(word1);
        return entry with { EATS = EatsOf(device, (int)(word1 >> 28 & 3)), MEV = true };
    }

    /// <summary>Seam: what of doubleword 1 is the guest's (SMMU-NEST-08).</summary>
    private protected virtual ulong Stage1Bits(ulong word1) => word1 & LegalWord1 & ~(3ul << 28);

    /// <summary>Seam: EATS by the host's own state (SMMU-NEST-19).</summary>
    private protected virtual int EatsOf(HostedDevice device, int asked) => asked == 1 && device.Device.HasAts ? 1 : 0;

    /// <inheritdoc/>
    public CallResult Destroy(uint id)
    {
        if (objects.GetValueOrDefault(id) is not { } gone || gone is HostedDevice or AddressSpace)
            return CallResult.Fail(Errno.ENOENT);
        if (gone.Users != 0)
            return CallResult.Fail(Errno.EBUSY);
        objects.Remove(id);
        switch (gone)
        {
            case PagingTable table:
                FreeTables(table);
                break;
            case VirtualIommu viommu:
                viommu.Parent.Users--;
                break;
            case NestedTable nested:
                nested.Viommu.Users--;
                break;
            case EventQueue queue:
                queue.Viommu.Users--;
                queue.Viommu.Events = null;
                break;
            case VirtualDevice made:
                made.Viommu.Users--;
                made.Viommu.Devices.Remove(made.VirtualId);
                made.Device.Virtual = null;
                break;
        }

        return CallResult.Success;
    }

    // Tables are never used again: hosts in memory do not live that long.
    private void FreeTables(PagingTable table) => FlushVmid(table.Vmid);

    private ulong AllocateTablePage()
    {
        var page = nextTable;
        nextTable += Stage2Tables.Page;
        if (page >= Ram)
            throw new InvalidOperationException("the host has no memory for tables left");
        return page;
    }
}
