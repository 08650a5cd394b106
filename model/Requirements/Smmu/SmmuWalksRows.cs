using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>
/// Translation table walks of both stages. Observed after full invalidation by a read and a write: the address by its content, and the event field by
/// field.
/// </summary>
internal static class SmmuWalksRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SMMU_WALK_01,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The output address is that of the procedure for every granule, every TxSZ, every legal leaf level and both stages.",
            Violation: "data from or at another address",
            Source: "IHI 0070, 3.3.3 Configuration and translation lookup; 15 Translation procedure",
            Fault: "start level off by one where the input size is a multiple of a level"
        ),
        new(
            SMMU_WALK_02,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A descriptor with bit 0 clear, a level-3 descriptor of block type, and a block at a level where its granule has none (4KB level "
                + "0, 16KB level 1, 64KB level 1 without 52 bits) give F_TRANSLATION.",
            Violation: "the descriptor is used",
            Source: "IHI 0070, 15 Translation procedure; Arm ARM (DDI 0487), VMSAv8-64 descriptor formats",
            Fault: "accept a block at level 0 with 4KB"
        ),
        new(
            SMMU_WALK_03,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Input bits from bit 63 (55 with TBI) down to 64-TxSZ all zero select TTB0, all one TTB1; anything else gives F_TRANSLATION.",
            Violation: "the gap is translated, or the wrong table is used",
            Source: "IHI 0070, 3.4.1 Input address size and Virtual Address size",
            Fault: "select by bit 63 only; send the gap to TTB1"
        ),
        new(
            SMMU_WALK_04,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "TBI0 makes the top byte ignored for addresses with bit 55 clear, TBI1 for those with bit 55 set, each for its half only.",
            Violation: "a top byte is ignored or faults for the other half",
            Source: "IHI 0070, 5.4 CD.TBI0 and CD.TBI1; 3.4.1 Input address size and Virtual Address size",
            Fault: "TBI1 uses TBI0"
        ),
        new(
            SMMU_WALK_05,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "An address that selects a half with EPDx=1 gives F_TRANSLATION, and no table is read.",
            Violation: "another event, for instance that of the table",
            Source: "IHI 0070, 5.4 CD.EPD0 and CD.EPD1",
            Fault: "walk first, then fault"
        ),
        new(
            SMMU_WALK_06,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A leaf whose output is above the effective IPS or S2PS gives F_ADDR_SIZE.",
            Violation: "the access goes to a truncated address",
            Source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
            Fault: "leave the check out"
        ),
        new(
            SMMU_WALK_07,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "A table descriptor whose next table is above the effective IPS or S2PS gives F_ADDR_SIZE.",
            Violation: "the walk goes on at a truncated address",
            Source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
            Fault: "leave the check out"
        ),
        new(
            SMMU_WALK_08,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "AF=0 in a leaf gives F_ACCESS unless AFFD (S2AFFD) is set or hardware updates AF. F_ACCESS comes before F_PERMISSION.",
            Violation: "F_PERMISSION for a leaf with AF=0, or no fault",
            Source: "IHI 0070, 7.3 F_ACCESS; 5.4 CD.AFFD; 5.2 STE.S2AFFD",
            Fault: "check permissions first"
        ),
        new(
            SMMU_WALK_09,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A write through a leaf with AP[2]=1 and no dirty management gives F_PERMISSION with RnW=0; a read passes.",
            Violation: "the write lands, or RnW is wrong",
            Source: "IHI 0070, 7.3 F_PERMISSION; Arm ARM (DDI 0487), AP[2:1]",
            Fault: "RnW inverted"
        ),
        new(
            SMMU_WALK_10,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "Restrictions of APTable hold for every later access too: a read, then a write under APTable read-only must fault.",
            Violation: "the write lands after a read has filled the TLB",
            Source: "Arm ARM (DDI 0487), hierarchical permissions (APTable); IHI 0070, 5.4 CD.HAD0",
            Fault: "cache the permissions of the leaf only"
        ),
        new(
            SMMU_WALK_11,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "A restriction of APTable is no fault of its own: a fault deeper in the walk is reported instead.",
            Violation: "F_PERMISSION where the leaf is invalid",
            Source: "IHI 0070, 15 Translation procedure; Arm ARM (DDI 0487), hierarchical permissions (APTable)",
            Fault: "fault at the table"
        ),
        new(
            SMMU_WALK_12,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage1,
            Statement: "HADx=1 makes the hierarchical permission bits of its half ignored, and not those of the other half.",
            Violation: "a restriction holds with HAD, or is lost without",
            Source: "IHI 0070, 5.4 CD.HAD0 and CD.HAD1",
            Fault: "HAD0 for both halves"
        ),
        new(
            SMMU_WALK_13,
            Strength.Must,
            null,
            InProcess,
            Statement: "Privilege, instruction fetches and the controls PAN, WXN, UXN, PXN and their hierarchical forms give or deny access as the "
                + "architecture says; PRIVCFG and INSTCFG come first.",
            Violation: "an access passes that is denied, or the reverse",
            Source: "IHI 0070, 3.3.4 Transaction attributes; 5.4 CD.PAN, CD.WXN, CD.UWXN; 5.2 STE.PRIVCFG and STE.INSTCFG",
            Fault: "ignore PnU; apply WXN to data"
        ),
        new(
            SMMU_WALK_14,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "An external abort of a descriptor fetch aborts with F_WALK_EABT: for a stage-1 descriptor S2=0 and CLASS=TT, with FetchAddr the "
                + "physical address of the descriptor.",
            Violation: "another CLASS, or the address of the table",
            Source: "IHI 0070, 7.3 F_WALK_EABT",
            Fault: "CLASS=IN; report the table base"
        ),
        new(
            SMMU_WALK_15,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "A stage-2 start level of 1, 2, 4, 8 or 16 concatenated tables is one array that is indexed by all input bits above one table, at "
                + "every legal start level of every granule.",
            Violation: "an upper table is not reached",
            Source: "IHI 0070, 5.2 STE.S2SL0 and STE.S2TTB (concatenated tables)",
            Fault: "wrong index; upper tables are the first one"
        ),
        new(
            SMMU_WALK_16,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "S2AP=2 is write-only: writes pass, reads give F_PERMISSION, also after a write has filled the TLB, and then with the event.",
            Violation: "a read passes, or fails without its event",
            Source: "Arm ARM (DDI 0487), S2AP; IHI 0070, 7.3 F_PERMISSION",
            Fault: "check writes only"
        ),
        new(
            SMMU_WALK_17,
            Strength.Must,
            null,
            InProcess,
            Statement: "XN at stage 2 denies instruction fetches; with XNX the two bits 54:53 tell EL0 and EL1 apart.",
            Violation: "a fetch passes that is denied, or the reverse",
            Source: "IHI 0070, 6.3 SMMU_IDR3.XNX; Arm ARM (DDI 0487), XN at stage 2",
            Fault: "look at bit 54 only"
        ),
        new(
            SMMU_WALK_18,
            Strength.Must,
            null,
            Socket | InProcess | NeedsStage2,
            Statement: "Without stage 1 (Config 0b110) an input address at or above 2^IAS aborts with F_ADDR_SIZE, S2=0, recorded whatever S2R says.",
            Violation: "no record, or a stage-2 fault",
            Source: "IHI 0070, 3.4 Address sizes; 7.3 F_ADDR_SIZE",
            Fault: "suppress it by S2R"
        ),
        new(
            SMMU_WALK_19,
            Strength.Must,
            null,
            InProcess,
            Statement: "ENDI and S2ENDI select the byte order of the translation tables where TTENDIAN allows both, and are refused where it does not.",
            Violation: "tables are read in the other order",
            Source: "IHI 0070, 5.4 CD.ENDI; 5.2 STE.S2ENDI; 6.3 SMMU_IDR0.TTENDIAN",
            Fault: "swap once too often"
        ),
        new(
            SMMU_WALK_20,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "The contiguous bit changes no address: each member of a run has its own output. Where members of a run disagree, the attributes "
                + "of any may be used.",
            Violation: "an access reaches the page of another member",
            Source: "Arm ARM (DDI 0487), the Contiguous bit",
            Fault: "the first member serves the run"
        ),
        new(
            SMMU_WALK_21,
            Strength.Must,
            null,
            InProcess,
            Statement: "Structures, queues and little-endian tables are little-endian whatever the byte order of the host.",
            Violation: "a structure is read in host order",
            Source: "IHI 0070, 4.1.1 Command opcodes, 5 Data structure formats, 7.3 Event records (little-endian)",
            Fault: "load the level-1 descriptor in host order"
        ),
        new(
            SMMU_WALK_22,
            Strength.Must,
            null,
            InProcess,
            Statement: "With 52-bit output and the 64KB granule, descriptor bits 15:12 are address bits 51:48.",
            Violation: "an address above 2^48 is not reached",
            Source: "IHI 0070, 6.3 SMMU_IDR5.OAS; Arm ARM (DDI 0487), 52-bit output with the 64KB granule",
            Fault: "bits 15:12 stay in place"
        ),
        new(
            SMMU_WALK_23,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "At one descriptor the order is: external abort, F_TRANSLATION, F_ADDR_SIZE; at the leaf then F_ACCESS, F_PERMISSION.",
            Violation: "the event of a later check",
            Source: "IHI 0070, 15 Translation procedure; 7.3 Event records",
            Fault: "check AF before the address size"
        ),
        new(
            SMMU_WALK_24,
            Strength.Must,
            null,
            InProcess,
            Statement: "E0PDx=1 gives F_TRANSLATION to an unprivileged access of its half; privileged ones pass.",
            Violation: "F_PERMISSION, or a privileged access faults",
            Source: "IHI 0070, 5.4 CD.E0PD0 and CD.E0PD1",
            Fault: "F_PERMISSION"
        ),
        new(
            SMMU_WALK_25,
            Strength.Must,
            null,
            InProcess,
            Statement: "With S2PTW=1 a stage-1 walk or CD fetch through stage-2 Device memory gives F_PERMISSION, S2=1, CLASS=TT or CD. With S2PTW=0, "
                + "and without both stages on, it passes.",
            Violation: "the fetch passes, or the final access faults",
            Source: "IHI 0070, 5.2 STE.S2PTW",
            Fault: "apply it to the final access too"
        ),
        new(
            SMMU_WALK_26,
            Strength.Must,
            null,
            InProcess,
            Statement: "Where OAS is too small for a stage-2 start level (below 44 bits level 0 of 4KB and level 1 of 64KB, below 42 bits level 1 of "
                + "16KB) the STE gives C_BAD_STE, or is taken as written: both readings stand. The concatenated form one level lower is always accepted.",
            Violation: "the concatenated form is refused, or another result",
            Source: "IHI 0070, 5.2 STE.S2SL0; Arm ARM (DDI 0487), stage-2 start levels; drivers/iommu/io-pgtable-arm.c, arm_64_lpae_alloc_pgtable_s2()",
            Fault: "refuse the concatenated form",
            Note: "From working knowledge of the A-profile rules, as a comment of the Linux driver restates them: both readings stand."
        ),
        new(
            SMMU_WALK_27,
            Strength.Must,
            null,
            Socket | InProcess,
            Statement: "Descriptor type 3 is a page at level 3 and a table above, type 1 above level 3 a block where its granule has one. Bits of a "
                + "next-table address below the granule size are ignored.",
            Violation: "another table is read",
            Source: "Arm ARM (DDI 0487), VMSAv8-64 descriptor formats",
            Fault: "use the next-table address unmasked"
        ),
    ];
}
