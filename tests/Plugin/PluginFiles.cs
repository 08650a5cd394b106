using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;

namespace Conformance.Tests.Plugin;

/// <summary>Assemblies of plugins, as they were built and with something wrong.</summary>
internal static class PluginFiles
{
    /// <summary>The folder of the clone.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A driver that conforms.</summary>
    public static string Counter => Built("examples/CounterDriver", "CounterDriver.dll");

    /// <summary>A driver with one mistake.</summary>
    public static string Forgetful => Built("examples/ForgetfulDriver", "ForgetfulDriver.dll");

    /// <summary>An SMMU that conforms, and one with a mistake.</summary>
    public static string Tiny => Built("examples/TinySmmu", "TinySmmu.dll");

    /// <summary>A host of nested stages, a VMM and a writer of STEs that conform, and one of each with a mistake.</summary>
    public static string Nest => Built("examples/TinyNest", "TinyNest.dll");

    /// <summary>A workload for a UART.</summary>
    public static string Uart => Built("examples/UartWorkload", "UartWorkload.dll");

    /// <summary>Drivers that are wrong in one way each.</summary>
    public static string Broken => Built("tests/Plugin/Broken", "Broken.dll");

    /// <summary>Writes an assembly that asks for another version of an assembly that it uses.</summary>
    public static void WriteWithReference(string source, string target, string name, Version version)
    {
        var bytes = File.ReadAllBytes(source);
        using var image = new PEReader(new MemoryStream(bytes));
        var metadata = image.GetMetadataReader();
        var row = metadata
            .AssemblyReferences.Select((handle, index) => (Name: metadata.GetString(metadata.GetAssemblyReference(handle).Name), index))
            .Single(entry => entry.Name == name)
            .index;
        var at =
            image.PEHeaders.MetadataStartOffset
            + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef)
            + (metadata.GetTableRowSize(TableIndex.AssemblyRef) * row);
        foreach (var part in (int[])[version.Major, version.Minor, version.Build, version.Revision])
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), (ushort)part);
            at += 2;
        }
        File.WriteAllBytes(target, bytes);
    }

    /// <summary>Writes an assembly in which a name is another one of the same length.</summary>
    public static void WriteWithName(string source, string target, string name, string other)
    {
        var bytes = File.ReadAllBytes(source);
        byte[] from = [0, .. Encoding.UTF8.GetBytes(name), 0],
            to = [0, .. Encoding.UTF8.GetBytes(other), 0];
        if (from.Length != to.Length || bytes.AsSpan().IndexOf(from) is not (>= 0 and var at))
            throw new ArgumentException($"{name} cannot be made {other}");
        to.CopyTo(bytes, at);
        File.WriteAllBytes(target, bytes);
    }

    /// <summary>Writes an assembly that says it is for another machine.</summary>
    public static void WriteForMachine(string source, string target, Machine machine)
    {
        var bytes = File.ReadAllBytes(source);
        using var image = new PEReader(new MemoryStream(bytes));
        BitConverter.TryWriteBytes(bytes.AsSpan(image.PEHeaders.CoffHeaderStartOffset), (ushort)machine);
        File.WriteAllBytes(target, bytes);
    }

    // The tests lie in tests/bin/CONFIGURATION/FRAMEWORK, and so do the others.
    private static string Built(string project, string file)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Root, project, "bin", framework.Parent!.Name, framework.Name, file);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Conformance.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("no Conformance.sln above the tests");
        return folder;
    }
}
