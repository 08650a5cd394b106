using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Plugin;

/// <summary>Somebody else's host of nested stages, held at arm's length: an exception out of its code is its death, not the kit's.</summary>
internal sealed class GuardedHost : INestedStage
{
    private const ulong LeastRam = 2 << 20,
        MostRam = 1ul << 30; // bitmaps of all of it are asked for again and again
    private readonly INestedStage host;
    private readonly Fate fate;

    private GuardedHost(INestedStage host, Fate fate)
    {
        this.host = host;
        this.fate = fate;
        Facts =
            fate.Ask("Facts", host, static h => h.Facts)
            ?? throw PluginText.Unusable("the host says nothing of itself: Facts is null", "Say which devices there are, and how much memory");
        if (Facts.Devices is not { Count: > 0 } || Facts.Devices.Any(device => device.StreamIds is not { Count: > 0 }))
            throw PluginText.Unusable("the host has no device with a StreamID", "Facts.Devices has at least one, with at least one StreamID");
        if (!Facts.Devices.Any(device => device.StreamIds.Count == 1 && device.Smmu == Facts.Devices[0].Smmu))
            throw PluginText.Unusable("no device of the host can be given to a guest", "One behind the first device's SMMU has exactly one StreamID");
        if (Facts.Devices.Select(device => device.Id).Distinct().Count() != Facts.Devices.Count)
            throw PluginText.Unusable("two devices of the host have one id", "Give each its own");
        if (Facts.RamSize is < LeastRam or > MostRam || Facts.RamSize % LeastRam != 0)
            throw PluginText.Unusable($"the host has 0x{Facts.RamSize:x} bytes of memory", "RamSize is a multiple of 2 MiB, not 0 and at most 1 GiB");
        if (fate.Ask("Evidence", host, static h => h.Evidence) is { } evidence)
            Evidence = new GuardedEvidence(evidence, fate);
    }

    /// <summary>Makes a host.</summary>
    /// <exception cref="DeviceLostException">Its constructor threw, or what it says of itself cannot be.</exception>
    internal static GuardedHost Make(Type type)
    {
        var fate = new Fate(ForeignText.Line(type.Assembly.GetName().Name + ".dll"), "host");
        return new(fate.Ask("the constructor", type, static t => (INestedStage)Activator.CreateInstance(t)!), fate);
    }

    public NestedHostFacts Facts { get; }

    public INestedEvidence? Evidence { get; }

    public CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        HardwareInfo? seen = null;
        var result = Ask("HwInfo", () => host.HwInfo(device, dataType, out seen));
        info =
            result.Ok && seen is null
                ? throw fate.Unusable("HwInfo succeeds and gives nothing", "Give the identification registers of the SMMU, or an errno")
                : seen;
        return result;
    }

    public CallResult AllocateTable(in TableRequest request, out uint id)
    {
        var asked = request;
        return Ask("AllocateTable", out id, (out uint made) => host.AllocateTable(asked, out made));
    }

    public CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id) =>
        Ask("AllocateViommu", out id, (out uint made) => host.AllocateViommu(flags, type, device, parent, out made));

    public CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id) =>
        Ask("AllocateVdevice", out id, (out uint made) => host.AllocateVdevice(viommu, device, virtualId, out made));

    public CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id) =>
        Ask("AllocateEventQueue", out id, (out uint made) => host.AllocateEventQueue(flags, type, viommu, depth, out made));

    public CallResult Attach(uint device, uint table) => Ask("Attach", () => host.Attach(device, table));

    public CallResult Detach(uint device) => Ask("Detach", () => host.Detach(device));

    public CallResult Destroy(uint id) => Ask("Destroy", () => host.Destroy(id));

    public CallResult Map(ulong iova, ulong length, ulong ram, bool writable) => Ask("Map", () => host.Map(iova, length, ram, writable));

    public CallResult Unmap(ulong iova, ulong length) => Ask("Unmap", () => host.Unmap(iova, length));

    public CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count)
    {
        var (copy, number) = (entries.ToArray(), count);
        var result = Ask("Invalidate", () => host.Invalidate(id, dataType, entryLength, copy, ref number));
        count = number;
        return result;
    }

    public CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into) => Ask("ReadEvents", () => host.ReadEvents(queue, into));

    public CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0) =>
        Ask("SetDirtyTracking", () => host.SetDirtyTracking(table, flags, reserved));

    public CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset)
    {
        var (asked, copy) = (request, buffer.ToArray());
        var result = Ask("GetDirtyBitmap", () => host.GetDirtyBitmap(asked, copy, offset));
        copy.CopyTo(buffer);
        return result;
    }

    public void ReadRam(ulong ram, Span<byte> bytes)
    {
        var copy = new byte[bytes.Length];
        Tell("ReadRam", () => host.ReadRam(ram, copy));
        copy.CopyTo(bytes);
    }

    public void WriteRam(ulong ram, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        Tell("WriteRam", () => host.WriteRam(ram, copy));
    }

    public DmaResult Dma(uint device, in DmaRequest request)
    {
        var asked = request;
        return Ask("Dma", () => host.Dma(device, asked));
    }

    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into) => Tell("TakeDone", () => host.TakeDone(device, into));

    public DeviceState StateOf(uint device) => Ask("StateOf", () => host.StateOf(device));

    public CallResult SetState(uint device, DeviceState state) => Ask("SetState", () => host.SetState(device, state));

    public CallResult ReadImage(uint device, out byte[] image)
    {
        byte[]? read = null;
        var result = Ask("ReadImage", () => host.ReadImage(device, out read));
        image = read ?? [];
        return result;
    }

    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image)
    {
        var copy = image.ToArray();
        return Ask("WriteImage", () => host.WriteImage(device, copy));
    }

    public CallResult StartLog(uint device) => Ask("StartLog", () => host.StartLog(device));

    public CallResult StopLog(uint device) => Ask("StopLog", () => host.StopLog(device));

    public CallResult ReportLog(uint device, ulong address, ulong length, Span<byte> bitmap)
    {
        var copy = bitmap.ToArray();
        var result = Ask("ReportLog", () => host.ReportLog(device, address, length, copy));
        copy.CopyTo(bitmap);
        return result;
    }

    public void RefuseAttach(uint device, int errno) => Tell("RefuseAttach", () => host.RefuseAttach(device, errno));

    public void Dispose() => fate.Tell("Dispose", host, static h => h.Dispose());

    private delegate CallResult Making(out uint id);

    private CallResult Ask(string call, out uint id, Making make)
    {
        uint made = 0;
        var result = Ask(call, () => make(out made));
        id = made;
        return result;
    }

    private T Ask<T>(string call, Func<T> ask) => fate.Ask(call, ask, static f => f());

    private void Tell(string call, Action tell) =>
        fate.Ask(
            call,
            tell,
            static f =>
            {
                f();
                return true;
            }
        );
}

/// <summary>What somebody else's host shows of its hardware.</summary>
internal sealed class GuardedEvidence(INestedEvidence evidence, Fate fate) : INestedEvidence
{
    public StreamTableEntry EntryOf(uint device) => fate.Ask("EntryOf", (evidence, device), static f => f.evidence.EntryOf(f.device));

    public void TakeIssued(ICollection<SmmuCommand> into) =>
        fate.Ask(
            "TakeIssued",
            (evidence, into),
            static f =>
            {
                f.evidence.TakeIssued(f.into);
                return true;
            }
        );

    public void TakeRecords(ICollection<SmmuEvent> into) =>
        fate.Ask(
            "TakeRecords",
            (evidence, into),
            static f =>
            {
                f.evidence.TakeRecords(f.into);
                return true;
            }
        );

    public bool? IsAtsOn(uint device) => fate.Ask("IsAtsOn", (evidence, device), static f => f.evidence.IsAtsOn(f.device));

    public ulong LeafOf(ulong iova) => fate.Ask("LeafOf", (evidence, iova), static f => f.evidence.LeafOf(f.iova));

    public ulong? PhysicalOf(ulong iova) => fate.Ask("PhysicalOf", (evidence, iova), static f => f.evidence.PhysicalOf(f.iova));
}

/// <summary>Makes the machines of somebody else's VMM.</summary>
internal sealed class GuardedFactory
{
    private readonly INestedMachineFactory factory;
    private readonly string assembly;

    private GuardedFactory(INestedMachineFactory factory, string assembly)
    {
        this.factory = factory;
        this.assembly = assembly;
    }

    /// <exception cref="DeviceLostException">Its constructor threw.</exception>
    internal static GuardedFactory Make(Type type)
    {
        var assembly = ForeignText.Line(type.Assembly.GetName().Name + ".dll");
        var made = new Fate(assembly, "VMM").Ask("the constructor", type, static t => (INestedMachineFactory)Activator.CreateInstance(t)!);
        return new(made, assembly);
    }

    /// <summary>Makes a machine.</summary>
    /// <exception cref="DeviceLostException">It threw, or what it says of itself cannot be.</exception>
    internal GuardedMachine Create(INestedStage host, bool isDestination)
    {
        var fate = new Fate(assembly, "VMM");
        var machine =
            fate.Ask("Create", (factory, host, isDestination), static f => f.factory.Create(f.host, f.isDestination))
            ?? throw fate.Unusable("Create of the VMM gave null", "It makes a machine, or throws");
        return new(machine, fate);
    }
}

/// <summary>Somebody else's VMM, held at arm's length.</summary>
internal sealed class GuardedMachine : INestedMachine
{
    private const int MostDevices = 8;
    private const uint StreamIds = 64;
    private readonly INestedMachine machine;
    private readonly Fate fate;

    internal GuardedMachine(INestedMachine machine, Fate fate)
    {
        this.machine = machine;
        this.fate = fate;
        Facts =
            fate.Ask("Facts", machine, static m => m.Facts)
            ?? throw fate.Unusable("the machine says nothing of itself: Facts is null", "Say where its memory is, and which devices it has");
        if (Facts.Devices is not { Count: > 0 and <= MostDevices } || Facts.StreamIds?.Count != Facts.Devices.Count)
            throw fate.Unusable("the machine has no device with a virtual StreamID", "It has one to eight, each with its StreamID");
        if (Facts.StreamIds.Any(stream => stream >= StreamIds) || Facts.StreamIds.Distinct().Count() != Facts.StreamIds.Count)
            throw fate.Unusable("virtual StreamIDs of the machine are above 63, or not unique", "The guest's stream table has 64 entries");
        if (Enumerable.Range(0, GuestRam.Pages).Any(page => !Facts.Sections.Any(section => Has(section, GuestRam.GpaOf(page)))))
            throw fate.Unusable("the machine lacks memory of the guest", "It has 192 KiB at 0x40000000 and 64 KiB at 0x100000000");
    }

    public NestedMachineFacts Facts { get; }

    public uint ReadRegister(uint offset) => Ask("ReadRegister", () => machine.ReadRegister(offset));

    public void WriteRegister(uint offset, uint value) => Tell("WriteRegister", () => machine.WriteRegister(offset, value));

    public void ReadMemory(ulong gpa, Span<byte> bytes)
    {
        var copy = new byte[bytes.Length];
        Tell("ReadMemory", () => machine.ReadMemory(gpa, copy));
        copy.CopyTo(bytes);
    }

    public void WriteMemory(ulong gpa, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        Tell("WriteMemory", () => machine.WriteMemory(gpa, copy));
    }

    public void Poll() => Tell("Poll", machine.Poll);

    public CallResult SetAccess(ulong gpa, ulong pages, MemoryAccess access) => Ask("SetAccess", () => machine.SetAccess(gpa, pages, access));

    public CallResult Begin() => Ask("Begin", machine.Begin);

    public CallResult Collect(ICollection<ulong> pages) => Ask("Collect", () => machine.Collect(pages));

    public CallResult Stop(ICollection<ulong> pages) => Ask("Stop", () => machine.Stop(pages));

    public CallResult Save(out byte[] state)
    {
        byte[]? saved = null;
        var result = Ask("Save", () => machine.Save(out saved));
        state = saved ?? [];
        return result;
    }

    public CallResult SaveDevice(int device, out byte[] state)
    {
        byte[]? saved = null;
        var result = Ask("SaveDevice", () => machine.SaveDevice(device, out saved));
        state = saved ?? [];
        return result;
    }

    public CallResult Cancel() => Ask("Cancel", machine.Cancel);

    public CallResult Load(ReadOnlySpan<byte> state)
    {
        var copy = state.ToArray();
        return Ask("Load", () => machine.Load(copy));
    }

    public CallResult LoadDevice(int device, ReadOnlySpan<byte> state)
    {
        var copy = state.ToArray();
        return Ask("LoadDevice", () => machine.LoadDevice(device, copy));
    }

    public void Quit() => Tell("Quit", machine.Quit);

    public CallResult Start() => Ask("Start", machine.Start);

    public void Dispose() => fate.Tell("Dispose", machine, static m => m.Dispose());

    private static bool Has((ulong Start, ulong Length) section, ulong gpa) => gpa >= section.Start && gpa - section.Start < section.Length;

    private T Ask<T>(string call, Func<T> ask) => fate.Ask(call, ask, static f => f());

    private void Tell(string call, Action tell) =>
        fate.Ask(
            call,
            tell,
            static f =>
            {
                f();
                return true;
            }
        );
}

/// <summary>Somebody else's writer of STEs and CDs, held at arm's length.</summary>
internal sealed class GuardedWriter : IStreamTableWriter
{
    private readonly IStreamTableWriter writer;
    private readonly Fate fate;

    private GuardedWriter(IStreamTableWriter writer, Fate fate)
    {
        this.writer = writer;
        this.fate = fate;
    }

    /// <exception cref="DeviceLostException">Its constructor threw.</exception>
    internal static GuardedWriter Make(Type type)
    {
        var fate = new Fate(ForeignText.Line(type.Assembly.GetName().Name + ".dll"), "writer");
        return new(fate.Ask("the constructor", type, static t => (IStreamTableWriter)Activator.CreateInstance(t)!), fate);
    }

    public void WriteStream(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target)
    {
        fate.Check();
        try
        {
            writer.WriteStream(memory, streams, target);
        }
        catch (Exception error)
        {
            throw fate.Died("WriteStream", error);
        }
    }

    public void WriteContext(IEntryMemory memory, IReadOnlyList<uint> streams, ReadOnlySpan<ulong> target)
    {
        fate.Check();
        try
        {
            writer.WriteContext(memory, streams, target);
        }
        catch (Exception error)
        {
            throw fate.Died("WriteContext", error);
        }
    }

    public void Dispose() => fate.Tell("Dispose", writer, static w => w.Dispose());
}
