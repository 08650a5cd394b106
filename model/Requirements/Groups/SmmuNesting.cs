using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Nested translation as a VMM offers it to a guest: a virtual SMMU in front of a host that owns stage 2. A vSTE is a virtual STE. Observed in errnos,
/// the commands issued, and the physical STE.
/// </summary>
internal static class SmmuNesting
{
    private const string NotYet = "not checked yet: nested-stage hand-over";

    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_NEST_01,
            "SMMU-NEST-01",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "The address of a nested transaction is stage 2 of stage 1, its permission that of both, for every combination of granules.",
            Violation: "another address or permission",
            Source: "IHI 0070",
            Fault: "use the output of stage 1 as PA",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_02,
            "SMMU-NEST-02",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "CDs and level-1 CD descriptors are fetched through stage 2; a fault there has S2=1, CLASS=CD.",
            Violation: "the CD is read at its IPA",
            Source: "IHI 0070",
            Fault: "fetch at the physical address",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_03,
            "SMMU-NEST-03",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "Stage-1 descriptors are fetched through stage 2, each by its own address; a fault there has S2=1, CLASS=TT.",
            Violation: "the descriptor is read at its IPA",
            Source: "IHI 0070",
            Fault: "read the descriptor at its IPA",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_04,
            "SMMU-NEST-04",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "A stage-2 fault of the table of the half that an access does not select fails nothing.",
            Violation: "a fault of the other half",
            Source: "IHI 0070",
            Fault: "translate both TTB at once",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_05,
            "SMMU-NEST-05",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "Where both stages deny the final access, the stage-1 fault is reported.",
            Violation: "the stage-2 fault",
            Source: "IHI 0070",
            Fault: "stage 2 first",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_06,
            "SMMU-NEST-06",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            OwedByCore: false,
            Statement: "S2R gates records of stage 2 only, CD.R those of stage 1 only.",
            Violation: "a record is missing or too many",
            Source: "IHI 0070",
            Fault: "R for both",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_07,
            "SMMU-NEST-07",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A vSTE may have V, Config 0b000, 0b100 and 0b101, S1Fmt, S1ContextPtr, S1CDMax, S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and "
                + "EATS 0 and 1. Any other bit with V=1 gives EIO.",
            Violation: "an illegal bit is accepted",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "allow S2VMID, MEV, STRW or SHCFG",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_08,
            "SMMU-NEST-08",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "The physical STE for a translating vSTE is that of the stage-2 domain with Config 0b111, the stage-1 fields of the vSTE, "
                + "EATS by the host's own decision, and MEV=1. The guest changes no stage-2 field.",
            Violation: "a stage-2 field is the guest's",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "merge the whole doubleword 1",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_09,
            "SMMU-NEST-09",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A vSTE with V=0 becomes abort, and C_BAD_STE is made for the guest's traffic.",
            Violation: "bypass, or no event",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "bypass on V=0",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_10,
            "SMMU-NEST-10",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "Of guest commands, TLBI_NSNH_ALL, TLBI_NH_ALL, NH_ASID, NH_VA and NH_VAA reach the host with the host's VMID, ATC_INV, "
                + "CFGI_CD and CFGI_CD_ALL with the physical StreamID; all others give EIO.",
            Violation: "the guest's VMID or StreamID is used, or another command passes",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "forward the VMID; forward CFGI_STE; leave the StreamID",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_11,
            "SMMU-NEST-11",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            Kernel | InProcess | KernelConditional,
            OwedByCore: false,
            Statement: "entry_num on return is the number of commands completed, wherever one fails.",
            Violation: "commands are counted that were never issued",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "count what was not issued",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_12,
            "SMMU-NEST-12",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "Stage-1 events of a device reach its guest with the virtual StreamID; stage-2 events never do, and lost ones are told by "
                + "LOST_EVENTS.",
            Violation: "a physical StreamID, or a stage-2 fault, reaches the guest",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "the physical StreamID leaks; clear S2 and forward",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_13,
            "SMMU-NEST-13",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "Allocation, attach and invalidation refuse with the errnos of the interface, in the order of its checks.",
            Violation: "another errno, or success",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "attach a translating vSTE without a virtual device; accept 8 bytes of data",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_14,
            "SMMU-NEST-14",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "Of the raw identification registers only the fields that the interface lists are used, and a migration's destination is "
                + "compared by the same rules.",
            Violation: "HTTU, BTM or MPAM of the host shows in the guest",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "use the HTTU field",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_15,
            "SMMU-NEST-15",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "CFGI_STE on the guest's queue installs the vSTE again; a failure leaves the previous configuration or abort, never bypass.",
            Violation: "bypass after a failure",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "bypass on error",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_16,
            "SMMU-NEST-16",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A change of GBPA or SMMUEN attaches the bypass or abort configuration to every device behind the virtual SMMU.",
            Violation: "a device keeps its old configuration",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "forget SMMUEN=0",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_17,
            "SMMU-NEST-17",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A guest's CMD_SYNC is consumed only after its forwarded invalidations are complete.",
            Violation: "the guest sees completion first",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "do not wait",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_18,
            "SMMU-NEST-18",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "The writer of an STE or CD orders its stores and syncs so that hardware sees the old, the new, or where that is impossible "
                + "an invalid entry, and after the last sync the new.",
            Violation: "a mix is visible",
            Source: "Linux arm-smmu-v3",
            Fault: "write in the reverse order; leave the last sync out; miss the CFGI of the second StreamID",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_19,
            "SMMU-NEST-19",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "EATS of a vSTE counts only where it translates, and is built from the host's own state; attaching with EATS=0 turns ATS off "
                + "at the device and drops its cache.",
            Violation: "the guest's value is copied",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "copy EATS",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_20,
            "SMMU-NEST-20",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A guest command that is illegal gives the guest CERROR_ILL and never reaches the host's queue, whatever operands the host "
                + "forwards untouched.",
            Violation: "the host's queue stops",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "forward it",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_21,
            "SMMU-NEST-21",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "A vSTE that the host refuses ends as abort, with C_BAD_STE for the guest's traffic; no stale translation stays.",
            Violation: "the old configuration stays in force",
            Source: "Linux arm-smmu-v3, iommufd",
            Fault: "keep the old configuration",
            Unchecked: NotYet
        ),
        new(
            SMMU_NEST_22,
            "SMMU-NEST-22",
            RequirementGroup.SmmuNest,
            Strength.Must,
            null,
            InProcess,
            OwedByCore: false,
            Statement: "All STEs of a master with several StreamIDs are rewritten, duplicates once, and a CD sync names every StreamID.",
            Violation: "a StreamID keeps the old entry",
            Source: "Linux arm-smmu-v3",
            Fault: "first StreamID only",
            Unchecked: NotYet
        ),
    ];
}
