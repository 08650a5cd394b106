namespace Conformance.Model.Nested.Device;

/// <summary>Numbers of iommufd that calls of <see cref="INestedStage"/> have: flags and types, with the values of the uAPI.</summary>
public static class Iommufd
{
    /// <summary>HWPT_ALLOC: the table can be the parent of nested ones.</summary>
    public const uint NestParent = 1;

    /// <summary>HWPT_ALLOC: the table keeps dirty state.</summary>
    public const uint DirtyTracking = 2;

    /// <summary>HWPT_ALLOC: a fault queue is given.</summary>
    public const uint FaultId = 4;

    /// <summary>HWPT_ALLOC: the table can be attached to a PASID.</summary>
    public const uint Pasid = 8;

    /// <summary>HWPT_ALLOC: no data.</summary>
    public const uint NoData = 0;

    /// <summary>HWPT_ALLOC: the first two doublewords of a vSTE.</summary>
    public const uint ArmSmmuv3Table = 2;

    /// <summary>VIOMMU_ALLOC, VEVENTQ_ALLOC and HWPT_INVALIDATE: an Arm SMMUv3.</summary>
    public const uint ArmSmmuv3 = 1;

    /// <summary>GET_HW_INFO: the identification registers of an Arm SMMUv3.</summary>
    public const uint ArmSmmuv3Info = 2;

    /// <summary>SET_DIRTY_TRACKING: on.</summary>
    public const uint Enable = 1;

    /// <summary>GET_DIRTY_BITMAP: dirty state stays.</summary>
    public const uint NoClear = 1;

    /// <summary>A vEVENT header: records before it were lost; it has no payload.</summary>
    public const uint LostEvents = 1;

    /// <summary>The most entries of one HWPT_INVALIDATE, and of a vEVENTQ.</summary>
    public const uint MostEntries = 1 << 19;

    /// <summary>Bytes of a vSTE: <see cref="ArmSmmuv3Table"/>.</summary>
    public const uint TableDataLength = 16;
}
