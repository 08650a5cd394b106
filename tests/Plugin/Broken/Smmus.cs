using Conformance.Model.Smmu.Device;

namespace Broken;

/// <summary>An SMMU that does nothing, so that each of the others is wrong in one way only.</summary>
public abstract class BareSmmu : ISmmu
{
    public virtual SmmuPort Port => SmmuPort.Replies;

    public virtual SmmuRange Memory => new(0x4000_0000, 64 << 20);

    public virtual SmmuRange Hole => new(0x1000_0000, 1 << 16);

    public uint ReadRegister(uint offset) => 0;

    public void WriteRegister(uint offset, uint value) { }

    public ulong ReadRegister64(uint offset) => 0;

    public void WriteRegister64(uint offset, ulong value) { }

    public void ReadMemory(ulong address, Span<byte> bytes) => bytes.Clear();

    public void WriteMemory(ulong address, ReadOnlySpan<byte> bytes) { }

    public virtual SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket)
    {
        ticket = 0;
        return SmmuReply.Aborted;
    }

    public SmmuReply Ask(int ticket, Span<byte> data) => SmmuReply.Aborted;

    public void Reset() { }

    public virtual void Dispose() => GC.SuppressFinalize(this);
}

public sealed class SmmuThrows : BareSmmu
{
    public override SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket) =>
        throw new NotSupportedException("no \u001b[31mmaster");

    public override void Dispose() => throw new InvalidOperationException("nor this");
}

public sealed class SmmuAnswersNonsense : BareSmmu
{
    public override SmmuReply Transact(in SmmuTransaction transaction, Span<byte> data, out int ticket)
    {
        ticket = 0;
        return (SmmuReply)77;
    }
}

public sealed class SmmuWithLittleMemory : BareSmmu
{
    public override SmmuRange Memory => new(0x4000_0000, 1 << 20);
}

public sealed class SmmuWithHoleInMemory : BareSmmu
{
    public override SmmuRange Hole => new(0x4000_0000, 1 << 16);
}

public sealed class SmmuWithSilentInterrupts : BareSmmu
{
    public override SmmuPort Port => SmmuPort.Interrupts;
}
