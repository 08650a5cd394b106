using System.Collections.Frozen;

namespace Conformance.Model.Requirements;

/// <summary>The sections of the catalogue. The ids of a group start with its <see cref="RequirementGroups.Name"/>.</summary>
public enum RequirementGroup
{
    /// <summary>ABI: the feature ioctl envelope.</summary>
    Abi,

    /// <summary>MIG-FEAT: feature discovery.</summary>
    MigFeat,

    /// <summary>MIG-FSM: the migration state machine.</summary>
    MigFsm,

    /// <summary>MIG-FD: data fd and session.</summary>
    MigFd,

    /// <summary>MIG-PRE: pre-copy.</summary>
    MigPre,

    /// <summary>PINFO2: pre-copy info v2 and REINIT.</summary>
    Pinfo2,

    /// <summary>MIG-STOP: stop and quiesce semantics.</summary>
    MigStop,

    /// <summary>MIG-P2P: peer-to-peer quiescence.</summary>
    MigP2p,

    /// <summary>MIG-RES: resuming.</summary>
    MigRes,

    /// <summary>MIG-ERR: error and reset.</summary>
    MigErr,

    /// <summary>SIZE: migration data size.</summary>
    Size,

    /// <summary>DLOG: device DMA logging.</summary>
    Dlog,

    /// <summary>SEED: points of the hisi_acc driver thread.</summary>
    Seed,

    /// <summary>HANDOVER: nested-stage hand-over.</summary>
    Handover,

    /// <summary>SMMU-REG: registers.</summary>
    SmmuReg,

    /// <summary>SMMU-STE: stream table and its entries.</summary>
    SmmuSte,

    /// <summary>SMMU-CD: context descriptors.</summary>
    SmmuCd,

    /// <summary>SMMU-WALK: translation table walks.</summary>
    SmmuWalk,

    /// <summary>SMMU-EVT: events and the event queue.</summary>
    SmmuEvt,

    /// <summary>SMMU-CMDQ: the command queue.</summary>
    SmmuCmdq,

    /// <summary>SMMU-CACHE: caches and invalidation.</summary>
    SmmuCache,

    /// <summary>SMMU-HTTU: hardware update of translation tables.</summary>
    SmmuHttu,

    /// <summary>SMMU-NEST: nested translation for assigned devices.</summary>
    SmmuNest,

    /// <summary>DIRTY: dirty tracking of the IOMMU.</summary>
    Dirty,

    /// <summary>VMS: state of an emulated SMMU in the migration stream.</summary>
    Vms,
}

/// <summary>Names, suites and titles of the groups.</summary>
public static class RequirementGroups
{
    private const string Migration = "migration",
        DmaLogging = "dma-logging",
        Smmu = "smmu",
        Nested = "nested";

    private static readonly (RequirementGroup Group, string Name, string Suite, string Title)[] groups =
    [
        (RequirementGroup.Abi, "ABI", Migration, "the feature ioctl envelope"),
        (RequirementGroup.MigFeat, "MIG-FEAT", Migration, "feature discovery"),
        (RequirementGroup.MigFsm, "MIG-FSM", Migration, "the migration state machine"),
        (RequirementGroup.MigFd, "MIG-FD", Migration, "data fd and session"),
        (RequirementGroup.MigPre, "MIG-PRE", Migration, "pre-copy"),
        (RequirementGroup.Pinfo2, "PINFO2", Migration, "pre-copy info v2 and REINIT"),
        (RequirementGroup.MigStop, "MIG-STOP", Migration, "stop and quiesce semantics"),
        (RequirementGroup.MigP2p, "MIG-P2P", Migration, "peer-to-peer quiescence"),
        (RequirementGroup.MigRes, "MIG-RES", Migration, "resuming"),
        (RequirementGroup.MigErr, "MIG-ERR", Migration, "error and reset"),
        (RequirementGroup.Size, "SIZE", Migration, "migration data size"),
        (RequirementGroup.Dlog, "DLOG", DmaLogging, "device DMA logging"),
        (RequirementGroup.Seed, "SEED", Migration, "points of the hisi_acc driver thread"),
        (RequirementGroup.Handover, "HANDOVER", Nested, "nested-stage hand-over"),
        (RequirementGroup.SmmuReg, "SMMU-REG", Smmu, "registers"),
        (RequirementGroup.SmmuSte, "SMMU-STE", Smmu, "stream table and its entries"),
        (RequirementGroup.SmmuCd, "SMMU-CD", Smmu, "context descriptors"),
        (RequirementGroup.SmmuWalk, "SMMU-WALK", Smmu, "translation table walks"),
        (RequirementGroup.SmmuEvt, "SMMU-EVT", Smmu, "events and the event queue"),
        (RequirementGroup.SmmuCmdq, "SMMU-CMDQ", Smmu, "the command queue"),
        (RequirementGroup.SmmuCache, "SMMU-CACHE", Smmu, "caches and invalidation"),
        (RequirementGroup.SmmuHttu, "SMMU-HTTU", Smmu, "hardware update of translation tables"),
        (RequirementGroup.SmmuNest, "SMMU-NEST", Nested, "nested translation for assigned devices"),
        (RequirementGroup.Dirty, "DIRTY", Nested, "dirty tracking of the IOMMU"),
        (RequirementGroup.Vms, "VMS", Nested, "state of an emulated SMMU in the migration stream"),
    ];

    private static readonly FrozenDictionary<string, RequirementGroup> byName = groups.ToFrozenDictionary(
        row => row.Name,
        row => row.Group,
        StringComparer.Ordinal
    );

    /// <summary>The prefix of the ids of the group: "MIG-FSM".</summary>
    public static string Name(this RequirementGroup group) => Row(group).Name;

    /// <summary>The suite that asks the requirements of the group: "migration".</summary>
    public static string Suite(this RequirementGroup group) => Row(group).Suite;

    /// <summary>What the group is about, as a phrase: "the migration state machine".</summary>
    public static string Title(this RequirementGroup group) => Row(group).Title;

    /// <summary>The group of a requirement: what stands before the number of its id.</summary>
    internal static RequirementGroup Of(RequirementId id)
    {
        var name = id.ToString().Replace('_', '-');
        return byName[name[..name.LastIndexOf('-')]];
    }

    private static (RequirementGroup Group, string Name, string Suite, string Title) Row(RequirementGroup group) =>
        (uint)group < (uint)groups.Length ? groups[(int)group] : throw new ArgumentOutOfRangeException(nameof(group), group, "not a requirement group");
}
