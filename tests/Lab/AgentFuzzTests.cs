using System.Net.Sockets;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The agent survives what it was not written for: noise, half messages, lengths that contradict each other, and a host that hangs up in the middle.
/// </summary>
[TestFixture]
[Category("lab")]
public sealed class AgentFuzzTests
{
    private const int CallSize = 56,
        Poll = 11,
        List = 20,
        Operations = 31;

    [Test]
    public void Malformed_messages_leave_the_agent_alive_and_a_new_connection_gets_in_step()
    {
        using var guest = new GuestProcess(KernelLab.BootCommand("trixie"));
        var path = guest.Start();
        var random = new Random(20);
        for (var connection = 0; connection < 3; connection++)
        {
            using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                socket.SendTimeout = 5000;
                var drain = new Thread(() => Drain(socket)) { IsBackground = true };
                drain.Start();
                for (var message = 0; message < 100; message++)
                    socket.Send(Message(random));

                // Half a message at the end: the next connection must not have to wait for ever.
                socket.Send(Message(random).AsSpan(0, 40));
            }

            using var calls = new GuestCalls(path, TimeSpan.FromSeconds(20), guest.LastWords);
            Assert.That(calls.ReadText("/proc/version"), Does.StartWith("Linux version"), $"connection {connection}");
            Assert.That(calls.DescriptorLimit(), Is.EqualTo(CallResult.Of(1024)));
            Assert.That(calls.CountDescriptors(), Is.LessThanOrEqualTo(3), "a hang-up releases what was open");
            Assert.That(calls.Map(null, 0, 64 << 20).Ok, Is.True, "and what was mapped: all of the room is there, and is left to the next");
        }
    }

    // Mostly well-formed, because noise does not get past the magic. Descriptors are -1 or the index of an earlier call, so that nothing blocks.
    private static byte[] Message(Random random)
    {
        var calls = random.Next(1, 12);
        var body = new List<byte>();
        for (var call = 0; call < calls; call++)
        {
            var head = new byte[CallSize];
            var sent = random.Next(0, 64);
            var attachedSent = random.Next(0, 64);
            var operation = random.Next(0, Operations);
            // One that gets far with a name that is there, so that it meets buffers that it may not reach.
            byte[] name = operation == List ? [.. "/proc"u8] : [];
            if (name.Length > 0)
                sent = name.Length;
            Put(head, 0, (uint)(operation == Poll ? 0 : operation) | ((uint)random.Next(0, random.Next(8) == 0 ? 65536 : 256) << 16));
            Put(head, 4, random.Next(3) == 0 ? (uint)random.Next(0, 12) : uint.MaxValue);
            Put(head, 8, (uint)random.Next());
            Put(head, 16, (uint)random.Next(0, random.Next(8) == 0 ? int.MaxValue : 1 << 20));
            Put(head, 24, name.Length > 0 ? (uint)sent : Length(random, sent));
            Put(head, 28, name.Length > 0 ? (uint)sent : Length(random, sent));
            Put(head, 32, random.Next(10) == 0 ? (uint)random.Next() : (uint)sent);
            Put(head, 36, (uint)random.Next(0, 80));
            Put(head, 40, Length(random, attachedSent));
            Put(head, 44, Length(random, attachedSent));
            Put(head, 48, random.Next(10) == 0 ? (uint)random.Next() : (uint)attachedSent);
            Put(head, 52, random.Next(2) == 0 ? uint.MaxValue : (uint)random.Next(0, 100));
            body.AddRange(head);
            var bytes = new byte[sent + attachedSent];
            random.NextBytes(bytes);
            name.CopyTo(bytes, 0);
            body.AddRange(bytes);
        }

        var frame = new byte[16];
        Put(frame, 0, random.Next(20) == 0 ? (uint)random.Next() : 0x51524643u);
        Put(frame, 4, random.Next(20) == 0 ? uint.MaxValue : (uint)body.Count);
        Put(frame, 12, random.Next(10) == 0 ? (uint)random.Next() : (uint)calls);
        return [.. frame, .. body];
    }

    private static uint Length(Random random, int sent) =>
        random.Next(6) switch
        {
            0 => (uint)random.Next(),
            1 => (uint)random.Next(0, 70),
            2 => 1 << 20,
            _ => (uint)sent,
        };

    private static void Put(byte[] bytes, int offset, uint value) => BitConverter.TryWriteBytes(bytes.AsSpan(offset), value);

    private static void Drain(Socket socket)
    {
        var buffer = new byte[65536];
        try
        {
            while (socket.Receive(buffer) > 0) { }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is over.
        }
    }
}
