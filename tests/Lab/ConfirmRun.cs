using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>A run of a lab's <c>confirm</c>: what its programs said, and how each of them ended.</summary>
internal static class ConfirmRun
{
    /// <summary>A program with its arguments, what it said, and how it ended: <c>exit code N</c> or <c>ended the guest</c>.</summary>
    internal sealed record Asked(string Line, string Said, string End)
    {
        /// <summary>Its name alone.</summary>
        public string Program => Line.Split(' ')[0];
    }

    /// <summary>In the order of the list. Skips or fails the running test where the lab is not there.</summary>
    public static IReadOnlyList<Asked> Of(string lab, string kernel)
    {
        KernelLab.BootCommand(lab, kernel);
        var script = Clone.File("labs", lab, "confirm");
        if (Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") != "1" && ScriptRun.Of(script, "--kernel", kernel, "--find").Code != 0)
            Assert.Ignore("the programs cannot be compiled here: apt-get install gcc libc6-dev, or set CONFORMANCE_REQUIRE_LAB=1");
        var run = ScriptRun.Of(script, "--kernel", kernel);
        Assert.That(run.Code, Is.Zero, run.Output + run.Errors);
        var asked = new List<Asked>();
        var said = new List<string>();
        foreach (var line in run.Output.Split('\n'))
        {
            var name = said.FirstOrDefault(words => words.StartsWith("# ", StringComparison.Ordinal))?[2..];
            if (name is null || !line.StartsWith($"{name}: ", StringComparison.Ordinal))
            {
                said.Add(line);
                continue;
            }

            asked.Add(new(name, string.Join('\n', said), line[(name.Length + 2)..]));
            said.Clear();
        }

        return asked;
    }
}
