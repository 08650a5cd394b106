using System.Net.Sockets;

namespace Conformance.Bench;

/// <summary>
/// Lines that a connection once sent to QEMU, sent again as they are: one write for what was one write, and replies are counted and not looked at. What the
/// adapter is compared with.
/// </summary>
internal sealed class BareLines
{
    private readonly List<Burst> bursts = [];
    private readonly byte[] incoming = new byte[256 * 1024];

    /// <summary>How many bursts there are.</summary>
    public int Count => bursts.Count;

    /// <summary>Remembers a burst.</summary>
    public void Add(ReadOnlySpan<byte> lines, int commands, bool waits) => bursts.Add(new Burst(lines.ToArray(), commands, waits));

    /// <summary>Sends bursts.</summary>
    /// <param name="socket">Where to.</param>
    /// <param name="from">The first.</param>
    /// <param name="to">The first that is not sent.</param>
    public void Send(Socket socket, int from, int to)
    {
        for (var index = from; index < to; index++)
        {
            var burst = bursts[index];
            socket.Send(burst.Lines);
            var (replies, raised) = (0, !burst.Waits);
            for (var end = 0; replies < burst.Commands || !raised; )
            {
                var got = socket.Receive(incoming.AsSpan(end));
                if (got == 0)
                    throw new InvalidOperationException("QEMU hung up");
                var text = incoming.AsSpan(0, end + got);
                for (int at; (at = text.IndexOf((byte)'\n')) >= 0; text = text[(at + 1)..])
                {
                    if (text[0] == 'O')
                        replies++;
                    else if (text.StartsWith("IRQ raise"u8))
                        raised = true;
                }

                text.CopyTo(incoming);
                end = text.Length;
            }
        }
    }

    private readonly record struct Burst(byte[] Lines, int Commands, bool Waits);
}
