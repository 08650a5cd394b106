using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.VfioCore;

/// <summary>What a device must have for a feature to be supported at all.</summary>
public enum FeatureGate
{
    /// <summary>Migration support.</summary>
    Migration,

    /// <summary>A DMA log.</summary>
    DmaLog,

    /// <summary>The PRE_COPY bit.</summary>
    PreCopy,
}

/// <summary>One row of the feature table (V.2).</summary>
/// <param name="Index">The feature index.</param>
/// <param name="Methods">The offered methods, <see cref="Uapi.Get"/> and <see cref="Uapi.Set"/> (ABI-10).</param>
/// <param name="MinPayload">The smallest payload in bytes (ABI-11).</param>
/// <param name="ReadsPayload">True when the payload must be readable before the handler runs (ABI-17).</param>
/// <param name="Gate">What the device must have.</param>
/// <param name="Unsupported">The errno of a device that has not (ABI-13, ABI-14, ABI-16).</param>
/// <param name="Since">The level from which the index is known.</param>
public sealed record FeatureRow(uint Index, uint Methods, int MinPayload, bool ReadsPayload, FeatureGate Gate, int Unsupported, UapiLevel Since)
{
    private static readonly FeatureRow?[] Known = new FeatureRow?[16];

    static FeatureRow()
    {
        FeatureRow[] rows =
        [
            new(Uapi.Migration, Uapi.Get, 8, false, FeatureGate.Migration, Errno.ENOTTY, UapiLevel.V6_1),
            new(Uapi.MigDeviceState, Uapi.Get | Uapi.Set, 8, true, FeatureGate.Migration, Errno.ENOTTY, UapiLevel.V6_1),
            new(Uapi.DmaLoggingStart, Uapi.Set, 24, true, FeatureGate.DmaLog, Errno.ENOTTY, UapiLevel.V6_1),
            new(Uapi.DmaLoggingStop, Uapi.Set, 0, false, FeatureGate.DmaLog, Errno.ENOTTY, UapiLevel.V6_1),
            new(Uapi.DmaLoggingReport, Uapi.Get, 32, true, FeatureGate.DmaLog, Errno.ENOTTY, UapiLevel.V6_1),
            new(Uapi.MigDataSize, Uapi.Get, 8, false, FeatureGate.Migration, Errno.ENOTTY, UapiLevel.V6_2),
            new(Uapi.MigPrecopyInfoV2, Uapi.Set, 0, false, FeatureGate.PreCopy, Errno.EINVAL, UapiLevel.V7_2),
        ];
        foreach (var row in rows)
            Known[row.Index] = row;
    }

    /// <summary>The row of an index, or null when a core of that level does not know it (ABI-15).</summary>
    public static FeatureRow? Find(uint index, UapiLevel level) => index < (uint)Known.Length && Known[index] is { } row && level >= row.Since ? row : null;
}
