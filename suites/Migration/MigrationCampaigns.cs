using Conformance.Engine.Plans;
using Conformance.Model.Migration.Device;

namespace Conformance.Suites.Migration;

/// <summary>The campaigns of the migration suite in the order in which they run: what once failed, then what is plain, then what has many plans; what may kill a kernel last.</summary>
public static class MigrationCampaigns
{
    /// <summary>The name of the suite.</summary>
    public const string Suite = "migration";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ICampaign> All { get; } =
    [
        new StoredRegressions(),
        new FeatureQueries(),
        new RequestPairs(),
        new ArcPairs(),
        new Stillness(),
        new EnvelopeMemory(),
        new UnboundDevice(),
        new Streams(),
        new EndedSessions(),
        new LostDescriptors(),
        new DataSizes(),
        new Resets(),
        new IncompleteLoads(),
        new FailingSaves(),
        new Repetition(),
        new WatchedRequests(),
        new SessionCalls(),
        new FailingArcs(),
        new EnvelopeMatrix(),
        new RandomWalks(),
        .. Enumerable
            .Range(1, 7)
            .Select(state => (DeviceState)state)
            .OrderBy(state => state == DeviceState.Resuming)
            .Select(state => new CloseAndReopen(state)),
        new BlockedRequests(),
    ];
}
