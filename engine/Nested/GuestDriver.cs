using System.Buffers.Binary;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Nested;

/// <summary>
/// The SMMU driver of a guest: it writes registers, structures and tables, and invalidates what it changes. Page 0 of memory is the stream table, 1 the command
/// queue, 2 the event queue, 3 has the CDs, 4 to 15 the tables of the contexts.
/// </summary>
/// <param name="machine">The machine that it runs on; another one after a migration.</param>
internal sealed class GuestDriver(INestedMachine machine)
{
    public const ulong StreamTable = 0x4000_0000,
        Commands = 0x4000_1000,
        Events = 0x4000_2000;
    private const int StreamBits = 6,
        CommandBits = 5,
        EventBits = 5;
    private const ulong Ram = 0x4000_0000;

    private uint produced;
    private uint consumed;

    public INestedMachine Machine { get; set; } = machine;

    /// <summary>Brings the SMMU up, with streams that are not valid and contexts that map nothing.</summary>
    public void Boot()
    {
        Span<byte> bytes = stackalloc byte[ContextDescriptor.Length];
        for (var context = 0; context < GuestModel.Contexts; context++)
        {
            WriteContext(context, default);
            if (context == 0)
                Write(GuestModel.TableAt(0), (GuestModel.TableAt(0) + 0x1000) | 3);
        }

        Set64(SmmuRegister.StrtabBase, StreamTable);
        Set(SmmuRegister.StrtabBaseCfg, StreamBits);
        Set64(SmmuRegister.CmdqBase, Commands | CommandBits);
        Set64(SmmuRegister.EventqBase, Events | EventBits);
        Set(SmmuRegister.Cr0, 0b1100);
        Set(SmmuRegister.Cr0, 0b1101);
    }

    public void Control(bool isEnabled, bool aborts)
    {
        if (!isEnabled)
            Set(SmmuRegister.Gbpa, 1u << 31 | 1u << 12 | (aborts ? 1u << 20 : 0));
        Set(SmmuRegister.Cr0, isEnabled ? 0b1101u : 0b1100u);
    }

    public void WriteStream(uint stream, GuestConfig config, int context)
    {
        var entry = config switch
        {
            GuestConfig.Invalid => default,
            GuestConfig.Abort => new StreamTableEntry { Valid = true },
            GuestConfig.Bypass => new StreamTableEntry
            {
                Valid = true,
                Config = StreamConfig.Bypass,
                SHCFG = 1,
            },
            GuestConfig.Translate => new StreamTableEntry
            {
                Valid = true,
                Config = StreamConfig.Stage1,
                S1ContextPtr = GuestModel.ContextAt(context),
                S1CIR = 1,
                S1COR = 1,
                S1CSH = 3,
            },
            _ => new StreamTableEntry { Valid = true, Config = StreamConfig.Stage2 },
        };
        Write(StreamTable + (stream * (ulong)StreamTableEntry.Length) + 8, entry.D1);
        Write(StreamTable + (stream * (ulong)StreamTableEntry.Length), entry.D0);
        Send(SmmuCommand.CfgiSte(stream, leaf: true));
        Send(SmmuCommand.Sync());
    }

    public void WriteContext(int context, (bool IsInvalid, bool IsUnrecorded) state)
    {
        var descriptor = new ContextDescriptor
        {
            Valid = !state.IsInvalid,
            T0SZ = 39,
            TG0 = context switch
            {
                0 => 0,
                1 => 2,
                _ => 1,
            },
            EPD1 = !GuestModel.HasUpperHalf(context),
            T1SZ = 39,
            TG1 = context switch
            {
                0 => 2,
                1 => 1,
                _ => 3,
            },
            IR0 = 1,
            OR0 = 1,
            SH0 = 3,
            IPS = 2,
            AA64 = true,
            R = !state.IsUnrecorded,
            A = true,
            ASID = context + 1,
            TTB0 = GuestModel.TableAt(context),
            TTB1 = GuestModel.HasUpperHalf(context) ? GuestModel.UpperTables : 0,
            MAIR = 0xff,
        };
        Span<byte> bytes = stackalloc byte[ContextDescriptor.Length];
        descriptor.Write(bytes);
        Machine.WriteMemory(GuestModel.ContextAt(context), bytes);
    }

    public void InvalidateContext(IEnumerable<uint> streams)
    {
        foreach (var stream in streams)
            Send(SmmuCommand.CfgiCd(stream, 0, leaf: true));
        Send(SmmuCommand.Sync());
    }

    /// <summary>Writes a leaf: of a page of the guest's, or none.</summary>
    public void WriteLeaf(int context, int block, (int Target, bool IsReadOnly)? leaf)
    {
        var value = leaf is { } one
            ? new TranslationDescriptor(GuestRam.GpaOf(one.Target))
            {
                Valid = true,
                IsTableOrPage = true,
                AP1 = true,
                AP2 = one.IsReadOnly,
                SH = 3,
                AF = true,
                NotGlobal = true,
            }.Value
            : 0;
        Write(GuestModel.LeafAt(context, block), value);
    }

    public void InvalidateAddress(int context, int block)
    {
        Send(SmmuCommand.TlbiNhVa(0, context + 1, (ulong)block << GuestModel.ShiftOf(context), leaf: true));
        Send(SmmuCommand.Sync());
    }

    /// <summary>Puts a command into the queue and rings.</summary>
    public void Send(in SmmuCommand command)
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        command.Write(bytes);
        Machine.WriteMemory(Commands + ((produced & ((1u << CommandBits) - 1)) * (ulong)SmmuCommand.Length), bytes);
        produced = (produced + 1) & ((2u << CommandBits) - 1);
        Set(SmmuRegister.CmdqProd, produced);
    }

    /// <summary>The error that the command queue stopped with; 0 for none. It is mended: what it stopped at becomes a SYNC.</summary>
    public uint TakeError()
    {
        if (((Machine.ReadRegister(SmmuRegister.GError) ^ Machine.ReadRegister(SmmuRegister.GErrorN)) & 1) == 0)
            return 0;
        var cons = Machine.ReadRegister(SmmuRegister.CmdqCons);
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        SmmuCommand.Sync().Write(bytes);
        Machine.WriteMemory(Commands + ((cons & ((1u << CommandBits) - 1)) * (ulong)SmmuCommand.Length), bytes);
        Set(SmmuRegister.GErrorN, Machine.ReadRegister(SmmuRegister.GError));
        return cons >> 24 & 0x7f;
    }

    /// <summary>True when every command was consumed.</summary>
    public bool IsIdle => (Machine.ReadRegister(SmmuRegister.CmdqCons) & ((2u << CommandBits) - 1)) == produced;

    /// <summary>Reads the records of the event queue.</summary>
    public void TakeRecords(ICollection<SmmuEvent> into)
    {
        const uint Mask = (2u << EventBits) - 1;
        var producer = Machine.ReadRegister(SmmuRegister.EventqProd);
        Span<byte> bytes = stackalloc byte[SmmuEvent.Length];
        for (; ((producer ^ consumed) & Mask) != 0; consumed = (consumed + 1) & Mask)
        {
            Machine.ReadMemory(Events + ((consumed & (Mask >> 1)) * (ulong)SmmuEvent.Length), bytes);
            into.Add(SmmuEvent.Read(bytes));
        }

        Set(SmmuRegister.EventqCons, consumed | (producer & (1u << 31)));
    }

    public void Write(ulong gpa, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Machine.WriteMemory(gpa, bytes);
    }

    public ulong Read(ulong gpa)
    {
        Span<byte> bytes = stackalloc byte[8];
        Machine.ReadMemory(gpa, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Set(uint offset, uint value) => Machine.WriteRegister(offset, value);

    private void Set64(uint offset, ulong value)
    {
        Set(offset, (uint)value);
        Set(offset + 4, (uint)(value >> 32));
    }
}
