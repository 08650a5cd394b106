using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Soundness: no freedom of the contract is held against whoever uses it, not even as a warning.</summary>
[Category("long")]
[Parallelizable(ParallelScope.All)]
public sealed class OddDriversConform
{
    private static readonly MigrationFeatures[] sets = [(MigrationFeatures)1, (MigrationFeatures)3, (MigrationFeatures)5, (MigrationFeatures)7];

    private static IEnumerable<TestCaseData> Drivers =>
        from odd in Gallery.All
        from set in sets
        where (set & odd.Needs) == odd.Needs
        select new TestCaseData(odd.Name, set);

    [TestCaseSource(nameof(Drivers))]
    public void Without_a_violation_or_a_warning(string name, MigrationFeatures set)
    {
        using var target = Gallery.All.Single(odd => odd.Name == name).CreateTarget(set);
        foreach (var (seed, walks) in new (ulong Seed, bool Walks)[] { (1, false), (2, true), (3, true) })
        {
            var run = DirectRun.Of(target, seed, only: walks ? campaign => campaign.IsRandom || campaign.Name == "streams" : null);
            Assert.Multiple(() =>
            {
                Assert.That(run.Problems, Is.Empty);
                Assert.That(run.Missing, Is.Empty);
                Assert.That(run.Ledger.Findings.All.Select(Shown), Is.Empty);
                Assert.That(run.Ledger.Plans, Is.GreaterThan(walks ? 256 : 1000));
            });
        }
    }

    [Test]
    public void Each_by_a_sentence_of_the_contract()
    {
        var traps = File.ReadAllLines(Path.Combine(PluginFiles.Root, "docs", "spec", "vfio-migration.md"));
        foreach (var odd in Gallery.All)
        {
            var row = Catalogue.All.SingleOrDefault(row => row.Name == odd.Label);
            var text = row is null ? traps.SingleOrDefault(line => line.Contains($"**{odd.Label} ", StringComparison.Ordinal)) : $"{row.Statement} {row.Note}";
            Assert.That(text?.Replace("**", "", StringComparison.Ordinal), Does.Contain(odd.Sentence), $"{odd}: {odd.Label}");
        }

        Assert.That(Gallery.All.Select(odd => odd.Name), Is.Unique);
        Assert.That(Gallery.All, Has.Count.GreaterThanOrEqualTo(20));
    }

    private static string Shown(Finding finding) => $"{finding.Verdict} {string.Join(' ', finding.Requirements)}\n{FindingText.Of(finding)}";
}
