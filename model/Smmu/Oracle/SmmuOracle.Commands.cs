using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Structures;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

// The command queue: S.5 and the protocol of S.7.
public sealed partial class SmmuOracle
{
    private const uint IllegalCommand = 1;
    private const uint FetchAbort = 2;
    private const uint InvalidationTimeout = 3;

    // What an implementation does about a reserved bit of an opcode, once it was seen: the same every time (SMMU-CMDQ-16).
    private readonly byte[] reservedBits = new byte[256 * 128];

    // The command that may be illegal or not, as long as nobody has looked which.
    private SmmuCommand? fork;
    private Rules forkRules;

    // An ATC_INV was carried out that no SYNC has completed. Whether there is a device that answers it is not known: the SYNC may end with CERROR_ATC_INV_SYNC.
    private bool hasOpenAtcInvalidation;

    // What the last command that was consumed or refused is there to show.
    private Rules commandRules;

    private bool HasCommandError => ((registers.GError.Value ^ registers.GErrorN.Value) & CommandQueueError) != 0;

    private bool KnowsCommandError => registers.GError.Has(CommandQueueError) && registers.GErrorN.Has(CommandQueueError);

    private bool KnowsCommandQueue =>
        KnowsCommandError
        && registers.CmdqBase.Has(Bits.Mask(51, 5) | 0x1f)
        && registers.CmdqProd.Has(CommandQueue.Mask)
        && registers.CmdqCons.Has(CommandQueue.Mask);

    // Runs the queue until it is empty, stops, or the implementation has a choice that it has not shown yet.
    private void Consume()
    {
        while (registers.HasCommandQueue && fork is null)
        {
            if (!KnowsCommandQueue)
            {
                LoseCommands();
                return;
            }

            var queue = CommandQueue;
            var consumer = (uint)registers.CmdqCons.Value & queue.Mask;
            if (HasCommandError || Pending(queue, consumer) == 0)
                return;
            if (Pending(queue, consumer) > queue.Count)
            {
                LoseCommands();
                return;
            }

            if (!FetchCommand(queue, consumer, out var command))
            {
                Refuse(FetchAbort, Rules.Of(SMMU_CMDQ_03));
                return;
            }

            switch (Verdict(command, hasOpenAtcInvalidation, out var rules))
            {
                case CommandVerdict.Illegal:
                    Refuse(IllegalCommand, rules);
                    return;
                case CommandVerdict.Either:
                    fork = command;
                    forkRules = rules;
                    return;
            }

            now++;
            commandRules = rules;
            if (CommandRules.Reserved(Capabilities, command) == (0, 0))
                Execute(command);
            registers.CmdqCons.Write((consumer + 1) & queue.Mask, queue.Mask);
        }
    }

    private uint Pending(QueueGeometry queue, uint consumer) => ((uint)registers.CmdqProd.Value - consumer) & queue.Mask;

    private bool FetchCommand(QueueGeometry queue, uint consumer, out SmmuCommand command)
    {
        var at = queue.At(consumer);
        command = default;
        if (!memory.Range.Contains(at, SmmuCommand.Length))
            return false;
        command.D0 = memory.Read(at);
        command.D1 = memory.Read(at + 8);
        return true;
    }

    // With what is known of the implementation's choices.
    private CommandVerdict Verdict(in SmmuCommand command, bool mayTimeOut, out Rules rules)
    {
        var verdict = CommandRules.Judge(Capabilities, command, out rules);
        if (verdict == CommandVerdict.Legal && command.Opcode == SmmuOpcode.Sync && mayTimeOut)
            return CommandVerdict.Either;
        if (verdict != CommandVerdict.Either)
            return verdict;
        var (d0, d1) = CommandRules.Reserved(Capabilities, command);
        var open = (d0 | d1) == 0;
        for (var bit = 0; bit < 128; bit++)
        {
            if (((bit < 64 ? d0 >> bit : d1 >> bit - 64) & 1) == 0)
                continue;
            var choice = (CommandVerdict)reservedBits[(byte)command.Opcode * 128 + bit];
            if (choice == CommandVerdict.Illegal)
                return CommandVerdict.Illegal;
            open |= choice != CommandVerdict.Either; // Either stands for: known to be ignored
        }

        return open ? CommandVerdict.Either : CommandVerdict.Legal;
    }

    // What a command ends with that may be refused or not.
    private uint ErrorOf(in SmmuCommand command) => IsPlainSync(command) ? InvalidationTimeout : IllegalCommand;

    private bool IsPlainSync(in SmmuCommand command) => command.Opcode == SmmuOpcode.Sync && CommandRules.Reserved(Capabilities, command) == (0, 0);

    // True when an ATC_INV is open behind a command that was not refused. One with reserved bits was ignored as a whole.
    private bool MayTimeOutBehind(in SmmuCommand command, bool before)
    {
        if (CommandRules.Reserved(Capabilities, command) != (0, 0))
            return before;
        return command.Opcode == SmmuOpcode.AtcInv ? before || registers.IsEnabled : before && command.Opcode != SmmuOpcode.Sync;
    }

    private void Remember(in SmmuCommand command, bool isIllegal)
    {
        var (d0, d1) = CommandRules.Reserved(Capabilities, command);
        var at = (byte)command.Opcode * 128;
        var undecided = 0;
        var last = 0;
        for (var bit = 0; bit < 128; bit++)
        {
            if (((bit < 64 ? d0 >> bit : d1 >> bit - 64) & 1) == 0 || reservedBits[at + bit] == (byte)CommandVerdict.Either)
                continue;
            undecided++;
            last = bit;
            if (!isIllegal)
                reservedBits[at + bit] = (byte)CommandVerdict.Either;
        }

        if (isIllegal && undecided == 1)
            reservedBits[at + last] = (byte)CommandVerdict.Illegal;
    }

    private void Refuse(uint error, Rules rules)
    {
        commandRules = rules;
        hasOpenAtcInvalidation &= error != InvalidationTimeout;
        registers.CommandError = error;
        registers.GError.Write(registers.GError.Value ^ CommandQueueError, CommandQueueError);
    }

    // Nothing is known of what the queue does until it is set up again.
    private void LoseCommands()
    {
        fork = null;
        hasOpenAtcInvalidation = false;
        log.DropIncomplete();
        registers.CmdqCons = KnownValue.Unknown;
        registers.GError = registers.GError with { Known = registers.GError.Known & ~(ulong)CommandQueueError };
    }

    /// <summary>The commands that were carried out since <see cref="ForgetCarriedOut"/>: bit n for opcode n, up to 0x7f.</summary>
    public UInt128 CarriedOut { get; private set; }

    /// <summary>Empties <see cref="CarriedOut"/>.</summary>
    public void ForgetCarriedOut() => CarriedOut = 0;

    private void Execute(in SmmuCommand command)
    {
        if ((byte)command.Opcode < 128)
            CarriedOut |= UInt128.One << (byte)command.Opcode;
        switch (command.Opcode)
        {
            case SmmuOpcode.Sync:
                hasOpenAtcInvalidation = false;
                NoteContexts();
                contextsHaveChanged |= log.Incomplete is not null; // what was dropped may be fetched again through what was not
                log.Complete(now, LastFill);
                if (tableInvalidated < tableInvalidating)
                    tableInvalidated = tableInvalidating;
                break;
            case SmmuOpcode.AtcInv:
                hasOpenAtcInvalidation |= registers.IsEnabled;
                break;
            case SmmuOpcode.Resume:
                Resume(command);
                break;
            case SmmuOpcode.StallTerm:
                TerminateStream(command.StreamId);
                break;
            case SmmuOpcode.PrefetchConfig or SmmuOpcode.PrefetchAddress:
                hasPrefetched = true;
                Declare(command.StreamId, command.SSV, command.SSV ? command.SubstreamId : 0);
                break;
            default:
                if (command.Opcode == SmmuOpcode.CfgiSteRange && command.Range == 31)
                    tableInvalidating = now;
                log.Add(command, now);
                break;
        }
    }

    private void ValuesOfCommandCons(ref SmmuValueSet set)
    {
        var queue = CommandQueue;
        if (!registers.CmdqBase.Has(0x1f) || !registers.CmdqCons.Has(queue.Mask))
        {
            set.Add(0, 0, Rules.None);
            return;
        }

        var consumer = (uint)registers.CmdqCons.Value & queue.Mask;
        if (fork is null)
        {
            AddCons(ref set, queue, consumer, KnowsCommandError && HasCommandError ? registers.CommandError : 0, commandRules);
            return;
        }

        // Each command that may be illegal or ignored ends one branch and lets the other go on.
        AddBranches(ref set, queue, consumer);
    }

    private void AddBranches(ref SmmuValueSet set, QueueGeometry queue, uint consumer)
    {
        var rules = forkRules;
        var error = ErrorOf(fork!.Value);
        var mayTimeOut = MayTimeOutBehind(fork.Value, hasOpenAtcInvalidation);
        while (set.Count < SmmuValueSet.Capacity - 1)
        {
            AddCons(ref set, queue, consumer, error, rules);
            do
            {
                consumer = (consumer + 1) & queue.Mask;
                if (Pending(queue, consumer) == 0)
                {
                    AddCons(ref set, queue, consumer, 0, rules);
                    return;
                }

                if (!FetchCommand(queue, consumer, out var command))
                {
                    AddCons(ref set, queue, consumer, FetchAbort, rules);
                    return;
                }

                var verdict = Verdict(command, mayTimeOut, out rules);
                error = ErrorOf(command);
                mayTimeOut = MayTimeOutBehind(command, mayTimeOut);
                if (verdict == CommandVerdict.Illegal)
                {
                    AddCons(ref set, queue, consumer, IllegalCommand, rules);
                    return;
                }

                if (verdict == CommandVerdict.Either)
                    break;
            } while (true);
        }

        set.Add(0, 0, Rules.None);
    }

    // ERR is UNKNOWN unless the error is active.
    private static void AddCons(ref SmmuValueSet set, QueueGeometry queue, uint consumer, uint error, Rules rules) =>
        set.Add(consumer | error << 24, queue.Mask | (error != 0 ? 0x7fu << 24 : 0), rules.IsNone ? Rules.Of(SMMU_CMDQ_08) : rules.And(SMMU_CMDQ_08));

    private void LearnCommandQueue(uint value)
    {
        var queue = CommandQueue;
        if (!registers.CmdqCons.Has(queue.Mask))
        {
            if (!registers.HasCommandQueue && registers.CmdqBase.Has(0x1f))
                registers.CmdqCons.Learn(value & 0xfffff, queue.Mask);
            return;
        }

        while (fork is { } command)
            Decide(command, ((uint)registers.CmdqCons.Value & queue.Mask) == (value & queue.Mask));
    }

    private void Decide(in SmmuCommand command, bool isIllegal)
    {
        fork = null;
        Remember(command, isIllegal);
        if (isIllegal)
        {
            Refuse(ErrorOf(command), forkRules);
            return;
        }

        now++;
        commandRules = forkRules;
        if (IsPlainSync(command))
            Execute(command);
        var queue = CommandQueue;
        registers.CmdqCons.Write(((uint)registers.CmdqCons.Value + 1) & queue.Mask, queue.Mask);
        Consume();
    }

    private void ValuesOfGError(ref SmmuValueSet set)
    {
        var open = fork is null ? 0u : CommandQueueError;
        if (mayHaveAborted)
            open |= EventQueueAbort;
        var rules = HasCommandError && !commandRules.IsNone ? commandRules.And(SMMU_REG_10) : Rules.Of(SMMU_REG_10, SMMU_EVT_06, SMMU_EVT_05);
        set.Add(registers.GError.Value, registers.GError.Known & 0x7ff & ~(ulong)open, rules);
    }

    private void LearnGError(uint value)
    {
        if (mayHaveAborted)
        {
            mayHaveAborted = false;
            registers.GError.Write(value, EventQueueAbort);
        }

        registers.GError.Learn(value, 0x7ff);

        // No error: every command that may be illegal was not. With one, CONS has to say which it was.
        while (fork is { } command && ((value ^ registers.GError.Value) & CommandQueueError) == 0)
            Decide(command, isIllegal: false);
    }
}
