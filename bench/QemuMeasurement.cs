using System.Buffers.Binary;
using System.Diagnostics;
using Conformance.Drivers.QemuSmmu;
using Conformance.Engine.Judging;
using Conformance.Engine.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Bench;

/// <summary>
/// Full checks per second on QEMU's SMMUv3: an STE, a CD and two descriptors are written, CFGI_STE, TLBI_NSNH_ALL and SYNC are run, a master writes a word, and
/// the word, PROD and CONS of the queues, GERROR and an event record are read. Through <see cref="QemuSmmuTarget"/>, beside a loop that sends the same lines
/// ready made to a QEMU of its own and only counts the replies; the two take turns in blocks. Then random scenes in the same way, with the oracle.
/// </summary>
internal static class QemuMeasurement
{
    private const int Blocks = 20,
        ChecksPerBlock = 500,
        Warm = 500,
        Resets = 200,
        SceneCount = 200;
    private const int QueueLog2Size = 8,
        QueueEntries = 1 << QueueLog2Size,
        CommandsPerCheck = 3,
        Period = 2 * QueueEntries;
    private const uint StreamId = 8;
    private const ulong Memory = QemuMachine.Memory + 0x400_0000;
    private const ulong StreamTable = Memory,
        Contexts = Memory + 0x1_0000,
        Commands = Memory + 0x2_0000,
        Events = Memory + 0x3_0000,
        Tables = Memory + 0x4_0000,
        Pages = Memory + 0x10_0000;
    private const ulong Input = 0x1234_5678;

    // What follows a reset by the line, and nothing else.
    private static ReadOnlySpan<byte> BusNumbers => "writel 0x40100d0018 "u8;

    internal static int Run(string version, string stage)
    {
        using var find = Process.Start(
            new ProcessStartInfo(Path.Combine(Conditions.Root(), "labs", "qemu", "build"), [version, "--find"]) { RedirectStandardOutput = true }
        )!;
        var executable = find.StandardOutput.ReadToEnd().Trim();
        find.WaitForExit();
        if (find.ExitCode != 0)
        {
            Console.Error.WriteLine($"QEMU {version} is not there: labs/qemu/build {version}");
            return 3;
        }

        using var target = new QemuSmmuTarget("bench", executable, stage);
        using var other = new QemuSmmuTarget("bench", executable, stage);
        Console.WriteLine($"{target.Description}, one thread, load average {Conditions.Load()}");
        if (stage == "1")
            Checks(target, other);
        Scenes(
            target,
            other,
            stage switch
            {
                "2" => SceneKind.Stage2,
                "nested" => SceneKind.Nested,
                _ => SceneKind.Stage1,
            }
        );
        Console.WriteLine(
            $"  quick reset {1e6 / Rate(Resets, () => target.Reset(quick: true)):0} us, reset by the line {1e6 / Rate(Resets, () => target.Reset()):0} us"
        );
        return 0;
    }

    private static void Checks(QemuSmmuTarget target, QemuSmmuTarget other)
    {
        var batch = new SmmuBatch();
        foreach (var each in (QemuSmmuTarget[])[target, other])
        {
            batch.Clear();
            SetUp(batch);
            each.Run(batch);
            // The words are in the masters' buffers from here on.
            for (var check = 0; check < 2; check++)
                Check(each, batch, check);
        }

        // As many checks as it takes until the command queue begins anew.
        var lines = new BareLines();
        List<int> starts = [];
        target.Connection.Recorder = lines.Add;
        for (var check = 2; check < Period + 2; check++)
        {
            starts.Add(lines.Count);
            Check(target, batch, check);
        }

        starts.Add(lines.Count);
        target.Connection.Recorder = null;
        var socket = other.Connection.Socket;
        var (adapterCheck, bareCheck) = (2, 0);
        void Bare()
        {
            lines.Send(socket, starts[bareCheck], starts[bareCheck + 1]);
            bareCheck = (bareCheck + 1) % Period;
        }

        List<double> through = [],
            beside = [],
            ratios = [];
        Rate(Warm, () => Check(target, batch, adapterCheck++));
        Rate(Warm, Bare);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var block = 0; block < Blocks; block++)
        {
            through.Add(Rate(ChecksPerBlock, () => Check(target, batch, adapterCheck++)));
            beside.Add(Rate(ChecksPerBlock, Bare));
            ratios.Add(through[^1] / beside[^1]);
        }

        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (2.0 * Blocks * ChecksPerBlock);
        ratios.Sort();
        Print("full checks, the same lines", beside);
        Print("full checks, through the adapter", through);
        Console.WriteLine(
            $"  ratio of the best {through.Max() / beside.Max():0.00}, of neighbouring blocks {ratios[Blocks / 2]:0.00} (median); {bytes:0} bytes "
                + $"allocated a check, both together"
        );
    }

    // Scenes that pass and need no reset by the line, which is not in the lines.
    private static void Scenes(QemuSmmuTarget target, QemuSmmuTarget other, SceneKind kind)
    {
        var runner = new SceneRunner(target);
        var generator = new SceneGenerator(runner.Facts);
        List<Scene> scenes = [];
        for (var number = 0UL; scenes.Count < SceneCount && number < 20 * SceneCount; number++)
        {
            var scene = generator.Make(kind, 1, number);
            var wasReset = false;
            target.Connection.Recorder = (sent, _, _) => wasReset |= sent.IndexOf(BusNumbers) >= 0;
            if (runner.Run(scene).Passed && !scene.Setup.TwoLevel && runner.Run(scene).Passed && !wasReset)
                scenes.Add(scene);
        }

        var lines = new BareLines();
        var ledger = new Ledger();
        target.Connection.Recorder = lines.Add;
        foreach (var scene in scenes)
            runner.Run(scene, ledger);
        target.Connection.Recorder = null;

        // The lines take masters for granted that were used before.
        var batch = new SmmuBatch();
        foreach (var streamId in other.StreamIds)
            batch.Transact(new SmmuTransaction(streamId, other.Memory.Start, true, 4));
        other.Reset();
        other.Run(batch);
        var socket = other.Connection.Socket;
        List<double> through = [],
            beside = [],
            ratios = [];
        for (var block = 0; block < Blocks; block++)
        {
            through.Add(scenes.Count * Rate(1, () => scenes.ForEach(scene => runner.Run(scene, ledger))));
            beside.Add(scenes.Count * Rate(1, () => lines.Send(socket, 0, lines.Count)));
            ratios.Add(through[^1] / beside[^1]);
        }

        ratios.Sort();
        Console.WriteLine(
            $"  {scenes.Count} random scenes of {kind} that pass, {(double)ledger.Steps / ((Blocks + 1) * scenes.Count):0.0} transactions and "
                + $"{(double)lines.Count / scenes.Count:0.0} writes to the socket each"
        );
        Print("random scenes, the same lines", beside);
        Print("random scenes, run and judged", through);
        Console.WriteLine($"  ratio of the best {through.Max() / beside.Max():0.00}, of neighbouring blocks {ratios[Blocks / 2]:0.00} (median)");
    }

    private static void Print(string what, List<double> rates) =>
        Console.WriteLine($"  {what, -34} {rates.Max(), 8:0} /s best, {rates.Order().ElementAt(Blocks / 2), 8:0} /s median");

    private static double Rate(int count, Action work)
    {
        var clock = Stopwatch.StartNew();
        for (var index = 0; index < count; index++)
            work();
        return count / clock.Elapsed.TotalSeconds;
    }

    private static uint Tag(int check) => 0xa500_0000 | (uint)(check & 1);

    private static ulong Page(int check) => Pages + 0x1000 * (ulong)(check & 1);

    private static uint Produced(int check) => (uint)((check + 1) * CommandsPerCheck) & (2 * QueueEntries - 1);

    private static void SetUp(SmmuBatch batch)
    {
        batch.WriteMemory(Tables, Word(Tables + 0x1000 | 3));
        batch.WriteRegister(SmmuRegister.Cr1, 0xd75);
        batch.WriteRegister(SmmuRegister.Cr2, 2);
        batch.WriteRegister64(SmmuRegister.StrtabBase, StreamTable);
        batch.WriteRegister(SmmuRegister.StrtabBaseCfg, 8);
        batch.WriteRegister64(SmmuRegister.CmdqBase, Commands | QueueLog2Size);
        batch.WriteRegister(SmmuRegister.CmdqProd, 0);
        batch.WriteRegister(SmmuRegister.CmdqCons, 0);
        batch.WriteRegister64(SmmuRegister.EventqBase, Events | 5);
        batch.WriteRegister(SmmuRegister.EventqProd, 0);
        batch.WriteRegister(SmmuRegister.EventqCons, 0);
        batch.WriteRegister(SmmuRegister.Cr0, 0xd);
    }

    private static void Check(QemuSmmuTarget target, SmmuBatch batch, int check)
    {
        batch.Clear();
        Span<byte> bytes = stackalloc byte[64];
        new StreamTableEntry
        {
            Valid = true,
            Config = StreamConfig.Stage1,
            S1ContextPtr = Contexts,
            SHCFG = 1,
        }.Write(bytes);
        batch.WriteMemory(StreamTable + StreamId * 64, bytes);
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
            TTB0 = Tables,
            MAIR = 0xff,
        }.Write(bytes);
        batch.WriteMemory(Contexts, bytes);
        batch.WriteMemory(Tables + 0x1000 + 8 * (Input >> 21 & 511), Word(Tables + 0x2000 | 3));
        batch.WriteMemory(Tables + 0x2000 + 8 * (Input >> 12 & 511), Word(Page(check) | 0x743));
        var entry = Produced(check - 1);
        bytes = bytes[..16];
        SmmuCommand.CfgiSte(StreamId, leaf: true).Write(bytes);
        batch.WriteMemory(Commands + 16 * (entry % QueueEntries), bytes);
        SmmuCommand.TlbiNsnhAll().Write(bytes);
        batch.WriteMemory(Commands + 16 * ((entry + 1) % QueueEntries), bytes);
        SmmuCommand.Sync().Write(bytes);
        batch.WriteMemory(Commands + 16 * ((entry + 2) % QueueEntries), bytes);
        batch.WriteRegister(SmmuRegister.CmdqProd, Produced(check));
        Span<byte> tag = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tag, Tag(check));
        batch.Transact(new SmmuTransaction(StreamId, Input, false, 4), tag);
        var landed = batch.ReadMemory(Page(check) + (Input & 0xfff), 4);
        var consumed = batch.ReadRegister(SmmuRegister.CmdqCons);
        var events = batch.ReadRegister(SmmuRegister.EventqProd);
        batch.ReadRegister(SmmuRegister.GError);
        batch.ReadMemory(Events, 32);
        target.Run(batch);
        if (
            BinaryPrimitives.ReadUInt32LittleEndian(batch.DataOf(landed)) != Tag(check)
            || batch.Results[consumed].Value != Produced(check)
            || batch.Results[events].Value != 0
        )
            throw new InvalidOperationException($"check {check} did not go through");
    }

    private static byte[] Word(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
