using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Drivers.VfioCore;

/// <content>VFIO_DEVICE_FEATURE: the envelope, in the order of its checks (V.2, ABI-26).</content>
public partial class VfioCoreDevice
{
    /// <summary>Seam: where the payload starts (ABI-01).</summary>
    protected virtual int PayloadOffset => Uapi.EnvelopeSize;

    /// <summary>Seam: the flags word that feature 1 reports (MIG-FEAT-01..03).</summary>
    protected virtual ulong MigrationFlags => (ulong)Features;

    private CallResult AnswerFeature(in UserBuffer argument)
    {
        var errno = CheckAccess();
        if (errno == 0 && (errno = ReadEnvelope(argument, out var argsz, out var flags)) == 0)
            errno = AnswerEnvelope(argument, argsz, InterpretFlags(flags));
        return CompleteFeature(argument, errno);
    }

    private int AnswerEnvelope(in UserBuffer argument, uint argsz, uint flags)
    {
        var errno = CheckEnvelope(argsz, ref flags);
        if (errno != 0)
            return errno;
        var row = FindFeature(flags & Uapi.FeatureMask);
        if (row is null)
            return UnknownFeature(flags);
        if ((errno = CheckGate(row)) != 0)
            return UnsupportedFeature(row, flags, errno);
        if ((errno = CheckMethods(row, ref flags)) != 0)
            return errno;
        if ((flags & Uapi.Probe) != 0)
            return AnswerProbe(row, flags, argsz, argument);
        if ((errno = RequireMethod(row, ref flags)) != 0 || (errno = CheckPayloadSize(row, argsz)) != 0 || (errno = CheckPayloadReadable(row, argument)) != 0)
            return errno;
        return Perform(row, flags, argument);
    }

    /// <summary>Seam: reads argsz and flags (ABI-02).</summary>
    protected virtual int ReadEnvelope(in UserBuffer argument, out uint argsz, out uint flags)
    {
        if (!argument.CanRead(0, Uapi.EnvelopeSize))
        {
            argsz = flags = 0;
            return Errno.EFAULT;
        }
        argsz = BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes);
        flags = BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[4..]);
        return Errno.None;
    }

    /// <summary>Seam: what the flags word is taken for (MIG-FEAT-11).</summary>
    protected virtual uint InterpretFlags(uint flags) => flags;

    /// <summary>Seam: the checks that come before the index is looked at, in their order (ABI-26).</summary>
    protected virtual int CheckEnvelope(uint argsz, ref uint flags)
    {
        var errno = CheckArgsz(argsz);
        if (errno == 0)
            errno = CheckReservedFlags(ref flags);
        return errno == 0 ? CheckDirections(ref flags) : errno;
    }

    /// <summary>Seam: argsz covers the envelope (ABI-03).</summary>
    protected virtual int CheckArgsz(uint argsz) => argsz < Uapi.EnvelopeSize ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: no unknown flag bit (ABI-04).</summary>
    protected virtual int CheckReservedFlags(ref uint flags) => (flags & Uapi.ReservedFlags) != 0 ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: not GET and SET at once, except in a probe (ABI-05).</summary>
    protected virtual int CheckDirections(ref uint flags) => (flags & (Uapi.Get | Uapi.Set | Uapi.Probe)) == (Uapi.Get | Uapi.Set) ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: the row of an index, null when it is unknown at this level (ABI-15).</summary>
    protected virtual FeatureRow? FindFeature(uint index) => FeatureRow.Find(index, Level);

    /// <summary>Seam: the answer to an unknown index (ABI-15).</summary>
    protected virtual int UnknownFeature(uint flags) => Errno.ENOTTY;

    /// <summary>Seam: does the device support the feature at all (ABI-13, ABI-14, ABI-16)?</summary>
    protected virtual int CheckGate(FeatureRow row)
    {
        var supported = row.Gate switch
        {
            FeatureGate.Migration => Features != MigrationFeatures.None,
            FeatureGate.DmaLog => Log is not null,
            _ => (Features & MigrationFeatures.PreCopy) != 0,
        };
        return supported ? Errno.None : row.Unsupported;
    }

    /// <summary>Seam: the answer to a feature that the device does not support (ABI-13, ABI-14, ABI-16).</summary>
    protected virtual int UnsupportedFeature(FeatureRow row, uint flags, int errno) => errno;

    /// <summary>Seam: the requested methods are offered, in a probe as well (ABI-08, ABI-10).</summary>
    protected virtual int CheckMethods(FeatureRow row, ref uint flags) => (flags & (Uapi.Get | Uapi.Set) & ~row.Methods) != 0 ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: the answer to a legal probe: 0, with no payload needed and nothing done (ABI-07, ABI-09).</summary>
    protected virtual int AnswerProbe(FeatureRow row, uint flags, uint argsz, in UserBuffer argument) => Errno.None;

    /// <summary>Seam: some method is requested (ABI-06).</summary>
    protected virtual int RequireMethod(FeatureRow row, ref uint flags) => (flags & (Uapi.Get | Uapi.Set)) == 0 ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: the payload is long enough; more is welcome (ABI-11, ABI-12).</summary>
    protected virtual int CheckPayloadSize(FeatureRow row, uint argsz) => argsz - Uapi.EnvelopeSize < (uint)row.MinPayload ? Errno.EINVAL : Errno.None;

    /// <summary>Seam: a payload that is read can be read (ABI-17).</summary>
    protected virtual int CheckPayloadReadable(FeatureRow row, in UserBuffer argument) =>
        row.ReadsPayload && !argument.CanRead(PayloadOffset, row.MinPayload) ? Errno.EFAULT : Errno.None;

    /// <summary>Seam: carries out a request that passed every check.</summary>
    protected virtual int Perform(FeatureRow row, uint flags, in UserBuffer argument) =>
        row.Index switch
        {
            Uapi.Migration => CopyOut(argument, MigrationFlags),
            Uapi.MigDeviceState => (flags & Uapi.Set) != 0 ? AnswerSetState(argument) : AnswerGetState(argument),
            Uapi.DmaLoggingStart or Uapi.DmaLoggingStop or Uapi.DmaLoggingReport => AnswerLogging(row.Index, argument),
            Uapi.MigDataSize => AnswerDataSize(argument),
            _ => OptIn(),
        };

    /// <summary>Seam: writes the first eight bytes of the payload, or gives EFAULT and writes nothing (ABI-17).</summary>
    protected virtual int CopyOut(in UserBuffer argument, ulong value)
    {
        if (!argument.CanWrite(PayloadOffset, 8))
            return Errno.EFAULT;
        BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[PayloadOffset..], value);
        return Errno.None;
    }

    /// <summary>Seam: what the call returns: 0, or -1 and the errno. The envelope words are never written (ABI-19, ABI-25).</summary>
    protected virtual CallResult CompleteFeature(in UserBuffer argument, int errno) => errno != 0 ? CallResult.Fail(errno) : CallResult.Success;

    /// <summary>Seam: the estimate of feature 9 (SIZE-01..07).</summary>
    protected virtual int DataSize(out ulong bytes) => Driver.DataSize(out bytes);

    /// <summary>Seam: feature 12 (PINFO2-01, PINFO2-07).</summary>
    protected virtual int OptIn()
    {
        OptedIn = true;
        return Errno.None;
    }

    private int AnswerDataSize(in UserBuffer argument)
    {
        ulong bytes;
        int errno;
        using (HoldSessions())
            errno = DataSize(out bytes);
        return errno != 0 ? errno : CopyOut(argument, bytes);
    }
}
