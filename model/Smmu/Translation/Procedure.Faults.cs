using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

// How a transaction ends, and what is recorded.
internal ref partial struct Procedure<TSource>
{
    /// <summary>Requirements that were passed on the way and that nothing but the outcome as a whole can show.</summary>
    private Rules notes;

    private readonly bool Complete(ulong address, RequirementId rule, RequirementId second = default, RequirementId third = default)
    {
        outcome.Reply = SmmuReply.Completed;
        outcome.PhysicalAddress = address;
        outcome.Rules = Rules.Of(rule, second, third).And(notes);
        return false;
    }

    private readonly bool End(SmmuReply reply, Rules rules)
    {
        outcome.Reply = reply;
        outcome.Rules = rules;
        outcome.Updates.MakeOptional();
        return false;
    }

    /// <summary>The tables are of a format that the SMMU may have and the model has not.</summary>
    private readonly bool LeaveModel()
    {
        outcome.IsOutsideModel = true;
        return End(SmmuReply.Unknown, Rules.None);
    }

    private readonly bool AbortSilently(Rules rules) => End(SmmuReply.Aborted, rules);

    private readonly bool Abort(in SmmuEvent record, Rules rules)
    {
        outcome.HasEvent = true;
        outcome.Event = record;
        return End(SmmuReply.Aborted, rules);
    }

    private readonly SmmuEvent Record(SmmuEventType type) =>
        new()
        {
            Type = type,
            StreamId = transaction.StreamId,
            SSV = transaction.HasSubstream,
            SubstreamId = key.SubstreamId,
        };

    /// <summary>With the fields that describe the access.</summary>
    private readonly SmmuEvent AccessRecord(SmmuEventType type) =>
        Record(type) with
        {
            PnU = isPrivileged,
            InD = isInstruction,
            RnW = transaction.IsRead,
            Class = SmmuEventClass.InputAddress,
            InputAddress = transaction.Address,
        };

    private readonly bool BadStreamId(Rules rules)
    {
        rules = rules.And(RequirementId.SMMU_STE_01);
        return settings.RecordsInvalidStreamId ? Abort(Record(SmmuEventType.BadStreamId), rules) : AbortSilently(rules);
    }

    private readonly bool FetchAbort(SmmuEventType type, ulong address, Rules rules) => Abort(Record(type) with { FetchAddress = address }, rules);

    private readonly bool BadEntry(RequirementId rule) => Abort(Record(SmmuEventType.BadSte), Rules.Of(rule));

    private readonly bool BadSubstreamId(RequirementId rule) => Abort(Record(SmmuEventType.BadSubstreamId), Rules.Of(rule));

    private readonly bool BadContext(RequirementId rule) => Abort(Record(SmmuEventType.BadCd), Rules.Of(rule, RequirementId.SMMU_CD_13));

    private readonly bool StreamDisabled(RequirementId rule) =>
        Abort(new() { Type = SmmuEventType.StreamDisabled, StreamId = transaction.StreamId }, Rules.Of(rule));

    private readonly bool InputTooLarge() =>
        Abort(AccessRecord(SmmuEventType.AddressSize), Rules.Of(hasStage2 ? RequirementId.SMMU_WALK_18 : RequirementId.SMMU_STE_10, RequirementId.SMMU_EVT_19));

    private readonly bool WalkAbort(ulong address, bool isStage2, SmmuEventClass why)
    {
        var record = AccessRecord(SmmuEventType.WalkAbort) with
        {
            S2 = isStage2,
            Class = isStage2 ? why : SmmuEventClass.TranslationTable,
            FetchAddress = address,
        };
        return Abort(record, Rules.Of(RequirementId.SMMU_WALK_14, RequirementId.SMMU_EVT_16));
    }

    private readonly bool Stage1Fault(SmmuEventType type, RequirementId rule) => Stage1Fault(type, Rules.Of(rule));

    private readonly bool Stage1Fault(SmmuEventType type, Rules rules) =>
        Fault(
            AccessRecord(type),
            context.S,
            context.R,
            context.A,
            rules.And(context.R || context.S ? RequirementId.SMMU_EVT_16 : RequirementId.SMMU_CD_08).And(hasStage2 ? RequirementId.SMMU_NEST_05 : default)
        );

    private readonly bool Stage2Fault(SmmuEventType type, ulong ipa, bool isRead, RequirementId rule)
    {
        var record = AccessRecord(type) with
        {
            S2 = true,
            Class = key.Class,
            IPA = ipa,
            TTRnW = type == SmmuEventType.Permission && key.Class == SmmuEventClass.TranslationTable && isRead,
        };
        var nested = key.Class switch
        {
            SmmuEventClass.ContextDescriptor => RequirementId.SMMU_NEST_02,
            SmmuEventClass.TranslationTable => RequirementId.SMMU_NEST_03,
            _ => RequirementId.None,
        };
        var recorded = entry.S2R || entry.S2S ? RequirementId.SMMU_EVT_16 : RequirementId.SMMU_NEST_06;
        return Fault(record, entry.S2S, entry.S2R, true, Rules.Of(rule, recorded, nested));
    }

    private readonly bool Fault(in SmmuEvent record, bool stalls, bool isRecorded, bool aborts, Rules rules)
    {
        outcome.HasEvent = stalls || isRecorded;
        outcome.Event = stalls ? record with { Stall = true } : record;
        rules = rules.And(notes);
        if (stalls)
            return End(SmmuReply.Stalled, Rules.Of(rules.First, RequirementId.SMMU_EVT_11).And(rules));
        return End(aborts ? SmmuReply.Aborted : SmmuReply.ReadAsZeroWriteIgnored, rules);
    }
}
