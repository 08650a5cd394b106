using System.Text.Json;
using System.Text.Json.Nodes;
using Conformance.Engine.Workers;
using Conformance.Reports;
using Conformance.Suites.Command;
using NUnit.Framework;

namespace Conformance.Tests.Workers;

/// <summary>
/// What a worker reports with one member after the other made senseless: the supervisor's side goes on, says what is wrong, and blames nobody. What is refused
/// is refused as a whole.
/// </summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class OutcomeCheckTests
{
    private const string Surrogate = "\"half of a surrogate pair\"";

    private static readonly string[] replacements =
    [
        "null",
        "-1",
        "1e30",
        "9007199254740993",
        "18446744073709551615",
        "true",
        "\"\"",
        "\"x\"",
        "\"\\u0000\\u001b[31m\"",
        Surrogate,
        "[]",
        "[null]",
        "{}",
        "{\"x\":null}",
    ];

    private static readonly (string, int?, string?)[] savedStates = [("empty", 3, null), ("full", null, "refused")];

    // What may be missing.
    private static readonly HashSet<string> optional =
    [
        "Abandoned",
        "CutShort",
        "Description",
        "Facts",
        "FailingStep",
        "Features",
        "LastWords",
        "Level",
        "Link",
        "Reachable",
        "Reason",
        "Repeats",
        "Replay",
        "Tables",
        "Traits",
    ];

    [TestCase("fault:accepts-short-argsz", "envelope-matrix")]
    [TestCase("fault:stream-index-without-bound", "operands-out-of-range")]
    [TestCase("fault:accepts-short-argsz", null)]
    public void No_member_of_a_report_can_end_the_supervisor(string address, string? campaign)
    {
        var (request, survey, outcome) = Report(address, campaign);
        Assert.That(Build(request, survey, outcome).HarnessErrors, Is.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (name, original, senseless, mustBeRefused) in Mutations(survey))
                Survives(request, senseless, outcome, $"survey: {name} = {original}", mustBeRefused);
            foreach (var (name, original, senseless, mustBeRefused) in Mutations(outcome))
                Survives(request, survey, senseless, $"{campaign ?? "replay"}: {name} = {original}", mustBeRefused);
        });
    }

    [Test]
    public void No_member_of_a_message_can_end_the_supervisor()
    {
        var (_, survey, outcome) = Report("fault:accepts-short-argsz", "envelope-matrix");
        foreach (var message in new[] { new WorkerMessage(WorkerMessage.Survey, -1, survey, ["a", "b"]), new(WorkerMessage.Finished, 0, outcome, []) })
        foreach (var (name, original, senseless, mustBeRefused) in Mutations(message.Write()))
            if (name != "/Campaign" || !original.StartsWith("-1", StringComparison.Ordinal))
                Assert.That(WorkerMessage.TryRead(senseless, out _) && mustBeRefused, Is.False, $"{name} = {original}");
    }

    [Test]
    public void No_member_of_a_saved_state_can_end_the_supervisor()
    {
        var whole = Saved(new("empty", [0, 0, 0], null), new("full", null, "refused"));
        Assert.That(SavedStates.Read(whole).States.Select(state => (state.Name, state.Image?.Length, state.Problem)), Is.EqualTo(savedStates));
        foreach (var (name, original, senseless, mustBeRefused) in Mutations(whole))
        {
            var refused = false;
            try
            {
                SavedStates.Read(senseless);
            }
            catch (JsonException error)
            {
                refused = true;
                Assert.That(error.Message, Is.Not.Empty);
            }

            Assert.That(refused || !mustBeRefused, $"{name} = {original}");
        }
    }

    // Each state has a file, and "/" cannot be part of its name.
    [TestCase("empty", "Empty")]
    [TestCase("a/b", "a:b")]
    public void States_with_one_name_are_refused(string one, string other)
    {
        Assert.That(
            () => SavedStates.Read(Saved(new(one, [0], null), new(other, [0], null))),
            Throws.InstanceOf<JsonException>().With.Message.EqualTo("two states have one name")
        );
    }

    private static string Saved(params SavedState[] states) => JsonSerializer.Serialize(new(states), SavedStatesContext.Default.SavedStates);

    [TestCase("/Outcome/Findings/0/FailingStep", "1000", "fails at step 1000")]
    [TestCase("/MadeFor/Digest", "\"0123456g\"", "is no digest")]
    [TestCase("/Reasons", "{\"MIG-FSM-999\":null}", "there is no requirement MIG-FSM-999")]
    public void What_is_wrong_is_said(string path, string value, string message)
    {
        var (request, survey, outcome) = Report("fault:accepts-short-argsz", "envelope-matrix");
        var root = JsonNode.Parse(survey)!;
        root["Outcome"] = JsonNode.Parse(outcome);
        Set(root, path.Split('/')[1..], JsonNode.Parse(value));
        var document = Build(request, root.ToJsonString(), outcome);
        Assert.That(document.HarnessErrors.Single(), Does.StartWith("survey: what the worker reported could not be read: ").And.Contain(message));
        Assert.That(document.Driver.Channel, Is.EqualTo("unknown"), "nothing of what is refused is used");
    }

    private static void Survives(CheckRequest request, string survey, string outcome, string what, bool mustBeRefused)
    {
        try
        {
            var document = Build(request, survey, outcome);
            var refused = document.HarnessErrors.Any(error => error.Contains("what the worker reported could not be read: ", StringComparison.Ordinal));
            Assert.That(refused || !mustBeRefused, what);
            if (refused)
                return;
            foreach (var rendering in Renderings.All)
                rendering.Render(document);
            ResultJson.Read(ResultJson.Write(document), "result.json");
        }
        catch (Exception error) when (error is not (AssertionException or ResultStateException))
        {
            Assert.Fail($"{what}: {error}");
        }
    }

    private static ResultDocument Build(CheckRequest request, string survey, string outcome) =>
        ResultBuilder.Build(
            request,
            new(survey, null, [new(request.CampaignNames.FirstOrDefault("replay"), outcome, [], null)], [], false),
            LossSearch.AsTheyAre(request)
        );

    // What a worker says of a driver with a fault: of a campaign, or of the plan of the first finding.
    private static (CheckRequest Request, string Survey, string Outcome) Report(string address, string? campaign)
    {
        var request = new CheckRequest(address, Selection.Of(address).Name, 1, 8)
        {
            CampaignNames = [campaign ?? "envelope-matrix"],
            RequirementIds = ["ABI-*", "SMMU-CMDQ-*"],
        };
        var (survey, outcome) = Run(request);
        if (campaign is not null)
            return (request, survey, outcome);
        request = request with { CampaignNames = [], Token = CampaignOutcome.Read(outcome).Findings[0].Replay };
        (survey, outcome) = Run(request);
        return (request, survey, outcome);
    }

    private static (string Survey, string Outcome) Run(CheckRequest request)
    {
        using var job = request.Suite.Accept(new SuiteJobs(request, null));
        return (job.Survey(NullJournal.Instance), job.Run(0, SkipList.Empty, NullJournal.Instance));
    }

    // Every member, and of every list and table the first element, in turn.
    private static IEnumerable<(string Name, string Value, string Json, bool MustBeRefused)> Mutations(string json)
    {
        foreach (var path in Paths(JsonNode.Parse(json), []).ToList())
        foreach (var replacement in replacements)
        {
            var root = JsonNode.Parse(json)!;
            var before = Get(root, path);
            Set(root, path, JsonNode.Parse(replacement));
            yield return (
                "/" + string.Join('/', path),
                replacement,
                root.ToJsonString().Replace(Surrogate, "\"\\ud800\"", StringComparison.Ordinal),
                MakesNoSense(path, before, replacement)
            );
        }
    }

    // A negative number, a number beyond every type, half of a character, another kind of value, and null where something must be.
    private static bool MakesNoSense(IReadOnlyList<string> path, JsonNode? before, string replacement)
    {
        if (before is null)
            return false;
        if (replacement == "null")
            return !optional.Contains(path[^1]) && !(path is ["Reasons", _]) && !(path is ["Trace"]);
        var after = JsonNode.Parse(replacement)!;
        return replacement is Surrogate or "1e30" or "-1" or "[null]" || Kind(before) != Kind(after);
    }

    private static JsonValueKind Kind(JsonNode node) => node.GetValueKind() is JsonValueKind.False ? JsonValueKind.True : node.GetValueKind();

    private static IEnumerable<IReadOnlyList<string>> Paths(JsonNode? node, IReadOnlyList<string> path)
    {
        var children = node switch
        {
            JsonObject { Count: > 40 } table => [table.First()],
            JsonObject members => members.ToList(),
            JsonArray { Count: > 0 } list => [KeyValuePair.Create("0", list[0])],
            _ => [],
        };
        foreach (var (name, value) in children)
        {
            IReadOnlyList<string> below = [.. path, name];
            yield return below;
            foreach (var inner in Paths(value, below))
                yield return inner;
        }
    }

    private static JsonNode? Get(JsonNode root, IEnumerable<string> path) =>
        path.Aggregate((JsonNode?)root, (node, name) => node is JsonArray list ? list[int.Parse(name, null)] : node![name]);

    private static void Set(JsonNode root, IReadOnlyList<string> path, JsonNode? value)
    {
        var parent = Get(root, path.Take(path.Count - 1))!;
        if (parent is JsonArray list)
            list[int.Parse(path[^1], null)] = value;
        else
            parent[path[^1]] = value;
    }
}
