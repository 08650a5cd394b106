using System.Globalization;
using Conformance.Drivers;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary><c>conformance check --dry-run</c>: what would run. Nothing is opened but the built-in drivers, which are in this process.</summary>
/// <param name="request">What was asked for.</param>
internal sealed class DryRun(CheckRequest request) : ISuiteVisitor<int>
{
    internal static int Print(CheckRequest request)
    {
        _ = WorkerProcess.Deadline(request.Address);
        try
        {
            return request.Suite.Accept(new DryRun(request));
        }
        catch (DeviceLostException lost)
        {
            // A file that the address names, as when it is really asked.
            WorkerProcess.TellUnreachable(request.Address, [], new(null, lost.Message, [], [], false));
            return RunVerdict.HarnessFailed.ExitCode();
        }
    }

    public int Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
        where TDevice : class
        where TPlan : class
    {
        var address = DriverSchemes.Parse(request.Address);
        var isKnown = address.Scheme.IsBuiltIn;
        using var driver = suite.Open(isKnown ? address : DriverSchemes.Parse(suite.Sample), OpenOptions.Plain, NullJournal.Instance);
        if (driver is not { Device: { } device, Judge: { } judge })
            throw new UsageException($"{Escaping.Line(request.Address, 200)} has an unknown feature set.\nNo campaign would run.");
        var input = new CampaignInput(request.Seed, request.Plans) { Shard = request.Shard };
        var rows = SuiteJob<TDevice, TPlan>
            .Chosen(suite, request)
            .Select(campaign => (Campaign: campaign, Lacks: campaign.Lacks(device), Plans: Count(campaign)))
            .ToList();
        var width = rows.Max(row => row.Campaign.Name.Length);
        Console.Out.Write($"{Escaping.Line(request.Address, 200)}: {About(driver.Driver)}\n");
        if (!isKnown)
            Console.Out.Write("The device was not asked. Counts are those of one with every feature, level and channel; this one may get fewer.\n");
        foreach (var (campaign, lacks, plans) in rows)
            Console.Out.Write(
                $"  {campaign.Name.PadRight(width)}  {string.Create(CultureInfo.InvariantCulture, $"{plans, 7:N0} plans")}  {lacks ?? Aims(campaign)}\n"
            );
        var asked = rows.Where(row => row.Plans > 0).SelectMany(row => row.Campaign.Aims).Distinct().Count();
        Console.Out.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Wording.Count(rows.Count, "campaign", "campaigns")}, {Wording.Count(rows.Sum(row => row.Plans), "plan", "plans")}, "
                    + $"aimed at {Wording.Count(asked, "requirement", "requirements")}; nothing ran\n"
            )
        );
        return 0;

        int Count(ICampaign<TDevice, TPlan> campaign) =>
            campaign.Lacks(device) is not null
                ? 0
                : campaign
                    .Plans(device, input)
                    .Where((named, number) => (campaign.DividesItself || input.Shard.Has(number)) && judge.Refuses(named.Plan) is null)
                    .Count();
    }

    private static string About(DriverFacts driver) => driver.Description ?? $"features {driver.Features?.Text ?? "unknown"}, uAPI {driver.Level ?? "unknown"}";

    private static string Aims(ICampaign campaign) =>
        campaign.Aims.Count == 0 ? "whatever its plans once showed" : string.Join(' ', campaign.Aims.Select(id => Catalogue.Of(id).Name));
}
