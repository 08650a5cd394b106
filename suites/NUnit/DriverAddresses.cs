using Conformance.Drivers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Smmu.Device;
using NUnit.Framework;

namespace Conformance.Suites.NUnit;

/// <summary>The drivers that <c>dotnet test</c> checks: the test parameter <c>driver</c>, else the variable CONFORMANCE_DRIVER, else every reference driver.</summary>
public static class DriverAddresses
{
    private static readonly string[] Default = ["reference:stop_copy", "reference:p2p", "reference:pre_copy", "reference:full"];

    private static readonly string[] DefaultSmmus =
    [
        "reference:smmuv3?stage=1",
        "reference:smmuv3?stage=2",
        "reference:smmuv3?stage=nested",
        "reference:smmuv3",
    ];

    /// <summary>The addresses of migration drivers.</summary>
    public static IEnumerable<string> Chosen =>
        One is null ? Default
        : Names<IMigrationTarget>(One) ? [One]
        : [];

    /// <summary>The addresses of SMMUs.</summary>
    public static IEnumerable<string> ChosenSmmus =>
        One is null ? DefaultSmmus
        : Names<ISmmuTarget>(One) ? [One]
        : [];

    private static string? One =>
        (TestContext.Parameters["driver"] ?? Environment.GetEnvironmentVariable("CONFORMANCE_DRIVER")) is { Length: > 0 } one ? one : null;

    private static bool Names<T>(string address) => DriverSchemes.Parse(address).Contracts.Contains(typeof(T));
}
