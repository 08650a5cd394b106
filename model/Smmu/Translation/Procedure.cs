using System.Runtime.InteropServices;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Model.Smmu.Translation;

/// <summary>
/// One run of the decision procedure. Every step says whether the transaction goes on; a step that ends it has written the outcome. The steps are in a file
/// per stage, in the order in which they are taken, which is also the order of priority of the faults.
/// </summary>
[StructLayout(LayoutKind.Auto)] // each file declares the fields of its stage
internal ref partial struct Procedure<TSource>
    where TSource : ITranslationSource
{
    private readonly ref TSource source;
    private readonly SmmuCapabilities capabilities;
    private readonly ref readonly SmmuSettings settings;
    private readonly ref readonly SmmuTransaction transaction;
    private readonly ref TranslationOutcome outcome;
    private FetchKey key;

    public Procedure(
        ref TSource source,
        SmmuCapabilities capabilities,
        in SmmuSettings settings,
        in SmmuTransaction transaction,
        ref TranslationOutcome outcome
    )
    {
        this.source = ref source;
        this.capabilities = capabilities;
        this.settings = ref settings;
        this.transaction = ref transaction;
        this.outcome = ref outcome;
        key = new()
        {
            StreamId = transaction.StreamId,
            Address = transaction.Address,
            SubstreamId = transaction.HasSubstream ? transaction.SubstreamId : 0,
        };
    }

    public void Translate()
    {
        if (!settings.IsEnabled)
            PassGlobally();
        else if (LocateEntry(out var address) && ReadEntry(address) && SelectContext(out var index))
            TranslateBy(index);
    }

    private void TranslateBy(int index)
    {
        var translated = transaction.Address;
        var shift = 64;
        if (index != NoContext && !(ReadContext((uint)index) && WalkStage1(out translated, out shift)))
            return;
        if (index == NoContext && !FitsInput())
            return;
        if (hasStage2 && !WalkStage2(translated, transaction.IsRead, SmmuEventClass.InputAddress, out translated, ref shift))
            return;
        outcome.LeafShift = shift;
        Complete(
            translated,
            (hasStage2, index != NoContext) switch
            {
                (true, true) => RequirementId.SMMU_NEST_01,
                (true, false) => RequirementId.SMMU_WALK_15,
                _ => RequirementId.SMMU_WALK_01,
            }
        );
    }

    private bool Fetch(ulong address, FetchKind kind, out ulong value)
    {
        if (!source.Fetch(address, kind, in key, out value))
            return false;
        if (outcome.Updates.Count != 0)
            value = outcome.Updates.Applied(address, value);
        return true;
    }

    private void Note(RequirementId id) => notes = notes.And(id);

    private static bool IsBeyond(ulong address, int bits) => address >> bits != 0;
}
