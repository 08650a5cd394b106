using System.Runtime.InteropServices;

namespace Conformance.Suites.Command;

/// <summary>How this program is started again, as a worker.</summary>
internal static class ThisProgram
{
    private static readonly string own = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "conformance.exe" : "conformance");

    /// <summary>The program. Not <see cref="Environment.ProcessPath"/>: under dotnet run, a test host or a tool's shim that is another one.</summary>
    internal static string FileName { get; } = File.Exists(own) ? own : Host();

    /// <summary>The words before those of the worker. A tool package holds the assembly alone.</summary>
    internal static IReadOnlyList<string> Words { get; } = File.Exists(own) ? [] : [Path.Combine(AppContext.BaseDirectory, "conformance.dll")];

    // "/usr/share/dotnet/shared/Microsoft.NETCore.App/10.0.0/": the host that belongs to this runtime.
    private static string Host()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(beside) ? beside : name;
    }
}
