using Conformance.Engine.Judging;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Smmu;

/// <summary>What campaigns of the smmu suite must have seen to have shown anything.</summary>
public static class SmmuWitnesses
{
    /// <summary>A transaction whose nominal outcome is that it goes through.</summary>
    public static readonly Witness Translated = new(0, "translated");

    /// <summary>A transaction whose nominal outcome is that it does not.</summary>
    public static readonly Witness Refused = new(1, "refused");

    /// <summary>A transaction that may end in more than one way.</summary>
    public static readonly Witness Ambiguous = new(2, "ambiguous");

    /// <summary>An event record that is as it has to be.</summary>
    public static readonly Witness Recorded = new(3, "event-record");

    /// <summary>CMDQ_CONS behind a command that was carried out.</summary>
    public static readonly Witness Consumed = new(4, "consumed-command");

    /// <summary>CMDQ_CONS, whether it moved or shows an error, at a step that rings, acknowledges or reads.</summary>
    public static readonly Witness CommandQueue = new(5, "command-queue");

    /// <summary>A transaction that was judged, however it had to end.</summary>
    public static readonly Witness Transacted = new(6, "transaction");

    /// <summary>A step that showed something which could have been wrong: the setup of a scene is not one.</summary>
    public static readonly Witness Judged = new(7, "judged-step");

    /// <summary>What every campaign must see, by what it aims at: a judged step, and what each section cannot do without.</summary>
    public static IReadOnlyList<Witness> Of(IEnumerable<RequirementId> aims) =>
        [Judged, .. aims.Select(aim => Of(Catalogue.Of(aim).Group)).OfType<Witness>().Distinct()];

    private static Witness? Of(RequirementGroup group) =>
        group switch
        {
            RequirementGroup.SmmuSte or RequirementGroup.SmmuCd or RequirementGroup.SmmuWalk or RequirementGroup.SmmuNest or RequirementGroup.SmmuCache =>
                Transacted,
            RequirementGroup.SmmuHttu => Transacted,
            RequirementGroup.SmmuCmdq => CommandQueue,
            RequirementGroup.SmmuEvt => Recorded,
            _ => null,
        };
}
