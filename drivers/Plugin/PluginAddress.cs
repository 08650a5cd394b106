using System.Globalization;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

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
        if (!typeof(IMigrationDriver).IsAssignableFrom(type))
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{PluginText.Line(type.FullName)} is an SMMU, not a migration driver");
        var level = address.Level ?? UapiLevel.V7_2;
        var last = new LastBreath();
        var sample = MakeFirst(type, deadline, last);
        var target = new InProcessTarget(address.Text, sample, Open, deadline, traits);
        last.Take();
        return target;

        VfioCoreDevice Open(bool bound)
        {
            if (last.Take() is { } loss)
                throw loss;
            return new PluginCore(GuardedDriver.Make(type, last), last, level, bound);
        }
    }

    /// <summary>True when what the address names is an SMMU.</summary>
    /// <exception cref="DeviceLostException">The assembly cannot be used.</exception>
    public static bool IsSmmu(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return IsSmmu(PluginLoader.Find(address.Name, address.Option("type")));
    }

    /// <summary>Loads the assembly and makes the first SMMU, to see that it can be made. One that is lost is replaced by a new one.</summary>
    /// <exception cref="DeviceLostException">The assembly cannot be used, or its SMMU cannot be made.</exception>
    public static ISmmuTarget OpenSmmu(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        RefuseOptionsOfDrivers(address);
        var type = PluginLoader.Find(address.Name, address.Option("type"));
        if (!IsSmmu(type))
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{PluginText.Line(type.FullName)} is a migration driver, not an SMMU");
        var deadline = address.Deadline ?? InProcessTarget.DefaultDeadline;
        return MakeFirst(type, deadline, () => new InMemorySmmuTarget(address.Text, () => MakeSmmu(type), PluginText.Line(type.FullName), deadline));
    }

    /// <summary>Refuses what means something to a migration driver only, in the address of an SMMU.</summary>
    /// <exception cref="DriverAddressException">It has such an option.</exception>
    public static void RefuseOptionsOfDrivers(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        foreach (var key in (string[])["level", "traits"])
            if (address.Option(key) is not null)
                throw new DriverAddressException($"'{key}' in '{address.Text}' means nothing to an SMMU.\nIts options are deadline, type.");
    }

    private static bool IsSmmu(Type type) => typeof(ISmmu).IsAssignableFrom(type);

    // What it says of itself is looked at here, so that nothing that comes after has to doubt it.
    private static ISmmu MakeSmmu(Type type)
    {
        const ulong Block = 1 << 16,
            Least = 64 << 20;
        var fate = new Fate(PluginText.Line(type.Assembly.GetName().Name + ".dll"));
        var smmu = fate.Ask("the constructor", type, static t => (ISmmu)Activator.CreateInstance(t)!);
        var memory = fate.Ask("Memory", smmu, static s => s.Memory);
        var hole = fate.Ask("Hole", smmu, static s => s.Hole);
        var port = fate.Ask("Port", smmu, static s => s.Port);
        if (memory.Size < Least || (memory.Start | memory.Size) % Block != 0 || memory.End < memory.Start || memory.End > 1ul << 52)
            throw PluginText.Unusable(
                $"the SMMU has 0x{memory.Size:x} bytes of memory at 0x{memory.Start:x}",
                "It must have at least 64 MiB, a multiple of 64 KiB in place and size, below 2^52"
            );
        if (hole.Size < Block || hole.End < hole.Start || hole.Contains(memory.Start) || memory.Contains(hole.Start))
            throw PluginText.Unusable(
                $"the SMMU has a hole of 0x{hole.Size:x} bytes at 0x{hole.Start:x}",
                "It must have at least 64 KiB and none of the memory"
            );
        return port.HasFlag(SmmuPort.Interrupts) && smmu is not ISmmuInterrupts
            ? throw PluginText.Unusable("the SMMU shows interrupts, but does not implement ISmmuInterrupts", "Implement it, or leave SmmuPort.Interrupts out")
            : smmu;
    }

    private static GuardedDriver MakeFirst(Type type, TimeSpan deadline, LastBreath last) => MakeFirst(type, deadline, () => GuardedDriver.Make(type, last));

    // A constructor that does not come back would keep the kit from saying so.
    private static T MakeFirst<T>(Type type, TimeSpan deadline, Func<T> make)
        where T : class
    {
        T? driver = null;
        DeviceLostException? failure = null;
        var maker = new Thread(() =>
        {
            try
            {
                driver = make();
            }
            catch (DeviceLostException error)
            {
                failure = error;
            }
        })
        {
            IsBackground = true,
            Name = "first driver",
        };
        maker.Start();
        if (!maker.Join(deadline))
            throw PluginText.Unusable(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the constructor of {PluginText.Line(type.FullName)} did not return within {deadline.TotalSeconds:0.###} s"
                ),
                "Do lasting work in TakeArc, or give deadline="
            );
        return failure is null ? driver! : throw new DeviceLostException(DeviceLoss.Unreachable, failure.Message, failure.LastWords);
    }
}
