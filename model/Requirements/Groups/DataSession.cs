using static Conformance.Model.Requirements.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>The data_fd of a session: when it appears, what it delivers and takes, when it ends.</summary>
internal static class DataSession
{
    private const string Concurrent = "concurrent requests are not generated yet";

    internal static readonly Requirement[] Rows =
    [
        new(MIG_FD_01, "MIG-FD-01", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Exactly the arcs RU>PC, RP>PP, ST>SC, ST>RS create a session; a request whose last arc is one of these returns data_fd >= " +
                       "0.",
            Violation: "-1 returned",
            Source: "uapi",
            Fault: "forget fd",
            Unchecked: null),

        new(MIG_FD_02, "MIG-FD-02", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "All other requests return data_fd = -1, in particular PC>PP, PP>PC, PP>SC, PC>SC.",
            Violation: "an fd returned, or two live fds",
            Source: "uapi saving group",
            Fault: "new fd on PP>SC",
            Unchecked: null),

        new(MIG_FD_03, "MIG-FD-03", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "PC>RS and SC>RS end the old session and return a new, write-direction fd.",
            Violation: "old fd still readable",
            Source: "uapi",
            Fault: "reuse old file",
            Unchecked: null),

        new(MIG_FD_04, "MIG-FD-04", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "One session spans the whole saving group: the fd obtained in PC/PP continues in SC with bytes in order, nothing lost or " +
                       "repeated.",
            Violation: "gap/duplicate at the boundary",
            Source: "uapi",
            Fault: "rewind position on entering SC",
            Unchecked: null),

        new(MIG_FD_05, "MIG-FD-05", RequirementGroup.MigFd, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Saving fd is read-only (write gives EBADF), resuming fd write-only (read gives EBADF).",
            Violation: "success",
            Source: "drv O_RDONLY/O_WRONLY",
            Fault: "open O_RDWR",
            Unchecked: null),

        new(MIG_FD_06, "MIG-FD-06", RequirementGroup.MigFd, Strength.MustCore, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "The fd is a stream: lseek, pread, pwrite give ESPIPE.",
            Violation: "success or position moved",
            Source: "drv stream_open",
            Fault: "honour offset in pread",
            Unchecked: null),

        new(MIG_FD_07, "MIG-FD-07", RequirementGroup.MigFd, Strength.MustCore, UapiLevel.V6_1, Kernel, OwedByCore: true,
            Statement: "The fd has FD_CLOEXEC.",
            Violation: "flag absent",
            Source: "core:vfio_ioct_mig_return_fd",
            Fault: "clear flag",
            Unchecked: null),

        new(MIG_FD_08, "MIG-FD-08", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "read returns 1..count bytes, 0 only at permanent end, or an errno; any read sizes give the same byte sequence.",
            Violation: "content depends on chunking",
            Source: "uapi stream",
            Fault: "drop bytes when count is not a multiple of 4",
            Unchecked: null),

        new(MIG_FD_09, "MIG-FD-09", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The writer need not keep read-side segmentation: any split of the stream into writes (1-byte, whole, random, header split " +
                       "across writes) has the same outcome.",
            Violation: "outcome depends on split",
            Source: "uapi:MIG_DEVICE_STATE",
            Fault: "parse the header only from the first write (the V1 fix-up of hisi_acc in Linux 7.2 has this defect)",
            Unchecked: null),

        new(MIG_FD_10, "MIG-FD-10", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The stream is opaque and order-preserving: delivering it unchanged to a compatible device restores the state.",
            Violation: "round trip differs",
            Source: "uapi",
            Fault: "swap two records",
            Unchecked: null),

        new(MIG_FD_11, "MIG-FD-11", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "In SC, once all state is delivered, read returns 0, and again 0 on every later read until SC is left.",
            Violation: "errno or data after EOF",
            Source: "uapi GET_PRECOPY_INFO text",
            Fault: "second read at EOF gives EINVAL",
            Unchecked: null),

        new(MIG_FD_12, "MIG-FD-12", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "ENOMSG never appears in SC.",
            Violation: "ENOMSG in SC",
            Source: "uapi",
            Fault: "ENOMSG at SC end",
            Unchecked: null),

        new(MIG_FD_13, "MIG-FD-13", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "At permanent end poll always reports readable.",
            Violation: "poll times out",
            Source: "uapi",
            Fault: "poll mask 0 at EOF",
            Unchecked: null),

        new(MIG_FD_14, "MIG-FD-14", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Leaving the saving group or RS terminates the session: later reads and writes on the old fd give 0 or an errno (all " +
                       "drivers: ENODEV), never data, never success.",
            Violation: "data or accepted write",
            Source: "core:vfio_migration_ops text",
            Fault: "leave file enabled",
            Unchecked: null),

        new(MIG_FD_15, "MIG-FD-15", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Device reset terminates the session likewise.",
            Violation: "data readable",
            Source: "drv reset_done",
            Fault: "forget sessions in reset",
            Unchecked: null),

        new(MIG_FD_16, "MIG-FD-16", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Closing the last reference to the device (see MIG-FD-32) terminates the session; the data fd may outlive it harmlessly.",
            Violation: "crash, or data",
            Source: "core text",
            Fault: "use-after-free style access",
            Unchecked: null),

        new(MIG_FD_17, "MIG-FD-17", RequirementGroup.MigFd, Strength.Convention, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Closing the data fd early does not move the FSM; all later transitions still work.",
            Violation: "SET fails after close",
            Source: "drv hold own reference",
            Fault: "close triggers ERROR",
            Unchecked: null),

        new(MIG_FD_18, "MIG-FD-18", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "At most one session at a time; a terminated fd is never revived by a later session.",
            Violation: "old fd delivers new data",
            Source: "uapi",
            Fault: "share buffer between sessions",
            Unchecked: null),

        new(MIG_FD_19, "MIG-FD-19", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The SC stream is finite while the device is stopped.",
            Violation: "endless data",
            Source: "uapi \"end of stream indicates entire state\"",
            Fault: "refill buffer on EOF",
            Unchecked: null),

        new(MIG_FD_20, "MIG-FD-20", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The output of a single fd from open to end is sufficient to restore the device; nothing outside it (except what the user " +
                       "restores itself, e.g. PCI config, MSI-X, memory) is needed.",
            Violation: "restore incomplete",
            Source: "uapi STOP>RESUMING",
            Fault: "keep one field in a side table",
            Unchecked: null),

        new(MIG_FD_21, "MIG-FD-21", RequirementGroup.MigFd, Strength.Convention, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "On a live fd of the right direction a read or write of 0 bytes returns 0, consumes nothing, and is not an end marker. " +
                       "(Dead fd: ENODEV; wrong direction: EBADF.)",
            Violation: "position moves",
            Source: "drv",
            Fault: "count 0 ends session",
            Unchecked: null),

        new(MIG_FD_22, "MIG-FD-22", RequirementGroup.MigFd, Strength.Should, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "A bad user buffer gives EFAULT; bytes not delivered are not lost. (Some drivers lose a partly copied chunk: warning only.)",
            Violation: "success",
            Source: "drv",
            Fault: "return the count anyway",
            Unchecked: null),

        new(MIG_FD_23, "MIG-FD-23", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel, OwedByCore: true,
            Statement: "If no fd can be installed (EMFILE/ENFILE) or copy-out fails, SET returns that errno; the FSM may already be in the target; " +
                       "no file leak; user can leave the state normally.",
            Violation: "leak, or a wedged device",
            Source: "core:vfio_ioct_mig_return_fd",
            Fault: "leak file",
            Unchecked: null),

        new(MIG_FD_24, "MIG-FD-24", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | InProcess, OwedByCore: false,
            Statement: "Only read/readv is defined on saving fds and write/writev on resuming fds (splice and sendfile may be EINVAL); ioctl on " +
                       "the resuming fd gives ENOTTY.",
            Violation: "success",
            Source: "drv fops",
            Fault: "accept the call of the other direction",
            Unchecked: null),

        new(MIG_FD_25, "MIG-FD-25", RequirementGroup.MigFd, Strength.Should, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "poll on a saving fd reports readable when data, an error, or the end can be read.",
            Violation: "never readable though data exist",
            Source: "uapi; mlx5 poll",
            Fault: "no wake-up",
            Unchecked: null),

        new(MIG_FD_26, "MIG-FD-26", RequirementGroup.MigFd, Strength.May, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "With O_NONBLOCK and data not ready in SC: EAGAIN; a blocking read waits.",
            Violation: "none: latitude of the driver",
            Source: "drv mlx5",
            Fault: null,
            Unchecked: "latitude: EAGAIN and waiting are both right"),

        new(MIG_FD_27, "MIG-FD-27", RequirementGroup.MigFd, Strength.Should, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Saving is repeatable: SC>ST>SC without running in between yields a stream restoring to the same device state (byte " +
                       "equality only for drivers that promise it).",
            Violation: "second restore differs",
            Source: "uapi STOP (no internal change)",
            Fault: "save mutates counters",
            Unchecked: null),

        new(MIG_FD_28, "MIG-FD-28", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "Saving is not destructive: SC>ST>RU continues exactly as if no save had happened.",
            Violation: "device lost work",
            Source: "uapi arcs",
            Fault: "clear queue on save",
            Unchecked: null),

        new(MIG_FD_29, "MIG-FD-29", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "All duplicates of the fd share one position and die together.",
            Violation: "dup still delivers",
            Source: "file semantics",
            Fault: "per-dup offset",
            Unchecked: null),

        new(MIG_FD_30, "MIG-FD-30", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "A write after a previous short write continues at the accepted count.",
            Violation: "bytes lost/duplicated",
            Source: "write semantics",
            Fault: "advance by requested count",
            Unchecked: null),

        new(MIG_FD_31, "MIG-FD-31", RequirementGroup.MigFd, Strength.User, UapiLevel.V6_1, Kernel | Socket | InProcess, OwedByCore: false,
            Statement: "The user closes every data fd it was given, also after the session ended; closing is not an abort and not an end marker.",
            Violation: "fd growth in the kit",
            Source: "uapi:MIG_DEVICE_STATE",
            Fault: "the kit's own client leaks fds",
            Unchecked: "obligation on the user: the kit closes every fd that it gets"),

        new(MIG_FD_32, "MIG-FD-32", RequirementGroup.MigFd, Strength.May, UapiLevel.V6_1, Kernel, OwedByCore: false,
            Statement: "\"Close\" means the last reference: duplicates of the device fd, other device fds of the same group-opened device, and " +
                       "region mmaps keep the device open and its session alive. Unmap and close all before asserting MIG-FD-16, MIG-FSM-20, " +
                       "PINFO2-07, DLOG-32.",
            Violation: "none at a driver: a false alarm in the kit",
            Source: "VFS, core:vfio_df_close",
            Fault: null,
            Unchecked: "fact of the file system: it says when \"after close\" may be asserted, a driver cannot violate it"),

        new(MIG_FD_33, "MIG-FD-33", RequirementGroup.MigFd, Strength.Must, UapiLevel.V6_1, Kernel | InProcess | KernelConditional, OwedByCore: false,
            Statement: "Concurrent reads or writes on one data fd from several threads stay inside the limits: each call is served whole or " +
                       "refused; no byte beyond the accepted maximum, no crash. Interleaving is unspecified. On the kernel channel only in a " +
                       "throw-away guest.",
            Violation: "overflow, crash, or more accepted bytes than the limit",
            Source: "uapi robustness; a real class of defects (mtty: size test before the lock, heap overflow measured; qat: same class fixed)",
            Fault: "test the limit before taking the lock",
            Unchecked: Concurrent),
    ];
}
