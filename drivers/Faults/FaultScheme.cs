using Conformance.Drivers.Addresses;
using Conformance.Drivers.Readiness;
using Conformance.Drivers.VfioCore;

namespace Conformance.Drivers.Faults;

/// <summary>The <c>fault:</c> addresses: a seeded defect by its name, on the correct device of <c>on=</c>.</summary>
/// <param name="reference">The scheme of the correct devices.</param>
public sealed class FaultScheme(IDriverScheme reference) : IDriverScheme
{
    private static readonly string[] AnyKeys = ["deadline", "level", "on", "traits", "workload"];

    /// <inheritdoc/>
    public string Name => "fault";

    /// <inheritdoc/>
    public string Example => "fault:accepts-short-argsz";

    /// <inheritdoc/>
    public bool IsBuiltIn => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(DriverAddress address) => FaultCatalogue.Find(address.Name)?.Keys ?? AnyKeys;

    /// <inheritdoc/>
    public void Check(DriverAddress address)
    {
        if (FaultCatalogue.Find(address.Name) is { } fault)
        {
            if (On(address) is { } on)
                fault.CheckOn(address, on);
            return;
        }

        throw DriverAddressException.Of(
            $"There is no fault '{address.Name}'.",
            FaultCatalogue.Nearest(address.Name) is { } near
                ? $"Did you mean {address.WithName(near.Name)}? The command 'faults' lists them all."
                : "The command 'faults' lists them."
        );
    }

    /// <inheritdoc/>
    public string? Meant(string text) => Spelling.Nearest(text, FaultCatalogue.All.Select(fault => fault.Name)) is { } name ? $"fault:{name}" : null;

    /// <inheritdoc/>
    public IReadOnlyList<Type> Contracts(DriverAddress address) => [FaultCatalogue.Find(address.Name)!.Contract];

    /// <inheritdoc/>
    public TimeSpan Deadline(DriverAddress address) => address.Deadline ?? InProcessTarget.DefaultDeadline;

    /// <inheritdoc/>
    public IEnumerable<ReadinessLine> Look(DriverAddress address) => [ReadinessLine.BuiltIn];

    /// <inheritdoc/>
    public T? Open<T>(DriverAddress address, bool withoutFault)
        where T : class =>
        FaultCatalogue.Find(address.Name) is { } fault && fault.Contract == typeof(T) ? (T)fault.Open(address, On(address), seeded: !withoutFault) : null;

    // What the fault is seeded into: an address of a correct device, or null where the fault's own choice is taken.
    private DriverAddress? On(DriverAddress address) =>
        address.Option("on") is not { } on ? null
        : on.StartsWith($"{reference.Name}:", StringComparison.Ordinal) ? DriverAddress.Parse(on, [reference])
        : throw FaultCatalogue.Find(address.Name)!.Unseedable(address, on);
}
