using System.CommandLine;
using System.Globalization;
using Conformance.Drivers.Faults;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance faults</c>: the seeded defects that prove the checks, and what kills them.</summary>
internal static class FaultsCommand
{
    internal static System.CommandLine.Command Build(CancellationToken cancel)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "faults, by their names or by F-<requirement>; without one: all",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var run = new Option<bool>("--run") { Description = "runs them against every campaign and prints the kill matrix: minutes for all, seconds for one" };
        var from = new Option<string?>("--from") { Description = "prints a kill matrix that --output stored, and runs nothing" };
        var output = new Option<string?>("--output") { Description = "with --run: where the matrix is stored, as JSON" };
        var plans = new Option<int>("--plans")
        {
            Description = "with --run: plans of each random campaign",
            DefaultValueFactory = _ => CheckCommand.DefaultPlans,
            CustomParser = ConformanceCommand.Number("--plans", 0, 100_000_000),
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "with --run: seed of the random campaigns",
            DefaultValueFactory = _ => 1,
            CustomParser = ConformanceCommand.Number("--seed", 0ul, ulong.MaxValue),
        };
        var command = new System.CommandLine.Command("faults", "Lists the seeded defects, or runs them and prints which campaign finds which.")
        {
            names,
            run,
            from,
            output,
            plans,
            seed,
        };
        command.SetAction(parse =>
        {
            var chosen = (parse.GetValue(names) ?? []).Select(Find).Distinct().ToList();
            var file = parse.GetValue(from);
            if (file is not null && parse.GetValue(run))
                throw new UsageException("--run and --from exclude each other.\n--from prints a matrix that an earlier --run --output FILE stored.");
            if (parse.GetValue(output) is not null && !parse.GetValue(run))
                throw new UsageException("--output stores what --run finds out.\nAdd --run.");
            if (file is not null)
                return Print(Stored(file, chosen));
            if (parse.GetValue(run))
                return Run(chosen.Count > 0 ? chosen : FaultCatalogue.All, parse.GetValue(seed), parse.GetValue(plans), parse.GetValue(output), cancel);
            if (chosen.Count == 0)
                return List();
            foreach (var fault in chosen)
                Show(fault);
            return 0;
        });
        return command;
    }

    private static int List()
    {
        var width = FaultCatalogue.All.Select(fault => fault.Name.Length).DefaultIfEmpty(4).Max();
        foreach (var fault in FaultCatalogue.All)
            Console.Out.Write($"{fault.Name.PadRight(width)}  {Catalogue.Of(fault.Requirements[0]).Name, -13}  {fault.Description}\n");
        Console.Out.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{FaultCatalogue.All.Count} faults; 'conformance check fault:NAME' runs against one, 'conformance faults --run' against all\n"
            )
        );
        return 0;
    }

    private static Fault Find(string name) =>
        FaultCatalogue.Find(name)
        ?? throw new UsageException(
            string.Join(
                '\n',
                [
                    $"there is no fault '{Escaping.Line(name, 60)}'.",
                    .. ConformanceCommand.Suggest(name, FaultCatalogue.All.Select(row => row.Name)),
                    "'conformance faults' lists them.",
                ]
            )
        );

    private static void Show(Fault fault)
    {
        Console.Out.Write($"{fault.Name}: {fault.Description}\n");
        foreach (var id in fault.Requirements)
            Console.Out.Write($"  breaks    {Catalogue.Of(id).Name}: {Catalogue.Of(id).Statement}\n");
        Console.Out.Write($"  from      {fault.Source}\n  shown by  {fault.ShownBy}\n");
        if (fault.Hangs)
            Console.Out.Write("  a call never comes back\n");
        if (fault.Crashes)
            Console.Out.Write("  the process dies\n");
        if (fault.NeedsConcurrency)
            Console.Out.Write("  only overlapping calls show it\n");
        Console.Out.Write($"  see it    conformance check fault:{fault.Name}\n");
    }

    private static int Run(IReadOnlyList<Fault> faults, ulong seed, int plans, string? output, CancellationToken cancel)
    {
        // Tried before the minutes that the run takes.
        if (output is not null)
            ResultFile.Write(output, "");
        var matrix = new KillMatrixRun(seed, plans, cancel).Of(faults);
        if (output is not null)
            ResultFile.Write(output, matrix.ToJson());
        var code = Print(matrix);
        return cancel.IsCancellationRequested ? RunVerdict.Interrupted.ExitCode() : code;
    }

    private static KillMatrix Stored(string path, List<Fault> chosen)
    {
        try
        {
            return KillMatrix.Read(InputFile.Read(path, "a kill matrix"), path).Only([.. chosen.Select(fault => fault.Name)]);
        }
        catch (ResultDocumentException error)
        {
            throw new UsageException($"{error.Message}.\nName a file that 'conformance faults --run --output FILE' wrote.");
        }
    }

    // A matrix in which a fault that ran survived is a gap in the suite, and so is an alarm on a correct driver.
    private static int Print(KillMatrix matrix)
    {
        SummaryPrinter.Print(matrix.Lines());
        return matrix.Ran == 0 ? RunVerdict.NotExercised.ExitCode()
            : matrix.IsComplete ? 0
            : 1;
    }
}
