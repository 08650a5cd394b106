namespace Conformance.Drivers.LinuxIommufd;

/// <summary>Request numbers of /dev/iommu that nested stages need; those of opening a device are in <see cref="LinuxVfio.VfioNumbers"/>.</summary>
internal static class IommufdNumbers
{
    // On /dev/iommu.
    public const uint Destroy = 0x3B80,
        IoasUnmap = 0x3B86,
        HwptAlloc = 0x3B89,
        GetHwInfo = 0x3B8A,
        SetDirtyTracking = 0x3B8B,
        GetDirtyBitmap = 0x3B8C,
        HwptInvalidate = 0x3B8D,
        IoasMapFile = 0x3B8F,
        ViommuAlloc = 0x3B90,
        VdeviceAlloc = 0x3B91,
        VeventqAlloc = 0x3B93,
        Test = 0x3BA0;

    /// <summary>Bytes of the argument of a test operation (CONFIG_IOMMUFD_TEST).</summary>
    public const int TestSize = 72;

    /// <summary>Test operations: a mock device's attach to another page table, a mock device, dirty bits as hardware sets them.</summary>
    public const uint TestReplace = 10,
        TestMockDomain = 12,
        TestDirty = 13;

    /// <summary>IOMMU_IOAS_MAP_FILE: the address is given, devices may write, devices may read.</summary>
    public const uint MapFixed = 1,
        MapWritable = 2,
        MapReadable = 4;

    /// <summary>VFIO_PCI_BAR0_REGION_INDEX and VFIO_PCI_CONFIG_REGION_INDEX.</summary>
    public const uint Bar0 = 0,
        Config = 7;
}
