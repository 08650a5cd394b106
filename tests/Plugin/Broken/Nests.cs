using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;

namespace Broken;

/// <summary>A host that does nothing, so that each of the others is wrong in one way only.</summary>
public abstract class BareNest : INestedStage
{
    public virtual NestedHostFacts Facts { get; } =
        new()
        {
            AddressSpace = 1,
            Devices = [new(2, 0, [8], HasAts: false)],
            RamSize = 2 << 20,
        };

    public INestedEvidence? Evidence => null;

    public virtual CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info)
    {
        info = null;
        return CallResult.Fail(Errno.EOPNOTSUPP);
    }

    public CallResult AllocateTable(in TableRequest request, out uint id) => Nothing(out id);

    public CallResult AllocateViommu(uint flags, uint type, uint device, uint parent, out uint id) => Nothing(out id);

    public CallResult AllocateVdevice(uint viommu, uint device, ulong virtualId, out uint id) => Nothing(out id);

    public CallResult AllocateEventQueue(uint flags, uint type, uint viommu, uint depth, out uint id) => Nothing(out id);

    public CallResult Attach(uint device, uint table) => NotThere.Result;

    public CallResult Detach(uint device) => NotThere.Result;

    public CallResult Destroy(uint id) => NotThere.Result;

    public CallResult Map(ulong iova, ulong length, ulong ram, bool writable) => NotThere.Result;

    public CallResult Unmap(ulong iova, ulong length) => NotThere.Result;

    public CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count) => NotThere.Result;

    public CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into) => NotThere.Result;

    public CallResult SetDirtyTracking(uint table, uint flags, uint reserved = 0) => NotThere.Result;

    public CallResult GetDirtyBitmap(in BitmapRequest request, Span<byte> buffer, int offset) => NotThere.Result;

    public void ReadRam(ulong ram, Span<byte> bytes) { }

    public void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) { }

    public DmaResult Dma(uint device, in DmaRequest request) => default;

    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into) { }

    public DeviceState StateOf(uint device) => DeviceState.Running;

    public CallResult SetState(uint device, DeviceState state) => NotThere.Result;

    public CallResult ReadImage(uint device, out byte[] image)
    {
        image = [];
        return NotThere.Result;
    }

    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image) => NotThere.Result;

    public void Dispose() => GC.SuppressFinalize(this);

    private static CallResult Nothing(out uint id)
    {
        id = 0;
        return NotThere.Result;
    }
}

public sealed class NestThrows : BareNest
{
    public override CallResult HwInfo(uint device, uint dataType, out HardwareInfo? info) => throw new NotSupportedException("no \u001b[31mregisters");
}

public sealed class NestWithoutDevices : BareNest
{
    public override NestedHostFacts Facts { get; } =
        new()
        {
            AddressSpace = 1,
            Devices = [],
            RamSize = 2 << 20,
        };
}

public sealed class NestWithOddMemory : BareNest
{
    public override NestedHostFacts Facts { get; } =
        new()
        {
            AddressSpace = 1,
            Devices = [new(2, 0, [8], HasAts: false)],
            RamSize = 4096,
        };
}

public sealed class NestWithVastMemory : BareNest
{
    public override NestedHostFacts Facts { get; } =
        new()
        {
            AddressSpace = 1,
            Devices = [new(2, 0, [8], HasAts: false)],
            RamSize = 1ul << 40,
        };
}

public sealed class VmmOfNothing : INestedMachineFactory
{
    public INestedMachine Create(INestedStage host, bool isDestination) => null!;
}

public sealed class VmmThrows : INestedMachineFactory
{
    public INestedMachine Create(INestedStage host, bool isDestination) => throw new NotSupportedException("no machine");
}
