namespace Conformance.Drivers.LinuxVfio;

/// <summary>Flags of open(2), with their values on x86-64 and arm64.</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>O_RDONLY.</summary>
    ReadOnly = 0,

    /// <summary>O_WRONLY.</summary>
    WriteOnly = 1,

    /// <summary>O_RDWR.</summary>
    ReadWrite = 2,

    /// <summary>O_CLOEXEC.</summary>
    CloseOnExec = 0x80000,
}
