using System.Buffers.Binary;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using Conformance.Drivers.Processes;
using Conformance.Drivers.QemuSmmu;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using Microsoft.Win32.SafeHandles;

namespace Conformance.Drivers.LinuxIommufd;

/// <summary>
/// The emulated machine that a guest runs on, looked at from outside: its memory is a file, the registers of its SMMU come from QEMU's monitor. Nothing is
/// asked of the guest. Every member throws <see cref="DeviceLostException"/> once it was disposed of: hosts of a guest that is gone may still be there.
/// </summary>
internal sealed class GuestHardware : IDisposable
{
    private const ulong Ram = 0x4000_0000,
        Smmu = 0x0905_0000,
        AddressBits = 0x000f_ffff_ffff_f000;
    private const int Page = 4096;

    private readonly QmpConnection monitor;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly SafeFileHandle process;
    private readonly unsafe byte* memory;
    private readonly long size;
    private readonly int processId;
    private readonly Func<string> lastWords;
    private readonly Action abandon;
    private readonly uint streamTableConfig;
    private readonly ulong streamTable,
        commands,
        records;
    private readonly int commandBits,
        recordBits;
    private uint taken,
        consumed;
    private bool disposed;

    /// <summary>Looks at a machine.</summary>
    /// <param name="memory">The file that is its memory.</param>
    /// <param name="socket">The socket of its monitor.</param>
    /// <param name="process">The process that emulates it.</param>
    /// <param name="deadline">What an answer of the monitor may take of that process's time.</param>
    /// <param name="lastWords">What the guest said last.</param>
    /// <param name="abandon">Called when the machine does not answer any more, before that is thrown: the guest is lost, and the next one is booted.</param>
    /// <exception cref="DeviceLostException">It cannot be looked at.</exception>
    public unsafe GuestHardware(string memory, string socket, int process, TimeSpan deadline, Func<string> lastWords, Action abandon)
    {
        processId = process;
        this.lastWords = lastWords;
        this.abandon = abandon;
        FileStream? stream = null;
        Socket? connection = null;
        try
        {
            stream = new FileStream(memory, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor();
            size = view.Capacity;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref this.memory);
            this.process = File.OpenHandle(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/mem"),
                FileMode.Open,
                FileAccess.ReadWrite,
                FileShare.ReadWrite
            );
            connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            connection.Connect(new UnixDomainSocketEndPoint(socket));
            monitor = new QmpConnection(connection, deadline, _ => lastWords(), new PeerTime(process));
            streamTable = Register64(SmmuRegister.StrtabBase) & 0x000f_ffff_ffff_ffc0;
            streamTableConfig = Register(SmmuRegister.StrtabBaseCfg);
            (commands, commandBits) = Queue(SmmuRegister.CmdqBase);
            (records, recordBits) = Queue(SmmuRegister.EventqBase);
            taken = Register(SmmuRegister.CmdqProd);
            consumed = Register(SmmuRegister.EventqProd);
        }
        catch (Exception exception)
        {
            Dispose();
            stream?.Dispose();
            connection?.Dispose();
            if (exception is DeviceLostException)
                abandon();
            // A path that is too long for a socket is an argument out of range.
            if (exception is IOException or UnauthorizedAccessException or SocketException or ArgumentException or NotSupportedException or DeviceLostException)
                throw new DeviceLostException(
                    DeviceLoss.Unreachable,
                    $"the machine under the guest cannot be looked at: {ForeignText.Line(exception.Message)}",
                    exception is DeviceLostException loss ? loss.LastWords : lastWords()
                );
            throw;
        }
    }

    /// <summary>Lets go of it. Works on one whose constructor failed, as far as that one came.</summary>
    public unsafe void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        monitor?.Dispose();
        process?.Dispose();
        if (memory is not null)
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        file?.Dispose();
    }

    /// <summary>True for an address at which the machine has memory.</summary>
    public bool Has(ulong address, int length) => address >= Ram && address - Ram <= (ulong)size - (ulong)length;

    /// <summary>The page at a physical address, as it is.</summary>
    public unsafe Span<byte> PageAt(ulong address)
    {
        NeedMachine();
        return Has(address, Page) ? new(memory + (address - Ram), Page) : throw new ArgumentOutOfRangeException(nameof(address), address, "no memory there");
    }

    /// <summary>Reads memory by its physical address; nothing is read where there is none.</summary>
    public void Read(ulong address, Span<byte> bytes)
    {
        NeedMachine();
        if (Has(address, bytes.Length))
            view.SafeMemoryMappedViewHandle.ReadSpan(address - Ram, bytes);
        else
            bytes.Clear();
    }

    /// <summary>Writes memory by its physical address.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        NeedMachine();
        if (Has(address, bytes.Length))
            view.SafeMemoryMappedViewHandle.WriteSpan(address - Ram, bytes);
    }

    /// <summary>The physical addresses of the pages that begin with a text, by the number that follows it.</summary>
    /// <param name="mark">What a page begins with.</param>
    /// <param name="pages">How many there are.</param>
    public List<ulong>[] Find(ReadOnlySpan<byte> mark, int pages)
    {
        NeedMachine();
        var found = new List<ulong>[pages];
        Span<byte> bytes = stackalloc byte[mark.Length + 4];
        for (var at = 0L; at < size; at += Page)
        {
            view.SafeMemoryMappedViewHandle.ReadSpan((ulong)at, bytes);
            if (!bytes[..mark.Length].SequenceEqual(mark))
                continue;
            var page = BinaryPrimitives.ReadInt32LittleEndian(bytes[mark.Length..]);
            if (page >= 0 && page < pages)
                (found[page] ??= []).Add(Ram + (ulong)at);
        }

        return found;
    }

    /// <summary>The physical STE of a stream.</summary>
    public StreamTableEntry EntryOf(uint stream)
    {
        var split = (int)(streamTableConfig >> 6 & 31);
        var at = streamTable + (stream * (ulong)StreamTableEntry.Length);
        if ((streamTableConfig >> 16 & 3) == 1)
        {
            var first = new L1StreamTableDescriptor { D0 = Read64(streamTable + (stream >> split) * (ulong)L1StreamTableDescriptor.Length) };
            var index = stream & ((1u << split) - 1);
            if (first.Span is 0 or > 11 || index >> (first.Span - 1) != 0)
                return default;
            at = first.L2Ptr + (index * (ulong)StreamTableEntry.Length);
        }

        Span<byte> bytes = stackalloc byte[StreamTableEntry.Length];
        Read(at, bytes);
        return StreamTableEntry.Read(bytes);
    }

    /// <summary>The commands that were put into the command queue since the last time, SYNC left out.</summary>
    public void TakeIssued(ICollection<SmmuCommand> into)
    {
        var mask = (2u << commandBits) - 1;
        var producer = Register(SmmuRegister.CmdqProd) & mask;
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        for (; taken != producer; taken = taken + 1 & mask)
        {
            Read(commands + ((taken & mask >> 1) * (ulong)SmmuCommand.Length), bytes);
            var command = SmmuCommand.Read(bytes);
            if (command.Opcode != SmmuOpcode.Sync)
                into.Add(command);
        }
    }

    /// <summary>The records that were put into the event queue since the last time.</summary>
    public void TakeRecords(ICollection<SmmuEvent> into)
    {
        var mask = (2u << recordBits) - 1;
        var producer = Register(SmmuRegister.EventqProd) & mask;
        Span<byte> bytes = stackalloc byte[SmmuEvent.Length];
        for (consumed &= mask; consumed != producer; consumed = consumed + 1 & mask)
        {
            Read(records + ((consumed & mask >> 1) * (ulong)SmmuEvent.Length), bytes);
            into.Add(SmmuEvent.Read(bytes));
        }
    }

    /// <summary>Follows the stage-2 table of an STE: the physical address, and the bytes of the leaf; null where nothing is mapped.</summary>
    public (ulong Address, ulong Leaf)? Translate(in StreamTableEntry entry, ulong address)
    {
        // S2T0SZ, S2SL0 and S2TG in D2, S2TTB in D3; the driver's tables have 4 KiB pages.
        var (size, start, granule) = ((int)(entry.D2 >> 32 & 63), (int)(entry.D2 >> 38 & 3), (int)(entry.D2 >> 46 & 3));
        if (!entry.Valid || entry.Config is not (StreamConfig.Stage2 or StreamConfig.Nested) || granule != 0 || address >> (64 - size) != 0)
            return null;
        var level = 2 - start;
        var table = entry.D3 & AddressBits;
        for (; level <= 3; level++)
        {
            var shift = 12 + (9 * (3 - level));
            // Tables side by side make the first one longer.
            var index = level == 2 - start ? address >> shift : address >> shift & 511;
            var descriptor = Read64(table + (index * 8));
            if ((descriptor & 1) == 0 || level == 3 && (descriptor & 2) == 0)
                return null;
            var leaf = 1ul << shift;
            if (level == 3 || (descriptor & 2) == 0)
                return ((descriptor & 0x0000_ffff_ffff_f000 & ~(leaf - 1)) | (address & (leaf - 1)), leaf);
            table = descriptor & 0x0000_ffff_ffff_f000;
        }

        return null;
    }

    /// <summary>Where in the emulator's own memory a pattern is, other than in the guest's.</summary>
    public List<long> FindInProcess(ReadOnlySpan<byte> pattern)
    {
        NeedMachine();
        var found = new List<long>();
        var buffer = new byte[1 << 20];
        foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/maps")))
        {
            // "55d0c000-55d0e000 rw-p 00000000 00:00 0 [heap]": memory that is no file's.
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 5 || words[1] != "rw-p" || words[4] != "0")
                continue;
            var range = words[0].Split('-');
            var (at, end) = (Convert.ToInt64(range[0], 16), Convert.ToInt64(range[1], 16));
            while (at < end)
            {
                var length = Peek(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
                if (length < pattern.Length)
                    break;
                var from = 0;
                for (int hit; (hit = buffer.AsSpan(from, length - from).IndexOf(pattern)) >= 0; from += hit + pattern.Length)
                    found.Add(at + from + hit);
                // One that lies across the end of a piece is found in the next.
                at += length < buffer.Length ? length : Math.Max(from, length - pattern.Length + 1);
            }
        }

        return found;
    }

    /// <summary>Reads what there is of the emulator's own memory; gives how many bytes that are.</summary>
    public int Peek(long at, Span<byte> bytes)
    {
        NeedMachine();
        try
        {
            return RandomAccess.Read(process, bytes, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Reads the emulator's own memory.</summary>
    /// <exception cref="DeviceLostException">It is not there any more.</exception>
    public void ReadProcess(long at, Span<byte> bytes)
    {
        if (Peek(at, bytes) != bytes.Length)
            throw Lose("the emulator's memory cannot be read: QEMU ended");
    }

    /// <summary>Writes the emulator's own memory.</summary>
    /// <exception cref="DeviceLostException">It is not there any more.</exception>
    public void WriteProcess(long at, ReadOnlySpan<byte> bytes)
    {
        // The memory of a process that ended takes no byte, and reports no error: a write of all of them would go on for ever.
        ReadProcess(at, stackalloc byte[1]);
        try
        {
            RandomAccess.Write(process, bytes, at);
        }
        catch (IOException)
        {
            throw Lose("the emulator's memory cannot be written: QEMU ended");
        }
    }

    private void NeedMachine()
    {
        if (disposed)
            throw new DeviceLostException(DeviceLoss.Died, "the guest of this host was lost before", lastWords());
    }

    private DeviceLostException Lose(string why)
    {
        abandon();
        return new(DeviceLoss.Died, why, lastWords());
    }

    private (ulong Base, int Bits) Queue(uint register)
    {
        var value = Register64(register);
        return (value & 0x000f_ffff_ffff_ffe0, (int)(value & 31));
    }

    private ulong Read64(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private ulong Register64(uint offset) => Register(offset) | (ulong)Register(offset + 4) << 32;

    private uint Register(uint offset)
    {
        NeedMachine();
        string text;
        try
        {
            // "0000000009050098: 0x00000012"
            text = monitor.Human(string.Create(CultureInfo.InvariantCulture, $"xp /1wx 0x{Smmu + offset:x}"));
        }
        catch (DeviceLostException)
        {
            // Its answer may still come, and would be taken for that to another question.
            abandon();
            throw;
        }

        var at = text.IndexOf("0x", StringComparison.Ordinal);
        return at >= 0 && uint.TryParse(text.AsSpan(at + 2).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Lose("QEMU's monitor does not show a register");
    }
}
