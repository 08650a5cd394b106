using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Conformance.Drivers.Processes;

/// <summary>Words for what somebody else's code threw.</summary>
internal static class ForeignException
{
    private const int Causes = 4;

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

    // An exception of somebody else's may throw when it is asked for its text.
    private static string MessageOf(Exception error)
    {
        try
        {
            return ForeignText.Line(error.Message);
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
                || type.Assembly == typeof(ForeignException).Assembly
                || type.Assembly == typeof(object).Assembly
            )
                continue;
            var file = frame.GetFileName() is { } path
                ? string.Create(CultureInfo.InvariantCulture, $", {Path.GetFileName(path)} line {frame.GetFileLineNumber()}")
                : "";
            return ForeignText.Line($"{type.FullName}.{method.Name}{file}");
        }
        return null;
    }
}
