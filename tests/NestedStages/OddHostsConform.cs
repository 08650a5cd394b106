using Conformance.Drivers.Reference.Nested;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;
using Conformance.Suites.NestedStages;
using NUnit.Framework;

namespace Conformance.Tests.NestedStages;

/// <summary>Hosts and containers with a habit that the contract leaves open: nobody is blamed, whatever is asked.</summary>
[Category("long")]
public sealed class OddHostsConform
{
    private const int RandomPlans = 300;

    /// <summary>iommufd of Linux 7.2: what a multiple of a page size is that is no power of two, nobody says (DIRTY-07).</summary>
    [Test]
    public void A_page_size_is_taken_for_its_lowest_bit() => Conforms(habits => new LowestBit(habits), () => new MemoryContainer());

    /// <summary>Type 1 of newer kernels, on an IOMMU with pages of 64 KiB (DIRTY-14).</summary>
    [Test]
    public void A_container_says_that_a_range_wraps() => Conforms(habits => new MemoryHost(habits), () => new Newer());

    private static void Conforms(Func<HostHabits, MemoryHost> host, Func<MemoryContainer> container)
    {
        const DirtyWay way = DirtyWay.Stage2;
        using var target = new InMemoryNestedTarget(
            "odd",
            "an odd host",
            null,
            make => host(NestedReference.HabitsOf(way).As(make)),
            (on, isDestination) => new VirtualMachine(on, way, isDestination),
            () => new StreamTableWriter()
        )
        {
            Containers = container,
        };
        var runner = new NestedRunner(target);
        var ledger = new Ledger();
        var blamed = new List<string>();
        foreach (var campaign in NestedCampaigns.All.Where(campaign => campaign.Lacks(runner.Sight) is null))
        foreach (var named in campaign.Plans(runner.Sight, new(1, RandomPlans)))
            if (runner.Run(named.Plan, ledger, again: false).Worst is { } worst)
                blamed.Add($"{campaign.Name}, {string.Join("; ", runner.Describe(named.Plan, worst).Steps)}");
        Assert.That(blamed, Is.Empty);
        foreach (var id in new[] { RequirementId.DIRTY_07, RequirementId.DIRTY_13, RequirementId.DIRTY_14 })
            Assert.That(ledger.Exercised(id), Is.GreaterThan(100), id.ToString());
    }

    private sealed class Newer() : MemoryContainer(pageSize: 65536)
    {
        private protected override CallResult Wraps => CallResult.Fail(Errno.EOVERFLOW);
    }

    private sealed class LowestBit(HostHabits habits) : MemoryHost(habits)
    {
        private protected override int Check(in BitmapRequest request, out PagingTable? table) => base.Check(Taken(request), out table);

        private protected override void SetBits(in BitmapRequest request, Span<byte> buffer, int offset, ulong from, ulong to) =>
            base.SetBits(Taken(request), buffer, offset, from, to);

        private static BitmapRequest Taken(in BitmapRequest request) => request with { PageSize = request.PageSize & (~request.PageSize + 1) };
    }
}
