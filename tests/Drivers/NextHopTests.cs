using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using NUnit.Framework;

namespace Conformance.Tests.Drivers;

/// <summary>The next-hop tables walk exactly the paths that the contract lists.</summary>
[Category("quick")]
public sealed class NextHopTests
{
    private const string F1 = "ST>RU ST>SC ST>RS RU>ST SC>ST RS>ST RU>ST>SC RU>ST>RS SC>ST>RU SC>ST>RS RS>ST>RU RS>ST>SC";

    private const string F3 =
        "ST>SC ST>RS ST>RP RU>RP SC>ST RS>ST RP>ST RP>RU "
        + "ST>RP>RU RU>RP>ST RU>RP>ST>SC RU>RP>ST>RS SC>ST>RP>RU SC>ST>RS SC>ST>RP RS>ST>RP>RU RS>ST>SC RS>ST>RP RP>ST>SC RP>ST>RS";

    private const string F5 =
        "ST>RU ST>SC ST>RS RU>ST RU>PC SC>ST RS>ST PC>RU PC>SC "
        + "ST>RU>PC RU>ST>SC RU>ST>RS SC>ST>RU SC>ST>RS RS>ST>RU RS>ST>SC RS>ST>RU>PC PC>RU>ST PC>RU>ST>RS";

    private const string F7 =
        "ST>SC ST>RS ST>RP RU>RP RU>PC SC>ST RS>ST RP>ST RP>RU RP>PP PC>RU PC>PP PP>SC PP>RP PP>PC "
        + "ST>RP>RU ST>RP>RU>PC ST>RP>PP RU>RP>ST RU>RP>ST>SC RU>RP>ST>RS RU>RP>PP SC>ST>RP>RU SC>ST>RS SC>ST>RP RS>ST>RP>RU RS>ST>SC RS>ST>RP "
        + "RS>ST>RP>RU>PC RS>ST>RP>PP RP>ST>SC RP>ST>RS RP>RU>PC PC>RU>RP>ST PC>PP>SC PC>RU>RP>ST>RS PC>RU>RP PP>RP>ST PP>RP>RU PP>RP>ST>RS";

    [TestCase(1, F1)]
    [TestCase(3, F3)]
    [TestCase(5, F5)]
    [TestCase(7, F7)]
    public void Tables_walk_the_listed_paths_and_no_others(int features, string listed)
    {
        var table = NextHop.Table((MigrationFeatures)features).Span;
        var paths = new List<string>();
        for (var from = 1; from < 8; from++)
        {
            for (var to = 0; to < 8; to++)
            {
                if (from == to)
                {
                    Assert.That(table[(from * 8) + to], Is.EqualTo(to).Or.EqualTo(NextHop.Absent));
                    continue;
                }
                var path = StatePath.From((DeviceState)from);
                var at = from;
                while (at != to && table[(at * 8) + to] < 8)
                {
                    at = table[(at * 8) + to];
                    path = path.Then((DeviceState)at);
                }
                if (at == to)
                    paths.Add(path.ToString());
                else
                    Assert.That(path.Arcs, Is.Zero, $"{path} stops half way to {(DeviceState)to}");
            }
        }
        Assert.That(paths, Is.EquivalentTo(listed.Split(' ')));
    }

    [Test]
    public void Error_is_left_by_no_request([Values(1, 3, 5, 7)] int features)
    {
        var row = NextHop.Table((MigrationFeatures)features).Span[..8].ToArray();
        Assert.That(row[0], Is.Zero);
        Assert.That(row[1..], Is.All.EqualTo(NextHop.Refused));
    }
}
