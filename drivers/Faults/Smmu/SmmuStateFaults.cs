using System.Buffers.Binary;
using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using static Conformance.Drivers.Faults.SmmuSeed;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Drivers.Faults;

/// <summary>Faults of the serialized state (VMS).</summary>
internal static class SmmuStateFaults
{
    public static IReadOnlyList<SmmuFault> All { get; } =
    [
        Of(VMS_01, "state-without-sid-split", Stage1, "sid_split is left out of the section", s => new StateWithoutSidSplit(s)),
        Of(VMS_02, "state-counts-loads", Stage1, "sid_size counts how often the state was loaded", s => new StateCountsLoads(s)),
        Of(VMS_03, "load-resets-cons", Stage1, "CMDQ_CONS is 0 after a load", s => new LoadResetsCons(s)),
        Of(VMS_03, "load-loses-wrap", Stage1, "the indexes of the event queue lose their wrap bits at a load", s => new LoadLosesWrap(s)),
        Of(VMS_03, "load-loses-two-levels", Stage1, "a stream table of two levels is linear after a load", s => new LoadLosesTwoLevels(s)),
        Of(VMS_04, "gbpa-not-sent", Stage1, "GBPA is never sent", s => new GbpaNotSent(s)),
        Of(VMS_04, "gbpa-always-sent", Stage1, "the subsection for GBPA is always there", s => new GbpaAlwaysSent(s)),
        Of(VMS_04, "gbpa-aborts-without-subsection", Stage1, "without its subsection GBPA is ABORT after a load", s => new GbpaAbortsWithoutSubsection(s)),
        Of(VMS_05, "caches-are-migrated", Stage1, "what the source has fetched goes along, and is used by the destination", s => new CachesAreMigrated(s)),
        Of(VMS_06, "loads-state-of-other-stages", Stage1, "the state of an SMMU with other stages is loaded", s => new LoadsStateOfOtherStages(s)),
        Of(VMS_07, "load-trusts-log2size", Stage1, "LOG2SIZE of a queue is what the stream says beside its base", s => new LoadTrustsLog2Size(s)),
        Of(VMS_07, "load-indexes-by-split", Stage1, "sid_split of the stream is an index without a look at it", s => new LoadIndexesBySplit(s)),
        Of(VMS_07, "load-takes-what-is-there", Stage1, "a stream that is cut off is loaded as far as it goes", s => new LoadTakesWhatIsThere(s)),
        Of(VMS_09, "load-runs-commands-again", Stage1, "commands that were consumed run again after a load", s => new LoadRunsCommandsAgain(s)),
        Of(VMS_11, "save-tears-source-down", Stage1, "the source is disabled once its state was saved", s => new SaveTearsSourceDown(s)),
    ];

    private sealed class StateWithoutSidSplit(SmmuSite s) : FaultySmmu(s)
    {
        public override byte[] SaveState()
        {
            var bytes = base.SaveState();
            var at = QemuStream.Read(bytes).Find(SmmuVmState.SectionName)!.Value.Payload + SmmuVmState.SidSplit.Offset;
            return [.. bytes[..at], .. bytes[(at + 1)..]];
        }

        public override void LoadState(ReadOnlySpan<byte> state)
        {
            const int Section = 62;
            byte[] whole = [.. state[..(Section + 20 + SmmuVmState.SidSplit.Offset)], 0, .. state[(Section + 20 + SmmuVmState.SidSplit.Offset)..]];
            base.LoadState(whole);
        }
    }

    private sealed class StateCountsLoads(SmmuSite s) : FaultySmmu(s)
    {
        private ulong loads;

        private protected override SmmuVmState Collect()
        {
            var state = base.Collect();
            state[SmmuVmState.SidSize] = loads;
            return state;
        }

        private protected override void Install(SmmuVmState state)
        {
            base.Install(state);
            loads = state[SmmuVmState.SidSize] + 1;
        }
    }

    private sealed class LoadResetsCons(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Install(SmmuVmState state)
        {
            base.Install(state);
            CommandConsumer = 0;
        }
    }

    private sealed class LoadLosesWrap(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Install(SmmuVmState state)
        {
            var lost = state.Copy();
            var size = 1ul << (int)(state[SmmuVmState.EventqBase] & 31);
            lost[SmmuVmState.EventqProd] &= ~size;
            lost[SmmuVmState.EventqCons] &= ~size;
            base.Install(lost);
        }
    }

    private sealed class LoadLosesTwoLevels(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Install(SmmuVmState state)
        {
            var lost = state.Copy();
            lost[SmmuVmState.StrtabBaseCfg] &= 0x3f;
            base.Install(lost);
        }
    }

    private sealed class GbpaNotSent(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SendsGbpa(uint value) => false;
    }

    private sealed class GbpaAlwaysSent(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool SendsGbpa(uint value) => true;
    }

    private sealed class GbpaAbortsWithoutSubsection(SmmuSite s) : FaultySmmu(s)
    {
        private protected override uint GbpaWithoutSubsection => 1 << 20;
    }

    // What was fetched stands behind the stream: addresses and values, and how many.
    private sealed class CachesAreMigrated(SmmuSite s) : FaultySmmu(s)
    {
        private readonly Dictionary<ulong, ulong> fetched = [];
        private readonly Dictionary<ulong, ulong> arrived = [];

        public override byte[] SaveState()
        {
            var bytes = new List<byte>(base.SaveState());
            Span<byte> number = stackalloc byte[8];
            foreach (var (address, value) in fetched)
            {
                BinaryPrimitives.WriteUInt64BigEndian(number, address);
                bytes.AddRange(number);
                BinaryPrimitives.WriteUInt64BigEndian(number, value);
                bytes.AddRange(number);
            }

            BinaryPrimitives.WriteUInt64BigEndian(number, (ulong)fetched.Count);
            bytes.AddRange(number);
            return [.. bytes];
        }

        public override void LoadState(ReadOnlySpan<byte> state)
        {
            var count = state.Length < 8 ? 0 : BinaryPrimitives.ReadUInt64BigEndian(state[^8..]);
            if (count >= (ulong)state.Length / 16)
                throw new SmmuStateException("the caches are cut off");
            var end = state.Length - 8 - (16 * (int)count);
            base.LoadState(state[..end]);
            for (var at = end; at + 16 < state.Length; at += 16)
                arrived[BinaryPrimitives.ReadUInt64BigEndian(state[at..])] = BinaryPrimitives.ReadUInt64BigEndian(state[(at + 8)..]);
        }

        private protected override bool Fetch(ulong address, out ulong value)
        {
            if (arrived.TryGetValue(address, out value))
                return true;
            if (!base.Fetch(address, out value))
                return false;
            fetched[address] = value;
            return true;
        }

        // Commands are not cached.
        private protected override bool FetchCommand(ulong address, out Model.Smmu.Structures.SmmuCommand command)
        {
            command = default;
            return base.Fetch(address, out command.D0) && base.Fetch(address + 8, out command.D1);
        }

        private protected override void ForgetEverything()
        {
            fetched.Clear();
            arrived.Clear();
            base.ForgetEverything();
        }
    }

    private sealed class LoadsStateOfOtherStages(SmmuSite s) : FaultySmmu(s)
    {
        private protected override bool Takes(SmmuIdentification? source) => true;
    }

    private sealed class LoadTrustsLog2Size(SmmuSite s) : FaultySmmu(s)
    {
        private int? loaded;

        private protected override void Install(SmmuVmState state)
        {
            base.Install(state);
            loaded = (int)Math.Min(state[SmmuVmState.EventqLog2Size], 24);
        }

        private protected override int LimitQueueSize(int log2Size, int limit) => loaded ?? base.LimitQueueSize(log2Size, limit);

        public override void Reset()
        {
            loaded = null;
            base.Reset();
        }
    }

    private sealed class LoadIndexesBySplit(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Install(SmmuVmState state)
        {
            Span<ulong> sizes = stackalloc ulong[32];
            sizes[(int)state[SmmuVmState.SidSplit]] = 1;
            base.Install(state);
        }
    }

    private sealed class LoadTakesWhatIsThere(SmmuSite s) : FaultySmmu(s)
    {
        public override void LoadState(ReadOnlySpan<byte> state)
        {
            try
            {
                base.LoadState(state);
            }
            catch (SmmuStateException)
            {
                Install(new());
            }
        }
    }

    private sealed class LoadRunsCommandsAgain(SmmuSite s) : FaultySmmu(s)
    {
        private protected override void Install(SmmuVmState state)
        {
            base.Install(state);
            var consumed = CommandConsumer & 0xff;
            for (var index = 0u; index < consumed; index++)
                if (FetchCommand(CommandAddress(index), out var command) && Execute(command) != CommandError.None)
                    Raise(CommandQueueError);
        }
    }

    private sealed class SaveTearsSourceDown(SmmuSite s) : FaultySmmu(s)
    {
        public override byte[] SaveState()
        {
            var state = base.SaveState();
            TearDown();
            return state;
        }
    }
}
