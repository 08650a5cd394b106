using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Suites;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Packaging;

/// <summary>What the pages say in figures, lists and commands, against that which the figures, lists and commands are of.</summary>
[Category("quick")]
public sealed partial class PageTests
{
    /// <summary>A requirement more does not want another page; a page that is left alone for long does.</summary>
    [Test]
    public void The_table_of_the_README_has_every_group_and_figures_that_are_not_far_from_the_truth()
    {
        const int behind = 5;
        var page = File.ReadAllLines(Clone.File("README.md"));
        var suites = AllSuites.All.Select(suite => suite.Name).ToList();
        foreach (var suite in RequirementGroups.All.GroupBy(group => group.Suite()))
        {
            var name = suites.Contains(suite.Key) ? $"`{suite.Key}`" : "none yet";
            var groups = string.Join(", ", suite.Select(group => group.Name()));
            var row = new Regex($@"^\| {name} \| [^|]+ \| {groups} \| (\d+) of (\d+) \|$");
            var found = page.Select(line => row.Match(line)).SingleOrDefault(match => match.Success);
            var (done, all) = Figures(suite);
            var told = $"the table wants a row '| {name} | ... | {groups} | {done} of {all} |'";
            Assert.That(found, Is.Not.Null, told);
            Assert.That(int.Parse(found!.Groups[1].Value, CultureInfo.InvariantCulture), Is.EqualTo(done).Within(behind), told);
            Assert.That(int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture), Is.EqualTo(all).Within(behind), told);
        }
    }

    [Test]
    public void The_page_of_expectations_names_every_kind_of_step()
    {
        var rows = File.ReadAllLines(Clone.File("docs", "expectations.md")).Where(line => line.StartsWith("| `step` |", StringComparison.Ordinal));
        Assert.That(
            rows.Select(row => Code().Matches(row).Select(match => match.Groups[1].Value).Skip(1)),
            Is.EqualTo([StepTable.All.Select(kind => FactWords.Of(kind.Kind)), NestedStepTable.All.Select(kind => FactWords.Of(kind.Kind))])
        );
    }

    /// <summary>What a project outside of the clone needs is what the clone has.</summary>
    [Test]
    public void The_page_of_the_library_prints_the_runner_and_the_versions_of_the_clone()
    {
        var page = File.ReadAllText(Clone.File("docs", "library.md"));
        var printed = JsonDocument.Parse(Json().Match(page).Groups[1].Value).RootElement;
        var ours = JsonDocument.Parse(File.ReadAllText(Clone.File("global.json"))).RootElement;
        Assert.That(printed.GetProperty("test").ToString(), Is.EqualTo(ours.GetProperty("test").ToString()));
        var versions = XDocument
            .Load(Clone.File("Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(row => row.Attribute("Include")!.Value, row => row.Attribute("Version")!.Value);
        foreach (var package in new[] { "NUnit", "NUnit3TestAdapter" })
            Assert.That(page, Does.Contain($"`{package}` {versions[package]}"));
    }

    /// <summary>
    /// The adapter asks for an older test platform than the fixtures are compiled against. What they name directly goes on to the projects that use them; a pin
    /// of this clone does not.
    /// </summary>
    [Test]
    public void The_fixtures_bring_the_test_platform_that_they_are_compiled_against()
    {
        var packages = JsonDocument
            .Parse(File.ReadAllText(Clone.File("suites", "NUnit", "packages.lock.json")))
            .RootElement.GetProperty("dependencies")
            .GetProperty("net10.0");
        Assert.That(packages.GetProperty("Microsoft.Testing.Extensions.VSTestBridge").GetProperty("type").GetString(), Is.EqualTo("Direct"));
    }

    /// <summary>zsh, and any shell in a folder with such a file, takes a "?" that is not quoted for a pattern.</summary>
    [Test]
    public void A_question_mark_in_a_command_is_quoted()
    {
        var commands =
            from file in Directory.GetFiles(Clone.File("docs"), "*.md", SearchOption.AllDirectories).Append(Clone.File("README.md"))
            from line in File.ReadAllLines(file)
            where Command().IsMatch(line)
            select (file, line);
        Assert.That(commands.Count(), Is.GreaterThan(50));
        Assert.That(commands.Where(command => Quoted().Replace(command.line, "").Split('#')[0].Contains('?')), Is.Empty);
    }

    private static (int Checked, int All) Figures(IEnumerable<RequirementGroup> groups)
    {
        var rows = Catalogue.All.Where(row => groups.Contains(row.Group)).ToList();
        return (rows.Count(row => AllSuites.WhyUnchecked(row) is null), rows.Count);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Json();

    [GeneratedRegex(@"^(    |\$ )conformance [a-z]")]
    private static partial Regex Command();

    [GeneratedRegex("'[^']*'|\"[^\"]*\"")]
    private static partial Regex Quoted();
}
