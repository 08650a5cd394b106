using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// State of an emulated SMMUv3 in the migration stream of a VMM. Observed in the parsed stream, and in registers and one transaction on the destination.
/// </summary>
internal static class SmmuVmState
{
    private const string NotYet = "not checked yet: state of an emulated SMMU in the migration stream";

    internal static readonly Requirement[] Rows =
    [
        new(
            VMS_01,
            "VMS-01",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "The section \"smmuv3\", version 1, has exactly its fields in their order and sizes: 116 bytes and the optional subsection for "
                + "GBPA.",
            Violation: "a field differs",
            Source: "QEMU smmuv3 vmstate",
            Fault: "leave sid_split out",
            Unchecked: NotYet
        ),
        new(
            VMS_02,
            "VMS-02",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Save, load and save again give the same bytes.",
            Violation: "a byte differs",
            Source: "QEMU smmuv3 vmstate",
            Fault: "order the fields by state",
            Unchecked: NotYet
        ),
        new(
            VMS_03,
            "VMS-03",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "After a load in any state (a pending error, a full queue, wrapped indexes, a two-level table) registers read as on the "
                + "source, sizes and features agree with the bases, pending commands run once and pending events stay.",
            Violation: "a register or queue differs",
            Source: "QEMU smmuv3 vmstate",
            Fault: "reset CONS; lose the wrap bit; lose the features",
            Unchecked: NotYet
        ),
        new(
            VMS_04,
            "VMS-04",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "The GBPA subsection is there exactly when GBPA is not its reset value; without it GBPA has its reset value after the load.",
            Violation: "GBPA is stale or lost",
            Source: "QEMU smmuv3 vmstate",
            Fault: "keep GBPA",
            Unchecked: NotYet
        ),
        new(
            VMS_05,
            "VMS-05",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "Caches are not migrated: the destination uses memory, never an entry that was stale on the source.",
            Violation: "the stale entry appears",
            Source: "QEMU smmuv3 vmstate",
            Fault: "serialise the TLB",
            Unchecked: NotYet
        ),
        new(
            VMS_06,
            "VMS-06",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A destination with another stage or address size refuses the stream with an error.",
            Violation: "it loads",
            Source: "QEMU smmuv3 vmstate",
            Fault: "ignore the property",
            Unchecked: NotYet
        ),
        new(
            VMS_07,
            "VMS-07",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "A corrupted stream (sizes, splits, indexes) is refused or clamped; nothing is read or written out of bounds.",
            Violation: "a crash",
            Source: "QEMU smmuv3 vmstate",
            Fault: "trust log2size",
            Unchecked: NotYet
        ),
        new(
            VMS_08,
            "VMS-08",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "After the load and before the first DMA the stage-1 configuration of each device is installed again, once per stream, with "
                + "SMMUEN=0 that of GBPA; an error fails the load.",
            Violation: "a device is skipped, or an error is ignored",
            Source: "QEMU smmuv3 vmstate",
            Fault: "skip it; install before memory is loaded; first device only; ignore SMMUEN=0",
            Unchecked: NotYet
        ),
        new(
            VMS_09,
            "VMS-09",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "No command runs twice and none is skipped over a migration.",
            Violation: "a command runs again",
            Source: "QEMU smmuv3 vmstate",
            Fault: "run from 0 again",
            Unchecked: NotYet
        ),
        new(
            VMS_10,
            "VMS-10",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "Virtual StreamIDs map to the same devices on the destination.",
            Violation: "another device",
            Source: "QEMU smmuv3 vmstate",
            Fault: "number by function",
            Unchecked: NotYet
        ),
        new(
            VMS_11,
            "VMS-11",
            RequirementGroup.Vms,
            Strength.Must,
            null,
            Socket | InProcess,
            OwedByCore: false,
            Statement: "When a migration fails the source goes on translating as before.",
            Violation: "a transaction changes its result",
            Source: "QEMU smmuv3 vmstate",
            Fault: "tear the source down before completion",
            Unchecked: NotYet
        ),
    ];
}
