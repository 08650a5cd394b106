using System.Text;

namespace Conformance.Model.Migration.Device;

/// <summary>A path through states in one word: three bits a state from bit 0 on, the number of states in bits 60..63. The empty path is 0.</summary>
/// <param name="Packed">The word.</param>
public readonly record struct StatePath(ulong Packed)
{
    /// <summary>How many states the path names, the origin included: one more than its arcs.</summary>
    public int Count => (int)(Packed >> 60);

    /// <summary>How many arcs the path has; 0 for an empty path and for one that stays where it is.</summary>
    public int Arcs => Math.Max(0, Count - 1);

    /// <summary>The state at a place, 0 being the origin.</summary>
    public DeviceState this[int index] => (DeviceState)((Packed >> (3 * index)) & 7);

    /// <summary>The path that goes on to <paramref name="state"/>.</summary>
    /// <exception cref="InvalidOperationException">The path has fifteen states already.</exception>
    public StatePath Then(DeviceState state)
    {
        var count = Count;
        if (count == 15)
            throw new InvalidOperationException("a path has at most fifteen states");
        return new((Packed & (ulong.MaxValue >> 4)) | ((ulong)state << (3 * count)) | ((ulong)(count + 1) << 60));
    }

    /// <summary>A path that names only its origin.</summary>
    public static StatePath From(DeviceState origin) => default(StatePath).Then(origin);

    /// <summary>The states by their abbreviations: <c>RU&gt;RP&gt;ST&gt;SC</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Count; i++)
            text.Append(i == 0 ? "" : ">").Append(this[i].Abbreviation());
        return text.ToString();
    }
}
