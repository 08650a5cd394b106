namespace Conformance.Model.Nested.Steps;

/// <summary>What a step of a nested plan does. The numbers are part of stored plans: none is given away again.</summary>
public enum NestedStepKind : byte
{
    /// <summary>IOMMU_HWPT_ALLOC.</summary>
    Table = 1,

    /// <summary>IOMMU_VIOMMU_ALLOC.</summary>
    Viommu = 2,

    /// <summary>IOMMU_VDEVICE_ALLOC.</summary>
    Vdevice = 3,

    /// <summary>IOMMU_VEVENTQ_ALLOC.</summary>
    EventQueue = 4,

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT.</summary>
    Attach = 5,

    /// <summary>IOMMU_IOAS_MAP_FILE.</summary>
    Map = 6,

    /// <summary>IOMMU_IOAS_UNMAP.</summary>
    Unmap = 7,

    /// <summary>IOMMU_HWPT_INVALIDATE.</summary>
    Invalidate = 8,

    /// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
    Track = 9,

    /// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP.</summary>
    Bitmap = 10,

    /// <summary>A DMA of a device that the host is asked for directly.</summary>
    Dma = 11,

    /// <summary>Reading a vEVENTQ.</summary>
    Events = 12,

    /// <summary>IOMMU_GET_HW_INFO.</summary>
    HwInfo = 13,

    /// <summary>The guest turns its SMMU on or off.</summary>
    GuestControl = 32,

    /// <summary>The guest writes the STE of a device, and CFGI_STE.</summary>
    GuestStream = 33,

    /// <summary>The guest maps memory, and invalidates what was mapped there.</summary>
    GuestMap = 34,

    /// <summary>The guest unmaps memory, and invalidates.</summary>
    GuestUnmap = 35,

    /// <summary>The guest writes a CD, and CFGI_CD for every device.</summary>
    GuestContext = 36,

    /// <summary>The guest sends a command, and CMD_SYNC.</summary>
    GuestCommand = 37,

    /// <summary>A processor of the guest writes memory.</summary>
    GuestWrite = 38,

    /// <summary>A device of the guest does a DMA.</summary>
    GuestDma = 39,

    /// <summary>The VMM changes what devices may do with a page.</summary>
    Memory = 40,

    /// <summary>A migration begins: tracking is on, and all memory was copied once.</summary>
    Begin = 41,

    /// <summary>A round of pre-copy.</summary>
    Round = 42,

    /// <summary>The devices stop, and the last pages are copied.</summary>
    Stop = 43,

    /// <summary>The virtual SMMU and the devices are saved.</summary>
    Save = 44,

    /// <summary>There is a destination, with the memory as far as it was copied.</summary>
    Prepare = 45,

    /// <summary>The destination loads the virtual SMMU.</summary>
    Load = 46,

    /// <summary>The destination loads the devices.</summary>
    LoadDevices = 47,

    /// <summary>The destination starts.</summary>
    Start = 48,

    /// <summary>The source gives the migration up, and runs on.</summary>
    Cancel = 49,

    /// <summary>A host refuses the next attach of a device.</summary>
    Refuse = 50,

    /// <summary>Everything that is left of a migration, in the right order.</summary>
    Migrate = 51,

    /// <summary>The guest reads the identification registers.</summary>
    Identify = 52,

    /// <summary>A writer replaces an STE or a CD.</summary>
    WriteEntry = 64,

    /// <summary>A group joins the container of type 1, or leaves it.</summary>
    ContainerGroup = 72,

    /// <summary>VFIO_IOMMU_MAP_DMA.</summary>
    ContainerMap = 73,

    /// <summary>VFIO_IOMMU_UNMAP_DMA.</summary>
    ContainerUnmap = 74,

    /// <summary>The driver of a group pins a page, or lets go of it.</summary>
    ContainerPin = 75,

    /// <summary>The driver of a group writes a word through the kernel.</summary>
    ContainerWrite = 76,

    /// <summary>VFIO_IOMMU_DIRTY_PAGES.</summary>
    ContainerDirty = 77,

    /// <summary>VFIO_IOMMU_UNMAP_DMA with a bitmap.</summary>
    ContainerUnmapDirty = 78,
}
