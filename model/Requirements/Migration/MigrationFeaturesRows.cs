using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// What a device says about migration: feature 1, and the features that it brings along.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_FEAT_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "GET feature 1 returns a u64 whose bit 0 (STOP_COPY) is set.",
        violation: "flags without bit 0",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION; drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device()",
        fault: "report P2P only"
    );

    public static readonly RequirementId MIG_FEAT_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "flags is one of 1, 3, 5, 7; any other value is reserved for the future.",
        violation: "flags 2, 4, 6, or 8 and above",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
        fault: "report 6; report 0x9",
        note: "Another value is reported as an unknown set; nothing is guessed from it."
    );

    public static readonly RequirementId MIG_FEAT_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The value is a static property: same in every FSM state, after failures, after reset, after reopen.",
        violation: "value changes",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration() (migration_flags, fixed when the device is registered)",
        fault: "drop PRE_COPY bit after first migration"
    );

    public static readonly RequirementId MIG_FEAT_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The query changes nothing (state, session, stream position, estimates).",
        violation: "state or stream differs",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE (GET)",
        fault: "query resets saving position"
    );

    public static readonly RequirementId MIG_FEAT_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "If the query succeeds, RUNNING and ERROR exist, and STOP, STOP_COPY and RESUMING are usable; at the first open after the device "
            + "was created or bound the state is RUNNING (re-open: MIG-FSM-20).",
        violation: "the first GET of the state is not RUNNING (2)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION (mandatory states); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
            + "hisi_acc_vfio_pci_open_device()",
        fault: "start in STOP"
    );

    public static readonly RequirementId MIG_FEAT_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Feature 1 success implies feature 2, and from level 6.2 also feature 9.",
        violation: "ENOTTY on 2 or 9",
        source: "drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_register_device() (PCI drivers); include/linux/vfio.h, struct vfio_migration_ops",
        fault: "no data-size op",
        note: "At level 6.1 feature 9 is unknown (ENOTTY). On the socket channel libvfio-user has no feature 9."
    );

    public static readonly RequirementId MIG_FEAT_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "Each advertised optional bit makes its states usable; each absent bit makes them unusable.",
        violation: "PC accepted on F1/F3; RP rejected on F3/F7; PP accepted unless F7",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
        fault: "advertise P2P, reject RP"
    );

    public static readonly RequirementId MIG_FEAT_08 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "PRE_COPY bit implies GET_PRECOPY_INFO works on the saving fd.",
        violation: "ENOTTY in PC",
        source: "include/uapi/linux/vfio.h, VFIO_MIG_GET_PRECOPY_INFO; VFIO_DEVICE_FEATURE_MIGRATION",
        fault: "omit ioctl"
    );

    public static readonly RequirementId MIG_FEAT_09 = Row(
        Strength.Must,
        UapiLevel.V7_2,
        Kernel | InProcess,
        statement: "Level 7.2: feature 12 is settable exactly when the PRE_COPY bit is set. Older levels: never.",
        violation: "mismatch",
        source: "drivers/vfio/vfio_main.c, handler of VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2",
        fault: "tie it to P2P bit"
    );

    public static readonly RequirementId MIG_FEAT_10 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "DMA logging availability is independent of migration flags (any combination legal).",
        violation: "none at a driver: the kit must not derive one from the other",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIGRATION",
        uncheckable: "latitude: any combination is legal, so no driver can violate it"
    );

    public static readonly RequirementId MIG_FEAT_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The query must be issued with argsz and flags both filled: flags=0x10001 for GET; a zero flags word is not a query.",
        violation: "flags 0 accepted (it addresses index 0 with no method)",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE; kvm list, RFC \"vfio/hisilicon: add ACC live migration driver\", February 2022",
        fault: "treat flags 0 as feature-1 GET",
        note: "The caller of the hisi_acc thread had set only argsz."
    );
}
