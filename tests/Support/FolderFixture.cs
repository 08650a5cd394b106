using NUnit.Framework;

namespace Conformance.Tests.Support;

/// <summary>Tests that each have an empty folder of their own.</summary>
public abstract class FolderFixture
{
    /// <summary>The folder of the running test; it goes with it.</summary>
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory("conformance-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Folder, recursive: true);
}
