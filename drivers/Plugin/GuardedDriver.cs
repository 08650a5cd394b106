using Conformance.Drivers.Processes;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Drivers.Plugin;

/// <summary>
/// Somebody else's driver, held at arm's length: an exception out of its code is the death of the device, not of the kit. After that its code is not called any
/// more.
/// </summary>
internal sealed class GuardedDriver : IMigrationDriver
{
    private readonly IMigrationDriver driver;
    private readonly LastBreath last;
    private readonly Fate fate;
    private GuardedLog? log;
    private GuardedWorkload? workload;
    private GuardedFailures? failures;
    private GuardedFile? file;

    private GuardedDriver(IMigrationDriver driver, Fate fate, LastBreath last)
    {
        this.driver = driver;
        this.fate = fate;
        this.last = last;
        Features = fate.Ask("Features", driver, static d => d.Features);
        // The core has no paths for anything else, and nothing could be judged.
        if ((ulong)Features is not (0 or 1 or 3 or 5 or 7))
            throw PluginText.Unusable(
                $"the driver declares the feature set 0x{(ulong)Features:x}, which does not exist (MIG-FEAT-02)",
                "StopCopy is always there, P2P and PreCopy are optional: 1, 3, 5 or 7"
            );
        Traits =
            fate.Ask("Traits", driver, static d => d.Traits)
            ?? throw PluginText.Unusable("the driver declares no traits: Traits is null", "DeviceTraits.Cautious promises nothing");
        if (Traits.MaxImageBytes < 0)
            throw PluginText.Unusable("the driver declares traits that make no sense", "MaxImageBytes is not negative");
    }

    /// <inheritdoc/>
    public MigrationFeatures Features { get; }

    /// <inheritdoc/>
    public DeviceTraits Traits { get; }

    /// <inheritdoc/>
    public IDmaLog? DmaLog => Wrap(fate.Ask("DmaLog", driver, static d => d.DmaLog), ref log, static (inner, fate) => new(inner, fate));

    /// <inheritdoc/>
    public IWorkload? Workload => Wrap(fate.Ask("Workload", driver, static d => d.Workload), ref workload, static (inner, fate) => new(inner, fate));

    /// <inheritdoc/>
    public IFailureInjection? Failures => Wrap(fate.Ask("Failures", driver, static d => d.Failures), ref failures, static (inner, fate) => new(inner, fate));

    /// <summary>Makes a driver.</summary>
    /// <exception cref="DeviceLostException">Its constructor threw, or what it declares cannot be.</exception>
    internal static GuardedDriver Make(Type type, LastBreath last)
    {
        var fate = new Fate(ForeignText.Line(type.Assembly.GetName().Name + ".dll"));
        return new(fate.Ask("the constructor", type, static t => (IMigrationDriver)Activator.CreateInstance(t)!), fate, last);
    }

    /// <inheritdoc/>
    public ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
    {
        fate.Check();
        try
        {
            var result = driver.TakeArc(from, to, out var inner);
            file = Wrap(inner, ref this.file, static (inner, fate) => new(inner, fate));
            return result;
        }
        catch (Exception error)
        {
            throw fate.Died($"TakeArc({from.Name()}, {to.Name()})", error);
        }
    }

    /// <inheritdoc/>
    public int DataSize(out ulong bytes)
    {
        fate.Check();
        try
        {
            return driver.DataSize(out bytes);
        }
        catch (Exception error)
        {
            throw fate.Died("DataSize", error);
        }
    }

    /// <inheritdoc/>
    public int Reset() => fate.Ask("Reset", driver, static d => d.Reset());

    /// <inheritdoc/>
    public void Close() => fate.Tell("Close", driver, static d => d.Close());

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            driver.Dispose();
        }
        catch (Exception error)
        {
            if (!fate.IsSealed)
                last.Keep(fate.Died("Dispose", error));
        }
    }

    // A driver that hands out the same object again gets the same guard again.
    private TGuard? Wrap<TInner, TGuard>(TInner? inner, ref TGuard? guard, Func<TInner, Fate, TGuard> make)
        where TInner : class
        where TGuard : class, IGuard
    {
        if (inner is null)
            return null;
        if (guard is null || !ReferenceEquals(guard.Inner, inner))
            guard = make(inner, fate);
        return guard;
    }
}

/// <summary>Whether a driver still lives. Every guard of one device shares it.</summary>
/// <param name="assembly">The name of the driver's assembly.</param>
/// <param name="noun">What it is called.</param>
internal class Fate(string assembly, string noun = "driver")
{
    private DeviceLostException? loss;

    internal bool IsSealed => loss is not null;

    private protected string Assembly => assembly;

    /// <summary>Calls of a dead device get what it died of.</summary>
    internal void Check()
    {
        if (loss is not null)
            throw loss;
    }

    internal virtual T Ask<TInner, T>(string call, TInner inner, Func<TInner, T> ask)
    {
        Check();
        try
        {
            return ask(inner);
        }
        catch (Exception error)
        {
            throw Died(call, error);
        }
    }

    /// <summary>For calls that end something. They come when a dead device is cleaned up as well, and are left out then.</summary>
    internal void Tell<TInner>(string call, TInner inner, Action<TInner> tell)
    {
        if (IsSealed)
            return;
        try
        {
            tell(inner);
        }
        catch (Exception error)
        {
            throw Died(call, error);
        }
    }

    /// <summary>What code declares that cannot be.</summary>
    internal DeviceLostException Unusable(string wrong, string hint) => Seal(PluginText.Unusable(wrong, hint));

    /// <summary>It does not live any more.</summary>
    private protected DeviceLostException Seal(DeviceLostException last) => loss = last;

    /// <summary>What an exception means: an assembly that does not fit is nobody's verdict, everything else is the driver's.</summary>
    internal virtual DeviceLostException Died(string call, Exception error)
    {
        error = ForeignException.Thrown(error);
        return loss =
            PluginLoader.ExplainLoading(error, assembly)
            ?? new(DeviceLoss.Died, $"the {noun} threw in {call}: {ForeignException.Name(error)}", ForeignException.Lines(error));
    }
}

/// <summary>Something that stands before an object of the driver.</summary>
internal interface IGuard
{
    /// <summary>The object.</summary>
    object Inner { get; }
}

/// <summary>A data session of a guarded driver.</summary>
internal sealed class GuardedFile(IMigrationFile file, Fate fate) : IMigrationFile, IGuard
{
    public object Inner => file;

    public bool IsSaving => fate.Ask("IsSaving of a session", file, static f => f.IsSaving);

    public bool IsReadable => fate.Ask("IsReadable of a session", file, static f => f.IsReadable);

    public CallResult Read(Span<byte> buffer)
    {
        fate.Check();
        try
        {
            return file.Read(buffer);
        }
        catch (Exception error)
        {
            throw fate.Died($"Read of {buffer.Length} bytes", error);
        }
    }

    public CallResult Write(ReadOnlySpan<byte> buffer)
    {
        fate.Check();
        try
        {
            return file.Write(buffer);
        }
        catch (Exception error)
        {
            throw fate.Died($"Write of {buffer.Length} bytes", error);
        }
    }

    public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
    {
        fate.Check();
        try
        {
            return file.PrecopyInfo(out initialBytes, out dirtyBytes);
        }
        catch (Exception error)
        {
            throw fate.Died("PrecopyInfo", error);
        }
    }

    public int PrecopyInfoV2(out ulong initialBytes, out ulong dirtyBytes, out bool reinitialised)
    {
        fate.Check();
        try
        {
            return file.PrecopyInfoV2(out initialBytes, out dirtyBytes, out reinitialised);
        }
        catch (Exception error)
        {
            throw fate.Died("PrecopyInfoV2", error);
        }
    }

    public void Terminate() => fate.Tell("Terminate of a session", file, static f => f.Terminate());
}

/// <summary>The DMA log of a guarded driver.</summary>
internal sealed class GuardedLog(IDmaLog log, Fate fate) : IDmaLog, IGuard
{
    public object Inner => log;

    public int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
    {
        fate.Check();
        try
        {
            return log.Start(ranges, ref pageSize);
        }
        catch (Exception error)
        {
            throw fate.Died("Start of the DMA log", error);
        }
    }

    public int Stop() => fate.Ask("Stop of the DMA log", log, static l => l.Stop());

    public int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
    {
        fate.Check();
        try
        {
            return log.Report(range, pageSize, bitmap);
        }
        catch (Exception error)
        {
            throw fate.Died("Report of the DMA log", error);
        }
    }
}

/// <summary>The failure seam of a guarded driver.</summary>
internal sealed class GuardedFailures(IFailureInjection failures, Fate fate) : IFailureInjection, IGuard
{
    public object Inner => failures;

    public FailureSeams Seams => fate.Ask("Seams", failures, static f => f.Seams);

    public bool CanFail(DeviceState from, DeviceState to)
    {
        fate.Check();
        try
        {
            return failures.CanFail(from, to);
        }
        catch (Exception error)
        {
            throw fate.Died("CanFail", error);
        }
    }

    public void FailArc(int arc, int errno, bool broken)
    {
        fate.Check();
        try
        {
            failures.FailArc(arc, errno, broken);
        }
        catch (Exception error)
        {
            throw fate.Died("FailArc", error);
        }
    }

    public void FailSave(int bytes, int errno)
    {
        fate.Check();
        try
        {
            failures.FailSave(bytes, errno);
        }
        catch (Exception error)
        {
            throw fate.Died("FailSave", error);
        }
    }

    public void FailSaveRequest(int errno)
    {
        fate.Check();
        try
        {
            failures.FailSaveRequest(errno);
        }
        catch (Exception error)
        {
            throw fate.Died("FailSaveRequest", error);
        }
    }

    public void DelayArcs(int milliseconds)
    {
        fate.Check();
        try
        {
            failures.DelayArcs(milliseconds);
        }
        catch (Exception error)
        {
            throw fate.Died("DelayArcs", error);
        }
    }
}
