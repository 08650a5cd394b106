using System.Globalization;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Nested;
using Conformance.Model.Nested.Device;
using Conformance.Model.Nested.Steps;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;
using static Conformance.Suites.NestedStages.HostDraft;

namespace Conformance.Suites.NestedStages;

/// <summary>What a VMM asks of a host: objects and their errnos, the guest's STE, invalidations, events (SMMU-NEST-07..13, -19).</summary>
internal static class HostCampaigns
{
    // Places of devices in the facts of the reference; a host with fewer has no such plans.
    private const ulong WithAts = 1;

    public static IReadOnlyList<ICampaign<NestedSight, NestedPlan>> All { get; } =
    [
        new NestedCampaign("object-errnos", [SMMU_NEST_13, DIRTY_12], NestedCampaigns.Stage1, Errnos),
        new NestedCampaign("vste-bits", [SMMU_NEST_07], NestedCampaigns.Stage1, Bits),
        new NestedCampaign("physical-entries", [SMMU_NEST_08, SMMU_NEST_19], NestedCampaigns.Evidence, Entries),
        new NestedCampaign("command-filter", [SMMU_NEST_10], NestedCampaigns.Evidence, Filter),
        new NestedCampaign("completed-commands", [SMMU_NEST_11], NestedCampaigns.Stage1, Completed),
        new NestedCampaign("virtual-events", [SMMU_NEST_12], NestedCampaigns.Stage1, VirtualEvents),
        new NestedCampaign("capabilities", [DIRTY_18], NestedCampaigns.Stage1, Capabilities),
    ];

    // Each call with each of its operands off, after calls that make everything else right.
    private static IEnumerable<Named<NestedPlan>> Errnos(NestedSight sight)
    {
        var devices = sight.Host.Devices;
        var several = (ulong)devices.ToList().FindIndex(device => device.StreamIds.Count != 1);
        var elsewhere = (ulong)devices.ToList().FindIndex(device => device.Smmu != devices[0].Smmu);
        List<NestedStep[]> odd =
        [
            .. new ulong[] { 0, 1, 2, 3, 4 + 1, 8 + 1, 16, 16 + 1, 0x8000_0000 }.Select(flags => new[] { NewParent(flags, into: Other) }),
            [NewParent().With(2, NestedStepTable.NoDevice)],
            [NewParent().With(3, NestedStepTable.Nothing)],
            [NewParent().With(3, Parent)],
            [NewParent().With(3, Vdevice)],
            [NewParent().With(8, 1)],
            [NewParent().With(4, 2)],
            [NewParent().With(5, 16)],
            [NewParent().With(4, 2).With(5, 16)],
            .. new ulong[] { 1, 2, 8, 16, 16 + 4 }.Select(flags => new[] { Push(Abort).With(1, flags) }),
            .. new ulong[] { 0, 1, 3, 0xdead }.SelectMany(type =>
                new ulong[] { 0, 8, 15, 16, 17, 32 }.Select(length => new[] { Push(Abort).With(4, type).With(5, length) })
            ),
            .. new ulong[] { 8, 15, 17, 24, 64 }.Select(length => new[] { Push(Abort).With(5, length) }),
            [Push(Abort).With(2, NestedStepTable.NoDevice)],
            [Push(Abort).With(8, 1)],
            .. new ulong[] { 1, 2, 0x8000_0000 }.Select(flags => new[] { NewViommu(into: Other).With(1, flags) }),
            .. new ulong[] { 0, 2, 0xdead }.Select(type => new[] { NewViommu(into: Other).With(2, type) }),
            [NewViommu(into: Other).With(1, 1).With(4, NestedStepTable.Nothing)],
            [NewViommu(into: Other).With(3, NestedStepTable.NoDevice)],
            .. new[] { NestedStepTable.Nothing, Viommu, Vdevice, Ioas }.Select(pt => new[] { NewViommu(into: Other).With(4, pt) }),
            [NewParent(0, into: Other), NewViommu(into: 6).With(4, Other)],
            [NewVdevice(into: Other)],
            [NewVdevice(id: VirtualId + 1, into: Other)],
            [NewVdevice(device: WithAts, into: Other)],
            [NewVdevice(device: WithAts, id: 1ul << 40, into: Other)],
            [NewVdevice(device: WithAts, id: VirtualId + 1, viommu: Parent, into: Other)],
            [NewVdevice(device: NestedStepTable.NoDevice, id: VirtualId + 1, into: Other)],
            [NewQueue(into: Other)],
            [NewViommu(into: Other), NewQueue(0, Other, 6)],
            [NewViommu(into: Other), NewQueue(1ul << 19, Other, 6)],
            [NewViommu(into: Other), NewQueue((1ul << 19) + 1, Other, 6)],
            [NewViommu(into: Other), NewQueue(viommu: Other, into: 6).With(1, 1)],
            [NewViommu(into: Other), NewQueue(viommu: Other, into: 6).With(2, 0)],
            [NewViommu(into: Other), NewQueue(viommu: Parent, into: 6)],
            [NewParent(into: Other), NewViommu(parent: Other, into: 6), Push(Stage1 | Ram, viommu: 6), Attach(Pushed)],
            [Push(Stage1 | Ram), Attach(Pushed, WithAts)],
            [Push(Abort), Attach(Pushed, WithAts)],
            [Push(Bypass), Attach(Pushed, WithAts)],
            [Push(0), Attach(Pushed, WithAts)],
            [Attach(Pushed)],
            [Attach(Vdevice)],
            [Attach(NestedStepTable.Nothing)],
            .. new[] { NestedStepTable.Nothing, Ioas, Parent, Vdevice, Other }.Select(of => new[] { Invalidate(1, of: of) }),
            [Push(Abort), Invalidate(1, of: Pushed)],
            .. new ulong[] { 0, 2, 0xdeadbeef }.Select(type => new[] { Invalidate(1).With(1, type) }),
            .. new ulong[] { 0, 1, 8, 15, 17, 32, 4096, 4097 }.Select(length => new[] { Invalidate(1, length: length) }),
            .. new ulong[] { 17, 32, 4096 }.Select(length => new[] { Invalidate(2, 2, SmmuCommand.TlbiNsnhAll(), length, tail: 1) }),
            [Invalidate(0)],
        ];
        if (several < (ulong)devices.Count)
        {
            odd.Add([NewVdevice(several, VirtualId + 1, into: Other)]);
            odd.Add([NewVdevice(several, into: Other)]);
        }

        if (elsewhere < (ulong)devices.Count)
        {
            odd.Add([NewViommu(elsewhere, into: Other)]);
            odd.Add([NewVdevice(elsewhere, VirtualId + 1, into: Other)]);
            odd.Add([Push(Abort).With(2, elsewhere)]);
            odd.Add([Attach(Parent, elsewhere)]);
            odd.Add([Push(Bypass), Attach(Pushed, elsewhere)]);
        }

        return odd.Select(steps => new Named<NestedPlan>(Plan(Guest(), steps)));
    }

    // Every bit of both doublewords alone, in each configuration.
    private static IEnumerable<Named<NestedPlan>> Bits(NestedSight sight)
    {
        foreach (var config in new ulong[] { 0, 4, 5 })
        {
            for (var bit = 0; bit < 128; bit++)
            {
                var (word0, word1) = (1 | config << 1 | (bit < 64 ? 1ul << bit : 0), bit < 64 ? 0 : 1ul << bit - 64);
                yield return new(
                    Plan(Guest(), [Push(word0, word1)]),
                    string.Create(CultureInfo.InvariantCulture, $"Config={config}, D{bit / 64} bit {bit % 64}")
                );
            }
        }

        foreach (var config in Enumerable.Range(0, 8))
            yield return new(Plan(Guest(), [Push(1 | (ulong)config << 1)]), $"Config={config}");
        foreach (var eats in Enumerable.Range(0, 4))
            yield return new(Plan(Guest(), [Push(Stage1, (ulong)eats << 28)]), $"EATS={eats}");
        yield return new(Plan(Guest(), [Push(ulong.MaxValue - 1, ulong.MaxValue)]), "V=0 and everything else");
    }

    private static IEnumerable<Named<NestedPlan>> Entries(NestedSight sight)
    {
        ulong[] firsts = [0, Abort, Bypass, Stage1 | Ram, Stage1 | Ram | 1 << 4 | 3ul << 59, ulong.MaxValue - 1];
        ulong[] seconds = [0, 0xd4, 0xff, 1 << 27, 1 << 28, 1 << 28 | 0xd4];
        // ATS goes on and off with what the guest asks for.
        foreach (var device in Enumerable.Range(0, sight.Host.Devices.Count).Where(at => Fits(sight, at)).Select(at => (ulong)at))
        foreach (var then in new[] { Stage1 | Ram, Abort, Bypass, 0ul })
            yield return new(
                Plan(
                    [Map(), NewParent(), NewViommu(), NewVdevice(device), Push(Stage1 | Ram, 1 << 28, device), Attach(Pushed, device)],
                    [Push(then, 0, device, into: Other), Attach(Other, device), Attach(Pushed, device), Attach(Other, device)]
                ),
                "ATS on, off, on, off"
            );
        foreach (var device in Enumerable.Range(0, sight.Host.Devices.Count).Where(at => Fits(sight, at)))
        foreach (var first in firsts)
        foreach (var second in seconds.Where(second => first != Abort && first != Bypass || second is 0 or 1 << 28))
            yield return new(
                Plan(
                    [Map(), NewParent(), NewViommu(), NewVdevice((ulong)device), Attach(Parent, (ulong)device)],
                    [Push(first, second, (ulong)device), Attach(Pushed, (ulong)device), Attach(Parent, (ulong)device), Attach(Pushed, (ulong)device)]
                )
            );
    }

    private static bool Fits(NestedSight sight, int at) =>
        sight.Host.Devices[at].Smmu == sight.Host.Devices[0].Smmu && sight.Host.Devices[at].StreamIds.Count == 1;

    // Every opcode; those that pass with operands of the guest's that must not.
    private static IEnumerable<Named<NestedPlan>> Filter(NestedSight sight)
    {
        IEnumerable<NestedStep> guest = [.. Guest(), Push(Stage1 | Ram), Attach(Pushed)];
        for (ulong opcode = 0; opcode < 256; opcode++)
        {
            // The VMID of another guest, or the StreamID of the own device; SSec and the rest are clear.
            var isOfStream = opcode is (>= 1 and <= 7) or 0x40 or 0x41 or 0x44 or 0x45;
            var d0 = opcode | (isOfStream ? VirtualId << 32 : 0x1234ul << 32 | 3ul << 48);
            yield return new(
                Plan(guest, [Invalidate(3, 2, new() { D0 = d0, D1 = opcode == 0x40 ? 52u : 0 })]),
                string.Create(CultureInfo.InvariantCulture, $"opcode 0x{opcode:x2}")
            );
        }

        foreach (var opcode in new ulong[] { 5, 6, 0x40 })
        foreach (var stream in new ulong[] { VirtualId + 1, 0x18, 0xffff_ffff })
            yield return new(Plan(guest, [Invalidate(3, 2, new() { D0 = opcode | stream << 32 })]), $"opcode {opcode}, StreamID {stream}");
        foreach (var command in new[] { SmmuCommand.TlbiNsnhAll() with { D1 = 0xffff_f000, VMID = 9 }, SmmuCommand.TlbiNhAsid(9, 0xffff) })
            yield return new(Plan(guest, [Invalidate(1, 1, command)]));
        if (sight.Host.Devices.Count > 1 && Fits(sight, 1))
            yield return new(
                Plan(guest, [NewVdevice(1, VirtualId + 1, into: Other), Invalidate(1, 1, SmmuCommand.CfgiCdAll((uint)VirtualId + 1))]),
                "the second device"
            );
    }

    // The failing entry at every position, in batches of every size that implementations cut them into.
    private static IEnumerable<Named<NestedPlan>> Completed(NestedSight sight)
    {
        foreach (var count in new ulong[] { 1, 2, 3, 62, 63, 64, 65, 126, 127, 132 })
            for (ulong odd = 0; odd <= count; odd += count < 8 || odd < 3 || odd is > 58 and < 68 || odd > count - 4 ? 1u : 7)
                yield return new(
                    Plan(Guest(), [Push(Abort), Attach(Pushed), Invalidate(count, odd, SmmuCommand.CfgiSte(0, true))]),
                    odd == 0 ? $"{count} entries" : $"entry {odd} of {count} fails"
                );
    }

    private static IEnumerable<Named<NestedPlan>> VirtualEvents(NestedSight sight)
    {
        IEnumerable<NestedStep> Dmas(int count) => Enumerable.Repeat(Dma(0x1000), count);
        foreach (var depth in new ulong[] { 1, 2, 3, 8 })
        foreach (var count in new[] { 0, 1, (int)depth - 1, (int)depth, (int)depth + 1, (int)depth + 5 }.Distinct().Where(count => count >= 0))
            yield return new(
                Plan(Guest(depth), [Push(Stage1 | Ram), Attach(Pushed)], Dmas(count), [Events()], Dmas(1), [Events(), Events()]),
                $"{count} events into {depth} places"
            );
        // What stage 2 stops is the host's: no CD can be fetched where there is no memory.
        yield return new(Plan(Guest(), [Push(Stage1 | 0x7000_0000), Attach(Pushed)], Dmas(2), [Events()]), "the CD is outside of stage 2");
        yield return new(Plan(Guest(), [Push(0), Attach(Pushed)], Dmas(1), [Events()]), "abort is silent");
        if (sight.Host.Devices.Count > 1 && Fits(sight, 1))
            yield return new(
                Plan(
                    Guest(),
                    [NewVdevice(1, VirtualId + 1, into: Other), Push(Stage1 | Ram), Attach(Pushed), Attach(Pushed, 1)],
                    [Dma(0x1000), Dma(0x1000, device: 1), Events()]
                ),
                "two devices"
            );
    }

    private static IEnumerable<Named<NestedPlan>> Capabilities(NestedSight sight) =>
        Enumerable
            .Range(0, sight.Host.Devices.Count)
            .SelectMany(device =>
                new ulong[] { 0, 2, 1, 77 }.Select(type => new Named<NestedPlan>(new([NestedStep.Of(NestedStepKind.HwInfo, (ulong)device, type)])))
            )
            .Append(new(new([NestedStep.Of(NestedStepKind.HwInfo, NestedStepTable.NoDevice)])));
}
