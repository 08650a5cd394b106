using System.Diagnostics;
using System.Text;
using Conformance.Reports;
using Conformance.Suites.Serialization;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>
/// What <c>check --snapshots</c> is for: a user's driver whose stream changed is found by the byte, one that did not change is left in peace.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class StateSnapshotTests
{
    private const string Cautious = "cautious.json";

    private string folder = "";

    [SetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("conformance-states-").FullName;
        File.WriteAllText(Path.Combine(folder, Cautious), "{}");
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    /// <summary>A first run approves nothing; what was accepted holds; one byte that differs is named with its row.</summary>
    [Test]
    public void A_plugin_is_frozen_accepted_and_found_when_it_changes()
    {
        var (code, document) = Check($"plugin:{PluginFiles.Counter}");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(document.Findings.Select(finding => finding.Seen), Has.All.StartWith("nobody approved this state yet"));
        Assert.That(Names(), Is.EqualTo(["SerializedState.filled.received.txt", "SerializedState.power-on.received.txt"]));

        Accept();
        (code, document) = Check($"plugin:{PluginFiles.Counter}");
        Assert.That((code, document.Findings.Count, document.Run.Snapshots), Is.EqualTo((0, 0, "states")));
        Assert.That(Names(), Is.EqualTo(["SerializedState.filled.verified.txt", "SerializedState.power-on.verified.txt"]));

        var file = Path.Combine(folder, "states", "SerializedState.filled.verified.txt");
        File.WriteAllText(file, File.ReadAllText(file).Replace("0x000010  ", "0x000010  ff", StringComparison.Ordinal), new UTF8Encoding(true));
        (code, document) = Check($"plugin:{PluginFiles.Counter}");
        Assert.That(code, Is.EqualTo(1));
        var finding = document.Findings.Single();
        Assert.That(finding.Expected, Does.StartWith("SerializedState.filled.verified.txt, line 3: 0x000010  ff"));
        Assert.That(finding.Seen, Does.StartWith("SerializedState.filled.received.txt, line 3: 0x000010  "));
        Assert.That(ConsoleSummary.Render(document), Does.Contain("--snapshots states"));
    }

    [Test]
    public void A_reference_driver_is_frozen_field_by_field()
    {
        Assert.That(Check("reference:pre_copy").Code, Is.EqualTo(1));
        Assert.That(
            Names(),
            Is.EqualTo(["SerializedState.filled-by-pre-copy.received.txt", "SerializedState.filled.received.txt", "SerializedState.power-on.received.txt"])
        );
        Assert.That(File.ReadAllText(Path.Combine(folder, "states", "SerializedState.filled.received.txt")), Does.Contain("FNV-1a-64 of all bytes before it"));
        Accept();
        Assert.That(Check("reference:pre_copy").Code, Is.EqualTo(0));
    }

    [Test]
    public void A_driver_that_declares_nothing_is_told_so()
    {
        var (code, document) = Check($"reference:stop_copy?traits={Cautious}");
        Assert.That(code, Is.EqualTo(3));
        Assert.That(
            document.HarnessErrors,
            Is.EqualTo([
                "--snapshots: the driver does not declare a deterministic stream (trait deterministicStream), so there is nothing that its states "
                    + "could be compared with",
            ])
        );
        Assert.That(Directory.Exists(Path.Combine(folder, "states")), Is.False);
    }

    [Test]
    public void An_approved_state_that_the_driver_no_longer_has_is_told()
    {
        Check($"plugin:{PluginFiles.Counter}");
        Accept();
        File.Copy(Path.Combine(folder, "states", "SerializedState.filled.verified.txt"), Path.Combine(folder, "states", "SerializedState.gone.verified.txt"));
        var (code, document) = Check($"plugin:{PluginFiles.Counter}");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(document.Findings.Single().Expected, Is.EqualTo("SerializedState.gone.verified.txt"));
    }

    /// <summary>An SMMU as well, in every state in which it is migrated: what is sent too much is a line too much.</summary>
    [Test]
    public void An_SMMU_is_frozen_field_by_field()
    {
        Assert.That(Check("reference:smmuv3?stage=1", "failed-migration").Code, Is.EqualTo(1));
        Assert.That(Names(), Has.Length.GreaterThan(20).And.Contains("SerializedState.running.received.txt"));
        Assert.That(File.ReadAllText(Path.Combine(folder, "states", "SerializedState.running.received.txt")), Does.Contain("  cmdq.cons").IgnoreCase);
        Accept();
        Assert.That(Check("reference:smmuv3?stage=1", "failed-migration").Code, Is.Zero);

        var (code, document) = Check("fault:gbpa-always-sent", "failed-migration");
        Assert.That(code, Is.EqualTo(1));
        var sent = document.Findings.Where(finding => finding.Kind == Finding.Snapshot).ToList();
        Assert.That(sent, Is.Not.Empty.And.Count.EqualTo(Names().Count(name => name.EndsWith(".received.txt", StringComparison.Ordinal))));
        Assert.That(sent.Select(finding => finding.Seen), Has.All.Contains("gbpa"));

        var torn = Check("fault:state-without-sid-split", "failed-migration").Document.Findings.Where(finding => finding.Kind == Finding.Snapshot).ToList();
        Assert.That(torn.Select(finding => finding.Seen), Is.Not.Empty.And.All.Contains(".received.txt, line "), "what stands behind it has moved");
    }

    [Test]
    public void An_SMMU_whose_state_cannot_be_saved_is_told_so()
    {
        var (code, document) = Check($"plugin:{PluginFiles.Tiny}?type=TinySmmu", "failed-migration");
        Assert.That(code, Is.EqualTo(3));
        Assert.That(document.HarnessErrors, Has.One.StartsWith("--snapshots: the state of this SMMU cannot be saved"));
    }

    [Test]
    public void Every_byte_has_its_place_in_a_row()
    {
        var bytes = Enumerable.Range(0, 300).Select(number => (byte)(number * 7)).ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            var rows = StateText.Render(bytes[..length]).Split('\n')[1..^2];
            Assert.That(rows.SelectMany(row => Convert.FromHexString(row[10..58].Replace(" ", "", StringComparison.Ordinal))), Is.EqualTo(bytes[..length]));
            Assert.That(rows.Select(row => Convert.ToInt32(row[..8], 16)), Is.EqualTo(Enumerable.Range(0, rows.Length).Select(row => row * 16)));
        }
    }

    private string[] Names() => [.. Directory.GetFiles(Path.Combine(folder, "states")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private void Accept() => Assert.That(Run("accept", "states"), Is.Zero);

    // One short campaign: what it finds is not what these tests are about.
    private (int Code, ResultDocument Document) Check(string address, string campaign = "request-pairs")
    {
        var code = Run("check", address, "--campaign", campaign, "--snapshots", "states", "--report", "out");
        return (code, ResultJson.Read(File.ReadAllText(Path.Combine(folder, "out", "result.json")), "result.json"));
    }

    private int Run(params string[] words)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), words)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in new[] { "CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION" })
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        TestContext.Out.Write(process.StandardOutput.ReadToEnd());
        TestContext.Out.Write(errors.Result);
        process.WaitForExit();
        return process.ExitCode;
    }
}
