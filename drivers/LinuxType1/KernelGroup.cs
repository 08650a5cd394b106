using System.Buffers.Binary;
using System.Text;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxType1;

/// <summary>The group of a device, which joins and leaves a container of type 1.</summary>
internal sealed class KernelGroup
{
    private readonly ISystemCalls calls;
    private readonly VfioLocation location;
    private int group = -1,
        device = -1;

    private KernelGroup(ISystemCalls calls, VfioLocation location, ContainerGroups kind)
    {
        this.calls = calls;
        this.location = location;
        Kind = kind;
    }

    /// <summary>
    /// <see cref="ContainerGroups.Pinning"/> of the first mediated device, <see cref="ContainerGroups.Idle"/> of the others, and
    /// <see cref="ContainerGroups.Silent"/> of all other devices.
    /// </summary>
    public ContainerGroups Kind { get; }

    /// <summary>True of a device of labs/type1, which does what it is told.</summary>
    public bool PinsOnRequest => Kind == ContainerGroups.Pinning && IsPinner(location);

    /// <summary>True when it joined.</summary>
    public bool IsIn => group >= 0;

    /// <summary>The groups of some devices. One that pins on request is the first of the mediated ones.</summary>
    /// <exception cref="DeviceLostException">A device has no group.</exception>
    public static List<KernelGroup> Of(ISystemCalls calls, IEnumerable<VfioLocation> devices)
    {
        var groups = new List<KernelGroup>();
        foreach (var location in devices.OrderByDescending(IsPinner))
        {
            if (location.GroupNode is null)
                throw new DeviceLostException(DeviceLoss.Unreachable, $"{location.Name} has no group node in /dev/vfio");
            groups.Add(
                new(
                    calls,
                    location,
                    location.Type.Length == 0 ? ContainerGroups.Silent
                        : groups.Exists(one => one.Kind == ContainerGroups.Pinning) ? ContainerGroups.Idle
                        : ContainerGroups.Pinning
                )
            );
        }

        return groups;
    }

    /// <summary>VFIO_GROUP_SET_CONTAINER.</summary>
    /// <exception cref="DeviceLostException">It is refused.</exception>
    public void Join(int container)
    {
        group = (int)Demand(calls.Open(location.GroupNode!, OpenFlags.ReadWrite), $"open of {location.GroupNode}");
        Span<byte> descriptor = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(descriptor, container);
        Demand(calls.Ioctl(group, VfioNumbers.GroupSetContainer, new UserBuffer(descriptor)), $"VFIO_GROUP_SET_CONTAINER of {location.Name}");
    }

    /// <summary>Opens a device that is to be told something, once the container has an IOMMU.</summary>
    /// <exception cref="DeviceLostException">It is refused.</exception>
    public void OpenDevice()
    {
        if (PinsOnRequest)
            device = (int)Demand(
                calls.Ioctl(group, VfioNumbers.GroupGetDevice, new UserBuffer(Encoding.UTF8.GetBytes(location.Name + '\0'))),
                $"VFIO_GROUP_GET_DEVICE_FD of {location.Name}"
            );
    }

    /// <summary>VFIO_GROUP_UNSET_CONTAINER, which no group may do whose device is open.</summary>
    /// <exception cref="DeviceLostException">It is refused.</exception>
    public void Leave()
    {
        CloseDevice();
        Demand(calls.Ioctl(group, VfioNumbers.GroupUnsetContainer, 0), $"VFIO_GROUP_UNSET_CONTAINER of {location.Name}");
        Close();
    }

    /// <summary>Tells the device what to do with the memory at an address; of a word no bit changes.</summary>
    public CallResult Command(PinnerOperation operation, ulong iova)
    {
        Span<byte> command = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(command, iova);
        BinaryPrimitives.WriteUInt64LittleEndian(command[8..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(command[16..], (ulong)operation);
        return calls.PositionedWrite(device, new UserBuffer(command), 0);
    }

    /// <summary>Closes what is open.</summary>
    public void Close()
    {
        CloseDevice();
        if (group >= 0)
            calls.Close(group);
        group = -1;
    }

    /// <summary>The value of a call that a lab's kernel has no reason to refuse.</summary>
    /// <exception cref="DeviceLostException">It is refused.</exception>
    public static long Demand(CallResult result, string what) =>
        result.Ok ? result.Value : throw new DeviceLostException(DeviceLoss.Unreachable, $"{what}: {Errno.Name(result.Errno)}");

    private static bool IsPinner(VfioLocation location) => location.Type.StartsWith("pinner-", StringComparison.Ordinal);

    private void CloseDevice()
    {
        if (device >= 0)
            calls.Close(device);
        device = -1;
    }
}

/// <summary>What the device of labs/type1 is told (<c>labs/type1/pinner/pinner.c</c>).</summary>
internal enum PinnerOperation : ulong
{
    /// <summary>vfio_pin_pages() of one page.</summary>
    Pin = 1,

    /// <summary>vfio_unpin_pages() of it.</summary>
    Unpin,

    /// <summary>vfio_dma_rw(): a word is read, and written.</summary>
    Write,

    /// <summary>A word of a pinned page is stored through the pin.</summary>
    Store,
}
