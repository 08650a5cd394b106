using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
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
        using var container = target.OpenContainer();
        Sight = new(host.Facts, info, host.Evidence is not null, machine?.Facts, writer is not null)
        {
            Parts = target.Parts,
            HasOtherMakes = target.HasOtherMakes,
            Groups = container?.Groups ?? ContainerGroups.None,
            ContainerPage = container is null ? 0 : ContainerRunner.PageOf(container),
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
            switch (PartOf(plan))
            {
                case NestedParts.Writer:
                    With(
                        plan,
                        target.OpenWriter,
                        writer =>
                        {
                            if (writer is not null)
                                Each(plan, run, ledger, new WriterRunner(writer, run).Do);
                        }
                    );
                    break;
                case NestedParts.Container:
                    With(
                        plan,
                        target.OpenContainer,
                        container =>
                        {
                            if (container is not null)
                                Each(plan, run, ledger, new ContainerRunner(container, run).Do);
                        }
                    );
                    break;
                case NestedParts.Machine:
                    With(
                        plan,
                        target.OpenHost,
                        source =>
                            With(
                                plan,
                                () => new MachineRunner(target, Sight, source, run),
                                machine =>
                                {
                                    if (machine.IsThere)
                                        Each(plan, run, ledger, machine.Do);
                                }
                            )
                    );
                    break;
                default:
                    With(plan, target.OpenHost, source => Each(plan, run, ledger, new HostRunner(source, Sight.Info, run).Do));
                    break;
            }
        }
        catch (DeviceLostException loss)
        {
            return loss.Loss == DeviceLoss.Unreachable
                ? new(null, loss.Message)
                : new(new NestedLoss(loss, NestedLanguage.Instance.CallOf(plan, run.Step)) { Rules = default, Step = run.Step });
        }

        return new(run.Found);
    }

    /// <summary>
    /// A plan is about a host, a machine on it, a writer, or a container: what a VMM does on its host is nothing that a plan about the host should meet.
    /// </summary>
    public string? Refuses(NestedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var part = PartOf(plan);
        foreach (var step in plan.Steps)
            if (PartOf(step.Kind) != part)
                return "its steps are of several parts, and a plan is about a host, a VMM on it, a writer, or a container";
        return part switch
        {
            NestedParts.Writer when !Sight.HasWriter => "it needs a writer of STEs and CDs, and there is none",
            NestedParts.Container when Sight.Groups == ContainerGroups.None => "it needs a container of type 1, and there is none",
            NestedParts.Container when (ContainerRunner.GroupsOf(plan) & ~Sight.Groups) != 0 => "it needs a group that the container cannot have",
            NestedParts.Machine when Sight.Machine is null => "it needs a VMM, and there is none",
            _ => null,
        };
    }

    /// <summary>What a plan is about: its first step says so.</summary>
    internal static NestedParts PartOf(NestedPlan plan) => plan.Steps.Length == 0 ? NestedParts.Host : PartOf(plan.Steps[0].Kind);

    private static NestedParts PartOf(NestedStepKind kind) =>
        kind switch
        {
            NestedStepKind.WriteEntry => NestedParts.Writer,
            >= NestedStepKind.ContainerGroup => NestedParts.Container,
            >= NestedStepKind.GuestControl => NestedParts.Machine,
            _ => NestedParts.Host,
        };

    // What opens and what lets go may hang as well as what is in between.
    private void With<T>(NestedPlan plan, Func<T> open, Action<T> use)
        where T : IDisposable?
    {
        journal.Enter(-1);
        var part = open();
        try
        {
            journal.Leave();
            use(part);
        }
        finally
        {
            journal.Enter(plan.Steps.Length);
            part?.Dispose();
            journal.Leave();
        }
    }

    private delegate void Doing(in NestedStep step);

    private void Each(NestedPlan plan, NestedRun run, Ledger? ledger, Doing what)
    {
        for (var i = 0; i < plan.Steps.Length && run.Found is null; i++)
        {
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
