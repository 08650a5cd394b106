using System.Text;

namespace Conformance.Engine.Plans;

/// <summary>How names are written in facts (docs/expectations.md).</summary>
public static class FactWords
{
    /// <summary>A name of the code in small letters, with a dash before each word: <c>ReadToEnd</c> is <c>read-to-end</c>.</summary>
    public static string Of<T>(T name)
        where T : struct, Enum
    {
        var text = new StringBuilder();
        foreach (var letter in name.ToString())
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
