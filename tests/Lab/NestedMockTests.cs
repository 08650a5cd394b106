using Conformance.Drivers;
using Conformance.Model.Nested.Device;
using Conformance.Reports;
using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// iommufd's dirty tracking above the kernel's own mock of an IOMMU: the command as a user runs it, and what it finds asked by hand. Campaigns whose plans are
/// for the kernel's maintainers first (docs/findings/iommufd.md) are not run here.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class NestedMockTests
{
    private const ulong Ram = 0x4000_0000,
        Page = 0x1000;

    private static readonly string[] asked = ["dirty-errnos", "dirty-life"];

    [Test]
    public void The_kernel_keeps_what_it_is_asked_or_is_known_not_to()
    {
        var check = LabCheck.Run(
            NestedLab.Address("&iommu=mock"),
            "--strict",
            "--expect",
            Clone.File("labs", "nested", "expectations", "7.2-mock.json"),
            "--campaign",
            string.Join(',', asked)
        );
        Assert.That(check.Document.HarnessErrors, Is.Empty);
        Assert.That(check.Code, Is.Zero, check.Output);
        Assert.That(check.Document.Campaigns.Where(campaign => campaign.Plans > 0).Select(campaign => campaign.Name), Is.EquivalentTo(asked));
        Assert.That(
            check.Document.Requirements.Where(row => row.Verdict == RequirementVerdict.ExpectedDeviation).Select(row => row.Id),
            Is.EqualTo(["DIRTY-01", "DIRTY-10"])
        );
        Assert.That(
            check.Document.Requirements.Where(row => row.Verdict == RequirementVerdict.Pass).Select(row => row.Id),
            Is.SupersetOf(["DIRTY-02", "DIRTY-03", "DIRTY-04", "DIRTY-07", "DIRTY-08", "DIRTY-09", "DIRTY-19"])
        );
    }

    [Test]
    public void A_query_over_a_hole_lacks_what_is_behind_it()
    {
        using var target = DriverSchemes.Parse(NestedLab.Address("&iommu=mock")).Open<INestedTarget>();
        using var host = target.OpenHost();
        var table = Tracked(host, Ram + Page, Page);
        Write(host, Ram + Page);
        Assert.That(Query(host, table, Ram, 2 * Page), Is.Zero, "of a page that is mapped and was written, behind one that is not mapped");
        // What was not reported is not lost: the query did not get there.
        Assert.That(Query(host, table, Ram + Page, Page), Is.EqualTo(1));
    }

    private static uint Tracked(INestedStage host, ulong iova, ulong length)
    {
        Assert.That(host.Map(iova, length, 0, writable: true).Ok);
        var device = host.Facts.Devices[0].Id;
        var request = new TableRequest(Iommufd.NestParent | Iommufd.DirtyTracking, device, host.Facts.AddressSpace);
        Assert.That(host.AllocateTable(request, out var table).Ok);
        Assert.That(host.Attach(device, table).Ok);
        Assert.That(host.SetDirtyTracking(table, (uint)Iommufd.Enable).Ok);
        return table;
    }

    private static void Write(INestedStage host, ulong address) =>
        Assert.That(host.Dma(host.Facts.Devices[0].Id, new(address, IsWrite: true, 0x1234)).End, Is.EqualTo(DmaEnd.Completed));

    // The bits of at most eight pages.
    private static byte Query(INestedStage host, uint table, ulong iova, ulong length)
    {
        var bitmap = new byte[8];
        Assert.That(host.GetDirtyBitmap(new(table, 0, iova, length, Page), bitmap, 0).Ok);
        return bitmap[0];
    }
}
