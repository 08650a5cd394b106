using System.Globalization;
using System.Text;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>What the catalogue demands: nobody changes a word of it, a strength or a level unseen.</summary>
public sealed class RequirementSnapshots : SnapshotFixture
{
    [Test]
    public Task Requirements()
    {
        var text = new StringBuilder();
        foreach (var row in Catalogue.All)
            text.Append(
                CultureInfo.InvariantCulture,
                $"{row.Name, -13}  {Name(row.Strength), -10}  {row.Level?.ToString().TrimStart('V').Replace('_', '.') ?? "-", -4}  {row.Statement}\n"
            );
        return Match(text.ToString());
    }

    [Test]
    [DependsOnTest(nameof(Requirements), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    private static string Name(Strength strength) =>
        strength switch
        {
            Strength.MustCore => "MUST(core)",
            Strength.Convention => "CONV",
            _ => strength.ToString().ToUpperInvariant(),
        };
}
