using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Workloads of one's own, for drivers of any address: <c>workload=plugin:My.dll</c>, with <c>%3Ftype=Name</c> where the assembly holds several.
/// </summary>
internal sealed class PluginWorkloads : IWorkloadSource
{
    private const string Prefix = "plugin:";

    /// <inheritdoc/>
    public bool Knows(string value) => value == None || (value.StartsWith(Prefix, StringComparison.Ordinal) && value.Length > Prefix.Length);

    /// <inheritdoc/>
    public string Words => $"workload={None} or workload={Prefix}path/to/My.dll";

    private static string None => "none";

    /// <inheritdoc/>
    public IMigrationTarget Give(IMigrationTarget target, string value)
    {
        if (value == None)
            return new WorkloadTarget(target, null);
        var type = Find(value);
        var name = ForeignText.Line(type.Assembly.GetName().Name + ".dll");
        // Half of what a call of the driver has: the watcher of the driver must not be first to notice.
        return new WorkloadTarget(target, device => Make(type, name, target.Deadline / 2, device));
    }

    /// <inheritdoc/>
    public ReadinessLine? Look(string value)
    {
        if (value == None)
            return null;
        try
        {
            var type = Find(value);
            return ReadinessLine.Ok(
                "workload",
                $"{ForeignText.Line(type.FullName)} in {ForeignText.Line(type.Assembly.Location)}; its constructor was not called"
            );
        }
        catch (DeviceLostException error)
        {
            var end = error.Message.IndexOf(". ", StringComparison.Ordinal);
            return end < 0
                ? ReadinessLine.NotOk("workload", error.Message, "See docs/workloads.md")
                : ReadinessLine.NotOk("workload", error.Message[..end], error.Message[(end + 2)..]);
        }
    }

    private static Type Find(string value)
    {
        var text = value[Prefix.Length..];
        var options = text.LastIndexOf("?type=", StringComparison.Ordinal);
        return options < 0
            ? PluginLoader.Find(text, null, PluginLoader.Workloads)
            : PluginLoader.Find(text[..options], text[(options + "?type=".Length)..], PluginLoader.Workloads);
    }

    private static GuardedWorkload Make(Type type, string name, TimeSpan limit, IMigrationDevice device)
    {
        var fate = new WorkloadFate(name, limit);
        if (device.Port is not { } port)
            throw fate.Unusable(
                "a workload of one's own cannot be used here: the channel shows nothing of the device but its migration",
                "Leave workload= out"
            );
        var factory = fate.Ask("the constructor", type, static t => (IWorkloadFactory)Activator.CreateInstance(t)!);
        var workload =
            fate.Ask("Create", (factory, port), static f => f.factory.Create(f.port))
            ?? throw fate.Unusable($"Create of the workload in {name} gave null", "It makes a workload, or throws");
        return new(workload, fate);
    }
}
