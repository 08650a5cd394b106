using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.VfioCore;

/// <content>Feature 2: reading the state, and walking the device to another one (V.3).</content>
public partial class VfioCoreDevice
{
    private int armedArc = -1;
    private ArcResult armedFailure;
    private int armedDelay;

    /// <summary>The state that the device is in; during a SET, the state before it (MIG-FSM-18).</summary>
    protected DeviceState State { get; set; }

    /// <summary>The state that the SET being served asks for, unchecked.</summary>
    protected uint Target { get; private set; }

    /// <inheritdoc/>
    public StatePath LastPath { get; private set; }

    /// <inheritdoc/>
    public FailureSeams Seams => Driver.Failures!.Seams;

    /// <inheritdoc/>
    public bool CanFail(DeviceState from, DeviceState to) => Driver.Failures!.CanFail(from, to);

    /// <inheritdoc/>
    public void FailArc(int arc, int errno, bool broken)
    {
        armedArc = arc;
        armedFailure = new(errno, broken);
    }

    /// <inheritdoc/>
    public void FailSave(int bytes, int errno) => Driver.Failures!.FailSave(bytes, errno);

    /// <inheritdoc/>
    public void FailSaveRequest(int errno) => Driver.Failures!.FailSaveRequest(errno);

    /// <inheritdoc/>
    public void DelayArcs(int milliseconds) => armedDelay = milliseconds;

    private int AnswerGetState(in UserBuffer argument)
    {
        var errno = GetState(out var state);
        return errno != 0 ? errno : CopyOutState(argument, (uint)state, DataFdOfGet());
    }

    private int AnswerSetState(in UserBuffer argument)
    {
        var requested = BinaryPrimitives.ReadUInt32LittleEndian(argument.Bytes[PayloadOffset..]);
        var errno = CheckStatePayload(requested, BinaryPrimitives.ReadInt32LittleEndian(argument.Bytes[(PayloadOffset + 4)..]));
        if (errno != 0)
            return errno;
        Target = requested;
        if (armedDelay != 0)
            Driver.Failures!.DelayArcs(armedDelay);
        errno = SetState(requested, out var opened);
        Disarm();
        if (errno == 0 && opened is not null)
            return ReturnDescriptor(argument, requested, opened);
        // A copy-out that fails hides the errno of the transition, as in the kernel (E-53).
        var copied = CopyOutState(argument, EchoedState(requested, errno), -1);
        return copied != 0 ? copied : errno;
    }

    private void Disarm()
    {
        armedArc = -1;
        if (armedDelay == 0)
            return;
        armedDelay = 0;
        Driver.Failures!.DelayArcs(0);
    }

    private int ReturnDescriptor(in UserBuffer argument, uint requested, OpenFile opened)
    {
        using var held = HoldSessions();
        return InstallAndReturn(argument, requested, opened);
    }

    private int InstallAndReturn(in UserBuffer argument, uint requested, OpenFile opened)
    {
        var errno = InstallDescriptor(opened, out var fd);
        if (errno != 0)
        {
            // The payload keeps what the caller left in it (E-05).
            DropUninstalled(opened);
            return errno;
        }
        errno = CopyOutState(argument, EchoedState(requested, 0), fd);
        if (errno != 0)
        {
            if (fd >= 0)
                descriptors.Remove(fd);
            DropUninstalled(opened);
        }
        return errno;
    }

    private int CopyOutState(in UserBuffer argument, uint state, int fd) => CopyOut(argument, state | ((ulong)(uint)fd << 32));

    /// <summary>Seam: the state that a GET reports (MIG-FSM-02, MIG-FSM-05, MIG-FSM-21).</summary>
    protected virtual int GetState(out DeviceState state)
    {
        state = State;
        return Errno.None;
    }

    /// <summary>Seam: the data_fd of a GET (MIG-FSM-01).</summary>
    protected virtual int DataFdOfGet() => -1;

    /// <summary>Seam: checks the payload of a SET; data_fd is ignored on input (ABI-24).</summary>
    protected virtual int CheckStatePayload(uint state, int dataFd) => Errno.None;

    /// <summary>Seam: the device_state word that a SET leaves in the payload: what was asked for, never what was reached (MIG-FSM-26).</summary>
    protected virtual uint EchoedState(uint requested, int errno) => requested;

    /// <summary>Seam: serves a SET that passed the envelope (MIG-FSM-04, MIG-FSM-06, MIG-FSM-07).</summary>
    /// <param name="target">The requested state, unchecked.</param>
    /// <param name="opened">The session that the request created, or null.</param>
    protected virtual int SetState(uint target, out OpenFile? opened)
    {
        opened = null;
        var origin = State;
        var current = origin;
        LastPath = StatePath.From(origin);
        if (target == (uint)current)
            return Stay(current, out opened);
        while (!HasArrived(current, target))
        {
            var errno = Hop(current, target, out var next);
            if (errno != 0)
            {
                PublishState(current);
                return Refuse(current, target, errno);
            }
            var result = Walk(current, next, ref opened);
            if (result.Errno != 0)
            {
                PublishState(StateAfterFailure(origin, current, result));
                if (result.Broken)
                    BreakSession();
                return ErrnoOfFailure(result);
            }
            current = next;
            ArcTaken(current);
        }
        PublishState(current);
        return Errno.None;
    }

    private void BreakSession()
    {
        using var held = HoldSessions();
        EndSession(SessionEnd.Broken);
    }

    private ArcResult Walk(DeviceState from, DeviceState to, ref OpenFile? opened)
    {
        if (!IsScheduled)
            return WalkArc(from, to, ref opened);
        using var held = HoldSessions();
        Point();
        var result = WalkArc(from, to, ref opened);
        Point();
        return result;
    }

    private ArcResult WalkArc(DeviceState from, DeviceState to, ref OpenFile? opened)
    {
        if (LastPath.Arcs == armedArc && Driver.Failures!.CanFail(from, to))
            Driver.Failures!.FailArc(0, armedFailure.Errno, armedFailure.Broken);
        var result = TakeArc(from, to, out var file);
        if (result.Errno != 0)
            return result;
        LastPath = LastPath.Then(to);
        if (EndsSession(from, to))
            EndSession(SessionEnd.Left);
        if (file is not null)
            BeginSession(file);
        if (AnswersWithDescriptor(from, to, file is not null))
            opened = Session;
        return result;
    }

    /// <summary>Seam: SET to the current state does nothing, in ERROR as well (MIG-FSM-03, MIG-ERR-15).</summary>
    protected virtual int Stay(DeviceState state, out OpenFile? opened)
    {
        opened = null;
        return Errno.None;
    }

    /// <summary>Seam: is the request fulfilled (MIG-FSM-04)?</summary>
    protected virtual bool HasArrived(DeviceState current, uint target) => (uint)current == target;

    /// <summary>Seam: the next state on the way (MIG-FSM-08..12, MIG-ERR-01).</summary>
    /// <returns>0, or EINVAL when there is no way.</returns>
    protected virtual int Hop(DeviceState current, uint target, out DeviceState next)
    {
        next = DeviceState.Error;
        if (target >= 8)
            return Errno.EINVAL;
        var cell = nextHop[((int)current * 8) + (int)target];
        if (cell >= 8)
            return Errno.EINVAL;
        next = (DeviceState)cell;
        return Errno.None;
    }

    /// <summary>Seam: what a refused request does: nothing (MIG-FSM-09..12, MIG-FSM-27, MIG-ERR-10, MIG-ERR-11).</summary>
    protected virtual int Refuse(DeviceState current, uint target, int errno) => errno;

    /// <summary>Seam: one arc of the driver (MIG-FSM-06).</summary>
    protected virtual ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file) => Driver.TakeArc(from, to, out file);

    /// <summary>Seam: an arc was taken. Its state is not published: intermediate states are not for users (MIG-FSM-18).</summary>
    protected virtual void ArcTaken(DeviceState reached) { }

    /// <summary>Seam: makes a state the reported one.</summary>
    protected virtual void PublishState(DeviceState state) => State = state;

    /// <summary>Seam: the state after an arc failed: the last completed step, or ERROR when the driver says so (MIG-FSM-13, MIG-ERR-10).</summary>
    /// <param name="origin">The state before the request.</param>
    /// <param name="reached">The state that was completed last.</param>
    /// <param name="failure">What the arc gave.</param>
    protected virtual DeviceState StateAfterFailure(DeviceState origin, DeviceState reached, ArcResult failure) => failure.Broken ? DeviceState.Error : reached;

    /// <summary>Seam: the errno of a SET whose arc failed (MIG-FSM-14, MIG-ERR-12).</summary>
    protected virtual int ErrnoOfFailure(ArcResult failure) => failure.Errno;

    /// <summary>Seam: does this arc end the session: does it leave the saving group or RESUMING (MIG-FD-14)?</summary>
    protected virtual bool EndsSession(DeviceState from, DeviceState to) => from == DeviceState.Resuming || (IsSaving(from) && !IsSaving(to));

    /// <summary>Seam: does a request with this arc return a descriptor (MIG-FD-01, MIG-FD-02)?</summary>
    protected virtual bool AnswersWithDescriptor(DeviceState from, DeviceState to, bool created) => created;

    /// <summary>True for the saving group: STOP_COPY, PRE_COPY, PRE_COPY_P2P.</summary>
    protected static bool IsSaving(DeviceState state) => state is DeviceState.StopCopy or DeviceState.PreCopy or DeviceState.PreCopyP2P;
}
