using Conformance.Model.Contract;
using Conformance.Model.Requirements;

namespace Conformance.Model.Nested.Device;

/// <summary>
/// Nested stages under test, named by an address: a host, and the virtual SMMU of a VMM on top of it. Each plan has hosts of its own, a source and a
/// destination.
/// </summary>
public interface INestedTarget : IDisposable
{
    /// <summary>The address that names it, as the user wrote it.</summary>
    string Address { get; }

    /// <summary>The kind of channel.</summary>
    Channels Channel { get; }

    /// <summary>The time that one call may take.</summary>
    TimeSpan Deadline { get; }

    /// <summary>What it is, in a few words. Comes from the target and is not to be trusted.</summary>
    string Description { get; }

    /// <summary>What of it is judged; the rest is the kit's.</summary>
    NestedParts Parts => NestedParts.All;

    /// <summary>Makes a host on which nothing was done yet.</summary>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    INestedStage OpenHost();

    /// <summary>True when there are hosts of another make: <see cref="OpenHost(HostMake)"/>.</summary>
    bool HasOtherMakes => false;

    /// <summary>Makes a host that differs from the others in what its SMMU says of itself; what it is then, is in <see cref="INestedStage.HwInfo"/>.</summary>
    /// <param name="make">In which respect.</param>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    INestedStage OpenHost(HostMake make) => OpenHost();

    /// <summary>Makes a VMM's machine on a host.</summary>
    /// <param name="host">The host; nothing was done on it, or another machine was there before.</param>
    /// <param name="isDestination">True for one that a migration is to come into: no device of it may do DMA before <see cref="INestedMachine.Start"/>.</param>
    /// <returns>Null where only hosts are under test.</returns>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    INestedMachine? OpenMachine(INestedStage host, bool isDestination);

    /// <summary>Makes a writer of STEs and CDs; null where none is under test.</summary>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    IStreamTableWriter? OpenWriter() => null;

    /// <summary>Makes a container of type 1 without a group in it; null where none is under test.</summary>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    IDmaContainer? OpenContainer() => null;
}
