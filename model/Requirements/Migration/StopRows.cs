using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>What a stopped device may not do, and what it still owes.</summary>
internal static class StopRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            MIG_STOP_01,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "In ST, SC and RS the device issues no DMA.",
            Violation: "memory canary changes after SET returned",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "DMA continues"
        ),
        new(
            MIG_STOP_02,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "In ST, SC and RS the device raises no interrupt.",
            Violation: "eventfd signalled after SET returned",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "late interrupt"
        ),
        new(
            MIG_STOP_03,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "In ST, SC and RS the device does not change internal state (absent user access).",
            Violation: "two saves or register reads differ",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "free-running counter in saved state"
        ),
        new(
            MIG_STOP_04,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "In ST, SC and RS the device makes no other externally visible change.",
            Violation: "the link or a peer sees activity",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "emit packet in STOP"
        ),
        new(
            MIG_STOP_05,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess,
            Statement: "The device and driver still accept and answer accesses needed by outside subsystems: PCI config space, MSI-X setup.",
            Violation: "config read fails in ST",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "reject config access"
        ),
        new(
            MIG_STOP_06,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "User access to the device in ST must not cause faults outside the user's own context.",
            Violation: "host error, other device affected",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "abort on MMIO"
        ),
        new(
            MIG_STOP_07,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "SC behaves as ST plus streaming; RS is stopped while loading.",
            Violation: "DMA in SC",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> STOP_COPY\" (saving group); enum vfio_device_mig_state, \"STOP -> "
                + "RESUMING\"",
            Fault: "resume on read"
        ),
        new(
            MIG_STOP_08,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Work in flight is completed or captured before the arc into ST (or RP for initiators) returns; nothing is lost over ST>RU.",
            Violation: "request lost/duplicated",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "drop in-flight queue"
        ),
        new(
            MIG_STOP_09,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Work submitted (doorbells) while stopped is either captured and executed after RU or was the user's fault; it must never execute "
                + "while stopped.",
            Violation: "executes in ST",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "process doorbell in ST"
        ),
        new(
            MIG_STOP_10,
            Strength.User,
            UapiLevel.V6_1,
            Channels.None,
            Statement: "The user restricts device access in ST and SC; in SC, access risks stream corruption.",
            Violation: "none at a driver: a duty of the user",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (access by the user)",
            Uncheckable: "obligation on the user: the kit obeys it",
            Note: "The kit obeys this; a fuzz lane breaks it and checks only MIG-STOP-06."
        ),
        new(
            MIG_STOP_11,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | InProcess | NeedsDma,
            Statement: "IRQ/MSI-X configuration done in ST is in force after RU.",
            Violation: "interrupt lost",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (MSI-X)",
            Fault: "drop MSI-X writes in ST"
        ),
        new(
            MIG_STOP_12,
            Strength.Should,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "Interrupt causes pending at stop are delivered after resume (source cancelled migration) or after load (destination), at least once.",
            Violation: "lost completion interrupt",
            Source: "drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, hisi_acc_vf_load_state() (doorbells and interrupts rung again)",
            Fault: "clear pending bits on save"
        ),
        new(
            MIG_STOP_13,
            Strength.Convention,
            UapiLevel.V6_1,
            Kernel | InProcess,
            Statement: "Stop is bounded: SET returns (success or errno) in finite time even with a stuck device.",
            Violation: "hang",
            Source: "drivers/vfio/pci/pds/lm.c and cmds.c, pds_vfio_suspend_device_cmd() (its limit); drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.c, "
                + "qm_wait_dev_not_ready()",
            Fault: "wait forever"
        ),
        new(
            MIG_STOP_14,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "If stopping fails the request fails; the device must not be reported ST while running.",
            Violation: "DMA in reported ST",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\"",
            Fault: "ignore stop failure"
        ),
        new(
            MIG_STOP_15,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "ST>RU (or ST>RP>RU) restarts full operation.",
            Violation: "no DMA after RU",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"STOP -> RUNNING_P2P\" and \"RUNNING_P2P -> RUNNING\"",
            Fault: "stay stopped"
        ),
        new(
            MIG_STOP_16,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "IOVA mappings may be changed while stopped; the device uses the new ones after RU.",
            Violation: "stale DMA",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> STOP\" (no DMA)",
            Fault: "cache translations"
        ),
        new(
            MIG_STOP_17,
            Strength.Must,
            UapiLevel.V6_1,
            Kernel | Socket | InProcess | NeedsDma,
            Statement: "In RU the device is fully operational however RU was reached (open, reset, cancel from PC/PP/RP, ST, SC, after a load): "
                + "interrupts, DMA, MMIO, every region, internal progress.",
            Violation: "a region or interrupt dead after a cancelled or completed migration",
            Source: "include/uapi/linux/vfio.h, enum vfio_device_mig_state, \"RUNNING_P2P -> RUNNING\"",
            Fault: "leave one region gated after SC>RU"
        ),
    ];
}
