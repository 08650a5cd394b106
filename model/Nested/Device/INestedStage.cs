using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Device;

/// <summary>
/// A host of nested stages as a VMM sees it: iommufd with the driver of an SMMUv3 behind it, memory, and devices that do DMA. Stage 2 maps GPA to memory and
/// belongs to the caller; stage 1 belongs to a guest, whose STE is pushed through <see cref="AllocateTable"/> and <see cref="Attach"/>. Calls come one at a
/// time. Errnos are those of the interface (SMMU-NEST-13).
/// </summary>
public interface INestedStage : IDisposable
{
    /// <summary>What it says of itself.</summary>
    NestedHostFacts Facts { get; }

    /// <summary>What can be seen from outside of the host; null where nothing can.</summary>
    INestedEvidence? Evidence { get; }

    /// <summary>IOMMU_GET_HW_INFO.</summary>
    CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info);

    /// <summary>IOMMU_HWPT_ALLOC.</summary>
    CallResult AllocateTable(in TableRequest request, out uint id);

    /// <summary>IOMMU_VIOMMU_ALLOC.</summary>
    CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id);

    /// <summary>IOMMU_VDEVICE_ALLOC.</summary>
    CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id);

    /// <summary>IOMMU_VEVENTQ_ALLOC.</summary>
    CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id);

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT, which replaces what is attached.</summary>
    CallResult Attach(uint device, uint table);

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT: the device aborts until something is attached again.</summary>
    CallResult Detach(uint device);

    /// <summary>IOMMU_DESTROY: EBUSY while something is made from the object or attached to it.</summary>
    CallResult Destroy(uint id);

    /// <summary>IOMMU_IOAS_MAP_FILE with a fixed address, on the one IOAS.</summary>
    /// <param name="iova">Where, a multiple of 4 KiB; a GPA for a VMM.</param>
    /// <param name="length">Bytes, a multiple of 4 KiB.</param>
    /// <param name="ram">The place in the memory, a multiple of 4 KiB.</param>
    /// <param name="writable">False for a mapping that devices cannot write to.</param>
    CallResult Map(ulong iova, ulong length, ulong ram, bool writable);

    /// <summary>IOMMU_IOAS_UNMAP: whole mappings only.</summary>
    CallResult Unmap(ulong iova, ulong length);

    /// <summary>IOMMU_HWPT_INVALIDATE on a vIOMMU.</summary>
    /// <param name="id">The vIOMMU.</param>
    /// <param name="dataType">What the entries are.</param>
    /// <param name="entryLength">Bytes of an entry.</param>
    /// <param name="entries">The entries one behind the other.</param>
    /// <param name="count">How many there are; on return how many were completed (SMMU-NEST-11).</param>
    CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count);

    /// <summary>Reads what a vEVENTQ holds, and empties it.</summary>
    CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into);

    /// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
    CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0);

    /// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="buffer">Memory of the caller, more than the bitmap: what lies around it is not to be touched (DIRTY-11).</param>
    /// <param name="offset">Where the bitmap begins in it.</param>
    CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset);

    /// <summary>Reads memory by its place, as the VMM does.</summary>
    void ReadRam(ulong ram, Span<byte> bytes);

    /// <summary>Writes memory by its place, as the VMM does.</summary>
    void WriteRam(ulong ram, ReadOnlySpan<byte> bytes);

    /// <summary>Tells a device to do a DMA.</summary>
    DmaResult Dma(uint device, in DmaRequest request);

    /// <summary>The results of the DMAs that a device did later than it was told to, in their order; they are told once.</summary>
    void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into);

    /// <summary>The migration state of a device (VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE).</summary>
    DeviceState StateOf(uint device);

    /// <summary>Takes a device to a migration state, over the arcs of the state machine.</summary>
    CallResult SetState(uint device, DeviceState state);

    /// <summary>Reads the image of a device in STOP_COPY or a pre-copy state, as far as there is one now.</summary>
    CallResult ReadImage(uint device, out byte[] image);

    /// <summary>Writes the image of a device in RESUMING.</summary>
    CallResult WriteImage(uint device, ReadOnlySpan<byte> image);

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_START: over all addresses that the device emits.</summary>
    CallResult StartLog(uint device) => NotThere.Result;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP.</summary>
    CallResult StopLog(uint device) => NotThere.Result;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT with pages of 4 KiB: bits by the address that the device emits, and read means cleared.</summary>
    CallResult ReportLog(uint device, ulong address, ulong length, Span<byte> bitmap) => NotThere.Result;

    /// <summary>Makes the next attach of a device fail with an errno. Only with <see cref="NestedHostFacts.CanRefuse"/>.</summary>
    void RefuseAttach(uint device, int errno) { }
}

/// <summary>What can be seen of a host from outside: the hardware's side of it.</summary>
public interface INestedEvidence
{
    /// <summary>The physical STE of a device, by its first StreamID.</summary>
    StreamTableEntry EntryOf(uint device);

    /// <summary>The commands that the host issued since the last time it was asked, SYNC left out, in their order.</summary>
    void TakeIssued(ICollection<SmmuCommand> into);

    /// <summary>The records of the physical event queue since the last time it was asked.</summary>
    void TakeRecords(ICollection<SmmuEvent> into);

    /// <summary>Whether ATS is on at a device (its configuration space), SMMU-NEST-19; null where nobody can say.</summary>
    bool? IsAtsOn(uint device) => null;

    /// <summary>Bytes of the stage-2 leaf that translates an address; 0 where nothing is mapped.</summary>
    ulong LeafOf(ulong iova);

    /// <summary>The place in physical memory that an address of stage 2 leads to; null where nothing is mapped.</summary>
    ulong? PhysicalOf(ulong iova);
}
