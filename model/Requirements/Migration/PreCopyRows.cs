using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Streaming while the device runs: PC, PP and GET_PRECOPY_INFO.</summary>
internal static class PreCopyRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_PRE_01,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "GET_PRECOPY_INFO succeeds in PC and in PP (when the set has PP).",
            Violation: "errno",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "only allow PC"
        ),
        new(
            MIG_PRE_02,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "In every other state GET_PRECOPY_INFO fails, with EINVAL (same fd in SC, after cancel, and so on). A stale fd while a new PC "
                + "session is live may give ENODEV.",
            Violation: "success in SC",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "skip state check"
        ),
        new(
            MIG_PRE_03,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "initial_bytes is non-zero at the start of a session.",
            Violation: "0 on first call",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
            Fault: "report 0"
        ),
        new(
            MIG_PRE_04,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "initial_bytes never grows and falls as data is read (absent REINIT).",
            Violation: "growth without REINIT",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
            Fault: "recompute with noise",
            Note: "Latitude: mlx5 asked in PP before its first asynchronous save has finished."
        ),
        new(
            MIG_PRE_05,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "dirty_bytes starts at 0 and may rise (device dirties state) or fall (read).",
            Violation: "non-zero on first call of a fresh session",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (dirty_bytes)",
            Fault: "start at 4096",
            Note: "The kit sends 0 in the field (MIG-PRE-25)."
        ),
        new(
            MIG_PRE_06,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "With both counters 0, read in PC/PP returns ENOMSG (temporary end).",
            Violation: "0, or a read that blocks for ever",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (\"should return ENOMSG\")",
            Fault: "return 0 (hisi_acc, qat, mtty do: known deviation)"
        ),
        new(
            MIG_PRE_07,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "ENOMSG is not sticky: after new dirty data or after entering SC reads deliver data on the same fd.",
            Violation: "ENOMSG persists",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "latch"
        ),
        new(
            MIG_PRE_08,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "If the counters just returned are non-zero, a (blocking) read returns data.",
            Violation: "ENOMSG or 0",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "report phantom bytes"
        ),
        new(
            MIG_PRE_09,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "The device stays fully operational in PC: DMA, interrupts, MMIO as in RU.",
            Violation: "stalled work in PC",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group) (\"does not change the device operation\")",
            Fault: "stop queue in PC"
        ),
        new(
            MIG_PRE_10,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "Reading anything in PC is optional; PC>SC without a read yields a complete stream.",
            Violation: "restore fails",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
            Fault: "omit initial data if unread"
        ),
        new(
            MIG_PRE_11,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "PC may be left before initial_bytes reaches 0 (only slower).",
            Violation: "refused",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "EBUSY while initial>0"
        ),
        new(
            MIG_PRE_12,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "Data unread when SC is entered stays at the head of the stream, in order, no loss.",
            Violation: "gap",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
            Fault: "drop unread buffer"
        ),
        new(
            MIG_PRE_13,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "State changed after it was streamed in PC is corrected later in the stream: the restored device equals the device at stop, not "
                + "at pre-copy.",
            Violation: "stale field after restore",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING -> PRE_COPY\" (tracking of changes)",
            Fault: "skip re-send of dirtied field"
        ),
        new(
            MIG_PRE_14,
            Strength.May,
            UapiLevel.V6_2,
            Channels.None,
            Statement: "Counters need not relate to SC size; each driver decides what it sends in PC.",
            Violation: "none: latitude of the driver",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (relation of the counters to STOP_COPY)",
            Uncheckable: "latitude: each driver decides what it sends in PC"
        ),
        new(
            MIG_PRE_15,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "PC>RU and PP>RP cancel: session ended, tracking off, device unaffected; a new PC session starts from scratch with its own full "
                + "initial data.",
            Violation: "second session restores partially",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"PRE_COPY -> RUNNING\" and \"PRE_COPY_P2P -> RUNNING_P2P\"",
            Fault: "continue old position"
        ),
        new(
            MIG_PRE_16,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "PC>PP and PP>PC keep session, position, and dirty accounting.",
            Violation: "data lost",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
            Fault: "restart on PP>PC"
        ),
        new(
            MIG_PRE_17,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "PP has PC's streaming plus RP's quiescence.",
            Violation: "DMA to peers in PP",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"PRE_COPY -> PRE_COPY_P2P\"",
            Fault: "ignore P2P in PP"
        ),
        new(
            MIG_PRE_18,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "The info call consumes no stream bytes and does not move the FSM (it may make the driver fetch more data).",
            Violation: "bytes missing",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "info advances position"
        ),
        new(
            MIG_PRE_19,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "The bytes delivered before the temporary end are at least the initial_bytes announced at session start (absent cancel).",
            Violation: "short delivery",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (initial_bytes)",
            Fault: "truncate initial data",
            Note: "The header calls the counter an estimate: a shortfall is a metric and a warning, and a violation only where the driver declares the "
                + "value exact (hisi_acc, qat, mtty)."
        ),
        new(
            MIG_PRE_20,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel,
            Statement: "poll can be used to wait for more pre-copy data.",
            Violation: "never wakes",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Note: "Drivers without a poll of their own report always ready."
        ),
        new(
            MIG_PRE_21,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "Without PRE_COPY the ioctl on the SC fd fails (EINVAL or, where the file has no ioctl, ENOTTY).",
            Violation: "success",
            Source: "include/linux/vfio.h, struct vfio_migration_ops and vfio_check_precopy_ioctl(); drivers/vfio/pci/pds/lm.c, pds_vfio_save_fops",
            Fault: "return zeros"
        ),
        new(
            MIG_PRE_22,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "PRE_COPY is about device-internal state; it neither needs nor starts IOMMU dirty tracking or device DMA logging.",
            Violation: "PC refused without logging",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_DMA_LOGGING_START; kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", "
                + "February 2022",
            Fault: "require logging for PC"
        ),
        new(
            MIG_PRE_23,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "Pre-copy of an idle device settles: both counters reach 0 and stay 0.",
            Violation: "never-ending dirty growth while idle",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "dirty grows with time",
            Note: "virtio offers a whole dump again about once per second and declares the trait idleDirties."
        ),
        new(
            MIG_PRE_24,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            Statement: "ST>PC and RS>PC are legal combinations and start the device (through RU) before pre-copy.",
            Violation: "EINVAL; device still stopped",
            Source: "drivers/vfio/vfio_main.c, vfio_mig_get_next_state()",
            Fault: "leave stopped"
        ),
        new(
            MIG_PRE_25,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "initial_bytes and dirty_bytes are pure output: what the caller left in them never shows in the answer.",
            Violation: "the caller's value comes back (mlx5 and virtio set only one of the two per call, in Linux 6.12 and 7.2: known deviation, found "
                + "by reading)",
            Source: "include/uapi/linux/vfio.h, struct vfio_precopy_info (written by the call)",
            Fault: "fill only the counter of the current phase",
            Note: "Asked with all-ones input, in the \"initial\" and in the \"dirty\" phase."
        ),
    ];
}
