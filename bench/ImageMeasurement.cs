using System.Diagnostics;
using System.IO.Pipes;
using Conformance.Drivers.VfioCore;
using Conformance.Engine.Judging;
using Conformance.Engine.Migration;
using Conformance.Engine.Workers;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Bench;

/// <summary>
/// Bytes per second through a migration stream of 64 MiB: saved, hashed, kept, loaded and saved again by a plan that is judged. Beside it the same bytes
/// through a pipe from one thread to another, and a copy in memory.
/// </summary>
internal static class ImageMeasurement
{
    private const int Image = 64 << 20,
        Piece = 64 << 10,
        Rounds = 12;

    internal static int Run()
    {
        var (source, sink) = (new byte[Image], new byte[Image]);
        new Random(1).NextBytes(source);
        var (memory, loaded) = ((byte[])source.Clone(), new byte[Image]);
        using var target = new InProcessTarget(
            "64 MiB",
            new LargeImageDriver(memory, loaded),
            bound => new(new LargeImageDriver(memory, loaded), UapiLevel.V7_2, bound),
            TimeSpan.FromMinutes(1)
        );
        var machine = Survey.Look(target, NullJournal.Instance).Machine!;
        var lockstep = new LockstepRunner(target, machine, NullJournal.Instance);
        var save = new Plan([Step.Set(DeviceState.StopCopy), Step.ReadToEnd(Piece)]);
        var migrate = new Plan([.. save.Steps, Step.Set(DeviceState.Resuming), Step.WriteRest(Piece), Step.Set(DeviceState.StopCopy), Step.ReadToEnd(Piece)]);
        double[] best = [double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue];
        for (var round = 0; round < Rounds; round++)
        {
            var agreed = true;
            Time(0, () => agreed &= lockstep.Run(save, new Ledger()) == default);
            Time(1, () => agreed &= lockstep.Run(migrate, new Ledger()) == default);
            Time(2, () => Pipe(source, sink));
            Time(3, () => source.CopyTo(sink, 0));
            if (agreed && sink.AsSpan().SequenceEqual(source))
                continue;
            Console.Error.WriteLine("the stream did not come through: the figures mean nothing");
            return 1;
        }

        Console.WriteLine($"64 MiB in pieces of 64 KiB, load average {Conditions.Load()}, best of {Rounds}");
        Say("saved, judged", best[0], 1);
        Say("saved, loaded and saved again, judged", best[1], 3);
        Say("a pipe between two threads", best[2], 1);
        Say("a copy in memory", best[3], 1);
        return 0;

        void Time(int which, Action work)
        {
            var from = Stopwatch.GetTimestamp();
            work();
            best[which] = Math.Min(best[which], Stopwatch.GetElapsedTime(from).TotalSeconds);
        }

        void Say(string what, double seconds, int times) =>
            Console.WriteLine($"  {what, -40} {times * (Image >> 20) / seconds, 8:0} MiB/s, {times * best[2] / seconds:0.00} times the pipe");
    }

    private static void Pipe(byte[] source, byte[] sink)
    {
        using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reading = new AnonymousPipeClientStream(PipeDirection.In, writing.ClientSafePipeHandle);
        var writer = new Thread(() =>
        {
            for (var at = 0; at < source.Length; at += Piece)
                writing.Write(source, at, Piece);
        });
        writer.Start();
        for (var at = 0; at < sink.Length; )
            at += reading.Read(sink, at, Math.Min(Piece, sink.Length - at));
        writer.Join();
    }
}
