using System.Globalization;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Engine.Nested;

// Migration: the wire is the kit's, every decision is the VMM's.
internal sealed partial class MachineRunner
{
    private enum WriterKind : byte
    {
        None,
        Processor,
        Device,
        Smmu,
    }

    // Who wrote a page last.
    private readonly record struct Writer(WriterKind Kind, int Step)
    {
        public int Device { get; init; }

        public ulong Address { get; init; }

        public bool IsTranslated { get; init; }

        public int Context { get; init; }

        public bool WasRemapped { get; init; }

        public DmaMoment Moment { get; init; }
    }

    // What a guest reads of its SMMU: it must not see that it was moved (HANDOVER-05).
    private static readonly (uint Offset, string Name)[] Registers =
    [
        (SmmuRegister.Idr0, "IDR0"),
        (SmmuRegister.Idr1, "IDR1"),
        (SmmuRegister.Idr3, "IDR3"),
        (SmmuRegister.Idr5, "IDR5"),
        (SmmuRegister.Cr0, "CR0"),
        (SmmuRegister.Cr0Ack, "CR0ACK"),
        (SmmuRegister.Cr2, "CR2"),
        (SmmuRegister.Gbpa, "GBPA"),
        (SmmuRegister.StrtabBase, "STRTAB_BASE"),
        (SmmuRegister.StrtabBase + 4, "STRTAB_BASE[63:32]"),
        (SmmuRegister.StrtabBaseCfg, "STRTAB_BASE_CFG"),
        (SmmuRegister.CmdqBase, "CMDQ_BASE"),
        (SmmuRegister.CmdqProd, "CMDQ_PROD"),
        (SmmuRegister.CmdqCons, "CMDQ_CONS"),
        (SmmuRegister.EventqBase, "EVENTQ_BASE"),
        (SmmuRegister.EventqProd, "EVENTQ_PROD"),
        (SmmuRegister.EventqCons, "EVENTQ_CONS"),
        (SmmuRegister.IrqCtrl, "IRQ_CTRL"),
    ];

    private bool wasToldWhileRunning;

    private static bool IsRunning(DeviceState state) => state is not (DeviceState.Stop or DeviceState.StopCopy);

    // The pages of the last synchronisation, and whether a device could still write when the first of them was told.
    private sealed class WatchedPages(List<ulong> pages, Func<bool> isRunning) : ICollection<ulong>
    {
        public bool WasToldWhileRunning { get; private set; }

        public int Count => pages.Count;

        public bool IsReadOnly => false;

        public void Add(ulong item)
        {
            if (pages.Count == 0)
                WasToldWhileRunning = isRunning();
            pages.Add(item);
        }

        public void Clear() => pages.Clear();

        public bool Contains(ulong item) => pages.Contains(item);

        public void CopyTo(ulong[] array, int arrayIndex) => pages.CopyTo(array, arrayIndex);

        public bool Remove(ulong item) => pages.Remove(item);

        public IEnumerator<ulong> GetEnumerator() => pages.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private readonly Writer[] writers = new Writer[Pages];
    private readonly byte[][] image = new byte[Pages][];
    private readonly List<ulong> pages = [];
    private readonly List<IDisposable> owned = [];
    private readonly byte[] scratch = new byte[4096];
    private readonly uint[] registers = new uint[Registers.Length];
    private INestedStage? nextHost;
    private INestedMachine? next;
    private byte[]? savedState;
    private byte[][]? savedDevices;
    private bool isMigrating;
    private bool isStopped;
    private bool isLoaded;
    private bool hasFailed;
    private bool areDevicesLoaded;
    private string? lacking;
    private bool isAlike;
    private bool wasOtherMake;
    private int beganAt;

    private void Migration(in NestedStep step)
    {
        switch (step.Kind)
        {
            case NestedStepKind.Begin when !isMigrating:
                Begin();
                break;
            case NestedStepKind.Round when isMigrating && !isStopped:
                pages.Clear();
                Copy(machine.Collect(pages));
                break;
            case NestedStepKind.Stop when isMigrating && !isStopped:
                Stop();
                break;
            case NestedStepKind.Save when isStopped && savedState is null:
                Save();
                break;
            case NestedStepKind.Prepare when isMigrating && next is null:
                Prepare(step[0] != 0, step[1] <= (ulong)HostMake.FewerStreams ? (HostMake)step[1] : HostMake.Same);
                break;
            case NestedStepKind.Load when next is not null && savedState is not null && !isLoaded && !hasFailed:
                Load();
                break;
            case NestedStepKind.LoadDevices when next is not null && savedDevices is not null && !areDevicesLoaded:
                LoadDevices();
                break;
            case NestedStepKind.Start when next is not null:
                Start();
                break;
            case NestedStepKind.Cancel when isMigrating:
                Cancel();
                break;
            case NestedStepKind.Migrate:
                Migrate(step[0] != 0);
                break;
        }
    }

    private void Migrate(bool isUsed)
    {
        if (!isMigrating)
            Begin();
        if (!isMigrating)
            return;
        if (!isStopped)
            Stop();
        if (run.Found is null && savedState is null)
            Save();
        if (run.Found is null && next is null)
            Prepare(isUsed, HostMake.Same);
        if (run.Found is null && !isLoaded && !hasFailed)
            Load();
        if (run.Found is null && !areDevicesLoaded)
            LoadDevices();
        if (run.Found is null)
            Start();
        if (run.Found is null && isMigrating)
            Cancel();
    }

    private void Begin()
    {
        Settle();
        var result = machine.Begin();
        if (machine.Facts.BlocksMigration)
        {
            if (result.Ok)
                run.Differ("state", "the VMM blocks a migration in which nobody can say what devices write", "it begins", Rules.Of(DIRTY_12));
            run.Show(Rules.Of(DIRTY_12));
            return;
        }

        if (!result.Ok)
        {
            run.Differ("state", "the migration begins", Errno.Name(result.Errno), Rules.Of(HANDOVER_04));
            return;
        }

        isMigrating = true;
        beganAt = run.Step;
        for (var page = 0; page < Pages; page++)
            image[page] = new byte[4096];
        pages.Clear();
        Copy(machine.Collect(pages));
    }

    // Pages are copied behind the call that told of them.
    private void Copy(CallResult result)
    {
        if (!result.Ok)
        {
            run.Differ("state", "a round of pre-copy", Errno.Name(result.Errno), Rules.Of(HANDOVER_04));
            return;
        }

        foreach (var gpa in pages)
            if (GuestRam.PageOf(gpa) is { } page)
                machine.ReadMemory(GuestRam.GpaOf(page), image[page]);
    }

    private void Stop()
    {
        Settle();
        pages.Clear();
        var watched = new WatchedPages(pages, () => Array.Exists([.. machine.Facts.Devices], device => IsRunning(host.StateOf(device))));
        var result = machine.Stop(watched);
        wasToldWhileRunning = watched.WasToldWhileRunning;
        if (!result.Ok)
        {
            run.Differ("state", "the machine stops", Errno.Name(result.Errno), Rules.Of(HANDOVER_11));
            return;
        }

        TakeDone(DmaMoment.AtStop);
        if (run.Found is not null)
            return;
        isStopped = true;
        if (pages.Count > 0)
            run.Witness(NestedWitnesses.LastPage);
        Copy(result);
        for (var page = 0; page < Pages && run.Found is null; page++)
            Compare(page);
        ShowWrites();
    }

    // Memory of the destination equals that of the source at the stop (DIRTY-17): a page that differs was lost, and who wrote it says how.
    private void Compare(int page)
    {
        machine.ReadMemory(GuestRam.GpaOf(page), scratch);
        var at = scratch.AsSpan().CommonPrefixLength(image[page]);
        if (at == scratch.Length)
            return;
        var writer = writers[page];
        var gpa = GuestRam.GpaOf(page) + ((ulong)at & ~7ul);
        run.Differ(
            "memory",
            string.Create(CultureInfo.InvariantCulture, $"GPA 0x{gpa:x} of the destination is that of the source at the stop"),
            $"the page was lost: {Words2(writer, gpa)}",
            RulesOfLoss(page, writer),
            [.. Story(writer, gpa)],
            [$"writer={writer.Kind}".ToLowerInvariant(), writer.IsTranslated ? "stage1=on" : "stage1=off"]
        );
    }

    private static string Words2(Writer writer, ulong gpa) =>
        writer.Kind switch
        {
            WriterKind.Device => string.Create(
                CultureInfo.InvariantCulture,
                $"dev{writer.Device} wrote it through GIOVA 0x{writer.Address:x}, and no query of dirty pages told of GPA 0x{gpa & ~0xffful:x}"
            ),
            WriterKind.Smmu => "the virtual SMMU wrote an event record there",
            WriterKind.Processor => "a processor wrote it",
            _ => "nobody is known to have written it since the migration began",
        };

    private IEnumerable<string> Story(Writer writer, ulong gpa)
    {
        if (writer.Kind == WriterKind.Device)
        {
            var stage1 = writer.IsTranslated ? string.Create(CultureInfo.InvariantCulture, $"stage 1 (context {writer.Context})") : "stage 1 bypassed";
            var hpa = host.Evidence?.PhysicalOf(gpa) is { } place ? string.Create(CultureInfo.InvariantCulture, $" -> HPA 0x{place:x}") : "";
            yield return string.Create(CultureInfo.InvariantCulture, $"dev{writer.Device}: GIOVA 0x{writer.Address:x} -> {stage1} -> GPA 0x{gpa:x}{hpa}");
            if (writer.WasRemapped)
                yield return "the guest changed the mapping behind the write: nobody can translate the address any more";
        }

        yield return writer.Step < beganAt ? "written before the migration began" : "written after all memory was copied once";
    }

    private Rules RulesOfLoss(int page, Writer writer) =>
        writer switch
        {
            { Kind: WriterKind.Smmu } => Rules.Of(DIRTY_16, HANDOVER_11),
            { Kind: WriterKind.Device, Moment: DmaMoment.AtStop } when wasToldWhileRunning => Rules.Of(HANDOVER_11, DIRTY_17),
            { Kind: WriterKind.Device, WasRemapped: true } => Rules.Of(HANDOVER_03, HANDOVER_01, DIRTY_15),
            { Kind: WriterKind.Device, IsTranslated: true } when sight.Host.HasDeviceLogs => Rules.Of(HANDOVER_02, HANDOVER_01, DIRTY_15),
            { Kind: WriterKind.Device, IsTranslated: true } => page >= GuestRam.LowPages && writer.Address >> 32 == 0 && hasLowWrites
                ? Rules.Of(HANDOVER_04, HANDOVER_01, DIRTY_15)
                : Rules.Of(HANDOVER_01, DIRTY_15, HANDOVER_04),
            { Kind: WriterKind.Device } => page >= GuestRam.LowPages ? Rules.Of(HANDOVER_04, HANDOVER_01) : Rules.Of(HANDOVER_01, HANDOVER_04),
            _ => Rules.Of(DIRTY_17, HANDOVER_04),
        };

    // A write below 4 GiB came over.
    private bool hasLowWrites => Array.Exists(writers[..GuestRam.LowPages], one => one is { Kind: WriterKind.Device } && one.Step > beganAt);

    private void ShowWrites()
    {
        run.Show([HANDOVER_11, DIRTY_17]);
        for (var page = 0; page < Pages; page++)
        {
            var writer = writers[page];
            if (writer.Step <= beganAt)
                continue;
            if (writer.Kind == WriterKind.Smmu)
                run.Show([DIRTY_16]);
            if (writer.Kind != WriterKind.Device)
                continue;
            run.Show([HANDOVER_01, DIRTY_15]);
            if (page >= GuestRam.LowPages)
                run.Show([HANDOVER_04]);
            if (writer.IsTranslated && sight.Host.HasDeviceLogs)
                run.Show([HANDOVER_02]);
            if (writer.WasRemapped)
                run.Show([HANDOVER_03]);
        }
    }

    private void Remapped(int context, int block)
    {
        for (var page = 0; page < Pages; page++)
            if (
                writers[page] is { Kind: WriterKind.Device, IsTranslated: true } writer
                && writer.Context == context
                && writer.Address >> GuestModel.ShiftOf(context) == (ulong)block
            )
                writers[page] = writer with { WasRemapped = true };
    }

    private void Save()
    {
        for (var i = 0; i < Registers.Length; i++)
            registers[i] = machine.ReadRegister(Registers[i].Offset);
        if (!machine.Save(out var state).Ok)
        {
            run.Differ("state", "the virtual SMMU is saved", "the VMM refuses", Rules.Of(HANDOVER_05));
            return;
        }

        savedState = state;
        savedDevices = new byte[machine.Facts.Devices.Count][];
        for (var i = 0; i < savedDevices.Length; i++)
            if (machine.SaveDevice(i, out savedDevices[i]) is { Ok: false } failed)
                run.Differ("state", $"dev{i} is saved", Errno.Name(failed.Errno), Rules.Of(HANDOVER_11));
    }

    // A destination that another machine was on before: its translations are not to be used again (HANDOVER-10).
    private void Prepare(bool isUsed, HostMake make)
    {
        nextHost = make == HostMake.Same ? target.OpenHost() : target.OpenHost(make);
        (wasUsed, wasOtherMake) = (isUsed, make != HostMake.Same);
        if (isUsed)
            UseBefore(nextHost);
        next = target.OpenMachine(nextHost, isDestination: true)!;
        (lacking, isAlike) = (null, true);
        if (make != HostMake.Same && sight.Info is { } here && nextHost.HwInfo(next.Facts.Devices[0], Iommufd.ArmSmmuv3Info, out var there).Ok)
            (lacking, isAlike) = (HostComparison.Lacks(capabilities, there!.Registers), HostComparison.AreAlike(here.Registers, there.Registers));
        if (!next.Facts.StreamIds.SequenceEqual(machine.Facts.StreamIds))
            run.Differ(
                "state",
                $"the devices of the destination have the virtual StreamIDs {Hex(machine.Facts.StreamIds)}",
                Hex(next.Facts.StreamIds),
                Rules.Of(VMS_10)
            );
        refusedThere.RemoveWhere(device => !nextHost.Facts.CanRefuse);
        foreach (var device in refusedThere)
            nextHost.RefuseAttach(next.Facts.Devices[device], Errno.EBUSY);
    }

    private static string Hex(IEnumerable<uint> streams) =>
        string.Join(", ", streams.Select(stream => string.Create(CultureInfo.InvariantCulture, $"0x{stream:x}")));

    // The same streams, VMID and ASIDs, and other mappings: every page of every context leads elsewhere.
    private void UseBefore(INestedStage on)
    {
        using var other = target.OpenMachine(on, isDestination: false)!;
        var tenant = new GuestDriver(other);
        tenant.Boot();
        for (var context = 0; context < GuestModel.Contexts; context++)
        for (var block = 0; block < GuestModel.IovaPages >> (GuestModel.ShiftOf(context) - 12); block++)
            tenant.WriteLeaf(context, block, (32, false));
        for (var device = 0; device < other.Facts.Devices.Count; device++)
        {
            var context = model.StreamOf(device).Context;
            tenant.WriteStream(other.Facts.StreamIds[device], GuestConfig.Translate, context);
            for (ulong page = 0; page < GuestModel.IovaPages; page++)
                on.Dma(other.Facts.Devices[device], new(page << 12, IsWrite: false, 0));
        }

        tenant.Control(isEnabled: false, aborts: true);
        other.Quit();
    }

    private void Load()
    {
        for (var page = 0; page < Pages; page++)
            next!.WriteMemory(GuestRam.GpaOf(page), image[page]);
        for (var page = 0; page < Pages; page++)
            if (model.AccessOf(page) != MemoryAccess.ReadWrite)
                next!.SetAccess(GuestRam.GpaOf(page), 1, model.AccessOf(page));
        var result = next!.Load(savedState);
        if (lacking is not null)
        {
            if (result.Ok)
                run.Differ("state", $"the load fails: the hardware lacks {lacking} of what the guest knows", "success", Rules.Of(SMMU_NEST_14));
            run.Show(Rules.Of(SMMU_NEST_14));
            hasFailed = true;
            return;
        }

        // More than the guest knows: to refuse it is strict, and no harm.
        if (!isAlike && !result.Ok)
        {
            hasFailed = true;
            return;
        }

        if (refusedThere.Count > 0)
        {
            if (result.Ok)
                run.Differ("state", "the load fails: the host refused stage 1 of a device", "success", Rules.Of(HANDOVER_08));
            run.Show(Rules.Of(HANDOVER_08));
            hasFailed = true;
            refusedThere.Clear();
            return;
        }

        if (!result.Ok)
        {
            run.Differ("state", "the virtual SMMU is loaded", Errno.Name(result.Errno), wasOtherMake ? Rules.Of(SMMU_NEST_14) : Rules.Of(HANDOVER_05));
            return;
        }

        if (wasOtherMake)
            run.Show(Rules.Of(SMMU_NEST_14));
        isLoaded = true;
        for (var i = 0; i < Registers.Length; i++)
            if (next.ReadRegister(Registers[i].Offset) is var seen && seen != registers[i] && Registers[i].Offset is not (SmmuRegister.EventqProd))
                run.Differ(
                    "state",
                    string.Create(CultureInfo.InvariantCulture, $"{Registers[i].Name} of the destination is 0x{registers[i]:x}, as on the source"),
                    string.Create(CultureInfo.InvariantCulture, $"0x{seen:x}"),
                    Rules.Of(HANDOVER_05)
                );
        run.Show(Rules.Of(HANDOVER_05));
    }

    private void LoadDevices()
    {
        for (var i = 0; i < savedDevices!.Length; i++)
            if (next!.LoadDevice(i, savedDevices[i]) is { Ok: false } failed)
                run.Differ("state", $"dev{i} is loaded", Errno.Name(failed.Errno), Rules.Of(HANDOVER_07));
        areDevicesLoaded = true;
    }

    private void Start()
    {
        if (!areDevicesLoaded && isLoaded)
            return;
        if (!isLoaded)
        {
            // Too early, or after a push that failed: nothing may run.
            Queue(nextHost!, next!);
            var early = next!.Start();
            var by = hasFailed ? Rules.Of(HANDOVER_08) : Rules.Of(HANDOVER_07);
            if (early.Ok)
                run.Differ("state", "the destination does not start: stage 1 of its devices is not there", "it starts", by);
            for (var i = 0; i < next.Facts.Devices.Count && run.Found is null; i++)
            {
                done.Clear();
                nextHost!.TakeDone(next.Facts.Devices[i], done);
                if (done.Count > 0)
                    run.Differ("dma", $"dev{i} does no DMA before stage 1 is there", "it did", by);
            }

            run.Show(by);
            return;
        }

        Queue(nextHost!, next!);
        var result = next!.Start();
        if (!result.Ok)
        {
            run.Differ("state", "the destination starts", Errno.Name(result.Errno), Rules.Of(HANDOVER_07));
            return;
        }

        owned.Add(machine);
        if (host != firstHost)
            owned.Add(host);
        (machine, host) = (next, nextHost!);
        (next, nextHost) = (null, null);
        guest.Machine = machine;
        isMigrated = true;
        // The host that was to refuse something is not this one, and everything was attached here.
        refused.Clear();
        Array.Clear(doubtful);
        EndMigration();
        TakeDone(DmaMoment.AtStart);
        if (run.Found is null)
        {
            run.Show([HANDOVER_07]);
            Probe();
            if (machine.Facts.Devices.Count > 1)
                run.Show([VMS_10]);
        }

        if (run.Found is null)
            run.Witness(NestedWitnesses.Migrated);
        if (wasUsed)
            run.Show([HANDOVER_10]);
    }

    // What devices are told to do first goes with them. It comes back where they never ran.
    private void Queue(INestedStage on, INestedMachine to)
    {
        foreach (var (device, request) in atStart)
            on.Dma(to.Facts.Devices[device], request);
        there.AddRange(atStart);
        atStart.Clear();
    }

    private readonly List<(int Device, DmaRequest Request)> there = [];

    private void EndMigration()
    {
        there.Clear();
        isMigrating = isStopped = isLoaded = areDevicesLoaded = hasFailed = false;
        savedState = null;
        savedDevices = null;
    }

    private void Cancel()
    {
        atStart.AddRange(there);
        there.Clear();
        next?.Dispose();
        nextHost?.Dispose();
        (next, nextHost) = (null, null);
        if (isStopped)
            Queue(host, machine);
        var result = machine.Cancel();
        if (!result.Ok)
        {
            run.Differ("state", "the migration is given up", Errno.Name(result.Errno), Rules.Of(HANDOVER_12));
            return;
        }

        var moved = isMigrated;
        EndMigration();
        cancelled = true;
        TakeDone(DmaMoment.AtStart);
        if (run.Found is null)
            Probe();
        cancelled = false;
        isMigrated = moved;
        run.Show([HANDOVER_12]);
    }

    private bool cancelled;

    // Every translation is what it was: reads of each stream, where something is mapped and where nothing is.
    private void Probe()
    {
        for (var device = 0; device < machine.Facts.Devices.Count && run.Found is null; device++)
        {
            if (doubtful[device])
                continue;
            var (config, context) = model.StreamOf(device);
            var addresses = new List<ulong> { GuestRam.GpaOf(GuestModel.FirstData) };
            if (config == GuestConfig.Translate && model.IsEnabled)
            {
                addresses.AddRange(model.Mapped(context).Take(4).Select(block => (ulong)block << GuestModel.ShiftOf(context)));
                addresses.Add((ulong)(GuestModel.IovaPages - 1) << 12);
            }

            foreach (var address in addresses)
            {
                if (run.Found is not null)
                    return;
                Settle();
                var request = new DmaRequest(address, IsWrite: false, 0);
                var before = Before(device, request);
                var result = host.Dma(machine.Facts.Devices[device], request);
                if (!cancelled)
                {
                    Judge(device, request, result, before);
                    continue;
                }

                var outcome = model.Expect(device, address, isWrite: false);
                if (result.End == DmaEnd.Completed != outcome.Passes || outcome.Passes && result.Value != before)
                    Differ(device, request, outcome, result, Blamed(outcome, Rules.Of(HANDOVER_12).And(outcome.Rules)));
            }
        }
    }
}
