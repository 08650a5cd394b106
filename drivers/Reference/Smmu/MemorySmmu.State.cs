using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.Reference.Smmu;

/// <summary>The serialized state (VMS): QEMU's section, and the identification registers beside it.</summary>
public partial class MemorySmmu : ISmmuState
{
    private const string Machine = "reference";

    /// <inheritdoc/>
    public SmmuStateFormat StateFormat => SmmuStateFormat.Qemu;

    private SmmuIdentification Identification => new(Capabilities.Idr0, Capabilities.Idr1, Capabilities.Idr3, Capabilities.Idr5, Capabilities.Aidr);

    /// <inheritdoc/>
    public virtual byte[] SaveState() => SmmuVmStream.Write(Machine, Collect(), identification: Identification);

    /// <inheritdoc/>
    public virtual void LoadState(ReadOnlySpan<byte> state)
    {
        var stream = QemuStream.Read(state.ToArray());
        var read = SmmuVmStream.Read(stream, out var problem);
        if (read is null || (problem = stream.Problem) is not null)
            throw new SmmuStateException(problem ?? "there is no state");
        if (stream.Machine != Machine)
            throw new SmmuStateException("the state of another machine");
        if (!Takes(SmmuVmStream.Identification(stream)))
            throw new SmmuStateException("the state of an SMMU with other identification registers");
        Install(read);
    }

    /// <summary>Copies the memory of another SMMU, as the migration of a machine does before its devices.</summary>
    internal void TakeMemory(MemorySmmu from) => memory.CopyFrom(from.memory);

    /// <summary>Seam: the state (VMS-01, VMS-02, VMS-04).</summary>
    private protected virtual SmmuVmState Collect()
    {
        var state = new SmmuVmState
        {
            [SmmuVmState.Cr0] = cr0,
            [SmmuVmState.Cr1] = cr1,
            [SmmuVmState.Cr2] = cr2,
            [SmmuVmState.IrqCtrl] = irqControl,
            [SmmuVmState.GError] = gError,
            [SmmuVmState.GErrorN] = gErrorN,
            [SmmuVmState.StrtabBase] = streamTableBase,
            [SmmuVmState.StrtabBaseCfg] = streamTableConfiguration,
            [SmmuVmState.CmdqBase] = commandBase,
            [SmmuVmState.CmdqProd] = commandProducer,
            [SmmuVmState.CmdqCons] = commandConsumer,
            [SmmuVmState.EventqBase] = eventBase,
            [SmmuVmState.EventqProd] = eventProducer,
            [SmmuVmState.EventqCons] = eventConsumer,
            Gbpa = SendsGbpa(gbpa) ? gbpa : null,
        };
        state.Derive(Math.Min(Capabilities.CMDQS, Capabilities.EVENTQS));
        state[SmmuVmState.Cr0Ack] = cr0Ack;
        return state;
    }

    /// <summary>Seam: whether the subsection for GBPA is there (VMS-04).</summary>
    private protected virtual bool SendsGbpa(uint value) => value != SmmuVmState.GbpaReset;

    /// <summary>Seam: whether the state of an SMMU with these identification registers fits (VMS-06).</summary>
    private protected virtual bool Takes(SmmuIdentification? source) => source == Identification;

    /// <summary>
    /// Seam: registers after a load (VMS-03). What follows from others is not taken from the stream (VMS-07); values go in as they are, since a write would set
    /// off what a write sets off (VMS-09).
    /// </summary>
    private protected virtual void Install(SmmuVmState state)
    {
        cr0 = (uint)state[SmmuVmState.Cr0];
        cr0Ack = Acknowledge(cr0);
        cr1 = (uint)state[SmmuVmState.Cr1] & 0xfff;
        cr2 = (uint)state[SmmuVmState.Cr2] & (Capabilities.HYP ? 7u : 6u);
        irqControl = (uint)state[SmmuVmState.IrqCtrl];
        gError = (uint)state[SmmuVmState.GError] & GErrorFields;
        gErrorN = (uint)state[SmmuVmState.GErrorN] & GErrorFields;
        streamTableBase = state[SmmuVmState.StrtabBase] & StreamTableBaseFields;
        streamTableConfiguration = (uint)state[SmmuVmState.StrtabBaseCfg] & (Capabilities.StLevel == 0 ? 0x3f : StreamTableFields);
        commandBase = state[SmmuVmState.CmdqBase] & QueueBaseFields;
        commandProducer = (uint)state[SmmuVmState.CmdqProd] & 0xf_ffff;
        commandConsumer = (uint)state[SmmuVmState.CmdqCons] & 0x7f0f_ffff;
        eventBase = state[SmmuVmState.EventqBase] & QueueBaseFields;
        eventProducer = (uint)state[SmmuVmState.EventqProd] & 0x800f_ffff;
        eventConsumer = (uint)state[SmmuVmState.EventqCons] & 0x800f_ffff;
        gbpa = (state.Gbpa ?? GbpaWithoutSubsection) & GbpaFields;
    }

    /// <summary>Seam: GBPA when the stream says nothing (VMS-04).</summary>
    private protected virtual uint GbpaWithoutSubsection => GbpaReset;

    /// <summary>CMDQ_BASE and CMDQ_CONS of an index, as a command queue has them: where the command with that index lies.</summary>
    private protected ulong CommandAddress(uint index) =>
        AlignQueue(commandBase & 0x000f_ffff_ffff_ffe0, CommandQueueSize + 4) + ((index & (PointerMask(CommandQueueSize) >> 1)) * 16ul);

    /// <summary>Forgets that the SMMU was ever enabled: what a source that is torn down too early does.</summary>
    private protected void TearDown() => StoreControl(0);
}
