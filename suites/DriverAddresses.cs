using System.Collections;
using NUnit.Framework;

namespace Conformance.Suites;

/// <summary>The drivers that <c>dotnet test</c> checks: the test parameter <c>driver</c>, else the variable CONFORMANCE_DRIVER, else every reference driver.</summary>
internal sealed class DriverAddresses : IEnumerable
{
    private static readonly string[] Default = ["reference:stop_copy", "reference:p2p", "reference:pre_copy", "reference:full"];

    /// <inheritdoc/>
    public IEnumerator GetEnumerator()
    {
        var chosen = TestContext.Parameters["driver"] ?? Environment.GetEnvironmentVariable("CONFORMANCE_DRIVER");
        return (string.IsNullOrWhiteSpace(chosen) ? Default : [chosen]).GetEnumerator();
    }
}
