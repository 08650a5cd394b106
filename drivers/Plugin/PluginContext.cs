using System.Reflection;
using System.Runtime.Loader;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Where the assembly of a driver and its dependencies live: beside the kit's own, so that both may use different versions of a library. The contract alone is
/// shared, because it is what the two sides talk in.
/// </summary>
internal sealed class PluginContext : AssemblyLoadContext
{
    // Empty in a program that is one single file: then nothing can be told apart.
    private static readonly string? Framework = Path.GetDirectoryName(typeof(object).Assembly.Location) is { Length: > 0 } folder ? folder : null;

    private readonly AssemblyDependencyResolver resolver;

    /// <summary>Prepares the loading of an assembly.</summary>
    /// <param name="path">Its full path. A <c>.deps.json</c> beside it is used.</param>
    /// <exception cref="InvalidOperationException">The <c>.deps.json</c> cannot be understood.</exception>
    internal PluginContext(string path)
        : base(Path.GetFileName(path)) => resolver = new(path);

    /// <summary>The assembly that holds the contract.</summary>
    internal static Assembly Contract { get; } = typeof(IMigrationDriver).Assembly;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == Contract.GetName().Name)
            return Contract;
        if (resolver.ResolveAssemblyToPath(assemblyName) is { } path)
            return LoadFromAssemblyPath(path);
        // The runtime's own assemblies come from the runtime. What else the kit happens to use is not the driver's to rely on.
        return Framework is null || File.Exists(Path.Combine(Framework, assemblyName.Name + ".dll"))
            ? null
            : throw new FileNotFoundException(null, assemblyName.FullName);
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;
}
