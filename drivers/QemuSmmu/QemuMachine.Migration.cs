using Conformance.Drivers.Processes;
using Conformance.Model.Contract;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>Migration of the whole machine, through files.</summary>
internal sealed partial class QemuMachine
{
    private static readonly TimeSpan MigrationDeadline = TimeSpan.FromSeconds(60);

    private bool isUnlimited;

    /// <summary>Saves the machine, which then goes on.</summary>
    /// <param name="file">Where the stream goes; null: nowhere, so that the migration fails.</param>
    /// <returns>False when the migration failed.</returns>
    /// <exception cref="DeviceLostException">QEMU did not answer as it must.</exception>
    public bool Save(string? file)
    {
        if (!isUnlimited)
            Monitor.Execute("""{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":68719476736}}""");
        isUnlimited = true;
        Monitor.Execute("""{"execute":"stop"}""");
        var uri = file is null ? "exec:false" : $"exec:cat > '{file}'";
        Monitor.Execute($$$"""{"execute":"migrate","arguments":{"uri":"{{{uri}}}"}}""");
        var status = Await("""{"execute":"query-migrate"}""", status => status is "completed" or "failed" or "cancelled");
        // The migration tells its end before the machine has left it, and until then QEMU refuses to go on.
        Await("""{"execute":"query-status"}""", status => status is not "finish-migrate");
        Monitor.Execute("""{"execute":"cont"}""");
        return status == "completed";
    }

    /// <summary>Loads a machine that was started as a destination, and lets it run.</summary>
    /// <returns>Null when it runs; what QEMU said when it refused the stream, which ends it.</returns>
    /// <exception cref="DeviceLostException">It was ended by a signal, or did not answer as it must.</exception>
    public string? Load(string file)
    {
        try
        {
            Monitor.Execute($$$"""{"execute":"migrate-incoming","arguments":{"uri":"exec:cat '{{{file}}}'"}}""");
            Await("""{"execute":"query-status"}""", status => status is not "inmigrate");
            Monitor.Execute("""{"execute":"cont"}""");
            Prepare();
            return null;
        }
        catch (DeviceLostException lost) when (lost.Loss == DeviceLoss.Died && process.WaitForExit(1000) && process.ExitCode == 1)
        {
            // That is how QEMU tells an error of a load.
            return ForeignText.Line(lost.LastWords);
        }
    }

    // The masters have no state of their own; the ports before them have.
    private void Prepare()
    {
        ready.Clear();
        Qtest.Flush([], [], Environment.TickCount64 + (long)Qtest.Deadline.TotalMilliseconds);
        Qtest.Raised.Clear();
    }

    private string Await(string command, Func<string, bool> isDone)
    {
        var due = Environment.TickCount64 + (long)MigrationDeadline.TotalMilliseconds;
        while (true)
        {
            var status = Monitor.Status(command);
            if (isDone(status))
                return status;
            if (Environment.TickCount64 > due)
                throw new DeviceLostException(
                    DeviceLoss.TimedOut,
                    $"a migration of QEMU did not end within {MigrationDeadline.TotalSeconds:0} s",
                    LastWords(DeviceLoss.TimedOut)
                );
            Thread.Sleep(1);
        }
    }
}
