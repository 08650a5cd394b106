using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Snapshots;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Suites.Seam;

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

    private IStateSource? source;

    public IReadOnlyList<string> Campaigns => ["snapshots"];

    public string Survey(IJournal journal)
    {
        try
        {
            source = Selection.Of(address).OpenStates(DriverSchemes.Parse(address), journal);
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        return "";
    }

    public string Run(int campaign, SkipList skip, IJournal journal)
    {
        var states = new List<SavedState>();
        for (var number = 0; number < source!.Names.Count; number++)
        {
            var name = source.Names[number];
            if (!skip.Runs(number))
            {
                states.Add(
                    new(name, null, skip.Stops(number) ? "not saved: too many workers hung or died in the states before it" : "the driver hung or died in it")
                );
                continue;
            }

            try
            {
                states.Add(new(name, SaveTwice(number), null));
            }
            catch (Exception error) when (error is StateException or DeviceLostException { Loss: not DeviceLoss.Unreachable })
            {
                states.Add(new(name, null, error.Message));
            }
        }

        return JsonSerializer.Serialize(new SavedStates(states), SavedStatesContext.Default.SavedStates);
    }

    private byte[] SaveTwice(int number)
    {
        var first = source!.Save(number);
        var second = source.Save(number);
        var at = first.AsSpan().CommonPrefixLength(second);
        return at == first.Length && at == second.Length
            ? first
            : throw new StateException(
                FormattableString.Invariant($"saved twice in the same way, the images of {first.Length} and {second.Length} bytes differ at 0x{at:x}")
            );
    }

    public void Dispose() => source?.Dispose();
}
