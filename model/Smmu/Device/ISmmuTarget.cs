using Conformance.Model.Contract;

namespace Conformance.Model.Smmu.Device;

/// <summary>An SMMUv3 under test, named by an address. It is given whole batches, because a real one sits behind a socket.</summary>
public interface ISmmuTarget : IDisposable
{
    /// <summary>The address that names it, as the user wrote it.</summary>
    string Address { get; }

    /// <summary>The kind of channel: exactly one of Socket and InProcess.</summary>
    Channels Channel { get; }

    /// <summary>The time that one batch may take.</summary>
    TimeSpan Deadline { get; }

    /// <summary>What it is, in a few words with its version: "QEMU 10.0.2, stage 1". Comes from the target and is not to be trusted.</summary>
    string Description { get; }

    /// <summary>What its port can express and show.</summary>
    SmmuPort Port { get; }

    /// <summary>The memory that structures and data may be put into.</summary>
    SmmuRange Memory { get; }

    /// <summary>A range where every access ends with an external abort.</summary>
    SmmuRange Hole { get; }

    /// <summary>The StreamIDs that its masters can have, in a fixed order; empty when they can have any.</summary>
    IReadOnlyList<uint> StreamIds { get; }

    /// <summary>Brings it to its state after reset: registers, caches and masters. Memory may keep its content.</summary>
    /// <param name="quick">
    /// False: by the reset line. True: it may be brought there by writing registers and by invalidating its caches, which must have taught it nothing that a
    /// program can see; what a target does not trust itself to undo it resets by the line.
    /// </param>
    /// <exception cref="DeviceLostException">It died or does not answer. The next call begins with a fresh one.</exception>
    void Reset(bool quick = false);

    /// <summary>Runs the operations of a batch in their order and fills in what they gave.</summary>
    /// <exception cref="DeviceLostException">It died or does not answer. The next call begins with a fresh one, after reset.</exception>
    void Run(SmmuBatch batch);
}
