using BenchmarkDotNet.Attributes;
using Conformance.Drivers;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Bench;

/// <summary>The parts of one lockstep step that belong to the judge.</summary>
[MemoryDiagnoser]
public class OracleBenchmarks
{
    private readonly Step request = Step.Set(DeviceState.StopCopy),
        get = Step.Get;
    private readonly ModelState running = ModelState.Opened();
    private MigrationMachine machine = null!;
    private OutcomeSet requested,
        got;
    private Observation arrived;

    /// <summary>Surveys the reference device.</summary>
    [GlobalSetup]
    public void Look()
    {
        using var target = DriverSchemes.Parse("reference:full").Open<IMigrationTarget>();
        machine = Survey.Look(target, NullJournal.Instance).Machine!;
        MigrationOracle.Allowed(machine, running, request, ref requested);
        arrived = MigrationOracle.Nominal(machine, running, request, requested[0]);
    }

    /// <summary>What may happen in a request over three arcs.</summary>
    [Benchmark]
    public int AllowedOfSet()
    {
        MigrationOracle.Allowed(machine, running, request, ref requested);
        return requested.Count;
    }

    /// <summary>What may happen in a GET.</summary>
    [Benchmark]
    public int AllowedOfGet()
    {
        MigrationOracle.Allowed(machine, running, get, ref got);
        return got.Count;
    }

    /// <summary>The comparison of a right answer.</summary>
    [Benchmark]
    public int CompareSet() => MigrationOracle.Compare(machine, running, request, arrived, requested).Outcome;

    /// <summary>The model after a request.</summary>
    [Benchmark]
    public ModelState NextOfSet() => MigrationOracle.Next(machine, running, request, arrived, requested[0]);

    /// <summary>A look-up in the path table.</summary>
    [Benchmark]
    public StatePath Path() => machine.Paths.Path(DeviceState.Running, DeviceState.StopCopy);
}
