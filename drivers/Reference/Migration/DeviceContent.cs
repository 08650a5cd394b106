using Conformance.Model.Contract;

namespace Conformance.Drivers.Reference.Migration;

/// <summary>How much a reference device holds.</summary>
public static class ContentLimits
{
    /// <summary>Registers of 64 bits.</summary>
    public const int Registers = 16;

    /// <summary>Slots of the work queue.</summary>
    public const int QueueSlots = 8;

    /// <summary>Interrupt vectors.</summary>
    public const int Vectors = 4;

    /// <summary>Counters of 64 bits.</summary>
    public const int Counters = 4;

    /// <summary>The longest transfer that a descriptor may ask for, in bytes.</summary>
    public const uint MaxTransfer = 1 << 20;

    /// <summary>The flag bits of a descriptor.</summary>
    public const uint QueueFlags = 0xF;
}

/// <summary>A pending descriptor of the work queue.</summary>
/// <param name="Address">Where the transfer goes.</param>
/// <param name="Length">Bytes, 1..<see cref="ContentLimits.MaxTransfer"/>.</param>
/// <param name="Flags">Bits within <see cref="ContentLimits.QueueFlags"/>.</param>
public readonly record struct QueueEntry(ulong Address, uint Length, uint Flags);

/// <summary>Everything that a reference device holds and a migration must carry (MIG-RES-03).</summary>
public sealed class DeviceContent
{
    private readonly ulong[] registers = new ulong[ContentLimits.Registers];
    private readonly QueueEntry[] queue = new QueueEntry[ContentLimits.QueueSlots];
    private readonly ulong[] counters = new ulong[ContentLimits.Counters];

    /// <summary>Power-on content.</summary>
    public DeviceContent() => PowerOn();

    /// <summary>The registers.</summary>
    public Span<ulong> Registers => registers;

    /// <summary>The slots of the ring, pending or not.</summary>
    public Span<QueueEntry> Queue => queue;

    /// <summary>The slot of the oldest pending descriptor.</summary>
    public uint Head { get; set; }

    /// <summary>How many descriptors are pending, 0..<see cref="ContentLimits.QueueSlots"/>.</summary>
    public uint Pending { get; set; }

    /// <summary>True when an interrupt waits to be delivered (MIG-STOP-12).</summary>
    public bool InterruptPending { get; set; }

    /// <summary>The vector of that interrupt.</summary>
    public uint Vector { get; set; }

    /// <summary>Statistics that the user can read.</summary>
    public Span<ulong> Counters => counters;

    /// <summary>A pending descriptor, the oldest being 0.</summary>
    public ref QueueEntry PendingEntry(int index) => ref queue[(Head + (uint)index) % ContentLimits.QueueSlots];

    /// <summary>Puts the device into its power-on content.</summary>
    public void PowerOn()
    {
        registers.AsSpan().Clear();
        registers[0] = 1;
        queue.AsSpan().Clear();
        counters.AsSpan().Clear();
        Head = Pending = Vector = 0;
        InterruptPending = false;
    }

    /// <summary>
    /// Puts the device into a content that depends on <paramref name="pattern"/> alone. At least one descriptor is pending, but with
    /// <see cref="ContentPatterns.Empty"/>.
    /// </summary>
    public void Fill(uint pattern)
    {
        if (pattern >= ContentPatterns.Empty)
        {
            FillAlike(isFull: pattern == ContentPatterns.Full);
            return;
        }

        var seed = pattern + 0x9E37_79B9_7F4A_7C15UL;
        foreach (ref var register in registers.AsSpan())
            register = SplitMix.Next(ref seed);
        foreach (ref var counter in counters.AsSpan())
            counter = SplitMix.Next(ref seed);
        queue.AsSpan().Clear();
        Head = (uint)(SplitMix.Next(ref seed) % ContentLimits.QueueSlots);
        Pending = 1 + (uint)(SplitMix.Next(ref seed) % ContentLimits.QueueSlots);
        for (var i = 0; i < Pending; i++)
            PendingEntry(i) = new(
                SplitMix.Next(ref seed),
                1 + ((uint)SplitMix.Next(ref seed) % ContentLimits.MaxTransfer),
                (uint)SplitMix.Next(ref seed) & ContentLimits.QueueFlags
            );
        InterruptPending = (SplitMix.Next(ref seed) & 1) != 0;
        Vector = (uint)(SplitMix.Next(ref seed) % ContentLimits.Vectors);
    }

    private void FillAlike(bool isFull)
    {
        registers.AsSpan().Fill(isFull ? ulong.MaxValue : 0);
        counters.AsSpan().Fill(isFull ? ulong.MaxValue : 0);
        queue.AsSpan().Fill(isFull ? new(ulong.MaxValue, ContentLimits.MaxTransfer, ContentLimits.QueueFlags) : default);
        Head = isFull ? ContentLimits.QueueSlots - 1u : 0;
        Pending = isFull ? ContentLimits.QueueSlots : 0u;
        InterruptPending = isFull;
        Vector = isFull ? ContentLimits.Vectors - 1u : 0;
    }

    /// <summary>Takes over the content of another device.</summary>
    public void CopyFrom(DeviceContent other)
    {
        other.registers.CopyTo(registers, 0);
        other.queue.CopyTo(queue, 0);
        other.counters.CopyTo(counters, 0);
        Head = other.Head;
        Pending = other.Pending;
        Vector = other.Vector;
        InterruptPending = other.InterruptPending;
    }

    /// <summary>A digest of the content; slots that are not pending hold nothing. Never 0.</summary>
    public ulong Digest()
    {
        var hash = ReferenceFormat.HashSeed;
        foreach (var register in registers)
            hash = ReferenceFormat.Hash(hash, register);
        foreach (var counter in counters)
            hash = ReferenceFormat.Hash(hash, counter);
        hash = ReferenceFormat.Hash(hash, Head | ((ulong)Pending << 32));
        for (var i = 0; i < Pending; i++)
        {
            var entry = PendingEntry(i);
            hash = ReferenceFormat.Hash(hash, entry.Address);
            hash = ReferenceFormat.Hash(hash, entry.Length | ((ulong)entry.Flags << 32));
        }
        hash = ReferenceFormat.Hash(hash, Vector | (InterruptPending ? 1UL << 32 : 0));
        return hash == 0 ? 1 : hash;
    }
}
