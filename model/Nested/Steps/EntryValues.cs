using Conformance.Model.Contract;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Nested.Steps;

/// <summary>Values of STEs and CDs that software writes, by number: those of the driver's own test, and random ones.</summary>
public static class EntryValues
{
    /// <summary>How many values of an STE have a number; from there on they are random.</summary>
    public const int Streams = 14;

    /// <summary>How many values of a CD have a number; from there on they are random.</summary>
    public const int Contexts = 5;

    private const ulong Pointer = 0xf0f0_f0f0_f0c0,
        OtherPointer = 0x4b_4b4b_4b40;

    /// <summary>The eight doublewords of a value.</summary>
    public static ulong[] Of(bool isContext, int number) => isContext ? Context(number) : Words(Stream(number));

    /// <summary>What a value of an STE is called.</summary>
    public static string Name(bool isContext, int number) =>
        isContext
            ? number switch
            {
                0 => "zero",
                1 => "S1 ASID 1997",
                2 => "S1 ASID 778",
                3 => "SVA",
                4 => "SVA released",
                _ => "random",
            }
            : number switch
            {
                0 => "zero",
                1 => "abort",
                2 => "bypass",
                3 => "CD table, S1DSS=SSID0, ATS",
                4 => "CD table, S1DSS=bypass, ATS",
                5 => "S2, ATS",
                6 => "S2",
                7 => "CD table, stall",
                8 => "S2, stall",
                9 => "nested, S1DSS=bypass, ATS, MEV",
                10 => "CD table, S1DSS=bypass, ATS, another pointer",
                11 => "nested, S1DSS=SSID0",
                12 => "CD table, S1DSS=terminate",
                13 => "nested, MEV",
                _ => "random",
            };

    private static StreamTableEntry Stream(int number) =>
        number switch
        {
            0 => default,
            1 => new() { Valid = true },
            2 => new()
            {
                Valid = true,
                Config = StreamConfig.Bypass,
                SHCFG = 1,
            },
            3 => Stage1(2, ats: true),
            4 => Stage1(1, ats: true),
            5 => Stage2(ats: true, stall: false),
            6 => Stage2(ats: false, stall: false),
            7 => Stage1(2, ats: false) with { S1STALLD = false },
            8 => Stage2(ats: false, stall: true),
            9 => Nested(Stage1(1, ats: true), Stage2(ats: true, stall: false)) with { MEV = true },
            10 => Stage1(1, ats: true) with { S1ContextPtr = OtherPointer },
            11 => Nested(Stage1(2, ats: false), Stage2(ats: false, stall: false)),
            12 => Stage1(0, ats: false),
            13 => Nested(Stage1(0, ats: false), Stage2(ats: false, stall: false)) with { MEV = true },
            _ => Random((ulong)number),
        };

    private static StreamTableEntry Stage1(int s1dss, bool ats) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1Fmt = 2,
            S1ContextPtr = Pointer,
            S1CDMax = 31,
            S1DSS = s1dss,
            S1CIR = 1,
            S1COR = 1,
            S1CSH = 3,
            S1STALLD = true,
            EATS = ats ? 1 : 0,
            SHCFG = s1dss == 1 ? 1 : 0,
        };

    private static StreamTableEntry Stage2(bool ats, bool stall) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage2,
            SHCFG = 1,
            EATS = ats ? 1 : 0,
            S2T0SZ = 4,
            S2SL0 = 3,
            S2IR0 = 2,
            S2OR0 = 1,
            S2SH0 = 3,
            S2TG = 2,
            S2PS = 1,
            S2AA64 = true,
            S2PTW = true,
            S2R = true,
            S2S = stall,
            S2TTB = 0xdaed_beef_dead_beef & 0x000f_ffff_ffff_fff0,
        };

    private static StreamTableEntry Nested(StreamTableEntry one, StreamTableEntry two) =>
        one with
        {
            Config = StreamConfig.Nested,
            D1 = one.D1 | two.D1,
            D2 = two.D2,
            D3 = two.D3,
        };

    private static StreamTableEntry Random(ulong number)
    {
        var dice = new SplitMix(number);
        var one = Stage1((int)(dice.Next() % 3), dice.Next() % 2 == 0) with { S1ContextPtr = dice.Next() & 0xffff_ffff_ffc0, S1CIR = (int)(dice.Next() % 4) };
        var two = Stage2(dice.Next() % 2 == 0, dice.Next() % 4 == 0) with { S2VMID = (int)(dice.Next() % 3), S2TTB = dice.Next() & 0xffff_ffff_f000 };
        return (dice.Next() % 6) switch
        {
            0 => Stream(1),
            1 => Stream(2),
            2 => two,
            3 => Nested(one, two) with { MEV = dice.Next() % 2 == 0 },
            4 => default,
            // The VMID tags stage 1 as well.
            _ => one with { D2 = dice.Next() % 3 },
        };
    }

    private static ulong[] Words(StreamTableEntry entry) => [entry.D0, entry.D1, entry.D2, entry.D3, entry.D4, entry.D5, entry.D6, entry.D7];

    private static ulong[] Context(int number)
    {
        ContextDescriptor one = number switch
        {
            0 => default,
            1 or 2 => Table(number == 1 ? 1997 : 778),
            3 => Table(1997) with { TTB0 = 0x1234_5000, S = true },
            4 => Table(1997) with { T0SZ = 0, TG0 = 0, IR0 = 0, OR0 = 0, SH0 = 0, TTB0 = 0, EPD0 = true, S = false, R = false },
            _ => Random(new SplitMix((ulong)number)),
        };
        return [one.D0, one.D1, one.D2, one.D3, one.D4, one.D5, one.D6, one.D7];
    }

    private static ContextDescriptor Table(int asid) =>
        new()
        {
            Valid = true,
            T0SZ = 16,
            IR0 = 1,
            OR0 = 1,
            SH0 = 3,
            EPD1 = true,
            IPS = 5,
            AA64 = true,
            R = true,
            A = true,
            ASET = true,
            ASID = asid,
            TTB0 = 0x4000_0000,
            MAIR = 0xff44,
        };

    private static ContextDescriptor Random(SplitMix dice)
    {
        var one = Table((int)(dice.Next() % 4)) with { MAIR = dice.Next() % 2 == 0 ? 0xffu : 0xff44, TTB0 = dice.Next() % 2 << 12 };
        return dice.Next() % 4 == 0 ? default : one;
    }
}
