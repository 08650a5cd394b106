using Conformance.Drivers.Addresses;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The built-in correct SMMU: <c>reference:smmuv3?stage=1|2|nested|full&amp;caches=on-demand|none|eager</c>.</summary>
public static class SmmuReference
{
    /// <summary>Its name after <c>reference:</c>.</summary>
    public const string Name = "smmuv3";

    private static readonly (string Text, SmmuCapabilities Capabilities)[] Stages =
    [
        ("1", SmmuCapabilities.QemuStage1),
        ("2", SmmuCapabilities.QemuStage2),
        ("nested", SmmuCapabilities.QemuNested),
        ("full", SmmuCapabilities.Full),
    ];

    private static readonly (string Text, SmmuCaching Caching)[] Caches =
    [
        ("on-demand", SmmuCaching.OnDemand),
        ("none", SmmuCaching.None),
        ("eager", SmmuCaching.Eager),
    ];

    /// <summary>What an address asks for: everything, if it does not say.</summary>
    /// <exception cref="DriverAddressException">There is no such stage.</exception>
    public static SmmuCapabilities CapabilitiesOf(DriverAddress address) => Choose(address, "stage", Stages, SmmuCapabilities.Full);

    /// <summary>Capabilities in words: the stage that has them, or the nearest one and the registers that differ.</summary>
    public static string TextOf(SmmuCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var (text, near) = Stages.MinBy(stage => Registers(stage.Capabilities).Zip(Registers(capabilities)).Count(pair => pair.First != pair.Second));
        var differences = Registers(near)
            .Zip(Registers(capabilities))
            .Where(pair => pair.First != pair.Second)
            .Select(pair => $"{pair.Second.Name} 0x{pair.Second.Value:x8}")
            .ToList();
        return differences.Count == 0 ? $"stage={text}" : $"stage={text} with {string.Join(", ", differences)}";
    }

    /// <summary>Capabilities with other stages: what a state must not be loaded into.</summary>
    public static SmmuCapabilities OtherThan(SmmuCapabilities capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        return capabilities with { S2P = !capabilities.S2P, S1P = capabilities.S1P || capabilities.S2P };
    }

    /// <summary>How the SMMU of an address caches.</summary>
    /// <exception cref="DriverAddressException">There is no such way.</exception>
    public static SmmuCaching CachingOf(DriverAddress address) => Choose(address, "caches", Caches, SmmuCaching.OnDemand);

    /// <summary>Refuses options with values that they cannot have.</summary>
    /// <exception cref="DriverAddressException">What they can be.</exception>
    internal static void Check(DriverAddress address) => _ = (CapabilitiesOf(address), CachingOf(address));

    /// <summary>Makes the SMMU.</summary>
    /// <exception cref="DriverAddressException">An option has a value that it cannot have.</exception>
    public static ISmmuTarget Open(DriverAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var capabilities = CapabilitiesOf(address);
        var caching = CachingOf(address);
        return new InMemorySmmuTarget(address.Text, () => new MemorySmmu(capabilities, caching), "SMMUv3 in memory", address.Deadline)
        {
            OtherStages = () => new MemorySmmu(OtherThan(capabilities), caching),
        };
    }

    private static (string Name, uint Value)[] Registers(SmmuCapabilities capabilities) =>
        [("IDR0", capabilities.Idr0), ("IDR1", capabilities.Idr1), ("IDR3", capabilities.Idr3), ("IDR5", capabilities.Idr5), ("AIDR", capabilities.Aidr)];

    private static T Choose<T>(DriverAddress address, string key, (string Text, T Value)[] choices, T otherwise)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Option(key) is not { } wanted)
            return otherwise;
        foreach (var (text, value) in choices)
        {
            if (text == wanted)
                return value;
        }
        throw DriverAddressException.Of(
            $"'{key}={wanted}' in '{address.Text}' is not what this SMMU can be given.",
            $"Use one of {string.Join(", ", choices.Select(choice => $"{key}={choice.Text}"))}."
        );
    }
}
