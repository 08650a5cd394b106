using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>What a device says about migration: feature 1, and the features that it brings along.</summary>
internal static class MigrationFeaturesRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_FEAT_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "GET feature 1 returns a u64 whose bit 0 (STOP_COPY) is set.",
            Violation: "flags without bit 0",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION; drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device()",
            Fault: "report P2P only"
        ),
        new(
            MIG_FEAT_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "flags is one of 1, 3, 5, 7; any other value is reserved for the future.",
            Violation: "flags 2, 4, 6, or 8 and above",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
            Fault: "report 6; report 0x9",
            Note: "Another value is reported as an unknown set; nothing is guessed from it."
        ),
        new(
            MIG_FEAT_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The value is a static property: same in every FSM state, after failures, after reset, after reopen.",
            Violation: "value changes",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration() (migration_flags, fixed when the device is registered)",
            Fault: "drop PRE_COPY bit after first migration"
        ),
        new(
            MIG_FEAT_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The query changes nothing (state, session, stream position, estimates).",
            Violation: "state or stream differs",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (GET)",
            Fault: "query resets saving position"
        ),
        new(
            MIG_FEAT_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "If the query succeeds, RUNNING and ERROR exist, and STOP, STOP_COPY and RESUMING are usable; at the first open after the device "
                + "was created or bound the state is RUNNING (re-open: MIG-FSM-20).",
            Violation: "the first GET of the state is not RUNNING (2)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION (mandatory states); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
                + "hisi_acc_vfio_pci_open_device()",
            Fault: "start in STOP"
        ),
        new(
            MIG_FEAT_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Feature 1 success implies feature 2, and from level 6.2 also feature 9.",
            Violation: "ENOTTY on 2 or 9",
            Source: "drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device() (PCI drivers); include/linux/vfio.h, struct vfio_migration_ops",
            Fault: "no data-size op",
            Note: "At level 6.1 feature 9 is unknown (ENOTTY). On the socket channel libvfio-user has no feature 9."
        ),
        new(
            MIG_FEAT_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "Each advertised optional bit makes its states usable; each absent bit makes them unusable.",
            Violation: "PC accepted on F1/F3; RP rejected on F3/F7; PP accepted unless F7",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
            Fault: "advertise P2P, reject RP"
        ),
        new(
            MIG_FEAT_08,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "PRE_COPY bit implies GET_PRECOPY_INFO works on the saving fd.",
            Violation: "ENOTTY in PC",
            Source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO; VFIO_DEVICE_FEATURE_MIGRATION",
            Fault: "omit ioctl"
        ),
        new(
            MIG_FEAT_09,
            Strength.Must,
            UapiLevel.V7_2,
            Kernel | InProcess,
            Statement: "Level 7.2: feature 12 is settable exactly when the PRE_COPY bit is set. Older levels: never.",
            Violation: "mismatch",
            Source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
            Fault: "tie it to P2P bit"
        ),
        new(
            MIG_FEAT_10,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "DMA logging availability is independent of migration flags (any combination legal).",
            Violation: "none at a driver: the kit must not derive one from the other",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
            Uncheckable: "latitude: any combination is legal, so no driver can violate it"
        ),
        new(
            MIG_FEAT_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The query must be issued with argsz and flags both filled: flags=0x10001 for GET; a zero flags word is not a query.",
            Violation: "flags 0 accepted (it addresses index 0 with no method)",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE; kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
            Fault: "treat flags 0 as feature-1 GET",
            Note: "The caller of the hisi_acc thread had set only argsz."
        ),
    ];
}
