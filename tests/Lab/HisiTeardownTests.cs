using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;
using static Conformance.Tests.Lab.DeviceCalls;

namespace Conformance.Tests.Lab;

/// <summary>
/// The driver of HiSilicon's accelerators while its functions are taken away, its commands slowed so that calls meet in the middle of arcs,
/// on a kernel that checks its memory: it waits for the last close of a device, and for nothing else.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class HisiTeardownTests
{
    private const string PhysicalFunction = "19e5:00:00.0",
        Devices = "/sys/bus/pci/devices/",
        Functions = Devices + PhysicalFunction + "/sriov_numvfs",
        More = " --model ready=1 --model slow=5";

    private string boot = null!;

    [OneTimeSetUp]
    public void Find() => boot = KernelLab.BootCommand("hisi", "7.2");

    /// <summary>The functions are taken back while one of them is open, in a state and with a data fd that outlives it; then they are made again.</summary>
    [Test]
    public void Functions_are_taken_back_when_the_last_one_is_closed([Values(1, 2)] int processors)
    {
        using var machine = LinuxMachine.Guest($"{boot} --smp {processors}{More}", LinuxVfioTarget.DefaultDeadline(guest: true));
        using var target = new LinuxVfioTarget("taken back", HisiLab.FirstDevice, machine, new LinuxVfioOptions());
        foreach (var state in new[] { DeviceState.Running, DeviceState.Stop, DeviceState.PreCopy, DeviceState.StopCopy, DeviceState.Resuming })
        {
            var calls = machine.Connect();
            using (var device = Opened(target))
            {
                Assert.That(Set(device, state, out _), Is.EqualTo(CallResult.Success));
                Assert.That(calls.BeginWriteText(Functions, "0"), Is.EqualTo(CallResult.Success));
                // It waits, and whoever has the function open goes on with it.
                Assert.That(State(device), Is.EqualTo(state));
                Assert.That(calls.Exists(Devices + HisiLab.FirstDevice), Is.True);
                device.CloseDevice();
                Assert.That(calls.EndWriteText(), Is.EqualTo(CallResult.Of(1)), $"closed in {state}");
                Assert.That(calls.Exists(Devices + HisiLab.FirstDevice), Is.False);
            }

            Assert.That(calls.WriteText(Functions, "2"), Is.EqualTo(CallResult.Of(1)));
            foreach (var function in new[] { HisiLab.FirstDevice, HisiLab.SecondDevice })
            {
                Assert.That(calls.WriteText($"{Devices}{function}/driver_override", "hisi_acc_vfio_pci").Ok);
                Assert.That(calls.WriteText("/sys/bus/pci/drivers_probe", function).Ok);
            }
        }

        using var again = Opened(target);
        Assert.That(State(again), Is.EqualTo(DeviceState.Running));
    }

    /// <summary>The suite's own calls that overlap, on arcs that take long.</summary>
    [Test]
    public void Calls_that_meet_in_long_arcs_show_nothing_new()
    {
        var check = LabCheck.Run([
            $"vfio:{HisiLab.FirstDevice}?guest=labs/hisi/boot --kernel 7.2 --smp 2{More}&traits={HisiLab.Traits}",
            "--strict",
            "--campaign",
            "overlapping-walks",
            "--plans",
            "16",
            "--expect",
            HisiLab.Expectations("7.2"),
        ]);
        Assert.That(
            check.Code,
            Is.Zero,
            string.Join('\n', check.Document.Findings.Select(finding => $"{finding.Verdict} {string.Join(' ', finding.Requirements)}"))
        );
        var rows = check.Document.Requirements.ToDictionary(row => row.Id);
        Assert.That(rows["MIG-FSM-17"].Exercised, Is.Positive, "calls met");
        Assert.That(check.Document.Campaigns.Select(campaign => campaign.Abandoned), Has.All.Null);
        Assert.That(rows.Values.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation), Is.Empty);
    }
}
