using System.Collections.Frozen;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Addresses;

/// <summary>
/// The name of a driver: <c>scheme:name?key=value&amp;key=value</c>. Options begin at the last '?' that is followed by a word and '='; <c>%3F</c> writes a
/// question mark that is part of the name or of a value. What the name and the options mean is the scheme's business, but for four keys that mean the same
/// everywhere:
/// <c>deadline</c>, <c>level</c>, <c>traits</c> and <c>workload</c>.
/// </summary>
public sealed class DriverAddress
{
    private readonly FrozenDictionary<string, string> options;
    private readonly string optionsText;
    private readonly IWorkloadSource? workloads;

    private DriverAddress(string text, IDriverScheme scheme, string rest, IWorkloadSource? workloads)
    {
        this.workloads = workloads;
        Text = text;
        Scheme = scheme;
        var question = OptionsStart(rest);
        (Name, optionsText) = question < 0 ? (Decode(rest), "") : (Decode(rest[..question]), rest[question..]);
        options = question < 0 ? FrozenDictionary<string, string>.Empty : ParseOptions(text, rest[(question + 1)..]);
        var keys = scheme.Keys(this);
        if (question >= 0 && OptionsStart(rest[..question]) is >= 0 and var first && keys.Contains(KeyAt(rest, first + 1)!))
            throw DriverAddressException.Of(
                $"'{text}' has options in two places ('{KeyAt(rest, first + 1)}' is the first).",
                "Write all options after one '?', joined by '&'; in an inner address write %3F instead of '?'."
            );

        // An option that does nothing for this driver is a slip; saying nothing would leave its author with a wrong belief.
        if (options.Keys.Order(StringComparer.Ordinal).FirstOrDefault(key => !keys.Contains(key)) is { } stranger)
            throw DriverAddressException.Of(
                $"'{stranger}' in '{text}' is not an option of this driver.",
                $"Its options are {string.Join(", ", keys)}; a '?' that is part of the name is written %3F."
            );
        scheme.Check(this);
        if (Option("workload") is { } workload && !scheme.Workloads.Contains(workload) && workloads?.Knows(workload) != true)
            throw DriverAddressException.Of(
                $"'workload={workload}' in '{text}' is not a workload of this driver.",
                workloads is null ? "Leave it out." : $"Use {workloads.Words}."
            );
        Level = Option("level") is { } level ? ParseLevel(level) : null;
        Deadline = Option("deadline") is { } deadline ? ParseDeadline(deadline) : null;
    }

    /// <summary>The address as the user wrote it.</summary>
    public string Text { get; }

    /// <summary>The way to reach the driver.</summary>
    public IDriverScheme Scheme { get; }

    /// <summary>What stands between the scheme and the options, question marks decoded.</summary>
    public string Name { get; }

    /// <summary>The options, question marks decoded.</summary>
    public IReadOnlyDictionary<string, string> Options => options;

    /// <summary>The value of an option, or null.</summary>
    public string? Option(string key) => options.GetValueOrDefault(key);

    /// <summary>The uAPI level that was asked for, or null.</summary>
    public UapiLevel? Level { get; }

    /// <summary>The deadline of one call that was asked for, or null: more than 0 and at most a day.</summary>
    public TimeSpan? Deadline { get; }

    /// <summary>The contracts that the driver can be opened as. The assembly of a plugin is loaded to see it.</summary>
    /// <inheritdoc cref="IDriverScheme.Contracts" path="/exception"/>
    public IReadOnlyList<Type> Contracts => Scheme.Contracts(this);

    /// <inheritdoc cref="IDriverScheme.Identity"/>
    public IReadOnlyList<IdentityFact> Identity => Scheme.Identity(this);

    /// <summary>Understands an address. Files that it names are not looked at yet.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="schemes">The schemes that there are.</param>
    /// <param name="workloads">Where workloads come from that no scheme has itself, or null.</param>
    /// <exception cref="DriverAddressException">It cannot be understood.</exception>
    public static DriverAddress Parse(string text, IReadOnlyList<IDriverScheme> schemes, IWorkloadSource? workloads = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(schemes);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return schemes.FirstOrDefault(scheme => colon >= 0 && text.AsSpan(0, colon).SequenceEqual(scheme.Name)) is { } known
            ? new(text, known, text[(colon + 1)..], workloads)
            : throw NearMiss.Explain(text, schemes);
    }

    /// <summary>Makes the driver that the address names.</summary>
    /// <typeparam name="T">The contract that it is wanted as.</typeparam>
    /// <param name="withoutFault">True: where the address names a fault, the correct driver that it is seeded into; what a check finds there is a false
    /// alarm.</param>
    /// <exception cref="DriverAddressException">An option does not fit the driver, or a file that it names cannot be read.</exception>
    /// <exception cref="DeviceLostException">The driver is no <typeparamref name="T"/>, or cannot be reached.</exception>
    public T Open<T>(bool withoutFault = false)
        where T : class
    {
        var opened =
            Scheme.Open<T>(this, withoutFault)
            ?? throw new DeviceLostException(
                DeviceLoss.Unreachable,
                $"{Text} is {string.Join(" and ", Contracts.Select(DeviceContracts.Words))}, not {DeviceContracts.Words(typeof(T))}"
            );
        if (opened is not IMigrationTarget target || OwnWorkload is not { } workload)
            return opened;
        try
        {
            return (T)workloads!.Give(target, workload);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>Looks at everything that a check of the driver needs. Nothing is bound, booted, built or called.</summary>
    public IReadOnlyList<ReadinessLine> Look() =>
        [
            .. Scheme.Look(this),
            .. Option("traits") is { } path ? [TraitsFile.Look(path)] : Array.Empty<ReadinessLine>(),
            .. OwnWorkload is { } workload && workloads!.Look(workload) is { } line ? [line] : Array.Empty<ReadinessLine>(),
        ];

    /// <summary>The traits file of the address, or null when it names none.</summary>
    /// <exception cref="DriverAddressException">It cannot be read.</exception>
    public DeviceTraits? ReadTraits() => Option("traits") is { } path ? TraitsFile.Read(path) : null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>The same address with another name: the one that was meant.</summary>
    internal string WithName(string name) => $"{Scheme.Name}:{name}{optionsText}";

    /// <summary>Where the options of a text begin: its last '?' that is followed by a word and '='; -1 when it has none.</summary>
    internal static int OptionsStart(string text)
    {
        var at = text.LastIndexOf('?');
        while (at > 0 && KeyAt(text, at + 1) is null)
            at = text.LastIndexOf('?', at - 1);
        return at >= 0 && KeyAt(text, at + 1) is not null ? at : -1;
    }

    // A workload that the scheme does not have itself.
    private string? OwnWorkload => Option("workload") is { } value && !Scheme.Workloads.Contains(value) ? value : null;

    private UapiLevel ParseLevel(string value) =>
        UapiLevels.Find(value)
        ?? throw DriverAddressException.Of(
            $"'level={value}' in '{Text}' is not a uAPI level.",
            $"Use one of {string.Join(", ", UapiLevels.All.Select(level => level.Name()))}."
        );

    private TimeSpan ParseDeadline(string value) =>
        TimeText.Parse(value) is { } time && time > TimeSpan.Zero && time <= TimeSpan.FromDays(1)
            ? time
            : throw DriverAddressException.Of(
                $"'deadline={value}' in '{Text}' is not a time with its unit.",
                "Write a number with ms, s, m or h, more than 0 and at most a day: deadline=90s."
            );

    private static FrozenDictionary<string, string> ParseOptions(string text, string list)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in list.Split('&'))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw DriverAddressException.Of($"'{option}' in '{text}' is not an option.", "Options are key=value, joined by '&'.");
            var key = option[..equals];
            if (equals == option.Length - 1)
                throw DriverAddressException.Of($"'{key}=' in '{text}' has no value.", $"Write {key}=VALUE, or leave it out.");
            if (!options.TryAdd(key, Decode(option[(equals + 1)..])))
                throw DriverAddressException.Of($"'{key}' is given twice in '{text}'.", "Give it once.");
        }
        return options.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string? KeyAt(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_'))
            end++;
        return end > start && end < text.Length && text[end] == '=' ? text[start..end] : null;
    }

    private static string Decode(string text) => text.Replace("%3F", "?", StringComparison.OrdinalIgnoreCase);
}
