using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Suites.Migration;

/// <summary>What plans do to the content of a device; no steps where nobody can reach it.</summary>
internal static class Contents
{
    /// <summary>Another content.</summary>
    public static Step[] Put(MigrationMachine machine, uint pattern) => Reach(machine) ? [new(StepKind.Apply, pattern)] : [];

    /// <summary>Another content, and a look at it, so that what is loaded later can be compared with it.</summary>
    public static Step[] Known(MigrationMachine machine, uint pattern) => [.. Put(machine, pattern), .. Look(machine)];

    /// <summary>A look at the content.</summary>
    public static Step[] Look(MigrationMachine machine) => Reach(machine) ? [new(StepKind.Digest)] : [];

    /// <summary>A known content to be saved, another one to be in its place when it is loaded, and a look at what the device holds.</summary>
    public static (Step[] Work, Step[] Other, Step[] Look) Around(MigrationMachine machine) => (Known(machine, 1), Put(machine, 2), Look(machine));

    private static bool Reach(MigrationMachine machine) => machine.Can(ChannelCapabilities.Workload);
}
