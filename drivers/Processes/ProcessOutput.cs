using System.Text;

namespace Conformance.Drivers.Processes;

/// <summary>
/// Reads what a process writes to its end, on a thread of its own so that the process never blocks, and keeps 64 KiB of it: the first, or the last.
/// </summary>
internal sealed class ProcessOutput
{
    private const int Limit = 64 * 1024;

    private readonly Lock gate = new();
    private readonly StringBuilder kept = new();
    private readonly TaskCompletionSource firstLine = new(),
        ended = new();
    private readonly bool keepFirst;

    public ProcessOutput(Stream stream, bool keepFirst)
    {
        this.keepFirst = keepFirst;
        new Thread(() => Drain(stream)) { IsBackground = true, Name = "process output" }.Start();
    }

    /// <summary>True once the stream ended.</summary>
    public bool Ended => ended.Task.IsCompleted;

    /// <summary>The first line; empty when the stream ended before, or was longer than what is kept of it, null when it did not come.</summary>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="peer">The time of the process that owes it, which is left out as <see cref="Patience"/> does; null when nothing is known of it.</param>
    /// <param name="wait">How the wait ended: <see cref="Wait.Goes"/> with a line.</param>
    public string? FirstLine(TimeSpan deadline, IPeerTime? peer, out Wait wait)
    {
        var patience = new Patience(peer);
        wait = Wait.Goes;
        while (!firstLine.Task.Wait(deadline < Patience.Slice ? deadline : Patience.Slice))
        {
            wait = patience.Look(0, deadline);
            if (wait != Wait.Goes)
                return null;
        }

        lock (gate)
        {
            var text = kept.ToString();
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            return end < 0 ? "" : text[..end].Trim();
        }
    }

    /// <summary>The first whole line that begins with a prefix, or null.</summary>
    public string? Line(string prefix)
    {
        lock (gate)
            return kept.ToString().Split('\n').SkipLast(1).FirstOrDefault(line => line.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>What is kept, once the stream ended or the patience did.</summary>
    public string Text(TimeSpan patience)
    {
        ended.Task.Wait(patience);
        lock (gate)
            return kept.ToString();
    }

    private void Drain(Stream stream)
    {
        try
        {
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var buffer = new char[4096];
            for (int got; (got = reader.Read(buffer, 0, buffer.Length)) > 0; )
                Keep(buffer.AsSpan(0, got));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The process was disposed of while it still talked.
        }
        finally
        {
            ended.TrySetResult();
            firstLine.TrySetResult();
        }
    }

    private void Keep(ReadOnlySpan<char> text)
    {
        bool isFull;
        lock (gate)
        {
            if (keepFirst)
                text = text[..Math.Min(text.Length, Limit - kept.Length)];
            kept.Append(text);
            if (!keepFirst && kept.Length > Limit)
                kept.Remove(0, kept.Length - Limit);
            isFull = keepFirst && kept.Length == Limit;
        }

        // Nothing is to be waited for when no more is kept.
        if (isFull || text.Contains('\n'))
            firstLine.TrySetResult();
    }
}
