using System.Collections.Immutable;
using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Engine.Smmu;

/// <summary>One thing that is done in a scene.</summary>
public abstract record SceneStep
{
    /// <summary>
    /// The requirements that the step is there for: what it shows would be different if they were broken. They are counted as exercised when it is judged, and
    /// named first when it deviates.
    /// </summary>
    public Rules Aims { get; init; }
}

/// <summary>A master sends a transaction.</summary>
/// <param name="Transaction">The transaction.</param>
public sealed record TransactionStep(SmmuTransaction Transaction) : SceneStep;

/// <summary>A stalled transaction is asked for again.</summary>
/// <param name="Transaction">How many transactions before this one it was sent, 0 for the last.</param>
public sealed record AskStep(int Transaction) : SceneStep;

/// <summary>Bits of a structure are rewritten, one store per doubleword; no command is sent.</summary>
/// <param name="Target">The structure.</param>
/// <param name="Word">The doubleword.</param>
/// <param name="Mask">The bits.</param>
/// <param name="Value">Their new value, in place.</param>
public sealed record EditStep(StructureReference Target, int Word, ulong Mask, ulong Value) : SceneStep
{
    /// <summary>Rewrites a field.</summary>
    public static EditStep Of(StructureReference target, FieldValue field) => new(target, field.Field.Word, field.Field.Mask, field.Field.In(0, field.Value));

    /// <summary>Puts an address into the bits, instead of <see cref="Value"/>; null when there is none.</summary>
    public SceneAddress? Address { get; init; }
}

/// <summary>Commands are put into the command queue.</summary>
/// <param name="Commands">The commands.</param>
/// <param name="Ring">True when CMDQ_PROD is written then.</param>
public sealed record CommandStep(ImmutableArray<SceneCommand> Commands, bool Ring = true) : SceneStep
{
    /// <summary>Commands and a doorbell.</summary>
    public static CommandStep Of(params ReadOnlySpan<SceneCommand> commands) => new([.. commands]);
}

/// <summary>A command that stands in the queue already is overwritten.</summary>
/// <param name="Back">How many entries before CMDQ_PROD it stands, 1 for the last.</param>
/// <param name="Command">What it becomes.</param>
public sealed record OverwriteCommandStep(int Back, SceneCommand Command) : SceneStep;

/// <summary>CMDQ_PROD is moved and written; no command is put there.</summary>
/// <param name="By">By how many entries, backwards when negative.</param>
public sealed record MoveProducerStep(int By) : SceneStep;

/// <summary>A register is written.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Value">The value.</param>
/// <param name="Wide">True for one 64-bit access.</param>
public sealed record WriteRegisterStep(uint Offset, SceneAddress Value, bool Wide = false) : SceneStep;

/// <summary>A register is read and compared.</summary>
/// <param name="Offset">Its offset.</param>
/// <param name="Wide">True for one 64-bit access.</param>
public sealed record ReadRegisterStep(uint Offset, bool Wide = false) : SceneStep;

/// <summary>A doubleword of memory is written.</summary>
/// <param name="Address">Where, a multiple of 8.</param>
/// <param name="Value">The value.</param>
public sealed record WriteMemoryStep(SceneAddress Address, ulong Value) : SceneStep;

/// <summary>A doubleword of memory is read and compared.</summary>
/// <param name="Address">Where, a multiple of 8.</param>
public sealed record ReadMemoryStep(SceneAddress Address) : SceneStep;

/// <summary>A doubleword of a structure is read and compared: what the SMMU has written there shows.</summary>
/// <param name="Target">The structure.</param>
/// <param name="Word">The doubleword.</param>
public sealed record ReadStructureStep(StructureReference Target, int Word = 0) : SceneStep;

/// <summary>The interrupts since the last such step are taken and compared.</summary>
public sealed record TakeInterruptsStep : SceneStep;

/// <summary>Software takes records from the event queue: EVENTQ_CONS moves on.</summary>
/// <param name="Count">How many at most; all when negative.</param>
/// <param name="AcknowledgeOverflow">True when OVACKFLG is made equal to OVFLG.</param>
public sealed record ConsumeEventsStep(int Count = -1, bool AcknowledgeOverflow = true) : SceneStep;

/// <summary>A stalled transaction is resumed, with the STAG of its record.</summary>
/// <param name="Transaction">How many transactions before this one it was sent, 0 for the last.</param>
/// <param name="Action">Retry, terminate or abort.</param>
public sealed record ResumeStep(int Transaction, ResumeAction Action) : SceneStep;

/// <summary>Software acknowledges every error: GERRORN becomes what GERROR is.</summary>
public sealed record AcknowledgeErrorsStep : SceneStep;

/// <summary>The reset line: registers and caches. What is programmed afterwards is a step as well.</summary>
/// <param name="Setup">True when the registers of the setup are programmed again.</param>
public sealed record ResetStep(bool Setup = true) : SceneStep;

/// <summary>The registers that a driver writes when it brings the SMMU up, from the setup of the scene or another one.</summary>
/// <param name="Setup">The setup; null for that of the scene.</param>
/// <param name="Invalidate">True when CFGI_ALL, TLBI_NSNH_ALL and SYNC are sent before SMMUEN is set.</param>
public sealed record BringUpStep(SceneSetup? Setup = null, bool Invalidate = true) : SceneStep;

/// <summary>A command.</summary>
/// <param name="Command">The command.</param>
/// <param name="Address">An address that is added to its doubleword 1.</param>
public readonly record struct SceneCommand(SmmuCommand Command, SceneAddress Address = default)
{
    /// <summary>A command without an address of the layout.</summary>
    public static implicit operator SceneCommand(SmmuCommand command) => new(command);

    /// <summary>A command without an address of the layout.</summary>
    public static SceneCommand Of(SmmuCommand command) => new(command);
}

/// <summary>Names a structure of a scene.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Index">The stream of an STE, of a CD and of their Level 1 descriptors; the tree of a translation table descriptor.</param>
/// <param name="Input">The SubstreamID of a CD; an input address of a translation table descriptor.</param>
/// <param name="Level">The level of a translation table descriptor.</param>
public readonly record struct StructureReference(StructureKind Kind, int Index, ulong Input = 0, int Level = 0);
