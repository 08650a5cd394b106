namespace Conformance.Drivers.Readiness;

/// <summary>What a look at one part of the environment gave.</summary>
public enum ReadinessStatus
{
    /// <summary>It is as it must be.</summary>
    Ok,

    /// <summary>It must be mended before the driver can be checked.</summary>
    NotOk,

    /// <summary>It does not matter here, or cannot be told.</summary>
    Skipped,
}

/// <summary>One part of the environment.</summary>
/// <param name="Status">Whether it is ready.</param>
/// <param name="What">What was looked at: "IOMMU group".</param>
/// <param name="Seen">What is there.</param>
/// <param name="Fix">What to do about it; empty when nothing is to be done.</param>
public sealed record ReadinessLine(ReadinessStatus Status, string What, string Seen, string Fix = "")
{
    /// <summary>What there is to say about drivers of this kit.</summary>
    internal static ReadinessLine BuiltIn { get; } = Ok("driver", "built in, needs nothing");

    /// <summary>It is ready.</summary>
    internal static ReadinessLine Ok(string what, string seen) => new(ReadinessStatus.Ok, what, seen);

    /// <summary>It is not.</summary>
    internal static ReadinessLine NotOk(string what, string seen, string fix) => new(ReadinessStatus.NotOk, what, seen, fix);

    /// <summary>It does not matter.</summary>
    internal static ReadinessLine Skipped(string what, string why) => new(ReadinessStatus.Skipped, what, why);
}
