using System.Buffers.Binary;
using System.Text;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>The descriptors of one opened device: its own, and the container and group or the iommufd that give it access.</summary>
internal sealed class OpenedDevice : IDisposable
{
    private readonly ISystemCalls calls;
    private readonly string name;
    private readonly Stack<int> descriptors = new();

    private OpenedDevice(ISystemCalls calls, string name)
    {
        this.calls = calls;
        this.name = name;
    }

    /// <summary>The device fd.</summary>
    public int Descriptor { get; private set; } = -1;

    /// <summary>True when the device ioctls are allowed: always by the group, after <see cref="Bind"/> by the node.</summary>
    public bool IsBound { get; private set; }

    /// <summary>The iommufd, or the container; -1 before <see cref="Bind"/>.</summary>
    public int Iommu { get; private set; } = -1;

    /// <summary>The id of the address space of the iommufd; 0 for a container.</summary>
    public uint AddressSpace { get; private set; }

    /// <summary>Opens a device by its group and a type 1 container.</summary>
    public static OpenedDevice ByGroup(ISystemCalls calls, VfioLocation location) =>
        Opening(
            calls,
            location,
            opened =>
            {
                if (location.GroupNode is null)
                    throw opened.Failed("has no group node in /dev/vfio", "use ?via=device");
                var container = opened.Keep("/dev/vfio/vfio");
                opened.Check(calls.Ioctl(container, VfioNumbers.GetApiVersion, 0), "VFIO_GET_API_VERSION", exactly: 0);
                var type =
                    opened.Check(calls.Ioctl(container, VfioNumbers.CheckExtension, VfioNumbers.Type1V2), "VFIO_CHECK_EXTENSION") > 0
                        ? VfioNumbers.Type1V2
                        : VfioNumbers.Type1;
                var group = opened.Keep(location.GroupNode);
                Span<byte> status = stackalloc byte[8];
                BinaryPrimitives.WriteInt32LittleEndian(status, 8);
                opened.Check(calls.Ioctl(group, VfioNumbers.GroupGetStatus, new UserBuffer(status)), "VFIO_GROUP_GET_STATUS");
                if ((status[4] & 1) == 0)
                    throw opened.Failed("is in a group that is not viable", "bind every device of its IOMMU group to a vfio driver");
                Span<byte> descriptor = stackalloc byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(descriptor, container);
                opened.Check(calls.Ioctl(group, VfioNumbers.GroupSetContainer, new UserBuffer(descriptor)), "VFIO_GROUP_SET_CONTAINER");
                opened.Check(calls.Ioctl(container, VfioNumbers.SetIommu, type), "VFIO_SET_IOMMU");
                var text = Encoding.ASCII.GetBytes(location.Name + '\0');
                opened.Descriptor = (int)opened.Check(calls.Ioctl(group, VfioNumbers.GroupGetDevice, new UserBuffer(text)), "VFIO_GROUP_GET_DEVICE_FD");
                opened.descriptors.Push(opened.Descriptor);
                opened.Iommu = container;
                opened.IsBound = true;
            }
        );

    /// <summary>Opens a device by its own node, without access yet.</summary>
    public static OpenedDevice ByNode(ISystemCalls calls, VfioLocation location) =>
        Opening(
            calls,
            location,
            opened =>
            {
                if (location.Node is null)
                    throw opened.Failed("has no node in /dev/vfio/devices", "the kernel needs VFIO_DEVICE_CDEV; use ?via=group");
                opened.Descriptor = opened.Keep(location.Node);
            }
        );

    /// <summary>Gives a device that was opened by its node access through an iommufd and an address space of its own.</summary>
    public CallResult Bind()
    {
        if (IsBound)
            return CallResult.Success;
        var opened = calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        if (!opened.Ok)
            return opened;
        var iommu = (int)opened.Value;
        Span<byte> bind = stackalloc byte[24];
        bind.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bind, bind.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bind[8..], iommu);
        var result = calls.Ioctl(Descriptor, VfioNumbers.BindIommufd, new UserBuffer(bind));
        if (!result.Ok)
        {
            calls.Close(iommu);
            return result;
        }

        descriptors.Push(iommu);
        Iommu = iommu;
        IsBound = true;
        Span<byte> space = stackalloc byte[12];
        space.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(space, space.Length);
        result = calls.Ioctl(iommu, VfioNumbers.IoasAlloc, new UserBuffer(space));
        if (!result.Ok)
            return result;
        Span<byte> attach = stackalloc byte[16];
        attach.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(attach, attach.Length);
        space[8..].CopyTo(attach[8..]);
        AddressSpace = BinaryPrimitives.ReadUInt32LittleEndian(space[8..]);
        return calls.Ioctl(Descriptor, VfioNumbers.AttachIommufd, new UserBuffer(attach));
    }

    /// <summary>Closes the device first, then what gave it access.</summary>
    public void Dispose()
    {
        try
        {
            if (Descriptor >= 0)
                calls.Close(Descriptor);
            while (descriptors.TryPop(out var descriptor))
            {
                if (descriptor != Descriptor)
                    calls.Close(descriptor);
            }
        }
        catch (DeviceLostException)
        {
            // The machine is gone, and the descriptors with it.
        }

        Descriptor = -1;
    }

    private static OpenedDevice Opening(ISystemCalls calls, VfioLocation location, Action<OpenedDevice> sequence)
    {
        var opened = new OpenedDevice(calls, location.Name);
        try
        {
            sequence(opened);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private int Keep(string path)
    {
        var descriptor = (int)Check(calls.Open(path, OpenFlags.ReadWrite), "open of " + path);
        descriptors.Push(descriptor);
        return descriptor;
    }

    private long Check(CallResult result, string what, long? exactly = null)
    {
        if (!result.Ok)
            throw Failed($"cannot be opened: {what} failed with {Errno.Name(result.Errno)}", Advice(result.Errno));
        return exactly is null || result.Value == exactly
            ? result.Value
            : throw Failed($"cannot be opened: {what} gave {result.Value}, not {exactly}", "this kernel speaks another VFIO");
    }

    private static string Advice(int errno) =>
        errno switch
        {
            Errno.EACCES or Errno.EPERM => "run as a user who may open the nodes in /dev/vfio",
            Errno.EBUSY => "another process has the device or its group open",
            Errno.ENOENT => "load the module vfio (and vfio_iommu_type1)",
            _ => "see the kernel log",
        };

    private DeviceLostException Failed(string what, string fix) => new(DeviceLoss.Unreachable, $"the VFIO device {name} {what}; {fix}");
}
