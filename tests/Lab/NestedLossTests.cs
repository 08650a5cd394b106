using System.Diagnostics;
using System.Globalization;
using Conformance.Drivers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>A guest with nested stages that ends while hosts of it are there: that is told once, and another one is booted.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NestedLossTests
{
    [Test]
    public void A_guest_that_ends_at_a_close_is_told_by_the_next_open_and_its_other_hosts_touch_no_memory_of_it()
    {
        var folder = Directory.CreateTempSubdirectory("conformance-nested-").FullName;
        try
        {
            var facts = Path.Combine(folder, "facts");
            var boot = ScriptFile.Write(Path.Combine(folder, "boot"), $"'{NestedLab.Boot()}' | tee '{facts}'");
            using var target = DriverSchemes.Parse($"iommufd:/dev/iommu?guest={boot}").Open<INestedTarget>();
            var first = target.OpenHost();
            using var second = target.OpenHost();
            second.WriteRam(0, [1]);
            End(facts);
            Assert.DoesNotThrow(first.Dispose);

            var lost = Assert.Throws<DeviceLostException>(() => target.OpenHost())!;
            Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
            Assert.That(lost.Message, Does.StartWith("when the host before this one was closed, "));
            Assert.That(lost.LastWords, Is.Not.Empty);

            using (var third = target.OpenHost())
            {
                third.WriteRam(0, [2]);
                var device = second.Facts.Devices[0].Id;
                var bytes = new byte[1];
                Assert.Throws<DeviceLostException>(() => second.ReadRam(0, bytes));
                Assert.Throws<DeviceLostException>(() => second.WriteRam(0, bytes));
                Assert.Throws<DeviceLostException>(() => second.Dma(device, new(0, IsWrite: true, 1)));
                Assert.Throws<DeviceLostException>(() => second.Dma(device, new(0, IsWrite: false, 0)));
                Assert.Throws<DeviceLostException>(() => second.Evidence!.EntryOf(device));
                second.Dispose();
                third.ReadRam(0, bytes);
                Assert.That(bytes, Is.EqualTo(new byte[] { 2 }));
            }

            // The host of the lost guest was closed when everybody knew.
            using var last = target.OpenHost();

            // A monitor that is not there any more is the end of the guest as well: of the plan that meets it, and of no other.
            End(facts);
            Assert.Throws<DeviceLostException>(() => last.Evidence!.TakeIssued([]));
            last.Dispose();
            target.OpenHost().Dispose();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void End(string facts)
    {
        var id = File.ReadLines(facts).First(line => line.StartsWith("pid=", StringComparison.Ordinal))["pid=".Length..];
        using var emulator = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
        emulator.Kill();
        emulator.WaitForExit();
    }
}
