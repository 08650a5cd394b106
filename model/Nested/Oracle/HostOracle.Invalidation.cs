using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Oracle;

// Invalidations of a guest: which of them pass, as what, and how many were completed.
public sealed partial class HostOracle
{
    private const int VmidOfGuest = 7;

    /// <summary>The entries of a step: TLBI_NH_VA of consecutive pages, with one other command among them.</summary>
    public static byte[] EntriesOf(in NestedStep step)
    {
        var (length, count) = ((int)Math.Min(step[2], 8192), (int)Math.Min(step[3], 1024));
        var bytes = new byte[Math.Max(1, length * count)];
        Span<byte> entry = stackalloc byte[SmmuCommand.Length];
        for (var i = 0; i < count && length > 0; i++)
        {
            CommandOf(step, i).Write(entry);
            var to = bytes.AsSpan(i * length, length);
            entry[..Math.Min(length, entry.Length)].CopyTo(to);
            if (length > entry.Length && IsOdd(step, i))
                to[^1] = (byte)step[7];
        }

        return bytes;
    }

    private static bool IsOdd(in NestedStep step, int index) => step[4] != 0 && index == (int)step[4] - 1;

    private static SmmuCommand CommandOf(in NestedStep step, int index) =>
        IsOdd(step, index) ? new() { D0 = step[5], D1 = step[6] } : SmmuCommand.TlbiNhVa(VmidOfGuest, 1, ((ulong)index + 1) << 12, leaf: true);

    /// <summary>The results that an invalidation may have, and the index of the first entry that fails: the number of entries when none does.</summary>
    public (HostExpectation Expected, int Failing) AllowedInvalidation(in NestedStep step)
    {
        expected.Clear(Requirements.Rules.Of(Requirements.RequirementId.SMMU_NEST_13));
        var failing = 0;
        if (Find(step[0]) is not ModelViommu viommu)
        {
            expected.Fails(Find(step[0]) is ModelNested, Errno.EOPNOTSUPP);
            expected.Fails(step[0] == NestedStepTable.Nothing || step[0] < NestedStepTable.Slots && Find(step[0]) is null, Errno.ENOENT);
            if (!expected.HasFailed)
                expected.Grants(Errno.EINVAL);
            return (expected, 0);
        }

        expected.Fails(step[1] != Iommufd.ArmSmmuv3 || step[3] > 0 && step[2] is 0 or > 4096 || step[3] > Iommufd.MostEntries, Errno.EINVAL);
        if (expected.HasFailed)
            return (expected, 0);
        if (step[3] == 0)
        {
            // A probe of the type by the text, EINVAL by the code.
            expected.Grants(Errno.None);
            expected.Grants(Errno.EINVAL);
            return (expected, 0);
        }

        expected.Rules = Requirements.Rules.Of(Requirements.RequirementId.SMMU_NEST_10);
        for (; failing < (int)step[3]; failing++)
        {
            if (IsOdd(step, failing) && step[2] > SmmuCommand.Length && (byte)step[7] != 0)
                expected.Grants(Errno.E2BIG);
            else if (Converted(step, failing, viommu, 0) is null)
                expected.Grants(Errno.EIO);
            else
                continue;
            break;
        }

        expected.OtherwiseSucceeds();
        return (expected, failing);
    }

    /// <summary>The command that the hardware gets for an entry; null for one that does not pass (SMMU-NEST-10).</summary>
    /// <param name="step">The invalidation.</param>
    /// <param name="index">The entry.</param>
    /// <param name="viommu">The vIOMMU.</param>
    /// <param name="vmid">The VMID of its stage 2.</param>
    public static SmmuCommand? Converted(in NestedStep step, int index, ModelViommu viommu, int vmid)
    {
        ArgumentNullException.ThrowIfNull(viommu);
        // Shorter entries are extended with zeros.
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        CommandOf(step, index).Write(bytes);
        bytes[(int)Math.Min(step[2], SmmuCommand.Length)..].Clear();
        var command = SmmuCommand.Read(bytes);
        return Converted(command, viommu, vmid);
    }

    /// <summary>The command that the hardware gets for a guest's; null for one that does not pass (SMMU-NEST-10).</summary>
    public static SmmuCommand? Converted(in SmmuCommand command, ModelViommu viommu, int vmid)
    {
        ArgumentNullException.ThrowIfNull(viommu);
        switch (command.Opcode)
        {
            case SmmuOpcode.TlbiNsnhAll:
                return SmmuCommand.TlbiNhAll(vmid);
            case SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa:
                return command with { VMID = vmid };
            case SmmuOpcode.AtcInv or SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll:
                return viommu.Devices.TryGetValue(command.StreamId, out var device) ? command with { StreamId = device.Facts.StreamIds[0] } : null;
            default:
                return null;
        }
    }
}
