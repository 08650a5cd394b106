namespace Conformance.Tests.Lab;

/// <summary>The devices of labs/type1: groups of every kind.</summary>
internal static class Type1Lab
{
    public const string Kernel = "7.2";

    /// <summary>The one that pins on request.</summary>
    public const string Pinner = "00000003-0000-0000-0000-000000000000";

    /// <summary>One that tells nobody what it writes.</summary>
    public const string Silent = HisiLab.FirstDevice;

    /// <summary>One that would pin, and never does.</summary>
    public const string Idle = KernelLab.FirstDevice;
}
