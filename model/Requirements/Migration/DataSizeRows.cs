using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;

namespace Conformance.Model.Requirements;

// Feature 9: the estimate of the bytes that stop-copy will need.
public readonly partial record struct RequirementId
{
    public static readonly RequirementId SIZE_01 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "GET of feature 9 can be called in every device state. Success is expected in all non-ERROR states; in ERROR an errno is tolerated.",
        violation: "EINVAL in RU",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
        fault: "answer only in SC"
    );

    public static readonly RequirementId SIZE_02 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "Feature 9 is mandatory with migration support from level 6.2.",
        violation: "ENOTTY",
        source: "include/linux/vfio.h, struct vfio_migration_ops (migration_get_data_size)",
        fault: "omit the feature"
    );

    public static readonly RequirementId SIZE_03 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Channels.None,
        statement: "The answer is an estimate of the bytes that will be required to complete stop-copy.",
        violation: "none: no relation is asserted",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
        uncheckable: "latitude: an estimate cannot be wrong; its sanity is SIZE-04, SIZE-06 and SIZE-07",
        note: "No equality with the stream is asserted. The header has this one sentence, and it does not say whether bytes that were read already "
            + "are counted: the whole image and what remains of it are both right, so an answer speaks of what comes after it, "
            + "and may be 0 when nothing does."
    );

    public static readonly RequirementId SIZE_04 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "The answer is below 2^63, and non-zero while state remains.",
        violation: "0xffff...ffea",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE (stop_copy_length)",
        fault: "cast -EINVAL",
        note: "A negative errno cast to u64 is a defect; xe can return one."
    );

    public static readonly RequirementId SIZE_05 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "The query has no side effect on state machine, session, position or counters.",
        violation: "stream differs",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
        fault: "consume data"
    );

    public static readonly RequirementId SIZE_06 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "Within one stopped period without reading, repeated queries are stable.",
        violation: "wild values",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE (stop_copy_length)",
        fault: "answer a random number"
    );

    public static readonly RequirementId SIZE_07 = Row(
        Strength.Should,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "What is read in SC after the answer is at most the estimate plus the slack that the driver declares.",
        violation: "unusable estimate",
        source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
        fault: "always answer 1",
        note: "Reported as a metric. virtio is 16 bytes per record above, hisi_acc may be far below. What was read before the answer does not count: "
            + "a driver may answer with the whole image or with what remains (SIZE-03)."
    );

    public static readonly RequirementId SIZE_08 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "SET gives EINVAL; PROBE follows the rules of ABI-07 to ABI-09.",
        violation: "accepted",
        source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration_data_size(); include/linux/vfio.h, vfio_check_feature()",
        fault: "accept SET"
    );

    public static readonly RequirementId SIZE_09 = Row(
        Strength.Must,
        UapiLevel.V6_2,
        Kernel | InProcess,
        statement: "A query racing with SET or RESET neither deadlocks nor resurrects sessions.",
        violation: "hang",
        source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_get_data_size() (state_mutex)",
        fault: "lock inversion",
        note: "Only calls that overlap can show it."
    );
}
