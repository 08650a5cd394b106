using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>SIZE: the estimate of what is left to be read.</content>
public static partial class MigrationOracle
{
    private static void AllowDataSize(MigrationMachine machine, in ModelState state, ref OutcomeSet set)
    {
        if (!machine.HasMigration || machine.Level < UapiLevel.V6_2)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), machine.HasMigration ? Rules.Of(ABI_15) : Rules.Of(ABI_13));
            return;
        }

        if (machine.Channel == Channels.Socket)
            return;
        ref var outcome = ref set.Add(ErrnoSet.Success, Rules.Of(SIZE_01));
        outcome.UntouchedRules = Rules.Of(ABI_12);
        outcome.Least = LeastDataSize(state);
        outcome.Most = long.MaxValue;
        outcome.ValueRules = Rules.Of(SIZE_04);
        if (state.DataSize != 0 && state.Read == 0 && IsStopped(state))
        {
            outcome.Least = outcome.Most = state.DataSize - 1;
            outcome.ValueRules = Rules.Of(SIZE_04, SIZE_06);
        }

        if (state.States.Contains(DeviceState.Error))
            set.Add(ErrnoSet.AnyFailure, Rules.None);
        else
            set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(SIZE_02, MIG_FEAT_06)).Grade = Grade.Forbidden;
    }

    // Nothing may be left once the stream was read: all of it may have been, before its end was seen. Nor while the device takes a state in or has lost it.
    private static ulong LeastDataSize(in ModelState state) =>
        state.Read > 0
        || state.Phase is StreamPhase.End or StreamPhase.Failed
        || state.Unknown
        || state.States.Contains(DeviceState.Resuming)
        || state.States.Contains(DeviceState.Error)
            ? 0ul
            : 1;

    private static bool IsStopped(in ModelState state) => state.Is(DeviceState.Stop) || state.Is(DeviceState.StopCopy);

    private static void AfterDataSize(ref ModelState next, in Observation seen)
    {
        Untouched(ref next, Rules.Of(MIG_FSM_22, SIZE_05));
        if (seen.Errno != 0 || !IsStopped(next))
            return;
        next.DataSize = 1 + seen.Value;
        next.DataSizeRead = next.Read;
    }
}
