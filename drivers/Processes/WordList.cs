using System.Text;

namespace Conformance.Drivers.Processes;

/// <summary>Splits a command into words as a shell does, with quotes and backslashes and nothing else: no expansion, and no shell ever sees it.</summary>
public static class WordList
{
    /// <summary>The words of a command.</summary>
    /// <exception cref="FormatException">A quote is not closed, or a backslash ends the text.</exception>
    public static IReadOnlyList<string> Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inside = false; // a word has begun; '' is a word too
        for (var at = 0; at < command.Length; at++)
        {
            var character = command[at];
            if (char.IsWhiteSpace(character))
            {
                if (inside)
                    words.Add(word.ToString());
                word.Clear();
                inside = false;
                continue;
            }

            inside = true;
            switch (character)
            {
                case '\\':
                    word.Append(++at < command.Length ? command[at] : throw new FormatException($"a backslash ends the command: {command}"));
                    break;
                case '\'':
                    var end = command.IndexOf('\'', at + 1);
                    if (end < 0)
                        throw new FormatException($"a single quote is not closed: {command}");
                    word.Append(command, at + 1, end - at - 1);
                    at = end;
                    break;
                case '"':
                    for (at++; at < command.Length && command[at] != '"'; at++)
                    {
                        // Inside double quotes a backslash is special only before these.
                        if (command[at] == '\\' && at + 1 < command.Length && command[at + 1] is '"' or '\\' or '$' or '`')
                            at++;
                        word.Append(command[at]);
                    }

                    if (at == command.Length)
                        throw new FormatException($"a double quote is not closed: {command}");
                    break;
                default:
                    word.Append(character);
                    break;
            }
        }

        if (inside)
            words.Add(word.ToString());
        return words;
    }
}
