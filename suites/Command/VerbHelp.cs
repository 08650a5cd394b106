using System.CommandLine;
using System.CommandLine.Invocation;

namespace Conformance.Suites.Command;

/// <summary>
/// The help. In the list of verbs it marks, as the usage of a verb does, the words that may be left out: "requirements [&lt;ID&gt;]", which the library writes
/// like those that must be there.
/// </summary>
/// <param name="library">The help of the library.</param>
internal sealed class VerbHelp(CommandLineAction library) : SynchronousCommandLineAction
{
    // Who asks for help need not have written the rest of the words.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var action = (SynchronousCommandLineAction)library;
        if (parseResult.CommandResult.Command is not RootCommand root)
            return action.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        var code = action.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        output.Write(Marked(text.ToString(), root));
        return code;
    }

    // The column of the descriptions stays where it is: two of the blanks before them make room for the brackets.
    private static string Marked(string help, RootCommand root)
    {
        foreach (var verb in root.Subcommands)
            if (verb.Arguments is [{ Arity.MinimumNumberOfValues: 0 } argument])
                help = help.Replace($"  {verb.Name} <{argument.Name}>   ", $"  {verb.Name} [<{argument.Name}>] ", StringComparison.Ordinal);
        return help;
    }
}
