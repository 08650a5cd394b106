using System.Globalization;
using Conformance.Drivers.Addresses;
using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Drivers.Reference.Nested;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// The <c>plugin:</c> addresses: a driver, an SMMU, or a host, VMM or writer of nested stages in an assembly of the user's; <c>type=</c>, <c>deadline=</c>, for
/// drivers <c>level=</c>, <c>traits=</c> and <c>workload=</c>, for VMMs <c>dirty=</c>.
/// </summary>
public sealed class PluginScheme : IDriverScheme
{
    // A new kind of device is a line here.
    private static readonly Kind[] Kinds =
    [
        new(typeof(IMigrationDriver), typeof(IMigrationTarget), ["deadline", "level", "traits", "type", "workload"], OpenDriver),
        new(typeof(ISmmu), typeof(ISmmuTarget), ["deadline", "type"], OpenSmmu),
        new(typeof(INestedStage), typeof(INestedTarget), ["deadline", "type"], OpenHost) { Look = LookAtHost },
        new(typeof(INestedMachineFactory), typeof(INestedTarget), ["deadline", "dirty", "type"], OpenVmm) { Look = LookAtVmm },
        new(typeof(IStreamTableWriter), typeof(INestedTarget), ["deadline", "type"], OpenWriter) { Look = LookAtWriter },
    ];

    /// <inheritdoc/>
    public string Name => "plugin";

    /// <inheritdoc/>
    public string Example => "plugin:path/to/My.dll";

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => [.. Kinds.SelectMany(kind => kind.Keys).Distinct().Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (address.Name.Length == 0)
            throw DriverAddressException.Of($"'{address.Text}' names no assembly.", $"Write for example {Example}.");
        if (address.Option("dirty") is not null)
            NestedReference.Check(address);
    }

    /// <inheritdoc/>
    // A path has no colon, or is C:\...
    public string? Meant(string text) =>
        text.Length > ".dll".Length && text.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) && text.IndexOf(':', StringComparison.Ordinal) is (-1 or 1)
            ? $"plugin:{text}"
            : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [.. KindsOf(Find(address)).Select(kind => kind.Contract).Distinct()];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address)
    {
        CheckKeys(address, Find(address));
        return DeadlineOfCalls(address);
    }

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address)
    {
        var contract = typeof(IMigrationDriver).Assembly.GetName().Version!.ToString(3);
        yield return ReadinessLine.Ok(".NET", $"{Environment.Version}, contract {contract}");
        var assembly = LookAtAssembly(address, out var type);
        yield return assembly;
        if (type is not null && KindsOf(type).FirstOrDefault(kind => kind.Look is not null) is { } kind)
            yield return LookInside(address, type, kind);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity(DriverAddress address)
    {
        var type = Find(address);
        return
        [
            new("assembly", $"{ForeignText.Line(type.Assembly.GetName().Name)} {type.Assembly.GetName().Version}, type {ForeignText.Line(type.FullName)}"),
            new("sha256", PluginLoader.Hash(address.Name)),
        ];
    }

    /// <inheritdoc/>
    // Makes the first driver, to see that it can be made. Each device that is opened afterwards is a driver of its own; an SMMU that is lost is replaced by a
    // new one.
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class
    {
        // Before anything is loaded: what is wrong with a file of the user's is said first.
        _ = address.ReadTraits();
        var type = Find(address);
        CheckKeys(address, type);
        return (T?)KindsOf(type).FirstOrDefault(kind => kind.Contract == typeof(T))?.Open(address, type);
    }

    private static TimeSpan DeadlineOfCalls(DriverAddress address) => address.Deadline ?? InProcessTarget.DefaultDeadline;

    private static Type Find(DriverAddress address) => PluginLoader.Find(address.Name, address.Option("type"));

    private static IEnumerable<Kind> KindsOf(Type type) => Kinds.Where(kind => kind.Implements.IsAssignableFrom(type));

    // Which kind of device it is, and so which options mean something, is not seen before the assembly is loaded.
    private static void CheckKeys(DriverAddress address, Type type)
    {
        var kinds = KindsOf(type).ToList();
        foreach (var key in address.Options.Keys.Order(StringComparer.Ordinal))
        {
            if (!kinds.Exists(kind => kind.Keys.Contains(key)))
                throw DriverAddressException.Of(
                    $"'{key}' in '{address.Text}' means nothing to {DeviceContracts.Words(kinds[0].Contract)}.",
                    $"Its options are {string.Join(", ", kinds[0].Keys)}."
                );
        }
    }

    private static ReadinessLine LookAtAssembly(DriverAddress address, out Type? type)
    {
        type = null;
        try
        {
            type = Find(address);
            var opens = KindsOf(type).Any(kind => kind.Look is not null);
            return ReadinessLine.Ok(
                "assembly",
                $"{ForeignText.Line(type.FullName)} in {ForeignText.Line(Path.GetFullPath(address.Name))}{(opens ? "" : "; its constructor was not called")}"
            );
        }
        catch (DeviceLostException error)
        {
            return NotOk("assembly", error, "See docs/plugins.md");
        }
    }

    // What check would see, where a plan needs more than one object of it: it is made once, and nothing is asked of it.
    private static ReadinessLine LookInside(DriverAddress address, Type type, Kind kind)
    {
        try
        {
            return ReadinessLine.Ok("plugin", MakeFirst(type, DeadlineOfCalls(address), () => kind.Look!(address, type)));
        }
        catch (DeviceLostException error)
        {
            return NotOk("plugin", error, "See docs/nested-plugins.md");
        }
    }

    // "what is wrong. How to mend it."
    private static ReadinessLine NotOk(string what, DeviceLostException error, string page)
    {
        var end = error.Message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? ReadinessLine.NotOk(what, error.Message, page) : ReadinessLine.NotOk(what, error.Message[..end], error.Message[(end + 2)..]);
    }

    private static InProcessTarget OpenDriver(DriverAddress address, Type type)
    {
        var traits = address.ReadTraits();
        var deadline = DeadlineOfCalls(address);
        var level = address.Level ?? UapiLevel.V7_2;
        var last = new LastBreath();
        var sample = MakeFirst(type, deadline, () => GuardedDriver.Make(type, last));
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

    private static InMemorySmmuTarget OpenSmmu(DriverAddress address, Type type)
    {
        var deadline = DeadlineOfCalls(address);
        return MakeFirst(type, deadline, () => new InMemorySmmuTarget(address.Text, () => MakeSmmu(type), ForeignText.Line(type.FullName), deadline));
    }

    // A host of somebody's, with the kit's VMM on it.
    private static InMemoryNestedTarget OpenHost(DriverAddress address, Type type)
    {
        var deadline = DeadlineOfCalls(address);
        MakeFirst(type, deadline, () => GuardedHost.Make(type)).Dispose();
        return new(
            address.Text,
            ForeignText.Line(type.FullName),
            deadline,
            _ => GuardedHost.Make(type),
            (host, isDestination) => new VirtualMachine(host, WayOf(host.Facts), isDestination),
            () => null
        )
        {
            Parts = NestedParts.Host,
            HasOtherMakes = false,
        };
    }

    // As a VMM would choose: the kit's has the same choice on every host.
    private static DirtyWay WayOf(NestedHostFacts facts) =>
        facts.GrantsDirtyParent ? DirtyWay.Stage2
        : facts.HasDeviceLogs ? DirtyWay.DeviceLog
        : DirtyWay.Everything;

    // A VMM of somebody's, on the kit's hosts: dirty= says what they have.
    private static InMemoryNestedTarget OpenVmm(DriverAddress address, Type type)
    {
        var deadline = DeadlineOfCalls(address);
        var habits = NestedReference.HabitsOf(NestedReference.WayOf(address));
        var factory = MakeFirst(type, deadline, () => GuardedFactory.Make(type));
        return new(address.Text, ForeignText.Line(type.FullName), deadline, make => new MemoryHost(habits.As(make)), factory.Create, () => null)
        {
            Parts = NestedParts.Machine,
        };
    }

    private static InMemoryNestedTarget OpenWriter(DriverAddress address, Type type)
    {
        var deadline = DeadlineOfCalls(address);
        MakeFirst(type, deadline, () => GuardedWriter.Make(type)).Dispose();
        return new(
            address.Text,
            ForeignText.Line(type.FullName),
            deadline,
            _ => new MemoryHost(new(HostHabits.Plain)),
            (_, _) => null,
            () => GuardedWriter.Make(type)
        )
        {
            Parts = NestedParts.Writer,
            HasOtherMakes = false,
        };
    }

    private static string LookAtHost(DriverAddress address, Type type)
    {
        using var host = GuardedHost.Make(type);
        var facts = host.Facts;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{facts.Devices.Count} devices, {facts.RamSize >> 20} MiB, dirty tracking of a nest parent {(facts.GrantsDirtyParent ? "granted" : "refused")}, "
                + $"device logs {(facts.HasDeviceLogs ? "yes" : "no")}, evidence {(host.Evidence is null ? "no" : "yes")}; the kit's VMM runs on it"
        );
    }

    private static string LookAtVmm(DriverAddress address, Type type)
    {
        using var host = new MemoryHost(NestedReference.HabitsOf(NestedReference.WayOf(address)));
        using var machine = GuardedFactory.Make(type).Create(host, isDestination: false);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"a VMM with {machine.Facts.Devices.Count} devices, which {(machine.Facts.BlocksMigration ? "blocks migration" : "migrates")}, on the kit's hosts"
        );
    }

    private static string LookAtWriter(DriverAddress address, Type type)
    {
        using var writer = GuardedWriter.Make(type);
        return "a writer of STEs and CDs";
    }

    // What it says of itself is looked at here, so that nothing that comes after has to doubt it.
    private static ISmmu MakeSmmu(Type type)
    {
        const ulong Block = 1 << 16,
            Least = 64 << 20;
        var fate = new Fate(ForeignText.Line(type.Assembly.GetName().Name + ".dll"));
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
                    $"the constructor of {ForeignText.Line(type.FullName)} did not return within {deadline.TotalSeconds:0.###} s"
                ),
                "Do lasting work in TakeArc, or give deadline="
            );
        return failure is null ? driver! : throw new DeviceLostException(DeviceLoss.Unreachable, failure.Message, failure.LastWords);
    }

    // What a class of the user's implements, the contract that the kit opens it as, the options that mean something to it, and how it is opened.
    private sealed record Kind(Type Implements, Type Contract, IReadOnlyList<string> Keys, Func<DriverAddress, Type, object> Open)
    {
        /// <summary>Says what a check would see; null where the constructor is left alone.</summary>
        public Func<DriverAddress, Type, string>? Look { get; init; }
    }
}
