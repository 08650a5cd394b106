using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conformance.Engine.Workers;

/// <summary>What a supervisor tells a worker: one line of JSON on its standard input.</summary>
/// <param name="Request">What the job is, in words that only the job understands.</param>
/// <param name="Pipe">The inherited handle that messages go to.</param>
/// <param name="Journal">The path of the journal.</param>
/// <param name="From">The index of the campaign to begin with.</param>
/// <param name="Skip">The plans of that campaign that are left out, as <see cref="SkipList.ToString"/> writes them.</param>
/// <param name="Opened">When the first worker had opened the driver, so that a fresh one does not begin to count the time again; null for the first.</param>
public sealed record WorkerOrders(string Request, string Pipe, string Journal, int From, string Skip, DateTime? Opened)
{
    /// <summary>The longest line that is read, in bytes.</summary>
    public const int MaxLength = 16 << 20;

    /// <summary>The line, without its end.</summary>
    public string Write() => JsonSerializer.Serialize(this, WorkerOrdersContext.Default.WorkerOrders);

    /// <summary>Reads a line; null when it is something else.</summary>
    public static WorkerOrders? Read(string line)
    {
        try
        {
            return
                JsonSerializer.Deserialize(line, WorkerOrdersContext.Default.WorkerOrders)
                    is { Request: not null, Pipe: not null, Journal: not null, From: >= 0, Skip: not null } orders
                && Workers.SkipList.TryParse(orders.Skip, out _)
                ? orders
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The plans that are left out.</summary>
    internal SkipList LeftOut() => Workers.SkipList.TryParse(Skip, out var list) ? list : Workers.SkipList.Empty;
}

[JsonSerializable(typeof(WorkerOrders))]
internal sealed partial class WorkerOrdersContext : JsonSerializerContext;
