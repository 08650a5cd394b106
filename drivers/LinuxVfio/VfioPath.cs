namespace Conformance.Drivers.LinuxVfio;

/// <summary>The two ways to open a VFIO device (V.9).</summary>
public enum VfioPath
{
    /// <summary>The device's own character device where there is one, else the group.</summary>
    Automatic,

    /// <summary>/dev/vfio/devices/vfioN with an iommufd.</summary>
    Device,

    /// <summary>/dev/vfio/N with a type 1 container.</summary>
    Group,
}
