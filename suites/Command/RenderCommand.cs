using System.CommandLine;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance render</c>: a stored result in another form, or the shards of a run as one.</summary>
internal static class RenderCommand
{
    private const string Usual = "console";

    internal static System.CommandLine.Command Build()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "a result.json that check wrote; several are merged as the shards of one run",
            Arity = ArgumentArity.OneOrMore,
        };
        var form = new Option<string>("--as") { Description = string.Join(", ", Renderings.All.Select(row => row.Name)), DefaultValueFactory = _ => Usual };
        var output = new Option<string?>("--output") { Description = "where it is written (default: standard output)" };
        var expect = new Option<string?>("--expect")
        {
            Description = "a file with the known deviations of the driver: the result is judged by it, as check would",
        };
        var strict = new Option<bool>("--strict") { Description = "the result is judged as check --strict would: a warning fails it" };
        var report = new Option<string?>("--report") { Description = "where result.json, junit.xml, result.ktap and summary.md go; the result is judged" };
        var command = new System.CommandLine.Command(
            "render",
            "Shows a stored result in another form; with --expect, --strict or --report judges it as check does."
        )
        {
            files,
            form,
            output,
            expect,
            strict,
            report,
        };
        command.SetAction(parse =>
            Run(
                parse.GetRequiredValue(files),
                parse.GetRequiredValue(form),
                parse.GetValue(output),
                parse.GetValue(expect),
                parse.GetValue(strict),
                parse.GetValue(report)
            )
        );
        return command;
    }

    private static int Run(string[] files, string form, string? output, string? expect, bool strict, string? report)
    {
        var names = Renderings.All.Select(row => row.Name).ToList();
        if (Renderings.All.FirstOrDefault(row => row.Name == form) is not { } rendering)
            throw new UsageException(
                string.Join(
                    '\n',
                    [
                        $"'{Escaping.Line(form, 60)}' is not a form of a result.",
                        .. ConformanceCommand.Suggest(form, names),
                        $"The forms are {string.Join(", ", names)}.",
                    ]
                )
            );
        var expectations = ExpectationsFile.Read(expect);
        var document = ResultFile.Read(files);
        var judged = expect is not null || strict || report is not null;
        if (judged && document.Run.Shard is { } shard)
            throw new UsageException(
                $"this is shard {Escaping.Line(shard, 40)} of a run alone: the verdict is that of all of them.\nName the results of all shards."
            );
        if (strict)
            document = document with { Run = document.Run with { Strict = true } };
        if (expect is not null)
            document = ExpectationsFile.Apply(document, expectations);
        if (report is not null && ReportFolder.Prepare(report)!.Write(document, document) is { } error)
            throw new UsageException($"{error}.\nName a folder that this user may write to.");
        if (output is not null)
            ResultFile.Write(output, rendering.Render(document));
        else if (rendering.File is null)
            SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
        else
            Console.Out.Write(rendering.Render(document));
        return judged ? document.ExitCode : 0;
    }
}
