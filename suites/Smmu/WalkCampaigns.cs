using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Smmu;

/// <summary>SMMU-WALK: walks through translation tables, and what their descriptors permit.</summary>
internal static class WalkCampaigns
{
    internal static IEnumerable<ICampaign<SceneTarget, Scene>> All =>
        [
            // Every size of input address x granule x level of the leaf x half: its first leaf, its last one and one between.
            new SmmuCampaign("walks-of-stage-1-every-size", [SMMU_WALK_01], Needs.Stage1, WalkSizes.EverySize1),
            // The same for stage 2, with every start level that a size may have.
            new SmmuCampaign("walks-of-stage-2-every-size", [SMMU_WALK_01], Needs.Stage2, WalkSizes.EverySize2),
            // Every granule and leaf of stage 1 over every one of stage 2.
            new SmmuCampaign("walks-through-both-stages", [SMMU_WALK_01], Needs.Nested, WalkSizes.BothStages),
            // Descriptors whose bit 0 is 0, blocks at levels that have none, and bits [1:0]=1 at level 3 are Translation faults.
            new SmmuCampaign("descriptors-of-every-type", [SMMU_WALK_02, SMMU_WALK_27], Needs.Nothing, WalkDescriptors.EveryType),
            // Addresses right below and above the range of each half, in the gap between, and with single upper bits that are off.
            new SmmuCampaign("addresses-beside-the-ranges", [SMMU_WALK_03], Needs.Stage1, WalkRanges.BesideTheRanges),
            // The top byte is ignored in the half whose TBI is set, and in no other.
            new SmmuCampaign("top-bytes", [SMMU_WALK_04], Needs.Stage1, WalkRanges.TopBytes),
            // A half with EPD=1 is not walked: it faults the same with good tables, without any, and where the first fetch would abort.
            new SmmuCampaign("disabled-halves", [SMMU_WALK_05], Needs.Stage1, WalkRanges.DisabledHalves),
            // The output size is below that of a leaf, or of the next table, in each value that IPS and S2PS can have.
            new SmmuCampaign("output-sizes", [SMMU_WALK_06, SMMU_WALK_07], Needs.Nothing, WalkRanges.OutputSizes),
            // AF x AFFD x write permission, of each stage: F_ACCESS goes before F_PERMISSION.
            new SmmuCampaign("access-flags-and-permissions", [SMMU_WALK_08, SMMU_WALK_09], Needs.Nothing, WalkPermissions.AccessFlags),
            // What a table forbids, at each level: on the first access and on the next one, after a deeper fault, and not with HAD.
            new SmmuCampaign("permissions-of-tables", [SMMU_WALK_10, SMMU_WALK_11], Needs.Stage1, WalkPermissions.TablePermissions),
            // HAD0 and HAD1 each for its half.
            new SmmuCampaign("hierarchical-attributes-disabled", [SMMU_WALK_12], Needs.Hierarchy, WalkPermissions.HierarchyDisabled),
            // AP x UXN x PXN of a leaf, WXN and PAN, read, written and executed by privileged and unprivileged masters; overrides of the STE.
            new SmmuCampaign("privilege-and-execution", [SMMU_WALK_13], Needs.All(Needs.Stage1, Needs.Attributes), WalkPermissions.Privilege),
            // A descriptor that cannot be fetched, at each level and of each stage.
            new SmmuCampaign("descriptors-in-the-hole", [SMMU_WALK_14], Needs.Nothing, WalkDescriptors.AbortedWalks),
            // 1, 2, 4, 8 and 16 first tables beside each other, with a leaf in each.
            new SmmuCampaign("concatenated-tables", [SMMU_WALK_15], Needs.Stage2, WalkSizes.Concatenated),
            // S2AP 0..3: on the first access and on the next one, in either order.
            new SmmuCampaign("permissions-of-stage-2", [SMMU_WALK_16], Needs.Stage2, WalkPermissions.Permissions2),
            // XN[1:0] of stage 2.
            new SmmuCampaign("execution-through-stage-2", [SMMU_WALK_17], Needs.All(Needs.Stage2, Needs.Attributes), WalkPermissions.Execution2),
            // An input address beyond IAS, recorded whatever S2R says.
            new SmmuCampaign("stage-2-input-beyond-the-size", [SMMU_WALK_18], Needs.Stage2, WalkRanges.BeyondInput),
            // Big-endian tables are walked or refused.
            new SmmuCampaign("big-endian-tables", [SMMU_WALK_19], Needs.Nothing, WalkDescriptors.BigEndian),
            // Every member of a contiguous run leads to its own page.
            new SmmuCampaign("contiguous-runs", [SMMU_WALK_20], Needs.Nothing, WalkDescriptors.Contiguous),
            // Structures whose bytes are all different are read little-endian, whatever the host is.
            new SmmuCampaign("byte-order-of-structures", [SMMU_WALK_21], Needs.TwoLevel, WalkDescriptors.ByteOrder),
            // Bits [15:12] of a descriptor of 64 KiB are address bits [51:48].
            new SmmuCampaign("addresses-of-52-bits", [SMMU_WALK_22], Needs.LargeOutput, WalkRanges.LargeAddresses),
            // One descriptor with several defects; one is taken away at a time.
            new SmmuCampaign("defects-of-one-descriptor", [SMMU_WALK_23], Needs.Nothing, WalkDescriptors.Defects),
            // E0PD0 and E0PD1 close a half to unprivileged accesses alone.
            new SmmuCampaign("halves-closed-to-the-unprivileged", [SMMU_WALK_24], Needs.Privilege, WalkRanges.ClosedHalves),
            // S2PTW=1 keeps tables and CDs out of Device memory, data not.
            new SmmuCampaign("protected-table-walks", [SMMU_WALK_25], Needs.Stage2, WalkDescriptors.ProtectedWalks),
            // Start levels that OAS rules out, and the same size from concatenated tables one level lower.
            new SmmuCampaign("start-levels-beyond-the-output-size", [SMMU_WALK_26], Needs.SmallOutput, WalkSizes.StartLevels),
            // Bits below the granule in the address of the next table.
            new SmmuCampaign("low-bits-of-table-addresses", [SMMU_WALK_27], Needs.Nothing, WalkDescriptors.LowTableBits),
        ];
}
