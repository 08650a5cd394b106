using Conformance.Engine.Snapshots;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>A fixture whose tests compare texts with the verified files in <c>snapshots/</c>. It names them by its class, the test and the test's arguments.</summary>
public abstract class SnapshotFixture
{
    private readonly SnapshotFolder folder = new(Folder);

    internal static string Folder { get; } = FindFolder();

    protected async Task Match(string text)
    {
        var test = TestContext.CurrentContext.Test;
        var arguments = test.MethodInfo!.GetParameters().Select((parameter, index) => KeyValuePair.Create(parameter.Name!, test.Arguments[index]));
        var name = SnapshotName.Of(GetType(), test.MethodName!, [.. arguments]);
#if SNAPSHOTS_BY_VERIFY
        await new VerifySnapshots(folder.Folder).Match(name, text);
#else
        await Report(() => folder.Match(name, text));
#endif
    }

    /// <summary>To be called when every test of the fixture ran.</summary>
    protected async Task RefuseOrphans()
    {
#if SNAPSHOTS_BY_VERIFY
        await Task.Run(() => Assert.Ignore("only the engine of this tree knows which files it used"));
#else
        await Report(() =>
        {
            folder.RefuseOrphans($"{GetType().Name}.");
            return Task.CompletedTask;
        });
#endif
    }

    // Without the name of an exception before it, the message is what tools look for.
    private static async Task Report(Func<Task> match)
    {
        try
        {
            await match();
        }
        catch (SnapshotException error)
        {
            throw new AssertionException(error.Message);
        }
    }

    private static string FindFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Conformance.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("no Conformance.sln above the tests");
        return Path.Combine(folder, "snapshots");
    }
}
