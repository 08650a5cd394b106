using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Nested.Oracle;

/// <summary>Whose a requirement is: who keeps it where the parts are not of one make.</summary>
public static class NestedDuties
{
    private static readonly RequirementId[] hosts =
    [
        SMMU_NEST_01,
        SMMU_NEST_02,
        SMMU_NEST_03,
        SMMU_NEST_04,
        SMMU_NEST_05,
        SMMU_NEST_06,
        SMMU_NEST_07,
        SMMU_NEST_08,
        SMMU_NEST_10,
        SMMU_NEST_11,
        SMMU_NEST_13,
        SMMU_NEST_19,
        DIRTY_01,
        DIRTY_02,
        DIRTY_03,
        DIRTY_04,
        DIRTY_05,
        DIRTY_06,
        DIRTY_07,
        DIRTY_08,
        DIRTY_09,
        DIRTY_10,
        DIRTY_11,
        DIRTY_13,
        DIRTY_14,
        DIRTY_18,
        DIRTY_19,
        HANDOVER_10,
    ];

    // The host aborts, and the VMM tells the guest; the host rewrites the StreamID, and the VMM puts the record into the queue; the host refuses, and the VMM
    // draws the conclusion.
    private static readonly RequirementId[] both = [SMMU_NEST_09, SMMU_NEST_12, DIRTY_12];

    /// <summary>The parts that have to keep a requirement of the suite.</summary>
    public static NestedParts Of(RequirementId id) =>
        id == SMMU_NEST_18 || id == SMMU_NEST_22 ? NestedParts.Writer
        : both.Contains(id) ? NestedParts.Host | NestedParts.Machine
        : hosts.Contains(id) ? NestedParts.Host
        : NestedParts.Machine;
}
