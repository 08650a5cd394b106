using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Suites.Command;

/// <summary>The states of a driver, on their way to the supervisor.</summary>
/// <param name="States">The states, in their order.</param>
internal sealed record SavedStates(IReadOnlyList<SavedState> States)
{
    /// <summary>Reads what a worker reported. Nothing that it says is trusted.</summary>
    /// <exception cref="JsonException">It makes no sense: what is wrong with it.</exception>
    internal static SavedStates Read(string text)
    {
        var saved = OutcomeCheck.Parse(text, SavedStatesContext.Default.SavedStates);
        OutcomeCheck.Check(saved);
        return saved;
    }
}

/// <summary>One state.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Image">Its bytes; null when it could not be saved.</param>
/// <param name="Problem">Why it could not be saved; null when it was.</param>
internal sealed record SavedState(string Name, byte[]? Image, string? Problem);

// By metadata: the writers that the library generates make "" of bytes that are null.
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(SavedStates))]
internal sealed partial class SavedStatesContext : JsonSerializerContext;

/// <summary>
/// The worker's part of <c>check --snapshots</c>: saves the states of a driver in a process of its own, as whatever a driver does may hang or crash.
/// </summary>
/// <param name="address">The driver.</param>
internal sealed class StatesJob(string address) : IWorkerJob
{
    /// <summary>What a worker that saves the states of a driver is sent.</summary>
    internal static string Request(string address) => JsonSerializer.Serialize(new(null, address), WorkerRequestContext.Default.WorkerRequest);

    private IMigrationTarget? target;
    private IReadOnlyList<StateRecipe> recipes = [];

    public IReadOnlyList<string> Campaigns => ["snapshots"];

    public string Survey(IJournal journal)
    {
        try
        {
            target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        var capabilities = target.Capabilities;
        if (!target.Traits.DeterministicStream)
            throw new DeviceLostException(DeviceLoss.Unreachable, NotDeterministic);
        var survey = Engine.Migration.Survey.Look(target, journal);
        if (survey.Machine is not { HasMigration: true } machine)
            throw new DeviceLostException(DeviceLoss.Unreachable, "the device has no migration, so there is no state to compare");
        recipes = StateReader.Recipes(machine.Features, capabilities);
        return "";
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var states = new List<SavedState>();
        for (var number = 0; number < recipes.Count; number++)
        {
            if (!skip.Runs(number))
                continue;
            try
            {
                states.Add(new(recipes[number].Name, StateReader.Save(target!, recipes[number], number, journal), null));
            }
            catch (Exception error) when (error is StateException or DeviceLostException)
            {
                states.Add(new(recipes[number].Name, null, error.Message));
            }
        }

        return JsonSerializer.Serialize(new SavedStates(states), SavedStatesContext.Default.SavedStates);
    }

    public void Dispose() => target?.Dispose();

    private const string NotDeterministic =
        "the driver does not declare a deterministic stream (trait deterministicStream), so there is nothing that its states could be compared with";
}
