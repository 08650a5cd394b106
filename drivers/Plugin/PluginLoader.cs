using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Machine = System.Reflection.PortableExecutable.Machine;

namespace Conformance.Drivers.Plugin;

/// <summary>Finds the driver in an assembly. Whatever is wrong with the assembly is said in words, and before a plan runs.</summary>
internal static class PluginLoader
{
    private const string BuildFix = "Build the driver against the Conformance.Model of this kit";
    private const string DependencyFix =
        "Put it beside the driver: <EnableDynamicLoading>true</EnableDynamicLoading> in the project does, and so does 'dotnet publish'";

    // What a type must be to be chosen, and the words for one that is not.
    private static readonly PluginKind Drivers = new(
        [typeof(IMigrationDriver), typeof(ISmmu), typeof(INestedStage), typeof(INestedMachineFactory), typeof(IStreamTableWriter)],
        "driver",
        "implements none of IMigrationDriver, ISmmu, INestedStage, INestedMachineFactory and IStreamTableWriter",
        "implements IMigrationDriver, ISmmu, INestedStage, INestedMachineFactory or IStreamTableWriter",
        "docs/plugins.md"
    );

    /// <summary>Workloads of one's own.</summary>
    internal static PluginKind Workloads { get; } =
        new([typeof(IWorkloadFactory)], "workload", "implements no IWorkloadFactory", "implements IWorkloadFactory", "docs/workloads.md");

    /// <summary>Loads the assembly and chooses the driver.</summary>
    /// <inheritdoc cref="Find(string, string, PluginKind)"/>
    internal static Type Find(string file, string? wanted) => Find(file, wanted, Drivers);

    /// <summary>Loads the assembly and chooses the type.</summary>
    /// <param name="file">The path as the user wrote it.</param>
    /// <param name="wanted">The name or full name of the type, or null: the only one.</param>
    /// <param name="kind">What it must be.</param>
    /// <exception cref="DeviceLostException">There is no such file, it is no assembly for this process, or it holds no driver that can be made.</exception>
    internal static Type Find(string file, string? wanted, PluginKind kind)
    {
        var path = Path.GetFullPath(file);
        var name = ForeignText.Line(Path.GetFileName(path));
        if (Directory.Exists(path))
            throw PluginText.Unusable($"{ForeignText.Line(file)} is a folder", "Name the assembly in it: plugin:path/to/My.dll");
        if (!File.Exists(path))
            throw PluginText.Unusable($"there is no file {ForeignText.Line(path)}", "Build the driver, and give the path of its .dll from the current folder");
        CheckImage(path, name);
        try
        {
            var context = new PluginContext(path);
            var assembly = context.LoadFromAssemblyPath(path);
            CheckReferences(context, assembly, name);
            return Choose(assembly.GetTypes(), name, wanted, kind);
        }
        catch (ReflectionTypeLoadException error)
        {
            throw Explain(error.LoaderExceptions.FirstOrDefault(inner => inner is not null) ?? error, name);
        }
        catch (InvalidOperationException)
        {
            throw PluginText.Unusable($"the .deps.json beside {name} cannot be understood", "Build the driver again, or delete that file");
        }
        catch (Exception error)
            when (error is IOException or BadImageFormatException or TypeLoadException or MissingMemberException or UnauthorizedAccessException)
        {
            throw Explain(error, name);
        }
    }

    /// <summary>The SHA-256 of an assembly's file, 64 hexadecimal digits in lower case.</summary>
    /// <exception cref="DeviceLostException">It cannot be read any more.</exception>
    internal static string Hash(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw PluginText.Unusable(
                $"{ForeignText.Line(file)} cannot be read any more: {ForeignText.Line(error.Message)}",
                "Leave it alone while it is checked"
            );
        }
    }

    /// <summary>What a failure of the loader means; null when the exception is none, but comes from the driver's own code.</summary>
    /// <param name="error">The exception.</param>
    /// <param name="name">The name of the driver's assembly.</param>
    internal static DeviceLostException? ExplainLoading(Exception error, string name) =>
        error switch
        {
            FileNotFoundException { FileName: { } missing } when missing.Contains(", Version=", StringComparison.Ordinal) => Missing(missing, name),
            FileLoadException { FileName: { } refused } when refused.Contains(", Version=", StringComparison.Ordinal) => Missing(refused, name),
            TypeLoadException or MissingMemberException when IsAboutContract(error) => OtherContract(error, name),
            _ => null,
        };

    // Looks at the headers only, so that a wrong file is told from a wrong build before the runtime sees it.
    private static void CheckImage(string path, string name)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var image = new PEReader(stream);
            if (!image.HasMetadata)
                throw PluginText.Unusable(
                    $"{name} is a native library, not a .NET assembly",
                    "A driver is a .NET class that implements IMigrationDriver, ISmmu or another contract of the kit; see docs/plugins.md"
                );
            var metadata = image.GetMetadataReader();
            if (!metadata.IsAssembly)
                throw PluginText.Unusable($"{name} is a module of an assembly, not an assembly", "Name the assembly itself");
            CheckArchitecture(image.PEHeaders, name);
            CheckContract(metadata, name);
        }
        catch (BadImageFormatException)
        {
            throw PluginText.Unusable($"{name} is not a .NET assembly", "Give the .dll that 'dotnet build' made: plugin:bin/Release/net10.0/My.dll");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw PluginText.Unusable($"{name} cannot be read: {ForeignText.Line(error.Message)}", "Give it to this user to read");
        }
    }

    private static void CheckArchitecture(PEHeaders headers, string name)
    {
        // The machine of an image that was compiled ahead of time is disguised by its operating system; the runtime decides about those.
        Architecture? built = headers.CoffHeader.Machine switch
        {
            Machine.Amd64 => Architecture.X64,
            Machine.Arm64 => Architecture.Arm64,
            Machine.Arm or Machine.ArmThumb2 => Architecture.Arm,
            Machine.I386 when headers.CorHeader!.Flags.HasFlag(CorFlags.Requires32Bit) && !headers.CorHeader.Flags.HasFlag(CorFlags.Prefers32Bit) =>
                Architecture.X86,
            _ => null,
        };
        if (built is { } architecture && architecture != RuntimeInformation.ProcessArchitecture)
            throw WrongArchitecture(name, $"is built for {Word(architecture)}");
    }

    private static void CheckContract(MetadataReader metadata, string name)
    {
        var contract = PluginContext.Contract.GetName();
        foreach (var handle in metadata.AssemblyReferences)
        {
            var reference = metadata.GetAssemblyReference(handle);
            if (!metadata.StringComparer.Equals(reference.Name, contract.Name!))
                continue;
            if (reference.Version.Major != contract.Version!.Major || reference.Version.Minor != contract.Version.Minor)
                throw PluginText.Unusable(
                    $"{name} was built against version {reference.Version.ToString(3)} of the contract (Conformance.Model); this kit has "
                        + $"{contract.Version.ToString(3)}",
                    BuildFix
                );
        }
    }

    // What is missing is said now, by name, not when a plan first comes to the code that needs it.
    private static void CheckReferences(PluginContext context, Assembly assembly, string name)
    {
        foreach (var reference in assembly.GetReferencedAssemblies())
        {
            try
            {
                // The runtime gives what it has, even when more was asked for; then a call fails that nobody connects with it.
                if (context.LoadFromAssemblyName(reference) is var found && found != PluginContext.Contract && found.GetName().Version < reference.Version)
                    throw Missing(reference.FullName, name);
            }
            catch (Exception error) when (error is FileNotFoundException or FileLoadException)
            {
                throw Missing(reference.FullName, name);
            }
            catch (BadImageFormatException)
            {
                throw PluginText.Unusable(
                    $"{ForeignText.Line(reference.Name)}.dll, which {name} needs, is not an assembly for this process",
                    "Build the driver again"
                );
            }
        }
    }

    private static Type Choose(IReadOnlyList<Type> types, string name, string? wanted, PluginKind kind)
    {
        var drivers = types.Where(type => kind.Fits(type) && !type.IsInterface).OrderBy(type => type.FullName, StringComparer.Ordinal).ToList();
        var usable = drivers.Where(type => WhyNot(type) is null).ToList();
        if (wanted is not null)
        {
            var named = types.Where(type => type.FullName == wanted).ToList();
            if (named.Count == 0)
                named = [.. types.Where(type => type.Name == wanted && (type.DeclaringType is null || drivers.Contains(type)))];
            if (named.Count > 1 && named.Where(drivers.Contains).ToList() is { Count: > 0 } some)
                named = some;
            return named.Count switch
            {
                0 => throw PluginText.Unusable($"{name} has no type '{ForeignText.Line(wanted)}'", Suggestion(wanted, usable, kind)),
                1 when !drivers.Contains(named[0]) => throw PluginText.Unusable(
                    $"{ForeignText.Line(wanted)} in {name} {kind.Neither}",
                    Suggestion(wanted, usable, kind)
                ),
                1 when WhyNot(named[0]) is { } why => throw PluginText.Unusable($"{ForeignText.Line(named[0].FullName)} in {name} {why.What}", why.Fix),
                1 => named[0],
                _ => throw PluginText.Unusable($"{name} has several types '{ForeignText.Line(wanted)}'", $"Write the namespace too: {Choices(named)}"),
            };
        }
        if (usable.Count == 1)
            return usable[0];
        if (usable.Count > 1)
            throw PluginText.Unusable(
                string.Create(CultureInfo.InvariantCulture, $"{name} has {usable.Count} {kind.Noun}s"),
                $"Say which one: {Choices(usable)}"
            );
        if (drivers.Count > 0)
        {
            var (what, fix) = WhyNot(drivers[0])!.Value;
            throw PluginText.Unusable(
                $"{ForeignText.Line(drivers[0].FullName)}{(drivers.Count == 1 ? $", the only {kind.Noun}" : $", like every {kind.Noun}")} in {name}, {what}",
                fix
            );
        }
        throw PluginText.Unusable($"no type in {name} {kind.Either}", $"Name the assembly that holds your {kind.Noun}; see {kind.Page}");
    }

    private static (string What, string Fix)? WhyNot(Type type) =>
        type.IsAbstract ? ("is abstract", "Give it a class that can be made")
        : type.ContainsGenericParameters ? ("is generic", "Derive a class from it that is not")
        : !type.IsVisible ? ("is not public", "Make the class public")
        : type.IsValueType || type.GetConstructor(Type.EmptyTypes) is not null ? null
        : ("has no public constructor without parameters", "Add one: the kit makes a new instance for every device");

    private static string Choices(IEnumerable<Type> types)
    {
        const int Shown = 5;
        var names = types.Select(type => $"?type={ForeignText.Line(type.FullName)}").ToList();
        return string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? ", ..." : "");
    }

    private static string Suggestion(string wanted, List<Type> usable, PluginKind kind)
    {
        if (usable.Count == 0)
            return $"No type in it can be used as a {kind.Noun}; see {kind.Page}";
        var near = usable.MinBy(type => Math.Min(Spelling.Distance(wanted, type.Name), Spelling.Distance(wanted, type.FullName!)))!;
        var distance = Math.Min(Spelling.Distance(wanted, near.Name), Spelling.Distance(wanted, near.FullName!));
        return distance <= 1 + (near.Name.Length / 3) ? $"Did you mean ?type={ForeignText.Line(near.Name)}" : $"There is {Choices(usable)}";
    }

    private static DeviceLostException Explain(Exception error, string name) =>
        ExplainLoading(error, name)
        ?? (
            error switch
            {
                BadImageFormatException => WrongArchitecture(name, "is not built for this process"),
                TypeLoadException or MissingMemberException => PluginText.Unusable(
                    $"{name} does not fit together: {ForeignText.Line(error.Message)}",
                    "Build the driver and its dependencies again"
                ),
                _ => PluginText.Unusable($"{name} cannot be loaded: {ForeignText.Line(error.Message)}", "Build the driver again"),
            }
        );

    private static DeviceLostException Missing(string assembly, string name)
    {
        var missing = new AssemblyName(assembly);
        var text = $"{ForeignText.Line(missing.Name)} {missing.Version?.ToString(3)}".TrimEnd();
        return missing.Name!.StartsWith("System.", StringComparison.Ordinal) && missing.Version is { } version && version.Major > Environment.Version.Major
            ? PluginText.Unusable(
                $"{name} needs {text}, which is newer than this .NET ({Environment.Version.ToString(2)})",
                $"Build it with <TargetFramework>net{Environment.Version.ToString(2)}</TargetFramework>"
            )
            : PluginText.Unusable($"{name} needs {text}, which is not there", DependencyFix);
    }

    private static DeviceLostException OtherContract(Exception error, string name) =>
        PluginText.Unusable($"{name} was built against another version of the contract: {ForeignText.Line(error.Message)}", BuildFix);

    private static bool IsAboutContract(Exception error) =>
        error.Message.Contains("Conformance.Model", StringComparison.Ordinal)
        || error.Message.Contains("does not have an implementation", StringComparison.Ordinal);

    private static DeviceLostException WrongArchitecture(string name, string what) =>
        PluginText.Unusable(
            $"{name} {what}; this process is {Word(RuntimeInformation.ProcessArchitecture)}",
            "Build it for any platform: without <PlatformTarget>"
        );

    private static string Word(Architecture architecture) =>
        architecture switch
        {
            Architecture.X64 => "x64",
            Architecture.X86 => "x86",
            Architecture.Arm64 => "Arm64",
            Architecture.Arm => "Arm",
            _ => architecture.ToString(),
        };
}
