using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Conformance.Drivers.LinuxIommufd;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>The machine under a guest, looked at from outside: whatever goes wrong is a lost device, and nothing stays open.</summary>
[TestFixture]
[Category("quick")]
public sealed class GuestHardwareTests
{
    private const ulong Ram = 0x4000_0000;

    // So many registers are asked for at first.
    private const int FirstRegisters = 9;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private int abandoned;

    [SetUp]
    public void Begin() => abandoned = 0;

    [Test]
    public void What_was_disposed_of_is_a_lost_device_to_everyone()
    {
        using var machine = new Machine();
        var hardware = Open(machine);
        hardware.PageAt(Ram)[5] = 7;
        hardware.Dispose();
        hardware.Dispose();
        var bytes = new byte[8];
        Action[] uses =
        [
            () => hardware.PageAt(Ram).Clear(),
            () => hardware.Read(Ram, bytes),
            () => hardware.Write(Ram, bytes),
            () => hardware.Find("mark"u8, 1),
            () => hardware.EntryOf(0),
            () => hardware.TakeIssued([]),
            () => hardware.TakeRecords([]),
            () => hardware.FindInProcess("pattern"u8),
            () => hardware.ReadProcess(0, bytes),
            () => hardware.WriteProcess(0, bytes),
        ];
        foreach (var use in uses)
        {
            var lost = Assert.Throws<DeviceLostException>(() => use())!;
            Assert.That((lost.Loss, lost.LastWords), Is.EqualTo((DeviceLoss.Died, "last words")));
        }

        Assert.That(machine.OpenFiles(), Is.Zero);
    }

    [Test]
    public void A_path_that_no_socket_has_is_a_machine_that_cannot_be_looked_at()
    {
        using var machine = new Machine();
        var lost = Assert.Throws<DeviceLostException>(() => Open(machine, socket: "/" + new string('x', 200)))!;
        Assert.That((lost.Loss, lost.LastWords, abandoned), Is.EqualTo((DeviceLoss.Unreachable, "last words", 0)));
        Assert.That(machine.OpenFiles(), Is.Zero);
    }

    [Test]
    public void A_monitor_that_hangs_up_at_first_is_a_machine_that_cannot_be_looked_at_and_the_guest_is_given_up([Range(0, FirstRegisters)] int answers)
    {
        using var machine = new Machine(answers);
        var lost = Assert.Throws<DeviceLostException>(() => Open(machine))!;
        Assert.That((lost.Loss, lost.LastWords), Is.EqualTo((DeviceLoss.Unreachable, "last words")));
        Assert.That(abandoned, Is.GreaterThan(0));
        Assert.That(machine.OpenFiles(), Is.Zero);
    }

    [Test]
    public void A_monitor_that_hangs_up_later_is_the_death_of_the_guest()
    {
        // One answer is to the first command, which has no register.
        using var machine = new Machine(FirstRegisters + 1);
        using var hardware = Open(machine);
        Assert.That(abandoned, Is.Zero);
        var lost = Assert.Throws<DeviceLostException>(() => hardware.TakeRecords(new List<SmmuEvent>()))!;
        Assert.That((lost.Loss, lost.LastWords, abandoned), Is.EqualTo((DeviceLoss.Died, "last words", 1)));
    }

    [Test]
    public void The_memory_of_an_emulator_that_ended_is_a_lost_device_and_no_endless_write()
    {
        using var machine = new Machine();
        using var emulator = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { UseShellExecute = false })!;
        using var hardware = Open(machine, process: emulator.Id);
        var at = Convert.ToInt64(
            File.ReadLines($"/proc/{emulator.Id}/maps").First(line => line.Contains(" rw-p ", StringComparison.Ordinal)).Split('-')[0],
            16
        );
        var bytes = new byte[8];
        hardware.ReadProcess(at, bytes);
        hardware.WriteProcess(at, bytes);
        emulator.Kill();
        emulator.WaitForExit();
        Assert.That(Assert.Throws<DeviceLostException>(() => hardware.ReadProcess(at, bytes))!.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(Assert.Throws<DeviceLostException>(() => hardware.WriteProcess(at, bytes))!.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(abandoned, Is.EqualTo(2));
    }

    private GuestHardware Open(Machine machine, string? socket = null, int? process = null) =>
        new(machine.Memory, socket ?? machine.Socket, process ?? Environment.ProcessId, Deadline, () => "last words", () => abandoned++);

    /// <summary>A file of memory, and a monitor that greets, answers so many commands, and hangs up.</summary>
    private sealed class Machine : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("machine-").FullName;
        private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public Machine(int answers = int.MaxValue)
        {
            Memory = Path.Combine(folder, "ram");
            Socket = Path.Combine(folder, "qmp");
            File.WriteAllBytes(Memory, new byte[1 << 16]);
            listener.Bind(new UnixDomainSocketEndPoint(Socket));
            listener.Listen();
            new Thread(() => Serve(answers)) { IsBackground = true }.Start();
        }

        public string Memory { get; }

        public string Socket { get; }

        /// <summary>How many descriptors and mappings of this process are of the memory.</summary>
        public int OpenFiles() =>
            Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget == Memory)
            + File.ReadLines("/proc/self/maps").Count(line => line.EndsWith(Memory, StringComparison.Ordinal));

        public void Dispose()
        {
            listener.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private void Serve(int answers)
        {
            try
            {
                using var peer = listener.Accept();
                peer.Send("{\"QMP\":{\"version\":{\"qemu\":{\"major\":10,\"minor\":0,\"micro\":0},\"package\":\"\"}}}\n"u8);
                var buffer = new byte[4096];
                for (var answer = 0; answer < answers && peer.Receive(buffer) > 0; answer++)
                    peer.Send(Encoding.ASCII.GetBytes("{\"return\":\"0000000009050098: 0x00000000\\r\\n\"}\n"));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
