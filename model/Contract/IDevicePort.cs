namespace Conformance.Model.Contract;

/// <summary>The descriptors of a VFIO device that is open in this process. They are the kit's: use them, and do not close them.</summary>
/// <param name="Device">The device: mmap of its regions, VFIO_DEVICE_SET_IRQS with eventfds of one's own.</param>
/// <param name="Iommu">The iommufd, or the container: mapping of memory for DMA.</param>
/// <param name="AddressSpace">The id of the address space (IOMMU_IOAS_MAP); 0 for a container (VFIO_IOMMU_MAP_DMA).</param>
public readonly record struct VfioDescriptors(int Device, int Iommu, uint AddressSpace);

/// <summary>An opened device, as a workload of one's own reaches it (<see cref="IWorkloadFactory"/>).</summary>
public interface IDevicePort
{
    /// <summary>
    /// Reads a region: 0 to 5 are the BARs, 7 the configuration space of a PCI device. One access of 1, 2, 4 or 8 bytes, or more where the region is memory.
    /// </summary>
    /// <returns>0 or an errno: ENOTTY where a device has no regions, EIO when fewer bytes came.</returns>
    int Read(int region, ulong offset, Span<byte> bytes);

    /// <summary>Writes a region.</summary>
    /// <inheritdoc cref="Read" path="/returns"/>
    int Write(int region, ulong offset, ReadOnlySpan<byte> bytes);

    /// <summary>The descriptors of a device of this machine; null in process and in a guest.</summary>
    VfioDescriptors? Descriptors { get; }

    /// <summary>The driver of a device in this process, an <c>IMigrationDriver</c>; null elsewhere.</summary>
    object? Driver { get; }
}
