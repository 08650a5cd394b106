using System.Globalization;
using Conformance.Engine.Workers;

namespace Conformance.Suites.Command;

/// <summary>One line on standard error that says where a run stands. Only on a terminal.</summary>
internal sealed class ProgressLine : IDisposable
{
    private int width;

    internal bool IsShown { get; } = !Console.IsErrorRedirected;

    internal void Show(SupervisorProgress progress)
    {
        if (progress.Count == 0) return;
        Write(string.Create(CultureInfo.InvariantCulture, $"[{progress.Index + 1}/{progress.Count}] {progress.Campaign}, plan {progress.Plan + 1}"));
    }

    public void Dispose()
    {
        if (!IsShown || width == 0) return;
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
