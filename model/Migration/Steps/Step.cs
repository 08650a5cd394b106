using System.Runtime.InteropServices;
using Conformance.Model.Migration.Device;

namespace Conformance.Model.Migration.Steps;

/// <summary>The kinds of things that are done to a device.</summary>
public enum StepKind : byte
{
    /// <summary>GET of feature 1.</summary>
    QueryFeatures,

    /// <summary>GET of feature 2.</summary>
    GetState,

    /// <summary>SET of feature 2. A: the requested state, any u32.</summary>
    SetState,

    /// <summary>SET of feature 2 while no descriptor can be installed (MIG-FD-23). A: the requested state.</summary>
    SetWithoutDescriptor,

    /// <summary>SET of feature 2 with a payload that can be read but not written (E-53). A: the requested state.</summary>
    SetReadOnly,

    /// <summary>SET of feature 2 with slowed arcs, while another thread asks for the state all the time (MIG-FSM-18). A: the requested state.</summary>
    SetWatched,

    /// <summary>GET of feature 9.</summary>
    QueryDataSize,

    /// <summary>VFIO_DEVICE_RESET.</summary>
    Reset,

    /// <summary>
    /// The last reference to the device is closed; the session handle is kept. A: 0, or 1 when the device is removed behind the close, or
    /// <see cref="Step.RemovedMeanwhile"/>.
    /// </summary>
    CloseDevice,

    /// <summary>The device is opened again.</summary>
    Reopen,

    /// <summary>BIND_IOMMUFD on a device that was opened without access.</summary>
    Bind,

    /// <summary>One read on the live session. A: count in bytes.</summary>
    Read,

    /// <summary>Reads on the live session until the end, temporary or permanent. A: count of each read.</summary>
    ReadToEnd,

    /// <summary>One read through a duplicate of the live session's descriptor, which is closed again. A: count.</summary>
    ReadDuplicate,

    /// <summary>One read into a buffer of which the tail is not mapped (MIG-FD-22). A: count, B: mapped bytes.</summary>
    ReadUnmapped,

    /// <summary>One write of the next bytes of an image. A: count, B: <see cref="Images"/>.</summary>
    Write,

    /// <summary>Writes of all remaining bytes of an image. A: count of each write, B: <see cref="Images"/>.</summary>
    WriteRest,

    /// <summary>Closes the descriptor of the live session.</summary>
    CloseData,

    /// <summary>A read on the session that ended last. A: count.</summary>
    StaleRead,

    /// <summary>A write on the session that ended last. A: count.</summary>
    StaleWrite,

    /// <summary>A read on a resuming session or a write on a saving one (MIG-FD-05). A: count.</summary>
    WrongDirection,

    /// <summary>lseek on the live session.</summary>
    Seek,

    /// <summary>pread on the live session. A: count.</summary>
    PositionedRead,

    /// <summary>pwrite on the live session. A: count.</summary>
    PositionedWrite,

    /// <summary>poll on the live session. A: time-out in milliseconds.</summary>
    Poll,

    /// <summary>F_GETFD on the live session.</summary>
    DescriptorFlags,

    /// <summary>An ioctl of the data fd that nobody knows (ABI-21, MIG-FD-24).</summary>
    UnknownDataIoctl,

    /// <summary>GET_PRECOPY_INFO on the live session. A: argsz, B: mapped bytes | <see cref="Step.CountersSet"/>.</summary>
    PrecopyInfo,

    /// <summary>An ioctl of the device that it must not know. A: request (ABI-20).</summary>
    DeviceIoctl,

    /// <summary>A raw feature call. See <see cref="Steps.Probe"/>.</summary>
    Probe,

    /// <summary>Counts the descriptors of the calling process; remembered the first time, compared afterwards (MIG-FD-23, MIG-FSM-19).</summary>
    CountDescriptors,

    /// <summary>Arms a failing arc. A: arc | 0x100 when the device is broken by it, B: errno.</summary>
    FailArc,

    /// <summary>Arms a failing save. A: bytes until it fails, B: errno.</summary>
    FailSave,

    /// <summary>Puts the device into a content. A: pattern.</summary>
    Apply,

    /// <summary>Reads the content's digest back.</summary>
    Digest,

    /// <summary>Waits. A: milliseconds.</summary>
    Pause,

    /// <summary>Arms a failing request: the next one that enters STOP_COPY cannot make the image. B: errno.</summary>
    FailSaveRequest,

    /// <summary>
    /// Gives the device a piece of work. A: the <see cref="Contract.WorkKind"/> in bits 0..7; above it the page of memory, the vector or the value for a peer.
    /// B: bytes of memory, 0 for a page; in the bits from 32 on how far from the beginning of the page they begin.
    /// </summary>
    SubmitWork,

    /// <summary>Gives the device time and looks at what it did, without touching it. A: operations; 0: no time, a look alone.</summary>
    GiveTime,

    /// <summary>Writes a register. A: which, B: 32 bits.</summary>
    WriteRegister,

    /// <summary>Reads a register. A: which.</summary>
    ReadRegister,

    /// <summary>Reads the counter that grows by itself.</summary>
    ReadCounter,

    /// <summary>Sets up a vector. A: which, B: 0 for disabled, 1 for enabled.</summary>
    EnableVector,

    /// <summary>Maps two pages of guest memory where the other was. A and B: the pages.</summary>
    SwapPages,

    /// <summary>The peer writes to the device. A: value.</summary>
    PeerAccess,

    /// <summary>Reads how many writes of peers the device has taken.</summary>
    ReadTaken,

    /// <summary>Requests a state of the peer. A: <see cref="Contract.PeerState"/>.</summary>
    SetPeer,

    /// <summary>Reads a word of the configuration space. A: offset.</summary>
    ReadConfig,

    /// <summary>Touches the device in a state in which a user must not (MIG-STOP-06, MIG-STOP-10). A: <see cref="Trespasses"/>.</summary>
    Trespass,

    /// <summary>SET of feature 6. See <see cref="LogStart"/>.</summary>
    StartLogging,

    /// <summary>SET of feature 7.</summary>
    StopLogging,

    /// <summary>GET of feature 8. See <see cref="LogReport"/>.</summary>
    ReportLogging,

    /// <summary>GET_PRECOPY_INFO on the session that ended last (MIG-PRE-02).</summary>
    StalePrecopyInfo,

    /// <summary>Spoils the image that was completed last, without a call. See <see cref="ImageSpoil"/>.</summary>
    SpoilImage,

    /// <summary>One write of bytes that belong to no image. A: count, B: 0 for zeros, else the seed of what they are.</summary>
    WriteSurplus,

    /// <summary>One write from memory that cannot be read (MIG-RES-27). A: count.</summary>
    WriteUnmapped,
}

/// <summary>Which image a write takes its bytes from.</summary>
public enum Images : byte
{
    /// <summary>The image that was completed last in this plan.</summary>
    Latest,

    /// <summary>The image that was completed first in this plan.</summary>
    First,
}

/// <summary>One thing done to a device: a small value of 16 bytes that prints the way a person would say it.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Device">To which device: 0, or 1 for its peer.</param>
/// <param name="A">First argument; see <see cref="StepKind"/>.</param>
/// <param name="B">Second argument; see <see cref="StepKind"/>.</param>
[StructLayout(LayoutKind.Auto)] // the thread stands beside the kind, not behind everything
public readonly record struct Step(StepKind Kind, byte Device, uint A, ulong B)
{
    /// <summary>The highest <see cref="Device"/>.</summary>
    public const byte LastDevice = 1;

    /// <summary>Which thread does it: 0 for the one that does all that does not overlap, 1 to <see cref="Plan.MostThreads"/> for one of several.</summary>
    public byte Thread { get; init; }

    /// <summary>In A of <see cref="StepKind.CloseDevice"/>: the removal begins before the close, and waits for it.</summary>
    public const uint RemovedMeanwhile = 2;

    /// <summary>A step on the device itself.</summary>
    public Step(StepKind kind, uint a = 0, ulong b = 0)
        : this(kind, 0, a, b) { }

    /// <summary>In B of <see cref="StepKind.PrecopyInfo"/>: both counters hold all ones before the call (MIG-PRE-25).</summary>
    public const ulong CountersSet = 1ul << 32;

    /// <summary>GET_PRECOPY_INFO on the live session.</summary>
    /// <param name="options">0, or <see cref="CountersSet"/>.</param>
    public static Step Info(ulong options = 0) => new(StepKind.PrecopyInfo, Uapi.PrecopyInfoSize, 64 | options);

    /// <summary>SET of feature 2.</summary>
    public static Step Set(DeviceState target) => new(StepKind.SetState, (uint)target);

    /// <summary>GET of feature 2.</summary>
    public static Step Get => new(StepKind.GetState);

    /// <summary>Reads to the end with reads of this size.</summary>
    public static Step ReadToEnd(uint chunk = 65536) => new(StepKind.ReadToEnd, chunk);

    /// <summary>Writes what is left of an image with writes of this size.</summary>
    public static Step WriteRest(uint chunk = 65536, Images image = Images.Latest) => new(StepKind.WriteRest, chunk, (ulong)image);

    /// <summary>The step, done by a thread.</summary>
    public Step By(byte thread) => this with { Thread = thread };

    /// <summary>The step, done to the peer.</summary>
    public Step OnPeer => this with { Device = LastDevice };

    /// <summary>Arms a failing arc.</summary>
    public static Step FailArc(int arc, int errno, bool broken) => new(StepKind.FailArc, (uint)arc | (broken ? 0x100u : 0), (ulong)errno);

    /// <summary>Gives the device a piece of work: of memory at a page, of an interrupt on a vector, of a write to the peer with a value.</summary>
    public static Step Submit(Contract.WorkKind kind, uint operand = 0) => new(StepKind.SubmitWork, (uint)kind | operand << 8);

    /// <summary>Gives the device time, and looks at what it did.</summary>
    public static Step Time(uint operations) => new(StepKind.GiveTime, operations);

    /// <summary>The step in words.</summary>
    public override string ToString() =>
        (Thread == 0 ? "" : $"thread {Thread}: ")
        + (Device == 0 ? "" : "on the peer: ")
        + (StepTable.Knows(Kind) ? StepTable.Of(Kind).Words(this) : Kind.ToString());
}
