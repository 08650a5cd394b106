using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// The CD: whether it is legal, and the translation regime that it sets up.
internal ref partial struct Procedure<TSource>
{
    /// <summary>The CD as configuration: faults (A, R, S), ASID.</summary>
    private ContextDescriptor context;

    /// <summary>The CD that the translation is made with: another one as long as TLB entries of the ASID may be older.</summary>
    private ContextDescriptor regime;

    /// <summary>EL2 without E2H has no upper half, and whether it has EPD0 is left open.</summary>
    private bool ignoresEpd0;

    private readonly bool HasUpperHalf => key.World != StreamWorld.El2;

    /// <summary>The rules about A, R and S, which no TLB entry depends on.</summary>
    private readonly RequirementId IllegalFaultModel()
    {
        if (context.S && entry.S1STALLD)
            return RequirementId.SMMU_STE_14;
        if (context.S && capabilities.StallModel == StallModel.TerminateOnly)
            return RequirementId.SMMU_CD_01;
        if (!context.S && capabilities.StallModel == StallModel.StallForced)
            return RequirementId.SMMU_CD_01;
        if (!context.A && capabilities.TermModel)
            return RequirementId.SMMU_CD_01;
        return HasUpperHalf && !capabilities.ASID16 && context.ASID > 0xff ? RequirementId.SMMU_CD_09 : RequirementId.None;
    }

    private RequirementId IllegalContext(in ContextDescriptor cd)
    {
        if (IsForeign(cd.AA64))
            return RequirementId.None;
        if (!cd.AA64)
            return RequirementId.SMMU_CD_01;
        var walks0 = !cd.EPD0 || ignoresEpd0;
        if (walks0 && Illegal(cd.Granule0, cd.T0SZ, cd.TTB0, cd.IPS) is var lower && lower != RequirementId.None)
            return lower;
        var walks1 = HasUpperHalf && !cd.EPD1;
        if (walks1 && Illegal(cd.Granule1, cd.T1SZ, cd.TTB1, cd.IPS) is var upper && upper != RequirementId.None)
            return upper;
        if ((walks0 || walks1) && IsWrongEndianness(cd.ENDI))
            return RequirementId.SMMU_CD_11;
        if (cd.HA && capabilities.HTTU == 0 || cd.HD && capabilities.HTTU < 2)
            return RequirementId.SMMU_CD_01;
        return cd.HAFT && !cd.HA && capabilities.HTTU == 3 ? RequirementId.SMMU_HTTU_11 : RequirementId.None;
    }

    /// <summary>Fields that would be illegal or too large if they were taken as they are.</summary>
    private void NoteIgnoredContext()
    {
        if (context.EPD0 && (context.TG0 == 3 || context.T0SZ is < 16 or > 39) || context.EPD1 && (context.TG1 == 0 || context.T1SZ is < 16 or > 39))
            Note(RequirementId.SMMU_CD_02);
        if (context.IPS > capabilities.OAS)
            Note(RequirementId.SMMU_CD_03);
        if (context.AFFD && context.HA)
            Note(RequirementId.SMMU_HTTU_12);
    }

    private readonly RequirementId Illegal(Granule granule, int size, ulong table, int ips)
    {
        if (!capabilities.Has(granule))
            return RequirementId.SMMU_CD_01;
        var least = granule == Granule.Size64K && capabilities.VAX == 1 ? 12 : 16;
        if (!InRange(size, least, LargestInputSizeCode(granule)))
            return RequirementId.SMMU_CD_12;
        return IsBeyond(table, OutputSize(granule, ips)) ? RequirementId.SMMU_CD_04 : RequirementId.None;
    }

    /// <summary>
    /// CD.AA64 or STE.S2AA64 chooses tables that are not modelled: see <see cref="TranslationOutcome.IsOutsideModel"/>. The fields beside it mean something
    /// else then.
    /// </summary>
    private readonly bool IsForeign(bool isAArch64) => isAArch64 ? (capabilities.TTF & 2) == 0 : (capabilities.TTF & 1) != 0;

    private readonly bool IsWrongEndianness(bool big) =>
        capabilities.TTENDIAN switch
        {
            2 => big,
            3 => !big,
            _ => false,
        };

    /// <summary>The largest TxSZ and S2T0SZ.</summary>
    private readonly int LargestInputSizeCode(Granule granule) =>
        !capabilities.STT ? 39
        : granule == Granule.Size64K ? 47
        : 48;

    /// <summary>False when TxSZ or S2T0SZ is illegal; v3.0 may clamp it instead.</summary>
    private readonly bool InRange(int size, int least, int most) =>
        size >= least && size <= most || capabilities.Aidr == 0 && source.Choose(SmmuLatitude.InputSizeOutOfRange, 2) == 1;

    /// <summary>The bits of an output address: IPS or S2PS, the output address size, and 48 where the format of descriptors has no more.</summary>
    private readonly int OutputSize(Granule granule, int code) =>
        granule == Granule.Size64K ? capabilities.EffectiveAddressSize(code) : Math.Min(48, capabilities.EffectiveAddressSize(code));

    /// <summary>The same doublewords as TLB entries of this ASID may have been made with. Only what was legal made any.</summary>
    /// <returns>False when these are not modelled.</returns>
    private bool ReadRegime(ulong address)
    {
        regime = context;
        key.Purpose = FetchPurpose.Regime;
        var older = context;
        Fetch(address, FetchKind.ContextDescriptor, out older.D0);
        Fetch(address + 8, FetchKind.ContextDescriptor, out older.D1);
        if (!older.EPD1)
            Fetch(address + 16, FetchKind.ContextDescriptor, out older.D2);
        key.Purpose = FetchPurpose.Use;
        if (older == context || !older.Valid || older.ASID != context.ASID)
            return true;
        if (IsForeign(older.AA64))
            return LeaveModel();
        if (IllegalContext(in older) == RequirementId.None)
            regime = older;
        return true;
    }
}
