using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>What a device says about migration: feature 1, and the features that it brings along.</summary>
internal static class MigrationFeatures
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_FEAT_01,
            "MIG-FEAT-01",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "GET feature 1 returns a u64 whose bit 0 (STOP_COPY) is set.",
            Violation: "flags without bit 0",
            Source: "uapi:MIGRATION; core registration check",
            Fault: "report P2P only",
            Unchecked: null
        ),
        new(
            MIG_FEAT_02,
            "MIG-FEAT-02",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "flags is one of 1, 3, 5, 7; any other value is reserved for the future, and the kit reports it as an unknown set and does "
                + "not guess.",
            Violation: "flags 2, 4, 6, or 8 and above",
            Source: "uapi",
            Fault: "report 6; report 0x9",
            Unchecked: null
        ),
        new(
            MIG_FEAT_03,
            "MIG-FEAT-03",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The value is a static property: same in every FSM state, after failures, after reset, after reopen.",
            Violation: "value changes",
            Source: "core (static mig_ops/migration_flags)",
            Fault: "drop PRE_COPY bit after first migration",
            Unchecked: null
        ),
        new(
            MIG_FEAT_04,
            "MIG-FEAT-04",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The query changes nothing (state, session, stream position, estimates).",
            Violation: "state or stream differs",
            Source: "uapi (GET)",
            Fault: "query resets saving position",
            Unchecked: null
        ),
        new(
            MIG_FEAT_05,
            "MIG-FEAT-05",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "If the query succeeds, RUNNING and ERROR exist, and STOP, STOP_COPY and RESUMING are usable; at the first open after the "
                + "device was created or bound the state is RUNNING (re-open: MIG-FSM-20).",
            Violation: "the first GET of the state is not RUNNING (2)",
            Source: "uapi; drv open_device",
            Fault: "start in STOP",
            Unchecked: null
        ),
        new(
            MIG_FEAT_06,
            "MIG-FEAT-06",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Feature 1 success implies feature 2, and from level 6.2 also feature 9. (Level 6.1: 9 is unknown, ENOTTY. On the socket "
                + "channel libvfio-user has no feature 9.)",
            Violation: "ENOTTY on 2 or 9",
            Source: "core registration check (PCI drivers only), struct vfio_migration_ops",
            Fault: "no data-size op",
            Unchecked: null
        ),
        new(
            MIG_FEAT_07,
            "MIG-FEAT-07",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "Each advertised optional bit makes its states usable; each absent bit makes them unusable.",
            Violation: "PC accepted on F1/F3; RP rejected on F3/F7; PP accepted unless F7",
            Source: "uapi:MIGRATION",
            Fault: "advertise P2P, reject RP",
            Unchecked: null
        ),
        new(
            MIG_FEAT_08,
            "MIG-FEAT-08",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "PRE_COPY bit implies GET_PRECOPY_INFO works on the saving fd.",
            Violation: "ENOTTY in PC",
            Source: "uapi:VFIO_MIG_GET_PRECOPY_INFO",
            Fault: "omit ioctl",
            Unchecked: null
        ),
        new(
            MIG_FEAT_09,
            "MIG-FEAT-09",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Level 7.2: feature 12 is settable exactly when the PRE_COPY bit is set. Older levels: never.",
            Violation: "mismatch",
            Source: "core",
            Fault: "tie it to P2P bit",
            Unchecked: null
        ),
        new(
            MIG_FEAT_10,
            "MIG-FEAT-10",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "DMA logging availability is independent of migration flags (any combination legal).",
            Violation: "none at a driver: the kit must not derive one from the other",
            Source: "uapi:DMA_LOGGING",
            Fault: null,
            Unchecked: "latitude: any combination is legal, so no driver can violate it"
        ),
        new(
            MIG_FEAT_11,
            "MIG-FEAT-11",
            RequirementGroup.MigFeat,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            OwedByCore: false,
            Statement: "The query must be issued with argsz and flags both filled: flags=0x10001 for GET; a zero flags word is not a query. (The "
                + "caller of the hisi_acc thread had set only argsz.)",
            Violation: "flags 0 accepted (it addresses index 0 with no method)",
            Source: "uapi; hisi_acc driver thread, 2022",
            Fault: "treat flags 0 as feature-1 GET",
            Unchecked: null
        ),
    ];
}
