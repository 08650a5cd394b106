using System.Diagnostics;
using System.Globalization;
using System.Text;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Tests.Migration;
using Conformance.Tests.Migration.Minimality;

namespace Conformance.Bench;

/// <summary>
/// Whether the plan that the suite shows for each seeded fault is the shortest: no step can be left out, and breadth-first search finds none with fewer steps.
/// What bounds the search is a number of plans, so that the table does not depend on the machine. Written to docs/minimality.md
/// when no faults are named.
/// </summary>
internal static class MinimalityMeasurement
{
    private const long DefaultLimit = 1_500_000;
    private const int LongestFull = 4;

    internal static int Run(string[] args)
    {
        var limit = DefaultLimit;
        var names = args is ["--plans", var text, ..] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) ? args[2..] : args;
        if (names.FirstOrDefault(name => FaultCatalogue.Find(name) is not MigrationFault) is { } unknown)
        {
            Console.Error.WriteLine($"'{unknown}' is no migration fault; usage: minimality [--plans N] [FAULT ...]");
            return 2;
        }

        var rows = new List<Row>();
        foreach (var fault in FaultCatalogue.Migration.Where(fault => names is [] || names.Contains(fault.Name)))
        {
            rows.Add(Look(fault, limit));
            Console.WriteLine(rows[^1].Text);
        }

        if (names is [])
            File.WriteAllText(Path.Combine(Conditions.Root(), "docs", "minimality.md"), Page(rows, limit));
        Console.WriteLine(Summary(rows));
        return rows.Any(row => row.IsWrong) ? 1 : 0;
    }

    private static Row Look(MigrationFault fault, long limit)
    {
        var (name, requirement) = (fault.Name, Catalogue.Of(fault.Requirements[0]).Name);
        if (WhyNot(fault) is { } reason)
            return new(name, requirement, 0, false, false, "", $"not searched: {reason}");
        using var named = new NamedPlan(fault, fault.Hangs || fault.Crashes ? Losses(fault) : DirectRun.Of($"fault:{name}").Found);
        if (named.Finding is null)
            return new(name, requirement, 0, true, false, "", "not shown");
        if (named.Length == 1)
            return new(name, requirement, 1, false, true, "", "none can be");
        if (named.Machine is null)
            return new(name, requirement, named.Length, true, false, "", "the first look ends it");

        var full = StepAlphabet.Of(named.Machine, unbound: true);
        var wanted = Math.Min(named.Length - 1, LongestFull);
        var all = named.Search(full, wanted, limit);
        var searches = Tell("all", full.Count, wanted, all);
        var (shorter, discounted, proven) = (all.Shorter, all.Discounted, all.Searched == named.Length - 1);
        if (shorter is null && !proven)
        {
            var own = full.Where(step => named.Finding.Plan.Steps.Any(other => other.Kind == step.Kind)).ToList();
            var kinds = named.Search(own, named.Length - 1, limit);
            searches += $"; {Tell("kinds", own.Count, named.Length - 1, kinds)}";
            shorter = kinds.Shorter;
            discounted += kinds.Discounted;
        }

        var verdict = shorter is not null ? $"yes, {shorter.Steps.Count}: {shorter}" : "none";
        if (discounted > 0)
            verdict += string.Create(CultureInfo.InvariantCulture, $" ({discounted} for which the correct driver is blamed as well)");
        return new(name, requirement, named.Length, shorter is not null || named.WithoutOne() is not null, proven, searches, verdict)
        {
            IsOneMinimal = named.WithoutOne() is null,
        };
    }

    private static string? WhyNot(MigrationFault fault) =>
        fault.NeedsConcurrency ? "only overlapping calls show it; a watched request takes time and is in no alphabet"
        : fault.NowAndThen ? "the same plan shows it now and then only"
        : null;

    // A supervised check shows these; the plans that are searched run in this process, which would hang or die with the first that is shorter.
    private static List<Found<Plan>> Losses(MigrationFault fault)
    {
        var folder = Directory.CreateTempSubdirectory("bench-minimality-").FullName;
        try
        {
            var address = fault.Hangs ? $"fault:{fault.Name}?deadline=500ms" : $"fault:{fault.Name}";
            using var process = Process.Start(
                new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "conformance"), ["check", address, "--report", folder])
                {
                    RedirectStandardOutput = true,
                }
            )!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            var file = Path.Combine(folder, "result.json");
            var found = new List<Found<Plan>>();
            foreach (var lost in ResultJson.Read(File.ReadAllText(file), file).Findings)
                if (
                    lost is { Minimised: true, Verdict: RequirementVerdict.Hang or RequirementVerdict.Crash, Replay: { } line }
                    && lost.Requirements.Contains(Catalogue.Of(fault.Requirements[0]).Name)
                    && ReplayToken.TryParse(line, out var token, out _)
                )
                    found.Add(Lost(fault, token.Read(MigrationLanguage.Instance), lost));
            return found;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Found<Plan> Lost(MigrationFault fault, Plan plan, Finding lost) =>
        new(
            plan,
            new PlanDivergence
            {
                Rules = Rules.Of(fault.Requirements[0]),
                Kind = fault.Hangs ? DivergenceKind.Hang : DivergenceKind.Crash,
                Expected = "an answer",
                Seen = "none",
                Step = plan.Steps.Count - 1,
                Trace = [],
            },
            lost
        );

    private static string Tell(string alphabet, int steps, int wanted, SearchResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{alphabet} {steps:N0} to {result.Searched}{(result.Searched < wanted && result.Shorter is null ? $" of {wanted}" : "")} "
                + $"({result.Tried:N0} plans{(result.IsComparable ? "" : ", nothing merged")})"
        );

    private static string Summary(List<Row> rows)
    {
        var looked = rows.Where(row => row.Length > 0).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows.Count} faults: {looked.Count} searched, {looked.Count(row => row.IsOneMinimal)} of them with a 1-minimal plan, "
                + $"{looked.Count(row => row.IsProven)} proven shortest over all steps, "
                + $"{looked.Count(row => row.Verdict.StartsWith("yes", StringComparison.Ordinal))} with a shorter plan, "
                + $"{rows.Count - looked.Count} not searched."
        );
    }

    private static string Page(List<Row> rows, long limit)
    {
        var page = new StringBuilder();
        page.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Are the plans the shortest?

            Written by `dotnet run --project bench -c Release -- minimality --plans {limit}`. {Summary(rows)}

            For each seeded migration fault: the shortest plan by which the suite (seed 1, 256 random plans) shows the requirement that the fault breaks first, and a search for a shorter one that shows the same requirement.

            - **1-minimal**: run without any one of its steps, the plan does not show the same (first requirement and kind of difference).
            - **all N to L**: every plan of up to L steps over all N steps that the suite's plans hold. Left out are pauses and requests that another thread watches, because they take time; polls do not wait. Devices are opened with access and without.
            - **kinds N to L**: where the former did not come to one below the plan's length, the same over the steps of the kinds that the plan has.
            - **to 2 of 3**: the search ended at {limit.ToString("N0", CultureInfo.InvariantCulture)} plans; length 2 is complete, 3 is not.

            Not every sequence is run. A sequence is settled by another one that was tried:
            - when a run leaves one of its steps out: the sequence without that step;
            - when a violation came before its last step, which ends a run;
            - when a shorter or equally long beginning left the same behind: every field of the device's objects, private ones too, the oracle's model, descriptors and images, compared by digest. Whatever follows is then the same, because these drivers have neither a clock nor chance nor memory from device to device.

            A raw feature call as the last step is run only when the oracle has an outcome for it there that names the requirement. Plans for which the correct driver is blamed as well ask what a user must not ask; they are not counted as shorter and their number is given. Faults that hang or end the process are shown by a supervised check, and searched like the others: a shorter plan would have hung or ended the search.

            | fault | requirement | length | 1-minimal | searched | shorter |
            |---|---|---:|---|---|---|

            """
        );
        foreach (var row in rows)
            page.Append(row.Text).Append('\n');
        return page.ToString();
    }

    private sealed record Row(string Fault, string Requirement, int Length, bool IsWrong, bool IsProven, string Searches, string Verdict)
    {
        public bool IsOneMinimal { get; init; } = Length == 1;

        public string Text =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {Fault} | {Requirement} | {(Length == 0 ? "" : Length)} | {(Length == 0 ? "" : IsOneMinimal ? "yes" : "no")} | {Searches} | {Verdict} |"
            );
    }
}
