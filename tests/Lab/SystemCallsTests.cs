using System.Buffers.Binary;
using System.Text;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>This machine and a guest answer alike.</summary>
[TestFixture(null)]
[TestFixture("trixie")]
[Category("lab")]
public sealed class SystemCallsTests(string? kernel)
{
    private const int UnknownRequest = 0x3B3F,
        PollIn = 1,
        PollInvalid = 32;
    private LinuxMachine machine = null!;
    private ISystemCalls calls = null!;

    [OneTimeSetUp]
    public void Connect()
    {
        machine = kernel is null ? LinuxMachine.Local() : LinuxMachine.Guest(KernelLab.BootCommand(kernel), TimeSpan.FromSeconds(20));
        calls = machine.Connect();
    }

    [OneTimeTearDown]
    public void Disconnect()
    {
        calls?.Dispose();
        machine?.Dispose();
    }

    [Test]
    public void Opening_what_is_not_there_fails() => Assert.That(calls.Open("/nowhere/at/all", OpenFlags.ReadOnly), Is.EqualTo(CallResult.Fail(Errno.ENOENT)));

    [Test]
    public void A_read_stops_at_the_end_of_the_accessible_part()
    {
        using var file = new Temporary(calls, "/proc/version");
        var bytes = new byte[64];
        Assert.That(calls.Read(file.Descriptor, new UserBuffer(bytes) { Accessible = 0 }), Is.EqualTo(CallResult.Fail(Errno.EFAULT)));
        Assert.That(calls.PositionedRead(file.Descriptor, new UserBuffer(bytes), 6).Value, Is.EqualTo(64));
        Assert.That(Encoding.ASCII.GetString(bytes), Does.StartWith("version "));
    }

    [Test]
    public void A_read_into_read_only_memory_faults()
    {
        using var file = new Temporary(calls, "/proc/version");
        var bytes = new byte[16];
        Assert.That(calls.Read(file.Descriptor, new UserBuffer(bytes) { ReadOnly = true }), Is.EqualTo(CallResult.Fail(Errno.EFAULT)));
        Assert.That(bytes, Is.All.Zero);
        Assert.That(calls.Read(file.Descriptor, new UserBuffer(bytes)).Value, Is.EqualTo(16));
    }

    [Test]
    public void Seek_moves_the_position_of_a_read()
    {
        using var file = new Temporary(calls, "/proc/version");
        Assert.That(calls.Seek(file.Descriptor, 6, 0), Is.EqualTo(CallResult.Of(6)));
        var bytes = new byte[7];
        Assert.That(calls.Read(file.Descriptor, new UserBuffer(bytes)), Is.EqualTo(CallResult.Of(7)));
        Assert.That(Encoding.ASCII.GetString(bytes), Is.EqualTo("version"));
    }

    [Test]
    public void An_unknown_ioctl_is_refused_with_and_without_a_buffer()
    {
        using var file = new Temporary(calls, "/dev/null");
        Assert.That(calls.Ioctl(file.Descriptor, UnknownRequest, 0), Is.EqualTo(CallResult.Fail(Errno.ENOTTY)));
        Assert.That(
            calls.Ioctl(file.Descriptor, UnknownRequest, new UserBuffer(new byte[24]) { Accessible = 7, ReadOnly = true }),
            Is.EqualTo(CallResult.Fail(Errno.ENOTTY))
        );
    }

    [Test]
    public void The_address_of_the_attached_buffer_is_stored_as_far_as_it_fits([Values(0, 3, 8, 16)] int offset, [Values(8, 12, 16)] int accessible)
    {
        using var file = new Temporary(calls, "/dev/null");
        var bytes = Enumerable.Repeat((byte)0xEE, 16).ToArray();
        var attached = "range"u8.ToArray();
        calls.Ioctl(
            file.Descriptor,
            UnknownRequest,
            new UserBuffer(bytes)
            {
                Accessible = accessible,
                Attached = attached,
                AttachedAccessible = 5,
                PointerOffset = offset,
            }
        );
        Assert.That(bytes[..Math.Min(offset, accessible)], Is.All.EqualTo(0xEE));
        Assert.That(bytes[accessible..], Is.All.EqualTo(0xEE), "bytes that the driver cannot reach");
        if (offset + 8 <= accessible)
            Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset)), Is.GreaterThan(0xFFFFUL).And.LessThan(1UL << 48));
        Assert.That(Encoding.ASCII.GetString(attached), Is.EqualTo("range"));
    }

    [Test]
    public void A_closed_descriptor_is_gone()
    {
        var opened = calls.Open("/dev/null", OpenFlags.ReadOnly);
        var copy = calls.Duplicate((int)opened.Value);
        Assert.That(calls.Control((int)opened.Value, 1, 0), Is.EqualTo(CallResult.Of(1)), "close-on-exec");
        Assert.That(calls.Close((int)opened.Value), Is.EqualTo(CallResult.Success));
        Assert.That(calls.Close((int)copy.Value), Is.EqualTo(CallResult.Success));
        if (kernel is not null) // here another thread may have been given the number meanwhile
            Assert.That(calls.Poll((int)copy.Value, PollIn, 0), Is.EqualTo(CallResult.Of(PollInvalid)));
    }

    [Test]
    public void The_limit_of_descriptors_can_be_lowered_and_restored()
    {
        var before = calls.DescriptorLimit();
        var next = calls.Open("/dev/null", OpenFlags.ReadOnly);
        calls.Close((int)next.Value);
        calls.SetDescriptorLimit((ulong)next.Value);
        var refused = calls.Open("/dev/null", OpenFlags.ReadOnly);
        calls.SetDescriptorLimit((ulong)before.Value);
        Assert.That(refused, Is.EqualTo(CallResult.Fail(Errno.EMFILE)));
        Assert.That(calls.DescriptorLimit(), Is.EqualTo(before));
    }

    [Test]
    public void Names_links_and_texts_are_found()
    {
        Assert.That(calls.List("/proc/self"), Does.Contain("status").And.Ordered);
        Assert.That(calls.List("/nowhere"), Is.Empty);
        Assert.That(calls.ReadLink("/proc/self/exe"), Does.StartWith("/"));
        Assert.That(calls.ReadLink("/proc"), Is.Null);
        Assert.That(calls.ReadText("/proc/version"), Does.StartWith("Linux version").And.Not.EndsWith("\n"));
        Assert.That(calls.ReadText("/nowhere"), Is.Null);
        Assert.That(calls.WriteText("/nowhere", "1"), Is.EqualTo(CallResult.Fail(Errno.ENOENT)));
        Assert.That(calls.Exists("/proc/version"), Is.True);
    }

    [Test]
    public void Single_byte_accesses_are_made_in_order()
    {
        using var file = new Temporary(calls, "/proc/version");
        var accesses = new[] { RegisterAccess.Get(0), RegisterAccess.Put(0, 1), RegisterAccess.Get(1) };
        calls.Transfer(file.Descriptor, accesses);
        Assert.That(accesses[0].Value, Is.EqualTo((byte)'L'));
        Assert.That(accesses[1].Errno, Is.Not.Zero, "this file takes no writes");
        Assert.That(accesses[2].Value, Is.EqualTo((byte)'i'));
        var many = Enumerable.Repeat(RegisterAccess.Get(2), 10_000).ToArray();
        calls.Transfer(file.Descriptor, many);
        Assert.That(many, Has.All.Matches<RegisterAccess>(access => access is { Value: (byte)'n', Errno: 0 }));
    }

    [Test]
    public void A_large_write_is_taken_whole()
    {
        var opened = calls.Open("/dev/null", OpenFlags.WriteOnly);
        Assert.That(calls.Write((int)opened.Value, new UserBuffer(new byte[3_000_000])), Is.EqualTo(CallResult.Of(3_000_000)));
        calls.Close((int)opened.Value);
    }

    [Test]
    public void Threads_make_their_calls_in_order_and_those_before_and_behind_them_too()
    {
        var device = (int)calls.Open("/dev/null", OpenFlags.ReadOnly).Value;
        var session = (int)calls.Open("/dev/zero", OpenFlags.ReadOnly).Value;
        var refused = new byte[] { 1, 2, 3, 4 };
        var script = new ThreadScript([
            new(0, ScriptOperation.DeviceIoctl) { Request = UnknownRequest },
            new(1, ScriptOperation.Read) { Size = 8 },
            new(1, ScriptOperation.DeviceIoctl) { Request = UnknownRequest, Bytes = refused },
            new(2, ScriptOperation.DataIoctl) { Request = UnknownRequest, Bytes = refused },
            new(2, ScriptOperation.ReadToEnd) { Size = 20 },
            new(ThreadScript.After, ScriptOperation.Read) { Size = 3 },
        ])
        {
            Rounds = 5,
            Session = session,
            Keeps = true,
            Chunk = 16,
        };
        var rounds = calls.RunThreads(device, script);
        calls.Close(device);
        calls.Close(session);
        Assert.That(rounds, Has.Count.EqualTo(5));
        var first = rounds[0];
        Assert.That(first[0].Made, Is.False, "the first round begins behind what comes before the threads");
        Assert.That(first.Skip(1), Has.All.Matches<ScriptResult>(result => result.Made && result.Begin > 0 && result.End >= result.Begin));
        Assert.That(first[1].Result, Is.EqualTo(CallResult.Of(8)));
        Assert.That(first[1].Bytes.ToArray(), Is.EqualTo(new byte[8]));
        Assert.That(first[1].Session, Is.EqualTo(ScriptResult.FirstSession));
        Assert.That(first[2].Result, Is.EqualTo(CallResult.Fail(Errno.ENOTTY)));
        Assert.That(first[2].Bytes.ToArray(), Is.EqualTo(refused));
        Assert.That(first[2].Session, Is.EqualTo(ScriptResult.NoSession));
        Assert.That(first[2].Begin, Is.GreaterThanOrEqualTo(first[1].End));
        Assert.That(first[3].Result, Is.EqualTo(CallResult.Fail(Errno.ENOTTY)));
        Assert.That(first[4].Bytes.Length, Is.EqualTo(20), "a chunk, and what is left of the room");
        Assert.That(first[5].Begin, Is.GreaterThanOrEqualTo(Math.Max(first[2].End, first[4].End)));
        foreach (var round in rounds.Skip(1))
        {
            Assert.That(round[0].Result, Is.EqualTo(CallResult.Fail(Errno.ENOTTY)));
            Assert.That(round[0].End, Is.LessThanOrEqualTo(Math.Min(round[2].Begin, long.MaxValue)));
            Assert.That(round[1].Made, Is.False, "the session was there for the first round alone");
            Assert.That(round[2].Made, Is.True);
        }
    }

    [Test]
    public void A_write_takes_up_where_the_one_before_ended_and_ends_with_the_image()
    {
        var session = (int)calls.Open("/dev/null", OpenFlags.WriteOnly).Value;
        var image = new byte[10];
        var write = new ScriptCall(1, ScriptOperation.Write) { Size = 4, Image = image };
        var round = calls.RunThreads(session, new([write, write, write, write]) { Session = session, Position = 2 }).Single();
        calls.Close(session);
        Assert.That(round.Select(result => result.Position), Is.EqualTo((int[])[2, 6, 0, 0]));
        Assert.That(round.Select(result => result.Result.Value), Is.EqualTo((long[])[4, 4, 0, 0]));
        Assert.That(round.Select(result => result.Made), Is.EqualTo((bool[])[true, true, false, false]));
    }

    [Test]
    public void Memory_of_nobody_is_zero_and_keeps_what_is_stored_until_it_is_given_back()
    {
        var address = (ulong)calls.Map(null, 0, 8192).Value;
        var bytes = new byte[8192];
        Array.Fill(bytes, (byte)0xEE);
        Assert.That(calls.Load(address, bytes), Is.EqualTo(CallResult.Of(8192)));
        Assert.That(bytes, Is.All.Zero);
        foreach (var length in new[] { 1, 2, 4, 8, 7, 4097 })
        {
            var stored = Enumerable.Range(1, length).Select(value => (byte)(value * length)).ToArray();
            var loaded = new byte[length];
            Assert.That(calls.Store(address + 8, stored), Is.EqualTo(CallResult.Of(length)));
            Assert.That(calls.Load(address + 8, loaded), Is.EqualTo(CallResult.Of(length)));
            Assert.That(loaded, Is.EqualTo(stored));
        }

        Assert.That(calls.Unmap(address), Is.EqualTo(CallResult.Success));
        Assert.That(calls.Unmap(address), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
        Assert.That(calls.Load(address, new byte[1]), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
    }

    /// <summary>What is outside of the mappings is never touched, whatever the address; and what is inside is where it was stored.</summary>
    [Test]
    public void Loads_and_stores_stay_within_one_mapping()
    {
        const int bytes = 8192,
            most = 64;
        var random = new Random(25);
        var mappings = Enumerable.Range(0, 3).Select(_ => (Address: (ulong)calls.Map(null, 0, bytes).Value, Content: new byte[bytes])).ToArray();
        var (inside, outside) = (0, 0);
        for (var access = 0; access < 2000; access++)
        {
            var (address, content) = mappings[random.Next(mappings.Length)];
            var offset = random.Next(4) == 0 ? random.Next(-most, most) + (random.Next(2) == 0 ? 0 : bytes) : random.Next(bytes);
            var part = new byte[random.Next(most)];
            random.NextBytes(part);
            // Two mappings may be neighbours: then what leaves one begins or ends in the other, and is refused all the same, or is wholly in there.
            if (mappings.FirstOrDefault(other => Holds(other.Address, address + (ulong)offset, part.Length)) is not { Content: not null } holder)
            {
                outside++;
                Assert.That(calls.Store(address + (ulong)offset, part), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
                Assert.That(calls.Load(address + (ulong)offset, part), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
                continue;
            }

            inside++;
            var place = holder.Content.AsSpan((int)(address + (ulong)offset - holder.Address), part.Length);
            if (random.Next(2) == 0)
            {
                Assert.That(calls.Store(address + (ulong)offset, part), Is.EqualTo(CallResult.Of(part.Length)));
                part.CopyTo(place);
            }
            else
            {
                Assert.That(calls.Load(address + (ulong)offset, part), Is.EqualTo(CallResult.Of(part.Length)));
                Assert.That(part, Is.EqualTo(place.ToArray()));
            }
        }

        Assert.That((inside, outside), Is.EqualTo((Math.Max(inside, 500), Math.Max(outside, 100))));
        foreach (var address in new[] { 0UL, 8UL, ulong.MaxValue, ulong.MaxValue - 7, mappings[0].Address + (1UL << 63) })
            Assert.That(calls.Store(address, new byte[8]), Is.EqualTo(CallResult.Fail(Errno.EINVAL)), $"0x{address:x}");
        foreach (var (address, content) in mappings)
        {
            var all = new byte[bytes];
            calls.Load(address, all);
            Assert.That(all, Is.EqualTo(content));
            calls.Unmap(address);
        }

        static bool Holds(ulong start, ulong address, int length) => address - start <= bytes && (ulong)length <= bytes - (address - start);
    }

    [Test]
    public void A_mapped_file_ends_with_a_fault_and_takes_what_is_stored()
    {
        // Ones that may be written: a file of the guest's first file system, and one of our own.
        var path = kernel is null ? Path.GetTempFileName() : "/modules/order";
        if (kernel is null)
            File.WriteAllText(path, "contents of a file");
        using var file = new Temporary(calls, path, OpenFlags.ReadWrite);
        var address = (ulong)calls.Map(file.Descriptor, 0, 8192).Value;
        var first = new byte[4];
        Assert.That(calls.Load(address, first), Is.EqualTo(CallResult.Of(4)));
        var read = new byte[4];
        calls.PositionedRead(file.Descriptor, new UserBuffer(read), 0);
        Assert.That(first, Is.EqualTo(read).And.Not.All.Zero);
        Assert.That(calls.Store(address, [.. first.Reverse()]), Is.EqualTo(CallResult.Of(4)));
        calls.PositionedRead(file.Descriptor, new UserBuffer(read), 0);
        Assert.That(read, Is.EqualTo(first.Reverse()));
        calls.Store(address, first);
        foreach (var length in new[] { 1, 8, 100 })
        {
            Assert.That(calls.Load(address + 4096, new byte[length]), Is.EqualTo(CallResult.Fail(Errno.EFAULT)));
            Assert.That(calls.Store(address + 4096, new byte[length]), Is.EqualTo(CallResult.Fail(Errno.EFAULT)));
            Assert.That(calls.Load(address + 4090, new byte[7 + length]), Is.EqualTo(CallResult.Fail(Errno.EFAULT)), "the last page of the file and the next");
        }

        Assert.That(calls.Load(address, first), Is.EqualTo(CallResult.Of(4)), "after a fault as before it");
        Assert.That(calls.Unmap(address), Is.EqualTo(CallResult.Success));
        if (kernel is null)
            File.Delete(path);
    }

    [Test]
    public void What_cannot_be_mapped_is_refused()
    {
        using var file = new Temporary(calls, "/proc/version");
        Assert.That(calls.Map(file.Descriptor, 0, 4096).Ok, Is.False);
        Assert.That(calls.Map(-1, 0, 4096), Is.EqualTo(CallResult.Fail(Errno.EBADF)), "no descriptor is not memory of nobody");
        Assert.That(calls.Map(null, 0, 0), Is.EqualTo(CallResult.Fail(Errno.EINVAL)));
        Assert.That(calls.Map(null, 0, -1).Ok, Is.False);
        if (kernel is null)
            return;
        Assert.That(calls.Map(null, 0, (64 << 20) + 1), Is.EqualTo(CallResult.Fail(Errno.ENOMEM)), "64 MiB are all there is");
        var mapped = Enumerable.Range(0, 64).Select(_ => calls.Map(null, 0, 4096)).ToArray();
        Assert.That(mapped, Has.All.Matches<CallResult>(result => result.Ok));
        Assert.That(calls.Map(null, 0, 1), Is.EqualTo(CallResult.Fail(Errno.ENOMEM)), "64 mappings are all there are");
        foreach (var result in mapped)
            calls.Unmap((ulong)result.Value);
    }

    private sealed class Temporary(ISystemCalls calls, string path, OpenFlags flags = OpenFlags.ReadOnly) : IDisposable
    {
        public int Descriptor { get; } = (int)calls.Open(path, flags).Value;

        public void Dispose() => calls.Close(Descriptor);
    }
}
