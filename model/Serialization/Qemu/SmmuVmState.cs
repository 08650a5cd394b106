using System.Buffers.Binary;
using System.Globalization;

namespace Conformance.Model.Serialization.Qemu;

/// <summary>A field of the section "smmuv3".</summary>
/// <param name="Name">Its name in the description.</param>
/// <param name="Offset">Bytes from the first field.</param>
/// <param name="Size">Bytes: 1, 4 or 8, big-endian.</param>
/// <param name="Meaning">What it holds, as a phrase.</param>
public sealed record SmmuVmField(string Name, int Offset, int Size, string Meaning);

/// <summary>
/// The state of an emulated SMMUv3 as QEMU serializes it, version 1: 116 bytes, and GBPA in a subsection when it is not its reset value (VMS-01, VMS-04). Not
/// in it: identification registers, caches, levels of interrupts. Source: vmstate_smmuv3, vmstate_smmuv3_queue, vmstate_gbpa of QEMU's hw/arm/smmuv3.c.
/// </summary>
public sealed class SmmuVmState
{
    /// <summary>The idstr of the section.</summary>
    public const string SectionName = "smmuv3";

    /// <summary>The name of the subsection with GBPA; the versions before 8.0 do not know it.</summary>
    public const string GbpaName = "smmuv3/gbpa";

    /// <summary>The version of the section.</summary>
    public const uint Version = 1;

    /// <summary>Bytes of the fields.</summary>
    public const int Size = 116;

    /// <summary>GBPA after reset: SHCFG says "as it came in".</summary>
    public const uint GbpaReset = 0x1000;

    /// <summary>features[0]: the stream table has two levels.</summary>
    public const ulong TwoLevel = 1;

    /// <summary>The fields; those of the queues come after <see cref="EventqIrqCfg2"/>.</summary>
    public static readonly SmmuVmField Features = new("features", 0, 4, "bit 0: a two-level stream table"),
        SidSize = new("sid_size", 4, 1, "never set"),
        SidSplit = new("sid_split", 5, 1, "SPLIT of a two-level stream table"),
        Cr0 = new("cr[0]", 6, 4, "CR0"),
        Cr1 = new("cr[1]", 10, 4, "CR1"),
        Cr2 = new("cr[2]", 14, 4, "CR2"),
        Cr0Ack = new("cr0ack", 18, 4, "CR0ACK"),
        StatusR = new("statusr", 22, 4, "STATUSR"),
        IrqCtrl = new("irq_ctrl", 26, 4, "IRQ_CTRL"),
        GError = new("gerror", 30, 4, "GERROR"),
        GErrorN = new("gerrorn", 34, 4, "GERRORN"),
        GErrorIrqCfg0 = new("gerror_irq_cfg0", 38, 8, "GERROR_IRQ_CFG0"),
        GErrorIrqCfg1 = new("gerror_irq_cfg1", 46, 4, "GERROR_IRQ_CFG1"),
        GErrorIrqCfg2 = new("gerror_irq_cfg2", 50, 4, "GERROR_IRQ_CFG2"),
        StrtabBase = new("strtab_base", 54, 8, "STRTAB_BASE"),
        StrtabBaseCfg = new("strtab_base_cfg", 62, 4, "STRTAB_BASE_CFG"),
        EventqIrqCfg0 = new("eventq_irq_cfg0", 66, 8, "EVENTQ_IRQ_CFG0"),
        EventqIrqCfg1 = new("eventq_irq_cfg1", 74, 4, "EVENTQ_IRQ_CFG1"),
        EventqIrqCfg2 = new("eventq_irq_cfg2", 78, 4, "EVENTQ_IRQ_CFG2"),
        CmdqBase = new("cmdq.base", 82, 8, "CMDQ_BASE"),
        CmdqProd = new("cmdq.prod", 90, 4, "CMDQ_PROD"),
        CmdqCons = new("cmdq.cons", 94, 4, "CMDQ_CONS"),
        CmdqLog2Size = new("cmdq.log2size", 98, 1, "LOG2SIZE of the command queue"),
        EventqBase = new("eventq.base", 99, 8, "EVENTQ_BASE"),
        EventqProd = new("eventq.prod", 107, 4, "EVENTQ_PROD"),
        EventqCons = new("eventq.cons", 111, 4, "EVENTQ_CONS"),
        EventqLog2Size = new("eventq.log2size", 115, 1, "LOG2SIZE of the event queue");

    /// <summary>The fields in their order.</summary>
    public static IReadOnlyList<SmmuVmField> Fields { get; } =
    [
        Features,
        SidSize,
        SidSplit,
        Cr0,
        Cr1,
        Cr2,
        Cr0Ack,
        StatusR,
        IrqCtrl,
        GError,
        GErrorN,
        GErrorIrqCfg0,
        GErrorIrqCfg1,
        GErrorIrqCfg2,
        StrtabBase,
        StrtabBaseCfg,
        EventqIrqCfg0,
        EventqIrqCfg1,
        EventqIrqCfg2,
        CmdqBase,
        CmdqProd,
        CmdqCons,
        CmdqLog2Size,
        EventqBase,
        EventqProd,
        EventqCons,
        EventqLog2Size,
    ];

    private readonly byte[] bytes = new byte[Size];

    /// <summary>The value of a field; upper bits that it has no room for are dropped.</summary>
    public ulong this[SmmuVmField field]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(field);
            var place = bytes.AsSpan(field.Offset);
            return field.Size switch
            {
                1 => place[0],
                4 => BinaryPrimitives.ReadUInt32BigEndian(place),
                _ => BinaryPrimitives.ReadUInt64BigEndian(place),
            };
        }
        set
        {
            ArgumentNullException.ThrowIfNull(field);
            var place = bytes.AsSpan(field.Offset);
            if (field.Size == 1)
                place[0] = (byte)value;
            else if (field.Size == 4)
                BinaryPrimitives.WriteUInt32BigEndian(place, (uint)value);
            else
                BinaryPrimitives.WriteUInt64BigEndian(place, value);
        }
    }

    /// <summary>GBPA as its subsection has it; null without the subsection.</summary>
    public uint? Gbpa { get; set; }

    /// <summary>The fields as they stand in a stream, without the subsection.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The state of some bytes.</summary>
    /// <param name="fields">The 116 bytes of the fields.</param>
    /// <param name="gbpa">What the subsection says; null without one.</param>
    public static SmmuVmState Of(ReadOnlySpan<byte> fields, uint? gbpa)
    {
        if (fields.Length != Size)
            throw new ArgumentException($"{Size} bytes, not {fields.Length}", nameof(fields));
        var state = new SmmuVmState { Gbpa = gbpa };
        fields.CopyTo(state.bytes);
        return state;
    }

    /// <summary>The same state again.</summary>
    public SmmuVmState Copy() => Of(bytes, Gbpa);

    /// <summary>True when all bytes are the same, and the subsection.</summary>
    public bool IsSame(SmmuVmState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Gbpa == other.Gbpa && Bytes.SequenceEqual(other.Bytes);
    }

    /// <summary>Fills in what follows from registers: features, sid_split, cr0ack and the sizes of the queues (I3, I4, I5).</summary>
    /// <param name="maxQueueLog2">IDR1.CMDQS and EVENTQS.</param>
    public void Derive(int maxQueueLog2)
    {
        var isTwoLevel = IsTwoLevel;
        this[Features] = isTwoLevel ? TwoLevel : 0;
        this[SidSplit] = isTwoLevel ? Split : 0;
        this[Cr0Ack] = this[Cr0];
        this[CmdqLog2Size] = Math.Min(this[CmdqBase] & 31, (ulong)maxQueueLog2);
        this[EventqLog2Size] = Math.Min(this[EventqBase] & 31, (ulong)maxQueueLog2);
    }

    /// <summary>What contradicts the registers beside it, a field and a phrase each (I3, I4, I5).</summary>
    /// <param name="maxQueueLog2">IDR1.CMDQS and EVENTQS.</param>
    public IEnumerable<(SmmuVmField Field, string What)> Contradictions(int maxQueueLog2)
    {
        if ((this[Features] & TwoLevel) != 0 != IsTwoLevel)
            yield return (Features, "not what STRTAB_BASE_CFG.FMT says");
        if (IsTwoLevel && this[SidSplit] != Split)
            yield return (SidSplit, "not STRTAB_BASE_CFG.SPLIT");
        if (this[Cr0Ack] != this[Cr0])
            yield return (Cr0Ack, "not CR0");
        foreach (var (size, queue) in ((SmmuVmField, SmmuVmField)[])[(CmdqLog2Size, CmdqBase), (EventqLog2Size, EventqBase)])
            if (this[size] != Math.Min(this[queue] & 31, (ulong)maxQueueLog2))
                yield return (size, string.Create(CultureInfo.InvariantCulture, $"not LOG2SIZE of the base, {this[queue] & 31}"));
        foreach (var (size, prod, cons) in Queues)
        {
            var mask = this[size] < 31 ? (2ul << (int)this[size]) - 1 : uint.MaxValue;
            if (((this[prod] - this[cons]) & mask) > (mask + 1) / 2)
                yield return (prod, "more entries than the queue has");
        }
    }

    private static (SmmuVmField Size, SmmuVmField Prod, SmmuVmField Cons)[] Queues =>
        [(CmdqLog2Size, CmdqProd, CmdqCons), (EventqLog2Size, EventqProd, EventqCons)];

    private bool IsTwoLevel => ((this[StrtabBaseCfg] >> 16) & 3) == 1;

    private ulong Split => (this[StrtabBaseCfg] >> 6) & 31;
}
