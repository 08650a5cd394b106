using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// A guest and the command that owns it. The command (<c>labs/kernel/boot</c>, or another with the same manners) prints the path of the agent's socket
/// in its first line, may print facts as key=value lines after it (<c>serial=</c>: the serial log), and ends the guest when its standard input closes.
/// </summary>
public sealed partial class GuestProcess : IDisposable
{
    /// <summary>How long the first start may take: it may have to build the lab.</summary>
    public static readonly TimeSpan DefaultStartDeadline = TimeSpan.FromSeconds(180);

    private const int OutputLimit = 64 * 1024,
        LineCount = 40,
        EndCount = 5,
        LineLimit = 200;

    private static readonly string[] Headlines = ["BUG:", "Oops:", "Kernel panic", "general protection fault", "kernel BUG at", "sysrq:"];

    private readonly IReadOnlyList<string> words;
    private readonly TimeSpan startDeadline;
    private readonly Lock gate = new();
    private Process? process;
    private ProcessOutput? output,
        errors;

    /// <summary>A guest that is not started yet.</summary>
    /// <param name="command">The command, split by <see cref="WordList"/>; no shell sees it.</param>
    /// <param name="startDeadline">How long a start may take; null: <see cref="DefaultStartDeadline"/>.</param>
    /// <exception cref="FormatException">The command cannot be split, or is empty.</exception>
    public GuestProcess(string command, TimeSpan? startDeadline = null)
    {
        words = WordList.Split(command);
        if (words.Count == 0)
            throw new FormatException("the command that boots the guest is empty");
        this.startDeadline = startDeadline ?? DefaultStartDeadline;
    }

    /// <summary>True while the command runs.</summary>
    public bool IsRunning
    {
        get
        {
            lock (gate)
                return process is { HasExited: false };
        }
    }

    /// <summary>The value of a fact that the command printed (the first, where there are several), or null.</summary>
    public string? Fact(string key) => output?.Line(key + "=")?[(key.Length + 1)..];

    /// <summary>Starts the guest, after ending the one before, and returns the path of the agent's socket.</summary>
    /// <exception cref="DeviceLostException">The command cannot be run, ended, or printed no socket in time.</exception>
    public string Start()
    {
        lock (gate)
        {
            End();
            var start = new ProcessStartInfo(words[0], words.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            // Found from the current folder, as in a shell; the runtime would look beside its own executable first.
            if (words[0].Contains('/', StringComparison.Ordinal))
                start.FileName = Path.GetFullPath(words[0]);
            try
            {
                process = Process.Start(start) ?? throw new InvalidOperationException("no process was started");
            }
            catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or IOException)
            {
                var reason =
                    Directory.Exists(start.FileName) ? "it is a folder"
                    : File.Exists(start.FileName) ? "it is no program that this user may run"
                    : "it is not there";
                throw new DeviceLostException(DeviceLoss.Unreachable, $"the guest's command '{Printable(words[0])}' cannot be run: {reason}");
            }

            output = new ProcessOutput(process.StandardOutput.BaseStream, keepFirst: true);
            errors = new ProcessOutput(process.StandardError.BaseStream, keepFirst: false);
            var path = output.FirstLine(startDeadline);
            if (path is ['/', ..])
                return path;
            var ended = path is not { Length: > 0 } && process.WaitForExit(output.Ended ? 2000 : 0);
            var why =
                path is { Length: > 0 } ? $"began with '{Printable(path)}' instead of the path of a socket"
                : ended ? $"ended with status {process.ExitCode} before it named a socket"
                : $"named no socket within {startDeadline.TotalSeconds:0} s";
            var said = Printable(errors.Text(TimeSpan.FromMilliseconds(ended ? 500 : 0)));
            End();
            throw new DeviceLostException(DeviceLoss.Unreachable, $"the guest's command '{Printable(words[0])}' {why}", said);
        }
    }

    /// <summary>
    /// 40 lines of the serial log (of standard error, when there is no log), control characters removed: from the line that names a crash on, or the last ones.
    /// Time stamps, registers and guessed calls are left out, since they differ from run to run.
    /// </summary>
    public string LastWords()
    {
        // A dying guest closes the agent's socket before the log is complete.
        lock (gate)
            process?.WaitForExit(500);
        if (Fact("serial") is { } serial)
        {
            try
            {
                using var log = new FileStream(serial, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                log.Seek(-Math.Min(log.Length, OutputLimit), SeekOrigin.End);
                var bytes = new byte[OutputLimit];
                var length = log.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
                return Printable(Encoding.UTF8.GetString(bytes, 0, length));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                return $"(the serial log {Printable(serial)} cannot be read: {Printable(exception.Message)})";
            }
        }

        return Printable(errors?.Text(TimeSpan.Zero) ?? "");
    }

    /// <summary>Ends the guest and its command.</summary>
    public void Dispose()
    {
        lock (gate)
            End();
    }

    /// <summary>
    /// 40 lines of a text that somebody else wrote, each at most 200 characters, without control and format characters: from the first line that names a crash on
    /// (a kernel says what happened first), with the end of the text behind a gap; the last lines, when no line names one.
    /// </summary>
    internal static string Printable(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[TimeStamp().Match(line).Length..]).ToArray();
        var first = Array.FindIndex(lines, line => Headlines.Any(headline => line.Contains(headline, StringComparison.Ordinal)));
        if (first >= 0)
            lines = [.. lines.Skip(first).Where(line => !Chance().IsMatch(line))];
        if (lines.Length > LineCount)
            lines = first < 0 ? lines[^LineCount..] : [.. lines[..(LineCount - EndCount - 1)], "...", .. lines[^EndCount..]];
        var result = new StringBuilder();
        foreach (var line in lines)
            Append(result, line);
        return result.ToString().TrimEnd('\n');
    }

    // "[    6.021398] " or, with the caller, "[    6.021398][   T79] ".
    [GeneratedRegex(@"^\[ *[0-9]+\.[0-9]+\](\[ *[A-Z][0-9]+\])? ?")]
    private static partial Regex TimeStamp();

    // Registers, and the lines of a call trace that are guesses: what an older call left on the stack.
    [GeneratedRegex(@"^(?:(?:R[A-DS][XIP]|R[0-9]{2}|RBP|FS|CS|CR[0-9]|DR[0-9]|PKRU|Code|Kernel Offset): |PGD [0-9a-f]| \? )")]
    private static partial Regex Chance();

    private static void Append(StringBuilder result, string line)
    {
        var start = result.Length;
        foreach (var rune in line.EnumerateRunes())
        {
            if (result.Length - start >= LineLimit)
                break;
            if (rune.Value == '\t')
                result.Append(' ');
            else if (
                Rune.GetUnicodeCategory(rune)
                is not (
                    System.Globalization.UnicodeCategory.Control
                    or System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator
                    or System.Globalization.UnicodeCategory.ParagraphSeparator
                )
            )
                result.Append(rune.ToString());
        }

        result.Append('\n');
    }

    private void End()
    {
        if (process is null)
            return;
        try
        {
            // Closing standard input is the polite way: the command removes what it made.
            process.StandardInput.Close();
            if (!process.WaitForExit(3000))
                process.Kill(entireProcessTree: true);
            process.WaitForExit(1000);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or Win32Exception)
        {
            // It ended in between.
        }

        process.Dispose();
        process = null;
    }
}
