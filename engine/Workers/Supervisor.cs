using System.Globalization;
using Conformance.Reports;

namespace Conformance.Engine.Workers;

/// <summary>
/// Runs a job in worker processes. A call that does not come back and a process that dies become facts with the plan and the last words; then a fresh worker
/// begins the same campaign again without that plan.
/// </summary>
public sealed class Supervisor(SupervisorOptions options)
{
    private const int MaxHarnessErrors = 100;
    private const int MaxRestarts = 8;

    private readonly Dictionary<int, SupervisedCampaign> campaigns = [];
    private readonly List<string> harnessErrors = [];
    private IReadOnlyList<string> names = [];
    private string? survey;
    private string? unreachable;
    private DateTime? opened;
    private int restarts;
    private TimeSpan slowest;

    // The campaign at hand: its index, what it leaves out, the workers that it cost, and why it is cut short.
    private int from;
    private SkipList skip = SkipList.Empty;
    private readonly List<WorkerDeath> deaths = [];
    private string? abandoned;
    private string? endedIn;

    // The plan that ran when somebody ended a worker last.
    private (int Campaign, int Plan) killed = (-1, -1);

    /// <summary>Runs the job once. A supervisor is used once.</summary>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancel">Ends the worker and the run.</param>
    public SupervisedRun Run(Action<SupervisorProgress>? progress, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("conformance-");
        try
        {
            var path = Path.Combine(folder.FullName, "journal");
            using var journal = Journal.Create(path);
            RunWorkers(path, journal, progress, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return new(survey, unreachable, [.. campaigns.OrderBy(entry => entry.Key).Select(entry => entry.Value)], harnessErrors, cancel.IsCancellationRequested)
        {
            EndedIn = endedIn,
            Restarts = restarts,
            SlowestCall = slowest,
        };
    }

    private void RunWorkers(string path, Journal journal, Action<SupervisorProgress>? progress, CancellationToken cancel)
    {
        var wantsMore = true;
        while (wantsMore && !cancel.IsCancellationRequested)
        {
            journal.Clear();
            var orders = new WorkerOrders(options.Request, "", path, from, skip.ToString(), opened);
            using var life = new WorkerLife(options, journal, Handle, Report, progress is null ? null : () => progress(Where(journal)));
            var end = life.Run(orders, cancel);
            slowest = end.Slowest > slowest ? end.Slowest : slowest;
            wantsMore = WantsAnotherWorker(end, cancel.IsCancellationRequested);
        }
    }

    // What a worker came to, and whether a fresh one has something to do.
    private bool WantsAnotherWorker(WorkerEnd end, bool isCancelled)
    {
        if (end.Done)
            return false;
        if (isCancelled || unreachable is not null)
        {
            CloseCampaign(null);
            return false;
        }

        if (end.Broken is { } broken)
            return GoOnBehindMistake(broken);
        if (end.Death is not { } death)
            return false;
        if (end.WasKilled && IsSomebodyElses(death))
            return true;
        if (survey is null)
        {
            unreachable = death.LastWords.Length == 0 ? death.Description : $"{death.Description}\n{death.LastWords}";
            return false;
        }

        if (!end.Surveyed)
        {
            // A hang may leave a device behind that nobody can open any more.
            Report($"a fresh worker could not look at the driver again: {death.Description}");
            CloseCampaign(null);
            return false;
        }

        if (from >= names.Count)
        {
            // Every campaign had reported: it died while it cleaned up.
            Report($"the worker did not end well: {death.Description}");
            return false;
        }

        return GoOnBehindDeath(death, end.Lives);
    }

    // A mistake of the kit ends the campaign that it happened in.
    private bool GoOnBehindMistake(string broken)
    {
        Report(broken);
        if (survey is null || from >= names.Count)
            return false;
        abandoned ??= "the kit failed in it";
        return LeaveCampaign();
    }

    // SIGKILL and SIGTERM come from outside: an operator, or a machine without memory. A plan that meets one twice is to blame.
    private bool IsSomebodyElses(WorkerDeath death)
    {
        var plan = death.Journal.Number;
        if (restarts >= MaxRestarts || (plan >= 0 && killed == (from, plan)))
            return false;
        killed = (from, plan);
        restarts++;
        return true;
    }

    private bool GoOnBehindDeath(WorkerDeath death, bool lives)
    {
        // What the journal says of an earlier campaign says nothing about this one.
        if (death.Journal.Campaign != from)
            death = death with
            {
                Journal = death.Journal with { Campaign = from, Number = -1, Step = -1, Plan = ReadOnlyMemory<byte>.Empty, PlanIsTooLong = false },
            };
        deaths.Add(death);
        if (lives)
        {
            // It holds the device, so no other worker gets to it.
            abandoned = "the worker that hung cannot be killed: the device is lost until the machine starts again";
            CloseCampaign(null);
            return false;
        }

        // A plan that was lost while it was made smaller has shown something else before, which is seen when it is run again.
        if (death.Journal.Phase != PlanPhase.Shrink && options.EndsAt?.Invoke(death, names[from]) == true)
        {
            endedIn = names[from];
            CloseCampaign(null);
            return false;
        }

        if (abandoned is not null)
            return LeaveCampaign();
        var plan = death.Journal.Number;
        if (plan < 0 || deaths.Count >= options.MaxDeaths)
            return Abandon(death);
        LeaveOut(plan, death.Journal.Phase);
        return true;
    }

    // What came before is worth having: once more, up to the plan where patience ended.
    private bool Abandon(WorkerDeath death)
    {
        var plan = death.Journal.Number;
        var many = deaths.Count == 1 ? "1 hang or crash" : string.Create(CultureInfo.InvariantCulture, $"{deaths.Count} hangs and crashes");
        abandoned =
            plan < 0 ? $"{death.Description}, outside of any plan" : string.Create(CultureInfo.InvariantCulture, $"abandoned at plan {plan} after {many}");
        if (plan <= 0)
            return LeaveCampaign();
        skip = skip with { StopBefore = plan };
        return true;
    }

    // A plan that was lost while it was made smaller is run, and left as it is.
    private void LeaveOut(int plan, PlanPhase phase) =>
        skip =
            phase == PlanPhase.Shrink && !skip.NotShrunk.Contains(plan)
                ? skip with
                {
                    NotShrunk = skip.NotShrunk.Add(plan),
                }
                : skip with
                {
                    Plans = skip.Plans.Add(plan),
                };

    // Ends the campaign at hand without an outcome; true when there is another one.
    private bool LeaveCampaign()
    {
        CloseCampaign(null);
        NextCampaign();
        return from < names.Count;
    }

    // The campaign at hand ends: with what it reported, or with nothing.
    private void CloseCampaign(string? outcome)
    {
        if (from < names.Count && (outcome is not null || deaths.Count > 0 || abandoned is not null))
            campaigns[from] = new(names[from], outcome, [.. deaths], abandoned);
    }

    private void NextCampaign()
    {
        from++;
        skip = SkipList.Empty;
        deaths.Clear();
        abandoned = null;
    }

    private void Handle(WorkerMessage message)
    {
        switch (message.Kind)
        {
            case WorkerMessage.Survey when survey is null:
                survey = message.Text;
                opened = DateTime.UtcNow;
                names = message.Names;
                break;
            case WorkerMessage.Survey:
                // A fresh worker sees the driver again; what it saw first counts.
                if (!names.SequenceEqual(message.Names, StringComparer.Ordinal))
                    Report("a fresh worker named other campaigns than the first one: the driver changed in between");
                break;
            case WorkerMessage.Unreachable when survey is null:
                unreachable = message.Text;
                break;
            case WorkerMessage.Unreachable:
                unreachable = message.Text;
                Report($"the driver could not be reached any more: {Escaping.Line(message.Text, 300)}");
                break;
            case WorkerMessage.Finished:
                FinishCampaign(message.Campaign, message.Text);
                break;
            case WorkerMessage.Error:
                Report(message.Text);
                FinishCampaign(message.Campaign, null);
                break;
            default:
                Report($"a message of the worker could not be read: {Escaping.Line(message.Kind, 60)}");
                break;
        }
    }

    private void FinishCampaign(int campaign, string? outcome)
    {
        if (campaign != from)
        {
            Report($"the worker reported campaign {campaign.ToString(CultureInfo.InvariantCulture)} out of turn");
            return;
        }

        if (outcome is null)
            abandoned ??= "the kit failed in it";
        CloseCampaign(outcome);
        NextCampaign();
    }

    private SupervisorProgress Where(Journal journal)
    {
        var entry = journal.ReadPosition();
        var known = (uint)entry.Campaign < (uint)names.Count;
        return new(known ? names[entry.Campaign] : "", known ? entry.Campaign : 0, names.Count, Math.Max(0, entry.Number));
    }

    private void Report(string error)
    {
        if (harnessErrors.Count < MaxHarnessErrors)
            harnessErrors.Add(error);
    }
}
