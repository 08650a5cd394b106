using System.Buffers.Binary;
using Conformance.Model.Migration.Device;
using Conformance.Suites.Lint;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// Debian's QEMU as the user of the uAPI: in the guest of labs/hisi one is migrated to another, each with a function of the real driver, and what both asked is
/// judged. A function that a guest's driver runs has a longer image.
/// </summary>
[TestFixture("trixie", "ready=0", 40)]
[TestFixture("trixie", "ready=1", 176)]
[TestFixture("7.2", "ready=1", 176)]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class VmmTests(string kernel, string model, int image)
{
    private readonly Dictionary<string, List<TraceCall>> calls = [];

    [OneTimeSetUp]
    public void Migrate()
    {
        KernelLab.BootCommand("hisi", kernel);
        var script = Clone.File("labs", "hisi", "vmm");
        if (Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") != "1" && ScriptRun.Of(script, "--kernel", kernel, "--find").Code != 0)
            Assert.Ignore("QEMU for the guest is not there: run labs/hisi/vmm FOLDER, or set CONFORMANCE_REQUIRE_LAB=1");
        var folder = Directory.CreateTempSubdirectory("conformance-vmm-").FullName;
        try
        {
            var run = ScriptRun.Of(script, "--kernel", kernel, "--model", model, folder);
            Assert.That(run.Code, Is.Zero, run.Output + run.Errors);
            foreach (var end in new[] { "source", "destination" })
                calls[end] = [.. TraceReader.Read(File.ReadAllText(Path.Combine(folder, $"{end}.trace")), end)];
        }
        finally
        {
            // The logs in it too: of a run that failed, the script prints their last lines.
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void What_was_read_is_written_on_the_way_of_a_migration()
    {
        Assert.That(States("source").Take(3), Is.EqualTo([DeviceState.PreCopy, DeviceState.StopCopy, DeviceState.Stop]));
        Assert.That(States("destination").Take(2), Is.EqualTo([DeviceState.Resuming, DeviceState.Running]));
        Assert.That(Bytes("source", TraceCallKind.Read), Is.EqualTo(image));
        Assert.That(Bytes("destination", TraceCallKind.Write), Is.EqualTo(image));
        Assert.That(
            calls["destination"].Last(call => call.Kind == TraceCallKind.Write).Sum,
            Is.EqualTo(calls["source"].Last(call => call.Kind == TraceCallKind.Read).Sum)
        );
    }

    [Test]
    public void Nothing_is_held_against_qemu()
    {
        var judge = new TraceJudge();
        foreach (var call in calls["source"].Concat(calls["destination"]))
            judge.Judge(call);
        judge.Finish();
        Assert.That(judge.Findings.Select(finding => finding.Seen), Is.Empty);
        Assert.That((judge.Devices, judge.Sessions, judge.Processes), Is.EqualTo((2, 2, 2)));
        Assert.That(judge.Exercised(LintRule.LeavesResumingEarly.Requirements[0]), Is.Positive);
    }

    // The states that were asked for.
    private IEnumerable<DeviceState> States(string end) =>
        calls[end]
            .Where(call => call.Kind == TraceCallKind.Feature && call.Flags == (Uapi.MigDeviceState | Uapi.Set))
            .Select(call => (DeviceState)BinaryPrimitives.ReadUInt32LittleEndian(call.Before));

    private long Bytes(string end, TraceCallKind kind) => calls[end].Where(call => call.Kind == kind).Sum(call => Math.Max(0, call.Result));
}
