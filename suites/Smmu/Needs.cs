using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;

namespace Conformance.Suites.Smmu;

/// <summary>What campaigns need of an SMMU: each says what is lacking, as a phrase, or null.</summary>
internal static class Needs
{
    /// <summary>What every SMMU has.</summary>
    internal static string? Nothing(SceneTarget target) => null;

    /// <summary>Stage 1.</summary>
    internal static string? Stage1(SceneTarget target) => target.Capabilities.S1P ? null : "the SMMU has no stage 1 (IDR0.S1P=0)";

    /// <summary>Stage 2.</summary>
    internal static string? Stage2(SceneTarget target) => target.Capabilities.S2P ? null : "the SMMU has no stage 2 (IDR0.S2P=0)";

    /// <summary>More than one granule.</summary>
    internal static string? SeveralGranules(SceneTarget target) =>
        SceneDraft.Granules(target.Capabilities).Skip(1).Any() ? null : "the SMMU has one granule (IDR5)";

    /// <summary>Both stages.</summary>
    internal static string? Nested(SceneTarget target) => Stage1(target) ?? Stage2(target);

    /// <summary>Stream tables of two levels.</summary>
    internal static string? TwoLevel(SceneTarget target) =>
        target.Capabilities.StLevel == 1 ? null : "the SMMU has no two-level stream tables (IDR0.ST_LEVEL=0)";

    /// <summary>SubstreamIDs, and masters that send them.</summary>
    internal static string? Substreams(SceneTarget target) =>
        Stage1(target)
        ?? (
            target.Capabilities.SSIDSIZE == 0 ? "the SMMU has no substreams (IDR1.SSIDSIZE=0)"
            : target.Can(SmmuPort.Substreams) ? null
            : "the masters cannot send a SubstreamID"
        );

    /// <summary>Context descriptor tables of two levels.</summary>
    internal static string? TwoLevelContexts(SceneTarget target) =>
        Substreams(target) ?? (target.Capabilities.CD2L ? null : "the SMMU has no two-level CD tables (IDR0.CD2L=0)");

    /// <summary>Masters that send privileged accesses and instruction fetches.</summary>
    internal static string? Attributes(SceneTarget target) =>
        target.Can(SmmuPort.Attributes) ? null : "the masters cannot send privileged accesses or instruction fetches";

    /// <summary>Masters that see how a transaction ended.</summary>
    internal static string? Replies(SceneTarget target) => target.Can(SmmuPort.Replies) ? null : "the masters do not show how a transaction ended";

    /// <summary>Faults that stall.</summary>
    internal static string? Stalls(SceneTarget target) =>
        target.Capabilities.StallModel == StallModel.TerminateOnly ? "the SMMU does not stall (IDR0.STALL_MODEL=1)"
        : target.Can(SmmuPort.Stalls) ? null
        : "stalled transactions cannot be seen";

    /// <summary>An output size that rules out start levels of stage 2.</summary>
    internal static string? SmallOutput(SceneTarget target) =>
        Stage2(target) ?? (target.Capabilities.OutputAddressSize < 44 ? null : $"OAS permits every start level (IDR5.OAS={target.Capabilities.OAS})");

    /// <summary>Output addresses of 52 bits.</summary>
    internal static string? LargeOutput(SceneTarget target) =>
        target.Capabilities is { OutputAddressSize: 52, GRAN64K: true } ? null : "the SMMU has no output addresses of 52 bits (IDR5.OAS)";

    /// <summary>Hierarchical attributes that can be disabled.</summary>
    internal static string? Hierarchy(SceneTarget target) =>
        Stage1(target) ?? (target.Capabilities.HAD ? null : "hierarchical attributes cannot be disabled (IDR3.HAD=0)");

    /// <summary>Halves that can be closed to unprivileged accesses.</summary>
    internal static string? Privilege(SceneTarget target) =>
        Stage1(target) ?? Attributes(target) ?? (target.Capabilities.E0PD ? null : "the SMMU has no E0PD (IDR3.E0PD=0)");

    /// <summary>Hardware updates of AF and of the dirty state.</summary>
    internal static string? DirtyState(SceneTarget target) =>
        target.Capabilities.HTTU >= 2 ? null : $"the SMMU does not update descriptors (IDR0.HTTU={target.Capabilities.HTTU})";

    /// <summary>Hardware updates of AF.</summary>
    internal static string? AccessFlag(SceneTarget target) => target.Capabilities.HTTU >= 1 ? null : "the SMMU does not update descriptors (IDR0.HTTU=0)";

    /// <summary>No tables but those of AArch64: what follows otherwise is not modelled.</summary>
    internal static string? AArch64Only(SceneTarget target) =>
        target.Capabilities.TTF == 2 ? null : $"the SMMU has tables of AArch32 (IDR0.TTF={target.Capabilities.TTF})";

    /// <summary>Range invalidation.</summary>
    internal static string? Ranges(SceneTarget target) => target.Capabilities.RIL ? null : "the SMMU has no range invalidation (IDR3.RIL=0)";

    /// <summary>Interrupt lines that can be seen.</summary>
    internal static string? Interrupts(SceneTarget target) => target.Can(SmmuPort.Interrupts) ? null : "interrupts cannot be seen";

    /// <summary>A state that can be saved and loaded.</summary>
    internal static string? State(SceneTarget target) =>
        target.StateFormat == SmmuStateFormat.None ? "the state of the SMMU cannot be saved (ISmmuState)" : null;

    /// <summary>A state in the form that QEMU has.</summary>
    internal static string? QemuState(SceneTarget target) =>
        target.StateFormat == SmmuStateFormat.Qemu ? null : "the state of the SMMU is not a stream of QEMU";

    /// <summary>A destination with other stages.</summary>
    internal static string? OtherStages(SceneTarget target) => State(target) ?? (target.HasOtherStages ? null : "there is no destination with other stages");

    /// <summary>Several needs: the first that is lacking.</summary>
    internal static Func<SceneTarget, string?> All(params Func<SceneTarget, string?>[] needs) =>
        target => needs.Select(need => need(target)).FirstOrDefault(lacking => lacking is not null);
}
