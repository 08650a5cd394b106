using System.Buffers.Binary;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Examples;

/// <summary>
/// An SMMUv3 as small as one can be: stage 1 only, granules of 4 KiB, a linear stream table, no substreams, no stalls, no hardware updates, 44-bit addresses.
/// Its identification registers say exactly that, and the kit asks no more of it. It caches STEs and CDs, and no translations.
/// </summary>
public class TinySmmu : ISmmu
{
    private const int AddressBits = 44,
        StreamIdBits = 8,
        QueueBits = 10;
    private const uint Enable = 1,
        EventQueueEnable = 4,
        CommandQueueEnable = 8;
    private const uint CommandError = 1,
        EventAbort = 4,
        Overflow = 1u << 31;

    private readonly byte[] ram = new byte[64 << 20];
    private readonly Dictionary<uint, StreamTableEntry> streams = [];
    private readonly Dictionary<uint, ContextDescriptor> contexts = [];
    private uint cr0,
        cr1,
        cr2,
        gbpa,
        irqControl,
        gError,
        gErrorN,
        tableSize;
    private uint commandProducer,
        commandConsumer,
        eventProducer,
        eventConsumer;
    private ulong tableBase,
        commandBase,
        eventBase;

    public TinySmmu() => Reset();

    // The master sees how its transactions end. It has no substreams, no privilege and no instruction fetches.
    public SmmuPort Port => SmmuPort.Replies;

    public SmmuRange Memory { get; } = new(0x8000_0000, 64 << 20);

    // Every address outside of the memory is answered with an external abort; this is a part that the kit may use.
    public SmmuRange Hole { get; } = new(0x1000_0000, 1 << 20);

    public void Reset()
    {
        cr0 = cr1 = cr2 = irqControl = gError = gErrorN = tableSize = 0;
        commandProducer = commandConsumer = eventProducer = eventConsumer = 0;
        tableBase = commandBase = eventBase = 0;
        gbpa = 1 << 12;
        streams.Clear();
        contexts.Clear();
    }

    public void Dispose() => GC.SuppressFinalize(this);

    public void ReadMemory(ulong address, Span<byte> bytes) => ram.AsSpan((int)(address - Memory.Start), bytes.Length).CopyTo(bytes);

    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes) => bytes.CopyTo(ram.AsSpan((int)(address - Memory.Start)));

    public ulong ReadRegister64(uint offset) => ReadRegister(offset) | (ulong)ReadRegister(offset + 4) << 32;

    public void WriteRegister64(uint offset, ulong value)
    {
        WriteRegister(offset, (uint)value);
        WriteRegister(offset + 4, (uint)(value >> 32));
    }

    public uint ReadRegister(uint offset) =>
        offset switch
        {
            // S1P, AArch64 tables, coherent, little-endian tables, terminate model without stalls and without read-as-zero.
            SmmuRegister.Idr0 => 1 << 1 | 2 << 2 | 1 << 4 | 2 << 21 | 1 << 24 | 1 << 26,
            SmmuRegister.Idr1 => StreamIdBits | QueueBits << 16 | QueueBits << 21,
            SmmuRegister.Idr5 => 4 | 1 << 4,
            SmmuRegister.Aidr => 1,
            SmmuRegister.Cr0 or SmmuRegister.Cr0Ack => cr0,
            SmmuRegister.Cr1 => cr1,
            SmmuRegister.Cr2 => cr2,
            SmmuRegister.Gbpa => gbpa,
            SmmuRegister.IrqCtrl or SmmuRegister.IrqCtrlAck => irqControl,
            SmmuRegister.GError => gError,
            SmmuRegister.GErrorN => gErrorN,
            SmmuRegister.StrtabBase => (uint)tableBase,
            SmmuRegister.StrtabBase + 4 => (uint)(tableBase >> 32),
            SmmuRegister.StrtabBaseCfg => tableSize,
            SmmuRegister.CmdqBase => (uint)commandBase,
            SmmuRegister.CmdqBase + 4 => (uint)(commandBase >> 32),
            SmmuRegister.CmdqProd => commandProducer,
            SmmuRegister.CmdqCons => commandConsumer,
            SmmuRegister.EventqBase => (uint)eventBase,
            SmmuRegister.EventqBase + 4 => (uint)(eventBase >> 32),
            SmmuRegister.EventqProd => eventProducer,
            SmmuRegister.EventqCons => eventConsumer,
            _ => 0,
        };

    public void WriteRegister(uint offset, uint value)
    {
        // What belongs to something that is enabled keeps its value.
        var guard = offset switch
        {
            SmmuRegister.Cr1 => Enable | EventQueueEnable | CommandQueueEnable,
            SmmuRegister.Cr2 or SmmuRegister.StrtabBase or SmmuRegister.StrtabBase + 4 or SmmuRegister.StrtabBaseCfg => Enable,
            SmmuRegister.CmdqBase or SmmuRegister.CmdqBase + 4 or SmmuRegister.CmdqCons => CommandQueueEnable,
            SmmuRegister.EventqBase or SmmuRegister.EventqBase + 4 or SmmuRegister.EventqProd => EventQueueEnable,
            _ => 0u,
        };
        if ((cr0 & guard) != 0)
            return;
        const ulong Queue = 0x400f_ffff_ffff_ffff,
            Table = 0x400f_ffff_ffff_ffc0;
        switch (offset)
        {
            case SmmuRegister.Cr0:
                cr0 = value & (Enable | EventQueueEnable | CommandQueueEnable);
                RunCommands();
                break;
            case SmmuRegister.Cr1:
                cr1 = value & 0xfff;
                break;
            case SmmuRegister.Cr2:
                cr2 = value & 6;
                break;
            case SmmuRegister.Gbpa when value >> 31 != 0:
                gbpa = value & 0x001f_3f1f;
                break;
            case SmmuRegister.IrqCtrl:
                irqControl = value & 5;
                break;
            case SmmuRegister.GErrorN:
                gErrorN = value & (CommandError | EventAbort);
                RunCommands();
                break;
            case SmmuRegister.StrtabBase or SmmuRegister.StrtabBase + 4:
                tableBase = Half(tableBase, offset, value) & Table;
                break;
            case SmmuRegister.StrtabBaseCfg:
                tableSize = value & 0x3f;
                break;
            case SmmuRegister.CmdqBase or SmmuRegister.CmdqBase + 4:
                commandBase = Half(commandBase, offset, value) & Queue;
                break;
            case SmmuRegister.CmdqProd:
                commandProducer = value & 0xf_ffff;
                RunCommands();
                break;
            case SmmuRegister.CmdqCons:
                commandConsumer = value & 0xf_ffff;
                break;
            case SmmuRegister.EventqBase or SmmuRegister.EventqBase + 4:
                eventBase = Half(eventBase, offset, value) & Queue;
                break;
            case SmmuRegister.EventqProd:
                eventProducer = value & (Overflow | 0xf_ffff);
                break;
            case SmmuRegister.EventqCons:
                eventConsumer = value & (Overflow | 0xf_ffff);
                break;
        }
    }

    public SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket)
    {
        ticket = 0;
        if (!Translate(transaction, out var address) || !Memory.Contains(address, (uint)data.Length))
        {
            if (transaction.IsRead)
                data.Clear();
            return SmmuReply.Aborted;
        }
        if (transaction.IsRead)
            ReadMemory(address, data);
        else
            WriteMemory(address, data);
        return SmmuReply.Completed;
    }

    // Nothing is ever held.
    public SmmuReply Ask(int ticket, Span<byte> data) => SmmuReply.Aborted;

    /// <summary>Runs a command.</summary>
    /// <returns>False for one that is illegal.</returns>
    protected virtual bool Run(SmmuCommand command)
    {
        switch (command.Opcode)
        {
            case SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress:
                return !command.SSec;
            case SmmuOpcode.CfgiSte when !command.SSec:
                streams.Remove(command.StreamId);
                contexts.Remove(command.StreamId);
                return true;
            // More than was asked for may always be forgotten.
            case SmmuOpcode.CfgiSteRange when !command.SSec:
                streams.Clear();
                contexts.Clear();
                return true;
            case SmmuOpcode.CfgiCd or SmmuOpcode.CfgiCdAll when !command.SSec:
                contexts.Remove(command.StreamId);
                return true;
            // No translation is kept.
            case SmmuOpcode.TlbiNhAll or SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.TlbiNsnhAll:
                return true;
            case SmmuOpcode.Sync:
                return command.CS != 3;
            default:
                return false;
        }
    }

    private void RunCommands()
    {
        while ((cr0 & CommandQueueEnable) != 0 && ((gError ^ gErrorN) & CommandError) == 0)
        {
            var size = Size(commandBase);
            var wrap = (2u << size) - 1;
            if (((commandProducer ^ commandConsumer) & wrap) == 0)
                return;
            var at = Base(commandBase, size + 4) + ((commandConsumer & (wrap >> 1)) * (ulong)SmmuCommand.Length);
            var error =
                !Fetch(at, SmmuCommand.Length, out var bytes) ? 2u
                : Run(SmmuCommand.Read(bytes)) ? 0u
                : 1;
            if (error != 0)
            {
                commandConsumer = (commandConsumer & wrap) | error << 24;
                gError ^= CommandError;
                return;
            }
            commandConsumer = (commandConsumer + 1) & wrap;
        }
    }

    private bool Translate(in SmmuTransaction transaction, out ulong address)
    {
        address = transaction.Address;
        if ((cr0 & Enable) == 0)
            return (gbpa >> 20 & 1) == 0 && address >> AddressBits == 0;
        var about = new SmmuEvent { StreamId = transaction.StreamId };
        if (transaction.StreamId >> (int)Math.Min(tableSize, StreamIdBits) != 0)
            return (cr2 & 2) != 0 && Record(about with { Type = SmmuEventType.BadStreamId });
        if (!FindStream(transaction.StreamId, out var stream, out var at))
            return Record(about with { Type = SmmuEventType.SteFetch, FetchAddress = at });
        if (stream.Valid && stream.Config < StreamConfig.Bypass)
            return false;
        if (!IsLegal(stream))
            return Record(about with { Type = SmmuEventType.BadSte });
        var fault = about with { RnW = transaction.IsRead, Class = SmmuEventClass.InputAddress, InputAddress = transaction.Address };
        if (stream.Config == StreamConfig.Bypass)
            return address >> AddressBits == 0 || Record(fault with { Type = SmmuEventType.AddressSize });
        if (!FindContext(transaction.StreamId, stream.S1ContextPtr, out var context))
            return Record(about with { Type = SmmuEventType.CdFetch, FetchAddress = stream.S1ContextPtr });
        if (!IsLegal(context))
            return Record(about with { Type = SmmuEventType.BadCd });
        var type = Walk(context, transaction, ref address, out at);
        if (type == SmmuEventType.None)
            return true;
        if (type == SmmuEventType.WalkAbort)
            return Record(fault with { Type = type, Class = SmmuEventClass.TranslationTable, FetchAddress = at });
        return context.R && Record(fault with { Type = type });
    }

    private bool FindStream(uint streamId, out StreamTableEntry stream, out ulong at)
    {
        at = 0;
        if (streams.TryGetValue(streamId, out stream))
            return true;
        at = Aligned(tableBase & 0x000f_ffff_ffff_ffff, (int)tableSize + 6) + (streamId * (ulong)StreamTableEntry.Length);
        if (!Fetch(at, StreamTableEntry.Length, out var bytes))
            return false;
        streams[streamId] = stream = StreamTableEntry.Read(bytes);
        return true;
    }

    private bool FindContext(uint streamId, ulong at, out ContextDescriptor context)
    {
        if (contexts.TryGetValue(streamId, out context))
            return true;
        if (!Fetch(at, ContextDescriptor.Length, out var bytes))
            return false;
        contexts[streamId] = context = ContextDescriptor.Read(bytes);
        return true;
    }

    private static bool IsLegal(in StreamTableEntry stream) =>
        stream.Valid
        && (stream.Config == StreamConfig.Bypass || (stream.Config == StreamConfig.Stage1 && !stream.S1STALLD && stream.S1ContextPtr >> AddressBits == 0));

    private static bool IsLegal(in ContextDescriptor context) =>
        context.Valid
        && context.AA64
        && context.A
        && !context.S
        && !context.HA
        && !context.HD
        && context.ASID <= 0xff
        && (context.EPD0 || IsLegal(context.Granule0, context.T0SZ, context.TTB0, context.IPS))
        && (context.EPD1 || IsLegal(context.Granule1, context.T1SZ, context.TTB1, context.IPS))
        && (!context.ENDI || (context.EPD0 && context.EPD1));

    private static bool IsLegal(Granule granule, int size, ulong table, int outputSize) =>
        granule == Granule.Size4K && size is >= 16 and <= 39 && table >> OutputBits(outputSize) == 0;

    private static int OutputBits(int code) =>
        code switch
        {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            _ => AddressBits,
        };

    // From the input address to the physical one.
    private SmmuEventType Walk(in ContextDescriptor context, in SmmuTransaction transaction, ref ulong address, out ulong at)
    {
        var isUpper = (address >> 55 & 1) != 0;
        var (disabled, size, table) = isUpper ? (context.EPD1, context.T1SZ, context.TTB1) : (context.EPD0, context.T0SZ, context.TTB0);
        var va = (isUpper ? context.TBI1 : context.TBI0) ? (long)(address << 8) >> 8 : (long)address;
        var bits = 64 - size;
        at = 0;
        if (disabled || va >> bits != (isUpper ? -1 : 0))
            return SmmuEventType.Translation;
        var level = 4 - ((bits - 4) / 9);
        var shift = 12 + (9 * (3 - level));
        var indexBits = bits - shift;
        table = Aligned(table, Math.Max(4, indexBits + 3));
        for (var denied = 0; ; level++, shift -= 9, indexBits = 9)
        {
            at = table + (((ulong)va >> shift & ((1ul << indexBits) - 1)) * TranslationDescriptor.Length);
            if (!Fetch(at, TranslationDescriptor.Length, out var bytes))
                return SmmuEventType.WalkAbort;
            var descriptor = new TranslationDescriptor(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            var isLeaf = level == 3 || !descriptor.IsTableOrPage;
            if (!descriptor.Valid || (isLeaf && (level == 0 || descriptor.IsTableOrPage != (level == 3))))
                return SmmuEventType.Translation;
            table = Aligned(descriptor.Address, isLeaf ? shift : 12);
            if (table >> OutputBits(context.IPS) != 0)
                return SmmuEventType.AddressSize;
            if (!isLeaf)
            {
                denied |= descriptor.APTable;
                continue;
            }
            if (!descriptor.AF && !context.AFFD)
                return SmmuEventType.Access;
            // All transactions are unprivileged: AP[1] allows them, AP[2] makes the page read-only; tables above may only take away.
            if (!descriptor.AP1 || (denied & 1) != 0 || (!transaction.IsRead && (descriptor.AP2 || (denied & 2) != 0)))
                return SmmuEventType.Permission;
            address = table | ((ulong)va & ((1ul << shift) - 1));
            return SmmuEventType.None;
        }
    }

    // A transaction that is recorded does not go on: always false.
    private bool Record(in SmmuEvent record)
    {
        if ((cr0 & EventQueueEnable) == 0 || ((gError ^ gErrorN) & EventAbort) != 0)
            return false;
        var size = Size(eventBase);
        var wrap = (2u << size) - 1;
        if (((eventProducer ^ eventConsumer) & wrap) == 1u << size)
        {
            // A second overflow is not told before the first one is acknowledged.
            eventProducer ^= ~(eventProducer ^ eventConsumer) & Overflow;
            return false;
        }
        var at = Base(eventBase, size + 5) + ((eventProducer & (wrap >> 1)) * (ulong)SmmuEvent.Length);
        if (!Memory.Contains(at, SmmuEvent.Length))
        {
            gError ^= EventAbort;
            return false;
        }
        record.Write(ram.AsSpan((int)(at - Memory.Start)));
        eventProducer = (eventProducer & Overflow) | ((eventProducer + 1) & wrap);
        return false;
    }

    private bool Fetch(ulong address, int length, out ReadOnlySpan<byte> bytes)
    {
        var isThere = Memory.Contains(address, (uint)length);
        bytes = isThere ? ram.AsSpan((int)(address - Memory.Start), length) : default;
        return isThere;
    }

    private static int Size(ulong queue) => Math.Min((int)(queue & 31), QueueBits);

    private static ulong Base(ulong queue, int bits) => Aligned(queue & 0x000f_ffff_ffff_ffe0, Math.Max(5, bits));

    private static ulong Aligned(ulong address, int bits) => bits >= 64 ? 0 : address >> bits << bits;

    private static ulong Half(ulong register, uint offset, uint value) =>
        (offset & 4) == 0 ? register >> 32 << 32 | value : (uint)register | (ulong)value << 32;
}
