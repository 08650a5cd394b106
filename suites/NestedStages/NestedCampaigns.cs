using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Suites.NestedStages;

/// <summary>The campaigns of the nested suite in the order in which they run: what is plain first.</summary>
public static class NestedCampaigns
{
    /// <summary>The name of the suite.</summary>
    public const string Suite = "nested";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [.. HostCampaigns.All, .. DirtyCampaigns.All, .. GuestCampaigns.All, .. HandoverCampaigns.All, .. WriterCampaigns.All, .. ContainerCampaigns.All];

    /// <summary>A host that is not the kit's.</summary>
    internal static string? Host(NestedSight sight) => sight.Parts.HasFlag(NestedParts.Host) ? null : "the host is the kit's own";

    /// <summary>A host whose devices can have stage 1 of an SMMUv3.</summary>
    internal static string? Stage1(NestedSight sight) => Host(sight) ?? (sight.Host.HasStage1 ? null : "the host has no stage 1 of an SMMUv3");

    /// <summary>Dirty state of stage 2.</summary>
    internal static string? Dirty(NestedSight sight) =>
        Host(sight) ?? (sight.Host.GrantsDirtyParent ? null : "the host refuses dirty tracking of a nest parent (HWPT_ALLOC gives EOPNOTSUPP)");

    /// <summary>A writer of STEs and CDs.</summary>
    internal static string? Writer(NestedSight sight) => sight.HasWriter ? null : "there is no writer of STEs and CDs";

    /// <summary>A container of type 1.</summary>
    internal static string? Container(NestedSight sight) => sight.Groups != ContainerGroups.None ? null : "there is no container of type 1";

    /// <summary>A container with a group that tells nobody what it writes.</summary>
    internal static string? SilentGroup(NestedSight sight) =>
        Container(sight) ?? (sight.Groups.HasFlag(ContainerGroups.Silent) ? null : "all groups of the container pin");

    /// <summary>A container with a group that pins when it is told to.</summary>
    internal static string? PinningGroup(NestedSight sight) =>
        Container(sight) ?? (sight.Groups.HasFlag(ContainerGroups.PinsOnRequest) ? null : "no group of the container pins on request");

    /// <summary>A container whose groups write, or are said to.</summary>
    internal static string? ContainerPages(NestedSight sight) =>
        SilentGroup(sight) is null || PinningGroup(sight) is null ? null : Container(sight) ?? "no group of the container pins or writes anything";

    /// <summary>A VMM.</summary>
    internal static string? Machine(NestedSight sight) => sight.Machine is null ? "there is no VMM on the host" : null;

    /// <summary>A VMM that migrates.</summary>
    internal static string? Migration(NestedSight sight) =>
        Machine(sight) ?? (sight.Machine!.BlocksMigration ? "the VMM blocks migration: nobody can say which pages devices write" : null);

    /// <summary>A VMM that migrates, and hosts that are not all the same.</summary>
    internal static string? OtherMakes(NestedSight sight) => Migration(sight) ?? (sight.HasOtherMakes ? null : "all hosts are of one make");

    /// <summary>A VMM that does not.</summary>
    internal static string? NoMigration(NestedSight sight) => Machine(sight) ?? (sight.Machine!.BlocksMigration ? null : "the VMM migrates");

    /// <summary>A VMM that migrates, and devices with logs of what they write.</summary>
    internal static string? DeviceLogs(NestedSight sight) => Migration(sight) ?? (sight.Host.HasDeviceLogs ? null : "devices do not log what they write");

    /// <summary>The physical STE and the commands that the hardware got.</summary>
    internal static string? Evidence(NestedSight sight) => Host(sight) ?? (sight.HasEvidence ? null : "the hardware's side of the host cannot be seen");
}
