using Conformance.Tests.Support;

namespace Conformance.Tests.Lab;

/// <summary>The functions of labs/hisi: two of the first kind.</summary>
internal static class HisiLab
{
    public const string FirstDevice = "19e5:00:00.1";
    public const string SecondDevice = "19e5:00:00.2";

    /// <summary>What the driver promises, for <c>?traits=</c>, from the clone.</summary>
    public const string Traits = "labs/hisi/traits.json";

    /// <summary>The file with the known deviations of a kernel's driver.</summary>
    public static string Expectations(string kernel) => Clone.File("labs", "hisi", "expectations", $"{kernel}.json");
}
