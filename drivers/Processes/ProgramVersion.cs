using Conformance.Drivers.Readiness;
using Conformance.Model.Contract;

namespace Conformance.Drivers.Processes;

/// <summary>A program that a driver needs: is it there, and which version is it?</summary>
internal static class ProgramVersion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10),
        Ending = TimeSpan.FromSeconds(2),
        LastWords = TimeSpan.FromMilliseconds(200);

    /// <summary>Finds a program and asks it for its version.</summary>
    /// <param name="what">What the line is called.</param>
    /// <param name="name">A path, or a name to be looked up in PATH.</param>
    /// <param name="fix">What to do when it is not there.</param>
    internal static ReadinessLine Look(string what, string name, string fix)
    {
        if (Missing(what, name, fix) is { } missing)
            return missing;
        var path = Find(name)!;
        ProgramAnswer answer;
        try
        {
            answer = Ask(path, Patience);
        }
        catch (DeviceLostException)
        {
            return ReadinessLine.NotOk(what, $"{path} cannot be run", fix);
        }

        var line = ForeignText.Line(answer.FirstLine);
        return answer switch
        {
            { Status: null } => ReadinessLine.NotOk(what, $"{path} --version does not answer", fix),
            { Status: 0 } when line.Length > 0 => ReadinessLine.Ok(what, $"{path}: {line}"),
            { Status: var status } => ReadinessLine.NotOk(what, $"{path} --version ends with {status}", fix),
        };
    }

    /// <summary>What <see cref="Look"/> says of a program that is not there; null when it is.</summary>
    internal static ReadinessLine? Missing(string what, string name, string fix) =>
        Find(name) is null ? ReadinessLine.NotOk(what, $"{name} is not there, or is no program that this user may run", fix) : null;

    /// <summary>Runs a program with <c>--version</c>; one that does not end is ended.</summary>
    /// <param name="path">The program.</param>
    /// <param name="patience">How long its first line may take.</param>
    /// <exception cref="DeviceLostException">It cannot be run.</exception>
    internal static ProgramAnswer Ask(string path, TimeSpan patience)
    {
        var process = ChildProcess.Start(path, ["--version"]);
        try
        {
            process.StandardInput.Close();
            var output = new ProcessOutput(process.StandardOutput.BaseStream, keepFirst: true);
            var errors = new ProcessOutput(process.StandardError.BaseStream, keepFirst: false);
            var line = output.FirstLine(patience, null, out _);
            int? status = line is not null && process.WaitForExit(Ending) ? process.ExitCode : null;
            if (status is null)
                process.Kill(entireProcessTree: true);
            return new(line, status, errors.Text(LastWords));
        }
        finally
        {
            process.Dispose();
        }
    }

    /// <summary>The path of a program, or null when there is none that this user may run.</summary>
    internal static string? Find(string name)
    {
        var candidates = name.Contains('/', StringComparison.Ordinal)
            ? [Path.GetFullPath(name)]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name));
        return candidates.FirstOrDefault(path =>
            File.Exists(path)
            && (
                OperatingSystem.IsWindows()
                || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0
            )
        );
    }
}

/// <summary>What a program answered to <c>--version</c>.</summary>
/// <param name="FirstLine">The first line of its output; empty when there was none, null when it said nothing in time.</param>
/// <param name="Status">The status that it ended with; null when it was ended.</param>
/// <param name="Errors">The last of what it wrote to standard error.</param>
internal readonly record struct ProgramAnswer(string? FirstLine, int? Status, string Errors);
