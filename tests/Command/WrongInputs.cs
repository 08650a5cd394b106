using System.Text.Json.Nodes;
using Conformance.Drivers.Reference.HisiAcc;
using Conformance.Model.Serialization.Qemu;
using Conformance.Reports;
using Conformance.Suites.Lint;
using Conformance.Tests.Drivers;
using Conformance.Tests.Lint;
using Conformance.Tests.Plugin;
using Conformance.Tests.Reports;
using Conformance.Tests.Support;

namespace Conformance.Tests.Command;

/// <summary>One thing that a user can get wrong.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Words">The words after <c>conformance</c>.</param>
internal sealed record WrongInput(int Code, params IReadOnlyList<string> Words)
{
    /// <summary>A variable of its environment; null: none.</summary>
    public string? Variable { get; init; }

    /// <summary>As its user typed it.</summary>
    public override string ToString() =>
        string.Join(' ', Words.Select(word => Escaping.ShellWord(word)).Prepend("conformance").Prepend(Variable).Where(word => word is not null));
}

/// <summary>Everything that a user can get wrong, by what is wrong: the words, an address, a file, an assembly, a folder.</summary>
internal static class WrongInputs
{
    public static IReadOnlyList<WrongInput> All { get; } =
    [
        new(2),
        new(2, "chek", "reference:full"),
        new(2, "--wrong"),
        new(2, "worker"),
        new(2, "worker", "reference:full", "migration", "x", "1", "1"),
        new(2, "check"),
        new(2, "check", ""),
        new(2, "check", "reference:full", "--strikt"),
        new(2, "check", "reference:full", "extra"),
        new(2, "check", "reference:full", "--plans"),
        new(2, "check", "reference:full", "--plans", "many"),
        new(2, "check", "reference:full", "--plans", "-1"),
        new(2, "check", "reference:full", "--plans", "1", "--plans", "2"),
        new(2, "check", "reference:full", "--plans", "99999999999999999999"),
        new(2, "check", "reference:full", "--seed", "1e3"),
        new(2, "check", "reference:full", "--suite", "migraton"),
        new(2, "check", "reference:full", "--suite", ","),
        new(2, "check", "reference:full", "--suite", "nested"),
        new(2, "check", "reference:nested?dirty=some"),
        new(2, "check", "fault:dirty-by-giova?on=reference:smmuv3"),
        new(2, "check", "reference:full", "--campaign", "request-pair"),
        new(2, "check", "reference:full", "--campaign", "close-in"),
        new(2, "check", "reference:full", "--requirement", "MIG-FOO-*"),
        new(2, "check", "reference:full", "--requirement", "MIG-FSM"),
        new(2, "check", "reference:full", "--regressions", "tokens"),
        new(2, "check", "reference:full", "--campaign", "\u001b[31mred\u202e"),
        new(2, "check", "reference:full", "--report", "file"),
        new(2, "check", "reference:full", "--report", "/proc/no/such/folder"),
        new(2, "check", "reference:full", "--snapshots", "file"),
        new(2, "check", "reference:full", "--snapshots", ""),
        new(2, "save-states", "reference:full"),
        new(2, "requirements", "MIG-FSM-99"),
        new(2, "requirements", "MIG-FSN"),
        new(2, "requirements", "--group", "MIG-FSN"),
        new(2, "requirements", "MIG-FSM-06", "MIG-FSM-07"),
        new(2, "requirements", "MIG-XXX-*"),
        new(2, "requirements", "MIG-FSM-06", "--group", "MIG-FD"),
        new(2, "requirements", "MIG-FSM-06", "--unchecked"),
        new(2, "faults", "no-such-fault"),
        new(2, "faults", "accepts-short-argz"),
        new(2, "faults", "--output", "x"),
        new(2, "faults", "--run", "--from", "file"),
        new(2, "faults", "--run", "accepts-short-argsz", "--output", "folder"),
        new(2, "faults", "--from", "no-such-file.json"),
        new(2, "faults", "--from", "green.json"),
        new(2, "faults", "--from", "list.json"),
        new(2, "doctor"),
        new(2, "doctor", "nonsense"),
        new(3, "doctor", "vfio:x?guest=no/such/boot"),
        new(3, "doctor", "qemu-smmuv3:no/such/qemu-system-aarch64"),
        new(3, "doctor", "reference:full?traits=file"),
        new(2, "replay"),
        new(2, "replay", Blocked),
        new(2, "replay", "hello", "reference:full"),
        new(2, "replay", "nofile.json", "reference:full"),
        new(2, "replay", "folder", "reference:full"),
        new(2, "replay", "cfm7-abcd", "reference:full"),
        new(2, "replay", Blocked.Replace("kG", "kH", StringComparison.Ordinal), "reference:full"),
        new(2, "replay", Blocked[..^6], "reference:full"),
        new(2, "replay", Blocked, "nonsense"),
        new(2, "replay", Blocked, "reference:smmuv3"),
        new(2, "check", "reference:full", "--shard", "5/4"),
        new(2, "check", "reference:full", "--shard", "0/4"),
        new(2, "check", "reference:full", "--shard", "1/99999"),
        new(2, "check", "reference:full", "--budget", "soon"),
        new(2, "check", "reference:full", "--budget", "5"),
        new(2, "check", "reference:full", "--shrink-budget", "-1s"),
        new(2, "check", "reference:full", "--suite", "smmu"),
        new(2, "check", "reference:smmuv3", "--suite", "migration"),
        new(2, "check", "reference:nested", "--snapshots", "states"),
        new(2, "check", "nonsense"),
        new(2, "check", "ref:full"),
        new(2, "check", "vfio-user:/run/dev.sock"),
        new(2, "check", "/run/dev.sock"),
        new(2, "check", "reference"),
        new(2, "check", "full"),
        new(2, "check", "smmuv3?stage=2"),
        new(2, "check", "Stop_Copy"),
        new(2, "check", "reference:Full"),
        new(2, "check", "REFERENCE:full"),
        new(2, "check", "Reference:P2P?level=6.1"),
        new(2, "check", "accepts-short-argz"),
        new(2, "check", "fault:Accepts-Short-Argsz"),
        new(2, "check", "My.dll"),
        new(2, "check", "bin/My.dll?type=Mine"),
        new(2, "check", "bin/My.dll?guest=boot"),
        new(2, "check", "/dev/vfio/devices/vfio0"),
        new(2, "check", "/dev/vfio/12"),
        new(2, "check", "vfio:/dev/vfio/noiommu-3"),
        new(2, "check", "0000:75:00.1"),
        new(2, "check", "75:00.1?via=group"),
        new(2, "check", "vfio:75:00.1"),
        new(2, "check", "vfio:vfio0"),
        new(2, "check", "/sys/bus/pci/devices/0000:75:00.1"),
        new(2, "check", "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"),
        new(2, "check", "vifo:0000:75:00.1"),
        new(2, "check", "/usr/bin/qemu-system-aarch64"),
        new(2, "check", "qemu-system-aarch64?stage=nested"),
        new(2, "check", "qemu:/usr/bin/qemu-system-aarch64"),
        new(2, "doctor", "0000:75:00.1"),
        new(2, "replay", Blocked, "full"),
        new(2, "check", "reference:"),
        new(2, "check", "reference:ful"),
        new(2, "check", "reference:full?speed=9"),
        new(2, "check", "reference:full?level=6.3"),
        new(2, "check", "reference:full?level="),
        new(2, "check", "reference:full?level=6.1&level=6.1"),
        new(2, "check", "reference:full?level=6.1?deadline=1s"),
        new(2, "check", "reference:full?deadline=soon"),
        new(2, "check", "reference:full?deadline=30"),
        new(2, "check", "reference:full?deadline=-1s"),
        new(2, "check", "reference:full?guest=boot"),
        new(2, "check", "reference:hisi_acc?profile=loose"),
        new(2, "check", "reference:full?profile=strict"),
        new(2, "check", "fault:no-such-fault"),
        new(2, "check", "fault:keeps-state"),
        new(2, "check", "fault:accepts-short-argsz?on=vfio:0000:75:00.1"),
        new(2, "check", "vfio:"),
        new(2, "check", "vfio:0000:75:00.1?via=air"),
        new(2, "check", "vfio:0000:75:00.1?workload="),
        new(2, "check", "vfio:0000:75:00.1?workload=heavy"),
        new(2, "check", "vfio:0000:75:00.1?stage=2"),
        new(2, "check", "fault:ste-span-exponent?level=6.1"),
        new(2, "check", "fault:ste-span-exponent?on=reference:full"),
        new(2, "check", "qemu-smmuv3:?level=6.1"),
        new(2, "check", "qemu-smmuv3:?migration=maybe"),
        new(2, "check", "iommufd:/dev/vfio/vfio"),
        new(2, "check", "iommufd:/dev/iommu?guest=boot&iommu=vtd"),
        new(2, "check", "iommufd:/dev/iommu?guest=boot&vmm=nothing"),
        new(2, "check", "iommufd:/dev/iommu?guest=boot&iommu=mock&vmm=no-post-load-push"),
        new(3, "check", "iommufd:/dev/iommu"),
        new(3, "check", "iommufd:/dev/iommu?guest=no/such/boot"),
        new(2, "check", "type1:"),
        new(2, "check", "type1:/dev/vfio/12"),
        new(2, "check", "type1:19e5:00:00.1?via=group"),
        new(2, "check", "type1:19e5:00:00.1?beside=19e5:00:00.2,/dev/vfio/12"),
        new(2, "check", "type1:19e5:00:00.1?beside=19e5:00:00.1"),
        new(3, "check", "type1:19e5:00:00.1"),
        new(3, "check", "type1:19e5:00:00.1?guest=no/such/boot"),
        new(2, "check", "reference:smmuv3?level=6.1"),
        new(2, "check", "plugin:"),
        new(2, "check", "plugin:x.dll?typ=X"),
        new(2, "check", "plugin:x.dll?guest=boot"),
        new(3, "check", "vfio:nonsense"),
        new(3, "check", "vfio:1111:22:33.4"),
        new(3, "check", "vfio:/dev/vfio/devices/vfio999"),
        new(3, "check", "vfio:x?guest=no/such/boot"),
        new(3, "check", "vfio:x?guest=./folder"),
        new(3, "check", "vfio:x?guest=/bin/false"),
        new(3, "check", "vfio:x?guest=/bin/echo \u001b[31mgarbage"),
        new(3, "check", "vfio:x?guest=lab/boot --kernel trixie"),
        new(3, "replay", Blocked, "vfio:x?guest=lab/boot --kernel trixie"),
        new(3, "replay", "replay.json", "vfio:x?guest=lab/boot --kernel trixie"),
        new(2, "check", "reference:full?traits=no-such-file.json"),
        new(2, "check", "reference:full?traits=folder"),
        new(2, "check", "reference:full?traits=empty"),
        new(2, "check", "reference:full?traits=/dev/zero"),
        new(2, "check", "reference:full?traits=file"),
        new(2, "check", "reference:full?traits=list.json"),
        new(2, "check", "reference:full?traits=trait-unknown.json"),
        new(2, "check", "reference:full?traits=trait-kind.json"),
        new(2, "check", "reference:full?traits=trait-twice.json"),
        new(2, "check", "reference:full?traits=trait-level.json"),
        new(2, "check", "reference:full", "--expect", "no-such-file.json"),
        new(2, "check", "reference:full", "--expect", "folder"),
        new(2, "check", "reference:full", "--expect", "empty"),
        new(2, "check", "reference:full", "--expect", "/dev/zero"),
        new(2, "check", "reference:full", "--expect", "file"),
        new(2, "check", "reference:full", "--expect", "object.json"),
        new(2, "check", "reference:full", "--expect", "numbers.json"),
        new(2, "check", "reference:full", "--expect", "expect-unknown.json"),
        new(2, "check", "reference:full", "--expect", "expect-member.json"),
        new(2, "check", "reference:full", "--expect", "expect-verdict.json"),
        new(2, "check", "reference:full", "--expect", "expect-date.json"),
        new(2, "check", "reference:full", "--expect", "expect-reason.json"),
        new(2, "check", "reference:full", "--expect", "expect-kind.json"),
        new(2, "render"),
        new(2, "render", "no-such-file.json"),
        new(2, "render", "folder"),
        new(2, "render", "empty"),
        new(2, "render", "/dev/zero"),
        new(2, "render", "file"),
        new(2, "render", "list.json"),
        new(2, "render", "object.json"),
        new(2, "render", "half.json"),
        new(2, "render", "without-findings.json"),
        new(2, "render", "without-campaigns.json"),
        new(2, "render", "without-notes.json"),
        new(2, "render", "surrogate.json"),
        new(2, "render", "version.json"),
        new(2, "render", "member.json"),
        new(2, "render", "twice.json"),
        new(2, "render", "reference.json"),
        new(2, "render", "counts.json"),
        new(2, "render", "deep.json"),
        new(2, "render", "green.json", "green.json"),
        new(2, "render", "shard.json", "--strict"),
        new(2, "render", "shard.json", "--report", "out"),
        new(2, "render", "green.json", "--as", "junitt"),
        new(2, "render", "green.json", "--as", "ktap", "--output", "folder"),
        new(2, "render", "green.json", "--as", "ktap", "--output", "no/such/folder/file"),
        new(2, "diff", "green.json"),
        new(2, "diff", "green.json", "no-such-file.json"),
        new(2, "diff", "half.json", "green.json"),
        new(2, "diff", "green.json", "without-findings.json"),
        new(2, "diff", "without-expectationErrors.json", "green.json"),
        new(2, "lint", "green.json", "--record", "reference:stop_copy"),
        new(3, "check", "reference:full?workload=plugin:nope.dll", "--dry-run"),
        new(2, "diff", "green.json", "smmu.json"),
        new(2, "diff", "shard.json", "green.json"),
        new(2, "diff", "green.json", "campaign.json"),
        new(2, "diff", "green.json", "requirement.json"),
        new(2, "lint"),
        new(2, "lint", "no-such-file.trace"),
        new(2, "lint", "folder"),
        new(2, "lint", "/dev/zero"),
        new(2, "lint", "empty"),
        new(2, "lint", "object.json"),
        new(2, "lint", "acc.bin"),
        new(2, "lint", "bad.trace"),
        new(2, "lint", "red.trace"),
        new(2, "lint", "forgot.trace", "--expect", "object.json"),
        new(2, "lint", "forgot.trace", "--report", "file"),
        new(2, "lint", "forgot.trace", "other.trace", "--record", "reference:full"),
        new(2, "lint", "folder", "--record", "reference:full"),
        new(2, "lint", "new.trace", "--record", "reference:ful"),
        new(2, "lint", "new.trace", "--record", "reference:smmuv3"),
        new(3, "lint", "new.trace", "--record", "reference:none"),
        new(2, "render", "green.json", "--expect", "no-such-file.json"),
        new(2, "render", "red.json", "--expect", "list.json"),
        new(2, "render", "green.json", "--report", "file"),
        new(2, "render", "shard.json", "shard.json"),
        new(2, "render", "shard.json", "green.json"),
        new(3, "check", "plugin:missing.dll"),
        new(3, "check", "plugin:folder"),
        new(3, "check", "plugin:file"),
        new(3, "check", "plugin:empty"),
        new(3, "check", "plugin:Broken.dll"),
        new(3, "check", "plugin:Broken.dll?type=ThrowsInArk"),
        new(3, "check", "plugin:Broken.dll?type=NoDriver"),
        new(3, "check", "plugin:Broken.dll?type=Bare"),
        new(3, "check", "plugin:Broken.dll?type=WantsArgument"),
        new(3, "check", "plugin:Broken.dll?type=ThrowsInFeatures"),
        new(3, "check", "plugin:Broken.dll?type=EndsProcessInConstructor"),
        new(2, "check", "plugin:Broken.dll?type=SmmuThrows&level=6.1"),
        new(2, "check", "plugin:Broken.dll?type=SmmuThrows&traits=trait-good.json"),
        new(2, "explain", "no-such-file"),
        new(2, "explain", "folder"),
        new(2, "explain", "/dev/zero"),
        new(2, "accept", "no-such-folder"),
        new(2, "accept", "file"),
        new(2, "accept", "received") { Variable = "CI=true" },
        new(2, "accept", "taken"),
    ];

    // STOP_COPY to PRE_COPY, which is blocked.
    private const string Blocked = "cfm1-DgAF2gQeoyXhAAIJAwkGIhAhrA";

    /// <summary>Makes the files that the inputs name.</summary>
    public static void Prepare(string folder)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(PluginFiles.Broken)!))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        foreach (var name in new[] { "folder", "received", "taken", "taken/T.A.verified.txt", "lab", "tokens" })
            Directory.CreateDirectory(Path.Combine(folder, name));
        var green = ResultJson.Write(SampleDocuments.Green);
        var red = ResultJson.Write(SampleDocuments.Red);
        void Make(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Make("file", "#!/bin/sh\nexit 0\n");
        Make("empty", "");
        foreach (var name in new[] { "lab/boot", "lab/build" })
            ScriptFile.Write(Path.Combine(folder, name), "case \"$*\" in *--find) exit 1 ;; esac\nexec sleep 600");
        var acc = HisiAccImages.Save(HisiAccVersion.V2, ready: true);
        File.WriteAllBytes(Path.Combine(folder, "acc.bin"), acc);
        File.WriteAllBytes(Path.Combine(folder, "acc-cut.bin"), acc[..100]);
        var smmu = SmmuVmStream.Write(
            "virt-10.0",
            new()
            {
                [SmmuVmState.Cr0] = 0xd,
                [SmmuVmState.Cr0Ack] = 0xd,
                Gbpa = 0x10_1000,
            }
        );
        File.WriteAllBytes(Path.Combine(folder, "smmu.bin"), smmu);
        File.WriteAllBytes(Path.Combine(folder, "smmu-cut.bin"), smmu[..150]);
        Make("received/T.A.received.txt", "a");
        Make("taken/T.A.received.txt", "a");
        Make("tokens/bad.txt", "# cut off\ncfm1-abcd\n");
        Make("forgot.trace", LintSeed.All.First(seed => seed.Rule == LintRule.QueryWithoutMethod).Trace);
        Make("bad.trace", $"{TraceReader.Header}\n# a comment\nread fd=7 size=many ret=0\n");
        Make("red.trace", $"{TraceReader.Header}\n\u001b[31mred\u202e\n");
        Make("list.json", "[]");
        Make("object.json", "{}");
        Make("numbers.json", "[1, 2]");
        Make("deep.json", new string('[', 1_000_000));
        Make("trait-unknown.json", """{ "deterministic": true }""");
        Make("trait-kind.json", """{ "maxImageBytes": "many" }""");
        Make("trait-twice.json", """{ "maxImageBytes": 1, "maxImageBytes": 2 }""");
        Make("trait-good.json", """{ "maxImageBytes": 1 }""");
        Make("trait-level.json", """{ "level": 7.2 }""");
        static string Entry(
            string requirement = "ABI-03",
            string verdict = "violation",
            string reason = "known",
            string expires = "2999-12-31",
            string more = ""
        ) =>
            $$"""[{ "requirement": "{{requirement}}", "verdict": "{{verdict}}", "reason": "{{reason}}", "link": "https://example.org/1", "expires": "{{expires}}"{{more}} }]""";
        Make("expect-unknown.json", Entry(requirement: "ABI-99"));
        Make("expect-member.json", Entry(more: ", \"because\": \"\""));
        Make("expect-verdict.json", Entry(verdict: "fails"));
        Make("expect-date.json", Entry(expires: "31.12.2999"));
        Make("expect-reason.json", Entry(reason: ""));
        Make("expect-kind.json", Entry().Replace("\"known\"", "7", StringComparison.Ordinal));
        Make("green.json", green);
        Make("red.json", red);
        var kept = SampleDocuments.Red.Findings.Select((finding, index) => index == 0 ? finding with { Replay = Blocked } : finding);
        Make("replay.json", ResultJson.Write(SampleDocuments.Red with { Findings = [.. kept] }));
        Make("shard.json", green.Replace("\"plans\": 256", "\"plans\": 256,\n    \"shard\": \"1/2\"", StringComparison.Ordinal));
        Make("campaign.json", green.Replace("\"plans\": 256", "\"plans\": 256,\n    \"campaign\": \"walks\"", StringComparison.Ordinal));
        Make("requirement.json", green.Replace("\"seed\": 1", "\"requirement\": \"ABI-01\",\n    \"seed\": 1", StringComparison.Ordinal));
        Make("smmu.json", green.Replace("\"migration\"", "\"smmu\"", StringComparison.Ordinal));
        foreach (var list in new[] { "findings", "campaigns", "notes", "expectationErrors" })
        {
            var without = JsonNode.Parse(green)!.AsObject();
            without.Remove(list);
            Make($"without-{list}.json", without.ToJsonString(new() { WriteIndented = true }));
        }

        // Between two lines: what is said of half a word depends on the word.
        Make("half.json", green[..(green.IndexOf('\n', green.Length / 2) + 1)]);
        Make("surrogate.json", """{ "schema": "\ud800", "version": 1 }""");
        Make("version.json", green.Replace("\"version\": 1", "\"version\": 99", StringComparison.Ordinal));
        Make("member.json", green.Replace("\"seed\": 1", "\"seed\": \"one\"", StringComparison.Ordinal));
        Make("twice.json", red.Replace("\"MIG-STOP-02\"", "\"MIG-STOP-01\"", StringComparison.Ordinal));
        Make("reference.json", red.Replace("\"finding\": 3", "\"finding\": 99", StringComparison.Ordinal));
        Make("counts.json", green.Replace("\"plans\": 40", "\"plans\": 9223372036854775807", StringComparison.Ordinal));
    }
}
