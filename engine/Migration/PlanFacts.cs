using System.Globalization;
using Conformance.Engine.Plans;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>
/// What is true of a migration plan that failed, as words that an expectation can name (docs/expectations.md has the list): the step that failed and what it
/// asked for, the arcs on the way, the session, what came before, what was expected and what was seen.
/// </summary>
public sealed class PlanFacts
{
    // Reads and writes of so many bytes or more, and of whole words, are the ordinary case: nothing is said of them.
    private const uint Small = 16;

    private readonly Plan plan;
    private readonly int failing;
    private readonly List<string> facts = [];

    private PlanFacts(Plan plan, int failing)
    {
        this.plan = plan;
        this.failing = failing;
    }

    /// <summary>The facts of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="failing">The place of the step that failed.</param>
    /// <param name="before">The states that the device may have been in before that step; none when nobody knows.</param>
    /// <param name="kind">In which respect it failed.</param>
    /// <param name="expected">The outcomes that are allowed, in the words of the finding: each begins with its results.</param>
    /// <param name="seen">The outcome that was seen, likewise.</param>
    /// <param name="features">What the device advertises, for the arcs of a request; null when unknown.</param>
    /// <param name="trace">What was seen of the steps before; null when nobody knows.</param>
    public static IReadOnlyList<string> Of(
        Plan plan,
        int failing,
        StateSet before,
        DivergenceKind kind,
        string expected,
        string seen,
        MigrationFeatures? features,
        IReadOnlyList<StepTrace>? trace = null
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        var collected = new PlanFacts(plan, failing);
        if (plan.Steps.Count > 0 && failing >= 0 && failing < plan.Steps.Count)
            collected.Collect(before, kind, expected, seen, features, trace ?? []);
        return collected.facts;
    }

    private void Collect(StateSet before, DivergenceKind kind, string expected, string seen, MigrationFeatures? features, IReadOnlyList<StepTrace> trace)
    {
        var step = plan.Steps[failing];
        Add("step", FactWords.Of(step.Kind));
        if (step.Device != 0)
            Add("device", "peer");
        AddRequest(step, before, features);
        Add("kind", kind.ToString().ToLowerInvariant());
        if (plan.Unbound)
            Add("opened", "without-access");
        if (plan.IsConcurrent)
            Add("threads", ConcurrentRunner.Threads(plan).ToString(CultureInfo.InvariantCulture));
        AddSession();
        AddProbe(step);
        for (var index = 0; index < failing; index++)
        {
            var earlier = plan.Steps[index];
            if (earlier.Kind is not (StepKind.SetState or StepKind.GetState or StepKind.FailArc or StepKind.FailSave or StepKind.FailSaveRequest))
                Add("earlier", FactWords.Of(earlier.Kind));
            AddDetails(earlier);
        }

        // A write that failed may have taken what it was given: what a request behind it says of the stream is another matter then.
        foreach (var earlier in trace.SkipLast(1))
            if (
                earlier.Step.Kind is StepKind.Write or StepKind.WriteRest or StepKind.WriteSurplus or StepKind.WriteUnmapped
                && Results(earlier.Seen).Any(result => result != "success")
            )
                Add("refused", FactWords.Of(earlier.Step.Kind));
        AddLoaded(step, trace);
        AddDetails(step);
        if (kind is DivergenceKind.Hang or DivergenceKind.Crash or DivergenceKind.Deadlock)
            return;
        foreach (var result in Results(expected))
            Add("expected", result);
        foreach (var result in Results(seen))
            Add("seen", result);
        if (kind is not (DivergenceKind.Result or DivergenceKind.None))
            Add("differs", Part(kind));
    }

    private void AddRequest(in Step step, StateSet before, MigrationFeatures? features)
    {
        for (var state = 0; state < 8; state++)
            if (before.Contains((DeviceState)state))
                Add("from", ((DeviceState)state).Name());
        if (step.Kind is not (StepKind.SetState or StepKind.SetWithoutDescriptor or StepKind.SetReadOnly or StepKind.SetWatched))
            return;
        var target = (DeviceState)step.A;
        Add("request", target.Name());
        // A set that no device may advertise has no arcs.
        if (before.Count != 1 || features is not { } set || (ulong)set is not (1 or 3 or 5 or 7))
            return;
        var path = PathTable.For(set).Path(before.First, target);
        for (var arc = 0; arc < path.Arcs; arc++)
            Add("arc", new Arc(path[arc], path[arc + 1]).ToString());
    }

    // What the steps ask for; whether the device did it is what the plan finds out.
    private void AddSession()
    {
        var session = "none";
        foreach (var step in plan.Steps.Take(failing))
        {
            session = (step.Kind, (DeviceState)step.A) switch
            {
                (StepKind.SetState or StepKind.SetWatched, DeviceState.PreCopy or DeviceState.PreCopyP2P) => session == "pre-copy" ? session : "pre-copy",
                (StepKind.SetState or StepKind.SetWatched, DeviceState.StopCopy) => "saving",
                (StepKind.SetState or StepKind.SetWatched, DeviceState.Resuming) => "resuming",
                (StepKind.SetState or StepKind.SetWatched or StepKind.Reset, _) => session == "none" ? session : "ended",
                (StepKind.CloseData, _) => "closed",
                (StepKind.CloseDevice, _) => session == "none" ? session : "device-closed",
                _ => session,
            };
        }

        Add("session", session);
    }

    private void AddProbe(in Step step)
    {
        if (step.Kind == StepKind.PrecopyInfo)
        {
            Add("argsz", Size(step.A, Uapi.PrecopyInfoSize));
            if ((uint)step.B < Uapi.PrecopyInfoSize)
                Add("mapped", "in-part");
        }

        if (step.Kind == StepKind.DeviceIoctl)
            Add("ioctl", string.Create(CultureInfo.InvariantCulture, $"0x{step.A:x}"));
        if (step.Kind != StepKind.Probe)
            return;
        var probe = Probe.From(step);
        Add("feature", probe.Feature.ToString(CultureInfo.InvariantCulture));
        if ((probe.Flags & (Uapi.Get | Uapi.Set | Uapi.Probe)) == 0)
            Add("method", "none");
        foreach (var (flag, name) in new[] { (Uapi.Get, "GET"), (Uapi.Set, "SET"), (Uapi.Probe, "PROBE") })
            if ((probe.Flags & flag) != 0)
                Add("method", name);
        if ((probe.Flags & Uapi.ReservedFlags) != 0)
            Add("flags", "reserved");
        Add(
            "argsz",
            probe.Argsz < Uapi.EnvelopeSize ? "below-the-envelope"
                : probe.Argsz == Uapi.EnvelopeSize ? "envelope"
                : "with-payload"
        );
        if (probe.Accessible != 0xFFFF)
            Add("mapped", "in-part");
        foreach (var (option, name) in new[] { (ProbeOptions.ReadOnly, "read-only"), (ProbeOptions.Garbage, "garbage"), (ProbeOptions.Range, "range") })
            if (probe.Options.HasFlag(option))
                Add("payload", name);
        if (probe.Feature == Uapi.MigDeviceState && (probe.Flags & Uapi.Set) != 0)
            Add("request", ((DeviceState)probe.Word).Name());
    }

    // How much each load took: contents that differ behind a short stream are another matter than behind a long one.
    private void AddLoaded(in Step step, IReadOnlyList<StepTrace> trace)
    {
        if (step.Kind != StepKind.Digest)
            return;
        var loads = new List<(int Device, long Bytes)>();
        foreach (var earlier in trace.SkipLast(1))
        {
            var device = earlier.Step.Device;
            if (earlier.Step.Kind is StepKind.SetState or StepKind.SetWatched && (DeviceState)earlier.Step.A == DeviceState.Resuming)
                loads.Add((device, 0));
            else if (
                earlier.Step.Kind is StepKind.Write or StepKind.WriteRest or StepKind.WriteSurplus
                && loads.FindLastIndex(load => load.Device == device) is >= 0 and var at
            )
                loads[at] = (device, loads[at].Bytes + Bytes(earlier.Seen));
        }

        foreach (var (_, bytes) in loads)
            Add("loaded", bytes.ToString(CultureInfo.InvariantCulture));
    }

    // "success, 40 bytes"
    private static long Bytes(string seen)
    {
        var words = seen.Split(' ');
        return words.Length >= 3 && words[0] == "success," && words[2] == "bytes" && long.TryParse(words[1], CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : 0;
    }

    private void AddDetails(in Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Read or StepKind.ReadToEnd or StepKind.ReadDuplicate:
                AddChunk("read-chunk", step.A);
                break;
            case StepKind.Write or StepKind.WriteRest:
                AddChunk("write-chunk", step.A);
                if ((Images)step.B == Images.First)
                    Add("image", "first");
                break;
            case StepKind.SpoilImage:
                Add("spoilt", Spoilt(ImageSpoil.From(step).Kind));
                break;
            case StepKind.FailArc:
                Add("injected", (step.A & 0x100) != 0 ? "broken-arc" : "failed-arc");
                Add("injected-arc", ((step.A & 0xFF) + 1).ToString(CultureInfo.InvariantCulture));
                Add("injected-errno", Errno.Name((int)step.B));
                break;
            case StepKind.FailSave or StepKind.FailSaveRequest:
                Add("injected", step.Kind == StepKind.FailSave ? "failed-save" : "failed-save-request");
                Add("injected-errno", Errno.Name((int)step.B));
                break;
        }
    }

    private void AddChunk(string key, uint bytes)
    {
        if (bytes <= 1)
            Add(key, bytes == 0 ? "0" : "1");
        else if (bytes < Small)
            Add(key, "small");
        else if (bytes % 4 != 0)
            Add(key, "odd");
    }

    private static string Spoilt(SpoilKind kind) =>
        kind switch
        {
            SpoilKind.Keep or SpoilKind.Drop => "cut",
            SpoilKind.Extend => "extended",
            SpoilKind.Join => "joined",
            SpoilKind.Splice => "mixed",
            SpoilKind.TakeRead => "cancelled",
            _ => "changed",
        };

    private static string Size(uint argsz, uint size) =>
        argsz < size ? "too-small"
        : argsz == size ? "exact"
        : "larger";

    // "EINVAL or EIO, data_fd -1, or success, ...": the results are the words of an outcome before its first comma.
    private static IEnumerable<string> Results(string outcomes)
    {
        foreach (var outcome in outcomes.Split(", or "))
        {
            var results = outcome.Split(',')[0];
            if (results.StartsWith("any ", StringComparison.Ordinal))
                yield return results.Replace(' ', '-');
            else
                foreach (var word in results.Split(' '))
                    if (word == "success" || (word.Length > 1 && word[0] == 'E' && word.All(char.IsAsciiLetterUpper)))
                        yield return word;
        }
    }

    private static string Part(DivergenceKind kind) =>
        kind switch
        {
            DivergenceKind.Descriptor => "data_fd",
            DivergenceKind.Echo => "device_state",
            _ => kind.ToString().ToLowerInvariant(),
        };

    private void Add(string key, string value)
    {
        var fact = $"{key}={value}";
        if (!facts.Contains(fact))
            facts.Add(fact);
    }
}
