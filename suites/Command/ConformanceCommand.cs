using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Runtime.InteropServices;
using Conformance.Drivers.Addresses;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>The <c>conformance</c> command: reads its words, runs a verb, gives the exit code.</summary>
internal static class ConformanceCommand
{
    /// <summary>Runs the command.</summary>
    public static async Task<int> InvokeAsync(string[] args)
    {
        if (args is [WorkerRequest.Verb, ..])
            return (args.Length == 1 && Console.IsInputRedirected ? WorkerRequest.Run() : null)
                ?? Refuse("worker is started by check, not by hand", "Run 'conformance --help' for the verbs.");

        CommandOutput.Install();
        using var cancel = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            // The report is still to be written.
            context.Cancel = true;
            cancel.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var root = Build(cancel.Token);
            var parse = root.Parse(args);
            if (parse.Errors.Count > 0)
                return Refuse(parse);
            return await parse.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                CancellationToken.None
            );
        }
        catch (UsageException error)
        {
            return Refuse([.. error.Message.Split('\n')]);
        }
        catch (OutputException error)
        {
            Refuse($"standard output cannot be written: {error.Message}", "A report that was asked for (--report) is complete all the same.");
            return RunVerdict.HarnessFailed.ExitCode();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Refuse(
                $"the kit failed: {error.GetType().Name}: {error.Message}",
                error.StackTrace?.Split('\n')[0].Trim() ?? "",
                "This is a mistake of the kit, not of the driver: please report it."
            );
            return RunVerdict.HarnessFailed.ExitCode();
        }
    }

    private static RootCommand Build(CancellationToken cancel)
    {
        var root = new RootCommand("Checks an implementation of a contract against it, requirement by requirement.")
        {
            CheckCommand.Build(cancel),
            ReplayCommand.Build(cancel),
            RequirementsCommand.Build(),
            FaultsCommand.Build(cancel),
            DoctorCommand.Build(),
            ExplainCommand.Build(),
            AcceptCommand.Build(),
            RenderCommand.Build(),
            DiffCommand.Build(),
            LintCommand.Build(),
        };
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new VerbHelp(option.Action!);
        return root;
    }

    private static int Refuse(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var help = command is RootCommand ? "Run 'conformance --help' for the verbs." : $"Run 'conformance {command.Name} --help' for its options.";
        if (parse.UnmatchedTokens.Count > 0)
        {
            var word = parse.UnmatchedTokens[0];
            var option = word.StartsWith('-');
            var kind =
                option ? $"an option{(command is RootCommand ? "" : $" of {command.Name}")}"
                : command is RootCommand ? "a verb"
                : $"understood by {command.Name}";
            var known = option
                ? command.Options.Concat(command.Parents.OfType<System.CommandLine.Command>().SelectMany(parent => parent.Options)).Select(row => row.Name)
                : command.Subcommands.Select(row => row.Name);
            return Refuse([$"'{Escaping.Line(word, 100)}' is not {kind}.", .. Suggest(word, known), help]);
        }

        if (command is RootCommand)
            return Refuse(
                "no verb is given.",
                $"The verbs are {string.Join(", ", command.Subcommands.Where(row => !row.Hidden).Select(row => row.Name))}.",
                help
            );
        var message = parse.Errors[0].Message;
        if (message.StartsWith("Required argument", StringComparison.Ordinal) && command.Arguments.Count > 0)
        {
            var argument = (parse.Errors[0].SymbolResult as System.CommandLine.Parsing.ArgumentResult)?.Argument ?? command.Arguments[0];
            message = parse.Errors[0].SymbolResult is System.CommandLine.Parsing.OptionResult missing
                ? $"{missing.Option.Name} wants a value."
                : $"{command.Name} wants {argument.Name}, {argument.Description}.";
        }
        else if (parse.Errors[0].SymbolResult is System.CommandLine.Parsing.OptionResult { IdentifierTokenCount: > 1 } twice)
            message = $"{twice.Option.Name} is given more than once.";
        return Refuse(message, help);
    }

    /// <summary>"Did you mean X?", when there is an X that is close enough: one that begins with the word, else one that is spelled like it.</summary>
    /// <param name="word">What was written.</param>
    /// <param name="known">What could have been.</param>
    /// <param name="takesPatterns">True where "X-*" names all that begin with X.</param>
    internal static IEnumerable<string> Suggest(string word, IEnumerable<string> known, bool takesPatterns = false)
    {
        var names = known.ToList();
        var begun = names.Where(name => word.Length > 0 && name.StartsWith($"{word}-", StringComparison.OrdinalIgnoreCase)).ToList();
        if (begun.Count == 1 || (begun.Count > 1 && !takesPatterns))
            return [$"Did you mean '{begun.MinBy(name => name.Length)}'?"];
        if (begun.Count > 1)
            return [$"Did you mean '{word}-*'?"];
        return Spelling.Nearest(word, names) is { } near ? [$"Did you mean '{near}'?"] : [];
    }

    /// <summary>A whole number, or an error that says what is wanted.</summary>
    internal static Func<System.CommandLine.Parsing.ArgumentResult, T> Number<T>(string option, T least, T most)
        where T : struct, System.Numerics.INumber<T> =>
        result =>
        {
            var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
                return number;
            result.AddError(
                string.Create(CultureInfo.InvariantCulture, $"{option} wants a whole number from {least} to {most}, not '{Escaping.Line(text, 60)}'.")
            );
            return default;
        };

    private static int Refuse(params IReadOnlyList<string> lines)
    {
        var shown = lines.SelectMany(line => line.Split('\n')).Select(line => Escaping.Line(line, 400)).Where(line => line.Length > 0).Take(3).ToList();
        for (var index = 0; index < shown.Count; index++)
            Console.Error.WriteLine(index == 0 ? $"conformance: {shown[0]}" : $"  {shown[index]}");
        return RunVerdicts.Usage;
    }
}

/// <summary>The command line is understood, but what it asks for makes no sense. At most three lines: what, where, fix.</summary>
/// <param name="message">The lines.</param>
internal sealed class UsageException(string message) : Exception(message);
