using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Concurrency;

/// <summary>One call of a history.</summary>
public struct Call
{
    /// <summary>A call that was made on no session, or before there was one.</summary>
    public const int NoSession = -2;

    /// <summary>The session that was there before the history began.</summary>
    public const int FirstSession = -1;

    /// <summary>The index of the step in the plan.</summary>
    public int Index;

    /// <summary>The step.</summary>
    public Step Step;

    /// <summary>When it began. Times only say what came before what.</summary>
    public int Called;

    /// <summary>When it came back; the greatest number when it did not.</summary>
    public int Returned;

    /// <summary>What it gave.</summary>
    public Observation Seen;

    /// <summary>The call that opened the session it was made on, by its place in the history; <see cref="FirstSession"/> or <see cref="NoSession"/>.</summary>
    public int Session;

    /// <summary>The position in an image that a write took its bytes from.</summary>
    public ulong Offset;

    /// <summary>The bytes that a read gave, as far as they are kept.</summary>
    public ReadOnlyMemory<byte> Bytes;

    /// <summary>True when neither came back before the other began; at one time is not before.</summary>
    public readonly bool Overlaps(in Call other) => Called <= other.Returned && other.Called <= Returned && !IsOfThread(other);

    /// <summary>True when one thread made both calls, so that times that are alike are one behind the other all the same.</summary>
    public readonly bool IsOfThread(in Call other) => Step.Thread != 0 && Step.Thread == other.Step.Thread && Index != other.Index;
}
