using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

/// <summary>
/// QEMU's emulated SMMUv3, driven over qtest. The process starts at the first use, and again after it was lost.
/// <para>
/// Transactions are aligned and have at most 4 bytes: QEMU splits a larger one that fails, with an event for each part. Their data pass through a buffer of the
/// master that only its DMA reaches. Before operations that write new data and after operations that read, the masters move these with SMMUEN=0 and
/// GBPA.ABORT=0, and then both registers get back what the batch gave them. To the architecture that is neither an invalidation nor an event.
/// </para>
/// </summary>
public sealed partial class QemuSmmuTarget : ISmmuTarget, IIdentified
{
    /// <summary>What a batch may take when the address says nothing.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(10);

    private readonly string executable;
    private readonly string? stage;
    private Version? version;
    private QemuMachine? machine;
    private long due;

    /// <summary>A target whose process is not started yet.</summary>
    /// <param name="address">The address as the user wrote it.</param>
    /// <param name="executable">The path of qemu-system-aarch64.</param>
    /// <param name="stage">1, 2 or nested; null: 1.</param>
    /// <param name="deadline">What a batch may take; null: <see cref="DefaultDeadline"/>.</param>
    public QemuSmmuTarget(string address, string executable, string? stage = null, TimeSpan? deadline = null)
    {
        Address = address;
        this.executable = executable;
        this.stage = stage;
        Deadline = deadline ?? DefaultDeadline;
        StreamIds = [.. EduMaster.Create(0).Select(master => master.StreamId)];
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Channels Channel => Channels.Socket;

    /// <inheritdoc/>
    public TimeSpan Deadline { get; }

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"QEMU {Machine().Monitor.Version}, stage {stage ?? "1"}");

    /// <inheritdoc/>
    public IReadOnlyList<IdentityFact> Identity =>
        [new("qemu", Machine().Monitor.Version + (Machine().Monitor.Package is { Length: > 0 } package ? $", {package}" : "")), new("machine", "virt")];

    /// <inheritdoc/>
    public SmmuPort Port => SmmuPort.Interrupts;

    /// <inheritdoc/>
    public SmmuRange Memory => new(QemuMachine.Memory + 0x400_0000, 0x400_0000);

    /// <inheritdoc/>
    public SmmuRange Hole => new(0x6000_0000, 0x1000_0000);

    /// <inheritdoc/>
    public IReadOnlyList<uint> StreamIds { get; }

    /// <summary>The process that owns QEMU; 0 while there is none.</summary>
    internal int ProcessId => machine?.ProcessId ?? 0;

    /// <summary>The connection to the process, which is started if there is none.</summary>
    internal QtestConnection Connection => Machine().Qtest;

    /// <inheritdoc/>
    public void Run(SmmuBatch batch)
    {
        try
        {
            var running = Machine();
            due = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
            var qtest = running.Qtest;
            for (int from = 0, to; from < batch.Operations.Count; from = to)
            {
                to = Plan(running, batch, from);
                Load(running, batch);
                for (var index = from; index < to; index++)
                {
                    if (qtest.IsFull)
                        qtest.Flush(batch.Results, batch.Data, due);
                    Run(running, batch, index);
                }

                Unload(running, batch);
            }

            qtest.Flush(batch.Results, batch.Data, due);
        }
        catch (DeviceLostException)
        {
            End();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private void Run(QemuMachine running, SmmuBatch batch, int index)
    {
        var operation = batch.Operations[index];
        var qtest = running.Qtest;
        switch (operation.Kind)
        {
            case SmmuOperationKind.ReadRegister:
                qtest.Read32(QemuMachine.Registers + operation.Address, index);
                break;
            case SmmuOperationKind.ReadRegister64:
                qtest.Read64(QemuMachine.Registers + operation.Address, index);
                break;
            case SmmuOperationKind.WriteRegister:
                Follow((uint)operation.Address, (uint)operation.Value);
                qtest.Write32(QemuMachine.Registers + operation.Address, (uint)operation.Value);
                break;
            case SmmuOperationKind.WriteRegister64:
                qtest.Write64(QemuMachine.Registers + operation.Address, operation.Value);
                break;
            case SmmuOperationKind.ReadMemory:
                for (var done = 0; done < operation.DataLength; done += QtestConnection.TransferLimit)
                {
                    if (qtest.IsFull)
                        qtest.Flush(batch.Results, batch.Data, due);
                    qtest.ReadMemory(
                        operation.Address + (ulong)done,
                        operation.DataStart + done,
                        Math.Min(QtestConnection.TransferLimit, operation.DataLength - done)
                    );
                }

                break;
            case SmmuOperationKind.WriteMemory:
                for (var rest = (ReadOnlySpan<byte>)batch.DataOf(index); !rest.IsEmpty; rest = rest[Math.Min(QtestConnection.TransferLimit, rest.Length)..])
                {
                    if (qtest.IsFull)
                        qtest.Flush(batch.Results, batch.Data, due);
                    qtest.WriteMemory(
                        operation.Address + (ulong)(operation.DataLength - rest.Length),
                        rest[..Math.Min(QtestConnection.TransferLimit, rest.Length)]
                    );
                }

                break;
            case SmmuOperationKind.Transact:
                Transact(running, batch, index);
                break;
            case SmmuOperationKind.Interrupts:
                qtest.Flush(batch.Results, batch.Data, due);
                batch.Results[index] = new SmmuResult(TakeInterrupts(qtest).Value, SmmuReply.Unknown);
                break;
            default:
                throw new ArgumentException($"QEMU cannot do {operation.Kind}", nameof(batch));
        }
    }

    private static SmmuInterruptCounts TakeInterrupts(QtestConnection qtest)
    {
        var counts = 0UL;
        for (var line = 0; line < 4; line++)
        {
            ref var raised = ref qtest.Raised[QemuMachine.FirstSmmuInterrupt + line];
            counts |= (ulong)Math.Min(raised, ushort.MaxValue) << (16 * line);
            raised = 0;
        }

        return new(counts);
    }

    private void End()
    {
        machine?.Dispose();
        machine = null;
    }

    private QemuMachine Machine()
    {
        if (machine is not null)
            return machine;

        // The property came with 8.1, its value "nested" with 9.1; from 9.2 on the newest machine type insists on nested.
        version ??= QemuMachine.VersionOf(executable);
        if (version < QemuSmmuScheme.FirstVersionWith(stage ?? "1"))
            throw new DeviceLostException(DeviceLoss.Unreachable, $"QEMU {version} has no SMMU with stage={stage}: stage 2 came with 8.1, nested with 9.1");
        machine = StartMachine(stage ?? "1", isDestination: false);
        try
        {
            LearnStart(machine.Qtest);
            CheckStage(machine.Qtest);
        }
        catch
        {
            End();
            throw;
        }

        return machine;
    }

    private QemuMachine StartMachine(string with, bool isDestination) =>
        QemuMachine.Start(executable, version < new Version(9, 2) ? "virt" : "virt-9.1", version < new Version(8, 1) ? null : with, Deadline, isDestination);

    private void CheckStage(QtestConnection qtest)
    {
        Span<SmmuResult> identification = stackalloc SmmuResult[1];
        qtest.Read32(QemuMachine.Registers + SmmuRegister.Idr0, 0);
        qtest.Flush(identification, [], Environment.TickCount64 + (long)Deadline.TotalMilliseconds);
        var seen = SmmuCapabilities.Of((uint)identification[0].Value, 0, 0, 0, 0);
        if (seen.S1P != (stage is not "2") || seen.S2P != (stage is "2" or "nested"))
            throw new DeviceLostException(
                DeviceLoss.Unreachable,
                $"QEMU {version} was asked for stage {stage ?? "1"}, but its IDR0 has S1P={(seen.S1P ? 1 : 0)} and S2P={(seen.S2P ? 1 : 0)}"
            );
    }
}
