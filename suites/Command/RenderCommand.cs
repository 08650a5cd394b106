using System.CommandLine;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance render</c>: a stored result in another form, or the shards of a run as one.</summary>
internal static class RenderCommand
{
    private const string Usual = "console";

    internal static System.CommandLine.Command Build()
    {
        var files = new Argument<string[]>("FILE") { Description = "a result.json that check wrote; several are merged as the shards of one run", Arity = ArgumentArity.OneOrMore };
        var form = new Option<string>("--as") { Description = string.Join(", ", Renderings.All.Select(row => row.Name)), DefaultValueFactory = _ => Usual };
        var output = new Option<string?>("--output") { Description = "where it is written (default: standard output)" };
        var command = new System.CommandLine.Command("render", "Shows a stored result in another form.") { files, form, output };
        command.SetAction(parse => Run(parse.GetRequiredValue(files), parse.GetRequiredValue(form), parse.GetValue(output)));
        return command;
    }

    private static int Run(string[] files, string form, string? output)
    {
        var names = Renderings.All.Select(row => row.Name).ToList();
        if (Renderings.All.FirstOrDefault(row => row.Name == form) is not { } rendering)
            throw new UsageException(string.Join('\n', [$"'{Escaping.Line(form, 60)}' is not a form of a result.", .. ConformanceCommand.Suggest(form, names), $"The forms are {string.Join(", ", names)}."]));
        var document = ResultFile.Read(files);
        if (output is null && rendering.File is null)
        {
            SummaryPrinter.Print(ConsoleSummary.Lines(document, SummaryPrinter.Width));
            return 0;
        }

        var text = rendering.Render(document);
        if (output is null) Console.Out.Write(text);
        else ResultFile.Write(output, text);
        return 0;
    }
}
