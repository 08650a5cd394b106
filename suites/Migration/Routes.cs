using Conformance.Engine.Migration;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Suites.Migration;

/// <summary>The shortest ways to states, and the alphabets that searches use.</summary>
internal static class Routes
{
    /// <summary>Requests that no feature set offers (MIG-FSM-10, MIG-FSM-11).</summary>
    public static readonly uint[] OutOfRange = [8, 9, 255, 0x7fffffff, 0xffffffff];

    /// <summary>SET of every state of the set.</summary>
    public static IEnumerable<Step> Requests(MigrationMachine machine) => States(machine).Select(Step.Set);

    /// <summary>The states that can be requested.</summary>
    public static IEnumerable<DeviceState> States(MigrationMachine machine) =>
        Enumerable.Range(1, 7).Select(value => (DeviceState)value).Where(machine.Paths.Supports);

    /// <summary>The states of the set in which a saving session begins before the device stops.</summary>
    public static IEnumerable<DeviceState> PreCopies(MigrationMachine machine) =>
        new[] { DeviceState.PreCopy, DeviceState.PreCopyP2P }.Where(machine.Paths.Supports);

    /// <summary>SET of every state that is reached from this one by arcs.</summary>
    public static IEnumerable<Step> Out(MigrationMachine machine, DeviceState from) =>
        States(machine).Where(to => machine.Paths.Path(from, to).Arcs > 0).Select(Step.Set);

    /// <summary>The states that the feature set leaves out.</summary>
    public static IEnumerable<DeviceState> Unsupported(MigrationMachine machine) =>
        Enumerable.Range(1, 7).Select(value => (DeviceState)value).Where(state => !machine.Paths.Supports(state));

    /// <summary>Steps to a state, as few as there are.</summary>
    public static Step[] To(MigrationMachine machine, DeviceState state) =>
        BreadthFirst.Route(machine, Alphabet(machine), model => model.Is(state)) ?? throw new InvalidOperationException($"no way to {state}");

    /// <summary>Steps to RESUMING with a complete image written, so that the way out is open.</summary>
    public static Step[] ToLoaded(MigrationMachine machine) =>
        BreadthFirst.Route(machine, Alphabet(machine), model => model.Is(DeviceState.Resuming) && model.LoadIsComplete)
        ?? throw new InvalidOperationException("no way to a loaded device");

    /// <summary>Steps from which a request can be made: to the state, and in RESUMING with a complete image.</summary>
    public static Step[] Ready(MigrationMachine machine, DeviceState state) => state == DeviceState.Resuming ? ToLoaded(machine) : To(machine, state);

    /// <summary>Every ordered pair of different states.</summary>
    public static IEnumerable<(DeviceState From, DeviceState To)> Pairs(MigrationMachine machine) =>
        from a in States(machine)
        from b in States(machine)
        where a != b
        select (a, b);

    /// <summary>Requests, and what makes RESUMING leave again.</summary>
    public static Step[] Alphabet(MigrationMachine machine) => [.. Requests(machine), Step.ReadToEnd(), Step.WriteRest()];
}
