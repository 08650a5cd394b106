using Conformance.Model.Contract;
using Conformance.Model.Requirements;

namespace Conformance.Model.Nested.Oracle;

/// <summary>Which results a call may have, and by which requirements.</summary>
public sealed class HostExpectation
{
    private readonly List<int> errnos = [];

    /// <summary>The errnos that are right; 0 is success. Empty: the contract does not say.</summary>
    public IReadOnlyList<int> Errnos => errnos;

    /// <summary>What says so.</summary>
    public Rules Rules { get; internal set; }

    /// <summary>True when the call can only succeed.</summary>
    public bool IsSuccess => errnos is [Errno.None];

    /// <summary>True when a result is among them.</summary>
    public bool Allows(CallResult result) => errnos.Count == 0 || errnos.Contains(result.Errno);

    /// <inheritdoc/>
    public override string ToString() => errnos.Count == 0 ? "any result" : string.Join(" or ", errnos.Select(Errno.Name));

    internal void Clear(Rules rules)
    {
        errnos.Clear();
        Rules = rules;
    }

    // A defect of the call: the errno that it gives. Where two meet, either is right unless the interface has an order.
    internal void Fails(bool when, int errno, RequirementId by = default)
    {
        if (!when || errnos.Contains(errno))
            return;
        errnos.Add(errno);
        if (by != RequirementId.None)
            Rules = Rules.Of(by);
    }

    // Behind the defects: without one the call succeeds.
    internal void OtherwiseSucceeds()
    {
        if (errnos.Count == 0)
            errnos.Add(Errno.None);
    }

    internal void Grants(int errno) => errnos.Add(errno);

    internal bool HasFailed => errnos.Count > 0;
}
