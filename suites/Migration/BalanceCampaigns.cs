using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>
/// MIG-FSM-19: everything that a user does and undoes, again and again in one open. What can grow and be seen is named: the descriptors, the image of one
/// content, and whatever a driver runs out of, because then a request fails that worked before. Memory and processor time of a driver are not judged: nobody
/// can tell from outside whose they are.
/// </summary>
internal static class BalanceCampaigns
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step stop = Step.Set(DeviceState.Stop);
    private static readonly Step resume = Step.Set(DeviceState.Resuming);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step reset = new(StepKind.Reset);
    private static readonly Step some = new(StepKind.Read, 24);
    private static readonly Step loadFirst = Step.WriteRest(image: Images.First);
    private static readonly Step count = new(StepKind.CountDescriptors);

    internal static MigrationCampaign Balance { get; } =
        new DirectedPlans(
            "balance",
            [
                // Saves, loads, and those that come to nothing: the 64th is as the first one, and nothing is left over.
                new([MIG_FSM_19], Needs.Migration, Transfers),
                // Loads that fail, and resets.
                new([MIG_FSM_19, MIG_ERR_03], Needs.Reset, Resets),
                // Requests that are refused or fail.
                new([MIG_FSM_19], Needs.Migration, Refusals, ([MIG_FSM_15], Needs.FailingStops)),
                // The device is closed and opened.
                new([MIG_FSM_19], Needs.All(Needs.Migration, Needs.Reopen), Reopens),
                // The log is started and stopped, and with a START that is refused between.
                new([DLOG_12], Needs.Logging, Logs),
            ],
            MigrationWitness.CompletedLoad
        );

    // As often as there is time for: in a guest each step is a message.
    private static int Times(MigrationMachine machine) => machine.Channel == Channels.InProcess ? 64 : 12;

    private static IEnumerable<Plan> Transfers(MigrationMachine machine)
    {
        yield return Cycles(machine, save, whole, run);
        yield return Cycles(machine, save, whole, stop);
        yield return Cycles(machine, save, run);
        yield return Cycles(machine, save, some, run);
        yield return Cycles(machine, save, whole, resume, loadFirst, run);
        yield return Cycles(machine, resume, loadFirst, run);
        yield return Cycles(machine, resume, loadFirst, stop);
        foreach (var state in Routes.PreCopies(machine))
        {
            yield return Cycles(machine, Step.Set(state), run);
            yield return Cycles(machine, Step.Set(state), some, run);
            yield return Cycles(machine, Step.Set(state), whole, save, whole, run);
        }
    }

    private static IEnumerable<Plan> Resets(MigrationMachine machine)
    {
        yield return Cycles(machine, reset);
        yield return Cycles(machine, save, some, reset);
        yield return Cycles(machine, resume, reset);
        yield return Cycles(machine, resume, new(StepKind.Write, 12, (ulong)Images.First), reset);
        yield return Cycles(machine, resume, new(StepKind.Write, 12, (ulong)Images.First), stop, Step.Get, reset);
    }

    private static IEnumerable<Plan> Refusals(MigrationMachine machine)
    {
        yield return Cycles(machine, Step.Set(DeviceState.Error));
        yield return Cycles(machine, new Step(StepKind.SetState, 8));
        yield return Cycles(machine, new Step(StepKind.QueryDataSize), new(StepKind.QueryFeatures));
        if (Needs.FailingStops(machine) is null)
            yield return Cycles(
                machine,
                Step.FailArc(machine.FirstFailable(DeviceState.Running, DeviceState.Stop), Errno.EIO, broken: false),
                save,
                Step.Get,
                run
            );
    }

    private static IEnumerable<Plan> Reopens(MigrationMachine machine) => [Cycles(machine, new Step(StepKind.CloseDevice), new(StepKind.Reopen))];

    private static IEnumerable<Plan> Logs(MigrationMachine machine)
    {
        Step[] logged = [new LogStart(LogRanges.One).ToStep(), new(StepKind.StopLogging)];
        yield return Cycles(machine, logged);
        yield return Cycles(machine, [logged[0], .. logged]);
        yield return Cycles(machine, [logged[0], save, whole, run, logged[1]]);
    }

    // A content and its image; the cycle once, because a driver may keep what it needed first; then all of them, between two counts. At the end the content
    // that was saved at the beginning is saved once more, and loaded.
    private static Plan Cycles(MigrationMachine machine, params Step[] cycle)
    {
        var content = Contents.Known(machine, 1);
        Step[] counted = machine.Can(ChannelCapabilities.Descriptors) ? [count] : [];
        List<Step> steps = [.. content, save, whole, run, .. cycle, run, .. counted];
        for (var time = 1; time < Times(machine); time++)
            steps.AddRange(cycle);
        steps.AddRange([
            run,
            .. counted,
            Step.Get,
            .. content,
            save,
            whole,
            run,
            .. Contents.Put(machine, 1),
            resume,
            Step.WriteRest(),
            run,
            .. Contents.Look(machine),
        ]);
        return new(steps);
    }
}
