using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>
/// A saving session: the match data as soon as it begins, the registers when the device has stopped, if a guest's driver had set it up. A device reuses one
/// instance for all its sessions.
/// </summary>
/// <param name="device">The device that is saved.</param>
public sealed class HisiAccSaving(HisiAccDriver device) : IMigrationFile
{
    private readonly byte[] image = new byte[AccVfData.Size];
    private int position;
    private int length;
    private int failAt = -1;
    private int failErrno;
    private bool complete;

    /// <inheritdoc/>
    public bool IsSaving => true;

    // An armed save never comes to its end, however short the stream is.
    private bool HasFailed => failAt >= 0 && (position >= failAt || (complete && position == length));

    /// <summary>Begins a session from scratch.</summary>
    /// <param name="preCopy">True when the device keeps running.</param>
    /// <param name="failAt">After how many bytes the save fails for good, or -1.</param>
    /// <param name="failErrno">With which errno.</param>
    public void Begin(bool preCopy, int failAt, int failErrno)
    {
        this.failAt = failAt;
        this.failErrno = failErrno;
        position = 0;
        length = AccVfData.MatchSize;
        complete = false;
        image.AsSpan().Clear();
        var isV1 = device.Saves == HisiAccVersion.V1;
        BinaryPrimitives.WriteUInt64LittleEndian(image, isV1 ? AccVfData.MagicV1 : AccVfData.MagicV2);
        Put(AccVfData.QpNum, device.Identity.QueuePairs);
        Put(AccVfData.DevId, device.Identity.DeviceId);
        Put(AccVfData.QueIsoCfg, device.Identity.QueueIsolation);
        Put(AccVfData.QpBase, device.Identity.QueueBase);
        // Whether a guest's driver is there is asked when the device has stopped; until then the stream says that it is.
        Put(AccVfData.VfQmState, AccVfData.Ready);
        if (!isV1)
            BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(AccVfData.MajorVer), AccVfData.MajorVersion);
        if (!preCopy)
            Complete();
    }

    /// <summary>The device has stopped: adds its registers, when there is something in them.</summary>
    public void Complete()
    {
        complete = true;
        if (!device.HasState)
        {
            Put(AccVfData.VfQmState, AccVfData.NotReady);
            return;
        }

        foreach (var (field, register) in HisiAccDriver.Registers)
            Put(field, device.Function.Read(register));
        for (var word = 0; word < AccVfData.ContextWords; word++)
        {
            Put(AccVfData.QmEqcDw + (4 * word), device.Function.Read(HisiAccFunction.EventQueue + (4 * word)));
            Put(AccVfData.QmAeqcDw + (4 * word), device.Function.Read(HisiAccFunction.AsyncEventQueue + (4 * word)));
        }

        var isV1 = device.Saves == HisiAccVersion.V1;
        PutAddress(AccVfData.EqeDma, isV1 ? AccVfData.QueueAddressV1(image, AccVfData.QmEqcDw) : AccVfData.QueueAddress(image, AccVfData.QmEqcDw));
        PutAddress(AccVfData.AeqeDma, isV1 ? AccVfData.QueueAddressV1(image, AccVfData.QmAeqcDw) : AccVfData.QueueAddress(image, AccVfData.QmAeqcDw));
        PutAddress(AccVfData.SqcDma, device.Function.SubmissionContexts);
        PutAddress(AccVfData.CqcDma, device.Function.CompletionContexts);
        length = AccVfData.Size;
    }

    /// <inheritdoc/>
    public CallResult Read(Span<byte> buffer)
    {
        if (HasFailed)
            return CallResult.Fail(failErrno);
        if (position == length)
            return complete || device.Has(HisiAccHabits.EndsPreCopyWithZero) ? CallResult.Success : CallResult.Fail(Errno.ENOMSG);
        var count = Math.Min(buffer.Length, length - position);
        if (failAt >= 0)
            count = Math.Min(count, failAt - position);
        image.AsSpan(device.Has(HisiAccHabits.EveryPieceIsTheFirst) ? 0 : position, count).CopyTo(buffer);
        position += count;
        return CallResult.Of(count);
    }

    /// <inheritdoc/>
    public CallResult Write(ReadOnlySpan<byte> buffer) => CallResult.Fail(Errno.EBADF);

    /// <summary>Nothing of what was sent in pre-copy can change, so nothing is ever dirty.</summary>
    public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
    {
        initialBytes = (ulong)(AccVfData.MatchSize - position);
        dirtyBytes = 0;
        return HasFailed ? failErrno : Errno.None;
    }

    /// <inheritdoc/>
    public bool IsReadable => HasFailed || complete || position < length || device.Has(HisiAccHabits.EndsPreCopyWithZero);

    /// <summary>The buffer is the device's.</summary>
    public void Terminate() { }

    private void Put(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);

    private void PutAddress(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(offset), value);
}
