using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conformance.Engine.Workers;

/// <summary>One line that a worker sends.</summary>
/// <param name="Kind">survey, unreachable, campaign, error or end.</param>
/// <param name="Campaign">The index of the campaign that it is about, -1 for none.</param>
/// <param name="Text">What the job reports, or what went wrong.</param>
/// <param name="Names">With survey: the names of the campaigns.</param>
internal sealed record WorkerMessage(string Kind, int Campaign, string Text, IReadOnlyList<string> Names)
{
    internal const string Survey = "survey",
        Unreachable = "unreachable",
        Finished = "campaign",
        Error = "error",
        End = "end";

    // More than any suite will ever have.
    private const int MostNames = 4096;

    internal string Write() => JsonSerializer.Serialize(this, WorkerMessageContext.Default.WorkerMessage);

    internal static bool TryRead(string line, [NotNullWhen(true)] out WorkerMessage? message)
    {
        try
        {
            message = JsonSerializer.Deserialize(line, WorkerMessageContext.Default.WorkerMessage);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second: half of a surrogate pair, where a text is asked for.
            message = null;
        }

        if (
            message is { Kind: not null, Campaign: >= -1, Text: not null, Names: { Count: <= MostNames } names }
            && names.All(name => !string.IsNullOrEmpty(name))
            && names.Distinct(StringComparer.Ordinal).Count() == names.Count
        )
            return true;
        message = null;
        return false;
    }
}

[JsonSerializable(typeof(WorkerMessage))]
internal sealed partial class WorkerMessageContext : JsonSerializerContext;
