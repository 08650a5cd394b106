using Conformance.Model.Contract;
using Conformance.Model.DmaLogging;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Migration.Oracle;

/// <content>
/// DLOG: the log of what the device writes by DMA. Which bits must be set is measured beside the memory (<see cref="BitmapCheck"/>); here it is said which
/// differences are allowed, and which sentence each of the others breaks. Only a driver that declares an exact log (<see cref="DeviceTraits.ExactLog"/>) is
/// asked about bits too many, because over-reporting is legal (DLOG-20); nobody may lose a page.
/// </content>
public static partial class MigrationOracle
{
    // A single piece of work of so many bytes writes more pages than some trackers remember.
    private const uint ManyBytes = 64 * PageSet.PageSize;

    // What became of the log when a request failed, or in ERROR, nobody says: the user starts it anew (DLOG-40).
    private static bool IsLogUnknown(in ModelState state) =>
        state.Log.Has(LogFlags.Unknown | LogFlags.Raw) || state.AfterFailure || state.States.Contains(DeviceState.Error);

    private static void AllowLogStep(MigrationMachine machine, in ModelState state, in Step step, ref OutcomeSet set)
    {
        if (state.Closed)
            return;
        if (!machine.HasLogging)
        {
            set.Add(machine.Refusal(Errno.ENOTTY), Rules.Of(ABI_14, DLOG_01)).After = state.States;
            return;
        }

        switch (step.Kind)
        {
            case StepKind.StartLogging:
                AllowLogStart(machine, state, LogStart.From(step), ref set);
                break;
            case StepKind.StopLogging:
                AllowLogStop(state, ref set);
                break;
            default:
                AllowLogReport(machine, state, LogReport.From(step), ref set);
                break;
        }
    }

    private static void AllowLogStart(MigrationMachine machine, in ModelState state, in LogStart start, ref OutcomeSet set)
    {
        var readOnly = (start.Options & LogStartOptions.ReadOnly) != 0;
        if (start.Refusal != 0)
        {
            // More ranges than these may be taken by a driver that stands behind no core (DLOG-06).
            if (start.Refusal == Errno.E2BIG && machine.Channel == Channels.Socket)
                set.Add(ErrnoSet.Anything, Rules.None);
            else
                FailStart(machine.Refusal(start.Refusal), start.RefusalRules, start, ref set);
            return;
        }

        // Hints that are no powers of two are outside of the contract (DLOG-02): no more is asked than that the device survives them.
        if ((start.Options & LogStartOptions.OddPageSize) != 0)
        {
            set.Add(ErrnoSet.Anything, Rules.None);
            return;
        }

        if (IsLogUnknown(state))
        {
            set.Add(ErrnoSet.Success, Rules.None);
            set.Add(ErrnoSet.AnyFailure, Rules.None);
            return;
        }

        if (state.Logging)
        {
            FailStart(ErrnoSet.AnyFailure, Rules.Of(DLOG_11), start, ref set);
            return;
        }

        if (readOnly)
        {
            FailStart(machine.Refusal(Errno.EFAULT), Rules.Of(DLOG_31), start, ref set);
            return;
        }

        ref var started = ref set.Add(ErrnoSet.Success, OfStart(state, start));
        started.Comparison = ValueRule.PowerOfTwo;
        started.ValueRules = Rules.Of(DLOG_02);
        started.UntouchedRules = Rules.Of(ABI_12);
        // What is more than hardware can track is its business, but a request that is well formed is not invalid; a tebibyte may be too much for anybody.
        if (machine.Channel != Channels.InProcess || start.Ranges == LogRanges.Wide)
            set.Add(ErrnoSet.AnyFailure.Except(Errno.EINVAL).Except(Errno.EFAULT).Except(Errno.E2BIG).Except(Errno.ENOTTY), Rules.None);
    }

    // A START that fails leaves the caller's word as it was.
    private static void FailStart(ErrnoSet errnos, Rules rules, in LogStart start, ref OutcomeSet set)
    {
        ref var failed = ref set.Add(errnos, rules);
        failed.Least = failed.Most = start.PageSize;
        failed.ValueRules = Rules.Of(DLOG_44);
        failed.UntouchedRules = Rules.Of(ABI_12);
    }

    // Why a START must succeed: what is special about it, or that PROBE said so.
    private static Rules OfStart(in ModelState state, in LogStart start)
    {
        if (state.Log.Why.First == DLOG_32)
            return Rules.Of(DLOG_32);
        // That the hint can be had is a recommendation; nothing stronger says that such a START works.
        if (start.Shift != 12)
            return Rules.Of(DLOG_03);
        if (start.Ranges == LogRanges.Far)
            return Rules.Of(DLOG_38);
        var rules = start.Ranges switch
        {
            LogRanges.Adjacent or LogRanges.Unsorted => Rules.Of(DLOG_08),
            LogRanges.Most => Rules.Of(DLOG_04),
            _ => Rules.None,
        };
        if ((start.Options & LogStartOptions.Reserved) != 0)
            rules = rules.And(DLOG_37);
        if (!state.Log.Why.IsNone)
            rules = rules.And(state.Log.Why);
        if (!state.Is(DeviceState.Running))
            rules = rules.And(DLOG_25);
        return rules.IsNone ? Rules.Of(DLOG_01) : rules;
    }

    private static void AllowLogStop(in ModelState state, ref OutcomeSet set)
    {
        if (!state.Logging || IsLogUnknown(state))
        {
            ref var harmless = ref set.Add(ErrnoSet.Anything, Rules.None);
            harmless.Confirms = state.Log.MayBeActive ? Rules.None : Rules.Of(DLOG_13);
            return;
        }

        set.Add(ErrnoSet.Success, state.Is(DeviceState.Running) ? Rules.Of(DLOG_12) : Rules.Of(DLOG_12, DLOG_25));
    }

    private static void AllowLogReport(MigrationMachine machine, in ModelState state, in LogReport report, ref OutcomeSet set)
    {
        if (report.Refusal != 0)
        {
            var refused = report.Request switch
            {
                LogRequest.BadPageSize => Rules.Of(DLOG_15),
                LogRequest.BadPageSizeAndWraps => Rules.Of(DLOG_42),
                _ => Rules.Of(DLOG_16),
            };
            set.Add(machine.Refusal(report.Refusal), refused);
            return;
        }

        if (IsLogUnknown(state))
        {
            set.Add(ErrnoSet.Anything, Rules.None);
            return;
        }

        if (!state.Logging)
        {
            // That a close ends logging is a convention, and nothing stronger.
            set.Add(ErrnoSet.AnyFailure, state.Log.Why.First == DLOG_32 ? Rules.Of(DLOG_32) : Rules.Of(DLOG_14).And(state.Log.Why));
            return;
        }

        var range = report.Range(machine.Window);
        ref var done = ref set.Add(ErrnoSet.Success, OfReport(machine, state, report));
        done.Comparison = ValueRule.OnlyBits;
        done.Most = (ulong)Tolerated(machine, state);
        done.ValueRules = OfBits(machine, state, report);
        done.Confirms = OfHistory(state);
        // A range that begins or ends within a page of the log may take the bits of all of it along.
        if (((range.Iova | range.Length) & (state.Log.PageSize - 1)) == 0)
            done.UntouchedRules = Rules.Of(DLOG_21);
        // Pages that are not logged may be refused (DLOG-34), and a tracker may say that it has lost some (DLOG-33).
        if (!state.Log.Start.Covers(machine.Window, range))
            set.Add(ErrnoSet.AnyFailure, Rules.None);
        else if (!machine.Traits.ExactLog)
            set.Add(ErrnoSet.Of(Errno.EIO).Or(Errno.ENOMEM), Rules.None);
        // A kernel without the bitmap helper says so, whatever the state of the log (DLOG-41).
        if (machine.Channel == Channels.Kernel)
            set.Add(ErrnoSet.Of(Errno.EOPNOTSUPP), Rules.None);
    }

    // Why a REPORT must succeed: what is special about it, or that PROBE said so.
    private static Rules OfReport(MigrationMachine machine, in ModelState state, in LogReport report)
    {
        var rules = Rules.None;
        if ((report.Options & LogReportOptions.ReadOnly) != 0)
            rules = rules.And(DLOG_44);
        if (report.BitSize != state.Log.PageSize)
            rules = rules.And(DLOG_24);
        if (report.Request == LogRequest.Pages && (report.First != 0 || report.Count != 0))
            rules = rules.And(DLOG_29);
        if (!state.Is(DeviceState.Running))
            rules = rules.And(DLOG_25);
        return rules.IsNone ? Rules.Of(DLOG_01) : rules;
    }

    // Which differences a bitmap may have.
    private static BitmapMarks Tolerated(MigrationMachine machine, in ModelState state)
    {
        if (machine.Traits.ExactLog)
            return BitmapMarks.None;
        // Over-reporting is legal (DLOG-20); what was reported of a stopped device is not dirty again, whoever reports it (DLOG-18).
        var tolerated = BitmapMarks.Extra | BitmapMarks.Old;
        return state.Log.Has(LogFlags.ReportedStopped) ? tolerated : tolerated | BitmapMarks.Again;
    }

    // What the bitmap could break, by what has happened to the log.
    private static Rules OfBits(MigrationMachine machine, in ModelState state, in LogReport report)
    {
        var isExact = machine.Traits.ExactLog;
        var rules = report.Before != 0 ? Rules.Of(DLOG_17) : Rules.None;
        if (state.Log.Has(LogFlags.Reported) && (isExact || state.Log.Has(LogFlags.ReportedStopped)))
            rules = rules.And(DLOG_18);
        if (isExact && state.Log.Has(LogFlags.Old))
            rules = rules.And(DLOG_28);
        if (isExact && state.Log.Has(LogFlags.Read))
            rules = rules.And(DLOG_22);
        if (!state.Log.Has(LogFlags.Dirty))
            return rules.IsNone ? Rules.Of(DLOG_21) : rules;
        rules = rules.And(DLOG_19);
        return report.BitSize != state.Log.PageSize ? rules.And(DLOG_23) : rules;
    }

    // What else says that a page that was written is reported, by what came between.
    private static Rules OfHistory(in ModelState state)
    {
        var rules = Rules.None;
        if (!state.Log.Has(LogFlags.Dirty))
            return rules;
        if (state.Log.Has(LogFlags.DirtyOverReport))
            rules = rules.And(DLOG_29);
        if (state.Log.Has(LogFlags.DirtyInReport))
            rules = rules.And(DLOG_30);
        if (state.Log.Has(LogFlags.Many))
            rules = rules.And(DLOG_33);
        if (state.Work.Has(WorkFlags.Moved))
            rules = rules.And(DLOG_39);
        if (state.Log.Has(LogFlags.DirtyOverStop))
            rules = rules.And(DLOG_27);
        return state.Log.Has(LogFlags.DirtyOverRequest) ? rules.And(DLOG_25) : rules;
    }

    // Which requirement a bitmap breaks that differs in these respects.
    private static Rules OfBitmap(MigrationMachine machine, in ModelState state, in LogReport report, ulong differences)
    {
        var marks = (BitmapMarks)differences;
        if ((marks & BitmapMarks.Cleared) != 0)
            return Rules.Of(DLOG_17);
        if ((marks & BitmapMarks.Payload) != 0)
            return Rules.Of(DLOG_44);
        if ((marks & BitmapMarks.Missing) != 0)
        {
            var rules = Rules.Of(DLOG_19);
            if (report.BitSize > state.Log.PageSize)
                rules = rules.And(DLOG_23);
            return rules.And(OfHistory(state));
        }

        return (marks & BitmapMarks.Partial) != 0 ? Rules.Of(DLOG_23)
            : (marks & BitmapMarks.Again) != 0 ? Rules.Of(DLOG_18)
            : (marks & BitmapMarks.Old) != 0 ? Rules.Of(DLOG_28)
            : Rules.Of(DLOG_22);
    }

    private static void AfterLogStep(MigrationMachine machine, ref ModelState next, in Step step, in Observation seen)
    {
        Untouched(ref next, Rules.Of(MIG_FSM_22, DLOG_26));
        if (!machine.HasLogging)
            return;
        ref var log = ref next.Log;
        switch (step.Kind)
        {
            case StepKind.StartLogging when (LogStart.From(step).Options & LogStartOptions.OddPageSize) != 0:
                log.StartRaw(seen.Errno == 0);
                break;
            case StepKind.StartLogging when seen.Errno == 0:
                log.Started(step, seen.Value);
                break;
            case StepKind.StartLogging:
                // One that was refused because the log is on changes nothing.
                if (log.MayBeActive)
                    break;
                var why =
                    LogStart.From(step) is var failed && failed.Ranges is LogRanges.Unreadable or LogRanges.SecondUnreadable ? Rules.Of(DLOG_43, DLOG_10)
                    : (failed.Options & LogStartOptions.ReadOnly) != 0 ? Rules.Of(DLOG_43, DLOG_31)
                    : Rules.Of(DLOG_43);
                log.Failed(why);
                break;
            case StepKind.StopLogging:
                if (seen.Errno == 0)
                    log.Stop();
                break;
            default:
                AfterReport(ref next, LogReport.From(step), seen);
                break;
        }
    }

    private static void AfterReport(ref ModelState next, in LogReport report, in Observation seen)
    {
        ref var log = ref next.Log;
        if (!log.IsKept || report.Refusal != 0)
            return;
        if (seen.Errno != 0)
        {
            // The user takes everything for dirty, and no more is asked of what was.
            log.Flags &= ~(Dirtiness | LogFlags.Reported | LogFlags.ReportedStopped);
            return;
        }

        var whole = report.Request != LogRequest.Outside && (report.Request == LogRequest.Wide || (report.First == 0 && report.Count == 0));
        if (whole)
            log.Flags &= ~Dirtiness;
        else if (log.Has(LogFlags.Dirty))
            log.Flags |= LogFlags.DirtyOverReport;
        if ((report.Options & LogReportOptions.Meanwhile) != 0 && next.Work.Waiting != 0 && MayBeUsed(next))
            log.Flags |= LogFlags.Dirty | LogFlags.DirtyInReport;
        log.Flags |= LogFlags.Reported | (IsIn(next, Stopped) ? LogFlags.ReportedStopped : 0);
    }

    private const LogFlags Dirtiness =
        LogFlags.Dirty | LogFlags.DirtyOverRequest | LogFlags.DirtyOverStop | LogFlags.DirtyOverReport | LogFlags.DirtyInReport | LogFlags.Many;

    private static void AfterWorkOfLog(ref ModelState next, in Step step, in Observation seen)
    {
        ref var log = ref next.Log;
        if (step.Kind == StepKind.SubmitWork && seen.Errno == 0 && (WorkKind)(step.A & 0xFF) == WorkKind.MemoryWrite && (uint)step.B >= ManyBytes)
            log.Flags |= LogFlags.Many;
        if (step.Kind == StepKind.SwapPages)
            log.Flags &= ~Dirtiness;
        if (step.Kind != StepKind.GiveTime)
            return;
        var effects = new WorkEffects(seen.Hash);
        if (effects[WorkKind.MemoryWrite] > 0)
            log.Flags |= LogFlags.Dirty;
        if (effects[WorkKind.MemoryRead] > 0)
            log.Flags |= LogFlags.Read;
    }

    // A request moved the device, or may have.
    private static void AfterRequestOfLog(ref ModelState next, StateSet origin)
    {
        ref var log = ref next.Log;
        if (next.States == origin)
            return;
        log.Flags &= ~LogFlags.ReportedStopped;
        if (!log.Has(LogFlags.Dirty))
            return;
        log.Flags |= LogFlags.DirtyOverRequest;
        if (IsIn(next, Stopped))
            log.Flags |= LogFlags.DirtyOverStop;
    }
}
