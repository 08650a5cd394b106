using System.Globalization;
using Conformance.Engine.Plans;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

// DMA: where it goes, and what the guest hears of it.
internal sealed partial class MachineRunner
{
    private readonly List<(int Device, DmaRequest Request)> atStart = [];
    private readonly List<(DmaRequest Request, DmaResult Result)> done = [];

    // Why a translation that is wrong is wrong, where the machine came from another host.
    private Rules RulesOf(GuestOutcome outcome, int device, DmaMoment moment)
    {
        if (!isMigrated)
            return outcome.Rules;
        var config = model.StreamOf(device).Config;
        var arrived =
            !model.IsEnabled ? Rules.Of(VMS_08, HANDOVER_09, HANDOVER_06)
            : config is GuestConfig.Abort or GuestConfig.Bypass or GuestConfig.Invalid or GuestConfig.Illegal ? Rules.Of(HANDOVER_09, HANDOVER_06)
            : Rules.Of(HANDOVER_06, VMS_08);
        if (HasStreamOfAnother(device))
            arrived = Rules.Of(VMS_10).And(arrived);
        if (moment == DmaMoment.AtStart)
            arrived = Rules.Of(HANDOVER_07).And(arrived);
        return (wasUsed ? Rules.Of(HANDOVER_10).And(arrived) : arrived).And(outcome.Rules);
    }

    // What the hardware has for a device is the stage 1 of another one (VMS-10).
    private bool HasStreamOfAnother(int device)
    {
        if (host.Evidence is not { } evidence || !model.IsEnabled)
            return false;
        var (config, context) = model.StreamOf(device);
        var entry = evidence.EntryOf(machine.Facts.Devices[device]);
        return entry.Config == StreamConfig.Nested
            && (config != GuestConfig.Translate || entry.S1ContextPtr != GuestModel.ContextAt(context))
            && Enumerable
                .Range(0, machine.Facts.Devices.Count)
                .Any(other =>
                    other != device && model.StreamOf(other) is { Config: GuestConfig.Translate } its && entry.S1ContextPtr == GuestModel.ContextAt(its.Context)
                );
    }

    private void Dma(int device, ulong address, bool isWrite, DmaMoment moment)
    {
        var request = new DmaRequest(address, isWrite, tag++, moment);
        if (moment == DmaMoment.AtStart)
        {
            atStart.Add((device, request));
            return;
        }

        if (isStopped)
            return;
        Settle();
        var before = Before(device, request);
        var result = host.Dma(machine.Facts.Devices[device], request);
        if (moment == DmaMoment.Now)
            Judge(device, request, result, before);
    }

    // What a read must give.
    private ulong Before(int device, in DmaRequest request)
    {
        var outcome = model.Expect(device, request.Address, request.IsWrite);
        return outcome.Passes ? guest.Read(outcome.Gpa) : 0;
    }

    private void TakeDone(DmaMoment moment)
    {
        var all = new List<(int Device, DmaRequest Request, DmaResult Result)>();
        for (var device = 0; device < machine.Facts.Devices.Count; device++)
        {
            done.Clear();
            host.TakeDone(machine.Facts.Devices[device], done);
            all.AddRange(done.Where(one => one.Request.Moment == moment).Select(one => (device, one.Request, one.Result)));
        }

        for (var i = 0; i < all.Count; i++)
        {
            // Of several writes to one place the last is there.
            var (device, request, result) = all[i];
            var gpa = model.Expect(device, request.Address, request.IsWrite) is { Passes: true } outcome ? outcome.Gpa : ulong.MaxValue;
            var isOverwritten =
                all.FindLastIndex(one =>
                    one.Request.IsWrite && model.Expect(one.Device, one.Request.Address, true) is { Passes: true } other && other.Gpa == gpa
                ) > i;
            Judge(device, request, result, null, isOverwritten);
        }

        if (all.Count > 0 && run.Found is null)
            Settle();
    }

    private void Judge(int device, in DmaRequest request, DmaResult result, ulong? before, bool isOverwritten = false)
    {
        if (run.Found is not null)
            return;
        var outcome = model.Expect(device, request.Address, request.IsWrite);
        var rules = RulesOf(outcome, device, request.Moment);
        machine.Poll();
        if (doubtful[device] && result.End == DmaEnd.Aborted)
        {
            // The attach was refused: abort is right, and so is what was before (SMMU-NEST-15). Bypass is not.
            Settle();
            physical.Clear();
            host.Evidence?.TakeRecords(physical);
            run.Show(Rules.Of(SMMU_NEST_15));
            return;
        }

        if (doubtful[device])
            rules = Rules.Of(SMMU_NEST_15).And(rules);
        if (result.End == DmaEnd.Completed != outcome.Passes || result.End is not (DmaEnd.Completed or DmaEnd.Aborted))
        {
            // A CD that is valid where the guest wrote it, and not where it was fetched.
            var elsewhere = PhysicalRecords().Exists(one => one.Type == SmmuEventType.BadCd) && outcome.Record != SmmuEventType.BadCd;
            Differ(device, request, outcome, result, Blamed(outcome, elsewhere ? Rules.Of(SMMU_NEST_02).And(rules) : rules));
            return;
        }

        if (outcome.Passes)
            Landed(device, request, result, outcome, before, rules, isOverwritten);
        if (request.Moment == DmaMoment.Now)
            Recorded(device, request, outcome, rules);
        else if (outcome.Record is not null)
            EventWritten();
        run.Show(rules);
        if (outcome.Passes)
        {
            run.Witness(NestedWitnesses.Dma);
            if (model.IsEnabled && model.StreamOf(device).Config == GuestConfig.Translate)
                run.Show(Rules.Of(SMMU_NEST_04));
        }
    }

    private void Landed(int device, in DmaRequest request, DmaResult result, GuestOutcome outcome, ulong? before, Rules rules, bool isOverwritten)
    {
        var there = guest.Read(outcome.Gpa);
        if (request.IsWrite)
        {
            if (GuestRam.PageOf(outcome.Gpa) is { } page)
                writers[page] = new(WriterKind.Device, run.Step)
                {
                    Device = device,
                    Address = request.Address,
                    IsTranslated = model.IsEnabled && model.StreamOf(device).Config == GuestConfig.Translate,
                    Context = model.StreamOf(device).Context,
                    Moment = request.Moment,
                };
            if (there != request.Value && !isOverwritten)
                Differ(device, request, outcome, result, rules, $"what was written is not there{WhereIs(request.Value)}");
        }
        else if (before is { } expected && result.Value != expected)
            Differ(
                device,
                request,
                outcome,
                result,
                rules,
                string.Create(CultureInfo.InvariantCulture, $"0x{result.Value:x} was read, 0x{expected:x} is there")
            );
    }

    private string WhereIs(ulong value)
    {
        for (var page = 0; page < Pages; page++)
        for (ulong at = 0; at < 4096; at += 8)
            if (guest.Read(GuestRam.GpaOf(page) + at) == value)
                return string.Create(CultureInfo.InvariantCulture, $"; it is at GPA 0x{GuestRam.GpaOf(page) + at:x}");
        return "";
    }

    private static string Told(DmaResult result, DmaRequest request) =>
        result.End switch
        {
            DmaEnd.Completed => request.IsWrite
                ? "it went through"
                : string.Create(CultureInfo.InvariantCulture, $"it went through, and read 0x{result.Value:x}"),
            DmaEnd.Aborted => "it was aborted",
            DmaEnd.NotRunning => "the device does not run",
            _ => "it was not done",
        };

    private void Differ(int device, in DmaRequest request, GuestOutcome outcome, DmaResult result, Rules rules, string? data = null)
    {
        var seen = data ?? Told(result, request);
        var physicalAddress =
            outcome.Passes && host.Evidence?.PhysicalOf(outcome.Gpa) is { } hpa ? string.Create(CultureInfo.InvariantCulture, $" -> HPA 0x{hpa:x}") : "";
        var expected = outcome.Passes ? $"the {(request.IsWrite ? "write" : "read")} goes {outcome.Chain}{physicalAddress}" : outcome.Chain;
        if (outcome.Passes && request.IsWrite && seen == "it went through")
            seen += WhereIs(request.Value);
        if (IsTakenForGpa(request, outcome, seen))
            seen += string.Create(CultureInfo.InvariantCulture, $": the GIOVA was used as GPA 0x{request.Address:x}");
        run.Differ(
            "dma",
            expected,
            seen,
            rules,
            [outcome.Chain + physicalAddress, .. Entry(device)],
            [.. Facts(device, outcome), .. NestedFacts.OfDma(outcome.Passes, result.End), .. Former(device, request, result)]
        );
    }

    private bool IsTakenForGpa(in DmaRequest request, GuestOutcome outcome, string seen)
    {
        if (
            GuestRam.PageOf(request.Address) is null
            || outcome.Passes && outcome.Gpa == request.Address
            || !seen.StartsWith("it went", StringComparison.Ordinal)
        )
            return false;
        var there = guest.Read(request.Address);
        return request.IsWrite ? there == request.Value : seen.EndsWith(string.Create(CultureInfo.InvariantCulture, $"0x{there:x}"), StringComparison.Ordinal);
    }

    // What the hardware has for the device: the story of a hand-over that did not happen.
    private IEnumerable<string> Entry(int device)
    {
        if (host.Evidence is not { } evidence)
            yield break;
        var entry = evidence.EntryOf(machine.Facts.Devices[device]);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"physical STE of {(isMigrated ? "the destination" : "the host")}: {entry.Config}, S1ContextPtr 0x{entry.S1ContextPtr:x}, S2VMID {entry.S2VMID}"
        );
        foreach (var one in PhysicalRecords().Where(one => one.S2))
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"record of the host: {one.Type}, S2=1, CLASS={one.Class}, InputAddr 0x{one.InputAddress:x}, IPA 0x{one.IPA:x}"
            );
    }

    private IEnumerable<string> Facts(int device, GuestOutcome outcome)
    {
        var (config, context) = model.StreamOf(device);
        yield return $"stream={FactWords.Of(config)}";
        yield return isMigrated ? "host=destination" : "host=source";
        if (config == GuestConfig.Translate)
            yield return string.Create(CultureInfo.InvariantCulture, $"stage1-granule={1 << (GuestModel.ShiftOf(context) - 10)}K");
        yield return outcome.Stage2 is not null ? "fault=stage-2"
        : outcome.Record is not null ? "fault=stage-1"
        : "fault=none";
        // What the hardware itself says tells a mistake of its own from one of the host that passes it on.
        if (host.Evidence is not null)
            yield return IsOfOtherHalf(outcome) ? "hardware=other-half"
            : PhysicalRecords().Exists(one => one.S2) ? "hardware=stage-2-record"
            : PhysicalRecords().Count > 0 ? "hardware=stage-1-record"
            : "hardware=no-record";
    }

    // A DMA that went where its address led before the guest changed its tables: what was invalidated is used.
    private IEnumerable<string> Former(int device, DmaRequest request, DmaResult result)
    {
        var (config, context) = model.StreamOf(device);
        if (result.End != DmaEnd.Completed || config != GuestConfig.Translate)
            yield break;
        var shift = GuestModel.ShiftOf(context);
        var offset = request.Address & ((1ul << shift) - 1);
        if (
            request.Address >> shift > int.MaxValue
            || !former.TryGetValue((context, (int)(request.Address >> shift)), out var target)
            || GuestRam.PageOf(GuestRam.GpaOf(target) + offset) is null
            || guest.Read(GuestRam.GpaOf(target) + offset) != (request.IsWrite ? request.Value : result.Value)
        )
            yield break;
        yield return "data=of-the-former-mapping";
        yield return offset < GuestRam.PageSize ? "offset=below-4K" : "offset=from-4K";
    }

    private bool IsOfOtherHalf(GuestOutcome outcome) =>
        outcome.Stage2?.Ipa is not >= GuestModel.UpperTables && PhysicalRecords().Exists(one => one.S2 && one.IPA >= GuestModel.UpperTables);

    // Where tables of the half that the address does not select were looked at, those that it selects are not to blame, whatever comes of it.
    private Rules Blamed(GuestOutcome outcome, Rules otherwise) => IsOfOtherHalf(outcome) ? Rules.Of(SMMU_NEST_04) : otherwise;

    private List<SmmuEvent> PhysicalRecords()
    {
        host.Evidence?.TakeRecords(physical);
        return physical;
    }

    // Records that nobody waits for are read, so that those of a DMA are its own.
    private void Settle()
    {
        records.Clear();
        machine.Poll();
        guest.TakeRecords(records);
        foreach (var record in records)
            Unasked(record);
        physical.Clear();
        host.Evidence?.TakeRecords(physical);
        physical.Clear();
    }

    // C_BAD_STE for a stream whose STE is not valid, or refused, comes when the VMM learns of it.
    private bool Unasked(SmmuEvent record)
    {
        var device = Array.IndexOf([.. machine.Facts.StreamIds], record.StreamId);
        if (
            record.Type != SmmuEventType.BadSte
            || device < 0
            || model.StreamOf(device).Config is not (GuestConfig.Invalid or GuestConfig.Illegal) && !doubtful[device]
        )
            return false;
        owed[device] = false;
        EventWritten();
        return true;
    }

    private void EventWritten()
    {
        writers[2] = new(WriterKind.Smmu, run.Step);
    }

    private void Recorded(int device, in DmaRequest request, GuestOutcome outcome, Rules rules)
    {
        records.Clear();
        guest.TakeRecords(records);
        records.RemoveAll(record => Unasked(record) && outcome.Record != SmmuEventType.BadSte);
        var stream = machine.Facts.StreamIds[device];
        var config = model.StreamOf(device).Config;
        if (owed[device] && model.IsEnabled && !doubtful[device])
        {
            run.Differ(
                "event",
                string.Create(CultureInfo.InvariantCulture, $"C_BAD_STE for StreamID 0x{stream:x}: {outcome.Chain}"),
                "nothing tells the guest",
                config == GuestConfig.Illegal ? Rules.Of(SMMU_NEST_21) : Rules.Of(SMMU_NEST_09),
                facts: [.. Facts(device, outcome), .. NestedFacts.OfRecords("guest", SmmuEventType.BadSte, [])]
            );
            return;
        }

        if (outcome.Record is { } type)
        {
            EventWritten();
            var address = request.Address;
            var isRecord = records is [var only] && only.Type == type && !only.S2 && (type == SmmuEventType.BadCd || only.InputAddress == address);
            if (!isRecord || records[0].StreamId != stream)
            {
                // The record of the right fault under another name: stage 1 is there, and nobody but who names devices is to blame. On a destination it is
                // stage 1 that is not there.
                var broken =
                    isRecord && !HasStreamOfAnother(device) ? Rules.Of(SMMU_NEST_12)
                    : isMigrated ? rules.And(SMMU_NEST_12)
                    : Rules.Of(SMMU_NEST_12).And(rules);
                run.Differ(
                    "event",
                    string.Create(CultureInfo.InvariantCulture, $"{type} for StreamID 0x{stream:x}: {outcome.Chain}"),
                    Text(records),
                    Blamed(outcome, broken),
                    facts:
                    [
                        .. Facts(device, outcome),
                        .. NestedFacts.OfRecords(
                            "guest",
                            type,
                            records,
                            ("S2", one => !one.S2),
                            ("StreamID", one => one.StreamId == stream),
                            ("InputAddr", one => type == SmmuEventType.BadCd || one.InputAddress == address)
                        ),
                    ]
                );
            }

            run.Show(Rules.Of(SMMU_NEST_12));
        }
        else if (records.Count > 0)
            run.Differ(
                "event",
                $"no record for the guest: {outcome.Chain}",
                Text(records),
                outcome.Stage2 is null ? rules.And(SMMU_NEST_06) : Rules.Of(SMMU_NEST_12).And(rules),
                facts: [.. Facts(device, outcome), .. NestedFacts.OfRecords("guest", null, records)]
            );

        if (host.Evidence is null)
            return;
        var stage2 = PhysicalRecords().FindAll(one => one.S2);
        if (outcome.Stage2 is { } fault)
        {
            var page = fault.Ipa & ~0xffful;
            if (stage2 is not [var one] || one.Type != fault.Type || one.Class != fault.Class || one.IPA != page)
                run.Differ(
                    "event",
                    string.Create(CultureInfo.InvariantCulture, $"{fault.Type} of stage 2 at the host, CLASS={fault.Class}, IPA 0x{page:x}: {outcome.Chain}"),
                    Text(stage2),
                    Blamed(outcome, rules),
                    facts:
                    [
                        .. Facts(device, outcome),
                        .. NestedFacts.OfRecords("host", fault.Type, stage2, ("CLASS", one => one.Class == fault.Class), ("IPA", one => one.IPA == page)),
                    ]
                );
            run.Show(Rules.Of(SMMU_NEST_12).And(SMMU_NEST_06));
        }
        else if (stage2.Count > 0)
            run.Differ(
                "event",
                $"no stage-2 fault: {outcome.Chain}",
                Text(stage2),
                Blamed(outcome, rules),
                facts: [.. Facts(device, outcome), .. NestedFacts.OfRecords("host", null, stage2)]
            );
        physical.Clear();
    }

    private static string Text(IEnumerable<SmmuEvent> all)
    {
        var words = all.Select(one =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Type} of StreamID 0x{one.StreamId:x}, S2={(one.S2 ? 1 : 0)}, CLASS={one.Class}, InputAddr 0x{one.InputAddress:x}, IPA 0x{one.IPA:x}"
            )
        );
        return string.Join(" and ", words) is { Length: > 0 } text ? text : "no record";
    }
}
