using Conformance.Engine.Concurrency;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Migration;

/// <content>
/// Calls that really overlap: threads of the machine that has the device, of which nobody says which one goes on. They begin together, in many rounds, and each
/// round's history is looked at like one of a schedule. The schedule of the plan says nothing here.
/// </content>
internal sealed partial class ConcurrentRunner
{
    // What is asked for in one message, with its answers.
    private const int LargestAnswer = 512 * 1024;
    private const int LargestImage = 64 * 1024;

    private readonly ScriptDevice scripted = new();
    private readonly StepRunner writer = new(NullJournal.Instance, imageLimit),
        reader = new(NullJournal.Instance, imageLimit),
        follower = new(NullJournal.Instance, imageLimit);
    private readonly List<int> script = [];
    private OutcomeSet outcomes;

    /// <summary>Rounds of the plan that was run last: those that were made, whose beginning was as it should be.</summary>
    public int Rounds { get; private set; }

    /// <summary>True when calls of two threads overlapped in one of them.</summary>
    public bool Met { get; private set; }

    /// <summary>Runs it in rounds.</summary>
    /// <param name="whole">The plan. What comes before the threads was done.</param>
    /// <param name="device">The device.</param>
    /// <param name="state">The model behind what was done.</param>
    /// <param name="done">Who did it.</param>
    /// <param name="ledger">What is counted.</param>
    /// <param name="rounds">How often; once where the device cannot be brought back to where the threads begin.</param>
    /// <returns>Where the device parts from the contract, in the first round that shows it.</returns>
    public PlanDivergence? RunAtOnce(Plan whole, IMigrationDevice device, in ModelState state, StepRunner done, Ledger ledger, int rounds)
    {
        (plan, start, count, clock, At, Rounds, Met) = (whole, state, 0, 0, whole.Before, 0, false);
        var asked = Write(whole, state, done, rounds);
        journal.Enter(At, OfLoss(whole));
        var seen = device.Run(asked) ?? throw new InvalidOperationException("this device has no threads: the plan should have been refused");
        reader.Begin(scripted, done);
        foreach (var round in seen)
        {
            start = state;
            var image = done.Saved(state.Latest.Length);
            if (Rounds > 0)
            {
                // Where the round did not begin as it should, there is nothing to judge: that is a matter of plans without threads.
                if (!Follow(asked, round))
                    continue;
                image = follower.Saved(start.Latest.Length);
            }

            Rounds++;
            Take(asked, round, ledger);
            Met |= HasMet();
            if (search.Search(start, calls[..count], image) is { } none)
                return Of(none) with { WasAtOnce = true };
            CountOverlaps(ledger);
        }

        return null;
    }

    /// <summary>What is broken when calls that really overlap do not come back, or end the device.</summary>
    public static RequirementId OfLoss(Plan plan)
    {
        var overlapping = plan.Steps.Where(step => step.Thread != 0).ToList();
        return overlapping.Where(step => MigrationOracle.IsTransfer(step.Kind)).DistinctBy(step => step.Thread).Count() > 1
            ? RequirementId.MIG_FD_33
            : OfLoss([.. overlapping.Select(step => step.Kind)]);
    }

    private bool HasMet()
    {
        for (var a = 0; a < count; a++)
        for (var b = 0; b < a; b++)
            if (calls[a].Overlaps(calls[b]))
                return true;
        return false;
    }

    // A reset, and what the plan has before its threads: brought back to where they begin, and what a round does first.
    private ThreadScript Write(Plan whole, in ModelState state, StepRunner done, int rounds)
    {
        var made = new List<ScriptCall>();
        script.Clear();
        writer.Begin(scripted, done);
        scripted.Answer(new());
        var image = done.Saved(state.Latest.Length).Length;
        if (rounds > 1 && machine.HasReset && image <= LargestImage && Enumerable.Range(0, whole.Before).All(index => MayBeMadeAgain(whole.Steps[index])))
        {
            Add(-1, new(0, ScriptOperation.DeviceIoctl) { Request = Uapi.DeviceReset });
            for (var index = 0; index < whole.Before; index++)
                Add(index, CallOf(whole.Steps[index], image) with { Thread = 0 });
        }
        else
            rounds = 1;

        for (var index = whole.Before; index < whole.Steps.Count; index++)
        {
            var step = whole.Steps[index];
            Add(index, CallOf(step, image) with { Thread = step.Thread == 0 ? ThreadScript.After : step.Thread });
        }

        var one = made.Sum(call => 64 + call.Room);
        return new(made)
        {
            Rounds = Math.Clamp(LargestAnswer / one, 1, rounds),
            Session = state.HandleOpen ? done.Live : -1,
            Position = state.Session == SessionKind.Resuming ? (int)Math.Min(state.Written, int.MaxValue) : 0,
            Keeps = state.HandleOpen,
        };

        void Add(int index, ScriptCall call)
        {
            script.Add(index);
            made.Add(call);
        }
    }

    // A write needs an image that the round itself saved.
    private static bool MayBeMadeAgain(in Step step) =>
        step is { Device: 0, Kind: StepKind.ReadToEnd } || (step.Device == 0 && MigrationOracle.MayOverlap(step.Kind) && step.Kind != StepKind.Write);

    private ScriptCall CallOf(in Step step, int image)
    {
        if (step.Kind == StepKind.ReadToEnd)
            return new(0, ScriptOperation.ReadToEnd) { Size = 4096 + (2 * image), Again = true };
        if (step.Kind == StepKind.Write)
            return new(0, ScriptOperation.Write)
            {
                Size = (int)Math.Min(step.A, LargestImage),
                Image = writer.Source((Images)step.B, LargestImage),
                Again = true,
            };
        var on = start with { HandleOpen = true, States = StateSet.None };
        _ = writer.DoOn(step, 0, on, 0, RequirementId.None, out _, out _);
        var call = scripted.Noted ?? throw new InvalidOperationException($"a step {step.Kind} makes no call");
        return call with { Opens = step.Kind == StepKind.SetState, Again = call.Again || step.Kind == StepKind.Reset };
    }

    // The calls before the threads, judged as they would be without any.
    private bool Follow(ThreadScript asked, ScriptResult[] round)
    {
        var state = ModelState.Opened();
        state.StateRules = Rules.Of(RequirementId.MIG_ERR_03);
        follower.Begin(scripted);
        for (var at = 0; at < script.Count && asked.Calls[at].Thread == 0; at++)
        {
            var result = round[at];
            if (!result.Made || (asked.Calls[at].Operation == ScriptOperation.ReadToEnd && result.Bytes.Length == asked.Calls[at].Room))
                return false;
            if (script[at] < 0)
            {
                if (result.Result is not { Ok: true, Value: 0 })
                    return false;
                continue;
            }

            var step = plan.Steps[script[at]];
            if (!state.HasPlaceFor(step))
                return false;
            MigrationOracle.Allowed(machine, state, step, ref outcomes);
            scripted.Answer(result);
            follower.Do(step, state, script[at], RequirementId.None, out var seen);
            var judgement = MigrationOracle.Compare(machine, state, step, seen, outcomes);
            if (!judgement.Agrees && !Strengths.IsWarning(judgement.Rules))
                return false;
            MigrationOracle.Advance(machine, ref state, step, seen, judgement.Outcome < 0 ? default : outcomes[judgement.Outcome]);
        }

        start = state;
        return true;
    }

    // The history of a round: what each call gave, and which of them came before which.
    private void Take(ThreadScript asked, ScriptResult[] round, Ledger ledger)
    {
        var times = round
            .Where((result, at) => result.Made && asked.Calls[at].Thread != 0)
            .SelectMany(result => new[] { result.Begin, result.End })
            .Distinct()
            .Order()
            .ToList();
        clock = times.Count;
        count = 0;
        var places = new int[round.Length];
        for (var at = 0; at < round.Length; at++)
            places[at] =
                asked.Calls[at].Thread == 0 ? Call.FirstSession
                : round[at].Made ? count++
                : Call.NoSession;
        for (var at = 0; at < round.Length; at++)
        {
            var result = round[at];
            if (asked.Calls[at].Thread == 0)
                continue;
            var step = plan.Steps[script[at]];
            ledger.CountStep((byte)step.Kind, isLeftOut: !result.Made);
            if (!result.Made)
                continue;
            ledger.Steps++;
            var on = start with { HandleOpen = true, States = StateSet.None, Written = (ulong)result.Position };
            scripted.Answer(result);
            var seen = Read(step, result, on, script[at], out var bytes);
            calls[places[at]] = new()
            {
                Index = script[at],
                Step = step,
                Called = times.BinarySearch(result.Begin),
                Returned = times.BinarySearch(result.End),
                Seen = seen,
                Session = result.Session >= 0 ? places[result.Session] : result.Session,
                Offset = (ulong)result.Position,
                Bytes = bytes,
            };
        }
    }

    private Observation Read(in Step step, in ScriptResult result, in ModelState on, int index, out ReadOnlyMemory<byte> bytes)
    {
        if (step.Kind != StepKind.Reset)
            return reader.DoOn(step, 0, on, index, RequirementId.None, out _, out bytes);
        // It was made again where the device asked for that, and nobody waits for it once more.
        bytes = default;
        return new()
        {
            Errno = result.Result.Errno,
            Value = result.Result.Ok ? (ulong)result.Result.Value : 0,
            Marks = result.Result is { Ok: true, Value: not 0 } ? Marks.Return : Marks.None,
        };
    }
}
