using System.Text.RegularExpressions;
using Conformance.Drivers.Faults;
using Conformance.Engine.Nested;
using Conformance.Suites.NestedStages;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>The two cards of docs/nested.md say what the first plan says that shows the defect.</summary>
[Category("quick")]
public sealed partial class NestedStoryTests
{
    [TestCase("dirty-by-giova", "HANDOVER-01")]
    [TestCase("no-post-load-push", "HANDOVER-06")]
    public void The_page_tells_the_story(string name, string requirement)
    {
        var fault = FaultCatalogue.Nested.Single(one => one.Name == name);
        using var target = fault.Create();
        var runner = new NestedRunner(target);
        var campaign = NestedCampaigns.All.Single(one => one.Name == "dirty-pages");
        var finding = campaign
            .Plans(runner.Sight, new(1, 1))
            .Select(named => (named.Plan, runner.Run(named.Plan, null, again: false).Worst))
            .Where(ran => ran.Worst is not null)
            .Select(ran => runner.Describe(ran.Plan, ran.Worst!))
            .First(found => found.Requirements[0] == requirement);
        var page = Blank().Replace(File.ReadAllText(Clone.File("docs", "nested.md")), " ");
        Assert.That(page, Does.Contain($"conformance check fault:{name} VIOLATION {requirement} (MUST)"));
        Assert.That(page, Does.Contain($"expected {finding.Expected} seen {finding.Seen} "));
        Assert.That(finding.Trace, Is.Not.Empty);
        foreach (var line in finding.Trace)
            Assert.That(page, Does.Contain($" {line.Observation} "));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
