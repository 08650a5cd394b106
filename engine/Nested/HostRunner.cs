using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

/// <summary>The steps that ask a host directly: its calls, what reaches the hardware, and dirty bitmaps.</summary>
/// <param name="host">The host.</param>
/// <param name="info">What GET_HW_INFO says of its first device.</param>
/// <param name="run">Where the plan stands.</param>
internal sealed class HostRunner(INestedStage host, HardwareInfo? info, NestedRun run)
{
    private const int Guard = 16,
        MostBits = 1 << 20;
    private readonly HostOracle oracle = new(host.Facts, info);
    private readonly List<SmmuCommand> issued = [];
    private readonly List<VirtualEvent> events = [];
    private readonly HashSet<ulong> written = [];
    private ulong tag = 0x5a00_0000_0000_0001;

    public void Do(in NestedStep step)
    {
        switch (step.Kind)
        {
            case NestedStepKind.Invalidate:
                Invalidate(step);
                break;
            case NestedStepKind.Bitmap:
                Bitmap(step);
                break;
            case NestedStepKind.Dma:
                Dma(step);
                break;
            case NestedStepKind.Events:
                Events(step);
                break;
            case NestedStepKind.HwInfo:
                HwInfo(step);
                break;
            default:
                Call(step);
                break;
        }
    }

    private void Call(in NestedStep step)
    {
        if (step.Kind == NestedStepKind.Attach && oracle.DeviceOf(step[0]) is null)
            return;
        var expected = oracle.Allowed(step);
        var attached = step.Kind == NestedStepKind.Attach ? oracle.DeviceOf(step[0]) : null;
        var hadAts = attached is null ? null : host.Evidence?.IsAtsOn(attached.Id);
        if (hadAts is not null)
            host.Evidence!.TakeIssued(issued);
        issued.Clear();
        var result = Call(step, out var id);
        if (!expected.Allows(result))
        {
            run.Differ("result", expected.ToString(), Text(result), expected.Rules, facts: NestedFacts.OfResult(expected, result));
            return;
        }

        run.Show(expected.Rules);
        oracle.Done(step, result, id);
        if (result.Ok && hadAts is { } had)
            CheckAts(attached!, had);
        if (!result.Ok)
            return;
        if (step.Kind == NestedStepKind.Map && step[2] == 0)
            for (ulong page = 0; page < Math.Min(step[1], 512); page++)
                oracle.Note(mapped: true, step[0] + page * 4096);
        if (step.Kind == NestedStepKind.Attach)
            CheckEntry(oracle.DeviceOf(step[0])!);
    }

    private CallResult Call(in NestedStep step, out uint id)
    {
        id = 0;
        return step.Kind switch
        {
            NestedStepKind.Table => host.AllocateTable(
                new((uint)step[1], Device(step[2]), oracle.IdOf(step[3]), (uint)step[4], (uint)step[5], step[6], step[7], (uint)step[8]),
                out id
            ),
            NestedStepKind.Viommu => host.AllocateViommu((uint)step[1], (uint)step[2], Device(step[3]), oracle.IdOf(step[4]), out id),
            NestedStepKind.Vdevice => host.AllocateVdevice(oracle.IdOf(step[1]), Device(step[2]), step[3], out id),
            NestedStepKind.EventQueue => host.AllocateEventQueue((uint)step[1], (uint)step[2], oracle.IdOf(step[3]), (uint)step[4], out id),
            NestedStepKind.Attach => host.Attach(Device(step[0]), oracle.IdOf(step[1])),
            NestedStepKind.Map => host.Map(step[0], step[1] * 4096, step[3] * 4096, step[2] == 0),
            NestedStepKind.Unmap => host.Unmap(step[0], step[1] * 4096),
            _ => host.SetDirtyTracking(oracle.IdOf(step[0]), (uint)step[1], (uint)step[2]),
        };
    }

    private uint Device(ulong operand) => oracle.DeviceOf(operand)?.Id ?? 0x7fff_ffff;

    // The STE of the hardware: what the guest may say in it, and what it must not.
    private void CheckEntry(ModelDevice device)
    {
        if (host.Evidence is not { } evidence)
            return;
        var entry = evidence.EntryOf(device.Id);
        foreach (var (word, mask, value, rules, what) in HostOracle.EntryOf(device))
        {
            var seen = (word == 0 ? entry.D0 : entry.D1) & mask;
            if (seen != value)
                run.Differ("evidence", $"the physical STE has {what}: D{word} & 0x{mask:x} = 0x{value:x}", $"0x{seen:x}", rules);
            run.Show(rules);
        }

        if (HostOracle.ParentOf(device) is not { } parent)
            return;
        var stage2 = HostOracle.Stage2Of(entry);
        if (parent.Stage2 is { } known && known != stage2)
            run.Differ(
                "evidence",
                $"the stage-2 fields of the physical STE are those of the parent: D1 0x{known.D1:x}, D2 0x{known.D2:x}, D3 0x{known.D3:x}",
                $"D1 0x{stage2.D1:x}, D2 0x{stage2.D2:x}, D3 0x{stage2.D3:x}",
                Rules.Of(SMMU_NEST_08)
            );
        parent.Stage2 ??= stage2;
        run.Show(Rules.Of(SMMU_NEST_08));
    }

    // ATS of the device is what the vSTE asks for, as far as the host turns it on at all; what the device kept goes when it is turned off (SMMU-NEST-19).
    private void CheckAts(ModelDevice device, bool had)
    {
        var isOn = host.Evidence!.IsAtsOn(device.Id) == true;
        if (device.Attached is ModelNested { Config: StreamConfig.Stage1 } nested)
        {
            var wanted = (nested.Word1 >> 28 & 3) == 1 && device.Facts.HasAts;
            if (isOn != wanted)
                run.Differ("evidence", $"ATS of the device is {(wanted ? "on" : "off")}: EATS={nested.Word1 >> 28 & 3} in the vSTE", "it is not", ats);
            run.Show(ats);
        }

        if (!had || isOn)
            return;
        host.Evidence.TakeIssued(issued);
        if (!issued.Exists(one => one.Opcode == SmmuOpcode.AtcInv && one.StreamId == device.Facts.StreamIds[0]))
            run.Differ("evidence", "ATC_INV for a device whose ATS was turned off", issued.Count == 0 ? "nothing was issued" : "other commands", ats);
        run.Show(ats);
    }

    private static readonly Rules ats = Rules.Of(SMMU_NEST_19);
    private const string EntryNum = "differs=entry_num";

    private void Invalidate(in NestedStep step)
    {
        host.Evidence?.TakeIssued(issued);
        issued.Clear();
        var (expected, failing) = oracle.AllowedInvalidation(step);
        var count = (uint)step[3];
        var result = host.Invalidate(oracle.IdOf(step[0]), (uint)step[1], (uint)step[2], HostOracle.EntriesOf(step), ref count);
        if (!expected.Allows(result))
        {
            run.Differ("result", expected.ToString(), Text(result), expected.Rules, facts: NestedFacts.OfResult(expected, result));
            return;
        }

        run.Show(expected.Rules);
        host.Evidence?.TakeIssued(issued);
        if (host.Evidence is null)
        {
            if (count != failing)
                run.Differ("result", $"entry_num {failing}", $"entry_num {count}", Rules.Of(SMMU_NEST_11), facts: [EntryNum]);
        }
        else if (oracle.Find(step[0]) is ModelViommu viommu && failing > 0)
            CheckIssued(step, viommu, result, count, failing);
        else if (issued.Count != 0)
            run.Differ(
                "evidence",
                "nothing reaches the hardware: the first command, or the whole call, is refused",
                $"{issued.Count} commands",
                Rules.Of(SMMU_NEST_10)
            );
        else if (count != 0)
            run.Differ("result", "entry_num 0", $"entry_num {count}", Rules.Of(SMMU_NEST_11, SMMU_NEST_10), facts: [EntryNum]);
        run.Show(Rules.Of(SMMU_NEST_11));
    }

    private void CheckIssued(in NestedStep step, ModelViommu viommu, CallResult result, uint count, int failing)
    {
        var vmid = (int)(viommu.Parent.Stage2?.D2 & 0xffff ?? 0);
        for (var i = 0; i < issued.Count; i++)
        {
            var right = i < failing ? HostOracle.Converted(step, i, viommu, viommu.Parent.Stage2 is null ? issued[i].VMID : vmid) : null;
            if (right == issued[i])
                continue;
            run.Differ(
                "evidence",
                right is { } command ? $"command {i} reaches the hardware as 0x{command.D0:x} 0x{command.D1:x}" : $"entry {i} does not reach the hardware",
                $"0x{issued[i].D0:x} 0x{issued[i].D1:x}",
                Rules.Of(SMMU_NEST_10)
            );
            return;
        }

        if (issued.Count < failing && count == failing || count != issued.Count)
            run.Differ(
                "result",
                $"entry_num is the number of commands that were completed: {issued.Count} were issued",
                $"entry_num {count}",
                Rules.Of(SMMU_NEST_11),
                facts:
                [
                    EntryNum,
                    $"seen={Text(result)}",
                    count == failing ? "entry_num=first-refused" : "entry_num=other",
                    issued.Count < count ? "issued=fewer" : "issued=more",
                ]
            );
        run.Show(Rules.Of(SMMU_NEST_10));
    }

    private void Bitmap(in NestedStep step)
    {
        // A size that is no power of two may be taken for its lowest bit.
        var size = step[4] & (~step[4] + 1);
        var bits = size == 0 ? 0 : step[3] / size;
        // A longer bitmap is asked for by nobody, and a host that takes the call writes all of it.
        if (bits > MostBits)
            return;
        var offset = Guard + (int)(step[5] % 4096);
        var buffer = new byte[offset + (int)((bits + 7) / 8) + Guard];
        buffer.AsSpan().Fill((byte)step[6]);
        var expected = oracle.Allowed(step);
        var result = host.GetDirtyBitmap(new(oracle.IdOf(step[0]), (uint)step[1], step[2], step[3], step[4], (uint)step[7]), buffer, offset);
        if (!expected.Allows(result))
        {
            run.Differ("result", expected.ToString(), Text(result), expected.Rules, facts: NestedFacts.OfResult(expected, result));
            return;
        }

        run.Show(expected.Rules);
        if (oracle.CheckBitmap(step, result.Ok, buffer, offset) is { } wrong)
        {
            run.Differ(
                "bitmap",
                wrong.Expected,
                wrong.Seen,
                wrong.Rules,
                facts:
                [
                    $"differs={wrong.Differs}",
                    $"range={(oracle.HasHole(step[2], step[3]) ? "hole" : "mapped")}",
                    .. oracle.MayHaveBeenInPart ? ["earlier=part-of-a-leaf"] : Array.Empty<string>(),
                ]
            );
            return;
        }

        var shown = oracle.Shown(step, result.Ok).ToList();
        run.Show(shown);
        if (result.Ok && shown.Count > 0 && oracle.Find(step[0]) is ModelTable { Must.IsEmpty: false })
            run.Witness(NestedWitnesses.DirtyPage);
        oracle.Queried(step, result.Ok, LeafOf);
    }

    private ulong LeafOf(ulong iova) => host.Evidence?.LeafOf(iova) ?? 0;

    private void Dma(in NestedStep step)
    {
        if (oracle.DeviceOf(step[0]) is not { } device || device.Attached is null || step[1] % 8 != 0)
            return;
        var isWrite = step[2] == 0;
        var done = host.Dma(device.Id, new(step[1], isWrite, tag));
        var target = HostOracle.ParentOf(device) is null || device.Attached is ModelNested { Config: StreamConfig.Stage1 } ? null : oracle.Translate(step[1]);
        if (device.Attached is ModelNested { Config: StreamConfig.Stage1 } translating)
        {
            Refused(translating, device, done);
            return;
        }

        var passes = target is { } place && (place.IsWritable || !isWrite);
        if (done.End == DmaEnd.Completed != passes)
        {
            run.Differ(
                "dma",
                passes ? "the DMA goes through" : "the DMA is aborted",
                done.End.ToString(),
                device.Attached is ModelNested { Config: StreamConfig.Abort } ? Rules.Of(SMMU_NEST_09) : Rules.Of(SMMU_NEST_08)
            );
            return;
        }

        if (!passes || !isWrite)
            return;
        Span<byte> bytes = stackalloc byte[8];
        host.ReadRam(target!.Value.Ram, bytes);
        if (BitConverter.ToUInt64(bytes) != tag)
            run.Differ(
                "dma",
                $"0x{step[1]:x} is the memory at 0x{target.Value.Ram:x} of the host's file",
                "what was written is not there",
                Rules.Of(SMMU_NEST_08)
            );
        tag++;
        written.Add(target.Value.Ram & ~63ul);
        oracle.Note(mapped: false, step[1]);
        oracle.Wrote(device, step[1], LeafOf(step[1]));
        run.Witness(NestedWitnesses.Dma);
        run.Show(Rules.Of(SMMU_NEST_08));
    }

    // There is no CD at that place: the memory is zero, or there is none.
    private void Refused(ModelNested table, ModelDevice device, DmaResult done)
    {
        var context = table.Word0 & 0x000f_ffff_ffff_ffc0;
        if (oracle.Translate(context) is { } place && written.Contains(place.Ram))
            return;
        if (done.End != DmaEnd.Aborted)
            run.Differ("dma", "the DMA is aborted: its CD is not valid", done.End.ToString(), Rules.Of(SMMU_NEST_12));
        if (oracle.Translate(context) is null || table.Viommu.Queue is not { } queue || device.Virtual is not { } made)
            return;
        if (queue.Held.Count < queue.Depth)
            queue.Held.Add(((uint)made.VirtualId, SmmuEventType.BadCd));
        else
            HostOracle.Lose(queue);
    }

    private void Events(in NestedStep step)
    {
        if (oracle.Find(step[0]) is not ModelQueue queue)
            return;
        events.Clear();
        host.ReadEvents(queue.Id, events);
        if (HostOracle.CheckEvents(queue, events) is { } wrong)
            run.Differ("event", wrong.Expected, wrong.Seen, Rules.Of(SMMU_NEST_12));
        run.Show(Rules.Of(SMMU_NEST_12));
    }

    private void HwInfo(in NestedStep step)
    {
        var expected = oracle.Allowed(step);
        var result = host.HwInfo(Device(step[0]), (uint)step[1], out var seen);
        if (!expected.Allows(result))
        {
            run.Differ("result", expected.ToString(), Text(result), expected.Rules, facts: NestedFacts.OfResult(expected, result));
            return;
        }

        run.Show(expected.Rules);
        if (!result.Ok || seen is null)
            return;
        var tracks = seen.Registers is { HTTU: >= 2, COHACC: true };
        if (seen.TracksDirty != tracks)
            run.Differ(
                "result",
                $"IOMMU_HW_CAP_DIRTY_TRACKING is {(tracks ? 1 : 0)}: HTTU={seen.Registers.HTTU}, COHACC={(seen.Registers.COHACC ? 1 : 0)}",
                seen.TracksDirty ? "1" : "0",
                Rules.Of(DIRTY_18)
            );
        run.Show(Rules.Of(DIRTY_18));
    }

    private static string Text(CallResult result) => Errno.Name(result.Errno);
}
