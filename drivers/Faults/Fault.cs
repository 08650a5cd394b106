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

    /// <summary>Where it comes from: "F-" and a requirement id, or the number of a bug in docs/spec/defects.md, "P-008"; several are separated by ", ".</summary>
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

    /// <inheritdoc/>
    public override string ToString() => Name;
}
