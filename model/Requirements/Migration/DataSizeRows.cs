using Conformance.Model.Contract;
using static Conformance.Model.Contract.Channels;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Requirements;

/// <summary>Feature 9: the estimate of the bytes that stop-copy will need.</summary>
internal static class DataSizeRows
{
    internal static readonly Requirement[] Rows =
    [
        new(
            SIZE_01,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "GET of feature 9 can be called in every device state. Success is expected in all non-ERROR states; in ERROR an errno is tolerated.",
            Violation: "EINVAL in RU",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
            Fault: "answer only in SC"
        ),
        new(
            SIZE_02,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "Feature 9 is mandatory with migration support from level 6.2.",
            Violation: "ENOTTY",
            Source: "include/linux/vfio.h, struct vfio_migration_ops (migration_get_data_size)",
            Fault: "omit the feature"
        ),
        new(
            SIZE_03,
            Strength.Must,
            UapiLevel.V6_2,
            Channels.None,
            Statement: "The answer is an estimate of the bytes needed to complete stop-copy.",
            Violation: "none: no relation is asserted",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
            Uncheckable: "latitude: an estimate cannot be wrong; its sanity is SIZE-04, SIZE-06 and SIZE-07",
            Note: "No equality with the stream is asserted."
        ),
        new(
            SIZE_04,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "The answer is below 2^63, and non-zero while state remains.",
            Violation: "0xffff...ffea",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE (stop_copy_length)",
            Fault: "cast -EINVAL",
            Note: "A negative errno cast to u64 is a defect; xe can return one."
        ),
        new(
            SIZE_05,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "The query has no side effect on state machine, session, position or counters.",
            Violation: "stream differs",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
            Fault: "consume data"
        ),
        new(
            SIZE_06,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "Within one stopped period without reading, repeated queries are stable.",
            Violation: "wild values",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE (stop_copy_length)",
            Fault: "answer a random number"
        ),
        new(
            SIZE_07,
            Strength.Should,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "The actual SC length is at most the estimate plus the slack that the driver declares.",
            Violation: "unusable estimate",
            Source: "include/uapi/linux/vfio.h, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE",
            Fault: "always answer 1",
            Note: "Reported as a metric. virtio is 16 bytes per record above, hisi_acc may be far below."
        ),
        new(
            SIZE_08,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "SET gives EINVAL; PROBE follows the rules of ABI-07 to ABI-09.",
            Violation: "accepted",
            Source: "drivers/vfio/vfio_main.c, vfio_ioctl_device_feature_migration_data_size(); include/linux/vfio.h, vfio_check_feature()",
            Fault: "accept SET"
        ),
        new(
            SIZE_09,
            Strength.Must,
            UapiLevel.V6_2,
            Kernel | InProcess,
            Statement: "A query racing with SET or RESET neither deadlocks nor resurrects sessions.",
            Violation: "hang",
            Source: "drivers/vfio/pci/mlx5/main.c, mlx5vf_pci_get_data_size() (state_mutex)",
            Fault: "lock inversion",
            Note: "Only calls that overlap can show it."
        ),
    ];
}
