using System.Buffers.Binary;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using Conformance.Tests.Smmu.Devices;
using NUnit.Framework;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>
/// A small world for the oracle's tests: a stream table, CDs and tables in memory, a command queue of 64 and an event queue of 8. Translations are asked
/// from the oracle and read as text: "0x40500000", "abort", "F_TRANSLATION".
/// </summary>
internal sealed class OracleScene
{
    public const ulong Ram = 0x4000_0000;
    public const ulong Hole = 0x1000_0000;
    public const ulong Streams = Ram + 0x10000;
    public const ulong Commands = Ram + 0x20000;
    public const ulong Events = Ram + 0x21000;
    public const ulong Contexts = Ram + 0x30000;
    public const ulong Tables = Ram + 0x10_0000;
    public const ulong Data = Ram + 0x50_0000;

    private readonly SmmuOutcomeSet set = new();
    private uint producer;
    private ulong nextTable = Tables;

    public OracleScene(
        SmmuCapabilities? capabilities = null,
        SmmuPort port = SmmuPort.Replies | SmmuPort.Attributes | SmmuPort.Substreams | SmmuPort.Stalls,
        bool enable = true
    )
    {
        Oracle = new(capabilities ?? SmmuCapabilities.Full, new(Ram, 64 << 20), new(Hole, 1 << 20), port);
        if (enable)
            Enable();
    }

    public SmmuOracle Oracle { get; }

    /// <summary>Registers as a driver sets them up, with SMMUEN, EVENTQEN and CMDQEN.</summary>
    public void Enable(uint log2Size = 8, uint events = 3)
    {
        Oracle.WriteRegister(SmmuRegister.Cr0, 0);
        Oracle.WriteRegister(SmmuRegister.Cr2, 2);
        Oracle.WriteRegister64(SmmuRegister.StrtabBase, Streams);
        Oracle.WriteRegister(SmmuRegister.StrtabBaseCfg, log2Size);
        Oracle.WriteRegister64(SmmuRegister.CmdqBase, Commands | 6);
        Oracle.WriteRegister(SmmuRegister.CmdqProd, 0);
        Oracle.WriteRegister(SmmuRegister.CmdqCons, 0);
        Oracle.WriteRegister64(SmmuRegister.EventqBase, Events | events);
        Oracle.WriteRegister(SmmuRegister.EventqProd, 0);
        Oracle.WriteRegister(SmmuRegister.EventqCons, 0);
        Oracle.WriteRegister(SmmuRegister.Cr0, 0xd);
        producer = 0;
    }

    public void Word(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Oracle.WriteMemory(address, bytes);
    }

    public ulong Word(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        Oracle.ReadMemory(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public void Ste(uint streamId, StreamTableEntry entry)
    {
        var bytes = new byte[64];
        entry.Write(bytes);
        Oracle.WriteMemory(Streams + streamId * 64, bytes);
    }

    public void Cd(ulong at, ContextDescriptor context)
    {
        var bytes = new byte[64];
        context.Write(bytes);
        Oracle.WriteMemory(at, bytes);
    }

    public static StreamTableEntry Stage1(ulong contexts = Contexts, int vmid = 0) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = contexts,
            SHCFG = 1,
            S2VMID = vmid,
        };

    public static StreamTableEntry Stage2(ulong table, int vmid = 1) =>
        new()
        {
            Valid = true,
            Config = StreamConfig.Stage2,
            S2AA64 = true,
            S2T0SZ = 25,
            S2SL0 = 1,
            S2PS = 5,
            S2R = true,
            S2TTB = table,
            S2VMID = vmid,
            SHCFG = 1,
        };

    public static StreamTableEntry Nested(ulong table, int vmid = 1, ulong contexts = Contexts) =>
        Stage2(table, vmid) with
        {
            Config = StreamConfig.Nested,
            S1ContextPtr = contexts,
        };

    /// <summary>39 bits of addresses, 4 KiB: three levels from level 1.</summary>
    public static ContextDescriptor Context(ulong table, int asid = 1) => Board.GoodContext(table, asid);

    public ulong NewTable()
    {
        nextTable += 0x1000;
        return nextTable - 0x1000;
    }

    /// <summary>Maps a page or a block below a level-1 table.</summary>
    /// <returns>Where its descriptor is.</returns>
    public ulong Map(ulong table, ulong address, ulong leaf, int level = 3)
    {
        for (var at = 1; ; at++)
        {
            var place = table + (address >> 39 - 9 * at & 0x1ff) * 8;
            if (at == level)
            {
                Word(place, leaf);
                return place;
            }

            if ((Word(place) & 1) == 0)
                Word(place, NewTable() | 3);
            table = Word(place) & 0xffff_ffff_f000;
        }
    }

    /// <summary>The descriptor of a page that belongs to the ASID, with access for everybody.</summary>
    public static ulong Page(ulong output) => output | 0x443 | 0x800;

    /// <summary>The descriptor of a global page.</summary>
    public static ulong GlobalPage(ulong output) => output | 0x443;

    public static ulong Block(ulong output) => output | 0x441 | 0x800;

    /// <summary>The descriptor of a page of stage 2, Normal memory, for reads and writes.</summary>
    public static ulong Page2(ulong output) => output | 0x4ff;

    public void Submit(params SmmuCommand[] commands)
    {
        foreach (var command in commands)
        {
            var bytes = new byte[16];
            command.Write(bytes);
            Oracle.WriteMemory(Commands + (producer & 63) * 16, bytes);
            producer = producer + 1 & 127;
        }

        Oracle.WriteRegister(SmmuRegister.CmdqProd, producer);
    }

    /// <summary>Each command, with a SYNC behind it.</summary>
    public void Complete(params SmmuCommand[] commands)
    {
        foreach (var command in commands)
            Submit(command, SmmuCommand.Sync());
    }

    public SmmuOutcomeSet Ask(SmmuTransaction transaction)
    {
        Oracle.Allowed(transaction, set);
        return set;
    }

    /// <summary>Outcomes as <see cref="Outcomes"/> gives them.</summary>
    public static string Any(params string[] outcomes) => string.Join(" or ", outcomes.Distinct().Order());

    /// <summary>Every outcome of an access.</summary>
    public string Outcomes(SmmuTransaction transaction)
    {
        Ask(transaction);
        Assert.That(set.Unjudged || set.TooMany, Is.False, "not judged");
        return Any([.. set.Outcomes.ToArray().Select(Text)]);
    }

    public string Read(uint streamId, ulong address) => Outcomes(new(streamId, address, true, 4));

    public string Write(uint streamId, ulong address) => Outcomes(new(streamId, address, false, 4));

    /// <summary>The nominal machine does it: what it gave is observed, so that the shadow follows.</summary>
    public SmmuOutcome Do(SmmuTransaction transaction, uint data = 0, int ticket = 0)
    {
        Ask(transaction);
        var outcome = set[0];
        var bytes = new byte[transaction.Length];
        if (!transaction.IsRead)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, data);
        else if (outcome.Reply == SmmuReply.Completed)
            Oracle.ReadMemory(outcome.PhysicalAddress, bytes);
        Assert.That(Oracle.Observe(transaction, set, outcome.Reply, bytes, ticket).Agrees, "the nominal outcome is allowed");
        return outcome;
    }

    public SmmuJudgement See(SmmuTransaction transaction, SmmuReply reply, uint data = 0, int ticket = 0)
    {
        var bytes = new byte[transaction.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, data);
        return Oracle.Observe(transaction, Ask(transaction), reply, bytes, ticket);
    }

    public uint Register(uint offset)
    {
        var values = new SmmuValueSet();
        Oracle.AllowedRegister(offset, ref values);
        return (uint)values[0].Value;
    }

    public bool Shows(uint offset, uint value) => Oracle.ObserveRegister(offset, value).Agrees;

    public SmmuJudgement SeeEvents(uint producer, params SmmuEvent[] records)
    {
        var bytes = new byte[records.Length * 32];
        for (var i = 0; i < records.Length; i++)
            records[i].Write(bytes.AsSpan(i * 32));
        return Oracle.ObserveEvents(producer, bytes);
    }

    private static string Text(SmmuOutcome outcome) =>
        outcome.Reply switch
        {
            SmmuReply.Completed => $"0x{outcome.PhysicalAddress:x}",
            _ when outcome.HasEvent => outcome.Event.Type.ToString(),
            _ => outcome.Reply.ToString(),
        };
}
