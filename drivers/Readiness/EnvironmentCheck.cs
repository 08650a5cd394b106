using Conformance.Drivers.Addresses;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Plugin;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Readiness;

/// <summary>Is the environment of a driver ready? Looks only: nothing is bound, booted, built or called.</summary>
public static class EnvironmentCheck
{
    /// <summary>Looks at everything that a check of the driver needs.</summary>
    public static IReadOnlyList<ReadinessLine> Of(DriverAddress address) =>
        [
            .. address.Scheme switch
            {
                DriverScheme.Plugin => PluginLines(address),
                DriverScheme.Vfio when address.Option("guest") is { } command => GuestEnvironment.Look(command),
                DriverScheme.Vfio => LocalLines(address),
                DriverScheme.QemuSmmu => QemuEnvironment.Look(address.Name, address.Option("stage")),
                _ => [ReadinessLine.Ok("driver", "built in, needs nothing")],
            },
            .. TraitsLines(address),
        ];

    /// <summary>
    /// The first thing that a guest lacks, as far as files show it: whoever boots it would wait in vain. Null when there is nothing, and for drivers that are in no
    /// guest.
    /// </summary>
    public static ReadinessLine? Obstacle(DriverAddress address) =>
        address.Scheme == DriverScheme.Vfio && address.Option("guest") is { } command
            ? GuestEnvironment
                .Look(command)
                .TakeWhile(line => line.What is GuestEnvironment.Command or GuestEnvironment.Lab)
                .FirstOrDefault(line => line.Status == ReadinessStatus.NotOk)
            : null;

    private static IEnumerable<ReadinessLine> LocalLines(DriverAddress address)
    {
        if (!OperatingSystem.IsLinux())
            return [ReadinessLine.NotOk("system", "this is not Linux", "Use a Linux machine, or a guest of one")];
        using var calls = new LocalCalls();
        return [.. new VfioEnvironment(calls, address.Name, address.Option("via")).Look()];
    }

    private static IEnumerable<ReadinessLine> PluginLines(DriverAddress address)
    {
        var contract = typeof(IMigrationDriver).Assembly.GetName().Version!.ToString(3);
        yield return ReadinessLine.Ok(".NET", $"{Environment.Version}, contract {contract}");
        ReadinessLine line;
        try
        {
            var type = PluginLoader.Find(address.Name, address.Option("type"));
            line = ReadinessLine.Ok(
                "assembly",
                $"{PluginText.Line(type.FullName)} in {PluginText.Line(Path.GetFullPath(address.Name))}; its constructor was not called"
            );
        }
        catch (DeviceLostException error)
        {
            // "what is wrong. How to mend it."
            var end = error.Message.IndexOf(". ", StringComparison.Ordinal);
            line =
                end < 0
                    ? ReadinessLine.NotOk("assembly", error.Message, "See docs/plugins.md")
                    : ReadinessLine.NotOk("assembly", error.Message[..end], error.Message[(end + 2)..]);
        }

        yield return line;
    }

    private static IEnumerable<ReadinessLine> TraitsLines(DriverAddress address)
    {
        if (address.Option("traits") is not { } path)
            yield break;
        ReadinessLine line;
        try
        {
            _ = TraitsFile.Read(path);
            line = ReadinessLine.Ok("traits", path);
        }
        catch (DriverAddressException error)
        {
            var lines = error.Message.Split('\n');
            line = ReadinessLine.NotOk("traits", lines[0], lines[^1]);
        }

        yield return line;
    }
}
