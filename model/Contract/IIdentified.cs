namespace Conformance.Model.Contract;

/// <summary>
/// A target that can say what was reached: not where it is, which is its address, but which build of what. A report without it is no evidence, since a driver
/// with the same address may be another one tomorrow. Optional; a plugin may implement it for what only it knows, a firmware's version for example.
/// </summary>
public interface IIdentified
{
    /// <summary>
    /// What was reached, the most telling first. Asked once, behind the first look at the device; may throw <see cref="DeviceLostException"/>. The same for the
    /// same build: no times, no numbers of one boot.
    /// </summary>
    IReadOnlyList<IdentityFact> Identity { get; }
}

/// <summary>One thing that is known of what was reached.</summary>
/// <param name="Name">What it is, one or two words in lower case: <c>kernel</c>, <c>driver</c>, <c>assembly</c>.</param>
/// <param name="Value">What it said. Foreign text: whoever shows it escapes it.</param>
public sealed record IdentityFact(string Name, string Value);
