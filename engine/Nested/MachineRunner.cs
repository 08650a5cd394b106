using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

/// <summary>
/// The steps of a guest and of its migration. The plan is the guest's processor, the wire and the management; the VMM and the host are what is judged. A step
/// that makes no sense where it stands is left out.
/// </summary>
internal sealed partial class MachineRunner : IDisposable
{
    private const int Pages = GuestRam.Pages;

    private readonly INestedTarget target;
    private readonly NestedSight sight;
    private readonly NestedRun run;
    private readonly GuestModel model = new();
    private readonly List<SmmuEvent> records = [];
    private readonly List<SmmuEvent> physical = [];
    private readonly List<SmmuCommand> issued = [];
    private readonly Dictionary<(int Context, int Block), int> former = []; // where a block of a context led before
    private readonly bool[] owed = new bool[8];
    private readonly bool[] doubtful = new bool[8];
    private readonly SmmuCapabilities capabilities = null!;
    private readonly GuestDriver guest = null!;
    private readonly INestedStage firstHost;
    private INestedStage host;
    private INestedMachine machine = null!;
    private ulong tag = 0x5a5a_0000_0000_0001;
    private bool isMigrated;
    private bool wasUsed;

    public MachineRunner(INestedTarget target, NestedSight sight, INestedStage host, NestedRun run)
    {
        this.target = target;
        this.sight = sight;
        this.host = firstHost = host;
        this.run = run;
        if (target.OpenMachine(host, isDestination: false) is not { } opened)
            return;
        machine = opened;
        guest = new(machine);
        Fill();
        guest.Boot();
        capabilities = SmmuCapabilities.Of(Id(SmmuRegister.Idr0), Id(SmmuRegister.Idr1), Id(SmmuRegister.Idr3), Id(SmmuRegister.Idr5), Id(SmmuRegister.Aidr));
        Array.Fill(owed, true);
        for (var page = 0; page < Pages; page++)
            writers[page] = default;
        Settle();
    }

    /// <summary>True when there is a VMM to be judged.</summary>
    public bool IsThere => machine is not null;

    public void Dispose()
    {
        machine?.Dispose();
        next?.Dispose();
        nextHost?.Dispose();
        if (host != firstHost)
            host.Dispose();
        foreach (var one in owned)
            one.Dispose();
    }

    private uint Id(uint register) => machine.ReadRegister(register);

    // Every word that a DMA can read is another one.
    private void Fill()
    {
        for (var page = GuestModel.FirstData; page < Pages; page++)
            foreach (var word in Words)
                guest.Write(GuestRam.GpaOf(page) + word, 0xda7a_0000_0000_0000 | (ulong)page << 16 | word);
    }

    private static readonly ulong[] Words = [0, 8, 0x800, 0xff8];

    public void Do(in NestedStep step)
    {
        // A machine that is stopped does nothing.
        if (isStopped && step.Kind < NestedStepKind.Begin)
            return;
        switch (step.Kind)
        {
            case NestedStepKind.GuestControl:
                Control(step[0] != 0, step[1] != 0);
                break;
            case NestedStepKind.GuestStream when IsDevice(step[0]) && step[1] <= 4 && step[2] < GuestModel.Contexts:
                WriteStream((int)step[0], (GuestConfig)step[1], (int)step[2]);
                break;
            case NestedStepKind.GuestMap when step[0] < GuestModel.Contexts && step[1] < GuestModel.IovaPages && step[2] is >= GuestModel.FirstData and < Pages:
                Map((int)step[0], (int)step[1], (int)step[2], step[3] != 0);
                break;
            case NestedStepKind.GuestUnmap when step[0] < GuestModel.Contexts && step[1] < GuestModel.IovaPages:
                Unmap((int)step[0], (int)step[1]);
                break;
            case NestedStepKind.GuestContext when step[0] < GuestModel.Contexts:
                guest.WriteContext((int)step[0], (step[1] != 0, step[2] != 0));
                guest.InvalidateContext(machine.Facts.StreamIds);
                model.SetContext((int)step[0], step[1] != 0, step[2] != 0);
                break;
            case NestedStepKind.GuestCommand:
                Command(new() { D0 = step[0], D1 = step[1] });
                break;
            case NestedStepKind.GuestWrite when step[0] is >= GuestModel.FirstData and < Pages:
                guest.Write(GuestRam.GpaOf((int)step[0]) + (step[1] % 512 * 8), tag++);
                writers[step[0]] = new(WriterKind.Processor, run.Step);
                break;
            case NestedStepKind.GuestDma when IsDevice(step[0]) && step[1] % 8 == 0 && step[3] <= 2:
                Dma((int)step[0], step[1], step[2] == 0, (DmaMoment)step[3]);
                break;
            case NestedStepKind.Memory when step[0] < Pages && step[1] <= 2:
                machine.SetAccess(GuestRam.GpaOf((int)step[0]), 1, (MemoryAccess)step[1]);
                model.SetAccess((int)step[0], (MemoryAccess)step[1]);
                // Hardware may go on with a CD that it holds, whatever becomes of stage 2 below it: the guest drops it.
                if (step[0] == 3)
                    guest.InvalidateContext(machine.Facts.StreamIds);
                break;
            case NestedStepKind.Refuse when IsDevice(step[0]) && host.Facts.CanRefuse:
                Refuse((int)step[0], step[1] != 0);
                break;
            case NestedStepKind.Identify:
                Identify();
                break;
            default:
                Migration(step);
                break;
        }
    }

    private bool IsDevice(ulong operand) => operand < (ulong)machine.Facts.Devices.Count;

    private void Control(bool isEnabled, bool aborts)
    {
        var (before, aborted) = (model.IsEnabled, model.Aborts);
        guest.Control(isEnabled, aborts);
        model.SetControl(isEnabled, isEnabled ? model.Aborts : aborts);
        var isChanged = isEnabled != before || !isEnabled && aborts != aborted;
        // With the SMMU off every stream is bypassed or aborted; back on, their STEs count again. An attach that is refused leaves one in doubt.
        for (var i = 0; i < machine.Facts.Devices.Count; i++)
            doubtful[i] = refused.Contains(i) || !isChanged && doubtful[i];
        if (isChanged)
            refused.Clear();
        if (isEnabled == before)
            return;
        for (var i = 0; i < machine.Facts.Devices.Count; i++)
            owed[i] = model.IsEnabled && model.StreamOf(i).Config is GuestConfig.Invalid or GuestConfig.Illegal;
        Settle();
    }

    private void WriteStream(int device, GuestConfig config, int context)
    {
        guest.WriteStream(machine.Facts.StreamIds[device], config, context);
        model.SetStream(device, config, context);
        owed[device] = model.IsEnabled && config is GuestConfig.Invalid or GuestConfig.Illegal;
        // With the SMMU off an STE is attached when it is on again.
        doubtful[device] = refused.Contains(device);
        if (model.IsEnabled)
            refused.Remove(device);
        Settle();
    }

    private void Map(int context, int iova, int page, bool isReadOnly)
    {
        var ratio = GuestModel.ShiftOf(context) - 12;
        var (block, target) = (iova >> ratio, page >> ratio << ratio);
        var before = model.MapOf(context, block);
        if (before is { } left && left.Block != target)
            former[(context, block)] = left.Block;
        guest.WriteLeaf(context, block, (target, isReadOnly));
        // A descriptor that was not valid is in no cache.
        if (before is not null)
            Invalidate(context, block);
        model.Map(context, block, target, isReadOnly);
        Remapped(context, block);
    }

    private void Unmap(int context, int iova)
    {
        var block = iova >> GuestModel.ShiftOf(context) - 12;
        if (model.MapOf(context, block) is not { } left)
            return;
        former[(context, block)] = left.Block;
        guest.WriteLeaf(context, block, null);
        Invalidate(context, block);
        model.Unmap(context, block);
        Remapped(context, block);
    }

    // When CMD_SYNC is consumed the hardware has what was before it (SMMU-NEST-17).
    private void Invalidate(int context, int block)
    {
        DrainIssued();
        guest.InvalidateAddress(context, block);
        if (host.Evidence is not { } evidence || !guest.IsIdle)
            return;
        issued.Clear();
        evidence.TakeIssued(issued);
        var address = (ulong)block << GuestModel.ShiftOf(context);
        if (
            !issued.Exists(one =>
                one.Opcode is SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa && one.Address == address
                || one.Opcode is SmmuOpcode.TlbiNhAsid or SmmuOpcode.TlbiNhAll
            )
        )
            run.Differ(
                "evidence",
                string.Create(CultureInfo.InvariantCulture, $"the invalidation of 0x{address:x} reached the hardware before CMD_SYNC was consumed"),
                issued.Count == 0 ? "nothing was issued" : string.Join(", ", issued.Select(one => one.Opcode)),
                Rules.Of(SMMU_NEST_17)
            );
        run.Show(Rules.Of(SMMU_NEST_17));
    }

    private void DrainIssued()
    {
        issued.Clear();
        host.Evidence?.TakeIssued(issued);
        issued.Clear();
    }

    // A command of the guest that is illegal is the guest's error, and nobody else's (SMMU-NEST-20).
    private void Command(in SmmuCommand command)
    {
        var verdict = CommandRules.Judge(capabilities, command, out _);
        if (verdict == CommandVerdict.Either || command.Opcode == SmmuOpcode.Sync && verdict == CommandVerdict.Legal)
            return;
        DrainIssued();
        if (command.Opcode is SmmuOpcode.CfgiSte or SmmuOpcode.CfgiSteRange)
            foreach (var device in refused)
                doubtful[device] = true;
        guest.Send(command);
        guest.Send(SmmuCommand.Sync());
        var error = guest.TakeError();
        host.Evidence?.TakeIssued(issued);
        var text = string.Create(CultureInfo.InvariantCulture, $"0x{command.D0:x} 0x{command.D1:x}");
        if (verdict == CommandVerdict.Illegal && (error != 1 || issued.Count > 0))
            run.Differ(
                "evidence",
                $"the guest's queue stops with CERROR_ILL at {text}, and the host's gets nothing",
                $"{(error == 0 ? "no error" : string.Create(CultureInfo.InvariantCulture, $"error {error}"))}, {issued.Count} commands issued",
                Rules.Of(SMMU_NEST_20)
            );
        else if (verdict == CommandVerdict.Legal && error != 0)
            run.Differ("evidence", $"{text} is consumed", string.Create(CultureInfo.InvariantCulture, $"error {error}"), Rules.Of(SMMU_NEST_20));
        run.Show(Rules.Of(SMMU_NEST_20));
        Settle();
    }

    // The guest may know what the interface lists, and nothing else (SMMU-NEST-14).
    private void Identify()
    {
        if (sight.Info?.Registers is not { } raw)
            return;
        (string Name, long Seen, long Most)[] fields =
        [
            ("HTTU", capabilities.HTTU, 0),
            ("BTM", capabilities.BTM ? 1 : 0, 0),
            ("MPAM", capabilities.MPAM ? 1 : 0, 0),
            ("TTF", capabilities.TTF, raw.TTF),
            ("ASID16", capabilities.ASID16 ? 1 : 0, raw.ASID16 ? 1 : 0),
            ("CD2L", capabilities.CD2L ? 1 : 0, raw.CD2L ? 1 : 0),
            ("SIDSIZE", capabilities.SIDSIZE, raw.SIDSIZE),
            ("SSIDSIZE", capabilities.SSIDSIZE, raw.SSIDSIZE),
            ("RIL", capabilities.RIL ? 1 : 0, raw.RIL ? 1 : 0),
            ("BBML", capabilities.BBML, raw.BBML),
            ("VAX", capabilities.VAX, raw.VAX),
            ("GRAN4K", capabilities.GRAN4K ? 1 : 0, raw.GRAN4K ? 1 : 0),
            ("GRAN16K", capabilities.GRAN16K ? 1 : 0, raw.GRAN16K ? 1 : 0),
            ("GRAN64K", capabilities.GRAN64K ? 1 : 0, raw.GRAN64K ? 1 : 0),
        ];
        foreach (var (name, seen, most) in fields)
            if (seen > most)
                run.Differ(
                    "state",
                    $"the guest's {name} is at most {most}",
                    $"{seen}",
                    name == "HTTU" ? Rules.Of(SMMU_HTTU_10, SMMU_NEST_14) : Rules.Of(SMMU_NEST_14)
                );
        run.Show(Rules.Of(SMMU_HTTU_10, SMMU_NEST_14));
    }

    private readonly HashSet<int> refused = [];
    private readonly HashSet<int> refusedThere = [];

    private void Refuse(int device, bool there)
    {
        if (there)
            refusedThere.Add(device);
        else if (refused.Add(device))
            host.RefuseAttach(machine.Facts.Devices[device], Errno.EBUSY);
    }
}
