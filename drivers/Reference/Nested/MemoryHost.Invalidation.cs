using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

// What a guest invalidates, and the events that it gets.
public partial class MemoryHost
{
    /// <inheritdoc/>
    public CallResult Invalidate(uint id, uint dataType, uint entryLength, ReadOnlySpan<byte> entries, ref uint count)
    {
        var asked = count;
        count = 0;
        switch (objects.GetValueOrDefault(id))
        {
            case null:
                return CallResult.Fail(Errno.ENOENT);
            case NestedTable:
                return CallResult.Fail(Errno.EOPNOTSUPP);
            case VirtualIommu viommu:
                if (dataType != Iommufd.ArmSmmuv3 || entryLength is 0 or > 4096 || asked is 0 or > Iommufd.MostEntries)
                    return CallResult.Fail(Errno.EINVAL);
                return Invalidate(viommu, (int)entryLength, entries, asked, ref count);
            default:
                return CallResult.Fail(Errno.EINVAL);
        }
    }

    private CallResult Invalidate(VirtualIommu viommu, int length, ReadOnlySpan<byte> entries, uint asked, ref uint count)
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        for (uint i = 0; i < asked; i++)
        {
            var entry = entries.Slice((int)i * length, length);
            bytes.Clear();
            entry[..Math.Min(length, bytes.Length)].CopyTo(bytes);
            var errno = length > bytes.Length && entry[bytes.Length..].ContainsAnyExcept((byte)0) ? Errno.E2BIG : Errno.None;
            var command = SmmuCommand.Read(bytes);
            if (errno == Errno.None && !Convert(viommu, ref command))
                errno = Errno.EIO;
            if (errno != Errno.None)
            {
                Synchronise();
                count = Counted(count, i);
                return CallResult.Fail(errno);
            }

            Send(command, i);
            count++;
        }

        Completed();
        Synchronise();
        return CallResult.Success;
    }

    /// <summary>Seam: one command of a guest goes to the hardware.</summary>
    private protected virtual void Send(in SmmuCommand command, uint index) => Issue(command);

    /// <summary>Seam: the last entry was sent.</summary>
    private protected virtual void Completed() { }

    /// <summary>Seam: what is said to be completed when an entry failed (SMMU-NEST-11).</summary>
    private protected virtual uint Counted(uint completed, uint failed) => completed;

    /// <summary>Seam: which commands of a guest pass, and as what (SMMU-NEST-10).</summary>
    private protected virtual bool Convert(VirtualIommu viommu, ref SmmuCommand command)
    {
        switch (command.Opcode)
        {
            case SmmuOpcode.TlbiNsnhAll:
                command = SmmuCommand.TlbiNhAll(viommu.Parent.Vmid);
                return true;
            case SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa:
                command = command with { VMID = viommu.Parent.Vmid };
                return true;
            case SmmuOpcode.AtcInv or SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll:
                if (!viommu.Devices.TryGetValue(command.StreamId, out var device))
                    return false;
                command = command with { StreamId = PhysicalStream(device, command.StreamId) };
                return true;
            default:
                return false;
        }
    }

    /// <summary>Seam: the StreamID that a guest's command goes out with (SMMU-NEST-10).</summary>
    private protected virtual uint PhysicalStream(HostedDevice device, uint virtualId) => device.Device.StreamIds[0];

    /// <inheritdoc/>
    public CallResult ReadEvents(uint queue, ICollection<VirtualEvent> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        TakeHardwareRecords();
        if (objects.GetValueOrDefault(queue) is not EventQueue events)
            return CallResult.Fail(Errno.EBADF);
        foreach (var held in events.Held)
            into.Add(held);
        events.Held.Clear();
        events.HasLost = false;
        return CallResult.Success;
    }

    // A record of the hardware goes to the guest that the stream is given to.
    private void Forward(SmmuEvent record)
    {
        var hosted = devices.Values.FirstOrDefault(one => one.Device.StreamIds.Contains(record.StreamId));
        if (hosted is not { Attached: NestedTable table, Virtual: { } made } || !Forwards(ref record) || table.Viommu.Events is not { } queue)
            return;
        Enter(queue, record with { StreamId = VirtualStream(made, record.StreamId) });
    }

    /// <summary>Seam: what of a queue that is full is told (SMMU-NEST-12).</summary>
    private protected virtual void Enter(EventQueue queue, in SmmuEvent record)
    {
        if (queue.Held.Count < queue.Depth)
            queue.Held.Add(new(0, queue.Sequence, record));
        else if (!queue.HasLost)
        {
            queue.HasLost = true;
            queue.Held.Add(new(Iommufd.LostEvents, queue.Sequence, default));
        }

        queue.Sequence = (queue.Sequence + 1) & int.MaxValue;
    }

    /// <summary>Seam: events that a guest gets: those of stage 1 (SMMU-NEST-12).</summary>
    private protected virtual bool Forwards(ref SmmuEvent record) =>
        !record.S2
        && record.Type
            is SmmuEventType.BadSte
                or SmmuEventType.StreamDisabled
                or SmmuEventType.BadSubstreamId
                or SmmuEventType.BadCd
                or SmmuEventType.Translation
                or SmmuEventType.AddressSize
                or SmmuEventType.Access
                or SmmuEventType.Permission;

    /// <summary>Seam: the StreamID of an event (SMMU-NEST-12).</summary>
    private protected virtual uint VirtualStream(VirtualDevice device, uint physical) => (uint)device.VirtualId;
}
