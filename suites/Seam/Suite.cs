using Conformance.Drivers.Addresses;
using Conformance.Drivers.Faults;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Plans;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Proof;
using Conformance.Suites.Regressions;

namespace Conformance.Suites.Seam;

/// <summary>
/// A suite: a language of plans, a judge, a folder of campaigns, and a line in <see cref="AllSuites"/>. Everything else (running, repeating, shrinking,
/// counting, tokens, workers, reports, the fixture of <c>dotnet test</c>) is the same for all.
/// </summary>
/// <typeparam name="TDevice">What a device says of itself.</typeparam>
/// <typeparam name="TPlan">What one run asks of it.</typeparam>
public abstract class Suite<TDevice, TPlan> : ISuite
    where TDevice : class
    where TPlan : class
{
    // As DriverFacts.Channel has it.
    private const string KernelChannel = "kernel";

    private IReadOnlyList<ICampaign<TDevice, TPlan>>? campaigns;

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract int Token { get; }

    /// <inheritdoc/>
    public abstract string Title { get; }

    /// <inheritdoc/>
    public abstract string Sample { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> References { get; }

    /// <summary>What plans are made of.</summary>
    public abstract IPlanLanguage<TPlan> Language { get; }

    /// <summary>The campaigns of the suite's sections, in the order in which they run: what is plain first, what may kill a kernel last.</summary>
    protected abstract IReadOnlyList<ICampaign<TDevice, TPlan>> Sections { get; }

    /// <summary>All campaigns: plans that once showed something go first.</summary>
    public IReadOnlyList<ICampaign<TDevice, TPlan>> All =>
        campaigns ??= [new StoredRegressions<TDevice, TPlan>(this, "regressions", StoredPlans.All), .. Sections];

    /// <inheritdoc/>
    public IReadOnlyList<ICampaign> Campaigns => All;

    /// <inheritdoc/>
    public IReadOnlyList<Requirement> Requirements => field ??= [.. Catalogue.All.Where(row => row.Suite == Name)];

    /// <inheritdoc/>
    public bool FactsTellApart => Language.FactsTellApart;

    /// <inheritdoc/>
    public abstract bool Asks(DriverAddress address);

    /// <inheritdoc/>
    public abstract bool Has(Fault fault);

    /// <summary>Opens a driver and looks at it.</summary>
    /// <exception cref="Model.Contract.DeviceLostException">It cannot be reached.</exception>
    /// <exception cref="DriverAddressException">The address does not fit it.</exception>
    public abstract OpenedDriver<TDevice, TPlan> Open(DriverAddress address, OpenOptions options, IJournal journal);

    /// <inheritdoc/>
    public virtual bool HasStates => false;

    /// <inheritdoc/>
    public virtual IStateSource OpenStates(DriverAddress address, IJournal journal) => throw new NotSupportedException($"{Title} saves no state");

    /// <summary>Opens the states of the target of an address; a target whose states cannot be looked at is closed again.</summary>
    /// <typeparam name="TTarget">The contract of the suite.</typeparam>
    protected static IStateSource OpenStates<TTarget>(DriverAddress address, Func<TTarget, IStateSource> look)
        where TTarget : class, IDisposable
    {
        var target = address.Open<TTarget>();
        try
        {
            return look(target);
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>Opens the target of an address and looks at it; a target that cannot be looked at is closed again.</summary>
    /// <typeparam name="TTarget">The contract of the suite.</typeparam>
    protected static OpenedDriver<TDevice, TPlan> Open<TTarget>(DriverAddress address, OpenOptions options, Func<TTarget, OpenedDriver<TDevice, TPlan>> look)
        where TTarget : class, IDisposable
    {
        var target = address.Open<TTarget>(options.WithoutFault);
        try
        {
            var opened = look(target);
            opened.Driver = opened.Driver with
            {
                Identity =
                [
                    .. address
                        .Identity.Concat((target as IIdentified)?.Identity ?? [])
                        .Select(fact => new IdentityFact(Escaping.Line(fact.Name, 40), Escaping.Line(fact.Value, 300))),
                ],
            };
            return opened;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    /// <summary>What campaigns run with on a driver that was opened; null when nothing can be asked of it.</summary>
    /// <param name="driver">The driver.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="options">How it was opened.</param>
    /// <param name="journal">Where it is noted what runs.</param>
    public Bench<TDevice, TPlan>? BenchOf(OpenedDriver<TDevice, TPlan> driver, DriverAddress address, OpenOptions options, IJournal journal)
    {
        if (driver is not { Device: { } device, Judge: { } judge })
            return null;
        return new(device, judge, Language, Token, driver.MadeFor)
        {
            // What a kernel keeps it keeps whoever opens the device, and another guest would take half a minute to boot.
            OpenFresh = driver.Driver.Channel == KernelChannel ? null : Fresh,
        };

        FreshDriver<TPlan>? Fresh()
        {
            // The plan that is looked at stays in the journal: it is the one to blame, and to leave alone, when the driver does not live through this.
            var opened = Open(address, options, new SamePlace(journal));
            if (opened.Judge is { } another)
                return new(another, opened);
            opened.Dispose();
            return null;
        }
    }

    // Calls are noted, and nothing else: whoever runs plans says which one it is.
    private sealed class SamePlace(IJournal journal) : IJournal
    {
        public bool IsStopping => journal.IsStopping;

        public void Begin<T>(int campaign, int number, IPlanLanguage<T> language, T plan, PlanPhase phase = PlanPhase.Run)
            where T : class { }

        public void Enter(int step, RequirementId requirement = default) => journal.Enter(step, requirement);

        public void Leave() => journal.Leave();

        public void End() => journal.Leave();
    }

    /// <summary>The finding of a worker that hung or died.</summary>
    /// <param name="plan">The plan that it was running, cut off behind the step that did not come back; null when none can be told.</param>
    /// <param name="madeFor">What the device said of itself; <see cref="MadeFor.Anything"/> when it was not asked.</param>
    /// <param name="death">What happened.</param>
    public abstract Finding DescribeLoss(TPlan? plan, MadeFor madeFor, WorkerDeath death);

    /// <summary>Why a requirement is not exercised on a device: what every campaign that aims at it lacks; null when there is no reason.</summary>
    /// <param name="device">The device; null when nothing can be asked of it.</param>
    /// <param name="row">The requirement.</param>
    /// <param name="chosen">The campaigns that run, where not all do: what one of the others could show is no matter then.</param>
    public virtual string? WhyNot(TDevice? device, Requirement row, IReadOnlyList<ICampaign<TDevice, TPlan>>? chosen = null)
    {
        if (Checks.Missing(row, All) is { } missing)
            return missing;
        if (device is null)
            return "nothing can be asked of such a device";
        var lacks = Aiming(row, chosen).Select(campaign => campaign.Lacks(device)).ToList();
        return lacks.Contains(null) ? null : lacks.FirstOrDefault();
    }

    /// <summary>
    /// Why a requirement may not have been exercised although campaigns that aim at it ran whole: it takes what nobody can make happen. Null where there is no
    /// such excuse.
    /// </summary>
    public virtual string? Chance(TDevice? device, Requirement row) => null;

    /// <summary>The campaigns that aim at a requirement: of those that run, or of all where none of them does.</summary>
    protected IReadOnlyList<ICampaign<TDevice, TPlan>> Aiming(Requirement row, IReadOnlyList<ICampaign<TDevice, TPlan>>? chosen)
    {
        ICampaign<TDevice, TPlan>[] aiming = [.. (chosen ?? []).Where(campaign => campaign.Aims.Contains(row.Id))];
        return aiming.Length > 0 ? aiming : [.. All.Where(campaign => campaign.Aims.Contains(row.Id))];
    }

    /// <summary>True when a stored plan can be run on a device: it was made for one that has no more.</summary>
    public virtual bool Fits(TDevice device, MadeFor madeFor, TPlan plan) => true;

    /// <summary>Why a plan cannot be run on a device, as a phrase; null when it can.</summary>
    public virtual string? Lacks(TDevice device, MadeFor madeFor, TPlan plan) => null;

    /// <summary>What can be reached on a device, nothing of it covered yet; null when nothing is counted.</summary>
    public virtual CoverageFacts? Reachable(TDevice device) => null;

    /// <summary>Fills in what was covered.</summary>
    public virtual CoverageFacts Covered(CoverageFacts reachable, Coverage coverage) => reachable;

    /// <summary>How many flags of <see cref="Coverage"/> the suite uses, a multiple of 8.</summary>
    public virtual int CoverageFlags => 0;

    /// <inheritdoc/>
    public TResult Accept<TResult>(ISuiteVisitor<TResult> visitor) => visitor.Visit(this);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
