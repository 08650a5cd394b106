using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Conformance.Model.Contract;

namespace Conformance.Drivers.Plugin;

/// <summary>Words for what goes wrong with somebody else's assembly. What it says is cleaned: its messages may hold anything.</summary>
internal static class PluginText
{
    private const int Longest = 200;
    private const int Causes = 4;

    /// <summary>One line of at most 200 characters, control and format characters replaced.</summary>
    internal static string Line(string? text)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (clean.Length >= Longest)
            {
                clean.Append("...");
                break;
            }

            var harmless =
                Rune.GetUnicodeCategory(rune)
                is not (
                    UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned
                );
            if (harmless)
                clean.Append(rune);
            else if (clean.Length != 0 && clean[^1] != ' ')
                clean.Append(' ');
        }
        return clean.ToString().Trim();
    }

    /// <summary>The exception that the code threw, without what reflection wraps around it.</summary>
    internal static Exception Thrown(Exception error)
    {
        while (error is TargetInvocationException or TypeInitializationException && error.InnerException is { } inner)
            error = inner;
        return error;
    }

    /// <summary>Type and message on one line.</summary>
    internal static string Name(Exception error) => MessageOf(error) is { Length: > 0 } message ? $"{error.GetType().Name}: {message}" : error.GetType().Name;

    /// <summary>Type, message, the place in the driver's own code and the causes, a line each. The kit's own frames help nobody.</summary>
    internal static string Lines(Exception error)
    {
        var text = new StringBuilder();
        var cause = (Exception?)error;
        for (var depth = 0; cause is not null && depth < Causes; depth++, cause = cause.InnerException)
        {
            text.Append(depth == 0 ? "" : "\ncaused by ").Append(Name(cause));
            if (Place(cause) is { } place)
                text.Append("\n  in ").Append(place);
        }
        return text.ToString();
    }

    /// <summary>A driver that is no use, before anything was asked of it.</summary>
    internal static DeviceLostException Unusable(string what, string fix) => new(DeviceLoss.Unreachable, $"{what.TrimEnd('.')}. {fix}.");

    // An exception of somebody else's may throw when it is asked for its text.
    private static string MessageOf(Exception error)
    {
        try
        {
            return Line(error.Message);
        }
        catch (Exception)
        {
            return "";
        }
    }

    private static string? Place(Exception error)
    {
        foreach (var frame in new StackTrace(error, fNeedFileInfo: true).GetFrames())
        {
            if (
                frame.GetMethod() is not { DeclaringType: { } type } method
                || type.Assembly == typeof(PluginText).Assembly
                || type.Assembly == typeof(object).Assembly
            )
                continue;
            var file = frame.GetFileName() is { } path
                ? string.Create(CultureInfo.InvariantCulture, $", {Path.GetFileName(path)} line {frame.GetFileLineNumber()}")
                : "";
            return Line($"{type.FullName}.{method.Name}{file}");
        }
        return null;
    }
}
