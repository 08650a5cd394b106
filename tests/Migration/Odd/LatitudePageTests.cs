using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Tests.Plugin;
using NUnit.Framework;

namespace Conformance.Tests.Migration.Odd;

/// <summary>The page on latitude speaks of what is there: its traits, its odd drivers, its faults; and it leaves out no trait.</summary>
[Category("quick")]
public sealed class LatitudePageTests
{
    private static readonly IReadOnlyList<string[]> rows =
    [
        .. File.ReadLines(Path.Combine(PluginFiles.Root, "docs", "latitude.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Trim('|').Split('|')),
    ];

    [Test]
    public void Every_trait_has_a_row() =>
        Assert.That(
            rows.Where(row => row[1].Contains("trait", StringComparison.Ordinal)).SelectMany(row => Quoted(row[1])).Order(),
            Is.EqualTo(TraitsFile.Names.Order())
        );

    [Test]
    public void The_drivers_and_the_faults_are_there()
    {
        Assert.That(rows.SelectMany(row => Quoted(row[3])).Except(Gallery.All.Select(odd => odd.Name)), Is.Empty);
        Assert.That(rows.SelectMany(row => Quoted(row[4])).Where(name => FaultCatalogue.Find(name) is null), Is.Empty);
    }

    [Test]
    public void What_is_allowed_has_a_driver_and_everything_has_a_fault()
    {
        Assert.That(
            rows.Where(row => !row[1].Contains("deviation", StringComparison.Ordinal) && !Quoted(row[3]).Any()).Select(row => row[0].Trim()),
            Has.All.Contain("(A.0)")
        );
        Assert.That(rows.Where(row => !Quoted(row[4]).Any()), Is.Empty);
    }

    private static IEnumerable<string> Quoted(string cell) => cell.Split('`').Where((_, index) => index % 2 == 1);
}
