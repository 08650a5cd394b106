using Conformance.Drivers.Addresses;
using Conformance.Model.Nested.Device;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>The built-in correct nested stages: <c>reference:nested?dirty=stage2|dlog|all|refused</c>.</summary>
public static class NestedReference
{
    /// <summary>Its name after <c>reference:</c>.</summary>
    public const string Name = "nested";

    private static readonly (string Text, DirtyWay Way)[] Ways =
    [
        ("stage2", DirtyWay.Stage2),
        ("dlog", DirtyWay.DeviceLog),
        ("all", DirtyWay.Everything),
        ("refused", DirtyWay.Refused),
    ];

    /// <summary>How dirty pages are known behind an address: by stage 2, if it does not say.</summary>
    /// <exception cref="DriverAddressException">There is no such way.</exception>
    public static DirtyWay WayOf(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Option("dirty") is not { } wanted)
            return DirtyWay.Stage2;
        foreach (var (text, way) in Ways)
            if (text == wanted)
                return way;
        throw DriverAddressException.Of(
            $"'dirty={wanted}' in '{address.Text}' is no way to know dirty pages.",
            $"Use one of {string.Join(", ", Ways.Select(way => $"dirty={way.Text}"))}."
        );
    }

    /// <summary>A way as an address has it.</summary>
    public static string TextOf(DirtyWay way) => Ways.First(known => known.Way == way).Text;

    /// <summary>Refuses options with values that they cannot have.</summary>
    /// <exception cref="DriverAddressException">What they can be.</exception>
    internal static void Check(DriverAddress address) => _ = WayOf(address);

    /// <summary>The host of a way.</summary>
    internal static HostHabits HabitsOf(DirtyWay way) =>
        way == DirtyWay.Stage2 ? new(HostHabits.Updating) { GrantsDirtyParent = true } : new(HostHabits.Plain) { HasDeviceLogs = way == DirtyWay.DeviceLog };

    /// <summary>Makes them.</summary>
    /// <exception cref="DriverAddressException">An option has a value that it cannot have.</exception>
    public static INestedTarget Open(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var way = WayOf(address);
        var habits = HabitsOf(way);
        return new InMemoryNestedTarget(
            address.Text,
            "nested stages in memory",
            address.Deadline,
            make => new MemoryHost(habits.As(make)),
            (host, isDestination) => new VirtualMachine(host, way, isDestination),
            () => new StreamTableWriter()
        )
        {
            Containers = () => new MemoryContainer(),
        };
    }
}

/// <summary>How a VMM knows which pages devices wrote.</summary>
public enum DirtyWay
{
    /// <summary>Stage 2 keeps dirty state, as the mock of iommufd and other IOMMUs do.</summary>
    Stage2,

    /// <summary>Devices log the addresses that they emit.</summary>
    DeviceLog,

    /// <summary>Nobody knows: all memory counts as written.</summary>
    Everything,

    /// <summary>Nobody knows: the VM is not migrated.</summary>
    Refused,
}
