using Conformance.Drivers.Reference.Smmu;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.Reference.Nested;

/// <summary>The virtual SMMU of a machine: an SMMU whose memory is the guest's, and whose commands are the VMM's to carry out.</summary>
internal sealed class GuestSmmu(VirtualMachine machine, SmmuCapabilities capabilities) : MemorySmmu(capabilities, SmmuCaching.None)
{
    /// <summary>True while SMMUEN is in effect.</summary>
    public bool IsEnabled => (ReadRegister(SmmuRegister.Cr0Ack) & 1) != 0;

    /// <summary>GBPA.ABORT.</summary>
    public bool Aborts => (ReadRegister(SmmuRegister.Gbpa) & (1u << 20)) != 0;

    /// <summary>Puts a record into the guest's event queue.</summary>
    public void Record(in SmmuEvent record) => Post(record);

    private protected override bool Fetch(ulong address, out ulong value) => machine.TryRead(address, out value);

    private protected override bool WriteRecord(ulong address, in SmmuEvent record) => machine.WriteEmulated(address, record);

    private protected override bool IsLegal(in SmmuCommand command) => machine.IsLegal(command, base.IsLegal(command));

    private protected override void Perform(in SmmuCommand command) => machine.Perform(command);

    private protected override void Store(uint offset, uint value)
    {
        var before = (IsEnabled, Aborts);
        base.Store(offset, value);
        if (offset is SmmuRegister.Cr0 or SmmuRegister.Gbpa)
            machine.ControlChanged(before, (IsEnabled, Aborts));
    }
}
