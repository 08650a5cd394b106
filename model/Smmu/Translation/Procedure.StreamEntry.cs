using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// The STE: what it enables, whether it is legal, which CD it names.
internal ref partial struct Procedure<TSource>
{
    private const int NoContext = -1;

    private StreamTableEntry entry;
    private bool hasStage2;
    private int contexts; // S1CDMax as it takes effect

    /// <summary>PnU, after PRIVCFG.</summary>
    private bool isPrivileged;

    /// <summary>InD, after INSTCFG; false for a write.</summary>
    private bool isInstruction;

    private bool ReadEntry(ulong address)
    {
        if (!Reach(ref address) || !Fetch(address, FetchKind.StreamTable, out entry.D0))
            return FetchAbort(SmmuEventType.SteFetch, address, Rules.Of(RequirementId.SMMU_STE_07, RequirementId.SMMU_STE_02, RequirementId.SMMU_STE_06));
        if (!entry.Valid)
            return BadEntry(RequirementId.SMMU_STE_08);
        if (entry.Config < StreamConfig.Bypass)
            return AbortSilently(Rules.Of(RequirementId.SMMU_STE_09));
        var hasStage1 = (entry.Config & StreamConfig.Stage1) == StreamConfig.Stage1;
        hasStage2 = (entry.Config & StreamConfig.Stage2) == StreamConfig.Stage2;
        if (hasStage1 && !capabilities.S1P || hasStage2 && !capabilities.S2P)
            return BadEntry(RequirementId.SMMU_STE_11);

        // The fetch of the first doubleword did not fail, so those of the same 64 bytes do not.
        Fetch(address + 8, FetchKind.StreamTable, out entry.D1);
        OverrideAttributes();
        if (entry.Config == StreamConfig.Bypass)
        {
            if (transaction.HasSubstream)
                return BadSubstreamId(RequirementId.SMMU_CD_06);
            if (!FitsInput())
                return false;
            outcome.LeafShift = 64;
            return Complete(transaction.Address, RequirementId.SMMU_STE_10);
        }

        if (capabilities.S2P)
            Fetch(address + 16, FetchKind.StreamTable, out entry.D2);
        if (hasStage2)
            Fetch(address + 24, FetchKind.StreamTable, out entry.D3);
        var illegal = RequirementId.None;
        if (hasStage1)
            illegal = IllegalInStage1();
        if (illegal == RequirementId.None && hasStage2)
            illegal = IllegalInStage2(in entry);
        if (illegal == RequirementId.None)
            illegal = IllegalInBoth();
        if (illegal != RequirementId.None)
            return BadEntry(illegal);

        NoteIgnored();
        key.World =
            !IsEl2 ? StreamWorld.El1
            : settings.E2H ? StreamWorld.El2E2H
            : StreamWorld.El2;
        key.Vmid = capabilities.S2P && !IsEl2 ? (ushort)entry.S2VMID : (ushort)0;
        key.IsNested = entry.Config == StreamConfig.Nested;
        return !hasStage2 || SetUpStage2(address);
    }

    private readonly bool IsEl2 => capabilities.HYP && entry.Config == StreamConfig.Stage1 && entry.STRW == 2;

    private void OverrideAttributes()
    {
        isPrivileged = transaction.IsPrivileged;
        isInstruction = transaction.IsInstruction;
        if (capabilities.ATTR_PERMS_OVR)
        {
            if (entry.PRIVCFG >= 2)
                isPrivileged = entry.PRIVCFG == 3;
            if (entry.INSTCFG >= 2)
                isInstruction = entry.INSTCFG == 3;
        }

        isInstruction &= transaction.IsRead;
    }

    private RequirementId IllegalInStage1()
    {
        contexts = capabilities.SSIDSIZE == 0 ? 0 : entry.S1CDMax;
        if (contexts > capabilities.SSIDSIZE)
            return RequirementId.SMMU_STE_13;
        if (contexts > 0 && !capabilities.CD2L && entry.S1Fmt is 1 or 2)
            return RequirementId.SMMU_STE_13;
        if (capabilities.HYP && entry.Config == StreamConfig.Stage1 && (entry.STRW & 1) != 0)
            return RequirementId.SMMU_STE_20;
        if (entry.S1STALLD && capabilities.StallModel != StallModel.Both)
            return RequirementId.SMMU_STE_14;
        if (hasStage2)
        {
            if (IsBeyond(entry.S1ContextPtr, capabilities.IntermediateAddressSize) && source.Choose(SmmuLatitude.ContextPointerBeyondIas, 2) == 0)
                return RequirementId.SMMU_STE_22;
        }
        else if (IsBeyond(entry.S1ContextPtr, capabilities.OutputAddressSize) && (capabilities.Aidr != 0 || !Truncates(SmmuLatitude.ContextPointerBeyondOas)))
        {
            return RequirementId.SMMU_STE_22;
        }

        return RequirementId.None;
    }

    /// <summary>Fields that would be illegal if anything looked at them.</summary>
    private void NoteIgnored()
    {
        var isStage1 = entry.Config == StreamConfig.Stage1;
        if (entry.Config == StreamConfig.Stage2 && (entry.S1CDMax != 0 || entry.S1Fmt != 0 || entry.S1STALLD) || isStage1 && entry.D2 >> 32 != 0)
            Note(RequirementId.SMMU_STE_12);
        if (entry.Config != StreamConfig.Stage2 && contexts != entry.S1CDMax)
            Note(RequirementId.SMMU_STE_13);
        if (entry.STRW != 0 && !(isStage1 && capabilities.HYP))
            Note(RequirementId.SMMU_STE_20);
    }

    private RequirementId IllegalInBoth()
    {
        if (capabilities.S2P && !capabilities.VMID16 && !IsEl2 && entry.S2VMID > 0xff)
            return RequirementId.SMMU_STE_21;
        if (!capabilities.ATS)
            return RequirementId.None;
        var ats = entry.EATS == 3 && !capabilities.DPT ? 0 : entry.EATS;
        if (ats == 2 && (entry.Config != StreamConfig.Nested || capabilities.NS1ATS || entry.S2S))
            return RequirementId.SMMU_STE_19;
        if (ats is 1 or 3 && entry.S2S)
        {
            if (hasStage2)
                return RequirementId.SMMU_STE_19;
            if (capabilities.Aidr == 0 && source.Choose(SmmuLatitude.AtsWithStage2Stall, 2) == 1)
                return RequirementId.SMMU_STE_19;
        }

        return RequirementId.None;
    }

    /// <summary>Substreams and S1DSS: the CD of the transaction, or <see cref="NoContext"/> when stage 1 is off or bypassed.</summary>
    private bool SelectContext(out int index)
    {
        index = NoContext;
        if (entry.Config == StreamConfig.Stage2)
            return !transaction.HasSubstream || BadSubstreamId(RequirementId.SMMU_CD_06);
        if (transaction.HasSubstream)
        {
            if (contexts == 0 || IsBeyond(transaction.SubstreamId, contexts))
                return BadSubstreamId(RequirementId.SMMU_CD_06);
            if (transaction.SubstreamId == 0 && entry.S1DSS == 2)
                return StreamDisabled(RequirementId.SMMU_CD_06);
            index = (int)transaction.SubstreamId;
            return true;
        }

        if (contexts > 0 && entry.S1DSS is 0 or 3)
            return StreamDisabled(RequirementId.SMMU_STE_15);
        if (contexts == 0 || entry.S1DSS == 2)
            index = 0;
        return true;
    }

    /// <summary>The input address where stage 1 is off or bypassed: it has to fit, and a fault of it is recorded whatever R and S2R say.</summary>
    private bool FitsInput()
    {
        var size = hasStage2 ? capabilities.IntermediateAddressSize : capabilities.OutputAddressSize;
        return !IsBeyond(transaction.Address, size) || InputTooLarge();
    }
}
