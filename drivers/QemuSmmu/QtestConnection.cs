using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>
/// QEMU's qtest protocol from the client's side: commands are lines, collected and sent with one write; as many reply lines are read, and checked one by one.
/// Interrupt lines may stand anywhere between them. Nothing is allocated per command. After an exception it is dead.
/// </summary>
internal sealed class QtestConnection : IDisposable
{
    /// <summary>The most bytes that one command reads or writes.</summary>
    public const int TransferLimit = 16 * 1024;

    // Sent without reading: more would fill the socket while QEMU waits for its replies to be taken.
    private const int InFlightLimit = 60_000,
        LineLimit = 32 * 1024,
        CommandLimit = 512,
        Margin = 128,
        ShownCommands = 24,
        ShownLength = 120;

    private readonly Socket socket;
    private readonly Func<DeviceLoss, string> lastWords;
    private readonly Patience patience;
    private readonly byte[] outgoing = new byte[InFlightLimit + LineLimit];
    private readonly byte[] incoming = new byte[2 * LineLimit];
    private readonly Expected[] expected = new Expected[CommandLimit];
    private readonly int[] raised = new int[InterruptLines];
    private int used,
        count,
        start,
        end;

    /// <summary>A connection over a socket, which it owns.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="deadline">What one read or write may take.</param>
    /// <param name="lastWords">What the process said last, and how it ended.</param>
    /// <param name="peer">The time of that process; null when nothing is known of it.</param>
    public QtestConnection(Socket socket, TimeSpan deadline, Func<DeviceLoss, string> lastWords, IPeerTime? peer = null)
    {
        patience = new(peer);
        this.socket = socket;
        this.lastWords = lastWords;
        Deadline = deadline;
        socket.SendTimeout = socket.ReceiveTimeout = (int)Patience.Slice.TotalMilliseconds;
    }

    /// <summary>How many lines an intercepted device may have.</summary>
    public const int InterruptLines = 512;

    /// <summary>What one read or write may take of QEMU's time.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>The socket, for measurements that speak the protocol themselves.</summary>
    public Socket Socket => socket;

    /// <summary>For measurements: is given what is sent with one write, the number of its commands, and whether an interrupt is waited for.</summary>
    public Action<ReadOnlySpan<byte>, int, bool>? Recorder { get; set; }

    /// <summary>True when the next few commands must wait until <see cref="Flush"/> was called.</summary>
    public bool IsFull => used >= InFlightLimit || count >= CommandLimit - Margin;

    /// <summary>How often each interrupt line was raised; its reader sets it back.</summary>
    public Span<int> Raised => raised;

    /// <summary>Adds a 32-bit read.</summary>
    /// <param name="address">The physical address.</param>
    /// <param name="result">The index of the result that gets the value.</param>
    public void Read32(ulong address, int result)
    {
        Begin("readl "u8, ReplyKind.Value, result, 0);
        Hex(address);
        End();
    }

    /// <summary>Adds a 64-bit read.</summary>
    /// <param name="address">The physical address.</param>
    /// <param name="result">The index of the result that gets the value.</param>
    public void Read64(ulong address, int result)
    {
        Begin("readq "u8, ReplyKind.Value, result, 0);
        Hex(address);
        End();
    }

    /// <summary>Adds a 32-bit write.</summary>
    public void Write32(ulong address, uint value)
    {
        Begin("writel "u8, ReplyKind.Plain, 0, 0);
        Hex(address);
        Hex(value);
        End();
    }

    /// <summary>Adds a 64-bit write.</summary>
    public void Write64(ulong address, ulong value)
    {
        Begin("writeq "u8, ReplyKind.Plain, 0, 0);
        Hex(address);
        Hex(value);
        End();
    }

    /// <summary>Adds a read of memory.</summary>
    /// <param name="address">The physical address.</param>
    /// <param name="dataStart">Where the bytes go.</param>
    /// <param name="length">How many, 1 to <see cref="TransferLimit"/>.</param>
    public void ReadMemory(ulong address, int dataStart, int length)
    {
        Begin("b64read "u8, ReplyKind.Bytes, dataStart, length);
        Hex(address);
        Hex((ulong)length);
        End();
    }

    /// <summary>Adds a write of memory.</summary>
    /// <param name="address">The physical address.</param>
    /// <param name="bytes">The bytes, 1 to <see cref="TransferLimit"/>; when they are all zero, any number.</param>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8 && !bytes.ContainsAnyExcept((byte)0))
        {
            Begin("memset "u8, ReplyKind.Plain, 0, 0);
            Hex(address);
            Hex((ulong)bytes.Length);
            Hex(0);
            End();
            return;
        }

        // QEMU refuses base64 of fewer than five characters.
        var small = bytes.Length < 4;
        Begin(small ? "write "u8 : "b64write "u8, ReplyKind.Plain, 0, 0);
        Hex(address);
        Hex((ulong)bytes.Length);
        if (small)
        {
            "0x"u8.CopyTo(outgoing.AsSpan(used));
            used += 2;
            foreach (var value in bytes)
            {
                Utf8Formatter.TryFormat(value, outgoing.AsSpan(used), out var digits, new System.Buffers.StandardFormat('x', 2));
                used += digits;
            }
        }
        else
        {
            Base64.EncodeToUtf8(bytes, outgoing.AsSpan(used), out _, out var written);
            used += written;
        }

        outgoing[used++] = (byte)' ';
        End();
    }

    /// <summary>Adds a command that only says OK.</summary>
    public void Command(string text)
    {
        Begin(Encoding.ASCII.GetBytes(text), ReplyKind.Plain, 0, 0);
        outgoing[used++] = (byte)' ';
        End();
    }

    /// <summary>Sends what was added and takes the replies; then waits for an interrupt, when one is named.</summary>
    /// <param name="results">Where values go.</param>
    /// <param name="data">Where bytes go.</param>
    /// <param name="due">When it must be done on a machine that does nothing else, in milliseconds of <see cref="Environment.TickCount64"/>.</param>
    /// <param name="firstLine">The first of the interrupt lines to wait for.</param>
    /// <param name="lineCount">How many lines; 0: waits for none.</param>
    /// <exception cref="DeviceLostException">QEMU did not answer as the protocol says, or not in time.</exception>
    public void Flush(Span<SmmuResult> results, Span<byte> data, long due, int firstLine = 0, int lineCount = 0)
    {
        var done = 0;
        try
        {
            Interrupts();
            Recorder?.Invoke(outgoing.AsSpan(0, used), count, lineCount > 0);
            for (var sent = 0; sent < used; )
            {
                sent += socket.Send(outgoing.AsSpan(sent, used - sent), SocketFlags.None, out var error);
                Check(error, due, done);
            }

            var waited = raised.AsSpan(firstLine, lineCount);
            while (done < count || (lineCount > 0 && !waited.ContainsAnyExcept(0)))
            {
                var line = Line(due, done);
                if (line.StartsWith("IRQ "u8))
                    Interrupt(line[4..], done);
                else if (done < count)
                    Take(line, expected[done], done++, results, data);
                else
                    throw Lose(DeviceLoss.Died, "QEMU sent a reply that nobody asked for", done);
            }
        }
        catch (ObjectDisposedException)
        {
            throw Lose(DeviceLoss.Died, "the connection to QEMU was closed while a command was under way", done);
        }

        used = count = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private void Begin(ReadOnlySpan<byte> name, ReplyKind kind, int place, int length)
    {
        expected[count] = new Expected(kind, place, length, used);
        name.CopyTo(outgoing.AsSpan(used));
        used += name.Length;
    }

    // Every operand leaves a blank behind it, the last one too: End turns it into the end of the line.
    private void Hex(ulong value)
    {
        outgoing[used] = (byte)'0';
        outgoing[used + 1] = (byte)'x';
        Utf8Formatter.TryFormat(value, outgoing.AsSpan(used + 2), out var digits, 'x');
        used += 2 + digits;
        outgoing[used++] = (byte)' ';
    }

    private void End()
    {
        outgoing[used - 1] = (byte)'\n';
        count++;
    }

    // The next line of input without its end. It is valid until the next call.
    private ReadOnlySpan<byte> Line(long due, int done)
    {
        for (var searched = start; ; )
        {
            var at = incoming.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = incoming.AsSpan(start, searched + at - start);
                start = searched + at + 1;
                return line;
            }

            if (end - start > LineLimit)
                throw Lose(DeviceLoss.Died, "QEMU's reply is longer than any reply may be", done);
            if (start >= incoming.Length - LineLimit)
            {
                incoming.AsSpan(start, end - start).CopyTo(incoming);
                end -= start;
                start = 0;
            }

            searched = end;
            // Whoever talks all the time and never answers is late as well.
            if (Environment.TickCount64 >= due)
                Wait(due, done);
            var got = socket.Receive(incoming.AsSpan(end), SocketFlags.None, out var error);
            if (!Check(error, due, done))
                continue;
            if (got == 0)
                throw Lose(DeviceLoss.Died, "QEMU hung up", done);
            end += got;
        }
    }

    // What has come since the last reply: interrupts or nothing. A reply would be taken for the one to the next command.
    private void Interrupts()
    {
        while (incoming.AsSpan(start, end - start).IndexOf((byte)'\n') is >= 0 and var length)
        {
            var line = incoming.AsSpan(start, length);
            if (!line.StartsWith("IRQ "u8))
                throw Lose(DeviceLoss.Died, $"QEMU sent a reply that nobody asked for: {Shown(line)}", 0);
            Interrupt(line[4..], 0);
            start += length + 1;
        }
    }

    private void Interrupt(ReadOnlySpan<byte> text, int done)
    {
        var rises = text.StartsWith("raise "u8);
        if (
            (!rises && !text.StartsWith("lower "u8))
            || !Utf8Parser.TryParse(text[6..], out int line, out var digits)
            || digits != text.Length - 6
            || (uint)line >= InterruptLines
        )
            throw Lose(DeviceLoss.Died, $"QEMU named an interrupt that there is not: {Shown(text)}", done);
        if (rises && raised[line] < int.MaxValue)
            raised[line]++;
    }

    private void Take(ReadOnlySpan<byte> line, in Expected what, int index, Span<SmmuResult> results, Span<byte> data)
    {
        if (line.StartsWith("OK"u8))
        {
            var rest = line[2..];
            switch (what.Kind)
            {
                case ReplyKind.Plain when rest.IsEmpty:
                    return;
                case ReplyKind.Value
                    when rest.StartsWith(" 0x"u8) && Utf8Parser.TryParse(rest[3..], out ulong value, out var digits, 'x') && digits == rest.Length - 3:
                    results[what.Place] = results[what.Place] with { Value = value };
                    return;
                case ReplyKind.Bytes
                    when rest.StartsWith(" "u8)
                        && rest.Length - 1 == Base64.GetMaxEncodedToUtf8Length(what.Length)
                        && Base64.DecodeFromUtf8(rest[1..], data.Slice(what.Place, what.Length), out _, out var written) == System.Buffers.OperationStatus.Done
                        && written == what.Length:
                    return;
            }
        }

        throw Lose(DeviceLoss.Died, $"QEMU's reply is not one to this command: {Shown(line)}", index);
    }

    private static string Shown(ReadOnlySpan<byte> line) => ForeignText.Lines(Encoding.UTF8.GetString(line[..Math.Min(line.Length, ShownLength)]));

    // False when nothing was moved and there is still time.
    private bool Check(SocketError error, long due, int done)
    {
        if (error == SocketError.Success)
            return true;
        if (error is not (SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted))
            throw Lose(DeviceLoss.Died, "QEMU hung up", done);
        Wait(due, done);
        return false;
    }

    private void Wait(long due, int done)
    {
        switch (patience.Look(due, Deadline))
        {
            case Processes.Wait.Late:
                throw Late(done);
            case Processes.Wait.Stuck:
                throw Lose(DeviceLoss.Unreachable, "QEMU stood still: it is stopped, or the machine is too busy; that says nothing of its SMMU", done);
        }
    }

    private DeviceLostException Late(int done) =>
        Lose(DeviceLoss.TimedOut, $"QEMU did not answer within {Deadline.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s", done);

    // The commands before the one without a good reply lead to it; those behind it may have been run as well.
    private DeviceLostException Lose(DeviceLoss loss, string message, int done)
    {
        var said = lastWords(loss);
        var words = new StringBuilder();
        var first = Math.Max(0, done - ShownCommands + 1);
        if (count > 0)
            words.Append(first == 0 ? "" : "...\n");
        for (var index = first; index < Math.Min(count, done + 1); index++)
        {
            var next = index + 1 < count ? expected[index + 1].Start : used;
            var length = next - 1 - expected[index].Start;
            words
                .Append("> ")
                .Append(Encoding.ASCII.GetString(outgoing, expected[index].Start, Math.Min(length, ShownLength)))
                .Append(length > ShownLength ? "..." : "");
            words.Append(index < done ? "\n" : "   <- no good reply\n");
        }

        return new DeviceLostException(loss, message, (words + said).TrimEnd('\n'));
    }

    private enum ReplyKind : byte
    {
        Plain,
        Value,
        Bytes,
    }

    private readonly record struct Expected(ReplyKind Kind, int Place, int Length, int Start);
}
