using System.CommandLine;
using System.Globalization;
using Conformance.Drivers.Faults;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Migration;

namespace Conformance.Suites.Command;

/// <summary><c>conformance faults</c>: the seeded defects that prove the checks.</summary>
internal static class FaultsCommand
{
    internal static System.CommandLine.Command Build()
    {
        var name = new Argument<string?>("NAME") { Description = "one fault, by its name or by F-<requirement>", Arity = ArgumentArity.ZeroOrOne };
        var command = new System.CommandLine.Command("faults", "Lists the seeded defects.") { name };
        command.SetAction(parse => parse.GetValue(name) is { } one ? Show(one) : List());
        return command;
    }

    private static int List()
    {
        var width = FaultCatalogue.All.Select(fault => fault.Name.Length).DefaultIfEmpty(4).Max();
        foreach (var fault in FaultCatalogue.All)
            Console.Out.Write($"{fault.Name.PadRight(width)}  {Catalogue.Of(fault.Requirements[0]).Name,-13}  {fault.Description}\n");
        Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{FaultCatalogue.All.Count} faults; 'conformance check fault:NAME' runs against one\n"));
        return 0;
    }

    private static int Show(string name)
    {
        if (FaultCatalogue.Find(name) is not { } fault)
            throw new UsageException(string.Join('\n', [$"there is no fault '{Escaping.Line(name, 60)}'.", .. ConformanceCommand.Suggest(name, FaultCatalogue.All.Select(row => row.Name)), "'conformance faults' lists them."]));
        Console.Out.Write($"{fault.Name}: {fault.Description}\n");
        foreach (var id in fault.Requirements) Console.Out.Write($"  breaks    {Catalogue.Of(id).Name}: {Catalogue.Of(id).Statement}\n");
        Console.Out.Write($"  from      {fault.Source}\n  shown by  features {FeatureSet.Of((ulong)fault.Features).Text}, uAPI level {NotExercised.Text(fault.Level)}\n");
        if (fault.Hangs) Console.Out.Write("  a call never comes back\n");
        if (fault.Crashes) Console.Out.Write("  the process dies\n");
        if (fault.NeedsConcurrency) Console.Out.Write("  only overlapping calls show it\n");
        Console.Out.Write($"  see it    conformance check fault:{fault.Name}\n");
        return 0;
    }
}
