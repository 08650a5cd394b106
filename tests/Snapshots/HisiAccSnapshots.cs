using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;
using Conformance.Suites.Serialization;
using Conformance.Tests.Drivers;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>
/// acc_vf_data, field by field: each field of each image, in both versions and each state of readiness; what becomes of every stream that a destination must
/// look at twice; and what is said of bytes that are no such stream.
/// </summary>
public sealed class HisiAccSnapshots : SnapshotFixture
{
    [Test]
    public Task Image([Values] HisiAccVersion version, [Values("ready", "not-ready")] string driver, [Values("stop-copy", "pre-copy")] string by) =>
        Match(Text(HisiAccImages.Save(version, driver == "ready", by == "pre-copy")));

    [Test]
    [DependsOnTest(nameof(Image), AllowFailure = true)]
    public Task Rejections([Values("strict", "7.2")] string profile)
    {
        var habits = profile == "strict" ? HisiAccHabits.None : HisiAccHabits.Linux72;
        var text = new StringBuilder("stream                                    last write        leaving RESUMING  the device then holds  said\n");
        foreach (var (name, pieces) in Streams())
        {
            var (device, driver) = HisiAccImages.Open(habits);
            using (device)
            {
                device.Workload!.Apply(5);
                var before = driver.Function.Digest();
                Assert.That(device.Set(DeviceState.Resuming, out var fd).Ok);
                CallResult write = default;
                foreach (var piece in pieces)
                    write = device.Write(fd, piece);
                var said = driver.Rejection;
                var leave = device.Set(DeviceState.Stop);
                var also = driver.Rejection == said ? default : driver.Rejection;
                var digest = driver.Function.Digest();
                var holds =
                    digest == Wanted ? "what was saved"
                    : digest == before ? "what it held before"
                    : digest == new HisiAccFunction().Digest() ? "nothing"
                    : "something else";
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name, -40}  {(write.Ok ? $"{write.Value} bytes" : Errno.Name(write.Errno)), -16}  {Errno.Name(leave.Errno), -16}  {holds, -21}  "
                );
                text.Append($"{line}{string.Join("; ", new[] { said, also }.Select(one => one.ToString()).Where(one => one.Length > 0))}".TrimEnd())
                    .Append('\n');
            }
        }

        return Match(text.ToString());
    }

    [TestCase("empty", 0)]
    [TestCase("one-byte", 1)]
    [TestCase("match-data-cut", 39)]
    [TestCase("within-a-field", 149)]
    [TestCase("a-byte-missing", 175)]
    [TestCase("too-long", 200)]
    [DependsOnTest(nameof(Rejections), AllowFailure = true)]
    public Task Cut(string what, int length)
    {
        Assert.That(what, Is.Not.Empty);
        var image = HisiAccImages.Save(HisiAccVersion.V2, ready: true);
        Array.Resize(ref image, length);
        return Match(Text(image));
    }

    [Test]
    [DependsOnTest(nameof(Cut), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    /// <summary>Without gaps and overlaps, whatever the bytes are: short, long, and with every field spoilt.</summary>
    [Test]
    public void Every_byte_of_any_bytes_is_accounted_for([Values] HisiAccVersion version)
    {
        var image = HisiAccImages.Save(version, ready: true);
        var random = new Random(1);
        for (var turn = 0; turn < 2000; turn++)
        {
            var bytes = new byte[random.Next(8, 300)];
            random.NextBytes(bytes);
            image.AsSpan(0, Math.Min(bytes.Length, random.Next(8, 177))).CopyTo(bytes);
            var next = 0;
            foreach (var line in StateText.Render(bytes, out var problem).Split('\n').Where(line => line.StartsWith("0x", StringComparison.Ordinal)))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                Assert.That(Convert.ToInt32(words[0], 16), Is.EqualTo(next));
                next += int.Parse(words[1], CultureInfo.InvariantCulture);
                Assert.That(problem is null, Is.EqualTo(bytes.Length is 40 or 176));
            }

            Assert.That(next, Is.EqualTo(bytes.Length));
        }
    }

    private static ulong Wanted
    {
        get
        {
            var function = new HisiAccFunction();
            function.SetUp(HisiAccImages.Pattern);
            function.Interrupt(4);
            return function.Digest();
        }
    }

    private static string Text(byte[] image) => StateText.Render(image, out var problem) + (problem is null ? "" : $"NOT A COMPLETE STATE: {problem}\n");

    // Every check of the match data and of what follows them, one thing wrong at a time; and what looks wrong and must be taken.
    private static IEnumerable<(string Name, byte[][] Pieces)> Streams()
    {
        var v2 = HisiAccImages.Save(HisiAccVersion.V2, ready: true);
        var v1 = HisiAccImages.Save(HisiAccVersion.V1, ready: true);
        var ready = HisiAccImages.Save(HisiAccVersion.V2, ready: false);
        yield return ("as saved, version 2", [v2]);
        yield return ("as saved, version 1", [v1]);
        yield return ("as saved, the match data alone", [ready]);
        yield return ("another magic", [With(v2, AccVfData.AccMagic, 8, AccVfData.MagicV2 + 1)]);
        yield return ("another magic, the match data alone", [With(ready, AccVfData.AccMagic, 8, 0)]);
        yield return ("major version 0", [With(v2, AccVfData.MajorVer, 2, 0)]);
        yield return ("major version 2", [With(v2, AccVfData.MajorVer, 2, 2)]);
        yield return ("major version 2, the match data alone", [With(ready, AccVfData.MajorVer, 2, 2)]);
        yield return ("minor version 9", [With(v2, AccVfData.MinorVer, 2, 9)]);
        yield return ("version 1, where version 2 has major 2", [With(v1, AccVfData.MajorVer, 2, 2)]);
        yield return ("of a SEC", [With(v2, AccVfData.DevId, 4, AccVfData.Sec)]);
        yield return ("of an HPRE, the match data alone", [With(ready, AccVfData.DevId, 4, AccVfData.Hpre)]);
        yield return ("of a SEC with other queues, isolated", [With(With(With(v2, AccVfData.DevId, 4, AccVfData.Sec), AccVfData.QpNum, 4, 32), 16, 4, 1)]);
        yield return ("32 queue pairs", [With(v2, AccVfData.QpNum, 4, 32)]);
        yield return ("0 queue pairs", [With(v2, AccVfData.QpNum, 4, 0)]);
        yield return ("another queue isolation", [With(v2, AccVfData.QueIsoCfg, 4, 1)]);
        yield return ("another first queue pair", [With(v2, AccVfData.QpBase, 4, 128)]);
        yield return ("reserved words not 0", [With(With(v2, 32, 8, ulong.MaxValue), 120, 8, ulong.MaxValue)]);
        yield return (
            "0 bytes",
            [
                [],
            ]
        );
        yield return ("1 byte", [v2[..1]]);
        yield return ("39 bytes", [v2[..39]]);
        yield return ("40 bytes of 176", [v2[..40]]);
        yield return ("41 bytes", [v2[..41]]);
        yield return ("175 bytes", [v2[..175]]);
        yield return (
            "177 bytes",
            [
                [.. v2, 0],
            ]
        );
        yield return ("176 bytes, and 1", [v2, [0]]);
        yield return ("of a SEC, in two pieces", [With(v2, AccVfData.DevId, 4, AccVfData.Sec)[..60], v2[60..]]);
        yield return ("whole, with vf_qm_state 1", [With(v2, AccVfData.VfQmState, 4, AccVfData.NotReady)]);
        yield return ("whole, with vf_qm_state 7", [With(v2, AccVfData.VfQmState, 4, 7)]);
        yield return ("no event queue", [With(v2, AccVfData.EqeDma, 8, 0)]);
        yield return ("no asynchronous event queue", [With(v2, AccVfData.AeqeDma, 8, 0)]);
        yield return ("no submission contexts", [With(v2, AccVfData.SqcDma, 8, 0)]);
        yield return ("no completion contexts", [With(v2, AccVfData.CqcDma, 8, 0)]);
        yield return ("version 1 without its wrong addresses", [With(With(v1, AccVfData.EqeDma, 8, 0), AccVfData.AeqeDma, 8, 0)]);
        yield return ("version 1, contexts of zeros", [Zeros(v1, AccVfData.QmEqcDw, 28)]);
    }

    private static byte[] With(byte[] image, int offset, int size, ulong value)
    {
        var changed = (byte[])image.Clone();
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(changed.AsSpan(offset));
        return changed;
    }

    private static byte[] Zeros(byte[] image, int offset, int count)
    {
        var changed = (byte[])image.Clone();
        changed.AsSpan(offset, count).Clear();
        return changed;
    }
}
