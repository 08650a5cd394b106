namespace Conformance.Tests.Workers;

/// <summary>
/// Time as the script of a <see cref="FakeWorker"/> wants it: it stands still, however long a busy machine takes, until the worker says that it waits. From
/// then on every look at the clock is a tenth of a second later than the one before.
/// </summary>
/// <param name="file">There while the worker waits.</param>
/// <param name="looks">After so many looks the worker has waited long enough; null: it waits for ever.</param>
internal sealed class WorkerClock(string file, int? looks = null) : TimeProvider
{
    private long tenths;
    private int seen;

    /// <inheritdoc/>
    public override long TimestampFrequency => 10;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (!File.Exists(file))
            return tenths;
        tenths++;
        if (++seen == looks)
        {
            seen = 0;
            File.Delete(file);
        }

        return tenths;
    }
}
