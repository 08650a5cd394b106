namespace Conformance.Model.Migration.Steps;

/// <summary>A list of steps: what is generated, run, shortened, stored and replayed.</summary>
/// <param name="steps">The steps, at least one.</param>
/// <param name="unbound">True when the device is opened without the access that BIND_IOMMUFD grants (ABI-18).</param>
public sealed class Plan(IReadOnlyList<Step> steps, bool unbound = false)
{
    private readonly Step[] steps = steps as Step[] ?? [.. steps];

    /// <summary>A plan of these steps.</summary>
    public static Plan Of(params Step[] steps) => new(steps);

    /// <summary>The steps.</summary>
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>The steps, for loops in which the interface of a list would cost more than the step.</summary>
    public ReadOnlySpan<Step> AsSpan() => steps;

    /// <summary>True when the device is opened without access.</summary>
    public bool Unbound { get; } = unbound;

    /// <summary>The steps in words, separated by semicolons.</summary>
    public override string ToString() => (Unbound ? "open without access; " : "") + string.Join("; ", Steps);
}
