using System.Buffers.Binary;
using System.Globalization;

namespace Conformance.Model.Serialization;

/// <summary>
/// acc_vf_data: the migration stream of hisi_acc_vfio_pci (virtual functions of HiSilicon's ZIP, SEC and HPRE accelerators), little-endian, 176 bytes without
/// padding between fields. The first 40 bytes are the match data, by which the destination sees whether it can take the state; they are the whole stream of a
/// function whose guest driver was not ready. Source: struct acc_vf_data of drivers/vfio/pci/hisilicon/hisi_acc_vfio_pci.h, Linux 7.2.
/// </summary>
public static class AccVfData
{
    /// <summary>acc_magic of version 1, which has no version fields and wrong queue addresses.</summary>
    public const ulong MagicV1 = 0xCDCD_CDCD_FEED_AACC;

    /// <summary>acc_magic of version 2.</summary>
    public const ulong MagicV2 = 0xAACC_FEED_DECA_DEDE;

    /// <summary>major_ver: another one is refused.</summary>
    public const ushort MajorVersion = 1;

    /// <summary>vf_qm_state of a function whose guest driver had set it up.</summary>
    public const uint Ready = 0;

    /// <summary>vf_qm_state of a function that no guest driver had set up.</summary>
    public const uint NotReady = 1;

    /// <summary>Bytes of the match data.</summary>
    public const int MatchSize = 40;

    /// <summary>Bytes of the whole state.</summary>
    public const int Size = 176;

    /// <summary>32-bit words of the context of an event queue.</summary>
    public const int ContextWords = 7;

    /// <summary>PCI device ids of the virtual functions.</summary>
    public const uint Zip = 0xA251,
        Sec = 0xA256,
        Hpre = 0xA259;

    /// <summary>Where fields are, in bytes from the start.</summary>
    public const int AccMagic = 0,
        QpNum = 8,
        DevId = 12,
        QueIsoCfg = 16,
        QpBase = 20,
        VfQmState = 24,
        MajorVer = 28,
        MinorVer = 30,
        AeqIntMask = 40,
        EqIntMask = 44,
        IfcIntSource = 48,
        IfcIntMask = 52,
        IfcIntSet = 56,
        PageSize = 60,
        QmEqcDw = 64,
        QmAeqcDw = 92,
        EqeDma = 144,
        AeqeDma = 152,
        SqcDma = 160,
        CqcDma = 168;

    private static readonly (int Length, string Words)[] complete =
    [
        (MatchSize, "the match data alone: the guest's driver was not ready, and nothing is loaded"),
        (Size, "complete: match data and device state"),
    ];

    /// <summary>Version 1.</summary>
    public static ByteLayout V1 { get; } =
        new("acc_vf_data V1", [.. Head(), .. Words(28, 3, "qm_rsv_state", FieldForm.Reserved, "reserved"), .. Tail(isV1: true)], complete);

    /// <summary>Version 2.</summary>
    public static ByteLayout V2 { get; } =
        new(
            "acc_vf_data V2",
            [
                .. Head(),
                new(MajorVer, 2, "major_ver", FieldForm.Number, "version")
                {
                    Values = [new(MajorVersion, "the only one")],
                    Otherwise = "unknown: refused by a destination",
                },
                new(MinorVer, 2, "minor_ver", FieldForm.Number, "not checked by a destination"),
                .. Words(32, 2, "qm_rsv_state", FieldForm.Reserved, "reserved"),
                .. Tail(isV1: false),
            ],
            complete
        );

    /// <summary>The layout that the first eight bytes ask for, or null when they are the magic of neither version.</summary>
    public static ByteLayout? Find(ReadOnlySpan<byte> bytes) =>
        bytes.Length < sizeof(ulong)
            ? null
            : BinaryPrimitives.ReadUInt64LittleEndian(bytes) switch
            {
                MagicV1 => V1,
                MagicV2 => V2,
                _ => null,
            };

    /// <summary>The address of a queue as version 2 has it: words 2 and 1 of its context.</summary>
    /// <param name="bytes">The state.</param>
    /// <param name="context"><see cref="QmEqcDw"/> or <see cref="QmAeqcDw"/>.</param>
    public static ulong QueueAddress(ReadOnlySpan<byte> bytes, int context) => Pair(bytes, context, 2, 1);

    /// <summary>The address that version 1 wrote in its place, from words 1 and 0: wrong, so that a destination must not use it.</summary>
    /// <inheritdoc cref="QueueAddress" path="/param"/>
    public static ulong QueueAddressV1(ReadOnlySpan<byte> bytes, int context) => Pair(bytes, context, 1, 0);

    private static ulong Pair(ReadOnlySpan<byte> bytes, int context, int high, int low) =>
        (ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[(context + (4 * high))..]) << 32
        | BinaryPrimitives.ReadUInt32LittleEndian(bytes[(context + (4 * low))..]);

    private static IEnumerable<LayoutField> Head() =>
        [
            new(AccMagic, 8, "acc_magic", FieldForm.Hexadecimal, "version of the stream")
            {
                Values = [new(MagicV2, "version 2"), new(MagicV1, "version 1")],
                Otherwise = "neither version 1 nor version 2: refused by a destination",
            },
            new(QpNum, 4, "qp_num", FieldForm.Number, "queue pairs of the function; must be those of the destination"),
            new(DevId, 4, "dev_id", FieldForm.Hexadecimal, "PCI device id; must be that of the destination")
            {
                Values =
                [
                    new(Zip, "ZIP; must be that of the destination"),
                    new(Sec, "SEC; must be that of the destination"),
                    new(Hpre, "HPRE; must be that of the destination"),
                ],
                Otherwise = "no accelerator with migration",
            },
            new(QueIsoCfg, 4, "que_iso_cfg", FieldForm.Hexadecimal, "queue isolation of the physical function; must be that of the destination"),
            new(QpBase, 4, "qp_base", FieldForm.Number, "first queue pair on the source"),
            new(VfQmState, 4, "vf_qm_state", FieldForm.Number, "the guest's driver")
            {
                Values = [new(Ready, "the guest's driver is ready, or not asked yet (pre-copy)"), new(NotReady, "the guest's driver is not ready")],
                Otherwise = "neither ready (0) nor not ready (1)",
            },
        ];

    private static IEnumerable<LayoutField> Tail(bool isV1) =>
        [
            new(AeqIntMask, 4, "aeq_int_mask", FieldForm.Hexadecimal, "register 0x04"),
            new(EqIntMask, 4, "eq_int_mask", FieldForm.Hexadecimal, "register 0x0c"),
            new(IfcIntSource, 4, "ifc_int_source", FieldForm.Hexadecimal, "register 0x20"),
            new(IfcIntMask, 4, "ifc_int_mask", FieldForm.Hexadecimal, "register 0x24"),
            new(IfcIntSet, 4, "ifc_int_set", FieldForm.Hexadecimal, "register 0x2c"),
            new(PageSize, 4, "page_size", FieldForm.Hexadecimal, "register 0x34"),
            .. Words(QmEqcDw, ContextWords, "qm_eqc_dw", FieldForm.Hexadecimal, "context of the event queue"),
            .. Words(QmAeqcDw, ContextWords, "qm_aeqc_dw", FieldForm.Hexadecimal, "context of the asynchronous event queue"),
            .. Words(120, 5, "qm_rsv_regs", FieldForm.Reserved, "reserved"),
            new(140, 4, "padding", FieldForm.Reserved, "before a field of 8 bytes"),
            Queue(EqeDma, "eqe_dma", QmEqcDw, isV1),
            Queue(AeqeDma, "aeqe_dma", QmAeqcDw, isV1),
            new(SqcDma, 8, "sqc_dma", FieldForm.Hexadecimal, "contexts of the submission queues")
            {
                Values = [new(0, "none: a destination loads nothing, or refuses")],
            },
            new(CqcDma, 8, "cqc_dma", FieldForm.Hexadecimal, "contexts of the completion queues")
            {
                Values = [new(0, "none: a destination loads nothing, or refuses")],
            },
        ];

    private static LayoutField Queue(int offset, string name, int context, bool isV1) =>
        new(offset, 8, name, FieldForm.Hexadecimal, "address of the queue")
        {
            InContext = bytes =>
            {
                var value = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(offset));
                return value == 0 ? "none: a destination loads nothing, or refuses"
                    : isV1
                        ? value == QueueAddressV1(bytes, context) ? "words 1 and 0 of the context, wrong as in every V1: the address is words 2 and 1"
                            : "not words 1 and 0 of the context, as in every V1"
                    : value == QueueAddress(bytes, context) ? "words 2 and 1 of the context"
                    : "not words 2 and 1 of the context";
            },
        };

    private static IEnumerable<LayoutField> Words(int offset, int count, string name, FieldForm form, string meaning) =>
        Enumerable
            .Range(0, count)
            .Select(index => new LayoutField(offset + (4 * index), 4, string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]"), form, meaning));
}
