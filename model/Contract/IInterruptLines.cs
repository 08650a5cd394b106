namespace Conformance.Model.Contract;

/// <summary>The interrupts of a device, as eventfds would show them. All vectors are enabled when the device is opened.</summary>
public interface IInterruptLines
{
    /// <summary>How many vectors there are, 1..32.</summary>
    int Vectors { get; }

    /// <summary>A look: how often a vector was signalled since the device was opened.</summary>
    ulong Count(int vector);

    /// <summary>True when <see cref="Enable"/> works.</summary>
    bool CanEnable { get; }

    /// <summary>
    /// Sets up one vector (VFIO_DEVICE_SET_IRQS, the MSI-X table). Not an access that MIG-STOP-10 speaks of: subsystems outside of the user do so in any state
    /// (MIG-STOP-05), and it is in force when the device runs again (MIG-STOP-11). The cause of a vector that is not enabled is kept.
    /// </summary>
    /// <returns>0 or an errno.</returns>
    int Enable(int vector, bool enabled);
}
