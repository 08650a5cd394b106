namespace Conformance.Bench;

/// <summary>What a figure must be read with.</summary>
internal static class Conditions
{
    /// <summary>The load average of the last minute, where the system tells it.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    /// <summary>The clone that this runs in.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Conformance.sln")))
                return folder.FullName;
        throw new InvalidOperationException("not run inside a clone");
    }
}
