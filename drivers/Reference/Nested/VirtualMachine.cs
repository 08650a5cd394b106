using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>
/// A correct VMM: the guest's memory in stage 2, a virtual SMMU that hands stage 1 on to the host, and migration. Each decision is a member of its own, so that
/// a seeded fault is one override.
/// </summary>
public partial class VirtualMachine : INestedMachine
{
    private const ulong Page = 4096,
        LowRam = 0x4000_0000,
        HighRam = 0x1_0000_0000,
        LowPages = 48,
        HighPages = 16;

    private const ulong Word0Bits = 0xf80f_ffff_ffff_ffff,
        Word1Bits = 0x3800_00ff;

    private readonly Dictionary<ulong, ulong> places = [];
    private readonly uint[] devices;
    private readonly uint[] streams;
    private readonly uint[] installed;
    private readonly uint[] vdevices;
    private readonly uint viommu;
    private readonly uint queue;
    private readonly uint abort;
    private readonly uint bypass;
    private readonly List<VirtualEvent> events = [];
    private readonly SmmuCapabilities hardware;
    private bool isLoaded;

    /// <summary>A machine.</summary>
    /// <param name="host">The host that it runs on.</param>
    /// <param name="way">How dirty pages are known.</param>
    /// <param name="isDestination">True for one that a migration is to come into.</param>
    public VirtualMachine(INestedStage host, DirtyWay way, bool isDestination)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        Way = way;
        IsDestination = isDestination;
        devices =
        [
            .. host.Facts.Devices.Where(device => device.Smmu == host.Facts.Devices[0].Smmu && device.StreamIds.Count == 1).Take(3).Select(device => device.Id),
        ];
        // A function each, as a guest's bus has them: not the StreamIDs that the host knows them by.
        uint[] functions = [.. devices.Select((_, index) => 0x8u + ((uint)index * 8))];
        streams = Numbered(functions);
        installed = new uint[devices.Length];
        vdevices = new uint[devices.Length];
        Facts = new()
        {
            Sections = [(LowRam, LowPages * Page), (HighRam, HighPages * Page)],
            StreamIds = functions,
            Devices = devices,
            BlocksMigration = way == DirtyWay.Refused,
        };
        MapMemory();
        var flags = Iommufd.NestParent | (way == DirtyWay.Stage2 ? Iommufd.DirtyTracking : 0);
        Expect(host.AllocateTable(new(flags, devices[0], host.Facts.AddressSpace), out var parent));
        Parent = parent;
        Expect(host.AllocateViommu(0, Iommufd.ArmSmmuv3, devices[0], parent, out viommu));
        for (var i = 0; i < devices.Length; i++)
            Expect(host.AllocateVdevice(viommu, devices[i], streams[i], out vdevices[i]));
        Expect(host.AllocateEventQueue(0, Iommufd.ArmSmmuv3, viommu, 64, out queue));
        abort = NewEntry(devices[0], 1, 0);
        bypass = NewEntry(devices[0], 1 | 4 << 1, 0);
        Expect(host.HwInfo(devices[0], Iommufd.ArmSmmuv3Info, out var info));
        hardware = info!.Registers;
        Smmu = new(this, Offered(hardware));
        isLoaded = !isDestination;
        foreach (var index in Enumerable.Range(0, devices.Length))
            Attach(index, isDestination ? abort : bypass);
    }

    /// <inheritdoc/>
    public NestedMachineFacts Facts { get; }

    /// <summary>The host.</summary>
    protected INestedStage Host { get; }

    /// <summary>How dirty pages are known.</summary>
    protected DirtyWay Way { get; }

    /// <summary>True for a machine that a migration is to come into.</summary>
    protected bool IsDestination { get; }

    /// <summary>The table of stage 2.</summary>
    protected uint Parent { get; }

    /// <summary>The vIOMMU of the host.</summary>
    protected uint Viommu => viommu;

    private protected GuestSmmu Smmu { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Smmu.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public void Quit()
    {
        foreach (var device in devices)
            Host.Detach(device);
        foreach (var table in installed.Append(abort).Append(bypass).Append(queue).Concat(vdevices).Append(viommu).Append(Parent).Distinct())
            Host.Destroy(table);
        foreach (var gpa in places.Keys)
            Host.Unmap(gpa, Page);
    }

    /// <inheritdoc/>
    public uint ReadRegister(uint offset) => Smmu.ReadRegister(offset);

    /// <inheritdoc/>
    public void WriteRegister(uint offset, uint value) => Smmu.WriteRegister(offset, value);

    /// <inheritdoc/>
    public void ReadMemory(ulong gpa, Span<byte> bytes) => Host.ReadRam(PlaceOf(gpa), bytes);

    /// <inheritdoc/>
    public void WriteMemory(ulong gpa, ReadOnlySpan<byte> bytes)
    {
        Host.WriteRam(PlaceOf(gpa), bytes);
        Written(gpa);
    }

    /// <inheritdoc/>
    public void Poll()
    {
        events.Clear();
        Host.ReadEvents(queue, events);
        foreach (var one in events)
            if (one.Flags == 0)
                Smmu.Record(one.Record);
    }

    /// <inheritdoc/>
    public CallResult SetAccess(ulong gpa, ulong pages, MemoryAccess access)
    {
        for (ulong i = 0; i < pages; i++)
        {
            var at = (gpa & ~(Page - 1)) + (i * Page);
            if (!places.TryGetValue(at, out var place))
                return CallResult.Fail(Errno.EINVAL);
            BeforeUnmap(at);
            Host.Unmap(at, Page);
            if (access != MemoryAccess.None)
                Expect(Host.Map(at, Page, place, access == MemoryAccess.ReadWrite));
        }

        return CallResult.Success;
    }

    /// <summary>Reads 8 bytes of the guest's memory; false where it has none.</summary>
    internal bool TryRead(ulong gpa, out ulong value)
    {
        value = 0;
        if (!places.TryGetValue(gpa & ~(Page - 1), out var place))
            return false;
        Span<byte> bytes = stackalloc byte[8];
        Host.ReadRam(place + (gpa % Page), bytes);
        value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return true;
    }

    /// <summary>Writes an event record into the guest's memory.</summary>
    internal bool WriteEmulated(ulong gpa, in SmmuEvent record)
    {
        if (!places.TryGetValue(gpa & ~(Page - 1), out var place))
            return false;
        Span<byte> bytes = stackalloc byte[SmmuEvent.Length];
        record.Write(bytes);
        Host.WriteRam(place + (gpa % Page), bytes);
        Emulated(gpa);
        return true;
    }

    // Pages next to each other for the guest are not next to each other on the host.
    private void MapMemory()
    {
        var index = 0ul;
        foreach (var (start, length) in Facts.Sections)
            for (ulong at = 0; at < length; at += Page, index++)
            {
                var place = ((index * 5) + (IsDestination ? 3ul : 0)) % (LowPages + HighPages) * Page;
                places.Add(start + at, place);
                Expect(Host.Map(start + at, Page, place, writable: true));
            }
    }

    private ulong PlaceOf(ulong gpa) =>
        places.TryGetValue(gpa & ~(Page - 1), out var place)
            ? place + (gpa % Page)
            : throw new ArgumentOutOfRangeException(nameof(gpa), gpa, "the guest has no memory there");

    /// <summary>Seam: the StreamID that the guest knows each device by, the same on every host (VMS-10).</summary>
    private protected virtual uint[] Numbered(uint[] functions) => functions;

    /// <summary>Seam: what the guest may know of the hardware (SMMU-NEST-14, SMMU-HTTU-10).</summary>
    private protected virtual SmmuCapabilities Offered(SmmuCapabilities host) =>
        new()
        {
            S1P = true,
            TTF = host.TTF,
            COHACC = true,
            ASID16 = host.ASID16,
            TTENDIAN = host.TTENDIAN,
            StallModel = host.StallModel,
            TermModel = host.TermModel,
            StLevel = host.StLevel,
            SIDSIZE = Math.Min(host.SIDSIZE, 16),
            SSIDSIZE = host.SSIDSIZE,
            CD2L = host.CD2L,
            CMDQS = 10,
            EVENTQS = 10,
            BBML = host.BBML,
            RIL = host.RIL,
            OAS = host.OAS,
            GRAN4K = host.GRAN4K,
            GRAN16K = host.GRAN16K,
            GRAN64K = host.GRAN64K,
            VAX = host.VAX,
            Aidr = 1,
        };

    private static void Expect(CallResult result)
    {
        if (!result.Ok)
            throw new DeviceLostException(DeviceLoss.Died, $"the host refuses what a machine cannot do without: {Errno.Name(result.Errno)}", "");
    }

    private uint NewEntry(uint device, ulong word0, ulong word1)
    {
        Expect(Push(device, word0, word1, out var id));
        return id;
    }

    private CallResult Push(uint device, ulong word0, ulong word1, out uint id) =>
        Host.AllocateTable(new(0, device, viommu, Iommufd.ArmSmmuv3Table, Iommufd.TableDataLength, word0, word1), out id);

    private bool Attach(int index, uint table)
    {
        if (!Host.Attach(devices[index], table).Ok)
            return false;
        var before = installed[index];
        installed[index] = table;
        translated |= table != abort && table != bypass;
        if (before != 0 && before != table && before != abort && before != bypass)
            Host.Destroy(before);
        return true;
    }
}
