using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>MIG-PRE: GET_PRECOPY_INFO.</content>
public static partial class MigrationOracle
{
    private static void AllowPrecopyInfo(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state))
            return;
        if (state.Session == SessionKind.Resuming)
        {
            set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FD_24));
            return;
        }

        if (!machine.HasPreCopy)
            return;
        if (step.B < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EFAULT), Rules.Of(ABI_22));
        else if (step.A < Uapi.PrecopyInfoSize)
            set.Add(ErrnoSet.Of(Errno.EINVAL), Rules.Of(ABI_22));
        else if (state.Is(DeviceState.PreCopy) || state.Is(DeviceState.PreCopyP2P))
        {
            ref var info = ref set.Add(ErrnoSet.Success, step.A > Uapi.PrecopyInfoSize ? Rules.Of(MIG_FEAT_08, ABI_22) : Rules.Of(MIG_FEAT_08));
            info.UntouchedRules = Rules.Of(ABI_22);
            // Once opted in to, the flags are an answer; that survives a reset.
            if (state.OptedIn && state.AfterReset)
                info.EchoRules = Rules.Of(MIG_ERR_17);
        }
        else
            return;
        if (state.SaveFailsAt != 0)
            set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOTTY), Rules.None);
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_FEAT_08)).Grade = Grade.Forbidden;
    }
}
