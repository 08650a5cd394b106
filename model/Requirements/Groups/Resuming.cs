using static Conformance.Model.Requirements.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Loading a stream. A load "fails" when some write on the session returns an errno, or the SET that leaves RS fails. Three levels are told apart:
/// A, the SET fails (conforming); B, a write fails but the SET then succeeds (deviation, a finding); C, nothing fails (violation).
/// </summary>
internal static class Resuming
{
    private const string NotYet = "not checked yet: resuming";

    internal static readonly Requirement[] Rows =
    [
        new(MIG_RES_01, "MIG-RES-01", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "ST>RS opens a write session.",
            Violation: "no fd returned",
            Source: "uapi",
            Fault: "return no fd",
            Unchecked: NotYet),

        new(MIG_RES_02, "MIG-RES-02", RequirementGroup.MigRes, Strength.May, UapiLevel.V6_1, Channels.None, OwedByCore: false,
            Statement: "Entering RS may reset device-internal state.",
            Violation: "none: that old state is kept is not asserted",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; latitude: old state may be kept or lost"),

        new(MIG_RES_03, "MIG-RES-03", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A complete valid stream from a compatible device followed by RS>ST succeeds, and the device equals the source at its stop.",
            Violation: "failure or differing state",
            Source: "uapi",
            Fault: "restore all but one register",
            Unchecked: NotYet),

        new(MIG_RES_04, "MIG-RES-04", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A truncated stream fails at RS>ST. To be tested with cuts at 0, 1, header-1, header, every record boundary and last-1.",
            Violation: "level B or C",
            Source: "uapi \"incomplete\"",
            Fault: "ignore length",
            Unchecked: NotYet),

        new(MIG_RES_05, "MIG-RES-05", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "An inconsistent stream fails (bad magic, bad version, length fields that disagree, bad checksum if any).",
            Violation: "level B or C",
            Source: "uapi",
            Fault: "skip magic check",
            Unchecked: NotYet),

        new(MIG_RES_06, "MIG-RES-06", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A stream from an incompatible device (other model, other queue count, other isolation config, other port count) fails.",
            Violation: "level B or C",
            Source: "uapi; drv match checks",
            Fault: "skip device-id check",
            Unchecked: NotYet),

        new(MIG_RES_07, "MIG-RES-07", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "On failure the state is RS or ERROR (or a later step of a longer path), never ST/RU with half-loaded state.",
            Violation: "state ST after failed load",
            Source: "uapi",
            Fault: "report ST",
            Unchecked: NotYet),

        new(MIG_RES_08, "MIG-RES-08", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Aborting RS needs a reset; RESET in RS gives RUNNING, a dead session, and none of the half-loaded data in force. Which " +
                       "content the registers then have (fresh or as before RS) is driver business (MIG-ERR-18).",
            Violation: "half-loaded state survives reset",
            Source: "uapi",
            Fault: "keep loaded registers over reset",
            Unchecked: NotYet),

        new(MIG_RES_09, "MIG-RES-09", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Bytes beyond a complete stream fail (at write: ENOMEM/EINVAL/EFAULT, or at SET).",
            Violation: "silently dropped",
            Source: "uapi \"otherwise invalid\"",
            Fault: "ignore surplus",
            Unchecked: NotYet),

        new(MIG_RES_10, "MIG-RES-10", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "No data at all then RS>ST fails, unless the device's complete state is legitimately empty (driver must declare this to the " +
                       "kit).",
            Violation: "success (mlx5, virtio, possibly qat)",
            Source: "uapi",
            Fault: "accept empty",
            Unchecked: NotYet),

        new(MIG_RES_11, "MIG-RES-11", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Combination RS>RU, RS>RP, RS>SC, RS>PC, RS>PP performs the same validation before the device runs or saves.",
            Violation: "bad stream runs",
            Source: "core path through ST",
            Fault: "validate only when target is ST",
            Unchecked: NotYet),

        new(MIG_RES_12, "MIG-RES-12", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "After a validation failure the device cannot reach RUNNING except by reset or by a later successful load.",
            Violation: "SET RU succeeds",
            Source: "uapi",
            Fault: "second SET passes (error not sticky)",
            Unchecked: NotYet),

        new(MIG_RES_13, "MIG-RES-13", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A content error is not forgotten: once a write reported that bytes it took are invalid (header, match, record check), " +
                       "leaving RS must fail until the session is restarted. A write refused without taking bytes is MIG-RES-27.",
            Violation: "level B",
            Source: "uapi final validity check",
            Fault: "drop the flag (hisi_acc, mtty, qat behave so)",
            Unchecked: NotYet),

        new(MIG_RES_14, "MIG-RES-14", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Each RS session is validated from scratch, also the second one in the same open and after reset.",
            Violation: "second session skips match (hisi_acc match_done, qat remote_setup_size)",
            Source: "uapi",
            Fault: "cache \"matched\" flag",
            Unchecked: NotYet),

        new(MIG_RES_15, "MIG-RES-15", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Write after leaving RS fails.",
            Violation: "accepted",
            Source: "core text (as MIG-FD-14)",
            Fault: "leave the file enabled (the fault of MIG-FD-14)",
            Unchecked: NotYet),

        new(MIG_RES_16, "MIG-RES-16", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Arbitrary bytes never crash, hang, or leak, and never cause effects outside the device (fuzz lane).",
            Violation: "crash/hang",
            Source: "uapi robustness",
            Fault: "length field used unchecked",
            Unchecked: NotYet),

        new(MIG_RES_17, "MIG-RES-17", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Length fields near 2^32, 2^63, 2^64-1 are rejected without large allocation.",
            Violation: "memory exhausted",
            Source: "drv limits",
            Fault: "allocate what the header says",
            Unchecked: NotYet),

        new(MIG_RES_18, "MIG-RES-18", RequirementGroup.MigRes, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Concatenation of two sessions' streams, or interleaving, fails. The header puts this on the user (\"output of a single " +
                       "FD\"); record formats without a terminator (mlx5, virtio) cannot tell two streams from one longer stream and may load the " +
                       "last one. Never acceptable: a mixed state. Interleaving inside a record must fail.",
            Violation: "accepted where the driver declares a terminated or fixed-size format; mixed state anywhere",
            Source: "uapi STOP>RESUMING",
            Fault: "restart parser at header",
            Unchecked: NotYet),

        new(MIG_RES_19, "MIG-RES-19", RequirementGroup.MigRes, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Streams of an older supported format version load; of a newer incompatible one fail. Unknown optional records are skipped, " +
                       "unknown mandatory ones fail (mlx5/virtio: EOPNOTSUPP).",
            Violation: "wrong acceptance",
            Source: "drv version rules",
            Fault: "accept unknown mandatory tag",
            Unchecked: NotYet),

        new(MIG_RES_20, "MIG-RES-20", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "RS>SC right after load yields a stream equivalent to the one loaded.",
            Violation: "differs",
            Source: "implied by MIG-RES-03",
            Fault: "lose a field",
            Unchecked: NotYet),

        new(MIG_RES_21, "MIG-RES-21", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Loading the same stream twice (two sessions) gives the same result.",
            Violation: "differs",
            Source: "implied by MIG-RES-03",
            Fault: "additive load",
            Unchecked: NotYet),

        new(MIG_RES_22, "MIG-RES-22", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Resume on the source device itself (cancel by self-load) works: RU>SC read, then SC>RS write, RS>RU.",
            Violation: "fails",
            Source: "combinations",
            Fault: "share save/restore buffer wrongly",
            Unchecked: NotYet),

        new(MIG_RES_23, "MIG-RES-23", RequirementGroup.MigRes, Strength.Should, UapiLevel.V6_1, Kernel | InProcess | NeedsDma, OwedByCore: false,
            Statement: "Data written in RS has no outside effect (no DMA/IRQ) before RU.",
            Violation: "interrupt during load",
            Source: "MIG-STOP-07",
            Fault: "kick queue on load",
            Unchecked: NotYet),

        new(MIG_RES_24, "MIG-RES-24", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A pre-copy stream (PC part + SC part of one fd) loads as one stream.",
            Violation: "refused",
            Source: "uapi",
            Fault: "expect SC-only stream",
            Unchecked: NotYet),

        new(MIG_RES_25, "MIG-RES-25", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The stream of a cancelled session (PC>RU) must not load as complete.",
            Violation: "accepted (level C), unless the prefix is a legal complete stream by itself (hisi_acc: 40 bytes)",
            Source: "MIG-RES-04",
            Fault: "accept prefix",
            Unchecked: NotYet),

        new(MIG_RES_26, "MIG-RES-26", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "RS may be re-entered after success (RS>ST>RS) and the new data replaces the old.",
            Violation: "stale mix",
            Source: "arcs",
            Fault: "merge",
            Unchecked: NotYet),

        new(MIG_RES_27, "MIG-RES-27", RequirementGroup.MigRes, Strength.Convention, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "A write refused before taking bytes (surplus: ENOMEM/EINVAL; bad pointer: EFAULT; EINTR/EAGAIN) leaves the session as it " +
                       "was: the bytes accepted so far still count, and if they form a complete stream RS>ST may succeed. This is not level B.",
            Violation: "accepted stream lost by a refused write",
            Source: "drv (mtty measured: full image, one refused extra byte, then success)",
            Fault: "a refused write poisons the session",
            Unchecked: NotYet),

        new(MIG_RES_28, "MIG-RES-28", RequirementGroup.MigRes, Strength.Must, UapiLevel.V6_1, Kernel | InProcess | KernelConditional, OwedByCore: false,
            Statement: "Loaded values that later index, size or shift something inside the device or driver are range-checked at load; a " +
                       "well-formed stream with one such field out of range fails, and no access of the loaded device ever reaches memory outside " +
                       "it. On the kernel channel only in a throw-away guest.",
            Violation: "load succeeds and a later register read returns foreign memory (mtty FIFO indices, measured)",
            Source: "uapi \"otherwise invalid\"; MIG-STOP-06",
            Fault: "trust the ring indices of the stream",
            Unchecked: NotYet),
    ];
}
