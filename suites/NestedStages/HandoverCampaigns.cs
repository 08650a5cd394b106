using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Contract;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.NestedStages.GuestDraft;

namespace Conformance.Suites.NestedStages;

/// <summary>A machine migrates: which pages come over, and what the destination's hardware is told in time (HANDOVER-01..12, DIRTY-15..17).</summary>
internal static class HandoverCampaigns
{
    private static readonly NestedStep begin = Simple(NestedStepKind.Begin),
        round = Simple(NestedStepKind.Round),
        stop = Simple(NestedStepKind.Stop),
        save = Simple(NestedStepKind.Save),
        prepare = Simple(NestedStepKind.Prepare),
        load = Simple(NestedStepKind.Load),
        loadDevices = Simple(NestedStepKind.LoadDevices),
        start = Simple(NestedStepKind.Start),
        cancel = Simple(NestedStepKind.Cancel);

    private static readonly GuestConfig[] configs = [GuestConfig.Translate, GuestConfig.Bypass, GuestConfig.Abort, GuestConfig.Invalid, GuestConfig.Illegal];

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("migration-is-blocked", [DIRTY_12], NestedCampaigns.NoMigration, _ => [new(Plan([begin]))]),
        new NestedCampaign(
            "dirty-pages",
            [HANDOVER_01, HANDOVER_03, HANDOVER_04, HANDOVER_11, DIRTY_15, DIRTY_16, DIRTY_17],
            NestedCampaigns.Migration,
            DirtyPages
        )
        {
            Sees = [NestedWitnesses.Dma, NestedWitnesses.LastPage],
        },
        new NestedCampaign("device-logs", [HANDOVER_02, HANDOVER_03], NestedCampaigns.DeviceLogs, DirtyPages) { Sees = [NestedWitnesses.LastPage] },
        new NestedCampaign("stage-one-push", [HANDOVER_05, HANDOVER_06, HANDOVER_07, HANDOVER_09, VMS_08, VMS_10], NestedCampaigns.Migration, Pushes)
        {
            Sees = [NestedWitnesses.Migrated],
        },
        new NestedCampaign("destination-used-before", [HANDOVER_10], NestedCampaigns.Migration, UsedBefore) { Sees = [NestedWitnesses.Migrated] },
        new NestedCampaign("destination-of-another-make", [SMMU_NEST_14], NestedCampaigns.OtherMakes, OtherMakes),
        new NestedCampaign("migrations-that-fail", [HANDOVER_08, HANDOVER_12], NestedCampaigns.Migration, Failing),
        new NestedCampaign("wrong-orders", [HANDOVER_07, HANDOVER_08], NestedCampaigns.Migration, WrongOrders),
        new RandomNested("random-guests-that-stay", [DIRTY_12], NestedCampaigns.NoMigration, Random) { Sees = [NestedWitnesses.Dma] },
        new RandomNested("random-migrations", [HANDOVER_01, HANDOVER_06], NestedCampaigns.Migration, Random) { Sees = [NestedWitnesses.Migrated] },
    ];

    // A device writes between the first copy and the stop: through each context and none, below and above 4 GiB, early, late, and as its last act.
    private static IEnumerable<Named<NestedPlan>> DirtyPages(NestedSight sight)
    {
        foreach (var moment in new[] { DmaMoment.Now, DmaMoment.AtStop })
        foreach (var page in new[] { Low, High })
        {
            for (var context = 0; context < GuestModel.Contexts; context++)
            {
                IEnumerable<NestedStep> guest = [Stream(GuestConfig.Translate, context: context), Map(0, page, context)];
                var write = Dma(0, moment: moment);
                if (moment == DmaMoment.AtStop)
                    yield return new(Plan(guest, [write, Migrate()]));
                yield return new(Plan(guest, [begin, write, stop]));
                yield return new(Plan(guest, [begin, round, write, round, stop]));
                yield return new(Plan(guest, [begin, write, round, write, Migrate(), Dma(0, read: true)]));
                yield return new(
                    Plan(guest, [begin, Map(1 << (GuestModel.ShiftOf(context) - 12), Low, context), Dma(1ul << GuestModel.ShiftOf(context)), write, stop])
                );
                if (moment == DmaMoment.Now)
                {
                    yield return new(Plan(guest, [begin, write, Map(0, Far, context), stop]), "remapped behind the write");
                    yield return new(Plan(guest, [begin, write, Unmap(0, context), stop]), "unmapped behind the write");
                    yield return new(Plan(guest, [begin, write, Stream(GuestConfig.Bypass), stop]), "bypassed behind the write");
                }
            }

            IEnumerable<NestedStep> bypassed = [Stream(GuestConfig.Bypass)];
            yield return new(Plan(bypassed, [begin, Dma(GuestRam.GpaOf(page), moment: moment), stop]));
            yield return new(Plan([Control(false)], [begin, Dma(GuestRam.GpaOf(page), moment: moment), stop]));
            yield return new(Plan([begin, Processor(page), stop]), "a processor writes");
            yield return new(Plan(bypassed, [begin, Dma(GuestRam.GpaOf(page)), Access(page, MemoryAccess.ReadOnly), stop]), "read-only behind the write");
        }

        // What the virtual SMMU writes itself.
        yield return new(Plan([begin, Stream(GuestConfig.Invalid), stop]), "C_BAD_STE");
        yield return new(Plan([Stream(GuestConfig.Translate), begin, Dma(0), stop]), "F_TRANSLATION");
        yield return new(Plan([Stream(GuestConfig.Translate), begin, round, Dma(0), Migrate()]), "F_TRANSLATION");
        yield return new(Plan([Stream(GuestConfig.Translate), begin, Dma(0, moment: DmaMoment.AtStop), stop]), "F_TRANSLATION at the stop");
    }

    // Every configuration of a stream, of one device and of the last of several; and what it does first over there.
    private static IEnumerable<Named<NestedPlan>> Pushes(NestedSight sight)
    {
        var last = sight.Machine!.Devices.Count - 1;
        foreach (var device in new[] { 0, last }.Distinct())
        foreach (var config in configs)
            for (var context = 0; context < (config == GuestConfig.Translate ? GuestModel.Contexts : 1); context++)
            {
                IEnumerable<NestedStep> guest =
                [
                    Map(0, Low, context),
                    Map(4 << (GuestModel.ShiftOf(context) - 12), High, context),
                    Stream(config, device, context),
                ];
                var address = config == GuestConfig.Translate ? 0 : GuestRam.GpaOf(Low);
                yield return new(Plan(guest, [Migrate()]));
                yield return new(Plan(guest, [Dma(address, device: device, moment: DmaMoment.AtStart), Migrate()]), "DMA as soon as it may");
                yield return new(Plan(guest, [Migrate(), Dma(address, device: device), Migrate(), Dma(address, device: device)]), "there and further");
            }

        foreach (var abort in new[] { false, true })
            yield return new(Plan([Map(), Stream(GuestConfig.Translate), Control(false, abort), Migrate(), Control(true), Dma(0)]), "SMMUEN=0");
        foreach (var abort in new[] { false, true })
        foreach (var device in new[] { 0, last }.Distinct())
            yield return new(Plan([Map(), Stream(GuestConfig.Translate, device), Control(false, abort), Migrate(), Dma(0, device: device)]), "SMMUEN=0");
        foreach (var first in configs)
        foreach (var second in configs)
            yield return new(Plan([Map(), Stream(first), Stream(second, last, 1), Map(0, Far, 1), Migrate()]), "two devices");
    }

    private static IEnumerable<Named<NestedPlan>> UsedBefore(NestedSight sight)
    {
        for (var context = 0; context < GuestModel.Contexts; context++)
            foreach (var page in new[] { Low, High })
            {
                IEnumerable<NestedStep> guest = [Stream(GuestConfig.Translate, context: context), Map(0, page, context)];
                yield return new(Plan(guest, [Migrate(used: true)]));
                yield return new(Plan(guest, [Migrate(used: true), Dma(0), Map(0, Far, context), Dma(0)]));
            }

        foreach (var config in configs)
            yield return new(Plan([Map(), Stream(config), Migrate(used: true), Dma(GuestRam.GpaOf(Low))]));
    }

    // What the guest knows of its SMMU must be there, and what no VMM may look at is no matter.
    private static IEnumerable<Named<NestedPlan>> OtherMakes(NestedSight sight)
    {
        IEnumerable<NestedStep> guest =
        [
            Map(),
            Stream(GuestConfig.Translate),
            Map(0, Far, 1),
            Stream(GuestConfig.Translate, sight.Machine!.Devices.Count - 1, 1),
        ];
        foreach (var make in Enum.GetValues<HostMake>().Where(make => make != HostMake.Same))
        {
            IEnumerable<NestedStep> there = [begin, stop, save, prepare.With(1, (ulong)make), load, loadDevices, start];
            yield return new(Plan(guest, there, [Dma(0), Simple(NestedStepKind.Identify), cancel, Dma(0)]), $"{make}");
            yield return new(Plan(guest, there, [cancel, Migrate(), Dma(0)]), $"{make}, and then one that is alike");
        }
    }

    private static IEnumerable<Named<NestedPlan>> Failing(NestedSight sight)
    {
        var last = sight.Machine!.Devices.Count - 1;
        foreach (var config in configs)
        {
            IEnumerable<NestedStep> guest = [Map(), Stream(config)];
            IEnumerable<NestedStep> after = [Dma(0), Map(0, Far), Dma(0)];
            yield return new(Plan(guest, [begin, cancel], after), "given up in pre-copy");
            yield return new(Plan(guest, [begin, Dma(0), round, Dma(0), stop, cancel], after), "given up after the stop");
            yield return new(Plan(guest, [begin, stop, save, prepare, load, cancel], after), "given up after the load");
            yield return new(Plan(guest, [begin, Dma(0, moment: DmaMoment.AtStart), stop, cancel], after), "DMA as soon as it may");
            yield return new(Plan(guest, [begin, stop, cancel], after, [Migrate()], after), "given up, and once more");
            if (!sight.Host.CanRefuse)
                continue;
            foreach (var device in new[] { 0, last }.Distinct())
            {
                yield return new(Plan(guest, [Refuse(device), Migrate()], after), "the destination refuses");
                yield return new(
                    Plan(guest, [Refuse(device), Dma(0, moment: DmaMoment.AtStart), Migrate()], after, [Migrate()], after),
                    "refused, and once more"
                );
            }
        }
    }

    private static IEnumerable<Named<NestedPlan>> WrongOrders(NestedSight sight)
    {
        foreach (var config in configs)
        {
            IEnumerable<NestedStep> guest = [Map(), Stream(config), Dma(config == GuestConfig.Translate ? 0 : GuestRam.GpaOf(Low), moment: DmaMoment.AtStart)];
            yield return new(Plan(guest, [begin, stop, save, prepare, start]), "started before anything is loaded");
            yield return new(Plan(guest, [begin, stop, save, prepare, loadDevices, start, load, start]), "started before stage 1 is there");
            yield return new(Plan(guest, [begin, stop, save, prepare, loadDevices, load, start]), "devices first");
            yield return new(Plan(guest, [begin, prepare, start, stop, save, load, loadDevices, start]), "started before the source stopped");
            if (sight.Host.CanRefuse)
                yield return new(Plan(guest, [Refuse(), begin, stop, save, prepare, loadDevices, load, start, cancel]), "started after a push that failed");
        }
    }

    // What a guest may send at any time. The model says which of them are legal; none of these changes what the guest configured.
    private static readonly SmmuCommand[] commands =
    [
        SmmuCommand.CfgiAll(),
        SmmuCommand.CfgiCdAll(8),
        SmmuCommand.TlbiNhAll(0),
        SmmuCommand.TlbiNsnhAll(),
        SmmuCommand.TlbiNhAsid(0, 2),
        SmmuCommand.TlbiS12VmAll(0),
        new() { D0 = 0xff },
    ];

    /// <summary>
    /// A random guest that migrates once or several times, with whatever may happen on the way: before, while and behind it remaps and reconfigures, devices
    /// write at once, as their last act and as their first, hosts refuse, management gives up at any point, or does things in another order.
    /// </summary>
    internal static NestedPlan Random(NestedSight sight, ulong seed)
    {
        var dice = new SplitMix(seed);
        var devices = sight.Machine!.Devices.Count;
        var steps = new List<NestedStep>();
        int Pick(int below) => (int)(dice.Next() % (ulong)below);
        int Page() => GuestModel.FirstData + Pick(GuestRam.Pages - GuestModel.FirstData);
        void Something(int most)
        {
            for (var i = Pick(most); i > 0; i--)
                Add(Pick(26));
        }

        void Add(int what)
        {
            var (device, context) = (Pick(devices), Pick(GuestModel.Contexts));
            switch (what)
            {
                case < 3:
                    steps.Add(Map(Pick(GuestModel.IovaPages), Page(), context, Pick(6) == 0));
                    break;
                case 3:
                    steps.Add(Unmap(Pick(GuestModel.IovaPages), context));
                    break;
                case 4 or 5:
                    if (sight.Host.CanRefuse && Pick(12) == 0)
                        steps.Add(Refuse(device, there: false));
                    steps.Add(Stream((GuestConfig)(Pick(3) == 0 ? Pick(5) : 3), device, context));
                    break;
                case 6:
                    steps.Add(Pick(3) == 0 ? Control(Pick(3) != 0, Pick(2) == 0) : Control(true));
                    break;
                case 7:
                    steps.Add(Context(context, Pick(8) == 0, Pick(4) == 0));
                    break;
                case 8:
                    steps.Add(Processor(Page(), Pick(512)));
                    break;
                case 9:
                    steps.Add(Access(Pick(4) == 0 ? Pick(GuestRam.Pages) : Page(), (MemoryAccess)(Pick(2) == 0 ? 0 : Pick(3))));
                    break;
                case 10 or 11:
                    steps.Add(round);
                    break;
                case 12:
                    steps.Add(Dma(Address(), Pick(3) == 0, device, DmaMoment.AtStop));
                    break;
                case 13:
                    steps.Add(Dma(Address(), Pick(3) == 0, device, DmaMoment.AtStart));
                    break;
                case 14:
                    var command = commands[Pick(commands.Length)];
                    steps.Add(NestedStep.Of(NestedStepKind.GuestCommand, command.D0, command.D1));
                    break;
                case 15:
                    // A buffer that goes round: mapped, written, taken away again.
                    var (iova, page) = (Pick(GuestModel.IovaPages), Page());
                    steps.Add(Map(iova, page, context));
                    steps.Add(Stream(GuestConfig.Translate, device, context));
                    for (var i = 1 + Pick(3); i > 0; i--)
                        steps.Add(Dma(((ulong)iova << 12) + ((ulong)Pick(512) * 8), Pick(4) == 0, device));
                    steps.Add(Pick(2) == 0 ? Unmap(iova, context) : Map(iova, Page(), context));
                    break;
                default:
                    steps.Add(Dma(Address(), Pick(3) == 0, device));
                    break;
            }
        }

        ulong Address() => Pick(3) == 0 ? GuestRam.GpaOf(Page()) + ((ulong)Pick(512) * 8) : ((ulong)Pick(GuestModel.IovaPages) << 12) + ((ulong)Pick(512) * 8);

        // The rest of a migration step by step, some of them twice, left out or too early: what makes no sense where it stands is left out by whoever runs it.
        void InSomeOrder()
        {
            NestedStep[] order = [stop, save, prepare.With(0, Pick(8) == 0 ? 1u : 0), load, loadDevices, start];
            for (var swaps = Pick(4); swaps > 0; swaps--)
            {
                var at = Pick(order.Length - 1);
                (order[at], order[at + 1]) = (order[at + 1], order[at]);
            }

            foreach (var step in order)
            {
                Something(3);
                if (Pick(8) != 0)
                    steps.Add(step);
                if (Pick(12) == 0)
                    steps.Add(cancel);
            }
        }

        for (var device = 0; device < devices; device++)
            steps.Add(Stream((GuestConfig)(Pick(4) == 0 ? Pick(5) : 3), device, Pick(GuestModel.Contexts)));
        for (var i = 2 + Pick(5); i > 0; i--)
            steps.Add(Map(Pick(GuestModel.IovaPages), Page(), Pick(GuestModel.Contexts)));
        for (var left = 1 + Pick(3); left > 0; left--)
        {
            Something(6);
            if (Pick(4) != 0)
                steps.Add(begin);
            Something(10);
            if (sight.Host.CanRefuse && Pick(8) == 0)
                steps.Add(Refuse(Pick(devices)));
            if (Pick(4) == 0)
                InSomeOrder();
            else if (Pick(6) == 0)
                steps.Add(Pick(2) == 0 ? stop : cancel);
            steps.Add(Pick(8) == 0 ? cancel : Migrate(Pick(8) == 0));
            Something(4);
        }

        return new([.. steps]);
    }
}
