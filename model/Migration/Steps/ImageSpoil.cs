namespace Conformance.Model.Migration.Steps;

/// <summary>How the latest image is spoiled.</summary>
public enum SpoilKind : byte
{
    /// <summary>Only the first bytes are kept. Value: how many.</summary>
    Keep,

    /// <summary>The last bytes are dropped. Value: how many.</summary>
    Drop,

    /// <summary>Bytes of zero follow. Value: how many.</summary>
    Extend,

    /// <summary>One bit is inverted. Value: which, counted from the first byte's lowest.</summary>
    Flip,

    /// <summary>A field gets another value. Position and Size: the field, Value: its value, little-endian.</summary>
    Put,

    /// <summary>Two neighbouring pieces change places. Position: the first, Value: the length of the first, and of the second in the upper 32 bits.</summary>
    Swap,

    /// <summary>The first image follows (MIG-RES-18).</summary>
    Join,

    /// <summary>The first bytes are those of the first image. Value: how many (MIG-RES-18).</summary>
    Splice,

    /// <summary>What was read from the live session so far takes its place, complete or not (MIG-RES-25).</summary>
    TakeRead,
}

/// <summary>The arguments of a <see cref="StepKind.SpoilImage"/> step.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Value">See <see cref="SpoilKind"/>.</param>
/// <param name="Position">See <see cref="SpoilKind"/>; 0..65535.</param>
/// <param name="Size">See <see cref="SpoilKind"/>; 1, 2, 4 or 8.</param>
/// <param name="Sealed">True when the checksum at the end is made right again: only for drivers that declare one.</param>
public readonly record struct ImageSpoil(SpoilKind Kind, ulong Value = 0, int Position = 0, int Size = 0, bool Sealed = false)
{
    /// <summary>The arguments of a step.</summary>
    public static ImageSpoil From(in Step step) =>
        new((SpoilKind)(step.A & 0xFF), step.B, (int)(step.A >> 16), (int)((step.A >> 12) & 0xF), (step.A & 0x100) != 0);

    /// <summary>The step.</summary>
    public Step ToStep() => new(StepKind.SpoilImage, (uint)Kind | (Sealed ? 0x100u : 0) | ((uint)Size << 12) | ((uint)Position << 16), Value);

    /// <summary>In words.</summary>
    public override string ToString() =>
        Kind switch
        {
            SpoilKind.Keep => $"cut the latest image behind its first {Value} bytes",
            SpoilKind.Drop => $"cut the last {Value} bytes off the latest image",
            SpoilKind.Extend => $"put {Value} bytes of zero behind the latest image",
            SpoilKind.Flip => $"invert bit {Value % 8} of byte {Value / 8} of the latest image",
            SpoilKind.Put => $"put 0x{Value:x} into the {Size} bytes at {Position} of the latest image",
            SpoilKind.Swap => $"exchange {Value & uint.MaxValue} bytes at {Position} of the latest image with the {Value >> 32} behind them",
            SpoilKind.Join => "put the first image behind the latest one",
            SpoilKind.Splice => $"take the first {Value} bytes of the latest image from the first one",
            _ => "take what was read so far for the latest image",
        } + (Sealed ? ", with the right checksum" : "");
}
