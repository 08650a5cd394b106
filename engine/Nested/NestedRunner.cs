using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Reports;

namespace Conformance.Engine.Nested;

/// <summary>Runs nested plans on nested stages and the model together, each on hosts of its own.</summary>
public sealed class NestedRunner : IJudge<NestedPlan>
{
    private readonly INestedTarget target;
    private readonly IJournal journal;

    /// <summary>Looks at nested stages.</summary>
    /// <exception cref="DeviceLostException">They cannot be reached.</exception>
    public NestedRunner(INestedTarget target, IJournal? journal = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        this.target = target;
        this.journal = journal ?? NullJournal.Instance;
        using var host = target.OpenHost();
        HardwareInfo? info = null;
        if (host.Facts.Devices.Count > 0)
            host.HwInfo(host.Facts.Devices[0].Id, Iommufd.ArmSmmuv3Info, out info);
        using var machine = target.OpenMachine(host, isDestination: false);
        Sight = new(host.Facts, info, host.Evidence is not null, machine?.Facts);
    }

    /// <summary>What they say of themselves.</summary>
    public NestedSight Sight { get; }

    /// <inheritdoc/>
    public int Candidates => 2000;

    /// <inheritdoc/>
    public PlanResult Run(NestedPlan plan, Ledger? ledger, bool again)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var run = new NestedRun(ledger);
        if (ledger is not null)
            ledger.Plans++;
        try
        {
            using var source = target.OpenHost();
            // A plan asks a host, or a machine on it: what the VMM does there is nothing that a plan about the host alone should meet.
            var isOfMachine = plan.Steps.Length > 0 && plan.Steps[0].Kind >= NestedStepKind.GuestControl;
            var host = isOfMachine ? null : new HostRunner(source, Sight.Info, run);
            using var machine = isOfMachine ? new MachineRunner(target, Sight, source, run) : null;
            for (var i = 0; i < plan.Steps.Length && run.Found is null; i++)
            {
                run.Step = i;
                journal.Enter(i);
                if (plan.Steps[i].Kind >= NestedStepKind.GuestControl == isOfMachine && machine is null or { IsThere: true })
                {
                    host?.Do(plan.Steps[i]);
                    machine?.Do(plan.Steps[i]);
                }

                journal.Leave();
                if (ledger is not null)
                    ledger.Steps++;
            }
        }
        catch (DeviceLostException loss)
        {
            return loss.Loss == DeviceLoss.Unreachable ? new(null, loss.Message) : new(new NestedLoss(loss) { Rules = default, Step = run.Step });
        }

        return new(run.Found);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TraceLine> Trace(NestedPlan plan) => [];

    /// <inheritdoc/>
    public Finding Describe(NestedPlan plan, Divergence divergence) =>
        divergence switch
        {
            NestedDivergence different => different.Describe(plan),
            NestedLoss { Loss: var loss } => NestedLoss.Describe(plan, loss.Loss == DeviceLoss.TimedOut, loss.Message, loss.LastWords),
            _ => throw new ArgumentException("another suite's", nameof(divergence)),
        };
}
