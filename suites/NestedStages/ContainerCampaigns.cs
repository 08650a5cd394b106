using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.NestedStages.HostDraft;

namespace Conformance.Suites.NestedStages;

/// <summary>Containers of type 1: which pages devices wrote, where there is no iommufd (DIRTY-13, DIRTY-14).</summary>
internal static class ContainerCampaigns
{
    private const ulong Page = 4096,
        Pages = 16;

    private static readonly NestedStep start = Dirty(DirtyPagesRequest.Start),
        stop = Dirty(DirtyPagesRequest.Stop),
        all = Get(Ram, Pages);

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("container-requests", [DIRTY_14], NestedCampaigns.Container, Requests),
        new NestedCampaign("container-dirty", [DIRTY_13], NestedCampaigns.ContainerPages, DirtyPages) { Sees = [NestedWitnesses.ContainerPage] },
        new RandomNested("random-containers", [DIRTY_13, DIRTY_14], NestedCampaigns.ContainerPages, Random) { Sees = [NestedWitnesses.ContainerPage] },
    ];

    private static NestedStep Group(bool pins, bool leaves = false) => NestedStep.Of(NestedStepKind.ContainerGroup, pins ? 1u : 0, leaves ? 1u : 0);

    private static NestedStep Map(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerMap, iova, pages);

    private static NestedStep Unmap(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerUnmap, iova, pages);

    private static NestedStep Pin(ulong iova, bool letGo = false) => NestedStep.Of(NestedStepKind.ContainerPin, iova, letGo ? 1u : 0);

    private static NestedStep Write(ulong iova) => NestedStep.Of(NestedStepKind.ContainerWrite, iova);

    private static NestedStep Dirty(uint flags, ulong iova = 0, ulong size = 0, ulong pageSize = 0, ulong bytes = 0) =>
        NestedStep.Of(NestedStepKind.ContainerDirty, flags, iova, size, pageSize, bytes);

    private static NestedStep Get(ulong iova, ulong pages) => Dirty(DirtyPagesRequest.Get, iova, pages * Page, Page, ContainerModel.BytesOf(pages));

    // Every flag word, page size, range and length of the bitmap, before START, behind one, behind two, and behind STOP (DIRTY-14).
    private static IEnumerable<Named<NestedPlan>> Requests(NestedSight sight)
    {
        (string Name, NestedStep[] Steps)[] ways =
        [
            ("never started", []),
            ("started", [start]),
            ("started twice", [start, start]),
            ("stopped", [start, stop]),
            ("stopped twice, started again", [start, stop, stop, start]),
        ];
        (ulong Iova, ulong Size)[] ranges =
        [
            (Ram, Pages * Page),
            (Ram, 2 * Pages * Page),
            (Ram - Page, (Pages + 2) * Page),
            (Ram + Page, (Pages - 1) * Page),
            (Ram, (Pages - 1) * Page),
            (Ram + Page, 2 * Page),
            (Ram + (4 * Pages * Page), Pages * Page),
            (Ram, 0),
            (Ram + 1, Page),
            (Ram, Page + 1),
            (ulong.MaxValue - Page + 1, 2 * Page),
        ];
        NestedStep[] mapped = [Map(Ram, Pages), Map(Ram + (2 * Pages * Page), 1)];
        foreach (var pins in Kinds(sight))
        foreach (var (name, way) in ways)
        {
            for (uint flags = 0; flags <= 8; flags++)
                foreach (var (iova, size) in flags == DirtyPagesRequest.Get ? ranges : ranges[..1])
                foreach (var pageSize in flags == DirtyPagesRequest.Get ? [Page, 0, 2 * Page, Page / 2, 3 * Page] : new[] { Page })
                foreach (var bytes in Lengths(size, flags))
                    yield return new(Plan([Group(pins)], mapped, way, [Dirty(flags, iova, size, pageSize, bytes)]), name);
        }
    }

    // Whether a group pins, of those that there are.
    private static List<bool> Kinds(NestedSight sight)
    {
        var kinds = new List<bool>();
        if (sight.Groups.HasFlag(ContainerGroups.Pinning))
            kinds.Add(true);
        if (sight.Groups.HasFlag(ContainerGroups.Silent))
            kinds.Add(false);
        return kinds;
    }

    private static ulong[] Lengths(ulong size, uint flags)
    {
        var right = ContainerModel.BytesOf(size / Page);
        return flags == DirtyPagesRequest.Get ? [right, right - Math.Min(8, right), right + 8] : [right];
    }

    // Groups that pin, groups that tell nobody, and both; pages that are pinned, let go of and written before START, behind it and between queries (DIRTY-13).
    private static IEnumerable<Named<NestedPlan>> DirtyPages(NestedSight sight)
    {
        NestedStep[] mapped = [Map(Ram, Pages / 2), Map(Ram + (Pages / 2 * Page), Pages / 2)];
        foreach (var page in new ulong[] { 0, 1, (Pages / 2) - 1, Pages / 2, Pages - 1 })
        {
            var at = Ram + (page * Page);
            NestedStep[][] works =
            [
                [Write(at)],
                [Pin(at)],
                [Pin(at), Pin(at, letGo: true)],
                [Pin(at), all],
                [Pin(at), all, Pin(at, letGo: true)],
                [Write(at), all, Write(at)],
                [Pin(at), all, all, Write(at)],
            ];
            foreach (var work in works)
            {
                yield return new(Plan([Group(true)], mapped, [start], work, [all, all]), "a group that pins");
                yield return new(Plan([Group(true)], mapped, work, [start, all, all]), "work before START");
                yield return new(Plan([Group(true), Group(false)], mapped, [start], work, [all, all]), "beside a group that tells nobody");
                yield return new(Plan([Group(true)], mapped, [start], work, [Group(false), all, Group(false, leaves: true), all, all]), "it comes and leaves");
            }
        }

        var alone = Group(false);
        yield return new(Plan([alone], mapped, [start, all, all, all]), "a group that tells nobody");
        yield return new(Plan([alone], mapped, [start, Map(Ram + (Pages * Page), 4), Get(Ram, Pages + 4)]), "mapped behind START");
        yield return new(Plan([alone], mapped, [start, Unmap(Ram, Pages / 2), all, Map(Ram, Pages / 2), all]), "mapped again");
        yield return new(Plan([alone, Group(true)], mapped, [start, all, Group(false, leaves: true), all, all]), "left to a group that pins");
        yield return new(Plan([Group(true), alone], mapped, [start, all, Group(true, leaves: true), all]), "left to a group that tells nobody");
        yield return new(Plan([alone, Group(true)], mapped, [start, stop, Group(false, leaves: true), start, all]), "left while nobody asks");
    }

    private static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var kinds = Kinds(sight);
        bool Kind() => kinds[(int)(dice.Next() % (ulong)kinds.Count)];
        var steps = new List<NestedStep> { Group(Kind()), Map(Ram, Pages), Map(Ram + (2 * Pages * Page), Pages), start };
        var pinsOnRequest = sight.Groups.HasFlag(ContainerGroups.PinsOnRequest);
        for (var number = 4 + (dice.Next() % 16); number > 0; number--)
        {
            var (first, page) = (Ram + (dice.Next() % 2 * 2 * Pages * Page), dice.Next() % Pages);
            steps.Add(
                (dice.Next() % 12) switch
                {
                    0 => Group(Kind()),
                    1 => Group(Kind(), leaves: true),
                    2 => Unmap(first, Pages),
                    3 => Map(first, Pages),
                    4 or 5 when pinsOnRequest => Pin(first + (page * Page)),
                    6 when pinsOnRequest => Pin(first + (page * Page), letGo: true),
                    7 or 8 when pinsOnRequest => Write(first + (page * Page)),
                    9 => dice.Next() % 4 == 0 ? stop : start,
                    10 => Get(first, dice.Next() % 4 == 0 ? page : Pages),
                    _ => Get(Ram, 3 * Pages),
                }
            );
        }

        steps.Add(Get(Ram, 3 * Pages));
        return new([.. steps]);
    }
}
