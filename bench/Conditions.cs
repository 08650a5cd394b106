namespace Conformance.Bench;

/// <summary>What a figure must be read with.</summary>
internal static class Conditions
{
    /// <summary>The load average of the last minute, where the system tells it.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}
