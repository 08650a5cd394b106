using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;
using static Conformance.Model.Contract.Errno;

namespace Conformance.Tests.Drivers;

/// <summary>The reference driver carries everything over, and refuses what it must refuse.</summary>
[Category("quick")]
public sealed class ReferenceDriverTests
{
    private static VfioCoreDevice Open(MigrationFeatures features = (MigrationFeatures)7, uint id = ReferenceFormat.DeviceId) =>
        new(new ReferenceDriver(features, id));

    private static byte[] Save(VfioCoreDevice device)
    {
        Assert.That(device.Set(DeviceState.StopCopy, out var fd).Ok);
        var image = device.Drain(fd, () => 4096, out _);
        device.CloseData(fd);
        return image;
    }

    private static int Load(VfioCoreDevice device, ReadOnlySpan<byte> image)
    {
        Assert.That(device.Set(DeviceState.Resuming, out var fd).Ok);
        device.Fill(fd, image, () => 100);
        device.CloseData(fd);
        return device.Set(DeviceState.Running).Errno;
    }

    [Test]
    public void Round_trips_with_any_chunking([Values(1, 3, 5, 7)] int features, [Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        int Chunk() => random.Next(4) == 0 ? 1 : random.Next(1, 200);
        using var source = Open((MigrationFeatures)features);
        using var destination = Open((MigrationFeatures)features);
        source.Workload!.Apply((uint)random.Next());
        destination.Workload!.Apply((uint)random.Next());
        var image = new List<byte>();
        var fd = -1;
        var last = CallResult.Success;
        if ((features & 4) != 0)
        {
            Assert.That(source.Set(DeviceState.PreCopy, out fd).Ok);
            for (var rounds = random.Next(5); rounds > 0; rounds--)
            {
                if (random.Next(2) == 0)
                    source.Workload!.Apply((uint)random.Next());
                if (random.Next(3) == 0)
                {
                    var some = new byte[random.Next(1, 150)];
                    var read = source.Read(fd, some);
                    image.AddRange(some[..(int)Math.Max(0, read.Value)]);
                }
                else
                {
                    image.AddRange(source.Drain(fd, Chunk, out last));
                    Assert.That(last.Errno, Is.EqualTo(ENOMSG));
                }
                if (features == 7 && random.Next(2) == 0)
                    Assert.That(source.Set(random.Next(2) == 0 ? DeviceState.PreCopy : DeviceState.PreCopyP2P).Ok);
            }
            Assert.That(source.Set(DeviceState.StopCopy).Ok);
        }
        else
            Assert.That(source.Set(DeviceState.StopCopy, out fd).Ok);
        Assert.That(source.Feature(Uapi.MigDataSize | Uapi.Get, 0, out var size).Ok);
        var stopCopy = source.Drain(fd, Chunk, out last);
        Assert.That((last.Value, last.Errno), Is.EqualTo((0L, 0)));
        Assert.That((ulong)stopCopy.Length, Is.LessThanOrEqualTo(size));
        image.AddRange(stopCopy);

        Assert.That(destination.Set(DeviceState.Resuming, out var input).Ok);
        Assert.That(destination.Fill(input, [.. image], Chunk).Ok);
        Assert.That(destination.Set(DeviceState.Running).Ok);
        Assert.That(destination.Workload!.Digest(), Is.EqualTo(source.Workload!.Digest()));
    }

    [Test]
    public void Precopy_counters_are_exact()
    {
        using var device = Open();
        var info = new byte[24];
        info[0] = 24;
        device.Set(DeviceState.PreCopy, out var fd);
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            if (random.Next(3) == 0)
                device.Workload!.Apply((uint)random.Next(3));
            Assert.That(device.DataIoctl(fd, Uapi.PrecopyInfo, new UserBuffer(info)).Ok);
            var announced = BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(8)) + BinaryPrimitives.ReadUInt64LittleEndian(info.AsSpan(16));
            if (random.Next(2) == 0)
                Assert.That(device.Drain(fd, () => random.Next(1, 50), out _), Has.Length.EqualTo(announced));
            else
                Assert.That(device.Read(fd, new byte[10]).Ok, Is.EqualTo(announced != 0));
        }
    }

    [Test]
    public void Endless_change_does_not_make_an_endless_stream()
    {
        using var device = Open();
        using var destination = Open();
        device.Set(DeviceState.PreCopy, out var fd);
        var image = new List<byte>();
        for (var i = 0u; i < 2000; i++)
        {
            device.Workload!.Apply(i);
            image.AddRange(device.Drain(fd, () => 1000, out _));
        }
        device.Set(DeviceState.StopCopy);
        image.AddRange(device.Drain(fd, () => 1000, out _));
        Assert.That(image, Has.Count.LessThanOrEqualTo(ReferenceFormat.MaxImage));
        Assert.That(Load(destination, [.. image]), Is.Zero);
        Assert.That(destination.Workload!.Digest(), Is.EqualTo(device.Workload!.Digest()));
    }

    [Test]
    public void Every_truncation_fails_and_every_flip_fails()
    {
        using var source = Open();
        source.Workload!.Apply(3);
        var image = Save(source);
        using var device = Open();
        for (var length = 0; length < image.Length; length++)
        {
            Assert.That(Load(device, image.AsSpan(0, length)), Is.EqualTo(EINVAL), $"cut at {length}");
            Assert.That(device.State(), Is.EqualTo(DeviceState.Resuming));
            device.Reset();
        }
        for (var bit = 0; bit < image.Length * 8; bit++)
        {
            image[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Load(device, image), Is.EqualTo(EINVAL), $"bit {bit}");
            image[bit / 8] ^= (byte)(1 << (bit % 8));
            device.Reset();
        }
        Assert.That(Load(device, image), Is.Zero);
    }

    [Test]
    public void Surplus_is_refused_without_harm_and_another_model_for_good()
    {
        using var source = Open();
        var image = Save(source);
        using var device = Open();
        device.Set(DeviceState.Resuming, out var fd);
        Assert.That(device.Write(fd, [.. image, 1, 2]).Value, Is.EqualTo(image.Length));
        Assert.That(device.Write(fd, [1]).Errno, Is.EqualTo(EINVAL));
        Assert.That(device.Set(DeviceState.Stop).Ok);
        using var other = Open(id: 7);
        Assert.That(Load(other, image), Is.EqualTo(EINVAL));
    }

    [Test]
    public void Saving_is_repeatable_and_harmless()
    {
        using var device = Open();
        device.Workload!.Apply(9);
        var digest = device.Workload.Digest();
        var first = Save(device);
        device.Set(DeviceState.Stop);
        Assert.That(Save(device), Is.EqualTo(first));
        Assert.That(device.Set(DeviceState.Running).Ok);
        Assert.That(device.Workload.Digest(), Is.EqualTo(digest));
        Assert.That(Load(device, first), Is.Zero);
        Assert.That(device.Workload.Digest(), Is.EqualTo(digest));
        device.Reset();
        using var fresh = Open();
        Assert.That(device.Workload.Digest(), Is.EqualTo(fresh.Workload!.Digest()));
    }

    [Test]
    public void An_injected_save_failure_sticks()
    {
        using var device = Open();
        device.Failures!.FailSave(30, EIO);
        device.Set(DeviceState.StopCopy, out var fd);
        Assert.That(device.Drain(fd, () => 7, out var last), Has.Length.EqualTo(30));
        Assert.That(last.Errno, Is.EqualTo(EIO));
        Assert.That(device.Read(fd, new byte[1]).Errno, Is.EqualTo(EIO));
        device.Set(DeviceState.Stop);
        Save(device);
    }

    [Test]
    public void The_log_reports_what_was_written_once()
    {
        var log = new ReferenceDmaLog();
        ulong page = 1;
        Assert.That(log.Start([new(0x10000, 0x10000), new(0x40000, 0x1000)], ref page), Is.Zero);
        Assert.That(page, Is.EqualTo(4096));
        Assert.That(log.Start([new(0, 4096)], ref page), Is.Not.Zero);
        log.Wrote(0x11FFF, 2);
        log.Wrote(0x1F000, 0x40000);
        var bits = new byte[8];
        bits[7] = 0x80;
        Assert.That(log.Report(new(0x10000, 0x31000), 4096, bits), Is.Zero);
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bits), Is.EqualTo((1UL << 1) | (1UL << 2) | (1UL << 15) | (1UL << 48) | (1UL << 63)));
        bits.AsSpan().Clear();
        Assert.That(log.Report(new(0x10000, 0x31000), 4096, bits), Is.Zero);
        Assert.That(bits, Is.All.Zero);
        Assert.That(log.Stop(), Is.Zero);
        Assert.That(log.Report(new(0x10000, 0x31000), 4096, bits), Is.Not.Zero);
    }
}
