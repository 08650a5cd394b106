using Conformance.Model.Requirements;
using Conformance.Model.Smmu.Device;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Model.Smmu.Oracle;

/// <summary>The wired interrupt of the event queue (SMMU-EVT-09).</summary>
public sealed partial class SmmuOracle
{
    private const uint EventQueueInterrupt = 1 << 2;

    // Since interrupts were taken: none were, so that older ones may be waiting; the event queue's was enabled; it had to be raised.
    private bool hasOldInterrupts;
    private bool mayInterrupt;
    private bool mustInterrupt;

    /// <summary>
    /// The interrupts since the last time were taken. That of the event queue was raised when the queue became not empty while it was enabled, and not at all
    /// when it never was. Those before the first time after a reset are not judged.
    /// </summary>
    public SmmuJudgement ObserveInterrupts(SmmuInterruptCounts counts)
    {
        var agrees = hasOldInterrupts || (counts[SmmuInterrupt.EventQueue] > 0 ? mayInterrupt : !mustInterrupt);
        var rules = hasOldInterrupts ? Rules.None : Rules.Of(SMMU_EVT_09);
        (hasOldInterrupts, mayInterrupt, mustInterrupt) = (false, (registers.IrqCtrl & EventQueueInterrupt) != 0, false);
        return new(agrees ? SmmuDivergence.None : SmmuDivergence.Interrupt, rules);
    }

    private void ForgetInterrupts() => (hasOldInterrupts, mayInterrupt, mustInterrupt) = (true, false, false);

    private void WriteIrqCtrl(uint value)
    {
        registers.IrqCtrl = value & IrqCtrlBits;
        mayInterrupt |= (value & EventQueueInterrupt) != 0;
    }

    // Records came into a queue whose consumer index is where the producer index was.
    private void NoteArrival(uint before, int count, QueueGeometry queue) =>
        mustInterrupt |= count > 0 && ((before ^ (uint)registers.EventqCons.Value) & queue.Mask) == 0 && (registers.IrqCtrl & EventQueueInterrupt) != 0;
}
