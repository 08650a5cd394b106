using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// docs/findings/hisi_acc.md says of each kernel what its expectations file says. That both say what the driver does is held by HisiCheckTests, where the labs
/// are.
/// </summary>
[Category("quick")]
public sealed class HisiPageTests
{
    [Test]
    public void What_is_expected_is_in_the_matrix([Values("bookworm", "trixie", "7.2")] string kernel)
    {
        var expected = Expectations.Parse(File.ReadAllText(HisiLab.Expectations(kernel)), kernel);
        Assert.That(expected, Is.Not.Empty);
        var matrix = HisiPage.Table("Three generations", kernel).ToDictionary(row => row.Row, row => row.Cell);
        // Of what the maintainers hear first the matrix has that it deviates.
        foreach (var line in expected.Where(line => line.Link == HisiPage.Private))
            Assert.That(HisiPage.Section("For its maintainers first"), Has.Some.StartsWith($"**{line.Requirement} ("));
        foreach (var line in expected.Where(line => line.Link != HisiPage.Private))
            Assert.That(matrix.GetValueOrDefault(line.Requirement), Is.EqualTo(line.Verdict), line.Requirement);
    }

    [Test]
    public void A_row_has_something_to_say()
    {
        var rows = HisiPage.Columns.Select(column => HisiPage.Table("Three generations", column.Kernel)).ToList();
        Assert.That(rows[0].Select(row => row.Row), Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Unique.And.Not.Empty);
        for (var index = 0; index < rows[0].Count; index++)
            Assert.That(rows.Select(column => column[index].Cell), Has.Some.Matches<string>(HisiPage.Deviates), rows[0][index].Row);
    }
}
