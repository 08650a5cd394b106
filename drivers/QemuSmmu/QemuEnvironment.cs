using Conformance.Drivers.Processes;
using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>What a check of QEMU's SMMU needs: the program, in a version that has the stage.</summary>
internal static class QemuEnvironment
{
    private const string What = "QEMU";

    internal static ReadinessLine? Obstacle(string program) => ProgramVersion.Missing(What, program, Fix(program));

    internal static IEnumerable<ReadinessLine> Look(string program, string? stage)
    {
        var found = ProgramVersion.Look(What, program, Fix(program));
        yield return found;
        if (found.Status == ReadinessStatus.Ok)
            yield return Stage(ProgramVersion.Find(program)!, stage ?? "1");
    }

    // What labs/qemu/build made, or would have made, is in a folder that says so: ".../qemu-10.0-0123456789abcdef/qemu".
    private static string Fix(string program)
    {
        if (program.Split('/') is [.., var folder, "qemu"] && folder.Split('-') is ["qemu", var version, _])
            return $"Fetch it, nothing on this machine changes, and name what this prints: labs/qemu/build {version}";
        return "Install it (Debian: apt-get install qemu-system-arm), or fetch one without installing it, and name what this prints: labs/qemu/build";
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
