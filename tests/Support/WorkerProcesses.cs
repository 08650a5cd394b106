using System.Globalization;
using Conformance.Engine.Workers;

namespace Conformance.Tests.Support;

/// <summary>The workers of a command that runs, as /proc shows them.</summary>
internal static class WorkerProcesses
{
    /// <summary>The worker of a supervisor; -1 when it has none at the moment.</summary>
    internal static int Of(int supervisor)
    {
        try
        {
            return Directory
                .GetDirectories($"/proc/{supervisor}/task")
                .SelectMany(task => Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(child => Read($"/proc/{child}/cmdline").Split('\0').Contains("worker"))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))
                .FirstOrDefault(-1);
        }
        catch (IOException)
        {
            // The supervisor ended.
            return -1;
        }
    }

    /// <summary>Where a worker stands, by the journal that it has open; null when it has none yet, or none any more.</summary>
    internal static (int Campaign, int Number)? Position(int worker)
    {
        try
        {
            var path = Directory
                .GetFiles($"/proc/{worker}/fd")
                .Select(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName)
                .FirstOrDefault(target => target is not null && Path.GetFileName(target) == "journal");
            if (path is null)
                return null;
            using var journal = Journal.Open(path);
            return journal.ReadPosition();
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
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
            // It ended in the meantime.
            return "";
        }
    }
}
