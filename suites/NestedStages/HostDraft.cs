using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Nested.Steps.NestedStepKind;

namespace Conformance.Suites.NestedStages;

/// <summary>Short forms for the steps that ask a host.</summary>
internal static class HostDraft
{
    // Slots that plans have in common.
    public const ulong Parent = 0,
        Viommu = 1,
        Vdevice = 2,
        Queue = 3,
        Pushed = 4,
        Other = 5;

    public const ulong Ram = 0x4000_0000,
        Ioas = NestedStepTable.AddressSpace,
        Stage1 = 1 | 5 << 1,
        Abort = 1,
        Bypass = 1 | 4 << 1;

    public const ulong VirtualId = 0x50;

    public static NestedStep Map(ulong iova = Ram, ulong pages = 16, bool readOnly = false, ulong at = 0) =>
        NestedStep.Of(NestedStepKind.Map, iova, pages, readOnly ? 1u : 0, at);

    public static NestedStep Unmap(ulong iova, ulong pages) => NestedStep.Of(NestedStepKind.Unmap, iova, pages);

    public static NestedStep NewParent(ulong flags = Iommufd.NestParent, ulong device = 0, ulong into = Parent) =>
        NestedStep.Of(Table, into, flags, device, Ioas);

    public static NestedStep NewViommu(ulong device = 0, ulong parent = Parent, ulong into = Viommu) =>
        NestedStep.Of(NestedStepKind.Viommu, into, 0, Iommufd.ArmSmmuv3, device, parent);

    public static NestedStep NewVdevice(ulong device = 0, ulong id = VirtualId, ulong viommu = Viommu, ulong into = Vdevice) =>
        NestedStep.Of(NestedStepKind.Vdevice, into, viommu, device, id);

    public static NestedStep NewQueue(ulong depth = 16, ulong viommu = Viommu, ulong into = Queue) =>
        NestedStep.Of(EventQueue, into, 0, Iommufd.ArmSmmuv3, viommu, depth);

    public static NestedStep Push(ulong word0, ulong word1 = 0, ulong device = 0, ulong viommu = Viommu, ulong into = Pushed) =>
        NestedStep.Of(Table, into, 0, device, viommu, Iommufd.ArmSmmuv3Table, Iommufd.TableDataLength, word0, word1);

    public static NestedStep Attach(ulong what, ulong device = 0) => NestedStep.Of(NestedStepKind.Attach, device, what);

    public static NestedStep Invalidate(ulong count, ulong odd = 0, SmmuCommand command = default, ulong length = 16, ulong tail = 0, ulong of = Viommu) =>
        NestedStep.Of(NestedStepKind.Invalidate, of, Iommufd.ArmSmmuv3, length, count, odd, command.D0, command.D1, tail);

    public static NestedStep Track(ulong flags = Iommufd.Enable, ulong table = Parent) => NestedStep.Of(NestedStepKind.Track, table, flags);

    public static NestedStep Bitmap(
        ulong iova,
        ulong length,
        ulong pageSize = 4096,
        ulong flags = 0,
        ulong offset = 0,
        ulong prefilled = 0,
        ulong table = Parent
    ) => NestedStep.Of(NestedStepKind.Bitmap, table, flags, iova, length, pageSize, offset, prefilled);

    public static NestedStep Dma(ulong address, bool read = false, ulong device = 0) => NestedStep.Of(NestedStepKind.Dma, device, address, read ? 1u : 0);

    public static NestedStep Events(ulong queue = Queue) => NestedStep.Of(NestedStepKind.Events, queue);

    /// <summary>A parent with memory, a vIOMMU, a vDEVICE of the first device, and a vEVENTQ.</summary>
    public static IEnumerable<NestedStep> Guest(ulong depth = 16) => [Map(), NewParent(), NewViommu(), NewVdevice(), NewQueue(depth)];

    public static NestedPlan Plan(params IEnumerable<NestedStep>[] parts) => new([.. parts.SelectMany(part => part)]);
}
