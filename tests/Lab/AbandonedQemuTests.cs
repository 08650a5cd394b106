using System.Diagnostics;
using Conformance.Drivers.QemuSmmu;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// A QEMU that cannot run is no SMMU that hangs. All that this costs is a minute and a half of waiting: the fixture is the first of its folder by name, and so
/// one of the first to begin, beside others that work.
/// </summary>
[TestFixture("7.2", "1")]
[TestFixture("10.0", "nested")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class AbandonedQemuTests(string version, string stage)
{
    [Test]
    public void A_stopped_process_says_nothing_about_the_device_and_the_next_call_works()
    {
        using var target = new QemuSmmuTarget("test", QemuLab.Executable(version), stage, TimeSpan.FromSeconds(1));
        var batch = new SmmuBatch();
        batch.ReadRegister(SmmuRegister.Idr0);
        target.Run(batch);
        using (var stop = Process.Start("/bin/sh", ["-c", $"kill -STOP {string.Join(' ', QemuLab.Children(target.ProcessId))}"]))
            stop.WaitForExit();
        // It is waited for for a while, and then given up without blame.
        Assert.That(Assert.Throws<DeviceLostException>(() => target.Run(batch))!.Loss, Is.EqualTo(DeviceLoss.Unreachable));
        target.Run(batch);
    }
}
