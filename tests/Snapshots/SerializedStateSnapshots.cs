using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Serialization;
using Conformance.Tests.Drivers;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>
/// The streams of the reference drivers, field by field: a stream that was saved once must load for ever, so nothing in it changes unseen.
/// Sets with PRE_COPY are saved through it; there a content can change between the passes.
/// </summary>
public sealed class SerializedStateSnapshots : SnapshotFixture
{
    [TestCase(1, "power-on")]
    [TestCase(1, "filled")]
    [TestCase(3, "power-on")]
    [TestCase(3, "filled")]
    [TestCase(5, "power-on")]
    [TestCase(5, "filled")]
    [TestCase(5, "changing")]
    [TestCase(7, "power-on")]
    [TestCase(7, "filled")]
    [TestCase(7, "changing")]
    public Task Stream(int features, string content) => Match(ReferenceStateText.Render(Save((MigrationFeatures)features, content)));

    [Test]
    [DependsOnTest(nameof(Stream), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    /// <summary>Without gaps and overlaps, whatever the bytes are: a text with a hole would hide a change.</summary>
    [Test]
    public void Every_byte_of_any_bytes_is_accounted_for()
    {
        var image = Save((MigrationFeatures)7, "changing");
        var random = new Random(1);
        for (var turn = 0; turn < 2000; turn++)
        {
            var bytes = image[..random.Next(image.Length + 1)];
            for (var flips = turn == 0 ? 0 : random.Next(4); flips > 0 && bytes.Length > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var next = 0;
            foreach (var line in ReferenceStateText.Render(bytes).Split('\n').Skip(1).Where(line => line.StartsWith("0x", StringComparison.Ordinal)))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                Assert.That(Convert.ToInt32(words[0], 16), Is.EqualTo(next));
                next += int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            }

            Assert.That(next, Is.EqualTo(bytes.Length));
        }
    }

    private static byte[] Save(MigrationFeatures features, string content)
    {
        using var driver = new ReferenceDriver(features);
        using var device = new VfioCoreDevice(driver);
        if (content != "power-on")
            device.Workload!.Apply(1);
        var image = new List<byte>();
        int fd;
        if (features.HasFlag(MigrationFeatures.PreCopy))
        {
            Assert.That(device.Set(DeviceState.PreCopy, out fd).Ok);
            image.AddRange(device.Drain(fd, () => 4096, out _));
            if (content == "changing")
            {
                driver.Content.Registers[5] += 1;
                driver.Content.Registers[7] += 1;
                image.AddRange(device.Drain(fd, () => 4096, out _));
                driver.Content.Registers[15] = 0;
                driver.Content.Counters[0] = 9;
            }

            Assert.That(device.Set(DeviceState.StopCopy).Ok);
        }
        else
            Assert.That(device.Set(DeviceState.StopCopy, out fd).Ok);
        image.AddRange(device.Drain(fd, () => 4096, out var last));
        Assert.That((last.Value, last.Errno), Is.EqualTo((0L, 0)));
        return [.. image];
    }
}
