using System.Collections.Frozen;
using Conformance.Model.Requirements;

namespace Conformance.Drivers.Faults;

/// <summary>All seeded faults, in the order of the requirements.</summary>
public static class FaultCatalogue
{
    /// <summary>The faults.</summary>
    public static IReadOnlyList<Fault> All { get; } = [];

    private static readonly FrozenDictionary<string, Fault> ByName = Index();

    /// <summary>The fault of that name, or the first one whose source has that part: <c>F-ABI-03</c>, <c>P-008</c>. Null when there is none.</summary>
    public static Fault? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The fault whose name looks most like <paramref name="name"/>, or null when none does.</summary>
    public static Fault? Nearest(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var words = name.Split('-', StringSplitOptions.RemoveEmptyEntries);
        return All.Select(fault => (fault, Shared: fault.Name.Split('-').Intersect(words).Count()))
            .Where(pair => pair.Shared != 0)
            .OrderByDescending(pair => pair.Shared)
            .ThenBy(pair => pair.fault.Name.Length)
            .Select(pair => pair.fault)
            .FirstOrDefault();
    }

    private static FrozenDictionary<string, Fault> Index()
    {
        var index = new Dictionary<string, Fault>(StringComparer.Ordinal);
        foreach (var fault in All)
        {
            index.Add(fault.Name, fault);
            foreach (var source in fault.Source.Split(", "))
                index.TryAdd(source, fault);
        }
        return index.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
