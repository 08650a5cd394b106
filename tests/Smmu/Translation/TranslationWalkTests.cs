using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using Conformance.Tests.Support;
using NUnit.Framework;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Tests.Smmu.Translation;

/// <summary>The walks: tables and outcome, row by row.</summary>
[Category("quick")]
public sealed class TranslationWalkTests
{
    private const ulong Input = 0x4000_5678;
    private const ulong Page = 0x4000_5000;
    private const string Mapped = "Completed 71678";

    // Descriptor bits.
    private const ulong Unprivileged = 1 << 6;
    private const ulong ReadOnly = 1 << 7;
    private const ulong Accessed = 1 << 10;
    private const ulong PXN = 1ul << 53;
    private const ulong UXN = 1ul << 54;

    private static IEnumerable<TestCaseData> Rows()
    {
        yield return Row.Of("a page", b => b.MapStage1(Page, 0x71000), Mapped, SMMU_WALK_01);
        yield return Row.Of("a block of 2M", b => b.MapStage1(Page, 0x8000_0000, 2), "Completed 80005678", SMMU_WALK_01);
        yield return Row.Of("a block of 1G", b => b.MapStage1(Page, 0x8000_0000, 1), "Completed 80005678", SMMU_WALK_01);
        yield return Row.Of(
            "a block of 512G is none",
            b =>
            {
                b.Context = b.Context with { T0SZ = 16 };
                b.MapStage1(Page, 0, 0);
            },
            "Aborted Translation IN",
            SMMU_WALK_02
        );
        yield return Row.Of("reserved code at level 3", b => b[b.MapStage1(Page, 0x71000)] &= ~2ul, "Aborted Translation IN", SMMU_WALK_02, SMMU_WALK_27);
        yield return Row.Of("an invalid leaf", b => b[b.MapStage1(Page, 0x71000)] &= ~1ul, "Aborted Translation IN", SMMU_WALK_02);

        // Which half
        yield return Row.Of("just beyond T0SZ", b => b.To(1ul << 39), "Aborted Translation IN", SMMU_WALK_03);
        yield return Row.Of(
            "in the gap",
            b =>
            {
                b.Context = b.Context with { EPD1 = false };
                b.To(0xff7f_ff80_0000_0000);
            },
            "Aborted Translation IN",
            SMMU_WALK_03
        );
        yield return Row.Of(
            "the upper half",
            b =>
            {
                Upper(b);
                b.MapUpper(0xffff_ff80_0000_5000, 0x71000);
                b.To(0xffff_ff80_0000_5678);
            },
            Mapped
        );
        yield return Row.Of(
            "just below the upper half",
            b =>
            {
                Upper(b);
                b.To(0xffff_ff7f_ffff_fffc);
            },
            "Aborted Translation IN",
            SMMU_WALK_03
        );
        yield return Row.Of(
            "a top byte without TBI0",
            b =>
            {
                b.MapStage1(Page, 0x71000);
                b.To(Input | 0x5aul << 56);
            },
            "Aborted Translation IN",
            SMMU_WALK_03
        );
        yield return Row.Of(
            "a top byte with TBI0",
            b =>
            {
                b.Context = b.Context with { TBI0 = true };
                b.MapStage1(Page, 0x71000);
                b.To(Input | 0x5aul << 56);
            },
            Mapped,
            SMMU_WALK_04
        );
        yield return Row.Of(
            "a top byte with TBI1 alone",
            b =>
            {
                b.Context = b.Context with { TBI1 = true };
                b.MapStage1(Page, 0x71000);
                b.To(Input | 0x5aul << 56);
            },
            "Aborted Translation IN",
            SMMU_WALK_03
        );
        yield return Row.Of(
            "a top byte in the upper half",
            b =>
            {
                Upper(b);
                b.Context = b.Context with { TBI1 = true };
                b.MapUpper(0xffff_ff80_0000_5000, 0x71000);
                b.To(0x12ff_ff80_0000_5678);
            },
            Mapped,
            SMMU_WALK_04
        );
        yield return Row.Of(
            "EPD0",
            b =>
            {
                b.Context = b.Context with { EPD0 = true };
                b.MapStage1(Page, 0x71000);
            },
            "Aborted Translation IN",
            SMMU_WALK_05
        );
        yield return Row.Of(
            "E0PD0",
            b =>
            {
                b.Context = b.Context with { E0PD0 = true };
                b.MapStage1(Page, 0x71000);
            },
            "Aborted Translation IN",
            SMMU_WALK_24
        );
        yield return Row.Of(
            "E0PD0 and a privileged access",
            b =>
            {
                b.Context = b.Context with { E0PD0 = true };
                b.MapStage1(Page, 0x71000);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "E0PD1 alone",
            b =>
            {
                b.Context = b.Context with { E0PD1 = true };
                b.MapStage1(Page, 0x71000);
            },
            Mapped
        );
        yield return Row.Of(
            "E0PD0 that is not there",
            b =>
            {
                b.Capabilities = b.Capabilities with { E0PD = false };
                b.Context = b.Context with { E0PD0 = true };
                b.MapStage1(Page, 0x71000);
            },
            Mapped
        );

        // Sizes
        yield return Row.Of(
            "a leaf at IPS",
            b =>
            {
                b.Context = b.Context with { IPS = 0 };
                b.MapStage1(Page, 1ul << 32);
            },
            "Aborted AddressSize IN",
            SMMU_WALK_06
        );
        yield return Row.Of(
            "a leaf below IPS",
            b =>
            {
                b.Context = b.Context with { IPS = 0 };
                b.MapStage1(Page, 0xffff_f000);
            },
            "Completed fffff678"
        );
        yield return Row.Of(
            "a table at IPS",
            b =>
            {
                b.Context = b.Context with { IPS = 0 };
                b[TranslationBed.Stage1Table + 8] = 1ul << 32 | 3;
            },
            "Aborted AddressSize IN",
            SMMU_WALK_07
        );
        yield return Row.Of(
            "a leaf at OAS",
            b =>
            {
                b.Capabilities = b.Capabilities with { OAS = 1 };
                b.MapStage1(Page, 1ul << 36);
            },
            "Aborted AddressSize IN",
            SMMU_WALK_06
        );

        // Order at one descriptor
        yield return Row.Of("size, AF and permission wrong", b => Leaf(b, 1ul << 48 >> 1, ReadOnly, 0), "Aborted AddressSize IN", SMMU_WALK_06);
        yield return Row.Of("AF and permission wrong", b => Leaf(b, 0x71000, ReadOnly, 5), "Aborted Access IN", SMMU_WALK_08, SMMU_WALK_23);
        yield return Row.Of("permission wrong", b => Leaf(b, 0x71000, ReadOnly | Accessed, 5), "Aborted Permission IN", SMMU_WALK_13);
        yield return Row.Of(
            "a descriptor in the hole",
            b => b[TranslationBed.Stage1Table + 8] = TranslationBed.Hole | 3,
            "Aborted WalkAbort at 30000000 TT",
            SMMU_WALK_14
        );
        yield return Row.Of(
            "a descriptor in the hole, R=0 and A=0",
            b =>
            {
                b.Context = b.Context with { R = false, A = false };
                b[TranslationBed.Stage1Table + 8] = TranslationBed.Hole | 3;
            },
            "Aborted WalkAbort at 30000000 TT",
            SMMU_WALK_14
        );
        yield return Row.Of(
            "AF=0 and AFFD",
            b =>
            {
                b.Context = b.Context with { AFFD = true };
                b.MapStage1(Page, 0x71000, 3, Unprivileged);
            },
            Mapped
        );

        // Permissions of data
        yield return Row.Of("unprivileged read without AP[1]", b => b.MapStage1(Page, 0x71000, 3, Accessed), "Aborted Permission IN", SMMU_WALK_13);
        yield return Row.Of(
            "privileged read without AP[1]",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "write",
            b =>
            {
                b.MapStage1(Page, 0x71000);
                Write(b);
            },
            Mapped
        );
        yield return Row.Of(
            "write to a read-only page",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | ReadOnly);
                Write(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_09
        );
        yield return Row.Of("read of a read-only page", b => b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | ReadOnly), Mapped);
        yield return Row.Of(
            "APTable forbids writes",
            b =>
            {
                Table(b, 2ul << 61);
                Write(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_10
        );
        yield return Row.Of("APTable forbids writes, read", b => Table(b, 2ul << 61), Mapped);
        yield return Row.Of("APTable forbids unprivileged accesses", b => Table(b, 1ul << 61), "Aborted Permission IN");
        yield return Row.Of(
            "APTable forbids unprivileged accesses, privileged",
            b =>
            {
                Table(b, 1ul << 61);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "APTable does not stop the walk",
            b =>
            {
                Table(b, 3ul << 61);
                b[b.MapStage1(Page, 0x71000)] = 0;
                Write(b);
            },
            "Aborted Translation IN",
            SMMU_WALK_02,
            SMMU_WALK_11
        );
        yield return Row.Of(
            "HAD0 takes APTable away",
            b =>
            {
                b.Context = b.Context with { HAD0 = true };
                Table(b, 3ul << 61);
                Write(b);
            },
            Mapped,
            SMMU_WALK_12
        );
        yield return Row.Of(
            "HAD1 does not for the lower half",
            b =>
            {
                b.Context = b.Context with { HAD1 = true };
                Table(b, 2ul << 61);
                Write(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_10
        );
        yield return Row.Of(
            "HAD0 that is not there",
            b =>
            {
                b.Capabilities = b.Capabilities with { HAD = false };
                b.Context = b.Context with { HAD0 = true };
                Table(b, 2ul << 61);
                Write(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_10
        );
        yield return Row.Of(
            "PAN, privileged, unprivileged may",
            b =>
            {
                b.Context = b.Context with { PAN = true };
                b.MapStage1(Page, 0x71000);
                Privileged(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_13
        );
        yield return Row.Of(
            "PAN, privileged, unprivileged may not",
            b =>
            {
                b.Context = b.Context with { PAN = true };
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "PAN, unprivileged",
            b =>
            {
                b.Context = b.Context with { PAN = true };
                b.MapStage1(Page, 0x71000);
            },
            Mapped
        );
        yield return Row.Of(
            "PAN, privileged instruction fetch",
            b =>
            {
                b.Context = b.Context with { PAN = true };
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | ReadOnly);
                Privileged(b);
                Instruction(b);
            },
            Mapped
        );

        // Overrides
        yield return Row.Of(
            "PRIVCFG=3",
            b =>
            {
                b.Entry = b.Entry with { PRIVCFG = 3 };
                b.MapStage1(Page, 0x71000, 3, Accessed);
            },
            Mapped
        );
        yield return Row.Of(
            "PRIVCFG=2",
            b =>
            {
                b.Entry = b.Entry with { PRIVCFG = 2 };
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Privileged(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "PRIVCFG=1",
            b =>
            {
                b.Entry = b.Entry with { PRIVCFG = 1 };
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "PRIVCFG that is not there",
            b =>
            {
                b.Capabilities = b.Capabilities with { ATTR_PERMS_OVR = false };
                b.Entry = b.Entry with { PRIVCFG = 3 };
                b.MapStage1(Page, 0x71000, 3, Accessed);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "INSTCFG=3",
            b =>
            {
                b.Entry = b.Entry with { INSTCFG = 3 };
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | UXN);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "INSTCFG=2",
            b =>
            {
                b.Entry = b.Entry with { INSTCFG = 2 };
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | UXN);
                Instruction(b);
            },
            Mapped
        );
        yield return Row.Of(
            "INSTCFG=3 and a write",
            b =>
            {
                b.Entry = b.Entry with { INSTCFG = 3 };
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | UXN);
                Write(b);
            },
            Mapped
        );

        // Execution
        yield return Row.Of(
            "UXN, unprivileged",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | UXN);
                Instruction(b);
            },
            "Aborted Permission IN",
            SMMU_WALK_13
        );
        yield return Row.Of(
            "PXN, unprivileged",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | PXN);
                Instruction(b);
            },
            Mapped
        );
        yield return Row.Of(
            "PXN, privileged",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed | PXN);
                Instruction(b);
                Privileged(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "UXN, privileged",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed | UXN);
                Instruction(b);
                Privileged(b);
            },
            Mapped
        );
        yield return Row.Of(
            "UXNTable",
            b =>
            {
                Table(b, 1ul << 60);
                Instruction(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "PXNTable, unprivileged",
            b =>
            {
                Table(b, 1ul << 59);
                Instruction(b);
            },
            Mapped
        );
        yield return Row.Of(
            "WXN and a writable page",
            b =>
            {
                b.Context = b.Context with { WXN = true };
                b.MapStage1(Page, 0x71000);
                Instruction(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "WXN and a read-only page",
            b =>
            {
                b.Context = b.Context with { WXN = true };
                b.MapStage1(Page, 0x71000, 3, Accessed | Unprivileged | ReadOnly);
                Instruction(b);
            },
            Mapped
        );
        yield return Row.Of(
            "WXN and data",
            b =>
            {
                b.Context = b.Context with { WXN = true };
                b.MapStage1(Page, 0x71000);
            },
            Mapped
        );
        yield return Row.Of(
            "privileged fetch of what unprivileged may write",
            b =>
            {
                b.MapStage1(Page, 0x71000);
                Instruction(b);
                Privileged(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "privileged fetch of what unprivileged may write, the other reading",
            b =>
            {
                b.MapStage1(Page, 0x71000);
                Instruction(b);
                Privileged(b);
                b.Choices[SmmuLatitude.PrivilegedExecuteOfUnprivilegedWritable] = 1;
            },
            Mapped
        );
        yield return Row.Of(
            "the same with UWXN",
            b =>
            {
                b.Context = b.Context with { UWXN = true };
                b.MapStage1(Page, 0x71000);
                Instruction(b);
                Privileged(b);
                b.Choices[SmmuLatitude.PrivilegedExecuteOfUnprivilegedWritable] = 1;
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "execute only",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Instruction(b);
            },
            "Aborted Permission IN"
        );
        yield return Row.Of(
            "execute only, the other reading",
            b =>
            {
                b.MapStage1(Page, 0x71000, 3, Accessed);
                Instruction(b);
                b.Choices[SmmuLatitude.ExecuteOnly] = 1;
            },
            Mapped
        );

        // EL2
        yield return Row.Of(
            "EL2 knows no unprivileged access",
            b =>
            {
                El2(b);
                b.MapStage1(Page, 0x71000, 3, Accessed);
            },
            Mapped
        );
        yield return Row.Of(
            "EL2 has no upper half",
            b =>
            {
                El2(b);
                b.Context = b.Context with { EPD1 = false };
                b.To(0xffff_ff80_0000_5678);
            },
            "Aborted Translation IN",
            SMMU_WALK_03
        );
        yield return Row.Of(
            "EL2 does not look at the upper half",
            b =>
            {
                El2(b);
                b.Context = b.Context with { EPD1 = false, TG1 = 0 };
                b.MapStage1(Page, 0x71000);
            },
            Mapped
        );
        yield return Row.Of(
            "EL2-E2H has one",
            b =>
            {
                El2(b);
                Upper(b);
                b.Settings = b.Settings with { Cr2 = 3 };
                b.MapUpper(0xffff_ff80_0000_5000, 0x71000);
                b.To(0xffff_ff80_0000_5678);
            },
            Mapped
        );

        // Order of bytes
        yield return Row.Of(
            "big-endian tables",
            b =>
            {
                b.Context = b.Context with { ENDI = true };
                var leaf = b.MapStage1(Page, 0x8000_0000, 1);
                b.Swap(leaf);
            },
            "Completed 80005678"
        );

        // 52 bits
        yield return Row.Of(
            "an output of 52 bits",
            b =>
            {
                Large(b);
                b.MapStage1(Page & ~0xfffful, 0x000a_0000_0009_0000);
            },
            "Completed a000000095678",
            SMMU_WALK_22
        );
        yield return Row.Of(
            "an output of 52 bits beyond IPS",
            b =>
            {
                Large(b);
                b.Context = b.Context with { IPS = 5 };
                b.MapStage1(Page, 0x000a_0000_0009_0000);
            },
            "Aborted AddressSize IN"
        );
        yield return Row.Of(
            "an output of 52 bits beyond IPS, the other reading",
            b =>
            {
                Large(b);
                b.Context = b.Context with { IPS = 5 };
                b.MapStage1(Page, 0x000a_0000_0009_0000);
                b.Choices[SmmuLatitude.HighOutputBits] = 1;
            },
            "Completed 95678"
        );
        yield return Row.Of(
            "a block of 4T",
            b =>
            {
                Large(b);
                b.MapStage1(Page, 0x0008_0000_0000_0000, 1);
            },
            "Completed 8000040005678"
        );
        yield return Row.Of(
            "a block of 4T without 52 bits",
            b =>
            {
                Large(b);
                b.Capabilities = b.Capabilities with { OAS = 5 };
                b.MapStage1(Page, 0, 1);
            },
            "Aborted Translation IN",
            SMMU_WALK_02
        );

        // Stage 2
        yield return Row.Of(
            "stage 2: a page",
            b =>
            {
                b.Stage2();
                b.MapStage2(Page, 0x71000);
            },
            Mapped,
            SMMU_WALK_15
        );
        yield return Row.Of(
            "stage 2: beyond S2T0SZ",
            b =>
            {
                b.Stage2();
                b.To(1ul << 40);
            },
            "Aborted Translation S2 IN 10000000000",
            SMMU_WALK_15
        );
        yield return Row.Of(
            "stage 2: beyond IAS",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2R = false };
                b.To(1ul << 52);
            },
            "Aborted AddressSize IN",
            SMMU_WALK_18
        );
        yield return Row.Of(
            "stage 2: a leaf at S2PS",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2PS = 0 };
                b.MapStage2(Page, 1ul << 32);
            },
            "Aborted AddressSize S2 IN 40005000",
            SMMU_WALK_06
        );
        yield return Row.Of(
            "stage 2: AF=0",
            b =>
            {
                b.Stage2();
                b.MapStage2(Page, 0x71000, 3, 0xfc);
            },
            "Aborted Access S2 IN 40005000",
            SMMU_WALK_08
        );
        yield return Row.Of(
            "stage 2: AF=0 and S2AFFD",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2AFFD = true };
                b.MapStage2(Page, 0x71000, 3, 0xfc);
            },
            Mapped
        );
        yield return Row.Of(
            "stage 2: S2R=0",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2R = false };
            },
            "Aborted",
            SMMU_NEST_06
        );
        yield return Row.Of(
            "stage 2: a descriptor in the hole",
            b =>
            {
                b.Stage2();
                b[TranslationBed.Stage2Table + 8] = TranslationBed.Hole | 3;
            },
            "Aborted WalkAbort at 30000000 S2 IN",
            SMMU_WALK_14
        );
        yield return Row.Of(
            "stage 2: big-endian tables",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2ENDI = true };
                b.Swap(b.MapStage2(Page, 0x8000_0000, 1));
            },
            "Completed 80005678"
        );
        for (var s2ap = 0; s2ap < 4; s2ap++)
        {
            var attributes = 0x43cul | (ulong)s2ap << 6;
            yield return Row.Of(
                $"stage 2: S2AP={s2ap}, read",
                b =>
                {
                    b.Stage2();
                    b.MapStage2(Page, 0x71000, 3, attributes);
                },
                (s2ap & 1) != 0 ? Mapped : "Aborted Permission S2 IN 40005000",
                (s2ap & 1) != 0 ? SMMU_WALK_15 : SMMU_WALK_16
            );
            yield return Row.Of(
                $"stage 2: S2AP={s2ap}, write",
                b =>
                {
                    b.Stage2();
                    b.MapStage2(Page, 0x71000, 3, attributes);
                    Write(b);
                },
                (s2ap & 2) != 0 ? Mapped : "Aborted Permission S2 IN 40005000",
                (s2ap & 2) != 0 ? SMMU_WALK_15 : SMMU_WALK_16
            );
        }

        // XN: without XNX, unprivileged, privileged
        foreach (
            var (xn, plain, unprivileged, privileged) in new[]
            {
                (0, true, true, true),
                (1, true, true, false),
                (2, false, false, false),
                (3, false, false, true),
            }
        )
        {
            var attributes = 0x4fcul | (ulong)xn << 53;
            const string Denied = "Aborted Permission S2 IN 40005000";
            yield return Row.Of(
                $"stage 2: XN={xn} without XNX",
                b =>
                {
                    b.Stage2();
                    b.Capabilities = b.Capabilities with { XNX = false };
                    b.MapStage2(Page, 0x71000, 3, attributes);
                    Instruction(b);
                },
                plain ? Mapped : Denied
            );
            yield return Row.Of(
                $"stage 2: XN={xn}, unprivileged",
                b =>
                {
                    b.Stage2();
                    b.MapStage2(Page, 0x71000, 3, attributes);
                    Instruction(b);
                },
                unprivileged ? Mapped : Denied
            );
            yield return Row.Of(
                $"stage 2: XN={xn}, privileged",
                b =>
                {
                    b.Stage2();
                    b.MapStage2(Page, 0x71000, 3, attributes);
                    Instruction(b);
                    Privileged(b);
                },
                privileged ? Mapped : Denied
            );
            yield return Row.Of(
                $"stage 2: XN={xn}, data",
                b =>
                {
                    b.Stage2();
                    b.MapStage2(Page, 0x71000, 3, attributes);
                },
                Mapped
            );
        }

        // Both stages
        yield return Row.Of(
            "both stages",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.MapStage1(Page, 0x4007_1000);
                b.MapStage2(0x4007_1000, 0x9_2000);
            },
            "Completed 92678",
            SMMU_NEST_01
        );
        yield return Row.Of(
            "both stages: stage 1 wins",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.MapStage1(Page, 0x4007_1000, 3, Unprivileged);
            },
            "Aborted Access IN",
            SMMU_WALK_08,
            SMMU_NEST_05
        );
        yield return Row.Of(
            "both stages: stage 2 of the output",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.MapStage1(Page, 0x4007_1000);
            },
            "Aborted Translation S2 IN 40071000",
            SMMU_EVT_16
        );
        yield return Row.Of(
            "both stages: S2R=0 says nothing of stage 1",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S2R = false };
            },
            "Aborted Translation IN"
        );
        yield return Row.Of(
            "both stages: R=0 says nothing of stage 2",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Context = b.Context with { R = false, A = false };
                b.MapStage1(Page, 0x4007_1000);
            },
            "Aborted Translation S2 IN 40071000"
        );
        yield return Row.Of(
            "both stages: stage 2 of a table",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b[TranslationBed.Stage1Table + 8] = 0x5000_0000 | 3;
                b.To(0x4020_0000);
            },
            "Aborted Translation S2 TT 50000000",
            SMMU_NEST_03
        );
        yield return Row.Of(
            "both stages: stage 2 of the context",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S1ContextPtr = 0x5000_0040 };
            },
            "Aborted Translation S2 CD 50000000",
            SMMU_NEST_02
        );
        yield return Row.Of(
            "both stages: permission of a table",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b[TranslationBed.Stage2Table] &= ~0x40ul;
                b.Entry = b.Entry with { S1ContextPtr = 0x5000_0000 };
                b.MapStage2(0x5000_0000, TranslationBed.Contexts);
            },
            "Aborted Permission S2 TT 100000 TTRnW",
            SMMU_NEST_03
        );
        yield return Row.Of(
            "both stages: the hole behind a table",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b[TranslationBed.Stage1Table + 8] = 0x5000_0000 | 3;
                b.MapStage2(0x5000_0000, TranslationBed.Hole);
            },
            "Aborted WalkAbort at 30000000 TT",
            SMMU_WALK_14
        );
        yield return Row.Of(
            "both stages: the hole behind the context",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S1ContextPtr = 0x5000_0040 };
                b.MapStage2(0x5000_0000, TranslationBed.Hole);
            },
            "Aborted CdFetch at 30000040",
            SMMU_CD_05
        );
        yield return Row.Of(
            "both stages: the hole in stage 2 of a table",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b[TranslationBed.Stage1Table + 8] = 0x8000_0000 | 3;
                b[TranslationBed.Stage2Table + 16] = TranslationBed.Hole | 3;
            },
            "Aborted WalkAbort at 30000000 S2 TT",
            SMMU_WALK_14
        );
        yield return Row.Of(
            "both stages: S2S",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S2S = true, S2R = false, S1ContextPtr = 0x5000_0000 };
            },
            "Stalled Translation S2 CD 50000000 Stall",
            SMMU_EVT_11
        );

        // S2PTW: MemAttr 0 is Device
        yield return Row.Of(
            "S2PTW and a table in Device memory",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                Device(b);
                b.Entry = b.Entry with { S2PTW = true, S1ContextPtr = 0x5000_0000 };
                b.MapStage2(0x5000_0000, TranslationBed.Contexts);
            },
            "Aborted Permission S2 TT 100000 TTRnW",
            SMMU_WALK_25
        );
        yield return Row.Of(
            "S2PTW and a context in Device memory",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S2PTW = true, S1ContextPtr = 0x5000_0000 };
                b.MapStage2(0x5000_0000, 0x5000, 3, 0x4c0);
            },
            "Aborted Permission S2 CD 50000000",
            SMMU_WALK_25
        );
        yield return Row.Of(
            "S2PTW=0",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                Device(b);
                b.MapStage1(Page, 0x4007_1000);
                b.MapStage2(0x4007_1000, 0x9_2000);
            },
            "Completed 92678"
        );
        yield return Row.Of(
            "S2PTW and data in Device memory",
            b =>
            {
                b.Stage2(StreamConfig.Nested);
                b.Entry = b.Entry with { S2PTW = true };
                b.MapStage1(Page, 0x4007_1000);
                b.MapStage2(0x4007_1000, 0x9_2000, 3, 0x4c0);
            },
            "Completed 92678"
        );
        yield return Row.Of(
            "S2PTW with stage 2 alone",
            b =>
            {
                b.Stage2();
                b.Entry = b.Entry with { S2PTW = true };
                b.MapStage2(Page, 0x71000, 3, 0x4c0);
            },
            Mapped
        );
    }

    private static void Upper(TranslationBed bed) => bed.Context = bed.Context with { EPD1 = false, TTB1 = 0x30_0000 };

    private static void El2(TranslationBed bed) => bed.Entry = bed.Entry with { STRW = 2 };

    private static void Large(TranslationBed bed) => bed.Context = bed.Context with { Granule0 = Granule.Size64K, T0SZ = 16, IPS = 6 };

    private static void Privileged(TranslationBed bed) => bed.Transaction = bed.Transaction with { IsPrivileged = true };

    private static void Instruction(TranslationBed bed) => bed.Transaction = bed.Transaction with { IsInstruction = true };

    private static void Write(TranslationBed bed) => bed.Transaction = bed.Transaction with { IsRead = false };

    private static void Device(TranslationBed bed) => bed[TranslationBed.Stage2Table] &= ~0x3cul;

    /// <summary>A leaf that may not be read unprivileged; a write would fail as well.</summary>
    private static void Leaf(TranslationBed bed, ulong output, ulong attributes, int ips)
    {
        bed.Context = bed.Context with { IPS = ips };
        bed.MapStage1(Page, output, 3, attributes);
    }

    /// <summary>The page, behind a level-1 table descriptor with restrictions.</summary>
    private static void Table(TranslationBed bed, ulong restrictions)
    {
        bed.MapStage1(Page, 0x71000);
        bed[TranslationBed.Stage1Table + 8] |= restrictions;
    }

    [TestCaseSource(nameof(Rows))]
    public void A_walk(object change, string expected, object rules) => Row.Run(change, expected, rules);

    [Test]
    public void Every_granule_input_size_and_leaf_level_translates([Values] bool isUpper)
    {
        foreach (var granule in (Granule[])[Granule.Size4K, Granule.Size16K, Granule.Size64K])
            for (var size = 16; size <= 39; size++)
            for (var level = granule == Granule.Size4K ? 1 : 2; level <= 3; level++)
            {
                if (TranslationBed.StartLevel(granule, 64 - size) > level)
                    continue;
                // The highest bit of the base that counts as 0: half the size of the first table, which has one entry for every value of its index.
                var index = 64 - size - (int)granule - (3 - TranslationBed.StartLevel(granule, 64 - size)) * ((int)granule - 3);
                var table = 0x40_0000 | (1ul << index + 3 >> 1 & ~0xful);
                var bed = new TranslationBed();
                bed.Context = isUpper
                    ? bed.Context with
                    {
                        T1SZ = size,
                        Granule1 = granule,
                        TTB1 = table,
                        EPD1 = false,
                        EPD0 = true,
                    }
                    : bed.Context with
                    {
                        T0SZ = size,
                        Granule0 = granule,
                        TTB0 = table,
                    };
                var last = (1ul << 64 - size) - 1 & ~0xffful | 0x678;
                if (isUpper)
                    last |= ~0ul << 64 - size;
                bed.To(last);

                var context = bed.Context;
                bed.Context = context with { TTB0 = 0x40_0000, TTB1 = 0x40_0000 };
                if (isUpper)
                    bed.MapUpper(last, 0x7654_8000_0000, level);
                else
                    bed.MapStage1(last, 0x7654_8000_0000, level);
                bed.Context = context;
                var shift = (int)granule + (3 - level) * ((int)granule - 3);
                var expected = 0x7654_8000_0000 >> shift << shift | (long)(last & (1ul << shift) - 1);
                bed.Run().Expect($"Completed {expected:x}", SMMU_WALK_01);
                Assert.That(bed.Outcome.LeafShift, Is.EqualTo(shift));
            }
    }

    [Test]
    public void Side_by_side_tables_of_stage_2_each_have_their_leaves()
    {
        // Granule, S2SL0, bits above the start level's own table.
        foreach (var (granule, start, own) in new[] { (Granule.Size4K, 1, 39), (Granule.Size4K, 0, 30), (Granule.Size16K, 1, 36), (Granule.Size64K, 0, 29) })
            for (var extra = 0; extra <= 4; extra++)
            for (var table = 0; table < 1 << extra; table++)
            {
                var bed = new TranslationBed { Capabilities = SmmuCapabilities.Full with { OAS = 5 } };
                bed.Stage2();
                bed.Entry = bed.Entry with { Stage2Granule = granule, S2SL0 = start, S2T0SZ = 64 - own - extra, S2TTB = 0x40_0000 };
                if (own + extra > 48)
                    continue;
                var address = (ulong)table << own | 0x678;
                bed.MapStage2(address, (ulong)(table + 1) << 20);
                bed.To(address);
                bed.Run().Expect($"Completed {(table + 1 << 20) + 0x678:x}", SMMU_WALK_15);
            }
    }

    [Test]
    public void The_smaller_leaf_is_the_size_of_the_translation()
    {
        var bed = new TranslationBed();
        bed.Stage2(StreamConfig.Nested);
        bed.MapStage1(Page, 0x4000_0000, 2);
        bed.MapStage2(0x4000_5000, 0x9_2000);
        bed.Run().Expect("Completed 92678");
        Assert.That(bed.Outcome.LeafShift, Is.EqualTo(12));
        bed.MapStage2(0x4000_0000, 0x8000_0000, 1);
        bed.Run().Expect("Completed 80005678");
        Assert.That(bed.Outcome.LeafShift, Is.EqualTo(21));
    }

    [Test]
    public void An_event_describes_the_transaction()
    {
        var bed = new TranslationBed
        {
            Context = new()
            {
                Valid = true,
                AA64 = true,
                EPD0 = true,
                EPD1 = true,
                R = true,
                A = true,
                TBI0 = true,
            },
        };
        bed.Entry = bed.Entry with { S1CDMax = 1 };
        bed.Write(TranslationBed.Contexts + 64, bed.Context.D0);
        bed.Transaction = new(3, 0xab00_0000_1234_5678, true, 4)
        {
            HasSubstream = true,
            SubstreamId = 1,
            IsInstruction = true,
            IsPrivileged = true,
        };
        Assert.That(
            bed.Run().Outcome.Event,
            Is.EqualTo(
                new SmmuEvent
                {
                    Type = SmmuEventType.Translation,
                    StreamId = 3,
                    SSV = true,
                    SubstreamId = 1,
                    PnU = true,
                    InD = true,
                    RnW = true,
                    Class = SmmuEventClass.InputAddress,
                    InputAddress = 0xab00_0000_1234_5678,
                }
            )
        );
        bed.Transaction = bed.Transaction with { IsRead = false };
        var record = bed.Run().Outcome.Event;
        Assert.That((record.RnW, record.InD, record.PnU), Is.EqualTo((false, false, true)));
    }

    [Test]
    public void Fetches_say_on_whose_behalf_they_are_made()
    {
        var bed = new TranslationBed();
        bed.Stage2(StreamConfig.Nested);
        bed.Context = bed.Context with { ASID = 0x1234, TBI0 = true };
        bed.To(Input | 0x5aul << 56);
        bed.MapStage1(Page, 0x4007_1000);
        bed.MapStage2(0x4007_1000, 0x9_2000);
        bed.Run().Expect("Completed 92678");
        var stage1 = bed.Fetches.Where(fetch => fetch.Kind == FetchKind.Stage1Descriptor).ToList();
        Assert.That(stage1.Select(fetch => ((int)fetch.Key.Level, (int)fetch.Key.Shift)), Is.EqualTo(new[] { (1, 30), (2, 21), (3, 12) }));
        Assert.That(
            stage1.Select(fetch => (fetch.Key.Address, fetch.Key.Asid, fetch.Key.Vmid, fetch.Key.IsNested)),
            Is.All.EqualTo((Input, (ushort)0x1234, (ushort)0x77, true))
        );
        var stage2 = bed.Fetches.Where(fetch => fetch.Kind == FetchKind.Stage2Descriptor).ToList();
        Assert.That(
            stage2.Select(fetch => (fetch.Key.Class, fetch.Key.Ipa)).Distinct().Select(pair => (pair.Class, pair.Ipa >> 12)).First(),
            Is.EqualTo((SmmuEventClass.ContextDescriptor, TranslationBed.Contexts >> 12))
        );
        Assert.That(stage2[^1].Key.Ipa, Is.EqualTo(0x4007_1678));
        Assert.That(stage2[^1].Key.Class, Is.EqualTo(SmmuEventClass.InputAddress));
    }

    [Test]
    public void A_half_that_is_not_used_is_not_walked()
    {
        var bed = new TranslationBed();
        bed.Stage2(StreamConfig.Nested);
        bed.Context = bed.Context with { EPD1 = false, TTB1 = 0x7000_0000 };
        bed.MapStage1(Page, 0x4007_1000);
        bed.MapStage2(0x4007_1000, 0x9_2000);
        bed.Run().Expect("Completed 92678", SMMU_NEST_01, SMMU_NEST_04);
    }

    [Test]
    public void Older_translation_control_serves_with_newer_fault_control()
    {
        // The CD was rewritten and invalidated, the TLB was not: the old table may still be used, but R=0 is in force.
        var bed = new TranslationBed();
        var older = bed.Context;
        bed.MapStage1(Page, 0x71000);
        bed.Context = older with { TTB0 = 0x50_0000, R = false };
        bed.Run().Expect("Aborted", SMMU_CD_08);
        bed.Stale[(FetchPurpose.Regime, TranslationBed.Contexts)] = older.D0;
        bed.Stale[(FetchPurpose.Regime, TranslationBed.Contexts + 8)] = older.D1;
        bed.Run().Expect(Mapped, SMMU_WALK_01);
        bed.To(0x4000_6000);
        bed.Run().Expect("Aborted", SMMU_CD_08);

        // What was not legal, or had another ASID, made no entry that could serve.
        bed.To(Input);
        bed.Stale[(FetchPurpose.Regime, TranslationBed.Contexts)] = (older with { ASID = 1 }).D0;
        bed.Run().Expect("Aborted", SMMU_CD_08);
        bed.Stale[(FetchPurpose.Regime, TranslationBed.Contexts)] = (older with { T0SZ = 1 }).D0;
        bed.Run().Expect("Aborted", SMMU_CD_08);
    }

    [Test]
    public void Any_member_may_stand_for_a_contiguous_run_and_the_address_stays_right()
    {
        var bed = new TranslationBed();
        for (var page = 0ul; page < 16; page++)
            bed.MapStage1(0x4000_0000 + (page << 12), 0x7_0000 + (page << 12), 3, Accessed | Unprivileged | 1ul << 52);
        bed.Run().Expect("Completed 75678", SMMU_WALK_20);
        Assert.That(bed.Asked, Is.Empty, "members that agree leave no choice");

        bed.MapStage1(0x4000_9000, 0x7_9000, 3, Accessed | Unprivileged | ReadOnly | 1ul << 52);
        Write(bed);
        bed.Run().Expect("Completed 75678");
        Assert.That(bed.Asked, Is.EquivalentTo(new[] { SmmuLatitude.ContiguousRun }));
        bed.Choices[SmmuLatitude.ContiguousRun] = 1;
        bed.Run().Expect("Aborted Permission IN", SMMU_WALK_09);

        // Hardware may keep the dirty state of the run in that member.
        bed.Context = bed.Context with
        {
            HA = true,
            HD = true,
        };
        var member = bed.MapStage1(0x4000_9000, 0x7_9000, 3, Accessed | Unprivileged | ReadOnly | 1ul << 51 | 1ul << 52);
        bed.Run().Expect("Completed 75678", SMMU_HTTU_02);
        Assert.That(bed.Outcome.Updates[0], Is.EqualTo(new DescriptorUpdate(member, bed[member], ReadOnly, 0)));
    }

    [Test]
    public void A_run_does_not_allocate()
    {
        var words = new ulong[0x1000];
        words[0] = new StreamTableEntry
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = 0x40,
        }.D0;
        words[8] = new ContextDescriptor
        {
            Valid = true,
            AA64 = true,
            T0SZ = 25,
            EPD1 = true,
            IPS = 5,
            R = true,
            A = true,
        }.D0;
        words[9] = 0x1000;
        words[0x200] = 0x8000_0000 | Accessed | Unprivileged | 1;
        var source = new Words(words);
        var settings = new SmmuSettings(1, 0, 0, 0, 0);
        var outcome = default(TranslationOutcome);
        Translate(1);
        Assert.That(Allocation.Least(() => Translate(1000)), Is.Zero);
        Assert.That(outcome.Reply, Is.EqualTo(SmmuReply.Completed));

        void Translate(int times)
        {
            for (var i = 0; i < times; i++)
                SmmuTranslation.Run(ref source, SmmuCapabilities.Full, in settings, new SmmuTransaction(0, 0x5678, true, 4), ref outcome);
        }
    }

    private readonly struct Words(ulong[] words) : ITranslationSource
    {
        public bool Fetch(ulong address, FetchKind kind, in FetchKey key, out ulong value)
        {
            value = words[address >> 3];
            return true;
        }

        public bool FindContext(in FetchKey key, out ulong address)
        {
            address = 0;
            return false;
        }

        public int Choose(SmmuLatitude latitude, int alternatives) => 0;
    }
}
