using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Loading a stream. A load "fails" when some write on the session returns an errno, or the SET that leaves RS fails. Three levels are told apart: A, the SET
// fails (conforming); B, a write fails but the SET then succeeds (deviation, a finding); C, nothing fails (violation).
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_RES_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "ST>RS opens a write session.",
        violation: "no fd returned",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
        fault: "return no fd"
    );

    public static readonly RequirementId MIG_RES_02 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Channels.None,
        statement: "Entering RS may reset device-internal state.",
        violation: "none: that old state is kept is not asserted",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
        uncheckable: "latitude: old state may be kept or lost"
    );

    public static readonly RequirementId MIG_RES_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A complete valid stream from a compatible device followed by RS>ST succeeds, and the device equals the source at its stop.",
        violation: "failure or differing state",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
        fault: "restore all but one register"
    );

    public static readonly RequirementId MIG_RES_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A truncated stream fails at RS>ST.",
        violation: "level B or C",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
        fault: "ignore length",
        note: "Asked with cuts at 0, 1, header - 1, header, every record boundary and last - 1."
    );

    public static readonly RequirementId MIG_RES_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "An inconsistent stream fails (bad magic, bad version, length fields that disagree, bad checksum if any).",
        violation: "level B or C",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
        fault: "skip magic check"
    );

    public static readonly RequirementId MIG_RES_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A stream from an incompatible device (other model, other queue count, other isolation config, other port count) fails.",
        violation: "level B or C",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
            + "vf_qm_check_match()",
        fault: "skip device-id check"
    );

    public static readonly RequirementId MIG_RES_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "On failure the state is RS or ERROR (or a later step of a longer path), never ST/RU with half-loaded state.",
        violation: "state ST after failed load",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
        fault: "report ST"
    );

    public static readonly RequirementId MIG_RES_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Aborting RS needs a reset; RESET in RS gives RUNNING, a dead session, and none of the half-loaded data in force. Which content "
            + "the registers then have (fresh or as before RS) is driver business (MIG-ERR-18).",
        violation: "half-loaded state survives reset",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (abort by reset)",
        fault: "keep loaded registers over reset"
    );

    public static readonly RequirementId MIG_RES_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Bytes beyond a complete stream fail (at write: ENOMEM/EINVAL/EFAULT, or at SET).",
        violation: "silently dropped",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"otherwise invalid\")",
        fault: "ignore surplus"
    );

    public static readonly RequirementId MIG_RES_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "No data at all then RS>ST fails, unless the device's complete state is legitimately empty.",
        violation: "success (mlx5, virtio, possibly qat)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
        fault: "accept empty",
        note: "A driver declares an empty state to the kit by a trait."
    );

    public static readonly RequirementId MIG_RES_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Combination RS>RU, RS>RP, RS>SC, RS>PC, RS>PP performs the same validation before the device runs or saves.",
        violation: "bad stream runs",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state() (every path out of RESUMING goes through STOP); enum vfio_device_mig_state, "
            + "\"RESUMING -> STOP\"",
        fault: "validate only when target is ST"
    );

    public static readonly RequirementId MIG_RES_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "After a validation failure the device cannot reach RUNNING except by reset or by a later successful load.",
        violation: "SET RU succeeds",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"",
        fault: "second SET passes (error not sticky)"
    );

    public static readonly RequirementId MIG_RES_13 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A content error is not forgotten: once a write reported that bytes it took are invalid (header, match, record check), leaving RS "
            + "must fail until the session is restarted. A write refused without taking bytes is MIG-RES-27.",
        violation: "level B",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
        fault: "drop the flag (hisi_acc, mtty, qat behave so)"
    );

    public static readonly RequirementId MIG_RES_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Each RS session is validated from scratch, also the second one in the same open and after reset.",
        violation: "second session skips match (hisi_acc match_done, qat remote_setup_size)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
        fault: "cache \"matched\" flag"
    );

    public static readonly RequirementId MIG_RES_15 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Write after leaving RS fails.",
        violation: "accepted",
        source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state)",
        fault: "leave the file enabled (the fault of MIG-FD-14)"
    );

    public static readonly RequirementId MIG_RES_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Arbitrary bytes never crash, hang, or leak, and never cause effects outside the device.",
        violation: "crash/hang",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (final validity check)",
        fault: "length field used unchecked",
        note: "This is a fuzz lane."
    );

    public static readonly RequirementId MIG_RES_17 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Length fields near 2^32, 2^63, 2^64-1 are rejected without large allocation.",
        violation: "memory exhausted",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_resume_write() (limit of the record size); drivers/vfio/pci/virtio/migrate.c",
        fault: "allocate what the header says"
    );

    public static readonly RequirementId MIG_RES_18 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Concatenation of two sessions' streams, or interleaving, fails. Record formats without a terminator cannot tell two streams from "
            + "one longer stream and may load the last one. A mixed state is never acceptable, and interleaving inside a record must fail.",
        violation: "accepted where the driver declares a terminated or fixed-size format; mixed state anywhere",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
        fault: "restart parser at header",
        note: "The header puts this on the user (\"output of a single FD\"). mlx5 and virtio have record formats without a terminator."
    );

    public static readonly RequirementId MIG_RES_19 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Streams of an older supported format version load; of a newer incompatible one fail. Unknown optional records are skipped, "
            + "unknown mandatory ones fail (mlx5/virtio: EOPNOTSUPP).",
        violation: "wrong acceptance",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, vf_qm_version_check(); drivers/vfio/pci/virtio/migrate.c (optional and mandatory "
            + "records)",
        fault: "accept unknown mandatory tag"
    );

    public static readonly RequirementId MIG_RES_20 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "RS>SC right after load yields a stream equivalent to the one loaded.",
        violation: "differs",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; follows from MIG-RES-03",
        fault: "lose a field"
    );

    public static readonly RequirementId MIG_RES_21 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Loading the same stream twice (two sessions) gives the same result.",
        violation: "differs",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\"; follows from MIG-RES-03",
        fault: "additive load"
    );

    public static readonly RequirementId MIG_RES_22 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Resume on the source device itself (cancel by self-load) works: RU>SC read, then SC>RS write, RS>RU.",
        violation: "fails",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"",
        fault: "share save/restore buffer wrongly"
    );

    public static readonly RequirementId MIG_RES_23 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | InProcess | NeedsDma,
        statement: "Data written in RS has no outside effect (no DMA/IRQ) before RU.",
        violation: "interrupt during load",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"; \"RUNNING_P2P -> STOP\"",
        fault: "kick queue on load"
    );

    public static readonly RequirementId MIG_RES_24 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A pre-copy stream (PC part + SC part of one fd) loads as one stream.",
        violation: "refused",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\"",
        fault: "expect SC-only stream"
    );

    public static readonly RequirementId MIG_RES_25 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The stream of a cancelled session (PC>RU) must not load as complete.",
        violation: "accepted (level C), unless the prefix is a legal complete stream by itself (hisi_acc: 40 bytes)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"incomplete\")",
        fault: "accept prefix"
    );

    public static readonly RequirementId MIG_RES_26 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "RS may be re-entered after success (RS>ST>RS) and the new data replaces the old.",
        violation: "stale mix",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\" and \"RESUMING -> STOP\"",
        fault: "merge"
    );

    public static readonly RequirementId MIG_RES_27 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "A write refused before taking bytes (surplus: ENOMEM/EINVAL; bad pointer: EFAULT; EINTR/EAGAIN) leaves the session as it was: "
            + "the bytes accepted so far still count, and if they form a complete stream RS>ST may succeed.",
        violation: "accepted stream lost by a refused write",
        source: "samples/vfio-mdev/mtty.c, mtty_resume_write(); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_resume_write()",
        fault: "a refused write poisons the session",
        note: "mtty, measured: a full image, one refused extra byte, then success. This is not a load that fails at a write and then succeeds."
    );

    public static readonly RequirementId MIG_RES_28 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | KernelConditional,
        statement: "Loaded values that later index, size or shift something inside the device or driver are range-checked at load; a well-formed "
            + "stream with one such field out of range fails, and no access of the loaded device ever reaches memory outside it.",
        violation: "load succeeds and a later register read returns foreign memory (mtty FIFO indices, measured)",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RESUMING -> STOP\" (\"otherwise invalid\")",
        fault: "trust the ring indices of the stream",
        note: "On the kernel channel it is asked in a throw-away guest only."
    );
}
