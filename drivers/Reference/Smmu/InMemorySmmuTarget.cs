using Conformance.Drivers.Plugin;
using Conformance.Drivers.Processes;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>An SMMU in this process as a target. One that throws is lost; the next call begins with a new one.</summary>
public sealed partial class InMemorySmmuTarget : ISmmuTarget, ISmmuMigration
{
    private readonly Func<ISmmu> make;

    // Of every transaction since the last reset; 0 for those that were not held.
    private readonly List<int> tickets = [];
    private ISmmu? smmu;

    /// <summary>Puts an SMMU under test.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="make">Makes an SMMU after reset; it is disposed of with the target.</param>
    /// <param name="description">What it is, in a few words.</param>
    /// <param name="deadline">The time that one batch may take.</param>
    /// <exception cref="DeviceLostException">It cannot be made.</exception>
    public InMemorySmmuTarget(string address, Func<ISmmu> make, string description, TimeSpan? deadline = null)
    {
        ArgumentNullException.ThrowIfNull(make);
        this.make = make;
        Address = address;
        Description = description;
        Deadline = deadline ?? InProcessTarget.DefaultDeadline;
        smmu = make();
        Port = smmu.Port;
        Memory = smmu.Memory;
        Hole = smmu.Hole;
        StateFormat = (smmu as ISmmuState)?.StateFormat ?? SmmuStateFormat.None;
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
    public void Reset(bool quick = false)
    {
        var live = Live();
        tickets.Clear();
        try
        {
            live.Reset();
        }
        catch (Exception error)
        {
            throw Died("Reset", error);
        }
    }

    /// <inheritdoc/>
    public void Run(SmmuBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var operations = batch.Operations;
        for (var i = 0; i < operations.Count; i++)
            Check(operations[i], i);
        var live = Live();
        var results = batch.Results;
        for (var i = 0; i < operations.Count; i++)
        {
            try
            {
                results[i] = Run(live, batch, i);
            }
            catch (Exception error)
            {
                throw Died(operations[i].Kind.ToString(), error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            smmu?.Dispose();
        }
        catch (Exception)
        {
            // Everything it had to say has been said.
        }
        smmu = null;
    }

    private SmmuResult Run(ISmmu live, SmmuBatch batch, int index)
    {
        var operation = batch.Operations[index];
        var offset = (uint)operation.Address;
        switch (operation.Kind)
        {
            case SmmuOperationKind.ReadRegister:
                return new(live.ReadRegister(offset), SmmuReply.Unknown);
            case SmmuOperationKind.WriteRegister:
                live.WriteRegister(offset, (uint)operation.Value);
                return default;
            case SmmuOperationKind.ReadRegister64:
                return new(live.ReadRegister64(offset), SmmuReply.Unknown);
            case SmmuOperationKind.WriteRegister64:
                live.WriteRegister64(offset, operation.Value);
                return default;
            case SmmuOperationKind.ReadMemory:
                live.ReadMemory(operation.Address, batch.DataOf(index));
                return default;
            case SmmuOperationKind.WriteMemory:
                live.WriteMemory(operation.Address, batch.DataOf(index));
                return default;
            case SmmuOperationKind.Interrupts:
                return new((live as ISmmuInterrupts)?.TakeInterrupts().Value ?? 0, SmmuReply.Unknown);
            case SmmuOperationKind.Ask:
                return Ask(live, batch, index, operation.Address);
            default:
                var reply = live.Transact(operation.Transaction, batch.DataOf(index), out var ticket);
                tickets.Add(ticket);
                return new(0, Known(reply));
        }
    }

    private ISmmu Live()
    {
        if (smmu is not null)
            return smmu;
        tickets.Clear();
        return smmu = make();
    }

    private SmmuResult Ask(ISmmu live, SmmuBatch batch, int index, ulong number)
    {
        // A transaction that was not held has nothing to tell.
        if (number >= (uint)tickets.Count || tickets[(int)number] == 0)
            return default;
        return new(0, Known(live.Ask(tickets[(int)number], batch.DataOf(index))));
    }

    private static SmmuReply Known(SmmuReply reply) =>
        reply is SmmuReply.Completed or SmmuReply.Aborted or SmmuReply.ReadAsZeroWriteIgnored or SmmuReply.Stalled or SmmuReply.Unknown
            ? reply
            : throw new InvalidOperationException($"{(int)reply} is not a reply");

    private DeviceLostException Died(string call, Exception error)
    {
        Dispose();
        error = ForeignException.Thrown(error);
        return error as DeviceLostException ?? new(DeviceLoss.Died, $"the SMMU threw in {call}: {ForeignException.Name(error)}", ForeignException.Lines(error));
    }

    // A batch that asks for what cannot be asked is a mistake of the kit, not of the SMMU.
    private void Check(in SmmuOperation operation, int index)
    {
        var isRight = operation.Kind switch
        {
            SmmuOperationKind.ReadRegister or SmmuOperationKind.WriteRegister => operation.Address < 0x2_0000 && operation.Address % 4 == 0,
            SmmuOperationKind.ReadRegister64 or SmmuOperationKind.WriteRegister64 => operation.Address < 0x2_0000 && operation.Address % 8 == 0,
            SmmuOperationKind.ReadMemory or SmmuOperationKind.WriteMemory => Memory.Contains(operation.Address, (uint)operation.DataLength),
            SmmuOperationKind.Transact => operation.Transaction.Length is 1 or 2 or 4 or 8 && operation.Address % (uint)operation.Transaction.Length == 0,
            _ => true,
        };
        if (!isRight)
            throw new ArgumentException($"operation {index} of the batch cannot be: {operation}", nameof(operation));
    }
}
