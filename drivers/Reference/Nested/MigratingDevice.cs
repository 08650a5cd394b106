using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>The migration side of a device, and the DMAs that wait for it: the correct driver of the other judge, whose DMA is somebody else's.</summary>
internal sealed class MigratingDevice : IDisposable
{
    private readonly List<DmaRequest> outstanding = [];
    private readonly List<(DmaRequest Request, DmaResult Result)> done = [];
    private VfioCoreDevice? core;
    private int session = -1;

    /// <summary>Its state.</summary>
    public DeviceState State { get; private set; } = DeviceState.Running;

    private VfioCoreDevice Core => core ??= new(new ReferenceDriver(MigrationFeatures.StopCopy | MigrationFeatures.P2P | MigrationFeatures.PreCopy));

    /// <inheritdoc/>
    public void Dispose() => core?.Dispose();

    /// <summary>Tells it to do a DMA: now if it runs, or later.</summary>
    public DmaResult Dma(in DmaRequest request, Func<DmaRequest, DmaResult> transact)
    {
        if (request.Moment == DmaMoment.Now)
            return IsRunning(State) ? transact(request) : new(DmaEnd.NotRunning);
        outstanding.Add(request);
        return new(DmaEnd.Pending);
    }

    /// <summary>What it did later than it was told to.</summary>
    public void TakeDone(ICollection<(DmaRequest Request, DmaResult Result)> into)
    {
        foreach (var one in done)
            into.Add(one);
        done.Clear();
    }

    /// <summary>Takes it to a state; what was outstanding until then is done before this returns.</summary>
    public CallResult SetState(DeviceState state, Func<DmaRequest, DmaResult> transact)
    {
        var before = State;
        if (IsRunning(before) && !IsRunning(state))
            Perform(DmaMoment.AtStop, transact);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Uapi.MigDeviceState | Uapi.Set);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], (uint)state);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], -1);
        var result = Core.Feature(new UserBuffer(bytes));
        if (!result.Ok)
            return result;
        State = state;
        // A saving session goes on from pre-copy to the stop.
        var opened = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (opened < 0 && IsSaving(before) && IsSaving(state))
            opened = session;
        if (session >= 0 && session != opened)
            Core.CloseData(session);
        session = opened;
        if (!IsRunning(before) && IsRunning(state))
            Perform(DmaMoment.AtStart, transact);
        return CallResult.Success;
    }

    /// <summary>Reads its image as far as there is one now.</summary>
    public CallResult ReadImage(out byte[] image)
    {
        image = [];
        if (session < 0)
            return CallResult.Fail(Errno.EBADF);
        var all = new List<byte>();
        var part = new byte[4096];
        while (true)
        {
            var read = Core.Read(session, new UserBuffer(part));
            if (!read.Ok && read.Errno != Errno.ENOMSG)
                return read;
            if (read.Value <= 0)
                break;
            all.AddRange(part.AsSpan(0, (int)read.Value));
        }

        image = [.. all];
        return CallResult.Success;
    }

    /// <summary>Writes its image.</summary>
    public CallResult WriteImage(ReadOnlySpan<byte> image)
    {
        if (session < 0)
            return CallResult.Fail(Errno.EBADF);
        var rest = image.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            var written = Core.Write(session, new UserBuffer(rest));
            if (!written.Ok)
                return written;
            rest = rest[(int)written.Value..];
        }

        return CallResult.Success;
    }

    private static bool IsSaving(DeviceState state) => state is DeviceState.PreCopy or DeviceState.PreCopyP2P or DeviceState.StopCopy;

    private static bool IsRunning(DeviceState state) => state is DeviceState.Running or DeviceState.PreCopy;

    private void Perform(DmaMoment moment, Func<DmaRequest, DmaResult> transact)
    {
        foreach (var request in outstanding.Where(one => one.Moment == moment).ToList())
            done.Add((request, transact(request)));
        outstanding.RemoveAll(one => one.Moment == moment);
    }
}
