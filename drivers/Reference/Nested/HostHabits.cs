using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>What a host in memory is made of.</summary>
/// <param name="Smmu">What its SMMU implements.</param>
public sealed record HostHabits(SmmuCapabilities Smmu)
{
    /// <summary>NEST_PARENT with DIRTY_TRACKING is granted.</summary>
    public bool GrantsDirtyParent { get; init; }

    /// <summary>Devices log the addresses that they write to.</summary>
    public bool HasDeviceLogs { get; init; }

    /// <summary>Both stages, three granules, ATS, no substreams, no stalls; no hardware updates.</summary>
    public static SmmuCapabilities Plain { get; } =
        SmmuCapabilities.Full with
        {
            HTTU = 0,
            OAS = 4,
            VAX = 0,
            SIDSIZE = 16,
            SSIDSIZE = 0,
            CD2L = false,
            HYP = false,
            STT = false,
            StallModel = StallModel.TerminateOnly,
            STALL_MAX = 0,
        };

    /// <summary>The habits of a host of another make.</summary>
    internal HostHabits As(HostMake make) =>
        this with
        {
            Smmu = make switch
            {
                HostMake.Unlisted => Smmu with { HTTU = Math.Max(Smmu.HTTU, 2), BTM = !Smmu.BTM, MPAM = !Smmu.MPAM },
                HostMake.NoGranule16K => Smmu with { GRAN16K = false },
                HostMake.Asids8 => Smmu with { ASID16 = false },
                HostMake.NoRanges => Smmu with { RIL = false },
                HostMake.SmallerAddresses => Smmu with { OAS = 3 },
                HostMake.FewerStreams => Smmu with { SIDSIZE = 8 },
                _ => Smmu,
            },
        };

    /// <summary>The same with hardware updates of AF and of the dirty state.</summary>
    public static SmmuCapabilities Updating { get; } = Plain with { HTTU = 2 };
}
