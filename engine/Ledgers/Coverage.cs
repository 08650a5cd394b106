using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;

namespace Conformance.Engine.Ledgers;

/// <summary>Which request pairs, arcs and arc pairs were taken with success or refused as they must be.</summary>
public sealed class Coverage
{
    private readonly bool[] requestPairs = new bool[64];
    private readonly bool[] arcs = new bool[64];
    private readonly bool[] arcPairs = new bool[512];
    private Arc last;
    private bool hasLast;

    /// <summary>A new device: what follows is no continuation.</summary>
    public void Begin() => hasLast = false;

    /// <summary>A request from one supported state to another was answered as the contract wants it.</summary>
    public void CountRequest(DeviceState from, DeviceState to) => requestPairs[(int)from * 8 + (int)to] = true;

    /// <summary>A path was taken.</summary>
    public void CountPath(StatePath path)
    {
        for (var i = 0; i + 1 < path.Count; i++)
        {
            var arc = new Arc(path[i], path[i + 1]);
            arcs[(int)arc.From * 8 + (int)arc.To] = true;
            if (hasLast && last.To == arc.From)
                arcPairs[((int)last.From * 8 + (int)arc.From) * 8 + (int)arc.To] = true;
            last = arc;
            hasLast = true;
        }
    }

    /// <summary>True when the pair was requested.</summary>
    public bool HasRequest(DeviceState from, DeviceState to) => requestPairs[(int)from * 8 + (int)to];

    /// <summary>True when the arc was taken.</summary>
    public bool HasArc(Arc arc) => arcs[(int)arc.From * 8 + (int)arc.To];

    /// <summary>True when the second arc was taken right after the first.</summary>
    public bool HasArcPair(Arc first, Arc second) => arcPairs[((int)first.From * 8 + (int)first.To) * 8 + (int)second.To];

    /// <summary>Adds what another one has seen.</summary>
    public void Add(Coverage other)
    {
        for (var i = 0; i < requestPairs.Length; i++)
            requestPairs[i] |= other.requestPairs[i];
        for (var i = 0; i < arcs.Length; i++)
            arcs[i] |= other.arcs[i];
        for (var i = 0; i < arcPairs.Length; i++)
            arcPairs[i] |= other.arcPairs[i];
    }

    /// <summary>The three tables as bytes, for sending them elsewhere: 64, 64 and 512 flags.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[80];
        for (var i = 0; i < 640; i++)
            if (Flag(i))
                bytes[i / 8] |= (byte)(1 << (i % 8));
        return bytes;
    }

    /// <summary>The reverse of <see cref="ToBytes"/>.</summary>
    /// <exception cref="ArgumentException">Not 80 bytes.</exception>
    public static Coverage FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 80)
            throw new ArgumentException("coverage is 80 bytes", nameof(bytes));
        var coverage = new Coverage();
        for (var i = 0; i < 640; i++)
            coverage.Flag(i) = (bytes[i / 8] >> (i % 8) & 1) != 0;
        return coverage;
    }

    private ref bool Flag(int index)
    {
        if (index < 64)
            return ref requestPairs[index];
        if (index < 128)
            return ref arcs[index - 64];
        return ref arcPairs[index - 128];
    }
}
