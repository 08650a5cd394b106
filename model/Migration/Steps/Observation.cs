using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;

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
}

/// <summary>What a device did in one step.</summary>
public struct Observation
{
    /// <summary>0, or the errno.</summary>
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
        // A stream that was read to its end says first what came, then how it ended.
        if (step.Kind == StepKind.ReadToEnd && (Marks & Marks.Endless) == 0)
            return $"{Value} bytes, then {(Errno == 0 ? "0" : Contract.Errno.Name(Errno))}";
        var text = Errno == 0 ? "success" : Contract.Errno.Name(Errno);
        text += step.Kind switch
        {
            StepKind.GetState when Errno == 0 => $", {((DeviceState)State).Name()}, data_fd {Descriptor}",
            StepKind.SetState or StepKind.SetWithoutDescriptor or StepKind.SetReadOnly or StepKind.SetWatched =>
                $"{(State == step.A ? "" : $", device_state word {((DeviceState)State).Name()} instead of {((DeviceState)step.A).Name()}")}, data_fd {Descriptor}",
            StepKind.QueryFeatures when Errno == 0 => $", flags 0x{Value:x}",
            StepKind.QueryDataSize when Errno == 0 => $", {Value} bytes",
            StepKind.Read
            or StepKind.ReadToEnd
            or StepKind.ReadDuplicate
            or StepKind.ReadUnmapped
            or StepKind.Write
            or StepKind.WriteRest
            or StepKind.StaleRead
            or StepKind.StaleWrite
            or StepKind.WrongDirection
            or StepKind.PositionedRead
            or StepKind.PositionedWrite => $", {Value} bytes",
            StepKind.Digest => $", digest {Value:x16}",
            StepKind.Poll when Errno == 0 => $", events 0x{Value:x}",
            StepKind.DescriptorFlags when Errno == 0 => $", flags 0x{Value:x}",
            StepKind.CountDescriptors => $", {Value} descriptors",
            StepKind.PrecopyInfo when Errno == 0 => $", initial_bytes {Value}, dirty_bytes {Hash}",
            StepKind.Probe when Errno == 0 && (step.A & Uapi.Probe) == 0 && (step.A & Uapi.Get) != 0 => $", value 0x{Value:x}",
            _ => "",
        };
        if (step.Kind == StepKind.SetWatched)
            text += $", seen meanwhile: {new StateSet((byte)Value)}";
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
        return text;
    }
}
