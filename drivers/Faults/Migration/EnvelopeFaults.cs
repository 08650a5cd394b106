using System.Buffers.Binary;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the feature envelope and of ioctls in general (ABI).</summary>
internal static class EnvelopeFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of(ABI_01, "payload-at-sixteen", F1, "an answer is written at byte 16", s => new PayloadAtSixteen(s)),
        Of(ABI_02, "unreadable-envelope-is-invalid", F1, "an unreadable envelope gives EINVAL", s => new UnreadableEnvelopeIsInvalid(s)),
        Of(ABI_03, "accepts-short-argsz", F1, "argsz 0..7 is accepted", s => new AcceptsShortArgsz(s)),
        Of(ABI_04, "ignores-unknown-flags", F1, "flag bits 19..31 are masked off", s => new IgnoresUnknownFlags(s)),
        Of(ABI_05, "get-and-set-means-get", F1, "GET and SET together are served as GET", s => new GetAndSetMeansGet(s)),
        Of(ABI_06, "no-method-means-get", F1, "a request without a method is served as GET", s => new NoMethodMeansGet(s)),
        Of(ABI_07, "probe-wants-payload", F1, "PROBE needs the payload that GET or SET would need", s => new ProbeWantsPayload(s)),
        Of(ABI_08, "probe-ignores-methods", F1, "PROBE succeeds whatever methods are asked for", s => new ProbeIgnoresMethods(s)),
        Of(ABI_09, "probe-performs-set", F1, "PROBE with SET of the state performs the SET", s => new ProbePerformsSet(s)),
        Of(ABI_10, "accepts-unoffered-methods", F1, "a GET or SET that the feature does not offer is served", s => new AcceptsUnofferedMethods(s)),
        Of(ABI_11, "ignores-payload-size", F1, "a payload that is too short is used", s => new IgnoresPayloadSize(s)),
        Of(ABI_12, "wants-exact-argsz", F1, "an argsz larger than needed is refused", s => new WantsExactArgsz(s)),
        Of(ABI_13, "no-migration-means-no-flags", F0, "a device without migration reports success and no flags", s => new NoMigrationMeansNoFlags(s)),
        Of(ABI_14, "pretends-to-log", F1, "a device without a DMA log accepts START and does nothing", s => new PretendsToLog(s)),
        Of(ABI_15, "knows-every-feature", F1, "an unknown feature index succeeds", s => new KnowsEveryFeature(s)),
        Of(
            [ABI_16, PINFO2_03],
            "F-ABI-16, F-PINFO2-03",
            "opts-in-without-pre-copy",
            F1,
            "feature 12 succeeds without PRE_COPY",
            s => new OptsInWithoutPreCopy(s)
        ),
        Of(ABI_17, "swallows-copy-errors", F1, "an answer that cannot be written is dropped, and the call succeeds", s => new SwallowsCopyErrors(s)),
        Of(ABI_18, "works-unbound", F1, "the device answers before it is bound", s => new WorksUnbound(s)),
        Of(ABI_19, "writes-envelope-back", F1, "argsz and flags are overwritten with the driver's own view", s => new WritesEnvelopeBack(s)),
        Of(ABI_20, "precopy-info-on-device", F5, "GET_PRECOPY_INFO succeeds on the device fd", s => new PrecopyInfoOnDevice(s)),
        Of(ABI_21, "knows-every-data-ioctl", F5, "an unknown ioctl on the saving fd succeeds", s => new KnowsEveryDataIoctl(s)),
        Of(ABI_22, "ignores-info-argsz", F5, "GET_PRECOPY_INFO accepts an argsz below 24", s => new IgnoresInfoArgsz(s)),
        Of(
            [ABI_24, DLOG_37],
            "F-ABI-24, F-DLOG-37",
            "refuses-reserved-word",
            F3,
            "START refuses a reserved word that is not 0",
            s => new RefusesReservedWord(s)
        ),
        Of(ABI_24, "refuses-data-fd-garbage", F1, "SET refuses a data_fd that is neither -1 nor 0", s => new RefusesDataFdGarbage(s)),
        Of(ABI_25, "returns-copied-count", F1, "a call that succeeds returns the bytes of its payload", s => new ReturnsCopiedCount(s)),
        Of(
            [ABI_25, ABI_17],
            "F-ABI-25",
            "returns-uncopied-count",
            F1,
            "a copy that fails returns the bytes that are missing",
            s => new ReturnsUncopiedCount(s)
        ),
        Of(ABI_26, "looks-at-index-first", F1, "the feature index is looked up before argsz and flags are checked", s => new LooksAtIndexFirst(s)),
    ];

    private sealed class PayloadAtSixteen(FaultSite s) : FaultyCore(s)
    {
        protected override int CopyOut(in UserBuffer argument, ulong value)
        {
            if (argument.CanWrite(16, 8))
                BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[16..], value);
            return Errno.None;
        }
    }

    private sealed class UnreadableEnvelopeIsInvalid(FaultSite s) : FaultyCore(s)
    {
        protected override int ReadEnvelope(in UserBuffer argument, out uint argsz, out uint flags) =>
            base.ReadEnvelope(argument, out argsz, out flags) != 0 ? Errno.EINVAL : Errno.None;
    }

    private sealed class AcceptsShortArgsz(FaultSite s) : FaultyCore(s)
    {
        // The unsigned difference then makes the payload look enormous.
        protected override int CheckArgsz(uint argsz) => Errno.None;
    }

    private sealed class IgnoresUnknownFlags(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckReservedFlags(ref uint flags)
        {
            flags &= ~Uapi.ReservedFlags;
            return Errno.None;
        }
    }

    private sealed class GetAndSetMeansGet(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckDirections(ref uint flags)
        {
            if (base.CheckDirections(ref flags) != 0)
                flags &= ~Uapi.Set;
            return Errno.None;
        }
    }

    private sealed class NoMethodMeansGet(FaultSite s) : FaultyCore(s)
    {
        protected override int RequireMethod(FeatureRow row, ref uint flags)
        {
            if (base.RequireMethod(row, ref flags) != 0)
                flags |= Uapi.Get;
            return Errno.None;
        }
    }

    private sealed class ProbeWantsPayload(FaultSite s) : FaultyCore(s)
    {
        protected override int AnswerProbe(FeatureRow row, uint flags, uint argsz, in UserBuffer argument) => CheckPayloadSize(row, argsz);
    }

    private sealed class ProbeIgnoresMethods(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckMethods(FeatureRow row, ref uint flags) => (flags & Uapi.Probe) != 0 ? Errno.None : base.CheckMethods(row, ref flags);
    }

    private sealed class ProbePerformsSet(FaultSite s) : FaultyCore(s)
    {
        protected override int AnswerProbe(FeatureRow row, uint flags, uint argsz, in UserBuffer argument)
        {
            if ((flags & Uapi.Set) != 0 && row.Index == Uapi.MigDeviceState && argument.CanRead(PayloadOffset, 4))
                SetState(BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[PayloadOffset..]), out _);
            return Errno.None;
        }
    }

    private sealed class AcceptsUnofferedMethods(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckMethods(FeatureRow row, ref uint flags) => (flags & Uapi.Probe) != 0 ? base.CheckMethods(row, ref flags) : Errno.None;
    }

    private sealed class IgnoresPayloadSize(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckPayloadSize(FeatureRow row, uint argsz) => Errno.None;
    }

    private sealed class WantsExactArgsz(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckPayloadSize(FeatureRow row, uint argsz) => argsz != Uapi.EnvelopeSize + row.MinPayload ? Errno.EINVAL : Errno.None;
    }

    private sealed class NoMigrationMeansNoFlags(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckGate(FeatureRow row) => row.Gate == FeatureGate.Migration ? Errno.None : base.CheckGate(row);
    }

    private sealed class PretendsToLog(FaultSite s) : FaultyCore(s)
    {
        protected override int UnsupportedFeature(FeatureRow row, uint flags, int errno) =>
            row.Index == Uapi.DmaLoggingStart && (flags & (Uapi.Set | Uapi.Probe)) == Uapi.Set ? Errno.None : base.UnsupportedFeature(row, flags, errno);
    }

    private sealed class KnowsEveryFeature(FaultSite s) : FaultyCore(s)
    {
        protected override int UnknownFeature(uint flags) => Errno.None;
    }

    private sealed class OptsInWithoutPreCopy(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckGate(FeatureRow row) => row.Gate == FeatureGate.PreCopy ? Errno.None : base.CheckGate(row);
    }

    private sealed class SwallowsCopyErrors(FaultSite s) : FaultyCore(s)
    {
        protected override int CopyOut(in UserBuffer argument, ulong value)
        {
            base.CopyOut(argument, value);
            return Errno.None;
        }
    }

    private sealed class WorksUnbound(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckAccess() => IsOpen ? Errno.None : Errno.EBADF;
    }

    private sealed class WritesEnvelopeBack(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult CompleteFeature(in UserBuffer argument, int errno)
        {
            if (errno == 0 && argument.CanWrite(0, Uapi.EnvelopeSize))
            {
                var flags = BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[4..]) & Uapi.FeatureMask;
                BinaryPrimitives.WriteUInt32LittleEndian(argument.Bytes, (uint)(Uapi.EnvelopeSize + Math.Max(0, Uapi.MinPayload(flags))));
                BinaryPrimitives.WriteUInt32LittleEndian(argument.Bytes[4..], flags);
            }
            return base.CompleteFeature(argument, errno);
        }
    }

    private sealed class PrecopyInfoOnDevice(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult OtherDeviceIoctl(uint request, in UserBuffer argument) =>
            request == Uapi.PrecopyInfo ? CallResult.Success : base.OtherDeviceIoctl(request, argument);
    }

    private sealed class KnowsEveryDataIoctl(FaultSite s) : FaultyCore(s)
    {
        protected override int UnknownDataIoctl(OpenFile file, uint request) => Errno.None;
    }

    private sealed class IgnoresInfoArgsz(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckInfoArgsz(uint argsz) => Errno.None;
    }

    private sealed class RefusesReservedWord(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckReservedWord(uint reserved) => reserved != 0 ? Errno.EINVAL : Errno.None;
    }

    private sealed class RefusesDataFdGarbage(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckStatePayload(uint state, int dataFd) => dataFd is not (-1 or 0) ? Errno.EINVAL : Errno.None;
    }

    private sealed class ReturnsCopiedCount(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult CompleteFeature(in UserBuffer argument, int errno) =>
            errno == 0 ? CallResult.Of(8) : base.CompleteFeature(argument, errno);
    }

    private sealed class ReturnsUncopiedCount(FaultSite s) : FaultyCore(s)
    {
        protected override CallResult CompleteFeature(in UserBuffer argument, int errno) =>
            errno == Errno.EFAULT ? CallResult.Of(8) : base.CompleteFeature(argument, errno);
    }

    private sealed class LooksAtIndexFirst(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckEnvelope(uint argsz, ref uint flags) =>
            FindFeature(flags & Uapi.FeatureMask) is null ? UnknownFeature(flags) : base.CheckEnvelope(argsz, ref flags);
    }
}
