using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>
/// One QEMU process with an SMMUv3, DMA masters and no running processor, and the two connections to it. QEMU connects to us; the folder of the sockets is gone
/// once it did. A shell between us and QEMU ends it when our end of its standard input closes, which the kernel does for us whatever we die of.
/// </summary>
internal sealed partial class QemuMachine : IDisposable
{
    /// <summary>Where the SMMU's registers are.</summary>
    public const ulong Registers = 0x0905_0000;

    /// <summary>The memory: 128 MiB at this address. QEMU puts a device tree into its first MiB at each reset.</summary>
    public const ulong Memory = 0x4000_0000;

    /// <summary>The interrupt controller's input of the first of four interrupts of PCI.</summary>
    public const int FirstPciInterrupt = 3;

    /// <summary>The interrupt controller's input of the first of four interrupts of the SMMU: event queue, PRI queue, SYNC, global error.</summary>
    public const int FirstSmmuInterrupt = 74;

    private const ulong ConfigurationSpace = 0x40_1000_0000,
        MemoryWindow = 0x1000_0000;
    private const int FirstRootPortSlot = 0x1a;

    private const string Owner = """
        exec 3<&0 </dev/null
        "$0" "$@" 3<&- >&2 & qemu=$!
        exec 2>/dev/null
        { read -r _ <&3; kill -KILL $qemu; } & watcher=$!
        wait $qemu; status=$?
        kill $watcher; exit $status
        """;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly ProcessOutput errors;
    private readonly int[] buses;
    private readonly HashSet<EduMaster> ready = [];

    private QemuMachine(Process process, TimeSpan deadline, Socket qtestListener, Socket qmpListener)
    {
        this.process = process;
        errors = new ProcessOutput(process.StandardError.BaseStream, keepFirst: false);
        Masters = EduMaster.Create(MemoryWindow);
        buses = Buses(Masters);
        try
        {
            var due = Environment.TickCount64 + (long)StartDeadline.TotalMilliseconds;
            var peer = new PeerTime(process.Id);
            var patience = new Patience(peer);
            var qtestSocket = Accept(qtestListener, patience);
            Qtest = new QtestConnection(qtestSocket, deadline, LastWords, peer);
            Monitor = new QmpConnection(Accept(qmpListener, patience), StartDeadline, LastWords, peer);
            if (Monitor.FindUnattached("arm_gic") is not { } controller)
                throw new DeviceLostException(DeviceLoss.Unreachable, "QEMU's machine has no interrupt controller of the expected kind");
            Qtest.Command($"irq_intercept_in {controller}");
            NumberBuses();
            Qtest.Flush([], [], due);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The registers, the memory and the interrupts.</summary>
    public QtestConnection Qtest { get; } = null!;

    /// <summary>The machine protocol.</summary>
    public QmpConnection Monitor { get; } = null!;

    /// <summary>The DMA masters.</summary>
    public EduMaster[] Masters { get; }

    /// <summary>The process that owns QEMU.</summary>
    public int ProcessId => process.Id;

    /// <summary>The version that a QEMU executable says it has.</summary>
    /// <exception cref="DeviceLostException">It cannot be run, or says something else.</exception>
    public static Version VersionOf(string executable)
    {
        var answer = ProgramVersion.Ask(executable, StartDeadline);
        var match = VersionText().Match(answer.FirstLine ?? "");
        return match.Success
            ? new Version(
                int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture)
            )
            : throw new DeviceLostException(
                DeviceLoss.Unreachable,
                $"'{executable} --version' does not name a version of QEMU",
                ForeignText.Lines($"{answer.FirstLine}\n{answer.Errors}")
            );
    }

    /// <summary>Starts a machine.</summary>
    /// <param name="executable">The path of qemu-system-aarch64.</param>
    /// <param name="machine">The machine type.</param>
    /// <param name="stage">What the SMMU's property of that name gets, or null where there is none.</param>
    /// <param name="deadline">What one exchange may take.</param>
    /// <param name="isDestination">True for one that waits for a state (<see cref="Load"/>).</param>
    /// <exception cref="DeviceLostException">It did not start.</exception>
    public static QemuMachine Start(string executable, string machine, string? stage, TimeSpan deadline, bool isDestination = false)
    {
        // A unix socket's path has 107 characters at most.
        var folder = Directory.CreateTempSubdirectory("smmu-").FullName;
        try
        {
            if (folder.Length > 90)
                throw new DeviceLostException(DeviceLoss.Unreachable, $"the path {folder} is too long for a socket in it: set TMPDIR to a shorter one");
            using var qtest = Listen(Path.Combine(folder, "qtest"));
            using var qmp = Listen(Path.Combine(folder, "qmp"));
            var arguments = Arguments(folder, machine, stage);
            if (isDestination)
                arguments = arguments.Concat(["-incoming", "defer"]);
            return new QemuMachine(ChildProcess.Start("/bin/sh", ["-c", Owner, executable, .. arguments]), deadline, qtest, qmp);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Resets the machine. Memory keeps its content; masters have to be prepared again.</summary>
    /// <exception cref="DeviceLostException">QEMU did not answer as it must.</exception>
    public void Reset()
    {
        Monitor.ResetMachine();
        NumberBuses();
        Qtest.Flush([], [], Environment.TickCount64 + (long)Qtest.Deadline.TotalMilliseconds);
    }

    /// <summary>Makes a master ready to be used; adds commands only for the first use after a reset.</summary>
    public void Prepare(EduMaster master)
    {
        const uint MemoryAndMaster = 6;
        if (!ready.Add(master))
            return;
        if (master.Bus != 0)
        {
            var port = Configuration(0, FirstRootPortSlot + Array.IndexOf(buses, master.Bus), 0);
            var behind = Masters.Where(other => other.Bus == master.Bus);
            Qtest.Write32(port + 0x20, (uint)(behind.First().Registers >> 16) | (uint)behind.Last().Registers);
            Qtest.Write32(port + 0x04, MemoryAndMaster);
        }

        var place = Configuration(master.Bus, master.Slot, master.Function);
        Qtest.Write32(place + 0x10, (uint)master.Registers);
        Qtest.Write32(place + 0x04, MemoryAndMaster);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Qtest?.Dispose();
        Monitor?.Dispose();
        ChildProcess.End(process);
    }

    private static IEnumerable<string> Arguments(string folder, string machine, string? stage)
    {
        var masters = EduMaster.Create(MemoryWindow);
        var buses = Buses(masters);

        // No processor runs: then virtual time jumps to the next timer at once, which a master's DMA waits for.
        IEnumerable<string> arguments =
        [
            "-M",
            $"{machine},iommu=smmuv3,gic-version=2",
            "-cpu",
            "cortex-a57,start-powered-off=on",
            "-accel",
            "tcg,thread=single",
            "-icount",
            "shift=0,sleep=off",
            "-m",
            "128M",
            "-nodefaults",
            "-no-user-config",
            "-nographic",
            "-display",
            "none",
            "-vga",
            "none",
            "-net",
            "none",
            "-qtest",
            $"unix:{folder}/qtest",
            "-qtest-log",
            "none",
            "-qmp",
            $"unix:{folder}/qmp",
        ];
        if (stage is not null)
            arguments = arguments.Concat(["-global", $"arm-smmuv3.stage={stage}"]);
        arguments = arguments.Concat(
            buses.SelectMany((bus, index) => new[] { "-device", $"pcie-root-port,id=port{bus:x},addr={FirstRootPortSlot + index:x}.0,chassis={index + 1}" })
        );
        return arguments.Concat(masters.SelectMany(master => new[] { "-device", master.Argument(master.Bus == 0 ? "pcie.0" : $"port{master.Bus:x}") }));
    }

    private static int[] Buses(EduMaster[] masters) => [.. masters.Select(master => master.Bus).Where(bus => bus != 0).Distinct()];

    private static Socket Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        return listener;
    }

    private Socket Accept(Socket listener, Patience patience)
    {
        while (!listener.Poll(Patience.Slice, SelectMode.SelectRead))
        {
            if (process.HasExited)
                throw new DeviceLostException(DeviceLoss.Unreachable, "QEMU ended before it was ready", LastWords(DeviceLoss.Died));
            if (patience.Look(0, StartDeadline) != Wait.Goes)
                throw new DeviceLostException(
                    DeviceLoss.Unreachable,
                    $"QEMU was not ready within {StartDeadline.TotalSeconds:0} s",
                    LastWords(DeviceLoss.TimedOut)
                );
        }

        return listener.Accept();
    }

    // Bus numbers at once, because CFGI looks masters up by theirs. All else waits until a master is used: QEMU maps its address spaces anew for each one.
    private void NumberBuses()
    {
        for (var index = 0; index < buses.Length; index++)
            Qtest.Write32(Configuration(0, FirstRootPortSlot + index, 0) + 0x18, (uint)((buses[index] << 8) | (buses[index] << 16)));
        ready.Clear();
    }

    private static ulong Configuration(int bus, int slot, int function) =>
        ConfigurationSpace + ((ulong)bus << 20) + ((ulong)slot << 15) + ((ulong)function << 12);

    private string LastWords(DeviceLoss loss)
    {
        // QEMU's end closes the sockets before the shell has its status.
        var ended = process.WaitForExit(loss == DeviceLoss.TimedOut ? 0 : 1000);
        var how =
            !ended ? "QEMU still runs"
            : process.ExitCode > 128 ? $"QEMU was ended by signal {process.ExitCode - 128}"
            : $"QEMU ended with status {process.ExitCode}";
        var said = string.Join(
            '\n',
            errors.Text(TimeSpan.FromMilliseconds(ended ? 500 : 0)).Split('\n').Where(line => !line.Contains("icount sleep disabled", StringComparison.Ordinal))
        );
        return $"{how}\n{ForeignText.Lines(said)}".TrimEnd('\n');
    }

    [GeneratedRegex(@"^QEMU emulator version ([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")]
    private static partial Regex VersionText();
}
