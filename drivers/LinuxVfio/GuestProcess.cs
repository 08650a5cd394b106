using System.Diagnostics;
using System.Text;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.LinuxVfio;

/// <summary>
/// A guest and the command that owns it. The command (<c>labs/kernel/boot</c>, or another with the same manners) prints the path of the agent's socket
/// in its first line, may print facts as key=value lines after it (<c>serial=</c>: the serial log), and ends the guest when its standard input closes.
/// </summary>
public sealed class GuestProcess : IDisposable
{
    /// <summary>
    /// How long a start may take, of the time in which the command and its processes could run: what they waited for a processor, or were stopped, is left out.
    /// </summary>
    public static readonly TimeSpan DefaultStartDeadline = TimeSpan.FromMinutes(4);

    private const int OutputLimit = 64 * 1024;

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

    /// <summary>The process of the command, which the guest's is a child of; null while it does not run.</summary>
    internal int? ProcessId
    {
        get
        {
            lock (gate)
                return process is { HasExited: false } ? process.Id : null;
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
            process = ChildProcess.Start(words[0], words.Skip(1), "the guest's command ");
            output = new ProcessOutput(process.StandardOutput.BaseStream, keepFirst: true);
            errors = new ProcessOutput(process.StandardError.BaseStream, keepFirst: false);
            var path = output.FirstLine(startDeadline, new PeerTime(process.Id), out var wait);
            if (path is ['/', ..])
                return path;
            var ended = path is not { Length: > 0 } && process.WaitForExit(output.Ended ? 2000 : 0);
            var why =
                path is { Length: > 0 } ? $"began with '{ForeignText.Lines(path)}' instead of the path of a socket"
                : ended ? $"ended with status {process.ExitCode} before it named a socket"
                : wait == Wait.Stuck ? "stood still before it named a socket: it is stopped, or the machine is too busy"
                : $"named no socket within {startDeadline.TotalSeconds:0} s";
            var said = ForeignText.Lines(errors.Text(TimeSpan.FromMilliseconds(ended ? 500 : 0)));
            End();
            throw new DeviceLostException(DeviceLoss.Unreachable, $"the guest's command '{ForeignText.Lines(words[0])}' {why}", said);
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
                return ForeignText.Lines(Encoding.UTF8.GetString(bytes, 0, length));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                return $"(the serial log {ForeignText.Lines(serial)} cannot be read: {ForeignText.Lines(exception.Message)})";
            }
        }

        return ForeignText.Lines(errors?.Text(TimeSpan.Zero) ?? "");
    }

    /// <summary>Ends the guest and its command.</summary>
    public void Dispose()
    {
        lock (gate)
            End();
    }

    private void End()
    {
        if (process is null)
            return;
        ChildProcess.End(process);
        process = null;
    }
}
