using Conformance.Drivers;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>What <c>doctor</c> sees: a machine on which everything is there, and the same with one thing missing.</summary>
public sealed class EnvironmentCheckTests
{
    private const string Pci = "0000:75:00.1",
        Folder = "/sys/bus/pci/devices/" + Pci,
        Mediated = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001";

    [TestCase(null)]
    [TestCase("device")]
    [TestCase("group")]
    public void A_machine_with_everything_is_ready(string? via)
    {
        using var machine = Ready();
        var lines = new VfioEnvironment(machine, Pci, via).Look().ToList();
        Assert.That(lines.Where(line => line.Status == ReadinessStatus.NotOk), Is.Empty);
        Assert.That(lines.Select(line => line.What), Does.Contain(via == "group" ? "container" : "iommufd"));
        Assert.That(machine.OpenDescriptors, Is.Zero);
    }

    // What is changed: a path that goes (-), a link (path=target), a path that may not be opened (!), or is in use (~). Then the line that must say so, and its
    // fix.
    [TestCase("-/sys/module/vfio", "module vfio", "modprobe vfio")]
    [TestCase("-" + Folder, "device", "lspci")]
    [TestCase("-/sys/class/iommu/dmar0", "IOMMU", "intel_iommu=on")]
    [TestCase("-" + Folder + "/driver", "driver of the device", "driver_override")]
    [TestCase(Folder + "/driver=../vfio-pci", "driver of the device", "variant driver")]
    [TestCase(Folder + "/driver=../nvme", "driver of the device", "Unbind it")]
    [TestCase("!/dev/vfio/devices/vfio3", "node of the device", "chown $USER /dev/vfio/devices/vfio3")]
    [TestCase("~/dev/vfio/devices/vfio3", "node of the device", "fuser -v /dev/vfio/devices/vfio3")]
    [TestCase("-/dev/iommu", "iommufd", "modprobe iommufd")]
    [TestCase("!/dev/iommu", "iommufd", "chown")]
    [TestCase("/proc/self/limits=Max locked memory         65536                65536                bytes", "locked memory", "ulimit -l")]
    public void One_missing_thing_is_named_with_its_fix(string change, string what, string fix)
    {
        using var machine = Ready();
        machine.Change(change);
        var bad = new VfioEnvironment(machine, Pci, null).Look().Where(line => line.Status == ReadinessStatus.NotOk).ToList();
        Assert.That(bad.Select(line => line.What), Is.EqualTo([what]));
        Assert.That(bad[0].Fix, Does.Contain(fix));
    }

    [TestCase("!/dev/vfio/vfio", "container")]
    [TestCase("-/dev/vfio/17", "node of the group")]
    [TestCase("~/dev/vfio/17", "node of the group")]
    [TestCase("-" + Folder + "/iommu_group", "IOMMU group")]
    [TestCase(Folder + "/iommu_group/devices/0000:75:00.2/driver=../nvme", "IOMMU group")]
    public void The_way_by_the_group_needs_other_things(string change, string what)
    {
        using var machine = Ready();
        machine.Change(change);
        Assert.That(
            new VfioEnvironment(machine, Pci, "group").Look().Where(line => line.Status == ReadinessStatus.NotOk).Select(line => line.What),
            Is.EqualTo([what])
        );
        Assert.That(
            new VfioEnvironment(machine, Pci, null).Look().Where(line => line.Status == ReadinessStatus.NotOk),
            Is.Empty,
            "the node of the device is used"
        );
    }

    [Test]
    public void A_mediated_device_needs_no_IOMMU()
    {
        using var machine = Ready();
        machine.Change("-/sys/class/iommu/dmar0");
        machine.Change($"/sys/bus/mdev/devices/{Mediated}/driver=../mtty");
        machine.Change($"/sys/bus/mdev/devices/{Mediated}/iommu_group=../17");
        var lines = new VfioEnvironment(machine, Mediated, null).Look().ToList();
        Assert.That(lines.Where(line => line.Status == ReadinessStatus.NotOk), Is.Empty);
        Assert.That(lines.Single(line => line.What == "IOMMU").Status, Is.EqualTo(ReadinessStatus.Skipped));
    }

    [TestCase("")]
    [TestCase("eth0")]
    [TestCase("/dev/vfio/devices/../../sda")]
    [TestCase("../../etc")]
    public void A_name_of_no_device_is_looked_up_nowhere(string device)
    {
        using var machine = Ready();
        Assert.That(new VfioEnvironment(machine, device, null).Look().Last(), Is.EqualTo(ReadinessLine(device)));

        static ReadinessLine ReadinessLine(string device) =>
            new(
                ReadinessStatus.NotOk,
                "device",
                $"'{device}' is no name of a device",
                "Name a node (/dev/vfio/devices/vfio0), a PCI address (0000:75:00.1) or the UUID of a mediated device"
            );
    }

    [TestCase("reference:full", "driver", ReadinessStatus.Ok)]
    [TestCase("fault:accepts-short-argsz", "driver", ReadinessStatus.Ok)]
    [TestCase("reference:full?traits=no-such-file", "traits", ReadinessStatus.NotOk)]
    [TestCase("plugin:no-such-file.dll", "assembly", ReadinessStatus.NotOk)]
    [TestCase("qemu-smmuv3:/no/such/qemu", "QEMU", ReadinessStatus.NotOk)]
    [TestCase("qemu-smmuv3:/bin/false", "QEMU", ReadinessStatus.NotOk)]
    [TestCase("qemu-smmuv3:/bin/echo", "QEMU", ReadinessStatus.Ok)]
    [TestCase("qemu-smmuv3:/bin/echo", "stage", ReadinessStatus.NotOk)]
    [TestCase("vfio:x?guest=/no/such/boot", "guest command", ReadinessStatus.NotOk)]
    [TestCase("vfio:x?guest=/bin/true", "lab", ReadinessStatus.Skipped)]
    [TestCase("vfio:x?guest='", "guest command", ReadinessStatus.NotOk)]
    public void Every_kind_of_address_has_its_lines(string address, string what, ReadinessStatus status)
    {
        var line = DriverSchemes.Parse(address).Look().Single(line => line.What == what);
        Assert.That(line.Status, Is.EqualTo(status));
        Assert.That(line.Fix.Length > 0, Is.EqualTo(status == ReadinessStatus.NotOk));
    }

    // The lab's programs are named by where its script puts them.
    [TestCase("qemu-10.0-0123456789abcdef/qemu", true)]
    [TestCase("qemu-10.0-0123456789abcdef/other", false)]
    [TestCase("elsewhere/10.0/qemu", false)]
    public void A_QEMU_of_a_lab_that_is_not_built_names_the_script(string program, bool ofLab)
    {
        var line = DriverSchemes.Parse($"qemu-smmuv3:/no/such/{program}").Look().Single();
        Assert.That(line.Fix, ofLab ? Does.EndWith("labs/qemu/build 10.0") : Does.Contain("apt-get install"));
    }

    [TestCase("7.2.22", "1", ReadinessStatus.Ok)]
    [TestCase("7.2.22", "2", ReadinessStatus.NotOk)]
    [TestCase("8.1.0", "2", ReadinessStatus.Ok)]
    [TestCase("9.0.9", "nested", ReadinessStatus.NotOk)]
    [TestCase("10.0.2", "nested", ReadinessStatus.Ok)]
    public void A_QEMU_has_the_stage_or_is_too_old(string version, string stage, ReadinessStatus status)
    {
        var path = Path.Combine(Path.GetTempPath(), $"conformance-qemu-{Guid.NewGuid():n}");
        try
        {
            ScriptFile.Write(path, $"echo QEMU emulator version {version}");
            Assert.That(DriverSchemes.Parse($"qemu-smmuv3:{path}?stage={stage}").Look().Single(line => line.What == "stage").Status, Is.EqualTo(status));
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A report says which build of what was asked: what the machine does not show is left out, and what it shows is one line.</summary>
    [Test]
    public void The_build_of_a_device_is_what_its_machine_shows()
    {
        using var machine = Ready();
        string[] least = ["driver: mlx5_vfio_pci", "opened by: its own node"];
        Assert.That(Identity(), Is.EqualTo(least));
        machine.Change("/proc/sys/kernel/ostype=Linux\n");
        machine.Change("/proc/sys/kernel/osrelease=6.12.117\n");
        machine.Change("/proc/sys/kernel/version=#1 SMP \u001b[31mDebian\n");
        machine.Change("/sys/module/mlx5_vfio_pci/srcversion=0F1E\n");
        foreach (var (name, value) in new[] { ("vendor", "0x15b3"), ("device", "0x101e"), ("subsystem_vendor", "0x15b3"), ("subsystem_device", "0x0016") })
            machine.Change($"{Folder}/{name}={value}\n");
        machine.Change($"{Folder}/revision=0x02\n");
        string[] whole =
        [
            "kernel: Linux 6.12.117 #1 SMP [31mDebian",
            "driver: mlx5_vfio_pci srcversion 0F1E",
            "device: 15b3:101e subsystem 15b3:0016 revision 0x02",
            "opened by: its own node",
        ];
        Assert.That(Identity(), Is.EqualTo(whole));
        machine.Change($"{Folder}/driver/module=../../../module/mlx5_vfio");
        Assert.That(Identity(), Has.Some.EqualTo("driver: mlx5_vfio_pci of mlx5_vfio"));

        IEnumerable<string> Identity() =>
            VfioIdentity.Of(machine, VfioLocation.Find(machine, Pci), byNode: true).Select(fact => $"{fact.Name}: {fact.Value}").ToList();
    }

    private static FakeMachine Ready()
    {
        var machine = new FakeMachine();
        foreach (
            var path in new[]
            {
                "/sys/module/vfio",
                "/sys/class/iommu/dmar0",
                Folder + "/vfio-dev/vfio3",
                Folder + "/iommu_group/devices/" + Pci,
                "/dev/vfio/devices/vfio3",
                "/dev/iommu",
                "/dev/vfio/17",
                "/dev/vfio/vfio",
            }
        )
            machine.Change($"{path}=");
        machine.Change($"{Folder}/driver=../../../../bus/pci/drivers/mlx5_vfio_pci");
        machine.Change($"{Folder}/iommu_group=../../../kernel/iommu_groups/17");
        machine.Change($"{Folder}/iommu_group/devices/0000:75:00.0/driver=../pcieport");
        machine.Change("/proc/self/limits=Limit\nMax locked memory         unlimited            unlimited            bytes");
        return machine;
    }

    // A tree of paths: links, small files and nodes.
    private sealed class FakeMachine : ISystemCalls
    {
        private readonly SortedDictionary<string, string> entries = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> refusals = [];

        public int OpenDescriptors { get; private set; }

        public void Change(string change)
        {
            switch (change[0])
            {
                case '-':
                    foreach (
                        var path in entries.Keys.Where(path => path == change[1..] || path.StartsWith(change[1..] + "/", StringComparison.Ordinal)).ToList()
                    )
                        entries.Remove(path);
                    break;
                case '!' or '~':
                    refusals[change[1..]] = change[0] == '!' ? Errno.EACCES : Errno.EBUSY;
                    break;
                default:
                    var at = change.IndexOf('=', StringComparison.Ordinal);
                    entries[change[..at]] = change[(at + 1)..];
                    break;
            }
        }

        public bool Exists(string path) => entries.Keys.Any(entry => entry == path || entry.StartsWith(path + "/", StringComparison.Ordinal));

        public string? ReadLink(string path) => entries.GetValueOrDefault(path);

        public string? ReadText(string path) => entries.GetValueOrDefault(path);

        public IReadOnlyList<string> List(string path) =>
            [
                .. entries
                    .Keys.Where(entry => entry.StartsWith(path + "/", StringComparison.Ordinal))
                    .Select(entry => entry[(path.Length + 1)..].Split('/')[0])
                    .Distinct(),
            ];

        public CallResult Open(string path, OpenFlags flags)
        {
            if (refusals.TryGetValue(path, out var errno))
                return CallResult.Fail(errno);
            OpenDescriptors++;
            return CallResult.Of(7);
        }

        public CallResult Close(int descriptor)
        {
            OpenDescriptors--;
            return CallResult.Of(0);
        }

        public void Dispose() { }

        public CallResult Ioctl(int descriptor, uint request, ulong value) => throw new NotSupportedException();

        public CallResult Ioctl(int descriptor, uint request, in UserBuffer argument) => throw new NotSupportedException();

        public CallResult Read(int descriptor, in UserBuffer buffer) => throw new NotSupportedException();

        public CallResult Write(int descriptor, in UserBuffer buffer) => throw new NotSupportedException();

        public CallResult PositionedRead(int descriptor, in UserBuffer buffer, long offset) => throw new NotSupportedException();

        public CallResult PositionedWrite(int descriptor, in UserBuffer buffer, long offset) => throw new NotSupportedException();

        public CallResult Seek(int descriptor, long offset, int whence) => throw new NotSupportedException();

        public CallResult Poll(int descriptor, int events, int timeoutMilliseconds) => throw new NotSupportedException();

        public CallResult Duplicate(int descriptor) => throw new NotSupportedException();

        public CallResult Control(int descriptor, int command, long value) => throw new NotSupportedException();

        public CallResult DescriptorLimit() => throw new NotSupportedException();

        public CallResult SetDescriptorLimit(ulong limit) => throw new NotSupportedException();

        public int CountDescriptors() => OpenDescriptors;

        public CallResult WriteText(string path, string text) => throw new NotSupportedException();

        public CallResult BeginWriteText(string path, string text) => throw new NotSupportedException();

        public CallResult EndWriteText() => throw new NotSupportedException();

        public CallResult Map(int? descriptor, long offset, long length) => throw new NotSupportedException();

        public CallResult Unmap(ulong address) => throw new NotSupportedException();

        public CallResult Load(ulong address, Span<byte> bytes) => throw new NotSupportedException();

        public CallResult Store(ulong address, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

        public IReadOnlyList<ScriptResult[]> RunThreads(int descriptor, ThreadScript script) => throw new NotSupportedException();

        public void Transfer(int descriptor, Span<RegisterAccess> accesses) => throw new NotSupportedException();
    }
}
