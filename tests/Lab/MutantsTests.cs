using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// Six small mistakes in the sources of two real drivers, each compiled and asked in a guest: the suite sees all of them, and nothing in the drivers as they
/// are. All of them is a run on demand, <c>labs/hisi/mutants</c>.
/// </summary>
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class MutantsTests
{
    [Test]
    public void The_sample_of_mutants_is_killed()
    {
        KernelLab.BootCommand("hisi", "trixie");
        KernelLab.BootCommand("kernel", "trixie");
        if (Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") != "1" && ScriptRun.Of(Script("workshop"), "--find").Code != 0)
            Assert.Ignore("mutants cannot be compiled here: run labs/hisi/workshop, or set CONFORMANCE_REQUIRE_LAB=1");
        // On a machine that is busy it takes longer, and says the same. It ends by itself after an hour (SAMPLE), before ScriptRun would end it.
        var run = ScriptRun.Of(Script("mutants"), "--sample", "--conformance", Path.Combine(AppContext.BaseDirectory, "conformance"));
        var judged = run.Output.Split('\n').Where(line => line.EndsWith(" s]", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).ToList();
        Assert.That(run.Code, Is.Zero, run.Output + run.Errors);
        Assert.That(judged.Where(word => word != "as"), Is.EqualTo(Enumerable.Repeat("killed", 6)), run.Output);
        Assert.That(judged.Count(word => word == "as"), Is.EqualTo(2), "a stage of each driver as it is");
    }

    private static string Script(string name) => Clone.File("labs", "hisi", name);
}
