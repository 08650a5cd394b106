using Conformance.Model.Contract;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>What the match data of a stream are compared with: it does not change while a function exists.</summary>
/// <param name="DeviceId">PCI device id of the virtual function.</param>
/// <param name="QueuePairs">How many queue pairs it has.</param>
/// <param name="QueueIsolation">Register 0x30 of its physical function.</param>
/// <param name="QueueBase">Its first queue pair. Not compared: another function of the same kind begins elsewhere.</param>
public sealed record HisiAccIdentity(uint DeviceId, uint QueuePairs, uint QueueIsolation, uint QueueBase)
{
    /// <summary>The first virtual function of a ZIP accelerator.</summary>
    public static HisiAccIdentity Zip { get; } = new(AccVfData.Zip, 64, 0, 64);
}

/// <summary>
/// The registers of a virtual function that a migration is about, by their offsets in BAR2. A guest's driver writes them, and says with a 0 in
/// <see cref="State"/> that it has set the function up.
/// </summary>
public sealed class HisiAccFunction
{
    /// <summary>Interrupt mask of the asynchronous event queue.</summary>
    public const int AeqIntMask = 0x04;

    /// <summary>Interrupt mask of the event queue.</summary>
    public const int EqIntMask = 0x0C;

    /// <summary>Interrupts of the communication with the physical function; a 1 clears its bit.</summary>
    public const int IfcIntSource = 0x20;

    /// <summary>Their mask.</summary>
    public const int IfcIntMask = 0x24;

    /// <summary>Raises them; reads 0.</summary>
    public const int IfcIntSet = 0x2C;

    /// <summary>Queue isolation.</summary>
    public const int QueueIsolation = 0x30;

    /// <summary>Page size.</summary>
    public const int PageSize = 0x34;

    /// <summary>0: a guest's driver has set the function up; 1: none has, the value after a reset.</summary>
    public const int State = 0x60;

    /// <summary>Context of the event queue, seven words.</summary>
    public const int EventQueue = 0x8000;

    /// <summary>Context of the asynchronous event queue, seven words.</summary>
    public const int AsyncEventQueue = 0x8020;

    private const int Contexts = State + 4;

    private readonly uint[] words = new uint[(Contexts + AsyncEventQueue - EventQueue + (4 * AccVfData.ContextWords)) / 4];

    /// <summary>A function after a reset.</summary>
    public HisiAccFunction() => Reset();

    /// <summary>Where the queue manager finds the event queue: words 2 and 1 of its context, once that was set by mailbox; 0: nowhere.</summary>
    public ulong EventQueueAddress { get; set; }

    /// <summary>Where the queue manager finds the asynchronous event queue.</summary>
    public ulong AsyncEventQueueAddress { get; set; }

    /// <summary>Where the contexts of the submission queues are, set by mailbox; 0: nowhere.</summary>
    public ulong SubmissionContexts { get; set; }

    /// <summary>Where the contexts of the completion queues are, set by mailbox; 0: nowhere.</summary>
    public ulong CompletionContexts { get; set; }

    /// <summary>True when a guest's driver says that it has set the function up.</summary>
    public bool IsReady => Read(State) == AccVfData.Ready;

    /// <summary>Reads a register.</summary>
    /// <param name="offset">One of the constants above, or a word of a context.</param>
    public uint Read(int offset) => words[Place(offset)];

    /// <summary>Writes a register.</summary>
    /// <param name="offset">One of the constants above, or a word of a context.</param>
    /// <param name="value">The word.</param>
    public void Write(int offset, uint value)
    {
        ref var word = ref words[Place(offset)];
        word = offset switch
        {
            IfcIntSource => word & ~value,
            IfcIntSet => 0,
            _ => value,
        };
    }

    /// <summary>The physical function sends a message: its interrupt waits.</summary>
    public void Interrupt(uint sources) => words[Place(IfcIntSource)] |= sources;

    /// <summary>Everything as after a reset of the function.</summary>
    public void Reset()
    {
        words.AsSpan().Clear();
        words[Place(State)] = AccVfData.NotReady;
        EventQueueAddress = AsyncEventQueueAddress = SubmissionContexts = CompletionContexts = 0;
    }

    /// <summary>A guest's driver sets the function up; what it writes depends on <paramref name="pattern"/> alone.</summary>
    public void SetUp(uint pattern)
    {
        Reset();
        var seed = pattern + 0x9E37_79B9_7F4A_7C15UL;
        Write(AeqIntMask, (uint)SplitMix.Next(ref seed) & 1);
        Write(EqIntMask, (uint)SplitMix.Next(ref seed) & 1);
        Write(IfcIntMask, (uint)SplitMix.Next(ref seed) & 0xFF);
        Write(PageSize, 1 + ((uint)SplitMix.Next(ref seed) & 3));
        for (var word = 0; word < AccVfData.ContextWords; word++)
        {
            Write(EventQueue + (4 * word), (uint)SplitMix.Next(ref seed));
            Write(AsyncEventQueue + (4 * word), (uint)SplitMix.Next(ref seed));
        }

        // No queue is at 0.
        Write(EventQueue + 4, Read(EventQueue + 4) | 0x1000);
        Write(AsyncEventQueue + 4, Read(AsyncEventQueue + 4) | 0x1000);
        EventQueueAddress = (ulong)Read(EventQueue + 8) << 32 | Read(EventQueue + 4);
        AsyncEventQueueAddress = (ulong)Read(AsyncEventQueue + 8) << 32 | Read(AsyncEventQueue + 4);
        SubmissionContexts = SplitMix.Next(ref seed) | 0x1000;
        CompletionContexts = SplitMix.Next(ref seed) | 0x1000;
        Write(State, AccVfData.Ready);
    }

    /// <summary>A digest of everything that a guest's driver can have written. Never 0.</summary>
    public ulong Digest()
    {
        const ulong prime = 0x0000_0100_0000_01B3;
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var word in words)
            hash = (hash ^ word) * prime;
        hash = (hash ^ EventQueueAddress) * prime;
        hash = (hash ^ AsyncEventQueueAddress) * prime;
        hash = (hash ^ SubmissionContexts) * prime;
        hash = (hash ^ CompletionContexts) * prime;
        return hash == 0 ? 1 : hash;
    }

    private static int Place(int offset) => (offset < EventQueue ? offset : Contexts + offset - EventQueue) / 4;
}
