using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using static Conformance.Model.Nested.Steps.NestedStepKind;

namespace Conformance.Suites.NestedStages;

/// <summary>Short forms for the steps of a guest and of its migration.</summary>
internal static class GuestDraft
{
    // The page that most plans use, the first one above 4 GiB, and one that a granule of 64 KiB puts into another block.
    public const int Low = 20,
        High = 52,
        Far = 40;

    public static NestedStep Control(bool enable, bool abort = false) => NestedStep.Of(GuestControl, enable ? 1u : 0, abort ? 1u : 0);

    public static NestedStep Stream(GuestConfig config, int device = 0, int context = 0) =>
        NestedStep.Of(GuestStream, (ulong)device, (ulong)config, (ulong)context);

    public static NestedStep Map(int iova = 0, int page = Low, int context = 0, bool readOnly = false) =>
        NestedStep.Of(GuestMap, (ulong)context, (ulong)iova, (ulong)page, readOnly ? 1u : 0);

    public static NestedStep Unmap(int iova = 0, int context = 0) => NestedStep.Of(GuestUnmap, (ulong)context, (ulong)iova);

    public static NestedStep Context(int context, bool invalid = false, bool unrecorded = false) =>
        NestedStep.Of(GuestContext, (ulong)context, invalid ? 1u : 0, unrecorded ? 1u : 0);

    public static NestedStep Dma(ulong address, bool read = false, int device = 0, DmaMoment moment = DmaMoment.Now) =>
        NestedStep.Of(GuestDma, (ulong)device, address, read ? 1u : 0, (ulong)moment);

    public static NestedStep Access(int page, MemoryAccess access) => NestedStep.Of(Memory, (ulong)page, (ulong)access);

    public static NestedStep Processor(int page, int word = 0) => NestedStep.Of(GuestWrite, (ulong)page, (ulong)word);

    public static NestedStep Refuse(int device = 0, bool there = true) => NestedStep.Of(NestedStepKind.Refuse, (ulong)device, there ? 1u : 0);

    public static NestedStep Migrate(bool used = false) => NestedStep.Of(NestedStepKind.Migrate, used ? 1u : 0);

    public static NestedStep Simple(NestedStepKind kind) => NestedStep.Of(kind);

    public static NestedPlan Plan(params IEnumerable<NestedStep>[] parts) => new([.. parts.SelectMany(part => part)]);
}
