using Conformance.Model.Requirements;

namespace Conformance.Drivers.Addresses;

/// <summary>The uAPI levels as users write them: in <c>?level=</c> and in traits files.</summary>
internal static class Levels
{
    private static readonly (string Text, UapiLevel Level)[] Known =
    [
        ("6.1", UapiLevel.V6_1),
        ("6.2", UapiLevel.V6_2),
        ("6.6", UapiLevel.V6_6),
        ("6.7", UapiLevel.V6_7),
        ("6.12", UapiLevel.V6_12),
        ("7.2", UapiLevel.V7_2),
    ];

    /// <summary>All of them, the oldest first.</summary>
    internal static IReadOnlyList<string> Texts { get; } = [.. Known.Select(known => known.Text)];

    /// <summary>The level of a text, or null.</summary>
    internal static UapiLevel? Find(string? text)
    {
        foreach (var known in Known)
        {
            if (known.Text == text)
                return known.Level;
        }
        return null;
    }
}
