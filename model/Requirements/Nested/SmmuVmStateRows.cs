using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// State of an emulated SMMUv3 in the migration stream of a VMM. Observed in the parsed stream, and in registers and one transaction on the destination.
/// </summary>
internal static class SmmuVmStateRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            VMS_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The section \"smmuv3\", version 1, has exactly its fields in their order and sizes: 116 bytes and the optional subsection for GBPA.",
            Violation: "a field differs",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "leave sid_split out"
        ),
        new(
            VMS_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Save, load and save again give the same bytes.",
            Violation: "a byte differs",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "order the fields by state"
        ),
        new(
            VMS_03,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "After a load in any state (a pending error, a full queue, wrapped indexes, a two-level table) registers read as on the source, "
                + "sizes and features agree with the bases, pending commands run once and pending events stay.",
            Violation: "a register or queue differs",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "reset CONS; lose the wrap bit; lose the features"
        ),
        new(
            VMS_04,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The GBPA subsection is there exactly when GBPA is not its reset value; without it GBPA has its reset value after the load.",
            Violation: "GBPA is stale or lost",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_gbpa",
            Fault: "keep GBPA"
        ),
        new(
            VMS_05,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Caches are not migrated: the destination uses memory, never an entry that was stale on the source.",
            Violation: "the stale entry appears",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "serialise the TLB"
        ),
        new(
            VMS_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A destination with another stage or address size refuses the stream with an error.",
            Violation: "it loads",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3; QEMU hw/arm/smmu-common.c (properties)",
            Fault: "ignore the property"
        ),
        new(
            VMS_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A corrupted stream (sizes, splits, indexes) is refused or clamped; nothing is read or written out of bounds.",
            Violation: "a crash",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "trust log2size"
        ),
        new(
            VMS_08,
            Strength.Must,
            null,
            InProcess,
            Statement: "After the load and before the first DMA the stage-1 configuration of each device is installed again, once per stream, with "
                + "SMMUEN=0 that of GBPA; an error fails the load.",
            Violation: "a device is skipped, or an error is ignored",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "skip it; install before memory is loaded; first device only; ignore SMMUEN=0"
        ),
        new(
            VMS_09,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "No command runs twice and none is skipped over a migration.",
            Violation: "a command runs again",
            Source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
            Fault: "run from 0 again"
        ),
        new(
            VMS_10,
            Strength.Must,
            null,
            InProcess,
            Statement: "Virtual StreamIDs map to the same devices on the destination.",
            Violation: "another device",
            Source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
            Fault: "number by function"
        ),
        new(
            VMS_11,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "When a migration fails the source goes on translating as before.",
            Violation: "a transaction changes its result",
            Source: "QEMU docs/devel/migration/main.rst; QEMU hw/arm/smmuv3.c, vmstate_smmuv3",
            Fault: "tear the source down before completion"
        ),
    ];
}
