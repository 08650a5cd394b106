using Conformance.Model.Requirements;

namespace Conformance.Model.Smmu.Translation;

// CR0.SMMUEN = 0: GBPA decides, no structure is read, nothing is recorded.
internal ref partial struct Procedure<TSource>
{
    private void PassGlobally()
    {
        outcome.LeafShift = 64;
        if (settings.AbortsBypass)
            AbortSilently(Rules.Of(RequirementId.SMMU_REG_04));
        else if (IsBeyond(transaction.Address, capabilities.OutputAddressSize))
            AbortSilently(Rules.Of(RequirementId.SMMU_REG_12));
        else
            Complete(transaction.Address, RequirementId.SMMU_REG_04, RequirementId.SMMU_REG_12, RequirementId.SMMU_HTTU_14);
    }
}
