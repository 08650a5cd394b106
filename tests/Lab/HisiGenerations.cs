using System.Buffers.Binary;
using System.Globalization;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;
using Conformance.Suites.Serialization;
using Conformance.Tests.Drivers;
using Conformance.Tests.Snapshots;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>
/// The streams of three generations of the real driver: each byte of them, approved and the same as those of <c>reference:hisi_acc</c>; and what becomes of a
/// stream that another generation saved. What a stream says of the device is the choice of the software device of labs/hisi, and the same in all guests.
/// </summary>
[Category("lab")]
public sealed class HisiGenerations : SnapshotFixture
{
    private const string Oldest = "bookworm",
        Middle = "trixie",
        Newest = "7.2";

    private const int Bar = 2;

    private static readonly string[] kernels = [Oldest, Middle, Newest],
        drivers = ["ready", "not-ready"],
        ways = ["stop-copy", "pre-copy"];

    // Of its physical function; with 1 each function has queues of its own.
    private const uint Isolated = 1;

    // What a guest's driver might have written, a value of its own for each register, and the interrupt that waits.
    private static readonly (int Register, uint Value)[] written =
    [
        (HisiAccFunction.AeqIntMask, 0x11),
        (HisiAccFunction.EqIntMask, 0x22),
        (HisiAccFunction.IfcIntSource, 0x04),
        (HisiAccFunction.IfcIntMask, 0x33),
        (HisiAccFunction.PageSize, 0x02),
        (HisiAccFunction.State, AccVfData.Ready),
    ];

    // Fields that are others in the stream that the destination saves: whose queues they are, and what a driver does to the interrupts of a function that it
    // loads. Of a stream of version 1 also what that has not, or has wrong.
    private static readonly string[] changed = ["qp_base", "ifc_int_source", "ifc_int_mask"],
        corrected = ["acc_magic", "major_ver", "eqe_dma", "aeqe_dma"];

    private readonly Dictionary<string, Generation> generations = [];

    [OneTimeTearDown]
    public void End()
    {
        foreach (var generation in generations.Values)
            generation.Dispose();
    }

    private static IEnumerable<TestCaseData> Images() =>
        from kernel in kernels
        from driver in drivers
        from way in ways
        where kernel != Oldest || way == "stop-copy"
        select new TestCaseData(kernel, driver, way);

    [TestCaseSource(nameof(Images))]
    public Task Image(string kernel, string driver, string by)
    {
        using var device = Opened(Of(kernel).Source);
        if (driver == "ready")
            SetUp(device);
        var image = by == "pre-copy" ? SaveByPreCopy(device) : Save(device);
        // Debian's 6.1 saves version 2 as well: the correction of the addresses came into the stable series.
        Assert.That(Convert.ToHexString(image), Is.EqualTo(Convert.ToHexString(ByReference(HisiAccVersion.V2, driver == "ready", by == "pre-copy"))));
        return Match(StateText.Render(image));
    }

    [Test]
    [DependsOnTest(nameof(Image), AllowFailure = true)]
    public Task No_file_is_an_orphan()
    {
        // What was not rendered because a lab is not there has no orphan.
        foreach (var kernel in kernels)
            KernelLab.BootCommand("hisi", kernel);
        return RefuseOrphans();
    }

    /// <summary>MIG-RES-03: all three save version 2, and a stream loads wherever it is from; the destination saves what it loaded (MIG-RES-20).</summary>
    [Test]
    public void A_stream_goes_to_another_generation(
        [Values(Oldest, Middle, Newest)] string from,
        [Values(Oldest, Middle, Newest)] string to,
        [Values("ready", "not-ready")] string driver
    )
    {
        byte[] image;
        using (var source = Opened(Of(from).Source))
        {
            if (driver == "ready")
                SetUp(source);
            image = Save(source);
        }

        using var target = Opened(Of(to).Target);
        Load(target, image);
        var again = Save(target);
        Assert.That(again, Has.Length.EqualTo(image.Length));
        Assert.That(Differences(image, again), Is.EquivalentTo(driver == "ready" ? changed : changed[..1]));
    }

    /// <summary>MIG-RES-19: a stream of version 1, as they were saved up to Linux 6.11, loads; what is wrong in it is right in the destination.</summary>
    [Test]
    public void A_stream_of_version_1_loads([Values(Oldest, Middle, Newest)] string to)
    {
        var old = ByReference(HisiAccVersion.V1, ready: true, preCopy: false);
        using var target = Opened(Of(to).Target);
        Load(target, old);
        Assert.That(Differences(old, Save(target)), Is.EquivalentTo(changed.Concat(corrected)));
    }

    /// <summary>MIG-FD-09: in which pieces it comes makes no difference to what the function has then. (In 6.1 no stream may come in pieces.)</summary>
    [Test]
    public void The_pieces_of_a_stream_of_version_1_do_not_matter([Values(Middle, Newest)] string to, [Values(1, 40, 63, 100, 150, 175)] int cut)
    {
        var old = ByReference(HisiAccVersion.V1, ready: true, preCopy: false);
        using var target = Opened(Of(to).Target);
        Load(target, old.AsSpan(0, cut).ToArray(), old.AsSpan(cut).ToArray());
        Assert.That(Differences(old, Save(target)), Is.EquivalentTo(changed.Concat(corrected)));
    }

    /// <summary>
    /// MIG-STOP-15: a start rings the submission doorbell of each queue of a function that loaded a stream; one that loaded none goes on without:
    /// docs/findings/hisi_acc.md.
    /// </summary>
    [Test]
    public void A_stop_pauses_the_function_and_only_one_that_loaded_a_stream_has_its_queues_rung_at_a_start([Values(Oldest, Middle, Newest)] string kernel)
    {
        const string from = "19e5:00:02.1",
            to = "19e5:00:02.2";
        var machine = Of(kernel).Machine;
        using var fresh = new LinuxVfioTarget("fresh", from, machine, new LinuxVfioOptions());
        using var other = new LinuxVfioTarget("other", to, machine, new LinuxVfioOptions());
        using var source = Opened(fresh);
        using var target = Opened(other);
        SetUp(source);
        var (bells, others) = (HisiLab.Number(machine, from, "doorbells"), HisiLab.Number(machine, to, "doorbells"));
        Assert.That(HisiLab.Number(machine, from, "paused"), Is.Zero);
        var image = Save(source);
        Assert.That(HisiLab.Number(machine, from, "paused"), Is.EqualTo(1));
        // Those of the two event queues, by saving.
        Assert.That(HisiLab.Number(machine, from, "doorbells") - bells, Is.EqualTo(2));
        Load(target, image);
        Assert.That(Set(target, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
        Assert.That(HisiLab.Number(machine, to, "doorbells") - others, Is.EqualTo(64));
    }

    // Loads, and leaves RESUMING for STOP.
    private static void Load(IMigrationDevice device, params IReadOnlyList<byte[]> pieces)
    {
        Assert.That(Set(device, DeviceState.Resuming, out var handle), Is.EqualTo(CallResult.Success));
        foreach (var piece in pieces)
            Assert.That(device.Write(handle, new UserBuffer(piece)), Is.EqualTo(CallResult.Of(piece.Length)));
        Assert.That(Set(device, DeviceState.Stop, out _), Is.EqualTo(CallResult.Success));
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
    }

    private static IEnumerable<string> Differences(byte[] one, byte[] other) =>
        AccVfData
            .V2.Fields.Where(field => field.End <= one.Length)
            .Where(field => !one.AsSpan(field.Offset, field.Size).SequenceEqual(other.AsSpan(field.Offset, field.Size)))
            .Select(field => field.Name);

    // The same function in memory: what labs/hisi/fakeqm/qm.c has after a reset, and what SetUp writes.
    private static byte[] ByReference(HisiAccVersion version, bool ready, bool preCopy)
    {
        var (device, driver) = HisiAccImages.Open(HisiAccHabits.None, version, HisiAccIdentity.Zip with { QueueIsolation = Isolated });
        using (device)
        {
            if (ready)
            {
                var function = driver.Function;
                for (uint word = 0; word < AccVfData.ContextWords; word++)
                {
                    function.Write(HisiAccFunction.EventQueue + (4 * (int)word), 0x0e01_0001 | word << 8);
                    function.Write(HisiAccFunction.AsyncEventQueue + (4 * (int)word), 0x0a01_0002 | word << 8);
                }

                function.SubmissionContexts = 0x5100_0001_0000;
                function.CompletionContexts = 0xc100_0001_0000;
                foreach (var (register, value) in written)
                {
                    if (register == HisiAccFunction.IfcIntSource)
                        function.Interrupt(value);
                    else
                        function.Write(register, value);
                }
            }

            return HisiAccImages.Save(device, preCopy);
        }
    }

    private static void SetUp(IMigrationDevice device)
    {
        foreach (var (register, value) in written)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            Assert.That(device.Port!.Write(Bar, (ulong)register, bytes), Is.Zero, register.ToString("x", CultureInfo.InvariantCulture));
        }
    }

    private static byte[] SaveByPreCopy(IMigrationDevice device)
    {
        Assert.That(Set(device, DeviceState.PreCopy, out var handle), Is.EqualTo(CallResult.Success));
        var image = ReadToEnd(device, handle);
        Assert.That(image, Has.Count.EqualTo(AccVfData.MatchSize));
        Assert.That(Set(device, DeviceState.StopCopy, out _), Is.EqualTo(CallResult.Success));
        image.AddRange(ReadToEnd(device, handle));
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
        return [.. image];
    }

    private static byte[] Save(IMigrationDevice device)
    {
        Assert.That(Set(device, DeviceState.StopCopy, out var handle), Is.EqualTo(CallResult.Success));
        var image = ReadToEnd(device, handle);
        Assert.That(device.CloseData(handle), Is.EqualTo(CallResult.Success));
        Assert.That(Set(device, DeviceState.Running, out _), Is.EqualTo(CallResult.Success));
        return [.. image];
    }

    // A whole stream fits into one read: 6.1 gives its beginning again with each.
    private static List<byte> ReadToEnd(IMigrationDevice device, int handle)
    {
        var image = new List<byte>();
        var buffer = new byte[256];
        for (long got; (got = device.Read(handle, new UserBuffer(buffer)).Value) > 0; )
            image.AddRange(buffer.AsSpan(0, (int)got));
        return image;
    }

    private Generation Of(string kernel)
    {
        if (generations.TryGetValue(kernel, out var known))
            return known;
        var machine = LinuxMachine.Guest(KernelLab.BootCommand("hisi", kernel), LinuxVfioTarget.DefaultDeadline(guest: true));
        return generations[kernel] = new(
            machine,
            new LinuxVfioTarget("source", HisiLab.FirstDevice, machine, new LinuxVfioOptions()),
            new LinuxVfioTarget("target", HisiLab.SecondDevice, machine, new LinuxVfioOptions())
        );
    }

    // A guest, and two functions of it.
    private sealed record Generation(LinuxMachine Machine, LinuxVfioTarget Source, LinuxVfioTarget Target) : IDisposable
    {
        public void Dispose()
        {
            Source.Dispose();
            Target.Dispose();
            Machine.Dispose();
        }
    }
}
