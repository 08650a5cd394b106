using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>SEED: what was asked in the review of the hisi_acc driver (February 2022), put to any driver.</summary>
internal static class HisiAccCampaigns
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step reset = new(StepKind.Reset);
    private static readonly Step startLog = new Probe(Uapi.DmaLoggingStart | Uapi.Set, 32, Options: ProbeOptions.Range).ToStep();
    private static readonly Step stopLog = new Probe(Uapi.DmaLoggingStop | Uapi.Set, 8).ToStep();

    internal static MigrationCampaign Thread { get; } =
        new DirectedPlans(
            "hisi-acc-thread",
            [
                // The caller of the first posting had set argsz and no flags. That is no query: no device answers it, in no state.
                new([SEED_01], Needs.Nothing, WithoutFlags),
                // Whatever a device says that it has can be used, and what it does not say is refused; a device that has STOP_COPY alone is whole.
                new([SEED_02, SEED_07], Needs.Migration, OfferedAndNotOffered),
                // Pre-copy with and without a DMA log that runs, a log with and without pre-copy.
                new([SEED_03], Needs.PreCopyOrLogging, PreCopyAndLogging),
                // A device that its guest has not set up has a state as well: it loads as that, over whatever is there.
                new([MIG_FD_10, MIG_FD_20], Needs.Workload, NobodyThere),
            ]
        );

    private static IEnumerable<Plan> WithoutFlags(MigrationMachine machine)
    {
        foreach (var argsz in new uint[] { 16, 8, 24, 264 })
            yield return Plan.Of(new Probe(0, argsz).ToStep(), Step.Get);
        if (!machine.HasMigration)
            yield break;
        foreach (var state in Routes.States(machine))
            yield return Plan.Of([.. Routes.To(machine, state), new Probe(0, 16).ToStep(), Step.Get]);
    }

    private static IEnumerable<Plan> OfferedAndNotOffered(MigrationMachine machine)
    {
        foreach (var state in Routes.States(machine).Where(state => state != DeviceState.Running))
            yield return Plan.Of(Step.Set(state), Step.Get);
        foreach (var state in Routes.Unsupported(machine))
            yield return Plan.Of(Step.Set(state), Step.Get, Step.Set(DeviceState.Stop), Step.Set(state), Step.Get);
        // The whole of a migration, in the order in which a VMM makes it.
        Step[] begin = machine.HasPreCopy ? [Step.Set(DeviceState.PreCopy), whole, save] : [save];
        yield return Plan.Of([.. begin, whole, Step.Set(DeviceState.Stop), Step.Set(DeviceState.Resuming), Step.WriteRest(), run, Step.Get]);
    }

    private static IEnumerable<Plan> PreCopyAndLogging(MigrationMachine machine)
    {
        Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), run, Step.Get];
        var states = Routes.PreCopies(machine).ToList();
        foreach (var state in states)
            yield return Plan.Of([Step.Set(state), whole, save, whole, .. load]);
        if (!machine.HasLogging)
            yield break;
        yield return Plan.Of(startLog, stopLog);
        yield return Plan.Of([startLog, save, whole, stopLog, .. load]);
        foreach (var state in states)
        {
            yield return Plan.Of([startLog, Step.Set(state), whole, save, whole, stopLog, .. load]);
            yield return Plan.Of([Step.Set(state), startLog, whole, stopLog, save, whole, .. load]);
            yield return Plan.Of([startLog, stopLog, Step.Set(state), whole, save, whole, .. load]);
        }
    }

    private static IEnumerable<Plan> NobodyThere(MigrationMachine machine)
    {
        var look = new Step(StepKind.Digest);
        Step[] load = [Step.Set(DeviceState.Resuming), Step.WriteRest(), run, look];
        foreach (var fresh in new Step[][] { [], [new(StepKind.Apply, 1), reset] })
        {
            yield return Plan.Of([.. fresh, look, save, whole, run, new(StepKind.Apply, 2), .. load]);
            if (machine.HasPreCopy)
                yield return Plan.Of([.. fresh, look, Step.Set(DeviceState.PreCopy), whole, save, whole, run, new(StepKind.Apply, 2), .. load]);
        }
    }
}
