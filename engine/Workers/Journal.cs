using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;

namespace Conformance.Engine.Workers;

/// <summary>
/// The journal in a file that two processes map. The worker writes; the supervisor looks at the counter and, once the worker hangs or is gone, reads the rest.
/// Nothing that is read is trusted: a worker that went wild may have written anything.
/// </summary>
public sealed unsafe class Journal : IJournal, IDisposable
{
    /// <summary>How many steps of a plan are kept.</summary>
    public const int MaxSteps = 16_384;

    private const ulong Magic = 0x315F_4C4E_524A_4643; // "CFJRNL_1"
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly Header* header;
    private readonly Step* steps;

    private Journal(MemoryMappedFile file)
    {
        this.file = file;
        view = file.CreateViewAccessor(0, FileSize);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        header = (Header*)start;
        steps = (Step*)(start + sizeof(Header));
    }

    private static long FileSize => sizeof(Header) + ((long)MaxSteps * sizeof(Step));

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
    public void Begin(int campaign, int number, Plan plan, PlanPhase phase = PlanPhase.Run)
    {
        ref var current = ref *header;
        // Whoever reads in between finds no plan instead of a mixture of two.
        Volatile.Write(ref current.Count, 0);
        current.Campaign = campaign;
        current.Number = number;
        current.Step = -1;
        current.Requirement = 0;
        current.Phase = (int)phase;
        current.Unbound = plan.Unbound ? 1 : 0;
        var list = plan.AsSpan();
        var count = Math.Min(list.Length, MaxSteps);
        list[..count].CopyTo(new Span<Step>(steps, count));
        current.Left = list.Length - count;
        Volatile.Write(ref current.Count, count);
        current.Plans++;
        Volatile.Write(ref current.Counter, (current.Counter + 2) & ~1L);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter(int step, RequirementId requirement = RequirementId.None)
    {
        header->Step = step;
        header->Requirement = (int)requirement;
        Volatile.Write(ref header->Counter, (header->Counter + 2) | 1L);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave() => Volatile.Write(ref header->Counter, (header->Counter + 2) & ~1L);

    /// <inheritdoc/>
    public void End()
    {
        // The plan is kept: when the process dies before the next one begins, this one is the likeliest cause.
        header->Step = header->Count;
        Leave();
    }

    /// <summary>Campaign and number of the plan at hand, without the plan. Cheap.</summary>
    public (int Campaign, int Number) ReadPosition() => (Volatile.Read(ref header->Campaign), Volatile.Read(ref header->Number));

    /// <summary>What it says now. Only exact when the worker stands still.</summary>
    public JournalEntry Read()
    {
        var current = *header;
        var count = Math.Clamp(current.Count, 0, MaxSteps);
        var plan = new Span<Step>(steps, count).ToArray();
        var requirement = Enum.IsDefined((RequirementId)current.Requirement) ? (RequirementId)current.Requirement : RequirementId.None;
        return new()
        {
            Campaign = current.Campaign,
            Number = current.Number,
            Step = Math.Clamp(current.Step, -1, count),
            Requirement = requirement,
            Phase = current.Phase == (int)PlanPhase.Shrink ? PlanPhase.Shrink : PlanPhase.Run,
            Unbound = current.Unbound != 0,
            Steps = plan,
            Left = Math.Max(0, current.Left),
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
        public int Unbound;
        public int Count;
        public int Left;
        public int Stopping;
    }
}

/// <summary>What a journal says.</summary>
public sealed record JournalEntry
{
    /// <summary>The index of the campaign, -1 before the first plan.</summary>
    public required int Campaign { get; init; }

    /// <summary>The number of the plan in its campaign, -1 before the first.</summary>
    public required int Number { get; init; }

    /// <summary>The index of the step that was begun last; -1: the device was being opened, the number of steps: it was being closed.</summary>
    public required int Step { get; init; }

    /// <summary>The requirement that is broken when that step does not come back.</summary>
    public required RequirementId Requirement { get; init; }

    /// <summary>Why the plan runs.</summary>
    public required PlanPhase Phase { get; init; }

    /// <summary>True when the plan opens the device without access.</summary>
    public required bool Unbound { get; init; }

    /// <summary>The plan that began last.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>How many steps of it were not kept.</summary>
    public required int Left { get; init; }

    /// <summary>True while a call into the driver is under way.</summary>
    public required bool InCall { get; init; }

    /// <summary>How many plans began.</summary>
    public required long Plans { get; init; }
}
