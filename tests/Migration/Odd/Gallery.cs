namespace Conformance.Tests.Migration.Odd;

/// <summary>All odd drivers.</summary>
internal static class Gallery
{
    internal static IReadOnlyList<OddDriver> All { get; } =
    [.. OddStreams.All, .. OddPreCopy.All, .. OddRequests.All, .. OddEstimates.All, .. OddDescriptors.All, .. OddSeams.All, .. OddLogs.All, .. OddLoads.All];
}
