using System.CommandLine;
using Conformance.Reports;
using Conformance.Suites.Serialization;

namespace Conformance.Suites.Command;

/// <summary><c>conformance explain</c>: serialized state, field by field.</summary>
internal static class ExplainCommand
{
    internal static System.CommandLine.Command Build()
    {
        var file = new Argument<string>("FILE") { Description = $"all bytes of a saved state: {StateText.Known}" };
        var command = new System.CommandLine.Command(
            "explain",
            "Shows serialized state field by field: offset, size, name, value, meaning; 1 when it is no complete state of a known format."
        )
        {
            file,
        };
        command.SetAction(parse => Run(parse.GetRequiredValue(file)));
        return command;
    }

    private static int Run(string file)
    {
        var text = StateText.Render(InputFile.Bytes(file, "the bytes of a state"), out var problem);
        Console.Out.Write(text);
        if (problem is null)
            return 0;
        Console.Out.Write($"NOT A COMPLETE STATE: {Escaping.Line(problem, 400)} (exit code 1)\n");
        return 1;
    }
}
