using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Requirements;
using Conformance.Reports;
using Conformance.Suites.Regressions;
using Conformance.Suites.Seam;

namespace Conformance.Suites.Command;

/// <summary>Which suite, campaigns, requirements and stored plans a command line means.</summary>
internal static class Selection
{
    /// <summary>The suite that was asked for, or the one that asks such a driver.</summary>
    /// <exception cref="UsageException">There is none of that name, or it cannot be asked of the driver.</exception>
    internal static ISuite Suite(string? asked, string address)
    {
        if (asked is null)
            return Of(address);
        var names = List("--suite", asked);
        foreach (var name in names)
            if (AllSuites.Find(name) is null)
                throw Unknown("suite", name, AllSuites.All.Select(suite => suite.Name));
        var suites = AllSuites.All.Where(suite => names.Contains(suite.Name)).ToList();
        // What is no address is no driver of any suite: that is said first.
        if (Found(address) is not { } fits)
            return suites[0];
        return suites is [var one] && one == fits
            ? one
            : throw new UsageException(
                $"{Escaping.Line(address, 200)} is {fits.Title}: suite '{fits.Name}' and no other can be asked of it.\nLeave --suite out."
            );
    }

    /// <summary>The suite that asks the driver of an address; the first when the address is none: what is wrong with it is said where it is used.</summary>
    internal static ISuite Of(string address) => Found(address) ?? AllSuites.All[0];

    private static ISuite? Found(string address)
    {
        try
        {
            return AllSuites.Of(DriverSchemes.Parse(address));
        }
        catch (Exception error) when (error is DriverAddressException or DeviceLostException)
        {
            return null;
        }
    }

    /// <summary>The words of a list.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    internal static IReadOnlyList<string> List(string option, string? text)
    {
        if (text is null)
            return [];
        List<string> words =
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase),
        ];
        return words.Count > 0 ? words : throw new UsageException($"{option} names no {option[2..]}.\nWrite names, separated by commas.");
    }

    /// <summary>Refuses names and patterns that mean nothing, and a choice that leaves nothing to run.</summary>
    /// <exception cref="UsageException">That is so.</exception>
    internal static void Check(CheckRequest request)
    {
        var campaigns = request.Suite.Campaigns.Select(campaign => campaign.Name).ToList();
        foreach (var name in request.CampaignNames.Where(name => !campaigns.Any(known => CheckRequest.Matches(name, known))))
            throw Unknown("campaign", name, campaigns, $" in {request.SuiteName}");
        var ids = request.Suite.Requirements.Select(row => row.Name).ToList();
        foreach (var id in request.RequirementIds.Where(id => !ids.Any(known => CheckRequest.Matches(id, known))))
            throw Catalogue.TryParse(id.ToUpperInvariant(), out var row)
                ? new UsageException($"{row.Name} is of suite '{row.Suite}', which is not asked of this driver.\nThe suite here is '{request.SuiteName}'.")
                : UnknownRequirement(id, ids, request);
        if (!request.IsNarrow || request.Choose(request.Suite.Campaigns).Count > 0)
            return;
        var reason = request.Requirements.Select(AllSuites.WhyUnchecked).FirstOrDefault(why => why is not null);
        throw new UsageException(
            reason is null
                ? "no campaign has one of these names and aims at one of these requirements.\n'conformance requirements ID' says which campaigns check it."
                : $"no campaign aims at {string.Join(", ", request.RequirementIds.Select(id => Escaping.Line(id, 60)))}: {reason}.\n'conformance "
                    + $"requirements --unchecked' lists what is not checked."
        );
    }

    /// <summary>Adds the tokens of a folder, in the order of the files' names.</summary>
    /// <exception cref="UsageException">There is no such folder, it has no token, or one cannot be read.</exception>
    internal static CheckRequest AddRegressions(CheckRequest request, string? folder)
    {
        if (folder is null)
            return request;
        var shown = Escaping.Line(folder, 200);
        if (!Directory.Exists(folder))
            throw new UsageException($"--regressions {shown} is no folder.\nName one with *.txt files: a comment with '#', and below it a token.");
        try
        {
            List<string> texts = [];
            List<StoredPlan> own = [];
            foreach (var file in Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal))
            {
                var named = Escaping.Line(file, 200);
                texts.Add(InputFile.Read(file, "replay tokens"));
                var plans = StoredPlans.Parse(texts[^1], named).Where(plan => plan.Token.Suite == request.Suite.Token).ToList();
                foreach (var plan in plans)
                    RequireReadable(plan, request.Suite, named);
                own.AddRange(plans);
            }

            return own.Count > 0
                ? request with
                {
                    RegressionsFolder = folder,
                    Regressions = string.Join('\n', texts),
                }
                : throw new UsageException(
                    $"--regressions {shown} holds no token of suite '{request.SuiteName}'.\nA token is the word that begins with cfm1- on a card."
                );
        }
        catch (InvalidDataException error)
        {
            throw new UsageException($"{error.Message}.\nEach token stands on a line of its own, below a comment with '#' that says what it showed.");
        }
    }

    private static void RequireReadable(StoredPlan plan, ISuite suite, string file)
    {
        try
        {
            suite.Accept(new Readable(plan.Token));
        }
        catch (PlanFormatException error)
        {
            throw new UsageException(
                $"--regressions {file}, the token of '{Escaping.Line(plan.Comment, 80)}': {error.Message}.\nTake it out, or put another one in its place."
            );
        }
    }

    // A pattern means a group more likely than one of its requirements.
    private static UsageException UnknownRequirement(string id, List<string> ids, CheckRequest request)
    {
        if (id.AsSpan().IndexOfAny('*', '?') < 0)
            return Unknown("requirement", id, ids, $" in {request.SuiteName}");
        var groups = request.Suite.Requirements.Select(row => row.Group.Name()).Distinct(StringComparer.Ordinal).ToList();
        return new(
            string.Join(
                '\n',
                [
                    $"no requirement in {request.SuiteName} is like '{Escaping.Line(id, 60)}'.",
                    .. ConformanceCommand.Suggest(id.ToUpperInvariant(), groups.Select(group => $"{group}-*")),
                    $"The groups are {string.Join(", ", groups)}.",
                ]
            )
        );
    }

    private static UsageException Unknown(string kind, string name, IEnumerable<string> known, string where = "")
    {
        var names = string.Join(", ", known);
        return new(
            string.Join(
                '\n',
                [
                    kind == "suite" ? $"'{Escaping.Line(name, 60)}' is not a suite." : $"there is no {kind} '{Escaping.Line(name, 60)}'{where}.",
                    .. ConformanceCommand.Suggest(name, known, takesPatterns: kind is "campaign" or "requirement"),
                    names.Length <= 300 ? $"The {kind}s are {names}."
                    : kind == "requirement" ? "'conformance requirements' lists them."
                    : "--dry-run lists them.",
                ]
            )
        );
    }

    private sealed class Readable(ReplayToken token) : ISuiteVisitor<object>
    {
        public object Visit<TDevice, TPlan>(Suite<TDevice, TPlan> suite)
            where TDevice : class
            where TPlan : class => token.Read(suite.Language);
    }
}
