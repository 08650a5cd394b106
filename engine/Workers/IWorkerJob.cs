namespace Conformance.Engine.Workers;

/// <summary>
/// What a worker process does: look at the driver once, then run campaigns one after the other. What it reports is text (JSON) that only the job and the
/// supervisor's caller understand. Everything is deterministic, so that a fresh worker can go on where another one died.
/// </summary>
public interface IWorkerJob : IDisposable
{
    /// <summary>Opens the driver and looks at it. Called first.</summary>
    /// <exception cref="Model.Contract.DeviceLostException">The driver cannot be reached.</exception>
    string Survey(IJournal journal);

    /// <summary>The names of the campaigns. Known after <see cref="Survey"/>.</summary>
    IReadOnlyList<string> Campaigns { get; }

    /// <summary>Runs one campaign from its beginning.</summary>
    /// <param name="campaign">Its index.</param>
    /// <param name="skip">The plans that it leaves out.</param>
    /// <param name="journal">Where it says what it is doing.</param>
    /// <returns>What the campaign found out.</returns>
    string Run(int campaign, SkipList skip, IJournal journal);
}
