using System.Diagnostics;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Processes;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class GuestProcessTests
{
    [Test]
    public void The_first_line_is_the_socket_and_facts_follow()
    {
        using var guest = new GuestProcess("sh -c 'echo /run/agent; echo serial=/nowhere; echo kernel=6.1; cat'");
        Assert.That(guest.Start(), Is.EqualTo("/run/agent"));
        Assert.That(() => guest.Fact("kernel"), Is.EqualTo("6.1").After(2000, 10));
        Assert.That(guest.Fact("other"), Is.Null);
        Assert.That(guest.IsRunning, Is.True);
        guest.Dispose();
        Assert.That(guest.IsRunning, Is.False);
    }

    [Test]
    public void A_command_that_ends_first_is_unreachable_with_its_own_words()
    {
        using var guest = new GuestProcess("sh -c 'printf \"no\\033[31m kernel\\n\" >&2; exit 3'");
        var lost = Assert.Throws<DeviceLostException>(() => guest.Start())!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Unreachable));
        Assert.That(lost.Message, Does.Contain("status 3"));
        Assert.That(lost.LastWords, Is.EqualTo("no[31m kernel"));
    }

    [Test]
    public void A_silent_command_ends_at_the_deadline()
    {
        using var guest = new GuestProcess("sh -c cat", TimeSpan.FromMilliseconds(300));
        var watch = Stopwatch.StartNew();
        Assert.That(Assert.Throws<DeviceLostException>(() => guest.Start())!.Message, Does.Contain("named no socket"));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That(guest.IsRunning, Is.False);
    }

    [Test]
    public void A_command_that_could_not_run_is_not_late()
    {
        // It stops itself for three times the deadline, as a machine with too much to do would keep it from running.
        using var guest = new GuestProcess("sh -c '(sleep 3; kill -CONT $$) & kill -STOP $$; echo /run/agent; cat'", TimeSpan.FromSeconds(1));
        Assert.That(guest.Start(), Is.EqualTo("/run/agent"));
    }

    [Test]
    public void A_guest_that_does_not_boot_is_told_before_the_worker_is_ended()
    {
        var idle = new SupervisorOptions { FileName = "" }.IdleDeadline;
        Assert.That(LinuxMachine.RetryLimit + GuestProcess.DefaultStartDeadline, Is.LessThan(idle));
    }

    [Test]
    public void An_endless_first_line_ends_at_the_deadline()
    {
        using var guest = new GuestProcess("sh -c 'exec tr \"\\000\" x < /dev/zero'", TimeSpan.FromMilliseconds(500));
        Assert.That(Assert.Throws<DeviceLostException>(() => guest.Start())!.Message, Does.Contain("named no socket"));
        Assert.That(guest.IsRunning, Is.False);
    }

    [TestCase(true, 'a')]
    [TestCase(false, 'z')]
    public void Of_an_endless_line_64_KiB_are_kept(bool keepFirst, char kept)
    {
        using var said = new MemoryStream([.. Enumerable.Repeat((byte)'a', 4 << 20), .. Enumerable.Repeat((byte)'z', 4 << 20)]);
        var output = new ProcessOutput(said, keepFirst);
        Assert.That(output.Text(Timeout.InfiniteTimeSpan), Is.EqualTo(new string(kept, 64 << 10)));
    }

    [Test]
    public void A_command_that_is_not_there_is_unreachable() =>
        Assert.That(Assert.Throws<DeviceLostException>(() => new GuestProcess("labs/nowhere").Start())!.Loss, Is.EqualTo(DeviceLoss.Unreachable));

    [Test]
    public void Last_words_are_the_tail_of_the_log_without_control_characters()
    {
        var lines = Said(string.Concat(Enumerable.Range(0, 100).Select(line => $"\u001b[3{line}m\u202eline {line}\r\n"))).Split('\n');
        Assert.That(lines, Has.Length.EqualTo(40));
        Assert.That(lines[^1], Is.EqualTo("[399mline 99"));
    }

    [Test]
    public void Last_words_begin_with_the_line_that_names_a_crash_and_are_the_same_in_every_run()
    {
        static string Log(string time, string register) =>
            string.Join(
                "\r\n",
                Enumerable
                    .Range(0, 500)
                    .Select(line => $"[    {time}] before {line}")
                    .Append($"[    {time}] BUG: kernel NULL pointer dereference, address: 0000000000000000")
                    .Append($"[    {time}][   T79] Code: 0f 1f {register}")
                    .Append($"[    {time}] RSP: 0018:{register} EFLAGS: 00000246")
                    .Append($"[    {time}] R10: {register} R11: {register}")
                    .Append($"[    {time}] Call Trace:")
                    .Append($"[    {time}]  ? guess+{register}")
                    .Concat(Enumerable.Range(0, 200).Select(line => $"[    {time}]  call_{line}+0x1/0x2"))
                    .Append($"[    {time}] Kernel Offset: {register} from {register}")
                    .Append($"[    {time}] ---[ end Kernel panic - not syncing: Fatal exception ]---")
            );

        var words = Said(Log("6.021398", "ff9e12"));
        var lines = words.Split('\n');
        Assert.That(words, Is.EqualTo(Said(Log("17.000001", "fe0301"))));
        Assert.That(lines, Has.Length.EqualTo(40));
        Assert.That(lines[..3], Is.EqualTo(["BUG: kernel NULL pointer dereference, address: 0000000000000000", "Call Trace:", " call_0+0x1/0x2"]));
        Assert.That(lines[^1], Is.EqualTo("---[ end Kernel panic - not syncing: Fatal exception ]---"));
        Assert.That(lines[^6], Is.EqualTo("..."));
    }

    [Test]
    public void A_command_that_booted_before_is_run_again_when_it_fails()
    {
        var runs = Path.GetTempFileName();
        using var machine = LinuxMachine.Guest($"sh -c 'echo >> {runs}; test $(wc -l < {runs}) -ne 2 && echo /nowhere/agent && cat'", TimeSpan.FromSeconds(1));
        Assert.That(Assert.Throws<DeviceLostException>(() => machine.Connect())!.Message, Does.StartWith("no agent at /nowhere/agent"));
        Assert.That(Assert.Throws<DeviceLostException>(() => machine.Connect())!.Message, Does.StartWith("no agent at /nowhere/agent"));
        Assert.That(File.ReadAllLines(runs), Has.Length.EqualTo(3));
        Assert.That(machine.Boots, Is.EqualTo(2));
        File.Delete(runs);
    }

    // The last words of a guest with this serial log.
    private static string Said(string text)
    {
        var log = Path.GetTempFileName();
        try
        {
            File.WriteAllText(log, text);
            using var guest = new GuestProcess($"sh -c 'echo /run/agent; echo serial={log}; cat'");
            guest.Start();
            Assert.That(() => guest.Fact("serial"), Is.Not.Null.After(2000, 10));
            return guest.LastWords();
        }
        finally
        {
            File.Delete(log);
        }
    }
}
