using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// State of an emulated SMMUv3 in the migration stream of a VMM. Observed in the parsed stream, and in registers and one transaction on the destination.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId VMS_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The section \"smmuv3\", version 1, has exactly its fields in their order and sizes: 116 bytes and the optional subsection for GBPA.",
        violation: "a field differs",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "leave sid_split out"
    );

    public static readonly RequirementId VMS_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Save, load and save again give the same bytes.",
        violation: "a byte differs",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "order the fields by state"
    );

    public static readonly RequirementId VMS_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "After a load in any state (a pending error, a full queue, wrapped indexes, a two-level table) registers read as on the source, "
            + "sizes and features agree with the bases, pending commands run once and pending events stay.",
        violation: "a register or queue differs",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "reset CONS; lose the wrap bit; lose the features"
    );

    public static readonly RequirementId VMS_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The GBPA subsection is there exactly when GBPA is not its reset value; without it GBPA has its reset value after the load.",
        violation: "GBPA is stale or lost",
        source: "QEMU hw/arm/smmuv3.c, vmstate_gbpa",
        fault: "keep GBPA"
    );

    public static readonly RequirementId VMS_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Caches are not migrated: the destination uses memory, never an entry that was stale on the source.",
        violation: "the stale entry appears",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "serialise the TLB"
    );

    public static readonly RequirementId VMS_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A destination with another stage or address size refuses the stream with an error.",
        violation: "it loads",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3; QEMU hw/arm/smmu-common.c (properties)",
        fault: "ignore the property"
    );

    public static readonly RequirementId VMS_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A corrupted stream (sizes, splits, indexes) is refused or clamped; nothing is read or written out of bounds.",
        violation: "a crash",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "trust log2size"
    );

    public static readonly RequirementId VMS_08 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "After the load and before the first DMA the stage-1 configuration of each device is installed again, once per stream, with "
            + "SMMUEN=0 that of GBPA; an error fails the load.",
        violation: "a device is skipped, or an error is ignored",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "skip it; install before memory is loaded; first device only; ignore SMMUEN=0",
        note: "Asked of a VMM with nested stages: an SMMU alone has no devices of a host.",
        askedBy: "nested"
    );

    public static readonly RequirementId VMS_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "No command runs twice and none is skipped over a migration.",
        violation: "a command runs again",
        source: "QEMU hw/arm/smmuv3.c, vmstate_smmuv3 and vmstate_smmuv3_queue",
        fault: "run from 0 again"
    );

    public static readonly RequirementId VMS_10 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Virtual StreamIDs map to the same devices on the destination.",
        violation: "another device",
        source: "qemu-devel list, RFC \"Add migration support for VFIO PCI devices in SMMUv3 nested stage mode\", 2021, cover letter (second problem)",
        fault: "number by function",
        note: "Asked of a VMM with nested stages: an SMMU alone has no devices of a host.",
        askedBy: "nested"
    );

    public static readonly RequirementId VMS_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "When a migration fails the source goes on translating as before.",
        violation: "a transaction changes its result",
        source: "QEMU docs/devel/migration/main.rst; QEMU hw/arm/smmuv3.c, vmstate_smmuv3",
        fault: "tear the source down before completion"
    );
}
