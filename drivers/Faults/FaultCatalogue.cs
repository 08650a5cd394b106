using System.Collections.Frozen;
using Conformance.Drivers.Addresses;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>All seeded faults, in the order of the requirements.</summary>
public static class FaultCatalogue
{
    /// <summary>The faults of migration drivers.</summary>
    public static IReadOnlyList<MigrationFault> Migration { get; } =
    [
        .. EnvelopeFaults.All,
        .. FeatureFaults.All,
        .. StateMachineFaults.All,
        .. SessionFaults.All,
        .. PreCopyFaults.All,
        .. StopFaults.All,
        .. PeerToPeerFaults.All,
        .. ResumingFaults.All,
        .. ErrorFaults.All,
        .. ContentFaults.All,
        .. BalanceFaults.All,
        .. DataSizeFaults.All,
        .. DmaLoggingFaults.All,
        .. FieldFaults.All,
        .. ConcurrencyFaults.All,
        .. HisiAccFaults.All,
    ];

    /// <summary>The faults of SMMUs.</summary>
    public static IReadOnlyList<SmmuFault> Smmu { get; } =
    [
        .. SmmuRegisterFaults.All,
        .. SmmuStreamFaults.All,
        .. SmmuContextFaults.All,
        .. SmmuWalkFaults.All,
        .. SmmuEventFaults.All,
        .. SmmuCommandFaults.All,
        .. SmmuCacheFaults.All,
        .. SmmuUpdateFaults.All,
        .. SmmuStateFaults.All,
    ];

    /// <summary>The faults of nested stages.</summary>
    public static IReadOnlyList<NestedFault> Nested { get; } =
    [.. HostFaults.All, .. DirtyFaults.All, .. GuestFaults.All, .. HandoverFaults.All, .. WriterFaults.All, .. ContainerFaults.All];

    /// <summary>All faults.</summary>
    public static IReadOnlyList<Fault> All { get; } = [.. Migration, .. Smmu, .. Nested];

    /// <summary>Requirements of the groups above, and bugs of real drivers, that have no fault here, each with the reason.</summary>
    public static IReadOnlyList<(string Source, string Reason)> NotSeeded { get; } =
    [
        ("ABI-23", "a property of the layout, checked without a device"),
        ("MIG-FEAT-10", "an obligation of the suite: nothing may be derived"),
        ("MIG-FSM-25", "a permission, not an obligation"),
        ("MIG-FD-26", "a permission, not an obligation"),
        ("MIG-FD-31", "an obligation of the user; the mutant is one of the suite"),
        ("MIG-FD-32", "a fact about descriptors, not an obligation"),
        ("MIG-PRE-14", "a permission, not an obligation"),
        ("MIG-ERR-15", "a permission, not an obligation"),
        ("MIG-ERR-16", "a permission, not an obligation"),
        ("MIG-ERR-18", "a permission, not an obligation"),
        ("SIZE-03", "a permission, not an obligation"),
        ("DLOG-20", "a permission, not an obligation: a log may name pages that were not written"),
        ("DLOG-34", "a permission, not an obligation"),
        ("DLOG-35", "a permission, not an obligation"),
        ("DLOG-36", "what is asked has no meaning, and neither has an answer"),
        ("DLOG-40", "an obligation of the user; the mutant is one of the suite"),
        ("DLOG-41", "a property of the kernel, not of a device"),
        ("MIG-RES-02", "a permission, not an obligation"),
        ("P-006", "needs accesses to device regions while stopped; no channel offers them"),
        ("P-017", "in process a bitmap has no address, so that it cannot begin within a page; the helper of a kernel is not the driver's"),
        ("P-018", "in process a bitmap has no address, so that it cannot be an odd one; the helper of a kernel is not the driver's"),
        ("P-024", "a defect of a user of the interface, not of a device"),
        ("P-028", "a defect of a user of the interface, not of a device"),
        ("P-007", "a defect of a user of the interface, not of a device"),
        ("P-012", "dirty_bytes is an estimate that the stream may exceed (E-07), so one that counts only what is queued is allowed"),
        ("P-013", "stop_copy_length is an estimate that may be too large (SIZE-03); to add it to the counters is a matter of the user"),
        ("P-035", "a defect of a user of the interface, not of a device"),
        ("P-037", "a defect of a test's own checksum"),
        ("P-042", "needs a function-level reset through config space; no channel offers it"),
        ("P-043", "a defect of a user of the interface, not of a device"),
        ("P-050", "needs a write of 2^63 bytes: no span has so many, and the kernel cuts each write to 2 GiB before it asks the driver"),
        ("P-054", "a defect of a user of the interface, not of a device"),
        ("P-055", "needs DMA that is carried by messages; no channel offers it"),
        ("P-056", "needs the layout of a device's regions; no channel offers it"),
        ("P-057", "a defect of iommufd, not of a device"),
        ("P-058", "memory that is freed twice on a failing path: nothing that a user sees differs, a sanitizer of the kernel finds it"),
        ("P-060", "memory that is lost when a region is unmapped: a user can count descriptors, not the memory of a driver"),
        ("P-062", "a defect of the table of operations that iommufd calls, not of migration"),
        ("P-063", "contexts of eventfds that are lost at close: a user can count descriptors, not contexts"),
        ("SMMU-REG-14", "a write of CR0 takes effect before the call returns (ISmmu), so CR0 and CR0ACK never differ"),
        ("SMMU-CACHE-14", "a permission, not an obligation: the mutant is an oracle that insists on the new leaf"),
        ("SMMU-CACHE-18", "a permission, not an obligation: the mutant is an oracle that insists on a flush"),
        ("P-064", "a defect of the software that writes STEs"),
        ("P-065", "a defect of the software that writes STEs"),
        ("P-066", "a defect of the software that writes STEs"),
        ("P-067", "a defect of the software that allocates CD tables"),
        ("P-068", "a defect of the software that attaches devices"),
        ("P-071", "a defect of the software that sends invalidations"),
        ("P-072", "a defect of the software that sends invalidations"),
        ("P-073", "a defect of the software that sends invalidations"),
        ("P-075", "needs a listener of invalidations; no port offers one"),
        ("P-076", "a defect of the software that sends invalidations"),
        ("P-077", "a defect of the software that sends invalidations"),
        ("P-079", "a defect of the software that reads the event queue"),
        ("P-081", "a defect of the software that answers stalls"),
        ("P-083", "a defect of the software that answers stalls"),
    ];

    private static readonly FrozenDictionary<string, Fault> ByName = Index();

    /// <summary>The fault of that name, or the first one that has it as its source: <c>F-ABI-03</c>, <c>P-008</c>. Null when there is none.</summary>
    public static Fault? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The faults that break a requirement.</summary>
    public static IEnumerable<Fault> Of(RequirementId id) => All.Where(fault => fault.Requirements.Contains(id));

    /// <summary>
    /// What a fault has to be shown as breaking: the requirement that it is there for, and each that no fault is there for and no other fault breaks before it
    /// in the list. Every requirement that some fault breaks is in the proof of at least one.
    /// </summary>
    public static IEnumerable<RequirementId> ProvenBy(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return fault.Requirements.Where(
            (id, place) => place == 0 || (Of(id).All(other => other.Requirements[0] != id) && ReferenceEquals(Of(id).First(), fault))
        );
    }

    /// <summary>
    /// The fault whose name begins with <paramref name="name"/>, else the one that is spelled most like it, else the one that shares most words with it; null
    /// when none does.
    /// </summary>
    public static Fault? Nearest(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (
            name.Length > 0
            && All.Where(fault => fault.Name.StartsWith($"{name}-", StringComparison.OrdinalIgnoreCase)).MinBy(fault => fault.Name.Length) is { } begun
        )
            return begun;
        if (Spelling.Nearest(name, All.Select(fault => fault.Name)) is { } near)
            return Find(near);
        var words = name.Split('-', StringSplitOptions.RemoveEmptyEntries);
        return All.Select(fault => (Fault: fault, Shared: fault.Name.Split('-').Intersect(words).Count()))
            .Where(pair => pair.Shared != 0)
            .OrderByDescending(pair => pair.Shared)
            .ThenBy(pair => pair.Fault.Name.Length)
            .Select(pair => pair.Fault)
            .FirstOrDefault();
    }

    private static FrozenDictionary<string, Fault> Index()
    {
        var index = new Dictionary<string, Fault>(StringComparer.Ordinal);
        foreach (var fault in All)
        {
            index.Add(fault.Name, fault);
            foreach (var source in fault.Source.Split(", "))
                index.TryAdd(source, fault);
        }
        return index.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
