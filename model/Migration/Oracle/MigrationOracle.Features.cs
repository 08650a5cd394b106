using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-FEAT: the query itself.</content>
public static partial class MigrationOracle
{
    private static void AllowQuery(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (!machine.HasMigration)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_13));
            return;
        }

        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.Of(ABI_01));
        outcome.Least = outcome.Most = (ulong)machine.Features;
        outcome.ValueRules = state.AfterReset ? Rules.Of(MIG_FEAT_03, MIG_ERR_17) : Rules.Of(MIG_FEAT_03);
        outcome.UntouchedRules = Rules.Of(ABI_12);
    }
}
