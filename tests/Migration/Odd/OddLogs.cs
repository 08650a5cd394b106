using Conformance.Drivers.Reference.Migration;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;

namespace Conformance.Tests.Migration.Odd;

/// <summary>Odd ways to log DMA.</summary>
internal static class OddLogs
{
    // What names pages that were not written does not promise that it names none.
    private static readonly DeviceTraits promisesNoExactLog = new ReferenceDriver((MigrationFeatures)3).Traits with { ExactLog = false };

    internal static IReadOnlyList<OddDriver> All { get; } =
    [
        new("logs-pages-of-64k-at-least", "DLOG-03", "An unsupportable hint leads to another choice", set => new OnLog(set, new CoarsePages()))
        {
            Needs = MigrationFeatures.P2P,
        },
        new("reports-the-neighbours", "DLOG-20", "coarser granularity, merged ranges, false positives", set => new OnLog(set, new Neighbours()))
        {
            Needs = MigrationFeatures.P2P,
            Traits = promisesNoExactLog,
        },
        new("logs-one-range-around-all", "DLOG-20", "merged ranges", set => new OnLog(set, new OneRange()))
        {
            Needs = MigrationFeatures.P2P,
            Traits = promisesNoExactLog,
        },
        new("logs-reads-too", "DLOG-20", "false positives", set => new LogsReads(set)) { Needs = MigrationFeatures.P2P, Traits = promisesNoExactLog },
        new("loses-no-page-and-says-so", "DLOG-33", "On any REPORT error the user treats all memory as dirty", set => new OnLog(set, new SmallTracker()))
        {
            Needs = MigrationFeatures.P2P,
            Traits = promisesNoExactLog,
        },
        new("refuses-what-it-does-not-log", "DLOG-34", "an errno (pds: EINVAL) or no bits", set => new OnLog(set, new RefusesOutside()))
        {
            Needs = MigrationFeatures.P2P,
        },
        new("stop-of-no-log-is-an-error", "DLOG-13", "errno tolerated", set => new OnLog(set, new StopOfNothingFails())) { Needs = MigrationFeatures.P2P },
        new("log-ends-with-reset", "DLOG-40", "STARTs again after a reset", set => new EndsWithReset(set)) { Needs = MigrationFeatures.P2P },
    ];

    private sealed class OnLog(MigrationFeatures features, ReferenceDmaLog log) : ReferenceDriver(features)
    {
        protected override ReferenceDmaLog CreateLog() => log;
    }

    private sealed class CoarsePages : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            var coarse = Math.Max(pageSize, 0x1_0000);
            var errno = base.Start(ranges, ref coarse);
            if (errno == 0)
                pageSize = coarse;
            return errno;
        }
    }

    private sealed class Neighbours : ReferenceDmaLog
    {
        public override void Wrote(ulong iova, ulong length)
        {
            base.Wrote(iova, length);
            base.Wrote(iova - PageSize, length + (2 * PageSize));
        }
    }

    private sealed class OneRange : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            ulong first = ulong.MaxValue,
                end = 0;
            foreach (var range in ranges)
            {
                first = Math.Min(first, range.Iova);
                end = Math.Max(end, range.Iova + range.Length);
            }

            return base.Start([new(first, end - first)], ref pageSize);
        }
    }

    private sealed class LogsReads(MigrationFeatures features) : ReferenceDriver(features)
    {
        protected override void Perform(in QueueEntry entry)
        {
            base.Perform(entry);
            if (KindOf(entry) == WorkKind.MemoryRead)
                NoteWrite(entry.Address, entry.Length);
        }
    }

    // A report that cannot be complete is an error, and the log begins anew.
    private sealed class SmallTracker : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            if (Dirty.Count <= 100)
                return base.Report(range, pageSize, bitmap);
            Dirty.Clear();
            return Errno.EIO;
        }
    }

    private sealed class RefusesOutside : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            for (var page = range.Iova; IsActive && page - range.Iova < range.Length; page += PageSet.PageSize)
                if (!Logged.Any(logged => page - logged.Iova < logged.Length))
                    return Errno.EINVAL;
                else if (range.Length > 1ul << 32)
                    break;
            return base.Report(range, pageSize, bitmap);
        }
    }

    private sealed class StopOfNothingFails : ReferenceDmaLog
    {
        public override int Stop() => IsActive ? base.Stop() : Errno.EINVAL;
    }

    private sealed class EndsWithReset(MigrationFeatures features) : ReferenceDriver(features)
    {
        public override int Reset()
        {
            DmaLog!.Stop();
            return base.Reset();
        }
    }
}
