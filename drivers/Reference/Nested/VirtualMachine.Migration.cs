using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Nested;

// Migration, as management asks for it.
public partial class VirtualMachine
{
    // Loaded in this order: CR0 last, when everything that it starts is there.
    private static readonly uint[] Saved =
    [
        SmmuRegister.Gbpa,
        SmmuRegister.Cr1,
        SmmuRegister.Cr2,
        SmmuRegister.StrtabBase,
        SmmuRegister.StrtabBase + 4,
        SmmuRegister.StrtabBaseCfg,
        SmmuRegister.CmdqBase,
        SmmuRegister.CmdqBase + 4,
        SmmuRegister.CmdqProd,
        SmmuRegister.CmdqCons,
        SmmuRegister.EventqBase,
        SmmuRegister.EventqBase + 4,
        SmmuRegister.EventqProd,
        SmmuRegister.EventqCons,
        SmmuRegister.IrqCtrl,
        SmmuRegister.Cr0,
    ];

    // What the guest knows the hardware by: it is compared with the destination's.
    private static readonly uint[] Identification = [SmmuRegister.Idr0, SmmuRegister.Idr1, SmmuRegister.Idr3, SmmuRegister.Idr5, SmmuRegister.Aidr];

    private readonly SortedSet<ulong> cpuWrites = [];
    private readonly SortedSet<ulong> kept = [];
    private bool isMigrating;
    private bool isFirstRound;
    private bool isStopped;
    private bool translated;
    private readonly HashSet<int> loadedDevices = [];

    private void Written(ulong gpa)
    {
        if (isMigrating)
            cpuWrites.Add(gpa & ~(Page - 1));
    }

    /// <summary>Seam: memory that the virtual SMMU writes is written memory (DIRTY-16).</summary>
    private protected virtual void Emulated(ulong gpa) => Written(gpa);

    /// <inheritdoc/>
    public CallResult Begin()
    {
        if (isMigrating || !isLoaded || Facts.BlocksMigration)
            return CallResult.Fail(Facts.BlocksMigration ? Errno.EOPNOTSUPP : Errno.EBUSY);
        if (Way == DirtyWay.Stage2)
            Expect(Host.SetDirtyTracking(Parent, Iommufd.Enable));
        for (var i = 0; i < devices.Length; i++)
        {
            if (Way == DirtyWay.DeviceLog)
                Expect(Host.StartLog(devices[i]));
            Expect(Host.SetState(devices[i], DeviceState.PreCopy));
        }

        cpuWrites.Clear();
        kept.Clear();
        translated = false;
        NoteTranslating();
        isMigrating = isFirstRound = true;
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult Collect(ICollection<ulong> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        if (!isMigrating || isStopped)
            return CallResult.Fail(Errno.EBUSY);
        Gather(pages);
        return CallResult.Success;
    }

    private void Gather(ICollection<ulong> pages)
    {
        if (isFirstRound)
        {
            // What was written before is in it as well.
            DeviceWrites([]);
            AddAll(pages);
            isFirstRound = false;
        }
        else
            DeviceWrites(pages);

        foreach (var page in cpuWrites.Concat(kept))
            pages.Add(page);
        cpuWrites.Clear();
        kept.Clear();
    }

    /// <summary>All pages.</summary>
    private protected void AddAll(ICollection<ulong> pages)
    {
        foreach (var page in places.Keys)
            pages.Add(page);
    }

    /// <summary>Seam: the pages that devices wrote since the last time (DIRTY-12, HANDOVER-02).</summary>
    private protected virtual void DeviceWrites(ICollection<ulong> pages)
    {
        switch (Way)
        {
            case DirtyWay.Stage2:
                QueryStage2(pages);
                break;
            case DirtyWay.DeviceLog:
                QueryLogs(pages);
                break;
            default:
                AddAll(pages);
                break;
        }
    }

    /// <summary>Seam: the ranges that stage 2 is asked for: every section of memory, by GPA (HANDOVER-01, HANDOVER-04, DIRTY-15).</summary>
    private protected virtual IEnumerable<(ulong Start, ulong Length)> Ranges() => Facts.Sections;

    private void QueryStage2(ICollection<ulong> pages)
    {
        foreach (var (start, length) in Ranges())
        {
            var bits = new byte[length / Page / 8];
            if (!Host.GetDirtyBitmap(new(Parent, 0, start, length, Page), bits, 0).Ok)
                continue;
            for (ulong page = 0; page < length / Page; page++)
                if ((bits[page / 8] >> (int)(page % 8) & 1) != 0)
                    Mark(start + (page * Page), pages);
        }
    }

    /// <summary>Marks a page of the guest.</summary>
    private protected void Mark(ulong gpa, ICollection<ulong> pages)
    {
        if (places.ContainsKey(gpa & ~(Page - 1)))
            pages.Add(gpa & ~(Page - 1));
    }

    /// <summary>
    /// Seam: what a device logs is the address that it emits. That is a GPA where stage 1 was bypassed all the time; elsewhere the log cannot be read, and all
    /// memory counts as written (HANDOVER-02, HANDOVER-03).
    /// </summary>
    private protected virtual void QueryLogs(ICollection<ulong> pages)
    {
        foreach (var page in ReadLogs())
            Mark(page.Address, pages);
        if (translated)
            AddAll(pages);
        translated = false;
        NoteTranslating();
    }

    /// <summary>The addresses that the devices logged, each with its device.</summary>
    private protected IEnumerable<(int Device, ulong Address)> ReadLogs()
    {
        // Guests of this size use addresses from 0, and where memory is.
        (ulong Start, ulong Length)[] windows = [(0, 64 * Page), .. Facts.Sections];
        for (var i = 0; i < devices.Length; i++)
            foreach (var (start, length) in windows)
            {
                var bits = new byte[length / Page / 8];
                Host.ReportLog(devices[i], start, length, bits);
                for (ulong page = 0; page < length / Page; page++)
                    if ((bits[page / 8] >> (int)(page % 8) & 1) != 0)
                        yield return (i, start + (page * Page));
            }
    }

    /// <summary>Where the guest's tables of 4 KiB lead now: what a VMM without caches can know.</summary>
    private protected ulong? TranslateNow(int device, ulong address)
    {
        var (word0, _) = EntryOf(streams[device]);
        if ((word0 >> 1 & 7) == 4)
            return address;
        if ((word0 >> 1 & 7) != 5 || !TryRead((word0 & 0x000f_ffff_ffff_ffc0) + 8, out var table) || !TryRead(word0 & 0x000f_ffff_ffff_ffc0, out var control))
            return null;
        var shift = (control >> 6 & 3) switch
        {
            0 => 12,
            1 => 16,
            _ => 14,
        };
        var at = table & 0x0000_ffff_ffff_f000;
        if (shift == 12 && (!TryRead(at + (address >> 21 << 3), out at) || (at & 1) == 0))
            return null;
        return TryRead((at & 0x0000_ffff_ffff_f000) + ((shift == 12 ? address >> 12 & 511 : address >> shift) << 3), out var leaf) && (leaf & 1) != 0
            ? (leaf & 0x0000_ffff_ffff_f000) | (address & ((1ul << shift) - 1))
            : null;
    }

    /// <summary>True while stage 1 of a device is on.</summary>
    private protected bool Translates => Array.Exists(installed, table => table != abort && table != bypass);

    private void NoteTranslating()
    {
        translated |= Translates;
    }

    // Pages that leave stage 2 take their dirty state along.
    private void BeforeUnmap(ulong gpa)
    {
        if (!isMigrating || Way != DirtyWay.Stage2)
            return;
        Span<byte> bit = stackalloc byte[1];
        bit.Clear();
        if (Host.GetDirtyBitmap(new(Parent, Iommufd.NoClear, gpa, Page, Page), bit, 0).Ok && (bit[0] & 1) != 0)
            kept.Add(gpa);
    }

    /// <inheritdoc/>
    public CallResult Stop(ICollection<ulong> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        if (!isMigrating || isStopped)
            return CallResult.Fail(Errno.EBUSY);
        StopAndGather(pages);
        isStopped = true;
        return CallResult.Success;
    }

    /// <summary>Seam: the last synchronisation is behind the last write of every device (HANDOVER-11, DIRTY-17).</summary>
    private protected virtual void StopAndGather(ICollection<ulong> pages)
    {
        StopDevices();
        // What the host has to tell the guest yet goes into its memory now.
        Poll();
        Gather(pages);
    }

    /// <summary>Stops the devices: first none of them begins DMA to another, then none does any.</summary>
    private protected void StopDevices()
    {
        foreach (var device in devices)
            Expect(Host.SetState(device, DeviceState.PreCopyP2P));
        foreach (var device in devices)
            Expect(Host.SetState(device, DeviceState.StopCopy));
    }

    /// <summary>What devices and processors wrote since the last time.</summary>
    private protected void GatherNow(ICollection<ulong> pages) => Gather(pages);

    /// <inheritdoc/>
    public CallResult Save(out byte[] state)
    {
        state = [];
        if (!isStopped)
            return CallResult.Fail(Errno.EBUSY);
        state = new byte[(Identification.Length + Saved.Length) * 4];
        for (var i = 0; i < Identification.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan((Saved.Length + i) * 4), Smmu.ReadRegister(Identification[i]));
        for (var i = 0; i < Saved.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(state.AsSpan(i * 4), Keeps(Saved[i]) ? Smmu.ReadRegister(Saved[i]) : 0);
        return CallResult.Success;
    }

    /// <summary>Seam: the registers that are saved (HANDOVER-05).</summary>
    private protected virtual bool Keeps(uint register) => true;

    /// <inheritdoc/>
    public CallResult SaveDevice(int device, out byte[] state)
    {
        state = [];
        return isStopped ? Host.ReadImage(devices[device], out state) : CallResult.Fail(Errno.EBUSY);
    }

    /// <inheritdoc/>
    public CallResult Cancel()
    {
        if (!isMigrating)
            return CallResult.Fail(Errno.EBUSY);
        BeforeResume();
        foreach (var device in devices)
        {
            if (isStopped)
                Expect(Host.SetState(device, DeviceState.Stop));
            Expect(Host.SetState(device, DeviceState.Running));
            if (Way == DirtyWay.DeviceLog)
                Expect(Host.StopLog(device));
        }

        if (Way == DirtyWay.Stage2)
            Expect(Host.SetDirtyTracking(Parent, 0));
        isMigrating = isStopped = false;
        return CallResult.Success;
    }

    /// <summary>Seam: a machine that runs on has what it had (HANDOVER-12).</summary>
    private protected virtual void BeforeResume() { }

    /// <inheritdoc/>
    public CallResult Load(ReadOnlySpan<byte> state)
    {
        if (!IsDestination || isLoaded || state.Length != (Identification.Length + Saved.Length) * 4)
            return CallResult.Fail(Errno.EINVAL);
        if (!Become(state[(Saved.Length * 4)..]))
            return CallResult.Fail(Errno.EINVAL);
        for (var i = 0; i < Saved.Length; i++)
        {
            var value = BinaryPrimitives.ReadUInt32LittleEndian(state[(i * 4)..]);
            Smmu.WriteRegister(Saved[i], Saved[i] == SmmuRegister.Gbpa ? value | 1u << 31 : value);
        }

        if (!PushAll())
        {
            for (var i = 0; i < devices.Length; i++)
                Attach(i, abort);
            return CallResult.Fail(Errno.EIO);
        }

        isLoaded = true;
        return CallResult.Success;
    }

    // The guest's SMMU stays what it was.
    private bool Become(ReadOnlySpan<byte> identification)
    {
        Span<uint> words = stackalloc uint[Identification.Length];
        for (var i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(identification[(i * 4)..]);
        var guest = SmmuCapabilities.Of(words[0], words[1], words[2], words[3], words[4]);
        if (!CanGoOn(guest, hardware))
            return false;
        if (guest != Smmu.Capabilities)
        {
            Smmu.Dispose();
            Smmu = new(this, guest);
        }

        return true;
    }

    /// <summary>Seam: whether this hardware has what the guest knows, by the fields that the interface lists (SMMU-NEST-14).</summary>
    private protected virtual bool CanGoOn(SmmuCapabilities guest, SmmuCapabilities host) =>
        (guest.TTF & ~host.TTF) == 0
        && (host.TTENDIAN == 0 || host.TTENDIAN == guest.TTENDIAN)
        && (!guest.ASID16 || host.ASID16)
        && (!guest.CD2L || host.CD2L)
        && guest.StallModel == host.StallModel
        && guest.TermModel == host.TermModel
        && host.SIDSIZE >= guest.SIDSIZE
        && host.SSIDSIZE >= guest.SSIDSIZE
        && (!guest.RIL || host.RIL)
        && host.BBML >= guest.BBML
        && (guest.GRAN4K, guest.GRAN16K, guest.GRAN64K) == (host.GRAN4K, host.GRAN16K, host.GRAN64K)
        && host.VAX >= guest.VAX
        && host.OAS >= guest.OAS;

    /// <summary>Seam: stage 1 of every device goes to this host; no guest would bring it there (HANDOVER-06, HANDOVER-08, HANDOVER-09).</summary>
    private protected virtual bool PushAll() => InstallAll();

    /// <summary>Hands stage 1 of a device to the host.</summary>
    private protected bool PushOne(int index) => Install(index);

    /// <summary>Hands the STE of a device to the host, whatever SMMUEN says.</summary>
    private protected bool PushEntry(int index) => InstallEntry(index);

    /// <inheritdoc/>
    public CallResult LoadDevice(int device, ReadOnlySpan<byte> state)
    {
        if (!IsDestination || loadedDevices.Contains(device))
            return CallResult.Fail(Errno.EINVAL);
        Expect(Host.SetState(devices[device], DeviceState.Resuming));
        var result = Host.WriteImage(devices[device], state);
        if (!result.Ok)
            return result;
        result = Host.SetState(devices[device], DeviceState.Stop);
        if (result.Ok)
            loadedDevices.Add(device);
        return result;
    }

    /// <inheritdoc/>
    public CallResult Start()
    {
        if (!IsDestination || !MayStart(isLoaded) || loadedDevices.Count != devices.Length)
            return CallResult.Fail(Errno.EBUSY);
        loadedDevices.Clear();
        StartDevices();
        return CallResult.Success;
    }

    /// <summary>Seam: no device starts before stage 1 is there (HANDOVER-07).</summary>
    private protected virtual bool MayStart(bool isLoaded) => isLoaded;

    /// <summary>Seam: the devices run.</summary>
    private protected virtual void StartDevices()
    {
        foreach (var device in devices)
            Expect(Host.SetState(device, DeviceState.RunningP2P));
        foreach (var device in devices)
            Expect(Host.SetState(device, DeviceState.Running));
    }
}
