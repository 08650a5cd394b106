using Conformance.Engine.Judging;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Oracle;
using Conformance.Model.Smmu.Structures;
using Conformance.Model.Smmu.Translation;
using Conformance.Reports;

namespace Conformance.Engine.Smmu;

/// <summary>
/// Runs scenes on an SMMU and on the model together, and stops at the first difference. Memory, registers and caches are the same before each scene, so that a
/// scene does not depend on what ran before.
/// </summary>
public sealed partial class SceneRunner : IJudge<Scene>
{
    private readonly ISmmuTarget target;
    private readonly SmmuBatch batch = new();
    private readonly SceneLowering lowering = new();
    private readonly SceneFeedback feedback = new();
    private readonly SmmuOutcomeSet outcomes = new();
    private readonly SmmuOracle oracle;
    private readonly List<SmmuEvent> events = [];
    private readonly List<SmmuTransaction> sent = [];
    private readonly List<byte> rows = []; // of the coverage, per transaction that was sent
    private readonly SceneCoverage coverage;
    private byte[] records = [];
    private readonly byte[] noRecords = new byte[0x1_0000];
    private bool clean;
    private SceneDivergence? warning;
    private readonly IJournal journal;
    private Ledger? ledger;
    private Scene scene = null!;
    private int tickets;
    private uint produced;
    private int unjudged; // the last step whose transaction was not judged: it shows nothing of what it is there for
    private SmmuSettings settings;
    private (SmmuTransaction Transaction, SmmuReply Reply, ulong Data)? last;
    private List<(int Known, SceneDivergence Divergence)> accepted = [];

    /// <summary>Looks at an SMMU: its identification registers.</summary>
    /// <exception cref="DeviceLostException">It cannot be reached.</exception>
    public SceneRunner(ISmmuTarget target, IJournal? journal = null)
    {
        this.journal = journal ?? NullJournal.Instance;
        this.target = target;
        target.Reset();
        foreach (var register in (ReadOnlySpan<uint>)[SmmuRegister.Idr0, SmmuRegister.Idr1, SmmuRegister.Idr3, SmmuRegister.Idr5, SmmuRegister.Aidr])
            batch.ReadRegister(register);
        target.Run(batch);
        var seen = batch.Results;
        var capabilities = SmmuCapabilities.Of((uint)seen[0].Value, (uint)seen[1].Value, (uint)seen[2].Value, (uint)seen[3].Value, (uint)seen[4].Value);
        Facts = new(capabilities, target.Port, target.Memory, target.Hole, target.StreamIds)
        {
            StateFormat = (target as ISmmuMigration)?.StateFormat ?? SmmuStateFormat.None,
            HasOtherStages = target is ISmmuMigration { HasOtherStages: true },
        };
        oracle = new(capabilities, target.Memory, target.Hole, target.Port);
        coverage = new(Facts);
    }

    /// <summary>What the SMMU says of itself.</summary>
    public SceneTarget Facts { get; }

    /// <summary>
    /// Deviations that are known. A scene goes on behind one that leaves nothing in doubt (a record that is wrong, missing or too much, a read that was
    /// refused), and ends with others.
    /// </summary>
    public KnownDeviations Known { get; init; } = KnownDeviations.None;

    /// <summary>Given each state as the SMMU saved it; null when nobody wants it.</summary>
    public Action<byte[]>? Saved { get; init; }

    /// <inheritdoc/>
    public int Looks => 2;

    /// <inheritdoc/>
    public int Candidates => 1500;

    /// <inheritdoc/>
    public int KnownLoss(Scene plan) => Known.HasLosses ? Known.FindLoss(SceneFacts.Of(plan, null)) : -1;

    /// <inheritdoc/>
    PlanResult IJudge<Scene>.Run(Scene plan, Ledger? ledger, bool again)
    {
        // Steps go to the SMMU in batches: which of them it did not come back from is not known, so the whole scene is kept.
        journal.Enter(Math.Max(0, plan.Steps.Length - 1));
        var result = Run(plan, ledger, fromReset: again);
        journal.Leave();
        // What cannot be started is not there to be judged: a machine without memory, a path that is too long.
        if (result.Loss is { Loss: DeviceLoss.Unreachable } gone)
            return new(null, gone.Message);
        Divergence? worst = result.Loss is { } loss
            ? new SceneLoss(loss) { Rules = SceneFinding.BrokenByLoss(plan), Step = Math.Max(0, plan.Steps.Length - 1) }
            : result.Worst;
        // Hardly a scene has one, and most of a run is scenes.
        return result.Accepted.Count == 0 ? new(worst) : new(worst) { Known = [.. result.Accepted.Select(pair => (pair.Known, (Divergence)pair.Divergence))] };
    }

    /// <inheritdoc/>
    public IReadOnlyList<TraceLine> Trace(Scene plan) => [];

    /// <inheritdoc/>
    public Finding Describe(Scene plan, Divergence divergence) => SceneFinding.Of(Facts, plan, divergence);

    /// <summary>Runs a scene.</summary>
    /// <param name="what">The scene.</param>
    /// <param name="into">Where it is counted; null when it is not.</param>
    /// <param name="fromReset">True when the reset line is to be pulled first, whatever ran before.</param>
    public SceneResult Run(Scene what, Ledger? into = null, bool fromReset = false)
    {
        scene = what;
        ledger = into;
        warning = null;
        last = null;
        tickets = 0;
        sent.Clear();
        rows.Clear();
        oracle.ForgetCarriedOut();
        accepted = [];
        var ended = false;
        var result = new SceneResult(null, null, null, -1);
        try
        {
            lowering.Begin(what, Facts);
            Reset(quick: clean && !fromReset);
            feedback.Begin(feedback.GError);
            clean = false;
            Declare(what);
            while (true)
            {
                if (lowering.Migration is { } migration)
                {
                    var difference = Migrate(migration, lowering.MigrationStep);
                    if (difference is not null)
                    {
                        ended = IsKnown(difference);
                        result = result with { Step = difference.Step, Divergence = ended ? null : difference };
                        break;
                    }
                }

                if (lowering.NeedsReset)
                    Reset(quick: false);
                if (!lowering.Next(batch, feedback))
                    break;
                target.Run(batch);
                var step = Judge(out var divergence, out ended);
                result = result with { Step = step, Divergence = divergence, Warning = warning };
                if (divergence is not null || ended)
                    break;
            }

            lowering.CleanUp(batch);
            target.Run(batch);
            Replay();
            clean = result.Divergence is null && !ended && !oracle.IsMemoryDoubtful && (accepted.Count == 0 || !MovesRecords(what));
        }
        catch (DeviceLostException loss)
        {
            result = result with { Loss = loss };
            clean = false;
            oracle.Clear();
        }

        if (into is not null)
            into.Plans++;
        return accepted.Count == 0 ? result : result with { Accepted = accepted };
    }

    // An SMMU that deviates may have put the records elsewhere.
    private static bool MovesRecords(Scene scene) =>
        scene.Steps.Any(step => step is WriteRegisterStep { Offset: SmmuRegister.EventqBase or SmmuRegister.EventqBase + 4 });

    // What no transaction has named yet may be in the caches already.
    private void Declare(Scene what)
    {
        foreach (var stream in what.Streams)
        {
            oracle.Declare(stream.Id, false, 0);
            if (stream.ContextBits == 0)
                continue;
            foreach (var substream in stream.Substreams)
                oracle.Declare(stream.Id, true, substream.SubstreamId);
        }
    }

    private void Reset(bool quick)
    {
        target.Reset(quick);
        feedback.GError = 0;
        tickets = 0;
        if (clean || lowering.NeedsReset)
        {
            oracle.Reset();
            return;
        }

        batch.Clear();
        SceneLowering.FillData(batch, Facts, Facts.Data.Start, SceneTarget.DataSize);
        // Records of a scene that ended early would look like those of the next.
        batch.WriteMemory(Facts.EventQueue, noRecords);
        target.Run(batch);
        oracle.Clear();
        Replay();
    }

    // What only writes is known to the shadow as well.
    private void Replay()
    {
        for (var i = 0; i < batch.Operations.Count; i++)
            oracle.WriteMemory(batch.Operations[i].Address, batch.DataOf(i));
    }

    private int Judge(out SceneDivergence? divergence, out bool ended)
    {
        ended = false;
        CollectRecords();
        var marks = lowering.Marks;
        produced = lowering.RecordsFrom;
        unjudged = int.MinValue;
        for (var i = 0; i < marks.Length; i++)
        {
            var operation = batch.Operations[i];
            SceneSight? sight = null;
            var judgement = Observe(i, operation, marks[i], ref sight);
            if (judgement.Agrees)
            {
                if (ledger is not null)
                    CountAgreement(ledger, i, operation, marks, judgement);
                continue;
            }

            divergence = new()
            {
                Step = marks[i].Step,
                Kind = judgement.Kind,
                Rules = AimsOf(marks[i]).And(judgement.Rules),
                Seen = WithWalk(sight ?? new()),
            };
            if (IsKnown(divergence))
            {
                if (!LeavesDoubt(divergence))
                {
                    PassOver(divergence, AimsOf(marks[i]));
                    continue;
                }

                ended = true;
                divergence = null;
                return marks[i].Step;
            }

            if (!judgement.IsWarning)
                return marks[i].Step;
            warning ??= divergence;
        }

        divergence = null;
        return marks.Length > 0 ? marks[^1].Step : -1;
    }

    // Tells the oracle of one operation, and what was seen of it. What is to be said of a difference goes into the sight.
    private SmmuJudgement Observe(int index, in SmmuOperation operation, in OperationMark mark, ref SceneSight? sight)
    {
        switch (operation.Kind)
        {
            case SmmuOperationKind.WriteMemory:
                oracle.WriteMemory(operation.Address, batch.DataOf(index));
                return default;
            case SmmuOperationKind.WriteRegister:
                oracle.WriteRegister((uint)operation.Address, (uint)operation.Value);
                if (mark.Step < 0)
                    oracle.ForgetCarriedOut(); // what the setup sends shows nothing of the scene
                Set((uint)operation.Address, operation.Value);
                return default;
            case SmmuOperationKind.WriteRegister64:
                oracle.WriteRegister64((uint)operation.Address, operation.Value);
                Set((uint)operation.Address, operation.Value);
                return default;
            case SmmuOperationKind.ReadRegister when mark.Role == OperationRole.Produced:
                return Produced((uint)batch.Results[index].Value, ref sight);
            case SmmuOperationKind.ReadRegister or SmmuOperationKind.ReadRegister64:
                return Register(operation, batch.Results[index].Value, ref sight);
            case SmmuOperationKind.ReadMemory when mark.Role != OperationRole.Records:
                return Memory(operation, mark, batch.DataOf(index), ref sight);
            case SmmuOperationKind.Transact:
                var judgement = Transaction(operation, batch.Results[index].Reply, batch.DataOf(index), ref sight);
                if (sight is not null)
                    sight = sight with { Events = Following(index) };
                if (outcomes.Unjudged || outcomes.TooMany)
                    unjudged = mark.Step;
                return judgement;
            case SmmuOperationKind.Interrupts:
                return Interrupts(new(batch.Results[index].Value), ref sight);
            case SmmuOperationKind.Ask:
                return Answer(operation, batch.Results[index].Reply, batch.DataOf(index), ref sight);
            default:
                return default;
        }
    }

    // What a step is there for is shown once the last operation of the step has agreed.
    private void CountAgreement(Ledger into, int index, in SmmuOperation operation, ReadOnlySpan<OperationMark> marks, in SmmuJudgement judgement)
    {
        ref readonly var mark = ref marks[index];
        CountShown(into, operation, mark, judgement);
        into.CountExercised(judgement.Rules);
        if (
            mark.Role is OperationRole.Produced or OperationRole.Check
            && mark.Step != unjudged
            && (index + 1 == marks.Length || marks[index + 1].Step != mark.Step)
        )
            into.CountExercised(AimsOf(mark));
    }

    private Rules AimsOf(in OperationMark mark) => IsOfStep(mark) && mark.Role != OperationRole.Program ? scene.Steps[mark.Step].Aims : Rules.None;

    private bool IsOfStep(in OperationMark mark) => mark.Step >= 0 && mark.Step < scene.Steps.Length;

    // The walk of the transaction that it is about, if it is about one.
    private SceneSight WithWalk(SceneSight sight)
    {
        if (sight.Transaction is not { } transaction)
            return sight;
        var walk = SceneWalk.Of(oracle, Facts, settings, transaction);
        // An earlier state of memory may be what counts, where caches still know it.
        var earlier = SceneWalk.Of(oracle, Facts, settings, transaction, oldest: true);
        return sight with { Walk = walk.Lines, Met = [.. walk.Facts.Union(earlier.Facts)], RangeBits = Math.Max(walk.RangeBits, earlier.RangeBits) };
    }

    private bool IsKnown(SceneDivergence divergence)
    {
        if (Known.IsEmpty)
            return false;
        var number = Known.Find(SceneFinding.Verdict(divergence), SceneFacts.Of(scene, divergence));
        if (number < 0)
            return false;
        accepted.Add((number, divergence));
        return true;
    }

    // The scene goes on behind a known deviation.
    private void PassOver(SceneDivergence divergence, Rules aims)
    {
        // The transaction ended as it should, and only its record is wrong: what the step is there for was shown.
        if (divergence.Kind == SmmuDivergence.EventField)
            ledger?.CountExercised(aims);
        if (divergence.Kind == SmmuDivergence.Transaction)
            oracle.Disregard();
    }

    // What went through against the contract may be in caches and in memory; registers may stand for anything.
    private static bool LeavesDoubt(SceneDivergence divergence) =>
        divergence.Kind switch
        {
            // A write that may have landed, or not, is decided by the record.
            SmmuDivergence.EventField or SmmuDivergence.MissingEvent or SmmuDivergence.ExtraEvent or SmmuDivergence.MergedEvent => divergence.Seen
                is not { Transaction.IsRead: true }
                    and not { Allowed: [{ Reply: not SmmuReply.Completed }] },
            SmmuDivergence.Transaction => divergence.Seen is not { Transaction.IsRead: true, Data: 0 },
            _ => true,
        };

    private void Set(uint register, ulong value) =>
        settings = register switch
        {
            SmmuRegister.Cr0 => settings with { Cr0 = (uint)value },
            SmmuRegister.Cr2 => settings with { Cr2 = (uint)value },
            SmmuRegister.Gbpa => settings with { Gbpa = (uint)value },
            SmmuRegister.StrtabBase => settings with { StrtabBase = value },
            SmmuRegister.StrtabBaseCfg => settings with { StrtabBaseCfg = (uint)value },
            _ => settings,
        };

    private void CollectRecords()
    {
        var marks = lowering.Marks;
        var length = 0;
        for (var i = 0; i < marks.Length; i++)
        {
            if (marks[i].Role != OperationRole.Records)
                continue;
            var bytes = batch.DataOf(i);
            if (length + bytes.Length > records.Length)
                Array.Resize(ref records, length + bytes.Length);
            bytes.CopyTo(records.AsSpan(length));
            length += bytes.Length;
        }

        records.AsSpan(length).Clear();
    }

    private SmmuJudgement Produced(uint producer, ref SceneSight? sight)
    {
        var mask = (2u << lowering.EventQueueLog2) - 1;
        var start = Math.Min((int)((produced - lowering.RecordsFrom) & mask) * 32, records.Length);
        var bytes = records.AsSpan(start, Math.Min((int)((producer - produced) & mask) * 32, records.Length - start));
        feedback.EventProducer = produced = producer;
        events.Clear();
        for (var at = 0; at < bytes.Length; at += 32)
            events.Add(SmmuEvent.Read(bytes[at..]));
        foreach (var record in events)
            if (record.Stall)
                NoteStall(record);
        var judgement = oracle.ObserveEvents(producer, bytes);
        if (judgement.Agrees)
            CountRecords();
        else
        {
            sight = new()
            {
                Transaction = last?.Transaction,
                Reply = last?.Reply ?? default,
                Data = last?.Data ?? 0,
                Events = [.. events],
                Allowed = [.. outcomes.Outcomes],
            };
        }

        return judgement;
    }

    private SmmuJudgement Register(in SmmuOperation operation, ulong value, ref SceneSight? sight)
    {
        var wide = operation.Kind == SmmuOperationKind.ReadRegister64;
        var set = new SmmuValueSet();
        if (wide)
            oracle.AllowedRegister64((uint)operation.Address, ref set);
        else
            oracle.AllowedRegister((uint)operation.Address, ref set);
        if (operation.Address == SmmuRegister.GError)
            feedback.GError = (uint)value;
        var judgement = wide ? oracle.ObserveRegister64((uint)operation.Address, value) : oracle.ObserveRegister((uint)operation.Address, (uint)value);
        if (!judgement.Agrees)
        {
            var values = new SmmuValue[set.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = set[i];
            sight = new()
            {
                Place = operation.Address,
                IsRegister = true,
                Value = value,
                Values = values,
            };
        }

        return judgement;
    }

    private SmmuJudgement Memory(in SmmuOperation operation, in OperationMark mark, ReadOnlySpan<byte> data, ref SceneSight? sight)
    {
        var judgement = oracle.ObserveMemory(operation.Address, data);
        if (!judgement.Agrees)
            sight = new()
            {
                Place = operation.Address,
                Value = Word(data),
                Transaction = mark.Role == OperationRole.Landed ? last?.Transaction : null,
                Allowed = [.. outcomes.Outcomes],
            };
        return judgement;
    }

    private SmmuJudgement Interrupts(SmmuInterruptCounts counts, ref SceneSight? sight)
    {
        var judgement = oracle.ObserveInterrupts(counts);
        if (!judgement.Agrees)
            sight = new() { Interrupts = counts[SmmuInterrupt.EventQueue] };
        return judgement;
    }

    private SmmuJudgement Answer(in SmmuOperation operation, SmmuReply reply, ReadOnlySpan<byte> data, ref SceneSight? sight)
    {
        var judgement = oracle.ObserveAnswer((int)operation.Address, reply, data);
        last = (operation.Transaction, reply, Word(data));
        if (!judgement.Agrees)
            sight = new()
            {
                Transaction = operation.Transaction,
                Reply = reply,
                Data = Word(data),
            };
        return judgement;
    }

    private SmmuJudgement Transaction(in SmmuOperation operation, SmmuReply reply, ReadOnlySpan<byte> data, ref SceneSight? sight)
    {
        feedback.Stalls.Add(null);
        sent.Add(operation.Transaction);
        last = (operation.Transaction, reply, Word(data));
        oracle.Allowed(operation.Transaction, outcomes);
        if (ledger is not null)
            Count(ledger);
        var judgement = oracle.Observe(operation.Transaction, outcomes, reply, data, tickets++);
        if (!judgement.Agrees)
            sight = new()
            {
                Transaction = operation.Transaction,
                Reply = reply,
                Data = Word(data),
                Allowed = [.. outcomes.Outcomes],
            };
        return judgement;
    }

    private void Count(Ledger into)
    {
        var row = SceneCoverage.RowOf(outcomes);
        rows.Add(row);
        into.Steps++;
        if (outcomes.Unjudged || outcomes.TooMany)
            into.Unjudged++;
        if (outcomes.Count == 0)
            return;
        coverage.CountConfiguration(into.Coverage, row);
        into.CountWitness(outcomes[0].Reply == SmmuReply.Completed ? SmmuWitnesses.Translated : SmmuWitnesses.Refused);
        if (outcomes.Count > 1)
            into.CountWitness(SmmuWitnesses.Ambiguous);
    }

    // The setup of a scene shows nothing of what the scene is there for.
    private void CountShown(Ledger into, in SmmuOperation operation, in OperationMark mark, in SmmuJudgement judgement)
    {
        if (mark.Role == OperationRole.Program)
            return;
        var isOfStep = IsOfStep(mark);
        if (isOfStep && !judgement.Rules.IsNone)
            into.CountWitness(SmmuWitnesses.Judged);
        if (operation.Kind == SmmuOperationKind.Transact && !outcomes.Unjudged && !outcomes.TooMany)
            into.CountWitness(SmmuWitnesses.Transacted);
        if (operation.Kind != SmmuOperationKind.ReadRegister || operation.Address != SmmuRegister.CmdqCons || judgement.Rules.IsNone)
            return;
        if (isOfStep)
            into.CountWitness(SmmuWitnesses.CommandQueue);
        if (oracle.CarriedOut == 0)
            return;
        into.CountWitness(SmmuWitnesses.Consumed);
        coverage.CountCommands(into.Coverage, oracle.CarriedOut);
        oracle.ForgetCarriedOut();
    }

    // A record belongs to the transaction that its stream sent last.
    private void CountRecords()
    {
        if (ledger is null)
            return;
        foreach (var record in events)
        {
            ledger.CountWitness(SmmuWitnesses.Recorded);
            for (var i = sent.Count - 1; i >= 0; i--)
            {
                if (sent[i].StreamId != record.StreamId)
                    continue;
                coverage.CountRecord(ledger.Coverage, rows[i], record.Type);
                break;
            }
        }
    }

    // A transaction that was retried may stall again: it is the one that was sent last from this stream to this address.
    private void NoteStall(in SmmuEvent record)
    {
        for (var i = sent.Count - 1; i >= 0; i--)
        {
            if (sent[i].StreamId != record.StreamId || sent[i].Address != record.InputAddress)
                continue;
            feedback.Stalls[i] = record;
            return;
        }
    }

    // The record that came with a transaction which is wrong already. Behind the producer's index lies what older scenes left.
    private List<SmmuEvent> Following(int operation)
    {
        var marks = lowering.Marks;
        while (++operation < marks.Length && marks[operation].Role != OperationRole.Produced) { }
        if (operation < marks.Length && (uint)batch.Results[operation].Value == produced)
            return [];
        var start = (int)((produced - lowering.RecordsFrom) & ((2u << lowering.EventQueueLog2) - 1)) * 32;
        return start + 32 > records.Length || SmmuEvent.Read(records.AsSpan(start)) is not { D0: not 0 } record ? [] : [record];
    }

    private static ulong Word(ReadOnlySpan<byte> bytes)
    {
        ulong word = 0;
        for (var i = Math.Min(8, bytes.Length) - 1; i >= 0; i--)
            word = word << 8 | bytes[i];
        return word;
    }
}
