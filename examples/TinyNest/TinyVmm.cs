using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Examples;

/// <summary>A VMM as small as one can be. It does not track what devices write: while it migrates all memory counts as written (DIRTY-12).</summary>
public class TinyVmm : INestedMachineFactory
{
    public virtual INestedMachine Create(INestedStage host, bool isDestination) => new TinyMachine(host, isDestination);
}

/// <summary>
/// A machine of it: memory, up to two devices, and a virtual SMMU with stage 1, a linear stream table, no substreams, no stalls and no range invalidation.
/// </summary>
public class TinyMachine : INestedMachine
{
    private const ulong Page = 4096,
        LowRam = 0x4000_0000,
        LowLength = 48 * Page,
        HighRam = 0x1_0000_0000,
        HighLength = 16 * Page;
    private const int QueueBits = 8,
        StreamIdBits = 6;
    private const uint Enable = 1,
        EventQueueEnable = 4,
        CommandQueueEnable = 8,
        CommandError = 1,
        Overflow = 1u << 31;

    private readonly INestedStage host;
    private readonly bool isDestination;
    private readonly uint[] devices;
    private readonly uint[] streams;
    private readonly uint[] installed;
    private readonly uint[] vdevices;
    private readonly uint parent;
    private readonly uint viommu;
    private readonly uint queue;
    private readonly uint abort;
    private readonly uint bypass;
    private readonly SmmuCapabilities hardware;
    private readonly List<VirtualEvent> events = [];

    // The registers that a guest writes, by their offsets.
    private readonly Dictionary<uint, uint> registers = [];
    private SmmuCapabilities offered;
    private bool isLoaded;
    private bool isMigrating;
    private bool isStopped;
    private int loadedDevices;

    public TinyMachine(INestedStage host, bool isDestination)
    {
        this.host = host;
        this.isDestination = isDestination;
        isLoaded = !isDestination;
        var first = host.Facts.Devices[0];
        devices = [.. host.Facts.Devices.Where(one => one.Smmu == first.Smmu && one.StreamIds.Count == 1).Take(2).Select(one => one.Id)];
        streams = [.. devices.Select((_, index) => 8u * (uint)(index + 1))];
        (installed, vdevices) = (new uint[devices.Length], new uint[devices.Length]);
        Facts = new()
        {
            Sections = [(LowRam, LowLength), (HighRam, HighLength)],
            StreamIds = streams,
            Devices = devices,
        };
        for (ulong offset = 0; offset < LowLength + HighLength; offset += Page)
            Need(host.Map(GpaOf(offset), Page, offset, writable: true));
        Need(host.AllocateTable(new(Iommufd.NestParent, devices[0], host.Facts.AddressSpace), out parent));
        Need(host.AllocateViommu(0, Iommufd.ArmSmmuv3, devices[0], parent, out viommu));
        for (var i = 0; i < devices.Length; i++)
            Need(host.AllocateVdevice(viommu, devices[i], streams[i], out vdevices[i]));
        Need(host.AllocateEventQueue(0, Iommufd.ArmSmmuv3, viommu, 64, out queue));
        Need(Push(0, 1, 0, out abort));
        Need(Push(0, 1 | 4 << 1, 0, out bypass));
        Need(host.HwInfo(devices[0], Iommufd.ArmSmmuv3Info, out var info));
        hardware = info!.Registers;
        offered = Offer(hardware);
        registers[SmmuRegister.Gbpa] = 1 << 12;
        for (var i = 0; i < devices.Length; i++)
            Attach(i, isDestination ? abort : bypass);
    }

    public NestedMachineFacts Facts { get; }

    public void Dispose() => GC.SuppressFinalize(this);

    // Of what the hardware says only what the interface lists is the guest's: no HTTU, no BTM, no MPAM (SMMU-NEST-14).
    private static SmmuCapabilities Offer(SmmuCapabilities hardware) =>
        new()
        {
            S1P = true,
            TTF = hardware.TTF,
            COHACC = true,
            ASID16 = hardware.ASID16,
            TTENDIAN = hardware.TTENDIAN,
            StallModel = hardware.StallModel,
            TermModel = hardware.TermModel,
            SIDSIZE = StreamIdBits,
            CMDQS = QueueBits,
            EVENTQS = QueueBits,
            OAS = hardware.OAS,
            GRAN4K = hardware.GRAN4K,
            GRAN16K = hardware.GRAN16K,
            GRAN64K = hardware.GRAN64K,
            Aidr = 1,
        };

    // Memory.

    public void ReadMemory(ulong gpa, Span<byte> bytes) => host.ReadRam(PlaceOf(gpa), bytes);

    public void WriteMemory(ulong gpa, ReadOnlySpan<byte> bytes) => host.WriteRam(PlaceOf(gpa), bytes);

    public CallResult SetAccess(ulong gpa, ulong pages, MemoryAccess access)
    {
        for (var at = gpa; at < gpa + (pages * Page); at += Page)
        {
            host.Unmap(at, Page);
            if (access != MemoryAccess.None)
                Need(host.Map(at, Page, PlaceOf(at), access == MemoryAccess.ReadWrite));
        }

        return CallResult.Success;
    }

    private static ulong GpaOf(ulong offset) => offset < LowLength ? LowRam + offset : HighRam + offset - LowLength;

    private static bool Has(ulong gpa) => gpa - LowRam < LowLength || gpa - HighRam < HighLength;

    private static ulong PlaceOf(ulong gpa) => gpa - LowRam < LowLength ? gpa - LowRam : gpa - HighRam + LowLength;

    private bool Fetch(ulong gpa, Span<byte> bytes)
    {
        if (!Has(gpa))
            return false;
        ReadMemory(gpa, bytes);
        return true;
    }

    // The virtual SMMU.

    public uint ReadRegister(uint offset) =>
        offset switch
        {
            SmmuRegister.Idr0 => offered.Idr0,
            SmmuRegister.Idr1 => offered.Idr1,
            SmmuRegister.Idr3 => offered.Idr3,
            SmmuRegister.Idr5 => offered.Idr5,
            SmmuRegister.Aidr => offered.Aidr,
            SmmuRegister.Cr0Ack => Register(SmmuRegister.Cr0),
            SmmuRegister.IrqCtrlAck => Register(SmmuRegister.IrqCtrl),
            _ => Register(offset),
        };

    public void WriteRegister(uint offset, uint value)
    {
        var before = (IsEnabled, Aborts);
        switch (offset)
        {
            case SmmuRegister.Gbpa when value >> 31 == 0:
                return;
            case SmmuRegister.Gbpa:
                value &= ~(1u << 31);
                break;
            case SmmuRegister.Cr0:
                value &= Enable | EventQueueEnable | CommandQueueEnable;
                break;
        }

        registers[offset] = value;
        // A change of SMMUEN or GBPA is one of every device (SMMU-NEST-16).
        if (offset is SmmuRegister.Cr0 or SmmuRegister.Gbpa && isLoaded && before != (IsEnabled, Aborts) && !(before.IsEnabled && IsEnabled))
            InstallAll();
        if (offset is SmmuRegister.Cr0 or SmmuRegister.CmdqProd or SmmuRegister.GErrorN)
            RunCommands();
    }

    private bool IsEnabled => (Register(SmmuRegister.Cr0) & Enable) != 0;

    private bool Aborts => (Register(SmmuRegister.Gbpa) >> 20 & 1) != 0;

    private uint Register(uint offset) => registers.GetValueOrDefault(offset);

    private ulong Base(uint offset) => (Register(offset) | (ulong)Register(offset + 4) << 32) & 0x000f_ffff_ffff_ffe0;

    private void RunCommands()
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        while (
            isLoaded
            && (Register(SmmuRegister.Cr0) & CommandQueueEnable) != 0
            && ((Register(SmmuRegister.GError) ^ Register(SmmuRegister.GErrorN)) & CommandError) == 0
        )
        {
            var size = (int)Math.Min(Register(SmmuRegister.CmdqBase) & 31, QueueBits);
            var wrap = (2u << size) - 1;
            var consumer = Register(SmmuRegister.CmdqCons) & wrap;
            if (((Register(SmmuRegister.CmdqProd) ^ consumer) & wrap) == 0)
                return;
            var isThere = Fetch(Base(SmmuRegister.CmdqBase) + ((consumer & (wrap >> 1)) * (ulong)SmmuCommand.Length), bytes);
            if (isThere && Run(SmmuCommand.Read(bytes)))
            {
                registers[SmmuRegister.CmdqCons] = (consumer + 1) & wrap;
                continue;
            }

            registers[SmmuRegister.CmdqCons] = consumer | (isThere ? 1u : 2) << 24;
            registers[SmmuRegister.GError] = Register(SmmuRegister.GError) ^ CommandError;
        }
    }

    // False for a command that is illegal: it never reaches the host (SMMU-NEST-20).
    private bool Run(SmmuCommand command)
    {
        switch (command.Opcode)
        {
            case SmmuOpcode.Sync:
                // Everything before it was complete when its call returned (SMMU-NEST-17).
                return command.CS != 3;
            case SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress:
                return !command.SSec;
            case SmmuOpcode.CfgiSte when !command.SSec:
                InstallStreams(command.StreamId, command.StreamId);
                return true;
            case SmmuOpcode.CfgiSteRange when !command.SSec:
                var first = command.Range == 31 ? 0 : command.StreamId >> (command.Range + 1) << (command.Range + 1);
                InstallStreams(first, command.Range == 31 ? uint.MaxValue : (uint)(first + (2ul << command.Range) - 1));
                return true;
            case SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll when !command.SSec:
            case SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiNsnhAll:
                Forward(command);
                return true;
            default:
                return false;
        }
    }

    private void Forward(in SmmuCommand command)
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        command.Write(bytes);
        uint count = 1;
        host.Invalidate(viommu, Iommufd.ArmSmmuv3, SmmuCommand.Length, bytes, ref count);
    }

    private void Record(in SmmuEvent record)
    {
        if ((Register(SmmuRegister.Cr0) & EventQueueEnable) == 0)
            return;
        var size = (int)Math.Min(Register(SmmuRegister.EventqBase) & 31, QueueBits);
        var wrap = (2u << size) - 1;
        var (producer, consumer) = (Register(SmmuRegister.EventqProd), Register(SmmuRegister.EventqCons));
        if (((producer ^ consumer) & wrap) == 1u << size)
        {
            registers[SmmuRegister.EventqProd] = producer ^ (~(producer ^ consumer) & Overflow);
            return;
        }

        var at = Base(SmmuRegister.EventqBase) + ((producer & (wrap >> 1)) * (ulong)SmmuEvent.Length);
        if (!Has(at))
            return;
        Span<byte> bytes = stackalloc byte[SmmuEvent.Length];
        record.Write(bytes);
        WriteMemory(at, bytes);
        registers[SmmuRegister.EventqProd] = (producer & Overflow) | ((producer + 1) & wrap);
    }

    public void Poll()
    {
        events.Clear();
        host.ReadEvents(queue, events);
        foreach (var one in events.Where(one => one.Flags == 0))
            Record(one.Record);
    }

    // Stage 1.

    private bool InstallAll()
    {
        var all = true;
        for (var i = 0; i < devices.Length; i++)
            all &= Install(i);
        return all;
    }

    private void InstallStreams(uint first, uint last)
    {
        for (var i = 0; i < devices.Length; i++)
            if (IsEnabled && streams[i] >= first && streams[i] <= last)
                Install(i);
    }

    // Hands the guest's STE to the host. When the host does not take it the device aborts (SMMU-NEST-15, SMMU-NEST-21).
    private bool Install(int index)
    {
        if (!IsEnabled)
            return Attach(index, Aborts ? abort : bypass) || Failed(index);
        var entry = EntryOf(streams[index]);
        if (!entry.Valid)
            return Invalid(index);
        if (entry.Config is StreamConfig.Abort or StreamConfig.Bypass)
            return Attach(index, entry.Config == StreamConfig.Abort ? abort : bypass) || Failed(index);
        // Attributes of the memory that tables are in, and what else of the doublewords is the guest's.
        if (!Push(index, entry.D0, entry.D1 & 0x3800_00ff, out var table).Ok)
            return Invalid(index);
        if (Attach(index, table))
            return true;
        host.Destroy(table);
        return Failed(index);
    }

    private StreamTableEntry EntryOf(uint stream)
    {
        Span<byte> bytes = stackalloc byte[StreamTableEntry.Length];
        if (stream >> (int)Math.Min(Register(SmmuRegister.StrtabBaseCfg) & 63, 31) != 0)
            return new() { Valid = true };
        return Fetch(Base(SmmuRegister.StrtabBase) + (stream * (ulong)StreamTableEntry.Length), bytes) ? StreamTableEntry.Read(bytes) : default;
    }

    // The hardware is silent about a stream that aborts: the guest hears of it from here (SMMU-NEST-09).
    private bool Invalid(int index)
    {
        Record(new() { Type = SmmuEventType.BadSte, StreamId = streams[index] });
        return Attach(index, abort) || Failed(index);
    }

    private bool Failed(int index)
    {
        Attach(index, abort);
        return false;
    }

    private bool Attach(int index, uint table)
    {
        if (!host.Attach(devices[index], table).Ok)
            return false;
        var before = installed[index];
        installed[index] = table;
        if (before != 0 && before != table && before != abort && before != bypass)
            host.Destroy(before);
        return true;
    }

    private CallResult Push(int index, ulong word0, ulong word1, out uint id) =>
        host.AllocateTable(new(0, devices[index], viommu, Iommufd.ArmSmmuv3Table, Iommufd.TableDataLength, word0, word1), out id);

    // Migration.

    public CallResult Begin()
    {
        if (isMigrating || !isLoaded)
            return CallResult.Fail(Errno.EBUSY);
        SetStates(DeviceState.PreCopy);
        isMigrating = true;
        return CallResult.Success;
    }

    public CallResult Collect(ICollection<ulong> pages)
    {
        if (!isMigrating || isStopped)
            return CallResult.Fail(Errno.EBUSY);
        AddAll(pages);
        return CallResult.Success;
    }

    // Nobody tells pages before every device has stopped (HANDOVER-11).
    public CallResult Stop(ICollection<ulong> pages)
    {
        if (!isMigrating || isStopped)
            return CallResult.Fail(Errno.EBUSY);
        SetStates(DeviceState.PreCopyP2P);
        SetStates(DeviceState.StopCopy);
        Poll();
        AddAll(pages);
        isStopped = true;
        return CallResult.Success;
    }

    // Pairs of offset and value; those that say what hardware the guest knows come first.
    public CallResult Save(out byte[] state)
    {
        state = [];
        if (!isStopped)
            return CallResult.Fail(Errno.EBUSY);
        uint[] known = [SmmuRegister.Idr0, SmmuRegister.Idr1, SmmuRegister.Idr3, SmmuRegister.Idr5];
        uint[] words = [.. known.Select(ReadRegister), .. registers.SelectMany(pair => new[] { pair.Key, pair.Value })];
        state = new byte[words.Length * sizeof(uint)];
        for (var i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(i * sizeof(uint)), words[i]);
        return CallResult.Success;
    }

    public CallResult SaveDevice(int device, out byte[] state)
    {
        state = [];
        return isStopped ? host.ReadImage(devices[device], out state) : CallResult.Fail(Errno.EBUSY);
    }

    public CallResult Cancel()
    {
        if (!isMigrating)
            return CallResult.Fail(Errno.EBUSY);
        if (isStopped)
            SetStates(DeviceState.Stop);
        SetStates(DeviceState.Running);
        isMigrating = isStopped = false;
        return CallResult.Success;
    }

    public CallResult Load(ReadOnlySpan<byte> state)
    {
        const int Known = 4;
        if (!isDestination || isLoaded || state.Length < Known * sizeof(uint) || state.Length % (2 * sizeof(uint)) != 0)
            return CallResult.Fail(Errno.EINVAL);
        var words = new uint[state.Length / sizeof(uint)];
        for (var i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(state[(i * sizeof(uint))..]);
        var guest = SmmuCapabilities.Of(words[0], words[1], words[2], words[3], offered.Aidr);
        if (!CanGoOn(guest))
            return CallResult.Fail(Errno.EINVAL);
        offered = guest;
        for (var i = Known; i < words.Length; i += 2)
            registers[words[i]] = words[i + 1];
        if (!PushAll())
        {
            for (var i = 0; i < devices.Length; i++)
                Attach(i, abort);
            return CallResult.Fail(Errno.EIO);
        }

        isLoaded = true;
        return CallResult.Success;
    }

    // This hardware has what the guest knows (SMMU-NEST-14).
    private bool CanGoOn(SmmuCapabilities guest) =>
        (guest.GRAN4K, guest.GRAN16K, guest.GRAN64K) == (hardware.GRAN4K, hardware.GRAN16K, hardware.GRAN64K)
        && guest.TTF == hardware.TTF
        && guest.TTENDIAN == hardware.TTENDIAN
        && guest.TermModel == hardware.TermModel
        && guest.StallModel == hardware.StallModel
        && hardware.OAS >= guest.OAS
        && hardware.SIDSIZE >= guest.SIDSIZE
        && (hardware.ASID16 || !guest.ASID16);

    /// <summary>Stage 1 of every device goes to this host: the guest will not say it again (HANDOVER-06).</summary>
    protected virtual bool PushAll() => InstallAll();

    public CallResult LoadDevice(int device, ReadOnlySpan<byte> state)
    {
        if (!isDestination)
            return CallResult.Fail(Errno.EINVAL);
        Need(host.SetState(devices[device], DeviceState.Resuming));
        var written = host.WriteImage(devices[device], state);
        if (!written.Ok)
            return written;
        Need(host.SetState(devices[device], DeviceState.Stop));
        loadedDevices++;
        return CallResult.Success;
    }

    // Nothing runs before stage 1 is there (HANDOVER-07, HANDOVER-08).
    public CallResult Start()
    {
        if (!isDestination || !isLoaded || loadedDevices != devices.Length)
            return CallResult.Fail(Errno.EBUSY);
        loadedDevices = 0;
        SetStates(DeviceState.RunningP2P);
        SetStates(DeviceState.Running);
        RunCommands();
        return CallResult.Success;
    }

    public void Quit()
    {
        foreach (var device in devices)
            host.Detach(device);
        foreach (var id in installed.Append(abort).Append(bypass).Append(queue).Concat(vdevices).Append(viommu).Append(parent).Distinct())
            host.Destroy(id);
        for (ulong offset = 0; offset < LowLength + HighLength; offset += Page)
            host.Unmap(GpaOf(offset), Page);
    }

    private void SetStates(DeviceState state)
    {
        foreach (var device in devices)
            Need(host.SetState(device, state));
    }

    private static void AddAll(ICollection<ulong> pages)
    {
        for (ulong offset = 0; offset < LowLength + HighLength; offset += Page)
            pages.Add(GpaOf(offset));
    }

    private static void Need(CallResult result)
    {
        if (!result.Ok)
            throw new InvalidOperationException($"the host refuses what a machine cannot do without: {Errno.Name(result.Errno)}");
    }
}
