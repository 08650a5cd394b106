using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>What the contract asks of the user: a driver may rely on it, so no plan may ask for it in good faith.</content>
public static partial class MigrationOracle
{
    /// <summary>
    /// The obligation of the user that a step breaks; None when a user may do it. The device is touched in RUNNING and PRE_COPY only, and not while nobody
    /// knows in which state it is. Calls that must be refused break no obligation: probing is legal.
    /// </summary>
    public static RequirementId BrokenByUser(in ModelState state, in Step step)
    {
        if (!StepTable.Is(step, StepTraits.TouchesDevice))
            return RequirementId.None;
        var others = new StateSet((byte)(state.States.Bits & ~Touchable.Bits));
        return others.Count == 0 ? RequirementId.None
            : (others.Bits & ~Quiesced.Bits) == 0 ? MIG_P2P_10
            : MIG_STOP_10;
    }

    private static readonly StateSet Touchable = StateSet.Of(DeviceState.Running).With(DeviceState.PreCopy);
}
