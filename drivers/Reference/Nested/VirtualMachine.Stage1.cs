using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

// Stage 1: what the guest configures goes to the host.
public partial class VirtualMachine
{
    /// <summary>Seam: whether a command of the guest is legal (SMMU-NEST-20).</summary>
    private protected virtual bool Legal(in SmmuCommand command, bool isLegal) => isLegal;

    internal bool IsLegal(in SmmuCommand command, bool isLegal) => Legal(command, isLegal);

    /// <summary>A change of SMMUEN or GBPA reaches every device (SMMU-NEST-16).</summary>
    internal void ControlChanged((bool IsEnabled, bool Aborts) before, (bool IsEnabled, bool Aborts) after)
    {
        if (before == after || !isLoaded || (before.IsEnabled && after.IsEnabled))
            return;
        if (FollowsControl(after.IsEnabled))
            InstallAll();
    }

    /// <summary>Seam: whether a change of SMMUEN or GBPA counts (SMMU-NEST-16).</summary>
    private protected virtual bool FollowsControl(bool isEnabled) => true;

    private bool InstallAll()
    {
        var all = true;
        for (var i = 0; i < devices.Length; i++)
            all &= Install(i);
        return all;
    }

    /// <summary>Carries out a command of the guest.</summary>
    internal void Perform(in SmmuCommand command)
    {
        switch (command.Opcode)
        {
            case SmmuOpcode.CfgiSte:
                InstallStreams(command.StreamId, command.StreamId);
                break;
            case SmmuOpcode.CfgiSteRange:
                var first = command.Range == 31 ? 0 : command.StreamId >> (command.Range + 1) << (command.Range + 1);
                InstallStreams(first, command.Range == 31 ? uint.MaxValue : (uint)(first + (2ul << command.Range) - 1));
                break;
            case SmmuOpcode.Sync:
                Synchronise();
                break;
            case SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress:
                break;
            default:
                Forward(command);
                break;
        }
    }

    private void InstallStreams(uint first, uint last)
    {
        for (var i = 0; i < devices.Length; i++)
            if (streams[i] >= first && streams[i] <= last && Smmu.IsEnabled)
                Install(i);
    }

    /// <summary>Seam: an invalidation goes to the host, and is complete when this returns (SMMU-NEST-17).</summary>
    private protected virtual void Forward(in SmmuCommand command)
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        command.Write(bytes);
        uint count = 1;
        Host.Invalidate(viommu, Iommufd.ArmSmmuv3, SmmuCommand.Length, bytes, ref count);
    }

    /// <summary>Seam: CMD_SYNC (SMMU-NEST-17).</summary>
    private protected virtual void Synchronise() { }

    /// <summary>Hands stage 1 of a device to the host; false when the host refuses.</summary>
    private bool Install(int index)
    {
        if (!Smmu.IsEnabled)
            return Attach(index, Smmu.Aborts ? abort : bypass) || Failed(index);
        return InstallEntry(index);
    }

    private bool InstallEntry(int index)
    {
        var (word0, word1) = EntryOf(streams[index]);
        if ((word0 & 1) == 0)
            return Invalid(index);
        var config = (StreamConfig)(word0 >> 1 & 7);
        if (config is StreamConfig.Abort or StreamConfig.Bypass)
            return Attach(index, config == StreamConfig.Abort ? abort : bypass) || Failed(index);
        if (!Push(devices[index], word0 & Word0Bits, word1 & Word1Bits, out var table).Ok)
            return Refused(index);
        if (Attach(index, table))
            return true;
        Host.Destroy(table);
        return Failed(index);
    }

    /// <summary>Seam: the STE of a stream, from the guest's memory.</summary>
    private protected virtual (ulong Word0, ulong Word1) EntryOf(uint stream)
    {
        var table = (Smmu.ReadRegister(SmmuRegister.StrtabBase) | (ulong)Smmu.ReadRegister(SmmuRegister.StrtabBase + 4) << 32) & 0x000f_ffff_ffff_ffc0;
        var size = (int)(Smmu.ReadRegister(SmmuRegister.StrtabBaseCfg) & 63);
        if (stream >> Math.Min(size, 31) != 0)
            return (1, 0);
        var at = table + (stream * (ulong)StreamTableEntry.Length);
        return TryRead(at, out var word0) && TryRead(at + 8, out var word1) ? (word0, word1) : default;
    }

    // The hardware is silent about a stream that aborts: the guest hears of it from here.
    private bool Invalid(int index)
    {
        Smmu.Record(new() { Type = SmmuEventType.BadSte, StreamId = streams[index] });
        return Attach(index, abort) || Failed(index);
    }

    /// <summary>Seam: the host does not take the guest's STE (SMMU-NEST-21). For the guest that is an STE that is not legal.</summary>
    private protected virtual bool Refused(int index) => Invalid(index);

    /// <summary>Seam: the host did not attach (SMMU-NEST-15): no translation of before is left.</summary>
    private protected virtual bool Failed(int index)
    {
        Attach(index, abort);
        return false;
    }

    /// <summary>Attaches the bypass configuration.</summary>
    private protected bool Bypass(int index) => Attach(index, bypass);

    /// <summary>Attaches the abort configuration.</summary>
    private protected bool Abort(int index) => Attach(index, abort);

    /// <summary>The devices.</summary>
    private protected int Count => devices.Length;
}
