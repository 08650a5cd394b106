using System.Runtime.InteropServices;

namespace Conformance.Model.Migration.Oracle;

/// <summary>What has happened to a session that began in pre-copy.</summary>
[Flags]
public enum PreCopyFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The counters were asked for in this session.</summary>
    Asked = 1 << 0,

    /// <summary>The device was used or had time since the session began, so that some of it may have changed.</summary>
    Touched = 1 << 1,

    /// <summary>The temporary end was met.</summary>
    MetEnd = 1 << 2,

    /// <summary>The device was used or had time since that.</summary>
    TouchedBehindEnd = 1 << 3,

    /// <summary>The counters that came back just now say that there is something to read.</summary>
    More = 1 << 4,

    /// <summary>The counters were asked for since the temporary end was met last.</summary>
    AskedBehindEnd = 1 << 5,

    /// <summary>REINIT was reported.</summary>
    Reinitialised = 1 << 6,

    /// <summary>The flags were opted in to while the session was open (PINFO2-08).</summary>
    LateOptIn = 1 << 7,

    /// <summary>A session of pre-copy was cancelled in this plan (MIG-PRE-15). It outlives sessions.</summary>
    Cancelled = 1 << 8,

    /// <summary>A SET of feature 12 was probed (PINFO2-02). It outlives sessions.</summary>
    Probed = 1 << 9,
}

/// <summary>What is known of the counters of pre-copy: a comparable value, part of <see cref="ModelState"/>.</summary>
[StructLayout(LayoutKind.Auto)] // the order of the members is for readers
public record struct PreCopyState
{
    private const PreCopyFlags Lasting = PreCopyFlags.Cancelled | PreCopyFlags.Probed;

    /// <summary>The initial_bytes that came back last; see <see cref="PreCopyFlags.Asked"/>.</summary>
    public ulong Initial { get; set; }

    /// <summary>How many bytes of the session had been read then.</summary>
    public ulong InitialRead { get; set; }

    /// <summary>The initial_bytes that came back before the first byte was read; 0: nobody asked then, or REINIT made it another number.</summary>
    public ulong Announced { get; set; }

    /// <summary>What has happened.</summary>
    public PreCopyFlags Flags { get; set; }

    /// <summary>How often a device that was left alone was asked for the counters and then read to the temporary end.</summary>
    public byte Rounds { get; set; }

    /// <summary>True when one of these has happened.</summary>
    public readonly bool Has(PreCopyFlags flags) => (Flags & flags) != 0;

    /// <summary>The session is over.</summary>
    public void EndSession() => this = new() { Flags = Flags & Lasting };
}
