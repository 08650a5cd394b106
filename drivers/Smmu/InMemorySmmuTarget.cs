using Conformance.Model.Requirements;
using Conformance.Model.Smmu;

namespace Conformance.Drivers.Smmu;

/// <summary>An SMMU in this process as a target.</summary>
public sealed class InMemorySmmuTarget : ISmmuTarget
{
    private readonly ISmmu smmu;
    private readonly List<int> tickets = [];

    /// <summary>Puts an SMMU under test.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="smmu">The SMMU; it is disposed of with the target.</param>
    /// <param name="description">What it is, in a few words.</param>
    /// <param name="deadline">The time that one batch may take.</param>
    public InMemorySmmuTarget(string address, ISmmu smmu, string description, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(smmu);
        this.smmu = smmu;
        Address = address;
        Description = description;
        Deadline = deadline ?? Core.InProcessTarget.DefaultDeadline;
        Port = smmu.Port;
        Memory = smmu.Memory;
        Hole = smmu.Hole;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.InProcess;

    /// <inheritdoc/>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public SmmuPort Port { get; }

    /// <inheritdoc/>
    public SmmuRange Memory { get; }

    /// <inheritdoc/>
    public SmmuRange Hole { get; }

    /// <inheritdoc/>
    public IReadOnlyList<uint> StreamIds => [];

    /// <inheritdoc/>
    public void Reset(bool quick = false) => smmu.Reset();

    /// <inheritdoc/>
    public void Run(SmmuBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var operations = batch.Operations;
        var results = batch.Results;
        tickets.Clear();
        for (var i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            tickets.Add(0);
            results[i] = operation.Kind switch
            {
                SmmuOperationKind.ReadRegister => new(smmu.ReadRegister(Offset(operation, 4)), SmmuReply.Unknown),
                SmmuOperationKind.ReadRegister64 => new(smmu.ReadRegister64(Offset(operation, 8)), SmmuReply.Unknown),
                SmmuOperationKind.Interrupts => new((smmu as ISmmuInterrupts)?.TakeInterrupts().Value ?? 0, SmmuReply.Unknown),
                SmmuOperationKind.Transact => Transact(batch, i, operation),
                SmmuOperationKind.Ask => Ask(batch, i, operation),
                _ => Write(batch, i, operation),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => smmu.Dispose();

    private SmmuResult Transact(SmmuBatch batch, int index, in SmmuOperation operation)
    {
        var transaction = operation.Transaction;
        if (transaction.Length is not (1 or 2 or 4 or 8) || transaction.Address % (uint)transaction.Length != 0)
            throw new ArgumentException($"operation {index}: a transaction of {transaction.Length} bytes at 0x{transaction.Address:x}", nameof(batch));
        var reply = smmu.Transact(transaction, batch.DataOf(index), out var ticket);
        tickets[index] = ticket;
        return new(0, reply);
    }

    private SmmuResult Ask(SmmuBatch batch, int index, in SmmuOperation operation)
    {
        // A transaction that was not held has nothing to tell.
        var asked = (int)operation.Address;
        if (asked >= index || tickets[asked] == 0)
            return default;
        var reply = smmu.Ask(tickets[asked], batch.DataOf(index));
        if (reply != SmmuReply.Stalled)
            tickets[asked] = 0;
        return new(0, reply);
    }

    private SmmuResult Write(SmmuBatch batch, int index, in SmmuOperation operation)
    {
        switch (operation.Kind)
        {
            case SmmuOperationKind.WriteRegister:
                smmu.WriteRegister(Offset(operation, 4), (uint)operation.Value);
                break;
            case SmmuOperationKind.WriteRegister64:
                smmu.WriteRegister64(Offset(operation, 8), operation.Value);
                break;
            case SmmuOperationKind.ReadMemory:
                smmu.ReadMemory(InMemory(operation), batch.DataOf(index));
                break;
            default:
                smmu.WriteMemory(InMemory(operation), batch.DataOf(index));
                break;
        }
        return default;
    }

    private static uint Offset(in SmmuOperation operation, uint alignment) =>
        operation.Address < 0x20000 && operation.Address % alignment == 0
            ? (uint)operation.Address
            : throw new ArgumentException($"there is no register of {8 * alignment} bits at 0x{operation.Address:x}", nameof(operation));

    private ulong InMemory(in SmmuOperation operation) =>
        Memory.Contains(operation.Address, (uint)operation.DataLength)
            ? operation.Address
            : throw new ArgumentException($"{operation.DataLength} bytes at 0x{operation.Address:x} are not in memory", nameof(operation));
}
