using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>A register as far as it is known: bits that are not, are UNKNOWN after reset or since it was written while it was in use.</summary>
internal record struct KnownValue(ulong Value, ulong Known)
{
    /// <summary>Nothing is known.</summary>
    public static KnownValue Unknown => default;

    /// <summary>Everything is known.</summary>
    public static KnownValue Of(ulong value) => new(value, ulong.MaxValue);

    /// <summary>True when these bits are known.</summary>
    public readonly bool Has(ulong bits) => (Known & bits) == bits;

    /// <summary>The bits under a mask are written.</summary>
    public void Write(ulong value, ulong mask) => this = new(Value & ~mask | value & mask, Known | mask);

    /// <summary>The bits under a mask were read; those that were not known are now.</summary>
    public void Learn(ulong value, ulong mask) => this = new(Value & Known | value & mask & ~Known, Known | mask);
}

/// <summary>The Non-secure registers of one SMMU, without their protocols.</summary>
internal sealed class RegisterFile
{
    /// <summary>CR0, the bits that are implemented. CR0ACK follows it at once.</summary>
    public uint Cr0;

    /// <summary>IRQ_CTRL, the bits that are implemented.</summary>
    public uint IrqCtrl;

    /// <summary>CR1.</summary>
    public KnownValue Cr1;

    /// <summary>CR2.</summary>
    public KnownValue Cr2;

    /// <summary>GBPA without UPDATE.</summary>
    public KnownValue Gbpa;

    /// <summary>GERROR.</summary>
    public KnownValue GError;

    /// <summary>GERRORN.</summary>
    public KnownValue GErrorN;

    /// <summary>STRTAB_BASE.</summary>
    public KnownValue StrtabBase;

    /// <summary>STRTAB_BASE_CFG.</summary>
    public KnownValue StrtabBaseCfg;

    /// <summary>CMDQ_BASE.</summary>
    public KnownValue CmdqBase;

    /// <summary>CMDQ_PROD.</summary>
    public KnownValue CmdqProd;

    /// <summary>CMDQ_CONS, without ERR.</summary>
    public KnownValue CmdqCons;

    /// <summary>EVENTQ_BASE.</summary>
    public KnownValue EventqBase;

    /// <summary>EVENTQ_PROD.</summary>
    public KnownValue EventqProd;

    /// <summary>EVENTQ_CONS.</summary>
    public KnownValue EventqCons;

    /// <summary>CMDQ_CONS.ERR while CMDQ_ERR is active.</summary>
    public uint CommandError;

    /// <summary>GERROR_IRQ_CFG0 to 2 and EVENTQ_IRQ_CFG0 to 2.</summary>
    public readonly KnownValue[] Interrupts = new KnownValue[6];

    /// <summary>CR0[0].</summary>
    public bool IsEnabled => (Cr0 & 1) != 0;

    /// <summary>CR0[2].</summary>
    public bool HasEventQueue => (Cr0 & 4) != 0;

    /// <summary>CR0[3].</summary>
    public bool HasCommandQueue => (Cr0 & 8) != 0;

    /// <summary>Everything as after reset: most of it is UNKNOWN.</summary>
    public void Reset()
    {
        Cr0 = IrqCtrl = CommandError = 0;
        GError = GErrorN = KnownValue.Of(0);
        Cr1 = Cr2 = Gbpa = StrtabBase = StrtabBaseCfg = KnownValue.Unknown;
        CmdqBase = CmdqProd = CmdqCons = EventqBase = EventqProd = EventqCons = KnownValue.Unknown;
        Array.Clear(Interrupts);
    }
}

/// <summary>Indices and sizes of a queue.</summary>
/// <param name="Base">Its base register.</param>
/// <param name="MaxLog2Size">The most entries there can be, as a binary logarithm.</param>
/// <param name="EntrySize">The size of an entry, in bytes.</param>
internal readonly record struct QueueGeometry(ulong Base, int MaxLog2Size, int EntrySize)
{
    /// <summary>How many entries there are, as a binary logarithm (SMMU-REG-09).</summary>
    public int Log2Size => Math.Min((int)Bits.Get(Base, 4, 0), MaxLog2Size);

    /// <summary>How many entries there are.</summary>
    public uint Count => 1u << Log2Size;

    /// <summary>The bits of an index and its wrap bit.</summary>
    public uint Mask => (Count << 1) - 1;

    /// <summary>Where it lies: aligned down to its size, and to 32 bytes at least (SMMU-REG-15).</summary>
    public ulong Address => Bits.InPlace(Base, 51, 5) & ~(Math.Max((ulong)Count * (ulong)EntrySize, 32) - 1);

    /// <summary>Where an entry lies.</summary>
    public ulong At(uint index) => Address + (index & Count - 1) * (ulong)EntrySize;
}
