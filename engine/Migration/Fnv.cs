namespace Conformance.Engine.Migration;

/// <summary>FNV-1a of 64 bits: the same in every process, unlike <see cref="HashCode"/>. A number counts as one unit, whatever its size.</summary>
internal static class Fnv
{
    internal const ulong Offset = 14695981039346656037;

    private const ulong Prime = 1099511628211;

    internal static ulong Add(ulong hash, ulong value) => (hash ^ value) * Prime;

    internal static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            hash = (hash ^ value) * Prime;
        return hash;
    }
}
