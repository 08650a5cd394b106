using System.Buffers.Binary;
using System.Text;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Tests.Smmu.Oracle;

/// <summary>
/// A random walk of an SMMU in memory and the oracle, side by side: structures and tables are rewritten at any time, invalidated rightly, wrongly or not at
/// all, and used. A correct SMMU never leaves what the oracle allows, whatever it caches.
/// </summary>
internal sealed class OracleWalk
{
    private const ulong Ram = 0x4000_0000;
    private const ulong Streams = Ram + 0x10000;
    private const ulong Commands = Ram + 0x20000;
    private const ulong Events = Ram + 0x21000;
    private const ulong Contexts = Ram + 0x30000;
    private const ulong Tables = Ram + 0x10_0000;
    private const ulong Data = Ram + 0x50_0000;
    private const int Pages = 4;
    private const int EventBits = 2;

    private readonly Random random;
    private readonly SmmuCapabilities capabilities;
    private readonly MemorySmmu smmu;
    private readonly SmmuOracle oracle;
    private readonly SmmuOutcomeSet set = new();
    private readonly List<ulong> descriptors = [];
    private readonly List<(int Ticket, SmmuTransaction Transaction, int Device)> stalls = [];
    private readonly List<(uint Stream, int Stag)> tags = [];
    private readonly List<string> trace = [];
    private ulong nextTable = Tables;
    private uint producer;
    private uint eventProducer;
    private uint eventConsumer;
    private uint overflow;
    private int tickets;
    private uint enabled;

    public OracleWalk(int seed, SmmuCapabilities capabilities, MemorySmmu smmu)
    {
        random = new(seed);
        this.capabilities = capabilities;
        this.smmu = smmu;
        oracle = new(capabilities, smmu.Memory, smmu.Hole, smmu.Port);
    }

    /// <summary>How many transactions were made.</summary>
    public int Transactions { get; private set; }

    /// <summary>How many of them could have gone in more than one way.</summary>
    public int Ambiguous { get; private set; }

    /// <summary>How many of them were not judged.</summary>
    public long Unjudged => oracle.UnjudgedCount + oracle.TooManyCount;

    /// <summary>Walks.</summary>
    /// <returns>What happened, up to the first disagreement; null when there is none.</returns>
    public string? Run(int steps)
    {
        SetUp();
        for (var step = 0; step < steps; step++)
        {
            var judgement = Step();
            if (judgement.Agrees || judgement.IsWarning)
                continue;
            var text = new StringBuilder();
            foreach (var line in trace.TakeLast(150))
                text.AppendLine(line);
            for (var page = 0ul; page < 16; page++)
            for (var word = 0ul; word < 16; word += 4)
            {
                var seen = new byte[4];
                smmu.ReadMemory(Data + page * 4096 + word, seen);
                if (judgement.Kind == SmmuDivergence.Memory && trace[^1].Contains(Convert.ToHexString(seen)))
                    text.AppendLine($"landed at 0x{Data + page * 4096 + word:x}");
            }

            for (var table = 0; table < 4; table++)
            for (var page = 0; page < Pages; page++)
                text.AppendLine($"table {table} 0x{Root(table):x} page {page}: 0x{Word(LeafPlace(table, page)):x}");
            for (var stream = 0ul; stream < 4; stream++)
                text.AppendLine(
                    $"STE {stream}: 0x{Word(Streams + stream * 64):x} 0x{Word(Streams + stream * 64 + 16):x} 0x{Word(Streams + stream * 64 + 24):x}"
                );
            foreach (var at in (ReadOnlySpan<ulong>)[0, 64, 4096, 4160])
                text.AppendLine($"CD 0x{Contexts + at:x}: 0x{Word(Contexts + at):x} 0x{Word(Contexts + at + 8):x}");
            return text.Append($"{judgement.Kind}: {judgement.Rules}").ToString();
        }

        return null;
    }

    private SmmuJudgement Step()
    {
        var what = random.Next(100);
        switch (what)
        {
            case < 8:
                Ste();
                break;
            case < 16:
                Cd();
                break;
            case < 34:
                Leaf();
                break;
            case < 37:
                Pointer();
                break;
            case < 58:
                return Invalidate();
            case < 60:
                return Toggle();
            case < 62:
                return Resume();
            case < 65:
                return ReadDescriptor();
            case < 67:
                Consume();
                break;
            default:
                return Transact();
        }

        return default;
    }

    private int Pick(int count) => random.Next(count);

    private bool Chance(int percent) => random.Next(100) < percent;

    private void SetUp()
    {
        foreach (
            var (offset, value) in new (uint, ulong)[]
            {
                (SmmuRegister.Gbpa, 0x8000_0000),
                (SmmuRegister.Cr2, 2),
                (SmmuRegister.StrtabBase, Streams),
                (SmmuRegister.StrtabBaseCfg, 2),
                (SmmuRegister.CmdqBase, Commands | 6),
                (SmmuRegister.CmdqProd, 0),
                (SmmuRegister.CmdqCons, 0),
                (SmmuRegister.EventqBase, Events | EventBits),
                (SmmuRegister.EventqProd, 0),
                (SmmuRegister.EventqCons, 0),
            }
        )
        {
            if (offset is SmmuRegister.StrtabBase or SmmuRegister.CmdqBase or SmmuRegister.EventqBase)
            {
                smmu.WriteRegister64(offset, value);
                oracle.WriteRegister64(offset, value);
            }
            else
            {
                Register(offset, (uint)value);
            }
        }

        enabled = 0xd;
        for (var page = 0ul; page < 64; page++)
            Word(Data + page * 4096, page + 1, note: false);

        // Two tables for each stage, of three levels, and the stage-2 tables map everything that lies in memory to itself.
        for (var table = 0; table < 4; table++)
        {
            var root = NewTable();
            for (var page = 0; page < Pages; page++)
                Map(root, Va(page), RandomLeaf(table >= 2, page));
            if (table >= 2)
                for (var at = Contexts; at < Contexts + 0x8000; at += 4096)
                    Map(root, at, at | 0x4ff);
        }

        for (var at = Tables; at < nextTable; at += 4096)
        for (var table = 2; table < 4; table++)
            Map(Root(table), at, at | 0x4ff);
        for (var stream = 0; stream < 3; stream++)
            Ste();
        for (var context = 0; context < 3; context++)
            Cd();
        for (var stream = 0u; stream < 4; stream++)
            oracle.Declare(stream, false, 0);
        Register(SmmuRegister.Cr0, enabled);
    }

    private static ulong Root(int table) => Tables + (ulong)table * 0x1_0000;

    private ulong NewTable()
    {
        nextTable = nextTable + 0xffff & ~0xfffful;
        nextTable += 0x1000;
        return nextTable - 0x1000;
    }

    private static ulong Va(int page) => 0x4050_0000 + (ulong)page * 0x1000;

    private void Map(ulong root, ulong address, ulong leaf)
    {
        var table = root;
        for (var level = 1; level < 3; level++)
        {
            var place = table + (address >> 39 - 9 * level & 0x1ff) * 8;
            if ((Word(place) & 1) == 0)
            {
                Word(place, nextTable | 3, note: false);
                nextTable += 0x1000;
            }

            table = Word(place) & 0xffff_ffff_f000;
        }

        var at = table + (address >> 12 & 0x1ff) * 8;
        if (address >= Data && !descriptors.Contains(at))
            descriptors.Add(at);
        Word(at, leaf, note: false);
    }

    private ulong RandomLeaf(bool isStage2, int page)
    {
        if (Chance(10))
            return 0;
        var target = Data + (ulong)Pick(16) * 0x1000;
        var leaf = target | 3ul;
        if (!Chance(12))
            leaf |= 1ul << 10;
        if (isStage2)
            return leaf | 0x3c | (Chance(80) ? 0xc0ul : (ulong)Pick(4) << 6) | (capabilities.HTTU >= 2 && Chance(30) ? 1ul << 51 : 0);
        if (!Chance(15))
            leaf |= 1ul << 11;
        if (Chance(85))
            leaf |= 1ul << 6;
        if (Chance(25))
            leaf |= 1ul << 7;
        return leaf | (capabilities.HTTU >= 2 && Chance(30) ? 1ul << 51 : 0);
    }

    private void Ste()
    {
        var stream = (uint)Pick(4);
        var stage2 = Root(2 + Pick(2));
        var entry = new StreamTableEntry
        {
            Valid = !Chance(8),
            Config = (StreamConfig)(
                Chance(6) ? 0
                : Chance(6) ? 4
                : capabilities.S1P && capabilities.S2P ? 5 + Pick(3)
                : capabilities.S1P ? 5
                : 6
            ),
            S1ContextPtr = Contexts + (ulong)Pick(2) * 0x1000 + (ulong)Pick(2) * 64,
            SHCFG = 1,
            S2VMID = Pick(2),
            S2AA64 = true,
            S2T0SZ = 25,
            S2SL0 = 1,
            S2PS = 4,
            S2R = !Chance(10),
            S2S = capabilities.StallModel == StallModel.Both && Chance(10),
            S2AFFD = Chance(20),
            S2HA = capabilities.HTTU > 0 && Chance(40),
            S2TTB = stage2,
            MEV = Chance(10),
        };
        if (entry.S2HA && capabilities.HTTU > 1 && Chance(60))
            entry = entry with { S2HD = true };
        Structure(
            Streams + stream * 64,
            entry.D0,
            entry.D1,
            entry.D2,
            entry.D3,
            $"STE {stream} {entry.Config} V={entry.Valid} VMID={entry.S2VMID} CD=0x{entry.S1ContextPtr:x} S2TTB=0x{entry.S2TTB:x}"
        );
    }

    private void Cd()
    {
        var at = Contexts + (ulong)Pick(2) * 0x1000 + (ulong)Pick(2) * 64;
        var context = new ContextDescriptor
        {
            Valid = !Chance(6),
            AA64 = true,
            A = capabilities.TermModel || !Chance(15),
            R = !Chance(15),
            S = capabilities.StallModel == StallModel.Both && Chance(10),
            T0SZ = 25,
            EPD1 = true,
            IPS = 4,
            TTB0 = Root(Pick(2)),
            ASID = Pick(2),
            AFFD = Chance(20),
            HA = capabilities.HTTU > 0 && Chance(40),
            WXN = Chance(10),
            TBI0 = Chance(20),
            MAIR = 0xff,
        };
        if (context.HA && capabilities.HTTU > 1 && Chance(60))
            context = context with { HD = true };
        Structure(
            at,
            context.D0,
            context.D1,
            context.D2,
            context.D3,
            $"CD 0x{at:x} V={context.Valid} ASID={context.ASID} TTB0=0x{context.TTB0:x} HA={context.HA} HD={context.HD}"
        );
    }

    // At once, or one doubleword of it.
    private void Structure(ulong at, ulong d0, ulong d1, ulong d2, ulong d3, string text)
    {
        trace.Add(text);
        ReadOnlySpan<ulong> words = [d0, d1, d2, d3];
        if (Chance(20))
        {
            var one = Pick(4);
            Word(at + (ulong)one * 8, words[one]);
            return;
        }

        Span<byte> bytes = stackalloc byte[32];
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * 8)..], words[i]);
        smmu.WriteMemory(at, bytes);
        oracle.WriteMemory(at, bytes);
    }

    private void Leaf()
    {
        var table = Pick(4);
        if (table < 2 && !capabilities.S1P || table >= 2 && !capabilities.S2P)
            return;
        var page = Pick(Pages);
        trace.Add($"leaf of table {table}, page {page}");
        Map(Root(table), Va(page), RandomLeaf(table >= 2, page));
        trace.Add($"  is 0x{Word(LeafPlace(table, page)):x}");
    }

    private ulong LeafPlace(int table, int page)
    {
        var place = Root(table);
        for (var level = 1; level < 3; level++)
            place = Word(place + (Va(page) >> 39 - 9 * level & 0x1ff) * 8) & 0xffff_ffff_f000;
        return place + (Va(page) >> 12 & 0x1ff) * 8;
    }

    // The level-2 pointers of the two tables of a stage change places.
    private void Pointer()
    {
        var stage = Pick(2) * 2;
        if (stage == 0 && !capabilities.S1P || stage == 2 && !capabilities.S2P)
            return;
        var places = new ulong[2];
        for (var i = 0; i < 2; i++)
        {
            var level2 = Word(Root(stage + i) + (Va(0) >> 30 & 0x1ff) * 8) & 0xffff_ffff_f000;
            places[i] = level2 + (Va(0) >> 21 & 0x1ff) * 8;
        }

        trace.Add($"the level-3 tables of stage {1 + stage / 2} change places");
        var (first, second) = (Word(places[0]), Word(places[1]));
        Word(places[0], second);
        Word(places[1], first);
    }

    private SmmuJudgement Invalidate()
    {
        var count = 1 + Pick(3);
        for (var i = 0; i < count; i++)
        {
            Command(RandomCommand());
            if (Chance(70))
                Command(SmmuCommand.Sync());
        }

        Register(SmmuRegister.CmdqProd, producer);
        return Read(SmmuRegister.CmdqCons);
    }

    private SmmuCommand RandomCommand()
    {
        var stream = (uint)Pick(4);
        var vmid = capabilities.S2P ? Pick(2) : 0;
        var asid = Pick(2);
        var va = Va(Pick(Pages));
        while (true)
        {
            var command = Pick(14) switch
            {
                0 => SmmuCommand.CfgiSte(stream, Chance(50)),
                1 => SmmuCommand.CfgiSteRange(stream, Pick(3)),
                2 => SmmuCommand.CfgiAll(),
                3 => SmmuCommand.CfgiCd(stream, 0, Chance(50)),
                4 => SmmuCommand.CfgiCdAll(stream),
                5 => SmmuCommand.TlbiNhAll(vmid),
                6 => SmmuCommand.TlbiNhAsid(vmid, asid),
                7 => SmmuCommand.TlbiNhVa(vmid, asid, va, Chance(60)),
                8 => SmmuCommand.TlbiNhVaa(vmid, va, Chance(60)),
                9 => SmmuCommand.TlbiS12VmAll(vmid),
                10 => SmmuCommand.TlbiS2Ipa(vmid, Chance(70) ? Data + (ulong)Pick(16) * 0x1000 : Tables + (ulong)Pick(64) * 0x1000, Chance(60)),
                11 => SmmuCommand.TlbiNsnhAll(),
                12 => SmmuCommand.TlbiNhVa(vmid, asid, Va(0), Chance(60)) with { TG = 1, NUM = Pick(4), SCALE = Pick(2), TTL = 3 },
                _ => SmmuCommand.PrefetchAddress(stream, va),
            };
            if (CommandRules.Judge(capabilities, command, out _) == CommandVerdict.Legal)
                return command;
        }
    }

    private void Command(SmmuCommand command)
    {
        trace.Add($"{command.Opcode} SID={command.StreamId} VMID={command.VMID} ASID={command.ASID} 0x{command.D1:x}");
        var at = Commands + (producer & 63) * 16;
        Word(at, command.D0, note: false);
        Word(at + 8, command.D1, note: false);
        producer = producer + 1 & 127;
    }

    private SmmuJudgement Toggle()
    {
        enabled = Chance(60) ? enabled ^ 1 : enabled ^ 4;
        trace.Add($"CR0 0x{enabled:x}");
        Register(SmmuRegister.Cr0, enabled);
        return Read(SmmuRegister.Cr0Ack);
    }

    private SmmuJudgement Resume()
    {
        if (capabilities.StallModel == StallModel.TerminateOnly)
            return default;
        foreach (var (ticket, transaction, device) in stalls.ToArray())
        {
            var data = new byte[transaction.Length];
            var reply = smmu.Ask(device, data);
            var judgement = oracle.ObserveAnswer(ticket, reply, data);
            if (!judgement.Agrees)
            {
                trace.Add($"ticket {ticket}: {reply}");
                return judgement;
            }

            if (reply != SmmuReply.Stalled)
                stalls.Remove((ticket, transaction, device));
        }

        if (tags.Count > 0)
        {
            var (stream, stag) = tags[Pick(tags.Count)];
            tags.Remove((stream, stag));
            Command(Chance(80) ? SmmuCommand.Resume(stream, (ResumeAction)Pick(3), stag) : SmmuCommand.StallTerm(stream));
            Command(SmmuCommand.Sync());
            Register(SmmuRegister.CmdqProd, producer);
        }

        return SeeEvents();
    }

    private SmmuJudgement ReadDescriptor()
    {
        var at = descriptors[Pick(descriptors.Count)];
        Span<byte> bytes = stackalloc byte[8];
        smmu.ReadMemory(at, bytes);
        trace.Add($"0x{at:x} is 0x{BinaryPrimitives.ReadUInt64LittleEndian(bytes):x}");
        return oracle.ObserveMemory(at, bytes);
    }

    private void Consume()
    {
        eventConsumer = eventProducer & 7 | (Chance(70) ? overflow : eventConsumer & 1u << 31);
        trace.Add($"EVENTQ_CONS 0x{eventConsumer:x}");
        Register(SmmuRegister.EventqCons, eventConsumer);
    }

    private SmmuJudgement Transact()
    {
        var transaction = new SmmuTransaction((uint)Pick(5), Va(Pick(Pages)) + (ulong)Pick(4) * 4 | (Chance(5) ? 0xaaul << 56 : 0), Chance(60), 4)
        {
            IsPrivileged = Chance(20),
            IsInstruction = Chance(10),
        };
        var bytes = new byte[4];
        if (!transaction.IsRead)
            BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next());
        oracle.Allowed(transaction, set);
        Transactions++;
        if (set.Count > 1)
            Ambiguous++;
        var written = bytes.ToArray();
        var reply = smmu.Transact(transaction, bytes, out var device);
        var allowed = set.Outcomes.ToArray().Take(8).Select(one => $"{one.Reply} 0x{one.PhysicalAddress:x} {(one.HasEvent ? one.Event.Type : 0)}");
        trace.Add($"{transaction} -> {reply} {Convert.ToHexString(bytes)}; allowed: {string.Join(", ", allowed)}");
        var judgement = oracle.Observe(transaction, set, reply, transaction.IsRead ? bytes : written, tickets);
        if (!judgement.Agrees)
        {
            SeeEvents();
            return judgement;
        }

        if (reply == SmmuReply.Stalled)
            stalls.Add((tickets, transaction, device));
        tickets++;
        if (!transaction.IsRead && reply == SmmuReply.Completed)
        {
            foreach (ref readonly var outcome in set.Outcomes)
            {
                if (outcome.Reply != SmmuReply.Completed || !smmu.Memory.Contains(outcome.PhysicalAddress, 4))
                    continue;
                smmu.ReadMemory(outcome.PhysicalAddress, bytes);
                judgement = oracle.ObserveMemory(outcome.PhysicalAddress, bytes);
                if (!judgement.Agrees)
                    return judgement;
            }
        }

        return Chance(80) ? SeeEvents() : default;
    }

    private SmmuJudgement SeeEvents()
    {
        var prod = smmu.ReadRegister(SmmuRegister.EventqProd);
        var mask = (2u << EventBits) - 1;
        var count = (int)((prod - eventProducer) & mask);
        var records = new byte[count * 32];
        for (var i = 0; i < count; i++)
        {
            var record = records.AsSpan(i * 32, 32);
            smmu.ReadMemory(Events + (eventProducer + (uint)i & mask >> 1) * 32, record);
            var seen = SmmuEvent.Read(record);
            trace.Add($"record {seen}");
            if (seen.Stall)
                tags.Add((seen.StreamId, seen.STAG));
        }

        trace.Add($"EVENTQ_PROD 0x{prod:x}");
        eventProducer = prod & mask;
        overflow = prod & 1u << 31;
        return oracle.ObserveEvents(prod, records);
    }

    private SmmuJudgement Read(uint offset)
    {
        var value = smmu.ReadRegister(offset);
        trace.Add($"register 0x{offset:x} is 0x{value:x}");
        return oracle.ObserveRegister(offset, value);
    }

    private void Register(uint offset, uint value)
    {
        smmu.WriteRegister(offset, value);
        oracle.WriteRegister(offset, value);
    }

    private ulong Word(ulong address)
    {
        Span<byte> bytes = stackalloc byte[8];
        oracle.ReadMemory(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Word(ulong address, ulong value, bool note = true)
    {
        if (note)
            trace.Add($"0x{address:x} := 0x{value:x}");
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        smmu.WriteMemory(address, bytes);
        oracle.WriteMemory(address, bytes);
    }
}
