using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>
/// A correct host of nested stages in memory: objects as iommufd has them, stage-2 tables and STEs in the memory of an SMMU that really walks them, and a
/// command queue that it really consumes. Each decision is a member of its own, so that a seeded fault is one override.
/// </summary>
public partial class MemoryHost : INestedStage, INestedEvidence
{
    private const ulong StreamTable = 0x4000_0000,
        Commands = 0x4000_1000,
        Records = 0x4000_2000,
        Tables = 0x4001_0000,
        Ram = 0x4200_0000;
    private const int StreamBits = 6,
        CommandBits = 6,
        RecordBits = 7;

    private const uint AddressSpaceId = 1;
    private readonly Dictionary<uint, HostObject> objects = [];
    private readonly Dictionary<uint, HostedDevice> devices = [];
    private readonly List<SmmuCommand> issued = [];
    private readonly List<SmmuEvent> recorded = [];
    private readonly List<Mapping> mappings = [];
    private uint nextId = 16;
    private ushort nextVmid = 1;
    private ulong nextTable = Tables;
    private uint produced;
    private uint consumed;

    /// <summary>A host on which nothing was done yet.</summary>
    /// <param name="habits">What it is made of.</param>
    public MemoryHost(HostHabits habits)
    {
        ArgumentNullException.ThrowIfNull(habits);
        Habits = habits;
        Smmu = CreateSmmu();
        Facts = new()
        {
            AddressSpace = AddressSpaceId,
            Devices =
            [
                new(2, 0, [0x18], HasAts: false),
                new(3, 0, [0x20], HasAts: true),
                new(4, 0, [0x28], HasAts: false),
                new(5, 0, [0x30, 0x31], HasAts: false),
                new(6, 1, [0x38], HasAts: false),
            ],
            RamSize = Smmu.Memory.End - Ram,
            GrantsDirtyParent = habits.GrantsDirtyParent,
            MapsDirty = true,
            HasDeviceLogs = habits.HasDeviceLogs,
            CanRefuse = true,
        };
        objects.Add(AddressSpaceId, new AddressSpace(AddressSpaceId));
        foreach (var device in Facts.Devices)
        {
            var hosted = new HostedDevice(device);
            devices.Add(device.Id, hosted);
            objects.Add(device.Id, hosted);
        }

        Start();
    }

    /// <summary>What it is made of.</summary>
    public HostHabits Habits { get; }

    /// <inheritdoc/>
    public NestedHostFacts Facts { get; }

    /// <inheritdoc/>
    public INestedEvidence? Evidence => this;

    /// <summary>The SMMU of the hardware.</summary>
    protected MemorySmmu Smmu { get; }

    /// <summary>Seam: the SMMU (SMMU-NEST-01..06).</summary>
    private protected virtual MemorySmmu CreateSmmu() => new(Habits.Smmu);

    /// <inheritdoc/>
    public void Dispose()
    {
        Smmu.Dispose();
        foreach (var device in devices.Values)
            device.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public void ReadRam(ulong ram, Span<byte> bytes) => Smmu.ReadMemory(Ram + ram, bytes);

    /// <inheritdoc/>
    public void WriteRam(ulong ram, ReadOnlySpan<byte> bytes) => Smmu.WriteMemory(Ram + ram, bytes);

    /// <inheritdoc/>
    public StreamTableEntry EntryOf(uint device)
    {
        Span<byte> bytes = stackalloc byte[StreamTableEntry.Length];
        Smmu.ReadMemory(StreamTable + (devices[device].Device.StreamIds[0] * (ulong)StreamTableEntry.Length), bytes);
        return StreamTableEntry.Read(bytes);
    }

    /// <inheritdoc/>
    public void TakeIssued(ICollection<SmmuCommand> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (var command in issued)
            into.Add(command);
        issued.Clear();
    }

    /// <inheritdoc/>
    public void TakeRecords(ICollection<SmmuEvent> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        TakeHardwareRecords();
        foreach (var record in recorded)
            into.Add(record);
        recorded.Clear();
    }

    // Every device aborts until something is attached.
    private void Start()
    {
        var entry = new StreamTableEntry { Valid = true };
        foreach (var device in Facts.Devices)
            Store(device.StreamIds, entry);
        Smmu.WriteRegister64(SmmuRegister.StrtabBase, StreamTable);
        Smmu.WriteRegister(SmmuRegister.StrtabBaseCfg, StreamBits);
        Smmu.WriteRegister64(SmmuRegister.CmdqBase, Commands | CommandBits);
        Smmu.WriteRegister64(SmmuRegister.EventqBase, Records | RecordBits);
        Smmu.WriteRegister(SmmuRegister.Cr0, 0b1101);
    }

    private void Store(IReadOnlyList<uint> streams, in StreamTableEntry entry)
    {
        Span<byte> bytes = stackalloc byte[StreamTableEntry.Length];
        entry.Write(bytes);
        foreach (var stream in streams)
            Smmu.WriteMemory(StreamTable + (stream * (ulong)StreamTableEntry.Length), bytes);
    }

    /// <summary>Writes the STE of every stream of a device, and completes a CFGI_STE for each.</summary>
    private void Install(HostedDevice device, in StreamTableEntry entry)
    {
        Store(device.Device.StreamIds, entry);
        foreach (var stream in device.Device.StreamIds)
            Forget(stream);
        Synchronise();
    }

    /// <summary>Seam: what caches know of a stream whose STE was written (HANDOVER-10).</summary>
    private protected virtual void Forget(uint stream) => Issue(SmmuCommand.CfgiSte(stream, leaf: true));

    /// <summary>Puts a command into the queue.</summary>
    private protected void Issue(in SmmuCommand command)
    {
        if (command.Opcode != SmmuOpcode.Sync)
            issued.Add(command);
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        command.Write(bytes);
        Smmu.WriteMemory(Commands + ((produced & ((1u << CommandBits) - 1)) * (ulong)SmmuCommand.Length), bytes);
        produced = (produced + 1) & ((2u << CommandBits) - 1);
        Smmu.WriteRegister(SmmuRegister.CmdqProd, produced);
        if (((Smmu.ReadRegister(SmmuRegister.GError) ^ Smmu.ReadRegister(SmmuRegister.GErrorN)) & 1) == 0)
            return;
        // As the driver does: what the queue stopped at becomes a SYNC.
        SmmuCommand.Sync().Write(bytes);
        Smmu.WriteMemory(Commands + (((produced - 1) & ((1u << CommandBits) - 1)) * (ulong)SmmuCommand.Length), bytes);
        Smmu.WriteRegister(SmmuRegister.GErrorN, Smmu.ReadRegister(SmmuRegister.GError));
    }

    /// <summary>Waits for the commands before it.</summary>
    private protected void Synchronise() => Issue(SmmuCommand.Sync());

    // Reads the physical event queue: guests get what is theirs.
    private void TakeHardwareRecords()
    {
        const uint Mask = (2u << RecordBits) - 1;
        var producer = Smmu.ReadRegister(SmmuRegister.EventqProd);
        Span<byte> bytes = stackalloc byte[SmmuEvent.Length];
        while (((producer ^ consumed) & Mask) != 0)
        {
            Smmu.ReadMemory(Records + ((consumed & (Mask >> 1)) * (ulong)SmmuEvent.Length), bytes);
            var record = SmmuEvent.Read(bytes);
            recorded.Add(record);
            Forward(record);
            consumed = (consumed + 1) & Mask;
        }

        Smmu.WriteRegister(SmmuRegister.EventqCons, consumed | (producer & (1u << 31)));
    }

    private protected sealed record Mapping(ulong Iova, ulong Length, ulong Place, bool IsWritable);
}
