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
        using var writer = target.OpenWriter();
        Sight = new(host.Facts, info, host.Evidence is not null, machine?.Facts, writer is not null)
        {
            Parts = target.Parts,
            HasOtherMakes = target.HasOtherMakes,
            ShowsAts = host.Facts.Devices.Any(device => device.HasAts && host.Evidence?.IsAtsOn(device.Id) is not null),
        };
    }

    /// <summary>What they say of themselves.</summary>
    public NestedSight Sight { get; }

    /// <inheritdoc/>
    public int Candidates => 2000;

    /// <inheritdoc/>
    public PlanResult Run(NestedPlan plan, Ledger? ledger, bool again)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var run = new NestedRun(ledger, Sight.Parts);
        if (ledger is not null)
            ledger.Plans++;
        try
        {
            // A plan is about a host, about a machine on it, or about a writer: what a VMM does on its host is nothing that a plan about the host should meet.
            switch (plan.Steps.Length == 0 ? default : plan.Steps[0].Kind)
            {
                case NestedStepKind.WriteEntry:
                    using (var writer = target.OpenWriter())
                        if (writer is not null)
                            Each(plan, run, ledger, kind => kind == NestedStepKind.WriteEntry, new WriterRunner(writer, run).Do);
                    break;
                case >= NestedStepKind.GuestControl:
                    using (var source = target.OpenHost())
                    using (var machine = new MachineRunner(target, Sight, source, run))
                        if (machine.IsThere)
                            Each(plan, run, ledger, kind => kind is >= NestedStepKind.GuestControl and < NestedStepKind.WriteEntry, machine.Do);
                    break;
                default:
                    using (var source = target.OpenHost())
                        Each(plan, run, ledger, kind => kind < NestedStepKind.GuestControl, new HostRunner(source, Sight.Info, run).Do);
                    break;
            }
        }
        catch (DeviceLostException loss)
        {
            return loss.Loss == DeviceLoss.Unreachable ? new(null, loss.Message) : new(new NestedLoss(loss) { Rules = default, Step = run.Step });
        }

        return new(run.Found);
    }

    private delegate void Doing(in NestedStep step);

    private void Each(NestedPlan plan, NestedRun run, Ledger? ledger, Func<NestedStepKind, bool> isOne, Doing what)
    {
        for (var i = 0; i < plan.Steps.Length && run.Found is null; i++)
        {
            if (!isOne(plan.Steps[i].Kind))
                continue;
            run.Step = i;
            journal.Enter(i);
            what(plan.Steps[i]);
            journal.Leave();
            if (ledger is not null)
                ledger.Steps++;
        }
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
