using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Model.Migration.Oracle;

/// <summary>What an outcome says of the result.</summary>
public enum Grade : byte
{
    /// <summary>The contract allows it.</summary>
    Allowed,

    /// <summary>A special way to be wrong, listed so that the right requirement is named.</summary>
    Forbidden,
}

/// <summary>How a value is compared.</summary>
public enum ValueRule : byte
{
    /// <summary>Least &lt;= value &lt;= Most.</summary>
    Range,

    /// <summary>All bits of Least are set.</summary>
    HasBits,

    /// <summary>No bit outside Most is set.</summary>
    OnlyBits,

    /// <summary>The value is a power of two.</summary>
    PowerOfTwo,
}

/// <summary>What a request does to the data session.</summary>
public enum SessionEffect : byte
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>It ends.</summary>
    End,

    /// <summary>One begins; an older one ends.</summary>
    Begin,

    /// <summary>That is open.</summary>
    Unknown,
}

/// <summary>One way in which a step may go, facet by facet. A facet without rules is not judged.</summary>
[StructLayout(LayoutKind.Sequential)] // what an answer exercises comes first and stands together
public struct Outcome
{
    /// <summary>What says that the results are these.</summary>
    public Rules Result;

    /// <summary>What else is confirmed when it goes this way, without being to blame when it does not.</summary>
    public Rules Confirms;

    /// <summary>What says that a GET may report <see cref="Reports"/>.</summary>
    public Rules ReportRules;

    /// <summary>What says what data_fd must be.</summary>
    public Rules DescriptorRules;

    /// <summary>What says that the device_state word comes back as requested.</summary>
    public Rules EchoRules;

    /// <summary>What says so of the value.</summary>
    public Rules ValueRules;

    /// <summary>What says so of the hash.</summary>
    public Rules HashRules;

    /// <summary>What says that the payload and the bytes behind it stay as they are.</summary>
    public Rules UntouchedRules;

    /// <summary>The results that this outcome covers.</summary>
    public ErrnoSet Errnos;

    /// <summary>
    /// Which of the outcomes that were prepared for the device this is, 1 to <see cref="PlainRequests.Most"/>; 0: none. Those of the same number that have the
    /// same <see cref="ReportRules"/>, and stand first among the same others, exercise the same.
    /// </summary>
    public ushort Prepared;

    /// <summary>Whether the contract allows it.</summary>
    public Grade Grade;

    /// <summary>The states that the device may be in afterwards.</summary>
    public StateSet After;

    /// <summary>What says so; blamed by the GET that sees another state.</summary>
    public Rules AfterRules;

    /// <summary>What happens to the session.</summary>
    public SessionEffect Effect;

    /// <summary>The states that a GET may report.</summary>
    public StateSet Reports;

    /// <summary>True: data_fd must be a descriptor; false: it must be -1.</summary>
    public bool WantsDescriptor;

    /// <summary>How the value is compared.</summary>
    public ValueRule Comparison;

    /// <summary>See <see cref="ValueRule"/>.</summary>
    public ulong Least;

    /// <summary>See <see cref="ValueRule"/>.</summary>
    public ulong Most;

    /// <summary>The hash that must be seen.</summary>
    public ulong Hash;

    /// <summary>How many sets of rules <see cref="Exercised"/> has.</summary>
    public const int Exercises = 8;

    /// <summary>All that an answer could have broken which meets this outcome: the rules of its facets, each set as <see cref="Rules.Packed"/>.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<ulong> Exercised => MemoryMarshal.CreateReadOnlySpan(in Unsafe.As<Rules, ulong>(ref Unsafe.AsRef(in Result)), Exercises);

    /// <summary>The outcome in words.</summary>
    public readonly string Describe(in Step step)
    {
        var row = StepTable.Of(step.Kind);
        var text = Errnos.ToString();
        if (!ReportRules.IsNone)
            text += $", {Reports}";
        if (!DescriptorRules.IsNone)
            text += WantsDescriptor ? ", a data_fd" : ", data_fd -1";
        if (step.Kind == StepKind.PrecopyInfo)
            return text + Counters();
        if (!EchoRules.IsNone)
            text += ", device_state word as requested";
        if (!ValueRules.IsNone)
            text += (Comparison, row.Value) switch
            {
                (_, StepValue.Bitmap) => ", the bits of what was written",
                (ValueRule.PowerOfTwo, _) => ", page_size a power of two",
                (_, StepValue.Work) => Most == 0 ? ", nothing" : $", no {string.Join(" or ", Barred(Most))}",
                (ValueRule.HasBits, StepValue.Events) => ", readable",
                (ValueRule.HasBits, _) => $", bits 0x{Least:x} set",
                (ValueRule.OnlyBits, _) => $", only {new StateSet((byte)Most)} to be seen meanwhile",
                (_, StepValue.Word) => Least == Most ? $", 0x{Least:x}" : $", at least 0x{Least:x}",
                (_, StepValue.Digest) => $", digest {Least:x16}",
                (_, StepValue.Flags) => $", flags 0x{Least:x}",
                _ => Least == Most ? $", {Least} bytes"
                : Most == ulong.MaxValue ? $", at least {Least} bytes"
                : $", {Least} to {Most} bytes",
            };
        if (!HashRules.IsNone)
            text +=
                row.Value == StepValue.Work ? $", {new WorkEffects(Hash)}"
                : row.Is(StepTraits.Request) ? $", path {new StatePath(Hash)}"
                : ", the same bytes as before";
        if (!UntouchedRules.IsNone)
            text += ", nothing written behind what belongs to the call";
        return text;
    }

    // What GET_PRECOPY_INFO may answer.
    private readonly string Counters()
    {
        var text = "";
        if (!EchoRules.IsNone)
            text += EchoRules.Has(RequirementId.PINFO2_06) ? ", no flag" : ", no flag but REINIT";
        if (!ValueRules.IsNone)
            text +=
                Most == ulong.MaxValue ? $", initial_bytes at least {Least}"
                : Most == 0 ? ", initial_bytes 0"
                : $", initial_bytes at most {Most}";
        if (!HashRules.IsNone)
            text += ", dirty_bytes 0";
        if (Confirms.Has(RequirementId.MIG_PRE_25))
            text += ", nothing of what was in the counters before";
        if (!UntouchedRules.IsNone)
            text += ", nothing written behind what belongs to the call";
        return text;
    }

    // The kinds of work of which nothing may come out.
    private static IEnumerable<string> Barred(ulong permitted)
    {
        for (var kind = WorkKind.MemoryWrite; kind < WorkKind.Stuck; kind++)
            if (new WorkEffects(permitted)[kind] == 0)
                yield return WorkEffects.Name(kind);
    }
}

/// <summary>At most six outcomes, without a heap object. Passed by reference and filled by <see cref="MigrationOracle.Allowed"/>.</summary>
public struct OutcomeSet
{
    /// <summary>The most outcomes that a step has.</summary>
    public const int Capacity = 6;

    private Slots slots;

    /// <summary>How many outcomes there are.</summary>
    public int Count { get; private set; }

    /// <summary>Makes the set empty.</summary>
    public void Clear() => Count = 0;

    /// <summary>An outcome of the set; the first is what an ordinary correct device does.</summary>
    [UnscopedRef]
    public readonly ref readonly Outcome this[int index] => ref slots[index];

    /// <summary>Adds an outcome that was prepared.</summary>
    [UnscopedRef]
    internal ref Outcome Add(in Outcome prepared)
    {
        ref var slot = ref slots[Count++];
        slot = prepared;
        return ref slot;
    }

    /// <summary>Adds an outcome, to be filled in by the caller.</summary>
    [UnscopedRef]
    public ref Outcome Add(ErrnoSet errnos, Rules result)
    {
        ref var slot = ref slots[Count++];
        slot = default;
        slot.Errnos = errnos;
        slot.Result = result;
        return ref slot;
    }

    [InlineArray(Capacity)]
    private struct Slots
    {
        private Outcome first;
    }
}
