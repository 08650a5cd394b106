using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Nested;

// Devices: their DMA, their logs, and their migration.
public partial class MemoryHost
{
    /// <inheritdoc/>
    public DmaResult Dma(uint device, in DmaRequest request)
    {
        var hosted = devices[device];
        if (request.Moment != DmaMoment.Now)
        {
            hosted.Outstanding.Add(request);
            return new(DmaEnd.Pending);
        }

        return hosted.State is DeviceState.Running or DeviceState.PreCopy ? Transact(hosted, request) : new(DmaEnd.NotRunning);
    }

    /// <inheritdoc/>
    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (var done in devices[device].Done)
            into.Add(done);
        devices[device].Done.Clear();
    }

    /// <inheritdoc/>
    public DeviceState StateOf(uint device) => devices[device].State;

    /// <inheritdoc/>
    public CallResult SetState(uint device, DeviceState state)
    {
        var hosted = devices[device];
        var before = hosted.State;
        if (IsRunning(before) && !IsRunning(state))
            Perform(hosted, DmaMoment.AtStop);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Uapi.MigDeviceState | Uapi.Set);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], (uint)state);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], -1);
        var result = hosted.Core.Feature(new UserBuffer(bytes));
        if (!result.Ok)
            return result;
        hosted.State = state;
        // A saving session goes on from pre-copy to the stop.
        var session = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (session < 0 && IsSaving(before) && IsSaving(state))
            session = hosted.Session;
        if (hosted.Session >= 0 && hosted.Session != session)
            hosted.Core.CloseData(hosted.Session);
        hosted.Session = session;
        if (!IsRunning(before) && IsRunning(state))
            Perform(hosted, DmaMoment.AtStart);
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult ReadImage(uint device, out byte[] image)
    {
        var hosted = devices[device];
        image = [];
        if (hosted.Session < 0)
            return CallResult.Fail(Errno.EBADF);
        var all = new List<byte>();
        var part = new byte[4096];
        while (true)
        {
            var read = hosted.Core.Read(hosted.Session, new UserBuffer(part));
            if (!read.Ok && read.Errno != Errno.ENOMSG)
                return read;
            if (read.Value <= 0)
                break;
            all.AddRange(part.AsSpan(0, (int)read.Value));
        }

        image = [.. all];
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image)
    {
        var hosted = devices[device];
        if (hosted.Session < 0)
            return CallResult.Fail(Errno.EBADF);
        var rest = image.ToArray().AsSpan();
        while (!rest.IsEmpty)
        {
            var written = hosted.Core.Write(hosted.Session, new UserBuffer(rest));
            if (!written.Ok)
                return written;
            rest = rest[(int)written.Value..];
        }

        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult StartLog(uint device)
    {
        if (!Habits.HasDeviceLogs)
            return NotThere.Result;
        var hosted = devices[device];
        if (hosted.IsLogging)
            return CallResult.Fail(Errno.EINVAL);
        hosted.Log.Clear();
        hosted.IsLogging = true;
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult StopLog(uint device)
    {
        if (!Habits.HasDeviceLogs)
            return NotThere.Result;
        devices[device].IsLogging = false;
        return CallResult.Success;
    }

    /// <inheritdoc/>
    public CallResult ReportLog(uint device, ulong address, ulong length, Span<byte> bitmap)
    {
        if (!Habits.HasDeviceLogs)
            return NotThere.Result;
        var hosted = devices[device];
        if (!hosted.IsLogging)
            return CallResult.Fail(Errno.EINVAL);
        for (ulong page = 0; page < length / Page; page++)
            if (hosted.Log.Remove((address / Page) + page))
                bitmap[(int)(page / 8)] |= (byte)(1 << (int)(page % 8));
        return CallResult.Success;
    }

    private static bool IsSaving(DeviceState state) => state is DeviceState.PreCopy or DeviceState.PreCopyP2P or DeviceState.StopCopy;

    private static bool IsRunning(DeviceState state) => state is DeviceState.Running or DeviceState.PreCopy;

    private void Perform(HostedDevice hosted, DmaMoment moment)
    {
        foreach (var request in hosted.Outstanding.Where(one => one.Moment == moment).ToList())
            hosted.Done.Add((request, Transact(hosted, request)));
        hosted.Outstanding.RemoveAll(one => one.Moment == moment);
    }

    private DmaResult Transact(HostedDevice hosted, in DmaRequest request)
    {
        Span<byte> data = stackalloc byte[8];
        if (request.IsWrite)
            BinaryPrimitives.WriteUInt64LittleEndian(data, request.Value);
        var transaction = new SmmuTransaction(hosted.Device.StreamIds[0], request.Address, !request.IsWrite, data.Length);
        var reply = Smmu.Transact(transaction, data, out _);
        if (reply != SmmuReply.Completed)
            return new(DmaEnd.Aborted);
        if (hosted.IsLogging && request.IsWrite)
            hosted.Log.Add(request.Address / Page);
        return new(DmaEnd.Completed, request.IsWrite ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(data));
    }
}
