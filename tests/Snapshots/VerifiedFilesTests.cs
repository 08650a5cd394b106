using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>The approved files are as Verify would have written them, and each has somebody who asks for it.</summary>
public sealed class VerifiedFilesTests
{
    private static string[] Files { get; } = Directory.GetFiles(SnapshotFixture.Folder, "*.verified.txt");

    [Test]
    public void There_are_some() => Assert.That(Files, Has.Length.GreaterThan(20));

    [TestCaseSource(nameof(Files))]
    public void A_file_has_a_mark_and_LF_and_no_last_line_end(string file)
    {
        var bytes = File.ReadAllBytes(file);
        Assert.That(bytes[..3], Is.EqualTo(new byte[] { 0xEF, 0xBB, 0xBF }));
        Assert.That(bytes, Does.Not.Contain((byte)'\r'));
        Assert.That(bytes[^1], Is.Not.EqualTo((byte)'\n'));
    }

    /// <summary>A fixture looks for orphans of its own; the name of a file says whose it is.</summary>
    [Test]
    public void Every_file_belongs_to_a_fixture()
    {
        var fixtures = typeof(SnapshotFixture).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(SnapshotFixture))).Select(type => type.Name).ToList();
        Assert.That(fixtures, Is.Unique);
        Assert.That(Files.Select(file => Path.GetFileName(file).Split('.')[0]).Distinct().Except(fixtures), Is.Empty);
    }
}
