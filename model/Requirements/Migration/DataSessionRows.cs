using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>The data_fd of a session: when it appears, what it delivers and takes, when it ends.</summary>
internal static class DataSessionRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_FD_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Exactly the arcs RU>PC, RP>PP, ST>SC, ST>RS create a session; a request whose last arc is one of these returns data_fd >= 0.",
            Violation: "-1 returned",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data_fd); enum vfio_device_mig_state, \"STOP -> STOP_COPY\" and "
                + "\"STOP -> RESUMING\"",
            Fault: "forget fd"
        ),
        new(
            MIG_FD_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "All other requests return data_fd = -1, in particular PC>PP, PP>PC, PP>SC, PC>SC.",
            Violation: "an fd returned, or two live fds",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
            Fault: "new fd on PP>SC"
        ),
        new(
            MIG_FD_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "PC>RS and SC>RS end the old session and return a new, write-direction fd.",
            Violation: "old fd still readable",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"; enum vfio_device_mig_state, \"STOP "
                + "-> RESUMING\"",
            Fault: "reuse old file"
        ),
        new(
            MIG_FD_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "One session spans the whole saving group: the fd obtained in PC/PP continues in SC with bytes in order, nothing lost or repeated.",
            Violation: "gap/duplicate at the boundary",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
            Fault: "rewind position on entering SC"
        ),
        new(
            MIG_FD_05,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Saving fd is read-only (write gives EBADF), resuming fd write-only (read gives EBADF).",
            Violation: "success",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_open_saving_migf() (O_RDONLY) and hisi_acc_vf_pci_resume() (O_WRONLY)",
            Fault: "open O_RDWR"
        ),
        new(
            MIG_FD_06,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "The fd is a stream: lseek, pread, pwrite give ESPIPE.",
            Violation: "success or position moved",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_resume() (stream_open)",
            Fault: "honour offset in pread"
        ),
        new(
            MIG_FD_07,
            Strength.MustCore,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "The fd has FD_CLOEXEC.",
            Violation: "flag absent",
            Source: "drivers/vfio/vfio_main.c, vfio_ioct_mig_return_fd()",
            Fault: "clear flag"
        ),
        new(
            MIG_FD_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "read returns 1..count bytes, 0 only at permanent end, or an errno; any read sizes give the same byte sequence.",
            Violation: "content depends on chunking",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
            Fault: "drop bytes when count is not a multiple of 4"
        ),
        new(
            MIG_FD_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The writer need not keep read-side segmentation: any split of the stream into writes (1-byte, whole, random, header split across "
                + "writes) has the same outcome.",
            Violation: "outcome depends on split",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
            Fault: "parse the header only from the first write (the V1 fix-up of hisi_acc in Linux 7.2 has this defect)"
        ),
        new(
            MIG_FD_10,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The stream is opaque and order-preserving: delivering it unchanged to a compatible device restores the state.",
            Violation: "round trip differs",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
            Fault: "swap two records"
        ),
        new(
            MIG_FD_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "In SC, once all state is delivered, read returns 0, and again 0 on every later read until SC is left.",
            Violation: "errno or data after EOF",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
            Fault: "second read at EOF gives EINVAL"
        ),
        new(
            MIG_FD_12,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "ENOMSG never appears in SC.",
            Violation: "ENOMSG in SC",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
            Fault: "ENOMSG at SC end"
        ),
        new(
            MIG_FD_13,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            Statement: "At permanent end poll always reports readable.",
            Violation: "poll times out",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream); include/uapi/asm-generic/poll.h, POLLIN",
            Fault: "poll mask 0 at EOF"
        ),
        new(
            MIG_FD_14,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Leaving the saving group or RS terminates the session: later reads and writes on the old fd give 0 or an errno (all drivers: "
                + "ENODEV), never data, never success.",
            Violation: "data or accepted write",
            Source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state); include/uapi/linux/vfio.h, enum vfio_device_mig_state, "
                + "\"STOP_COPY -> STOP\" and \"RESUMING -> STOP\"",
            Fault: "leave file enabled"
        ),
        new(
            MIG_FD_15,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Device reset terminates the session likewise.",
            Violation: "data readable",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done(); drivers/vfio/pci/mlx5/main.c, "
                + "mlx5vf_pci_aer_reset_done()",
            Fault: "forget sessions in reset"
        ),
        new(
            MIG_FD_16,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Closing the last reference to the device (see MIG-FD-32) terminates the session; the data fd may outlive it harmlessly.",
            Violation: "crash, or data",
            Source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_close_device()",
            Fault: "use-after-free style access"
        ),
        new(
            MIG_FD_17,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Closing the data fd early does not move the FSM; all later transitions still work.",
            Violation: "SET fails after close",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_open_saving_migf() (get_file: the driver holds its own reference)",
            Fault: "close triggers ERROR"
        ),
        new(
            MIG_FD_18,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "At most one session at a time; a terminated fd is never revived by a later session.",
            Violation: "old fd delivers new data",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group); struct vfio_device_feature_mig_state "
                + "(data_fd)",
            Fault: "share buffer between sessions"
        ),
        new(
            MIG_FD_19,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The SC stream is finite while the device is stopped.",
            Violation: "endless data",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
            Fault: "refill buffer on EOF"
        ),
        new(
            MIG_FD_20,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The output of a single fd from open to end is sufficient to restore the device; nothing outside it (except what the user "
                + "restores itself, e.g. PCI config, MSI-X, memory) is needed.",
            Violation: "restore incomplete",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\" (\"a single FD\")",
            Fault: "keep one field in a side table"
        ),
        new(
            MIG_FD_21,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "On a live fd of the right direction a read or write of 0 bytes returns 0, consumes nothing, and is not an end marker. (Dead fd: "
                + "ENODEV; wrong direction: EBADF.)",
            Violation: "position moves",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_read() and hisi_acc_vf_resume_write()",
            Fault: "count 0 ends session"
        ),
        new(
            MIG_FD_22,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel,
            Statement: "A bad user buffer gives EFAULT; bytes not delivered are not lost.",
            Violation: "success",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_read() and hisi_acc_vf_resume_write()",
            Fault: "return the count anyway",
            Note: "Some drivers lose a partly copied chunk, hence SHOULD."
        ),
        new(
            MIG_FD_23,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            OwedByCore: true,
            Statement: "If no fd can be installed (EMFILE/ENFILE) or copy-out fails, SET returns that errno; the FSM may already be in the target; no "
                + "file leak; user can leave the state normally.",
            Violation: "leak, or a wedged device",
            Source: "drivers/vfio/vfio_main.c, vfio_ioct_mig_return_fd()",
            Fault: "leak file"
        ),
        new(
            MIG_FD_24,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Only read/readv is defined on saving fds and write/writev on resuming fds (splice and sendfile may be EINVAL); ioctl on the "
                + "resuming fd gives ENOTTY.",
            Violation: "success",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_fops and hisi_acc_vf_resume_fops",
            Fault: "accept the call of the other direction"
        ),
        new(
            MIG_FD_25,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel,
            Statement: "poll on a saving fd reports readable when data, an error, or the end can be read.",
            Violation: "never readable though data exist",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO; drivers/vfio/pci/mlx5/main.c, mlx5vf_save_poll()",
            Fault: "no wake-up"
        ),
        new(
            MIG_FD_26,
            Strength.May,
            UapiLevel.V6_1,
            Kernel,
            Statement: "With O_NONBLOCK and data not ready in SC: EAGAIN; a blocking read waits.",
            Violation: "none: latitude of the driver",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_save_read()",
            Uncheckable: "latitude: EAGAIN and waiting are both right"
        ),
        new(
            MIG_FD_27,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Saving is repeatable: SC>ST>SC without running in between yields a stream restoring to the same device state (byte equality only "
                + "for drivers that promise it).",
            Violation: "second restore differs",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (no internal change)",
            Fault: "save mutates counters"
        ),
        new(
            MIG_FD_28,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Saving is not destructive: SC>ST>RU continues exactly as if no save had happened.",
            Violation: "device lost work",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> STOP\" and \"STOP -> RUNNING_P2P\"",
            Fault: "clear queue on save"
        ),
        new(
            MIG_FD_29,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel,
            Statement: "All duplicates of the fd share one position and die together.",
            Violation: "dup still delivers",
            Source: "POSIX dup() (one open file description)",
            Fault: "per-dup offset"
        ),
        new(
            MIG_FD_30,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "A write after a previous short write continues at the accepted count.",
            Violation: "bytes lost/duplicated",
            Source: "POSIX write() (partial writes)",
            Fault: "advance by requested count"
        ),
        new(
            MIG_FD_31,
            Strength.User,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The user closes every data fd it was given, also after the session ended; closing is not an abort and not an end marker.",
            Violation: "fd growth in the kit",
            Source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data_fd)",
            Fault: "the kit's own client leaks fds",
            Uncheckable: "obligation on the user: the kit closes every fd that it gets"
        ),
        new(
            MIG_FD_32,
            Strength.May,
            UapiLevel.V6_1,
            Kernel,
            Statement: "\"Close\" means the last reference: duplicates of the device fd, other device fds of the same group-opened device, and region "
                + "mmaps keep the device open and its session alive.",
            Violation: "none at a driver: a false alarm in the kit",
            Source: "drivers/vfio/vfio_main.c, vfio_df_close(); POSIX close()",
            Uncheckable: "fact of the file system: it says when \"after close\" may be asserted, a driver cannot violate it",
            Note: "All of them are unmapped and closed before MIG-FD-16, MIG-FSM-20, PINFO2-07 or DLOG-32 is asserted."
        ),
        new(
            MIG_FD_33,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | KernelConditional,
            Statement: "Concurrent reads or writes on one data fd from several threads stay inside the limits: each call is served whole or refused; no "
                + "byte beyond the accepted maximum, no crash. Interleaving is unspecified.",
            Violation: "overflow, crash, or more accepted bytes than the limit",
            Source: "drivers/vfio/pci/qat/main.c, qat_vf_resume_write() (its lock and its limit); samples/vfio-mdev/mtty.c, mtty_resume_write()",
            Fault: "test the limit before taking the lock",
            Note: "Only calls that overlap can show it. On the kernel channel it is asked in a throw-away guest only. mtty tests the size before it "
                + "takes the lock (heap overflow, measured); qat had the same class of defect, fixed."
        ),
    ];
}
