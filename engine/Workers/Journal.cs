using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conformance.Engine.Plans;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Workers;

/// <summary>
/// The journal in a file that two processes map. The worker writes; the supervisor looks at the counter and, once the worker hangs or is gone, reads the rest.
/// Nothing that is read is trusted: a worker that went wild may have written anything.
/// </summary>
public sealed unsafe class Journal : IJournal, IDisposable
{
    /// <summary>
    /// How many bytes of a plan are kept; of a longer one nothing is. More than a replay token holds (<see cref="ReplayToken.MaxPlan"/>): a plan that is too
    /// long to be run again can still be shown.
    /// </summary>
    public const int MaxPlan = 512 << 10;

    /// <summary>How long the heartbeat of a worker waits between two beats.</summary>
    public static TimeSpan BeatPeriod { get; } = TimeSpan.FromMilliseconds(10);

    private const int TooLong = -1;

    private const ulong Magic = 0x325F_4C4E_524A_4643; // "CFJRNL_2"
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly Header* header;
    private readonly byte* plan;

    private Journal(MemoryMappedFile file)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, FileSize);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        header = (Header*)start;
        plan = start + sizeof(Header);
    }

    private static long FileSize => sizeof(Header) + MaxPlan;

    /// <summary>Makes the file. It must not exist.</summary>
    public static Journal Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var journal = Map(new FileStream(path, options), FileSize);
        journal.Clear();
        return journal;
    }

    /// <summary>Opens the file that the supervisor made.</summary>
    /// <exception cref="InvalidDataException">It is not a journal.</exception>
    public static Journal Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (stream.Length != FileSize)
        {
            stream.Dispose();
            throw new InvalidDataException("not a journal");
        }

        var journal = Map(stream, FileSize);
        if (journal.header->Magic == Magic)
            return journal;
        journal.Dispose();
        throw new InvalidDataException("not a journal");
    }

    /// <summary>Moves with every call into the driver; odd while one is under way.</summary>
    public long Counter => Volatile.Read(ref header->Counter);

    /// <summary>Counts the beats of the worker's heartbeat: they do not come while its process cannot run.</summary>
    public long Beats => Volatile.Read(ref header->Beats);

    /// <summary>One beat more.</summary>
    public void Beat() => Volatile.Write(ref header->Beats, header->Beats + 1);

    /// <inheritdoc/>
    public bool IsStopping => Volatile.Read(ref header->Stopping) != 0;

    /// <summary>Asks the worker to begin no further plan.</summary>
    public void Stop() => Volatile.Write(ref header->Stopping, 1);

    /// <summary>Forgets everything, before a new worker starts.</summary>
    public void Clear()
    {
        *header = new Header
        {
            Magic = Magic,
            Campaign = -1,
            Number = -1,
            Step = -1,
        };
    }

    /// <inheritdoc/>
    public void Begin<TPlan>(int campaign, int number, IPlanLanguage<TPlan> language, TPlan plan, PlanPhase phase = PlanPhase.Run)
        where TPlan : class
    {
        ref var current = ref *header;
        // Whoever reads in between finds no plan instead of a mixture of two.
        Volatile.Write(ref current.Length, 0);
        current.Campaign = campaign;
        current.Number = number;
        current.Step = -1;
        current.Requirement = 0;
        current.Phase = (int)phase;
        var writer = new PlanWriter(new Span<byte>(this.plan, MaxPlan));
        language.Note(plan, ref writer);
        Volatile.Write(ref current.Length, writer.Overflows ? TooLong : writer.Length);
        current.Plans++;
        Volatile.Write(ref current.Counter, (current.Counter + 2) & ~1L);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(int step, RequirementId requirement = default)
    {
        header->Step = step;
        header->Requirement = requirement.Number;
        Volatile.Write(ref header->Counter, (header->Counter + 2) | 1L);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave() => Volatile.Write(ref header->Counter, (header->Counter + 2) & ~1L);

    /// <inheritdoc/>
    public void End()
    {
        // The plan is kept: when the process dies before the next one begins, this one is the likeliest cause.
        header->Step = int.MaxValue;
        Leave();
    }

    /// <summary>Campaign and number of the plan at hand, without the plan. Cheap.</summary>
    public (int Campaign, int Number) ReadPosition() => (Volatile.Read(ref header->Campaign), Volatile.Read(ref header->Number));

    /// <summary>What it says now. Only exact when the worker stands still.</summary>
    public JournalEntry Read()
    {
        var current = *header;
        var requirement = Catalogue.TryFind(current.Requirement, out var row) ? row.Id : RequirementId.None;
        return new()
        {
            Campaign = current.Campaign,
            Number = current.Number,
            Step = Math.Max(current.Step, -1),
            Requirement = requirement,
            Phase = current.Phase == (int)PlanPhase.Shrink ? PlanPhase.Shrink : PlanPhase.Run,
            Plan = new Span<byte>(plan, Math.Clamp(current.Length, 0, MaxPlan)).ToArray(),
            PlanIsTooLong = current.Length == TooLong,
            InCall = (current.Counter & 1) != 0,
            Plans = current.Plans,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private static Journal Map(FileStream stream, long size) =>
        new(MemoryMappedFile.CreateFromFile(stream, null, size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false));

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public ulong Magic;
        public long Counter;
        public long Plans;
        public int Campaign;
        public int Number;
        public int Step;
        public int Requirement;
        public int Phase;
        public int Length;
        public int Stopping;
        public long Beats;
    }
}

/// <summary>What a journal says.</summary>
public sealed record JournalEntry
{
    /// <summary>The index of the campaign, -1 before the first plan.</summary>
    public required int Campaign { get; init; }

    /// <summary>The number of the plan in its campaign, -1 before the first.</summary>
    public required int Number { get; init; }

    /// <summary>The index of the step that was begun last; -1: the device was being opened, the number of steps or more: it was being closed.</summary>
    public required int Step { get; init; }

    /// <summary>The requirement that is broken when that step does not come back.</summary>
    public required RequirementId Requirement { get; init; }

    /// <summary>Why the plan runs.</summary>
    public required PlanPhase Phase { get; init; }

    /// <summary>The plan that began last, as its language wrote it; empty when there was none, or when it was too long to be kept.</summary>
    public required ReadOnlyMemory<byte> Plan { get; init; }

    /// <summary>True when there is a plan, and it was too long to be kept.</summary>
    public bool PlanIsTooLong { get; init; }

    /// <summary>True while a call into the driver is under way.</summary>
    public required bool InCall { get; init; }

    /// <summary>How many plans began.</summary>
    public required long Plans { get; init; }
}
