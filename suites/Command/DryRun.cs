using System.Globalization;
using Conformance.Drivers;
using Conformance.Drivers.Reference.Migration;
using Conformance.Engine.Migration;
using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary><c>conformance check --dry-run</c>: what would run. Nothing is opened but the built-in drivers, which are in this process.</summary>
internal static class DryRun
{
    internal static int Print(CheckRequest request)
    {
        _ = WorkerProcess.Deadline(request.Address);
        if (request.IsSmmu)
            return PrintScenes(request);
        var known = DriverSchemes.Parse(request.Address).Scheme.IsBuiltIn;
        var machine = Machine(known ? request.Address : $"reference:{ReferenceTarget.Names[^1]}");
        var input = new CampaignInput(machine, request.Seed, request.Plans) { Shard = request.Shard };
        var rows = request.Campaigns.OfType<ICampaign>().Select(campaign => (Campaign: campaign, Plans: Count(campaign, input))).ToList();
        var width = rows.Max(row => row.Campaign.Name.Length);
        Console.Out.Write(
            $"{Escaping.Line(request.Address, 200)}: features {FeatureSet.Of((ulong)machine.Features).Text}, uAPI {Migration.NotExercised.Text(machine.Level)}\n"
        );
        if (!known)
            Console.Out.Write("The device was not asked. Counts are those of a driver with every feature, level and channel; this one may get fewer.\n");
        foreach (var (campaign, plans) in rows)
            Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"  {campaign.Name.PadRight(width)}  {plans, 7:N0} plans  {Aims(campaign)}\n"));
        var asked = rows.Where(row => row.Plans > 0).SelectMany(row => row.Campaign.Aims).Distinct().Count();
        Console.Out.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.Count} campaigns, {rows.Sum(row => row.Plans):N0} plans, aimed at {asked} requirements; nothing ran\n"
            )
        );
        return 0;
    }

    private static int PrintScenes(CheckRequest request)
    {
        var address = DriverSchemes.Parse(request.Address);
        SceneTarget facts;
        var known = address.Scheme.IsBuiltIn;
        using (var target = (known ? address : DriverSchemes.Parse("reference:smmuv3")).Open<ISmmuTarget>())
            facts = new SceneRunner(target).Facts;
        var rows = request.Campaigns.OfType<ISceneCampaign>().Select(campaign => (Campaign: campaign, Lacks: campaign.Lacks(facts))).ToList();
        var width = rows.Max(row => row.Campaign.Name.Length);
        Console.Out.Write($"{Escaping.Line(request.Address, 200)}\n");
        if (!known)
            Console.Out.Write("The SMMU was not asked. What is said is true of one with every feature; this one may be asked less.\n");
        foreach (var (campaign, lacks) in rows)
        {
            var scenes = lacks ?? string.Create(CultureInfo.InvariantCulture, $"{campaign.Scenes(facts, request.Seed, request.Plans).Count(), 7:N0} scenes");
            Console.Out.Write($"  {campaign.Name.PadRight(width)}  {scenes}  {Aims(campaign)}\n");
        }

        Console.Out.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.Count} campaigns, aimed at {rows.Where(row => row.Lacks is null).SelectMany(row => row.Campaign.Aims).Distinct().Count()} requirements; nothing ran\n"
            )
        );
        return 0;
    }

    private static string Aims(ISuiteCampaign campaign) =>
        campaign.Aims.Count == 0 ? "whatever its plans once showed" : string.Join(' ', campaign.Aims.Select(id => Catalogue.Of(id).Name));

    private static int Count(ICampaign campaign, CampaignInput input) =>
        campaign
            .Plans(input)
            .Where(
                (plan, number) =>
                    (campaign.IsRandom || input.Shard.Has(number))
                    && (input.Machine.Can(ChannelCapabilities.ThrowAway) || Simulation.IsHarmless(input.Machine, plan))
            )
            .Count();

    private static MigrationMachine Machine(string address)
    {
        using var target = DriverSchemes.Parse(address).Open<IMigrationTarget>();
        return Survey.Look(target, NullJournal.Instance).Machine
            ?? throw new UsageException($"{Escaping.Line(address, 200)} has an unknown feature set.\nNo campaign would run.");
    }
}
