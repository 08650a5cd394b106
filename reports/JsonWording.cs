using System.Text.Json;
using System.Text.RegularExpressions;

namespace Conformance.Reports;

/// <summary>What is wrong with a JSON text, without the words of the library that reads it.</summary>
internal static partial class JsonWording
{
    /// <summary>What is wrong, in a few words. The line is the caller's to name.</summary>
    internal static string Of(JsonException error)
    {
        var message = error.Message;
        bool Says(string words) => message.Contains(words, StringComparison.Ordinal);
        if (Says("could not be mapped"))
            return $"{Quoted(message)} is not known here";
        if (Says("missing required"))
            return $"{string.Join(", ", Quotations().Matches(message[message.IndexOf(':', StringComparison.Ordinal)..]).Select(match => match.Value))} missing";
        if (Says("Duplicate property"))
            return $"{Quoted(message)} stands there twice";
        if (Says("could not be converted") || Says("doesn't allow null"))
            return error.Path is null or "$" ? "it does not hold what it should" : $"'{Member(error.Path)}' does not hold what it should";
        if (Says("does not contain any JSON tokens"))
            return "not JSON: there is nothing in it";
        if (Says("Expected depth to be zero") || Says("reached end of data") || Says("Expected end of string"))
            return "not JSON: it ends too early";
        if (Says("trailing comma"))
            return "not JSON: a comma too many";
        if (Says("depth"))
            return "not JSON that a person would write: too deep";
        var end = Position().Match(message);
        var text = Escaping.Line(end.Success ? message[..end.Index] : message, 160).TrimEnd(' ', '.');
        // What this version of the library says for the first time may hold anything.
        return Says("System.") || Says("Conformance.") || Says("Json") ? "not JSON" : $"not JSON: {text}";
    }

    private static string Quoted(string message) => Escaping.Line(Quotations().Match(message).Value, 80);

    // "$.requirements[3].statement" as its author would write it.
    private static string Member(string path) => Escaping.Line(path, 80).TrimStart('$', '.');

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quotations();

    [GeneratedRegex(@" (Path: \$|LineNumber: [0-9])")]
    private static partial Regex Position();
}
