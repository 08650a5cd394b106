using NUnit.Framework;

namespace Conformance.Suites;

/// <summary>The drivers that <c>dotnet test</c> checks: the test parameter <c>driver</c>, else the variable CONFORMANCE_DRIVER, else every reference driver.</summary>
public static class DriverAddresses
{
    private static readonly string[] Default = ["reference:stop_copy", "reference:p2p", "reference:pre_copy", "reference:full"];

    /// <summary>The addresses.</summary>
    public static IEnumerable<string> Chosen =>
        (TestContext.Parameters["driver"] ?? Environment.GetEnvironmentVariable("CONFORMANCE_DRIVER")) is { Length: > 0 } one ? [one] : Default;
}
