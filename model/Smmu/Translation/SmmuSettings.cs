using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

/// <summary>What the registers say of translations, as far as it has taken effect.</summary>
/// <param name="Cr0">SMMU_CR0ACK: the bits of CR0 that are in effect.</param>
/// <param name="Cr2">SMMU_CR2.</param>
/// <param name="Gbpa">SMMU_GBPA.</param>
/// <param name="StrtabBase">SMMU_STRTAB_BASE.</param>
/// <param name="StrtabBaseCfg">SMMU_STRTAB_BASE_CFG.</param>
public readonly record struct SmmuSettings(uint Cr0, uint Cr2, uint Gbpa, ulong StrtabBase, uint StrtabBaseCfg)
{
    /// <summary>CR0[0], SMMUEN: transactions are translated.</summary>
    public bool IsEnabled => Bits.Is(Cr0, 0);

    /// <summary>CR2[0], E2H: the EL2 StreamWorld is EL2-E2H.</summary>
    public bool E2H => Bits.Is(Cr2, 0);

    /// <summary>CR2[1], RECINVSID: C_BAD_STREAMID is recorded.</summary>
    public bool RecordsInvalidStreamId => Bits.Is(Cr2, 1);

    /// <summary>GBPA[20], ABORT: with SMMUEN=0 transactions are aborted.</summary>
    public bool AbortsBypass => Bits.Is(Gbpa, 20);

    /// <summary>STRTAB_BASE[51:6], ADDR.</summary>
    public ulong StreamTable => Bits.InPlace(StrtabBase, 51, 6);

    /// <summary>STRTAB_BASE_CFG[5:0], LOG2SIZE.</summary>
    public int Log2Size => (int)Bits.Get(StrtabBaseCfg, 5, 0);

    /// <summary>STRTAB_BASE_CFG[10:6], SPLIT, as it takes effect: 6, 8 or 10; other values behave as 6.</summary>
    public int Split => (int)Bits.Get(StrtabBaseCfg, 10, 6) is var split and (8 or 10) ? split : 6;

    /// <summary>True when FMT or, with two levels, SPLIT has a value that behaves as another one.</summary>
    public bool HasReservedFormat => HasTwoLevels ? (int)Bits.Get(StrtabBaseCfg, 10, 6) != Split : Bits.Get(StrtabBaseCfg, 17, 16) != 0;

    /// <summary>STRTAB_BASE_CFG[17:16], FMT, is 1: two levels, where ST_LEVEL has them. Other values are linear.</summary>
    public bool HasTwoLevels => Bits.Get(StrtabBaseCfg, 17, 16) == 1;
}
