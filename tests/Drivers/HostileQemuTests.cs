using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Conformance.Drivers.QemuSmmu;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>Whatever answers instead of QEMU ends as a lost device, in time, and never as anything else; the next call starts anew.</summary>
[TestFixture]
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class HostileQemuTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(600);

    /// <summary>Replies that are none to a 32-bit read; the device dies of each.</summary>
    [TestCase("")]
    [TestCase("OK")]
    [TestCase("OK ")]
    [TestCase("OK 0x")]
    [TestCase("OK 12")]
    [TestCase("OK 0x12345678901234567")]
    [TestCase("OK 0x12 ")]
    [TestCase("OK 0xg")]
    [TestCase("FAIL Unknown command")]
    [TestCase("ERR")]
    [TestCase("ok 0x1")]
    [TestCase("\0\u001b[31mred")]
    [TestCase("IRQ")]
    [TestCase("IRQ raise")]
    [TestCase("IRQ raise x")]
    [TestCase("IRQ raise -1")]
    [TestCase("IRQ raise 99999999")]
    [TestCase("IRQ raise 3 3")]
    public void A_wrong_reply_is_a_death(string reply)
    {
        using var fake = new FakeQemu(command => command.StartsWith("readl 0x9050004", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(reply + "\n") : null);
        var lost = Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(lost.LastWords, Does.Contain("> readl 0x9050004"));
        Assert.That(lost.Message + lost.LastWords, Does.Not.Contain('\u001b').And.Not.Contain('\0'));
    }

    /// <summary>Replies that are none to a read of 4 bytes.</summary>
    [TestCase("OK")]
    [TestCase("OK AAA=")]
    [TestCase("OK AAAAAA==AAAA")]
    [TestCase("OK AAAAAAAA")]
    [TestCase("OK ******==")]
    public void Wrong_bytes_are_a_death(string reply)
    {
        using var fake = new FakeQemu(command => command.StartsWith("b64read", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(reply + "\n") : null);
        var batch = new SmmuBatch();
        batch.ReadMemory(fake.Target.Memory.Start, 4);
        Assert.That(Assert.Throws<DeviceLostException>(() => fake.Target.Run(batch))!.Loss, Is.EqualTo(DeviceLoss.Died));
    }

    [Test]
    public void A_reply_too_many_is_a_death_before_it_is_taken_for_the_next()
    {
        using var fake = new FakeQemu(command =>
            command.StartsWith("readl 0x9050004", StringComparison.Ordinal) ? "OK 0x1\nOK 0x1\nOK 0x1\n"u8.ToArray() : null
        );
        Ask(fake.Target);
        Assert.That(Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!.Message, Does.Contain("nobody asked for"));
    }

    [Test]
    public void A_reply_without_an_end_is_a_death_and_fills_no_memory()
    {
        var noise = new byte[4 << 20];
        Array.Fill(noise, (byte)'x');
        using var fake = new FakeQemu(command => command.StartsWith("readl 0x9050004", StringComparison.Ordinal) ? noise : null);
        Assert.That(Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!.Loss, Is.EqualTo(DeviceLoss.Died));
    }

    [Test]
    public void Silence_ends_at_the_deadline()
    {
        using var fake = new FakeQemu(command => command.StartsWith("readl 0x9050004", StringComparison.Ordinal) ? [] : null);
        Lost(fake, DeviceLoss.TimedOut, 4);
    }

    [Test]
    public void A_flood_of_interrupts_does_not_stretch_the_deadline()
    {
        using var fake = new FakeQemu(
            command =>
            {
                if (!command.StartsWith("readl 0x9050004", StringComparison.Ordinal))
                    return null;
                Thread.Sleep(20);
                return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("IRQ raise 7\nIRQ lower 7\n", 100)));
            },
            repeats: true
        );
        Lost(fake, DeviceLoss.TimedOut, 6);
    }

    [Test]
    public void A_transaction_that_never_ends_is_a_hang()
    {
        using var fake = new FakeQemu(command => command.StartsWith("writel 0x10000098", StringComparison.Ordinal) ? "OK\n"u8.ToArray() : null);
        var batch = new SmmuBatch();
        batch.Transact(new SmmuTransaction(8, fake.Target.Memory.Start, true, 4));
        Assert.That(Assert.Throws<DeviceLostException>(() => fake.Target.Run(batch))!.Loss, Is.EqualTo(DeviceLoss.TimedOut));
    }

    [Test]
    public void A_hang_up_is_a_death_and_the_next_call_starts_anew()
    {
        var asked = 0;
        using var fake = new FakeQemu(command =>
            command.StartsWith("readl 0x9050004", StringComparison.Ordinal) && asked++ == 0 ? throw new EndOfStreamException() : null
        );
        var lost = Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(Ask(fake.Target), Is.EqualTo(2));
    }

    [TestCase("hello\n", "does not speak QMP")]
    [TestCase("{}\n[]\n{\"QMP\":1}\n", "does not speak QMP")]
    [TestCase("{\"QMP\":{\"version\":{\"qemu\":{\"major\":-1,\"minor\":0,\"micro\":0}}}}\n", "does not speak QMP")]
    [TestCase("{\"error\":{\"class\":\"\\u001b[2J\"}}\n", "refused")]
    public void A_monitor_that_is_none_is_a_lost_device(string greeting, string message)
    {
        using var fake = new FakeQemu(_ => null, greeting: greeting);
        var lost = Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!;
        Assert.That(lost.Message, Does.Contain(message).And.Not.Contain('\u001b'));
    }

    [TestCase("echo not at all", "does not name a version")]
    [TestCase("printf '\\033[2Jgone' >&2; exit 3", "does not name a version")]
    [TestCase("tr '\\000' x </dev/zero", "does not name a version", Category = "slow")]
    [TestCase("echo QEMU emulator version 99999999999.0.0", "does not name a version")]
    [TestCase("test $1 = --version && echo QEMU emulator version 7.2.22 && exit; printf 'no such \\033machine' >&2; exit 5", "ended before it was ready")]
    public void A_command_that_is_not_qemu_is_unreachable(string script, string message)
    {
        var path = FakeQemu.Script(script);
        using var target = new QemuSmmuTarget("test", path, "1", Deadline);
        var lost = Assert.Throws<DeviceLostException>(() => Ask(target))!;
        File.Delete(path);
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Unreachable));
        Assert.That(lost.Message, Does.Contain(message));
        Assert.That(lost.LastWords, Does.Not.Contain('\u001b'));
    }

    [Test]
    public void A_stage_that_the_version_lacks_is_unreachable()
    {
        var path = FakeQemu.Script("echo QEMU emulator version 7.2.22");
        using var target = new QemuSmmuTarget("test", path, "nested", Deadline);
        Assert.That(Assert.Throws<DeviceLostException>(() => Ask(target))!.Message, Does.Contain("nested with 9.1"));
        File.Delete(path);
    }

    [Test]
    public void A_stage_that_is_not_there_after_all_is_unreachable()
    {
        using var fake = new FakeQemu(command => command == "readl 0x9050000" ? "OK 0x1\n"u8.ToArray() : null);
        Assert.That(Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!.Message, Does.Contain("S1P=0 and S2P=1"));
    }

    /// <summary>However the kit ends, the kernel closes its end of the owner's standard input.</summary>
    [Test]
    public void Nothing_outlives_the_kit()
    {
        using var fake = new FakeQemu(_ => null);
        Ask(fake.Target);
        var qemu = int.Parse(File.ReadAllText(fake.ProcessFile), System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(Directory.Exists($"/proc/{qemu}"), Is.True);
        fake.Target.Dispose();
        Assert.That(() => Directory.Exists($"/proc/{qemu}"), Is.False.After(3000, 20));
    }

    private static void Lost(FakeQemu fake, DeviceLoss loss, int deadlines)
    {
        fake.Target.Reset();
        var watch = Stopwatch.StartNew();
        Assert.That(Assert.Throws<DeviceLostException>(() => Ask(fake.Target))!.Loss, Is.EqualTo(loss));
        Assert.That(watch.Elapsed, Is.LessThan(Deadline * deadlines + TimeSpan.FromSeconds(2)));
    }

    private static ulong Ask(QemuSmmuTarget target)
    {
        var batch = new SmmuBatch();
        batch.ReadRegister(SmmuRegister.Idr1);
        batch.ReadRegister(SmmuRegister.Idr5);
        target.Run(batch);
        return batch.Results[0].Value;
    }

    /// <summary>
    /// Starts as QEMU does and answers as QEMU does, except where <paramref name="answer"/> has something else to say; no bytes are silence. The process is a
    /// script that only says where the sockets are; they are served here.
    /// </summary>
    private sealed class FakeQemu : IDisposable
    {
        private readonly string script,
            file;
        private readonly CancellationTokenSource over = new();
        private readonly Thread server;

        public FakeQemu(Func<string, byte[]?> answer, string? greeting = null, bool repeats = false)
        {
            file = Path.GetTempFileName();
            script = Script(
                $"test $1 = --version && echo QEMU emulator version 7.2.22 && exit; echo $$ > {file}.pid; echo \"$*\" > {file}.new; mv {file}.new "
                    + $"{file}; exec sleep 60"
            );
            Target = new QemuSmmuTarget("test", script, "1", Deadline);
            server = new(() => Serve(answer, greeting ?? "{\"QMP\":{\"version\":{\"qemu\":{\"major\":7,\"minor\":2,\"micro\":22}}}}\n", repeats))
            {
                IsBackground = true,
            };
            server.Start();
        }

        public QemuSmmuTarget Target { get; }

        public string ProcessFile => file + ".pid";

        public static string Script(string text) => ScriptFile.Write(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), text);

        public void Dispose()
        {
            over.Cancel();
            Target.Dispose();
            // It looks into the file that goes now.
            server.Join();
            foreach (var left in (string[])[script, file, ProcessFile])
                File.Delete(left);
        }

        private void Serve(Func<string, byte[]?> answer, string greeting, bool repeats)
        {
            while (!over.IsCancellationRequested)
            {
                var words = File.Exists(file) ? File.ReadAllText(file).Split((char[])[' ', '\n']) : [];
                if (Array.IndexOf(words, "-qtest") is not (> 0 and var place))
                {
                    Thread.Sleep(5);
                    continue;
                }

                File.WriteAllText(file, "");
                try
                {
                    using var qtest = Connect(words[place + 1]);
                    using var qmp = Connect(words[Array.IndexOf(words, "-qmp") + 1]);
                    new Thread(() => Monitor(qmp, greeting)) { IsBackground = true }.Start();
                    Answer(qtest, answer, repeats);
                }
                catch (Exception exception) when (exception is SocketException or EndOfStreamException or IOException or ObjectDisposedException)
                {
                    // The target hung up, or the test wants us to.
                }
            }
        }

        private static Socket Connect(string name)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(name["unix:".Length..]));
            return socket;
        }

        private static void Monitor(Socket qmp, string greeting)
        {
            try
            {
                qmp.Send(Encoding.UTF8.GetBytes(greeting));
                var buffer = new byte[4096];
                for (int got; (got = qmp.Receive(buffer)) > 0; )
                {
                    var asked = Encoding.ASCII.GetString(buffer, 0, got);
                    qmp.Send(
                        Encoding.ASCII.GetBytes(
                            asked.Contains("qom-list", StringComparison.Ordinal) ? "{\"return\":[{\"name\":\"device[1]\",\"type\":\"child<arm_gic>\"}]}\r\n"
                            : asked.Contains("system_reset", StringComparison.Ordinal) ? "{\"return\":{}}\r\n{\"event\":\"RESET\"}\r\n"
                            : "{\"return\":{}}\r\n"
                        )
                    );
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The target hung up.
            }
        }

        private static void Answer(Socket qtest, Func<string, byte[]?> answer, bool repeats)
        {
            using var reader = new StreamReader(new NetworkStream(qtest), Encoding.ASCII);
            while (reader.ReadLine() is { } command)
            {
                var bytes = answer(command);
                do qtest.Send(bytes ?? Encoding.ASCII.GetBytes(Correct(command)));
                while (repeats && (bytes = answer(command)) is not null);
            }
        }

        private static string Correct(string command) =>
            command.Split(' ') switch
            {
                ["readl", "0x9050000", ..] => "OK 0xd40101a\n",
                ["readl" or "readq", ..] => "OK 0x0000000000000002\n",
                ["b64read", ..] => "OK AAAAAA==\n",
                ["writel", "0x10000098", ..] => "OK\nIRQ raise 3\n",
                _ => "OK\n",
            };
    }
}
