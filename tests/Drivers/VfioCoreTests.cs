using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Tests.Support;
using NUnit.Framework;
using static Conformance.Model.Contract.Errno;

namespace Conformance.Tests.Drivers;

/// <summary>The core answers as the kernel's core does.</summary>
[Category("quick")]
public sealed class VfioCoreTests
{
    private const uint Get = Uapi.Get,
        Set = Uapi.Set,
        Probe = Uapi.Probe;

    // argsz, flags, feature set, level, errno
    private static readonly object[] Envelopes =
    [
        new object[] { 7u, Get | 1, "full", "7.2", EINVAL },
        new object[] { 0u, 0x7777u, "full", "7.2", EINVAL },
        new object[] { 16u, Get | 1 | (1u << 19), "full", "7.2", EINVAL },
        new object[] { 16u, Probe | 1 | (1u << 31), "full", "7.2", EINVAL },
        new object[] { 16u, Get | Set | 2, "full", "7.2", EINVAL },
        new object[] { 16u, Get | Set | 0x7777, "full", "7.2", EINVAL },
        new object[] { 16u, Get | Set | Probe | 2, "full", "7.2", 0 },
        new object[] { 16u, Get | Set | Probe | 1, "full", "7.2", EINVAL },
        new object[] { 16u, 1u, "full", "7.2", EINVAL },
        new object[] { 16u, 0x7777u, "full", "7.2", ENOTTY },
        new object[] { 16u, Probe | 0xFFFF, "full", "7.2", ENOTTY },
        new object[] { 8u, Probe | 1, "full", "7.2", 0 },
        new object[] { 8u, Probe | Set | 2, "full", "7.2", 0 },
        new object[] { 16u, Set | 1, "full", "7.2", EINVAL },
        new object[] { 8u, Set | 1, "full", "7.2", EINVAL },
        new object[] { 15u, Get | 1, "full", "7.2", EINVAL },
        new object[] { 4096u, Get | 1, "full", "7.2", 0 },
        new object[] { 16u, Get | 9, "full", "7.2", 0 },
        new object[] { 16u, Get | 9, "full", "6.1", ENOTTY },
        new object[] { 8u, Set | 12, "full", "7.2", 0 },
        new object[] { 8u, Set | 12, "full", "6.12", ENOTTY },
        new object[] { 8u, Probe | 12, "p2p", "7.2", EINVAL },
        new object[] { 8u, Probe | 12, "p2p", "6.12", ENOTTY },
        new object[] { 8u, Probe | 12, "none", "7.2", EINVAL },
        new object[] { 16u, Get | 1, "none", "7.2", ENOTTY },
        new object[] { 16u, Get | 2, "none", "7.2", ENOTTY },
        new object[] { 16u, Get | 9, "none", "7.2", ENOTTY },
        new object[] { 32u, Probe | 6, "full", "7.2", 0 },
        new object[] { 32u, Probe | Get | 6, "full", "7.2", EINVAL },
        new object[] { 32u, Probe | 6, "stop_copy", "7.2", ENOTTY },
        new object[] { 32u, Set | 7, "stop_copy", "7.2", ENOTTY },
        new object[] { 40u, Get | 8, "pre_copy", "7.2", ENOTTY },
        new object[] { 8u, Set | 7, "full", "7.2", 0 },
        new object[] { 8u, Probe | 3, "full", "7.2", ENOTTY },
    ];

    private static VfioCoreDevice Open(MigrationFeatures features = (MigrationFeatures)7, UapiLevel level = UapiLevel.V7_2, bool bound = true) =>
        new(new ReferenceDriver(features), level, bound);

    [TestCaseSource(nameof(Envelopes))]
    public void Envelope(uint argsz, uint flags, string set, string level, int errno)
    {
        using var device = Open(ReferenceTarget.Find(set)!.Value, Enum.Parse<UapiLevel>("V" + level.Replace('.', '_')));
        Assert.That(device.Feature(flags, 2, out _, argsz).Errno, Is.EqualTo(errno));
        if (set != "none")
            Assert.That(device.State(), Is.EqualTo(DeviceState.Running));
    }

    [Test]
    public void Envelope_words_and_bytes_behind_the_payload_stay()
    {
        using var device = Open();
        var bytes = new byte[64];
        Array.Fill(bytes, (byte)0xA5);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 64);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Get | 2);
        var before = bytes.ToArray();
        Assert.That(device.Feature(new UserBuffer(bytes)).Ok);
        Assert.That(bytes[..8], Is.EqualTo(before[..8]));
        Assert.That(bytes[8..16], Is.EqualTo(new byte[] { 2, 0, 0, 0, 255, 255, 255, 255 }));
        Assert.That(bytes[16..], Is.EqualTo(before[16..]));
    }

    [TestCase(4, 16u, Get | 1, EFAULT)]
    [TestCase(8, 4u, Get | 1, EINVAL)]
    [TestCase(8, 16u, Get | 2, EFAULT)]
    [TestCase(8, 12u, Get | 2, EINVAL)]
    [TestCase(8, 16u, Get | 1, EFAULT)]
    public void Memory_that_is_not_there(int accessible, uint argsz, uint flags, int errno)
    {
        using var device = Open();
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, argsz);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), flags);
        Assert.That(device.Feature(new UserBuffer(bytes) { Accessible = accessible }).Errno, Is.EqualTo(errno));
    }

    [Test]
    public void Read_only_payload_moves_the_state_and_loses_the_descriptor()
    {
        using var device = Open();
        var bytes = new byte[16];
        bytes[0] = 16;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Set | 2);
        bytes[8] = (byte)DeviceState.StopCopy;
        var before = device.CountDescriptors();
        Assert.That(device.Feature(new UserBuffer(bytes) { ReadOnly = true }).Errno, Is.EqualTo(EFAULT));
        Assert.That(device.State(), Is.EqualTo(DeviceState.StopCopy));
        Assert.That(device.CountDescriptors(), Is.EqualTo(before));
        Assert.That(device.Set(DeviceState.Running).Ok);
    }

    [Test]
    public void Without_a_free_descriptor_the_state_moves_and_the_payload_stays()
    {
        using var device = Open();
        device.ExhaustDescriptors(true);
        Assert.That(device.Set(DeviceState.StopCopy, out var fd).Errno, Is.EqualTo(EMFILE));
        Assert.That(fd, Is.EqualTo(0xDEAD));
        device.ExhaustDescriptors(false);
        Assert.That(device.State(), Is.EqualTo(DeviceState.StopCopy));
        Assert.That(device.CountDescriptors(), Is.EqualTo(1));
        Assert.That(device.Set(DeviceState.Stop, out fd).Ok);
        Assert.That(device.Set(DeviceState.StopCopy, out fd).Ok);
        Assert.That(fd, Is.Zero);
        Assert.That(device.Read(fd, new byte[8]).Value, Is.EqualTo(8));
    }

    [Test]
    public void Every_pair_ends_where_it_was_told_to([Values(1, 3, 5, 7)] int features)
    {
        var table = NextHop.Table((MigrationFeatures)features).ToArray();
        for (var from = 1; from < 8; from++)
        {
            if (table[from * 8] == NextHop.Absent)
                continue;
            for (uint to = 0; to < 10; to++)
            {
                using var device = Open((MigrationFeatures)features);
                Assert.That(device.Set((DeviceState)from).Ok);
                var result = device.Set(to, out var fd);
                var legal = to < 8 && table[(from * 8) + (int)to] < 8 && !(from == 4 && to != 4);
                Assert.That(result.Errno, Is.EqualTo(legal ? 0 : EINVAL), $"{from} to {to}");
                Assert.That(device.State(), Is.EqualTo(legal ? (DeviceState)to : (DeviceState)from));
                var last = device.LastPath.Arcs == 0 ? "" : $"{device.LastPath[device.LastPath.Count - 2].Abbreviation()}>{((DeviceState)to).Abbreviation()}";
                Assert.That(fd, legal && last is "RU>PC" or "RP>PP" or "ST>SC" or "ST>RS" ? Is.GreaterThanOrEqualTo(0) : Is.EqualTo(-1), $"{from} to {to}");
            }
        }
    }

    [Test]
    public void A_dead_session_stays_dead()
    {
        using var device = Open();
        device.Set(DeviceState.StopCopy, out var fd);
        var twin = (int)device.Duplicate(fd).Value;
        device.Read(fd, new byte[10]);
        device.Set(DeviceState.Stop);
        device.Set(DeviceState.StopCopy, out var second);
        var buffer = new byte[10];
        Assert.That(device.Read(fd, buffer).Errno, Is.EqualTo(ENODEV));
        Assert.That(device.Read(twin, buffer).Errno, Is.EqualTo(ENODEV));
        Assert.That(device.Write(fd, buffer).Errno, Is.EqualTo(EBADF));
        Assert.That(device.Read(second, buffer).Value, Is.EqualTo(10));
        Assert.That(device.CloseData(fd).Ok && device.CloseData(twin).Ok);
        Assert.That(device.CloseData(fd).Errno, Is.EqualTo(EBADF));
        Assert.That(device.Reset().Ok);
        Assert.That(device.Read(second, buffer).Errno, Is.EqualTo(ENODEV));
        Assert.That(device.State(), Is.EqualTo(DeviceState.Running));
    }

    [Test]
    public void Data_descriptors_are_streams_of_one_direction()
    {
        using var device = Open();
        device.Set(DeviceState.PreCopy, out var fd);
        var buffer = new byte[8];
        Assert.Multiple(() =>
        {
            Assert.That(device.Write(fd, buffer).Errno, Is.EqualTo(EBADF));
            Assert.That(device.Seek(fd, 0).Errno, Is.EqualTo(ESPIPE));
            Assert.That(device.PositionedRead(fd, new UserBuffer(buffer), 0).Errno, Is.EqualTo(ESPIPE));
            Assert.That(device.PositionedWrite(fd, new UserBuffer(buffer), 0).Errno, Is.EqualTo(ESPIPE));
            Assert.That(device.DescriptorFlags(fd).Value & 1, Is.EqualTo(1));
            Assert.That(device.Read(fd, []).Value, Is.Zero);
            Assert.That(device.Read(fd, new UserBuffer(buffer) { Accessible = 0 }).Errno, Is.EqualTo(EFAULT));
            Assert.That(device.Poll(fd, 5, 0).Value, Is.EqualTo(1));
            Assert.That(device.Poll(77, 1, 0).Value, Is.EqualTo(32));
            Assert.That(device.DataIoctl(fd, Uapi.UnknownIoctl, new UserBuffer(buffer)).Errno, Is.EqualTo(ENOTTY));
            Assert.That(device.DeviceIoctl(Uapi.PrecopyInfo, new UserBuffer(buffer)).Errno, Is.EqualTo(ENOTTY));
        });
        device.Drain(fd, () => 64, out var last);
        Assert.That(last.Errno, Is.EqualTo(ENOMSG));
        Assert.That(device.Poll(fd, 1, 0).Value, Is.Zero);
        device.Workload!.Apply(5);
        Assert.That(device.Poll(fd, 1, 0).Value, Is.EqualTo(1));
        device.Set(DeviceState.StopCopy);
        device.Drain(fd, () => 64, out last);
        Assert.That((last.Value, last.Errno), Is.EqualTo((0, 0)));
        Assert.That(device.Poll(fd, 1, 0).Value, Is.EqualTo(1));
    }

    [Test]
    public void Precopy_info_looks_at_memory_then_size_then_state()
    {
        using var device = Open();
        device.Set(DeviceState.PreCopy, out var fd);
        var info = new byte[24];
        info[0] = 8;
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info) { Accessible = 8 }).Errno, Is.EqualTo(EFAULT));
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Errno, Is.EqualTo(EINVAL));
        info[0] = 24;
        info[5] = 7;
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Ok);
        Assert.That(info[5], Is.EqualTo(7), "reserved without opt-in");
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(8)), Is.EqualTo(168));
        Assert.That(device.Feature(Set | 12, 0, out _, 8).Ok);
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Ok);
        Assert.That(info[5], Is.Zero);
        device.Set(DeviceState.StopCopy);
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Errno, Is.EqualTo(EINVAL));
        device.Set(DeviceState.PreCopy);
        device.Set(DeviceState.Running);
        device.Set(DeviceState.PreCopy);
        Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Errno, Is.EqualTo(ENODEV));
    }

    [Test]
    public void Unbound_device_answers_nothing_until_it_is_bound()
    {
        using var device = Open(bound: false);
        Assert.That(device.Get(out _).Errno, Is.EqualTo(EINVAL));
        Assert.That(device.Reset().Errno, Is.EqualTo(EINVAL));
        Assert.That(device.DeviceIoctl(Uapi.UnknownIoctl, default).Errno, Is.EqualTo(EINVAL));
        Assert.That(device.Bind().Ok);
        Assert.That(device.State(), Is.EqualTo(DeviceState.Running));
    }

    [Test]
    public void A_failing_arc_leaves_the_last_completed_step()
    {
        using var device = Open();
        device.FailArc(2, EIO, broken: false);
        Assert.That(device.Set(DeviceState.StopCopy, out var fd).Errno, Is.EqualTo(EIO));
        Assert.That(fd, Is.EqualTo(-1));
        Assert.That(device.State(), Is.EqualTo(DeviceState.Stop));
        Assert.That(device.LastPath.ToString(), Is.EqualTo("RU>RP>ST"));
        device.FailArc(0, ETIMEDOUT, broken: true);
        Assert.That(device.Set(DeviceState.StopCopy, out fd).Errno, Is.EqualTo(ETIMEDOUT));
        Assert.That(device.State(), Is.EqualTo(DeviceState.Error));
        Assert.That(device.Set(DeviceState.Running).Errno, Is.EqualTo(EINVAL));
        Assert.That(device.Set(DeviceState.Error).Ok);
        Assert.That(device.Reset().Ok);
        Assert.That(device.State(), Is.EqualTo(DeviceState.Running));
        device.FailArc(5, EIO, broken: false);
        Assert.That(device.Set(DeviceState.Stop).Ok);
        Assert.That(device.Set(DeviceState.Running).Ok, "a failure is disarmed when its SET returns");
    }

    [Test]
    public void Closing_ends_the_session_and_reopening_gives_running()
    {
        using var device = Open();
        device.Feature(Set | 12, 0, out _, 8);
        device.Set(DeviceState.PreCopy, out var fd);
        device.CloseDevice();
        Assert.That(device.Read(fd, new byte[4]).Errno, Is.EqualTo(ENODEV));
        Assert.That(device.Get(out _).Errno, Is.EqualTo(EBADF));
        device.Reopen();
        Assert.That(device.State(), Is.EqualTo(DeviceState.Running));
        Assert.That(device.Read(fd, new byte[4]).Errno, Is.EqualTo(ENODEV));
        Assert.That(device.CloseData(fd).Ok);
    }

    // page size, ranges, attached bytes that are there, errno
    private static readonly object[] Starts =
    [
        new object[] { 4096ul, new ulong[] { 0, 4096, 0x10000, 8192 }, 32, 0 },
        new object[] { 4096ul, Array.Empty<ulong>(), 0, EINVAL },
        new object[] { 4096ul, new ulong[] { 0, 4096, 4096, 4096 }, 32, 0 },
        new object[] { 4096ul, new ulong[] { 0, 8192, 4096, 4096 }, 32, EINVAL },
        new object[] { 4096ul, new ulong[] { 0, 100 }, 16, EINVAL },
        new object[] { 0x20_0000ul, new ulong[] { 0, 4096 }, 16, EINVAL },
        new object[] { 4096ul, new[] { 0xFFFF_FFFF_FFFF_F000, 4096ul }, 16, EOVERFLOW },
        new object[] { 4096ul, new[] { 0xFFFF_FFFF_FFFF_F001, 4096ul }, 16, EINVAL },
        new object[] { 4096ul, new ulong[] { 0, 4096, 8192, 4096 }, 31, EFAULT },
    ];

    [TestCaseSource(nameof(Starts))]
    public void Start(ulong pageSize, ulong[] ranges, int accessible, int errno)
    {
        using var device = Open();
        var bytes = new byte[32];
        bytes[0] = 32;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Set | 6);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), pageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)(ranges.Length / 2));
        var attached = new byte[ranges.Length * 8];
        for (var i = 0; i < ranges.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(attached.AsSpan(i * 8), ranges[i]);
        var result = device.Feature(
            new UserBuffer(bytes)
            {
                Attached = attached,
                AttachedAccessible = accessible,
                PointerOffset = 24,
            }
        );
        Assert.That(result.Errno, Is.EqualTo(errno));
        Assert.That(device.Feature(Get | 8, 0, out _, 40).Errno, Is.EqualTo(EINVAL), "page size 0");
    }

    [Test]
    public void A_call_does_not_allocate()
    {
        using var device = Open();
        Cycle(device);
        Assert.That(Allocation.Least(() => Cycle(device)), Is.Zero);

        static void Cycle(VfioCoreDevice device)
        {
            Span<byte> buffer = stackalloc byte[128];
            for (var i = 0; i < 100; i++)
            {
                device.Set(DeviceState.PreCopy, out var fd);
                device.Workload!.Apply((uint)i);
                while (device.Read(fd, new UserBuffer(buffer)).Value > 0) { }
                device.Set(DeviceState.StopCopy);
                while (device.Read(fd, new UserBuffer(buffer)).Value > 0) { }
                device.Set(DeviceState.Resuming, out var other);
                device.CloseData(fd);
                device.Write(other, new UserBuffer(buffer));
                device.CloseData(other);
                device.Reset();
                device.State();
            }
        }
    }
}
