using System.Diagnostics;

namespace Conformance.Tests.Support;

/// <summary>Processes that want all of the machine. They end with this object, and by themselves when nobody is left who would end them.</summary>
internal sealed class BusyLoops : IDisposable
{
    private readonly List<Process> loops = [];

    /// <summary>Starts some.</summary>
    public BusyLoops(int count)
    {
        for (var i = 0; i < count; i++)
            loops.Add(Process.Start(new ProcessStartInfo("/usr/bin/timeout", ["600", "/bin/sh", "-c", "while :; do :; done"]))!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var loop in loops)
        {
            loop.Kill(entireProcessTree: true);
            loop.WaitForExit();
            loop.Dispose();
        }
    }
}
