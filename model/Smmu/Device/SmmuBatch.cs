namespace Conformance.Model.Smmu.Device;

/// <summary>
/// Operations that an SMMU runs in their order, with the bytes that they write and room for what they read. Reused from scene to scene, it stops allocating
/// once it has grown to the largest.
/// </summary>
public sealed class SmmuBatch
{
    private readonly List<SmmuOperation> operations = [];
    private SmmuResult[] results = [];
    private byte[] data = [];
    private int used;

    /// <summary>The operations.</summary>
    public IReadOnlyList<SmmuOperation> Operations => operations;

    /// <summary>What each operation gave; only the target writes here.</summary>
    public Span<SmmuResult> Results => results.AsSpan(0, operations.Count);

    /// <summary>The bytes of all operations.</summary>
    public Span<byte> Data => data.AsSpan(0, used);

    /// <summary>The bytes of one operation.</summary>
    public Span<byte> DataOf(int operation) => data.AsSpan(operations[operation].DataStart, operations[operation].DataLength);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        operations.Clear();
        used = 0;
    }

    /// <summary>Adds a read of a 32-bit register.</summary>
    /// <returns>The index of the operation.</returns>
    public int ReadRegister(uint offset) => Add(new(SmmuOperationKind.ReadRegister, offset, 0, 0, 0, default), []);

    /// <summary>Adds a write of a 32-bit register.</summary>
    /// <returns>The index of the operation.</returns>
    public int WriteRegister(uint offset, uint value) => Add(new(SmmuOperationKind.WriteRegister, offset, value, 0, 0, default), []);

    /// <summary>Adds a read of a 64-bit register.</summary>
    /// <returns>The index of the operation.</returns>
    public int ReadRegister64(uint offset) => Add(new(SmmuOperationKind.ReadRegister64, offset, 0, 0, 0, default), []);

    /// <summary>Adds a write of a 64-bit register.</summary>
    /// <returns>The index of the operation.</returns>
    public int WriteRegister64(uint offset, ulong value) => Add(new(SmmuOperationKind.WriteRegister64, offset, value, 0, 0, default), []);

    /// <summary>Adds a read of memory.</summary>
    /// <returns>The index of the operation.</returns>
    public int ReadMemory(ulong address, int length) => Add(new(SmmuOperationKind.ReadMemory, address, 0, used, length, default), []);

    /// <summary>Adds a write of memory.</summary>
    /// <returns>The index of the operation.</returns>
    public int WriteMemory(ulong address, ReadOnlySpan<byte> bytes) => Add(new(SmmuOperationKind.WriteMemory, address, 0, used, bytes.Length, default), bytes);

    /// <summary>Adds a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="bytes">What a write writes, as long as the transaction; empty for a read.</param>
    /// <returns>The index of the operation.</returns>
    public int Transact(in SmmuTransaction transaction, ReadOnlySpan<byte> bytes = default) =>
        Add(new(SmmuOperationKind.Transact, transaction.Address, 0, used, transaction.Length, transaction), bytes);

    /// <summary>Adds a question for a stalled transaction, which may have been sent by an earlier batch.</summary>
    /// <param name="number">The number of the transaction since the last reset of the target, counted from 0.</param>
    /// <param name="transaction">The transaction as it was sent.</param>
    /// <returns>The index of the operation.</returns>
    public int Ask(int number, in SmmuTransaction transaction) => Add(new(SmmuOperationKind.Ask, (ulong)number, 0, used, transaction.Length, transaction), []);

    /// <summary>Adds a question for the interrupts since the last one, or since the reset.</summary>
    /// <returns>The index of the operation.</returns>
    public int Interrupts() => Add(new(SmmuOperationKind.Interrupts, 0, 0, 0, 0, default), []);

    private int Add(in SmmuOperation operation, ReadOnlySpan<byte> bytes)
    {
        if (used + operation.DataLength > data.Length)
            Array.Resize(ref data, Math.Max(data.Length * 2, used + operation.DataLength));
        var room = data.AsSpan(used, operation.DataLength);
        bytes.CopyTo(room);
        room[bytes.Length..].Clear();
        used += operation.DataLength;
        operations.Add(operation);
        if (operations.Count > results.Length)
            Array.Resize(ref results, Math.Max(64, operations.Count * 2));
        results[operations.Count - 1] = default;
        return operations.Count - 1;
    }
}
