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
    // Mappings of so many pages stand side by side, so that a bitmap of all of them has two words.
    private const ulong Pages = 16,
        Mappings = 5,
        AllPages = Mappings * Pages;

    // The kinds of groups, as steps name them.
    private const uint Silent = 0,
        Pins = 1,
        Idle = 2;

    private static readonly NestedStep start = NestedStep.Of(NestedStepKind.ContainerDirty, DirtyPagesRequest.Start),
        stop = NestedStep.Of(NestedStepKind.ContainerDirty, DirtyPagesRequest.Stop);

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("container-requests", [DIRTY_14], NestedCampaigns.Container, Requests)
        {
            Sees = [NestedWitnesses.ContainerQuery, NestedWitnesses.CutRefused],
        },
        new NestedCampaign("container-unmaps", [DIRTY_14], NestedCampaigns.Container, Unmaps)
        {
            Sees = [NestedWitnesses.ContainerQuery, NestedWitnesses.CutRefused],
        },
        new NestedCampaign("container-pins", [DIRTY_13], NestedCampaigns.PinningGroup, PinnedPages) { Sees = [NestedWitnesses.PinnedPage] },
        new NestedCampaign("container-dirty", [DIRTY_13], NestedCampaigns.SilentGroup, AllPagesDirty) { Sees = [NestedWitnesses.ContainerPage] },
        new RandomNested("random-containers", [DIRTY_13, DIRTY_14], NestedCampaigns.ContainerPages, Random) { Sees = [NestedWitnesses.ContainerPage] },
    ];

    private static NestedStep Group(uint kind, bool leaves = false) => NestedStep.Of(NestedStepKind.ContainerGroup, kind, leaves ? 1u : 0);

    private static NestedStep Map(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerMap, iova, pages);

    private static NestedStep Unmap(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerUnmap, iova, pages);

    private static NestedStep Pin(ulong iova, bool letGo = false) => NestedStep.Of(NestedStepKind.ContainerPin, iova, letGo ? 1u : 0);

    private static NestedStep Write(ulong iova) => NestedStep.Of(NestedStepKind.ContainerWrite, iova);

    private static NestedStep Ask(uint flags, ulong iova, ulong size, ulong pageSize, ulong bytes) =>
        NestedStep.Of(NestedStepKind.ContainerDirty, flags, iova, size, pageSize, bytes);

    private static NestedStep Get(NestedSight sight, ulong iova, ulong pages) =>
        Ask(DirtyPagesRequest.Get, iova, pages * sight.ContainerPage, sight.ContainerPage, ContainerModel.BytesOf(pages));

    private static NestedStep UnmapGet(uint flags, ulong iova, ulong size, ulong pageSize, ulong bytes) =>
        NestedStep.Of(NestedStepKind.ContainerUnmapDirty, flags, iova, size, pageSize, bytes);

    private static NestedStep UnmapGet(NestedSight sight, ulong iova, ulong pages) =>
        UnmapGet(DirtyPagesRequest.UnmapGet, iova, pages * sight.ContainerPage, sight.ContainerPage, ContainerModel.BytesOf(pages));

    private static IEnumerable<NestedStep> MapAll(NestedSight sight) =>
        Enumerable.Range(0, (int)Mappings).Select(index => Map(Ram + ((ulong)index * Pages * sight.ContainerPage), Pages));

    // Each flag, flags together and flags that there are not, before START, behind one, behind two, and behind STOP; of a query every page size, range and
    // length of the bitmap (DIRTY-14).
    private static IEnumerable<Named<NestedPlan>> Requests(NestedSight sight) =>
        Requests(
            sight,
            [
                ("never started", []),
                ("started", [start]),
                ("started twice", [start, start]),
                ("stopped", [start, stop]),
                ("stopped twice, started again", [start, stop, stop, start]),
            ],
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 0x8000_0000, 0x8000_0004],
            DirtyPagesRequest.Get,
            Ask,
            []
        );

    // The same of an unmap that has a bitmap; what is left of the mappings is queried (DIRTY-14).
    private static IEnumerable<Named<NestedPlan>> Unmaps(NestedSight sight) =>
        Requests(
            sight,
            [("never started", []), ("started", [start]), ("stopped", [start, stop])],
            [1, 3, 5, 7, 9, 0x8000_0001],
            DirtyPagesRequest.UnmapGet,
            UnmapGet,
            [Get(sight, Ram, AllPages)]
        );

    private static IEnumerable<Named<NestedPlan>> Requests(
        NestedSight sight,
        (string Name, NestedStep[] Steps)[] ways,
        uint[] flags,
        uint withRange,
        Func<uint, ulong, ulong, ulong, ulong, NestedStep> ask,
        NestedStep[] after
    )
    {
        var page = sight.ContainerPage;
        // Behind a hole of 16 pages there is one page more.
        var alone = Ram + ((AllPages + Pages) * page);
        (ulong Iova, ulong Size)[] ranges =
        [
            (Ram, Pages * page),
            (Ram, AllPages * page),
            (Ram, (AllPages + Pages + 1) * page),
            (Ram - page, (AllPages + 2) * page),
            (Ram - (63 * page), (AllPages + 63) * page),
            (Ram - (64 * page), (AllPages + 64) * page),
            (Ram + (Pages * page), Pages * page),
            (Ram + page, (Pages - 1) * page),
            (Ram, (Pages - 1) * page),
            (Ram, (AllPages - 1) * page),
            (Ram + page, 2 * page),
            (alone, page),
            (alone + page, Pages * page),
            (Ram, 0),
            (Ram + 1, page),
            (Ram, page + 1),
            (ulong.MaxValue - page + 1, page),
            (ulong.MaxValue - page + 1, 2 * page),
        ];
        NestedStep[] mapped = [.. MapAll(sight), Map(alone, 1)];
        foreach (var kind in Kinds(sight).Where(kind => kind != Idle))
        foreach (var (name, way) in ways)
        foreach (var flag in flags)
        foreach (var (iova, size) in flag == withRange ? ranges : ranges[..1])
        foreach (var pageSize in flag == withRange ? [page, 0, 2 * page, page / 2, 3 * page] : new[] { page })
        foreach (var bytes in Lengths(size / page, flag == withRange))
            yield return new(Plan([Group(kind)], mapped, way, [ask(flag, iova, size, pageSize, bytes)], after), name);
    }

    // The kinds of groups that there are.
    private static List<uint> Kinds(NestedSight sight)
    {
        var kinds = new List<uint>();
        if (sight.Groups.HasFlag(ContainerGroups.Pinning))
            kinds.Add(Pins);
        if (sight.Groups.HasFlag(ContainerGroups.Silent))
            kinds.Add(Silent);
        if (sight.Groups.HasFlag(ContainerGroups.Idle))
            kinds.Add(Idle);
        return kinds;
    }

    private static ulong[] Lengths(ulong pages, bool others)
    {
        var right = ContainerModel.BytesOf(pages);
        return others ? [right, right - Math.Min(8, right), right + 8] : [right];
    }

    // Pages that are pinned, let go of and written before START, behind it and between queries, in a container with no other group, beside others, and while
    // they come and leave; mappings that go, with a bitmap or without one (DIRTY-13).
    private static IEnumerable<Named<NestedPlan>> PinnedPages(NestedSight sight)
    {
        var page = sight.ContainerPage;
        var all = Get(sight, Ram, AllPages);
        NestedStep[] mapped = [.. MapAll(sight)];
        foreach (var number in new ulong[] { 0, 1, Pages - 1, Pages, 63, 64, AllPages - 1 })
        {
            var at = Ram + (number * page);
            NestedStep[][] works =
            [
                [Write(at)],
                [Pin(at)],
                [Pin(at), Pin(at, letGo: true)],
                [Pin(at), all],
                [Pin(at), all, Pin(at, letGo: true)],
                [Write(at), all, Write(at)],
                [Pin(at), all, all, Write(at)],
                [Write(at + page - (IDmaContainer.WordBytes / 2))],
            ];
            var mapping = Ram + (number / Pages * Pages * page);
            foreach (var work in works)
            {
                yield return new(Plan([Group(Pins)], mapped, [start], work, [all, all]), "a group that pins");
                yield return new(Plan([Group(Pins)], mapped, work, [start, all, all]), "work before START");
                yield return new(Plan([Group(Pins), Group(Silent)], mapped, [start], work, [all, all]), "beside a group that does not");
                yield return new(
                    Plan([Group(Pins)], mapped, [start], work, [Group(Silent), all, Group(Silent, leaves: true), all, all]),
                    "one comes and leaves"
                );
                yield return new(Plan([Group(Pins), Group(Idle)], mapped, [start], work, [all, all]), "beside a group that would pin");
                yield return new(
                    Plan([Group(Pins)], mapped, [start], work, [Group(Idle), all, Group(Idle, leaves: true), all]),
                    "one that would pin comes and leaves"
                );
                yield return new(
                    Plan([Group(Pins), Group(Idle)], mapped, [start], work, [Group(Pins, leaves: true), all, all]),
                    "left to a group that would pin"
                );
                yield return new(
                    Plan([Group(Pins)], mapped, [start], work, [UnmapGet(sight, mapping, Pages), all, Map(mapping, Pages), all]),
                    "unmapped with a bitmap"
                );
                yield return new(Plan([Group(Pins)], mapped, [start], work, [Unmap(mapping, Pages), Map(mapping, Pages), all]), "mapped again");
                yield return new(Plan([Group(Pins)], mapped, [start], work, [UnmapGet(sight, Ram - (63 * page), AllPages + 63)]), "all of it unmapped");
            }

            // The bits begin with the query, wherever that begins within a word.
            foreach (var before in new ulong[] { 1, 63, 64 })
                yield return new(
                    Plan([Group(Pins)], mapped, [start, Write(at), Get(sight, Ram - (before * page), AllPages + before)]),
                    $"from {before} pages before"
                );
        }
    }

    // A group that tells nobody what it writes, alone and beside others; mappings that come and go (DIRTY-13).
    private static IEnumerable<Named<NestedPlan>> AllPagesDirty(NestedSight sight)
    {
        var page = sight.ContainerPage;
        var all = Get(sight, Ram, AllPages);
        NestedStep[] mapped = [.. MapAll(sight)];
        var alone = Group(Silent);
        yield return new(Plan([alone], mapped, [start, all, all, all]), "a group that does not pin");
        foreach (var before in new ulong[] { 1, 63, 64 })
            yield return new(Plan([alone], mapped, [start, Get(sight, Ram - (before * page), AllPages + before)]), $"it, from {before} pages before");
        yield return new(Plan([alone], mapped, [start, Map(Ram + (AllPages * page), 4), Get(sight, Ram, AllPages + 4)]), "mapped behind START");
        yield return new(Plan([alone], mapped, [start, Unmap(Ram, Pages), all, Map(Ram, Pages), all]), "mapped again");
        yield return new(Plan([alone], mapped, [start, UnmapGet(sight, Ram, Pages), all, UnmapGet(sight, Ram - page, AllPages + 1)]), "it, unmapped");
        yield return new(Plan([alone, Group(Idle)], mapped, [start, all, Group(Silent, leaves: true), all, all]), "left to a group that would pin");
        yield return new(
            Plan([alone, Group(Idle)], mapped, [start, all, Group(Silent, leaves: true), UnmapGet(sight, Ram, AllPages)]),
            "left to a group that would pin, unmapped"
        );
        yield return new(Plan([alone, Group(Pins)], mapped, [start, all, Group(Silent, leaves: true), all, all]), "left to a group that pins");
        yield return new(Plan([Group(Pins), alone], mapped, [start, all, Group(Pins, leaves: true), all]), "left to a group that does not");
        yield return new(Plan([alone, Group(Pins)], mapped, [start, stop, Group(Silent, leaves: true), start, all]), "left between STOP and START");
    }

    private static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var kinds = Kinds(sight);
        uint Kind() => kinds[(int)(dice.Next() % (ulong)kinds.Count)];
        var pinsOnRequest = sight.Groups.HasFlag(ContainerGroups.PinsOnRequest);
        var steps = new List<NestedStep> { Group(Kind()) };
        steps.AddRange(MapAll(sight));
        steps.Add(start);
        for (var number = 4 + (dice.Next() % 16); number > 0; number--)
        {
            var first = Ram + (dice.Next() % Mappings * Pages * sight.ContainerPage);
            var at = first + (dice.Next() % Pages * sight.ContainerPage);
            steps.Add(
                (dice.Next() % 12) switch
                {
                    0 => Group(Kind()),
                    1 => Group(Kind(), leaves: true),
                    2 => Unmap(first, Pages),
                    3 => Map(first, Pages),
                    4 or 5 when pinsOnRequest => Pin(at),
                    6 when pinsOnRequest => Pin(at, letGo: true),
                    7 when pinsOnRequest => Write(at + (dice.Next() % 4 == 0 ? sight.ContainerPage - 4 : 0)),
                    9 => dice.Next() % 4 == 0 ? stop : start,
                    8 => UnmapGet(sight, first, Pages),
                    10 => Get(sight, first, dice.Next() % 4 == 0 ? dice.Next() % Pages : Pages),
                    _ => Get(sight, Ram, AllPages),
                }
            );
        }

        steps.Add(Get(sight, Ram, AllPages));
        return new([.. steps]);
    }
}
