using System.Collections.Frozen;

namespace Conformance.Engine.Smmu;

/// <summary>The structures in memory whose fields a scene can name.</summary>
public enum StructureKind : byte
{
    /// <summary>Stream Table Entry, 8 doublewords.</summary>
    StreamTableEntry,

    /// <summary>Context Descriptor, 8 doublewords.</summary>
    ContextDescriptor,

    /// <summary>Level 1 Stream Table Descriptor, 1 doubleword.</summary>
    L1StreamTableDescriptor,

    /// <summary>Level 1 Context Descriptor, 1 doubleword.</summary>
    L1ContextDescriptor,

    /// <summary>Stage 1 translation table descriptor, 1 doubleword.</summary>
    Stage1Descriptor,

    /// <summary>Stage 2 translation table descriptor, 1 doubleword.</summary>
    Stage2Descriptor,
}

/// <summary>A field of a structure, named as the architecture names it.</summary>
/// <param name="Structure">The structure.</param>
/// <param name="Name">Its name: "S2T0SZ".</param>
/// <param name="Word">The doubleword that it lies in.</param>
/// <param name="Low">Its lowest bit there.</param>
/// <param name="Width">How many bits it has.</param>
public sealed record StructureField(StructureKind Structure, string Name, int Word, int Low, int Width)
{
    /// <summary>Its bits in its doubleword.</summary>
    public ulong Mask => Width == 64 ? ulong.MaxValue : ((1UL << Width) - 1) << Low;

    /// <summary>Its value in a doubleword.</summary>
    public ulong Of(ulong word) => (word & Mask) >> Low;

    /// <summary>A doubleword with another value in the field; bits beyond its width are dropped.</summary>
    public ulong In(ulong word, ulong value) => (word & ~Mask) | (value << Low & Mask);
}

/// <summary>A field with a value.</summary>
/// <param name="Field">The field.</param>
/// <param name="Value">The value, from bit 0 on.</param>
public readonly record struct FieldValue(StructureField Field, ulong Value)
{
    /// <summary>A field of a Stream Table Entry.</summary>
    public static FieldValue Ste(string name, ulong value) => new(StructureFields.Of(StructureKind.StreamTableEntry, name), value);

    /// <summary>A field of a Context Descriptor.</summary>
    public static FieldValue Cd(string name, ulong value) => new(StructureFields.Of(StructureKind.ContextDescriptor, name), value);

    /// <summary>A field of a Level 1 Stream Table Descriptor.</summary>
    public static FieldValue L1Std(string name, ulong value) => new(StructureFields.Of(StructureKind.L1StreamTableDescriptor, name), value);

    /// <summary>A field of a Level 1 Context Descriptor.</summary>
    public static FieldValue L1Cd(string name, ulong value) => new(StructureFields.Of(StructureKind.L1ContextDescriptor, name), value);

    /// <inheritdoc/>
    public override string ToString() => $"{Field.Name}={StructureFields.Number(Value)}";
}

/// <summary>The fields by structure.</summary>
public static class StructureFields
{
    private static readonly FrozenDictionary<StructureKind, StructureField[]> fields = new Dictionary<StructureKind, StructureField[]>
    {
        [StructureKind.StreamTableEntry] = Table(
            StructureKind.StreamTableEntry,
            "V 0 0 1",
            "Config 0 1 3",
            "S1Fmt 0 4 2",
            "S1ContextPtr 0 6 50",
            "S1CDMax 0 59 5",
            "S1DSS 1 0 2",
            "S1CIR 1 2 2",
            "S1COR 1 4 2",
            "S1CSH 1 6 2",
            "S2HWU59 1 8 1",
            "S2HWU60 1 9 1",
            "S2HWU61 1 10 1",
            "S2HWU62 1 11 1",
            "DRE 1 12 1",
            "CONT 1 13 4",
            "DCP 1 17 1",
            "PPAR 1 18 1",
            "MEV 1 19 1",
            "S2FWB 1 25 1",
            "S1MPAM 1 26 1",
            "S1STALLD 1 27 1",
            "EATS 1 28 2",
            "STRW 1 30 2",
            "MemAttr 1 32 4",
            "MTCFG 1 36 1",
            "ALLOCCFG 1 37 4",
            "SHCFG 1 44 2",
            "NSCFG 1 46 2",
            "PRIVCFG 1 48 2",
            "INSTCFG 1 50 2",
            "S2VMID 2 0 16",
            "S2T0SZ 2 32 6",
            "S2SL0 2 38 2",
            "S2IR0 2 40 2",
            "S2OR0 2 42 2",
            "S2SH0 2 44 2",
            "S2TG 2 46 2",
            "S2PS 2 48 3",
            "S2AA64 2 51 1",
            "S2ENDI 2 52 1",
            "S2AFFD 2 53 1",
            "S2PTW 2 54 1",
            "S2HD 2 55 1",
            "S2HA 2 56 1",
            "S2S 2 57 1",
            "S2R 2 58 1",
            "S2HAFT 2 59 1",
            "S2TTB 3 4 48"
        ),
        [StructureKind.ContextDescriptor] = Table(
            StructureKind.ContextDescriptor,
            "T0SZ 0 0 6",
            "TG0 0 6 2",
            "IR0 0 8 2",
            "OR0 0 10 2",
            "SH0 0 12 2",
            "EPD0 0 14 1",
            "ENDI 0 15 1",
            "T1SZ 0 16 6",
            "TG1 0 22 2",
            "IR1 0 24 2",
            "OR1 0 26 2",
            "SH1 0 28 2",
            "EPD1 0 30 1",
            "V 0 31 1",
            "IPS 0 32 3",
            "AFFD 0 35 1",
            "WXN 0 36 1",
            "UWXN 0 37 1",
            "TBI0 0 38 1",
            "TBI1 0 39 1",
            "PAN 0 40 1",
            "AA64 0 41 1",
            "HD 0 42 1",
            "HA 0 43 1",
            "S 0 44 1",
            "R 0 45 1",
            "A 0 46 1",
            "ASET 0 47 1",
            "ASID 0 48 16",
            "NSCFG0 1 0 1",
            "HAD0 1 1 1",
            "E0PD0 1 2 1",
            "HAFT 1 3 1",
            "TTB0 1 4 48",
            "NSCFG1 2 0 1",
            "HAD1 2 1 1",
            "E0PD1 2 2 1",
            "TTB1 2 4 48",
            "MAIR 3 0 64",
            "AMAIR 4 0 64"
        ),
        [StructureKind.L1StreamTableDescriptor] = Table(StructureKind.L1StreamTableDescriptor, "Span 0 0 5", "L2Ptr 0 6 46"),
        [StructureKind.L1ContextDescriptor] = Table(StructureKind.L1ContextDescriptor, "V 0 0 1", "L2Ptr 0 12 40"),
        [StructureKind.Stage1Descriptor] = Table(
            StructureKind.Stage1Descriptor,
            "Type 0 0 2",
            "AttrIndx 0 2 3",
            "NS 0 5 1",
            "AP1 0 6 1",
            "AP2 0 7 1",
            "SH 0 8 2",
            "AF 0 10 1",
            "nG 0 11 1",
            "Output 0 12 36",
            "Output[51:48] 0 48 3",
            "DBM 0 51 1",
            "Contiguous 0 52 1",
            "PXN 0 53 1",
            "UXN 0 54 1",
            "PXNTable 0 59 1",
            "UXNTable 0 60 1",
            "APTable0 0 61 1",
            "APTable1 0 62 1",
            "NSTable 0 63 1"
        ),
        [StructureKind.Stage2Descriptor] = Table(
            StructureKind.Stage2Descriptor,
            "Type 0 0 2",
            "MemAttr 0 2 4",
            "S2AP0 0 6 1",
            "S2AP1 0 7 1",
            "SH 0 8 2",
            "AF 0 10 1",
            "Output 0 12 36",
            "Output[51:48] 0 48 3",
            "DBM 0 51 1",
            "Contiguous 0 52 1",
            "XN0 0 53 1",
            "XN 0 54 1"
        ),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<(StructureKind, string), StructureField> byName = fields
        .Values.SelectMany(table => table)
        .ToFrozenDictionary(field => (field.Structure, field.Name));

    /// <summary>The fields of a structure, in the order of their places.</summary>
    public static IReadOnlyList<StructureField> All(StructureKind structure) => fields[structure];

    /// <summary>The field of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none: a slip of the author.</exception>
    public static StructureField Of(StructureKind structure, string name) => byName[(structure, name)];

    /// <summary>How many doublewords a structure has.</summary>
    public static int Words(StructureKind structure) => structure is StructureKind.StreamTableEntry or StructureKind.ContextDescriptor ? 8 : 1;

    /// <summary>A number as people write it: small ones decimal, others hexadecimal.</summary>
    public static string Number(ulong value) => value < 64 ? $"{value}" : $"0x{value:x}";

    private static StructureField[] Table(StructureKind structure, params string[] rows) =>
        [
            .. rows.Select(row => row.Split(' '))
                .Select(word => new StructureField(structure, word[0], word[1][0] - '0', int.Parse(word[2], null), int.Parse(word[3], null))),
        ];
}
