namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>What hisi_acc_vfio_pci of Linux does differently from a driver that keeps the contract in everything. Each can be had alone.</summary>
[Flags]
public enum HisiAccHabits
{
    /// <summary>None: the contract is kept.</summary>
    None = 0,

    /// <summary>A read at the temporary end of pre-copy gives 0 instead of ENOMSG, and poll calls the stream readable (MIG-PRE-06).</summary>
    EndsPreCopyWithZero = 1 << 0,

    /// <summary>
    /// A mismatch makes the write fail that shows it, and is forgotten: 40 bytes then count as "nothing to load", 176 bytes are loaded (MIG-RES-13).
    /// </summary>
    ForgetsMismatch = 1 << 1,

    /// <summary>Once a stream has matched, none is compared until the device is opened again, whatever sessions and resets follow (MIG-RES-14).</summary>
    MatchesOncePerOpen = 1 << 2,

    /// <summary>
    /// The queue addresses of a version 1 stream are computed at the write that first reaches byte 40, out of words that may not be there yet, and later writes
    /// overwrite them: how the stream is cut decides what is loaded (MIG-FD-09). No kernel's: the drivers of Linux convert there, and give what they convert to
    /// nobody, so that no stream loads otherwise for it.
    /// </summary>
    ConvertsV1AtMatch = 1 << 3,

    /// <summary>A state with an address of 0 loads as nothing, with success (MIG-RES-04).</summary>
    TakesMissingAddress = 1 << 4,

    /// <summary>The data size is 176, whatever will be sent (allowed: SIZE-07 bounds it from above).</summary>
    AnswersWholeSize = 1 << 5,

    /// <summary>40 bytes leave the function as it was, set up by whatever guest had it before (MIG-FD-20).</summary>
    LoadsNothingFromMatchData = 1 << 6,

    /// <summary>A stop that fails leaves the function paused, though the state says that it runs (MIG-FSM-13).</summary>
    StaysPausedWhenStopFails = 1 << 7,

    /// <summary>Each piece that is read is the beginning of the stream, and each that is written lands there (MIG-FD-08, MIG-FD-09).</summary>
    EveryPieceIsTheFirst = 1 << 8,

    /// <summary>The last close of the device ends no session (MIG-FD-16).</summary>
    SessionOutlivesDevice = 1 << 9,

    /// <summary>A stream is compared when RESUMING is left, and no write says that it is another one (allowed: MIG-RES-05 asks for no more).</summary>
    ComparesWhenLeft = 1 << 10,

    /// <summary>Once a stream has matched, none is compared, whoever opens the device (MIG-RES-14).</summary>
    MatchesOnceForEver = 1 << 11,

    /// <summary>Those of Linux 6.1.</summary>
    Linux61 = EveryPieceIsTheFirst | SessionOutlivesDevice | ComparesWhenLeft,

    /// <summary>Those of Linux 6.12.</summary>
    Linux612 = (Linux72 & ~MatchesOncePerOpen) | MatchesOnceForEver,

    /// <summary>Those of Linux 7.2.</summary>
    Linux72 =
        EndsPreCopyWithZero
        | ForgetsMismatch
        | MatchesOncePerOpen
        | TakesMissingAddress
        | AnswersWholeSize
        | LoadsNothingFromMatchData
        | StaysPausedWhenStopFails,
}
