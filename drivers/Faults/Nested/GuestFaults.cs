using Conformance.Drivers.Reference.Nested;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;
using static Conformance.Drivers.Faults.NestedSeed;
using static Conformance.Drivers.Reference.Nested.DirtyWay;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of nested translation and of a virtual SMMU (SMMU-NEST-01..06, -14..17, -20, -21).</summary>
internal static class GuestFaults
{
    public static IReadOnlyList<NestedFault> All { get; } =
    [
        Of(SMMU_NEST_01, "stage-one-output-used-as-pa", Everything, "the output of stage 1 is used as PA", h => new On(h, s => new Skips(s, Stage2Use.Input))),
        Of(SMMU_NEST_02, "cd-fetched-at-ipa", Everything, "the CD is fetched at its IPA", h => new On(h, s => new Skips(s, Stage2Use.Context))),
        Of(SMMU_NEST_03, "descriptor-read-at-ipa", Everything, "stage-1 descriptors are read at their IPA", h => new On(h, s => new Skips(s, Stage2Use.Table))),
        Of(SMMU_NEST_04, "both-table-bases-translated", Everything, "stage 2 translates TTB0 and TTB1 before a walk", h => new On(h, s => new BothHalves(s))),
        Of(SMMU_NEST_05, "stage-two-fault-first", Everything, "stage 2 is asked before the permissions of stage 1", h => new On(h, s => new Stage2First(s))),
        Of(SMMU_NEST_06, "cd-r-gates-stage-two", Everything, "CD.R gates records of stage 2 as well", h => new On(h, s => new RForBoth(s))),
        Of([SMMU_HTTU_10, SMMU_NEST_14], "htt-of-the-host-shown", Stage2, "the guest's IDR0.HTTU is the host's", s => new ShowsHttu(s)),
        Of([SMMU_NEST_14], "destination-not-compared", Everything, "a load does not compare the hardware with what the guest knows", s => new NeverCompares(s)),
        Of([SMMU_NEST_14], "unlisted-fields-compared", Everything, "a destination with another BTM is refused", s => new ComparesUnlisted(s)),
        Of([SMMU_NEST_15], "bypass-when-attach-fails", Everything, "a device is bypassed when the host does not attach its STE", s => new BypassOnFailure(s)),
        Of([SMMU_NEST_16], "smmuen-off-forgotten", Everything, "SMMUEN=0 changes nothing at the host", s => new ForgetsDisable(s)),
        Of([SMMU_NEST_17], "sync-does-not-wait", Everything, "invalidations reach the host behind the CMD_SYNC", s => new Late(s)),
        Of([SMMU_NEST_20], "illegal-commands-forwarded", Everything, "invalidations are not looked at before they are forwarded", s => new ForwardsIllegal(s)),
        Of([SMMU_NEST_21], "refused-vste-keeps-the-old", Everything, "an STE that the host refuses leaves what was attached", s => new KeepsOld(s)),
    ];

    // A host with another SMMU.
    private sealed class On(HostHabits h, Func<SmmuSite, MemorySmmu> make) : MemoryHost(h)
    {
        private protected override MemorySmmu CreateSmmu() => make(new(Habits.Smmu, SmmuCaching.OnDemand));
    }

    private sealed class Skips(SmmuSite s, Stage2Use what) : FaultySmmu(s)
    {
        private protected override bool TranslateStage2(
            ref Access access,
            ulong ipa,
            Stage2Use use,
            out ulong address,
            out Stage2Result result,
            ref Refusal fault
        )
        {
            if (!base.TranslateStage2(ref access, ipa, use, out address, out result, ref fault))
                return false;
            if (use == what && access.Stream!.HasStage1)
                address = ipa;
            return true;
        }
    }

    private sealed class BothHalves(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool TranslateStage1(ref Access access, out ulong address, ref Refusal fault)
        {
            address = 0;
            foreach (var half in new[] { access.Context!.Lower, access.Context.Upper })
                if (!half.Disabled && access.Stream!.HasStage2 && !TranslateStage2(ref access, half.Tables.Base, Stage2Use.Table, out _, out _, ref fault))
                    return false;
            return base.TranslateStage1(ref access, out address, ref fault);
        }
    }

    private sealed class Stage2First(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool AllowsStage1(in Access access, Rights rights) => true;

        private protected override SmmuReply Process(ref Access access, Span<byte> data, out SmmuEvent record)
        {
            // Stage 2 had its say; now what stage 1 says counts.
            isLate = false;
            var copy = access;
            Refusal fault = default;
            if (!Translate(ref copy, out _, ref fault))
            {
                record = default;
                return Refuse(copy, fault, out record);
            }

            isLate = true;
            return base.Process(ref access, data, out record);
        }

        private bool isLate;

        private protected override bool FinishStage1(ref Access access, in ContextHalf half, ref Leaf leaf, ref Rights rights, out bool lost, ref Refusal fault)
        {
            if (!base.FinishStage1(ref access, half, ref leaf, ref rights, out lost, ref fault))
                return false;
            return !isLate || base.AllowsStage1(access, rights) || Fault(ref fault, SmmuEventType.Permission);
        }

        private protected override bool UseTranslation(in Access access, in TlbEntry entry, ulong va, out ulong address, ref Refusal fault) =>
            base.UseTranslation(access, entry, va, out address, ref fault)
            && (!isLate || base.AllowsStage1(access, entry.Rights) || Fault(ref fault, SmmuEventType.Permission));
    }

    private sealed class RForBoth(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool Records(in Access access, in Refusal fault) =>
            access.Context is { } context && fault.Stage2 ? context.Descriptor.R : base.Records(access, fault);
    }

    private sealed class ShowsHttu(MachineSite s) : FaultyMachine(s)
    {
        private protected override SmmuCapabilities Offered(SmmuCapabilities host) => base.Offered(host) with { HTTU = host.HTTU };
    }

    private sealed class NeverCompares(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool CanGoOn(SmmuCapabilities guest, SmmuCapabilities host) => true;
    }

    // The field is not the guest's at all.
    private sealed class ComparesUnlisted(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool CanGoOn(SmmuCapabilities guest, SmmuCapabilities host) => base.CanGoOn(guest, host) && guest.BTM == host.BTM;
    }

    private sealed class BypassOnFailure(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool Failed(int index)
        {
            Bypass(index);
            return false;
        }
    }

    private sealed class ForgetsDisable(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool FollowsControl(bool isEnabled) => isEnabled;
    }

    private sealed class Late(MachineSite s) : FaultyMachine(s)
    {
        private readonly List<SmmuCommand> waiting = [];

        private protected override void Forward(in SmmuCommand command)
        {
            foreach (var one in waiting)
                base.Forward(one);
            waiting.Clear();
            waiting.Add(command);
        }
    }

    private sealed class ForwardsIllegal(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool Legal(in SmmuCommand command, bool isLegal) =>
            isLegal || command.Opcode is SmmuOpcode.TlbiNhVa or SmmuOpcode.TlbiNhVaa or SmmuOpcode.AtcInv;
    }

    private sealed class KeepsOld(MachineSite s) : FaultyMachine(s)
    {
        private protected override bool Refused(int index) => true;
    }
}
