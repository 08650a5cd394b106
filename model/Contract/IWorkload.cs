namespace Conformance.Model.Contract;

/// <summary>
/// What makes a device hold something worth migrating, and do something that a migration must not lose. <see cref="Apply"/> and <see cref="Digest"/> are the
/// whole of a small workload; each part below is declared by itself, and what is null is not asked: the requirements that need it are "not exercised".
/// <para>
/// Three sorts of members. <b>Accesses of the user</b> touch the device; they are made in RUNNING and PRE_COPY only, because elsewhere the user must not
/// (MIG-STOP-10, MIG-P2P-10). <b>Time for the device</b> (<see cref="IWorkQueue.Run"/>) touches nothing and is given in every state. <b>Looks</b> (counts of
/// memory, interrupts, peer and link) touch nothing either: what a stopped device may not do is judged by what arrived outside of it. The comment of each
/// member says which it is.
/// </para>
/// <para>
/// Nothing here sleeps: time is counted in operations, so that no verdict depends on how busy the machine is. A member that cannot do what it is asked throws:
/// that is an error of the workload, never one of the driver.
/// </para>
/// </summary>
public interface IWorkload
{
    /// <summary>An access of the user: puts the device into a content that depends on <paramref name="pattern"/> alone, whatever it held before. Two of
    /// them mean more to who can tell: <see cref="ContentPatterns"/>.</summary>
    void Apply(uint pattern);

    /// <summary>
    /// An access of the user: a digest of everything that <see cref="Apply"/> wrote, read back from the device without changing it. Never 0.
    /// </summary>
    ulong Digest();

    /// <summary>Registers that can be written and read back, or null.</summary>
    IWorkloadRegisters? Registers => null;

    /// <summary>Work that the device does by itself, or null.</summary>
    IWorkQueue? Queue => null;

    /// <summary>The guest memory that the device reads and writes by DMA, or null.</summary>
    IGuestMemory? Memory => null;

    /// <summary>The interrupts of the device, or null.</summary>
    IInterruptLines? Interrupts => null;

    /// <summary>Another device that this one exchanges peer-to-peer accesses with, or null.</summary>
    IPeer? Peer => null;

    /// <summary>A look: how many packets the device has sent to its link since it was opened; null when it has no link.</summary>
    ulong? Packets => null;

    /// <summary>The PCI configuration space, or null.</summary>
    IConfigSpace? Config => null;

    /// <summary>
    /// True when the device has a counter that grows by itself, at least by one with each <see cref="IWorkQueue.Run"/> of one operation or more in RUNNING.
    /// Needs <see cref="Queue"/>.
    /// </summary>
    bool HasCounter => false;

    /// <summary>An access of the user: that counter. Only with <see cref="HasCounter"/>.</summary>
    ulong ReadCounter() => throw new NotSupportedException("the workload has no counter");
}
