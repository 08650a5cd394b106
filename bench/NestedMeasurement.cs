using System.Diagnostics;
using Conformance.Drivers;
using Conformance.Drivers.Addresses;
using Conformance.Engine.Judging;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Suites.NestedStages;

namespace Conformance.Bench;

/// <summary>
/// Nested stages: random guests that migrate, judged step by step, plans and migrations a second of one thread; and a collection of dirty pages over a tebibyte
/// of stage 2 at 4 KiB, which is a bitmap of 32 MiB, with what the judge of a host does with it and the memory of all of it.
/// </summary>
internal static class NestedMeasurement
{
    private const ulong Page = 4096,
        Base = 1ul << 40,
        Length = 1ul << 40,
        Parent = 0;
    private const int Writes = 65_536,
        Rounds = 12;
    private const long BitmapBytes = (long)(Length / Page / 8);

    internal static int Run(string[] args)
    {
        var at = Array.IndexOf(args, "--plans");
        var plans = at >= 0 ? int.Parse(args[at + 1], System.Globalization.CultureInfo.InvariantCulture) : 2000;
        foreach (var way in (string[])["stage2", "dlog", "all"])
            if (!Migrations(way, plans))
                return 1;
        return Bitmap();
    }

    private static bool Migrations(string way, int plans)
    {
        using var target = DriverSchemes.Parse($"reference:nested?dirty={way}").Open<INestedTarget>();
        var runner = new NestedRunner(target);
        var campaign = NestedCampaigns.All.First(one => one.Name == "random-migrations");
        double best = double.MaxValue,
            spent = 0;
        Ledger? last = null;
        // Blocks of a tenth: the best of them is what the machine can do, the processor time of all is what it took.
        for (var block = 0; block < 10; block++)
        {
            var ledger = new Ledger();
            var made = campaign.Plans(runner.Sight, new((ulong)block + 1, plans / 10)).Select(named => named.Plan).ToList();
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            foreach (var plan in made)
                if (runner.Run(plan, ledger, again: false).Worst is not null)
                {
                    Console.Error.WriteLine($"reference:nested?dirty={way} does not conform: the figures mean nothing");
                    return false;
                }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            spent += (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            last?.Add(ledger);
            last ??= ledger;
        }

        var migrations = last!.Witnessed(NestedWitnesses.Migrated);
        Console.WriteLine(
            $"dirty={way, -7} {last.Plans} plans, {last.Steps / (double)last.Plans:0.0} steps and {migrations / (double)last.Plans:0.00} migrations to the end "
                + $"each, load average {Conditions.Load()}"
        );
        Console.WriteLine(
            $"  best block {plans / 10 / best, 8:0} plans/s, {migrations / 10.0 / best:0} migrations/s; "
                + $"by processor time {last.Plans / spent:0} plans/s, {migrations / spent:0} migrations/s"
        );
        return true;
    }

    // The judge as HostRunner has it: what a query may answer, whether the bitmap is right, and what is clean afterwards.
    private static int Bitmap()
    {
        var before = Memory();
        var facts = new NestedHostFacts
        {
            AddressSpace = 1,
            Devices = [new(2, 0, [8], HasAts: false)],
            RamSize = Length,
            GrantsDirtyParent = true,
        };
        var oracle = new HostOracle(facts, null);
        Done(oracle, NestedStep.Of(NestedStepKind.Map, Base, Length / Page));
        Done(oracle, NestedStep.Of(NestedStepKind.Table, Parent, Iommufd.NestParent | Iommufd.DirtyTracking, 0, NestedStepTable.AddressSpace));
        Done(oracle, NestedStep.Of(NestedStepKind.Attach, 0, Parent));
        Done(oracle, NestedStep.Of(NestedStepKind.Track, Parent, Iommufd.Enable));
        var query = NestedStep.Of(NestedStepKind.Bitmap, Parent, 0, Base, Length, Page);
        var bitmap = new byte[BitmapBytes];
        var dirty = new PageSet();
        double reporting = double.MaxValue,
            judging = double.MaxValue,
            marking = double.MaxValue;
        long peak = 0;
        for (var round = 0; round < Rounds; round++)
        {
            Array.Clear(bitmap);
            Write(oracle, dirty);
            reporting = Math.Min(reporting, Seconds(() => Report(dirty, bitmap)));
            var isRight = false;
            var marked = 0ul;
            judging = Math.Min(judging, Seconds(() => isRight = oracle.Allowed(query).IsSuccess && oracle.CheckBitmap(query, true, bitmap, 0) is null));
            marking = Math.Min(marking, Seconds(() => marked = Mark(bitmap)));
            peak = Math.Max(peak, Memory() - before);
            if (!isRight || marked != dirty.Runs.Aggregate(0ul, (sum, run) => sum + run.Last - run.First + 1) || !MissesOneBit(oracle, query, bitmap, dirty))
            {
                Console.Error.WriteLine("the bitmap is judged wrongly");
                return 1;
            }

            oracle.Queried(query, true, _ => Page);
            dirty.Clear();
        }

        Console.WriteLine($"1 TiB of stage 2 at 4 KiB, {Writes} writes, load average {Conditions.Load()}, best of {Rounds}");
        Console.WriteLine($"  report by a sparse host      {reporting * 1e3, 8:0.00} ms");
        Console.WriteLine($"  judged                       {judging * 1e3, 8:0.00} ms");
        Console.WriteLine($"  pages marked from the bitmap {marking * 1e3, 8:0.00} ms");
        Console.WriteLine(
            $"  memory: bitmap {BitmapBytes >> 20} MiB; with host and oracle {peak / 1048576.0:0.0} MiB, {peak / (double)BitmapBytes:0.00} times the bitmap"
        );
        return peak <= 3 * BitmapBytes ? 0 : 1;
    }

    // One bit too few is found.
    private static bool MissesOneBit(HostOracle oracle, in NestedStep query, byte[] bitmap, PageSet dirty)
    {
        var bit = dirty.Runs[0].First - (Base / Page);
        bitmap[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        var isFound = oracle.CheckBitmap(query, true, bitmap, 0) is not null;
        bitmap[bit / 8] ^= (byte)(1 << (int)(bit % 8));
        return isFound;
    }

    private static void Done(HostOracle oracle, NestedStep step)
    {
        if (!oracle.Allowed(step).Allows(CallResult.Success))
            throw new InvalidOperationException($"{NestedStepTable.Print(step)} is not legal");
        oracle.Done(step, CallResult.Success, 16);
    }

    private static void Write(HostOracle oracle, PageSet dirty)
    {
        var random = new SplitMix(1);
        const ulong Stride = Length / Page / Writes;
        for (var write = 0ul; write < Writes; write++)
        {
            var page = (Base / Page) + (write * Stride) + random.Below((uint)Stride);
            oracle.Wrote(oracle.DeviceOf(0)!, page * Page, Page);
            dirty.Add(page, page);
        }
    }

    private static void Report(PageSet dirty, byte[] bitmap)
    {
        foreach (var (first, last) in dirty.Runs)
            for (var bit = first - (Base / Page); bit <= last - (Base / Page); bit++)
                bitmap[bit / 8] |= (byte)(1 << (int)(bit % 8));
    }

    // What a VMM does with it: the pages by their GPAs.
    private static ulong Mark(byte[] bitmap)
    {
        var marked = 0ul;
        for (var at = 0; at < bitmap.Length; at++)
        {
            var next = bitmap.AsSpan(at).IndexOfAnyExcept((byte)0);
            if (next < 0)
                break;
            at += next;
            marked += (ulong)System.Numerics.BitOperations.PopCount(bitmap[at]);
        }

        return marked;
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
