using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Device;

/// <summary>IDR0.STALL_MODEL: whether faults can stall.</summary>
public enum StallModel : byte
{
    /// <summary>Faults stall or terminate, as CD.S and STE.S2S say.</summary>
    Both = 0,

    /// <summary>Faults terminate; S=1 is illegal.</summary>
    TerminateOnly = 1,

    /// <summary>Faults stall; S=0 is illegal.</summary>
    StallForced = 2,

    /// <summary>Reserved.</summary>
    Reserved = 3,
}

/// <summary>What an SMMU can do: its identification registers, field by field. Nothing else parameterises the architecture's rules.</summary>
public sealed record SmmuCapabilities
{
    /// <summary>SMMU_IDR0.</summary>
    public uint Idr0 { get; init; }

    /// <summary>SMMU_IDR1.</summary>
    public uint Idr1 { get; init; }

    /// <summary>SMMU_IDR3.</summary>
    public uint Idr3 { get; init; }

    /// <summary>SMMU_IDR5.</summary>
    public uint Idr5 { get; init; }

    /// <summary>SMMU_AIDR: [7:0] the architecture revision: 0 v3.0, 1 v3.1, and so on.</summary>
    public uint Aidr { get; init; }

    /// <summary>IDR0[0]: stage 2 is implemented.</summary>
    public bool S2P
    {
        get => Bits.Is(Idr0, 0);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 0, value);
    }

    /// <summary>IDR0[1]: stage 1 is implemented.</summary>
    public bool S1P
    {
        get => Bits.Is(Idr0, 1);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 1, value);
    }

    /// <summary>IDR0[3:2]: table formats: bit 0 AArch32, bit 1 AArch64.</summary>
    public int TTF
    {
        get => (int)Bits.Get(Idr0, 3, 2);
        init => Idr0 = (uint)Bits.With(Idr0, 3, 2, (uint)value);
    }

    /// <summary>IDR0[4]: accesses of the SMMU are coherent.</summary>
    public bool COHACC
    {
        get => Bits.Is(Idr0, 4);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 4, value);
    }

    /// <summary>IDR0[5]: broadcast TLB maintenance.</summary>
    public bool BTM
    {
        get => Bits.Is(Idr0, 5);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 5, value);
    }

    /// <summary>IDR0[7:6]: hardware updates of descriptors: 0 none, 1 AF, 2 AF and dirty state, 3 AF of tables as well.</summary>
    public int HTTU
    {
        get => (int)Bits.Get(Idr0, 7, 6);
        init => Idr0 = (uint)Bits.With(Idr0, 7, 6, (uint)value);
    }

    /// <summary>IDR0[8]: dormant hint.</summary>
    public bool DORMHINT
    {
        get => Bits.Is(Idr0, 8);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 8, value);
    }

    /// <summary>IDR0[9]: EL2 StreamWorlds.</summary>
    public bool HYP
    {
        get => Bits.Is(Idr0, 9);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 9, value);
    }

    /// <summary>IDR0[10]: PCIe ATS.</summary>
    public bool ATS
    {
        get => Bits.Is(Idr0, 10);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 10, value);
    }

    /// <summary>IDR0[11]: no split-stage ATS.</summary>
    public bool NS1ATS
    {
        get => Bits.Is(Idr0, 11);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 11, value);
    }

    /// <summary>IDR0[12]: ASIDs of 16 bits; otherwise 8.</summary>
    public bool ASID16
    {
        get => Bits.Is(Idr0, 12);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 12, value);
    }

    /// <summary>IDR0[13]: message-signalled interrupts.</summary>
    public bool MSI
    {
        get => Bits.Is(Idr0, 13);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 13, value);
    }

    /// <summary>IDR0[14]: SYNC can send an event.</summary>
    public bool SEV
    {
        get => Bits.Is(Idr0, 14);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 14, value);
    }

    /// <summary>IDR0[15]: address translation operations.</summary>
    public bool ATOS
    {
        get => Bits.Is(Idr0, 15);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 15, value);
    }

    /// <summary>IDR0[16]: page requests.</summary>
    public bool PRI
    {
        get => Bits.Is(Idr0, 16);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 16, value);
    }

    /// <summary>IDR0[17]: wildcards of VMIDs.</summary>
    public bool VMW
    {
        get => Bits.Is(Idr0, 17);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 17, value);
    }

    /// <summary>IDR0[18]: VMIDs of 16 bits; otherwise 8.</summary>
    public bool VMID16
    {
        get => Bits.Is(Idr0, 18);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 18, value);
    }

    /// <summary>IDR0[19]: CD tables of two levels.</summary>
    public bool CD2L
    {
        get => Bits.Is(Idr0, 19);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 19, value);
    }

    /// <summary>IDR0[20]: virtual ATOS.</summary>
    public bool VATOS
    {
        get => Bits.Is(Idr0, 20);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 20, value);
    }

    /// <summary>IDR0[22:21]: tables: 0 of either endianness, 2 little-endian, 3 big-endian.</summary>
    public int TTENDIAN
    {
        get => (int)Bits.Get(Idr0, 22, 21);
        init => Idr0 = (uint)Bits.With(Idr0, 22, 21, (uint)value);
    }

    /// <summary>IDR0[23]: errors of ATS are recorded.</summary>
    public bool ATSRECERR
    {
        get => Bits.Is(Idr0, 23);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 23, value);
    }

    /// <summary>IDR0[25:24]: STALL_MODEL.</summary>
    public StallModel StallModel
    {
        get => (StallModel)Bits.Get(Idr0, 25, 24);
        init => Idr0 = (uint)Bits.With(Idr0, 25, 24, (uint)value);
    }

    /// <summary>IDR0[26]: TERM_MODEL: terminated transactions are always aborted, CD.A=0 is illegal.</summary>
    public bool TermModel
    {
        get => Bits.Is(Idr0, 26);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 26, value);
    }

    /// <summary>IDR0[28:27]: ST_LEVEL: 1 when stream tables can have two levels.</summary>
    public int StLevel
    {
        get => (int)Bits.Get(Idr0, 28, 27);
        init => Idr0 = (uint)Bits.With(Idr0, 28, 27, (uint)value);
    }

    /// <summary>IDR0[30]: realm management.</summary>
    public bool RME
    {
        get => Bits.Is(Idr0, 30);
        init => Idr0 = (uint)Bits.WithFlag(Idr0, 30, value);
    }

    /// <summary>IDR1[5:0]: bits of a StreamID, 0..32.</summary>
    public int SIDSIZE
    {
        get => (int)Bits.Get(Idr1, 5, 0);
        init => Idr1 = (uint)Bits.With(Idr1, 5, 0, (uint)value);
    }

    /// <summary>IDR1[10:6]: bits of a SubstreamID, 0..20; 0 is no substreams.</summary>
    public int SSIDSIZE
    {
        get => (int)Bits.Get(Idr1, 10, 6);
        init => Idr1 = (uint)Bits.With(Idr1, 10, 6, (uint)value);
    }

    /// <summary>IDR1[15:11]: the largest LOG2SIZE of the PRI queue.</summary>
    public int PRIQS
    {
        get => (int)Bits.Get(Idr1, 15, 11);
        init => Idr1 = (uint)Bits.With(Idr1, 15, 11, (uint)value);
    }

    /// <summary>IDR1[20:16]: the largest LOG2SIZE of the event queue.</summary>
    public int EVENTQS
    {
        get => (int)Bits.Get(Idr1, 20, 16);
        init => Idr1 = (uint)Bits.With(Idr1, 20, 16, (uint)value);
    }

    /// <summary>IDR1[25:21]: the largest LOG2SIZE of the command queue.</summary>
    public int CMDQS
    {
        get => (int)Bits.Get(Idr1, 25, 21);
        init => Idr1 = (uint)Bits.With(Idr1, 25, 21, (uint)value);
    }

    /// <summary>IDR1[26]: PRIVCFG and INSTCFG have an effect.</summary>
    public bool ATTR_PERMS_OVR
    {
        get => Bits.Is(Idr1, 26);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 26, value);
    }

    /// <summary>IDR1[27]: MTCFG, SHCFG and ALLOCCFG have an effect.</summary>
    public bool ATTR_TYPES_OVR
    {
        get => Bits.Is(Idr1, 27);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 27, value);
    }

    /// <summary>IDR1[28]: base addresses that are preset are relative.</summary>
    public bool REL
    {
        get => Bits.Is(Idr1, 28);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 28, value);
    }

    /// <summary>IDR1[29]: the queues' base addresses are fixed.</summary>
    public bool QUEUES_PRESET
    {
        get => Bits.Is(Idr1, 29);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 29, value);
    }

    /// <summary>IDR1[30]: the stream table's base address is fixed.</summary>
    public bool TABLES_PRESET
    {
        get => Bits.Is(Idr1, 30);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 30, value);
    }

    /// <summary>IDR1[31]: enhanced command queues.</summary>
    public bool ECMDQ
    {
        get => Bits.Is(Idr1, 31);
        init => Idr1 = (uint)Bits.WithFlag(Idr1, 31, value);
    }

    /// <summary>IDR3[2]: CD.HAD0 and CD.HAD1 have an effect.</summary>
    public bool HAD
    {
        get => Bits.Is(Idr3, 2);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 2, value);
    }

    /// <summary>IDR3[3]: page-based hardware attributes.</summary>
    public bool PBHA
    {
        get => Bits.Is(Idr3, 3);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 3, value);
    }

    /// <summary>IDR3[4]: stage 2 tells privileged from unprivileged execution.</summary>
    public bool XNX
    {
        get => Bits.Is(Idr3, 4);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 4, value);
    }

    /// <summary>IDR3[5]: PRI responses carry a PASID when STE.PPAR says so.</summary>
    public bool PPS
    {
        get => Bits.Is(Idr3, 5);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 5, value);
    }

    /// <summary>IDR3[7]: MPAM.</summary>
    public bool MPAM
    {
        get => Bits.Is(Idr3, 7);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 7, value);
    }

    /// <summary>IDR3[8]: stage-2 forced write-back.</summary>
    public bool FWB
    {
        get => Bits.Is(Idr3, 8);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 8, value);
    }

    /// <summary>IDR3[9]: small translation tables: TxSZ up to 48, 47 with 64 KiB.</summary>
    public bool STT
    {
        get => Bits.Is(Idr3, 9);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 9, value);
    }

    /// <summary>IDR3[10]: range invalidation and level hints.</summary>
    public bool RIL
    {
        get => Bits.Is(Idr3, 10);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 10, value);
    }

    /// <summary>IDR3[12:11]: break-before-make level.</summary>
    public int BBML
    {
        get => (int)Bits.Get(Idr3, 12, 11);
        init => Idr3 = (uint)Bits.With(Idr3, 12, 11, (uint)value);
    }

    /// <summary>IDR3[13]: CD.E0PD0 and CD.E0PD1 have an effect.</summary>
    public bool E0PD
    {
        get => Bits.Is(Idr3, 13);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 13, value);
    }

    /// <summary>IDR3[14]: table walks to Device memory that S2PTW allows are Normal Non-cacheable.</summary>
    public bool PTWNNC
    {
        get => Bits.Is(Idr3, 14);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 14, value);
    }

    /// <summary>IDR3[15]: device permission tables.</summary>
    public bool DPT
    {
        get => Bits.Is(Idr3, 15);
        init => Idr3 = (uint)Bits.WithFlag(Idr3, 15, value);
    }

    /// <summary>IDR5[2:0]: the size of output addresses, coded as STE.S2PS. See <see cref="OutputAddressSize"/>.</summary>
    public int OAS
    {
        get => (int)Bits.Get(Idr5, 2, 0);
        init => Idr5 = (uint)Bits.With(Idr5, 2, 0, (uint)value);
    }

    /// <summary>IDR5[4]: granules of 4 KiB.</summary>
    public bool GRAN4K
    {
        get => Bits.Is(Idr5, 4);
        init => Idr5 = (uint)Bits.WithFlag(Idr5, 4, value);
    }

    /// <summary>IDR5[5]: granules of 16 KiB.</summary>
    public bool GRAN16K
    {
        get => Bits.Is(Idr5, 5);
        init => Idr5 = (uint)Bits.WithFlag(Idr5, 5, value);
    }

    /// <summary>IDR5[6]: granules of 64 KiB.</summary>
    public bool GRAN64K
    {
        get => Bits.Is(Idr5, 6);
        init => Idr5 = (uint)Bits.WithFlag(Idr5, 6, value);
    }

    /// <summary>IDR5[11:10]: 1 when virtual addresses have up to 52 bits with granules of 64 KiB.</summary>
    public int VAX
    {
        get => (int)Bits.Get(Idr5, 11, 10);
        init => Idr5 = (uint)Bits.With(Idr5, 11, 10, (uint)value);
    }

    /// <summary>IDR5[31:16]: the largest number of stalled transactions.</summary>
    public int STALL_MAX
    {
        get => (int)Bits.Get(Idr5, 31, 16);
        init => Idr5 = (uint)Bits.With(Idr5, 31, 16, (uint)value);
    }

    /// <summary>The size of output addresses in bits: 32, 36, 40, 42, 44, 48 or 52.</summary>
    public int OutputAddressSize => AddressSize(OAS);

    /// <summary>IAS, the size of intermediate addresses in bits: as OAS, but at least 40 when there are AArch32 tables.</summary>
    public int IntermediateAddressSize => (TTF & 1) != 0 ? Math.Max(40, OutputAddressSize) : OutputAddressSize;

    /// <summary>True when tables can have this granule.</summary>
    public bool Has(Granule granule) =>
        granule switch
        {
            Granule.Size4K => GRAN4K,
            Granule.Size16K => GRAN16K,
            Granule.Size64K => GRAN64K,
            _ => false,
        };

    /// <summary>
    /// The bits that a coded address size (IPS, S2PS) stands for, not above <see cref="OutputAddressSize"/>. 7 behaves as 6; in v3.0 6 and 7 behave as 5.
    /// </summary>
    public int EffectiveAddressSize(int code) => Math.Min(AddressSize(Aidr == 0 ? Math.Min(code, 5) : code), OutputAddressSize);

    /// <summary>The capabilities that registers say.</summary>
    public static SmmuCapabilities Of(uint idr0, uint idr1, uint idr3, uint idr5, uint aidr) =>
        new()
        {
            Idr0 = idr0,
            Idr1 = idr1,
            Idr3 = idr3,
            Idr5 = idr5,
            Aidr = aidr,
        };

    /// <summary>QEMU 7.2: stage 1.</summary>
    public static SmmuCapabilities Qemu7Stage1 { get; } = Of(0x0d40101a, 0x02730010, 0x1404, 0x74, 1);

    /// <summary>QEMU 10.0 and 11.1: stage 1.</summary>
    public static SmmuCapabilities QemuStage1 { get; } = Of(0x0d44101a, 0x02730010, 0x1404, 0x74, 1);

    /// <summary>QEMU 10.0 and 11.1: stage 2.</summary>
    public static SmmuCapabilities QemuStage2 { get; } = Of(0x0d441019, 0x02730010, 0x1414, 0x74, 1);

    /// <summary>QEMU 10.0 and 11.1: both stages.</summary>
    public static SmmuCapabilities QemuNested { get; } = Of(0x0d44101b, 0x02730010, 0x1414, 0x74, 1);

    /// <summary>Everything that is modelled: v3.1 with features that later revisions made optional for it.</summary>
    public static SmmuCapabilities Full { get; } =
        new()
        {
            S1P = true,
            S2P = true,
            TTF = 2,
            COHACC = true,
            HTTU = 3,
            HYP = true,
            ATS = true,
            ASID16 = true,
            VMID16 = true,
            CD2L = true,
            StallModel = StallModel.Both,
            StLevel = 1,
            SIDSIZE = 32,
            SSIDSIZE = 20,
            EVENTQS = 19,
            CMDQS = 19,
            ATTR_PERMS_OVR = true,
            ATTR_TYPES_OVR = true,
            HAD = true,
            XNX = true,
            STT = true,
            RIL = true,
            BBML = 2,
            E0PD = true,
            OAS = 6,
            GRAN4K = true,
            GRAN16K = true,
            GRAN64K = true,
            VAX = 1,
            STALL_MAX = 0xffff,
            Aidr = 1,
        };

    private static int AddressSize(int code) =>
        code switch
        {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            4 => 44,
            5 => 48,
            _ => 52,
        };
}
