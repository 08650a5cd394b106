using System.Runtime.InteropServices;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>What is known of the data session.</summary>
public enum SessionKind : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A session that is read.</summary>
    Saving,

    /// <summary>A session that is written.</summary>
    Resuming,

    /// <summary>A failure left it open whether there is one; it is not judged.</summary>
    Unknown,
}

/// <summary>How far a saving session was read.</summary>
public enum StreamPhase : byte
{
    /// <summary>Nothing was read.</summary>
    Start,

    /// <summary>Something was read.</summary>
    Middle,

    /// <summary>The temporary end of pre-copy was seen.</summary>
    TemporaryEnd,

    /// <summary>The permanent end was seen.</summary>
    End,

    /// <summary>The last read failed: the next one fails as well, or goes on where that one was (MIG-ERR-14).</summary>
    Failed,
}

/// <summary>What is wrong with an image, or with what was written in a resuming session.</summary>
public enum LoadFlaw : byte
{
    /// <summary>Nothing: it is what a device has saved.</summary>
    None,

    /// <summary>It was changed, and may be valid or not: neither is a mistake.</summary>
    Unknown,

    /// <summary>Bytes of its end are missing (MIG-RES-04).</summary>
    Cut,

    /// <summary>It is what a session gave that was given up before its end (MIG-RES-25).</summary>
    Cancelled,

    /// <summary>Bytes follow it (MIG-RES-09).</summary>
    Extended,

    /// <summary>Another stream follows it (MIG-RES-18).</summary>
    Joined,

    /// <summary>It begins with the bytes of another one (MIG-RES-18).</summary>
    Mixed,

    /// <summary>It contradicts itself (MIG-RES-05).</summary>
    Inconsistent,

    /// <summary>It says that another kind of device has saved it (MIG-RES-06).</summary>
    Foreign,

    /// <summary>Its version is newer than what the driver knows (MIG-RES-19).</summary>
    Newer,

    /// <summary>A length in it is beyond all measure (MIG-RES-17).</summary>
    Huge,

    /// <summary>An index in it is out of range (MIG-RES-28).</summary>
    OutOfRange,

    /// <summary>Bytes that belong to no image were written: a load may come to anything, but for harm (MIG-RES-16).</summary>
    Arbitrary,
}

/// <summary>A complete stream that the plan has read.</summary>
public record struct SavedImage
{
    /// <summary>Its length in bytes; 0 when there is no image.</summary>
    public ulong Length { get; set; }

    /// <summary>What is wrong with it.</summary>
    public LoadFlaw Flaw { get; set; }

    /// <summary>The device that has saved it: see <see cref="ModelState.Device"/>.</summary>
    public byte Device { get; set; }

    /// <summary>True when its session began before the device was stopped.</summary>
    public bool FromPreCopy { get; set; }

    /// <summary>True when it was loaded in this plan.</summary>
    public bool WasLoaded { get; set; }

    /// <summary>The digest of the content that was saved, 0 when it is not known.</summary>
    public ulong Content { get; set; }

    /// <summary>What says that loading it restores the content.</summary>
    public Rules Rules { get; set; }

    /// <summary>The work that waited in the device that was saved; see <see cref="WorkIsKnown"/>.</summary>
    public ulong Waiting { get; set; }

    /// <summary>1 + the writes of peers that it had taken, 0: not known.</summary>
    public ulong Taken { get; set; }

    /// <summary>True when <see cref="Waiting"/> is all of it.</summary>
    public bool WorkIsKnown { get; set; }
}

/// <summary>What a reset has left of a content.</summary>
public enum ResetKind : byte
{
    /// <summary>There was none, or something came after it.</summary>
    None,

    /// <summary>What a reset leaves.</summary>
    Plain,

    /// <summary>It ended a load that was on the way (MIG-RES-08).</summary>
    OfLoad,
}

/// <summary>
/// What the contract lets one know of a device after some steps: a comparable value without references. "Rules" members remember why something must be as it
/// is, so that a divergence seen later names the requirement that was broken: the general one first, those that need more of a history behind it. A plan
/// without a superfluous step is broken at the last of them.
/// </summary>
[StructLayout(LayoutKind.Auto)] // the order of the members is for readers
public record struct ModelState
{
    /// <summary>Which device it is: 0, 1 for the peer, or <see cref="Stranger"/>.</summary>
    public byte Device { get; set; }

    /// <summary>The states that the device may be in.</summary>
    public StateSet States { get; set; }

    /// <summary>Why.</summary>
    public Rules StateRules { get; set; }

    /// <summary>The data session.</summary>
    public SessionKind Session { get; set; }

    /// <summary>How far a saving session was read.</summary>
    public StreamPhase Phase { get; set; }

    /// <summary>True while the user holds the descriptor of the live session.</summary>
    public bool HandleOpen { get; set; }

    /// <summary>Why the live session must still deliver its stream in order.</summary>
    public Rules SessionRules { get; set; }

    /// <summary>True when the session began in STOP_COPY, so that the stream shows one stopped content.</summary>
    public bool Direct { get; set; }

    /// <summary>Bytes read from the live session.</summary>
    public ulong Read { get; set; }

    /// <summary>A read of the live session has failed.</summary>
    public bool ReadFailed { get; set; }

    /// <summary>True while the descriptor of an ended session is held.</summary>
    public bool Stale { get; set; }

    /// <summary>Why that session must be dead.</summary>
    public Rules StaleRules { get; set; }

    /// <summary>The device is closed.</summary>
    public bool Closed { get; set; }

    /// <summary>And it was removed from its machine: nobody can open it again in this plan.</summary>
    public bool Removed { get; set; }

    /// <summary>The device was opened without access and not bound yet.</summary>
    public bool Unbound { get; set; }

    /// <summary>1 + the arc of the next SET that will fail; 0: none.</summary>
    public byte FailingArc { get; set; }

    /// <summary>Something happened since that may have disarmed it (a reset that failed, a close): it may fail or not.</summary>
    public bool MayBeDisarmed { get; set; }

    /// <summary>1 + the bytes after which the next saving session will fail; 0: it will not; <see cref="ulong.MaxValue"/>: it may, anywhere.</summary>
    public ulong NextSaveFailsAt { get; set; }

    /// <summary>The same of the live session. A stream that ends before has not failed.</summary>
    public ulong SaveFailsAt { get; set; }

    /// <summary>The same of the save that the next request of STOP_COPY begins or completes: that request may fail as well.</summary>
    public ulong StoppedSaveFailsAt { get; set; }

    /// <summary>A SET failed since the last reset.</summary>
    public bool AfterFailure { get; set; }

    /// <summary>The device was reset in this plan.</summary>
    public bool AfterReset { get; set; }

    /// <summary>The device was closed and opened again, and no reset followed.</summary>
    public bool AfterReopen { get; set; }

    /// <summary>The last request was refused before it could change anything.</summary>
    public bool AfterRefusal { get; set; }

    /// <summary>The arcs that were taken, one bit each: from * 8 + to.</summary>
    public ulong Taken { get; set; }

    /// <summary>Flags of the pre-copy info were opted in to (feature 12).</summary>
    public bool OptedIn { get; set; }

    /// <summary>The digest of the device's content, 0 when it is not known.</summary>
    public ulong Content { get; set; }

    /// <summary>The content was read back since the device was loaded last: it is that, whatever a load should have come to.</summary>
    public bool ContentIsSeen { get; set; }

    /// <summary>The digest of the content before a request that failed, 0: not known. It still holds where a GET says that the device did not move.</summary>
    public ulong KeptContent { get; set; }

    /// <summary>Where it was.</summary>
    public DeviceState KeptIn { get; set; }

    /// <summary>Why the content must be that.</summary>
    public Rules ContentRules { get; set; }

    /// <summary>1 + the data size that was answered in this stopped period, 0: not asked.</summary>
    public ulong DataSize { get; set; }

    /// <summary>How many bytes of the live session were read before it was asked for.</summary>
    public ulong DataSizeRead { get; set; }

    /// <summary>The hash of a complete direct stream of this stopped period, 0: none.</summary>
    public ulong StoppedHash { get; set; }

    /// <summary>What the device does by itself.</summary>
    public WorkState Work;

    /// <summary>The counters of pre-copy.</summary>
    public PreCopyState PreCopy;

    /// <summary>The image completed last.</summary>
    public SavedImage Latest { get; set; }

    /// <summary>The image completed first.</summary>
    public SavedImage First { get; set; }

    /// <summary>Bytes of an image written in the live resuming session.</summary>
    public ulong Written { get; set; }

    /// <summary>Which image they were taken from.</summary>
    public Images Source { get; set; }

    /// <summary>What is wrong with what was written.</summary>
    public LoadFlaw Flaw { get; set; }

    /// <summary>Bytes of an image that were offered in writes that failed: whether they were taken nobody knows.</summary>
    public ulong Refused { get; set; }

    /// <summary>A write was refused of which no byte was taken: behind a complete image, or from memory that cannot be read (MIG-RES-27).</summary>
    public bool WriteRefused { get; set; }

    /// <summary>A request failed that would have loaded a stream which is not valid (MIG-RES-12).</summary>
    public bool LoadFailed { get; set; }

    /// <summary>A load has succeeded in this plan.</summary>
    public bool HasLoaded { get; set; }

    /// <summary>The digest that the device had when it entered RESUMING, 0: not known.</summary>
    public ulong BeforeLoad { get; set; }

    /// <summary>The digest of a device that was reset, 0: not known.</summary>
    public ulong Fresh { get; set; }

    /// <summary>The last thing that happened to the content was a reset, in RESUMING with some data written or elsewhere.</summary>
    public ResetKind LastReset { get; set; }

    /// <summary>The image was written in more than one piece.</summary>
    public bool Chunked { get; set; }

    /// <summary>A write took fewer bytes than it was given.</summary>
    public bool ShortWrite { get; set; }

    /// <summary>1 + the descriptors that were counted first, 0: not counted.</summary>
    public ulong Descriptors { get; set; }

    /// <summary>A session could not hand out its descriptor (MIG-FD-23): from then on a leak may be that one.</summary>
    public bool LostDescriptor { get; set; }

    /// <summary>The DMA log.</summary>
    public LogState Log;

    /// <summary>The device is logging (START succeeded).</summary>
    public readonly bool Logging => Log.Has(LogFlags.Active);

    /// <summary>What <see cref="Device"/> is for a second device that is not of the same kind (<see cref="ChannelCapabilities.Stranger"/>).</summary>
    public const byte Stranger = 2;

    /// <summary>The model of a device that was just opened.</summary>
    /// <param name="unbound">True when it was opened without access.</param>
    public static ModelState Opened(bool unbound = false) =>
        new()
        {
            States = StateSet.Of(DeviceState.Running),
            StateRules = Rules.Of(Requirements.RequirementId.MIG_FEAT_05),
            Unbound = unbound,
        };

    /// <summary>True when a failure left open what became of the session.</summary>
    public readonly bool Unknown => Session == SessionKind.Unknown;

    /// <summary>True when the device may be in this state and no other.</summary>
    public readonly bool Is(DeviceState state) => States == StateSet.Of(state);

    /// <summary>True when the live session can be read: it is a saving one and its descriptor is held.</summary>
    public readonly bool CanRead => Session == SessionKind.Saving && HandleOpen && !Closed;

    /// <summary>True when the live session can be written.</summary>
    public readonly bool CanWrite => Session == SessionKind.Resuming && HandleOpen && !Closed;

    /// <summary>Images go from one device to the other: those of the other one are the latest now.</summary>
    public void TakeImages(in ModelState other)
    {
        var taken = AsSeen(Source == Images.First ? other.First : other.Latest);
        // What is on the way into this device is none of them any more.
        if (Session == SessionKind.Resuming && WritePosition > 0 && Image(Source) with { WasLoaded = false } != taken with { WasLoaded = false })
            Flaw = LoadFlaw.Unknown;
        Latest = other.Latest;
        First = other.First;
    }

    /// <summary>True when there is what a step needs: see <see cref="StepPlace"/>.</summary>
    public readonly bool HasPlaceFor(in Step step) =>
        StepTable.PlaceOf(step) switch
        {
            StepPlace.OpenDevice => !Closed,
            StepPlace.ClosedDevice => Closed && !Removed,
            StepPlace.Session => HandleOpen && !Closed,
            StepPlace.SavingSession => CanRead,
            StepPlace.ResumingSession => CanWrite,
            StepPlace.EndedSession => Stale,
            _ => true,
        };

    /// <summary>The image that writes are taken from.</summary>
    public readonly SavedImage Image(Images which) => AsSeen(which == Images.First ? First : Latest);

    /// <summary>True when the bytes written so far are exactly one complete image.</summary>
    public readonly bool LoadIsComplete => Written > 0 && Written == Image(Source).Length && Flaw == LoadFlaw.None;

    /// <summary>Where the next write of an image begins.</summary>
    public readonly ulong WritePosition => Written + Refused;

    /// <summary>True when a device of another kind has saved the image.</summary>
    public readonly bool IsForeign(in SavedImage image) => image.Length > 0 && (image.Device == Stranger) != (Device == Stranger);

    private readonly SavedImage AsSeen(in SavedImage image) => image.Flaw == LoadFlaw.None && IsForeign(image) ? image with { Flaw = LoadFlaw.Foreign } : image;
}
