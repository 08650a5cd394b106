namespace Conformance.Model.Smmu.Device;

/// <summary>The wired interrupts of the Non-secure programming interface.</summary>
public enum SmmuInterrupt
{
    /// <summary>The event queue is no longer empty.</summary>
    EventQueue,

    /// <summary>The PRI queue is no longer empty.</summary>
    PriQueue,

    /// <summary>A CMD_SYNC with CS=1 was completed.</summary>
    CommandSync,

    /// <summary>A global error became active.</summary>
    GlobalError,
}

/// <summary>How often each interrupt was raised: 16 bits a line, that of the event queue in [15:0]. A count stops at 65535.</summary>
/// <param name="Value">The four counts.</param>
public readonly record struct SmmuInterruptCounts(ulong Value)
{
    /// <summary>How often a line was raised.</summary>
    public int this[SmmuInterrupt line] => (ushort)(Value >> (16 * (int)line));

    /// <summary>The counts with one more of a line.</summary>
    public SmmuInterruptCounts With(SmmuInterrupt line) => this[line] == ushort.MaxValue ? this : new(Value + (1UL << (16 * (int)line)));
}

/// <summary>What an <see cref="ISmmu"/> with <see cref="SmmuPort.Interrupts"/> also implements.</summary>
public interface ISmmuInterrupts
{
    /// <summary>How often each line was raised since the last call, or since the reset. A level that rises counts once, as a pulse does.</summary>
    SmmuInterruptCounts TakeInterrupts();
}
