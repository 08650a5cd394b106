using Conformance.Model.Contract;

namespace Conformance.Model.Migration.Steps;

/// <summary>Memory that a call changed although it should have left it alone, and odd return values.</summary>
[Flags]
public enum Marks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The words argsz or flags of the envelope changed (ABI-19).</summary>
    Envelope = 1,

    /// <summary>The payload changed.</summary>
    Payload = 2,

    /// <summary>Bytes behind the known struct changed (ABI-12).</summary>
    Guard = 4,

    /// <summary>The return value was neither 0 nor -1 (ABI-25).</summary>
    Return = 8,

    /// <summary>More bytes came than the harness takes (MIG-FD-19).</summary>
    Endless = 16,

    /// <summary>A write took fewer bytes than it was given.</summary>
    Short = 32,

    /// <summary>What came back as an errno is none: see <see cref="Observation.Errno"/>.</summary>
    Errno = 64,

    /// <summary>A driver in this process took more memory for a call than any stream may need (MIG-RES-17).</summary>
    Memory = 128,
}

/// <summary>What a device did in one step.</summary>
public struct Observation
{
    /// <summary>0, or the errno, or with <see cref="Marks.Errno"/> what came in its place.</summary>
    public int Errno;

    /// <summary>The device_state word that came back.</summary>
    public uint State;

    /// <summary>The data_fd that came back; <see cref="Untouched"/> when nobody wrote it.</summary>
    public int Descriptor;

    /// <summary>What else changed.</summary>
    public Marks Marks;

    /// <summary>A count of bytes, a flags word, a size, a digest, poll events, a set of states: the result of the step.</summary>
    public ulong Value;

    /// <summary>A hash of the session's stream so far, or the path that the driver took.</summary>
    public ulong Hash;

    /// <summary>What the harness puts into data_fd before a call. Not garbage: whether that is ignored is a question of its own (ABI-24).</summary>
    public const int Untouched = 0;

    /// <summary>The observation in words, as far as the kind of step gives it meaning.</summary>
    public readonly string Describe(in Step step)
    {
        var row = StepTable.Of(step.Kind);
        // A stream that was read to its end says first what came, then how it ended.
        if (row.Is(StepTraits.ReadsToEnd) && (Marks & Marks.Endless) == 0)
            return $"{Value} bytes, then {(Errno == 0 ? "0" : Named())}";
        var text = Errno == 0 ? "success" : Named();
        text += row.Answer?.Invoke(step, this);
        if ((Marks & Marks.Envelope) != 0)
            text += ", envelope words changed";
        if ((Marks & Marks.Payload) != 0)
            text += ", payload changed";
        if ((Marks & Marks.Guard) != 0)
            text += ", bytes behind the struct changed";
        if ((Marks & Marks.Return) != 0)
            text += ", return value neither 0 nor -1";
        if ((Marks & Marks.Endless) != 0)
            text += ", and still no end";
        if ((Marks & Marks.Memory) != 0)
            text += ", and memory for more than a stream may hold";
        return text;
    }

    // Whoever writes a driver in C# as he would in the kernel is told what to write.
    private readonly string Named()
    {
        if ((Marks & Marks.Errno) == 0)
            return Contract.Errno.Name(Errno);
        var meant = Errno is < 0 and >= -Contract.Errno.Largest ? $": {Contract.Errno.Name(-Errno)} is {-Errno}" : "";
        return $"errno {Errno}, which is none{meant}";
    }
}
