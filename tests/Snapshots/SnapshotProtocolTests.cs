using System.Text;
using Conformance.Engine.Snapshots;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>The engine keeps the protocol of Verify: names, bytes, messages, orphans, and who accepts.</summary>
[Category("quick")]
public sealed class SnapshotProtocolTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("conformance-snapshots-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    private static IEnumerable<TestCaseData> Values()
    {
        yield return new(null, "null");
        yield return new("plain text", "plain text");
        yield return new("", "");
        yield return new("a\"b\\c<d>e|f:g*h?i/j#k\u0000l\u001fm\tn", "a-b-c-d-e-f-g-h-i-j-k-l-m-n");
        yield return new("dots.and=signs_é~\u007f", "dots.and=signs_é~\u007f");
        yield return new(7, "7");
        yield return new(-3, "-3");
        yield return new(ulong.MaxValue, "18446744073709551615");
        yield return new(1.5, "1.5");
        yield return new(1.5m, "1.5");
        yield return new(true, "True");
        yield return new('/', "-");
        yield return new(DayOfWeek.Friday, "Friday");
        yield return new(new DateOnly(2026, 1, 2), "2026-01-02");
        yield return new(new List<int> { 1, 2 }, "1,2");
        yield return new(Array.Empty<int>(), "[]");
        yield return new(new List<string?> { "a", null, "c/d" }, "a,null,c-d");
        yield return new(
            new List<object>
            {
                new List<int> { 1, 2 },
                3,
                Array.Empty<int>(),
            },
            "[1,2],3,[]"
        );
        yield return new(new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }, "a=1,b=2");
        yield return new(new Uri("http://x/y?z"), "http---x-y-z");
    }

    [TestCaseSource(nameof(Values))]
    public void A_value_in_a_name(object? value, string expected) => Assert.That(SnapshotName.Value(value), Is.EqualTo(expected));

    [Test]
    public void A_time_is_refused_in_a_name() => Assert.That(() => SnapshotName.Value(DateTime.UnixEpoch), Throws.ArgumentException);

    [Test]
    public void A_name_has_type_method_and_parameters()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SnapshotName.Of(typeof(SnapshotProtocolTests), "Method"), Is.EqualTo("SnapshotProtocolTests.Method"));
            Assert.That(SnapshotName.Of(typeof(Outer.Inner), "Method"), Is.EqualTo("SnapshotProtocolTests.Outer.Inner.Method"));
            Assert.That(
                SnapshotName.Of(typeof(Outer), "M", new("driver", "reference:full"), new("n", null)),
                Is.EqualTo("SnapshotProtocolTests.Outer.M_driver=reference-full_n=null")
            );
        });
    }

    [Test]
    public async Task What_is_new_is_received_then_accepted_then_equal()
    {
        Assert.That(() => New().Match("T.M", "first\r\nsecond\rthird\n\n"), Throws.TypeOf<SnapshotException>());
        Assert.That(File.ReadAllBytes(Received("T.M")), Is.EqualTo("\uFEFFfirst\nsecond\nthird"u8.ToArray()));
        Assert.That(File.Exists(Verified("T.M")), Is.False);
        Assert.That(ReceivedFiles.Accept(folder), Is.EqualTo(["T.M.verified.txt"]));
        Assert.That(File.ReadAllBytes(Verified("T.M")), Is.EqualTo("\uFEFFfirst\nsecond\nthird"u8.ToArray()));
        await New().Match("T.M", "first\nsecond\nthird\n");
        Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
        Assert.That(ReceivedFiles.Accept(folder), Is.Empty);
    }

    [Test]
    public async Task A_match_removes_what_was_received_before()
    {
        File.WriteAllText(Verified("T.M"), "same");
        File.WriteAllText(Received("T.M"), "old");
        await New().Match("T.M", "same");
        Assert.That(File.Exists(Received("T.M")), Is.False);
    }

    // The engine does not compare as a culture would: the same letter in two spellings, case, spaces at the end.
    [TestCase("\u00e9", "e\u0301")]
    [TestCase("a", "A")]
    [TestCase("a", "a ")]
    [TestCase("a", "a\n")]
    [TestCase("a\u00adb", "ab")]
    public void Comparison_is_ordinal(string text, string verified)
    {
        File.WriteAllText(Verified("T.M"), verified, new UTF8Encoding(true));
        Assert.That(() => New().Match("T.M", text), Throws.TypeOf<SnapshotException>());
        Assert.That(File.ReadAllText(Verified("T.M")), Is.EqualTo(verified), "the verified file is left alone");
    }

    [Test]
    public void An_empty_verified_file_counts_as_missing([Values] bool mark)
    {
        File.WriteAllText(Verified("T.M"), "", new UTF8Encoding(mark));
        Assert.That(() => New().Match("T.M", "text"), Throws.TypeOf<SnapshotException>().With.Message.Contains("\nNew:\n"));
    }

    [Test]
    public void A_snapshot_of_nothing_or_of_what_no_file_can_hold_is_refused()
    {
        Assert.That(() => New().Match("T.M", "\n\r\n"), Throws.ArgumentException);
        Assert.That(() => New().Match("T.M", "\ud800"), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase("")]
    [TestCase("../T.M")]
    [TestCase("T#1")]
    public void A_name_that_is_none_is_refused(string name) => Assert.That(() => New().Match(name, "text"), Throws.ArgumentException);

    [TestCase("same\r\ntext")]
    [TestCase("same\rtext")]
    [TestCase("same\ntext\r\n")]
    public void A_CR_in_a_verified_file_is_refused(string verified)
    {
        File.WriteAllText(Verified("T.M"), verified);
        Assert.That(
            () => New().Match("T.M", "same\ntext"),
            Throws
                .TypeOf<SnapshotException>()
                .With.Message.Contains("T.M.verified.txt")
                .And.Message.Contains("holds a CR")
                .And.Message.Contains(".gitattributes")
        );
        Assert.That(File.Exists(Received("T.M")), "accepting it mends the file");
    }

    [Test]
    public async Task A_name_is_used_once_in_a_run_whatever_its_case()
    {
        File.WriteAllText(Verified("T.M"), "text");
        var run = New();
        await run.Match("T.M", "text");
        Assert.That(() => run.Match("T.m", "text"), Throws.InvalidOperationException.With.Message.Contains("'T.M'"));
        await New().Match("T.M", "text");
    }

    [Test]
    public void The_message_of_a_new_one()
    {
        var error = Assert.Throws<SnapshotException>(() => New().Match("T.M_n=1", "a\nb"));
        Assert.That(
            error.Message,
            Is.EqualTo(
                $"""
                Directory: {folder}
                New:
                  - Received: T.M_n=1.received.txt
                    Verified: T.M_n=1.verified.txt

                FileContent:

                New:

                Received: T.M_n=1.received.txt
                a
                b

                """
            )
        );
    }

    [Test]
    public void The_message_of_a_difference_shows_the_lines_that_differ()
    {
        File.WriteAllText(Verified("T.M"), "1\n2\n3\n4\n5\n6\n7\n8");
        var error = Assert.Throws<SnapshotException>(() => New().Match("T.M", "1\n2\n3\nfour\n5\n6\n7\n8\n9"));
        Assert.That(
            error.Message,
            Is.EqualTo(
                $"""
                Directory: {folder}
                NotEqual:
                  - Received: T.M.received.txt
                    Verified: T.M.verified.txt

                FileContent:

                NotEqual:

                Received: T.M.received.txt
                Verified: T.M.verified.txt
                Compare Result:
                  ...
                  2
                  3
                - 4
                + four
                  5
                  6
                  7
                  8
                + 9

                """
            )
        );
    }

    [Test]
    public void The_message_lists_every_kind()
    {
        var message = new SnapshotMessage("/work")
        {
            New = [("A", "new text")],
            NotEqual = [("B", "after", "before")],
            Delete = ["C"],
            Equal = ["D"],
        };
        Assert.That(
            message.ToString(),
            Is.EqualTo(
                """
                Directory: /work
                New:
                  - Received: A.received.txt
                    Verified: A.verified.txt
                NotEqual:
                  - Received: B.received.txt
                    Verified: B.verified.txt
                Delete:
                  - C.verified.txt
                Equal:
                  - Received: D.received.txt
                    Verified: D.verified.txt

                FileContent:

                New:

                Received: A.received.txt
                new text

                NotEqual:

                Received: B.received.txt
                Verified: B.verified.txt
                Compare Result:
                - before
                + after

                """
            )
        );
    }

    [Test]
    public void A_difference_of_white_space_is_one_and_a_long_one_is_cut()
    {
        Assert.That(SnapshotMessage.Difference("a b", "a  b"), Is.EqualTo("- a b\n+ a  b"));
        Assert.That(SnapshotMessage.Difference("x", string.Join('\n', Enumerable.Range(1, 5_000))).Split('\n'), Has.Length.EqualTo(201));
    }

    [Test]
    public async Task Orphans_are_the_verified_files_that_nothing_asked_for()
    {
        foreach (var name in (string[])["T.M", "T.Old", "U.Old"])
            File.WriteAllText(Verified(name), "text");
        var run = New();
        await run.Match("T.M", "text");
        Assert.Multiple(() =>
        {
            Assert.That(run.Orphans("T."), Is.EqualTo(["T.Old"]));
            Assert.That(run.Orphans(), Is.EqualTo(["T.Old", "U.Old"]));
            Assert.That(run.Orphans("V."), Is.Empty);
            Assert.That(
                () => run.RefuseOrphans("T."),
                Throws.TypeOf<SnapshotException>().With.Message.EqualTo($"Directory: {folder}\nDelete:\n  - T.Old.verified.txt\n")
            );
            Assert.That(() => run.RefuseOrphans("V."), Throws.Nothing);
            Assert.That(new SnapshotFolder(Path.Combine(folder, "none")).Orphans(), Is.Empty);
        });
    }

    [Test]
    public void One_that_another_engine_judges_is_no_orphan()
    {
        File.WriteAllText(Verified("T.M"), "text");
        var run = New();
        run.Record("T.M");
        Assert.That(run.Orphans(), Is.Empty);
        Assert.That(() => run.Record("T.m"), Throws.InvalidOperationException);
        Assert.That(() => run.Record("../T.M"), Throws.ArgumentException);
    }

    [Test]
    public void One_that_fails_is_no_orphan()
    {
        File.WriteAllText(Verified("T.M"), "text");
        var run = New();
        Assert.That(() => run.Match("T.M", "other"), Throws.TypeOf<SnapshotException>());
        Assert.That(run.Orphans(), Is.Empty);
    }

    [Test]
    public void Accepting_takes_received_files_only_and_any_of_them()
    {
        foreach (var name in (string[])["A.received.b.received.txt", "B.received.json", "C.verified.txt", ".received.txt", "notes.txt"])
            File.WriteAllText(Path.Combine(folder, name), name);
        Assert.That(ReceivedFiles.Accept(folder), Is.EqualTo(["A.received.b.verified.txt", "B.verified.json"]));
        Assert.That(
            Directory.GetFiles(folder).Select(Path.GetFileName),
            Is.EquivalentTo([".received.txt", "A.received.b.verified.txt", "B.verified.json", "C.verified.txt", "notes.txt"])
        );
    }

    [TestCase("CI", "true", true)]
    [TestCase("CI", "1", true)]
    [TestCase("CI", "woodpecker", true)]
    [TestCase("CI", "false", false)]
    [TestCase("CI", "0", false)]
    [TestCase("CI", "", false)]
    [TestCase("TF_BUILD", "True", true)]
    [TestCase("JENKINS_URL", "http://ci.example/", true)]
    [TestCase("TEAMCITY_VERSION", "2026.1", true)]
    [TestCase("HOME", "true", false)]
    public void A_build_server_is_known_by_its_variables(string variable, string value, bool expected) =>
        Assert.That(ReceivedFiles.BuildServer(name => name == variable ? value : null), Is.EqualTo(expected ? variable : null));

#if !SNAPSHOTS_BY_VERIFY
    /// <summary>
    /// All that this tree can say of the adapter: it compiles against the signatures, hands over the same file and text, and asks for no viewer on a build
    /// server.
    /// </summary>
    [TestCase(null, 1)]
    [TestCase("CI", 0)]
    [TestCase("TF_BUILD", 0)]
    public async Task The_adapter_of_Verify_names_the_same_file_and_gives_the_same_text(string? buildServer, int verifiedFiles)
    {
        await new VerifySnapshots(folder, name => name == buildServer ? "true" : null).Match("T.M_n=1", "a\r\nb\n");
        Assert.That(File.ReadAllText(Received("T.M_n=1")), Is.EqualTo("a\nb"));
        Assert.That(Directory.GetFiles(folder, "*.verified.*"), Has.Length.EqualTo(verifiedFiles), "what a viewer leaves behind");
    }
#endif

    private SnapshotFolder New() => new(folder);

    private string Verified(string name) => Path.Combine(folder, $"{name}.verified.txt");

    private string Received(string name) => Path.Combine(folder, $"{name}.received.txt");

    private static class Outer
    {
        internal static class Inner;
    }
}
