using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// A guest of <c>labs/nested</c> in one of its boots: its VFIO devices, the file that is the memory of the hosts in it, and the hardware that it runs on. A
/// host takes a few devices and a part of the memory, and gives them back.
/// </summary>
internal sealed class GuestMachine : IDisposable
{
    /// <summary>Bytes of memory that each host has.</summary>
    public const int HostMemory = 2 << 20;

    /// <summary>How many devices each host has.</summary>
    public const int HostDevices = 2;

    private const int Page = 4096,
        HostPages = HostMemory / Page;
    private const string MemoryFile = "/run/ram";

    private static readonly byte[] PageMark = [.. "page of a host: "u8];
    private static readonly byte[] BufferMark = [.. "buffer of an edu device is here:"u8];
    private static readonly TimeSpan FactPatience = TimeSpan.FromSeconds(10);

    private readonly ulong[]?[] places;
    private readonly List<SmmuEvent> records = [];
    private readonly bool[] taken;

    /// <summary>Finds everything. Takes a second or two.</summary>
    /// <exception cref="DeviceLostException">The guest is not what it must be.</exception>
    public GuestMachine(LinuxMachine machine, TimeSpan deadline)
    {
        Calls = machine.Connect();
        Devices = Find(Calls);
        taken = new bool[Devices.Count / HostDevices];
        places = new ulong[taken.Length][];
        if (taken.Length == 0)
            throw Unreachable($"the guest has {Devices.Count} edu devices of VFIO, and a host needs {HostDevices}");
        Memory = (int)Demand(Calls.Open(MemoryFile, OpenFlags.ReadWrite), $"open of {MemoryFile}").Value;
        try
        {
            Hardware = new(
                FactOf(machine, "ram"),
                FactOf(machine, "qmp"),
                int.TryParse(FactOf(machine, "pid"), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                    ? process
                    : throw Unreachable("the guest's command names no process"),
                deadline,
                machine.LastWords,
                Calls.Dispose
            );
            FindPages(0);
            FindBuffers();
        }
        catch
        {
            Hardware?.Dispose();
            try
            {
                Calls.Close(Memory);
            }
            catch (DeviceLostException)
            {
                // The guest is gone, and the descriptor with it; why is said already.
            }

            throw;
        }
    }

    /// <summary>The guest's system calls.</summary>
    public ISystemCalls Calls { get; }

    /// <summary>What it runs on.</summary>
    public GuestHardware Hardware { get; } = null!;

    /// <summary>True after it was lost: whoever met that was told, and nothing brings it back.</summary>
    public bool IsLost => Calls is GuestCalls { IsLost: true };

    /// <summary>The descriptor of the file that is the memory of hosts.</summary>
    public int Memory { get; }

    /// <summary>Its devices.</summary>
    public IReadOnlyList<EduDevice> Devices { get; }

    /// <inheritdoc/>
    public void Dispose() => Hardware.Dispose();

    /// <summary>Takes a place for a host.</summary>
    /// <returns>The number of its memory, which is zero, and of its devices.</returns>
    public int Take()
    {
        var free = Array.IndexOf(taken, false);
        if (free < 0)
            throw Unreachable($"the guest has devices for {taken.Length} hosts at a time");
        FindPages(free);
        taken[free] = true;
        foreach (var page in places[free]!)
            Hardware.PageAt(page).Clear();
        return free;
    }

    /// <summary>Gives a place back.</summary>
    public void Release(int place) => taken[place] = false;

    /// <summary>Reads the memory of a host.</summary>
    public void ReadRam(int host, ulong ram, Span<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; )
        {
            var length = Math.Min(bytes.Length - at, Page - (int)((ram + (ulong)at) % Page));
            Hardware.Read(PhysicalOf(host, ram + (ulong)at), bytes.Slice(at, length));
            at += length;
        }
    }

    /// <summary>Writes the memory of a host.</summary>
    public void WriteRam(int host, ulong ram, ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; )
        {
            var length = Math.Min(bytes.Length - at, Page - (int)((ram + (ulong)at) % Page));
            Hardware.Write(PhysicalOf(host, ram + (ulong)at), bytes.Slice(at, length));
            at += length;
        }
    }

    /// <summary>The physical address of a place in the memory of a host.</summary>
    public ulong PhysicalOf(int host, ulong ram) => places[host]![ram / Page] + (ram % Page);

    /// <summary>True when a word is somewhere in the memory of the hosts that there are.</summary>
    public bool Holds(uint word)
    {
        foreach (var page in Used())
            if (MemoryMarshal.Cast<byte, uint>(Hardware.PageAt(page)).Contains(word))
                return true;
        return false;
    }

    /// <summary>Does something while words of zero, in the memory of the hosts, have a value that is no valid entry and no valid descriptor.</summary>
    public T WithoutZeros<T>(Func<T> what)
    {
        const ulong Filler = 0x5a5a_5a00_0000_0000;
        var filled = new List<(ulong Page, int Word)>();
        foreach (var page in Used())
        {
            var words = MemoryMarshal.Cast<byte, ulong>(Hardware.PageAt(page));
            for (var at = 0; at < words.Length; at++)
                if (words[at] == 0)
                {
                    filled.Add((page, at));
                    words[at] = Filler;
                }
        }

        try
        {
            return what();
        }
        finally
        {
            foreach (var (page, at) in filled)
                MemoryMarshal.Cast<byte, ulong>(Hardware.PageAt(page))[at] = 0;
        }
    }

    /// <summary>Takes the records of a few streams from those of the physical event queue.</summary>
    public void TakeRecords(Func<uint, bool> isOurs, ICollection<SmmuEvent> into)
    {
        Hardware.TakeRecords(records);
        foreach (var record in records)
            if (isOurs(record.StreamId))
                into.Add(record);
        records.RemoveAll(record => isOurs(record.StreamId));
    }

    /// <summary>How many records of a stream the physical event queue had that nobody took.</summary>
    public int CountRecords(uint stream)
    {
        Hardware.TakeRecords(records);
        return records.Count(record => record.StreamId == stream);
    }

    /// <summary>A call that a host cannot do without.</summary>
    /// <exception cref="DeviceLostException">It failed.</exception>
    public static CallResult Demand(CallResult result, string what) => result.Ok ? result : throw Unreachable($"{what} failed with {Errno.Name(result.Errno)}");

    private IEnumerable<ulong> Used() => places.Where((_, host) => taken[host]).SelectMany(all => all!);

    private static DeviceLostException Unreachable(string why) => new(DeviceLoss.Unreachable, why);

    // The command prints its facts behind the line that is waited for.
    private static string FactOf(LinuxMachine machine, string key)
    {
        var due = Environment.TickCount64 + (long)FactPatience.TotalMilliseconds;
        while (machine.Fact(key) is null && Environment.TickCount64 < due)
            Thread.Sleep(10);
        return machine.Fact(key) ?? throw Unreachable($"the guest's command says nothing of '{key}=': it must be labs/nested/boot, or do as it does");
    }

    private static List<EduDevice> Find(ISystemCalls calls)
    {
        var found = new List<EduDevice>();
        foreach (var name in calls.List("/sys/bus/pci/devices"))
        {
            var folder = $"/sys/bus/pci/devices/{name}";
            if (
                calls.ReadText(folder + "/vendor") == "0x1234"
                && calls.ReadText(folder + "/device") == "0x11e8"
                && calls.List(folder + "/vfio-dev") is [var node, ..]
            )
                found.Add(new(name, $"/dev/vfio/devices/{node}", StreamOf(name)));
        }

        return found;
    }

    // "0000:00:03.0" is StreamID 0x18: the IORT of QEMU's machine maps requester IDs one to one.
    private static uint StreamOf(string name) =>
        name.Split(':', '.') is [_, var bus, var slot, var function]
            ? Convert.ToUInt32(bus, 16) << 8 | Convert.ToUInt32(slot, 16) << 3 | Convert.ToUInt32(function, 16)
            : throw Unreachable($"'{name}' is no PCI address");

    // Every page is written with its number by the guest, and looked for outside; once, when a host needs it. Messages are small: the guest's time jumps while
    // it waits, and the agent gives up the rest of one that comes in pieces.
    private void FindPages(int host)
    {
        if (places[host] is not null)
            return;
        var start = (long)host * HostMemory;
        var head = new byte[PageMark.Length + 4];
        PageMark.CopyTo(head, 0);
        for (var page = 0; page < HostPages; page++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(PageMark.Length), page);
            Demand(Calls.PositionedWrite(Memory, new UserBuffer(head), start + ((long)page * Page)), $"write of {MemoryFile}");
        }

        var found = Hardware.Find(PageMark, HostPages);
        var pages = new ulong[HostPages];
        for (var page = 0; page < HostPages; page++)
            pages[page] = found[page] switch
            {
                null => throw Unreachable($"page {page} of {MemoryFile} is not in the guest's memory"),
                [var only] => only,
                var several => PageOf(start + ((long)page * Page), several),
            };
        foreach (var page in pages)
            Hardware.PageAt(page).Clear();
        places[host] = pages;
    }

    // Something else of the guest's has a copy, which does not change with the page. It may be in use: it has its bytes back, unless they are others by then.
    private ulong PageOf(long offset, List<ulong> candidates)
    {
        const int Probe = 64;
        Span<byte> own = stackalloc byte[8];
        Span<byte> seen = stackalloc byte[8];
        foreach (var place in candidates)
        {
            var old = new byte[8];
            Hardware.Read(place + Probe, old);
            BinaryPrimitives.WriteUInt64LittleEndian(own, place);
            Hardware.Write(place + Probe, own);
            var result = Calls.PositionedRead(Memory, new UserBuffer(seen), offset + Probe);
            if (result.Ok && seen.SequenceEqual(own))
                return place;
            Hardware.Read(place + Probe, seen);
            if (seen.SequenceEqual(own))
                Hardware.Write(place + Probe, old);
            Demand(result, $"read of {MemoryFile}");
        }

        throw Unreachable($"a page of {MemoryFile} is in {candidates.Count} places of the guest's memory, and is none of them");
    }

    // Each device reads its own text once, through an address space of the kernel's; the emulator has it then where the device's buffer is.
    private void FindBuffers()
    {
        var iommu = (int)Demand(Calls.Open("/dev/iommu", OpenFlags.ReadWrite), "open of /dev/iommu").Value;
        try
        {
            Span<byte> bytes = stackalloc byte[40];
            var space = new Request(bytes[..12]);
            Demand(space.Send(Calls, iommu, VfioNumbers.IoasAlloc), "IOMMU_IOAS_ALLOC");
            var ioas = space.Word(8);
            const ulong Iova = 0x4000_0000;
            var map = new Request(bytes);
            map.Set(4, IommufdNumbers.MapFixed | IommufdNumbers.MapWritable | IommufdNumbers.MapReadable);
            map.Set(8, ioas);
            map.Set(12, (uint)Memory);
            map.Set(24, (ulong)Page);
            map.Set(32, Iova);
            Demand(map.Send(Calls, iommu, IommufdNumbers.IoasMapFile), "IOMMU_IOAS_MAP_FILE");
            var text = new byte[BufferMark.Length + 4];
            BufferMark.CopyTo(text, 0);
            for (var i = 0; i < Devices.Count; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(BufferMark.Length), i);
                WriteRam(0, 0, text);
                using var opened = new OpenedEdu(this, Devices[i], iommu);
                Demand(opened.Attach(ioas), "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
                opened.Transfer(Iova, 0, text.Length, isWrite: false);
            }
        }
        finally
        {
            Calls.Close(iommu);
        }

        foreach (var at in Hardware.FindInProcess(BufferMark))
        {
            var number = new byte[4];
            if (Hardware.Peek(at + BufferMark.Length, number) != number.Length)
                continue;
            var device = BinaryPrimitives.ReadInt32LittleEndian(number);
            if (device < 0 || device >= Devices.Count)
                continue;
            Devices[device].Candidates.Add(at);
        }

        foreach (var device in Devices)
            if (device.Candidates.Count != 1)
                throw Unreachable($"the buffer of {device.Name} is in {device.Candidates.Count} places of the emulator's memory");
        WriteRam(0, 0, new byte[Page]);
    }
}
