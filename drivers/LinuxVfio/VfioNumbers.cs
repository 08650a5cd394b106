using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The ioctl numbers that opening a device needs (V.8; those of migration are in <see cref="Uapi"/>).</summary>
internal static class VfioNumbers
{
    // On the container.
    public const uint GetApiVersion = 0x3B64,
        CheckExtension = 0x3B65,
        SetIommu = 0x3B66;

    // On a container of type 1.
    public const uint Type1GetInfo = 0x3B70,
        MapDma = 0x3B71,
        UnmapDma = 0x3B72,
        DirtyPages = 0x3B75;

    // On the group.
    public const uint GroupGetStatus = 0x3B67,
        GroupSetContainer = 0x3B68,
        GroupUnsetContainer = 0x3B69,
        GroupGetDevice = 0x3B6A;

    // On the device.
    public const uint GetInfo = 0x3B6B,
        GetRegionInfo = 0x3B6C,
        BindIommufd = 0x3B76,
        AttachIommufd = 0x3B77,
        DetachIommufd = 0x3B78;

    // On /dev/iommu.
    public const uint IoasAlloc = 0x3B81,
        IoasMap = 0x3B85;

    /// <summary>VFIO_TYPE1_IOMMU and VFIO_TYPE1v2_IOMMU.</summary>
    public const ulong Type1 = 1,
        Type1V2 = 3;
}
