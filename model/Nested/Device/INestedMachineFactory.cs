namespace Conformance.Model.Nested.Device;

/// <summary>
/// Makes the machines of a VMM: what somebody who wants a virtual SMMU and its hand-over checked implements. The hosts are the kit's.
/// </summary>
public interface INestedMachineFactory
{
    /// <summary>
    /// Makes a machine whose guest has 192 KiB of memory at 0x40000000 and 64 KiB at 0x100000000 (<see cref="GuestRam"/>), and one to eight assigned
    /// devices with virtual StreamIDs below 64.
    /// </summary>
    /// <param name="host">Its host, on which nothing was done yet, or another machine was before. It is disposed of by whoever made it.</param>
    /// <param name="isDestination">True for one that a migration is to come into: no device of it may do DMA before <see cref="INestedMachine.Start"/>.</param>
    INestedMachine Create(INestedStage host, bool isDestination);
}
