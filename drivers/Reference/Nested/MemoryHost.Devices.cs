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
    public DmaResult Dma(uint device, in DmaRequest request) => devices[device].Migration.Dma(request, TransactorOf(device));

    /// <inheritdoc/>
    public void TakeDone(uint device, ICollection<(DmaRequest Request, DmaResult Result)> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        devices[device].Migration.TakeDone(into);
    }

    /// <inheritdoc/>
    public DeviceState StateOf(uint device) => devices[device].Migration.State;

    /// <inheritdoc/>
    public CallResult SetState(uint device, DeviceState state) => devices[device].Migration.SetState(state, TransactorOf(device));

    /// <inheritdoc/>
    public CallResult ReadImage(uint device, out byte[] image) => devices[device].Migration.ReadImage(out image);

    /// <inheritdoc/>
    public CallResult WriteImage(uint device, ReadOnlySpan<byte> image) => devices[device].Migration.WriteImage(image);

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

    private Func<DmaRequest, DmaResult> TransactorOf(uint device)
    {
        var hosted = devices[device];
        return request => Transact(hosted, request);
    }

    private DmaResult Transact(HostedDevice hosted, DmaRequest request)
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
