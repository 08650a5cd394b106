using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Nested translation as a VMM offers it to a guest: a virtual SMMU in front of a host that owns stage 2. A vSTE is a virtual STE. Observed in errnos, the
// commands issued, and the physical STE.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_NEST_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "The address of a nested transaction is stage 2 of stage 1, its permission that of both, for every combination of granules.",
        violation: "another address or permission",
        source: "IHI 0070, 3.3.3 Configuration and translation lookup; 15 Translation procedure",
        fault: "use the output of stage 1 as PA",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "CDs and level-1 CD descriptors are fetched through stage 2; a fault there has S2=1, CLASS=CD.",
        violation: "the CD is read at its IPA",
        source: "IHI 0070, 3.3.2 StreamIDs to Context Descriptors; 7.3 Event records (CLASS)",
        fault: "fetch at the physical address",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "Stage-1 descriptors are fetched through stage 2, each by its own address; a fault there has S2=1, CLASS=TT.",
        violation: "the descriptor is read at its IPA",
        source: "IHI 0070, 3.3.3 Configuration and translation lookup; 7.3 Event records (CLASS)",
        fault: "read the descriptor at its IPA",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "A stage-2 fault of the table of the half that an access does not select fails nothing.",
        violation: "a fault of the other half",
        source: "IHI 0070, 15 Translation procedure",
        fault: "translate both TTB at once",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "Where both stages deny the final access, the stage-1 fault is reported.",
        violation: "the stage-2 fault",
        source: "IHI 0070, 15 Translation procedure",
        fault: "stage 2 first",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1 | NeedsStage2,
        statement: "S2R gates records of stage 2 only, CD.R those of stage 1 only.",
        violation: "a record is missing or too many",
        source: "IHI 0070, 5.5 Fault configuration (A, R, S bits); 3.12.5 Combinations of fault configuration with two stages",
        fault: "R for both",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_07 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A vSTE may have V, Config 0b000, 0b100 and 0b101, S1Fmt, S1ContextPtr, S1CDMax, S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and EATS 0 "
            + "and 1. Any other bit with V=1 gives EIO.",
        violation: "an illegal bit is accepted",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_validate_vste(); include/uapi/linux/iommufd.h, struct "
            + "iommu_hwpt_arm_smmuv3",
        fault: "allow S2VMID, MEV, STRW or SHCFG",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_08 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "The physical STE for a translating vSTE is that of the stage-2 domain with Config 0b111, the stage-1 fields of the vSTE, EATS by "
            + "the host's own decision, and MEV=1. The guest changes no stage-2 field.",
        violation: "a stage-2 field is the guest's",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_make_nested_cd_table_ste()",
        fault: "merge the whole doubleword 1",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_09 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A vSTE with V=0 becomes abort, and C_BAD_STE is made for the guest's traffic.",
        violation: "bypass, or no event",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_make_nested_domain_ste()",
        fault: "bypass on V=0",
        parts: NestedParts.Host | NestedParts.Machine
    );

    public static readonly RequirementId SMMU_NEST_10 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Of guest commands, TLBI_NSNH_ALL, TLBI_NH_ALL, NH_ASID, NH_VA and NH_VAA reach the host with the host's VMID, ATC_INV, CFGI_CD "
            + "and CFGI_CD_ALL with the physical StreamID; all others give EIO.",
        violation: "the guest's VMID or StreamID is used, or another command passes",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_convert_user_cmd()",
        fault: "forward the VMID; forward CFGI_STE; leave the StreamID",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_11 = Row(
        Strength.Must,
        null,
        Kernel | InProcess | KernelConditional,
        statement: "entry_num on return is the number of commands completed, wherever one fails.",
        violation: "commands are counted that were never issued",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_cache_invalidate(); include/uapi/linux/iommufd.h, struct "
            + "iommu_hwpt_invalidate (entry_num)",
        fault: "count what was not issued",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_12 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Stage-1 events of a device reach its guest with the virtual StreamID; stage-2 events never do, and lost ones are told by LOST_EVENTS.",
        violation: "a physical StreamID, or a stage-2 fault, reaches the guest",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vmaster_report_event(); include/uapi/linux/iommufd.h, struct "
            + "iommu_vevent_arm_smmuv3",
        fault: "the physical StreamID leaks; clear S2 and forward",
        parts: NestedParts.Host | NestedParts.Machine
    );

    public static readonly RequirementId SMMU_NEST_13 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Allocation, attach and invalidation refuse with the errnos of the interface, in the order of its checks.",
        violation: "another errno, or success",
        source: "drivers/iommu/iommufd/hw_pagetable.c and viommu.c; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
        fault: "attach a translating vSTE without a virtual device; accept 8 bytes of data",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_14 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Of the raw identification registers only the fields that the interface lists are used, and a migration's destination is compared "
            + "by the same rules.",
        violation: "HTTU, BTM or MPAM of the host shows in the guest",
        source: "include/uapi/linux/iommufd.h, struct iommu_hw_info_arm_smmuv3; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_hw_info()",
        fault: "use the HTTU field"
    );

    public static readonly RequirementId SMMU_NEST_15 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "CFGI_STE on the guest's queue installs the vSTE again; a failure leaves the previous configuration or abort, never bypass.",
        violation: "bypass after a failure",
        source: "IHI 0070, 4.3.1 CMD_CFGI_STE; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
        fault: "bypass on error"
    );

    public static readonly RequirementId SMMU_NEST_16 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A change of GBPA or SMMUEN attaches the bypass or abort configuration to every device behind the virtual SMMU.",
        violation: "a device keeps its old configuration",
        source: "IHI 0070, 6.3 SMMU_GBPA and SMMU_CR0; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_dev_nested()",
        fault: "forget SMMUEN=0"
    );

    public static readonly RequirementId SMMU_NEST_17 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A guest's CMD_SYNC is consumed only after its forwarded invalidations are complete.",
        violation: "the guest sees completion first",
        source: "IHI 0070, 4.7 CMD_SYNC; drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_cache_invalidate()",
        fault: "do not wait"
    );

    public static readonly RequirementId SMMU_NEST_18 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "The writer of an STE or CD orders its stores and syncs so that hardware sees the old, the new, or where that is impossible an "
            + "invalid entry, and after the last sync the new.",
        violation: "a mix is visible",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_write_entry() and arm_smmu_get_ste_used()",
        fault: "write in the reverse order; leave the last sync out; miss the CFGI of the second StreamID",
        parts: NestedParts.Writer
    );

    public static readonly RequirementId SMMU_NEST_19 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "EATS of a vSTE counts only where it translates, and is built from the host's own state; attaching with EATS=0 turns ATS off at "
            + "the device and drops its cache.",
        violation: "the guest's value is copied",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_attach_prepare_vmaster() and arm_smmu_validate_vste() (EATS)",
        fault: "copy EATS",
        parts: NestedParts.Host
    );

    public static readonly RequirementId SMMU_NEST_20 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A guest command that is illegal gives the guest CERROR_ILL and never reaches the host's queue, whatever operands the host "
            + "forwards untouched.",
        violation: "the host's queue stops",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_vsmmu_convert_user_cmd()",
        fault: "forward it"
    );

    public static readonly RequirementId SMMU_NEST_21 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "A vSTE that the host refuses ends as abort, with C_BAD_STE for the guest's traffic; no stale translation stays.",
        violation: "the old configuration stays in force",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c, arm_smmu_validate_vste(); IHI 0070, 7.3 C_BAD_STE",
        fault: "keep the old configuration"
    );

    public static readonly RequirementId SMMU_NEST_22 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "All STEs of a master with several StreamIDs are rewritten, duplicates once, and a CD sync names every StreamID.",
        violation: "a StreamID keeps the old entry",
        source: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, arm_smmu_install_ste_for_dev() and arm_smmu_sync_cd()",
        fault: "first StreamID only",
        parts: NestedParts.Writer
    );
}
