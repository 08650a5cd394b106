using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Does what somebody's workload declares, once, on a device that was opened and reset and never saw a request: what does not come out there is no matter of
/// migration, and nothing may be concluded from its absence later.
/// </summary>
internal static class WorkloadTrial
{
    // A piece of work needs two operations at most (IWorkQueue.Run).
    private const int Operations = 4;

    /// <summary>Tries a workload.</summary>
    /// <exception cref="DeviceLostException">It does not do what it declares.</exception>
    internal static void Run(IMigrationDevice device, IWorkload workload)
    {
        device.Reset();
        if (workload.Registers is { } registers)
            TryRegisters(registers);
        if (workload.Queue is not { } queue)
            return;
        for (var kind = WorkKind.MemoryWrite; kind < WorkKind.Stuck; kind++)
            if ((queue.Kinds & (WorkKinds)(1 << (int)kind)) != 0)
                TryWork(workload, queue, kind);
        if (workload.HasCounter)
        {
            var before = workload.ReadCounter();
            queue.Run(1);
            if (workload.ReadCounter() == before)
                throw Useless("a counter", "it did not grow");
        }

        device.Reset();
    }

    private static void TryRegisters(IWorkloadRegisters registers)
    {
        for (var register = 0; register < registers.Count; register++)
        {
            var value = 0x5A5A_5A5A & registers.Bits(register);
            var written = registers.Write(register, value);
            var errno = registers.Read(register, out var read);
            if (written != 0 || errno != 0 || read != value)
                throw Useless(
                    FormattableString.Invariant($"register {register}"),
                    written + errno != 0
                        ? $"it gave {Errno.Name(written != 0 ? written : errno)}"
                        : FormattableString.Invariant($"0x{value:x} was written to it and 0x{read:x} read back")
                );
        }
    }

    private static void TryWork(IWorkload workload, IWorkQueue queue, WorkKind kind)
    {
        // What nothing shows is not asked of a driver either.
        if ((WorkloadCapabilities.Of(workload) & Shown(kind)) == 0)
            return;
        var before = WorkloadCounts.Of(workload);
        var address = kind is WorkKind.MemoryWrite or WorkKind.MemoryRead ? workload.Memory!.Iova : 0;
        var errno = queue.Submit(new(kind, address, 1));
        if (errno != 0)
            throw Useless($"work ({WorkEffects.Name(kind)})", $"its submission gave {Errno.Name(errno)}");
        queue.Run(Operations);
        if (WorkloadCounts.Of(workload).Since(before)[kind] == 0)
            throw Useless($"work ({WorkEffects.Name(kind)})", "none came out");
    }

    private static ChannelCapabilities Shown(WorkKind kind) =>
        kind switch
        {
            WorkKind.MemoryWrite => ChannelCapabilities.WorkMemory,
            WorkKind.MemoryRead => ChannelCapabilities.WorkReads,
            WorkKind.Interrupt => ChannelCapabilities.WorkInterrupts,
            WorkKind.PeerWrite => ChannelCapabilities.WorkPeerWrites,
            _ => ChannelCapabilities.WorkPackets,
        };

    private static DeviceLostException Useless(string what, string seen) =>
        PluginText.Unusable(
            $"the workload declares {what}, and on a device that was just opened and reset {seen}",
            "Mend the workload, or leave that part null; nothing is said of the driver"
        );
}
