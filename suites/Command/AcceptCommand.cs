using System.CommandLine;
using System.Globalization;
using Conformance.Engine.Snapshots;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance accept</c>: received snapshots become verified ones.</summary>
internal static class AcceptCommand
{
    private const string Usual = "snapshots";

    internal static System.CommandLine.Command Build()
    {
        var folder = new Argument<string>("FOLDER")
        {
            Description = "where the *.received.* files are",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => Usual,
        };
        var command = new System.CommandLine.Command("accept", "Makes received snapshots verified ones.") { folder };
        command.SetAction(parse => Run(parse.GetValue(folder) ?? Usual));
        return command;
    }

    private static int Run(string folder)
    {
        var shown = Escaping.Line(folder, 200);
        if (ReceivedFiles.BuildServer(Environment.GetEnvironmentVariable) is { } variable)
            throw new UsageException(
                $"nothing is accepted on a build server, and {variable} says that this is one.\nTake the *.received.* files from there, look at them, "
                    + $"and accept them in a clone."
            );
        if (!Directory.Exists(folder))
            throw new UsageException($"there is no folder '{shown}'.\nName the one with the *.received.* files: conformance accept {Usual}");
        IReadOnlyList<string> names;
        try
        {
            names = ReceivedFiles.Accept(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the snapshots in '{shown}' cannot be accepted.\n{error.Message}");
        }

        foreach (var name in names)
            Console.Out.Write($"accepted {Escaping.Line(name, 300)}\n");
        Console.Out.Write(
            names.Count == 0
                ? $"nothing to accept in {shown}\n"
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{names.Count} snapshot{(names.Count == 1 ? "" : "s")} accepted in {shown}; look at 'git diff' before you commit\n"
                )
        );
        return 0;
    }
}
