using Conformance.Model.Contract;

namespace Conformance.Model.Nested.Device;

/// <summary>What a device may do with memory of a guest.</summary>
public enum MemoryAccess : byte
{
    /// <summary>Read and write.</summary>
    ReadWrite,

    /// <summary>Read.</summary>
    ReadOnly,

    /// <summary>Nothing: the memory is not mapped in stage 2.</summary>
    None,
}

/// <summary>What a VMM says of a machine.</summary>
public sealed record NestedMachineFacts
{
    /// <summary>The sections of memory: where each begins as the guest sees it, and its bytes.</summary>
    public required IReadOnlyList<(ulong Start, ulong Length)> Sections { get; init; }

    /// <summary>The virtual StreamIDs of the assigned devices, in the order of <see cref="Devices"/>.</summary>
    public required IReadOnlyList<uint> StreamIds { get; init; }

    /// <summary>The assigned devices, by their ids on the host.</summary>
    public required IReadOnlyList<uint> Devices { get; init; }

    /// <summary>True when the machine cannot be migrated: nobody can say which pages devices write (DIRTY-12).</summary>
    public bool BlocksMigration { get; init; }
}

/// <summary>
/// A VMM on a host of nested stages: a guest's memory, a virtual SMMU that the guest programs, assigned devices, and what management asks of it when the
/// machine migrates. Calls come one at a time, and what one of them sets off is done when it returns. A call of the migration that comes in a wrong order
/// fails with an errno of the VMM's choice, and changes nothing.
/// </summary>
public interface INestedMachine : IDisposable
{
    /// <summary>What the VMM says of it.</summary>
    NestedMachineFacts Facts { get; }

    /// <summary>Reads a register of the virtual SMMU, 32 bits.</summary>
    uint ReadRegister(uint offset);

    /// <summary>Writes a register of the virtual SMMU, 32 bits.</summary>
    void WriteRegister(uint offset, uint value);

    /// <summary>Reads memory as a vCPU does.</summary>
    void ReadMemory(ulong gpa, Span<byte> bytes);

    /// <summary>Writes memory as a vCPU does.</summary>
    void WriteMemory(ulong gpa, ReadOnlySpan<byte> bytes);

    /// <summary>What happened at the host reaches the guest: one turn of the VMM's event loop.</summary>
    void Poll();

    /// <summary>Changes what devices may do with pages of 4 KiB: a balloon, memory that is taken away, a read-only region.</summary>
    CallResult SetAccess(ulong gpa, ulong pages, MemoryAccess access);

    /// <summary>Begins a migration: tracking is on.</summary>
    CallResult Begin();

    /// <summary>A round of pre-copy: the pages (their GPAs) that are to be copied, each copied after the call. The first round has all of them.</summary>
    CallResult Collect(ICollection<ulong> pages);

    /// <summary>Stops the devices, quiescing them together first, and tells the pages that are still to be copied (HANDOVER-11, DIRTY-17).</summary>
    CallResult Stop(ICollection<ulong> pages);

    /// <summary>Saves the virtual SMMU, of a machine that is stopped (HANDOVER-05).</summary>
    CallResult Save(out byte[] state);

    /// <summary>Saves a device, of a machine that is stopped.</summary>
    CallResult SaveDevice(int device, out byte[] state);

    /// <summary>Gives a migration up: the machine runs on as before (HANDOVER-12).</summary>
    CallResult Cancel();

    /// <summary>
    /// Loads the virtual SMMU, on a destination whose memory is complete, and hands stage 1 of every device to the host (HANDOVER-06, HANDOVER-08): it fails
    /// when that fails for one of them.
    /// </summary>
    CallResult Load(ReadOnlySpan<byte> state);

    /// <summary>Loads a device, on a destination.</summary>
    CallResult LoadDevice(int device, ReadOnlySpan<byte> state);

    /// <summary>The machine is gone, and its host lives on: everything that it had there is given back.</summary>
    void Quit();

    /// <summary>Lets devices and guest run, on a destination where everything was loaded (HANDOVER-07).</summary>
    CallResult Start();
}
