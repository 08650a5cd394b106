using System.Globalization;
using Conformance.Engine.Judging;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Campaigns;

/// <summary>
/// Looks at how a campaign ran, not at what the driver did: a campaign of which most steps make no sense, or that leaves things behind, is a mistake of the kit
/// or of the channel. The names are those of docs/result-document.md.
/// </summary>
public static class CampaignHealth
{
    /// <summary>More than half of the steps made no sense where they stood and were left out.</summary>
    public const string DiscardRatio = "discard-ratio";

    /// <summary>The campaign has steps of a kind that never made sense.</summary>
    public const string NeverEnabledStep = "never-enabled-step";

    /// <summary>A plan that failed does not fail every time.</summary>
    public const string NondeterministicDriver = "nondeterministic-driver";

    /// <summary>Most steps could not be judged.</summary>
    public const string Unjudged = "unjudged";

    /// <summary>Plans leave descriptors open in the kit's process.</summary>
    public const string TeardownLeak = "teardown-leak";

    // Fewer say nothing.
    private const int EnoughSteps = 100;
    private const int EnoughOfAKind = 20;
    private const int EnoughDescriptors = 16;

    // Plain files, one for each descriptor. In /proc/self/fd there are links, each of which would be followed.
    private const string Descriptors = "/proc/self/fdinfo";

    /// <summary>What is wrong with a campaign that came to its end, a line each.</summary>
    /// <param name="campaign">Its name.</param>
    /// <param name="ledger">What it counted.</param>
    /// <param name="nameOfKind">The names of kinds of steps.</param>
    /// <param name="descriptors">By how many descriptors of this process more were open behind it than before.</param>
    public static IEnumerable<string> Check(string campaign, Ledger ledger, int descriptors, Func<byte, string?> nameOfKind)
    {
        if (descriptors >= EnoughDescriptors && 2L * descriptors >= ledger.Plans)
            yield return Line(TeardownLeak, campaign, "at least every second plan leaves a descriptor open, although its device was closed");
        // A driver that differs ends plans early, and what follows then says nothing about the campaign.
        if (ledger.Findings.All.Count > 0)
            yield break;
        var (planned, leftOut) = (0L, 0L);
        for (var kind = 0; kind <= byte.MaxValue; kind++)
        {
            var count = ledger.CountOf((byte)kind);
            planned += count.Planned;
            leftOut += count.LeftOut;
            if (count.Planned >= EnoughOfAKind && count.LeftOut == count.Planned)
                yield return Line(
                    NeverEnabledStep,
                    campaign,
                    string.Create(CultureInfo.InvariantCulture, $"none of {count.Planned} steps {nameOfKind((byte)kind)} made sense where it stood")
                );
        }

        if (ledger.Steps >= EnoughSteps && 2 * ledger.Unjudged > ledger.Steps)
            yield return Line(
                Unjudged,
                campaign,
                string.Create(CultureInfo.InvariantCulture, $"{ledger.Unjudged} of {ledger.Steps} steps could not be judged")
            );
        if (planned >= EnoughSteps && 2 * leftOut > planned)
            yield return Line(
                DiscardRatio,
                campaign,
                string.Create(CultureInfo.InvariantCulture, $"{leftOut} of {planned} steps made no sense where they stood")
            );
    }

    /// <summary>How a line of a health check reads.</summary>
    public static string Line(string check, string campaign, string message) => $"health check {check}: {campaign}: {message}";

    /// <summary>How many descriptors this process has open, 0 where that cannot be told.</summary>
    internal static int OpenDescriptors() => Directory.Exists(Descriptors) ? Directory.GetFileSystemEntries(Descriptors).Length : 0;
}
