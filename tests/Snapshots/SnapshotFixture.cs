using Conformance.Engine.Snapshots;
using NUnit.Framework;

namespace Conformance.Tests.Snapshots;

/// <summary>
/// A fixture whose tests compare texts with the verified files in <c>snapshots/</c>. It names them by its class, the test and the test's arguments.
/// </summary>
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
        folder.Record(name);
        await new VerifySnapshots(folder.Folder, Environment.GetEnvironmentVariable).Match(name, text);
#else
        await Report(() => folder.Match(name, text));
#endif
    }

    /// <summary>To be called when every test of the fixture ran.</summary>
    protected Task RefuseOrphans() =>
        Report(() =>
        {
            folder.RefuseOrphans($"{GetType().Name}.");
            return Task.CompletedTask;
        });

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
