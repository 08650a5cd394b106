using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Loading a stream. A load "fails" when some write on the session returns an errno, or the SET that leaves RS fails. Three levels are told apart:
/// A, the SET fails (conforming); B, a write fails but the SET then succeeds (deviation, a finding); C, nothing fails (violation).
/// </summary>
internal static class ResumingRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_RES_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "ST>RS opens a write session.",
            Violation: "no fd returned",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
            Fault: "return no fd"
        ),
        new(
            MIG_RES_02,
            Strength.May,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "Entering RS may reset device-internal state.",
            Violation: "none: that old state is kept is not asserted",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
            Uncheckable: "latitude: old state may be kept or lost"
        ),
        new(
            MIG_RES_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A complete valid stream from a compatible device followed by RS>ST succeeds, and the device equals the source at its stop.",
            Violation: "failure or differing state",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
            Fault: "restore all but one register"
        ),
        new(
            MIG_RES_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A truncated stream fails at RS>ST.",
            Violation: "level B or C",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
            Fault: "ignore length",
            Note: "Asked with cuts at 0, 1, header - 1, header, every record boundary and last - 1."
        ),
        new(
            MIG_RES_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "An inconsistent stream fails (bad magic, bad version, length fields that disagree, bad checksum if any).",
            Violation: "level B or C",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
            Fault: "skip magic check"
        ),
        new(
            MIG_RES_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A stream from an incompatible device (other model, other queue count, other isolation config, other port count) fails.",
            Violation: "level B or C",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
                + "vf_qm_check_match()",
            Fault: "skip device-id check"
        ),
        new(
            MIG_RES_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "On failure the state is RS or ERROR (or a later step of a longer path), never ST/RU with half-loaded state.",
            Violation: "state ST after failed load",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
            Fault: "report ST"
        ),
        new(
            MIG_RES_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Aborting RS needs a reset; RESET in RS gives RUNNING, a dead session, and none of the half-loaded data in force. Which content "
                + "the registers then have (fresh or as before RS) is driver business (MIG-ERR-18).",
            Violation: "half-loaded state survives reset",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (abort by reset)",
            Fault: "keep loaded registers over reset"
        ),
        new(
            MIG_RES_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Bytes beyond a complete stream fail (at write: ENOMEM/EINVAL/EFAULT, or at SET).",
            Violation: "silently dropped",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"otherwise invalid\")",
            Fault: "ignore surplus"
        ),
        new(
            MIG_RES_10,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "No data at all then RS>ST fails, unless the device's complete state is legitimately empty.",
            Violation: "success (mlx5, virtio, possibly qat)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
            Fault: "accept empty",
            Note: "A driver declares an empty state to the kit by a trait."
        ),
        new(
            MIG_RES_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Combination RS>RU, RS>RP, RS>SC, RS>PC, RS>PP performs the same validation before the device runs or saves.",
            Violation: "bad stream runs",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (every path out of RESUMING goes through STOP); enum vfio_device_mig_state, "
                + "\"RESUMING -> STOP\"",
            Fault: "validate only when target is ST"
        ),
        new(
            MIG_RES_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "After a validation failure the device cannot reach RUNNING except by reset or by a later successful load.",
            Violation: "SET RU succeeds",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
            Fault: "second SET passes (error not sticky)"
        ),
        new(
            MIG_RES_13,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A content error is not forgotten: once a write reported that bytes it took are invalid (header, match, record check), leaving RS "
                + "must fail until the session is restarted. A write refused without taking bytes is MIG-RES-27.",
            Violation: "level B",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
            Fault: "drop the flag (hisi_acc, mtty, qat behave so)"
        ),
        new(
            MIG_RES_14,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Each RS session is validated from scratch, also the second one in the same open and after reset.",
            Violation: "second session skips match (hisi_acc match_done, qat remote_setup_size)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
            Fault: "cache \"matched\" flag"
        ),
        new(
            MIG_RES_15,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Write after leaving RS fails.",
            Violation: "accepted",
            Source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
            Fault: "leave the file enabled (the fault of MIG-FD-14)"
        ),
        new(
            MIG_RES_16,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Arbitrary bytes never crash, hang, or leak, and never cause effects outside the device.",
            Violation: "crash/hang",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
            Fault: "length field used unchecked",
            Note: "This is a fuzz lane."
        ),
        new(
            MIG_RES_17,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Length fields near 2^32, 2^63, 2^64-1 are rejected without large allocation.",
            Violation: "memory exhausted",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_resume_write() (limit of the record size); drivers/vfio/pci/virtio/migrate.c",
            Fault: "allocate what the header says"
        ),
        new(
            MIG_RES_18,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Concatenation of two sessions' streams, or interleaving, fails. Record formats without a terminator cannot tell two streams from "
                + "one longer stream and may load the last one. A mixed state is never acceptable, and interleaving inside a record must fail.",
            Violation: "accepted where the driver declares a terminated or fixed-size format; mixed state anywhere",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
            Fault: "restart parser at header",
            Note: "The header puts this on the user (\"output of a single FD\"). mlx5 and virtio have record formats without a terminator."
        ),
        new(
            MIG_RES_19,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Streams of an older supported format version load; of a newer incompatible one fail. Unknown optional records are skipped, "
                + "unknown mandatory ones fail (mlx5/virtio: EOPNOTSUPP).",
            Violation: "wrong acceptance",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, vf_qm_version_check(); drivers/vfio/pci/virtio/migrate.c (optional and mandatory "
                + "records)",
            Fault: "accept unknown mandatory tag"
        ),
        new(
            MIG_RES_20,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "RS>SC right after load yields a stream equivalent to the one loaded.",
            Violation: "differs",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; follows from MIG-RES-03",
            Fault: "lose a field"
        ),
        new(
            MIG_RES_21,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Loading the same stream twice (two sessions) gives the same result.",
            Violation: "differs",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; follows from MIG-RES-03",
            Fault: "additive load"
        ),
        new(
            MIG_RES_22,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Resume on the source device itself (cancel by self-load) works: RU>SC read, then SC>RS write, RS>RU.",
            Violation: "fails",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"",
            Fault: "share save/restore buffer wrongly"
        ),
        new(
            MIG_RES_23,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            Statement: "Data written in RS has no outside effect (no DMA/IRQ) before RU.",
            Violation: "interrupt during load",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"; \"RUNNING_P2P -> STOP\"",
            Fault: "kick queue on load"
        ),
        new(
            MIG_RES_24,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A pre-copy stream (PC part + SC part of one fd) loads as one stream.",
            Violation: "refused",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
            Fault: "expect SC-only stream"
        ),
        new(
            MIG_RES_25,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The stream of a cancelled session (PC>RU) must not load as complete.",
            Violation: "accepted (level C), unless the prefix is a legal complete stream by itself (hisi_acc: 40 bytes)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
            Fault: "accept prefix"
        ),
        new(
            MIG_RES_26,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "RS may be re-entered after success (RS>ST>RS) and the new data replaces the old.",
            Violation: "stale mix",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\" and \"RESUMING -> STOP\"",
            Fault: "merge"
        ),
        new(
            MIG_RES_27,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "A write refused before taking bytes (surplus: ENOMEM/EINVAL; bad pointer: EFAULT; EINTR/EAGAIN) leaves the session as it was: "
                + "the bytes accepted so far still count, and if they form a complete stream RS>ST may succeed.",
            Violation: "accepted stream lost by a refused write",
            Source: "samples/vfio-mdev/mtty.c, mtty_resume_write(); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_resume_write()",
            Fault: "a refused write poisons the session",
            Note: "mtty, measured: a full image, one refused extra byte, then success. This is not a load that fails at a write and then succeeds."
        ),
        new(
            MIG_RES_28,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            Statement: "Loaded values that later index, size or shift something inside the device or driver are range-checked at load; a well-formed "
                + "stream with one such field out of range fails, and no access of the loaded device ever reaches memory outside it.",
            Violation: "load succeeds and a later register read returns foreign memory (mtty FIFO indices, measured)",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"otherwise invalid\")",
            Fault: "trust the ring indices of the stream",
            Note: "On the kernel channel it is asked in a throw-away guest only."
        ),
    ];
}
