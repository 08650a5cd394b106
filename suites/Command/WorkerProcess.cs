using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Steps;
using Conformance.Reports;

namespace Conformance.Suites.Command;

/// <summary>Runs requests and plans in worker processes.</summary>
internal static class WorkerProcess
{
    /// <summary>Runs a job of this program in supervised workers.</summary>
    /// <param name="request">What the job is, as JSON.</param>
    /// <param name="deadline">How long one call into the driver may take.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="quiet">True: says nothing about where it stands.</param>
    /// <param name="endsAt">Which hang or crash of a worker, in which campaign, ends the run; null when none does.</param>
    internal static SupervisedRun Supervise(
        string request,
        TimeSpan deadline,
        CancellationToken cancel,
        bool quiet = false,
        Func<WorkerDeath, string, bool>? endsAt = null
    )
    {
        var supervisor = new Supervisor(
            new()
            {
                FileName = ThisProgram.FileName,
                Arguments = [.. ThisProgram.Words, WorkerRequest.Verb],
                Request = request,
                CallDeadline = deadline,
                EndsAt = endsAt,
            }
        );
        if (quiet)
            return supervisor.Run(null, cancel);
        using var line = new ProgressLine();
        return supervisor.Run(line.Show, cancel);
    }

    /// <summary>
    /// A run that does not begin, because a guest would be waited for in vain: it says what doctor says. Null when nothing is known against it.
    /// </summary>
    /// <param name="address">An address that was understood.</param>
    internal static SupervisedRun? Obstacle(string address) =>
        DriverSchemes.Parse(address) is var known && known.Scheme.Obstacle(known) is { } line
            ? new(null, $"{line.What}: {line.Seen}. {line.Fix}", [], [], false)
            : null;

    /// <summary>When the driver was never seen, says on standard error what happened, its last words, and the fix.</summary>
    /// <returns>True when it was never seen.</returns>
    internal static bool TellUnreachable(string address, IReadOnlyList<string> harnessErrors, SupervisedRun run)
    {
        if (run.Survey is not null || run.Interrupted)
            return false;
        var why = (run.Unreachable ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<string> lines = [why.Length > 0 ? $"{address} could not be reached: {why[0]}" : harnessErrors.FirstOrDefault("the worker ended without a word")];
        if (why.Length > 1)
            lines.Add($"It said last: {why[^1].Trim()}");
        // What is wrong with a plugin is said with its fix; there is nothing else to look at.
        if (!address.StartsWith("plugin:", StringComparison.Ordinal))
            lines.Add($"What is missing: conformance doctor {Escaping.ShellWord(address, 200)}");
        for (var index = 0; index < lines.Count; index++)
            Console.Error.WriteLine(index == 0 ? $"conformance: {Escaping.Line(lines[0], 400)}" : $"  {Escaping.Line(lines[index], 400)}");
        return true;
    }

    /// <summary>The deadline that the supervisor keeps for a driver, which is not touched.</summary>
    /// <exception cref="UsageException">There is no such driver.</exception>
    internal static TimeSpan Deadline(string text)
    {
        try
        {
            var address = DriverSchemes.Parse(text);
            _ = address.ReadTraits();
            return address.Scheme.Deadline(address);
        }
        catch (DriverAddressException error)
        {
            throw new UsageException(error.Message);
        }
        catch (DeviceLostException)
        {
            // The worker will say so, with a report.
            return TimeSpan.FromSeconds(10);
        }
    }
}
