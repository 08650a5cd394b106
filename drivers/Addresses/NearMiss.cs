namespace Conformance.Drivers.Addresses;

/// <summary>What is said about a text that has no known scheme: the address that it nearly is, where it nearly is one.</summary>
internal static class NearMiss
{
    // A server behind a socket is a driver like any other, but nothing here speaks to one yet. The scheme that does takes this list's place.
    private static readonly string[] SocketSchemes = ["vfio-user", "unix"],
        SocketEndings = [".sock", ".socket"];

    private const int LeastPrefix = 3;

    /// <summary>Explains a text that does not begin with the name of a scheme.</summary>
    internal static DriverAddressException Explain(string text, IReadOnlyList<IDriverScheme> schemes)
    {
        var question = DriverAddress.OptionsStart(text);
        var (body, options) = question < 0 ? (text, "") : (text[..question], text[question..]);
        var colon = body.IndexOf(':', StringComparison.Ordinal);
        var examples = string.Join(", ", schemes.Select(scheme => scheme.Example));
        var kind = colon < 0 ? "" : body[..colon];
        var wrong = colon < 0 ? WithoutScheme(text) : $"'{kind}' is not a kind of driver.";
        if (Nearest(kind, schemes) is { } near)
            return Suggest(wrong, near.Name + text[colon..], schemes);
        foreach (var scheme in schemes)
        {
            if (scheme.Meant(body) is { } meant)
                return Suggest(WithoutScheme(text), meant + options, schemes);
            if (scheme.Name.Equals(body, StringComparison.OrdinalIgnoreCase))
                return DriverAddressException.Of(wrong, $"An address of that kind looks like {scheme.Example}.");
        }

        return SocketSchemes.Contains(kind) || SocketEndings.Any(ending => body.EndsWith(ending, StringComparison.Ordinal))
            ? DriverAddressException.Of(
                $"'{text}' names a socket, and drivers behind a socket (vfio-user) cannot be checked yet.",
                $"What can be checked looks like {examples}."
            )
            : DriverAddressException.Of(wrong, $"An address looks like {examples}.");
    }

    // By its spelling, or by what it begins with: "ref" is the reference.
    private static IDriverScheme? Nearest(string kind, IReadOnlyList<IDriverScheme> schemes) =>
        Spelling.Nearest(kind, schemes.Select(scheme => scheme.Name)) is { } name ? schemes.First(scheme => scheme.Name == name)
        : kind.Length >= LeastPrefix ? schemes.FirstOrDefault(scheme => scheme.Name.StartsWith(kind, StringComparison.OrdinalIgnoreCase))
        : null;

    private static string WithoutScheme(string text) => $"'{text}' is not a driver address: it has no scheme.";

    // When the address that is meant is wrong in another way, that is what there is to say.
    private static DriverAddressException Suggest(string wrong, string meant, IReadOnlyList<IDriverScheme> schemes)
    {
        try
        {
            _ = DriverAddress.Parse(meant, schemes);
            return DriverAddressException.Of(wrong, $"Did you mean {meant}?");
        }
        catch (DriverAddressException error)
        {
            return error;
        }
    }
}
