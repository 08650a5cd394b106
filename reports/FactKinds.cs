namespace Conformance.Reports;

/// <summary>What a key of a fact (docs/expectations.md) says about a finding.</summary>
internal enum FactKind
{
    /// <summary>A condition that the plan could not do without: a field that is off, a command, an injected failure.</summary>
    Condition,

    /// <summary>What every plan of its kind has in some form, so that having it says nothing: the stage, the granule, the state before.</summary>
    Circumstance,

    /// <summary>What was expected and what was seen.</summary>
    Answer,

    /// <summary>What was met on the way to the failure: descriptors, tables, direct arcs. It is nearer to the failure than the setup that led there.</summary>
    Met,

    /// <summary>How the setup was made, which matters only when nothing was met.</summary>
    Setup,

    /// <summary>What the plan rewrote in memory.</summary>
    Content,
}

/// <summary>The kind of each key that is not a plain condition.</summary>
internal static class FactKinds
{
    private static readonly Dictionary<string, FactKind> kinds = new (FactKind Kind, string[] Keys)[]
    {
        (FactKind.Answer, ["expected", "seen", "differs", "register", "CLASS", "IPA", "hardware", "entry_num", "issued"]),
        (
            FactKind.Circumstance,
            [
                "stage",
                "access",
                "stage1-granule",
                "stage1-bits",
                "stage2-granule",
                "stage2-bits",
                "start-level",
                "aim",
                "data",
                "kind",
                "walk",
                "sent",
                "written",
                "session",
                "device",
                "loaded",
                "due",
                "end",
                "queue",
                "fault",
                "tracking",
            ]
        ),
        (
            FactKind.Met,
            [
                "descriptor",
                "table",
                "output",
                "AF",
                "AP1",
                "AP2",
                "APTable",
                "nG",
                "S2-descriptor",
                "S2-table",
                "S2-output",
                "S2-AF",
                "S2AP",
                "S2-memory",
                "S2-of",
                "leaf",
                "L1STD",
                "arc",
            ]
        ),
        (FactKind.Setup, ["field", "format", "SPLIT", "STRTAB_BASE", "event-queue", "from", "request"]),
        (FactKind.Content, ["edit"]),
    }
        .SelectMany(row => row.Keys.Select(key => (key, row.Kind)))
        .ToDictionary(row => row.key, row => row.Kind, StringComparer.Ordinal);

    /// <summary>The kind of a key.</summary>
    internal static FactKind Of(string key) => kinds.GetValueOrDefault(key);
}
