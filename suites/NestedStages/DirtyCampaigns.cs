using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.NestedStages.HostDraft;

namespace Conformance.Suites.NestedStages;

/// <summary>Dirty tracking of stage 2: bitmaps against a log of the writes (DIRTY-01..11, DIRTY-19).</summary>
internal static class DirtyCampaigns
{
    private const ulong Page = 4096,
        Block = 2 << 20,
        Both = Iommufd.NestParent | Iommufd.DirtyTracking;

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("dirty-errnos", [DIRTY_07], NestedCampaigns.Host, Errnos),
        new NestedCampaign("dirty-life", [DIRTY_02, DIRTY_03, DIRTY_08, DIRTY_09, DIRTY_10, DIRTY_19], NestedCampaigns.Dirty, Life)
        {
            Sees = [NestedWitnesses.DirtyPage],
        },
        new NestedCampaign("dirty-geometry", [DIRTY_01, DIRTY_04, DIRTY_05, DIRTY_06, DIRTY_11], NestedCampaigns.Dirty, Geometry)
        {
            Sees = [NestedWitnesses.DirtyPage],
        },
        new RandomNested("random-dirty", [DIRTY_01], NestedCampaigns.Dirty, Random) { Sees = [NestedWitnesses.DirtyPage] },
    ];

    private static IEnumerable<NestedStep> Tracked(ulong iova = Ram, ulong pages = 16) => [Map(iova, pages), NewParent(Both), Attach(Parent), Track()];

    // Each condition alone, and pairs whose order the interface has.
    private static IEnumerable<Named<NestedPlan>> Errnos(NestedSight sight)
    {
        ulong[] flags = [0, 1, 2, 0x8000_0000];
        ulong[] tables = [Parent, NestedStepTable.Nothing, Viommu];
        (ulong Iova, ulong Length)[] ranges =
        [
            (Ram, 16 * Page),
            (Ram + 1, Page),
            (Ram, Page + 1),
            (ulong.MaxValue - Page + 1, 2 * Page),
            (ulong.MaxValue - Page + 2, 2 * Page),
            (Ram + Page, 2 * Page),
        ];
        ulong[] sizes = [Page, 0, 2 * Page, 3 * Page];
        foreach (var parent in sight.Host.GrantsDirtyParent ? new ulong[] { Both, Iommufd.NestParent } : [Iommufd.NestParent])
        {
            IEnumerable<NestedStep> host = [Map(), NewParent(parent), .. sight.Host.HasStage1 ? new[] { NewViommu() } : [], Attach(Parent)];
            foreach (var flag in flags)
            foreach (var table in tables)
            foreach (var (iova, length) in ranges)
            foreach (var size in sizes)
                yield return new(Plan(host, [Bitmap(iova, length, size, flag, table: table)]));
            foreach (var flag in new ulong[] { 0, 1, 2, 3 })
            foreach (var table in tables)
                yield return new(Plan(host, [Track(flag, table)]));
            yield return new(Plan(host, [Track().With(2, 1)]));
            yield return new(Plan(host, [Bitmap(Ram, Page).With(7, 1)]));
        }
    }

    private static IEnumerable<Named<NestedPlan>> Life(NestedSight sight)
    {
        var get = Bitmap(Ram, 16 * Page);
        var look = Bitmap(Ram, 16 * Page, flags: Iommufd.NoClear);
        foreach (var page in new ulong[] { 0, 7, 15 })
        {
            var write = Dma(Ram + (page * Page));
            yield return new(Plan(Tracked(), [write, look, look, get, get]), "looked at, then taken");
            yield return new(Plan(Tracked(), [get, write, get, write, get, get]), "again after it was taken");
            yield return new(Plan(Tracked(), [write, get, Dma(Ram + (page * Page), read: true), get]), "a read is no write");
            yield return new(Plan([Map(), NewParent(Both), Attach(Parent), write, Track(), get, write, get]), "before the baseline");
            yield return new(Plan(Tracked(), [write, Track(), get]), "a new baseline");
            yield return new(
                Plan(Tracked(), [get, Map(Ram + (16 * Page), 4, at: 16), Bitmap(Ram, 20 * Page), Bitmap(Ram, 20 * Page)]),
                "mapped while tracking"
            );
            yield return new(
                Plan(Tracked(), [Map(Ram + (16 * Page), 4, at: 16), Dma(Ram + (17 * Page)), Bitmap(Ram, 20 * Page), Unmap(Ram + (16 * Page), 4), get]),
                "taken, then unmapped"
            );
            yield return new(
                Plan(
                    [Map(Ram, page + 1), Map(Ram + ((page + 1) * Page), 1, at: 20), NewParent(Both), Attach(Parent), Track()],
                    [write, Dma(Ram + ((page + 1) * Page))],
                    [Unmap(Ram, page + 1), Bitmap(Ram, (page + 2) * Page)]
                ),
                "unmapped, then taken"
            );
            yield return new(
                Plan([
                    Map(Ram, 2),
                    Map(Ram + (8 * Page), 8, at: 2),
                    NewParent(Both),
                    Attach(Parent),
                    Track(),
                    Dma(Ram),
                    Dma(Ram + ((8 + (page / 2)) * Page)),
                    get,
                    get,
                ]),
                "a hole"
            );
            yield return new(
                Plan([Map(Ram + (4 * Page), 8), NewParent(Both), Attach(Parent), Track(), Dma(Ram + ((4 + (page / 2)) * Page)), get]),
                "a hole in front"
            );
            foreach (var wrong in new[] { get.With(1, 2), get.With(4, 0), get.With(4, 3 * Page), get.With(3, (15 * Page) + 1), get.With(7, 1) })
                yield return new(Plan(Tracked(), [write, wrong.With(6, 0x5a), get]), "a query that fails");
            yield return new(Plan(Tracked(), [write, Track(2), get]), "a switch that fails");
        }
    }

    // The product of the corners: how large the leaves are, what one bit stands for, where the window begins and ends, where the write is, where the bitmap is.
    // A mapping that is a leaf where the host can have leaves of its size: each is mapped by itself, in a place and at an address that are multiples of it.
    private static IEnumerable<Named<NestedPlan>> Geometry(NestedSight sight)
    {
        const ulong Leaves = 3;
        foreach (var plan in Corners(Page, 4, asOne: true).Concat(Corners(Page, 70, asOne: true)))
            yield return plan;
        for (var leaf = Page; leaf <= sight.Host.RamSize / Leaves; leaf <<= 1)
            foreach (var plan in Corners(leaf, Leaves, asOne: false))
                yield return plan;
    }

    private static IEnumerable<Named<NestedPlan>> Corners(ulong leaf, ulong leaves, bool asOne)
    {
        var pages = leaf / Page * leaves;
        var end = Ram + (pages * Page);
        IEnumerable<NestedStep> maps = asOne ? [Map(Ram, pages)] : Enumerable.Range(0, (int)leaves).Select(at => One(leaf, (ulong)at));
        IEnumerable<NestedStep> tracked = [.. maps, NewParent(Both), Attach(Parent), Track()];
        var name = $"leaves of {leaf >> 10} KiB";
        var whole = Bitmap(Ram, pages * Page);
        foreach (var size in new[] { Page, 2 * Page, 16 * Page, leaf / 2, leaf, 2 * leaf, Block, 2 * Block }.Where(size => size >= Page).Distinct())
        foreach (var (first, last) in Windows(leaf, Ram, end, size))
        {
            foreach (var at in new[] { 0ul, leaves / 2, leaves - 1 })
            foreach (var within in leaf == Page ? [0ul] : new[] { 0ul, leaf / 2, leaf - Page }.Distinct())
            foreach (var offset in leaf is Page or Block ? [0ul, 1, 0xff1] : new ulong[] { 0, 0xff1 })
            {
                var write = Ram + (at * leaf) + within;
                yield return new(
                    Plan(
                        tracked,
                        [Dma(write), Dma(write + 8), Bitmap(first, last - first, size, offset: offset, prefilled: offset == 1 ? 0x81u : 0)],
                        at == 0 && offset == 0 ? [Bitmap(first, last - first, size)] : [],
                        [whole, whole]
                    ),
                    name
                );
            }

            // Neighbours: the last item of a leaf and the first of the next; and an item of every leaf.
            var border = Ram + leaf;
            yield return new(Plan(tracked, [Dma(border - Page), Dma(border), Bitmap(first, last - first, size), whole, whole]), $"{name}, neighbours");
            yield return new(
                Plan(
                    tracked,
                    Enumerable.Range(0, (int)Math.Min(leaves, 8)).Select(at => Dma(Ram + ((ulong)at * leaf) + (((ulong)at * 3 * Page) & (leaf - 1)))),
                    [Bitmap(first, last - first, size), whole, whole]
                ),
                $"{name}, several"
            );
        }
    }

    private static NestedStep One(ulong leaf, ulong at) => Map(Ram + (at * leaf), leaf / Page, at: at * (leaf / Page));

    private static IEnumerable<(ulong First, ulong Last)> Windows(ulong leaf, ulong start, ulong end, ulong size)
    {
        (ulong First, ulong Last)[] all =
        [
            (start, end),
            (start, end - leaf),
            (start + leaf, end),
            (start + (leaf / 2), end),
            (start, end - (leaf / 2)),
            (start + leaf - Page, start + leaf + Page),
        ];
        return all.Where(window => window.First < window.Last && (window.First | (window.Last - window.First)) % Page == 0)
            .Where(window => window.First % size == 0 && (window.Last - window.First) % size == 0)
            .Distinct();
    }

    private static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var hasBlocks = dice.Next() % 3 == 0;
        var pages = hasBlocks ? 1024ul : 1 + (dice.Next() % 100);
        var steps = Tracked(Ram, pages).ToList();
        for (var left = 1 + (dice.Next() % 24); left > 0; left--)
        {
            var page = dice.Next() % pages;
            switch (dice.Next() % 8)
            {
                case 0 or 1 or 2 or 3:
                    steps.Add(Dma(Ram + (page * Page) + (dice.Next() % 512 * 8), read: dice.Next() % 8 == 0));
                    break;
                case 4 or 5 or 6:
                    var size = Page << (int)(dice.Next() % 4);
                    var first = page * Page & ~(size - 1);
                    var length = Math.Min((1 + (dice.Next() % 40)) * size, ((pages * Page) - first) & ~(size - 1));
                    if (length != 0)
                        steps.Add(
                            Bitmap(
                                Ram + first,
                                length,
                                size,
                                dice.Next() % 4 == 0 ? Iommufd.NoClear : 0,
                                dice.Next() % 8,
                                dice.Next() % 2 == 0 ? 0 : dice.Next() & 0xff
                            )
                        );
                    break;
                default:
                    steps.Add(dice.Next() % 4 == 0 ? Track() : Bitmap(Ram, pages * Page));
                    break;
            }
        }

        steps.Add(Bitmap(Ram, pages * Page));
        return new([.. steps]);
    }
}
