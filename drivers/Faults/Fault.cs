using Conformance.Drivers.Addresses;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>A seeded defect: a named way to be wrong, one override on a correct driver.</summary>
public abstract class Fault
{
    private protected Fault(string name, RequirementId[] requirements, string source, string description)
    {
        Name = name;
        Requirements = requirements;
        Source = source;
        Description = description;
    }

    /// <summary>What it does, in words: <c>accepts-short-argsz</c>.</summary>
    public string Name { get; }

    /// <summary>The requirements that it breaks; the first is the one that a check is proven with.</summary>
    public IReadOnlyList<RequirementId> Requirements { get; }

    /// <summary>
    /// Where it comes from: "F-" and a requirement id, or the number of a bug in docs/spec/defects.md, "P-008"; several are separated by ", ".
    /// </summary>
    public string Source { get; }

    /// <summary>What the mutant does, in one line.</summary>
    public string Description { get; }

    /// <summary>True when a check that meets the fault never gets an answer.</summary>
    public bool Hangs { get; internal init; }

    /// <summary>True when a check that meets the fault takes the process down.</summary>
    public bool Crashes { get; internal init; }

    /// <summary>True when only calls that overlap show it.</summary>
    public bool NeedsConcurrency { get; internal init; }

    /// <summary>True when the same plan shows it in some runs only.</summary>
    public bool NowAndThen { get; internal init; }

    /// <summary>What the correct device can do that it is put into by itself, in words: faults with the same words have the same correct device.</summary>
    public abstract string ShownBy { get; }

    /// <summary>The contract of the device that has it.</summary>
    public abstract Type Contract { get; }

    /// <summary>The options of its address, sorted.</summary>
    internal abstract IReadOnlyList<string> Keys { get; }

    /// <summary>The addresses that <c>on=</c> takes, for messages.</summary>
    private protected abstract string Bases { get; }

    /// <summary>Refuses a correct device that it cannot be seeded into, or cannot be seen on.</summary>
    /// <exception cref="DriverAddressException">The reason.</exception>
    internal abstract void CheckOn(DriverAddress address, DriverAddress on);

    /// <summary>Makes the target.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="on">The correct device, or null: the fault's own choice.</param>
    /// <param name="seeded">False: the correct device alone.</param>
    /// <exception cref="DriverAddressException">A file that the address names cannot be read.</exception>
    internal abstract object Open(DriverAddress address, DriverAddress? on, bool seeded);

    /// <summary>What is said about an <c>on=</c> that names no correct device of its kind.</summary>
    internal DriverAddressException Unseedable(DriverAddress address, string on) =>
        DriverAddressException.Of($"'{on}' in '{address.Text}' is not {DeviceContracts.Words(Contract)} that can be given a fault.", $"Use {Bases}.");

    /// <inheritdoc/>
    public override string ToString() => Name;
}
