using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>What an SMMU may make of a command.</summary>
public enum CommandVerdict : byte
{
    /// <summary>It is carried out.</summary>
    Legal,

    /// <summary>CERROR_ILL.</summary>
    Illegal,

    /// <summary>CERROR_ILL, or no error and no effect that could be relied on: reserved bits, IMPLEMENTATION DEFINED opcodes.</summary>
    Either,
}

/// <summary>Which commands are legal on the Non-secure command queue of v3.0 and v3.1: S.5.</summary>
public static class CommandRules
{
    /// <summary>Judges a command.</summary>
    /// <param name="capabilities">What the SMMU can do.</param>
    /// <param name="command">The command.</param>
    /// <param name="rules">What says so.</param>
    public static CommandVerdict Judge(SmmuCapabilities capabilities, in SmmuCommand command, out Rules rules)
    {
        rules = Rules.Of(SMMU_CMDQ_05, SMMU_CMDQ_01);
        if (!IsImplemented(capabilities, command.Opcode, out var open))
            return open ? CommandVerdict.Either : CommandVerdict.Illegal;
        switch (command.Opcode)
        {
            case SmmuOpcode.PrefetchConfig
            or SmmuOpcode.PrefetchAddress
            or SmmuOpcode.CfgiSte
            or SmmuOpcode.CfgiSteRange
            or SmmuOpcode.CfgiCd
            or SmmuOpcode.CfgiCdAll
            or SmmuOpcode.CfgiVmsPidm
            or SmmuOpcode.Resume
            or SmmuOpcode.StallTerm when command.SSec:
                rules = Rules.Of(SMMU_CMDQ_06);
                return CommandVerdict.Illegal;
            case SmmuOpcode.Sync when command.CS == 3:
                rules = Rules.Of(SMMU_CMDQ_04);
                return CommandVerdict.Illegal;
            case SmmuOpcode.PriResp when command.Resp == 3:
                rules = Rules.Of(SMMU_CMDQ_15);
                return CommandVerdict.Illegal;
            case SmmuOpcode.TlbiNhVa
            or SmmuOpcode.TlbiNhVaa
            or SmmuOpcode.TlbiEl2Va
            or SmmuOpcode.TlbiEl2Vaa
            or SmmuOpcode.TlbiS2Ipa when IsEmptyRange(capabilities, command):
                rules = Rules.Of(SMMU_CMDQ_11);
                return CommandVerdict.Illegal;
            case SmmuOpcode.Resume when (int)command.Action == 3:
                rules = Rules.Of(SMMU_CMDQ_16);
                return CommandVerdict.Either;
        }

        var reserved = Reserved(capabilities, command);
        if (reserved != (0, 0))
        {
            rules = reserved == (1ul << 10, 0) ? Rules.Of(SMMU_CMDQ_06, SMMU_CMDQ_16) : Rules.Of(SMMU_CMDQ_16);
            return CommandVerdict.Either;
        }

        rules = OfLegal(capabilities, command);
        return CommandVerdict.Legal;
    }

    /// <summary>The reserved bits of a command that are set: of doubleword 0 and 1.</summary>
    public static (ulong D0, ulong D1) Reserved(SmmuCapabilities capabilities, in SmmuCommand command)
    {
        var (d0, d1) = Defined(capabilities, command.Opcode);
        return (command.D0 & ~d0, command.D1 & ~d1);
    }

    // TG, but nothing that says how much. TTL=1 means nothing with 16 KiB.
    private static bool IsEmptyRange(SmmuCapabilities capabilities, in SmmuCommand command) =>
        capabilities.RIL && command.TG != 0 && command.NUM == 0 && command.SCALE == 0 && (command.TTL == 0 || (command.TTL == 1 && command.TG == 2));

    private static Rules OfLegal(SmmuCapabilities capabilities, in SmmuCommand command) =>
        command.Opcode switch
        {
            SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiS2Ipa when command.TG != 0 => Rules.Of(SMMU_CMDQ_11, SMMU_CMDQ_08),
            SmmuOpcode.CfgiSte or SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress when (ulong)command.StreamId >> capabilities.SIDSIZE != 0 => Rules.Of(
                SMMU_CMDQ_13,
                SMMU_CMDQ_08
            ),
            SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa when !capabilities.S2P && command.VMID != 0 =>
                Rules.Of(SMMU_CMDQ_13, SMMU_CMDQ_08),
            SmmuOpcode.AtcInv or SmmuOpcode.PriResp => Rules.Of(SMMU_CMDQ_15, SMMU_CMDQ_08),
            _ => Rules.Of(SMMU_CMDQ_08),
        };

    private static bool IsImplemented(SmmuCapabilities capabilities, SmmuOpcode opcode, out bool open)
    {
        // Later revisions give meanings to opcodes that v3.1 does not have.
        open = (byte)opcode is >= 0x80 and <= 0x8f || ((capabilities.Aidr & 0xff) >= 2 && (byte)opcode is >= 0x50 and <= 0x7f);
        switch (opcode)
        {
            case SmmuOpcode.PrefetchConfig
            or SmmuOpcode.PrefetchAddress
            or SmmuOpcode.CfgiSte
            or SmmuOpcode.CfgiSteRange
            or SmmuOpcode.TlbiNsnhAll
            or SmmuOpcode.Sync:
                return true;
            case SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll or SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa:
                return capabilities.S1P;
            case SmmuOpcode.CfgiVmsPidm:
                return capabilities.MPAM && capabilities.Aidr != 0;
            case SmmuOpcode.TlbiEl2All or SmmuOpcode.TlbiEl2Asid or SmmuOpcode.TlbiEl2Va or SmmuOpcode.TlbiEl2Vaa:
                return capabilities.HYP;
            case SmmuOpcode.TlbiS12VmAll or SmmuOpcode.TlbiS2Ipa:
                return capabilities.S2P;
            case SmmuOpcode.AtcInv:
                return capabilities.ATS;
            case SmmuOpcode.PriResp:
                return capabilities.PRI;
            case SmmuOpcode.Resume or SmmuOpcode.StallTerm:
                return capabilities.StallModel != StallModel.TerminateOnly;
            default:
                return false;
        }
    }

    private static (ulong D0, ulong D1) Defined(SmmuCapabilities capabilities, SmmuOpcode opcode)
    {
        const ulong code = 0xff;
        const ulong sid = 0xffff_ffff_0000_0000;
        const ulong ssid = 0xffff_f000;
        const ulong ssec = 1 << 10;
        const ulong ssv = 1 << 11;
        const ulong leaf = 1;
        var vmid = Bits.Mask(capabilities.VMID16 || !capabilities.S2P ? 47 : 39, 32);
        var asid = Bits.Mask(capabilities.ASID16 ? 63 : 55, 48);
        var range = capabilities.RIL ? 0x1ful << 12 | 0x1ful << 20 : 0;
        var hint = capabilities.RIL ? 0xful << 8 : 0;
        var va = Bits.Mask(63, 12);
        return opcode switch
        {
            SmmuOpcode.PrefetchConfig => (code | ssec | ssv | ssid | sid, 0),
            SmmuOpcode.PrefetchAddress => (code | ssec | ssv | ssid | sid, va | 0x3ff),
            SmmuOpcode.CfgiSte => (code | ssec | sid, leaf),
            SmmuOpcode.CfgiSteRange => (code | ssec | sid, 0x1f),
            SmmuOpcode.CfgiCd => (code | ssec | ssid | sid, leaf),
            SmmuOpcode.CfgiCdAll => (code | ssec | sid, 0),
            SmmuOpcode.CfgiVmsPidm => (ulong.MaxValue, ulong.MaxValue),
            SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiS12VmAll => (code | vmid, 0),
            SmmuOpcode.TlbiNhAsid => (code | vmid | asid, 0),
            SmmuOpcode.TlbiNhVa => (code | vmid | asid | range, va | leaf | hint),
            SmmuOpcode.TlbiNhVaa => (code | vmid | range, va | leaf | hint),
            SmmuOpcode.TlbiEl2All or SmmuOpcode.TlbiNsnhAll => (code, 0),
            SmmuOpcode.TlbiEl2Asid => (code | asid, 0),
            SmmuOpcode.TlbiEl2Va => (code | asid | range, va | leaf | hint),
            SmmuOpcode.TlbiEl2Vaa => (code | range, va | leaf | hint),
            SmmuOpcode.TlbiS2Ipa => (code | vmid | range, Bits.Mask(51, 12) | leaf | hint),
            SmmuOpcode.AtcInv => (code | 1 << 9 | ssv | ssid | sid, va | 0x3f),
            SmmuOpcode.PriResp => (code | ssv | ssid | sid, 3ul << 12 | 0x1ff),
            SmmuOpcode.Resume => (code | ssec | 3 << 12 | sid, 0xffff),
            SmmuOpcode.StallTerm => (code | ssec | sid, 0),
            _ => (code | 3 << 12 | 3 << 22 | 0xf << 24 | sid, Bits.Mask(51, 2)),
        };
    }
}
