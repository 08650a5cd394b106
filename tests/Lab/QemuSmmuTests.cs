using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Conformance.Drivers;
using Conformance.Drivers.QemuSmmu;
using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The adapter against real QEMUs: does what the suite does reach the SMMU, and does what the SMMU does reach the suite?</summary>
[TestFixture("7.2", "1")]
[TestFixture("10.0", "1")]
[TestFixture("10.0", "2")]
[TestFixture("10.0", "nested")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class QemuSmmuTests(string version, string stage)
{
    private const uint StreamId = 0x5a07;
    private const ulong Input = 0x1234_5678,
        Unmapped = 0x1234_6678;
    private const uint TwoLevel = 1 << 16;

    private readonly SmmuBatch batch = new();
    private QemuSmmuTarget target = null!;

    private bool First => stage != "2";

    private bool Second => stage != "1";

    private ulong Base => target.Memory.Start;

    private ulong Events => Base + 0x3_0000;

    private ulong Page => Base + 0x10_0000;

    [OneTimeSetUp]
    public void Start() => target = (QemuSmmuTarget)DriverSchemes.Parse($"qemu-smmuv3:{QemuLab.Executable(version)}?stage={stage}").Open<ISmmuTarget>();

    [OneTimeTearDown]
    public void End() => target?.Dispose();

    [SetUp]
    public void Reset()
    {
        target.Reset();
        batch.Clear();
    }

    [Test]
    public void It_says_what_it_is() =>
        Assert.That(target.Description, Does.Match($@"^QEMU {version.Replace(".", "\\.", StringComparison.Ordinal)}\.\d+, stage {stage}$"));

    [Test]
    public void Identification_registers()
    {
        int[] reads =
        [
            .. new[]
            {
                SmmuRegister.Idr0,
                SmmuRegister.Idr1,
                SmmuRegister.Idr3,
                SmmuRegister.Idr5,
                SmmuRegister.Aidr,
                SmmuRegister.Idr2,
                SmmuRegister.Idr4,
            }.Select(batch.ReadRegister),
        ];
        target.Run(batch);
        var seen = reads.Select(read => (uint)batch.Results[read].Value).ToArray();
        Assert.That(
            SmmuCapabilities.Of(seen[0], seen[1], seen[2], seen[3], seen[4]),
            Is.EqualTo(
                (version, stage) switch
                {
                    ("7.2", _) => SmmuCapabilities.Qemu7Stage1,
                    (_, "1") => SmmuCapabilities.QemuStage1,
                    (_, "2") => SmmuCapabilities.QemuStage2,
                    _ => SmmuCapabilities.QemuNested,
                }
            )
        );
        Assert.That(seen[5..], Is.EqualTo(new uint[] { 0, 0 }));
    }

    /// <summary>Every master has the StreamID that it says it has: its own STE alone lets it through.</summary>
    [Test]
    public void A_translated_write_and_read([Values(0x08u, 0x0bu, 0x3fu, 0xffu, 0x100u, 0x400u, 0x5a07u, 0x8000u, 0xff07u)] uint streamId)
    {
        Program(streamId);
        batch.WriteMemory(Page + (Input & 0xfff) - 4, [0x0d, 0xf0, 0xad, 0xba]);
        batch.Transact(new(streamId, Input, false, 4), [0xde, 0xc0, 0xad, 0x0b]);
        batch.Transact(new(streamId, Input + 4, false, 1), [0x77]);
        batch.Transact(new(streamId, Input + 6, false, 2), [0x34, 0x12]);
        var read = batch.Transact(new(streamId, Input - 4, true, 4));
        var one = batch.Transact(new(streamId, Input - 3, true, 1));
        var landed = batch.ReadMemory(Page + (Input & 0xfff), 8);
        var events = batch.ReadRegister(SmmuRegister.EventqProd);
        var enabled = batch.ReadRegister(SmmuRegister.Cr0);
        target.Run(batch);
        Assert.Multiple(() =>
        {
            Assert.That(Convert.ToHexString(batch.DataOf(landed)), Is.EqualTo("DEC0AD0B77003412"));
            Assert.That(Convert.ToHexString(batch.DataOf(read)), Is.EqualTo("0DF0ADBA"));
            Assert.That(Convert.ToHexString(batch.DataOf(one)), Is.EqualTo("F0"));
            Assert.That(batch.Results[events].Value, Is.Zero);
            Assert.That(batch.Results[enabled].Value, Is.EqualTo(0xd));
        });
    }

    [Test]
    public void An_event_record_bit_by_bit()
    {
        Program(8);
        batch.Transact(new(8, Unmapped, false, 4), [1, 2, 3, 4]);
        var produced = batch.ReadRegister(SmmuRegister.EventqProd);
        var record = batch.ReadMemory(Events, SmmuEvent.Length);
        target.Run(batch);
        Assert.That(batch.Results[produced].Value, Is.EqualTo(1));
        if ((version, stage) == ("10.0", "1"))
            Assert.That(
                Convert.ToHexString(batch.DataOf(record)).ToLowerInvariant(),
                Is.EqualTo("1000000008000000000000000002000078663412000000000000000000000000")
            );

        // What else the others record is for the suite to judge.
        var seen = SmmuEvent.Read(batch.DataOf(record));
        Assert.That((seen.Type, seen.StreamId, seen.InputAddress, seen.RnW, seen.S2), Is.EqualTo((SmmuEventType.Translation, 8u, Unmapped, false, !First)));
    }

    [Test]
    public void A_read_that_fails_reads_zeros()
    {
        Program(8);
        batch.WriteMemory(Page, [1, 2, 3, 4]);
        var good = batch.Transact(new(8, Input & ~0xffful, true, 4));
        var bad = batch.Transact(new(8, Unmapped, true, 4));
        var again = batch.Transact(new(8, Input & ~0xffful, true, 4));
        target.Run(batch);
        Assert.That(
            Convert.ToHexString(batch.DataOf(good)) + Convert.ToHexString(batch.DataOf(bad)) + Convert.ToHexString(batch.DataOf(again)),
            Is.EqualTo("010203040000000001020304")
        );
    }

    /// <summary>A stream table in the hole: the address of the record is that of the STE, so nothing answers there.</summary>
    [Test]
    public void Nothing_answers_in_the_hole()
    {
        Program(8);
        batch.WriteRegister(SmmuRegister.Cr0, 0xc);
        batch.WriteRegister64(SmmuRegister.StrtabBase, target.Hole.Start);
        Command(3, SmmuCommand.CfgiAll(), SmmuCommand.Sync());
        batch.WriteRegister(SmmuRegister.Cr0, 0xd);
        batch.Transact(new(8, Input, true, 4));
        var record = batch.ReadMemory(Events, SmmuEvent.Length);
        target.Run(batch);
        var seen = SmmuEvent.Read(batch.DataOf(record));
        Assert.That((seen.Type, seen.FetchAddress), Is.EqualTo((SmmuEventType.SteFetch, target.Hole.Start + 8 * 64)));
    }

    [Test]
    public void Interrupts_are_counted_where_they_are_enabled()
    {
        Program(8);
        batch.WriteRegister(SmmuRegister.IrqCtrl, 4);
        batch.Transact(new(8, Unmapped, true, 4));
        var enabled = batch.Interrupts();
        batch.WriteRegister(SmmuRegister.EventqCons, 1);
        batch.WriteRegister(SmmuRegister.IrqCtrl, 0);
        batch.Transact(new(8, Unmapped, true, 4));
        var disabled = batch.Interrupts();
        batch.WriteRegister(SmmuRegister.IrqCtrl, 1);
        Command(3, new SmmuCommand { D0 = 0xff });
        var error = batch.Interrupts();
        target.Run(batch);
        Assert.That(
            new[] { enabled, disabled, error }.Select(index => new SmmuInterruptCounts(batch.Results[index].Value)),
            Is.EqualTo(
                new[]
                {
                    new SmmuInterruptCounts().With(SmmuInterrupt.EventQueue),
                    new SmmuInterruptCounts(),
                    new SmmuInterruptCounts().With(SmmuInterrupt.GlobalError),
                }
            )
        );
    }

    /// <summary>
    /// Whatever a scene left behind is gone after either reset: an active error, a two-level stream table, a cached STE, other masters' set-up.
    /// </summary>
    [Test]
    public void Either_reset_leaves_nothing_behind([Values] bool quick, [Values] bool error, [Values] bool twoLevel)
    {
        var fresh = Registers();
        Program(StreamId);
        batch.Transact(new(StreamId, Input, true, 4));
        batch.WriteRegister(SmmuRegister.IrqCtrl, 5);
        if (error)
            Command(3, new SmmuCommand { D0 = 0xff });
        batch.WriteRegister(SmmuRegister.Cr0, 0);
        batch.WriteRegister(SmmuRegister.StrtabBaseCfg, (twoLevel ? TwoLevel : 0) | 8u << 6 | 12);
        batch.WriteRegister(SmmuRegister.EventqProd, 0x8000_0003);
        target.Run(batch);
        target.Reset(quick);
        batch.Clear();
        Assert.That(Registers(), Is.EqualTo(fresh));

        // With another STE in the same place, the old one in a cache would let this through.
        batch.Clear();
        Program(StreamId, valid: false, commands: false);
        batch.WriteMemory(Page, new byte[16]);
        batch.Transact(new(StreamId, Input & ~0xffful, false, 4), [9, 9, 9, 9]);
        var landed = batch.ReadMemory(Page, 4);
        var record = batch.ReadMemory(Events, SmmuEvent.Length);
        target.Run(batch);
        Assert.That(SmmuEvent.Read(batch.DataOf(record)).Type, Is.EqualTo(SmmuEventType.BadSte));
        Assert.That(Convert.ToHexString(batch.DataOf(landed)), Is.EqualTo("00000000"));
    }

    [Test]
    public void Batches_larger_than_any_buffer()
    {
        var noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        batch.WriteMemory(Base + 0x20_0003, noise);
        var words = new int[1500];
        Program(8);
        for (var index = 0; index < words.Length; index++)
        {
            var address = Input + 8 + 4 * (ulong)(index % 256);
            batch.Transact(new(8, address, false, 4), BitConverter.GetBytes(0x5eed_0000 + index));
            words[index] = batch.Transact(new(8, address, true, 4));
        }

        var back = batch.ReadMemory(Base + 0x20_0003, noise.Length);
        batch.WriteMemory(Base + 0x20_0003, new byte[noise.Length]);
        var cleared = batch.ReadMemory(Base + 0x20_0003, noise.Length);
        target.Run(batch);
        Assert.That(batch.DataOf(back).SequenceEqual(noise), Is.True);
        Assert.That(batch.DataOf(cleared).ContainsAnyExcept((byte)0), Is.False);
        for (var index = 0; index < words.Length; index++)
            Assert.That(BinaryPrimitives.ReadInt32LittleEndian(batch.DataOf(words[index])), Is.EqualTo(0x5eed_0000 + index));
    }

    /// <summary>The data move with the SMMU off, whatever the batch made of GBPA.</summary>
    [Test]
    public void Data_come_and_go_while_all_is_aborted()
    {
        if (version == "7.2")
            Assert.Ignore("QEMU 7.2 has no GBPA");
        const uint Abort = 1 << 20,
            Update = 1u << 31;
        batch.WriteMemory(Page, [1, 2, 3, 4]);
        batch.WriteRegister(SmmuRegister.Gbpa, Update | Abort | 0x1000);
        target.Run(batch);
        batch.Clear();
        batch.Transact(new(8, Page, false, 4), [0x6a, 0x6b, 0x6c, 0x6d]);
        var read = batch.Transact(new(8, Page, true, 4));
        var aborts = batch.ReadRegister(SmmuRegister.Gbpa);
        var kept = batch.ReadMemory(Page, 4);
        target.Run(batch);
        Assert.That(Convert.ToHexString(batch.DataOf(read)) + Convert.ToHexString(batch.DataOf(kept)), Is.EqualTo("0000000001020304"));
        Assert.That(batch.Results[aborts].Value, Is.EqualTo(Abort | 0x1000));
    }

    [Test]
    public void What_the_port_cannot_express_is_refused()
    {
        foreach (
            var transaction in (SmmuTransaction[])
                [new(8, Input, true, 8), new(8, Input + 1, true, 2), new(9, Input, true, 4), new(8, Input, true, 4) { HasSubstream = true }]
        )
        {
            batch.Clear();
            batch.Transact(transaction);
            Assert.Throws<ArgumentException>(() => target.Run(batch), transaction.ToString());
        }
    }

    [Test]
    public void A_killed_process_is_a_lost_device_and_the_next_call_works()
    {
        batch.ReadRegister(SmmuRegister.Idr0);
        target.Run(batch);
        Process.GetProcessById(QemuLab.Children(target.ProcessId).Single(child => !Command(child).StartsWith("/bin/sh", StringComparison.Ordinal))).Kill();
        var lost = Assert.Throws<DeviceLostException>(() => target.Run(batch))!;
        Assert.That(lost.Loss, Is.EqualTo(DeviceLoss.Died));
        Assert.That(lost.LastWords, Is.EqualTo("> readl 0x9050000   <- no good reply\nQEMU was ended by signal 9"));
        target.Run(batch);
        Assert.That(batch.Results[0].Value, Is.Not.Zero);
    }

    [Test]
    public void No_process_is_left()
    {
        int[] all;
        using (var other = new QemuSmmuTarget("test", QemuLab.Executable(version), stage))
        {
            other.Reset();
            all = [other.ProcessId, .. QemuLab.Children(other.ProcessId)];
            Assert.That(all, Has.Length.EqualTo(3));
        }

        Assert.That(() => all.Where(process => Command(process).Length > 0), Is.Empty.After(3000, 20));
    }

    // Stage 1, 2 or both, as the fixture says: 4 KiB pages; Input's page leads to Page, by way of an identity map of the memory where both stages are on.
    private void Program(uint streamId, bool valid = true, bool commands = true)
    {
        var streamTable = Base + 0x80_0000;
        var (contexts, first, second, middle) = (Base + 0x1000, Base + 0x4000, Base + 0x8000, Base + 0x50_0000);
        var attributes = new TranslationDescriptor
        {
            Valid = true,
            IsTableOrPage = true,
            AF = true,
            AP1 = true,
            SH = 3,
        };
        var table = new TranslationDescriptor { Valid = true, IsTableOrPage = true };
        if (First)
            Tree(first, Input, attributes with { Address = Second ? middle : Page }, table, 3);
        if (Second)
        {
            Tree(second, First ? middle : Input, (attributes with { S2AP = 3, MemAttr = 15, Address = Page }), table, 3);
            if (First)
                Write(
                    second + 0x1000 + 8 * (Base >> 21 & 511),
                    new TranslationDescriptor
                    {
                        Valid = true,
                        AF = true,
                        S2AP = 3,
                        MemAttr = 15,
                        SH = 3,
                        Address = Base,
                    }.Value
                );
        }

        Span<byte> structure = stackalloc byte[StreamTableEntry.Length];
        new ContextDescriptor
        {
            Valid = true,
            AA64 = true,
            A = true,
            R = true,
            T0SZ = 25,
            EPD1 = true,
            IPS = 4,
            ASID = 1,
            TTB0 = first,
            MAIR = 0xff,
        }.Write(structure);
        batch.WriteMemory(contexts, structure);
        new StreamTableEntry
        {
            Valid = valid,
            Config = stage switch
            {
                "1" => StreamConfig.Stage1,
                "2" => StreamConfig.Stage2,
                _ => StreamConfig.Nested,
            },
            S1ContextPtr = contexts,
            SHCFG = 1,
            S2T0SZ = 25,
            S2SL0 = 1,
            S2PS = 4,
            S2AA64 = Second,
            S2R = Second,
            S2TTB = second,
            S2VMID = Second ? 1 : 0,
        }.Write(structure);
        batch.WriteMemory(streamTable + streamId * StreamTableEntry.Length, structure);
        batch.WriteMemory(Events, new byte[4096]);

        batch.WriteRegister(SmmuRegister.Cr0, 0);
        batch.WriteRegister(SmmuRegister.Cr1, 0xd75);
        batch.WriteRegister(SmmuRegister.Cr2, 2);
        batch.WriteRegister64(SmmuRegister.StrtabBase, streamTable);
        batch.WriteRegister(SmmuRegister.StrtabBaseCfg, 16);
        batch.WriteRegister64(SmmuRegister.CmdqBase, Commands | 8);
        batch.WriteRegister(SmmuRegister.CmdqProd, 0);
        batch.WriteRegister(SmmuRegister.CmdqCons, 0);
        batch.WriteRegister64(SmmuRegister.EventqBase, Events | 5);
        batch.WriteRegister(SmmuRegister.EventqProd, 0);
        batch.WriteRegister(SmmuRegister.EventqCons, 0);
        batch.WriteRegister(SmmuRegister.Cr0, 0xc);
        if (commands)
            Command(0, SmmuCommand.CfgiAll(), SmmuCommand.TlbiNsnhAll(), SmmuCommand.Sync());
        batch.WriteRegister(SmmuRegister.Cr0, 0xd);
    }

    private ulong Commands => Base + 0x2_0000;

    // From the queue's entry on; PROD ends behind them.
    private void Command(uint entry, params ReadOnlySpan<SmmuCommand> commands)
    {
        Span<byte> bytes = stackalloc byte[SmmuCommand.Length];
        foreach (var command in commands)
        {
            command.Write(bytes);
            batch.WriteMemory(Commands + entry++ * SmmuCommand.Length, bytes);
        }

        batch.WriteRegister(SmmuRegister.CmdqProd, entry);
    }

    // Tables of three levels of 4 KiB, one behind the other, that lead to one leaf.
    private void Tree(ulong root, ulong input, TranslationDescriptor leaf, TranslationDescriptor table, int levels)
    {
        batch.WriteMemory(root, new byte[levels * 4096]);
        for (var level = 0; level < levels; level++)
            Write(
                root + 0x1000 * (ulong)level + 8 * (input >> (12 + 9 * (levels - 1 - level)) & 511),
                (level == levels - 1 ? leaf : table with { Address = root + 0x1000 * (ulong)(level + 1) }).Value
            );
    }

    private void Write(ulong address, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        batch.WriteMemory(address, bytes);
    }

    private string Registers()
    {
        batch.Clear();
        for (var offset = 0u; offset < 0xc0; offset += 4)
            batch.ReadRegister(offset);
        batch.ReadRegister(SmmuRegister.EventqProd);
        batch.ReadRegister(SmmuRegister.EventqCons);
        batch.Interrupts();
        target.Run(batch);
        var text = string.Join(' ', batch.Results.ToArray().Select(result => result.Value.ToString("x", CultureInfo.InvariantCulture)));
        batch.Clear();
        return text;
    }

    private static string Command(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
