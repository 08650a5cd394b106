namespace Conformance.Drivers.Plugin;

/// <summary>What a type of somebody's assembly must be to be chosen, and the words for one that is not.</summary>
/// <param name="Contracts">It implements one of these.</param>
/// <param name="Noun">What it is called.</param>
/// <param name="Neither">What is said of a type that does not.</param>
/// <param name="Either">What no type of an assembly does.</param>
/// <param name="Page">Where it is explained.</param>
internal sealed record PluginKind(IReadOnlyList<Type> Contracts, string Noun, string Neither, string Either, string Page)
{
    /// <summary>True for a type that is one.</summary>
    public bool Fits(Type type) => Contracts.Any(contract => contract.IsAssignableFrom(type));
}
