using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>
/// MIG-RES: loading a stream, and refusing one. Streams are opaque (E-20): which changes make one invalid is what the driver declares
/// (<see cref="DeviceTraits.Stream"/>), what can be told without that (a stream that ends early or goes on too long), or nothing.
/// </content>
public static partial class MigrationOracle
{
    private static bool IsOfSpoilt(in ModelState state, in Step step) =>
        step.Kind is StepKind.WriteSurplus || (step.Kind is StepKind.Write or StepKind.WriteRest && state.Image((Images)step.B).Flaw != LoadFlaw.None);

    // What is special about a load, so that it is another sentence of the contract that promises it.
    private static RequirementId OfLoad(in ModelState state, in SavedImage image) =>
        image.Device != state.Device ? MIG_RES_03
        : image.WasLoaded ? MIG_RES_21
        : image.FromPreCopy ? MIG_RES_24
        : state.SessionRules.Has(MIG_RES_22) ? MIG_RES_22
        : state.SessionRules.Has(MIG_RES_26) ? MIG_RES_26
        : RequirementId.None;

    private static void NoteLoad(ref ModelState next)
    {
        next.HasLoaded = true;
        if (next.Source == Images.First)
            next.First = next.First with { WasLoaded = true };
        else
            next.Latest = next.Latest with { WasLoaded = true };
    }

    // A write may refuse what is not valid, or leave that to the request; what it may not do is harm.
    private static void AllowFlawedWrite(LoadFlaw flaw, ref OutcomeSet set) =>
        set.Add(ErrnoSet.Anything, Rules.None).Confirms = Rules.Of(
            MIG_RES_16,
            flaw switch
            {
                LoadFlaw.Huge => MIG_RES_17,
                LoadFlaw.Extended => MIG_RES_09,
                LoadFlaw.Joined => MIG_RES_18,
                _ => RequirementId.None,
            }
        );

    // Behind a complete stream it is the driver's choice where it refuses: here, and then nothing has happened, or at the request.
    private static void AllowSurplus(in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state, SessionKind.Resuming) || step.A == 0)
            return;
        ref var outcome = ref set.Add(ErrnoSet.Anything, Rules.None);
        outcome.Confirms = state.LoadIsComplete ? Rules.Of(MIG_RES_16, MIG_RES_09, MIG_RES_27) : Rules.Of(MIG_RES_16);
    }

    private static void AfterSurplus(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        var follows = next.CanWrite && next.LoadIsComplete;
        next.LoadFailed = false;
        AfterSessionCall(ref next);
        if (!next.CanWrite || step.A == 0)
            return;
        if (follows && seen.Errno != 0)
            next.WriteRefused = true; // MIG-RES-27
        else if (follows && seen.Value > 0)
            next.Flaw = machine.Traits.Stream.IsComplete(next.Written + seen.Value) ? LoadFlaw.Unknown : LoadFlaw.Extended; // E-21
        else if (!follows)
            next.Flaw = LoadFlaw.Arbitrary;
    }

    // Nothing can be taken from there. The kernel says EFAULT; a driver may have found something else to refuse before it looked.
    private static void AllowUnmappedWrite(in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (!IsJudged(state, SessionKind.Resuming) || step.A == 0)
            return;
        set.Add(ErrnoSet.AnyFailure, Rules.Of(MIG_RES_27));
        ref var nothing = ref set.Add(ErrnoSet.Success, Rules.Of(MIG_RES_27));
        nothing.Least = nothing.Most = 0;
        nothing.ValueRules = Rules.Of(MIG_RES_27);
    }

    private static void AfterUnmappedWrite(ref ModelState next, in Step step, in Observation seen)
    {
        AfterSessionCall(ref next);
        if (!next.CanWrite || step.A == 0)
            return;
        if (seen.Errno != 0)
            next.WriteRefused = true;
        else if (seen.Value > 0)
            next.Flaw = LoadFlaw.Arbitrary;
    }

    private static void AfterSpoil(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        // Nothing was changed: the bytes were those already, or there are none.
        if (seen.Hash == 0)
            return;
        var spoil = ImageSpoil.From(step);
        if (spoil.Kind == SpoilKind.TakeRead)
        {
            var isCancelled = IsIn(next, StateSet.Of(DeviceState.PreCopy).With(DeviceState.PreCopyP2P)) && !machine.Traits.Stream.IsComplete(seen.Value);
            next.Latest = new()
            {
                Length = seen.Value,
                Flaw = isCancelled ? LoadFlaw.Cancelled : LoadFlaw.Unknown,
                Device = next.Device,
            };
            return;
        }

        var flaw = FlawOf(machine, next.Latest, spoil, seen.Value);
        next.Latest = next.Latest with
        {
            Length = seen.Value,
            Flaw = next.Latest.Flaw is LoadFlaw.None || next.Latest.Flaw == flaw ? flaw : LoadFlaw.Unknown,
            Content = 0,
            WorkIsKnown = false,
            Taken = 0,
        };
        // Half of a load that goes on with other bytes than it began with.
        if (next.Session == SessionKind.Resuming && next.WritePosition > 0 && next.Source == Images.Latest)
            next.Flaw = LoadFlaw.Unknown;
    }

    private static LoadFlaw FlawOf(MigrationMachine machine, in SavedImage image, in ImageSpoil spoil, ulong length)
    {
        var stream = machine.Traits.Stream;
        if (spoil.Sealed && !stream.HasSum)
            return LoadFlaw.Unknown;
        var contradicts = stream.HasSum && !spoil.Sealed;
        switch (spoil.Kind)
        {
            case SpoilKind.Keep or SpoilKind.Drop:
                return stream.IsComplete(length) ? LoadFlaw.Unknown : LoadFlaw.Cut;
            case SpoilKind.Extend:
                return stream.IsComplete(length) || spoil.Sealed ? LoadFlaw.Unknown : LoadFlaw.Extended;
            case SpoilKind.Join:
                return spoil.Sealed ? LoadFlaw.Unknown : LoadFlaw.Joined;
            case SpoilKind.Splice:
                return contradicts ? LoadFlaw.Mixed : LoadFlaw.Unknown;
            case SpoilKind.Flip when !contradicts && stream.At(spoil.Value / 8) is { Role: FieldRole.Fixed or FieldRole.Identity or FieldRole.Length } flipped:
                return OfRole(flipped, 0, image);
            case SpoilKind.Put when !contradicts:
                foreach (var field in stream.Fields)
                    if (field.Offset == spoil.Position && field.Size == spoil.Size)
                        return OfRole(field, spoil.Value, image);
                return LoadFlaw.Unknown;
            default:
                return contradicts ? LoadFlaw.Inconsistent : LoadFlaw.Unknown;
        }
    }

    // Behind the header, fields of a stream that began in pre-copy may stand elsewhere.
    private static LoadFlaw OfRole(in StreamField field, ulong value, in SavedImage image) =>
        image.FromPreCopy
            ? LoadFlaw.Unknown
            : field.Role switch
            {
                FieldRole.Fixed => LoadFlaw.Inconsistent,
                FieldRole.Identity => LoadFlaw.Foreign,
                FieldRole.Version => value > field.Limit ? LoadFlaw.Newer : LoadFlaw.Unknown,
                FieldRole.Length => value > int.MaxValue ? LoadFlaw.Huge : LoadFlaw.Inconsistent,
                _ => value >= field.Limit ? LoadFlaw.OutOfRange : LoadFlaw.Unknown,
            };

    /// <summary>
    /// Why the request that leaves RESUMING must fail; none when it may succeed, or when nobody can tell (MIG-RES-04..06, MIG-RES-09..14).
    /// </summary>
    private static Rules OfBadLoad(MigrationMachine machine, in ModelState state, StatePath path)
    {
        if (state.Session != SessionKind.Resuming && !state.LoadFailed)
            return Rules.None;
        var flaw = OfFlaw(machine, state);
        if (flaw.IsNone)
            return flaw;
        if (state.LoadFailed)
            return Rules.Of(MIG_RES_12).And(flaw);
        if (state.HasLoaded)
            flaw = flaw.And(MIG_RES_14);
        if (path.Arcs > 1)
            flaw = flaw.And(MIG_RES_11);
        return state.Refused > 0 && flaw.First != MIG_RES_04 ? Rules.Of(MIG_RES_13).And(flaw) : flaw;
    }

    private static Rules OfFlaw(MigrationMachine machine, in ModelState state)
    {
        var traits = machine.Traits;
        if (traits.EmptyState && state.Written == 0)
            return Rules.None;
        if (state.WritePosition == 0 && state.Flaw != LoadFlaw.Arbitrary)
            return Rules.Of(MIG_RES_10);
        var image = state.Image(state.Source);
        var isWhole = state.WritePosition >= image.Length;
        // The stream of another kind of device may end anywhere.
        if (!isWhole && state.Flaw == LoadFlaw.Foreign && state.IsForeign(image))
            return Rules.Of(MIG_RES_04, MIG_RES_06);
        // What was taken may be a legal stream by itself (E-21).
        if (!isWhole || state.Flaw == LoadFlaw.None)
            return state.Flaw is LoadFlaw.Extended or LoadFlaw.Joined or LoadFlaw.Unknown or LoadFlaw.Arbitrary || traits.Stream.IsComplete(state.Written)
                ? Rules.None
                : Rules.Of(MIG_RES_04);
        if (state.Refused > 0 && traits.Stream.IsComplete(state.Written))
            return Rules.None;
        return state.Flaw switch
        {
            LoadFlaw.Cut => Rules.Of(MIG_RES_04),
            LoadFlaw.Cancelled => Rules.Of(MIG_RES_25, MIG_RES_04),
            // Where the surplus was refused, what came before it may be complete (MIG-RES-27).
            LoadFlaw.Extended => state.Refused > 0 ? Rules.None : Rules.Of(MIG_RES_09),
            LoadFlaw.Joined => state.Refused > 0 || traits.JoinedStreams ? Rules.None : Rules.Of(MIG_RES_18),
            LoadFlaw.Mixed => Rules.Of(MIG_RES_18, MIG_RES_05),
            LoadFlaw.Inconsistent => Rules.Of(MIG_RES_05),
            LoadFlaw.Foreign => Rules.Of(MIG_RES_06),
            LoadFlaw.Newer => Rules.Of(MIG_RES_19),
            LoadFlaw.Huge => Rules.Of(MIG_RES_17, MIG_RES_05),
            LoadFlaw.OutOfRange => Rules.Of(MIG_RES_28),
            _ => Rules.None,
        };
    }

    // The request fails, and nothing of the stream is in force. How early the driver finds out is its own business; that it says so here is not, unless it
    // declares that it does not (E-22).
    private static void AllowBadLoad(MigrationMachine machine, in ModelState state, in Step step, StatePath path, Rules flaw, ref OutcomeSet set)
    {
        ref var failed = ref set.Add(ErrnoSet.AnyFailure.Except(Errno.ENOTTY), Rules.Of(MIG_FSM_14));
        failed.After = StateSet.Of(DeviceState.Resuming).With(DeviceState.Error);
        failed.AfterRules = Rules.Of(MIG_FSM_13, MIG_RES_07);
        failed.Effect = SessionEffect.Unknown;
        // What a write has said of the content, or might have said, is remembered.
        failed.Confirms = flaw.Has(MIG_RES_04) || flaw.Has(MIG_RES_10) ? flaw : flaw.And(MIG_RES_13);
        Answer(machine, step, Rules.Of(MIG_FSM_14), wantsDescriptor: false, ref failed);
        var mayPass = machine.Traits.Validation == ValidationLevel.C || (machine.Traits.Validation == ValidationLevel.B && state.Refused > 0);
        if (mayPass)
        {
            ref var taken = ref set.Add(ErrnoSet.Success, Rules.None);
            var opens = PathTable.OpensSession(path);
            taken.After = StateSet.Of(path[path.Count - 1]);
            taken.AfterRules = Rules.Of(MIG_FSM_04, MIG_FSM_14);
            taken.Effect = opens ? SessionEffect.Begin : SessionEffect.End;
            Answer(machine, step, opens ? Rules.Of(MIG_FD_01, MIG_FSM_14) : Rules.Of(MIG_FD_02), opens, ref taken);
        }
        else
            set.Add(ErrnoSet.Success, flaw).Grade = Grade.Forbidden;
        set.Add(ErrnoSet.Of(Errno.ENOTTY), Rules.Of(MIG_ERR_12)).Grade = Grade.Forbidden;
    }

    // A reset that ended a load leaves the content of a reset device, or the one from before, and nothing of the stream (MIG-RES-08, MIG-ERR-18).
    private static bool AllowDigestOfReset(in ModelState state, ref Outcome outcome, ref OutcomeSet set)
    {
        if (state.LastReset != ResetKind.OfLoad || state.Fresh == 0 || state.BeforeLoad == 0)
            return false;
        outcome.Least = outcome.Most = state.Fresh;
        outcome.ValueRules = Rules.Of(MIG_RES_08);
        ref var kept = ref set.Add(ErrnoSet.Success, Rules.None);
        kept.Least = kept.Most = state.BeforeLoad;
        kept.ValueRules = Rules.Of(MIG_RES_08);
        return true;
    }
}
