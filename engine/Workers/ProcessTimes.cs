using System.Globalization;

namespace Conformance.Engine.Workers;

/// <summary>
/// What the kernel says about how a process and those that it started were scheduled: per thread the time that it stood in a run queue, ready to run, while
/// something else ran (<c>/proc/PID/task/TID/schedstat</c>, the second number).
/// </summary>
/// <param name="process">The process.</param>
/// <param name="proc">Where the kernel says it.</param>
internal sealed class ProcessTimes(int process, string proc = "/proc")
{
    // Neither threads nor processes of a driver gone wild are followed without end.
    private const int MostThreads = 512;
    private Dictionary<string, long> before = [];

    /// <summary>Takes what was waited so far as nothing.</summary>
    internal void Begin() => before = Delays();

    /// <summary>
    /// How long the thread that waited most stood in a run queue since <see cref="Begin"/>. A call waits for one chain of threads, whichever these are: none of
    /// them waited longer. Zero where the kernel does not say.
    /// </summary>
    internal TimeSpan Waited()
    {
        var longest = 0L;
        foreach (var (thread, delay) in Delays())
            longest = Math.Max(longest, delay - before.GetValueOrDefault(thread));
        return TimeSpan.FromMicroseconds(longest / 1000);
    }

    /// <summary>The letter of the state of the process: 'T' for one that was stopped; '?' when it is not known.</summary>
    internal char State()
    {
        // "PID (name) S ...": the name may hold anything, the last parenthesis ends it.
        var text = Read(Path.Combine(proc, Number(process), "stat"));
        var end = text.LastIndexOf(')');
        return end >= 0 && end + 2 < text.Length ? text[end + 2] : '?';
    }

    private Dictionary<string, long> Delays()
    {
        var delays = new Dictionary<string, long>(StringComparer.Ordinal);
        var processes = new Queue<string>([Number(process)]);
        while (processes.TryDequeue(out var one) && delays.Count < MostThreads)
        {
            foreach (var task in Threads(one))
            {
                var words = Read(Path.Combine(task, "schedstat")).Split(' ');
                if (words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var delay))
                    delays[task] = delay;
                foreach (var child in Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    processes.Enqueue(child);
            }
        }

        return delays;
    }

    private string[] Threads(string one)
    {
        try
        {
            return Directory.GetDirectories(Path.Combine(proc, one, "task"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended in the meantime, or this is no Linux.
            return [];
        }
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
