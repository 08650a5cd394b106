using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Tests.Migration.Minimality;

/// <summary>A driver in this process and the loop that judges it, which together tell what a plan shows and what it leaves behind.</summary>
internal sealed class JudgedDriver : IMigrationTarget, IJournal
{
    private readonly IMigrationTarget target;
    private readonly ObjectDigest digest = new();
    private readonly LockstepRunner lockstep;
    private object? device;
    private UInt128? left;
    private int end = int.MinValue;

    /// <summary>Looks at a driver.</summary>
    /// <param name="target">The driver.</param>
    /// <param name="machine">The model that it is judged by.</param>
    public JudgedDriver(IMigrationTarget target, MigrationMachine machine)
    {
        this.target = target;
        lockstep = new(this, machine, this);
    }

    /// <inheritdoc/>
    public string Address => target.Address;

    /// <inheritdoc/>
    public Channels Channel => target.Channel;

    /// <inheritdoc/>
    public ChannelCapabilities Capabilities => target.Capabilities;

    /// <inheritdoc/>
    public DeviceTraits Traits => target.Traits;

    /// <inheritdoc/>
    public TimeSpan Deadline => target.Deadline;

    /// <summary>What the driver is judged by.</summary>
    public MigrationMachine Machine => lockstep.Machine;

    /// <summary>What a plan shows; null when the driver did as the contract allows.</summary>
    public PlanDivergence? Run(Plan plan) => (PlanDivergence?)lockstep.Run(plan).Worst;

    /// <summary>The same, and what the plan leaves behind: model, images and device; null when the device cannot be looked into.</summary>
    public (PlanDivergence? Finding, RunState Judge, UInt128? Device) RunAndLook(Plan plan)
    {
        end = plan.Steps.Count;
        left = null;
        var finding = Run(plan);
        end = int.MinValue;
        return (finding, lockstep.Reached, left);
    }

    /// <inheritdoc/>
    public IMigrationDevice Open() => Remember(target.Open());

    /// <inheritdoc/>
    public IMigrationDevice OpenUnbound() => Remember(target.OpenUnbound());

    /// <inheritdoc/>
    public IMigrationDevice OpenPeer() => target.OpenPeer();

    /// <inheritdoc/>
    public void Dispose() => target.Dispose();

    void IJournal.Begin<TPlan>(int campaign, int number, IPlanLanguage<TPlan> language, TPlan plan, PlanPhase phase)
    {
        // Plans are run one by one, and none is lost.
    }

    // The last that is noted of a plan is that its device is going to be closed.
    void IJournal.Enter(int step, RequirementId requirement)
    {
        if (step == end)
            left = digest.Of(device!);
    }

    void IJournal.Leave() { }

    void IJournal.End() { }

    private IMigrationDevice Remember(IMigrationDevice opened)
    {
        device = opened;
        return opened;
    }
}
