using System.Text.Json;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Reports;
using Conformance.Suites.Migration;

namespace Conformance.Suites.Command;

/// <summary>A driver in a worker: opened, and looked at once.</summary>
/// <param name="request">Which.</param>
internal sealed class SurveyedDriver(CheckRequest request) : IDisposable
{
    private IMigrationTarget? target;

    /// <summary>Runs plans on the driver; null before the survey, and when its feature set is unknown.</summary>
    internal LockstepRunner? Lockstep { get; private set; }

    /// <summary>Opens the driver and looks at it.</summary>
    /// <exception cref="DeviceLostException">It cannot be reached.</exception>
    internal string Survey(IJournal journal)
    {
        try
        {
            var address = DriverSchemes.Parse(request.Address);
            target = address.Open<IMigrationTarget>(request.WithoutFault);
            // Boots a guest, if there is one, and that may build its lab before: no call into the driver yet, so the deadline of calls does not count.
            _ = target.Capabilities;
        }
        catch (DriverAddressException error)
        {
            throw new DeviceLostException(DeviceLoss.Unreachable, error.Message);
        }

        var survey = Engine.Migration.Survey.Look(target, journal);
        if (survey.Machine is { } machine)
            Lockstep = new(target, machine, journal);
        var outcome = new SurveyOutcome
        {
            Driver = new()
            {
                Address = Escaping.Line(request.Address),
                Channel = Channel(target.Channel),
                Features = FeatureSet.Of(survey.Flags),
                Level = survey.Machine is { } known ? NotExercised.Text(known.Level) : null,
                Traits = Outcomes.Digest(target.Traits),
            },
            Level = survey.Level,
            Reasons = request.Requirements.ToDictionary(row => row.Name, row => NotExercised.Reason(survey.Machine, row), StringComparer.Ordinal),
            Reachable = survey.Machine is { HasMigration: true } ? Outcomes.Reachable(survey.Machine) : null,
            Outcome = Outcomes.Of(survey.Ledger, new()),
        };
        return JsonSerializer.Serialize(outcome, OutcomeContext.Default.SurveyOutcome);
    }

    public void Dispose() => target?.Dispose();

    private static string Channel(Channels channel) =>
        channel switch
        {
            Channels.Kernel => "kernel",
            Channels.Socket => "socket",
            _ => "in-process",
        };
}
