using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Broken;

/// <summary>The workload that the driver has itself, by the way of a plugin. Nothing is wrong with it.</summary>
public sealed class BorrowsOfDriver : IWorkloadFactory
{
    public IWorkload Create(IDevicePort device) => ((IMigrationDriver)device.Driver!).Workload!;
}

/// <summary>A workload that is wrong in one way.</summary>
public abstract class BadWorkload : IWorkloadFactory, IWorkload, IWorkQueue
{
    public virtual IWorkQueue? Queue => this;

    public virtual IInterruptLines? Interrupts => null;

    public virtual WorkKinds Kinds => WorkKinds.Stuck;

    public int Capacity => 8;

    public bool TellsPeersApart => true;

    public virtual IWorkload? Create(IDevicePort device) => this;

    public virtual void Apply(uint pattern) { }

    public virtual ulong Digest() => 1;

    public int Submit(in WorkItem item) => 0;

    public virtual void Run(int operations) { }

    IWorkload IWorkloadFactory.Create(IDevicePort device) => Create(device)!;
}

public sealed class ThrowsInApply : BadWorkload
{
    public override void Apply(uint pattern) => throw new InvalidOperationException("no queue pair");
}

public sealed class HangsInRun : BadWorkload
{
    public override void Run(int operations) => Thread.Sleep(Timeout.Infinite);
}

public sealed class ThrowsInCreate : BadWorkload
{
    public override IWorkload? Create(IDevicePort device) => throw new IOException("BAR 2 cannot be mapped");
}

public sealed class MakesNothing : BadWorkload
{
    public override IWorkload? Create(IDevicePort device) => null;
}

public sealed class KnowsOddKinds : BadWorkload
{
    public override WorkKinds Kinds => (WorkKinds)0x80;
}

/// <summary>Interrupts that never come.</summary>
public sealed class NeverInterrupts : BadWorkload, IInterruptLines
{
    public override IInterruptLines? Interrupts => this;

    public override WorkKinds Kinds => WorkKinds.Interrupt;

    public int Vectors => 1;

    public bool CanEnable => false;

    public ulong Count(int vector) => 0;

    public int Enable(int vector, bool enabled) => 0;
}

/// <summary>Counts of interrupts that go back.</summary>
public sealed class CountsBackwards : BadWorkload, IInterruptLines
{
    private ulong count = 9;

    public override IInterruptLines? Interrupts => this;

    public override WorkKinds Kinds => WorkKinds.Interrupt;

    public int Vectors => 1;

    public bool CanEnable => false;

    public ulong Count(int vector) => count--;

    public int Enable(int vector, bool enabled) => 0;
}
