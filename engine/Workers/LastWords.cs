using System.Globalization;
using System.Text;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>Keeps the first and the last part of what a stream says.</summary>
internal sealed class LastWords
{
    private const int Head = 2 << 10;
    private const int Rest = 6 << 10;
    private readonly Lock gate = new();
    private readonly List<byte> head = [];
    private readonly Queue<byte> rest = [];
    private readonly Thread thread;
    private long dropped;

    internal LastWords(Stream stream)
    {
        thread = new Thread(() => Read(stream)) { IsBackground = true, Name = "last words" };
        thread.Start();
    }

    internal string Text
    {
        get
        {
            lock (gate)
            {
                var gap = dropped > 0 ? string.Create(CultureInfo.InvariantCulture, $"\n... ({dropped} bytes) ...\n") : "";
                // One text: where nothing was dropped, no character is cut in two.
                return Escaping.Block(Encoding.UTF8.GetString([.. head, .. Encoding.UTF8.GetBytes(gap), .. rest]), 12_000).Trim('\n');
            }
        }
    }

    internal void Join() => thread.Join(TimeSpan.FromMilliseconds(500));

    private void Read(Stream stream)
    {
        var buffer = new byte[4096];
        try
        {
            int count;
            while ((count = stream.Read(buffer)) > 0)
            {
                lock (gate)
                {
                    foreach (var value in buffer.AsSpan(0, count))
                    {
                        if (head.Count < Head)
                        {
                            head.Add(value);
                            continue;
                        }

                        if (rest.Count == Rest)
                        {
                            rest.Dequeue();
                            dropped++;
                        }

                        rest.Enqueue(value);
                    }
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The process is gone.
        }
    }
}
