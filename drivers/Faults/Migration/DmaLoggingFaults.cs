using System.Buffers.Binary;
using Conformance.Drivers.Reference.Migration;
using Conformance.Drivers.VfioCore;
using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using static Conformance.Drivers.Faults.Seed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of DMA logs, and of the core in front of them (DLOG).</summary>
internal static class DmaLoggingFaults
{
    public static IReadOnlyList<MigrationFault> All { get; } =
    [
        Of([DLOG_01, ABI_14], "F-DLOG-01", "log-without-report", F3, "START and STOP are there and REPORT is not", s => new WithoutReport(s)),
        Of(DLOG_02, "log-page-size-0", F3, "START answers that it chose pages of 0 bytes", s => new ChoosesNothing(s)),
        Of(DLOG_03, "log-of-4k-pages-only", F3, "START refuses every page size but 4096", OnLog(_ => new SmallPagesOnly())),
        Of(DLOG_04, "log-of-eight-ranges", F3, "START refuses more than eight ranges", OnLog(_ => new EightRanges())),
        Of(DLOG_05, "no-ranges-are-all", F3, "START takes no ranges for all addresses", s => new TakesNoRanges(s)),
        Of(DLOG_06, "range-count-wraps", F3, "the bytes of the ranges are counted in 32 bits", s => new CountWraps(s)),
        Of([DLOG_07, DLOG_42], "F-DLOG-07", "rounds-ranges", F3, "ranges that are not aligned are rounded", s => new RoundsRanges(s)),
        Of(DLOG_08, "adjacent-ranges-overlap", F3, "a range that begins where another ends is refused", s => new AdjacentOverlap(s)),
        Of([DLOG_08, DLOG_42], "F-DLOG-08", "overlapping-ranges-pass", F3, "ranges that overlap are accepted", s => new OverlapPasses(s)),
        Of([DLOG_09, DLOG_42], "F-DLOG-09, P-052", "log-range-wraps", F3, "a range over the end of 64 bits is accepted", s => new RangeWraps(s)),
        Of(
            [DLOG_10, DLOG_14, DLOG_43],
            "F-DLOG-10",
            "log-starts-with-what-can-be-read",
            F3,
            "a START with ranges that cannot be read starts with the others",
            s => new StartsWithRest(s)
        ),
        Of([DLOG_11, DLOG_19], "F-DLOG-11", "log-restarts", F3, "a START of a log that is on succeeds and empties it", OnLog(_ => new Restarts())),
        Of([DLOG_12, DLOG_14], "F-DLOG-12", "log-goes-on-after-stop", F3, "STOP does nothing", OnLog(_ => new GoesOn())),
        Of(DLOG_13, "stop-of-no-log-is-fatal", F3, "a STOP of a log that is off takes the host down", s => new DiesOfStop(s)),
        Of(DLOG_14, "report-of-no-log", F3, "REPORT of a log that is off gives an empty bitmap", OnLog(_ => new ReportsNothing())),
        Of([DLOG_15, DLOG_42], "F-DLOG-15", "report-takes-any-page-size", F3, "REPORT accepts pages of 1000 bytes", s => new AnyPageSize(s)),
        Of([DLOG_16, DLOG_42], "F-DLOG-16", "report-range-wraps", F3, "REPORT accepts a range over the end of 64 bits", s => new ReportWraps(s)),
        Of([DLOG_17], "F-DLOG-17", "report-empties-bitmap", F3, "REPORT clears the bitmap before it sets bits", OnLog(_ => new EmptiesBitmap())),
        Of(DLOG_18, "report-never-clears", F3, "what was reported is reported again", OnLog(_ => new NeverClears())),
        Of([DLOG_18], "P-022", "report-clears-one-page", F3, "only the first page that was reported is clean again", OnLog(_ => new ClearsOne())),
        Of(DLOG_19, "log-drops-every-64th-page", F3, "every 64th page is not logged", OnLog(_ => new DropsPages())),
        Of([DLOG_19], "P-016", "log-range-too-short", F3, "the last page of a range is not logged", OnLog(_ => new ShortRanges())),
        Of([DLOG_19], "P-020", "log-index-absolute", F3, "bits are counted from address 0", OnLog(_ => new AbsoluteIndex())),
        Of([DLOG_19, DLOG_23], "P-026", "bitmap-too-short", F3, "the bitmap ends with its last whole byte", OnLog(_ => new ShortBitmap())),
        Of([DLOG_19], "P-027", "log-counts-pages-of-length", F3, "a write that is not aligned is one page short", OnLog(_ => new PagesOfLength())),
        Of([DLOG_19], "P-023", "log-misses-short-writes", F3, "writes of a few bytes go past the log", OnLog(_ => new MissesShortWrites())),
        Of([DLOG_19, DLOG_23], "P-019", "page-shift-in-32-bits", F3, "the page size of a REPORT is computed in 32 bits", OnLog(_ => new ShortShift())),
        Of(DLOG_21, "report-writes-whole-bytes", F3, "the bit behind the last page is set", OnLog(_ => new WholeBytes())),
        Of(DLOG_22, "log-names-reads", F3, "pages that the device reads are dirty", f => f.Around(new LogsReads(f.Features))),
        Of(DLOG_23, "log-sets-first-bit-of-page", F3, "a page of the log sets one bit of the smaller ones", OnLog(_ => new FirstBitOnly())),
        Of([DLOG_23, DLOG_19], "P-025", "log-ignores-report-page-size", F3, "bits are those of the pages of the log", OnLog(_ => new OwnGranularity())),
        Of(DLOG_24, "report-wants-page-size-of-log", F3, "REPORT refuses page sizes that START did not choose", OnLog(_ => new WantsOwnPageSize())),
        Of([DLOG_25], "F-DLOG-25", "log-ends-with-save", F3, "the log ends when STOP_COPY is left", f => f.Around(new EndsWithSave(f.Features))),
        Of([DLOG_25], "F-DLOG-25", "log-starts-in-running-only", F3, "START is refused in every state but RUNNING", f => f.Around(new RunningOnly(f.Features))),
        Of([DLOG_26, MIG_FSM_22], "F-DLOG-26", "log-start-stops-device", F3, "START moves the device to RUNNING_P2P", s => new StartMoves(s)),
        Of(
            [DLOG_27, DLOG_25, DLOG_19],
            "F-DLOG-27",
            "log-loses-last-writes",
            F3,
            "what was not reported when the device stops is forgotten",
            f => f.Around(new LosesLast(f.Features))
        ),
        Of([DLOG_19], "F-DLOG-27", "log-freezes-in-running-p2p", F7, "writes in RUNNING_P2P are not logged", f => f.Around(new Freezes(f.Features))),
        Of(DLOG_28, "log-keeps-old-bits", F3, "a START finds the pages that were dirty at the last STOP", OnLog(_ => new KeepsOldBits())),
        Of([DLOG_29, DLOG_19], "F-DLOG-29", "report-clears-all", F3, "REPORT of a part empties the whole log", OnLog(_ => new ClearsAll())),
        Of([DLOG_29], "P-029, P-084", "report-of-whole-ranges-only", F3, "REPORT refuses what is not a range of START", OnLog(_ => new WholeRangesOnly())),
        Of([DLOG_30, DLOG_19], "F-DLOG-30", "report-clears-behind-reading", F3, "writes between reading and clearing are lost", s => new ClearsBehind(s)),
        Of([DLOG_31, DLOG_14, DLOG_43], "F-DLOG-31", "log-stays-on-after-efault", F3, "a START whose answer is lost stays in force", s => new StaysOn(s)),
        Of(DLOG_32, "log-survives-close", F3, "the log goes on after the last close", f => f.Around(new SurvivesClose(f.Features))),
        Of(
            [DLOG_33, DLOG_19],
            "F-DLOG-33, P-051",
            "log-hides-overflow",
            F3,
            "pages that do not fit the queue of the tracker are lost in silence",
            OnLog(_ => new HidesOverflow())
        ),
        Of(DLOG_38, "log-wants-mapped-ranges", F3, "START refuses ranges that are not mapped", OnLog(_ => new WantsMapping())),
        Of([DLOG_39, DLOG_19], "F-DLOG-39", "log-of-physical-addresses", F3, "the log has the pages of the memory", f => f.Around(new Physical(f.Features))),
        Of(
            [DLOG_39, DLOG_19],
            "P-021",
            "log-keeps-mapping-of-start",
            F3,
            "what is mapped after START is not logged",
            f => f.Around(new KeepsMapping(f.Features))
        ),
        Of(DLOG_42, "overflow-before-alignment", F3, "the end of a range is looked at before its alignment", s => new OverflowFirst(s)),
        Of([DLOG_43, DLOG_14], "F-DLOG-43", "log-stays-on-after-failure", F3, "a START that is refused leaves the log on", s => new OnAfterFailure(s)),
        Of([DLOG_43], "P-059", "failed-start-leaks", F3, "every START that fails keeps its ranges, of which there are 64", s => new Leaks(s)),
        Of(DLOG_44, "start-writes-page-size-first", F3, "START writes page_size before it looks at the ranges", s => new WritesFirst(s)),
        Of([DLOG_44], "F-DLOG-44", "report-writes-payload", F3, "REPORT writes its payload back", s => new WritesPayload(s)),
    ];

    private static Func<FaultSite, VfioCoreDevice> OnLog(Func<ReferenceDriver, ReferenceDmaLog> make) => site => site.Around(new WithLog(site.Features, make));

    private sealed class WithLog(MigrationFeatures f, Func<ReferenceDriver, ReferenceDmaLog> make) : ReferenceDriver(f)
    {
        protected override ReferenceDmaLog CreateLog() => make(this);
    }

    private sealed class WithoutReport(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckGate(FeatureRow row) => row.Index == Uapi.DmaLoggingReport ? Errno.ENOTTY : base.CheckGate(row);
    }

    private sealed class ChoosesNothing(FaultSite s) : FaultyCore(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            if (errno == 0)
                BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[PayloadOffset..], 0);
            return errno;
        }
    }

    private sealed class SmallPagesOnly : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize) =>
            pageSize != PageSet.PageSize ? Errno.EINVAL : base.Start(ranges, ref pageSize);
    }

    private sealed class EightRanges : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize) => ranges.Length > 8 ? Errno.ENOMEM : base.Start(ranges, ref pageSize);
    }

    private sealed class TakesNoRanges(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRangeCount(uint count) => count == 0 ? Errno.None : base.CheckRangeCount(count);
    }

    private sealed class CountWraps(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRangeCount(uint count) => count != 0 && count * 16 <= 4096 ? Errno.None : base.CheckRangeCount(count);
    }

    private sealed class RoundsRanges(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize) =>
            base.CheckRange(earlier, new(range.Iova & ~(pageSize - 1), range.Length & ~(pageSize - 1)), pageSize);
    }

    private sealed class AdjacentOverlap(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize)
        {
            foreach (var other in earlier)
                if (range.Iova == other.Iova + other.Length || other.Iova == range.Iova + range.Length)
                    return Errno.EINVAL;
            return base.CheckRange(earlier, range, pageSize);
        }
    }

    private sealed class OverlapPasses(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize) => base.CheckRange([], range, pageSize);
    }

    private sealed class RangeWraps(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize)
        {
            var errno = base.CheckRange(earlier, range, pageSize);
            return errno == Errno.EOVERFLOW ? Errno.None : errno;
        }
    }

    private sealed class StartsWithRest(FaultSite s) : LoggingCore(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            if (errno == Errno.EFAULT && !argument.ReadOnly)
                StartAnyway();
            return errno;
        }
    }

    private abstract class LoggingCore(FaultSite s) : FaultyCore(s)
    {
        protected void StartAnyway()
        {
            var pageSize = (ulong)PageSet.PageSize;
            Log!.Start([], ref pageSize);
        }
    }

    private sealed class Restarts : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            IsActive = false;
            return base.Start(ranges, ref pageSize);
        }
    }

    private sealed class GoesOn : ReferenceDmaLog
    {
        public override int Stop() => Errno.None;
    }

    private sealed class DiesOfStop(FaultSite s) : FaultyCore(s)
    {
        protected override int StopLogging() =>
            Log is ReferenceDmaLog { IsActive: false }
                ? throw new DeviceLostException(DeviceLoss.Died, "the kernel reports a NULL pointer dereference")
                : base.StopLogging();
    }

    private sealed class ReportsNothing : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap) => IsActive ? base.Report(range, pageSize, bitmap) : Errno.None;
    }

    private sealed class AnyPageSize(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckReport(IovaRange range, ulong pageSize) => base.CheckReport(range, pageSize == 1000 ? 4096 : pageSize);
    }

    private sealed class ReportWraps(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckReport(IovaRange range, ulong pageSize)
        {
            var errno = base.CheckReport(range, pageSize);
            return errno == Errno.EOVERFLOW ? Errno.None : errno;
        }
    }

    private sealed class EmptiesBitmap : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            bitmap[..(int)Math.Min((ulong)bitmap.Length, range.Length / pageSize / 8)].Clear();
            return base.Report(range, pageSize, bitmap);
        }
    }

    private sealed class NeverClears : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            ulong[] kept = [.. Dirty];
            var errno = base.Report(range, pageSize, bitmap);
            Dirty.UnionWith(kept);
            return errno;
        }
    }

    private sealed class ClearsOne : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            ulong[] kept = [.. Dirty.Order().Skip(1)];
            var errno = base.Report(range, pageSize, bitmap);
            Dirty.UnionWith(kept);
            return errno;
        }
    }

    private sealed class DropsPages : ReferenceDmaLog
    {
        public override void Wrote(ulong iova, ulong length)
        {
            base.Wrote(iova, length);
            foreach (var page in Dirty.Where(page => page % 64 == 63).ToList())
                Dirty.Remove(page);
        }
    }

    private sealed class ShortRanges : ReferenceDmaLog
    {
        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            IovaRange[] shorter = [.. ranges.ToArray().Select(range => range with { Length = range.Length - 1 })];
            return base.Start([.. shorter.Select(range => range with { Length = range.Length & ~0xFFFul })], ref pageSize);
        }
    }

    private sealed class AbsoluteIndex : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            if (!IsActive)
                return Errno.EINVAL;
            var bits = range.Length / pageSize;
            foreach (var page in Dirty.ToList())
            {
                var iova = page * PageSize;
                if (iova < range.Iova || iova - range.Iova >= range.Length)
                    continue;
                var bit = iova / pageSize;
                if (bit < bits)
                    SetBits(bitmap, bit, bit);
                Dirty.Remove(page);
            }

            return Errno.None;
        }
    }

    // The bits of a bitmap that is one byte short when the last is not full.
    private sealed class ShortBitmap : ReferenceDmaLog
    {
        private ulong whole;

        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            whole = range.Length / pageSize / 8 * 8;
            return base.Report(range, pageSize, bitmap);
        }

        protected override void SetBits(Span<byte> bitmap, ulong first, ulong last)
        {
            for (var bit = first; bit <= last && bit < whole; bit++)
                base.SetBits(bitmap, bit, bit);
        }
    }

    private sealed class PagesOfLength : ReferenceDmaLog
    {
        public override void Wrote(ulong iova, ulong length)
        {
            var pages = (length + (PageSize - 1)) / PageSize;
            base.Wrote(iova & ~(PageSize - 1), pages * PageSize);
        }
    }

    private sealed class MissesShortWrites : ReferenceDmaLog
    {
        public override void Wrote(ulong iova, ulong length)
        {
            if (length > 8)
                base.Wrote(iova, length);
        }
    }

    private sealed class ShortShift : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            var wrong = (ulong)(1 << System.Numerics.BitOperations.Log2(pageSize));
            if (wrong == pageSize || !IsActive)
                return base.Report(range, pageSize, bitmap);
            foreach (var page in Dirty.ToList())
            {
                var bit = ((page * PageSize) - range.Iova) / wrong;
                if (bit < range.Length / pageSize)
                    SetBits(bitmap, bit, bit);
                Dirty.Remove(page);
            }

            return Errno.None;
        }
    }

    private sealed class WholeBytes : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            var any = Dirty.Count;
            var errno = base.Report(range, pageSize, bitmap);
            var bits = range.Length / pageSize;
            if (errno == 0 && Dirty.Count < any && bits / 8 < (ulong)bitmap.Length)
                SetBits(bitmap, bits, bits);
            return errno;
        }
    }

    private sealed class LogsReads(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void Perform(in QueueEntry entry)
        {
            base.Perform(entry);
            if (KindOf(entry) == WorkKind.MemoryRead)
                NoteWrite(entry.Address, entry.Length);
        }
    }

    private sealed class FirstBitOnly : ReferenceDmaLog
    {
        protected override void SetBits(Span<byte> bitmap, ulong first, ulong last) => base.SetBits(bitmap, first, first);
    }

    private sealed class OwnGranularity : ReferenceDmaLog
    {
        private ulong bits;

        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            bits = range.Length / pageSize;
            return base.Report(range, PageSize, bitmap);
        }

        protected override void SetBits(Span<byte> bitmap, ulong first, ulong last)
        {
            for (var bit = first; bit <= last && bit < bits; bit++)
                base.SetBits(bitmap, bit, bit);
        }
    }

    private sealed class WantsOwnPageSize : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap) =>
            IsActive && pageSize != PageSize ? Errno.EINVAL : base.Report(range, pageSize, bitmap);
    }

    private sealed class EndsWithSave(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (from == DeviceState.StopCopy && result.Errno == 0)
                DmaLog!.Stop();
            return result;
        }
    }

    private sealed class RunningOnly(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override ReferenceDmaLog CreateLog() => new Picky(this);

        private sealed class Picky(RunningOnly device) : ReferenceDmaLog
        {
            public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize) =>
                device.At != DeviceState.Running ? Errno.EBUSY : base.Start(ranges, ref pageSize);
        }
    }

    private sealed class StartMoves(FaultSite s) : FaultyCore(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            if (errno == 0 && State == DeviceState.Running)
                State = DeviceState.RunningP2P;
            return errno;
        }
    }

    private sealed class LosesLast(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override ReferenceDmaLog CreateLog() => new Cache();

        public override ArcResult TakeArc(DeviceState from, DeviceState to, out IMigrationFile? file)
        {
            var result = base.TakeArc(from, to, out file);
            if (result.Errno == 0 && to == DeviceState.Stop && from is DeviceState.Running or DeviceState.RunningP2P)
                ((Cache)DmaLog!).Drop();
            return result;
        }

        private sealed class Cache : ReferenceDmaLog
        {
            public void Drop() => Dirty.Clear();
        }
    }

    private sealed class Freezes(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void NoteWrite(ulong iova, uint length)
        {
            if (!IsQuiesced)
                base.NoteWrite(iova, length);
        }
    }

    private sealed class KeepsOldBits : ReferenceDmaLog
    {
        private ulong[] old = [];

        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            var errno = base.Start(ranges, ref pageSize);
            if (errno == 0)
                Dirty.UnionWith(old);
            return errno;
        }

        public override int Stop()
        {
            if (IsActive)
                old = [.. Dirty];
            return base.Stop();
        }
    }

    private sealed class ClearsAll : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
        {
            var errno = base.Report(range, pageSize, bitmap);
            if (errno == 0)
                Dirty.Clear();
            return errno;
        }
    }

    private sealed class WholeRangesOnly : ReferenceDmaLog
    {
        public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap) =>
            IsActive && !Logged.Contains(range) ? Errno.EOPNOTSUPP : base.Report(range, pageSize, bitmap);
    }

    private sealed class ClearsBehind : VfioCoreDevice
    {
        private readonly TwoSteps log;

        public ClearsBehind(FaultSite s)
            : this(s, new()) { }

        private ClearsBehind(FaultSite s, TwoSteps log)
            : base(new WithLog(s.Features, _ => log), s.Level, s.Bound) => this.log = log;

        protected override int ReportLogging(in UserBuffer argument)
        {
            log.Between = Point;
            return base.ReportLogging(argument);
        }

        private sealed class TwoSteps : ReferenceDmaLog
        {
            public Action? Between { get; set; }

            public override int Report(IovaRange range, ulong pageSize, Span<byte> bitmap)
            {
                var errno = base.Report(range, pageSize, bitmap);
                Between?.Invoke();
                foreach (var page in Dirty.Where(page => page * PageSize - range.Iova < range.Length).ToList())
                    Dirty.Remove(page);
                return errno;
            }
        }
    }

    private sealed class StaysOn(FaultSite s) : FaultyCore(s)
    {
        protected override void UndoStart() { }
    }

    private sealed class SurvivesClose(MigrationFeatures f) : ReferenceDriver(f)
    {
        public override void Close() => At = DeviceState.Running;
    }

    private sealed class HidesOverflow : ReferenceDmaLog
    {
        public override void Wrote(ulong iova, ulong length)
        {
            base.Wrote(iova, length);
            foreach (var page in Dirty.Order().Skip(64).ToList())
                Dirty.Remove(page);
        }
    }

    private sealed class WantsMapping : ReferenceDmaLog
    {
        private const ulong EndOfMapping = 1ul << 40;

        public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
        {
            foreach (var range in ranges)
                if (range.Iova >= EndOfMapping)
                    return Errno.EINVAL;
            return base.Start(ranges, ref pageSize);
        }
    }

    private sealed class Physical(MigrationFeatures f) : ReferenceDriver(f)
    {
        protected override void NoteWrite(ulong iova, uint length)
        {
            var page = (int)((iova - Memory.Iova) / (ulong)Memory.PageSize);
            base.NoteWrite(iova + ((ulong)(uint)Memory.FrameOf(page) * (uint)Memory.PageSize) - ((ulong)(uint)page * (uint)Memory.PageSize), length);
        }
    }

    private sealed class KeepsMapping(MigrationFeatures f) : ReferenceDriver(f)
    {
        private readonly Dictionary<int, int> mapped = [];

        protected override ReferenceDmaLog CreateLog() => new Log(this);

        protected override void NoteWrite(ulong iova, uint length)
        {
            var page = (int)((iova - Memory.Iova) / (ulong)Memory.PageSize);
            if (mapped.GetValueOrDefault(page, -1) == Memory.FrameOf(page))
                base.NoteWrite(iova, length);
        }

        private sealed class Log(KeepsMapping device) : ReferenceDmaLog
        {
            public override int Start(ReadOnlySpan<IovaRange> ranges, ref ulong pageSize)
            {
                if (!IsActive)
                    for (var page = 0; page < device.Memory.Pages; page++)
                        device.mapped[page] = device.Memory.FrameOf(page);
                return base.Start(ranges, ref pageSize);
            }
        }
    }

    private sealed class OverflowFirst(FaultSite s) : FaultyCore(s)
    {
        protected override int CheckRange(ReadOnlySpan<IovaRange> earlier, IovaRange range, ulong pageSize) =>
            range.Length > ulong.MaxValue - range.Iova ? Errno.EOVERFLOW : base.CheckRange(earlier, range, pageSize);
    }

    private sealed class OnAfterFailure(FaultSite s) : LoggingCore(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            if (errno is not (0 or Errno.EFAULT))
                StartAnyway();
            return errno;
        }
    }

    private sealed class Leaks(FaultSite s) : FaultyCore(s)
    {
        private int held;

        protected override int StartLogging(in UserBuffer argument)
        {
            var errno = base.StartLogging(argument);
            held += errno != 0 ? 1 : 0;
            if (errno != 0 || held < 64)
                return errno;
            StopLogging();
            return Errno.ENOMEM;
        }
    }

    private sealed class WritesFirst(FaultSite s) : FaultyCore(s)
    {
        protected override int StartLogging(in UserBuffer argument)
        {
            var pageSize = BinaryPrimitives.ReadUInt64LittleEndian(argument.Bytes[PayloadOffset..]);
            if (!argument.ReadOnly && pageSize is < 4096 or > 0x20_0000)
                BinaryPrimitives.WriteUInt64LittleEndian(argument.Bytes[PayloadOffset..], Math.Clamp(pageSize, 4096, 0x20_0000));
            return base.StartLogging(argument);
        }
    }

    private sealed class WritesPayload(FaultSite s) : FaultyCore(s)
    {
        protected override int ReportLogging(in UserBuffer argument) => argument.ReadOnly ? Errno.EFAULT : base.ReportLogging(argument);
    }
}
