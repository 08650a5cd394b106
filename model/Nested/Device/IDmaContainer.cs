using Conformance.Model.Contract;

namespace Conformance.Model.Nested.Device;

/// <summary>
/// A VFIO container of type 1 (v2) with the groups in it, as a VMM without iommufd knows which pages devices wrote: VFIO_IOMMU_DIRTY_PAGES (DIRTY-13,
/// DIRTY-14). Without a group in it a container answers nothing.
/// </summary>
public interface IDmaContainer : IDisposable
{
    /// <summary>The smallest page of the IOMMU, in bytes: a power of two from 4096 to 65536. It is asked for behind the first <see cref="Join"/>.</summary>
    ulong PageSize { get; }

    /// <summary>Which groups can join it. It does not change.</summary>
    ContainerGroups Groups { get; }

    /// <summary>A group joins, which changes nothing of what is mapped (VFIO_GROUP_SET_CONTAINER).</summary>
    /// <param name="kind"><see cref="ContainerGroups.Silent"/>, <see cref="ContainerGroups.Pinning"/> or <see cref="ContainerGroups.Idle"/>.</param>
    CallResult Join(ContainerGroups kind);

    /// <summary>A group of that kind leaves (VFIO_GROUP_UNSET_CONTAINER), and lets go of what its driver pinned. Another one stays.</summary>
    /// <param name="kind">As for <see cref="Join"/>.</param>
    CallResult Leave(ContainerGroups kind);

    /// <summary>VFIO_IOMMU_MAP_DMA, readable and writable; iova and size are in bytes.</summary>
    CallResult Map(ulong iova, ulong size);

    /// <summary>
    /// VFIO_IOMMU_UNMAP_DMA without a bitmap: a mapping, from its first byte to its last. A driver that pinned some of it is told, and lets go.
    /// </summary>
    CallResult Unmap(ulong iova, ulong size);

    /// <summary>VFIO_IOMMU_UNMAP_DMA with a bitmap of what was written and not reported before: of all mappings that begin in the range.</summary>
    /// <param name="request">What is asked; of its flags <see cref="DirtyPagesRequest.UnmapGet"/> is one.</param>
    /// <param name="bitmap">Where the bitmap goes: at least as many bytes as the request says that there are.</param>
    CallResult Unmap(in DirtyPagesRequest request, Span<byte> bitmap);

    /// <summary>The driver of a group that pins pins a mapped page, or lets go of it.</summary>
    /// <param name="iova">The first byte of a page.</param>
    /// <param name="isPinned">True to pin.</param>
    CallResult Pin(ulong iova, bool isPinned);

    /// <summary>The device of a group that pins writes a word into mapped pages through the kernel (vfio_dma_rw()).</summary>
    /// <param name="iova">The first of its <see cref="WordBytes"/> bytes; the last one may be in the next page.</param>
    CallResult Write(ulong iova);

    /// <summary>How long a word is that a device writes, in bytes.</summary>
    const int WordBytes = 8;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="bitmap">Where the bitmap goes: at least as many bytes as the request says that there are.</param>
    CallResult DirtyPages(in DirtyPagesRequest request, Span<byte> bitmap);
}

/// <summary>The groups of a container.</summary>
[Flags]
public enum ContainerGroups : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>One of a device that the IOMMU lets write everywhere, and that tells nobody.</summary>
    Silent = 1,

    /// <summary>One whose driver would pin what its device uses, and writes through the kernel (a mediated device).</summary>
    Pinning = 2,

    /// <summary>The driver of that one pins and writes when it is told to.</summary>
    PinsOnRequest = 4,

    /// <summary>One beside it whose driver would pin, and never does.</summary>
    Idle = 8,

    /// <summary>All of them.</summary>
    All = Silent | Pinning | PinsOnRequest | Idle,
}

/// <summary>The arguments of VFIO_IOMMU_DIRTY_PAGES, and of VFIO_IOMMU_UNMAP_DMA with a bitmap.</summary>
/// <param name="Flags">1 START, 2 STOP, 4 GET_BITMAP; where it unmaps 1 GET_DIRTY_BITMAP, 2 ALL, 4 VADDR.</param>
/// <param name="Iova">The first byte of the range; this and what follows is for those alone that have a bitmap.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="PageSize">What a bit stands for, in bytes.</param>
/// <param name="BitmapBytes">How long the bitmap is, in bytes: a multiple of 8 that has a bit for each page.</param>
public readonly record struct DirtyPagesRequest(uint Flags, ulong Iova, ulong Size, ulong PageSize, ulong BitmapBytes)
{
    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_START.</summary>
    public const uint Start = 1;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP.</summary>
    public const uint Stop = 2;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP.</summary>
    public const uint Get = 4;

    /// <summary>VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP, of VFIO_IOMMU_UNMAP_DMA.</summary>
    public const uint UnmapGet = 1;
}
