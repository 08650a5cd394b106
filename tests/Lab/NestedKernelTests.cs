using System.Buffers.Binary;
using Conformance.Drivers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The real iommufd and driver of the SMMUv3, asked by hand: two descriptors of /dev/iommu in one guest are a source and a destination.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NestedKernelTests
{
    private const ulong Ram = 0x4000_0000,
        Context = 0x1000,
        Table = 0x2000,
        Page = 0x1_0000,
        Giova = 0x5000;
    private const uint VirtualId = 0x50;

    private INestedTarget target = null!;

    [OneTimeSetUp]
    public void Boot() => target = DriverSchemes.Parse(NestedLab.Address()).Open<INestedTarget>();

    [OneTimeTearDown]
    public void End() => target?.Dispose();

    [Test]
    public void The_hardware_has_both_stages()
    {
        using var host = target.OpenHost();
        Assert.That(host.HwInfo(host.Facts.Devices[0].Id, Iommufd.ArmSmmuv3Info, out var info).Ok);
        Assert.That((info!.Registers.S1P, info.Registers.S2P, info.TracksDirty), Is.EqualTo((true, true, false)));
    }

    [Test]
    public void Dirty_tracking_of_a_nest_parent_is_refused()
    {
        using var host = target.OpenHost();
        var request = new TableRequest(Iommufd.NestParent | Iommufd.DirtyTracking, host.Facts.Devices[0].Id, host.Facts.AddressSpace);
        Assert.That(host.AllocateTable(request, out _).Errno, Is.EqualTo(Errno.EOPNOTSUPP));
    }

    [Test]
    public void A_hand_over_with_the_push_lands_and_without_it_does_not()
    {
        using var source = target.OpenHost();
        using var destination = target.OpenHost();
        var from = Guest(source);
        Assert.That(Push(source, from).Ok);
        Assert.That(Write(source, 0x1111).End, Is.EqualTo(DmaEnd.Completed));
        Assert.That(Read(source, Page + 8), Is.EqualTo(0x1111));
        Assert.That(source.Evidence!.EntryOf(source.Facts.Devices[0].Id).S1ContextPtr, Is.EqualTo(Ram + Context));

        // The memory arrives, and stage 2 is there. Nobody told this host of stage 1.
        var to = Guest(destination);
        var memory = new byte[GuestLength];
        source.ReadRam(0, memory);
        destination.WriteRam(0, memory);
        Assert.That(destination.Attach(destination.Facts.Devices[0].Id, to.Parent).Ok);
        Assert.That(Write(destination, 0x2222).End, Is.EqualTo(DmaEnd.Aborted), "without the push the GIOVA is taken for a GPA, and there is no memory there");
        Assert.That(Read(destination, Page + 8), Is.EqualTo(0x1111));

        Assert.That(Push(destination, to).Ok);
        Assert.That(Write(destination, 0x3333).End, Is.EqualTo(DmaEnd.Completed), "with the push it lands");
        Assert.That(
            (Read(destination, Page + 8), Read(source, Page + 8)),
            Is.EqualTo((0x3333ul, 0x1111ul)),
            "in the memory of the destination, and only there"
        );
        Assert.That(Write(source, 0x4444).End, Is.EqualTo(DmaEnd.Completed), "the source is as it was");
    }

    [Test]
    public void What_a_device_reads_is_what_stage_1_leads_to()
    {
        using var host = target.OpenHost();
        Assert.That(Push(host, Guest(host)).Ok);
        host.WriteRam(Page + 8, BitConverter.GetBytes(0xabcd_ef01_2345_6789));
        var device = host.Facts.Devices[0].Id;
        Assert.That(host.Dma(device, new(Giova + 8, IsWrite: false, 0)), Is.EqualTo(new DmaResult(DmaEnd.Completed, 0xabcd_ef01_2345_6789)));
        host.WriteRam(Page + 8, new byte[8]);
        Assert.That(host.Dma(device, new(Giova + 8, IsWrite: false, 0)), Is.EqualTo(new DmaResult(DmaEnd.Completed)), "zero is read, not nothing");
        Assert.That(host.Dma(device, new(Giova + 0x1000, IsWrite: false, 0)).End, Is.EqualTo(DmaEnd.Aborted));
    }

    [Test]
    public void A_fault_of_stage_1_reaches_the_guest_with_its_own_StreamID_and_one_of_stage_2_does_not()
    {
        using var host = target.OpenHost();
        var made = Guest(host);
        Assert.That(Push(host, made).Ok);
        Assert.That(host.Dma(host.Facts.Devices[0].Id, new(Giova + 0x1000, IsWrite: true, 1)).End, Is.EqualTo(DmaEnd.Aborted));
        var events = new List<VirtualEvent>();
        host.ReadEvents(made.Queue, events);
        Assert.That(events.Select(one => (one.Record.Type, one.Record.StreamId)), Is.EqualTo(new[] { (SmmuEventType.Translation, VirtualId) }));

        Assert.That(host.Unmap(Ram + Page, 0x1000).Ok);
        events.Clear();
        var records = new List<SmmuEvent>();
        host.Evidence!.TakeRecords(records);
        records.Clear();
        Assert.That(Write(host, 0x5555).End, Is.EqualTo(DmaEnd.Aborted));
        host.ReadEvents(made.Queue, events);
        host.Evidence.TakeRecords(records);
        Assert.That(events, Is.Empty);
        Assert.That(records.Select(one => (one.S2, one.IPA)), Is.EqualTo(new[] { (true, Ram + Page) }));
    }

    /// <summary>docs/findings/iommufd.md: the first of two commands is counted as completed, and never issued, because the second one is refused.</summary>
    [Test]
    public void Commands_that_were_never_issued_are_counted()
    {
        using var host = target.OpenHost();
        var made = Guest(host);
        Assert.That(Push(host, made).Ok);
        var entries = new byte[2 * SmmuCommand.Length];
        entries[0] = (byte)SmmuOpcode.TlbiNhAll;
        entries[SmmuCommand.Length] = (byte)SmmuOpcode.Sync;
        var issued = new List<SmmuCommand>();
        host.Evidence!.TakeIssued(issued);
        issued.Clear();
        var count = 2u;
        Assert.That(host.Invalidate(made.Viommu, Iommufd.ArmSmmuv3, SmmuCommand.Length, entries, ref count).Errno, Is.EqualTo(Errno.EIO));
        host.Evidence.TakeIssued(issued);
        Assert.That((count, issued.Count), Is.EqualTo((1u, 0)));
        count = 1;
        Assert.That(host.Invalidate(made.Viommu, Iommufd.ArmSmmuv3, SmmuCommand.Length, entries.AsSpan(0, SmmuCommand.Length), ref count).Ok);
        host.Evidence.TakeIssued(issued);
        Assert.That((count, issued.Select(one => one.Opcode)), Is.EqualTo((1u, new[] { SmmuOpcode.TlbiNhAll })), "alone it is issued");
    }

    /// <summary>docs/findings/qemu-smmuv3.md: a half that the address does not select, and whose table stage 2 does not have, fails the DMA.</summary>
    [Test]
    public void Both_table_bases_are_translated_when_a_CD_is_read([Values] bool isUpperHalfOff)
    {
        using var host = target.OpenHost();
        var made = Guest(host, isUpperHalfOff);
        Assert.That(Push(host, made).Ok);
        var records = new List<SmmuEvent>();
        host.Evidence!.TakeRecords(records);
        records.Clear();
        Assert.That(Write(host, 0x6666).End, Is.EqualTo(isUpperHalfOff ? DmaEnd.Completed : DmaEnd.Aborted));
        host.Evidence.TakeRecords(records);
        Assert.That(records.Where(one => one.S2).Select(one => one.IPA), Is.EqualTo(isUpperHalfOff ? [] : new[] { Nowhere }));
    }

    private const int GuestLength = 0x4_0000;
    private const ulong Nowhere = 0x70_0000_0000;

    private readonly record struct Made(uint Parent, uint Viommu, uint Queue);

    private static Made Guest(INestedStage host, bool isUpperHalfOff = true)
    {
        var device = host.Facts.Devices[0].Id;
        // Page by page, so that one can be taken out again.
        for (ulong at = 0; at < GuestLength; at += 0x1000)
            Assert.That(host.Map(Ram + at, 0x1000, at, writable: true).Ok);
        Assert.That(host.AllocateTable(new(Iommufd.NestParent, device, host.Facts.AddressSpace), out var parent).Ok);
        Assert.That(host.AllocateViommu(0, Iommufd.ArmSmmuv3, device, parent, out var viommu).Ok);
        Assert.That(host.AllocateVdevice(viommu, device, VirtualId, out _).Ok);
        Assert.That(host.AllocateEventQueue(0, Iommufd.ArmSmmuv3, viommu, 16, out var queue).Ok);

        host.WriteRam(0, new byte[GuestLength]);
        Span<byte> bytes = stackalloc byte[ContextDescriptor.Length];
        new ContextDescriptor
        {
            Valid = true,
            AA64 = true,
            T0SZ = 39,
            EPD1 = isUpperHalfOff,
            T1SZ = 39,
            TTB1 = Nowhere,
            TG1 = 2,
            IPS = 2,
            IR0 = 1,
            OR0 = 1,
            SH0 = 3,
            R = true,
            A = true,
            ASID = 1,
            TTB0 = Ram + Table,
            MAIR = 0xff,
        }.Write(bytes);
        host.WriteRam(Context, bytes);
        // 25 bits: a table of 2 MiB entries, and one of pages: access flag, inner shareable, any access.
        Store(host, Table, Ram + Table + 0x1000 | 3);
        Store(host, Table + 0x1000 + (Giova >> 12 << 3), Ram + Page | 0x743);
        return new(parent, viommu, queue);
    }

    private static CallResult Push(INestedStage host, Made made)
    {
        var entry = new StreamTableEntry
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = Ram + Context,
            S1CIR = 1,
            S1COR = 1,
            S1CSH = 3,
        };
        var device = host.Facts.Devices[0].Id;
        var result = host.AllocateTable(new(0, device, made.Viommu, Iommufd.ArmSmmuv3Table, Iommufd.TableDataLength, entry.D0, entry.D1), out var table);
        return result.Ok ? host.Attach(device, table) : result;
    }

    private static DmaResult Write(INestedStage host, ulong value) => host.Dma(host.Facts.Devices[0].Id, new(Giova + 8, IsWrite: true, value));

    private static void Store(INestedStage host, ulong ram, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        host.WriteRam(ram, bytes);
    }

    private static ulong Read(INestedStage host, ulong ram)
    {
        Span<byte> bytes = stackalloc byte[8];
        host.ReadRam(ram, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
