using Conformance.Reports;
using Spectre.Console;

namespace Conformance.Suites.Command;

/// <summary>Prints the lines of the summary: in colour on a terminal, as they are everywhere else.</summary>
internal static class SummaryPrinter
{
    /// <summary>How long lines may be: what the terminal shows, and always the same in a file.</summary>
    internal static int Width =>
        Console.IsOutputRedirected ? ConsoleSummary.DefaultWidth : Math.Clamp(Console.BufferWidth - 1, 60, ConsoleSummary.DefaultWidth);

    internal static void Print(IReadOnlyList<ConsoleLine> lines)
    {
        // Spectre would put colours into a pipe as well, so that is decided here.
        if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 })
        {
            foreach (var line in lines)
                Console.Out.Write(line.Text + "\n");
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        // The terminal folds long lines itself; a line break of ours would end up in a command that is copied.
        console.Profile.Width = 100_000;
        foreach (var line in lines)
        {
            console.Write(new Text(line.Text, Style(line.Tone)));
            console.WriteLine();
        }
    }

    private static Style Style(Tone tone) =>
        tone switch
        {
            Tone.Heading => new(decoration: Decoration.Bold),
            Tone.Good => new(Color.Green),
            Tone.Bad => new(Color.Red, decoration: Decoration.Bold),
            Tone.Attention => new(Color.Yellow),
            Tone.Faint => new(decoration: Decoration.Dim),
            _ => Spectre.Console.Style.Plain,
        };
}
