using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// What a stopped device may not do, and what it still owes.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId MIG_STOP_01 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "In ST, SC and RS the device issues no DMA.",
        violation: "memory canary changes after SET returned",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "DMA continues"
    );

    public static readonly RequirementId MIG_STOP_02 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "In ST, SC and RS the device raises no interrupt.",
        violation: "eventfd signalled after SET returned",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "late interrupt"
    );

    public static readonly RequirementId MIG_STOP_03 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "In ST, SC and RS the device does not change internal state (absent user access).",
        violation: "two saves or register reads differ",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "free-running counter in saved state"
    );

    public static readonly RequirementId MIG_STOP_04 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "In ST, SC and RS the device makes no other externally visible change.",
        violation: "the link or a peer sees activity",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "emit packet in STOP"
    );

    public static readonly RequirementId MIG_STOP_05 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess,
        statement: "The device and driver still accept and answer accesses needed by outside subsystems: PCI config space, MSI-X setup.",
        violation: "config read fails in ST",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "reject config access"
    );

    public static readonly RequirementId MIG_STOP_06 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "User access to the device in ST must not cause faults outside the user's own context.",
        violation: "host error, other device affected",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "abort on MMIO"
    );

    public static readonly RequirementId MIG_STOP_07 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "SC behaves as ST plus streaming; RS is stopped while loading.",
        violation: "DMA in SC",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group); enum vfio_device_mig_state, \"STOP -> "
            + "RESUMING\"",
        fault: "resume on read"
    );

    public static readonly RequirementId MIG_STOP_08 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Work in flight is completed or captured before the arc into ST (or RP for initiators) returns; nothing is lost over ST>RU.",
        violation: "request lost/duplicated",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "drop in-flight queue"
    );

    public static readonly RequirementId MIG_STOP_09 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Work submitted (doorbells) while stopped is either captured and executed after RU or was the user's fault; it must never execute "
            + "while stopped.",
        violation: "executes in ST",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "process doorbell in ST"
    );

    public static readonly RequirementId MIG_STOP_10 = Row(
        Strength.User,
        UapiLevel.V6_1,
        Channels.None,
        statement: "The user restricts device access in ST and SC; in SC, access risks stream corruption.",
        violation: "none at a driver: a duty of the user",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (access by the user)",
        uncheckable: "obligation on the user: the kit obeys it",
        note: "The kit obeys this; a fuzz lane breaks it and checks only MIG-STOP-06."
    );

    public static readonly RequirementId MIG_STOP_11 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | InProcess | NeedsDma,
        statement: "IRQ/MSI-X configuration done in ST is in force after RU.",
        violation: "interrupt lost",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (MSI-X)",
        fault: "drop MSI-X writes in ST"
    );

    public static readonly RequirementId MIG_STOP_12 = Row(
        Strength.Should,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "Interrupt causes pending at stop are delivered after resume (source cancelled migration) or after load (destination), at least once.",
        violation: "lost completion interrupt",
        source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_load_state() (doorbells and interrupts rung again)",
        fault: "clear pending bits on save"
    );

    public static readonly RequirementId MIG_STOP_13 = Row(
        Strength.Convention,
        UapiLevel.V6_1,
        Kernel | InProcess,
        statement: "Stop is bounded: SET returns (success or errno) in finite time even with a stuck device.",
        violation: "hang",
        source: "drivers/vfio/pci/pds/lm.c and cmds.c, pds_vfio_suspend_device_cmd() (its limit); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
            + "qm_wait_dev_not_ready()",
        fault: "wait forever"
    );

    public static readonly RequirementId MIG_STOP_14 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "If stopping fails the request fails; the device must not be reported ST while running.",
        violation: "DMA in reported ST",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
        fault: "ignore stop failure"
    );

    public static readonly RequirementId MIG_STOP_15 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "ST>RU (or ST>RP>RU) restarts full operation.",
        violation: "no DMA after RU",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RUNNING_P2P\" and \"RUNNING_P2P -> RUNNING\"",
        fault: "stay stopped"
    );

    public static readonly RequirementId MIG_STOP_16 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "IOVA mappings may be changed while stopped; the device uses the new ones after RU.",
        violation: "stale DMA",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (no DMA)",
        fault: "cache translations"
    );

    public static readonly RequirementId MIG_STOP_17 = Row(
        Strength.Must,
        UapiLevel.V6_1,
        Kernel | Socket | InProcess | NeedsDma,
        statement: "In RU the device is fully operational however RU was reached (open, reset, cancel from PC/PP/RP, ST, SC, after a load): "
            + "interrupts, DMA, MMIO, every region, internal progress.",
        violation: "a region or interrupt dead after a cancelled or completed migration",
        source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> RUNNING\"",
        fault: "leave one region gated after SC>RU"
    );
}
