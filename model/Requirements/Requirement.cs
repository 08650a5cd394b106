using Conformance.Model.Contract;

namespace Conformance.Model.Requirements;

/// <summary>
/// One normative statement of the catalogue. Texts use the abbreviations of the field. VFIO migration, states: ER = ERROR 0, ST = STOP 1, RU = RUNNING 2,
/// SC = STOP_COPY 3, RS = RESUMING 4, RP = RUNNING_P2P 5, PC = PRE_COPY 6, PP = PRE_COPY_P2P 7; the saving group is SC, PC and PP; RU>RP is the arc, or the
/// request, from RU to RP. Feature sets: F1 = STOP_COPY, F3 = F1 and P2P, F5 = F1 and PRE_COPY, F7 = all three. GET and SET without a feature are those of
/// feature 2. SMMUv3: registers, structures, fields, commands and events have their architected names; OAS and IAS are the output and the intermediate address
/// size in bits.
/// </summary>
/// <param name="Id">The typed id.</param>
/// <param name="Strength">How strictly it is meant.</param>
/// <param name="Level">The level from which it is owed; null for what is no matter of the VFIO uAPI. Rules of an SMMU are owed by its identification
/// registers.</param>
/// <param name="Channels">Where it can be observed.</param>
/// <param name="Statement">What holds: a sentence of the contract, and nothing about this kit.</param>
/// <param name="Violation">How a violation shows; "none..." when there is nothing to violate.</param>
/// <param name="Source">
/// Places that a reader can open: a file and the comment, struct or function in it, or a section, field, command or register of the SMMUv3 architecture
/// specification (IHI 0070, numbers of issue H.a). Several are separated by "; ".
/// </param>
/// <param name="Fault">What the seeded fault F-name does; null when there is none.</param>
/// <param name="Uncheckable">
/// Why no check can exist, as a phrase: latitude, a fact, a duty of others; null for all else. Whether a requirement is checked is not written here: that
/// follows from the campaigns that aim at it and the faults that prove them.
/// </param>
/// <param name="Note">How this kit asks it and what is known of drivers; null when there is nothing to say.</param>
/// <param name="OwedByCore">
/// "[C]": on the kernel channel the VFIO core answers before the driver is called, so a failure there accuses the core. On the other channels the driver owes
/// it itself.
/// </param>
/// <param name="AskedBy">The suite that asks it, where that is not the one of its group: what an SMMU's section says of the VMM behind it; else null.</param>
/// <param name="Parts">Which parts of nested stages have to keep it: a host, a VMM or a writer that is somebody's own is asked what it has to keep.</param>
public sealed record Requirement(
    RequirementId Id,
    Strength Strength,
    UapiLevel? Level,
    Channels Channels,
    string Statement,
    string Violation,
    string Source,
    string? Fault = null,
    string? Uncheckable = null,
    string? Note = null,
    bool OwedByCore = false,
    string? AskedBy = null,
    NestedParts Parts = NestedParts.Machine
)
{
    /// <summary>The id as it is written: "MIG-FSM-06".</summary>
    public string Name { get; } = Id.ToString().Replace('_', '-');

    /// <summary>The section of the catalogue.</summary>
    public RequirementGroup Group { get; } = Id.Group;

    /// <summary>The suite that asks it: "migration".</summary>
    public string Suite { get; } = AskedBy ?? Id.Group.Suite();
}
