namespace Conformance.Model.Smmu.Device;

/// <summary>
/// An SMMUv3 as the author of a model sees it: a register page, the memory that structures and data live in, and a port that masters send transactions to.
/// One instance is one SMMU after reset. Calls come one at a time, and what one of them sets off is done when it returns: CR0ACK follows CR0, commands that can
/// be consumed have been consumed, records have been written.
/// </summary>
public interface ISmmu : IDisposable
{
    /// <summary>What the port can express and show.</summary>
    SmmuPort Port { get; }

    /// <summary>The memory: at least 64 MiB, zero at first, a multiple of 64 KiB in place and size.</summary>
    SmmuRange Memory { get; }

    /// <summary>A range below 2^OAS where every access of the SMMU or of a master ends with an external abort; at least 64 KiB.</summary>
    SmmuRange Hole { get; }

    /// <summary>Reads a 32-bit register.</summary>
    /// <param name="offset">Its offset from page 0, a multiple of 4; page 1 begins at 0x10000.</param>
    uint ReadRegister(uint offset);

    /// <summary>Writes a 32-bit register, or one half of a 64-bit one.</summary>
    /// <param name="offset">Its offset from page 0, a multiple of 4.</param>
    /// <param name="value">The value.</param>
    void WriteRegister(uint offset, uint value);

    /// <summary>Reads a 64-bit register with one access.</summary>
    /// <param name="offset">Its offset from page 0, a multiple of 8.</param>
    ulong ReadRegister64(uint offset);

    /// <summary>Writes a 64-bit register with one access.</summary>
    /// <param name="offset">Its offset from page 0, a multiple of 8.</param>
    /// <param name="value">The value.</param>
    void WriteRegister64(uint offset, ulong value);

    /// <summary>Reads memory past the SMMU, as the processor does. The bytes lie in <see cref="Memory"/>.</summary>
    void ReadMemory(ulong address, Span<byte> bytes);

    /// <summary>Writes memory past the SMMU, as the processor does. The bytes lie in <see cref="Memory"/>.</summary>
    void WriteMemory(ulong address, ReadOnlySpan<byte> bytes);

    /// <summary>A master sends a transaction.</summary>
    /// <param name="transaction">The transaction; it asks for nothing that <see cref="Port"/> leaves out.</param>
    /// <param name="data">As long as the transaction: what is written, or where what is read goes.</param>
    /// <param name="ticket">For a stalled transaction a number that <see cref="Ask"/> takes; otherwise 0.</param>
    SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket);

    /// <summary>Asks for a stalled transaction again. Only with <see cref="SmmuPort.Stalls"/>.</summary>
    /// <param name="ticket">What <see cref="Transact"/> gave.</param>
    /// <param name="data">As in <see cref="Transact"/>.</param>
    /// <returns><see cref="SmmuReply.Stalled"/> while it is held; then how it ended, as often as it is asked until the reset.</returns>
    SmmuReply Ask(int ticket, Span<byte> data);

    /// <summary>Resets the registers and caches, as the reset line does. Memory stays.</summary>
    void Reset();
}
