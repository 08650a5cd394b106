using System.Diagnostics;
using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;

namespace Conformance.Bench;

/// <summary>
/// One REPORT over a tebibyte at 4 KiB pages: a bitmap of 32 MiB, of which the device wrote little. The time of the driver's report, of the comparison with the
/// pages that were written, and of a bare look for a bit that is set; and the memory of all of it.
/// </summary>
internal static class DirtyBitmapMeasurement
{
    private const ulong Base = 1ul << 40,
        Length = 1ul << 40;
    private const int Writes = 65_536,
        Rounds = 12;
    private const long BitmapBytes = (long)(Length / PageSet.PageSize / 8);

    internal static int Run()
    {
        var before = Memory();
        var bitmap = new byte[BitmapBytes];
        var log = new ReferenceDmaLog();
        var pageSize = (ulong)PageSet.PageSize;
        log.Start([new(Base, Length)], ref pageSize);
        var (due, none) = (new PageSet(), new PageSet());
        var check = new BitmapCheck(new(Base, Length), PageSet.PageSize, pageSize, 0);
        double reporting = double.MaxValue,
            comparing = double.MaxValue,
            bare = double.MaxValue;
        long sparse = 0,
            peak = 0;
        for (var round = 0; round < Rounds; round++)
        {
            Array.Clear(bitmap);
            due.Clear();
            Write(log, due);
            sparse = Memory() - before;
            reporting = Math.Min(reporting, Seconds(() => log.Report(new(Base, Length), PageSet.PageSize, bitmap)));
            var marks = BitmapMarks.Extra;
            comparing = Math.Min(comparing, Seconds(() => marks = check.Compare(bitmap, due, PageSet.PageSize, due, none, none, out _)));
            bare = Math.Min(bare, Seconds(() => Look(bitmap)));
            peak = Math.Max(peak, Memory() - before);
            if (marks != BitmapMarks.None || !FindsOneBit(check, bitmap, due, none))
            {
                Console.Error.WriteLine($"the comparison is wrong: {marks}");
                return 1;
            }
        }

        Console.WriteLine($"1 TiB at 4 KiB, {Writes} writes of 1 to 4 pages, {due.Runs.Count} runs, load average {Conditions.Load()}, best of {Rounds}");
        Console.WriteLine($"  report by the reference log  {reporting * 1e3, 8:0.00} ms");
        Console.WriteLine($"  comparison                   {comparing * 1e3, 8:0.00} ms");
        Console.WriteLine($"  bare look for bits           {bare * 1e3, 8:0.00} ms");
        Console.WriteLine(
            $"  memory: bitmap {BitmapBytes >> 20} MiB; with log and sets {peak / 1048576.0:0.0} MiB, before the report {sparse / 1048576.0:0.0} MiB"
        );
        Console.WriteLine($"  {peak / (double)BitmapBytes:0.00} times the bitmap");
        return peak <= 3 * BitmapBytes ? 0 : 1;
    }

    // In ascending order, as a device that goes through its memory does.
    private static void Write(ReferenceDmaLog log, PageSet due)
    {
        var random = new SplitMix(1);
        const ulong stride = Length / PageSet.PageSize / Writes;
        for (var write = 0ul; write < Writes; write++)
        {
            var page = (Base / PageSet.PageSize) + (write * stride) + random.Below((uint)stride - 4);
            var pages = 1 + random.Below(4);
            log.Wrote(page * PageSet.PageSize, pages * PageSet.PageSize);
            due.Add(page, page + pages - 1);
        }
    }

    // One bit too many and one too few are found wherever they are.
    private static bool FindsOneBit(BitmapCheck check, byte[] bitmap, PageSet due, PageSet none)
    {
        var run = due.Runs[^1];
        var bit = run.First - (Base / PageSet.PageSize);
        bitmap[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        var lost = check.Compare(bitmap, due, PageSet.PageSize, due, none, none, out var missing);
        bitmap[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        bitmap[^1] ^= 0x80;
        var more = check.Compare(bitmap, due, PageSet.PageSize, due, none, none, out var extra);
        bitmap[^1] ^= 0x80;
        return lost == BitmapMarks.Missing && missing == run.First && more == BitmapMarks.Extra && extra == ((Base + Length) / PageSet.PageSize) - 1;
    }

    private static int Look(byte[] bitmap)
    {
        var found = 0;
        for (var at = 0; at < bitmap.Length; at++, found++)
        {
            var next = bitmap.AsSpan(at).IndexOfAnyExcept((byte)0);
            if (next < 0)
                break;
            at += next;
        }

        return found;
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
