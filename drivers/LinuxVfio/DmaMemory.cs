using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// Memory that a device reaches by DMA: of the process that makes the calls, and mapped in the container or the address space of the opened device for as long
/// as that is open.
/// </summary>
internal sealed class DmaMemory : IDisposable
{
    /// <summary>Where the device finds the first byte. Outside of the windows of interrupts, 0xfee00000 on x86 and 0x8000000 on arm64.</summary>
    public const ulong Address = 0x4000_0000;

    // VFIO_DMA_MAP_FLAG_READ and _WRITE; IOMMU_IOAS_MAP_FIXED_IOVA, _WRITEABLE and _READABLE.
    private const uint Type1ReadWrite = 3,
        FixedReadWrite = 7;

    private readonly ISystemCalls calls;
    private readonly ulong start;

    private DmaMemory(ISystemCalls calls, ulong start)
    {
        this.calls = calls;
        this.start = start;
    }

    /// <summary>
    /// Memory for a device; null where it has no address space of its own to map it in, or where that takes no memory at <see cref="Address"/>.
    /// </summary>
    /// <param name="calls">The machine that has the device.</param>
    /// <param name="opened">The device.</param>
    /// <param name="length">Bytes, whole pages.</param>
    /// <exception cref="IOException">The machine has no memory.</exception>
    public static DmaMemory? Of(ISystemCalls calls, OpenedDevice opened, int length)
    {
        if (opened.Iommu < 0)
            return null;
        var mapped = calls.Map(null, 0, length);
        if (!mapped.Ok)
            throw new IOException($"there is no memory for DMA: {Errno.Name(mapped.Errno)}");
        var memory = new DmaMemory(calls, (ulong)mapped.Value);
        if (Map(calls, opened, memory.start, (ulong)length).Ok)
            return memory;
        memory.Dispose();
        return null;
    }

    /// <summary>Reads what is there, by the processor.</summary>
    public void Read(int offset, Span<byte> bytes) => Demand(calls.Load(start + (ulong)offset, bytes));

    /// <summary>Writes it, by the processor.</summary>
    public void Write(int offset, ReadOnlySpan<byte> bytes) => Demand(calls.Store(start + (ulong)offset, bytes));

    /// <summary>Gives the memory back; the device keeps what it was given until it is closed.</summary>
    public void Dispose()
    {
        try
        {
            calls.Unmap(start);
        }
        catch (DeviceLostException)
        {
            // The machine is gone, and the memory with it.
        }
    }

    /// <summary>Maps memory in a container of type 1, for reading and writing.</summary>
    public static CallResult MapType1(ISystemCalls calls, int container, ulong start, ulong iova, ulong length)
    {
        Span<byte> bytes = stackalloc byte[32];
        var request = new Request(bytes);
        request.Set(4, Type1ReadWrite);
        request.Set(8, start);
        request.Set(16, iova);
        request.Set(24, length);
        return request.Send(calls, container, VfioNumbers.MapDma);
    }

    private static CallResult Map(ISystemCalls calls, OpenedDevice opened, ulong start, ulong length)
    {
        if (opened.AddressSpace == 0)
            return MapType1(calls, opened.Iommu, start, Address, length);
        Span<byte> bytes = stackalloc byte[40];
        var request = new Request(bytes);
        request.Set(4, FixedReadWrite);
        request.Set(8, opened.AddressSpace);
        request.Set(16, start);
        request.Set(24, length);
        request.Set(32, Address);
        return request.Send(calls, opened.Iommu, VfioNumbers.IoasMap);
    }

    private static void Demand(CallResult result)
    {
        if (!result.Ok)
            throw new IOException($"memory for DMA does not answer: {Errno.Name(result.Errno)}");
    }
}
