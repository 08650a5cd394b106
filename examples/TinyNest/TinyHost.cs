using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Examples;

/// <summary>
/// A host of nested stages as small as one can be: two devices, 2 MiB of memory, stage 2 in pages of 4 KiB, no dirty tracking (a nest parent with it is
/// refused, as Linux 7.2 does on an SMMUv3), no ATS, no caches. Every translation is looked up when it is needed, so that there is nothing to invalidate.
/// </summary>
public class TinyHost : INestedStage
{
    private const ulong Page = 4096;
    private const uint AddressSpace = 1;
    private const uint NestedFlags = Iommufd.FaultId;

    private readonly byte[] memory = new byte[2 << 20];
    private readonly Dictionary<ulong, (ulong Place, bool IsWritable)> pages = [];
    private readonly List<(ulong Start, ulong Length)> mappings = [];
    private readonly Dictionary<uint, object> objects = [];
    private readonly Device[] devices = [new(2, 0x10), new(3, 0x18)];
    private uint nextId = 16;

    public TinyHost() =>
        Facts = new()
        {
            AddressSpace = AddressSpace,
            Devices = [.. devices.Select(device => new NestedDevice(device.Id, 0, [device.Stream], HasAts: false))],
            RamSize = (ulong)memory.Length,
            CanRefuse = true,
        };

    public NestedHostFacts Facts { get; }

    // Nothing is shown of what hardware would have: what cannot be seen is not judged.
    public INestedEvidence? Evidence => null;

    public void Dispose() => GC.SuppressFinalize(this);

    public void ReadRam(ulong ram, Span<byte> bytes) => memory.AsSpan((int)ram, bytes.Length).CopyTo(bytes);

    public void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) => bytes.CopyTo(memory.AsSpan((int)ram));

    public CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        info = null;
        if (Find(device) is null)
            return CallResult.Fail(Errno.ENOENT);
        if (dataType is not (0 or Iommufd.ArmSmmuv3Info))
            return CallResult.Fail(Errno.EOPNOTSUPP);
        var registers = new SmmuCapabilities
        {
            S1P = true,
            S2P = true,
            TTF = 2,
            COHACC = true,
            ASID16 = true,
            VMID16 = true,
            TTENDIAN = 2,
            StallModel = StallModel.TerminateOnly,
            TermModel = true,
            SIDSIZE = 8,
            CMDQS = 8,
            EVENTQS = 8,
            OAS = 4,
            GRAN4K = true,
            GRAN16K = true,
            GRAN64K = true,
            Aidr = 1,
        };
        info = new(registers, TracksDirty: false);
        return CallResult.Success;
    }

    public CallResult AllocateTable(in TableRequest request, out uint id)
    {
        id = 0;
        if (request.Reserved != 0 || request.Flags > 15)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (request.DataType == Iommufd.NoData != (request.DataLength == 0))
            return CallResult.Fail(Errno.EINVAL);
        if (Find(request.Device) is null)
            return CallResult.Fail(Errno.ENOENT);
        if (request.Parent == AddressSpace)
            return request.DataType != Iommufd.NoData || request.Flags > Iommufd.NestParent
                ? CallResult.Fail(Errno.EOPNOTSUPP)
                : Add(new Stage2((request.Flags & Iommufd.NestParent) != 0), out id);
        switch (objects.GetValueOrDefault(request.Parent))
        {
            case Viommu viommu:
                if ((request.Flags & ~NestedFlags) != 0 || request.DataType == Iommufd.NoData)
                    return CallResult.Fail(Errno.EOPNOTSUPP);
                if (request.DataType != Iommufd.ArmSmmuv3Table || request.DataLength != Iommufd.TableDataLength)
                    return CallResult.Fail(Errno.EINVAL);
                return IsLegal(request.Word0, request.Word1)
                    ? Add(new Stage1(viommu, new() { D0 = request.Word0, D1 = request.Word1 }), out id)
                    : CallResult.Fail(Errno.EIO);
            case Stage2:
                return CallResult.Fail(Errno.EOPNOTSUPP);
            default:
                return CallResult.Fail(Errno.EINVAL);
        }
    }

    // One that is not valid says nothing else.
    private static bool IsLegal(ulong word0, ulong word1)
    {
        const ulong Legal0 = 0xf80f_ffff_ffff_ffff,
            Legal1 = 0x3800_00ff;
        return (word0 & 1) == 0 || ((word0 & ~Legal0) == 0 && (word1 & ~Legal1) == 0 && (word0 >> 1 & 7) is 0 or 4 or 5 && (word1 >> 28 & 3) <= 1);
    }

    public CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id)
    {
        id = 0;
        if (flags != 0 || type == 0)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (Find(device) is null)
            return CallResult.Fail(Errno.ENOENT);
        if (type != Iommufd.ArmSmmuv3)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        return objects.GetValueOrDefault(parent) is not Stage2 table ? CallResult.Fail(Errno.ENOENT)
            : !table.IsParent ? CallResult.Fail(Errno.EINVAL)
            : Add(new Viommu(table), out id);
    }

    public CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id)
    {
        id = 0;
        if (objects.GetValueOrDefault(viommu) is not Viommu owner || Find(device) is not { } real)
            return CallResult.Fail(Errno.ENOENT);
        if (real.Virtual is not null || owner.Devices.ContainsKey(virtualId))
            return CallResult.Fail(Errno.EEXIST);
        real.Virtual = new(owner, real, virtualId);
        owner.Devices.Add(virtualId, real);
        return Add(real.Virtual, out id);
    }

    public CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id)
    {
        id = 0;
        if (flags != 0 || type != Iommufd.ArmSmmuv3)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (depth is 0 or > Iommufd.MostEntries)
            return CallResult.Fail(Errno.EINVAL);
        if (objects.GetValueOrDefault(viommu) is not Viommu owner)
            return CallResult.Fail(Errno.ENOENT);
        if (owner.Queue is not null)
            return CallResult.Fail(Errno.EEXIST);
        owner.Queue = new(owner, depth);
        return Add(owner.Queue, out id);
    }

    public CallResult Attach(uint device, uint table)
    {
        if (Find(device) is not { } real)
            return CallResult.Fail(Errno.ENOENT);
        if (real.Refusal != 0)
        {
            (var refusal, real.Refusal) = (real.Refusal, 0);
            return CallResult.Fail(refusal);
        }

        switch (objects.GetValueOrDefault(table))
        {
            case Stage1 { Entry: { Valid: true, Config: StreamConfig.Stage1 } } one when real.Virtual?.Viommu != one.Viommu:
                return CallResult.Fail(Errno.ENOENT);
            case Stage1 or Stage2:
                real.Attached = objects[table];
                return CallResult.Success;
            case null:
                return CallResult.Fail(Errno.ENOENT);
            default:
                return CallResult.Fail(Errno.EINVAL);
        }
    }

    public CallResult Detach(uint device)
    {
        if (Find(device) is not { } real)
            return CallResult.Fail(Errno.ENOENT);
        real.Attached = null;
        return CallResult.Success;
    }

    public void RefuseAttach(uint device, int errno) => Find(device)!.Refusal = errno;

    public CallResult Destroy(uint id)
    {
        if (objects.GetValueOrDefault(id) is not { } gone)
            return CallResult.Fail(Errno.ENOENT);
        if (devices.Any(device => device.Attached == gone) || objects.Values.Any(other => IsMadeFrom(other, gone)))
            return CallResult.Fail(Errno.EBUSY);
        objects.Remove(id);
        if (gone is EventQueue queue)
            queue.Viommu.Queue = null;
        if (gone is Vdevice made)
        {
            made.Viommu.Devices.Remove(made.VirtualId);
            made.Device.Virtual = null;
        }

        return CallResult.Success;
    }

    private static bool IsMadeFrom(object other, object gone) =>
        other switch
        {
            Viommu viommu => viommu.Parent == gone,
            Stage1 one => one.Viommu == gone,
            EventQueue queue => queue.Viommu == gone,
            Vdevice made => made.Viommu == gone,
            _ => false,
        };

    public CallResult Map(ulong iova, ulong length, ulong ram, bool writable)
    {
        if (length == 0 || (iova | length | ram) % Page != 0 || ram + length > (ulong)memory.Length)
            return CallResult.Fail(Errno.EINVAL);
        if (mappings.Exists(other => iova < other.Start + other.Length && other.Start < iova + length))
            return CallResult.Fail(Errno.EEXIST);
        mappings.Add((iova, length));
        for (ulong offset = 0; offset < length; offset += Page)
            pages.Add(iova + offset, (ram + offset, writable));
        return CallResult.Success;
    }

    public CallResult Unmap(ulong iova, ulong length)
    {
        var inside = mappings.FindAll(one => one.Start < iova + length && iova < one.Start + one.Length);
        if (inside.Count == 0 || inside.Exists(one => one.Start < iova || one.Start + one.Length > iova + length))
            return CallResult.Fail(Errno.ENOENT);
        foreach (var one in inside)
        {
            mappings.Remove(one);
            for (ulong offset = 0; offset < one.Length; offset += Page)
                pages.Remove(one.Start + offset);
        }

        return CallResult.Success;
    }

    // Nothing is cached: an invalidation is legal or not, and done.
    public CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count)
    {
        var asked = count;
        count = 0;
        if (objects.GetValueOrDefault(id) is not Viommu viommu)
            return CallResult.Fail(
                objects.GetValueOrDefault(id) switch
                {
                    Stage1 => Errno.EOPNOTSUPP,
                    null when id != AddressSpace && Find(id) is null => Errno.ENOENT,
                    _ => Errno.EINVAL,
                }
            );
        if (dataType != Iommufd.ArmSmmuv3 || entryLength is 0 or > 4096 || asked is 0 or > Iommufd.MostEntries)
            return CallResult.Fail(Errno.EINVAL);
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        for (; count < asked; count++)
        {
            var entry = entries.Slice((int)(count * entryLength), (int)entryLength);
            bytes.Clear();
            entry[..Math.Min(entry.Length, bytes.Length)].CopyTo(bytes);
            if (entry.Length > bytes.Length && entry[bytes.Length..].ContainsAnyExcept((byte)0))
                return CallResult.Fail(Errno.E2BIG);
            var command = SmmuCommand.Read(bytes);
            var passes = command.Opcode switch
            {
                SmmuOpcode.TlbiNsnhAll or SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa => true,
                SmmuOpcode.AtcInv or SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll => viommu.Devices.ContainsKey(command.StreamId),
                _ => false,
            };
            if (!passes)
                return CallResult.Fail(Errno.EIO);
        }

        return CallResult.Success;
    }

    public CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into)
    {
        if (objects.GetValueOrDefault(queue) is not EventQueue events)
            return CallResult.Fail(Errno.EBADF);
        foreach (var one in events.Held)
            into.Add(one);
        events.Held.Clear();
        return CallResult.Success;
    }

    public CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0) =>
        flags <= Iommufd.Enable && reserved == 0 && objects.GetValueOrDefault(table) is not Stage2
            ? CallResult.Fail(Errno.ENOENT)
            : CallResult.Fail(Errno.EOPNOTSUPP);

    public CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
    {
        if (request.Flags > Iommufd.NoClear || request.Reserved != 0)
            return CallResult.Fail(Errno.EOPNOTSUPP);
        if (objects.GetValueOrDefault(request.Table) is not Stage2)
            return CallResult.Fail(Errno.ENOENT);
        if (request.Iova + request.Length - 1 < request.Iova)
            return CallResult.Fail(Errno.EOVERFLOW);
        if ((request.Iova | request.Length) % Page != 0 || request.PageSize == 0)
            return CallResult.Fail(Errno.EINVAL);
        return CallResult.Fail(request.Iova % request.PageSize != 0 || request.Length % request.PageSize != 0 ? Errno.EINVAL : Errno.EOPNOTSUPP);
    }

    public DmaResult Dma(uint device, in DmaRequest request)
    {
        var real = Find(device)!;
        if (request.Moment != DmaMoment.Now)
        {
            real.Waiting.Add(request);
            return new(DmaEnd.Pending);
        }

        return IsRunning(real.State) ? Transact(real, request) : new(DmaEnd.NotRunning);
    }

    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into)
    {
        foreach (var done in Find(device)!.Done)
            into.Add(done);
        Find(device)!.Done.Clear();
    }

    public DeviceState StateOf(uint device) => Find(device)!.State;

    // What is outstanding is done before the device stops, and what it is to do first when it starts.
    public CallResult SetState(uint device, DeviceState state)
    {
        var real = Find(device)!;
        var (did, does) = (IsRunning(real.State), IsRunning(state));
        if (did && !does)
            Finish(real, DmaMoment.AtStop);
        real.State = state;
        if (!did && does)
            Finish(real, DmaMoment.AtStart);
        return CallResult.Success;
    }

    public CallResult ReadImage(uint device, out byte[] image)
    {
        image = BitConverter.GetBytes(Find(device)!.Transfers);
        return CallResult.Success;
    }

    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image)
    {
        if (image.Length != sizeof(long) || Find(device)!.State != DeviceState.Resuming)
            return CallResult.Fail(Errno.EINVAL);
        Find(device)!.Transfers = BinaryPrimitives.ReadInt64LittleEndian(image);
        return CallResult.Success;
    }

    private static bool IsRunning(DeviceState state) => state is DeviceState.Running or DeviceState.PreCopy;

    private void Finish(Device device, DmaMoment moment)
    {
        foreach (var request in device.Waiting.Where(one => one.Moment == moment).ToList())
            device.Done.Add((request, Transact(device, request)));
        device.Waiting.RemoveAll(one => one.Moment == moment);
    }

    private DmaResult Transact(Device device, in DmaRequest request)
    {
        if (!Translate(device, request, out var place))
            return new(DmaEnd.Aborted);
        device.Transfers++;
        var word = memory.AsSpan((int)place, sizeof(ulong));
        if (!request.IsWrite)
            return new(DmaEnd.Completed, BinaryPrimitives.ReadUInt64LittleEndian(word));
        BinaryPrimitives.WriteUInt64LittleEndian(word, request.Value);
        return new(DmaEnd.Completed);
    }

    private bool Translate(Device device, in DmaRequest request, out ulong place)
    {
        place = 0;
        switch (device.Attached)
        {
            case Stage2:
            case Stage1 { Entry: { Valid: true, Config: StreamConfig.Bypass } }:
                return FindPage(request.Address, request.IsWrite, out place);
            case Stage1 { Entry: { Valid: true, Config: StreamConfig.Stage1 } } one:
                var type = Walk(one, request, out var gpa, out var isRecorded);
                if (type == SmmuEventType.None)
                    return FindPage(gpa, request.IsWrite, out place);
                // What stage 2 stopped is none of the guest's business.
                if (type is { } told && isRecorded)
                    Tell(device, told, request);
                return false;
            default:
                return false;
        }
    }

    private bool FindPage(ulong gpa, bool isWrite, out ulong place)
    {
        var isThere = pages.TryGetValue(gpa & ~(Page - 1), out var page) && (page.IsWritable || !isWrite);
        place = page.Place + (gpa & (Page - 1));
        return isThere;
    }

    private bool Fetch(ulong gpa, int length, out ReadOnlySpan<byte> bytes)
    {
        var isThere = FindPage(gpa, isWrite: false, out var place);
        bytes = isThere ? memory.AsSpan((int)place, length) : default;
        return isThere;
    }

    // Stage 1: every structure of the guest's is fetched through stage 2. Null: stage 2 stopped it.
    private SmmuEventType? Walk(Stage1 table, in DmaRequest request, out ulong gpa, out bool isRecorded)
    {
        gpa = 0;
        isRecorded = true;
        if (!Fetch(table.Entry.S1ContextPtr, ContextDescriptor.Length, out var bytes))
            return null;
        var context = ContextDescriptor.Read(bytes);
        if (!context.Valid || !context.AA64)
            return SmmuEventType.BadCd;
        isRecorded = context.R;
        var isUpper = (request.Address >> 55 & 1) != 0;
        var (size, root, granule) = isUpper ? (context.T1SZ, context.TTB1, context.Granule1) : (context.T0SZ, context.TTB0, context.Granule0);
        var bits = 64 - size;
        if ((isUpper ? context.EPD1 : context.EPD0) || (long)request.Address >> bits != (isUpper ? -1 : 0))
            return SmmuEventType.Translation;
        var page = granule switch
        {
            Granule.Size4K => 12,
            Granule.Size16K => 14,
            _ => 16,
        };
        var stride = page - 3;
        var level = 4 - ((bits - page + stride - 1) / stride);
        for (var shift = page + ((3 - level) * stride); ; level++, shift -= stride)
        {
            var index = request.Address >> shift & ((1ul << Math.Min(stride, bits - shift)) - 1);
            if (!Fetch(root + (index * TranslationDescriptor.Length), TranslationDescriptor.Length, out bytes))
                return null;
            var leaf = new TranslationDescriptor(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            if (!leaf.Valid || (level == 3 && !leaf.IsTableOrPage))
                return SmmuEventType.Translation;
            root = leaf.Address >> page << page;
            if (level < 3)
                continue;
            if (!leaf.AF)
                return SmmuEventType.Access;
            if (request.IsWrite && leaf.AP2)
                return SmmuEventType.Permission;
            gpa = root | (request.Address & ((1ul << shift) - 1));
            return SmmuEventType.None;
        }
    }

    private void Tell(Device device, SmmuEventType type, in DmaRequest request)
    {
        if (device is not { Virtual: { Viommu.Queue: { } queue } })
            return;
        var record = new SmmuEvent { Type = type, StreamId = NameOf(device) };
        if (type != SmmuEventType.BadCd)
            record = record with { RnW = !request.IsWrite, Class = SmmuEventClass.InputAddress, InputAddress = request.Address };
        var sequence = queue.Sequence++;
        if (queue.Held.Count < queue.Depth)
            queue.Held.Add(new(0, sequence, record));
        else if (queue.Held.Count == queue.Depth)
            queue.Held.Add(new(Iommufd.LostEvents, sequence, default));
    }

    /// <summary>The StreamID that the guest knows a device by.</summary>
    protected virtual uint NameOf(Device device) => (uint)device.Virtual!.VirtualId;

    private Device? Find(uint device) => Array.Find(devices, one => one.Id == device);

    private CallResult Add(object made, out uint id)
    {
        objects.Add(id = nextId++, made);
        return CallResult.Success;
    }

    /// <summary>A device, what is attached to it, and what it has to do.</summary>
    protected internal sealed class Device(uint id, uint stream)
    {
        internal uint Id => id;

        /// <summary>The StreamID that the hardware knows it by.</summary>
        public uint Stream => stream;

        internal object? Attached { get; set; }

        internal Vdevice? Virtual { get; set; }

        internal int Refusal { get; set; }

        internal DeviceState State { get; set; } = DeviceState.Running;

        // All of its state that migrates.
        internal long Transfers { get; set; }

        internal List<DmaRequest> Waiting { get; } = [];

        internal List<(DmaRequest Request, DmaResult Result)> Done { get; } = [];
    }

    private sealed record Stage2(bool IsParent);

    private sealed record Stage1(Viommu Viommu, StreamTableEntry Entry);

    internal sealed record Vdevice(Viommu Viommu, Device Device, ulong VirtualId);

    internal sealed class Viommu(object parent)
    {
        public object Parent => parent;

        public Dictionary<ulong, Device> Devices { get; } = [];

        public EventQueue? Queue { get; set; }
    }

    internal sealed class EventQueue(Viommu viommu, uint depth)
    {
        public Viommu Viommu => viommu;

        public uint Depth => depth;

        public uint Sequence { get; set; }

        public List<VirtualEvent> Held { get; } = [];
    }
}
