using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Streaming while the device runs: PC, PP and GET_PRECOPY_INFO.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_PRE_01 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "GET_PRECOPY_INFO succeeds in PC and in PP (when the set has PP).",
        violation: "errno",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "only allow PC"
    );

    public static readonly RequirementId MIG_PRE_02 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "In every other state GET_PRECOPY_INFO fails, with EINVAL (same fd in SC, after cancel, and so on). A stale fd while a new PC "
            + "session is live may give ENODEV.",
        violation: "success in SC",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "skip state check"
    );

    public static readonly RequirementId MIG_PRE_03 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "initial_bytes is non-zero at the start of a session.",
        violation: "0 on first call",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
        fault: "report 0"
    );

    public static readonly RequirementId MIG_PRE_04 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "initial_bytes never grows and falls as data is read (absent REINIT).",
        violation: "growth without REINIT",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
        fault: "recompute with noise",
        note: "Latitude: mlx5 asked in PP before its first asynchronous save has finished."
    );

    public static readonly RequirementId MIG_PRE_05 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "dirty_bytes starts at 0 and may rise (device dirties state) or fall (read).",
        violation: "non-zero on first call of a fresh session",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (dirty_bytes)",
        fault: "start at 4096",
        note: "The kit sends 0 in the field (MIG-PRE-25)."
    );

    public static readonly RequirementId MIG_PRE_06 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "With both counters 0, read in PC/PP returns ENOMSG (temporary end).",
        violation: "0, or a read that blocks for ever",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (\"should return ENOMSG\")",
        fault: "return 0 (hisi_acc, qat, mtty do: known deviation)"
    );

    public static readonly RequirementId MIG_PRE_07 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "ENOMSG is not sticky: after new dirty data or after entering SC reads deliver data on the same fd.",
        violation: "ENOMSG persists",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "latch"
    );

    public static readonly RequirementId MIG_PRE_08 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "If the counters just returned are non-zero, a (blocking) read returns data.",
        violation: "ENOMSG or 0",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "report phantom bytes"
    );

    public static readonly RequirementId MIG_PRE_09 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "The device stays fully operational in PC: DMA, interrupts, MMIO as in RU.",
        violation: "stalled work in PC",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group) (\"does not change the device operation\")",
        fault: "stop queue in PC"
    );

    public static readonly RequirementId MIG_PRE_10 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "Reading anything in PC is optional; PC>SC without a read yields a complete stream.",
        violation: "restore fails",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
        fault: "omit initial data if unread"
    );

    public static readonly RequirementId MIG_PRE_11 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "PC may be left before initial_bytes reaches 0 (only slower).",
        violation: "refused",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "EBUSY while initial>0"
    );

    public static readonly RequirementId MIG_PRE_12 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "Data unread when SC is entered stays at the head of the stream, in order, no loss.",
        violation: "gap",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
        fault: "drop unread buffer"
    );

    public static readonly RequirementId MIG_PRE_13 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "State changed after it was streamed in PC is corrected later in the stream: the restored device equals the device at stop, not "
            + "at pre-copy.",
        violation: "stale field after restore",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING -> PRE_COPY\" (tracking of changes)",
        fault: "skip re-send of dirtied field"
    );

    public static readonly RequirementId MIG_PRE_14 = Row(
        Strength.May,
        UapiLevel.V6_2,
        Channels.None,
        statement: "Counters need not relate to SC size; each driver decides what it sends in PC.",
        violation: "none: latitude of the driver",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (relation of the counters to STOP_COPY)",
        uncheckable: "latitude: each driver decides what it sends in PC"
    );

    public static readonly RequirementId MIG_PRE_15 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "PC>RU and PP>RP cancel: session ended, tracking off, device unaffected; a new PC session starts from scratch with its own full "
            + "initial data.",
        violation: "second session restores partially",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"PRE_COPY -> RUNNING\" and \"PRE_COPY_P2P -> RUNNING_P2P\"",
        fault: "continue old position"
    );

    public static readonly RequirementId MIG_PRE_16 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "PC>PP and PP>PC keep session, position, and dirty accounting.",
        violation: "data lost",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
        fault: "restart on PP>PC"
    );

    public static readonly RequirementId MIG_PRE_17 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "PP has PC's streaming plus RP's quiescence.",
        violation: "DMA to peers in PP",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"PRE_COPY -> PRE_COPY_P2P\"",
        fault: "ignore P2P in PP"
    );

    public static readonly RequirementId MIG_PRE_18 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "The info call consumes no stream bytes and does not move the FSM (it may make the driver fetch more data).",
        violation: "bytes missing",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "info advances position"
    );

    public static readonly RequirementId MIG_PRE_19 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "The bytes delivered before the temporary end are at least the initial_bytes announced at session start (absent cancel).",
        violation: "short delivery",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
        fault: "truncate initial data",
        note: "The header calls the counter an estimate: a shortfall is a metric and a warning, and a violation only where the driver declares the "
            + "value exact (hisi_acc, qat, mtty)."
    );

    public static readonly RequirementId MIG_PRE_20 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel,
        statement: "poll can be used to wait for more pre-copy data.",
        violation: "never wakes",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        note: "Drivers without a poll of their own report always ready."
    );

    public static readonly RequirementId MIG_PRE_21 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "Without PRE_COPY the ioctl on the SC fd fails (EINVAL or, where the file has no ioctl, ENOTTY).",
        violation: "success",
        source: "include/linux/vfio.h, struct vfio_migration_ops and vfio_check_precopy_ioctl(); drivers/vfio/pci/pds/lm.c, pds_vfio_save_fops",
        fault: "return zeros"
    );

    public static readonly RequirementId MIG_PRE_22 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "PRE_COPY is about device-internal state; it neither needs nor starts IOMMU dirty tracking or device DMA logging.",
        violation: "PC refused without logging",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", "
            + "February 2022",
        fault: "require logging for PC"
    );

    public static readonly RequirementId MIG_PRE_23 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "Pre-copy of an idle device settles: both counters reach 0 and stay 0.",
        violation: "never-ending dirty growth while idle",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
        fault: "dirty grows with time",
        note: "virtio offers a whole dump again about once per second and declares the trait idleDirties."
    );

    public static readonly RequirementId MIG_PRE_24 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | Socket | InProcess,
        statement: "ST>PC and RS>PC are legal combinations and start the device (through RU) before pre-copy.",
        violation: "EINVAL; device still stopped",
        source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
        fault: "leave stopped"
    );

    public static readonly RequirementId MIG_PRE_25 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "initial_bytes and dirty_bytes are pure output: what the caller left in them never shows in the answer.",
        violation: "the caller's value comes back (mlx5 and virtio set only one of the two per call, in Linux 6.12 and 7.2: known deviation, found "
            + "by reading)",
        source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (written by the call)",
        fault: "fill only the counter of the current phase",
        note: "Asked with all-ones input, in the \"initial\" and in the \"dirty\" phase."
    );
}
