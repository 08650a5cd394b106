namespace Conformance.Engine.Snapshots;

/// <summary>Makes received files verified ones: the only way in which anything is ever approved.</summary>
public static class ReceivedFiles
{
    private const string ReceivedPart = ".received.",
        VerifiedPart = ".verified.";

    // The variables by which build servers make themselves known. GitHub Actions, GitLab, CircleCI and many more set the first.
    private static readonly string[] BuildServerVariables = ["CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION"];

    /// <summary>The variable that shows that this is a build server, where nothing may be accepted; null elsewhere.</summary>
    /// <param name="variable">Gives the value of an environment variable.</param>
    public static string? BuildServer(Func<string, string?> variable) =>
        BuildServerVariables.FirstOrDefault(name =>
            variable(name) is { Length: > 0 } value && !value.Equals("false", StringComparison.OrdinalIgnoreCase) && value != "0"
        );

    /// <summary>Accepts everything that was received in a folder.</summary>
    /// <returns>The names of the verified files, in order.</returns>
    /// <exception cref="IOException">A file could not be moved; those before it were.</exception>
    public static IReadOnlyList<string> Accept(string folder)
    {
        var accepted = new List<string>();
        foreach (var file in Directory.GetFiles(folder, $"*{ReceivedPart}*").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            var place = name.LastIndexOf(ReceivedPart, StringComparison.Ordinal);
            if (place <= 0)
                continue;
            var verified = name[..place] + VerifiedPart + name[(place + ReceivedPart.Length)..];
            File.Move(file, Path.Combine(folder, verified), overwrite: true);
            accepted.Add(verified);
        }

        return accepted;
    }
}
