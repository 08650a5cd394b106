using Conformance.Model.Smmu.Structures;

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
/// <see cref="ObserveRegister"/> or <see cref="ObserveRegister64"/> for a read; <see cref="ObserveMemory"/> for a read of memory; <see cref="Allowed"/> and then
/// <see cref="Observe"/> for a transaction; <see cref="ObserveEvents"/> once EVENTQ_PROD and the records behind it were read. Records that are not read for
/// a while are judged when they are.
/// </para>
/// <para>
/// Completion of an invalidation: what it covers and what was filled before the command was submitted is gone when a SYNC behind it is consumed. A TLBI
/// without a SYNC between it and the CFGI before it leaves room for a TLB fill through the stale CD: send CFGI, SYNC, TLBI, SYNC when both are needed, and
/// likewise S2_IPA, SYNC, NH_ALL, SYNC.
/// </para>
/// </summary>
public sealed partial class SmmuOracle
{
    /// <summary>Creates the shadow of an SMMU after reset; its memory reads as zero.</summary>
    /// <param name="capabilities">What its identification registers say.</param>
    /// <param name="memory">Its memory; structures, queues and data lie in it.</param>
    /// <param name="hole">A range where every access ends with an external abort. Addresses in neither range are not asked about.</param>
    /// <param name="port">What its port shows. Without <see cref="SmmuPort.Replies"/> every reply is <see cref="SmmuReply.Unknown"/>.</param>
    public SmmuOracle(SmmuCapabilities capabilities, SmmuRange memory, SmmuRange hole, SmmuPort port) => throw new NotImplementedException();

    /// <summary>What the identification registers say.</summary>
    public SmmuCapabilities Capabilities => throw new NotImplementedException();

    /// <summary>How many transactions were not judged because there were too many possibilities.</summary>
    public long TooManyCount { get; private set; }

    /// <summary>How many transactions were not judged because the contract says nothing about them.</summary>
    public long UnjudgedCount { get; private set; }

    /// <summary>Resets registers and caches, as the reset line does. Memory stays.</summary>
    public void Reset() => throw new NotImplementedException();

    /// <summary>Makes all memory read as zero again, with <see cref="Reset"/>: the start of a new scene on a fresh or cleared target.</summary>
    public void Clear() => throw new NotImplementedException();

    /// <summary>
    /// Declares a context that the SMMU may use speculatively although no transaction has named it yet, so that what it may have put into the TLB under its
    /// tags is known. Contexts that had a transaction are known already.
    /// </summary>
    public void Declare(uint streamId, bool hasSubstream, uint substreamId) => throw new NotImplementedException();

    /// <summary>The processor writes memory.</summary>
    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>The memory as far as it is known; where an update by hardware is possible but not seen yet, the value before it.</summary>
    public void ReadMemory(ulong address, Span<byte> bytes) => throw new NotImplementedException();

    /// <summary>The processor reads memory and sees <paramref name="bytes"/>.</summary>
    public SmmuJudgement ObserveMemory(ulong address, ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>The processor writes a 32-bit register, or half of a 64-bit one.</summary>
    public void WriteRegister(uint offset, uint value) => throw new NotImplementedException();

    /// <summary>The processor writes a 64-bit register with one access.</summary>
    public void WriteRegister64(uint offset, ulong value) => throw new NotImplementedException();

    /// <summary>The values that a 32-bit register, or half of a 64-bit one, may have now. A register that is not judged has one value with an empty mask.</summary>
    public void AllowedRegister(uint offset, ref SmmuValueSet set) => throw new NotImplementedException();

    /// <summary>The values that a 64-bit register may have now.</summary>
    public void AllowedRegister64(uint offset, ref SmmuValueSet set) => throw new NotImplementedException();

    /// <summary>A register was read. Judges the value and learns from it what was open (a choice of the implementation, whether a record was written).</summary>
    public SmmuJudgement ObserveRegister(uint offset, uint value) => throw new NotImplementedException();

    /// <summary>A 64-bit register was read with one access.</summary>
    public SmmuJudgement ObserveRegister64(uint offset, ulong value) => throw new NotImplementedException();

    /// <summary>Lists every legal way in which a transaction may end now.</summary>
    public void Allowed(in SmmuTransaction transaction, SmmuOutcomeSet set) => throw new NotImplementedException();

    /// <summary>
    /// A transaction was sent and ended so. Judges what was seen and keeps the outcomes that agree with it; their records and updates are judged when the
    /// queue and the memory are read.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="set">What <see cref="Allowed"/> gave for it just before.</param>
    /// <param name="reply">How it ended; <see cref="SmmuReply.Unknown"/> when the port does not show it. A failed read then gives zeros.</param>
    /// <param name="data">What was written, or what was read.</param>
    /// <param name="ticket">A number of the caller's for a stalled transaction: see <see cref="ObserveAnswer"/>.</param>
    public SmmuJudgement Observe(in SmmuTransaction transaction, SmmuOutcomeSet set, SmmuReply reply, ReadOnlySpan<byte> data, int ticket = 0) =>
        throw new NotImplementedException();

    /// <summary>A stalled transaction was asked for again and answered so.</summary>
    /// <param name="ticket">As given to <see cref="Observe"/>.</param>
    /// <param name="reply">How it ended, or <see cref="SmmuReply.Stalled"/>.</param>
    /// <param name="data">What was written, or what was read.</param>
    public SmmuJudgement ObserveAnswer(int ticket, SmmuReply reply, ReadOnlySpan<byte> data) => throw new NotImplementedException();

    /// <summary>
    /// EVENTQ_PROD was read, and the records from the place where it was before up to the new one. Judges how many there are, each record field by field,
    /// the overflow flag, and whether a record is missing.
    /// </summary>
    /// <param name="prod">EVENTQ_PROD as it was read.</param>
    /// <param name="records">The records that are new, in their order, 32 bytes each.</param>
    public SmmuJudgement ObserveEvents(uint prod, ReadOnlySpan<byte> records) => throw new NotImplementedException();

    /// <summary>Where the records that the SMMU may have written since the last <see cref="ObserveEvents"/> begin: an index into the queue.</summary>
    public uint NextEvent => throw new NotImplementedException();
}
