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

/// <summary>Names and titles of the groups.</summary>
public static class RequirementGroups
{
    /// <summary>The prefix of the ids of the group: "MIG-FSM".</summary>
    public static string Name(this RequirementGroup group) =>
        group switch
        {
            RequirementGroup.Abi => "ABI",
            RequirementGroup.MigFeat => "MIG-FEAT",
            RequirementGroup.MigFsm => "MIG-FSM",
            RequirementGroup.MigFd => "MIG-FD",
            RequirementGroup.MigPre => "MIG-PRE",
            RequirementGroup.Pinfo2 => "PINFO2",
            RequirementGroup.MigStop => "MIG-STOP",
            RequirementGroup.MigP2p => "MIG-P2P",
            RequirementGroup.MigRes => "MIG-RES",
            RequirementGroup.MigErr => "MIG-ERR",
            RequirementGroup.Size => "SIZE",
            RequirementGroup.Dlog => "DLOG",
            RequirementGroup.Seed => "SEED",
            RequirementGroup.Handover => "HANDOVER",
            RequirementGroup.SmmuReg => "SMMU-REG",
            RequirementGroup.SmmuSte => "SMMU-STE",
            RequirementGroup.SmmuCd => "SMMU-CD",
            RequirementGroup.SmmuWalk => "SMMU-WALK",
            RequirementGroup.SmmuEvt => "SMMU-EVT",
            RequirementGroup.SmmuCmdq => "SMMU-CMDQ",
            RequirementGroup.SmmuCache => "SMMU-CACHE",
            RequirementGroup.SmmuHttu => "SMMU-HTTU",
            RequirementGroup.SmmuNest => "SMMU-NEST",
            RequirementGroup.Dirty => "DIRTY",
            RequirementGroup.Vms => "VMS",
            _ => throw new ArgumentOutOfRangeException(nameof(group), group, "not a requirement group"),
        };

    /// <summary>The suite that asks the requirements of the group: "migration".</summary>
    public static string Suite(this RequirementGroup group) =>
        group switch
        {
            RequirementGroup.Dlog => "dma-logging",
            RequirementGroup.SmmuReg
            or RequirementGroup.SmmuSte
            or RequirementGroup.SmmuCd
            or RequirementGroup.SmmuWalk
            or RequirementGroup.SmmuEvt
            or RequirementGroup.SmmuCmdq
            or RequirementGroup.SmmuCache
            or RequirementGroup.SmmuHttu => "smmu",
            RequirementGroup.Handover or RequirementGroup.SmmuNest or RequirementGroup.Dirty or RequirementGroup.Vms => "nested",
            _ => "migration",
        };

    /// <summary>What the group is about, as a phrase: "the migration state machine".</summary>
    public static string Title(this RequirementGroup group) =>
        group switch
        {
            RequirementGroup.Abi => "the feature ioctl envelope",
            RequirementGroup.MigFeat => "feature discovery",
            RequirementGroup.MigFsm => "the migration state machine",
            RequirementGroup.MigFd => "data fd and session",
            RequirementGroup.MigPre => "pre-copy",
            RequirementGroup.Pinfo2 => "pre-copy info v2 and REINIT",
            RequirementGroup.MigStop => "stop and quiesce semantics",
            RequirementGroup.MigP2p => "peer-to-peer quiescence",
            RequirementGroup.MigRes => "resuming",
            RequirementGroup.MigErr => "error and reset",
            RequirementGroup.Size => "migration data size",
            RequirementGroup.Dlog => "device DMA logging",
            RequirementGroup.Seed => "points of the hisi_acc driver thread",
            RequirementGroup.Handover => "nested-stage hand-over",
            RequirementGroup.SmmuReg => "registers",
            RequirementGroup.SmmuSte => "stream table and its entries",
            RequirementGroup.SmmuCd => "context descriptors",
            RequirementGroup.SmmuWalk => "translation table walks",
            RequirementGroup.SmmuEvt => "events and the event queue",
            RequirementGroup.SmmuCmdq => "the command queue",
            RequirementGroup.SmmuCache => "caches and invalidation",
            RequirementGroup.SmmuHttu => "hardware update of translation tables",
            RequirementGroup.SmmuNest => "nested translation for assigned devices",
            RequirementGroup.Dirty => "dirty tracking of the IOMMU",
            RequirementGroup.Vms => "state of an emulated SMMU in the migration stream",
            _ => throw new ArgumentOutOfRangeException(nameof(group), group, "not a requirement group"),
        };
}
