using System.Diagnostics;
using System.Globalization;
using Conformance.Reports;
using Conformance.Tests.Plugin;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>
/// A hang is the driver's: the verdict does not depend on what else the machine does, and neither does it here, whatever that is. Some of these
/// tests load the machine, so that they run beside no others of this project.
/// </summary>
[Category("long")]
public sealed class HangTests : FolderFixture
{
    private const int Loops = 8;

    [Test]
    public void A_driver_that_hangs_always_hangs([Values(0, Loops)] int loops)
    {
        using var busy = new BusyLoops(loops);
        var (code, output, errors) = Check("HangsAlways", "500ms");
        Assert.That(code, Is.EqualTo(1), output + errors);
        Assert.That(Result().Findings.Select(finding => finding.Verdict), Is.Not.Empty.And.All.EqualTo(RequirementVerdict.Hang));
        Assert.That(Result().Findings[0].Seen, Is.EqualTo("no answer within 0.5 s"));
        Assert.That(Result().HarnessErrors, Is.Empty);
    }

    [Test]
    public void A_hang_that_does_not_come_again_is_flaky([Values(0, Loops)] int loops)
    {
        using var busy = new BusyLoops(loops);
        var (code, output, errors) = Check("HangsOnce", "500ms");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var once = Result().Findings.Where(finding => finding.Seen.Contains("no answer", StringComparison.Ordinal)).ToList();
        Assert.That(once.Select(finding => finding.Verdict), Is.EqualTo([RequirementVerdict.Flaky]), output);
        Assert.That(Result().Findings.Select(finding => finding.Verdict), Has.None.EqualTo(RequirementVerdict.Hang));
        Assert.That(Result().HarnessErrors, Is.Empty);
    }

    /// <summary>The driver computes for less than it may, but on a machine that gives it a fifth of its time that takes longer.</summary>
    [Test]
    public void A_driver_that_is_slow_because_the_machine_is_busy_does_not_hang()
    {
        const int Computes = 400;
        const int Deadline = 1000;
        File.WriteAllText(Path.Combine(Folder, "computes"), Computes.ToString(CultureInfo.InvariantCulture));
        using var busy = new BusyLoops(Loops);
        var watch = Stopwatch.StartNew();
        var (_, output, _) = Check("Computes", $"{Deadline}ms");
        Assert.That(Result().Findings.Where(finding => finding.Seen.Contains("no answer", StringComparison.Ordinal)), Is.Empty, output);
        Assert.That(Result().HarnessErrors, Is.Empty);
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Whoever stops a worker stops its driver, and when it goes on nothing has happened.</summary>
    [Test]
    public void A_worker_that_is_stopped_is_no_hang()
    {
        using var process = CommandRun.Start(
            Folder,
            "check",
            "fault:every-third-save-fails?deadline=300ms",
            "--campaign",
            "random-walks",
            "--plans",
            "100000000",
            "--report",
            "out"
        );
        var worker = -1;
        Assert.That(() => (worker = WorkerProcesses.Of(process.Id)) > 0 && At(worker) >= 20, Is.True.After(600_000, 10));
        Signal("STOP", worker);
        // Ten deadlines.
        Thread.Sleep(3000);
        var before = At(worker);
        Signal("CONT", worker);
        Assert.That(() => At(worker), Is.GreaterThan(before).After(600_000, 10));
        Signal("INT", process.Id);
        Assert.That(process.WaitForExit(TimeSpan.FromMinutes(5)), Is.True);
        Assert.That(Result().Findings.Where(finding => finding.Seen.Contains("no answer", StringComparison.Ordinal)), Is.Empty);
        Assert.That((Result().HarnessErrors.Count, Result().Environment!.Restarts), Is.EqualTo((0, 0)));
    }

    private static int At(int worker) => WorkerProcesses.Position(worker)?.Number ?? -1;

    private static void Signal(string name, int process) =>
        Process.Start("/bin/kill", [$"-{name}", process.ToString(CultureInfo.InvariantCulture)]).WaitForExit();

    private CommandRun Check(string type, string deadline)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(PluginFiles.Broken)!))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        return CommandRun.Of(
            Folder,
            ["check", $"plugin:Broken.dll?type={type}&deadline={deadline}", "--campaign", "request-pairs", "--shrink-budget", "0s", "--report", "out"]
        );
    }

    private ResultDocument Result() => ResultJson.Read(File.ReadAllText(Path.Combine(Folder, "out", "result.json")), "out");
}
