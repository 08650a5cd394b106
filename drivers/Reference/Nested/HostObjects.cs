using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>Something with an id.</summary>
internal abstract class HostObject(uint id)
{
    public uint Id => id;

    /// <summary>How many other objects need it.</summary>
    public int Users { get; set; }
}

internal sealed class AddressSpace(uint id) : HostObject(id);

/// <summary>A table of the host's: stage 2 where it is a nest parent.</summary>
internal sealed class PagingTable(uint id, int smmu, bool isParent, bool isDirty, ushort vmid, Stage2Tables tables) : HostObject(id)
{
    public int Smmu => smmu;

    public bool IsParent => isParent;

    /// <summary>True when it keeps dirty state.</summary>
    public bool IsDirty => isDirty;

    public ushort Vmid => vmid;

    public Stage2Tables Tables => tables;
}

internal sealed class VirtualIommu(uint id, PagingTable parent) : HostObject(id)
{
    public PagingTable Parent => parent;

    /// <summary>The devices by their virtual StreamIDs.</summary>
    public Dictionary<ulong, HostedDevice> Devices { get; } = [];

    public EventQueue? Events { get; set; }
}

internal sealed class VirtualDevice(uint id, VirtualIommu viommu, HostedDevice device, ulong virtualId) : HostObject(id)
{
    public VirtualIommu Viommu => viommu;

    public HostedDevice Device => device;

    public ulong VirtualId => virtualId;
}

internal sealed class NestedTable(uint id, VirtualIommu viommu, ulong word0, ulong word1) : HostObject(id)
{
    public VirtualIommu Viommu => viommu;

    /// <summary>Doublewords 0 and 1 of the vSTE.</summary>
    public (ulong Word0, ulong Word1) Entry => (word0, word1);
}

internal sealed class EventQueue(uint id, VirtualIommu viommu, uint depth) : HostObject(id)
{
    public VirtualIommu Viommu => viommu;

    public uint Depth => depth;

    public List<VirtualEvent> Held { get; } = [];

    public bool HasLost { get; set; }

    public uint Sequence { get; set; }
}

/// <summary>A device with what is attached to it and what it has to do.</summary>
internal sealed class HostedDevice(NestedDevice device) : HostObject(device.Id), IDisposable
{
    public NestedDevice Device => device;

    public VirtualDevice? Virtual { get; set; }

    /// <summary>What is attached; null where nothing is.</summary>
    public HostObject? Attached { get; set; }

    /// <summary>True when ATS is on in its configuration space.</summary>
    public bool IsAtsOn { get; set; }

    /// <summary>The errno of the next attach; 0 for none.</summary>
    public int Refusal { get; set; }

    /// <summary>True when the addresses that it writes to are logged.</summary>
    public bool IsLogging { get; set; }

    /// <summary>The pages of 4 KiB that were written, as the device addresses them.</summary>
    public SortedSet<ulong> Log { get; } = [];

    /// <summary>Its migration, and the DMAs that wait for it.</summary>
    public MigratingDevice Migration { get; } = new();

    public void Dispose() => Migration.Dispose();
}
