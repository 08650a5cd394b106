using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>QEMU's machine protocol: one JSON object a line. Only what the adapter needs; whatever is not as it must be ends as a lost device.</summary>
internal sealed class QmpConnection : IDisposable
{
    private const int LineLimit = 256 * 1024;

    private readonly Socket socket;
    private readonly TimeSpan deadline;
    private readonly Func<DeviceLoss, string> lastWords;
    private readonly Patience patience;
    private readonly byte[] incoming = new byte[LineLimit];
    private int start,
        end;

    /// <summary>A connection over a socket, which it owns; takes the greeting.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="deadline">What one call may take of QEMU's time.</param>
    /// <param name="lastWords">What the process said last, and how it ended.</param>
    /// <param name="peer">The time of that process; null when nothing is known of it.</param>
    /// <exception cref="DeviceLostException">What answers does not greet as QEMU does.</exception>
    public QmpConnection(Socket socket, TimeSpan deadline, Func<DeviceLoss, string> lastWords, IPeerTime? peer = null)
    {
        patience = new(peer);
        this.socket = socket;
        this.deadline = deadline;
        this.lastWords = lastWords;
        socket.SendTimeout = (int)Math.Clamp(Math.Ceiling(deadline.TotalMilliseconds), 1, int.MaxValue);
        socket.ReceiveTimeout = (int)Patience.Slice.TotalMilliseconds;
        Version = Ask(
            "",
            message =>
            {
                if (!message.TryGetProperty("QMP", out var greeting))
                    return null;
                Package = greeting.GetProperty("version").TryGetProperty("package", out var package) ? ForeignText.Line(package.GetString()) : "";
                var version = greeting.GetProperty("version").GetProperty("qemu");
                return new Version(version.GetProperty("major").GetInt32(), version.GetProperty("minor").GetInt32(), version.GetProperty("micro").GetInt32());
            }
        );
        Execute("""{"execute":"qmp_capabilities"}""");
    }

    /// <summary>QEMU's version.</summary>
    public Version Version { get; }

    /// <summary>The package that it came in, as its builders wrote it; empty when they wrote nothing.</summary>
    public string Package { get; private set; } = "";

    /// <summary>Runs a command without an interesting result.</summary>
    public void Execute(string command) => Ask(command, message => message.TryGetProperty("return", out _) ? "" : null);

    /// <summary>Runs a command, and gives the member "status" of its result; empty when it has none.</summary>
    public string Status(string command) =>
        Ask(
            command,
            message =>
                !message.TryGetProperty("return", out var result) ? null
                : result.TryGetProperty("status", out var status) ? status.GetString() ?? ""
                : ""
        );

    /// <summary>Runs a command of the human monitor, and gives what it prints.</summary>
    /// <param name="line">The command: neither quotes nor backslashes.</param>
    public string Human(string line) =>
        Ask(
            $$$"""{"execute":"human-monitor-command","arguments":{"command-line":"{{{line}}}"}}""",
            message => message.TryGetProperty("return", out var result) ? result.GetString() ?? "" : null
        );

    /// <summary>The path of the first device below /machine/unattached with this type, or null.</summary>
    public string? FindUnattached(string type) =>
        Ask(
            """{"execute":"qom-list","arguments":{"path":"/machine/unattached"}}""",
            message =>
            {
                if (!message.TryGetProperty("return", out var devices))
                    return null;
                foreach (var device in devices.EnumerateArray())
                    if (device.GetProperty("type").GetString() == $"child<{type}>")
                        return $"/machine/unattached/{device.GetProperty("name").GetString()}";
                return "";
            }
        )
            is { Length: > 0 } path
            ? path
            : null;

    /// <summary>Resets the machine and waits until it was.</summary>
    public void ResetMachine()
    {
        var returned = false;
        var reset = false;
        Ask(
            """{"execute":"system_reset"}""",
            message =>
            {
                returned |= message.TryGetProperty("return", out _);
                reset |= message.TryGetProperty("event", out var name) && name.GetString() == "RESET";
                return returned && reset ? "" : null;
            }
        );
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    // Sends a command and looks at every message until one is the answer.
    private T Ask<T>(string command, Func<JsonElement, T?> answer)
        where T : class
    {
        var due = Environment.TickCount64 + (long)deadline.TotalMilliseconds;
        try
        {
            var bytes = Encoding.ASCII.GetBytes(command);
            for (var sent = 0; sent < bytes.Length; )
                sent += socket.Send(bytes.AsSpan(sent));
            while (true)
            {
                using var document = JsonDocument.Parse(Line(due));
                var message = document.RootElement;
                if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("error", out var error))
                    throw Lose(DeviceLoss.Died, $"QEMU refused {command}: {ForeignText.Lines(error.ToString())}");
                if (answer(message) is { } found)
                    return found;
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw Lose(DeviceLoss.TimedOut, $"QEMU's monitor did not answer within {deadline.TotalSeconds:0.###} s");
        }
        catch (SocketException)
        {
            throw Lose(DeviceLoss.Died, "QEMU hung up");
        }
        catch (Exception exception)
            when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
        {
            throw Lose(DeviceLoss.Died, "QEMU's monitor does not speak QMP");
        }
    }

    private ReadOnlyMemory<byte> Line(long due)
    {
        for (var searched = start; ; )
        {
            var at = incoming.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = incoming.AsMemory(start, searched + at - start);
                start = searched + at + 1;
                return line;
            }

            incoming.AsSpan(start, end - start).CopyTo(incoming);
            end -= start;
            searched = end;
            start = 0;
            if (end == incoming.Length)
                throw Lose(DeviceLoss.Died, "QEMU's monitor sent a line without an end");
            // Whoever talks all the time and never answers is late as well.
            if (Environment.TickCount64 >= due)
                Wait(due);
            var got = socket.Receive(incoming.AsSpan(end), SocketFlags.None, out var error);
            if (error is SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted)
            {
                Wait(due);
                continue;
            }

            if (error != SocketError.Success)
                throw new SocketException((int)error);
            if (got == 0)
                throw Lose(DeviceLoss.Died, "QEMU hung up");
            end += got;
        }
    }

    private void Wait(long due)
    {
        switch (patience.Look(due, deadline))
        {
            case Processes.Wait.Late:
                throw new SocketException((int)SocketError.TimedOut);
            case Processes.Wait.Stuck:
                throw Lose(DeviceLoss.Unreachable, "QEMU stood still: it is stopped, or the machine is too busy");
        }
    }

    private DeviceLostException Lose(DeviceLoss loss, string message) => new(loss, message, lastWords(loss));
}
