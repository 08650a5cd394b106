namespace Conformance.Suites.Migration;

/// <summary>
/// The campaigns of the migration suite in the order in which they run: what is plain, then what has many plans; what may kill a kernel last.
/// </summary>
public static class MigrationCampaigns
{
    /// <summary>The name of the suite.</summary>
    public const string Suite = "migration";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<MigrationCampaign> All { get; } =
    [
        FeatureCampaigns.Queries,
        StateMachineCampaigns.RequestPairs,
        StateMachineCampaigns.ArcPairs,
        StateMachineCampaigns.Stillness,
        StopCampaigns.Operation,
        StopCampaigns.Quiet,
        StopCampaigns.Carried,
        PeerToPeerCampaigns.Targets,
        PeerToPeerCampaigns.Quiescence,
        StopCampaigns.Trespasses,
        DmaLoggingCampaigns.Requests,
        DmaLoggingCampaigns.Bitmaps,
        AbiCampaigns.Memory,
        AbiCampaigns.UnboundDevice,
        DataSessionCampaigns.Streams,
        PreCopyCampaigns.Counters,
        PreCopyCampaigns.Streams,
        PreCopyCampaigns.Flags,
        DataSessionCampaigns.EndedSessions,
        DataSessionCampaigns.LostDescriptors,
        DataSizeCampaigns.DataSizes,
        ErrorCampaigns.Resets,
        ErrorCampaigns.IncompleteLoads,
        ErrorCampaigns.FailingSaves,
        ResumingCampaigns.Valid,
        ResumingCampaigns.Refused,
        ContentCampaigns.Contents,
        TwoDeviceCampaigns.Handover,
        TwoDeviceCampaigns.Migrations,
        TwoDeviceCampaigns.ForeignImages,
        HisiAccCampaigns.Thread,
        StateMachineCampaigns.Repetition,
        BalanceCampaigns.Balance,
        StateMachineCampaigns.WatchedRequests,
        DataSessionCampaigns.SessionCalls,
        ErrorCampaigns.FailingArcs,
        AbiCampaigns.Matrix,
        new RandomWalks(),
        new LogWalks(),
        ConcurrencyCampaigns.OverlappingCalls,
        new OverlappingWalks(),
        .. ErrorCampaigns.Reopening,
        StateMachineCampaigns.BlockedRequests,
        ErrorCampaigns.Removed,
        ResumingCampaigns.Arbitrary,
    ];

    /// <summary>The campaign of a name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static MigrationCampaign Of(string name) => All.First(campaign => campaign.Name == name);
}
