using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>The derived paths against the contract's own tables: next hops cell by cell, complete paths, blocked pairs, totals.</summary>
[Category("quick")]
public sealed class PathTableTests
{
    // Rows ER ST RU SC RS RP PC PP; "==" same state, "XX" refused, "--" a row that cannot exist.
    private const string F1 = """
        XX == RU SC RS XX XX XX
        XX ST == ST ST XX XX XX
        XX ST ST == ST XX XX XX
        XX ST ST ST == XX XX XX
        -- -- -- -- -- -- -- --
        -- -- -- -- -- -- -- --
        -- -- -- -- -- -- -- --
        """;

    private const string F3 = """
        XX == RP SC RS RP XX XX
        XX RP == RP RP RP XX XX
        XX ST ST == ST ST XX XX
        XX ST ST ST == ST XX XX
        XX ST RU ST ST == XX XX
        -- -- -- -- -- -- -- --
        -- -- -- -- -- -- -- --
        """;

    private const string F5 = """
        XX == RU SC RS XX RU XX
        XX ST == ST ST XX PC XX
        XX ST ST == ST XX XX XX
        XX ST ST ST == XX ST XX
        -- -- -- -- -- -- -- --
        XX RU RU SC RU XX == XX
        -- -- -- -- -- -- -- --
        """;

    private const string F7 = """
        XX == RP SC RS RP RP RP
        XX RP == RP RP RP PC RP
        XX ST ST == ST ST XX XX
        XX ST ST ST == ST ST ST
        XX ST RU ST ST == RU PP
        XX RU RU PP RU RU == PP
        XX RP RP SC RP RP PC ==
        """;

    [TestCase(1, F1)]
    [TestCase(3, F3)]
    [TestCase(5, F5)]
    [TestCase(7, F7)]
    public void Next_hops_are_those_of_the_contract(int features, string table)
    {
        var paths = PathTable.For((MigrationFeatures)features);
        var rows = table.Split('\n', StringSplitOptions.TrimEntries);
        Assert.That(rows, Has.Length.EqualTo(7));
        for (var from = 1; from < 8; from++)
        {
            var cells = rows[from - 1].Split(' ');
            for (var to = 0; to < 8; to++)
            {
                var path = paths.Path((DeviceState)from, (DeviceState)to);
                var cell =
                    path.Count == 0
                        ? paths.Supports((DeviceState)from)
                            ? "XX"
                            : "--"
                        : path.Count == 1
                            ? "=="
                            : path[1].Abbreviation();
                Assert.That(cell, Is.EqualTo(cells[to]), $"F{features} {(DeviceState)from}>{(DeviceState)to}");
            }
        }
    }

    [TestCase(1, "RU>ST>SC RU>ST>RS SC>ST>RU SC>ST>RS RS>ST>RU RS>ST>SC")]
    [TestCase(3, "ST>RP>RU RU>RP>ST RU>RP>ST>SC RU>RP>ST>RS SC>ST>RP>RU SC>ST>RS SC>ST>RP RS>ST>RP>RU RS>ST>SC RS>ST>RP RP>ST>SC RP>ST>RS")]
    [TestCase(5, "ST>RU>PC RU>ST>SC RU>ST>RS SC>ST>RU SC>ST>RS RS>ST>RU RS>ST>SC RS>ST>RU>PC PC>RU>ST PC>RU>ST>RS")]
    [TestCase(
        7,
        "ST>RP>RU ST>RP>RU>PC ST>RP>PP RU>RP>ST RU>RP>ST>SC RU>RP>ST>RS RU>RP>PP SC>ST>RP>RU SC>ST>RS SC>ST>RP RS>ST>RP>RU RS>ST>SC RS>ST>RP "
            + "RS>ST>RP>RU>PC RS>ST>RP>PP RP>ST>SC RP>ST>RS RP>RU>PC PC>RU>RP>ST PC>PP>SC PC>RU>RP>ST>RS PC>RU>RP PP>RP>ST PP>RP>RU PP>RP>ST>RS"
    )]
    public void Complete_paths_of_more_than_one_arc_are_those_of_the_contract(int features, string expected)
    {
        var paths = PathTable.For((MigrationFeatures)features);
        var found = Pairs(paths).Select(p => paths.Path(p.From, p.To)).Where(p => p.Arcs > 1).Select(p => p.ToString());
        Assert.That(found, Is.EquivalentTo(expected.Split(' ')));
    }

    [TestCase(1, 6, 12, "")]
    [TestCase(3, 8, 20, "")]
    [TestCase(5, 9, 20, "SC>PC")]
    [TestCase(7, 15, 42, "SC>PC SC>PP")]
    public void Totals_and_blocked_pairs(int features, int arcs, int pairs, string blocked)
    {
        var paths = PathTable.For((MigrationFeatures)features);
        var all = Pairs(paths).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(paths.Arcs, Has.Count.EqualTo(arcs));
            Assert.That(all, Has.Count.EqualTo(pairs));
            Assert.That(string.Join(' ', all.Where(p => paths.Path(p.From, p.To).Count == 0)), Is.EqualTo(blocked));
        });
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(7)]
    public void Only_the_last_arc_of_a_path_may_create_a_session(int features)
    {
        var paths = PathTable.For((MigrationFeatures)features);
        foreach (var pair in Pairs(paths))
        {
            var path = paths.Path(pair.From, pair.To);
            for (var i = 0; i + 2 < path.Count; i++)
                Assert.That(new Arc(path[i], path[i + 1]).OpensSession, Is.False, path.ToString());
        }
    }

    [Test]
    public void An_unknown_feature_set_is_not_guessed([Values(0, 2, 4, 6, 8, 9)] int features) =>
        Assert.That(() => PathTable.For((MigrationFeatures)features), Throws.TypeOf<ArgumentOutOfRangeException>());

    /// <summary>Without P2P a device goes from RUNNING to STOP in one arc, with it in two: the driver is asked for the arcs of its own feature set.</summary>
    [TestCase(1, 0)]
    [TestCase(5, 0)]
    [TestCase(3, 1)]
    [TestCase(7, 1)]
    public void What_can_fail_is_asked_of_the_arcs_of_each_feature_set(int features, int first)
    {
        var machine = new MigrationMachine(
            (MigrationFeatures)features,
            UapiLevel.V7_2,
            Channels.Kernel,
            ChannelCapabilities.FailingArcs,
            DeviceTraits.Cautious,
            hasLogging: false,
            hasReset: true,
            failableArcs: MigrationMachine.FailableArcs(new FailingStops())
        );
        Assert.That(machine.FirstFailable(DeviceState.Running, DeviceState.StopCopy), Is.EqualTo(first));
        Assert.That(machine.FirstFailable(DeviceState.Stop, DeviceState.Running), Is.EqualTo(-1));
        Assert.That(machine.HasFailableArc);
        Assert.That(MigrationMachine.FailableArcs(null), Is.Zero);
    }

    private sealed class FailingStops : IFailureInjection
    {
        public FailureSeams Seams => FailureSeams.Arcs;

        public bool CanFail(DeviceState from, DeviceState to) => to == DeviceState.Stop && from is (DeviceState.Running or DeviceState.RunningP2P);

        public void FailArc(int arc, int errno, bool broken) => throw new NotSupportedException();

        public void FailSave(int bytes, int errno) => throw new NotSupportedException();

        public void FailSaveRequest(int errno) => throw new NotSupportedException();

        public void DelayArcs(int milliseconds) => throw new NotSupportedException();
    }

    private static IEnumerable<Arc> Pairs(PathTable paths) =>
        from a in Enumerable.Range(1, 7)
        from b in Enumerable.Range(1, 7)
        where a != b && paths.Supports((DeviceState)a) && paths.Supports((DeviceState)b)
        select new Arc((DeviceState)a, (DeviceState)b);
}
