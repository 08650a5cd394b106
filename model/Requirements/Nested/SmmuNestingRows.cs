using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Nested translation as a VMM offers it to a guest: a virtual SMMU in front of a host that owns stage 2. A vSTE is a virtual STE. Observed in errnos,
/// the commands issued, and the physical STE.
/// </summary>
internal static class SmmuNestingRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_NEST_01,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "The address of a nested transaction is stage 2 of stage 1, its permission that of both, for every combination of granules.",
            Violation: "another address or permission",
            Source: "IHI 0070, 3.3.3 Configuration and translation lookup; 15 Translation procedure",
            Fault: "use the output of stage 1 as PA"
        ),
        new(
            SMMU_NEST_02,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "CDs and level-1 CD descriptors are fetched through stage 2; a fault there has S2=1, CLASS=CD.",
            Violation: "the CD is read at its IPA",
            Source: "IHI 0070, 3.3.2 StreamIDs to Context Descriptors; 7.3 Event records (CLASS)",
            Fault: "fetch at the physical address"
        ),
        new(
            SMMU_NEST_03,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "Stage-1 descriptors are fetched through stage 2, each by its own address; a fault there has S2=1, CLASS=TT.",
            Violation: "the descriptor is read at its IPA",
            Source: "IHI 0070, 3.3.3 Configuration and translation lookup; 7.3 Event records (CLASS)",
            Fault: "read the descriptor at its IPA"
        ),
        new(
            SMMU_NEST_04,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "A stage-2 fault of the table of the half that an access does not select fails nothing.",
            Violation: "a fault of the other half",
            Source: "IHI 0070, 15 Translation procedure",
            Fault: "translate both TTB at once"
        ),
        new(
            SMMU_NEST_05,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "Where both stages deny the final access, the stage-1 fault is reported.",
            Violation: "the stage-2 fault",
            Source: "IHI 0070, 15 Translation procedure",
            Fault: "stage 2 first"
        ),
        new(
            SMMU_NEST_06,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1 | NeedsStage2,
            Statement: "S2R gates records of stage 2 only, CD.R those of stage 1 only.",
            Violation: "a record is missing or too many",
            Source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 3.12.5 Combinations of fault configuration with two stages",
            Fault: "R for both"
        ),
        new(
            SMMU_NEST_07,
            Strength.Must,
            null,
            InProcess,
            Statement: "A vSTE may have V, Config 0b000, 0b100 and 0b101, S1Fmt, S1ContextPtr, S1CDMax, S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and EATS 0 "
                + "and 1. Any other bit with V=1 gives EIO.",
            Violation: "an illegal bit is accepted",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_validate_vste(); include/uapi/linux/iommufd.h, struct "
                + "iommu_hwpt_arm_smmuv3",
            Fault: "allow S2VMID, MEV, STRW or SHCFG"
        ),
        new(
            SMMU_NEST_08,
            Strength.Must,
            null,
            InProcess,
            Statement: "The physical STE for a translating vSTE is that of the stage-2 domain with Config 0b111, the stage-1 fields of the vSTE, EATS by "
                + "the host's own decision, and MEV=1. The guest changes no stage-2 field.",
            Violation: "a stage-2 field is the guest's",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_make_nested_cd_table_ste()",
            Fault: "merge the whole doubleword 1"
        ),
        new(
            SMMU_NEST_09,
            Strength.Must,
            null,
            InProcess,
            Statement: "A vSTE with V=0 becomes abort, and C_BAD_STE is made for the guest's traffic.",
            Violation: "bypass, or no event",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_make_nested_domain_ste()",
            Fault: "bypass on V=0"
        ),
        new(
            SMMU_NEST_10,
            Strength.Must,
            null,
            InProcess,
            Statement: "Of guest commands, TLBI_NSNH_ALL, TLBI_NH_ALL, NH_ASID, NH_VA and NH_VAA reach the host with the host's VMID, ATC_INV, CFGI_CD "
                + "and CFGI_CD_ALL with the physical StreamID; all others give EIO.",
            Violation: "the guest's VMID or StreamID is used, or another command passes",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_convert_user_cmd()",
            Fault: "forward the VMID; forward CFGI_STE; leave the StreamID"
        ),
        new(
            SMMU_NEST_11,
            Strength.Must,
            null,
            Kernel | InProcess | KernelConditional,
            Statement: "entry_num on return is the number of commands completed, wherever one fails.",
            Violation: "commands are counted that were never issued",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_cache_invalidate(); include/uapi/linux/iommufd.h, struct "
                + "iommu_hwpt_invalidate (entry_num)",
            Fault: "count what was not issued"
        ),
        new(
            SMMU_NEST_12,
            Strength.Must,
            null,
            InProcess,
            Statement: "Stage-1 events of a device reach its guest with the virtual StreamID; stage-2 events never do, and lost ones are told by LOST_EVENTS.",
            Violation: "a physical StreamID, or a stage-2 fault, reaches the guest",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vmaster_report_event(); include/uapi/linux/iommufd.h, struct "
                + "iommu_vevent_arm_smmuv3",
            Fault: "the physical StreamID leaks; clear S2 and forward"
        ),
        new(
            SMMU_NEST_13,
            Strength.Must,
            null,
            InProcess,
            Statement: "Allocation, attach and invalidation refuse with the errnos of the interface, in the order of its checks.",
            Violation: "another errno, or success",
            Source: "drivers/iommu/iommufd/hw_pagetable.c and viommu.c; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
            Fault: "attach a translating vSTE without a virtual device; accept 8 bytes of data"
        ),
        new(
            SMMU_NEST_14,
            Strength.Must,
            null,
            InProcess,
            Statement: "Of the raw identification registers only the fields that the interface lists are used, and a migration's destination is compared "
                + "by the same rules.",
            Violation: "HTTU, BTM or MPAM of the host shows in the guest",
            Source: "include/uapi/linux/iommufd.h, struct iommu_hw_info_arm_smmuv3; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_hw_info()",
            Fault: "use the HTTU field"
        ),
        new(
            SMMU_NEST_15,
            Strength.Must,
            null,
            InProcess,
            Statement: "CFGI_STE on the guest's queue installs the vSTE again; a failure leaves the previous configuration or abort, never bypass.",
            Violation: "bypass after a failure",
            Source: "IHI 0070, 4.3.1 CMD_CFGI_STE; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
            Fault: "bypass on error"
        ),
        new(
            SMMU_NEST_16,
            Strength.Must,
            null,
            InProcess,
            Statement: "A change of GBPA or SMMUEN attaches the bypass or abort configuration to every device behind the virtual SMMU.",
            Violation: "a device keeps its old configuration",
            Source: "IHI 0070, 6.3 SMMU_GBPA and SMMU_CR0; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
            Fault: "forget SMMUEN=0"
        ),
        new(
            SMMU_NEST_17,
            Strength.Must,
            null,
            InProcess,
            Statement: "A guest's CMD_SYNC is consumed only after its forwarded invalidations are complete.",
            Violation: "the guest sees completion first",
            Source: "IHI 0070, 4.7 CMD_SYNC; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_cache_invalidate()",
            Fault: "do not wait"
        ),
        new(
            SMMU_NEST_18,
            Strength.Must,
            null,
            InProcess,
            Statement: "The writer of an STE or CD orders its stores and syncs so that hardware sees the old, the new, or where that is impossible an "
                + "invalid entry, and after the last sync the new.",
            Violation: "a mix is visible",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_write_entry() and arm_smmu_get_ste_used()",
            Fault: "write in the reverse order; leave the last sync out; miss the CFGI of the second StreamID"
        ),
        new(
            SMMU_NEST_19,
            Strength.Must,
            null,
            InProcess,
            Statement: "EATS of a vSTE counts only where it translates, and is built from the host's own state; attaching with EATS=0 turns ATS off at "
                + "the device and drops its cache.",
            Violation: "the guest's value is copied",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_prepare_vmaster() and arm_smmu_validate_vste() (EATS)",
            Fault: "copy EATS"
        ),
        new(
            SMMU_NEST_20,
            Strength.Must,
            null,
            InProcess,
            Statement: "A guest command that is illegal gives the guest CERROR_ILL and never reaches the host's queue, whatever operands the host "
                + "forwards untouched.",
            Violation: "the host's queue stops",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_convert_user_cmd()",
            Fault: "forward it"
        ),
        new(
            SMMU_NEST_21,
            Strength.Must,
            null,
            InProcess,
            Statement: "A vSTE that the host refuses ends as abort, with C_BAD_STE for the guest's traffic; no stale translation stays.",
            Violation: "the old configuration stays in force",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_validate_vste(); IHI 0070, 7.3 C_BAD_STE",
            Fault: "keep the old configuration"
        ),
        new(
            SMMU_NEST_22,
            Strength.Must,
            null,
            InProcess,
            Statement: "All STEs of a master with several StreamIDs are rewritten, duplicates once, and a CD sync names every StreamID.",
            Violation: "a StreamID keeps the old entry",
            Source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_install_ste_for_dev() and arm_smmu_sync_cd()",
            Fault: "first StreamID only"
        ),
    ];
}
