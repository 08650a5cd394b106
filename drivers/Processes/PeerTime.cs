using System.Globalization;

namespace Conformance.Drivers.Processes;

/// <summary>How long a process that owes an answer could not work on it.</summary>
internal interface IPeerTime
{
    /// <summary>Takes what was lost so far as nothing.</summary>
    void Begin();

    /// <summary>How long it was ready to run since then, while something else ran.</summary>
    TimeSpan Waited();

    /// <summary>Whether somebody stopped it (SIGSTOP).</summary>
    bool IsStopped { get; }
}

/// <summary>
/// What the kernel says about a process and those that it started: per thread the time in a run queue (<c>/proc/PID/task/TID/schedstat</c>, the second number).
/// The thread that waited longest counts: an answer waits for one chain of threads, whichever these are. Zero where the kernel does not say.
/// </summary>
/// <param name="process">The process.</param>
/// <param name="proc">Where the kernel says it.</param>
internal sealed class PeerTime(int process, string proc = "/proc") : IPeerTime
{
    // Neither threads nor processes of a program gone wild are followed without end.
    private const int MostThreads = 512;
    private readonly Dictionary<string, long> before = new(StringComparer.Ordinal);
    private readonly List<(string Process, string Task)> tasks = [];

    public void Begin()
    {
        before.Clear();
        Look();
        foreach (var (_, task) in tasks)
            before[task] = Delay(task);
    }

    public TimeSpan Waited()
    {
        Look();
        var longest = 0L;
        foreach (var (_, task) in tasks)
            longest = Math.Max(longest, Delay(task) - before.GetValueOrDefault(task));
        return TimeSpan.FromMicroseconds(longest / 1000);
    }

    public bool IsStopped
    {
        get
        {
            Look();
            foreach (var one in tasks.Select(task => task.Process).Distinct())
            {
                // "PID (name) S ...": the name may hold anything, the last parenthesis ends it.
                var text = Read(Path.Combine(proc, one, "stat"));
                if (text.LastIndexOf(')') is >= 0 and var end && end + 2 < text.Length && text[end + 2] is 'T' or 't')
                    return true;
            }

            return false;
        }
    }

    private void Look()
    {
        tasks.Clear();
        var processes = new Queue<string>([process.ToString(CultureInfo.InvariantCulture)]);
        while (processes.TryDequeue(out var one) && tasks.Count < MostThreads)
        {
            foreach (var task in Threads(one))
            {
                tasks.Add((one, task));
                foreach (var child in Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    processes.Enqueue(child);
            }
        }
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

    private static long Delay(string task)
    {
        var words = Read(Path.Combine(task, "schedstat")).Split(' ');
        return words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var delay) ? delay : 0;
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
}
