using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Translation table walks of both stages. Observed after full invalidation by a read and a write: the address by its content, and the event field by field.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SMMU_WALK_01 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The output address is that of the procedure for every granule, every TxSZ, every legal leaf level and both stages.",
        violation: "data from or at another address",
        source: "IHI 0070, 3.3.3 Configuration and translation lookup; 15 Translation procedure",
        fault: "start level off by one where the input size is a multiple of a level"
    );

    public static readonly RequirementId SMMU_WALK_02 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A descriptor with bit 0 clear, a level-3 descriptor of block type, and a block at a level where its granule has none (4KB level "
            + "0, 16KB level 1, 64KB level 1 without 52 bits) give F_TRANSLATION.",
        violation: "the descriptor is used",
        source: "IHI 0070, 15 Translation procedure; Arm ARM (DDI 0487), VMSAv8-64 descriptor formats",
        fault: "accept a block at level 0 with 4KB"
    );

    public static readonly RequirementId SMMU_WALK_03 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Input bits from bit 63 (55 with TBI) down to 64-TxSZ all zero select TTB0, all one TTB1; anything else gives F_TRANSLATION.",
        violation: "the gap is translated, or the wrong table is used",
        source: "IHI 0070, 3.4.1 Input address size and Virtual Address size",
        fault: "select by bit 63 only; send the gap to TTB1"
    );

    public static readonly RequirementId SMMU_WALK_04 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "TBI0 makes the top byte ignored for addresses with bit 55 clear, TBI1 for those with bit 55 set, each for its half only.",
        violation: "a top byte is ignored or faults for the other half",
        source: "IHI 0070, 5.4 CD.TBI0 and CD.TBI1; 3.4.1 Input address size and Virtual Address size",
        fault: "TBI1 uses TBI0"
    );

    public static readonly RequirementId SMMU_WALK_05 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "An address that selects a half with EPDx=1 gives F_TRANSLATION, and no table is read.",
        violation: "another event, for instance that of the table",
        source: "IHI 0070, 5.4 CD.EPD0 and CD.EPD1",
        fault: "walk first, then fault"
    );

    public static readonly RequirementId SMMU_WALK_06 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A leaf whose output is above the effective IPS or S2PS gives F_ADDR_SIZE.",
        violation: "the access goes to a truncated address",
        source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
        fault: "leave the check out"
    );

    public static readonly RequirementId SMMU_WALK_07 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "A table descriptor whose next table is above the effective IPS or S2PS gives F_ADDR_SIZE.",
        violation: "the walk goes on at a truncated address",
        source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
        fault: "leave the check out"
    );

    public static readonly RequirementId SMMU_WALK_08 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "AF=0 in a leaf gives F_ACCESS unless AFFD (S2AFFD) is set or hardware updates AF. F_ACCESS comes before F_PERMISSION.",
        violation: "F_PERMISSION for a leaf with AF=0, or no fault",
        source: "IHI 0070, 7.3 F_ACCESS; 5.4 CD.AFFD; 5.2 STE.S2AFFD",
        fault: "check permissions first"
    );

    public static readonly RequirementId SMMU_WALK_09 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A write through a leaf with AP[2]=1 and no dirty management gives F_PERMISSION with RnW=0; a read passes.",
        violation: "the write lands, or RnW is wrong",
        source: "IHI 0070, 7.3 F_PERMISSION; Arm ARM (DDI 0487), AP[2:1]",
        fault: "RnW inverted"
    );

    public static readonly RequirementId SMMU_WALK_10 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "Restrictions of APTable hold for every later access too: a read, then a write under APTable read-only must fault.",
        violation: "the write lands after a read has filled the TLB",
        source: "Arm ARM (DDI 0487), hierarchical permissions (APTable); IHI 0070, 5.4 CD.HAD0",
        fault: "cache the permissions of the leaf only"
    );

    public static readonly RequirementId SMMU_WALK_11 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "A restriction of APTable is no fault of its own: a fault deeper in the walk is reported instead.",
        violation: "F_PERMISSION where the leaf is invalid",
        source: "IHI 0070, 15 Translation procedure; Arm ARM (DDI 0487), hierarchical permissions (APTable)",
        fault: "fault at the table"
    );

    public static readonly RequirementId SMMU_WALK_12 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage1,
        statement: "HADx=1 makes the hierarchical permission bits of its half ignored, and not those of the other half.",
        violation: "a restriction holds with HAD, or is lost without",
        source: "IHI 0070, 5.4 CD.HAD0 and CD.HAD1",
        fault: "HAD0 for both halves"
    );

    public static readonly RequirementId SMMU_WALK_13 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Privilege, instruction fetches and the controls PAN, WXN, UXN, PXN and their hierarchical forms give or deny access as the "
            + "architecture says; PRIVCFG and INSTCFG come first.",
        violation: "an access passes that is denied, or the reverse",
        source: "IHI 0070, 3.3.4 Transaction attributes; 5.4 CD.PAN, CD.WXN, CD.UWXN; 5.2 STE.PRIVCFG and STE.INSTCFG",
        fault: "ignore PnU; apply WXN to data"
    );

    public static readonly RequirementId SMMU_WALK_14 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "An external abort of a descriptor fetch aborts with F_WALK_EABT: for a stage-1 descriptor S2=0 and CLASS=TT, with FetchAddr the "
            + "physical address of the descriptor.",
        violation: "another CLASS, or the address of the table",
        source: "IHI 0070, 7.3 F_WALK_EABT",
        fault: "CLASS=IN; report the table base"
    );

    public static readonly RequirementId SMMU_WALK_15 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "A stage-2 start level of 1, 2, 4, 8 or 16 concatenated tables is one array that is indexed by all input bits above one table, at "
            + "every legal start level of every granule.",
        violation: "an upper table is not reached",
        source: "IHI 0070, 5.2 STE.S2SL0 and STE.S2TTB (concatenated tables)",
        fault: "wrong index; upper tables are the first one"
    );

    public static readonly RequirementId SMMU_WALK_16 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "S2AP=2 is write-only: writes pass, reads give F_PERMISSION, also after a write has filled the TLB, and then with the event.",
        violation: "a read passes, or fails without its event",
        source: "Arm ARM (DDI 0487), S2AP; IHI 0070, 7.3 F_PERMISSION",
        fault: "check writes only"
    );

    public static readonly RequirementId SMMU_WALK_17 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "XN at stage 2 denies instruction fetches; with XNX the two bits 54:53 tell EL0 and EL1 apart.",
        violation: "a fetch passes that is denied, or the reverse",
        source: "IHI 0070, 6.3 SMMU_IDR3.XNX; Arm ARM (DDI 0487), XN at stage 2",
        fault: "look at bit 54 only"
    );

    public static readonly RequirementId SMMU_WALK_18 = Row(
        Strength.Must,
        null,
        Socket | InProcess | NeedsStage2,
        statement: "Without stage 1 (Config 0b110) an input address at or above 2^IAS aborts with F_ADDR_SIZE, S2=0, recorded whatever S2R says.",
        violation: "no record, or a stage-2 fault",
        source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
        fault: "suppress it by S2R"
    );

    public static readonly RequirementId SMMU_WALK_19 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "ENDI and S2ENDI select the byte order of the translation tables where TTENDIAN allows both, and are refused where it does not.",
        violation: "tables are read in the other order",
        source: "IHI 0070, 5.4 CD.ENDI; 5.2 STE.S2ENDI; 6.3 SMMU_IDR0.TTENDIAN",
        fault: "swap once too often"
    );

    public static readonly RequirementId SMMU_WALK_20 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "The contiguous bit changes no address: each member of a run has its own output. Where members of a run disagree, the attributes "
            + "of any may be used.",
        violation: "an access reaches the page of another member",
        source: "Arm ARM (DDI 0487), the Contiguous bit",
        fault: "the first member serves the run"
    );

    public static readonly RequirementId SMMU_WALK_21 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Structures, queues and little-endian tables are little-endian whatever the byte order of the host.",
        violation: "a structure is read in host order",
        source: "IHI 0070, 4.1.1 Command opcodes, 5 Data structure formats, 7.3 Event records (little-endian)",
        fault: "load the level-1 descriptor in host order"
    );

    public static readonly RequirementId SMMU_WALK_22 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With 52-bit output and the 64KB granule, descriptor bits 15:12 are address bits 51:48.",
        violation: "an address above 2^48 is not reached",
        source: "IHI 0070, 6.3 SMMU_IDR5.OAS; Arm ARM (DDI 0487), 52-bit output with the 64KB granule",
        fault: "bits 15:12 stay in place"
    );

    public static readonly RequirementId SMMU_WALK_23 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "At one descriptor the order is: external abort, F_TRANSLATION, F_ADDR_SIZE; at the leaf then F_ACCESS, F_PERMISSION.",
        violation: "the event of a later check",
        source: "IHI 0070, 15 Translation procedure; 7.3 Event records",
        fault: "check AF before the address size"
    );

    public static readonly RequirementId SMMU_WALK_24 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "E0PDx=1 gives F_TRANSLATION to an unprivileged access of its half; privileged ones pass.",
        violation: "F_PERMISSION, or a privileged access faults",
        source: "IHI 0070, 5.4 CD.E0PD0 and CD.E0PD1",
        fault: "F_PERMISSION"
    );

    public static readonly RequirementId SMMU_WALK_25 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "With S2PTW=1 a stage-1 walk or CD fetch through stage-2 Device memory gives F_PERMISSION, S2=1, CLASS=TT or CD. With S2PTW=0, "
            + "and without both stages on, it passes.",
        violation: "the fetch passes, or the final access faults",
        source: "IHI 0070, 5.2 STE.S2PTW",
        fault: "apply it to the final access too"
    );

    public static readonly RequirementId SMMU_WALK_26 = Row(
        Strength.Must,
        null,
        InProcess,
        statement: "Where OAS is too small for a stage-2 start level (below 44 bits level 0 of 4KB and level 1 of 64KB, below 42 bits level 1 of "
            + "16KB) the STE gives C_BAD_STE, or is taken as written: both readings stand. The concatenated form one level lower is always accepted.",
        violation: "the concatenated form is refused, or another result",
        source: "IHI 0070, 5.2 STE.S2SL0; Arm ARM (DDI 0487), stage-2 start levels; drivers/iommu/io-pgtable-arm.c, arm_64_lpae_alloc_pgtable_s2()",
        fault: "refuse the concatenated form",
        note: "From working knowledge of the A-profile rules, as a comment of the Linux driver restates them: both readings stand."
    );

    public static readonly RequirementId SMMU_WALK_27 = Row(
        Strength.Must,
        null,
        Socket | InProcess,
        statement: "Descriptor type 3 is a page at level 3 and a table above, type 1 above level 3 a block where its granule has one. Bits of a "
            + "next-table address below the granule size are ignored.",
        violation: "another table is read",
        source: "Arm ARM (DDI 0487), VMSAv8-64 descriptor formats",
        fault: "use the next-table address unmasked"
    );
}
