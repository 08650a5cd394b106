using System.Diagnostics;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Conformance.Drivers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;
using Machine = System.Reflection.PortableExecutable.Machine;

namespace Conformance.Tests.Plugin;

/// <summary>Somebody's driver through the command, as its author meets it: what conforms, what does not, and what cannot be used at all.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class PluginTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder()
    {
        folder = Directory.CreateTempSubdirectory("conformance-plugin-").FullName;
        CopyAll(PluginFiles.Counter, PluginFiles.Forgetful, PluginFiles.Broken);
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void The_driver_that_conforms_conforms()
    {
        var (code, output, errors) = Run("check", "plugin:CounterDriver.dll", "--report", "out");
        Assert.That(code, Is.EqualTo(0), output + errors);
        Assert.That(output, Does.Contain("CONFORMS (exit code 0)"));
        var document = Result("out");
        Assert.That(document.Findings, Is.Empty);
        Assert.That(document.Driver.Channel, Is.EqualTo("in-process"));
        var file = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "CounterDriver.dll"))));
        Assert.That(
            document.Driver.Identity,
            Is.EqualTo(new IdentityFact[] { new("assembly", "CounterDriver 0.1.0.0, type Examples.CounterDriver"), new("sha256", file) })
        );
        Assert.That(string.Join(' ', output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), Does.Contain($"sha256 {file}"));
        // It declares what it promises, so nothing is left open that a promise would close, but for the index: its stream has none.
        Assert.That(
            document
                .Requirements.Where(row => row.Verdict == RequirementVerdict.NotExercised && row.Reason!.Contains("declares no", StringComparison.Ordinal))
                .Select(row => row.Id),
            Is.EqualTo(["MIG-RES-28"])
        );
    }

    [Test]
    public void The_mistake_of_the_other_one_is_named()
    {
        var (code, output, errors) = Run("check", "plugin:ForgetfulDriver.dll", "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        // One mistake, seen on the way to RUNNING and on the way to STOP.
        var finding = Result("out").Findings[0];
        Assert.That(Result("out").Findings.Select(other => other.Name), Is.EqualTo(["MIG-FD-09", "MIG-FD-09"]));
        Assert.That(finding.Steps, Has.Count.EqualTo(5));
        Assert.That(finding.Steps[3], Does.Contain("write").And.Contain("1 bytes at a time"));
        // What the page shows of this run.
        var shown = File.ReadAllLines(Path.Combine(PluginFiles.Root, "docs", "plugins.md"));
        var card = shown.SkipWhile(line => !line.StartsWith("VIOLATION", StringComparison.Ordinal)).TakeWhile(line => line != "```").ToList();
        var plan = card.SkipWhile(line => !line.StartsWith("  plan (", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => line.StartsWith("  source", StringComparison.Ordinal) is false);
        Assert.That(output.Split('\n'), Is.SupersetOf(plan.Prepend(card[0])));
    }

    [TestCase("CounterDriver.dll?type=CounterDriver")]
    [TestCase("CounterDriver.dll?type=Examples.CounterDriver")]
    [TestCase("./sub/../CounterDriver.dll?deadline=5s&level=6.12")]
    [TestCase("Broken.dll?type=UsesLibrary")]
    public void A_driver_that_can_be_used_opens(string name)
    {
        Directory.CreateDirectory(Path.Combine(folder, "sub"));
        using var target = DriverSchemes.Parse($"plugin:{Path.Combine(folder, name)}").Open<IMigrationTarget>();
        using var first = target.Open();
        using var second = target.OpenUnbound();
        Assert.That(first, Is.Not.SameAs(second));
        Assert.That(target.Capabilities.HasFlag(ChannelCapabilities.Workload), Is.EqualTo(name.Contains("Counter", StringComparison.Ordinal)));
        Assert.That(target.Capabilities.HasFlag(ChannelCapabilities.FailingArcs), Is.False);
    }

    [Test]
    public void Traits_come_from_the_driver_or_from_the_file()
    {
        File.WriteAllText(Path.Combine(folder, "traits.json"), """{ "maxImageBytes": 4096 }""");
        using var own = DriverSchemes.Parse($"plugin:{folder}/CounterDriver.dll").Open<IMigrationTarget>();
        using var given = DriverSchemes.Parse($"plugin:{folder}/CounterDriver.dll?traits={folder}/traits.json").Open<IMigrationTarget>();
        Assert.That(
            own.Traits,
            Is.EqualTo(
                    new DeviceTraits
                    {
                        DeterministicStream = true,
                        MaxImageBytes = 48,
                        DataSizeSlack = 0,
                    }
                )
                .Using<DeviceTraits>(
                    (a, b) => a.MaxImageBytes == b.MaxImageBytes && a.DeterministicStream == b.DeterministicStream && a.DataSizeSlack == b.DataSizeSlack
                )
        );
        Assert.That(given.Traits.MaxImageBytes, Is.EqualTo(4096));
        Assert.That(given.Traits.DeterministicStream, Is.False);
    }

    // Address, then words that must be in the answer.
    [TestCase("missing.dll", "there is no file", "missing.dll", "Build the driver")]
    [TestCase("sub", "is a folder", "plugin:path/to/My.dll")]
    [TestCase("text.dll", "text.dll is not a .NET assembly")]
    [TestCase("empty.dll", "empty.dll is not a .NET assembly")]
    [TestCase("cut.dll", "cut.dll is not a .NET assembly")]
    [TestCase("native.dll", "native.dll is a native library")]
    [TestCase("machine.dll", "machine.dll is built for", "this process is", "<PlatformTarget>")]
    [TestCase(
        "System.Runtime.dll",
        "no type in System.Runtime.dll implements IMigrationDriver, ISmmu, INestedStage, INestedMachineFactory or IStreamTableWriter"
    )]
    [TestCase("Broken.dll", "Broken.dll has 31 drivers", "Say which one: ?type=Broken.Computes, ")]
    [TestCase("Broken.dll?type=ThrowsInArk", "Broken.dll has no type 'ThrowsInArk'", "Did you mean ?type=ThrowsInArc")]
    [TestCase("CounterDriver.dll?type=Nonsense", "CounterDriver.dll has no type 'Nonsense'", "There is ?type=Examples.CounterDriver")]
    [TestCase(
        "Broken.dll?type=NoDriver",
        "NoDriver in Broken.dll implements none of IMigrationDriver, ISmmu, INestedStage, INestedMachineFactory and IStreamTableWriter"
    )]
    [TestCase("Broken.dll?type=Bare", "Broken.Bare in Broken.dll is abstract")]
    [TestCase("Broken.dll?type=Hidden", "Broken.Hidden in Broken.dll is not public")]
    [TestCase("Broken.dll?type=Typed`1", "in Broken.dll is generic")]
    [TestCase("Broken.dll?type=WantsArgument", "Broken.WantsArgument in Broken.dll has no public constructor without parameters")]
    [TestCase("Broken.dll?type=ThrowsInConstructor", "the driver threw in the constructor: InvalidOperationException: no [31mfirmware for this device")]
    [TestCase("Broken.dll?type=ThrowsInStaticConstructor", "the driver threw in the constructor: FormatException")]
    [TestCase("Broken.dll?type=EndsProcessInConstructor", "ended by itself")]
    [TestCase("Broken.dll?type=HangsInConstructor&deadline=300ms", "the constructor of Broken.HangsInConstructor did not return within 0.3 s")]
    [TestCase("Broken.dll?type=ThrowsInFeatures", "the driver threw in Features: NotSupportedException: ask the vendor")]
    [TestCase("Broken.dll?type=OddFeatures", "the feature set 0x9", "MIG-FEAT-02")]
    [TestCase("Broken.dll?type=NoTraits", "Traits is null", "DeviceTraits.Cautious")]
    [TestCase("alone/Broken.dll?type=UsesLibrary", "Broken.dll needs DiffPlex 1.4.4, which is not there", "EnableDynamicLoading")]
    [TestCase("newer.dll", "newer.dll needs System.Runtime 99.0.0, which is newer than this .NET", "<TargetFramework>net10.0</TargetFramework>")]
    [TestCase(
        "contract.dll",
        "contract.dll was built against version 9.3.0 of the contract",
        "this kit has 0.1.0",
        "Build the driver against the Conformance.Model of this kit"
    )]
    [TestCase("member.dll", "member.dll was built against another version of the contract", "DataSize")]
    [TestCase("call.dll", "CounterDriver", "was built against another version of the contract", "NewErrno")]
    [TestCase("deps.dll", ".deps.json beside deps.dll cannot be understood")]
    public void What_cannot_be_used_is_said_in_three_lines(string name, params string[] texts)
    {
        Spoil();
        var (code, output, errors) = Run("check", $"plugin:{name}", "--campaign", "request-pairs");
        TestContext.Out.Write(errors);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(3), output + errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith($"conformance: plugin:{name} could not be reached: "));
            foreach (var text in texts)
                Assert.That(errors, Does.Contain(text));
            Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
            Assert.That(errors, Does.Not.Contain("   at ").And.Not.Contain('\u001b').And.Not.Contain('\u202e').And.Not.Contain("Unhandled"));
        });
    }

    [TestCase("plugin:", "names no assembly")]
    [TestCase("plugin:CounterDriver.dll?typ=X", "'typ'")]
    [TestCase("plugin:CounterDriver.dll?guest=boot", "'guest'", "not an option", "deadline, dirty, level, traits, type, workload")]
    [TestCase("plugin:CounterDriver.dll?traits=none.json", "none.json")]
    public void What_the_address_says_wrong_is_a_usage_error(string address, params string[] texts)
    {
        var (code, output, errors) = Run("check", address);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), output + errors);
            foreach (var text in texts)
                Assert.That(errors, Does.Contain(text));
            Assert.That(errors.TrimEnd('\n').Split('\n'), Has.Length.LessThanOrEqualTo(3));
        });
    }

    // Type, campaign, what was seen, last words. The place is in the driver's own code: no frame of the kit's.
    [TestCase(
        "ThrowsInArc",
        "request-pairs",
        "the driver threw in TakeArc(STOP, STOP_COPY): InvalidOperationException: queue 3 is not empty",
        "in Broken.ThrowsInArc.TakeArc, Drivers.cs line ",
        "caused by TimeoutException: no answer of the firmware"
    )]
    [TestCase("ThrowsInRead", "streams", "the driver threw in Read of ", "IndexOutOfRangeException: slot 9 of 8")]
    [TestCase("ThrowsInClose", "request-pairs", "when the device before this one was closed, the driver threw in Close: InvalidOperationException: still busy")]
    [TestCase(
        "ThrowsInDispose",
        "request-pairs",
        "when the device before this one was closed, the driver threw in Dispose: InvalidOperationException: freed twice"
    )]
    [TestCase("ThrowsKitsException", "request-pairs", "the driver threw in TakeArc(RUNNING, STOP): DeviceLostException: blame the harness")]
    [TestCase("ThrowsOnThread", "request-pairs", "the process was ended by SIGABRT", "nobody is watching")]
    public void An_exception_of_the_driver_is_a_crash_of_the_driver(string type, string campaign, params string[] texts)
    {
        var (code, output, errors) = Run("check", $"plugin:Broken.dll?type={type}", "--campaign", campaign, "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var document = Result("out");
        var crash = document.Findings.FirstOrDefault(finding => finding.Verdict == RequirementVerdict.Crash);
        Assert.Multiple(() =>
        {
            Assert.That(crash, Is.Not.Null);
            foreach (var text in texts)
                Assert.That(crash?.Seen + "\n" + crash?.LastWords, Does.Contain(text));
            Assert.That(document.HarnessErrors, Is.Empty);
            Assert.That(errors, Is.Empty);
            Assert.That(output, Does.Not.Contain("Conformance.Drivers.").And.Not.Contain("Conformance.Engine."));
        });
    }

    [Test]
    public void A_driver_that_lies_about_counts_is_not_believed()
    {
        var (code, output, errors) = Run("check", "plugin:Broken.dll?type=LiesAboutCounts", "--campaign", "streams", "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        Assert.That(Result("out").HarnessErrors, Is.Empty);
        Assert.That(Result("out").Findings.Select(finding => finding.Verdict), Is.All.EqualTo(RequirementVerdict.Violation));
    }

    private void Spoil()
    {
        string At(string name) => Path.Combine(folder, name);
        Directory.CreateDirectory(At("sub"));
        Directory.CreateDirectory(At("alone"));
        File.WriteAllText(At("text.dll"), "#!/bin/sh\nexit 0\n");
        File.WriteAllBytes(At("empty.dll"), []);
        File.WriteAllBytes(At("cut.dll"), File.ReadAllBytes(PluginFiles.Counter)[..1500]);
        WriteNative(At("native.dll"));
        PluginFiles.WriteForMachine(
            PluginFiles.Counter,
            At("machine.dll"),
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Machine.Amd64 : Machine.Arm64
        );
        File.Copy(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "System.Runtime.dll"), At("System.Runtime.dll"));
        File.Copy(PluginFiles.Broken, At("alone/Broken.dll"));
        PluginFiles.WriteWithReference(PluginFiles.Counter, At("newer.dll"), "System.Runtime", new(99, 0, 0, 0));
        PluginFiles.WriteWithReference(PluginFiles.Counter, At("contract.dll"), "Conformance.Model", new(9, 3, 0, 0));
        PluginFiles.WriteWithName(PluginFiles.Counter, At("member.dll"), "DataSize", "DataSizf");
        PluginFiles.WriteWithName(PluginFiles.Counter, At("call.dll"), "set_MaxImageBytes", "set_NewErrnoBytes");
        File.Copy(PluginFiles.Counter, At("deps.dll"));
        File.WriteAllText(At("deps.deps.json"), "{ not json");
    }

    // The headers of an image without metadata: what a C compiler for Windows makes.
    private static void WriteNative(string path)
    {
        var bytes = File.ReadAllBytes(PluginFiles.Counter);
        using var image = new PEReader(new MemoryStream(bytes));
        // The directory of the CLI header is the fifteenth of sixteen, eight bytes each.
        var directories = image.PEHeaders.PEHeaderStartOffset + (image.PEHeaders.PEHeader!.Magic == PEMagic.PE32 ? 96 : 112);
        bytes.AsSpan(directories + (14 * 8), 8).Clear();
        File.WriteAllBytes(path, bytes);
    }

    private void CopyAll(params string[] assemblies)
    {
        foreach (var assembly in assemblies)
        {
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(assembly)!))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    // Its static field outlives every device: each plan behind the first that saves fails, in this process, as often as it is run.
    [Test]
    public void What_only_fails_behind_another_plan_is_flaky_and_every_other_token_fails_alone()
    {
        var (code, output, errors) = Run("check", "plugin:Broken.dll?type=LeaksOverPlans", "--campaign", "request-pairs,streams", "--report", "out");
        Assert.That(code, Is.EqualTo(1), output + errors);
        var findings = Result("out").Findings;
        var leaning = findings.Where(finding => finding.Verdict == RequirementVerdict.Flaky).ToList();
        Assert.That(leaning.Select(finding => finding.Repeats), Does.Contain("4 of 5"));
        foreach (var finding in findings.Where(finding => finding.Verdict != RequirementVerdict.Flaky))
            Assert.That(
                Run("replay", finding.Replay!, "plugin:Broken.dll?type=LeaksOverPlans", "--strict").Code,
                Is.EqualTo(1),
                string.Join('\n', finding.Steps)
            );
        foreach (var finding in leaning.Where(finding => finding.Repeats == "4 of 5"))
            Assert.That(Run("replay", finding.Replay!, "plugin:Broken.dll?type=LeaksOverPlans").Code, Is.Zero, string.Join('\n', finding.Steps));
    }

    private ResultDocument Result(string name) => ResultJson.Read(File.ReadAllText(Path.Combine(folder, name, "result.json")), name);

    private (int Code, string Output, string Errors) Run(params string[] words)
    {
        var run = CommandRun.Of(folder, words);
        return (run.Code, run.Output, run.Errors);
    }
}
