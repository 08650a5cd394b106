using System.Buffers.Binary;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// A descriptor of /dev/iommu with devices of the kernel's mock of an IOMMU (CONFIG_IOMMUFD_TEST): iommufd as it is, above page tables that keep dirty state.
/// Its memory is of huge pages. There is no stage 1 of an SMMUv3, and no device: what writes is this host, which puts the bytes where its mappings lead and
/// sets the dirty bit of the page table, as hardware would. How large leaves are, nobody outside sees; the smallest have 2 KiB.
/// </summary>
internal sealed class MockHost : KernelHost
{
    // Pages of 2 MiB, so that leaves can be as large: 8 MiB of them.
    private const string MemoryFile = "/huge/ram";
    private const ulong HostMemory = 8 << 20;

    private const int HostDevices = 2;
    private const ulong SmallestLeaf = 2048;

    private readonly LastBreath last;
    private readonly Dictionary<uint, (uint Standard, uint Own)> devices = [];
    private readonly Dictionary<uint, uint> attached = [];
    private readonly HashSet<uint> tracking = [];
    private readonly List<(ulong Iova, ulong Length, ulong Ram, bool IsWritable)> mappings = [];

    private readonly ulong mapped;

    private MockHost(ISystemCalls calls, int memory, LastBreath last)
        : base(calls, memory, from: 0)
    {
        this.last = last;
        Span<byte> bytes = stackalloc byte[IommufdNumbers.TestSize];
        try
        {
            mapped = (ulong)GuestMachine.Demand(calls.Map(memory, 0, (long)HostMemory), $"mmap of {MemoryFile}").Value;
            for (var i = 0; i < HostDevices; i++)
            {
                var made = new Request(bytes);
                made.Set(4, IommufdNumbers.TestMockDomain);
                made.Set(8, AddressSpace);
                GuestMachine.Demand(made.Send(calls, Iommu, IommufdNumbers.Test), "a device of the kernel's mock (CONFIG_IOMMUFD_TEST)");
                // The handle for attaching, the page table that it has at first, the device for all other calls.
                devices.Add(made.Word(24), (made.Word(16), made.Word(20)));
                Add(made.Word(24));
            }
        }
        catch
        {
            calls.Close(Iommu);
            if (mapped != 0)
                calls.Unmap(mapped);
            throw;
        }

        Facts = new()
        {
            AddressSpace = AddressSpace,
            Devices = [.. devices.Keys.Select(id => new NestedDevice(id, 0, [0], HasAts: false))],
            RamSize = HostMemory,
            GrantsDirtyParent = true,
            HasStage1 = false,
        };
    }

    /// <summary>Opens /dev/iommu, and makes devices. One host at a time: all have the same memory.</summary>
    /// <param name="calls">The guest.</param>
    /// <param name="last">Who is told of a guest that is lost while this host is closed.</param>
    /// <exception cref="DeviceLostException">That fails: the kernel has no mock, for one.</exception>
    public static MockHost Open(ISystemCalls calls, LastBreath last)
    {
        var memory = (int)GuestMachine.Demand(calls.Open(MemoryFile, OpenFlags.ReadWrite), $"open of {MemoryFile}").Value;
        try
        {
            return new(calls, memory, last);
        }
        catch
        {
            calls.Close(memory);
            throw;
        }
    }

    /// <inheritdoc/>
    public override NestedHostFacts Facts { get; }

    /// <inheritdoc/>
    public override void Dispose()
    {
        var wasLost = Calls is GuestCalls { IsLost: true };
        try
        {
            CloseQueues();
            // All objects go with it.
            Calls.Close(Iommu);
            Calls.Unmap(mapped);
            Calls.Close(Memory);
        }
        catch (DeviceLostException loss)
        {
            if (!wasLost)
                last.Keep(loss);
        }

        Forget();
    }

    /// <summary>Of an SMMUv3 there is nothing to say.</summary>
    public override CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        info = null;
        return NotThere.Result;
    }

    /// <inheritdoc/>
    public override CallResult Attach(uint device, uint table)
    {
        if (!devices.TryGetValue(device, out var one))
            return CallResult.Fail(Errno.ENODEV);
        Span<byte> bytes = stackalloc byte[IommufdNumbers.TestSize];
        var request = new Request(bytes);
        request.Set(4, IommufdNumbers.TestReplace);
        request.Set(8, one.Standard);
        request.Set(16, table);
        var result = request.Send(Calls, Iommu, IommufdNumbers.Test);
        if (result.Ok)
            attached[device] = table;
        return result;
    }

    /// <inheritdoc/>
    public override CallResult Detach(uint device)
    {
        var result = devices.TryGetValue(device, out var one) ? Attach(device, one.Own) : CallResult.Fail(Errno.ENODEV);
        if (result.Ok)
            attached.Remove(device);
        return result;
    }

    /// <inheritdoc/>
    public override CallResult Map(ulong iova, ulong length, ulong ram, bool writable)
    {
        var result = base.Map(iova, length, ram, writable);
        if (result.Ok)
            mappings.Add((iova, length, ram, writable));
        return result;
    }

    /// <inheritdoc/>
    public override CallResult Unmap(ulong iova, ulong length)
    {
        var result = base.Unmap(iova, length);
        if (result.Ok)
            mappings.RemoveAll(one => one.Iova >= iova && one.Iova + one.Length <= iova + length);
        return result;
    }

    /// <inheritdoc/>
    public override CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0)
    {
        var result = base.SetDirtyTracking(table, flags, reserved);
        if (!result.Ok)
            return result;
        if (flags == Iommufd.Enable)
            tracking.Add(table);
        else
            tracking.Remove(table);
        return result;
    }

    /// <inheritdoc/>
    public override void ReadRam(ulong ram, Span<byte> bytes) => GuestMachine.Demand(Calls.Load(mapped + ram, bytes), "a load from the memory");

    /// <inheritdoc/>
    public override void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) => GuestMachine.Demand(Calls.Store(mapped + ram, bytes), "a store to the memory");

    /// <inheritdoc/>
    protected override Func<DmaRequest, DmaResult> TransactorOf(uint device) =>
        request =>
        {
            if (!attached.TryGetValue(device, out var table) || Translate(request.Address) is not { } place || (request.IsWrite && !place.IsWritable))
                return new(DmaEnd.Aborted);
            Span<byte> bytes = stackalloc byte[8];
            if (!request.IsWrite)
            {
                ReadRam(place.Ram, bytes);
                return new(DmaEnd.Completed, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            }

            BinaryPrimitives.WriteUInt64LittleEndian(bytes, request.Value);
            WriteRam(place.Ram, bytes);
            // While tracking is off hardware keeps no dirty state either.
            if (tracking.Contains(table))
                MarkDirty(table, request.Address);
            return new(DmaEnd.Completed);
        };

    private void MarkDirty(uint table, ulong address)
    {
        Span<byte> bitmap = [1, 0, 0, 0, 0, 0, 0, 0];
        Span<byte> bytes = stackalloc byte[IommufdNumbers.TestSize];
        var request = new Request(bytes);
        request.Set(4, IommufdNumbers.TestDirty);
        request.Set(8, table);
        request.Set(24, address & ~(SmallestLeaf - 1));
        request.Set(32, SmallestLeaf);
        request.Set(40, SmallestLeaf);
        request.Attach(48, bitmap);
        GuestMachine.Demand(request.Send(Calls, Iommu, IommufdNumbers.Test), "a write of the kernel's mock");
    }

    private (ulong Ram, bool IsWritable)? Translate(ulong iova)
    {
        foreach (var (from, length, ram, isWritable) in mappings)
            if (iova >= from && iova - from < length)
                return (ram + (iova - from), isWritable);
        return null;
    }
}
