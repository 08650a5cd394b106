using System.Diagnostics;
using System.Net.Sockets;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>Whatever answers instead of the agent ends as a lost device, in time, and never as anything else.</summary>
[TestFixture]
public sealed class HostileAgentTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(400);

    /// <summary>Changes to the correct answer of a call: offset of an u32, and its value.</summary>
    [TestCase(0, 0u, TestName = "no magic")]
    [TestCase(4, 0u, TestName = "no body")]
    [TestCase(4, uint.MaxValue, TestName = "endless body")]
    [TestCase(4, 4096u, TestName = "body longer than what comes", Category = "slow")]
    [TestCase(8, 0u, TestName = "answer to another request")]
    [TestCase(12, 0u, TestName = "no result")]
    [TestCase(12, uint.MaxValue, TestName = "too many results")]
    [TestCase(28, 2u, TestName = "refused call")]
    [TestCase(32, 1u, TestName = "bytes that are not there")]
    [TestCase(32, uint.MaxValue, TestName = "more bytes than a message")]
    [TestCase(36, 0x8000_0000u, TestName = "attached bytes that nobody asked for")]
    public void A_wrong_answer_is_a_lost_device(int offset, uint value)
    {
        using var agent = new FakeAgent(
            (answer, _) =>
            {
                BitConverter.TryWriteBytes(answer.AsSpan(offset), value);
                return answer;
            }
        );
        using var calls = new GuestCalls(agent.Path, Deadline, () => "last words");
        var lost = Assert.Throws<DeviceLostException>(() => calls.Close(1))!;
        Assert.That(lost.LastWords, Is.EqualTo("last words"));
        Assert.That(calls.IsLost, Is.True);
        Assert.Throws<DeviceLostException>(() => calls.Close(1));
    }

    /// <summary>Changes to a correct record of a call that a thread made: offset of an u32, and its value.</summary>
    [TestCase(8, 0xFFFF_FFFFu, TestName = "negative errno")]
    [TestCase(16, 1u, TestName = "session of a call that is not there")]
    [TestCase(16, 0xFFFF_FF00u, TestName = "session of no call")]
    [TestCase(28, 1u, TestName = "end before begin")]
    [TestCase(36, 0x8000_0000u, TestName = "end of time")]
    [TestCase(40, 17u, TestName = "more bytes than room")]
    public void A_wrong_record_is_none(int offset, uint value)
    {
        var script = new ThreadScript([new(1, ScriptOperation.Read) { Size = 16 }]);
        var record = new byte[48 + 16];
        foreach (var (at, right) in new (int, uint)[] { (0, 3), (12, 1), (16, uint.MaxValue), (24, 5), (32, 9), (40, 3) })
            BitConverter.TryWriteBytes(record.AsSpan(at), right);
        var read = ScriptBytes.Read(script, record)!.Single().Single();
        Assert.That((read.Made, read.Result.Value, read.Begin, read.End, read.Bytes.Length), Is.EqualTo((true, 3L, 5L, 9L, 3)));
        BitConverter.TryWriteBytes(record.AsSpan(offset), value);
        Assert.That(ScriptBytes.Read(script, record), Is.Null);
        Assert.That(ScriptBytes.Read(script, record.AsMemory(0, 60)), Is.Null, "too short");
    }

    /// <summary>A correct answer to a call that accessed nothing; a load or a store accesses all that it was told, or fails.</summary>
    [Test]
    public void An_access_of_another_length_is_a_lost_device()
    {
        using var agent = new FakeAgent((answer, _) => answer);
        using var calls = new GuestCalls(agent.Path, Deadline);
        Assert.That(calls.Load(4096, []), Is.EqualTo(CallResult.Success));
        Assert.That(Assert.Throws<DeviceLostException>(() => calls.Load(4096, new byte[8]))!.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(calls.IsLost, Is.True);
    }

    [Test]
    public void Silence_ends_at_the_deadline()
    {
        using var agent = new FakeAgent((_, _) => []);
        using var calls = new GuestCalls(agent.Path, Deadline);
        var watch = Stopwatch.StartNew();
        Assert.That(Assert.Throws<DeviceLostException>(() => calls.Close(1))!.Loss, Is.EqualTo(DeviceLoss.TimedOut));
        Assert.That(watch.Elapsed, Is.LessThan(Deadline * 5));
    }

    [Test]
    public void A_drip_of_bytes_does_not_stretch_the_deadline()
    {
        using var agent = new FakeAgent(
            (answer, send) =>
            {
                foreach (var value in answer)
                {
                    Thread.Sleep(50);
                    if (!send([value]))
                        break;
                }

                return [];
            }
        );
        using var calls = new GuestCalls(agent.Path, Deadline);
        var watch = Stopwatch.StartNew();
        Assert.That(Assert.Throws<DeviceLostException>(() => calls.Close(1))!.Loss, Is.EqualTo(DeviceLoss.TimedOut));
        Assert.That(watch.Elapsed, Is.LessThan(Deadline * 4));
    }

    [Test]
    public void A_hang_up_is_a_death()
    {
        using var agent = new FakeAgent((_, _) => null);
        using var calls = new GuestCalls(agent.Path, Deadline);
        Assert.That(Assert.Throws<DeviceLostException>(() => calls.Close(1))!.Loss, Is.EqualTo(DeviceLoss.Died));
    }

    [Test]
    public void Nobody_there_is_unreachable() =>
        Assert.That(Assert.Throws<DeviceLostException>(() => new GuestCalls("/nowhere/socket", Deadline))!.Loss, Is.EqualTo(DeviceLoss.Unreachable));

    [Test]
    public void Left_over_bytes_before_the_greeting_are_skipped()
    {
        using var agent = new FakeAgent((answer, _) => answer, new byte[10_000]);
        using var calls = new GuestCalls(agent.Path, Deadline * 5);
        Assert.That(calls.Close(1), Is.EqualTo(CallResult.Success));
    }

    /// <summary>
    /// Greets and releases correctly, then answers every call with what <paramref name="answer"/> makes of the correct answer; null hangs up.
    /// </summary>
    private sealed class FakeAgent : IDisposable
    {
        private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public FakeAgent(Func<byte[], Func<byte[], bool>, byte[]?> answer, byte[]? before = null)
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"conformance-{Guid.NewGuid():N}");
            listener.Bind(new UnixDomainSocketEndPoint(Path));
            listener.Listen();
            new Thread(() => Serve(answer, before)) { IsBackground = true }.Start();
        }

        public string Path { get; }

        public void Dispose()
        {
            listener.Dispose();
            File.Delete(Path);
        }

        private void Serve(Func<byte[], Func<byte[], bool>, byte[]?> answer, byte[]? before)
        {
            try
            {
                using var peer = listener.Accept();
                bool Send(byte[] bytes)
                {
                    peer.Send(bytes, SocketFlags.None, out var error);
                    return error == SocketError.Success;
                }

                Send(before ?? []);
                var request = new byte[72];
                for (var message = 0; ; message++)
                {
                    for (var got = 0; got < request.Length; )
                    {
                        var more = peer.Receive(request.AsSpan(got));
                        if (more == 0)
                            return;
                        got += more;
                    }

                    var correct = new byte[40];
                    BitConverter.TryWriteBytes(correct, 0x53524643u);
                    BitConverter.TryWriteBytes(correct.AsSpan(4), 24u);
                    request.AsSpan(8, 8).CopyTo(correct.AsSpan(8));
                    correct[16] = message == 0 ? (byte)1 : (byte)0;
                    if ((message < 2 ? correct : answer(correct, Send)) is not { } bytes)
                        return;
                    Send(bytes);
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
