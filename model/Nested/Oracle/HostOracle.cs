using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Nested.Oracle;

/// <summary>
/// What a host of nested stages may answer to the calls of <see cref="INestedStage"/>: the errnos of the interface (SMMU-NEST-07, SMMU-NEST-13, DIRTY-07), what
/// reaches the hardware, and which pages a query of dirty state must and may report.
/// </summary>
public sealed partial class HostOracle
{
    private const ulong Page = 4096;

    // The bits that the uAPI lists: D0 {V, Config, S1Fmt, S1ContextPtr, S1CDMax}, D1 {S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS}.
    private const ulong Word0Bits = 1 | 7 << 1 | 3 << 4 | ((1ul << 52) - (1ul << 6)) | 31ul << 59,
        Word1Bits = 3 | 3 << 2 | 3 << 4 | 3 << 6 | 1 << 27 | 3 << 28;

    private readonly NestedHostFacts facts;
    private readonly HardwareInfo? info;
    private readonly ModelObject?[] slots = new ModelObject?[NestedStepTable.Slots];
    private readonly ModelDevice[] devices;
    private readonly List<(ulong Iova, ulong Length, ulong Ram, bool IsWritable)> mappings = [];
    private readonly HostExpectation expected = new();

    /// <summary>The oracle of a host on which nothing was done yet.</summary>
    /// <param name="facts">What it says of itself.</param>
    /// <param name="info">What GET_HW_INFO says of its first device; null when it says nothing.</param>
    public HostOracle(NestedHostFacts facts, HardwareInfo? info)
    {
        ArgumentNullException.ThrowIfNull(facts);
        this.facts = facts;
        this.info = info;
        devices = [.. facts.Devices.Select(device => new ModelDevice(device))];
    }

    /// <summary>The device that an operand names; null for none.</summary>
    public ModelDevice? DeviceOf(ulong operand) => operand < (ulong)devices.Length ? devices[operand] : null;

    /// <summary>The id that an operand names.</summary>
    public uint IdOf(ulong reference) =>
        reference == NestedStepTable.AddressSpace ? facts.AddressSpace
        : reference >= NestedStepTable.FirstDevice && DeviceOf(reference - NestedStepTable.FirstDevice) is { } device ? device.Id
        : Find(reference)?.Id ?? 0x7fff_ffff;

    /// <summary>The object that a slot holds; null for one that holds none, and for a reference that is no slot.</summary>
    public ModelObject? Find(ulong reference) => reference < NestedStepTable.Slots ? slots[reference] : null;

    /// <summary>The results that a step may have.</summary>
    public HostExpectation Allowed(in NestedStep step)
    {
        expected.Clear(Rules.Of(SMMU_NEST_13));
        switch (step.Kind)
        {
            case NestedStepKind.Table:
                AllowedTable(step);
                break;
            case NestedStepKind.Viommu:
                AllowedViommu(step);
                break;
            case NestedStepKind.Vdevice:
                AllowedVdevice(step);
                break;
            case NestedStepKind.EventQueue:
                expected.Fails(step[1] != 0 || step[2] != Iommufd.ArmSmmuv3, Errno.EOPNOTSUPP);
                expected.Fails(step[4] is 0 or > Iommufd.MostEntries, Errno.EINVAL);
                expected.Fails(Find(step[3]) is not ModelViommu, Errno.ENOENT);
                expected.Fails(Find(step[3]) is ModelViommu { Queue: not null }, Errno.EEXIST);
                break;
            case NestedStepKind.Attach:
                AllowedAttach(step);
                break;
            case NestedStepKind.Map:
                AllowedMap(step);
                break;
            case NestedStepKind.Unmap:
                AllowedUnmap(step);
                break;
            case NestedStepKind.Track:
                expected.Clear(Rules.Of(DIRTY_07));
                expected.Fails(step[1] > Iommufd.Enable, Errno.EOPNOTSUPP);
                // The reserved word is the caller's to clear, and only that of a query is looked at by contract: it is refused, or not looked at.
                var mayBeRefused = !expected.HasFailed && step[2] != 0;
                if (!expected.HasFailed)
                    expected.Fails(Find(step[0]) is not ModelTable, Errno.ENOENT);
                if (!expected.HasFailed)
                    expected.Fails(Find(step[0]) is ModelTable { KeepsDirty: false }, Errno.EOPNOTSUPP);
                if (mayBeRefused)
                {
                    expected.OtherwiseSucceeds();
                    expected.Grants(Errno.EOPNOTSUPP);
                }

                break;
            case NestedStepKind.Bitmap:
                AllowedBitmap(step);
                break;
            case NestedStepKind.HwInfo:
                expected.Fails(DeviceOf(step[0]) is null, Errno.ENOENT);
                expected.Fails(step[1] is not (0 or Iommufd.ArmSmmuv3Info), Errno.EOPNOTSUPP);
                break;
            default:
                return expected;
        }

        expected.OtherwiseSucceeds();
        return expected;
    }

    private void AllowedTable(in NestedStep step)
    {
        var (flags, type, length) = ((uint)step[1], step[4], step[5]);
        expected.Fails(step[8] != 0 || flags > 15, Errno.EOPNOTSUPP);
        expected.Fails(type == Iommufd.NoData != (length == 0), Errno.EINVAL);
        expected.Fails(DeviceOf(step[2]) is null, Errno.ENOENT);
        if (step[3] == NestedStepTable.AddressSpace)
        {
            expected.Fails(type != Iommufd.NoData, Errno.EOPNOTSUPP);
            expected.Fails((flags & Iommufd.NestParent) != 0 && (flags & (Iommufd.Pasid | Iommufd.FaultId)) != 0, Errno.EOPNOTSUPP);
            if (flags == (Iommufd.NestParent | Iommufd.DirtyTracking))
            {
                expected.Fails(!facts.GrantsDirtyParent, Errno.EOPNOTSUPP, DIRTY_12);
                if (!expected.HasFailed)
                    expected.Rules = Rules.Of(DIRTY_12);
            }
            else if ((flags & ~Iommufd.NestParent) != 0 && !expected.HasFailed)
            {
                // A table of stage 1: whether the hardware has dirty state and PASIDs for it is the host's.
                expected.Grants(Errno.EOPNOTSUPP);
                if (info is not { TracksDirty: false } || (flags & Iommufd.DirtyTracking) == 0)
                    expected.Grants(Errno.None);
            }
        }
        else if (Find(step[3]) is ModelViommu viommu)
        {
            expected.Fails((flags & ~Iommufd.FaultId) != 0 || type == Iommufd.NoData && length == 0, Errno.EOPNOTSUPP);
            expected.Fails(type is not (Iommufd.NoData or Iommufd.ArmSmmuv3Table) || length is not (0 or Iommufd.TableDataLength), Errno.EINVAL);
            expected.Fails(DeviceOf(step[2]) is { } device && device.Facts.Smmu != viommu.Parent.Smmu, Errno.EINVAL);
            if (!expected.HasFailed)
            {
                expected.Rules = Rules.Of(SMMU_NEST_07);
                expected.Fails(!IsLegal(step[6], step[7]), Errno.EIO);
            }
        }
        else
        {
            expected.Fails(Find(step[3]) is ModelTable, Errno.EOPNOTSUPP);
            expected.Fails(Find(step[3]) is not ModelTable, Errno.EINVAL);
        }
    }

    /// <summary>True for a vSTE that the interface takes (SMMU-NEST-07).</summary>
    public static bool IsLegal(ulong word0, ulong word1) =>
        (word0 & 1) == 0 || (word0 & ~Word0Bits) == 0 && (word1 & ~Word1Bits) == 0 && (word0 >> 1 & 7) is 0b000 or 0b100 or 0b101 && (word1 >> 28 & 3) <= 1;

    private void AllowedViommu(in NestedStep step)
    {
        expected.Fails(step[1] != 0 || step[2] == 0, Errno.EOPNOTSUPP);
        if (expected.HasFailed)
            return;
        expected.Fails(DeviceOf(step[3]) is null || Find(step[4]) is not ModelTable, Errno.ENOENT);
        expected.Fails(step[2] != Iommufd.ArmSmmuv3, Errno.EOPNOTSUPP);
        if (!expected.HasFailed && Find(step[4]) is ModelTable table)
            expected.Fails(!table.IsParent || table.Smmu != DeviceOf(step[3])!.Facts.Smmu, Errno.EINVAL);
    }

    private void AllowedVdevice(in NestedStep step)
    {
        expected.Fails(Find(step[1]) is not ModelViommu || DeviceOf(step[2]) is null, Errno.ENOENT);
        if (expected.HasFailed)
            return;
        var (viommu, device) = ((ModelViommu)Find(step[1])!, DeviceOf(step[2])!);
        expected.Fails(device.Facts.Smmu != viommu.Parent.Smmu, Errno.EINVAL);
        expected.Fails(device.Virtual is not null || viommu.Devices.ContainsKey(step[3]), Errno.EEXIST);
        // Tested last.
        if (!expected.HasFailed)
            expected.Fails(device.Facts.StreamIds.Count != 1, Errno.EOPNOTSUPP);
    }

    private void AllowedAttach(in NestedStep step)
    {
        if (DeviceOf(step[0]) is not { } device)
            return;
        switch (Find(step[1]))
        {
            case ModelTable table:
                expected.Fails(table.Smmu != device.Facts.Smmu, Errno.EINVAL);
                break;
            case ModelNested nested:
                expected.Fails(nested.Viommu.Parent.Smmu != device.Facts.Smmu, Errno.EINVAL);
                expected.Fails(nested.Config == StreamConfig.Stage1 && device.Virtual?.Viommu != nested.Viommu, Errno.ENOENT);
                break;
            default:
                expected.Grants(Errno.ENOENT);
                expected.Grants(Errno.EINVAL);
                break;
        }
    }

    /// <summary>A step was done, with a result that is allowed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="result">The result.</param>
    /// <param name="id">The id of the new object.</param>
    public void Done(in NestedStep step, CallResult result, uint id)
    {
        if (!result.Ok)
            return;
        switch (step.Kind)
        {
            case NestedStepKind.Table when Find(step[3]) is ModelViommu viommu:
                // One that is not valid says nothing else.
                var isValid = (step[6] & 1) != 0;
                slots[step[0] % NestedStepTable.Slots] = new ModelNested(id, viommu, isValid ? step[6] : 0, isValid ? step[7] : 0);
                break;
            case NestedStepKind.Table:
                slots[step[0] % NestedStepTable.Slots] = new ModelTable(
                    id,
                    DeviceOf(step[2])!.Facts.Smmu,
                    (step[1] & Iommufd.NestParent) != 0,
                    (step[1] & Iommufd.DirtyTracking) != 0
                );
                break;
            case NestedStepKind.Viommu:
                slots[step[0] % NestedStepTable.Slots] = new ModelViommu(id, (ModelTable)Find(step[4])!);
                break;
            case NestedStepKind.Vdevice:
                var (owner, device) = ((ModelViommu)Find(step[1])!, DeviceOf(step[2])!);
                owner.Devices.Add(step[3], device);
                device.Virtual = (owner, step[3]);
                slots[step[0] % NestedStepTable.Slots] = new ModelVdevice(id);
                break;
            case NestedStepKind.EventQueue:
                var queue = new ModelQueue(id, (uint)step[4]);
                ((ModelViommu)Find(step[3])!).Queue = queue;
                slots[step[0] % NestedStepTable.Slots] = queue;
                break;
            case NestedStepKind.Attach:
                DeviceOf(step[0])!.Attached = Find(step[1]);
                break;
            case NestedStepKind.Map:
                Mapped(step[0], step[1] * Page, step[3] * Page, step[2] == 0);
                break;
            case NestedStepKind.Unmap:
                Unmapped(step[0], step[1] * Page);
                break;
            case NestedStepKind.Track:
                Tracked((ModelTable)Find(step[0])!, step[1] == Iommufd.Enable);
                break;
        }
    }

    /// <summary>The physical STE that a device must have now: masks and values of doublewords 0 and 1, and what says so (SMMU-NEST-08, -09, -19).</summary>
    public static IEnumerable<(int Word, ulong Mask, ulong Value, Rules Rules, string What)> EntryOf(ModelDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        switch (device.Attached)
        {
            case ModelTable:
                yield return (0, 0xf, 0b1101, Rules.Of(SMMU_NEST_08), "V=1, Config=0b110");
                break;
            case ModelNested { Config: StreamConfig.Abort }:
                yield return (0, 0xf, 0b0001, Rules.Of(SMMU_NEST_09), "V=1, Config=0b000");
                break;
            case ModelNested { Config: StreamConfig.Bypass }:
                yield return (0, 0xf, 0b1101, Rules.Of(SMMU_NEST_08), "V=1, Config=0b110");
                break;
            case ModelNested nested:
                yield return (0, 0xf, 0b1111, Rules.Of(SMMU_NEST_08), "V=1, Config=0b111");
                yield return (0, Word0Bits & ~0xful, nested.Word0 & ~0xful, Rules.Of(SMMU_NEST_08), "the stage-1 fields of the vSTE");
                const ulong Stage1 = Word1Bits & ~(3ul << 28);
                yield return (1, Stage1, nested.Word1 & Stage1, Rules.Of(SMMU_NEST_08), "the stage-1 fields of the vSTE");
                var eats = (nested.Word1 >> 28 & 3) == 1 && device.Facts.HasAts ? 1ul << 28 : 0;
                yield return (1, 3ul << 28, eats, Rules.Of(SMMU_NEST_19), $"EATS={eats >> 28}");
                yield return (1, 1ul << 19, 1ul << 19, Rules.Of(SMMU_NEST_08), "MEV=1");
                break;
        }
    }

    /// <summary>The stage-2 fields of an STE: all that is neither stage 1, MEV nor EATS.</summary>
    public static (ulong D1, ulong D2, ulong D3) Stage2Of(in StreamTableEntry entry) => (entry.D1 & ~Word1Bits & ~(1ul << 19), entry.D2, entry.D3);

    /// <summary>The nest parent that the stage 2 of a device is made from; null where there is none.</summary>
    public static ModelTable? ParentOf(ModelDevice device) =>
        device?.Attached switch
        {
            ModelTable table => table,
            ModelNested { Config: not StreamConfig.Abort } nested => nested.Viommu.Parent,
            _ => null,
        };
}
