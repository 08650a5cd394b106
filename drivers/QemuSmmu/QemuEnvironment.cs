using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>What a check of QEMU's SMMU needs: the program, in a version that has the stage.</summary>
internal static class QemuEnvironment
{
    internal static IEnumerable<ReadinessLine> Look(string program, string? stage)
    {
        var found = ProgramVersion.Look("QEMU", program, Fix(program));
        yield return found;
        if (found.Status == ReadinessStatus.Ok)
            yield return Stage(ProgramVersion.Find(program)!, stage ?? "1");
    }

    // What labs/qemu/build would have made says so itself: ".../labs/qemu/out/10.0/qemu".
    private static string Fix(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal) && Path.GetFullPath(program).Split('/') is [.., _, "out", var version, "qemu"] parts)
        {
            var build = Path.Combine(string.Join('/', parts[..^3]), "build");
            if (File.Exists(build))
                return $"Fetch it, nothing on this machine changes: {build} {version}";
        }

        return "Install it (Debian: apt-get install qemu-system-arm), or name another: qemu-smmuv3:/path/to/qemu-system-aarch64";
    }

    private static ReadinessLine Stage(string path, string stage)
    {
        Version version;
        try
        {
            version = QemuMachine.VersionOf(path);
        }
        catch (DeviceLostException error)
        {
            return ReadinessLine.NotOk("stage", error.Message, "Name a qemu-system-aarch64");
        }

        var first = QemuSmmuScheme.FirstVersionWith(stage);
        return version >= first
            ? ReadinessLine.Ok("stage", $"{stage}: QEMU {version} has it")
            : ReadinessLine.NotOk(
                "stage",
                $"{stage}: QEMU {version} has it not, it came with {first}",
                "Leave stage= out, or name a newer one; labs/qemu/build 10.0 fetches one that has all stages"
            );
    }
}
