using System.CommandLine;
using System.Globalization;
using Conformance.Drivers.Faults;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Proof;

namespace Conformance.Suites.Command;

/// <summary><c>conformance requirements</c>: what the contract says, how it is checked, and which fault proves the check.</summary>
internal static class RequirementsCommand
{
    internal static System.CommandLine.Command Build()
    {
        var id = new Argument<string?>("ID")
        {
            Description = "one requirement, a group or a pattern: MIG-FSM-06, MIG-FSM, MIG-F*",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var notChecked = new Option<bool>("--unchecked") { Description = "only those that are not checked, with the reason" };
        var group = new Option<string?>("--group") { Description = "only those of one group: MIG-FSM" };
        var command = new System.CommandLine.Command("requirements", "Says what the contract demands.") { id, notChecked, group };
        command.SetAction(parse => Run(parse.GetValue(id), parse.GetValue(notChecked), parse.GetValue(group)));
        return command;
    }

    private static int Run(string? id, bool onlyUnchecked, string? group)
    {
        if (id is not null && group is null && RequirementGroups.All.Any(known => known.Name().Equals(id, StringComparison.OrdinalIgnoreCase)))
            (id, group) = (null, id);
        if (id is not null && group is null && !onlyUnchecked && Catalogue.TryParse(id.ToUpperInvariant(), out var requirement))
        {
            Show(requirement);
            return 0;
        }

        var groups = RequirementGroups.All;
        if (group is not null && !groups.Any(known => known.Name().Equals(group, StringComparison.OrdinalIgnoreCase)))
            throw new UsageException(
                string.Join(
                    '\n',
                    [
                        $"there is no group '{Escaping.Line(group, 60)}'.",
                        .. ConformanceCommand.Suggest(group.ToUpperInvariant(), groups.Select(known => known.Name())),
                        $"The groups are {string.Join(", ", groups.Select(known => known.Name()))}.",
                    ]
                )
            );
        var rows = Catalogue
            .All.Where(row => id is null || CheckRequest.Matches(id, row.Name))
            .Where(row => group is null || row.Group.Name().Equals(group, StringComparison.OrdinalIgnoreCase))
            .Where(row => !onlyUnchecked || AllSuites.WhyUnchecked(row) is not null)
            .ToList();
        if (id is not null && rows.Count == 0)
            throw Unknown(id, onlyUnchecked, group);
        var width = rows.Select(row => row.Name.Length).DefaultIfEmpty().Max();
        foreach (var part in rows.GroupBy(row => row.Group))
        {
            Console.Out.Write($"{part.Key.Name()}: {part.Key.Title()}\n");
            foreach (var row in part)
                Console.Out.Write(
                    $"  {row.Name.PadRight(width)}  {row.Strength.Name(), -10}  " + $"{(onlyUnchecked ? AllSuites.WhyUnchecked(row) : row.Statement)}\n"
                );
        }

        var count = rows.Count(row => AllSuites.WhyUnchecked(row) is not null);
        Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{rows.Count} requirements, {rows.Count - count} checked, {count} not checked\n"));
        return 0;
    }

    private static UsageException Unknown(string id, bool onlyUnchecked, string? group) =>
        new(
            string.Join(
                '\n',
                Catalogue.All.Any(row => CheckRequest.Matches(id, row.Name))
                    ?
                    [
                        group is null
                            ? $"every requirement like '{Escaping.Line(id, 60)}' is checked."
                            : $"no {(onlyUnchecked ? "unchecked " : "")}requirement of {group.ToUpperInvariant()} is like '{Escaping.Line(id, 60)}'.",
                        "Without the option it is shown.",
                    ]
                    :
                    [
                        $"there is no requirement '{Escaping.Line(id, 60)}'.",
                        .. ConformanceCommand.Suggest(
                            id.ToUpperInvariant(),
                            RequirementGroups.All.Select(known => known.Name()).Concat(Catalogue.All.Select(row => row.Name))
                        ),
                        "'conformance requirements' lists them.",
                    ]
            )
        );

    private static void Show(Requirement row)
    {
        Console.Out.Write($"{row.Name} {row.Strength.Name()}{(row.Level is { } level ? $", from uAPI level {level.Name()}" : "")}\n  " + $"{row.Statement}\n");
        Line("violated", row.Violation);
        Line("source", row.Source);
        Line("observed", $"{Observed(row)}{(row.OwedByCore ? "; on the kernel channel the VFIO core answers for it" : "")}");
        Line(
            "checked",
            AllSuites.WhyUnchecked(row) is { } reason
                ? $"not: {reason}"
                : $"by {string.Join(", ", Checks.Of(row.Id, AllSuites.Campaigns).Select(campaign => campaign.Name))}"
        );
        var faults = FaultCatalogue.Of(row.Id).Select(fault => $"fault:{fault.Name}").ToList();
        Line(
            "proven",
            faults.Count > 0 ? $"by {string.Join(", ", faults)}"
                : row.Fault is { } planned ? $"not yet; the fault would be: {planned}"
                : "no fault can show it"
        );
        if (row.Note is not null)
            Line("note", row.Note);
    }

    private static string Observed(Requirement row)
    {
        var channels = row.Channels;
        if (channels == Channels.None)
            return "nowhere at a driver: a permission, a fact or a duty of others";
        const Channels Stages = Channels.NeedsStage1 | Channels.NeedsStage2;
        List<string> ways = [];
        if (channels.HasFlag(Channels.Kernel))
            ways.Add(
                channels.HasFlag(Channels.KernelConditional)
                    ? row.Group == RequirementGroup.Handover
                        ? "kernel (where an IOMMU nests)"
                        : "kernel (in a throw-away guest)"
                    : "kernel"
            );
        if (channels.HasFlag(Channels.Socket))
            ways.Add("socket");
        if (channels.HasFlag(Channels.InProcess))
            ways.Add("in-process");
        List<string> needs = [];
        if (channels.HasFlag(Channels.NeedsDma))
            needs.Add("a test device that does DMA and interrupts");
        if (channels.HasFlag(Channels.NeedsTrace))
            needs.Add("a trace of the arcs that the driver is asked for");
        if ((channels & Stages) != 0)
            needs.Add(
                channels.HasFlag(Stages) ? "nested translation"
                : channels.HasFlag(Channels.NeedsStage1) ? "stage 1"
                : "stage 2"
            );
        return $"{string.Join(", ", ways)}{(needs.Count == 0 ? "" : $"; needs {string.Join(" and ", needs)}")}";
    }

    private static void Line(string label, string text) => Console.Out.Write($"  {label, -9} {text}\n");
}
