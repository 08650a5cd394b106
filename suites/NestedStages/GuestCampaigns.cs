using System.Globalization;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Oracle;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.NestedStages.GuestDraft;

namespace Conformance.Suites.NestedStages;

/// <summary>What a guest sees of a virtual SMMU: translations, its streams, its commands (SMMU-NEST-01..06, -09, -14..17, -20, -21).</summary>
internal static class GuestCampaigns
{
    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign(
            "nested-translation",
            [SMMU_NEST_01, SMMU_NEST_02, SMMU_NEST_03, SMMU_NEST_04, SMMU_NEST_05, SMMU_NEST_06],
            NestedCampaigns.Machine,
            Translation
        )
        {
            Sees = [NestedWitnesses.Dma],
        },
        new NestedCampaign("guest-streams", [SMMU_NEST_09, SMMU_NEST_15, SMMU_NEST_16, SMMU_NEST_21], NestedCampaigns.Machine, Streams)
        {
            Sees = [NestedWitnesses.Dma],
        },
        new NestedCampaign("guest-invalidations", [SMMU_NEST_17], NestedCampaigns.Machine, Invalidations) { Sees = [NestedWitnesses.Dma] },
        new NestedCampaign("guest-commands", [SMMU_NEST_20], NestedCampaigns.Machine, Commands),
        new NestedCampaign("guest-identification", [SMMU_NEST_14, SMMU_HTTU_10], NestedCampaigns.Machine, _ => [new(Plan([Simple(NestedStepKind.Identify)]))]),
    ];

    private static IEnumerable<Named<NestedPlan>> Translation(NestedSight sight)
    {
        for (var context = 0; context < GuestModel.Contexts; context++)
        {
            var granule = $"{1 << (GuestModel.ShiftOf(context) - 10)} KiB";
            var translate = Stream(GuestConfig.Translate, context: context);
            // Every page of 4 KiB of a granule: stage 2 takes each of them elsewhere.
            foreach (var page in new[] { Low, Far, High })
            {
                IEnumerable<NestedStep> mapped = [translate, Map(0, page, context)];
                for (ulong at = 0; at < 1ul << GuestModel.ShiftOf(context); at += 4096)
                {
                    yield return new(Plan(mapped, [Dma(at)]), granule);
                    yield return new(Plan(mapped, [Dma(at, read: true), Dma(at + 8), Dma(at + 0xff8, read: true)]), granule);
                }

                yield return new(Plan(mapped, [Dma(31 << 12), Dma(1ul << 25), Dma(1ul << 40), Dma(ulong.MaxValue - 7)]), $"{granule}, nothing mapped");
                // Permissions of both stages, and which of them is told.
                foreach (var readOnly in new[] { false, true })
                foreach (var access in new[] { MemoryAccess.ReadWrite, MemoryAccess.ReadOnly, MemoryAccess.None })
                {
                    // A granule has pages on both sides of the one that stage 2 restricts.
                    var target = page >> (GuestModel.ShiftOf(context) - 12) << (GuestModel.ShiftOf(context) - 12);
                    IEnumerable<NestedStep> restricted = [translate, Map(0, page, context, readOnly), Access(target, access)];
                    yield return new(Plan(restricted, [Dma(0)]), $"{granule}, {access} in stage 2");
                    yield return new(Plan(restricted, [Dma(0, read: true), Dma(0), Dma(0x1000, read: true)]), $"{granule}, {access} in stage 2");
                    yield return new(Plan([Context(context, unrecorded: true)], restricted, [Dma(0, read: true), Dma(0)]), $"{granule}, CD.R=0");
                }
            }

            // A CD, or a table, where stage 2 has nothing.
            var table = (int)(4 + (context * 4));
            foreach (var page in new[] { 3, table, table + 1 })
            {
                yield return new(Plan([translate, Map(0, Low, context), Access(page, MemoryAccess.None), Dma(0)]), $"{granule}, page {page} is not in stage 2");
                yield return new(
                    Plan([translate, Map(0, Low, context), Access(page, MemoryAccess.None), Dma(0, read: true), Access(page, MemoryAccess.ReadOnly), Dma(0)]),
                    $"{granule}, page {page} is not in stage 2, and then it is"
                );
            }

            yield return new(
                Plan([translate, Map(0, Low, context), Context(context, invalid: true), Dma(0), Context(context), Dma(0)]),
                $"{granule}, CD with V=0"
            );
        }
    }

    private static IEnumerable<Named<NestedPlan>> Streams(NestedSight sight)
    {
        var address = GuestRam.GpaOf(Low);
        var devices = sight.Machine!.Devices.Count;
        GuestConfig[] configs = [GuestConfig.Invalid, GuestConfig.Abort, GuestConfig.Bypass, GuestConfig.Translate, GuestConfig.Illegal];
        NestedStep[] DmasOf(int device) => [Dma(0, device: device), Dma(address, device: device), Dma(address, read: true, device: device)];
        foreach (var device in new[] { 0, devices - 1 }.Distinct())
        foreach (var first in configs)
        {
            yield return new(Plan([Map(), Stream(first, device)], DmasOf(device)));
            foreach (var second in configs)
                yield return new(Plan([Map(), Map(0, Far, 1), Stream(first, device), Stream(second, device, 1)], DmasOf(device)));
            foreach (var abort in new[] { false, true })
                yield return new(
                    Plan([Map(), Stream(first, device), Control(false, abort)], DmasOf(device), [Control(true)], DmasOf(device)),
                    abort ? "GBPA.ABORT=1" : "GBPA.ABORT=0"
                );
            if (!sight.Host.CanRefuse)
                continue;
            foreach (var second in configs)
                yield return new(
                    Plan([Map(), Map(0, Far, 1), Stream(first, device), Refuse(device, there: false), Stream(second, device, 1)], DmasOf(device)),
                    "the host refuses"
                );
        }

        foreach (var abort in new[] { false, true })
            yield return new(
                Plan(
                    [Control(false, abort)],
                    Enumerable.Range(0, devices).SelectMany(DmasOf),
                    [Control(false, !abort)],
                    Enumerable.Range(0, devices).SelectMany(DmasOf)
                ),
                "every device"
            );
    }

    private static IEnumerable<Named<NestedPlan>> Invalidations(NestedSight sight)
    {
        for (var context = 0; context < GuestModel.Contexts; context++)
        {
            IEnumerable<NestedStep> mapped = [Stream(GuestConfig.Translate, context: context), Map(0, Low, context), Dma(0)];
            yield return new(Plan(mapped, [Map(0, Far, context), Dma(0)]));
            yield return new(Plan(mapped, [Unmap(0, context), Dma(0), Map(0, Low, context), Dma(0)]));
            yield return new(Plan(mapped, [Map(0, Low, context, readOnly: true), Dma(0), Dma(0, read: true)]));
            yield return new(Plan(mapped, [Context(context, invalid: true), Dma(0), Context(context), Dma(0)]));
        }
    }

    // Every opcode, and legal ones with operands that are not.
    private static IEnumerable<Named<NestedPlan>> Commands(NestedSight sight)
    {
        IEnumerable<NestedStep> guest = [Stream(GuestConfig.Translate), Map()];
        IEnumerable<NestedStep> after = [Dma(0)];
        for (ulong opcode = 0; opcode < 256; opcode++)
            yield return new(
                Plan(guest, [NestedStep.Of(NestedStepKind.GuestCommand, opcode)], after),
                string.Create(CultureInfo.InvariantCulture, $"opcode 0x{opcode:x2}")
            );
        SmmuCommand[] odd =
        [
            SmmuCommand.TlbiNhVa(0, 1, 0, true) with
            {
                TG = 1,
            },
            SmmuCommand.TlbiNhVaa(0, 0, true) with
            {
                TG = 1,
            },
            SmmuCommand.TlbiNhVa(0, 1, 0, true) with
            {
                TG = 1,
                NUM = 3,
            },
            SmmuCommand.TlbiNhVa(0, 1, 0, true) with
            {
                TG = 1,
                TTL = 3,
            },
            SmmuCommand.CfgiCd(8, 0, true) with
            {
                SSec = true,
            },
            SmmuCommand.CfgiCdAll(8) with
            {
                SSec = true,
            },
            SmmuCommand.CfgiSte(8, true) with
            {
                SSec = true,
            },
            SmmuCommand.Sync() with
            {
                CS = 3,
            },
            SmmuCommand.CfgiAll(),
            SmmuCommand.CfgiCdAll(0xffff),
            SmmuCommand.TlbiS12VmAll(0),
            SmmuCommand.TlbiS2Ipa(0, 0, true),
        ];
        foreach (var command in odd)
            yield return new(Plan(guest, [NestedStep.Of(NestedStepKind.GuestCommand, command.D0, command.D1)], after));
    }
}
