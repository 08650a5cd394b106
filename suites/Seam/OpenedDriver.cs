using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Reports;

namespace Conformance.Suites.Seam;

/// <summary>How a driver is opened.</summary>
/// <param name="WithoutFault">True when not the fault of the address is asked, but the correct driver that it is seeded into.</param>
/// <param name="Known">The known deviations of the driver.</param>
public sealed record OpenOptions(bool WithoutFault, KnownDeviations Known)
{
    /// <summary>The driver that the address names, of which nothing is known.</summary>
    public static OpenOptions Plain { get; } = new(false, KnownDeviations.None);
}

/// <summary>A driver that was opened and looked at once.</summary>
/// <param name="owned">What is released with it.</param>
public sealed class OpenedDriver<TDevice, TPlan>(params IReadOnlyList<IDisposable> owned) : IDisposable
    where TDevice : class
    where TPlan : class
{
    /// <summary>What the device says of itself; null when that is so odd that nothing can be asked.</summary>
    public TDevice? Device { get; init; }

    /// <summary>What runs plans on it; null when there is no device.</summary>
    public IJudge<TPlan>? Judge { get; init; }

    /// <summary>What the report says of the driver.</summary>
    public required DriverFacts Driver { get; set; }

    /// <summary>What replay tokens say of it.</summary>
    public required MadeFor MadeFor { get; init; }

    /// <summary>What the look itself exercised and found.</summary>
    public Ledger Ledger { get; init; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in owned)
            one.Dispose();
    }
}
