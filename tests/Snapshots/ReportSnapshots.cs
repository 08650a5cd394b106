using Conformance.Reports;
using Conformance.Tests.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>The renderings of a run that conforms and of one in which everything went wrong.</summary>
public sealed class ReportSnapshots : SnapshotFixture
{
    [Test]
    public Task Report([Values("console", "markdown", "junit", "ktap")] string form, [Values("green", "red")] string document)
    {
        var result = document == "green" ? SampleDocuments.Green : SampleDocuments.Red;
        return Match(Renderings.All.Single(row => row.Name == form).Render(result));
    }

    [Test]
    [DependsOnTest(nameof(Report), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();
}
