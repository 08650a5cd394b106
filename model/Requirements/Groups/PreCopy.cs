using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Streaming while the device runs: PC, PP and GET_PRECOPY_INFO.</summary>
internal static class PreCopy
{
    private const string NotYet = "not checked yet: pre-copy";

    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_PRE_01,
            "MIG-PRE-01",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "GET_PRECOPY_INFO succeeds in PC and in PP (when the set has PP).",
            Violation: "errno",
            Source: "uapi",
            Fault: "only allow PC",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_02,
            "MIG-PRE-02",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "In every other state GET_PRECOPY_INFO fails, with EINVAL (same fd in SC, after cancel, and so on). A stale fd while a new "
                + "PC session is live may give ENODEV.",
            Violation: "success in SC",
            Source: "uapi",
            Fault: "skip state check",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_03,
            "MIG-PRE-03",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "initial_bytes is non-zero at the start of a session.",
            Violation: "0 on first call",
            Source: "uapi",
            Fault: "report 0",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_04,
            "MIG-PRE-04",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "initial_bytes never grows and falls as data is read (absent REINIT). Latitude: mlx5 asked in PP before its first "
                + "asynchronous save has finished.",
            Violation: "growth without REINIT",
            Source: "uapi",
            Fault: "recompute with noise",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_05,
            "MIG-PRE-05",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "dirty_bytes starts at 0 (send 0 in the field: MIG-PRE-25) and may rise (device dirties state) or fall (read).",
            Violation: "non-zero on first call of a fresh session",
            Source: "uapi",
            Fault: "start at 4096",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_06,
            "MIG-PRE-06",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "With both counters 0, read in PC/PP returns ENOMSG (temporary end).",
            Violation: "0, or a read that blocks for ever",
            Source: "uapi \"should return ENOMSG\"",
            Fault: "return 0 (hisi_acc, qat, mtty do: known deviation)",
            Unchecked: null
        ),
        new(
            MIG_PRE_07,
            "MIG-PRE-07",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "ENOMSG is not sticky: after new dirty data or after entering SC reads deliver data on the same fd.",
            Violation: "ENOMSG persists",
            Source: "uapi",
            Fault: "latch",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_08,
            "MIG-PRE-08",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "If the counters just returned are non-zero, a (blocking) read returns data.",
            Violation: "ENOMSG or 0",
            Source: "uapi",
            Fault: "report phantom bytes",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_09,
            "MIG-PRE-09",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "The device stays fully operational in PC: DMA, interrupts, MMIO as in RU.",
            Violation: "stalled work in PC",
            Source: "uapi \"Each arc does not change the device operation\"",
            Fault: "stop queue in PC",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_10,
            "MIG-PRE-10",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Reading anything in PC is optional; PC>SC without a read yields a complete stream.",
            Violation: "restore fails",
            Source: "uapi",
            Fault: "omit initial data if unread",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_11,
            "MIG-PRE-11",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PC may be left before initial_bytes reaches 0 (only slower).",
            Violation: "refused",
            Source: "uapi",
            Fault: "EBUSY while initial>0",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_12,
            "MIG-PRE-12",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Data unread when SC is entered stays at the head of the stream, in order, no loss.",
            Violation: "gap",
            Source: "uapi saving group",
            Fault: "drop unread buffer",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_13,
            "MIG-PRE-13",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "State changed after it was streamed in PC is corrected later in the stream: the restored device equals the device at stop, "
                + "not at pre-copy.",
            Violation: "stale field after restore",
            Source: "uapi tracking of changes",
            Fault: "skip re-send of dirtied field",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_14,
            "MIG-PRE-14",
            RequirementGroup.MigPre,
            Strength.May,
            UapiLevel.V6_2,
            Channels.None,
            OwedByCore: false,
            Statement: "Counters need not relate to SC size; each driver decides what it sends in PC.",
            Violation: "none: latitude of the driver",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet + "; latitude: each driver decides what it sends in PC"
        ),
        new(
            MIG_PRE_15,
            "MIG-PRE-15",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PC>RU and PP>RP cancel: session ended, tracking off, device unaffected; a new PC session starts from scratch with its own "
                + "full initial data.",
            Violation: "second session restores partially",
            Source: "uapi",
            Fault: "continue old position",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_16,
            "MIG-PRE-16",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PC>PP and PP>PC keep session, position, and dirty accounting.",
            Violation: "data lost",
            Source: "uapi",
            Fault: "restart on PP>PC",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_17,
            "MIG-PRE-17",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess | NeedsDma,
            OwedByCore: false,
            Statement: "PP has PC's streaming plus RP's quiescence.",
            Violation: "DMA to peers in PP",
            Source: "uapi",
            Fault: "ignore P2P in PP",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_18,
            "MIG-PRE-18",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The info call consumes no stream bytes and does not move the FSM (it may make the driver fetch more data).",
            Violation: "bytes missing",
            Source: "uapi",
            Fault: "info advances position",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_19,
            "MIG-PRE-19",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Sum of bytes actually delivered before the temporary end is at least the initial_bytes announced at session start (absent "
                + "cancel). The header calls the counter an estimate: report a shortfall as a metric and finding; a violation only if the "
                + "driver declares the value exact (hisi_acc, qat, mtty).",
            Violation: "short delivery",
            Source: "uapi meaning of initial_bytes",
            Fault: "truncate initial data",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_20,
            "MIG-PRE-20",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel,
            OwedByCore: false,
            Statement: "poll can be used to wait for more pre-copy data. (Drivers without poll report always-ready.)",
            Violation: "never wakes",
            Source: "uapi",
            Fault: null,
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_21,
            "MIG-PRE-21",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Without PRE_COPY the ioctl on the SC fd fails (EINVAL or, where the file has no ioctl, ENOTTY).",
            Violation: "success",
            Source: "uapi; pds, xe",
            Fault: "return zeros",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_22,
            "MIG-PRE-22",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "PRE_COPY is about device-internal state; it neither needs nor starts IOMMU dirty tracking or device DMA logging.",
            Violation: "PC refused without logging",
            Source: "hisi_acc driver thread, 2022; uapi:DMA_LOGGING \"not connected\"",
            Fault: "require logging for PC",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_23,
            "MIG-PRE-23",
            RequirementGroup.MigPre,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Pre-copy of an idle device settles: both counters reach 0 and stay 0. (virtio re-offers a whole dump about once per second "
                + "and declares the trait idleDirties.)",
            Violation: "never-ending dirty growth while idle",
            Source: "uapi \"device is idle\"",
            Fault: "dirty grows with time",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_24,
            "MIG-PRE-24",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "ST>PC and RS>PC are legal combinations and start the device (through RU) before pre-copy.",
            Violation: "EINVAL; device still stopped",
            Source: "core table",
            Fault: "leave stopped",
            Unchecked: NotYet
        ),
        new(
            MIG_PRE_25,
            "MIG-PRE-25",
            RequirementGroup.MigPre,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "initial_bytes and dirty_bytes are pure output: what the caller left in them never shows in the answer. To be tested with "
                + "all-ones input, in both the \"initial\" and the \"dirty\" phase.",
            Violation: "the caller's value comes back (mlx5 and virtio set only one of the two per call, in Linux 6.12 and 7.2: known deviation, "
                + "found by reading)",
            Source: "uapi:vfio_precopy_info (fields returned by the call)",
            Fault: "fill only the counter of the current phase",
            Unchecked: NotYet
        ),
    ];
}
