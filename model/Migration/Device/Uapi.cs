namespace Conformance.Model.Migration.Device;

/// <summary>
/// Numbers of the Linux uAPI: ioctl requests (type ';', 0x3B, no size encoded), the flag bits of the feature envelope, and payload sizes in bytes.
/// </summary>
public static class Uapi
{
    /// <summary>VFIO_DEVICE_RESET, on the device, no argument.</summary>
    public const uint DeviceReset = 0x3B6F;

    /// <summary>VFIO_DEVICE_FEATURE, on the device (ABI-01).</summary>
    public const uint DeviceFeature = 0x3B75;

    /// <summary>VFIO_MIG_GET_PRECOPY_INFO, on a saving data fd (ABI-20).</summary>
    public const uint PrecopyInfo = 0x3B79;

    /// <summary>A VFIO number that no interface uses, for "unknown ioctl" (ABI-21).</summary>
    public const uint UnknownIoctl = 0x3B3F;

    /// <summary>Bytes of the envelope {u32 argsz, u32 flags} before the payload (ABI-01).</summary>
    public const int EnvelopeSize = 8;

    /// <summary>Bytes of struct vfio_precopy_info: argsz @0, flags @4, initial_bytes u64 @8, dirty_bytes u64 @16.</summary>
    public const int PrecopyInfoSize = 24;

    /// <summary>Bit 0 of the flags of struct vfio_precopy_info, the only one there is: new initial data, VFIO_PRECOPY_INFO_REINIT.</summary>
    public const uint PrecopyReinit = 1;

    /// <summary>Bits 0..15 of the flags word: the feature index.</summary>
    public const uint FeatureMask = 0xFFFF;

    /// <summary>Bit 16 of the flags word.</summary>
    public const uint Get = 1u << 16;

    /// <summary>Bit 17 of the flags word.</summary>
    public const uint Set = 1u << 17;

    /// <summary>Bit 18 of the flags word.</summary>
    public const uint Probe = 1u << 18;

    /// <summary>Bits 19..31 of the flags word; they must be zero (ABI-04).</summary>
    public const uint ReservedFlags = 0xFFF8_0000;

    /// <summary>Feature 1: GET, u64 flags (<see cref="MigrationFeatures"/>).</summary>
    public const uint Migration = 1;

    /// <summary>Feature 2: GET and SET, {u32 device_state, s32 data_fd}.</summary>
    public const uint MigDeviceState = 2;

    /// <summary>Feature 6: SET, {u64 page_size, u32 num_ranges, u32 reserved, u64 ranges pointer}.</summary>
    public const uint DmaLoggingStart = 6;

    /// <summary>Feature 7: SET, no payload.</summary>
    public const uint DmaLoggingStop = 7;

    /// <summary>Feature 8: GET, {u64 iova, u64 length, u64 page_size, u64 bitmap pointer}.</summary>
    public const uint DmaLoggingReport = 8;

    /// <summary>Feature 9 (level 6.2): GET, u64 stop_copy_length.</summary>
    public const uint MigDataSize = 9;

    /// <summary>Feature 12 (level 7.2): SET, no payload; opts in to flags in the pre-copy info.</summary>
    public const uint MigPrecopyInfoV2 = 12;

    /// <summary>Offset of the ranges pointer in the START payload, envelope not counted.</summary>
    public const int StartRangesOffset = 16;

    /// <summary>Offset of the bitmap pointer in the REPORT payload, envelope not counted.</summary>
    public const int ReportBitmapOffset = 24;

    /// <summary>The smallest payload of a feature in bytes (table of V.2), or -1 for an index that this kit does not judge.</summary>
    public static int MinPayload(uint feature) =>
        feature switch
        {
            Migration or MigDeviceState or MigDataSize => 8,
            DmaLoggingStart => 24,
            DmaLoggingReport => 32,
            DmaLoggingStop or MigPrecopyInfoV2 => 0,
            _ => -1,
        };

    /// <summary>The methods (<see cref="Get"/>, <see cref="Set"/>) that a feature offers (ABI-10).</summary>
    public static uint Methods(uint feature) =>
        feature switch
        {
            Migration or DmaLoggingReport or MigDataSize => Get,
            MigDeviceState => Get | Set,
            DmaLoggingStart or DmaLoggingStop or MigPrecopyInfoV2 => Set,
            _ => 0,
        };
}
