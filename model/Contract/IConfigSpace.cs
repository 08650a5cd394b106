namespace Conformance.Model.Contract;

/// <summary>
/// The PCI configuration space. Reading it is not an access that MIG-STOP-10 speaks of: subsystems outside of the user do so in any state (MIG-STOP-05).
/// </summary>
public interface IConfigSpace
{
    /// <summary>Reads a word.</summary>
    /// <param name="offset">0..252, a multiple of 4.</param>
    /// <param name="value">What was read.</param>
    /// <returns>0 or an errno.</returns>
    int Read(int offset, out uint value);
}
