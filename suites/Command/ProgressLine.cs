using System.Diagnostics;
using System.Globalization;
using Conformance.Engine.Workers;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>Says on standard error where a run stands: one line that changes on a terminal, a new line now and then elsewhere.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan SoonOnTerminal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLine = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan NextLine = TimeSpan.FromMinutes(1);

    private readonly bool terminal = !Console.IsErrorRedirected;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan next = FirstLine;
    private int width;

    internal void Show(SupervisorProgress progress)
    {
        var text =
            progress.Count == 0
                ? string.Create(CultureInfo.InvariantCulture, $"opening the driver for {clock.Elapsed.TotalSeconds:0} s; a guest boots in seconds or minutes")
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"[{progress.Index + 1}/{progress.Count}] {Escaping.Line(progress.Campaign, 80)}, plan {progress.Plan + 1}"
                );
        if (progress.Count > 0 || !terminal || clock.Elapsed > SoonOnTerminal)
            Say(text);
    }

    /// <summary>Says something, at once or when it is time.</summary>
    internal void Say(string text)
    {
        if (terminal)
            Write(text);
        else if (clock.Elapsed > next)
        {
            // A build server ends what is silent for long.
            next = clock.Elapsed + NextLine;
            Console.Error.WriteLine($"conformance: {text}");
        }
    }

    public void Dispose()
    {
        if (width == 0)
            return;
        Write("");
        Console.Error.Write('\r');
    }

    private void Write(string text)
    {
        var shown = text[..Math.Min(text.Length, Math.Max(10, Console.BufferWidth - 1))];
        Console.Error.Write('\r' + shown.PadRight(width));
        width = shown.Length;
    }
}
