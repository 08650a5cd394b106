using System.Globalization;
using System.Text;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Reports;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>The state machine of every feature set as the oracle derives it: arcs, next hops, paths.</summary>
public sealed class PathSnapshots : SnapshotFixture
{
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(7)]
    public Task State_machine(int features) => Match(Render(PathTable.For((MigrationFeatures)features)));

    [Test]
    [DependsOnTest(nameof(State_machine), AllowFailure = true)]
    public Task No_file_is_an_orphan() => RefuseOrphans();

    private static string Render(PathTable table)
    {
        var states = Enumerable.Range(0, 8).Select(number => (DeviceState)number).ToList();
        var supported = states.Where(table.Supports).ToList();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"features  {FeatureSet.Of((ulong)table.Features).Text}\n");
        text.Append(CultureInfo.InvariantCulture, $"states    {string.Join(' ', supported.Select(state => state.Abbreviation()))}\n");
        text.Append(CultureInfo.InvariantCulture, $"arcs      {string.Join(' ', table.Arcs)}\n");
        text.Append(CultureInfo.InvariantCulture, $"sessions  {string.Join(' ', table.Arcs.Where(arc => arc.OpensSession))}\n\n");

        text.Append("next hop; == stays, XX is refused, -- cannot be there\n");
        text.Append(CultureInfo.InvariantCulture, $"from\\to  {string.Join(' ', states.Select(state => state.Abbreviation()))}\n");
        foreach (var from in states)
            text.Append(CultureInfo.InvariantCulture, $"{from.Abbreviation()}       {string.Join(' ', states.Select(to => Hop(table, from, to)))}\n");

        text.Append("\npaths; * creates a data session at its end\n");
        foreach (var from in supported)
        {
            foreach (var to in supported.Where(to => to != from))
            {
                var path = table.Path(from, to);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{from.Abbreviation()}>{to.Abbreviation()}  {(path.Count == 0 ? "refused" : path)}{(PathTable.OpensSession(path) ? " *" : "")}\n"
                );
            }
        }

        return text.ToString();
    }

    private static string Hop(PathTable table, DeviceState from, DeviceState to)
    {
        if (from != DeviceState.Error && !table.Supports(from))
            return "--";
        var path = table.Path(from, to);
        return path.Count switch
        {
            0 => "XX",
            1 => "==",
            _ => path[1].Abbreviation(),
        };
    }
}
