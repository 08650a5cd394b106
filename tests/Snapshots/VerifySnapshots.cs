using Conformance.Engine.Snapshots;
using VerifyNUnit;

namespace Conformance.Tests.Snapshots;

/// <summary>The same files, judged by Verify: chosen by <c>-p:SnapshotEngine=Verify</c>, otherwise only compiled, against <c>VerifyStandIn</c>.</summary>
/// <param name="folder">Where the files are.</param>
internal sealed class VerifySnapshots(string folder) : ISnapshots
{
    public async Task Match(string name, string text) => await Verifier.Verify(SnapshotText.Canonical(text), "txt").UseDirectory(folder).UseFileName(name);
}
