using System.Diagnostics;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Command;

/// <summary><c>faults --run</c>: what it finds out, stores and prints.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)] // each has its folder
public sealed class KillMatrixTests : FolderFixture
{
    /// <summary>An ordinary fault, one that hangs and one that takes its process along.</summary>
    [Test]
    public void Faults_are_run_stored_and_printed_again()
    {
        var (code, output) = Run(
            "faults",
            "--run",
            "accepts-short-argsz",
            "hangs-on-blocked-arc",
            "crashes-on-fd-after-close",
            "--plans",
            "16",
            "--output",
            "kills.json"
        );
        Assert.That(code, Is.Zero, output);
        Assert.That(
            output,
            Does.EndWith("3 of 3 faults killed by a requirement that they break, 2 of 2 correct drivers without an alarm (seed 1, plans 16)\n")
        );
        var matrix = KillMatrix.Read(File.ReadAllText(Path.Combine(Folder, "kills.json")), "kills.json");
        Assert.That(matrix.ToJson(), Is.EqualTo(File.ReadAllText(Path.Combine(Folder, "kills.json"))));
        Assert.That(matrix.Faults.Select(fault => fault.Name), Is.EqualTo(["accepts-short-argsz", "hangs-on-blocked-arc", "crashes-on-fd-after-close"]));
        Assert.That(
            matrix.Faults[0].Kills.Single(kill => kill.Campaign == "envelope-matrix"),
            Has.Property("Requirement").EqualTo("ABI-03").And.Property("Plan").Count.EqualTo(1)
        );
        Assert.That(matrix.Faults[1].Kills.Select(kill => kill.Verdict), Does.Contain(RequirementVerdict.Hang));
        Assert.That(matrix.Faults[2].Kills.Select(kill => kill.Verdict), Does.Contain(RequirementVerdict.Crash));
        Assert.That(Run("faults", "--from", "kills.json"), Is.EqualTo((0, output)));
        Assert.That(
            Run("faults", "--from", "kills.json", "accepts-short-argsz").Output,
            Does.Contain("  envelope-matrix: violation ABI-03\n")
                .And.EndWith("1 of 1 faults killed by a requirement that they break, 1 of 1 correct drivers without an alarm (seed 1, plans 16)\n")
        );
    }

    /// <summary>Of SMMUs as well: an ordinary fault, one that hangs and one that takes its process along.</summary>
    [Test]
    public void Faults_of_an_SMMU_are_run()
    {
        var (code, output) = Run(
            "faults",
            "--run",
            "asid-masked-to-eight-bits",
            "hangs-without-event-queue",
            "output-size-over-oas-stops-process",
            "--plans",
            "0",
            "--output",
            "kills.json"
        );
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.EndWith("3 of 3 faults killed by a requirement that they break, 2 of 2 correct drivers without an alarm (seed 1, plans 0)\n"));
        var matrix = KillMatrix.Read(File.ReadAllText(Path.Combine(Folder, "kills.json")), "kills.json");
        Assert.That(
            matrix.Faults[0].Kills.Single(kill => kill.Aimed),
            Has.Property("Campaign").EqualTo("asids-of-8-bits").And.Property("Requirement").EqualTo("SMMU-CD-09")
        );
        Assert.That(matrix.Faults[1].Kills.Select(kill => (kill.Verdict, kill.Requirement)), Does.Contain((RequirementVerdict.Hang, "SMMU-EVT-07")));
        Assert.That(matrix.Faults[2].Kills.Select(kill => (kill.Verdict, kill.Requirement)), Does.Contain((RequirementVerdict.Crash, "SMMU-CD-03")));
        Assert.That(
            matrix.References.Select(reference => reference.Driver.Split(' ')[0]),
            Is.EqualTo(["stage=1", "stage=1"]),
            "the one with ASIDs of 8 bits has another IDR0"
        );
    }

    /// <summary>A check that fires on a correct driver as well proves nothing.</summary>
    [Test]
    public void A_false_alarm_fails()
    {
        var kill = new Kill("walks", "ABI-03", RequirementVerdict.Violation, Aimed: true, ["SET STOP"]);
        var matrix = new KillMatrix
        {
            Kit = "0",
            Seed = 7,
            Plans = 1,
            Faults = [new("found", ["ABI-03"], [kill])],
            References = [new("any", [kill with { Aimed = false }])],
        };
        File.WriteAllText(Path.Combine(Folder, "kills.json"), matrix.ToJson());
        var (code, output) = Run("faults", "--from", "kills.json");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            output,
            Does.Contain("the correct driver with any: FALSE ALARM: walks ABI-03\n")
                .And.EndWith("1 of 1 faults killed by a requirement that they break, 0 of 1 correct drivers without an alarm (seed 7, plans 1)\n")
        );
    }

    /// <summary>A fault that nobody found, and one that was found by a requirement it has nothing to do with, are gaps.</summary>
    [Test]
    public void A_survivor_fails()
    {
        var stray = new Kill("walks", "ABI-04", RequirementVerdict.Violation, Aimed: false, ["SET STOP"]);
        Store(
            new("found", ["ABI-03"], [stray with { Requirement = "ABI-03", Aimed = true }]),
            new("strayed", ["ABI-03"], [stray]),
            new("survived", ["ABI-05"], []),
            new("later", ["ABI-06"], [], "not yet")
        );
        var (code, output) = Run("faults", "--from", "kills.json");
        Assert.That(code, Is.EqualTo(1));
        List<string> rows =
        [
            "found     ABI-03         walks 1",
            "strayed   ABI-03         [walks 1]",
            "survived  ABI-05         SURVIVED",
            "later     ABI-06         not run: not yet",
            "1 of 3 faults killed by a requirement that they break, 1 by other requirements only, 1 survived, 1 not run (seed 7, plans 1)",
        ];
        Assert.That(output.Split('\n')[1..^1], Is.EqualTo(rows));
    }

    [Test]
    public void A_matrix_in_which_nothing_ran_says_nothing()
    {
        Store(new FaultKills("later", ["ABI-06"], [], "interrupted"));
        Assert.That(Run("faults", "--from", "kills.json").Code, Is.EqualTo(4));
    }

    private void Store(params FaultKills[] faults) =>
        File.WriteAllText(
            Path.Combine(Folder, "kills.json"),
            new KillMatrix
            {
                Kit = "0",
                Seed = 7,
                Plans = 1,
                Faults = faults,
            }.ToJson()
        );

    private (int Code, string Output) Run(params string[] words)
    {
        var (code, output, errors) = CommandRun.Of(Folder, words);
        TestContext.Out.Write(errors);
        return (code, output);
    }
}
