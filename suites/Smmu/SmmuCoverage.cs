using System.Globalization;
using System.Numerics;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Reports;

namespace Conformance.Suites.Smmu;

/// <summary>What the scenes of the suite reached, for the report.</summary>
internal static class SmmuCoverage
{
    /// <summary>All that can be reached on an SMMU, nothing of it covered yet.</summary>
    internal static CoverageFacts Reachable(SceneTarget target)
    {
        var (configurations, records, commands) = new SceneCoverage(target).Reachable;
        var (allConfigurations, allRecords, allCommands) = SceneCoverage.All;
        var isEverything = (configurations, records, commands) == (allConfigurations, allRecords, allCommands);
        return new()
        {
            Areas =
            [
                new("stream configurations", 0, configurations, allConfigurations, SceneCoverage.ConfigurationFlags),
                new("record types in them", 0, records, allRecords, SceneCoverage.RecordFlags),
                new("commands", 0, commands, allCommands, SceneCoverage.CommandFlags),
            ],
            Unreachable = isEverything
                ? []
                :
                [
                    new(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{allConfigurations - configurations} configurations, {allRecords - records} record types, {allCommands - commands} commands"
                        ),
                        "not with the features of this SMMU and what its masters can send"
                    ),
                ],
        };
    }

    /// <summary>Fills in what was covered.</summary>
    internal static CoverageFacts Covered(CoverageFacts reachable, Coverage coverage)
    {
        var bytes = coverage.ToBytes(SceneCoverage.Flags);
        var areas = new List<CoverageArea>();
        var from = 0;
        foreach (var area in reachable.Areas!)
        {
            var count = 0;
            foreach (var value in bytes.AsSpan(from, area.Flags / 8))
                count += BitOperations.PopCount(value);
            areas.Add(area with { Covered = count });
            from += area.Flags / 8;
        }

        return reachable with
        {
            Areas = areas,
            Tables = Convert.ToBase64String(bytes),
        };
    }
}
