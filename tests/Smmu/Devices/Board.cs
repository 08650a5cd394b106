using System.Buffers.Binary;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Tests.Smmu.Devices;

/// <summary>An SMMU with queues, a linear stream table and tables of 4 KiB, laid out at fixed places.</summary>
internal sealed class Board : IDisposable
{
    public const uint Stream = 8;
    public const ulong Start = 0x4000_0000,
        StreamTable = Start + 0x10_0000,
        Contexts = Start + 0x20_0000,
        Commands = Start + 0x30_0000,
        Events = Start + 0x31_0000;

    /// <summary>Data pages: what is read there is where it is.</summary>
    public const ulong Data = Start + 0x100_0000;

    private const int QueueBits = 6;
    private ulong free = Start + 0x40_0000;
    private uint produced;

    public Board(MemorySmmu smmu)
    {
        Smmu = smmu;
        Enable();
    }

    public Board(SmmuCapabilities capabilities, SmmuCaching caching = SmmuCaching.OnDemand)
        : this(new MemorySmmu(capabilities, caching)) { }

    public MemorySmmu Smmu { get; }

    /// <summary>A CD that is right for what the SMMU can do.</summary>
    public static ContextDescriptor GoodContext(ulong table, int asid = 1) =>
        new()
        {
            Valid = true,
            AA64 = true,
            A = true,
            R = true,
            T0SZ = 25,
            EPD1 = true,
            IPS = 5,
            ASID = asid,
            TTB0 = table,
            MAIR = 0xff,
        };

    /// <summary>A stage-2 configuration with 40 bits of IPA from level 1, two tables beside each other.</summary>
    public static StreamTableEntry GoodStage2(ulong table, int vmid = 3) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage2,
            S2T0SZ = 24,
            S2SL0 = 1,
            S2PS = 4,
            S2AA64 = true,
            S2R = true,
            S2TTB = table,
            S2VMID = vmid,
        };

    public static StreamTableEntry GoodStage1(ulong contexts = Contexts, int vmid = 0) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = contexts,
            S2VMID = vmid,
        };

    public void Dispose() => Smmu.Dispose();

    public void Enable(uint cr0 = 0xd)
    {
        Smmu.WriteRegister(SmmuRegister.Cr2, 2);
        Smmu.WriteRegister64(SmmuRegister.StrtabBase, StreamTable);
        Smmu.WriteRegister(SmmuRegister.StrtabBaseCfg, 8);
        Smmu.WriteRegister64(SmmuRegister.CmdqBase, Commands | QueueBits);
        Smmu.WriteRegister64(SmmuRegister.EventqBase, Events | QueueBits);
        Smmu.WriteRegister(SmmuRegister.Cr0, cr0);
        produced = Smmu.ReadRegister(SmmuRegister.CmdqProd);
    }

    public ulong NewTable(ulong size = 4096)
    {
        free = (free + size - 1) & ~(size - 1);
        var table = free;
        free += size;
        return table;
    }

    public void Put(uint streamId, in StreamTableEntry entry)
    {
        Span<byte> bytes = stackalloc byte[64];
        entry.Write(bytes);
        Smmu.WriteMemory(StreamTable + (streamId * 64ul), bytes);
    }

    public void Put(ulong address, in ContextDescriptor descriptor)
    {
        Span<byte> bytes = stackalloc byte[64];
        descriptor.Write(bytes);
        Smmu.WriteMemory(address, bytes);
    }

    public void Put(ulong address, ulong word)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
        Smmu.WriteMemory(address, bytes);
    }

    public ulong Word(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Smmu.ReadMemory(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Maps a page in a tree of 4 KiB tables, making the tables on the way.</summary>
    /// <param name="top">The top table.</param>
    /// <param name="address">What is mapped.</param>
    /// <param name="descriptor">The leaf.</param>
    /// <param name="level">Its level.</param>
    /// <param name="start">The level of the top table.</param>
    /// <param name="place">From the address of a table to where it is written; for nested tables.</param>
    public ulong Map(ulong top, ulong address, ulong descriptor, int level = 3, int start = 1, Func<ulong, ulong>? place = null)
    {
        var table = top;
        for (var at = start; ; at++)
        {
            var shift = 12 + ((3 - at) * 9);
            var index = address >> shift & (at == start ? 0xff_fffful : 0x1ff);
            var slot = (place is null ? table : place(table)) + (index * 8);
            if (at == level)
            {
                Put(slot, descriptor);
                return slot;
            }
            if ((Word(slot) & 1) == 0)
                Put(slot, NewTable() | 3);
            table = Word(slot) & 0x0000_ffff_ffff_f000;
        }
    }

    /// <summary>A stage-1 page that anybody may read and write.</summary>
    public static ulong Page1(ulong output, ulong more = 0) => output | 3 | (1ul << 10) | (1ul << 6) | (1ul << 11) | more;

    /// <summary>A stage-2 page that may be read and written.</summary>
    public static ulong Page2(ulong output, ulong more = 0) => output | 3 | (1ul << 10) | (3ul << 6) | (15ul << 2) | more;

    public void Run(params ReadOnlySpan<SmmuCommand> commands)
    {
        Span<byte> bytes = stackalloc byte[16];
        foreach (var command in commands)
        {
            command.Write(bytes);
            Smmu.WriteMemory(Commands + ((produced & ((1u << QueueBits) - 1)) * 16), bytes);
            produced = (produced + 1) & ((2u << QueueBits) - 1);
        }
        Smmu.WriteRegister(SmmuRegister.CmdqProd, produced);
    }

    public void Flush() => Run(SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync());

    public (SmmuReply Reply, uint Value) Read(ulong address, uint stream = Stream)
    {
        Span<byte> bytes = stackalloc byte[4];
        var reply = Smmu.Transact(new(stream, address, IsRead: true, 4), bytes, out _);
        return (reply, BinaryPrimitives.ReadUInt32LittleEndian(bytes));
    }

    public SmmuReply Write(ulong address, uint value, uint stream = Stream)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Smmu.Transact(new(stream, address, IsRead: false, 4), bytes, out _);
    }

    public SmmuReply Send(in SmmuTransaction transaction, out int ticket) => Smmu.Transact(transaction, new byte[transaction.Length], out ticket);

    /// <summary>The next record, taken out of the queue; null when there is none.</summary>
    public SmmuEvent? TakeEvent()
    {
        var consumer = Smmu.ReadRegister(SmmuRegister.EventqCons);
        var mask = (2u << QueueBits) - 1;
        if (((Smmu.ReadRegister(SmmuRegister.EventqProd) ^ consumer) & mask) == 0)
            return null;
        Span<byte> bytes = stackalloc byte[32];
        Smmu.ReadMemory(Events + ((consumer & (mask >> 1)) * 32), bytes);
        Smmu.WriteRegister(SmmuRegister.EventqCons, (consumer & ~mask) | ((consumer + 1) & mask));
        return SmmuEvent.Read(bytes);
    }

    /// <summary>Words of a data page say where they are.</summary>
    public void Fill(ulong address, ulong length = 64)
    {
        for (var at = 0ul; at < length; at += 8)
            Put(address + at, (address + at) | (address + at + 4) << 32);
    }
}
