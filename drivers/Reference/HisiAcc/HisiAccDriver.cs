using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>The version of the stream that a driver saves; it loads both.</summary>
public enum HisiAccVersion
{
    /// <summary>Up to Linux 6.11.</summary>
    V1,

    /// <summary>From Linux 6.12.</summary>
    V2,
}

/// <summary>
/// A migration driver of a HiSilicon accelerator in memory: its arcs, its acc_vf_data byte by byte, its match data. It has no P2P states, as its device does no
/// P2P DMA, and no DMA log. With <see cref="HisiAccHabits.None"/> it keeps the contract in everything.
/// </summary>
public sealed class HisiAccDriver : IMigrationDriver, IFailureInjection, IWorkload
{
    /// <summary>Patterns of a workload with this remainder by 8 leave the function without a guest's driver.</summary>
    public const uint NobodyThere = 7;

    private readonly HisiAccHabits habits;
    private readonly ArmedFailures armed = new();
    private readonly HisiAccSaving saving;
    private readonly HisiAccResuming resuming;
    private DeviceState at = DeviceState.Running;
    private bool paused;

    /// <summary>A device after a reset: no guest's driver has set it up.</summary>
    /// <param name="features">STOP_COPY, with or without PRE_COPY.</param>
    /// <param name="habits">What it does other than the contract asks.</param>
    /// <param name="saves">The version of its stream.</param>
    /// <param name="identity">What it is; null: <see cref="HisiAccIdentity.Zip"/>.</param>
    public HisiAccDriver(MigrationFeatures features, HisiAccHabits habits, HisiAccVersion saves = HisiAccVersion.V2, HisiAccIdentity? identity = null)
    {
        Features = features;
        this.habits = habits;
        Saves = saves;
        Identity = identity ?? HisiAccIdentity.Zip;
        saving = new(this);
        resuming = new(this);
        // The match data, and that they alone are a stream as well. Version 1 has no field of that name.
        var version = saves == HisiAccVersion.V1 ? "" : $"version {AccVfData.MajorVer}+2<={AccVfData.MajorVersion}, ";
        Traits = new()
        {
            DeterministicStream = true,
            MaxImageBytes = AccVfData.Size,
            DataSizeSlack = 0,
            Stream = StreamFields.Of(
                $"fixed {AccVfData.AccMagic}+8, {version}identity {AccVfData.QpNum}+4, identity {AccVfData.DevId}+4, identity {AccVfData.QueIsoCfg}+4, "
                    + $"complete {AccVfData.MatchSize}"
            ),
        };
    }

    /// <inheritdoc/>
    public MigrationFeatures Features { get; }

    /// <summary>The version of the stream that it saves.</summary>
    public HisiAccVersion Saves { get; }

    /// <summary>What it is.</summary>
    public HisiAccIdentity Identity { get; }

    /// <summary>The registers of the function.</summary>
    public HisiAccFunction Function { get; } = new();

    /// <summary>What was refused last in this resuming session.</summary>
    public HisiAccRejection Rejection { get; set; }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <inheritdoc/>
    public IDmaLog? DmaLog => null;

    /// <inheritdoc/>
    public IWorkload? Workload => this;

    /// <inheritdoc/>
    public IFailureInjection? Failures => this;

    /// <summary>The fields of a stream that are a register each, in the order in which they are loaded.</summary>
    internal static IReadOnlyList<(int Field, int Register)> Registers { get; } =
    [
        (AccVfData.AeqIntMask, HisiAccFunction.AeqIntMask),
        (AccVfData.EqIntMask, HisiAccFunction.EqIntMask),
        (AccVfData.IfcIntSource, HisiAccFunction.IfcIntSource),
        (AccVfData.IfcIntMask, HisiAccFunction.IfcIntMask),
        (AccVfData.IfcIntSet, HisiAccFunction.IfcIntSet),
        (AccVfData.PageSize, HisiAccFunction.PageSize),
    ];

    /// <summary>
    /// True when there is something to save. A guest's driver that says it is ready and has no queues yet is not: its addresses would load as nowhere.
    /// </summary>
    internal bool HasState =>
        Function.IsReady
        && (
            Has(HisiAccHabits.TakesMissingAddress)
            || (
                Function.SubmissionContexts != 0
                && Function.CompletionContexts != 0
                && HasQueue(HisiAccFunction.EventQueue)
                && HasQueue(HisiAccFunction.AsyncEventQueue)
            )
        );

    private bool IsStopped => paused || at is DeviceState.Stop or DeviceState.StopCopy or DeviceState.Resuming or DeviceState.Error;

    /// <summary>True when it has a habit.</summary>
    public bool Has(HisiAccHabits habit) => (habits & habit) != 0;

    /// <inheritdoc/>
    public ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = null;
        armed.Delay();
        var failure = from == at ? armed.TakeArc() : null;
        if (failure is not null && Has(HisiAccHabits.StaysPausedWhenStopFails))
            paused |= (from, to) is (DeviceState.Running, DeviceState.Stop) or (DeviceState.PreCopy, DeviceState.StopCopy);
        var result = from != at ? new(Errno.EINVAL) : failure ?? armed.TakeSaveRequest(to) ?? Act(from, to, out file);
        if (result.Errno == 0)
            at = to;
        else if (result.Broken)
            at = DeviceState.Error;
        return result;
    }

    /// <summary>The size of what a complete stream would have now.</summary>
    public int DataSize(out ulong bytes)
    {
        bytes = (ulong)(HasState || Has(HisiAccHabits.AnswersWholeSize) ? AccVfData.Size : AccVfData.MatchSize);
        return Errno.None;
    }

    /// <summary>The function is reset: no guest's driver has set it up, and no failure is armed any more.</summary>
    public int Reset()
    {
        Function.Reset();
        at = DeviceState.Running;
        paused = false;
        armed.Disarm();
        return Errno.None;
    }

    /// <summary>The core of vfio-pci resets the function between two users.</summary>
    public void Close()
    {
        Reset();
        resuming.Forget();
    }

    /// <summary>A guest's driver sets the function up, or (<see cref="NobodyThere"/>) leaves it. A stopped function takes no access.</summary>
    public void Apply(uint pattern)
    {
        if (IsStopped)
            return;
        if (pattern % 8 == NobodyThere)
            Function.Reset();
        else
            Function.SetUp(pattern);
    }

    /// <inheritdoc/>
    public ulong Digest() => Function.Digest();

    /// <inheritdoc/>
    public FailureSeams Seams => ArmedFailures.Seams;

    /// <inheritdoc/>
    public void FailArc(int arc, int errno, bool broken) => armed.FailArc(arc, errno, broken);

    /// <inheritdoc/>
    public void FailSave(int bytes, int errno) => armed.FailSave(bytes, errno);

    /// <inheritdoc/>
    public void FailSaveRequest(int errno) => armed.FailSaveRequest(errno);

    /// <inheritdoc/>
    public void DelayArcs(int milliseconds) => armed.DelayArcs(milliseconds);

    /// <summary>There is nothing to give back.</summary>
    public void Dispose() { }

    private ArcResult Act(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = null;
        switch (from, to)
        {
            case (DeviceState.Running, DeviceState.PreCopy):
                file = BeginSaving(preCopy: true);
                return ArcResult.Taken;
            case (DeviceState.Stop, DeviceState.StopCopy):
                file = BeginSaving(preCopy: false);
                return ArcResult.Taken;
            case (DeviceState.PreCopy, DeviceState.StopCopy):
                saving.Complete();
                return ArcResult.Taken;
            case (DeviceState.Stop, DeviceState.Resuming):
                resuming.Begin();
                file = resuming;
                return ArcResult.Taken;
            case (DeviceState.Resuming, DeviceState.Stop):
                return new(resuming.Finish());
            case (DeviceState.Stop, DeviceState.Running):
                paused = false;
                return ArcResult.Taken;
            case (DeviceState.Running, DeviceState.Stop):
            case (DeviceState.PreCopy, DeviceState.Running):
            case (DeviceState.StopCopy, DeviceState.Stop):
                // The function acts on its user's accesses only; what ends with a session, the core ends.
                return ArcResult.Taken;
            default:
                return new(Errno.EINVAL);
        }
    }

    private HisiAccSaving BeginSaving(bool preCopy)
    {
        var (failsAfter, errno) = armed.TakeSave();
        saving.Begin(preCopy, failsAfter, errno);
        return saving;
    }

    private bool HasQueue(int context) => (Function.Read(context + 4) | Function.Read(context + 8)) != 0;
}
