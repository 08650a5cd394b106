using System.Diagnostics;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>Does the steps that concern the work of a device, and keeps what was seen of it. Judges nothing.</summary>
internal sealed class WorkRunner
{
    private IMigrationDevice device = null!;
    private WorkloadCounts settled,
        looked;
    private bool working;

    private IWorkload Workload => device.Workload ?? throw new UnreachableException("a step asks for a workload that the device does not have");

    /// <summary>Starts with a device that was just opened.</summary>
    public void Begin(IMigrationDevice opened)
    {
        device = opened;
        working = false;
    }

    /// <summary>
    /// A request has returned: what comes out from here on comes out in the state that it led to. Plans that hold no work do not look.
    /// </summary>
    public void Settle()
    {
        if (working)
            settled = WorkloadCounts.Of(Workload);
    }

    /// <summary>Does one step.</summary>
    public Observation Do(in Step step)
    {
        if (!working)
        {
            working = true;
            settled = looked = WorkloadCounts.Of(Workload);
        }

        var seen = default(Observation);
        switch (step.Kind)
        {
            case StepKind.SubmitWork:
                seen.Errno = Workload.Queue!.Submit(Item(step));
                break;
            case StepKind.GiveTime:
                if (step.A > 0)
                    Workload.Queue!.Run((int)Math.Min(step.A, 4096));
                var now = WorkloadCounts.Of(Workload);
                seen.Value = now.Since(settled).Packed;
                seen.Hash = now.Since(looked).Packed;
                settled = looked = now;
                break;
            case StepKind.WriteRegister:
                // What the register keeps is what can be read back.
                var kept = (uint)step.B & Workload.Registers!.Bits(Register(step.A));
                seen.Errno = Workload.Registers.Write(Register(step.A), kept);
                seen.Value = kept;
                break;
            case StepKind.ReadRegister:
                seen.Errno = Workload.Registers!.Read(Register(step.A), out var value);
                seen.Value = value;
                break;
            case StepKind.ReadCounter:
                seen.Value = Workload.ReadCounter();
                break;
            case StepKind.EnableVector:
                seen.Errno = Workload.Interrupts!.Enable((int)step.A % Workload.Interrupts.Vectors, step.B != 0);
                break;
            case StepKind.SwapPages:
                Workload.Memory!.Swap((int)step.A % Workload.Memory.Pages, (int)step.B % Workload.Memory.Pages);
                break;
            case StepKind.PeerAccess:
                seen.Errno = Workload.Peer!.Access(step.A);
                break;
            case StepKind.ReadTaken:
                seen.Value = Workload.Peer!.ReadTaken();
                break;
            case StepKind.SetPeer:
                seen.Errno = Workload.Peer!.Set((PeerState)step.A);
                break;
            case StepKind.ReadConfig:
                seen.Errno = Workload.Config!.Read((int)(step.A & 0xFC), out var word);
                seen.Value = word;
                break;
            default:
                seen.Errno = Trespass(step.A);
                break;
        }

        return seen;
    }

    private int Trespass(uint how) =>
        how switch
        {
            Trespasses.Read => Workload.Registers!.Read(0, out _),
            Trespasses.Write => Workload.Registers!.Write(0, 0xA5A5_A5A5),
            _ => Workload.Queue!.Submit(Item(Step.Submit(WorkKind.MemoryWrite))),
        };

    private int Register(uint register) => (int)(register % (uint)Workload.Registers!.Count);

    private WorkItem Item(in Step step)
    {
        var kind = (WorkKind)(step.A & 0xFF);
        var operand = step.A >> 8;
        if (kind is WorkKind.Interrupt)
            return new(kind, operand % (uint)Workload.Interrupts!.Vectors, 1);
        if (kind is not (WorkKind.MemoryWrite or WorkKind.MemoryRead))
            return new(kind, operand, 1);
        var memory = Workload.Memory!;
        var page = operand % (uint)memory.Pages;
        var offset = (step.B >> 32) % (uint)memory.PageSize;
        var left = (((ulong)memory.Pages - page) * (uint)memory.PageSize) - offset;
        var bytes = (uint)step.B == 0 ? (uint)memory.PageSize : (uint)step.B;
        return new(kind, memory.Iova + (page * (ulong)memory.PageSize) + offset, (uint)Math.Min(bytes, Math.Min(left, 1 << 20)));
    }
}
