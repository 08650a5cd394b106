namespace Conformance.Model.Smmu.Device;

/// <summary>What an operation of a batch does.</summary>
public enum SmmuOperationKind : byte
{
    /// <summary>Reads a 32-bit register.</summary>
    ReadRegister,

    /// <summary>Writes a 32-bit register.</summary>
    WriteRegister,

    /// <summary>Reads a 64-bit register with one access.</summary>
    ReadRegister64,

    /// <summary>Writes a 64-bit register with one access.</summary>
    WriteRegister64,

    /// <summary>Reads memory past the SMMU.</summary>
    ReadMemory,

    /// <summary>Writes memory past the SMMU.</summary>
    WriteMemory,

    /// <summary>Lets a master send a transaction.</summary>
    Transact,

    /// <summary>Asks for a stalled transaction again.</summary>
    Ask,

    /// <summary>Asks how often the interrupt lines were raised since the last such operation. Only with <see cref="SmmuPort.Interrupts"/>.</summary>
    Interrupts,
}

/// <summary>One operation of a batch.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Address">The offset of a register, or a physical address; for <see cref="SmmuOperationKind.Ask"/> the number of the stalled
/// transaction: every <see cref="SmmuOperationKind.Transact"/> since the last reset of the target counts, from 0.</param>
/// <param name="Value">What a register write writes.</param>
/// <param name="DataStart">Where its bytes lie in <see cref="SmmuBatch.Data"/>.</param>
/// <param name="DataLength">How many bytes it has; 0 for registers.</param>
/// <param name="Transaction">The transaction, for <see cref="SmmuOperationKind.Transact"/>.</param>
public readonly record struct SmmuOperation(SmmuOperationKind Kind, ulong Address, ulong Value, int DataStart, int DataLength, SmmuTransaction Transaction);

/// <summary>What an operation gave.</summary>
/// <param name="Value">What a register read returned, or the <see cref="SmmuInterruptCounts"/>; 0 for others.</param>
/// <param name="Reply">How a transaction ended; <see cref="SmmuReply.Unknown"/> for others. Data that were read are in <see cref="SmmuBatch.Data"/>.</param>
public readonly record struct SmmuResult(ulong Value, SmmuReply Reply);
