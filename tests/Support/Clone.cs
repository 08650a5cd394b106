namespace Conformance.Tests.Support;

/// <summary>The clone that the tests run in.</summary>
internal static class Clone
{
    /// <summary>Its folder: the one that holds <c>Conformance.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>A path below the root.</summary>
    public static string File(params ReadOnlySpan<string> names) => Path.Combine([Root, .. names]);

    /// <summary>The C# files of a room, without what the compiler writes.</summary>
    public static IEnumerable<string> Sources(string room) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, room), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(name => name is "obj" or "bin"));

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "Conformance.sln")))
            folder =
                Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("the tests do not run inside a clone: no Conformance.sln above them");
        return folder;
    }
}
