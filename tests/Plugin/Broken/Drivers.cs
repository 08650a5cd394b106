using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Broken;

/// <summary>A driver that does nothing, so that each of the others is wrong in one way only.</summary>
public abstract class Bare : IMigrationDriver
{
    public virtual MigrationFeatures Features => MigrationFeatures.StopCopy;

    public virtual DeviceTraits? Declared => DeviceTraits.Cautious;

    public DeviceTraits Traits => Declared!;

    public IDmaLog? DmaLog => null;

    public IWorkload? Workload => null;

    public IFailureInjection? Failures => null;

    public virtual ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        file = (from, to) is (DeviceState.Stop, DeviceState.StopCopy or DeviceState.Resuming) ? NewFile(to == DeviceState.StopCopy) : null;
        return ArcResult.Taken;
    }

    public int DataSize(out ulong bytes)
    {
        bytes = 0;
        return Errno.None;
    }

    public virtual int Reset() => Errno.None;

    public virtual void Close() { }

    public virtual void Dispose() => GC.SuppressFinalize(this);

    protected virtual IMigrationFile NewFile(bool saving) => new Nothing(saving, 0);

    protected sealed class Nothing(bool saving, int lie) : IMigrationFile
    {
        public bool IsSaving => saving;

        public bool IsReadable => saving;

        public CallResult Read(Span<byte> buffer) =>
            lie < 0 ? throw new IndexOutOfRangeException("slot 9 of 8") : CallResult.Of(lie == 0 ? 0 : buffer.Length + lie);

        public CallResult Write(ReadOnlySpan<byte> buffer) => CallResult.Of(buffer.Length + lie);

        public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
        {
            initialBytes = dirtyBytes = 0;
            return Errno.ENOTTY;
        }

        public void Terminate() { }
    }
}

public sealed class ThrowsInConstructor : Bare
{
    public ThrowsInConstructor() => throw new InvalidOperationException("no \u001b[31mfirmware\nfor this device\u202e");
}

public sealed class ThrowsInStaticConstructor : Bare
{
    private static readonly int Slots = int.Parse("many", System.Globalization.CultureInfo.InvariantCulture);

    public override void Close() => _ = Slots;

    public ThrowsInStaticConstructor() => _ = Slots;
}

public sealed class HangsInConstructor : Bare
{
    public HangsInConstructor() => Thread.Sleep(Timeout.Infinite);
}

public sealed class EndsProcessInConstructor : Bare
{
    public EndsProcessInConstructor() => Environment.Exit(0);
}

public sealed class WantsArgument(MigrationFeatures features) : Bare
{
    public override MigrationFeatures Features => features;
}

public class Typed<T> : Bare;

internal sealed class Hidden : Bare;

public sealed class NoDriver;

public sealed class OddFeatures : Bare
{
    public override MigrationFeatures Features => (MigrationFeatures)9;
}

public sealed class NoTraits : Bare
{
    public override DeviceTraits? Declared => null;
}

public sealed class ThrowsInFeatures : Bare
{
    public override MigrationFeatures Features => throw new NotSupportedException("ask the vendor");
}

public sealed class ThrowsInArc : Bare
{
    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file) =>
        to == DeviceState.StopCopy
            ? throw new InvalidOperationException("queue 3 is not empty", new TimeoutException("no answer of the firmware"))
            : base.TakeArc(from, to, out file);
}

public sealed class ThrowsInReset : Bare
{
    public override int Reset() => throw new InvalidOperationException("cannot reset");
}

public sealed class ThrowsInRead : Bare
{
    protected override IMigrationFile NewFile(bool saving) => new Nothing(saving, saving ? -1 : 0);
}

public sealed class ThrowsInClose : Bare
{
    public override void Close() => throw new InvalidOperationException("still busy");
}

public sealed class ThrowsInDispose : Bare
{
    public override void Dispose() => throw new InvalidOperationException("freed twice");
}

public sealed class ThrowsKitsException : Bare
{
    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file) =>
        throw new DeviceLostException(DeviceLoss.Unreachable, "blame the harness");
}

public sealed class LiesAboutCounts : Bare
{
    protected override IMigrationFile NewFile(bool saving) => new Nothing(saving, 1 << 20);
}

public sealed class ThrowsOnThread : Bare
{
    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        var thread = new Thread(() => throw new InvalidOperationException("nobody is watching"));
        thread.Start();
        thread.Join();
        return base.TakeArc(from, to, out file);
    }
}

/// <summary>The arc to STOP never returns.</summary>
public sealed class HangsAlways : Bare
{
    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        if (to == DeviceState.Stop)
            Thread.Sleep(Timeout.Infinite);
        return base.TakeArc(from, to, out file);
    }
}

/// <summary>The first arc to STOP of all processes with the same current folder never returns; all others do.</summary>
public sealed class HangsOnce : Bare
{
    private const string Mark = "has-hung";

    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        if (to == DeviceState.Stop && !File.Exists(Mark))
        {
            File.WriteAllText(Mark, "");
            Thread.Sleep(Timeout.Infinite);
        }

        return base.TakeArc(from, to, out file);
    }
}

/// <summary>The first arcs to STOP of a process compute for as many milliseconds of processor time as the file "computes" says.</summary>
public sealed class Computes : Bare
{
    private static int left = 3;
    private static readonly long milliseconds = long.Parse(File.ReadAllText("computes"), System.Globalization.CultureInfo.InvariantCulture);

    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        if (to == DeviceState.Stop && left-- > 0)
        {
            for (var end = Used() + milliseconds; Used() < end; )
                Thread.SpinWait(1000);
        }

        return base.TakeArc(from, to, out file);
    }

    private static long Number(string word) => long.Parse(word, System.Globalization.CultureInfo.InvariantCulture);

    // The processor time of this thread, in ticks of 10 ms: the fourteenth and fifteenth word of its line, counted behind its name.
    private static long Used()
    {
        var text = File.ReadAllText("/proc/thread-self/stat");
        var words = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return 10 * (Number(words[11]) + Number(words[12]));
    }
}

public sealed class UsesLibrary : Bare
{
    public override MigrationFeatures Features =>
        new DiffPlex.Differ().CreateLineDiffs("a", "a", true).DiffBlocks.Count == 0 ? MigrationFeatures.StopCopy : MigrationFeatures.None;
}

/// <summary>What one device did, the next one pays for: no plan shows it by itself.</summary>
public sealed class LeaksOverPlans : Bare
{
    private static bool spoilt;
    private bool saved;

    public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        saved |= to == DeviceState.StopCopy;
        if (!spoilt || to != DeviceState.Stop || from != DeviceState.Running)
            return base.TakeArc(from, to, out file);
        file = null;
        return new(Errno.EIO);
    }

    public override void Dispose()
    {
        spoilt |= saved;
        base.Dispose();
    }
}
