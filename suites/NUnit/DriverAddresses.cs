using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Suites.Seam;
using NUnit.Framework;

namespace Conformance.Suites.NUnit;

/// <summary>
/// The drivers that <c>dotnet test</c> checks: the test parameter <c>driver</c>, else the variable CONFORMANCE_DRIVER, else the references of every suite.
/// </summary>
internal static class DriverAddresses
{
    /// <summary>A fixture for each of them.</summary>
    internal static IEnumerable<TestFixtureData> Fixtures =>
        from suite in AllSuites.All
        from address in One is null ? suite.References
        : Asks(suite, One) ? [One]
        : []
        select new TestFixtureData(address) { TypeArgs = [suite.GetType()] };

    private static bool Asks(ISuite suite, string address) => suite.Asks(DriverSchemes.Parse(address));

    private static string? One =>
        (TestContext.Parameters["driver"] ?? Environment.GetEnvironmentVariable("CONFORMANCE_DRIVER")) is { Length: > 0 } one ? one : null;
}
