using Conformance.Engine.Snapshots;
using VerifyNUnit;

namespace Conformance.Tests.Snapshots;

/// <summary>The same files, judged by Verify: chosen by <c>-p:SnapshotEngine=Verify</c>, otherwise only compiled, against <c>VerifyStandIn</c>.</summary>
/// <param name="folder">Where the files are.</param>
/// <param name="variable">Gives the value of an environment variable.</param>
internal sealed class VerifySnapshots(string folder, Func<string, string?> variable) : ISnapshots
{
    public async Task Match(string name, string text)
    {
        var verification = Verifier.Verify(SnapshotText.Canonical(text), "txt").UseDirectory(folder).UseFileName(name);
        // DiffEngine does not take a plain CI for a build server: it would start a viewer there, and leave a verified file of three bytes behind.
        if (ReceivedFiles.BuildServer(variable) is not null)
            verification = verification.DisableDiff();
        await verification;
    }
}
