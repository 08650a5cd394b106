using System.Buffers.Binary;
using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Reports;

namespace Conformance.Suites.Lint;

/// <summary>
/// Judges a trace: whether the user of the uAPI kept to what a user owes. What a driver answered is taken as it is: that is what <c>check</c> is for. Where
/// the trace leaves open what a device was in, nothing is held against the user.
/// </summary>
internal sealed class TraceJudge
{
    private const int MaxFindings = 500;

    private readonly Dictionary<(long Process, int Descriptor), TracedDevice> devices = [];
    private readonly Dictionary<(long Process, int Descriptor), TracedSession> sessions = [];
    private readonly List<TracedDevice> everyDevice = [];
    private readonly List<TracedSession> everySession = [];
    private readonly Dictionary<RequirementId, long> exercised = [];
    private readonly Dictionary<(string Rule, TracedDevice? Device), int> places = [];
    private readonly List<Finding> findings = [];
    private bool isMapped;

    /// <summary>The findings in the order of the trace.</summary>
    internal IReadOnlyList<Finding> Findings => findings;

    /// <summary>How many calls were judged.</summary>
    internal long Calls { get; private set; }

    /// <summary>How many devices were opened.</summary>
    internal int Devices => everyDevice.Count;

    /// <summary>How many data fds were given.</summary>
    internal int Sessions => everySession.Count;

    /// <summary>How many processes there are.</summary>
    internal int Processes => everyDevice.Select(device => device.Process).Distinct().Count();

    /// <summary>What a reader should know.</summary>
    internal IReadOnlyList<string> Notes =>
        isMapped ? ["regions of a device are mapped: what goes through a mapping is not in a trace, so touched-while-stopped sees the calls alone"] : [];

    /// <summary>How often a requirement was asked.</summary>
    internal long Exercised(RequirementId id) => exercised.GetValueOrDefault(id);

    /// <summary>Judges the next call.</summary>
    internal void Judge(TraceCall call)
    {
        Calls++;
        var key = (call.Process, call.Descriptor);
        if (call.Kind == TraceCallKind.Device)
            Open(call, key);
        else if (call.Kind == TraceCallKind.End)
            End(call);
        else if (devices.TryGetValue(key, out var device))
        {
            device.Note(call);
            OfDevice(call, key, device);
        }
        else if (sessions.TryGetValue(key, out var session))
        {
            session.Device.Note(call);
            OfSession(call, key, session);
        }
    }

    /// <summary>The trace is over.</summary>
    internal void Finish()
    {
        foreach (var session in everySession)
        {
            Look(LintRule.DataFdNotClosed);
            // A process that was stopped in the middle of a session says nothing of what it would have done.
            if (session is { Descriptors: > 0, IsLive: false, IsCertain: true })
                Find(LintRule.DataFdNotClosed, session.Opened, session.Device, $"the data fd that this call gave was never closed", afterwards: true);
        }
    }

    private void Open(TraceCall call, (long Process, int Descriptor) key)
    {
        // A descriptor that comes again was closed in a way that the recorder did not see.
        Forget(key);
        var name = call.Name.Length > 0 ? call.Name : string.Create(CultureInfo.InvariantCulture, $"device of fd {call.Descriptor}");
        var device = everyDevice.Find(other => other.Process == call.Process && other.Name == name && other.Descriptors > 0);
        if (device is null)
            everyDevice.Add(device = new(call.Process, name));
        device.Descriptors++;
        devices[key] = device;
        device.Note(call);
    }

    private void End(TraceCall call)
    {
        foreach (var device in everyDevice.Where(device => device.Process == call.Process && device.Descriptors > 0))
            EndLog(call, device, "the process ended");
    }

    private void OfDevice(TraceCall call, (long, int) key, TracedDevice device)
    {
        switch (call.Kind)
        {
            case TraceCallKind.Feature:
                Feature(call, device);
                break;
            case TraceCallKind.Reset when call.Ok:
                device.State = DeviceState.Running;
                device.SetFailed = false;
                device.Logs = false;
                EndSession(device);
                break;
            case TraceCallKind.Info:
                Look(LintRule.InfoOfTheDevice);
                Find(LintRule.InfoOfTheDevice, call, device, "GET_PRECOPY_INFO of the device's own descriptor");
                break;
            case TraceCallKind.Read or TraceCallKind.Write or TraceCallKind.PositionedRead or TraceCallKind.PositionedWrite:
                Touched(call, device);
                break;
            case TraceCallKind.Map when call.Ok && IsBar(call.Offset):
                isMapped = true;
                break;
            case TraceCallKind.Duplicate when call.Ok && call.Result <= int.MaxValue:
                Forget((call.Process, (int)call.Result));
                devices[(call.Process, (int)call.Result)] = device;
                device.Descriptors++;
                break;
            case TraceCallKind.Close when call.Ok:
                devices.Remove(key);
                if (--device.Descriptors == 0)
                {
                    EndLog(call, device, "the device was closed");
                    EndSession(device);
                }

                break;
        }
    }

    // The envelope first, in the order in which a kernel looks at it.
    private void Feature(TraceCall call, TracedDevice device)
    {
        var (index, methods) = (call.Flags & Uapi.FeatureMask, call.Flags & (Uapi.Get | Uapi.Set | Uapi.Probe));
        if (Breaks(LintRule.ShortEnvelope, call.ArgumentSize < Uapi.EnvelopeSize, call, device, () => $"argsz {call.ArgumentSize}"))
            return;
        if (Breaks(LintRule.UnknownFlags, (call.Flags & Uapi.ReservedFlags) != 0, call, device, () => $"flags 0x{call.Flags:x}"))
            return;
        if (Breaks(LintRule.TwoMethods, methods == (Uapi.Get | Uapi.Set), call, device, () => $"flags 0x{call.Flags:x} have GET and SET"))
            return;
        if (Breaks(LintRule.QueryWithoutMethod, methods == 0, call, device, () => $"flags 0x{call.Flags:x} have no method"))
            return;
        if (Uapi.MinPayload(index) < 0 || (methods & Uapi.Probe) != 0)
            return;
        if (
            Breaks(
                LintRule.MethodNotOffered,
                (methods & ~Uapi.Methods(index)) != 0,
                call,
                device,
                () => $"feature {index} has no {(methods == Uapi.Get ? "GET" : "SET")}"
            )
        )
            return;
        var least = Uapi.EnvelopeSize + Uapi.MinPayload(index);
        if (Breaks(LintRule.ShortPayload, call.ArgumentSize < least, call, device, () => $"argsz {call.ArgumentSize} for feature {index}, which wants {least}"))
            return;

        switch (index)
        {
            case Uapi.Migration:
                device.QueryFailed = !call.Ok;
                if (call.Ok && call.After.Length >= 8)
                    device.Features = BinaryPrimitives.ReadUInt64LittleEndian(call.After);
                break;
            case Uapi.MigDeviceState when methods == Uapi.Get:
                if (call.Ok && call.After.Length >= 4)
                    Saw(device, (DeviceState)BinaryPrimitives.ReadUInt32LittleEndian(call.After));
                break;
            case Uapi.MigDeviceState when call.Before.Length >= 4:
                Request(call, device, BinaryPrimitives.ReadUInt32LittleEndian(call.Before));
                break;
            case Uapi.DmaLoggingStart or Uapi.DmaLoggingStop or Uapi.DmaLoggingReport:
                Log(call, device, index);
                break;
        }
    }

    private static void Saw(TracedDevice device, DeviceState state)
    {
        device.SetFailed = false;
        if (device.State == state)
            return;
        device.State = state;
        if (device.Session is { } session)
            session.IsCertain = false;
    }

    private void Request(TraceCall call, TracedDevice device, uint word)
    {
        if (device.QueryFailed)
        {
            Look(LintRule.UsedAfterFailedQuery);
            Find(LintRule.UsedAfterFailedQuery, call, device, "SET of a state, after GET MIGRATION gave an errno");
        }
        else
        {
            Look(LintRule.UsedAfterFailedQuery);
            Breaks(LintRule.UsedWithoutQuery, device.Features is null, call, device, () => "SET of a state, and MIGRATION was never asked for");
        }

        if (Breaks(LintRule.UnknownTarget, word >= 8, call, device, () => $"SET 0x{word:x}"))
        {
            Failed(device, call);
            return;
        }

        var target = (DeviceState)word;
        Breaks(LintRule.TargetError, target == DeviceState.Error, call, device, () => "SET ERROR");
        Breaks(
            LintRule.StateNotOffered,
            device.Features is { } features && !Offers(features, target),
            call,
            device,
            () => $"SET {target.Name()} of a device with features {device.Features}"
        );
        Breaks(LintRule.StateTakenForGranted, device.SetFailed, call, device, () => $"SET {target.Name()} right behind a SET that failed");
        var origin = device.State;
        if (origin == DeviceState.Error)
            Breaks(LintRule.UsedInError, target != DeviceState.Error, call, device, () => $"SET {target.Name()} in ERROR");
        if (origin is { } from && from != target)
        {
            Breaks(
                LintRule.BlockedArc,
                from == DeviceState.StopCopy && target is DeviceState.PreCopy or DeviceState.PreCopyP2P,
                call,
                device,
                () => $"SET {target.Name()} in STOP_COPY"
            );
            if (from == DeviceState.Resuming)
                LeavesResuming(call, device);
            Beside(call, device, target);
        }

        device.Migrates = true;
        if (!call.Ok)
        {
            Failed(device, call);
            return;
        }

        device.SetFailed = false;
        device.State = target;
        if (IsStopped(target))
            Look(LintRule.TouchedWhileStopped);
        else if (IsQuiescent(target))
            Look(LintRule.TouchedWhileQuiescent);
        var given = call.After.Length >= 8 ? BinaryPrimitives.ReadInt32LittleEndian(call.After.AsSpan(4)) : -1;
        var isCancelled = device.Session is { Saves: true } && origin is DeviceState.PreCopy or DeviceState.PreCopyP2P && !IsSaving(target);
        if (isCancelled && device.Session is { } ended)
            ended.IsCancelled = true;
        if (given >= 0)
        {
            EndSession(device);
            Forget((call.Process, given));
            var session = new TracedSession(device, call, saves: target != DeviceState.Resuming) { Descriptors = 1 };
            everySession.Add(session);
            sessions[(call.Process, given)] = session;
            device.Session = session;
        }
        else if (device.Session is { } live && !(live.Saves ? IsSaving(target) : target == DeviceState.Resuming))
            EndSession(device);
    }

    // Where it is now, only GET can say.
    private static void Failed(TracedDevice device, TraceCall call)
    {
        if (call.Ok)
            return;
        device.SetFailed = true;
        device.State = null;
        if (device.Session is { } session)
            session.IsCertain = false;
    }

    private void LeavesResuming(TraceCall call, TracedDevice device)
    {
        if (device.Session is not { Saves: false, IsCertain: true } session)
            return;
        if (Breaks(LintRule.LeavesFailedLoad, session.Refused != 0, call, device, () => $"SET behind a write that gave {Errno.Name(session.Refused)}"))
            return;
        if (Breaks(LintRule.NothingWritten, session.Bytes == 0, call, device, () => "RESUMING was left by SET, and nothing had been written"))
            return;
        if (Breaks(LintRule.RestNotWritten, session.Rest > 0, call, device, () => $"{session.Rest} bytes of the last write were not taken, nor offered again"))
            return;
        Compare(call, device, session);
    }

    // With what was saved somewhere in the trace. Only where it is certain which stream it was is anything held against the user.
    private void Compare(TraceCall call, TracedDevice device, TracedSession loaded)
    {
        var same = everySession.Where(saved => saved.Saves && saved.Passed(loaded)).ToList();
        var alike = everySession.Where(saved => saved.Saves && saved.Bytes > 0 && saved.BeginsLike(loaded)).ToList();
        if (same.Count == 0 && alike.Count == 0)
            return;
        foreach (var rule in new[] { LintRule.LeavesResumingEarly, LintRule.TooMuchWritten, LintRule.CancelledStream, LintRule.StreamChanged })
            Look(rule);
        if (same.Exists(saved => saved.Bytes == loaded.Bytes && saved.HasEnd))
            return;
        if (same.Find(saved => saved.IsCancelled) is { } cancelled && same.TrueForAll(saved => saved.IsCancelled))
            Find(LintRule.CancelledStream, call, device, $"the stream of {cancelled.Device.Name} ended in pre-copy");
        else if (same.Count > 0)
            Find(
                LintRule.LeavesResumingEarly,
                call,
                device,
                same.Exists(saved => saved.Bytes == loaded.Bytes)
                    ? $"{loaded.Bytes} bytes were written, and their source was never read to its end"
                    : $"{loaded.Bytes} of {same.Max(saved => saved.Bytes)} bytes were written"
            );
        else if (alike.TrueForAll(saved => saved.Bytes > loaded.Bytes))
            Find(LintRule.LeavesResumingEarly, call, device, $"{loaded.Bytes} of {alike.Min(saved => saved.Bytes)} bytes were written");
        else if (alike.TrueForAll(saved => saved.Bytes < loaded.Bytes))
            Find(LintRule.TooMuchWritten, call, device, $"{loaded.Bytes} bytes were written of a stream of {alike.Max(saved => saved.Bytes)}");
        else if (loaded.Sum is not null && alike.TrueForAll(saved => saved.Bytes == loaded.Bytes && saved.Sum is not null))
            Find(LintRule.StreamChanged, call, device, "as many bytes as were read, and not the same ones");
    }

    // RESUMING is left out: where a machine comes to, nothing runs yet.
    private void Beside(TraceCall call, TracedDevice device, DeviceState target)
    {
        var others = everyDevice.FindAll(other =>
            other != device && other.Process == device.Process && other is { HasP2P: true, Descriptors: > 0, Migrates: true }
        );
        if (!device.HasP2P || others.Count == 0)
            return;
        if (IsStopped(target) && !IsStopped(device.State ?? target))
            Breaks(
                LintRule.StoppedBesideRunning,
                others.Find(other => other.State is DeviceState.Running or DeviceState.PreCopy) is not null,
                call,
                device,
                () => $"SET {target.Name()} of {device.Name} while {First(others, DeviceState.Running, DeviceState.PreCopy)}"
            );
        else if (target is DeviceState.Running or DeviceState.PreCopy && device.State is not (DeviceState.Running or DeviceState.PreCopy))
            Breaks(
                LintRule.StoppedBesideRunning,
                others.Find(other => other.State is DeviceState.Stop or DeviceState.StopCopy) is not null,
                call,
                device,
                () => $"SET {target.Name()} of {device.Name} while {First(others, DeviceState.Stop, DeviceState.StopCopy)}"
            );
    }

    private static string First(List<TracedDevice> others, DeviceState one, DeviceState another) =>
        others.Find(other => other.State == one || other.State == another) is { State: { } state } found ? $"{found.Name} is in {state.Name()}" : "";

    private void Log(TraceCall call, TracedDevice device, uint index)
    {
        var (isWrong, seen) = index switch
        {
            Uapi.DmaLoggingStart => (device.Logs, "a second START without a STOP"),
            Uapi.DmaLoggingStop => (!device.Logs, "a STOP, and nothing had been started"),
            _ => (!device.Logs, "a REPORT, and nothing had been started"),
        };
        Breaks(LintRule.LogNotPaired, isWrong, call, device, () => seen);
        if (call.Ok && index != Uapi.DmaLoggingReport)
            device.Logs = index == Uapi.DmaLoggingStart;
    }

    private void EndLog(TraceCall call, TracedDevice device, string how)
    {
        if (device.Logs)
            Breaks(LintRule.LogNotPaired, isBroken: true, call, device, () => $"{how} between START and STOP");
        device.Logs = false;
    }

    private void Touched(TraceCall call, TracedDevice device)
    {
        // A plain read has the offset of its descriptor, which nobody here knows.
        if (call.Kind is TraceCallKind.Read or TraceCallKind.Write || !IsBar(call.Offset) || device.State is not { } state)
            return;
        var rule =
            IsStopped(state) ? LintRule.TouchedWhileStopped
            : IsQuiescent(state) ? LintRule.TouchedWhileQuiescent
            : null;
        if (rule is not null)
            Breaks(
                rule,
                isBroken: true,
                call,
                device,
                () => $"{(call.Kind == TraceCallKind.PositionedRead ? "a read" : "a write")} of BAR{call.Offset >> RegionShift} in {state.Name()}"
            );
    }

    private void OfSession(TraceCall call, (long, int) key, TracedSession session)
    {
        switch (call.Kind)
        {
            case TraceCallKind.Close when call.Ok:
                sessions.Remove(key);
                session.Descriptors--;
                break;
            case TraceCallKind.Duplicate when call.Ok && call.Result <= int.MaxValue:
                Forget((call.Process, (int)call.Result));
                sessions[(call.Process, (int)call.Result)] = session;
                session.Descriptors++;
                break;
            case TraceCallKind.Seek or TraceCallKind.PositionedRead or TraceCallKind.PositionedWrite:
                Look(LintRule.NotAStream);
                Find(LintRule.NotAStream, call, session.Device, $"{call.Text.Split(' ')[0]} of a data fd");
                break;
            case TraceCallKind.Read or TraceCallKind.Write:
                Transfer(call, session);
                break;
            case TraceCallKind.Info:
                Info(call, session);
                break;
            case TraceCallKind.Ioctl when !session.Saves:
                Look(LintRule.IoctlOnResuming);
                Find(LintRule.IoctlOnResuming, call, session.Device, $"ioctl 0x{call.Request:x}");
                break;
        }
    }

    private void Transfer(TraceCall call, TracedSession session)
    {
        var device = session.Device;
        var reads = call.Kind == TraceCallKind.Read;
        if (Breaks(LintRule.WrongDirection, reads != session.Saves, call, device, () => reads ? "read of a resuming data fd" : "write of a saving data fd"))
            return;
        if (Breaks(LintRule.DeadSession, session is { IsLive: false, IsCertain: true }, call, device, () => $"{(reads ? "read" : "write")} behind its end"))
            return;
        Look(LintRule.NotAStream);
        session.Count(call);
        if (!reads)
        {
            session.Refused = call.Ok || call.Errno is Errno.EINTR or Errno.EAGAIN ? 0 : call.Errno;
            session.Rest = call.Ok ? call.Size - Math.Min(call.Result, call.Size) : session.Rest;
            return;
        }

        if (device.State != DeviceState.StopCopy || !session.IsCertain || call.Size == 0)
            return;
        Breaks(LintRule.ReadsOnAfterTheEnd, session.HasEnd, call, device, () => "another read, after one had given 0");
        session.HasEnd |= call.Result == 0;
    }

    private void Info(TraceCall call, TracedSession session)
    {
        var device = session.Device;
        if (Breaks(LintRule.IoctlOnResuming, !session.Saves, call, device, () => "GET_PRECOPY_INFO of a resuming data fd"))
            return;
        if (Breaks(LintRule.ShortInfo, call.ArgumentSize < Uapi.PrecopyInfoSize, call, device, () => $"argsz {call.ArgumentSize}"))
            return;
        if (device.State is { } state && session.IsCertain)
            Breaks(
                LintRule.InfoOutsidePreCopy,
                !session.IsLive || state is not (DeviceState.PreCopy or DeviceState.PreCopyP2P),
                call,
                device,
                () => session.IsLive ? $"GET_PRECOPY_INFO in {state.Name()}" : "GET_PRECOPY_INFO behind the end of its session"
            );
    }

    private static void EndSession(TracedDevice device)
    {
        if (device.Session is not { } session)
            return;
        session.IsLive = false;
        device.Session = null;
    }

    // The descriptor means something else from now on.
    private void Forget((long, int) key)
    {
        if (devices.Remove(key, out var device))
            device.Descriptors--;
        if (sessions.Remove(key, out var session))
            session.Descriptors--;
    }

    private const int RegionShift = 40;

    // Regions 0 to 5 of a PCI device; its configuration space may be read and written while it is stopped.
    private static bool IsBar(ulong offset) => offset >> RegionShift < 6;

    private static bool IsStopped(DeviceState state) => state is DeviceState.Stop or DeviceState.StopCopy;

    private static bool IsQuiescent(DeviceState state) => state is DeviceState.RunningP2P or DeviceState.PreCopyP2P;

    private static bool IsSaving(DeviceState state) => state is DeviceState.StopCopy or DeviceState.PreCopy or DeviceState.PreCopyP2P;

    private static bool Offers(ulong features, DeviceState state) =>
        state switch
        {
            DeviceState.RunningP2P => (features & (ulong)MigrationFeatures.P2P) != 0,
            DeviceState.PreCopy => (features & (ulong)MigrationFeatures.PreCopy) != 0,
            DeviceState.PreCopyP2P => (features & (ulong)MigrationFeatures.P2P) != 0 && (features & (ulong)MigrationFeatures.PreCopy) != 0,
            _ => true,
        };

    private void Look(LintRule rule)
    {
        foreach (var id in rule.Requirements)
            exercised[id] = exercised.GetValueOrDefault(id) + 1;
    }

    private bool Breaks(LintRule rule, bool isBroken, TraceCall call, TracedDevice device, Func<string> seen)
    {
        Look(rule);
        if (isBroken)
            Find(rule, call, device, seen());
        return isBroken;
    }

    // The first of each rule and device is shown, the others are counted.
    private void Find(LintRule rule, TraceCall call, TracedDevice device, string seen, bool afterwards = false)
    {
        if (places.TryGetValue((rule.Name, device), out var place))
        {
            findings[place] = findings[place] with { Occurrences = findings[place].Occurrences + 1 };
            return;
        }

        if (findings.Count == MaxFindings)
            return;
        IReadOnlyList<string> steps = afterwards ? [call.Text] : device.History;
        places.Add((rule.Name, device), findings.Count);
        findings.Add(
            new()
            {
                Requirements = [.. rule.Requirements.Select(id => Catalogue.Of(id).Name)],
                Kind = "user",
                Verdict = rule.IsAdvice ? RequirementVerdict.Warning : RequirementVerdict.Violation,
                Campaign = "trace",
                Expected = rule.Duty,
                Seen = string.Create(CultureInfo.InvariantCulture, $"line {call.Line}, {device.Name}: {seen}"),
                Steps = steps,
                FailingStep = steps.Count - 1,
                Facts = [$"rule={rule.Name}", $"state={device.State?.Name() ?? "unknown"}"],
            }
        );
    }
}
