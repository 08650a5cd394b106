using System.Globalization;

namespace Conformance.Drivers.Addresses;

/// <summary>Times as users write them, in addresses and behind options: a number with <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>.</summary>
public static class TimeText
{
    private const double Longest = 7 * 86400;

    /// <summary>The time of a text, at most a week; null for anything else.</summary>
    public static TimeSpan? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (digits, unit) =
            text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 0.001)
            : text.EndsWith('s') ? (text[..^1], 1)
            : text.EndsWith('m') ? (text[..^1], 60)
            : text.EndsWith('h') ? (text[..^1], 3600)
            : ("", 0);
        // Whatever the style says, "-Infinity" and "NaN" are numbers as well.
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is >= 0 and <= Longest
            ? TimeSpan.FromSeconds(number * unit)
            : null;
    }
}
