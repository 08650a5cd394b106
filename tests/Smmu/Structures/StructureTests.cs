using System.Buffers.Binary;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Structures;

/// <summary>The positions of all fields, typed here a second time from the specification, and values that an implementation was seen to use.</summary>
[Category("quick")]
public sealed class StructureTests
{
    private static readonly string[] Eight = ["D0", "D1", "D2", "D3", "D4", "D5", "D6", "D7"];

    private static readonly FieldTable StreamTableEntryFields = new(
        typeof(StreamTableEntry),
        Eight,
        """
        Valid D0[0]
        Config D0[3:1]
        S1Fmt D0[5:4]
        @S1ContextPtr D0[51:6]
        S1CDMax D0[63:59]
        S1DSS D1[1:0]
        S1CIR D1[3:2]
        S1COR D1[5:4]
        S1CSH D1[7:6]
        S2HWU59 D1[8]
        S2HWU60 D1[9]
        S2HWU61 D1[10]
        S2HWU62 D1[11]
        DRE D1[12]
        CONT D1[16:13]
        DCP D1[17]
        PPAR D1[18]
        MEV D1[19]
        S2FWB D1[25]
        S1MPAM D1[26]
        S1STALLD D1[27]
        EATS D1[29:28]
        STRW D1[31:30]
        MemAttr D1[35:32]
        MTCFG D1[36]
        ALLOCCFG D1[40:37]
        SHCFG D1[45:44]
        NSCFG D1[47:46]
        PRIVCFG D1[49:48]
        INSTCFG D1[51:50]
        S2VMID D2[15:0]
        S2T0SZ D2[37:32]
        S2SL0 D2[39:38]
        S2IR0 D2[41:40]
        S2OR0 D2[43:42]
        S2SH0 D2[45:44]
        S2TG D2[47:46]
        S2PS D2[50:48]
        S2AA64 D2[51]
        S2ENDI D2[52]
        S2AFFD D2[53]
        S2PTW D2[54]
        S2HD D2[55]
        S2HA D2[56]
        S2S D2[57]
        S2R D2[58]
        S2HAFT D2[59]
        @S2TTB D3[51:4]
        """
    );

    private static readonly FieldTable ContextDescriptorFields = new(
        typeof(ContextDescriptor),
        Eight,
        """
        T0SZ D0[5:0]
        TG0 D0[7:6]
        IR0 D0[9:8]
        OR0 D0[11:10]
        SH0 D0[13:12]
        EPD0 D0[14]
        ENDI D0[15]
        T1SZ D0[21:16]
        TG1 D0[23:22]
        IR1 D0[25:24]
        OR1 D0[27:26]
        SH1 D0[29:28]
        EPD1 D0[30]
        Valid D0[31]
        IPS D0[34:32]
        AFFD D0[35]
        WXN D0[36]
        UWXN D0[37]
        TBI0 D0[38]
        TBI1 D0[39]
        PAN D0[40]
        AA64 D0[41]
        HD D0[42]
        HA D0[43]
        S D0[44]
        R D0[45]
        A D0[46]
        ASET D0[47]
        ASID D0[63:48]
        NSCFG0 D1[0]
        HAD0 D1[1]
        E0PD0 D1[2]
        HAFT D1[3]
        @TTB0 D1[51:4]
        HWU059 D1[60]
        HWU060 D1[61]
        HWU061 D1[62]
        HWU062 D1[63]
        NSCFG1 D2[0]
        HAD1 D2[1]
        E0PD1 D2[2]
        @TTB1 D2[51:4]
        MAIR D3[63:0]
        AMAIR D4[63:0]
        """
    );

    private static readonly FieldTable CommandFields = new(
        typeof(SmmuCommand),
        Eight[..2],
        """
        Opcode D0[7:0]
        Global D0[9]
        SSec D0[10]
        SSV D0[11]
        SubstreamId D0[31:12]
        StreamId D0[63:32]
        NUM D0[16:12]
        SCALE D0[24:20]
        VMID D0[47:32]
        ASID D0[63:48]
        Leaf D1[0]
        Range D1[4:0]
        TTL D1[9:8]
        TG D1[11:10]
        @Address D1[63:12]
        Size D1[5:0]
        PRGIndex D1[8:0]
        Resp D1[13:12]
        Action D0[13:12]
        STAG D1[15:0]
        CS D0[13:12]
        MSH D0[23:22]
        MSIAttr D0[27:24]
        MSIData D0[63:32]
        @MSIAddress D1[51:2]
        """
    );

    private static readonly FieldTable EventFields = new(
        typeof(SmmuEvent),
        Eight[..4],
        """
        Type D0[7:0]
        SSV D0[11]
        SubstreamId D0[31:12]
        StreamId D0[63:32]
        STAG D1[15:0]
        Reason D1[31:16]
        Stall D1[31]
        PnU D1[33]
        InD D1[34]
        RnW D1[35]
        NSIPA D1[36]
        S2 D1[39]
        Class D1[41:40]
        TTRnW D1[44]
        InputAddress D2[63:0]
        @IPA D3[51:12]
        @FetchAddress D3[51:3]
        """
    );

    private static readonly FieldTable L1StreamTableFields = new(
        typeof(L1StreamTableDescriptor),
        Eight[..1],
        """
        Span D0[4:0]
        @L2Ptr D0[51:6]
        """
    );

    private static readonly FieldTable L1ContextFields = new(
        typeof(L1ContextDescriptor),
        Eight[..1],
        """
        Valid D0[0]
        @L2Ptr D0[51:12]
        """
    );

    private static readonly FieldTable TranslationFields = new(
        typeof(TranslationDescriptor),
        ["Value"],
        """
        Valid Value[0]
        IsTableOrPage Value[1]
        AttrIndx Value[4:2]
        MemAttr Value[5:2]
        AP1 Value[6]
        AP2 Value[7]
        S2AP Value[7:6]
        SH Value[9:8]
        AF Value[10]
        NotGlobal Value[11]
        HighAddress Value[15:12]
        @Address Value[47:12]
        DBM Value[51]
        Contiguous Value[52]
        PXN Value[53]
        UXN Value[54]
        XN Value[54:53]
        PXNTable Value[59]
        UXNTable Value[60]
        APTable Value[62:61]
        """
    );

    private static readonly FieldTable CapabilityFields = new(
        typeof(SmmuCapabilities),
        ["Idr0", "Idr1", "Idr3", "Idr5", "Aidr"],
        """
        S2P Idr0[0]
        S1P Idr0[1]
        TTF Idr0[3:2]
        COHACC Idr0[4]
        BTM Idr0[5]
        HTTU Idr0[7:6]
        DORMHINT Idr0[8]
        HYP Idr0[9]
        ATS Idr0[10]
        NS1ATS Idr0[11]
        ASID16 Idr0[12]
        MSI Idr0[13]
        SEV Idr0[14]
        ATOS Idr0[15]
        PRI Idr0[16]
        VMW Idr0[17]
        VMID16 Idr0[18]
        CD2L Idr0[19]
        VATOS Idr0[20]
        TTENDIAN Idr0[22:21]
        ATSRECERR Idr0[23]
        StallModel Idr0[25:24]
        TermModel Idr0[26]
        StLevel Idr0[28:27]
        RME Idr0[30]
        SIDSIZE Idr1[5:0]
        SSIDSIZE Idr1[10:6]
        PRIQS Idr1[15:11]
        EVENTQS Idr1[20:16]
        CMDQS Idr1[25:21]
        ATTR_PERMS_OVR Idr1[26]
        ATTR_TYPES_OVR Idr1[27]
        REL Idr1[28]
        QUEUES_PRESET Idr1[29]
        TABLES_PRESET Idr1[30]
        ECMDQ Idr1[31]
        HAD Idr3[2]
        PBHA Idr3[3]
        XNX Idr3[4]
        PPS Idr3[5]
        MPAM Idr3[7]
        FWB Idr3[8]
        STT Idr3[9]
        RIL Idr3[10]
        BBML Idr3[12:11]
        E0PD Idr3[13]
        PTWNNC Idr3[14]
        DPT Idr3[15]
        OAS Idr5[2:0]
        GRAN4K Idr5[4]
        GRAN16K Idr5[5]
        GRAN64K Idr5[6]
        VAX Idr5[11:10]
        STALL_MAX Idr5[31:16]
        """
    );

    [Test]
    public void Stream_table_entries_have_their_fields_where_they_belong() => Check(StreamTableEntryFields, "Stage2Granule");

    [Test]
    public void Context_descriptors_have_their_fields_where_they_belong() => Check(ContextDescriptorFields, "Granule0", "Granule1");

    [Test]
    public void Commands_have_their_fields_where_they_belong() => Check(CommandFields);

    [Test]
    public void Events_have_their_fields_where_they_belong() => Check(EventFields);

    [Test]
    public void Level_1_descriptors_have_their_fields_where_they_belong()
    {
        Check(L1StreamTableFields);
        Check(L1ContextFields);
    }

    [Test]
    public void Translation_descriptors_have_their_fields_where_they_belong() => Check(TranslationFields);

    [Test]
    public void Identification_registers_have_their_fields_where_they_belong() => Check(CapabilityFields, "OutputAddressSize", "IntermediateAddressSize");

    private static void Check(FieldTable table, params string[] derived)
    {
        table.HasAllPropertiesBut(derived);
        table.ReadsEachBit();
        table.WritesEachBit();
    }

    [Test]
    public void Structures_are_little_endian_doublewords_and_survive_a_round_trip() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<ulong[]>().Filter(words => words.Length >= 8),
                words =>
                {
                    var bytes = new byte[64];
                    for (var i = 0; i < 8; i++)
                        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8 * i), words[i]);
                    var entry = StreamTableEntry.Read(bytes);
                    var context = ContextDescriptor.Read(bytes);
                    var command = SmmuCommand.Read(bytes);
                    var record = SmmuEvent.Read(bytes);
                    Assert.That(
                        (entry.D0, entry.D7, context.D1, context.D6, command.D1, record.D3),
                        Is.EqualTo((words[0], words[7], words[1], words[6], words[1], words[3]))
                    );

                    var written = new byte[64];
                    entry.Write(written);
                    Assert.That(written, Is.EqualTo(bytes));
                    written = new byte[64];
                    context.Write(written);
                    Assert.That(written, Is.EqualTo(bytes));
                    written = new byte[64];
                    command.Write(written);
                    Assert.That(written, Is.EqualTo(bytes[..16].Concat(new byte[48])));
                    written = new byte[64];
                    record.Write(written);
                    Assert.That(written, Is.EqualTo(bytes[..32].Concat(new byte[32])));
                }
            )
            .QuickCheckThrowOnFailure();

    [Test]
    public void A_context_descriptor_as_it_was_used() =>
        Assert.That(
            ContextDescriptor.Read(Bytes("193599f504e20100000030400000000000000000000000000000000000000000" + new string('0', 64))),
            Is.EqualTo(
                new ContextDescriptor
                {
                    Valid = true,
                    T0SZ = 25,
                    IR0 = 1,
                    OR0 = 1,
                    SH0 = 3,
                    T1SZ = 25,
                    Granule1 = Granule.Size4K,
                    IR1 = 1,
                    OR1 = 1,
                    SH1 = 3,
                    EPD1 = true,
                    IPS = 4,
                    AA64 = true,
                    R = true,
                    A = true,
                    ASET = true,
                    ASID = 1,
                    TTB0 = 0x40300000,
                }
            )
        );

    [Test]
    public void A_stream_table_entry_as_it_was_used() =>
        Assert.That(
            StreamTableEntry.Read(Bytes("0b00224000000000d400000000000000" + new string('0', 96))),
            Is.EqualTo(
                new StreamTableEntry
                {
                    Valid = true,
                    Config = StreamConfig.Stage1,
                    S1ContextPtr = 0x40220000,
                    S1CIR = 1,
                    S1COR = 1,
                    S1CSH = 3,
                }
            )
        );

    [Test]
    public void An_event_record_as_it_was_seen() =>
        Assert.That(
            SmmuEvent.Read(Bytes("1000000008000000000000000002000078663412000000000000000000000000")),
            Is.EqualTo(
                new SmmuEvent
                {
                    Type = SmmuEventType.Translation,
                    StreamId = 8,
                    Class = SmmuEventClass.InputAddress,
                    InputAddress = 0x12346678,
                }
            )
        );

    [Test]
    public void The_identification_registers_of_an_emulator()
    {
        var stage1 = SmmuCapabilities.Qemu7Stage1;
        Assert.Multiple(() =>
        {
            Assert.That(
                stage1,
                Is.EqualTo(
                    new SmmuCapabilities
                    {
                        S1P = true,
                        TTF = 2,
                        COHACC = true,
                        ASID16 = true,
                        TTENDIAN = 2,
                        StallModel = StallModel.TerminateOnly,
                        TermModel = true,
                        StLevel = 1,
                        SIDSIZE = 16,
                        EVENTQS = 19,
                        CMDQS = 19,
                        HAD = true,
                        RIL = true,
                        BBML = 2,
                        OAS = 4,
                        GRAN4K = true,
                        GRAN16K = true,
                        GRAN64K = true,
                        Aidr = 1,
                    }
                )
            );
            Assert.That(SmmuCapabilities.QemuStage1, Is.EqualTo(stage1 with { VMID16 = true }));
            Assert.That(SmmuCapabilities.QemuStage2, Is.EqualTo(stage1 with { VMID16 = true, S1P = false, S2P = true, XNX = true }));
            Assert.That(SmmuCapabilities.QemuNested, Is.EqualTo(stage1 with { VMID16 = true, S2P = true, XNX = true }));
            Assert.That(stage1.OutputAddressSize, Is.EqualTo(44));
            Assert.That(stage1.IntermediateAddressSize, Is.EqualTo(44));
        });
    }

    // Opcode and operands of S.5, as doublewords.
    [Test]
    public void Commands_are_built_as_the_table_of_commands_says() =>
        Assert.Multiple(() =>
        {
            IsWords(SmmuCommand.PrefetchConfig(0x1234), 0x0000_1234_0000_0001, 0);
            IsWords(SmmuCommand.PrefetchAddress(0x1234, 0xabcdef123), 0x0000_1234_0000_0002, 0xabcdef000);
            IsWords(SmmuCommand.CfgiSte(0x1234, true), 0x0000_1234_0000_0003, 1);
            IsWords(SmmuCommand.CfgiSteRange(0x1234, 7), 0x0000_1234_0000_0004, 7);
            IsWords(SmmuCommand.CfgiAll(), 4, 31);
            IsWords(SmmuCommand.CfgiCd(0x1234, 0xfedcb, false), 0x0000_1234_fedc_b005, 0);
            IsWords(SmmuCommand.CfgiCdAll(0x1234), 0x0000_1234_0000_0006, 0);
            IsWords(SmmuCommand.TlbiNhAll(0x5678), 0x0000_5678_0000_0010, 0);
            IsWords(SmmuCommand.TlbiNhAsid(0x5678, 0x9abc), 0x9abc_5678_0000_0011, 0);
            IsWords(SmmuCommand.TlbiNhVa(0x5678, 0x9abc, 0xffff_8000_1234_5678, true), 0x9abc_5678_0000_0012, 0xffff_8000_1234_5001);
            IsWords(SmmuCommand.TlbiNhVaa(0x5678, 0x1234_5000, false) with { NUM = 31, SCALE = 3, TG = 1, TTL = 3 }, 0x0000_5678_0031_f013, 0x1234_5700);
            IsWords(SmmuCommand.TlbiEl2All(), 0x20, 0);
            IsWords(SmmuCommand.TlbiEl2Asid(0x9abc), 0x9abc_0000_0000_0021, 0);
            IsWords(SmmuCommand.TlbiEl2Va(0x9abc, 0x1000, false), 0x9abc_0000_0000_0022, 0x1000);
            IsWords(SmmuCommand.TlbiEl2Vaa(0x1000, true), 0x23, 0x1001);
            IsWords(SmmuCommand.TlbiS12VmAll(0x5678), 0x0000_5678_0000_0028, 0);
            IsWords(SmmuCommand.TlbiS2Ipa(0x5678, 0xfff0_0000_0000_1000, true), 0x0000_5678_0000_002a, 0x1001);
            IsWords(SmmuCommand.TlbiNsnhAll(), 0x30, 0);
            IsWords(SmmuCommand.AtcInv(0x1234, 0x1000, 52), 0x0000_1234_0000_0040, 0x1034);
            IsWords(SmmuCommand.PriResp(0x1234, 0x155, 2), 0x0000_1234_0000_0041, 0x2155);
            IsWords(SmmuCommand.Resume(0x1234, ResumeAction.Abort, 0x4321), 0x0000_1234_0000_2044, 0x4321);
            IsWords(SmmuCommand.StallTerm(0x1234), 0x0000_1234_0000_0045, 0);
            IsWords(SmmuCommand.Sync() with { CS = 1, MSH = 3, MSIAttr = 0xf, MSIData = 0xdeadbeef, MSIAddress = 0x8000 }, 0xdead_beef_0fc0_1046, 0x8000);
        });

    private static void IsWords(in SmmuCommand command, ulong d0, ulong d1) =>
        Assert.That((command.D0, command.D1), Is.EqualTo((d0, d1)), command.Opcode.ToString());

    [TestCase(0, Granule.Size4K)]
    [TestCase(1, Granule.Size64K)]
    [TestCase(2, Granule.Size16K)]
    [TestCase(3, Granule.Reserved)]
    public void TG0_and_S2TG_are_coded_alike(int code, Granule granule)
    {
        Assert.That(new ContextDescriptor { TG0 = code }.Granule0, Is.EqualTo(granule));
        Assert.That(new StreamTableEntry { S2TG = code }.Stage2Granule, Is.EqualTo(granule));
        Assert.That(new ContextDescriptor { Granule0 = granule }.TG0, Is.EqualTo(code));
        Assert.That(new StreamTableEntry { Stage2Granule = granule }.S2TG, Is.EqualTo(code));
    }

    [TestCase(0, Granule.Reserved)]
    [TestCase(1, Granule.Size16K)]
    [TestCase(2, Granule.Size4K)]
    [TestCase(3, Granule.Size64K)]
    public void TG1_has_a_coding_of_its_own(int code, Granule granule)
    {
        Assert.That(new ContextDescriptor { TG1 = code }.Granule1, Is.EqualTo(granule));
        Assert.That(new ContextDescriptor { Granule1 = granule }.TG1, Is.EqualTo(code));
    }

    // Bits that are left out of the comparison, beside those of D0..D3 that follow from SSV.
    [TestCase(SmmuEventType.BadStreamId, false, 0ul, 0ul)]
    [TestCase(SmmuEventType.SteFetch, false, 0xffff_0000ul, 0ul)]
    [TestCase(SmmuEventType.BadCd, false, 0ul, 0ul)]
    [TestCase(SmmuEventType.WalkAbort, true, 0x0000_1000_ffff_fffful, 0ul)]
    [TestCase(SmmuEventType.Translation, false, 0x0000_1000_0000_fffful, 0x000f_ffff_ffff_f000ul)]
    [TestCase(SmmuEventType.Translation, true, 0x0000_1000_0000_fffful, 0ul)]
    [TestCase(SmmuEventType.Permission, false, 0x0000_1000_0000_fffful, 0x000f_ffff_ffff_f000ul)]
    [TestCase(SmmuEventType.Permission, true, 0x0000_0000_0000_fffful, 0ul)]
    public void A_mask_leaves_out_what_is_unknown(SmmuEventType type, bool stage2, ulong unknown1, ulong unknown3)
    {
        var mask = SmmuEventMask.Of(
            new()
            {
                Type = type,
                S2 = stage2,
                Class = SmmuEventClass.TranslationTable,
            }
        );
        Assert.That(mask, Is.EqualTo(new SmmuEventMask(~0xffff_f000ul, ~unknown1, ~0ul, ~unknown3)));
        Assert.That(
            SmmuEventMask
                .Of(
                    new()
                    {
                        Type = type,
                        S2 = stage2,
                        SSV = true,
                    }
                )
                .D0,
            Is.EqualTo(~0ul),
            "a SubstreamID counts when SSV says so"
        );
    }

    [Test]
    public void Records_match_in_the_bits_of_the_mask()
    {
        var expected = new SmmuEvent
        {
            Type = SmmuEventType.Translation,
            StreamId = 3,
            InputAddress = 0x1234,
            Class = SmmuEventClass.InputAddress,
        };
        var mask = SmmuEventMask.Of(expected);
        Assert.That(mask.Matches(expected, expected with { IPA = 0x5000, STAG = 7 }), "IPA and STAG are unknown");
        Assert.That(mask.Matches(expected, expected with { InputAddress = 0x1235 }), Is.False);
        Assert.That(mask.Matches(expected, expected with { RnW = true }), Is.False);
        Assert.That(mask.Matches(expected, expected with { Stall = true }), Is.False);
        Assert.That(mask.Matches(expected, expected with { D3 = 1 }), Is.False, "bits without a field are 0");
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
