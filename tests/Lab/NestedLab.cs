using Conformance.Tests.Support;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>
/// The lab of nested stages of this clone. Tests that need it are skipped where it is not built; with CONFORMANCE_REQUIRE_LAB=1 it is built, and its absence
/// is a failure.
/// </summary>
internal static class NestedLab
{
    /// <summary>The address of its kernel; skips or fails the running test when it cannot be booted.</summary>
    /// <param name="more">Further options, each with an ampersand in front.</param>
    public static string Address(string more = "") => $"iommufd:/dev/iommu?guest='{Boot()}'{more}";

    /// <summary>The command that boots it; skips or fails the running test when there is none.</summary>
    public static string Boot()
    {
        var lab = Clone.File("labs", "nested");
        var required = Environment.GetEnvironmentVariable("CONFORMANCE_REQUIRE_LAB") == "1";
        var build = ScriptRun.Of(Path.Combine(lab, "build"), required ? [] : ["--find"]);
        if (build.Code != 0)
        {
            if (required)
                Assert.Fail($"the lab of nested stages cannot be built: {build.Errors}{build.Output}");
            Assert.Ignore("the lab of nested stages is not built here: run labs/nested/build, or set CONFORMANCE_REQUIRE_LAB=1");
        }

        return Path.Combine(lab, "boot");
    }
}
