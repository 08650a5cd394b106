using Conformance.Drivers.Addresses;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>The built-in correct drivers by name.</summary>
public static class ReferenceTarget
{
    private static readonly (string Name, MigrationFeatures Features)[] Sets =
    [
        ("full", MigrationFeatures.StopCopy | MigrationFeatures.P2P | MigrationFeatures.PreCopy),
        ("p2p", MigrationFeatures.StopCopy | MigrationFeatures.P2P),
        ("pre_copy", MigrationFeatures.StopCopy | MigrationFeatures.PreCopy),
        ("stop_copy", MigrationFeatures.StopCopy),
        ("none", MigrationFeatures.None),
    ];

    /// <summary>The names after <c>reference:</c>. "none" is a device without migration (ABI-13).</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sets.Select(s => s.Name)];

    /// <summary>The feature set of a name, or null.</summary>
    public static MigrationFeatures? Find(string name)
    {
        foreach (var set in Sets)
        {
            if (set.Name == name)
                return set.Features;
        }
        return null;
    }

    /// <summary>The target of an address.</summary>
    /// <exception cref="DriverAddressException">The traits file cannot be read.</exception>
    internal static IMigrationTarget Open(DriverAddress address) =>
        Create(address.Text, Find(address.Name)!.Value, address.Level ?? UapiLevel.V7_2, address.Deadline, address.ReadTraits());

    /// <summary>A target whose devices are correct.</summary>
    public static IMigrationTarget Create(
        string address,
        MigrationFeatures features,
        UapiLevel level = UapiLevel.V7_2,
        TimeSpan? deadline = null,
        DeviceTraits? traits = null
    ) =>
        new InProcessTarget(
            address,
            new ReferenceDriver(features),
            bound => new VfioCoreDevice(new ReferenceDriver(features), level, bound),
            deadline ?? InProcessTarget.DefaultDeadline,
            traits
        );
}
