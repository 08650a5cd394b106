using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Requirements;
using Conformance.Suites.Seam;

namespace Conformance.Suites.NUnit;

/// <summary>Opens a driver for a suite, in this process.</summary>
/// <param name="address">The driver.</param>
/// <param name="plans">The plans of each random campaign.</param>
internal sealed class RunningSuites(string address, int plans) : ISuiteVisitor<RunningSuite>
{
    public RunningSuite Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
        where TDevice : class
        where TPlan : class => new RunningSuite<TDevice, TPlan>(suite, address, plans);
}

/// <summary>A suite on an opened driver.</summary>
internal abstract class RunningSuite(bool factsTellApart) : IDisposable
{
    /// <summary>What all campaigns found out so far.</summary>
    internal Ledger Ledger { get; } = new(factsTellApart);

    /// <summary>False when nothing can be asked of the driver.</summary>
    internal abstract bool CanRun { get; }

    /// <summary>Why a requirement is not exercised; null when there is no reason.</summary>
    internal abstract string? WhyNot(Requirement row);

    /// <summary>Runs a campaign: what went wrong in the harness, and what the campaign should have seen and did not.</summary>
    internal abstract IReadOnlyList<string> Run(string campaign);

    public abstract void Dispose();
}

internal sealed class RunningSuite<TDevice, TPlan> : RunningSuite
    where TDevice : class
    where TPlan : class
{
    private readonly Suite<TDevice, TPlan> suite;
    private readonly CampaignInput input;
    private readonly OpenedDriver<TDevice, TPlan> driver;
    private readonly Bench<TDevice, TPlan>? bench;

    internal RunningSuite(Suite<TDevice, TPlan> suite, string address, int plans)
        : base(suite.FactsTellApart)
    {
        this.suite = suite;
        input = new(1, plans);
        var parsed = DriverSchemes.Parse(address);
        driver = suite.Open(parsed, OpenOptions.Plain, NullJournal.Instance);
        bench = suite.BenchOf(driver, parsed, OpenOptions.Plain, NullJournal.Instance);
        Ledger.Add(driver.Ledger);
    }

    internal override bool CanRun => driver.Device is not null;

    internal override string? WhyNot(Requirement row) => suite.WhyNot(driver.Device, row) ?? suite.Chance(driver.Device, row);

    internal override IReadOnlyList<string> Run(string campaign)
    {
        var index = suite.All.TakeWhile(other => other.Name != campaign).Count();
        var run = CampaignRunner.Run(suite.All[index], index, bench!, input, SkipList.Empty, NullJournal.Instance);
        Ledger.Add(run.Ledger);
        return [.. run.HarnessErrors, .. run.Missing.Select(witness => $"{campaign} never saw {witness.Name}, so that it showed nothing")];
    }

    public override void Dispose() => driver.Dispose();
}
