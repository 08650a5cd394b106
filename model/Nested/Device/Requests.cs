using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Device;

/// <summary>IOMMU_HWPT_ALLOC.</summary>
/// <param name="Flags">See <see cref="Iommufd"/>.</param>
/// <param name="Device">The device.</param>
/// <param name="Parent">An IOAS for a table of the host's, a vIOMMU for a nested one.</param>
/// <param name="DataType">What the data are.</param>
/// <param name="DataLength">How many bytes of data there are.</param>
/// <param name="Word0">Bytes 0..7 of the data: doubleword 0 of a vSTE.</param>
/// <param name="Word1">Bytes 8..15 of the data: doubleword 1 of a vSTE.</param>
/// <param name="Reserved">The reserved word.</param>
public readonly record struct TableRequest(
    uint Flags,
    uint Device,
    uint Parent,
    uint DataType = 0,
    uint DataLength = 0,
    ulong Word0 = 0,
    ulong Word1 = 0,
    uint Reserved = 0
);

/// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP.</summary>
/// <param name="Table">The table.</param>
/// <param name="Flags">0 or <see cref="Iommufd.NoClear"/>.</param>
/// <param name="Iova">The first address.</param>
/// <param name="Length">Bytes of the range.</param>
/// <param name="PageSize">What one bit stands for, bytes.</param>
/// <param name="Reserved">The reserved word.</param>
public readonly record struct BitmapRequest(uint Table, uint Flags, ulong Iova, ulong Length, ulong PageSize, uint Reserved = 0);

/// <summary>What IOMMU_GET_HW_INFO says of the SMMU of a device.</summary>
/// <param name="Registers">The identification registers as the hardware has them.</param>
/// <param name="TracksDirty">IOMMU_HW_CAP_DIRTY_TRACKING.</param>
public sealed record HardwareInfo(SmmuCapabilities Registers, bool TracksDirty);

/// <summary>A record of a vEVENTQ: the header, and the event where there is one.</summary>
/// <param name="Flags">0 or <see cref="Iommufd.LostEvents"/>.</param>
/// <param name="Sequence">Goes up by one for each event, delivered or lost.</param>
/// <param name="Record">The event; nothing with <see cref="Iommufd.LostEvents"/>.</param>
public readonly record struct VirtualEvent(uint Flags, uint Sequence, SmmuEvent Record);

/// <summary>When a device does a DMA that it was told to do.</summary>
public enum DmaMoment : byte
{
    /// <summary>At once; not at all when it does not run.</summary>
    Now,

    /// <summary>It is outstanding until the device is taken out of its running states, and done before that request returns.</summary>
    AtStop,

    /// <summary>As the first thing that the device does when it runs again.</summary>
    AtStart,
}

/// <summary>A DMA of 8 bytes.</summary>
/// <param name="Address">The address that the device emits: IOVA with stage 1 on, otherwise GPA. A multiple of 8.</param>
/// <param name="IsWrite">True for a write.</param>
/// <param name="Value">What is written.</param>
/// <param name="Moment">When.</param>
public readonly record struct DmaRequest(ulong Address, bool IsWrite, ulong Value, DmaMoment Moment = DmaMoment.Now);

/// <summary>How a DMA ended.</summary>
public enum DmaEnd : byte
{
    /// <summary>It was not done yet: see <see cref="DmaMoment"/>.</summary>
    Pending,

    /// <summary>The device does not run.</summary>
    NotRunning,

    /// <summary>It went through.</summary>
    Completed,

    /// <summary>It was terminated.</summary>
    Aborted,
}

/// <summary>A DMA that was done, or not.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Value">What was read.</param>
public readonly record struct DmaResult(DmaEnd End, ulong Value = 0);

/// <summary>A device that can be assigned.</summary>
/// <param name="Id">Its id on the host.</param>
/// <param name="Smmu">The SMMU that it is behind: devices with the same number share one.</param>
/// <param name="StreamIds">Its physical StreamIDs.</param>
/// <param name="HasAts">True when the host turns ATS on for it where a vSTE asks for it.</param>
public sealed record NestedDevice(uint Id, int Smmu, IReadOnlyList<uint> StreamIds, bool HasAts);

/// <summary>In which respect the SMMU of a host is another one. The numbers are part of stored plans.</summary>
public enum HostMake : byte
{
    /// <summary>None.</summary>
    Same,

    /// <summary>Fields of the identification registers that no VMM may look at: HTTU, BTM, MPAM.</summary>
    Unlisted,

    /// <summary>It has no granule of 16 KiB.</summary>
    NoGranule16K,

    /// <summary>Its ASIDs have 8 bits.</summary>
    Asids8,

    /// <summary>It has no range invalidation.</summary>
    NoRanges,

    /// <summary>Its output addresses are smaller.</summary>
    SmallerAddresses,

    /// <summary>Its StreamIDs have fewer bits.</summary>
    FewerStreams,
}

/// <summary>What a host says of itself before anything is asked of it.</summary>
public sealed record NestedHostFacts
{
    /// <summary>The IOAS: the address space that stage 2 is made from.</summary>
    public required uint AddressSpace { get; init; }

    /// <summary>The devices, in a fixed order.</summary>
    public required IReadOnlyList<NestedDevice> Devices { get; init; }

    /// <summary>Bytes of memory that can be mapped, a multiple of 2 MiB; at most 1 GiB where a plugin declares it.</summary>
    public required ulong RamSize { get; init; }

    /// <summary>True when NEST_PARENT with DIRTY_TRACKING is granted, as the mock of iommufd does and Linux 7.2 on an SMMUv3 does not.</summary>
    public bool GrantsDirtyParent { get; init; }

    /// <summary>True when a page that is mapped while tracking is on reads as dirty once (SMMUv3); false where it reads as clean (AMD's format).</summary>
    public bool MapsDirty { get; init; }

    /// <summary>
    /// True when devices can have stage 1 of an SMMUv3 (vIOMMU, vDEVICE, guest STE); false for a host that is asked for stage 2 and its dirty state alone, as
    /// one with the mock of iommufd is.
    /// </summary>
    public bool HasStage1 { get; init; } = true;

    /// <summary>True when devices log the addresses that they write to: <see cref="INestedStage.StartLog"/>.</summary>
    public bool HasDeviceLogs { get; init; }

    /// <summary>True when the host can be told to refuse an attach: <see cref="INestedStage.RefuseAttach"/>.</summary>
    public bool CanRefuse { get; init; }
}

/// <summary>A call that is not there on this host.</summary>
public static class NotThere
{
    /// <summary>ENOTTY.</summary>
    public static CallResult Result => CallResult.Fail(Errno.ENOTTY);
}
