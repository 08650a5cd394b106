using static Conformance.Model.Requirements.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>
/// Translation table walks of both stages. Observed after full invalidation by a read and a write: the address by its content, and the event field by
/// field.
/// </summary>
internal static class SmmuWalks
{
    internal static readonly Requirement[] Rows =
    [
        new(SMMU_WALK_01, "SMMU-WALK-01", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "The output address is that of the procedure for every granule, every TxSZ, every legal leaf level and both stages.",
            Violation: "data from or at another address",
            Source: "IHI 0070",
            Fault: "start level off by one where the input size is a multiple of a level",
            Unchecked: null),

        new(SMMU_WALK_02, "SMMU-WALK-02", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "A descriptor with bit 0 clear, a level-3 descriptor of block type, and a block at a level where its granule has none (4KB " +
                       "level 0, 16KB level 1, 64KB level 1 without 52 bits) give F_TRANSLATION.",
            Violation: "the descriptor is used",
            Source: "IHI 0070",
            Fault: "accept a block at level 0 with 4KB",
            Unchecked: null),

        new(SMMU_WALK_03, "SMMU-WALK-03", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "Input bits from bit 63 (55 with TBI) down to 64-TxSZ all zero select TTB0, all one TTB1; anything else gives F_TRANSLATION.",
            Violation: "the gap is translated, or the wrong table is used",
            Source: "IHI 0070",
            Fault: "select by bit 63 only; send the gap to TTB1",
            Unchecked: null),

        new(SMMU_WALK_04, "SMMU-WALK-04", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "TBI0 makes the top byte ignored for addresses with bit 55 clear, TBI1 for those with bit 55 set, each for its half only.",
            Violation: "a top byte is ignored or faults for the other half",
            Source: "IHI 0070",
            Fault: "TBI1 uses TBI0",
            Unchecked: null),

        new(SMMU_WALK_05, "SMMU-WALK-05", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "An address that selects a half with EPDx=1 gives F_TRANSLATION, and no table is read.",
            Violation: "another event, for instance that of the table",
            Source: "IHI 0070",
            Fault: "walk first, then fault",
            Unchecked: null),

        new(SMMU_WALK_06, "SMMU-WALK-06", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "A leaf whose output is above the effective IPS or S2PS gives F_ADDR_SIZE.",
            Violation: "the access goes to a truncated address",
            Source: "IHI 0070",
            Fault: "leave the check out",
            Unchecked: null),

        new(SMMU_WALK_07, "SMMU-WALK-07", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "A table descriptor whose next table is above the effective IPS or S2PS gives F_ADDR_SIZE.",
            Violation: "the walk goes on at a truncated address",
            Source: "IHI 0070",
            Fault: "leave the check out",
            Unchecked: null),

        new(SMMU_WALK_08, "SMMU-WALK-08", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "AF=0 in a leaf gives F_ACCESS unless AFFD (S2AFFD) is set or hardware updates AF. F_ACCESS comes before F_PERMISSION.",
            Violation: "F_PERMISSION for a leaf with AF=0, or no fault",
            Source: "IHI 0070",
            Fault: "check permissions first",
            Unchecked: null),

        new(SMMU_WALK_09, "SMMU-WALK-09", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A write through a leaf with AP[2]=1 and no dirty management gives F_PERMISSION with RnW=0; a read passes.",
            Violation: "the write lands, or RnW is wrong",
            Source: "IHI 0070",
            Fault: "RnW inverted",
            Unchecked: null),

        new(SMMU_WALK_10, "SMMU-WALK-10", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "Restrictions of APTable hold for every later access too: a read, then a write under APTable read-only must fault.",
            Violation: "the write lands after a read has filled the TLB",
            Source: "IHI 0070",
            Fault: "cache the permissions of the leaf only",
            Unchecked: null),

        new(SMMU_WALK_11, "SMMU-WALK-11", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "A restriction of APTable is no fault of its own: a fault deeper in the walk is reported instead.",
            Violation: "F_PERMISSION where the leaf is invalid",
            Source: "IHI 0070",
            Fault: "fault at the table",
            Unchecked: null),

        new(SMMU_WALK_12, "SMMU-WALK-12", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage1, OwedByCore: false,
            Statement: "HADx=1 makes the hierarchical permission bits of its half ignored, and not those of the other half.",
            Violation: "a restriction holds with HAD, or is lost without",
            Source: "IHI 0070",
            Fault: "HAD0 for both halves",
            Unchecked: null),

        new(SMMU_WALK_13, "SMMU-WALK-13", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "Privilege, instruction fetches and the controls PAN, WXN, UXN, PXN and their hierarchical forms give or deny access as the " +
                       "architecture says; PRIVCFG and INSTCFG come first.",
            Violation: "an access passes that is denied, or the reverse",
            Source: "IHI 0070",
            Fault: "ignore PnU; apply WXN to data",
            Unchecked: null),

        new(SMMU_WALK_14, "SMMU-WALK-14", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "An external abort of a descriptor fetch aborts with F_WALK_EABT: for a stage-1 descriptor S2=0 and CLASS=TT, with FetchAddr " +
                       "the physical address of the descriptor.",
            Violation: "another CLASS, or the address of the table",
            Source: "IHI 0070",
            Fault: "CLASS=IN; report the table base",
            Unchecked: null),

        new(SMMU_WALK_15, "SMMU-WALK-15", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage2, OwedByCore: false,
            Statement: "A stage-2 start level of 1, 2, 4, 8 or 16 concatenated tables is one array that is indexed by all input bits above one " +
                       "table, at every legal start level of every granule.",
            Violation: "an upper table is not reached",
            Source: "IHI 0070",
            Fault: "wrong index; upper tables are the first one",
            Unchecked: null),

        new(SMMU_WALK_16, "SMMU-WALK-16", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage2, OwedByCore: false,
            Statement: "S2AP=2 is write-only: writes pass, reads give F_PERMISSION, also after a write has filled the TLB, and then with the event.",
            Violation: "a read passes, or fails without its event",
            Source: "IHI 0070",
            Fault: "check writes only",
            Unchecked: null),

        new(SMMU_WALK_17, "SMMU-WALK-17", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "XN at stage 2 denies instruction fetches; with XNX the two bits 54:53 tell EL0 and EL1 apart.",
            Violation: "a fetch passes that is denied, or the reverse",
            Source: "IHI 0070",
            Fault: "look at bit 54 only",
            Unchecked: null),

        new(SMMU_WALK_18, "SMMU-WALK-18", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess | NeedsStage2, OwedByCore: false,
            Statement: "Without stage 1 (Config 0b110) an input address at or above 2^IAS aborts with F_ADDR_SIZE, S2=0, recorded whatever S2R " +
                       "says.",
            Violation: "no record, or a stage-2 fault",
            Source: "IHI 0070",
            Fault: "suppress it by S2R",
            Unchecked: null),

        new(SMMU_WALK_19, "SMMU-WALK-19", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "ENDI and S2ENDI select the byte order of the translation tables where TTENDIAN allows both, and are refused where it does " +
                       "not.",
            Violation: "tables are read in the other order",
            Source: "IHI 0070",
            Fault: "swap once too often",
            Unchecked: null),

        new(SMMU_WALK_20, "SMMU-WALK-20", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "The contiguous bit changes no address: each member of a run has its own output. Where members of a run disagree, the " +
                       "attributes of any may be used.",
            Violation: "an access reaches the page of another member",
            Source: "IHI 0070",
            Fault: "the first member serves the run",
            Unchecked: null),

        new(SMMU_WALK_21, "SMMU-WALK-21", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "Structures, queues and little-endian tables are little-endian whatever the byte order of the host.",
            Violation: "a structure is read in host order",
            Source: "IHI 0070",
            Fault: "load the level-1 descriptor in host order",
            Unchecked: null),

        new(SMMU_WALK_22, "SMMU-WALK-22", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "With 52-bit output and the 64KB granule, descriptor bits 15:12 are address bits 51:48.",
            Violation: "an address above 2^48 is not reached",
            Source: "IHI 0070",
            Fault: "bits 15:12 stay in place",
            Unchecked: null),

        new(SMMU_WALK_23, "SMMU-WALK-23", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "At one descriptor the order is: external abort, F_TRANSLATION, F_ADDR_SIZE; at the leaf then F_ACCESS, F_PERMISSION.",
            Violation: "the event of a later check",
            Source: "IHI 0070",
            Fault: "check AF before the address size",
            Unchecked: null),

        new(SMMU_WALK_24, "SMMU-WALK-24", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "E0PDx=1 gives F_TRANSLATION to an unprivileged access of its half; privileged ones pass.",
            Violation: "F_PERMISSION, or a privileged access faults",
            Source: "IHI 0070",
            Fault: "F_PERMISSION",
            Unchecked: null),

        new(SMMU_WALK_25, "SMMU-WALK-25", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "With S2PTW=1 a stage-1 walk or CD fetch through stage-2 Device memory gives F_PERMISSION, S2=1, CLASS=TT or CD. With " +
                       "S2PTW=0, and without both stages on, it passes.",
            Violation: "the fetch passes, or the final access faults",
            Source: "IHI 0070",
            Fault: "apply it to the final access too",
            Unchecked: null),

        new(SMMU_WALK_26, "SMMU-WALK-26", RequirementGroup.SmmuWalk, Strength.Must, null, InProcess, OwedByCore: false,
            Statement: "Where OAS is too small for a stage-2 start level (below 44 bits level 0 of 4KB and level 1 of 64KB, below 42 bits level 1 " +
                       "of 16KB) the STE gives C_BAD_STE, or is taken as written: both readings stand. The concatenated form one level lower is " +
                       "always accepted.",
            Violation: "the concatenated form is refused, or another result",
            Source: "IHI 0070, from working knowledge; Linux arm-smmu-v3",
            Fault: "refuse the concatenated form",
            Unchecked: null),

        new(SMMU_WALK_27, "SMMU-WALK-27", RequirementGroup.SmmuWalk, Strength.Must, null, Socket | InProcess, OwedByCore: false,
            Statement: "Descriptor type 3 is a page at level 3 and a table above, type 1 above level 3 a block where its granule has one. Bits of a " +
                       "next-table address below the granule size are ignored.",
            Violation: "another table is read",
            Source: "IHI 0070",
            Fault: "use the next-table address unmasked",
            Unchecked: null),
    ];
}
