using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements.Groups;

/// <summary>Feature 9: the estimate of the bytes that stop-copy will need.</summary>
internal static class DataSize
{
    private const string Concurrent = "concurrent requests are not generated yet";

    internal static readonly Requirement[] Rows =
    [
        new(
            SIZE_01,
            "SIZE-01",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "GET of feature 9 can be called in every device state. Success is expected in all non-ERROR states; in ERROR an errno is "
                + "tolerated.",
            Violation: "EINVAL in RU",
            Source: "uapi",
            Fault: "answer only in SC",
            Unchecked: null
        ),
        new(
            SIZE_02,
            "SIZE-02",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Feature 9 is mandatory with migration support from level 6.2.",
            Violation: "ENOTTY",
            Source: "core:vfio_migration_ops",
            Fault: "omit the feature",
            Unchecked: null
        ),
        new(
            SIZE_03,
            "SIZE-03",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Channels.None,
            OwedByCore: false,
            Statement: "The answer is an estimate of the bytes needed to complete stop-copy; no equality with the stream may be asserted.",
            Violation: "none: no relation is asserted",
            Source: "uapi",
            Fault: null,
            Unchecked: "latitude: an estimate cannot be wrong; its sanity is SIZE-04, SIZE-06 and SIZE-07"
        ),
        new(
            SIZE_04,
            "SIZE-04",
            RequirementGroup.Size,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Sanity: below 2^63, and non-zero while state remains (a negative errno cast to u64 is a defect: possible in xe).",
            Violation: "0xffff...ffea",
            Source: "common sense",
            Fault: "cast -EINVAL",
            Unchecked: null
        ),
        new(
            SIZE_05,
            "SIZE-05",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The query has no side effect on state machine, session, position or counters.",
            Violation: "stream differs",
            Source: "uapi GET",
            Fault: "consume data",
            Unchecked: null
        ),
        new(
            SIZE_06,
            "SIZE-06",
            RequirementGroup.Size,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "Within one stopped period without reading, repeated queries are stable.",
            Violation: "wild values",
            Source: "estimate of a stopped device",
            Fault: "answer a random number",
            Unchecked: null
        ),
        new(
            SIZE_07,
            "SIZE-07",
            RequirementGroup.Size,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "The actual SC length is at most the estimate plus the declared slack (reported as a metric; virtio is 16 bytes per record "
                + "above, hisi_acc may be far below).",
            Violation: "unusable estimate",
            Source: "uapi purpose",
            Fault: "always answer 1",
            Unchecked: null
        ),
        new(
            SIZE_08,
            "SIZE-08",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "SET gives EINVAL; PROBE follows the rules of ABI-07 to ABI-09.",
            Violation: "accepted",
            Source: "core",
            Fault: "accept SET",
            Unchecked: null
        ),
        new(
            SIZE_09,
            "SIZE-09",
            RequirementGroup.Size,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            OwedByCore: false,
            Statement: "A query racing with SET or RESET neither deadlocks nor resurrects sessions.",
            Violation: "hang",
            Source: "drv locks",
            Fault: "lock inversion",
            Unchecked: Concurrent
        ),
    ];
}
