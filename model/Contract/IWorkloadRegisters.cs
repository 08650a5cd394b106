namespace Conformance.Model.Contract;

/// <summary>
/// Registers of a device that can be written and read back without doing anything else: one of every region that has such a register (MIG-STOP-17).
/// </summary>
public interface IWorkloadRegisters
{
    /// <summary>How many there are, at least 1.</summary>
    int Count { get; }

    /// <summary>An access of the user: writes a register. It keeps the bits that it has.</summary>
    /// <returns>0 or an errno.</returns>
    int Write(int register, uint value);

    /// <summary>An access of the user: reads a register.</summary>
    /// <param name="register">0..<see cref="Count"/> - 1.</param>
    /// <param name="value">What was read; bits that the register does not have are 0.</param>
    /// <returns>0 or an errno.</returns>
    int Read(int register, out uint value);

    /// <summary>The bits that a register has: what is written there is read back.</summary>
    uint Bits(int register);
}
