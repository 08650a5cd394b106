using System.Buffers.Binary;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>
/// The shadow of one SMMU: given the same operations in the same order, it says what each may give, and with which requirement. All latitude of the contract
/// is in it: caches are permission to be stale (every doubleword of memory keeps its earlier values until a completed invalidation covers whatever may still
/// hold them), open points are readings, implementation choices are learned from what is seen and have to stay the same.
/// <para>
/// An SMMU behind <see cref="ISmmuTarget"/> has settled when an operation returns: commands are consumed, CR0ACK follows CR0, records are in the queue. What
/// is slower waits in its adapter.
/// </para>
/// <para>
/// The calls for one operation of a batch are: <see cref="WriteMemory"/>; <see cref="WriteRegister"/> or <see cref="WriteRegister64"/>;
/// <see cref="ObserveRegister"/> or <see cref="ObserveRegister64"/> for a read; <see cref="ObserveMemory"/> for a read of memory; <see cref="Allowed"/> and
/// then
/// <see cref="Observe"/> for a transaction; <see cref="ObserveEvents"/> once EVENTQ_PROD and the records behind it were read. Records that are not read for
/// a while are judged when they are.
/// </para>
/// <para>
/// Completion of an invalidation: what it covers and what was filled before the command was consumed is gone when a SYNC behind it is consumed. A TLBI
/// without a SYNC between it and the CFGI before it leaves room for a TLB fill through the stale CD: send CFGI, SYNC, TLBI, SYNC when both are needed, and
/// likewise S2_IPA, SYNC, NH_ALL, SYNC. With SMMUEN=0 nothing is filled, and one SYNC will do.
/// </para>
/// </summary>
public sealed partial class SmmuOracle
{
    private readonly ShadowMemory memory;
    private readonly InvalidationLog log;
    private readonly OutcomeSearch search;
    private readonly SmmuRange hole;
    private readonly SmmuPort port;

    // The contexts that are known; whether their structures were written since it was noted what they are.
    private const int MaxContexts = 16;
    private readonly List<SmmuTransaction> declared = [];
    private bool contextsHaveChanged;

    // The time: it goes on with every operation and every command.
    private long now;

    // When SMMUEN became 0: since then no cache was filled (SMMU-CACHE-22).
    private long lastFill;

    // When a register that caches were filled by was exchanged, as fills go; when the last CFGI_ALL was consumed, and when the last that is complete was.
    private long tableExchanged;
    private long tableInvalidating;
    private long tableInvalidated;

    /// <summary>Creates the shadow of an SMMU after reset; its memory reads as zero.</summary>
    /// <param name="capabilities">What its identification registers say.</param>
    /// <param name="memory">Its memory; structures, queues and data lie in it.</param>
    /// <param name="hole">A range where every access ends with an external abort. Addresses in neither range are not asked about.</param>
    /// <param name="port">What its port shows. Without <see cref="SmmuPort.Replies"/> every reply is <see cref="SmmuReply.Unknown"/>.</param>
    public SmmuOracle(SmmuCapabilities capabilities, SmmuRange memory, SmmuRange hole, SmmuPort port)
    {
        Capabilities = capabilities;
        this.memory = new(memory);
        this.hole = hole;
        this.port = port;
        log = new(capabilities);
        search = new(capabilities, this.memory, hole, log);
        Reset();
    }

    /// <summary>What the identification registers say.</summary>
    public SmmuCapabilities Capabilities { get; }

    /// <summary>How many transactions were not judged because there were too many possibilities.</summary>
    public long TooManyCount { get; private set; }

    /// <summary>How many transactions were not judged because the contract says nothing about them.</summary>
    public long UnjudgedCount { get; private set; }

    /// <summary>
    /// True when a write that was not judged may have landed anywhere: memory is not known any more and no transaction is judged until <see cref="Clear"/>.
    /// </summary>
    public bool IsMemoryDoubtful { get; private set; }

    private long LastFill => registers.IsEnabled ? now : lastFill;

    /// <summary>Resets registers and caches, as the reset line does. Memory stays.</summary>
    public void Reset()
    {
        ForgetCaches();
        declared.Clear();
        contextsHaveChanged = false;
        registers.Reset();
        fork = null;
        hasOpenAtcInvalidation = false;
        commandRules = Rules.None;
        ForgetInterrupts();
        ForgetTransactions();
    }

    /// <summary>
    /// The registers are those of another SMMU now, with the same memory and empty caches: what was stale is in none of them (VMS-05). Transactions that were
    /// held are not there any more; interrupts of the source are not judged.
    /// </summary>
    public void Migrate()
    {
        ForgetCaches();
        contextsHaveChanged = true;
        ForgetInterrupts();
        stalled.Clear();
    }

    // From now on nothing of before is in a cache.
    private void ForgetCaches()
    {
        now++;
        lastFill = now;
        memory.Floor = now;
        tableExchanged = tableInvalidating = tableInvalidated = 0;
        memory.Forget();
        log.Clear();
        search.Reset();
    }

    /// <summary>Makes all memory read as zero again, with <see cref="Reset"/>: the start of a new scene on a fresh or cleared target.</summary>
    public void Clear()
    {
        IsMemoryDoubtful = false;
        memory.Clear();
        Reset();
    }

    /// <summary>
    /// Declares a context that the SMMU may use speculatively although no transaction or PREFETCH has named it yet, so that what it may have put into the TLB
    /// under its tags is known. Those that were named are known already.
    /// </summary>
    public void Declare(uint streamId, bool hasSubstream, uint substreamId)
    {
        var context = new SmmuTransaction(streamId, 0, true, 4) { HasSubstream = hasSubstream, SubstreamId = substreamId };
        if (declared.Count == MaxContexts || declared.Contains(context))
            return;
        declared.Add(context);
        contextsHaveChanged = true;
    }

    /// <summary>The processor writes memory.</summary>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes)
    {
        now++;
        var changes = memory.Range.Contains(address, (ulong)bytes.Length) && memory.HasStructure(address, bytes.Length);

        // What can be fetched until now, and what can be from now on.
        contextsHaveChanged |= changes;
        NoteContexts();
        contextsHaveChanged |= changes;
        memory.Write(address, bytes, LastFill);
    }

    /// <summary>The memory as far as it is known; where an update by hardware is possible but not seen yet, the value before it.</summary>
    public void ReadMemory(ulong address, Span<byte> bytes) => memory.Read(address, bytes);

    /// <summary>The doublewords of memory as they are, or the earliest that is still remembered of each.</summary>
    /// <param name="address">The first byte, 8-byte aligned.</param>
    /// <param name="bytes">Whole doublewords.</param>
    /// <param name="oldest">True for the earliest.</param>
    public void ReadMemory(ulong address, Span<byte> bytes, bool oldest)
    {
        for (; bytes.Length >= 8; address += 8, bytes = bytes[8..])
        {
            var value = memory.Read(address, out var earlier);
            while (oldest && earlier > 0)
                value = memory.Earlier(earlier, out _, out earlier);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        }
    }
}
