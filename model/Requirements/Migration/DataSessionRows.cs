using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// The data_fd of a session: when it appears, what it delivers and takes, when it ends.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_FD_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Exactly the arcs RU>PC, RP>PP, ST>SC, ST>RS create a session; a request whose last arc is one of these returns data_fd >= 0.",
        violation: "-1 returned",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data_fd); enum vfio_device_mig_state, \"STOP -> STOP_COPY\" and "
            + "\"STOP -> RESUMING\"",
        fault: "forget fd"
    );

    public static readonly RequirementId MIG_FD_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "All other requests return data_fd = -1, in particular PC>PP, PP>PC, PP>SC, PC>SC.",
        violation: "an fd returned, or two live fds",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
        fault: "new fd on PP>SC"
    );

    public static readonly RequirementId MIG_FD_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "PC>RS and SC>RS end the old session and return a new, write-direction fd.",
        violation: "old fd still readable",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"combinations of the above FSM arcs\"; enum vfio_device_mig_state, \"STOP "
            + "-> RESUMING\"",
        fault: "reuse old file"
    );

    public static readonly RequirementId MIG_FD_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "One session spans the whole saving group: the fd obtained in PC/PP continues in SC with bytes in order, nothing lost or repeated.",
        violation: "gap/duplicate at the boundary",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group)",
        fault: "rewind position on entering SC"
    );

    public static readonly RequirementId MIG_FD_05 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Saving fd is read-only (write gives EBADF), resuming fd write-only (read gives EBADF).",
        violation: "success",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_open_saving_migf() (O_RDONLY) and hisi_acc_vf_pci_resume() (O_WRONLY)",
        fault: "open O_RDWR"
    );

    public static readonly RequirementId MIG_FD_06 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "The fd is a stream: lseek, pread, pwrite give ESPIPE.",
        violation: "success or position moved",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_resume() (stream_open)",
        fault: "honour offset in pread"
    );

    public static readonly RequirementId MIG_FD_07 = Row(
        Strength.MustCore,
        UapiLevel.V6_1,
        Kernel,
        owedByCore: true,
        statement: "The fd has FD_CLOEXEC.",
        violation: "flag absent",
        source: "drivers/vfio/vfio_main.c, vfio_ioct_mig_return_fd()",
        fault: "clear flag"
    );

    public static readonly RequirementId MIG_FD_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "read returns 1..count bytes, 0 only at permanent end, or an errno; any read sizes give the same byte sequence.",
        violation: "content depends on chunking",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
        fault: "drop bytes when count is not a multiple of 4"
    );

    public static readonly RequirementId MIG_FD_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The writer need not keep read-side segmentation: any split of the stream into writes (1-byte, whole, random, header split across "
            + "writes) has the same outcome.",
        violation: "outcome depends on split",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
        fault: "parse the header only from the first write (the V1 fix-up of hisi_acc in Linux 7.2 has this defect)"
    );

    public static readonly RequirementId MIG_FD_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The stream is opaque and order-preserving: delivering it unchanged to a compatible device restores the state.",
        violation: "round trip differs",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data stream)",
        fault: "swap two records"
    );

    public static readonly RequirementId MIG_FD_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "In SC, once all state is delivered, read returns 0, and again 0 on every later read until SC is left.",
        violation: "errno or data after EOF",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
        fault: "second read at EOF gives EINVAL"
    );

    public static readonly RequirementId MIG_FD_12 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "ENOMSG never appears in SC.",
        violation: "ENOMSG in SC",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
        fault: "ENOMSG at SC end"
    );

    public static readonly RequirementId MIG_FD_13 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        statement: "At permanent end poll always reports readable.",
        violation: "poll times out",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream); include/uapi/asm-generic/poll.h, POLLIN",
        fault: "poll mask 0 at EOF"
    );

    public static readonly RequirementId MIG_FD_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Leaving the saving group or RS terminates the session: later reads and writes on the old fd give 0 or an errno (all drivers: "
            + "ENODEV), never data, never success.",
        violation: "data or accepted write",
        source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state); include/uapi/linux/vfio.h, enum vfio_device_mig_state, "
            + "\"STOP_COPY -> STOP\" and \"RESUMING -> STOP\"",
        fault: "leave file enabled"
    );

    public static readonly RequirementId MIG_FD_15 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Device reset terminates the session likewise.",
        violation: "data readable",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_pci_aer_reset_done(); drivers/vfio/pci/mlx5/main.c, "
            + "mlx5vf_pci_aer_reset_done()",
        fault: "forget sessions in reset"
    );

    public static readonly RequirementId MIG_FD_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Closing the last reference to the device (see MIG-FD-32) terminates the session; the data fd may outlive it harmlessly.",
        violation: "crash, or data; a removal of the device that does not end behind the last close",
        source: "include/linux/vfio.h, struct vfio_migration_ops (migration_set_state); drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_close_device(); "
            + "drivers/vfio/vfio_main.c, vfio_unregister_group_dev()",
        fault: "use-after-free style access"
    );

    public static readonly RequirementId MIG_FD_17 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Closing the data fd early does not move the FSM; all later transitions still work.",
        violation: "SET fails after close",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_open_saving_migf() (get_file: the driver holds its own reference)",
        fault: "close triggers ERROR"
    );

    public static readonly RequirementId MIG_FD_18 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "At most one session at a time; a terminated fd is never revived by a later session.",
        violation: "old fd delivers new data",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group); struct vfio_device_feature_mig_state "
            + "(data_fd)",
        fault: "share buffer between sessions"
    );

    public static readonly RequirementId MIG_FD_19 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The SC stream is finite while the device is stopped.",
        violation: "endless data",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO (end of stream)",
        fault: "refill buffer on EOF",
        note: "A driver that declares maxImageBytes is held to that; every other one to 256 MiB, or to four times its MIG_DATA_SIZE where that is more."
    );

    public static readonly RequirementId MIG_FD_20 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The output of a single fd from open to end is sufficient to restore the device; nothing outside it (except what the user "
            + "restores itself, e.g. PCI config, MSI-X, memory) is needed.",
        violation: "restore incomplete",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RESUMING\" (\"a single FD\")",
        fault: "keep one field in a side table"
    );

    public static readonly RequirementId MIG_FD_21 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "On a live fd of the right direction a read or write of 0 bytes returns 0, consumes nothing, and is not an end marker. (Dead fd: "
            + "ENODEV; wrong direction: EBADF.)",
        violation: "position moves",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_read() and hisi_acc_vf_resume_write()",
        fault: "count 0 ends session"
    );

    public static readonly RequirementId MIG_FD_22 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel,
        statement: "A bad user buffer gives EFAULT; bytes not delivered are not lost.",
        violation: "success",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_read() and hisi_acc_vf_resume_write()",
        fault: "return the count anyway",
        note: "Some drivers lose a partly copied chunk, hence SHOULD."
    );

    public static readonly RequirementId MIG_FD_23 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        owedByCore: true,
        statement: "If no fd can be installed (EMFILE/ENFILE) or copy-out fails, SET returns that errno; the FSM may already be in the target; no "
            + "file leak; user can leave the state normally.",
        violation: "leak, or a wedged device",
        source: "drivers/vfio/vfio_main.c, vfio_ioct_mig_return_fd()",
        fault: "leak file"
    );

    public static readonly RequirementId MIG_FD_24 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Only read/readv is defined on saving fds and write/writev on resuming fds (splice and sendfile may be EINVAL); ioctl on the "
            + "resuming fd gives ENOTTY.",
        violation: "success",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_save_fops and hisi_acc_vf_resume_fops",
        fault: "accept the call of the other direction"
    );

    public static readonly RequirementId MIG_FD_25 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel,
        statement: "poll on a saving fd reports readable when data, an error, or the end can be read.",
        violation: "never readable though data exist",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO; drivers/vfio/pci/mlx5/main.c, mlx5vf_save_poll()",
        fault: "no wake-up",
        note: "A save that goes on behind the request may have nothing to read yet (E-11). "
            + "Before the end it is asked of drivers that declare synchronousSave."
    );

    public static readonly RequirementId MIG_FD_26 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Kernel,
        statement: "With O_NONBLOCK and data not ready in SC: EAGAIN; a blocking read waits.",
        violation: "none: latitude of the driver",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_save_read()",
        uncheckable: "latitude: EAGAIN and waiting are both right",
        note: "A driver in C# has no O_NONBLOCK to look at. A read that gave EAGAIN is made again, a hundred times."
    );

    public static readonly RequirementId MIG_FD_27 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Saving is repeatable: SC>ST>SC without running in between yields a stream restoring to the same device state (byte equality only "
            + "for drivers that promise it).",
        violation: "second restore differs",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (no internal change)",
        fault: "save mutates counters"
    );

    public static readonly RequirementId MIG_FD_28 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Saving is not destructive: SC>ST>RU continues exactly as if no save had happened.",
        violation: "device lost work",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP_COPY -> STOP\" and \"STOP -> RUNNING_P2P\"",
        fault: "clear queue on save"
    );

    public static readonly RequirementId MIG_FD_29 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel,
        statement: "All duplicates of the fd share one position and die together.",
        violation: "dup still delivers",
        source: "POSIX dup() (one open file description)",
        fault: "per-dup offset"
    );

    public static readonly RequirementId MIG_FD_30 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "A write after a previous short write continues at the accepted count.",
        violation: "bytes lost/duplicated",
        source: "POSIX write() (partial writes)",
        fault: "advance by requested count"
    );

    public static readonly RequirementId MIG_FD_31 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The user closes every data fd it was given, also after the session ended; closing is not an abort and not an end marker.",
        violation: "fd growth in the kit",
        source: "include/uapi/linux/vfio.h, struct vfio_device_feature_mig_state (data_fd)",
        fault: "the kit's own client leaks fds",
        uncheckable: "obligation on the user: the kit closes every fd that it gets"
    );

    public static readonly RequirementId MIG_FD_32 = Row(
        Strength.May,
        UapiLevel.V6_1,
        Kernel,
        statement: "\"Close\" means the last reference: duplicates of the device fd, other device fds of the same group-opened device, and region "
            + "mmaps keep the device open and its session alive.",
        violation: "none at a driver: a false alarm in the kit",
        source: "drivers/vfio/vfio_main.c, vfio_df_close(); POSIX close()",
        uncheckable: "fact of the file system: it says when \"after close\" may be asserted, a driver cannot violate it",
        note: "All of them are unmapped and closed before MIG-FD-16, MIG-FSM-20, PINFO2-07 or DLOG-32 is asserted."
    );

    public static readonly RequirementId MIG_FD_33 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | KernelConditional,
        statement: "Concurrent reads or writes on one data fd from several threads stay inside the limits: each call is served whole or refused; no "
            + "byte beyond the accepted maximum, no crash. Interleaving is unspecified.",
        violation: "overflow, crash, or more accepted bytes than the limit",
        source: "drivers/vfio/pci/qat/main.c, qat_vf_resume_write() (its lock and its limit); samples/vfio-mdev/mtty.c, mtty_resume_write()",
        fault: "test the limit before taking the lock",
        note: "Only calls that overlap can show it. On the kernel channel it is asked in a throw-away guest only. mtty tests the size before it "
            + "takes the lock (heap overflow, measured); qat had the same class of defect, fixed."
    );
}
