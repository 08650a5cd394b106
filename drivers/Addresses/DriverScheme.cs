namespace Conformance.Drivers.Addresses;

/// <summary>The kinds of driver address: what stands before the first colon.</summary>
public enum DriverScheme
{
    /// <summary><c>reference:NAME</c>: a correct driver that is built in.</summary>
    Reference,

    /// <summary><c>fault:NAME</c>: a seeded defect on a correct driver.</summary>
    Fault,

    /// <summary><c>plugin:PATH</c>: a driver in an assembly of the user.</summary>
    Plugin,

    /// <summary><c>vfio:DEVICE</c>: a device of the Linux kernel.</summary>
    Vfio,

    /// <summary><c>qemu-smmuv3:PATH</c>: QEMU's emulated SMMUv3.</summary>
    QemuSmmu,
}
