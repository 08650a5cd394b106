using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>
/// A correct migration driver of an imaginary device with registers, a work queue, an interrupt and counters.
/// It takes the arcs of every feature set and leaves it to the core which of them a set has.
/// Members are virtual so that a seeded fault is one override.
/// </summary>
public partial class ReferenceDriver : IMigrationDriver, IFailureInjection, IWorkload
{
    private readonly DeviceTraits traits;
    private ReferenceDmaLog? log;
    private readonly ArmedFailures armed = new();
    private SavingSession? saving;
    private ResumingSession? resuming;

    /// <summary>A device in its power-on content.</summary>
    /// <param name="features">What it implements. With P2P it has a DMA log as well.</param>
    /// <param name="deviceId">What is compatible with it: devices of the same id (MIG-RES-06).</param>
    public ReferenceDriver(MigrationFeatures features, uint deviceId = ReferenceFormat.DeviceId)
    {
        FeatureSet = features;
        DeviceId = deviceId;
        traits = new()
        {
            DeterministicStream = true,
            MaxImageBytes = ReferenceFormat.MaxImage,
            DataSizeSlack = 0,
            SynchronousSave = true,
            ExactLog = HasLog,
            Reinitialises = (features & MigrationFeatures.PreCopy) != 0,
            Stream = ReferenceFormat.Declared,
        };
    }

    /// <inheritdoc/>
    public virtual MigrationFeatures Features => FeatureSet;

    /// <summary>The id that a stream must carry.</summary>
    public uint DeviceId { get; }

    /// <summary>What the device holds.</summary>
    public DeviceContent Content { get; } = new();

    /// <summary>The state that the device itself is in. An arc that begins elsewhere is refused: whoever asks for it has lost track.</summary>
    public DeviceState At { get; protected set; } = DeviceState.Running;

    /// <summary>True while the device is stopped: it does not act then, on accesses of its user neither (MIG-STOP-01..04, MIG-STOP-06).</summary>
    public bool IsStopped => At is DeviceState.Stop or DeviceState.StopCopy or DeviceState.Resuming or DeviceState.Error;

    /// <inheritdoc/>
    public DeviceTraits Traits => traits;

    /// <inheritdoc/>
    public virtual IDmaLog? DmaLog => HasLog ? log ??= CreateLog() : null;

    /// <inheritdoc/>
    public IWorkload? Workload => this;

    /// <inheritdoc/>
    public IFailureInjection? Failures => this;

    /// <inheritdoc/>
    public virtual FailureSeams Seams => ArmedFailures.Seams;

    /// <summary>What the driver was built with.</summary>
    protected MigrationFeatures FeatureSet { get; }

    /// <summary>The saving session, live or not; made when first needed.</summary>
    protected SavingSession Saving => saving ??= CreateSaving();

    /// <summary>The resuming session, live or not; made when first needed.</summary>
    protected ResumingSession Resuming => resuming ??= CreateResuming();

    /// <inheritdoc/>
    public virtual ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = null;
        armed.Delay();
        var result = from != At ? new(Errno.EINVAL) : armed.TakeArc() ?? armed.TakeSaveRequest(to) ?? Act(from, to, out file);
        if (result.Errno == 0)
            At = to;
        else if (result.Broken)
            At = DeviceState.Error;
        return result;
    }

    private ArcResult Act(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = null;
        switch (from, to)
        {
            case (DeviceState.Running, DeviceState.PreCopy):
            case (DeviceState.RunningP2P, DeviceState.PreCopyP2P):
                file = BeginSaving(preCopy: true);
                return ArcResult.Taken;
            case (DeviceState.Stop, DeviceState.StopCopy):
                file = BeginSaving(preCopy: false);
                return ArcResult.Taken;
            case (DeviceState.PreCopy, DeviceState.StopCopy):
            case (DeviceState.PreCopyP2P, DeviceState.StopCopy):
                Saving.Complete();
                return ArcResult.Taken;
            case (DeviceState.Stop, DeviceState.Resuming):
                Resuming.Begin();
                file = Resuming;
                return ArcResult.Taken;
            case (DeviceState.Resuming, DeviceState.Stop):
                return new(Resuming.Finish());
            case (DeviceState.Running, DeviceState.Stop):
            case (DeviceState.RunningP2P, DeviceState.Stop):
            case (DeviceState.Stop, DeviceState.Running):
            case (DeviceState.Stop, DeviceState.RunningP2P):
            case (DeviceState.Running, DeviceState.RunningP2P):
            case (DeviceState.RunningP2P, DeviceState.Running):
            case (DeviceState.PreCopy, DeviceState.PreCopyP2P):
            case (DeviceState.PreCopyP2P, DeviceState.PreCopy):
            case (DeviceState.PreCopy, DeviceState.Running):
            case (DeviceState.PreCopyP2P, DeviceState.RunningP2P):
            case (DeviceState.StopCopy, DeviceState.Stop):
                // The device begins with nothing that it does not end in the same operation, so there is nothing to wait for: what was not begun stays in
                // the queue and is part of the image (MIG-STOP-08). What ends with a session, the core ends.
                return ArcResult.Taken;
            default:
                return new(Errno.EINVAL);
        }
    }

    /// <summary>The size of a complete image, or what is left of the running session when that is more.</summary>
    public virtual int DataSize(out ulong bytes)
    {
        var whole = ReferenceFormat.HeaderSize + ReferenceFormat.RegistersSize(ContentLimits.Registers) + ReferenceFormat.FinalSize((int)Content.Pending);
        bytes = (ulong)(saving is { IsLive: true } ? Math.Max(whole, saving.Remaining()) : whole);
        return Errno.None;
    }

    /// <summary>Power-on content, and no failure armed any more.</summary>
    public virtual int Reset()
    {
        Content.PowerOn();
        At = DeviceState.Running;
        armed.Disarm();
        return Errno.None;
    }

    /// <inheritdoc/>
    public virtual void Close()
    {
        At = DeviceState.Running;
        log?.Stop();
    }

    /// <inheritdoc/>
    public virtual void Apply(uint pattern)
    {
        if (!IsStopped)
            Content.Fill(pattern);
    }

    /// <inheritdoc/>
    public virtual ulong Digest() => Content.Digest();

    /// <inheritdoc/>
    public virtual void FailArc(int arc, int errno, bool broken) => armed.FailArc(arc, errno, broken);

    /// <inheritdoc/>
    public virtual void FailSave(int bytes, int errno) => armed.FailSave(bytes, errno);

    /// <inheritdoc/>
    public virtual void FailSaveRequest(int errno) => armed.FailSaveRequest(errno);

    /// <summary>Slows arcs down until it is called with 0; the core does so when the SET returns.</summary>
    public void DelayArcs(int milliseconds) => armed.DelayArcs(milliseconds);

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Seam: the kind of log.</summary>
    protected virtual ReferenceDmaLog CreateLog() => new();

    private bool HasLog => (FeatureSet & MigrationFeatures.P2P) != 0;

    /// <summary>Seam: the kind of saving session.</summary>
    protected virtual SavingSession CreateSaving() => new(this);

    /// <summary>Seam: the kind of resuming session.</summary>
    protected virtual ResumingSession CreateResuming() => new(this);

    private SavingSession BeginSaving(bool preCopy)
    {
        var (failsAfter, errno) = armed.TakeSave();
        Saving.Begin(preCopy, failsAfter, errno);
        return Saving;
    }
}
