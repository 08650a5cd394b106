using System.Numerics;
using System.Text;

namespace Conformance.Model.Migration.Device;

/// <summary>A set of the eight device states, one bit each.</summary>
/// <param name="Bits">Bit n stands for the state of value n.</param>
public readonly record struct StateSet(byte Bits)
{
    /// <summary>No state.</summary>
    public static StateSet None => default;

    /// <summary>STOP_COPY, PRE_COPY and PRE_COPY_P2P: one data session spans them (MIG-FD-04).</summary>
    public static StateSet Saving { get; } = Of(DeviceState.StopCopy).With(DeviceState.PreCopy).With(DeviceState.PreCopyP2P);

    /// <summary>The set of one state.</summary>
    public static StateSet Of(DeviceState state) => new((byte)(1 << (int)state));

    /// <summary>How many states are in the set.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The smallest state of the set.</summary>
    public DeviceState First => (DeviceState)BitOperations.TrailingZeroCount(Bits);

    /// <summary>True when the state is in the set; false for values that are no state.</summary>
    public bool Contains(DeviceState state) => (uint)state < 8 && (Bits >> (int)state & 1) != 0;

    /// <summary>The set and one state more.</summary>
    public StateSet With(DeviceState state) => new((byte)(Bits | 1 << (int)state));

    /// <summary>Both sets.</summary>
    public StateSet Union(StateSet other) => new((byte)(Bits | other.Bits));

    /// <summary>The abbreviations, separated by " or ".</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var state = 0; state < 8; state++)
            if (Contains((DeviceState)state))
                text.Append(text.Length == 0 ? "" : " or ").Append(((DeviceState)state).Name());
        return text.ToString();
    }
}
