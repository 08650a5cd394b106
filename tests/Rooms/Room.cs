using Mono.Cecil;

namespace Conformance.Tests.Rooms;

/// <summary>The compiled assemblies that the rooms are built into.</summary>
internal static class Room
{
    public static string[] Assemblies { get; } = ["Conformance.Model", "Conformance.Reports", "Conformance.Drivers", "Conformance.Engine", "conformance"];

    /// <summary>Reads one; the caller disposes it.</summary>
    public static ModuleDefinition Open(string assembly) => ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));

    /// <summary>True for the namespace itself and what lies in it.</summary>
    public static bool IsIn(string type, string place) => type == place || type.StartsWith(place + ".", StringComparison.Ordinal);
}
