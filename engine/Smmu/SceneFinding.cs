using Conformance.Engine.Judging;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using Conformance.Reports;

namespace Conformance.Engine.Smmu;

/// <summary>A scene in which an SMMU and the contract part, in words.</summary>
public static class SceneFinding
{
    private const int MostOutcomes = 6;

    /// <summary>Makes the finding of the result document.</summary>
    /// <param name="target">What the scene was for.</param>
    /// <param name="scene">The scene, cut off behind the failing step.</param>
    /// <param name="divergence">What it showed.</param>
    public static Finding Of(SceneTarget target, Scene scene, Divergence divergence)
    {
        var steps = scene.Steps.Length;
        var lines = Lines(scene);
        var at = lines.Count - steps + Math.Clamp(divergence.Step, 0, Math.Max(0, steps - 1));
        if (divergence is SceneLoss { Loss: var loss })
            return OfLoss(scene, loss.Loss == DeviceLoss.TimedOut, loss.Message, loss.LastWords) with { FailingStep = at };
        var different = (SceneDivergence)divergence;
        return new()
        {
            Requirements = Names(divergence.Rules),
            Kind = Kind(different.Kind),
            Verdict = Verdict(different),
            Campaign = "",
            Expected = Expected(different.Seen),
            Seen = Seen(target, different.Seen, different.Kind),
            Steps = lines,
            FailingStep = steps == 0 ? null : at,
            Trace = [.. Trace(different).Select(line => new TraceLine(at, line, ""))],
            Facts = SceneFacts.Of(scene, different),
        };
    }

    /// <summary>The finding of a scene in which an SMMU hung or died.</summary>
    /// <param name="scene">The scene; null when it cannot be told.</param>
    /// <param name="isHang">True for a hang.</param>
    /// <param name="description">What happened, in one line.</param>
    /// <param name="lastWords">What it said last; empty when nothing.</param>
    public static Finding OfLoss(Scene? scene, bool isHang, string description, string lastWords) =>
        Finding.OfLoss(scene is null ? [] : Lines(scene), isHang, description, lastWords) with
        {
            Requirements = scene is null ? [] : Names(BrokenByLoss(scene)),
            Facts = scene is null ? null : SceneFacts.Of(scene, null),
        };

    /// <summary>The requirements that an SMMU does not keep when it does not live through a scene: those that the scene is there for.</summary>
    public static Rules BrokenByLoss(Scene scene) => scene.Steps.Aggregate(Rules.None, (rules, step) => rules.And(step.Aims));

    private static List<string> Lines(Scene scene) => [.. ScenePrinter.Configuration(scene), .. scene.Steps.Select(step => ScenePrinter.Step(scene, step))];

    /// <summary>Violation, or warning where the contract only advises.</summary>
    public static RequirementVerdict Verdict(SceneDivergence divergence) => divergence.IsWarning ? RequirementVerdict.Warning : RequirementVerdict.Violation;

    /// <summary>A kind of divergence as the result document writes it.</summary>
    public static string Kind(SmmuDivergence kind) =>
        kind switch
        {
            SmmuDivergence.Register => "register",
            SmmuDivergence.Memory => "memory",
            SmmuDivergence.ExtraEvent => "extra-event",
            SmmuDivergence.MissingEvent => "missing-event",
            SmmuDivergence.EventField => "event-field",
            SmmuDivergence.MergedEvent => "merged-event",
            SmmuDivergence.Interrupt => "interrupt",
            SmmuDivergence.State => "state",
            _ => "transaction",
        };

    /// <summary>The names of requirements, what is only advised last.</summary>
    public static IReadOnlyList<string> Names(Rules rules)
    {
        var ids = new List<RequirementId>();
        for (var i = 0; i < rules.Count; i++)
            ids.Add(rules[i]);
        return [.. ids.OrderBy(Strengths.IsWarning).Select(id => Catalogue.Of(id).Name)];
    }

    private static string Expected(SceneSight sight)
    {
        if (sight.Place is { } place)
        {
            var what = sight.IsRegister ? ScenePrinter.Register((uint)place) : $"memory at 0x{place:x}";
            var values = sight.Values.Select(value =>
                value.Mask == ulong.MaxValue || sight.IsRegister && value.Mask == uint.MaxValue
                    ? $"0x{value.Value:x}"
                    : $"0x{value.Value:x} in the bits 0x{value.Mask:x}"
            );
            return sight.Values.Count == 0 ? $"{what} as software and legal updates left it" : $"{what} = {string.Join(" or ", values)}";
        }

        if (sight.StateExpected is { } state)
            return state;
        if (sight.Interrupts is { } raised)
            return $"{(raised == 0 ? "an" : "no")} interrupt of the event queue";
        var outcomes = sight.Allowed.Take(MostOutcomes).Select(Outcome).Distinct().ToList();
        return outcomes.Count == 0 ? "no record" : string.Join("; or ", outcomes) + (sight.Allowed.Count > MostOutcomes ? "; or others" : "");
    }

    private static string Outcome(SmmuOutcome outcome)
    {
        var reply = outcome.Reply switch
        {
            SmmuReply.Completed => $"goes through to PA 0x{outcome.PhysicalAddress:x}",
            SmmuReply.ReadAsZeroWriteIgnored => "is read as zero, write ignored",
            SmmuReply.Stalled => "stalls",
            _ => "is aborted",
        };
        return $"{reply}, {(outcome.HasEvent ? ScenePrinter.Event(outcome.Event) : "no record")}";
    }

    private static string Seen(SceneTarget target, SceneSight sight, SmmuDivergence kind)
    {
        if (sight.Place is { } place)
        {
            return sight.IsRegister ? $"{ScenePrinter.Register((uint)place)} = 0x{sight.Value:x}"
                : sight.Transaction is { IsRead: false } ? $"memory at 0x{place:x} = {Word(target, sight.Value)} after the write"
                : $"memory at 0x{place:x} = 0x{sight.Value:x}";
        }

        if (sight.StateExpected is not null)
            return sight.StateSeen;
        if (sight.Interrupts is { } raised)
            return raised == 0 ? "no interrupt of the event queue" : $"interrupts of the event queue: {raised}";
        var reply = sight.Reply switch
        {
            SmmuReply.Completed => "goes through",
            SmmuReply.Aborted => "is aborted",
            SmmuReply.ReadAsZeroWriteIgnored => "is read as zero, write ignored",
            SmmuReply.Stalled => "stalls",
            _ => "ends",
        };
        var data = sight.Transaction is { IsRead: true } && sight.Reply is SmmuReply.Completed or SmmuReply.Unknown ? $" with {Word(target, sight.Data)}" : "";
        var records =
            sight.Events.Count > 0 ? string.Join(" and ", sight.Events.Select(record => ScenePrinter.Event(record)))
            : kind == SmmuDivergence.Transaction ? ""
            : "no record";
        return $"{reply}{data}{(records.Length == 0 ? "" : $", {records}")}";
    }

    // What data words hold says where they are.
    private static string Word(SceneTarget target, ulong data)
    {
        var word = (uint)data;
        if (word >= SceneLowering.Fill && word - SceneLowering.Fill < SceneTarget.DataSize / 4)
            return $"the word of PA 0x{target.Data.Start + ((word - SceneLowering.Fill) * 4ul):x}";
        return word == 0 ? "0"
            : word is >= SceneLowering.FirstTag and < SceneLowering.FirstTag + 0x1000 ? $"what write {(word - SceneLowering.FirstTag) / 2} of the scene wrote"
            : $"0x{data:x}";
    }

    /// <summary>The fields in which a record differs from what it should be, as far as they are known.</summary>
    internal static IEnumerable<string> Differences(SmmuOutcome expected, SmmuEvent seen)
    {
        if (!expected.HasEvent)
            yield break;
        var mask = expected.EventMask;
        var right = ScenePrinter.Fields(
            new()
            {
                D0 = expected.Event.D0 & mask.D0,
                D1 = expected.Event.D1 & mask.D1,
                D2 = expected.Event.D2 & mask.D2,
                D3 = expected.Event.D3 & mask.D3,
            }
        );
        var got = ScenePrinter.Fields(
            new()
            {
                D0 = seen.D0 & mask.D0,
                D1 = seen.D1 & mask.D1,
                D2 = seen.D2 & mask.D2,
                D3 = seen.D3 & mask.D3,
            }
        );
        foreach (var name in right.Concat(got).Select(field => field.Name).Distinct())
            if (right.FirstOrDefault(field => field.Name == name).Text != got.FirstOrDefault(field => field.Name == name).Text)
                yield return name;
    }

    private static IEnumerable<string> Trace(SceneDivergence divergence)
    {
        var sight = divergence.Seen;
        if (sight.Transaction is { } transaction)
        {
            yield return ScenePrinter.Transaction(transaction);
            foreach (var line in sight.Walk)
                yield return line;
        }

        if (divergence.Kind == SmmuDivergence.EventField && sight is { Allowed: [{ HasEvent: true } nominal, ..], Events: [var seen, ..] })
        {
            var got = ScenePrinter.Fields(seen);
            foreach (var (name, text) in ScenePrinter.Fields(nominal.Event))
            {
                var other = got.FirstOrDefault(field => field.Name == name).Text ?? "-";
                yield return $"{name, -10} expected {text, -20} seen {other}{(Differences(nominal, seen).Contains(name) ? "  <" : "")}";
            }
        }
    }
}
