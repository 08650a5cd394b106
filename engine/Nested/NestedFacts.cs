using Conformance.Engine.Plans;
using Conformance.Engine.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Nested;

/// <summary>What is true of a difference of nested stages, as words that an expectation can name: docs/expectations.md has the keys.</summary>
internal static class NestedFacts
{
    /// <summary>Of a call that ended otherwise than it may.</summary>
    public static string[] OfResult(HostExpectation expected, CallResult seen) =>
        [.. expected.Errnos.Select(errno => $"expected={Word(Errno.Name(errno))}"), $"seen={Word(Errno.Name(seen.Errno))}"];

    /// <summary>Of a DMA. One that ends as it has to has its data in the wrong place.</summary>
    /// <param name="passes">Whether it has to go through.</param>
    /// <param name="seen">How it ended.</param>
    public static IEnumerable<string> OfDma(bool passes, DmaEnd seen)
    {
        // Not "expected" and "seen": a DMA that lands elsewhere and one that is aborted may well have one cause.
        yield return $"due={FactWords.Of(passes ? DmaEnd.Completed : DmaEnd.Aborted)}";
        yield return $"end={FactWords.Of(seen)}";
        if (passes && seen == DmaEnd.Completed)
            yield return "differs=data";
    }

    /// <summary>Of the records behind a DMA.</summary>
    /// <param name="queue">Whose they are: the guest's, or those of stage 2 at the host.</param>
    /// <param name="expected">The type of the one that there must be; null for none.</param>
    /// <param name="seen">Those that there are.</param>
    /// <param name="fields">Its fields, and whether they are right: those of a single record of that type.</param>
    public static IEnumerable<string> OfRecords(
        string queue,
        SmmuEventType? expected,
        IReadOnlyList<SmmuEvent> seen,
        params (string Name, Func<SmmuEvent, bool> IsRight)[] fields
    )
    {
        yield return $"queue={queue}";
        yield return $"expected={(expected is { } type ? ScenePrinter.EventType(type) : "no-record")}";
        if (seen.Count == 0)
            yield return "seen=no-record";
        foreach (var one in seen.Select(record => Word(ScenePrinter.EventType(record.Type))).Distinct())
            yield return $"seen={one}";
        foreach (var structure in seen.Where(HasClass).Select(record => record.Class).Distinct())
            yield return $"CLASS={ScenePrinter.EventClass(structure)}";
        if (seen is not [var only] || only.Type != expected)
        {
            yield return "differs=Type";
            yield break;
        }

        if (only.S2)
            yield return only.IPA == 0 ? "IPA=0" : "IPA=some";
        foreach (var (name, isRight) in fields)
            if (!isRight(only))
                yield return $"differs={name}";
    }

    private static bool HasClass(SmmuEvent record) =>
        record.Type is SmmuEventType.Translation or SmmuEventType.AddressSize or SmmuEventType.Access or SmmuEventType.Permission or SmmuEventType.WalkAbort;

    // A value is one word.
    private static string Word(string text) => text.Replace(' ', '-');
}
