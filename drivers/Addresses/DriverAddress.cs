using System.Collections.Frozen;
using System.Globalization;
using Conformance.Drivers.Faults;
using Conformance.Drivers.LinuxVfio;
using Conformance.Drivers.Plugin;
using Conformance.Drivers.QemuSmmu;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Addresses;

/// <summary>
/// The name of a driver: <c>scheme:name?key=value&amp;key=value</c>. Options begin at the last '?' that is followed by a known key and '=';
/// <c>%3F</c> writes a question mark that is part of the name or of a value.
/// </summary>
public sealed class DriverAddress
{
    private static readonly (string Name, DriverScheme Scheme, string Example)[] Schemes =
    [
        ("reference", DriverScheme.Reference, "reference:full"),
        ("fault", DriverScheme.Fault, "fault:accepts-short-argsz"),
        ("plugin", DriverScheme.Plugin, "plugin:path/to/My.dll"),
        ("vfio", DriverScheme.Vfio, "vfio:0000:75:00.1"),
        ("qemu-smmuv3", DriverScheme.QemuSmmu, "qemu-smmuv3:"),
    ];

    private static readonly (string Text, UapiLevel Level)[] Levels =
    [
        ("6.1", UapiLevel.V6_1),
        ("6.2", UapiLevel.V6_2),
        ("6.6", UapiLevel.V6_6),
        ("6.7", UapiLevel.V6_7),
        ("6.12", UapiLevel.V6_12),
        ("7.2", UapiLevel.V7_2),
    ];

    private readonly FrozenDictionary<string, string> options;

    private DriverAddress(string text, DriverScheme scheme, string name, FrozenDictionary<string, string> options)
    {
        Text = text;
        Scheme = scheme;
        Name = name;
        this.options = options;
    }

    /// <summary>The keys that an address may have.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["caches", "deadline", "guest", "level", "on", "stage", "traits", "type", "via", "workload"];

    /// <summary>The address as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>The kind of driver.</summary>
    public DriverScheme Scheme { get; }

    /// <summary>What stands between the scheme and the options, question marks decoded.</summary>
    public string Name { get; }

    /// <summary>The options, question marks decoded.</summary>
    public IReadOnlyDictionary<string, string> Options => options;

    /// <summary>The value of an option, or null.</summary>
    public string? Option(string key) => options.GetValueOrDefault(key);

    /// <summary>The uAPI level that was asked for, or null.</summary>
    public UapiLevel? Level { get; private set; }

    /// <summary>The deadline that was asked for, or null.</summary>
    public TimeSpan? Deadline { get; private set; }

    /// <summary>Understands an address. Files that it names are not looked at yet.</summary>
    /// <exception cref="DriverAddressException">It cannot be understood.</exception>
    public static DriverAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (schemeName, scheme, _) = Schemes.FirstOrDefault(s => colon >= 0 && text.AsSpan(0, colon).SequenceEqual(s.Name));
        if (schemeName is null)
        {
            throw Bad(
                colon < 0 ? $"'{text}' is not a driver address: it has no scheme." : $"'{text[..colon]}' is not a kind of driver.",
                $"An address looks like {string.Join(", ", Schemes.Select(s => s.Example))}."
            );
        }
        var rest = text[(colon + 1)..];
        var question = FindOptions(text, rest);
        var options = question < 0 ? FrozenDictionary<string, string>.Empty : ParseOptions(text, rest[(question + 1)..]);
        var name = question < 0 ? rest : rest[..question];
        if (KeyAfterLastQuestionMark(name) is { } second)
            throw Bad(
                $"'{text}' has options in two places ('{second}' is the first).",
                "Write all options after one '?', joined by '&'; in an inner address write %3F instead of '?'."
            );
        var address = new DriverAddress(text, scheme, Decode(name), options);
        address.CheckName();
        address.CheckOptions();
        address.Level = address.Option("level") is { } level ? address.ParseLevel(level) : null;
        address.Deadline = address.Option("deadline") is { } deadline ? address.ParseDeadline(deadline) : null;
        return address;
    }

    /// <summary>Makes the driver that the address names.</summary>
    /// <exception cref="DriverAddressException">An option does not fit the driver, or a file that it names cannot be read.</exception>
    /// <exception cref="DeviceLostException">The driver cannot be reached.</exception>
    public IMigrationTarget Open() =>
        Scheme switch
        {
            DriverScheme.Reference => OpenReference(),
            DriverScheme.Fault => OpenFault(seeded: true),
            DriverScheme.Plugin => PluginAddress.Open(this),
            DriverScheme.Vfio => VfioAddress.Open(this),
            _ => throw new DeviceLostException(DeviceLoss.Unreachable, $"{Text} is an SMMU, not a migration driver"),
        };

    /// <summary>True when the address names an SMMU. The assembly of a plugin is loaded to see it.</summary>
    /// <exception cref="DeviceLostException">The assembly of a plugin cannot be used.</exception>
    public bool IsSmmu =>
        Scheme switch
        {
            DriverScheme.QemuSmmu => true,
            DriverScheme.Reference => Name == SmmuReference.Name,
            DriverScheme.Fault => FaultCatalogue.Find(Name) is SmmuFault,
            DriverScheme.Plugin => PluginAddress.IsSmmu(this),
            _ => false,
        };

    /// <summary>Makes the SMMU that the address names.</summary>
    /// <exception cref="DriverAddressException">An option does not fit the SMMU.</exception>
    /// <exception cref="DeviceLostException">The address names none, or it cannot be reached.</exception>
    public ISmmuTarget OpenSmmu() =>
        Scheme switch
        {
            DriverScheme.QemuSmmu => QemuSmmuAddress.Open(this),
            DriverScheme.Reference when IsSmmu => SmmuReference.Open(this),
            DriverScheme.Fault when FaultCatalogue.Find(Name) is SmmuFault fault => OpenSmmuFault(fault, seeded: true),
            DriverScheme.Plugin => PluginAddress.OpenSmmu(this),
            _ => throw new DeviceLostException(DeviceLoss.Unreachable, $"{Text} is not an SMMU"),
        };

    /// <summary>Makes the correct driver that the fault of the address is seeded into: what a check finds there is a false alarm.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public IMigrationTarget OpenWithoutFault() => Scheme == DriverScheme.Fault ? OpenFault(seeded: false) : Open();

    /// <summary>Makes the correct SMMU that the fault of the address is seeded into.</summary>
    /// <inheritdoc cref="OpenSmmu" path="/exception"/>
    public ISmmuTarget OpenSmmuWithoutFault() =>
        Scheme == DriverScheme.Fault && FaultCatalogue.Find(Name) is SmmuFault fault ? OpenSmmuFault(fault, seeded: false) : OpenSmmu();

    /// <summary>The traits file of the address, or null when it names none.</summary>
    /// <exception cref="DriverAddressException">It cannot be read.</exception>
    public DeviceTraits? ReadTraits() => Option("traits") is { } path ? TraitsFile.Read(path) : null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    private IMigrationTarget OpenReference()
    {
        if (ReferenceTarget.Find(Name) is not { } features)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{Text} is an SMMU, not a migration driver");
        return ReferenceTarget.Create(Text, features, Level ?? UapiLevel.V7_2, Deadline, ReadTraits());
    }

    private IMigrationTarget OpenFault(bool seeded)
    {
        if (FaultCatalogue.Find(Name) is not MigrationFault fault)
            throw new DeviceLostException(DeviceLoss.Unreachable, $"{Text} is an SMMU, not a migration driver");
        var features = fault.Features;
        var level = Level ?? fault.Level;
        if (Option("on") is { } on)
        {
            var inner = Parse(on);
            if (inner.Scheme != DriverScheme.Reference || ReferenceTarget.Find(inner.Name) is not { } set)
                throw Bad(
                    $"'{on}' in '{Text}' is not a driver that can be given a fault.",
                    $"Use one of {string.Join(", ", ReferenceTarget.Names.Select(n => $"on=reference:{n}"))}."
                );
            features = set;
            level = Level ?? inner.Level ?? fault.Level;
        }
        return seeded
            ? fault.CreateTarget(Text, features, level, Deadline, ReadTraits())
            : ReferenceTarget.Create(Text, features, level, Deadline, ReadTraits());
    }

    private InMemorySmmuTarget OpenSmmuFault(SmmuFault fault, bool seeded)
    {
        var (capabilities, caching) = (fault.Capabilities, SmmuCaching.OnDemand);
        if (Option("on") is { } on)
        {
            var inner = Parse(on);
            if (inner.Scheme != DriverScheme.Reference || inner.Name != SmmuReference.Name)
                throw Bad(
                    $"'{on}' in '{Text}' is not an SMMU that can be given a fault.",
                    $"Use on=reference:{SmmuReference.Name}, or write on=reference:{SmmuReference.Name}%3Fstage=nested."
                );
            capabilities = SmmuReference.CapabilitiesOf(inner);
            caching = SmmuReference.CachingOf(inner);
        }
        return seeded
            ? new(Text, () => fault.Create(capabilities, caching), $"SMMUv3 in memory with the fault {fault.Name}", Deadline)
            : new(Text, () => new MemorySmmu(capabilities, caching), $"SMMUv3 in memory without the fault {fault.Name}", Deadline);
    }

    private void CheckName()
    {
        switch (Scheme)
        {
            case DriverScheme.Reference when ReferenceTarget.Find(Name) is null && Name != SmmuReference.Name:
                throw Bad(
                    $"There is no built-in driver '{Name}'.",
                    $"Use one of {string.Join(", ", ReferenceTarget.Names.Append(SmmuReference.Name).Select(n => $"reference:{n}"))}."
                );
            case DriverScheme.Fault when FaultCatalogue.Find(Name) is null:
                var near = FaultCatalogue.Nearest(Name);
                throw Bad(
                    $"There is no fault '{Name}'.",
                    near is null ? "The command 'faults' lists them." : $"Did you mean fault:{near.Name}? The command 'faults' lists them all."
                );
            case DriverScheme.Plugin or DriverScheme.Vfio when Name.Length == 0:
                throw Bad(
                    $"'{Text}' names no {(Scheme == DriverScheme.Plugin ? "assembly" : "device")}.",
                    $"Write for example {Schemes.First(s => s.Scheme == Scheme).Example}."
                );
            case DriverScheme.Plugin when options.Keys.Order(StringComparer.Ordinal).FirstOrDefault(key => !PluginAddress.Keys.Contains(key)) is { } stranger:
                throw Bad($"'{stranger}' in '{Text}' means nothing to a plugin.", $"Its options are {string.Join(", ", PluginAddress.Keys)}.");
        }
    }

    // An option that does nothing for this kind of driver is a slip; saying nothing would leave its author with a wrong belief.
    private void CheckOptions()
    {
        string[] known = Scheme switch
        {
            DriverScheme.Reference when Name == SmmuReference.Name => ["caches", "deadline", "stage"],
            DriverScheme.Reference => ["deadline", "level", "traits"],
            DriverScheme.Fault when FaultCatalogue.Find(Name) is SmmuFault => ["deadline", "on"],
            DriverScheme.Fault => ["deadline", "level", "on", "traits"],
            DriverScheme.Vfio => ["deadline", "guest", "level", "traits", "via", "workload"],
            DriverScheme.Plugin => ["deadline", "level", "traits", "type", "workload"],
            _ => ["deadline", "stage"],
        };
        foreach (var key in options.Keys.Order(StringComparer.Ordinal))
            if (!known.Contains(key))
                throw Bad($"'{key}' in '{Text}' means nothing to this kind of driver.", $"Its options are {string.Join(", ", known)}.");
        if (Scheme == DriverScheme.Vfio && Option("via") is { } via and not ("device" or "group"))
            throw Bad($"'via={via}' in '{Text}' is not a way to open a VFIO device.", "Use via=device (cdev and iommufd) or via=group (group and container).");
        if (Scheme == DriverScheme.Reference && Name == SmmuReference.Name)
        {
            SmmuReference.CapabilitiesOf(this);
            SmmuReference.CachingOf(this);
        }
        if (Scheme == DriverScheme.QemuSmmu && Option("stage") is { } stage && !QemuSmmuAddress.Stages.Contains(stage))
            throw Bad(
                $"'stage={stage}' in '{Text}' is not what QEMU's SMMU can be given.",
                $"Use one of {string.Join(", ", QemuSmmuAddress.Stages.Select(s => $"stage={s}"))}."
            );
        if (
            Scheme == DriverScheme.Fault
            && Option("on") is { } on
            && Parse(on) is { Scheme: DriverScheme.Reference } inner
            && ReferenceTarget.Find(inner.Name) is { } set
            && FaultCatalogue.Find(Name) is MigrationFault fault
            && (set & fault.Features) != fault.Features
        )
            throw Bad(
                $"The fault '{fault.Name}' cannot be seen on {on}: it needs features {(ulong)fault.Features:d}, that driver has {(ulong)set:d}.",
                "Leave on= out, or choose a driver with more features."
            );
    }

    private UapiLevel ParseLevel(string value)
    {
        foreach (var (text, level) in Levels)
        {
            if (text == value)
                return level;
        }
        throw Bad($"'level={value}' in '{Text}' is not a uAPI level.", $"Use one of {string.Join(", ", Levels.Select(l => l.Text))}.");
    }

    private TimeSpan ParseDeadline(string value)
    {
        var (digits, unit) =
            value.EndsWith("ms", StringComparison.Ordinal) ? (value[..^2], 0.001)
            : value.EndsWith('s') ? (value[..^1], 1.0)
            : value.EndsWith('m') ? (value[..^1], 60.0)
            : ("", 0.0);
        if (double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is > 0 and <= 86400)
            return TimeSpan.FromSeconds(number * unit);
        throw Bad(
            $"'deadline={value}' in '{Text}' is not a time with its unit.",
            "Write a number with ms, s or m, more than 0 and at most a day: deadline=90s."
        );
    }

    // Options begin at the last '?' that is followed by a known key. A '?' before an unknown key is most likely a slip, not a part of the name.
    private static int FindOptions(string text, string rest)
    {
        string? unknown = null;
        for (var at = rest.LastIndexOf('?'); at >= 0; at = at == 0 ? -1 : rest.LastIndexOf('?', at - 1))
        {
            var key = KeyAt(rest, at + 1);
            if (key is null)
                continue;
            if (Keys.Contains(key))
                return unknown is null ? at : throw UnknownKey(text, unknown);
            unknown ??= key;
        }
        return unknown is null ? -1 : throw UnknownKey(text, unknown);
    }

    private static FrozenDictionary<string, string> ParseOptions(string text, string list)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in list.Split('&'))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Bad($"'{option}' in '{text}' is not an option.", "Options are key=value, joined by '&'.");
            var key = option[..equals];
            if (!Keys.Contains(key))
                throw UnknownKey(text, key);
            if (equals == option.Length - 1)
                throw Bad($"'{key}=' in '{text}' has no value.", $"Write {key}=VALUE, or leave it out.");
            if (!options.TryAdd(key, Decode(option[(equals + 1)..])))
                throw Bad($"'{key}' is given twice in '{text}'.", "Give it once.");
        }
        return options.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string? KeyAfterLastQuestionMark(string text)
    {
        var at = text.LastIndexOf('?');
        return at < 0 || KeyAt(text, at + 1) is not { } key || !Keys.Contains(key) ? null : key;
    }

    private static string? KeyAt(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_'))
            end++;
        return end > start && end < text.Length && text[end] == '=' ? text[start..end] : null;
    }

    private static string Decode(string text) => text.Replace("%3F", "?", StringComparison.OrdinalIgnoreCase);

    private static DriverAddressException UnknownKey(string text, string key) =>
        Bad($"'{key}' in '{text}' is not an option.", $"The options are {string.Join(", ", Keys)}; a '?' that is part of the name is written %3F.");

    private static DriverAddressException Bad(string what, string fix) => new($"{what}\n{fix}");
}
