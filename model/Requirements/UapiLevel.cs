namespace Conformance.Model.Requirements;

/// <summary>The state of the VFIO migration uAPI, named after the Linux release that brought it. Detected by probing, never by a release string (A.0).</summary>
public enum UapiLevel
{
    /// <summary>Features 1, 2, 6, 7 and 8; states 0..5.</summary>
    V6_1,

    /// <summary>PRE_COPY and PRE_COPY_P2P, the pre-copy info ioctl, feature 9.</summary>
    V6_2,

    /// <summary>The device cdev: BIND, ATTACH and DETACH.</summary>
    V6_6,

    /// <summary>Feature 10; the bitmap helper became a build option.</summary>
    V6_7,

    /// <summary>No change of the migration uAPI.</summary>
    V6_12,

    /// <summary>Feature 12 and REINIT.</summary>
    V7_2,
}
