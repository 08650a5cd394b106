using Conformance.Drivers.Addresses;
using Conformance.Drivers.Readiness;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.Reference.Nested;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference;

/// <summary>The <c>reference:</c> addresses: the correct devices that are built in, by name.</summary>
public sealed class ReferenceScheme : IDriverScheme
{
    // A new kind of device is a line here.
    private static readonly BuiltIn[] Kinds =
    [
        new(typeof(IMigrationTarget), ReferenceTarget.Names, ["deadline", "level", "traits", "workload"], _ => { }, ReferenceTarget.Open),
        new(
            typeof(IMigrationTarget),
            [HisiAccReference.Name],
            ["deadline", "level", "profile", "traits", "workload"],
            HisiAccReference.Check,
            HisiAccReference.Open
        ),
        new(typeof(ISmmuTarget), [SmmuReference.Name], ["caches", "deadline", "stage"], SmmuReference.Check, SmmuReference.Open),
        new(typeof(INestedTarget), [NestedReference.Name], ["deadline", "dirty"], NestedReference.Check, NestedReference.Open),
    ];

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public string Example => "reference:full";

    /// <inheritdoc/>
    public bool IsBuiltIn => true;

    private static IEnumerable<string> Names => Kinds.SelectMany(kind => kind.Names);

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => (Find(address) ?? Kinds[0]).Keys;

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (Find(address) is { } kind)
        {
            kind.Check(address);
            return;
        }

        var all = $"Use one of {string.Join(", ", Names.Select(name => $"reference:{name}"))}.";
        throw DriverAddressException.Of(
            $"There is no built-in driver '{address.Name}'.",
            Spelling.Nearest(address.Name, Names) is { } near ? $"Did you mean {address.WithName(near)}? {all}" : all
        );
    }

    /// <inheritdoc/>
    public string? Meant(string text) =>
        Names.FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name ? $"reference:{name}" : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [Find(address)!.Contract];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address) => address.Deadline ?? InProcessTarget.DefaultDeadline;

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address) => [ReadinessLine.BuiltIn];

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class => Find(address) is { } kind && kind.Contract == typeof(T) ? (T)kind.Open(address) : null;

    private static BuiltIn? Find(DriverAddress address) => Array.Find(Kinds, kind => kind.Names.Contains(address.Name));

    // The devices of one contract.
    private sealed record BuiltIn(
        Type Contract,
        IReadOnlyList<string> Names,
        IReadOnlyList<string> Keys,
        Action<DriverAddress> Check,
        Func<DriverAddress, object> Open
    );
}
