using System.Text;
using Conformance.Model.Migration.Device;

namespace Conformance.Model.Migration.Steps;

/// <summary>What a raw feature call carries besides its envelope.</summary>
[Flags]
public enum ProbeOptions : byte
{
    /// <summary>A payload of zeros.</summary>
    None = 0,

    /// <summary>The argument's memory can be read only.</summary>
    ReadOnly = 1,

    /// <summary>Output-only and reserved fields hold garbage (ABI-24).</summary>
    Garbage = 2,

    /// <summary>A START payload with one valid range of sixteen 4096-byte pages at 0.</summary>
    Range = 4,
}

/// <summary>A raw VFIO_DEVICE_FEATURE call (ABI-01..ABI-26), packed into a <see cref="Step"/>: A holds the flags word, B the rest.</summary>
/// <param name="Flags">The flags word as sent.</param>
/// <param name="Argsz">The argsz word as sent; the buffer behind it has at least 256 bytes.</param>
/// <param name="Accessible">Mapped bytes of the buffer; 0xFFFF: all of it.</param>
/// <param name="Word">First u32 of the payload, 0..255; device_state for feature 2.</param>
/// <param name="Options">What else the payload holds.</param>
public readonly record struct Probe(uint Flags, uint Argsz, ushort Accessible = 0xFFFF, byte Word = 0, ProbeOptions Options = ProbeOptions.None)
{
    /// <summary>The call as a step.</summary>
    public Step ToStep() => new(StepKind.Probe, Flags, Argsz | (ulong)Accessible << 32 | (ulong)Word << 48 | (ulong)Options << 56);

    /// <summary>The call in a step.</summary>
    public static Probe From(in Step step) => new(step.A, (uint)step.B, (ushort)(step.B >> 32), (byte)(step.B >> 48), (ProbeOptions)(byte)(step.B >> 56));

    /// <summary>The feature index.</summary>
    public uint Feature => Flags & Uapi.FeatureMask;

    /// <summary>What a channel must be able to do for the call.</summary>
    public ChannelCapabilities Needs =>
        Accessible == 0xFFFF && (Options & ProbeOptions.ReadOnly) == 0 ? ChannelCapabilities.None : ChannelCapabilities.MemoryProtection;

    /// <summary>Simpler calls: without what is odd about the memory, and with an argsz as large as the buffer is.</summary>
    internal IEnumerable<Step> Simpler()
    {
        const uint whole = 264;
        var simpler = new List<Step>(2);
        if (Options != ProbeOptions.None && Options != ProbeOptions.Range)
            simpler.Add((this with { Options = Options & ProbeOptions.Range }).ToStep());
        if (Argsz > whole)
            simpler.Add((this with { Argsz = whole }).ToStep());
        return simpler;
    }

    /// <summary>The call in words.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("feature ").Append(Feature > 255 ? $"0x{Feature:x}" : Feature).Append(' ');
        var methods = new List<string>(3);
        if ((Flags & Uapi.Get) != 0)
            methods.Add("GET");
        if ((Flags & Uapi.Set) != 0)
            methods.Add("SET");
        if ((Flags & Uapi.Probe) != 0)
            methods.Add("PROBE");
        text.Append(methods.Count == 0 ? "without a method" : string.Join('|', methods));
        if ((Flags & Uapi.ReservedFlags) != 0)
            text.Append($" and flag bits 0x{Flags & Uapi.ReservedFlags:x}");
        text.Append($", argsz {Argsz}");
        if (Feature == Uapi.MigDeviceState && (Flags & Uapi.Set) != 0)
            text.Append($", device_state {((DeviceState)Word).Name()}");
        if (Options.HasFlag(ProbeOptions.Range))
            text.Append(", one valid range");
        if (Options.HasFlag(ProbeOptions.Garbage))
            text.Append(", garbage in the fields that are not read");
        if (Options.HasFlag(ProbeOptions.ReadOnly))
            text.Append(", read-only memory");
        if (Accessible != 0xFFFF)
            text.Append($", {Accessible} bytes mapped");
        return text.ToString();
    }
}
