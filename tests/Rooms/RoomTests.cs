using System.Xml.Linq;
using Conformance.Tests.Support;
using Mono.Cecil;
using NUnit.Framework;

namespace Conformance.Tests.Rooms;

/// <summary>The arrows between the rooms hold: who may use whom, and which packages each may take.</summary>
[Category("quick")]
public sealed class RoomTests
{
    // Files, sockets, processes, the console, the environment and its clock: a judge that asks them judges another time otherwise.
    private static readonly string[] Outside =
    [
        "System.IO",
        "System.Net",
        "System.Diagnostics.Process",
        "System.Diagnostics.Stopwatch",
        "System.Console",
        "System.AppContext",
        "System.TimeProvider",
        "System.Threading.Thread",
        "System.Threading.Timer",
        "System.Threading.Tasks",
        "System.Reflection.Assembly",
        "System.Runtime.Loader",
        "System.Runtime.InteropServices.NativeLibrary",
        "Microsoft.Win32",
    ];

    private static readonly string[] ClocksAndDice =
    [
        "System.DateTime::get_Now",
        "System.DateTime::get_UtcNow",
        "System.DateTimeOffset::get_Now",
        "System.DateTimeOffset::get_UtcNow",
        "System.Random::get_Shared",
        "System.Guid::NewGuid",
    ];

    // What the oracles are made of, whatever suites there are: what allows and compares, and the walk of the architecture that it is done with. Drivers are
    // what they judge.
    private static bool IsJudge(string place) => place.Split('.').Contains("Oracle") || Room.IsIn(place, "Conformance.Model.Smmu.Translation");

    [TestCase("model", "", "")]
    [TestCase("reports", "model", "")]
    [TestCase("drivers", "model", "")]
    [TestCase("engine", "model reports", "FsCheck DiffPlex")]
    [TestCase("suites", "model reports drivers engine", "Spectre.Console System.CommandLine")]
    [TestCase("suites/NUnit", "suites", "NUnit NUnit3TestAdapter NUnit.Analyzers Microsoft.Testing.Extensions.VSTestBridge")]
    public void A_room_uses_only_what_it_may(string room, string mayUse, string mayTake)
    {
        var project = XDocument.Load(Directory.GetFiles(Clone.File(room), "*.csproj").Single());
        var uses = project
            .Descendants("ProjectReference")
            .Select(e => Path.GetDirectoryName(Path.GetRelativePath(Clone.Root, Path.GetFullPath((string)e.Attribute("Include")!, Clone.File(room)))));
        var takes = project.Descendants("PackageReference").Select(e => (string)e.Attribute("Include")!);
        Assert.Multiple(() =>
        {
            Assert.That(uses.Except(mayUse.Split(' ')), Is.Empty);
            Assert.That(takes.Except(mayTake.Split(' ')), Is.Empty);
        });
    }

    [TestCase("Conformance.Model", "")]
    [TestCase("Conformance.Reports", "Conformance.Model")]
    [TestCase("Conformance.Drivers", "Conformance.Model")]
    [TestCase("Conformance.Engine", "Conformance.Model Conformance.Reports FsCheck FSharp.Core DiffPlex")]
    [TestCase("conformance", "Conformance.Model Conformance.Reports Conformance.Drivers Conformance.Engine Spectre.Console System.CommandLine")]
    public void A_compiled_room_names_nothing_that_it_must_not_know(string assembly, string mayName)
    {
        using var room = Room.Open(assembly);
        var named = room
            .AssemblyReferences.Select(reference => reference.Name)
            .Where(name => !Room.IsIn(name, "System") && name != "Microsoft.Win32.Primitives");
        Assert.That(named.Except(mayName.Split(' ')), Is.Empty);
    }

    private const string IteratorThread = "System.Environment::get_CurrentManagedThreadId";

    [Test]
    public void The_model_asks_nothing_but_its_arguments()
    {
        using var model = Room.Open("Conformance.Model");
        var types = model.GetTypeReferences().Select(type => type.FullName).ToList();
        var members = model.GetMemberReferences().Select(member => $"{member.DeclaringType.FullName}::{member.Name}").ToList();
        // Every iterator asks which thread began it; that is the compiler's, and the only thing that the model may know of its surroundings.
        if (members.Where(member => member.StartsWith("System.Environment::", StringComparison.Ordinal)).Distinct().SequenceEqual([IteratorThread]))
            types.Remove("System.Environment");
        Assert.That(types, Has.Member("System.Object"));
        Assert.Multiple(() =>
        {
            Assert.That(types.Where(type => Outside.Any(place => Room.IsIn(type, place))), Is.Empty);
            Assert.That(members.Intersect(ClocksAndDice), Is.Empty);
            // An iterator asks which thread it is on; the compiler writes that.
            Assert.That(
                members.Where(member => member.StartsWith("System.Environment::", StringComparison.Ordinal)).Distinct(),
                Is.SubsetOf(["System.Environment::get_CurrentManagedThreadId"])
            );
            Assert.That(model.ModuleReferences, Is.Empty, "native libraries");
        });
    }

    /// <summary>Judge and judged share no path code: the core walks its own tables, and the SMMU of the reference its own structures.</summary>
    [Test]
    public void No_driver_asks_what_judges_it()
    {
        using var drivers = Room.Open("Conformance.Drivers");
        var uses = TypeUses.Of(drivers);
        Assert.That(uses.Any(use => use.Used.Namespace == "Conformance.Model.Smmu.Structures"), Is.True, "the uses are read");
        var shared = uses.Where(use => IsJudge(use.Used.Namespace));
        Assert.That(shared.Select(use => $"{use.User.FullName} uses {use.Used.FullName}").Distinct(), Is.Empty);
    }

    /// <summary>What allows answers is where the test above looks for it.</summary>
    [Test]
    public void What_judges_is_where_it_is_looked_for()
    {
        using var model = Room.Open("Conformance.Model");
        var judges = model.Types.Where(type =>
            type.Name is "PathTable" or "MigrationOracle" or "SmmuOracle" or "SmmuTranslation" or "Procedure`1" or "HostOracle" or "ContainerModel"
        );
        Assert.That(judges.Select(type => type.Name).Distinct().Count(), Is.EqualTo(7));
        Assert.That(judges.Where(type => !IsJudge(type.Namespace)).Select(type => type.FullName), Is.Empty);
    }

    /// <summary>The second walker of the tests is worth something as long as it walks by itself.</summary>
    [Test]
    public void The_walker_that_checks_the_walk_of_the_oracle_does_not_use_it()
    {
        using var tests = Room.Open("Conformance.Tests");
        var walker = TypeUses.Of(tests).Where(use => use.User.Name is "NaiveWalker" or "RandomWorld").ToList();
        Assert.That(walker.Select(use => use.User.Name).Distinct(), Has.Exactly(2).Items);
        Assert.That(walker.Where(use => IsJudge(use.Used.Namespace)), Is.Empty);
    }

    /// <summary>One formatting hand: <c>dotnet csharpier check .</c> holds the rest. A raw string stands as it is printed.</summary>
    [TestCase("model")]
    [TestCase("drivers")]
    [TestCase("engine")]
    [TestCase("suites")]
    [TestCase("reports")]
    [TestCase("tests")]
    [TestCase("bench")]
    [TestCase("examples")]
    public void Lines_have_160_columns_at_most(string room) => Assert.That(Clone.Sources(room).SelectMany(LongLines), Is.Empty);

    private static IEnumerable<string> LongLines(string file)
    {
        var isRaw = false;
        foreach (var (index, line) in File.ReadAllLines(file).Index())
        {
            var fences = line.Split("\"\"\"").Length - 1;
            if (line.Length > 160 && !isRaw && fences == 0)
                yield return $"{Path.GetRelativePath(Clone.Root, file)}:{index + 1} has {line.Length} columns";
            isRaw ^= fences % 2 == 1;
        }
    }

    [Test]
    public void Snapshots_hold_nothing_but_verified_files() =>
        Assert.That(Directory.GetFiles(Clone.File("snapshots")).Where(file => !file.EndsWith(".verified.txt", StringComparison.Ordinal)), Is.Empty);
}
