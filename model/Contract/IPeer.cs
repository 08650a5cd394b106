namespace Conformance.Model.Contract;

/// <summary>The states that a peer is walked through, with the values of the uAPI enum.</summary>
public enum PeerState : byte
{
    /// <summary>ST.</summary>
    Stop = 1,

    /// <summary>RU.</summary>
    Running = 2,

    /// <summary>RP.</summary>
    RunningP2P = 5,
}

/// <summary>
/// Another device that this one exchanges peer-to-peer accesses with: a second instance of the driver, another function of the card, or a page of a BAR that
/// somebody watches.
/// </summary>
public interface IPeer
{
    /// <summary>A look: how many writes of this device have arrived at the peer since this device was opened.</summary>
    ulong Received { get; }

    /// <summary>True when the peer can be made to access this device.</summary>
    bool CanAccess { get; }

    /// <summary>The peer writes to this device once. Not in STOP, STOP_COPY and RESUMING, of this device or of the peer (MIG-P2P-08).</summary>
    /// <returns>0 or an errno.</returns>
    int Access(uint value);

    /// <summary>An access of the user: how many writes of peers this device has taken since its power-on. It is part of what migrates (MIG-P2P-04).</summary>
    ulong ReadTaken();

    /// <summary>True when <see cref="Set"/> works.</summary>
    bool CanSet { get; }

    /// <summary>Requests a state of the peer, as a user with several devices does. The peer is in RUNNING when this device is opened.</summary>
    /// <returns>0 or an errno.</returns>
    int Set(PeerState state);
}
