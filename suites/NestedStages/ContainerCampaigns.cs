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

    private static readonly NestedStep start = NestedStep.Of(NestedStepKind.ContainerDirty, DirtyPagesRequest.Start),
        stop = NestedStep.Of(NestedStepKind.ContainerDirty, DirtyPagesRequest.Stop);

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("container-requests", [DIRTY_14], NestedCampaigns.Container, Requests)
        {
            Sees = [NestedWitnesses.ContainerQuery, NestedWitnesses.CutRefused],
        },
        new NestedCampaign("container-dirty", [DIRTY_13], NestedCampaigns.ContainerPages, DirtyPages) { Sees = [NestedWitnesses.ContainerPage] },
        new RandomNested("random-containers", [DIRTY_13, DIRTY_14], NestedCampaigns.ContainerPages, Random) { Sees = [NestedWitnesses.ContainerPage] },
    ];

    // A group whose driver pins what its device uses, or one that tells nobody what it writes.
    private static NestedStep Group(bool pins, bool leaves = false) => NestedStep.Of(NestedStepKind.ContainerGroup, pins ? 1u : 0, leaves ? 1u : 0);

    private static NestedStep Map(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerMap, iova, pages);

    private static NestedStep Unmap(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.ContainerUnmap, iova, pages);

    private static NestedStep Pin(ulong iova, bool letGo = false) => NestedStep.Of(NestedStepKind.ContainerPin, iova, letGo ? 1u : 0);

    private static NestedStep Write(ulong iova) => NestedStep.Of(NestedStepKind.ContainerWrite, iova);

    private static NestedStep Ask(uint flags, ulong iova, ulong size, ulong pageSize, ulong bytes) =>
        NestedStep.Of(NestedStepKind.ContainerDirty, flags, iova, size, pageSize, bytes);

    private static NestedStep Get(NestedSight sight, ulong iova, ulong pages) =>
        Ask(DirtyPagesRequest.Get, iova, pages * sight.ContainerPage, sight.ContainerPage, ContainerModel.BytesOf(pages));

    private static IEnumerable<NestedStep> MapAll(NestedSight sight) =>
        Enumerable.Range(0, (int)Mappings).Select(index => Map(Ram + ((ulong)index * Pages * sight.ContainerPage), Pages));

    // Each flag, flags together and flags that there are not, before START, behind one, behind two, and behind STOP; of a query every page size, range and
    // length of the bitmap (DIRTY-14).
    private static IEnumerable<Named<NestedPlan>> Requests(NestedSight sight)
    {
        var page = sight.ContainerPage;
        (string Name, NestedStep[] Steps)[] ways =
        [
            ("never started", []),
            ("started", [start]),
            ("started twice", [start, start]),
            ("stopped", [start, stop]),
            ("stopped twice, started again", [start, stop, stop, start]),
        ];
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
        uint[] flags = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 0x8000_0000, 0x8000_0004];
        NestedStep[] mapped = [.. MapAll(sight), Map(alone, 1)];
        foreach (var pins in Kinds(sight))
        foreach (var (name, way) in ways)
        foreach (var flag in flags)
        foreach (var (iova, size) in flag == DirtyPagesRequest.Get ? ranges : ranges[..1])
        foreach (var pageSize in flag == DirtyPagesRequest.Get ? [page, 0, 2 * page, page / 2, 3 * page] : new[] { page })
        foreach (var bytes in Lengths(size / page, flag))
            yield return new(Plan([Group(pins)], mapped, way, [Ask(flag, iova, size, pageSize, bytes)]), name);
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

    private static ulong[] Lengths(ulong pages, uint flags)
    {
        var right = ContainerModel.BytesOf(pages);
        return flags == DirtyPagesRequest.Get ? [right, right - Math.Min(8, right), right + 8] : [right];
    }

    // Groups that pin, groups that tell nobody, and both; pages that are pinned, let go of and written before START, behind it and between queries (DIRTY-13).
    private static IEnumerable<Named<NestedPlan>> DirtyPages(NestedSight sight)
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
            ];
            foreach (var work in works)
            {
                yield return new(Plan([Group(true)], mapped, [start], work, [all, all]), "a group that pins");
                yield return new(Plan([Group(true)], mapped, work, [start, all, all]), "work before START");
                yield return new(Plan([Group(true), Group(false)], mapped, [start], work, [all, all]), "beside a group that does not");
                yield return new(Plan([Group(true)], mapped, [start], work, [Group(false), all, Group(false, leaves: true), all, all]), "one comes and leaves");
            }

            // The bits begin with the query, wherever that begins within a word.
            foreach (var before in new ulong[] { 1, 63, 64 })
                yield return new(
                    Plan([Group(true)], mapped, [start, Write(at), Get(sight, Ram - (before * page), AllPages + before)]),
                    $"from {before} pages before"
                );
        }

        var alone = Group(false);
        yield return new(Plan([alone], mapped, [start, all, all, all]), "a group that does not pin");
        foreach (var before in new ulong[] { 1, 63, 64 })
            yield return new(Plan([alone], mapped, [start, Get(sight, Ram - (before * page), AllPages + before)]), $"it, from {before} pages before");
        yield return new(Plan([alone], mapped, [start, Map(Ram + (AllPages * page), 4), Get(sight, Ram, AllPages + 4)]), "mapped behind START");
        yield return new(Plan([alone], mapped, [start, Unmap(Ram, Pages), all, Map(Ram, Pages), all]), "mapped again");
        yield return new(Plan([alone, Group(true)], mapped, [start, all, Group(false, leaves: true), all, all]), "left to a group that pins");
        yield return new(Plan([Group(true), alone], mapped, [start, all, Group(true, leaves: true), all]), "left to a group that does not");
        yield return new(Plan([alone, Group(true)], mapped, [start, stop, Group(false, leaves: true), start, all]), "left between STOP and START");
    }

    private static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var kinds = Kinds(sight);
        bool Kind() => kinds[(int)(dice.Next() % (ulong)kinds.Count)];
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
                    7 or 8 when pinsOnRequest => Write(at),
                    9 => dice.Next() % 4 == 0 ? stop : start,
                    10 => Get(sight, first, dice.Next() % 4 == 0 ? dice.Next() % Pages : Pages),
                    _ => Get(sight, Ram, AllPages),
                }
            );
        }

        steps.Add(Get(sight, Ram, AllPages));
        return new([.. steps]);
    }
}
