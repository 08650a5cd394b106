using System.Text.RegularExpressions;
using Conformance.Drivers;
using Conformance.Drivers.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Plugin;

/// <summary>What the pages say about plugins is what there is: their code is the code of the examples, which is built and judged by the other tests.</summary>
public sealed partial class WalkthroughTests
{
    [Test]
    public void The_code_of_the_walkthrough_is_the_code_of_the_examples()
    {
        var blocks = Blocks("plugins.md", "csharp");
        var forgetful = Example("ForgetfulDriver/ForgetfulDriver.cs");
        var counter = Example("CounterDriver/CounterDriver.cs");
        Assert.That(blocks, Has.Count.EqualTo(2));
        Assert.That(blocks[0], Is.EqualTo(forgetful));

        // A reader who replaces the method as the page says has the driver that conforms, whatever it is called.
        var start = forgetful.LastIndexOf(blocks[1].Split('\n')[0], StringComparison.Ordinal);
        var end = forgetful.IndexOf("\n        }\n", start, StringComparison.Ordinal) + "\n        }\n".Length;
        var mended = forgetful[..start] + blocks[1] + forgetful[end..];
        Assert.That(mended.Replace("ForgetfulDriver", "CounterDriver", StringComparison.Ordinal), Is.EqualTo(counter));
    }

    [Test]
    public void The_code_of_the_library_page_is_that_of_the_team()
    {
        Assert.That(Blocks("library.md", "csharp"), Is.EqualTo([Example("TeamTests/CounterDriverConforms.cs")]));
        Assert.That(Blocks("library.md", "xml"), Is.EqualTo([Example("TeamTests/TeamTests.csproj")]));
    }

    [Test]
    public void The_code_of_the_page_on_workloads_is_the_code_of_the_example() =>
        Assert.That(Blocks("workloads.md", "csharp"), Is.EqualTo([Example("UartWorkload/UartWorkload.cs")]));

    [Test]
    public void The_page_names_what_an_address_may_have()
    {
        var page = File.ReadAllText(Path.Combine(PluginFiles.Root, "docs", "plugins.md"));
        foreach (var key in new PluginScheme().Keys(DriverSchemes.Parse("plugin:My.dll")))
            Assert.That(page, Does.Contain($"{key}="));
    }

    private static string Example(string path) => File.ReadAllText(Path.Combine(PluginFiles.Root, "examples", path)).ReplaceLineEndings("\n");

    private static List<string> Blocks(string page, string language) =>
        [
            .. Fence()
                .Matches(File.ReadAllText(Path.Combine(PluginFiles.Root, "docs", page)).ReplaceLineEndings("\n"))
                .Where(block => block.Groups[1].Value == language)
                .Select(block => block.Groups[2].Value),
        ];

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}
