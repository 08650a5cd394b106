using System.Globalization;
using Conformance.Drivers.Core;
using Conformance.Model.Migration;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Plugin;

/// <summary>From a <c>plugin:</c> address to its target: the assembly, <c>type=</c>, <c>deadline=</c>, <c>level=</c> and <c>traits=</c>.</summary>
public static class PluginAddress
{
    /// <summary>The options that make sense for a plugin.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["deadline", "level", "traits", "type"];

    /// <summary>Loads the assembly and makes the first driver, to see that it can be made. Each device that is opened afterwards is a driver of its own.</summary>
    /// <exception cref="DriverAddressException">The traits file cannot be read.</exception>
    /// <exception cref="DeviceLostException">The assembly cannot be used, or its driver cannot be made.</exception>
    public static IMigrationTarget Open(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var traits = address.ReadTraits();
        var deadline = address.Deadline ?? InProcessTarget.DefaultDeadline;
        var type = PluginLoader.Find(address.Name, address.Option("type"));
        var level = address.Level ?? UapiLevel.V7_2;
        var last = new LastBreath();
        var sample = MakeFirst(type, deadline, last);
        var target = new InProcessTarget(address.Text, sample, Open, deadline, traits);
        last.Take();
        return target;

        VfioCore Open(bool bound)
        {
            if (last.Take() is { } loss)
                throw loss;
            return new PluginCore(GuardedDriver.Make(type, last), last, level, bound);
        }
    }

    // A constructor that does not come back would keep the kit from saying so.
    private static GuardedDriver MakeFirst(Type type, TimeSpan deadline, LastBreath last)
    {
        GuardedDriver? driver = null;
        DeviceLostException? failure = null;
        var maker = new Thread(() =>
        {
            try
            {
                driver = GuardedDriver.Make(type, last);
            }
            catch (DeviceLostException error)
            {
                failure = error;
            }
        })
        { IsBackground = true, Name = "first driver" };
        maker.Start();
        if (!maker.Join(deadline))
            throw PluginText.Unusable(string.Create(CultureInfo.InvariantCulture, $"the constructor of {PluginText.Line(type.FullName)} did not return within {deadline.TotalSeconds:0.###} s"), "Do lasting work in TakeArc, or give deadline=");
        return failure is null ? driver! : throw new DeviceLostException(DeviceLoss.Unreachable, failure.Message, failure.LastWords);
    }
}
