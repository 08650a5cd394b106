using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>The folder that a report is written to, a file for each form.</summary>
internal sealed class ReportFolder
{
    private static readonly string usual = Path.Combine("reports", "out");

    private readonly string path;

    private ReportFolder(string path, bool wasAskedFor)
    {
        this.path = path;
        WasAskedFor = wasAskedFor;
        HasReport = new FileInfo(Path.Combine(path, ResultJsonFile)) is { Exists: true, Length: > 0 };
    }

    /// <summary>True when somebody named it; false for the folder that a clone has for it.</summary>
    internal bool WasAskedFor { get; }

    /// <summary>True when an earlier run left its report there.</summary>
    internal bool HasReport { get; }

    /// <summary>Makes the folder, and sees that it can be written: a verdict that took an hour must not be lost to one that cannot.</summary>
    /// <param name="asked">What the user named; null when nothing.</param>
    /// <returns>Null when nothing was named and this is no clone.</returns>
    /// <exception cref="UsageException">It cannot be made or written.</exception>
    internal static ReportFolder? Prepare(string? asked)
    {
        var name = asked ?? (File.Exists("Conformance.sln") ? usual : null);
        if (name is null)
            return null;
        try
        {
            Directory.CreateDirectory(name);
            var folder = new ReportFolder(name, asked is not null);
            foreach (var rendering in Renderings.All)
                if (rendering.File is { } file)
                    new FileStream(Path.Combine(name, file), FileMode.OpenOrCreate, FileAccess.Write).Dispose();
            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(
                $"--report {Escaping.Line(name, 200)} {(File.Exists(name) ? "is a file" : "cannot be made or written")}.\nName a folder that this user "
                    + $"may write to."
            );
        }
    }

    /// <summary>Writes every form. What the driver's maintainers hear first only its owner can read from then on.</summary>
    /// <param name="document">The result.</param>
    /// <param name="stored">The result as it can be judged later: what result.json holds.</param>
    /// <returns>What went wrong; null when nothing did.</returns>
    internal string? Write(ResultDocument document, ResultDocument stored)
    {
        try
        {
            foreach (var rendering in Renderings.All)
                if (rendering.File is { } file)
                {
                    var text = rendering.Render(file == ResultJsonFile ? stored : document);
                    ResultFile.Put(Path.Combine(path, file), text, document.IsForMaintainersFirst);
                }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"the report could not be written to {path}: {error.Message}";
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Escaping.Line(path, 300);

    private const string ResultJsonFile = "result.json";
}
