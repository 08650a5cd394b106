using System.Collections.Frozen;

namespace Conformance.Model.Requirements;

/// <summary>
/// The sections of the catalogue. The ids of a group start with its <see cref="RequirementGroups.Name"/>. The numbers are part of
/// <see cref="RequirementId.Number"/>, and so of stored plans: a new group takes the next one, wherever it stands, and none is given away again.
/// </summary>
public enum RequirementGroup
{
    /// <summary>ABI: the feature ioctl envelope.</summary>
    Abi = 1,

    /// <summary>MIG-FEAT: feature discovery.</summary>
    MigFeat = 2,

    /// <summary>MIG-FSM: the migration state machine.</summary>
    MigFsm = 3,

    /// <summary>MIG-FD: data fd and session.</summary>
    MigFd = 4,

    /// <summary>MIG-PRE: pre-copy.</summary>
    MigPre = 5,

    /// <summary>PINFO2: pre-copy info v2 and REINIT.</summary>
    Pinfo2 = 6,

    /// <summary>MIG-STOP: stop and quiesce semantics.</summary>
    MigStop = 7,

    /// <summary>MIG-P2P: peer-to-peer quiescence.</summary>
    MigP2p = 8,

    /// <summary>MIG-RES: resuming.</summary>
    MigRes = 9,

    /// <summary>MIG-ERR: error and reset.</summary>
    MigErr = 10,

    /// <summary>SIZE: migration data size.</summary>
    Size = 11,

    /// <summary>DLOG: device DMA logging.</summary>
    Dlog = 12,

    /// <summary>SEED: points of the hisi_acc driver thread.</summary>
    Seed = 13,

    /// <summary>HANDOVER: nested-stage hand-over.</summary>
    Handover = 14,

    /// <summary>SMMU-REG: registers.</summary>
    SmmuReg = 15,

    /// <summary>SMMU-STE: stream table and its entries.</summary>
    SmmuSte = 16,

    /// <summary>SMMU-CD: context descriptors.</summary>
    SmmuCd = 17,

    /// <summary>SMMU-WALK: translation table walks.</summary>
    SmmuWalk = 18,

    /// <summary>SMMU-EVT: events and the event queue.</summary>
    SmmuEvt = 19,

    /// <summary>SMMU-CMDQ: the command queue.</summary>
    SmmuCmdq = 20,

    /// <summary>SMMU-CACHE: caches and invalidation.</summary>
    SmmuCache = 21,

    /// <summary>SMMU-HTTU: hardware update of translation tables.</summary>
    SmmuHttu = 22,

    /// <summary>SMMU-NEST: nested translation for assigned devices.</summary>
    SmmuNest = 23,

    /// <summary>DIRTY: dirty tracking of the IOMMU.</summary>
    Dirty = 24,

    /// <summary>VMS: state of an emulated SMMU in the migration stream.</summary>
    Vms = 25,
}

/// <summary>Names, suites and titles of the groups.</summary>
public static class RequirementGroups
{
    private const string Migration = "migration",
        Smmu = "smmu",
        Nested = "nested";

    private const bool Levels = true,
        NoLevels = false;

    // In the order of the catalogue.
    private static readonly Section[] sections =
    [
        new(RequirementGroup.Abi, "ABI", Migration, Levels, "the feature ioctl envelope"),
        new(RequirementGroup.MigFeat, "MIG-FEAT", Migration, Levels, "feature discovery"),
        new(RequirementGroup.MigFsm, "MIG-FSM", Migration, Levels, "the migration state machine"),
        new(RequirementGroup.MigFd, "MIG-FD", Migration, Levels, "data fd and session"),
        new(RequirementGroup.MigPre, "MIG-PRE", Migration, Levels, "pre-copy"),
        new(RequirementGroup.Pinfo2, "PINFO2", Migration, Levels, "pre-copy info v2 and REINIT"),
        new(RequirementGroup.MigStop, "MIG-STOP", Migration, Levels, "stop and quiesce semantics"),
        new(RequirementGroup.MigP2p, "MIG-P2P", Migration, Levels, "peer-to-peer quiescence"),
        new(RequirementGroup.MigRes, "MIG-RES", Migration, Levels, "resuming"),
        new(RequirementGroup.MigErr, "MIG-ERR", Migration, Levels, "error and reset"),
        new(RequirementGroup.Size, "SIZE", Migration, Levels, "migration data size"),
        new(RequirementGroup.Dlog, "DLOG", Migration, Levels, "device DMA logging"),
        new(RequirementGroup.Seed, "SEED", Migration, Levels, "points of the hisi_acc driver thread"),
        new(RequirementGroup.Handover, "HANDOVER", Nested, Levels, "nested-stage hand-over"),
        new(RequirementGroup.SmmuReg, "SMMU-REG", Smmu, NoLevels, "registers"),
        new(RequirementGroup.SmmuSte, "SMMU-STE", Smmu, NoLevels, "stream table and its entries"),
        new(RequirementGroup.SmmuCd, "SMMU-CD", Smmu, NoLevels, "context descriptors"),
        new(RequirementGroup.SmmuWalk, "SMMU-WALK", Smmu, NoLevels, "translation table walks"),
        new(RequirementGroup.SmmuEvt, "SMMU-EVT", Smmu, NoLevels, "events and the event queue"),
        new(RequirementGroup.SmmuCmdq, "SMMU-CMDQ", Smmu, NoLevels, "the command queue"),
        new(RequirementGroup.SmmuCache, "SMMU-CACHE", Smmu, NoLevels, "caches and invalidation"),
        new(RequirementGroup.SmmuHttu, "SMMU-HTTU", Smmu, NoLevels, "hardware update of translation tables"),
        new(RequirementGroup.SmmuNest, "SMMU-NEST", Nested, NoLevels, "nested translation for assigned devices"),
        new(RequirementGroup.Dirty, "DIRTY", Nested, Levels, "dirty tracking of the IOMMU"),
        new(RequirementGroup.Vms, "VMS", Smmu, NoLevels, "state of an emulated SMMU in the migration stream"),
    ];

    private static readonly FrozenDictionary<RequirementGroup, Section> byGroup = sections.ToFrozenDictionary(section => section.Group);

    private static readonly FrozenDictionary<string, Section> byName = sections.ToFrozenDictionary(section => section.Name, StringComparer.Ordinal);

    /// <summary>The groups in the order of the catalogue.</summary>
    public static IReadOnlyList<RequirementGroup> All { get; } = Array.AsReadOnly(Array.ConvertAll(sections, section => section.Group));

    /// <summary>The prefix of the ids of the group: "MIG-FSM".</summary>
    public static string Name(this RequirementGroup group) => Of(group).Name;

    /// <summary>The suite that asks the requirements of the group: "migration".</summary>
    public static string Suite(this RequirementGroup group) => Of(group).Suite;

    /// <summary>
    /// Whether each requirement of the group is owed from a level of the VFIO uAPI on. Those of an SMMU are owed by its identification registers and have none.
    /// </summary>
    public static bool HasLevels(this RequirementGroup group) => Of(group).HasLevels;

    /// <summary>What the group is about, as a phrase: "the migration state machine".</summary>
    public static string Title(this RequirementGroup group) => Of(group).Title;

    /// <summary>Finds a group by its name, "MIG-FSM"; case counts.</summary>
    public static bool TryParse(string name, out RequirementGroup group)
    {
        var found = byName.TryGetValue(name, out var section);
        group = found ? section!.Group : default;
        return found;
    }

    private static Section Of(RequirementGroup group) =>
        byGroup.TryGetValue(group, out var section) ? section : throw new ArgumentOutOfRangeException(nameof(group), group, "not a requirement group");

    private sealed record Section(RequirementGroup Group, string Name, string Suite, bool HasLevels, string Title);
}
