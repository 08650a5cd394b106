using System.Buffers.Binary;
using System.Text;
using Conformance.Drivers.LinuxIommufd;
using Conformance.Drivers.LinuxType1;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// Containers of the real kernel, asked by hand: which pages are in a bitmap and which are not (the requirement leaves a page too many to the kernel), that the
/// device of labs/type1 does what it is told, and what iommufd says where a container of type 1 would answer.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class Type1KernelTests
{
    private const ulong Page = 4096,
        Pages = 16,
        Ram = 0x4000_0000;

    // VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP, and IOMMU_VFIO_IOAS, which tells the address space that stands for the container.
    private const uint UnmapGet = 1,
        VfioIoas = 0x3B88;

    private const ulong PinnerPin = 1,
        PinnerUnpin = 2,
        PinnerWrite = 3,
        PinnerStore = 4;

    private static string All => string.Join(' ', Enumerable.Range(0, (int)Pages));

    private LinuxMachine machine = null!;
    private ISystemCalls calls = null!;

    [OneTimeSetUp]
    public void Boot()
    {
        machine = LinuxMachine.Guest(KernelLab.BootCommand("type1", Type1Lab.Kernel), LinuxVfioTarget.DefaultDeadline(guest: true));
        calls = machine.Connect();
    }

    [OneTimeTearDown]
    public void End()
    {
        calls?.Dispose();
        machine?.Dispose();
    }

    [Test]
    public void A_bitmap_has_what_is_pinned_and_what_was_written_and_no_other_page()
    {
        using var container = Started(ContainerGroups.Pinning);
        Assert.That(Dirty(container), Is.Empty);
        Done(container.Pin(Ram + (3 * Page), isPinned: true));
        Done(container.Write(Ram + (5 * Page)));
        Done(container.Write(Ram + (8 * Page) - 4));
        Assert.That(Dirty(container), Is.EqualTo("3 5 7 8"));
        Assert.That(Dirty(container), Is.EqualTo("3"), "it stays pinned");
        Done(container.Pin(Ram + (3 * Page), isPinned: false));
        Assert.That(Dirty(container), Is.EqualTo("3"), "it was pinned until then");
        Assert.That(Dirty(container), Is.Empty);
    }

    [Test]
    public void A_group_that_tells_nobody_makes_all_dirty_and_once_more_when_it_has_left()
    {
        using var container = Started(ContainerGroups.Pinning);
        Done(container.Pin(Ram + Page, isPinned: true));
        Assert.That(Dirty(container), Is.EqualTo("1"));
        Done(container.Join(ContainerGroups.Silent));
        Assert.That(Dirty(container), Is.EqualTo(All));
        Assert.That(Dirty(container), Is.EqualTo(All));
        Done(container.Leave(ContainerGroups.Silent));
        Assert.That(Dirty(container), Is.EqualTo(All));
        Assert.That(Dirty(container), Is.EqualTo("1"));
    }

    [Test]
    public void A_group_that_would_pin_changes_nothing()
    {
        using var container = Started(ContainerGroups.Pinning);
        Done(container.Pin(Ram + Page, isPinned: true));
        Done(container.Join(ContainerGroups.Idle));
        Assert.That(Dirty(container), Is.EqualTo("1"));
        Done(container.Leave(ContainerGroups.Idle));
        Assert.That(Dirty(container), Is.EqualTo("1"));
        Done(container.Join(ContainerGroups.Idle));
        Done(container.Leave(ContainerGroups.Pinning));
        Assert.That(Dirty(container), Is.EqualTo("1"), "it was pinned until then");
        Assert.That(Dirty(container), Is.Empty);
    }

    [Test]
    public void An_unmap_tells_what_was_written_and_the_device_lets_go()
    {
        using var container = Started(ContainerGroups.Pinning);
        Done(container.Pin(Ram + (4 * Page), isPinned: true));
        Done(container.Write(Ram + (9 * Page)));
        var bitmap = new byte[8];
        Done(container.Unmap(new DirtyPagesRequest(DirtyPagesRequest.UnmapGet, Ram, Pages * Page, Page, 8), bitmap));
        Assert.That(PagesOf(bitmap), Is.EqualTo("4 9"));
        Assert.That(container.Pin(Ram + (4 * Page), isPinned: false).Ok, Is.False, "the driver let go when it was told");
        Done(container.Map(Ram, Pages * Page));
        Assert.That(Dirty(container), Is.Empty);
    }

    [Test]
    public void The_device_writes_what_it_is_told()
    {
        using var opened = new Opened(calls);
        var group = opened.Add(Node(Type1Lab.Pinner));
        MapFile(opened, group, out var file);
        var device = Demand(calls.Ioctl(group, VfioNumbers.GroupGetDevice, new UserBuffer(Encoding.ASCII.GetBytes(Type1Lab.Pinner + '\0'))));
        opened.Keep(device);
        Assert.That(Command(device, PinnerWrite, Ram + 0x10, 0x1122), Is.EqualTo(CallResult.Of(24)));
        Assert.That(Word(file, 0x10), Is.EqualTo(0x1122));
        Assert.That(Command(device, PinnerWrite, Ram + 0x10, 0), Is.EqualTo(CallResult.Of(24)));
        Assert.That(Word(file, 0x10), Is.EqualTo(0x1122), "no bit was to change");
        Assert.That(Word(device, (long)Ram + 0x10), Is.EqualTo(0x1122));
        Assert.That(Command(device, PinnerWrite, Ram + Page - 4, 0xaaaa_bbbb_cccc_dddd), Is.EqualTo(CallResult.Of(24)), "in two pages");
        Assert.That(Word(file, (long)Page - 4), Is.EqualTo(0xaaaa_bbbb_cccc_dddd));

        var stored = Ram + (2 * Page) + 8;
        Assert.That(Command(device, PinnerStore, stored, 1), Is.EqualTo(CallResult.Fail(Errno.ENOENT)), "not pinned");
        Assert.That(Command(device, PinnerPin, Ram + (2 * Page), 0), Is.EqualTo(CallResult.Of(24)));
        Assert.That(Command(device, PinnerPin, Ram + (2 * Page), 0), Is.EqualTo(CallResult.Fail(Errno.EBUSY)));
        Assert.That(Command(device, PinnerStore, stored, 0x3344), Is.EqualTo(CallResult.Of(24)));
        Assert.That(Word(file, (long)(stored - Ram)), Is.EqualTo(0x3344));
        Assert.That(Command(device, PinnerUnpin, Ram + (2 * Page), 0), Is.EqualTo(CallResult.Of(24)));
        Assert.That(Command(device, PinnerUnpin, Ram + (2 * Page), 0), Is.EqualTo(CallResult.Fail(Errno.ENOENT)));

        Assert.That(Command(device, PinnerWrite, Ram + (Pages * Page), 1).Ok, Is.False, "nothing is mapped there");
        Assert.That(Command(device, PinnerStore + 1, Ram, 1), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
    }

    /// <summary>C.5 of the specification: a descriptor of iommufd takes a container's place, and knows nothing of dirty pages.</summary>
    [TestCase(Type1Lab.Pinner)]
    [TestCase(Type1Lab.Silent)]
    public void A_container_that_is_iommufd_has_no_dirty_pages(string device)
    {
        using var opened = new Opened(calls);
        var iommu = MapFile(opened, opened.Add(Node(device)), out _);
        foreach (var flag in new[] { DirtyPagesRequest.Start, DirtyPagesRequest.Get, DirtyPagesRequest.Stop })
            Assert.That(Ask(iommu, VfioNumbers.DirtyPages, flag), Is.EqualTo(CallResult.Fail(Errno.ENOTTY)), $"DIRTY_PAGES, flag {flag}");
        Assert.That(Ask(iommu, VfioNumbers.UnmapDma, UnmapGet), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
        Assert.That(Unmap(iommu), Is.EqualTo(Pages * Page), "that one unmapped nothing");
        Assert.That(Unmap(iommu), Is.Zero);
    }

    private KernelContainer Container() =>
        new(
            calls,
            [.. new[] { Type1Lab.Idle, Type1Lab.Silent, Type1Lab.Pinner }.Select(device => VfioLocation.Find(calls, device))],
            new LastBreath("container")
        );

    // A mapping, and tracking.
    private KernelContainer Started(ContainerGroups kind)
    {
        var container = Container();
        Assert.That(container.Groups, Is.EqualTo(ContainerGroups.All));
        Done(container.Join(kind));
        Assert.That(container.PageSize, Is.EqualTo(Page));
        Done(container.Map(Ram, Pages * Page));
        Done(container.DirtyPages(new(DirtyPagesRequest.Start, 0, 0, 0, 0), []));
        return container;
    }

    private static void Done(CallResult result) => Assert.That(result.Ok, Errno.Name(result.Errno));

    private static string Dirty(KernelContainer container)
    {
        var bitmap = new byte[8];
        Done(container.DirtyPages(new(DirtyPagesRequest.Get, Ram, Pages * Page, Page, 8), bitmap));
        return PagesOf(bitmap);
    }

    private static string PagesOf(byte[] bitmap) =>
        string.Join(' ', Enumerable.Range(0, bitmap.Length * 8).Where(bit => (bitmap[bit / 8] >> (bit % 8) & 1) != 0));

    private string Node(string device) => VfioLocation.Find(calls, device).GroupNode!;

    // A group that iommufd is the container of, and a file of the guest that is mapped there. Returns the descriptor of iommufd.
    private int MapFile(Opened opened, int group, out int file)
    {
        var iommu = opened.Add("/dev/iommu");
        file = opened.Add("/run/ram");
        var word = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(word, iommu);
        Demand(calls.Ioctl(group, VfioNumbers.GroupSetContainer, new UserBuffer(word)));
        Demand(calls.Ioctl(iommu, VfioNumbers.SetIommu, VfioNumbers.Type1V2));
        var space = new Request(new byte[12]);
        Demand(space.Send(calls, iommu, VfioIoas));
        Demand(calls.PositionedWrite(file, new UserBuffer(new byte[Pages * Page]), 0));
        var map = new Request(new byte[40]);
        // Fixed, to be written and read.
        map.Set(4, 7u);
        map.Set(8, space.Word(4));
        map.Set(12, (uint)file);
        map.Set(24, Pages * Page);
        map.Set(32, Ram);
        Demand(map.Send(calls, iommu, IommufdNumbers.IoasMapFile));
        return iommu;
    }

    private CallResult Ask(int iommu, uint number, uint flags)
    {
        var request = new Request(new byte[48]);
        request.Set(4, flags);
        request.Set(8, Ram);
        request.Set(16, Pages * Page);
        request.Set(24, Page);
        request.Set(32, 8ul);
        request.Attach(40, new byte[8]);
        return request.Send(calls, iommu, number);
    }

    // How many bytes it unmapped.
    private ulong Unmap(int iommu)
    {
        var request = new Request(new byte[24]);
        request.Set(8, Ram);
        request.Set(16, Pages * Page);
        Demand(request.Send(calls, iommu, VfioNumbers.UnmapDma));
        return request.Long(16);
    }

    private CallResult Command(int device, ulong operation, ulong iova, ulong change)
    {
        var command = new byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(command, iova);
        BinaryPrimitives.WriteUInt64LittleEndian(command.AsSpan(8), change);
        BinaryPrimitives.WriteUInt64LittleEndian(command.AsSpan(16), operation);
        return calls.PositionedWrite(device, new UserBuffer(command), 0);
    }

    private ulong Word(int descriptor, long at)
    {
        var word = new byte[8];
        Assert.That(calls.PositionedRead(descriptor, new UserBuffer(word), at), Is.EqualTo(CallResult.Of(8)));
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }

    private static int Demand(CallResult result)
    {
        Done(result);
        return (int)result.Value;
    }

    // What a test opened, the last first.
    private sealed class Opened(ISystemCalls calls) : IDisposable
    {
        private readonly Stack<int> descriptors = new();

        public int Add(string path)
        {
            var descriptor = Demand(calls.Open(path, OpenFlags.ReadWrite));
            Keep(descriptor);
            return descriptor;
        }

        public void Keep(int descriptor) => descriptors.Push(descriptor);

        public void Dispose()
        {
            foreach (var descriptor in descriptors)
                calls.Close(descriptor);
        }
    }
}
