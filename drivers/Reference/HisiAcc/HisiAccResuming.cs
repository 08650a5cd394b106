using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Serialization;

namespace Conformance.Drivers.Reference.HisiAcc;

/// <summary>
/// A resuming session. The match data are compared as soon as they are there, the rest is looked at when RESUMING is left. A device reuses one instance for all
/// its sessions.
/// </summary>
/// <param name="device">The device that is loaded.</param>
public sealed class HisiAccResuming(HisiAccDriver device) : IMigrationFile
{
    private static readonly int[] addresses = [AccVfData.EqeDma, AccVfData.AeqeDma, AccVfData.SqcDma, AccVfData.CqcDma];

    private readonly byte[] image = new byte[AccVfData.Size];
    private int position;
    private bool matched;
    private bool refused;

    /// <inheritdoc/>
    public bool IsSaving => false;

    private bool IsV1 => U64(AccVfData.AccMagic) == AccVfData.MagicV1;

    /// <summary>Begins a session from scratch (MIG-RES-14).</summary>
    public void Begin()
    {
        image.AsSpan().Clear();
        position = 0;
        refused = false;
        matched &= device.Has(HisiAccHabits.MatchesOncePerOpen | HisiAccHabits.MatchesOnceForEver);
        device.Rejection = default;
    }

    /// <summary>The device is opened again.</summary>
    public void Forget() => matched &= device.Has(HisiAccHabits.MatchesOnceForEver);

    /// <inheritdoc/>
    public CallResult Read(Span<byte> buffer) => CallResult.Fail(Errno.EBADF);

    /// <inheritdoc/>
    public CallResult Write(ReadOnlySpan<byte> buffer)
    {
        if (refused)
            return CallResult.Fail(Errno.EINVAL);
        if (position + (long)buffer.Length > AccVfData.Size)
            return Refuse(Errno.ENOMEM, new(HisiAccReason.TooLong, (ulong)(position + (long)buffer.Length)));
        buffer.CopyTo(image.AsSpan(device.Has(HisiAccHabits.EveryPieceIsTheFirst) ? 0 : position));
        position += buffer.Length;
        if (matched || position < AccVfData.MatchSize || device.Has(HisiAccHabits.ComparesWhenLeft))
            return CallResult.Of(buffer.Length);
        var mismatch = Match();
        if (mismatch.Reason != HisiAccReason.None)
        {
            // EFAULT is what Linux 7.2 says; it is also what a bad buffer gives, of which nothing would have been taken.
            var forgets = device.Has(HisiAccHabits.ForgetsMismatch);
            refused = !forgets;
            return Refuse(forgets ? Errno.EFAULT : Errno.EINVAL, mismatch);
        }

        matched = true;
        if (device.Has(HisiAccHabits.ConvertsV1AtMatch) && IsV1)
            Convert();
        return CallResult.Of(buffer.Length);
    }

    /// <summary>RESUMING is being left: loads the device, or refuses.</summary>
    /// <returns>0, or EINVAL with nothing changed.</returns>
    public int Finish()
    {
        var rejection = Load();
        if (rejection.Reason == HisiAccReason.None)
            return Errno.None;
        device.Rejection = rejection;
        return Errno.EINVAL;
    }

    /// <inheritdoc/>
    public int PrecopyInfo(out ulong initialBytes, out ulong dirtyBytes)
    {
        initialBytes = dirtyBytes = 0;
        return Errno.ENOTTY;
    }

    /// <inheritdoc/>
    public bool IsReadable => false;

    /// <summary>The buffer is the device's.</summary>
    public void Terminate() { }

    private HisiAccRejection Load()
    {
        if (refused)
            return device.Rejection;
        if (device.Has(HisiAccHabits.ComparesWhenLeft) && position >= AccVfData.MatchSize && Match() is { Reason: not HisiAccReason.None } mismatch)
            return mismatch;
        if (position == AccVfData.MatchSize)
        {
            if (!device.Has(HisiAccHabits.LoadsNothingFromMatchData))
                device.Function.Reset();
            return default;
        }

        if (position < AccVfData.Size)
            return new(HisiAccReason.TooShort, (ulong)position);
        if (IsV1 && !device.Has(HisiAccHabits.ConvertsV1AtMatch))
            Convert();
        var takesAll = device.Has(HisiAccHabits.TakesMissingAddress);
        if (!takesAll && U32(AccVfData.VfQmState) != AccVfData.Ready)
            return new(HisiAccReason.NotReady, U32(AccVfData.VfQmState));
        foreach (var offset in addresses)
        {
            if (U64(offset) != 0)
                continue;
            if (!takesAll)
                return new(HisiAccReason.Address, (ulong)offset);
            device.Function.Write(HisiAccFunction.State, AccVfData.NotReady);
            return default;
        }

        Apply();
        return default;
    }

    // In the order of the checks of the kernel driver; the first that fails is told.
    private HisiAccRejection Match()
    {
        var magic = U64(AccVfData.AccMagic);
        if (magic is not (AccVfData.MagicV1 or AccVfData.MagicV2))
            return new(HisiAccReason.Magic, magic);
        var major = BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(AccVfData.MajorVer));
        if (magic == AccVfData.MagicV2 && major != AccVfData.MajorVersion)
            return new(HisiAccReason.Version, major, AccVfData.MajorVersion);
        var own = device.Identity;
        return U32(AccVfData.DevId) != own.DeviceId ? new(HisiAccReason.Device, U32(AccVfData.DevId), own.DeviceId)
            : U32(AccVfData.QpNum) != own.QueuePairs ? new(HisiAccReason.QueuePairs, U32(AccVfData.QpNum), own.QueuePairs)
            : U32(AccVfData.QueIsoCfg) != own.QueueIsolation ? new(HisiAccReason.QueueIsolation, U32(AccVfData.QueIsoCfg), own.QueueIsolation)
            : default;
    }

    // Version 1 has wrong addresses of the event queues; the right ones are in the contexts.
    private void Convert()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(AccVfData.EqeDma), AccVfData.QueueAddress(image, AccVfData.QmEqcDw));
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(AccVfData.AeqeDma), AccVfData.QueueAddress(image, AccVfData.QmAeqcDw));
    }

    private void Apply()
    {
        var function = device.Function;
        function.Reset();
        function.Write(HisiAccFunction.State, U32(AccVfData.VfQmState));
        foreach (var (field, register) in HisiAccDriver.Registers)
        {
            // A write would clear the interrupts that wait.
            if (register == HisiAccFunction.IfcIntSource)
                function.Interrupt(U32(field));
            else
                function.Write(register, U32(field));
        }

        function.Write(HisiAccFunction.QueueIsolation, U32(AccVfData.QueIsoCfg));
        for (var word = 0; word < AccVfData.ContextWords; word++)
        {
            function.Write(HisiAccFunction.EventQueue + (4 * word), U32(AccVfData.QmEqcDw + (4 * word)));
            function.Write(HisiAccFunction.AsyncEventQueue + (4 * word), U32(AccVfData.QmAeqcDw + (4 * word)));
        }

        function.EventQueueAddress = U64(AccVfData.EqeDma);
        function.AsyncEventQueueAddress = U64(AccVfData.AeqeDma);
        function.SubmissionContexts = U64(AccVfData.SqcDma);
        function.CompletionContexts = U64(AccVfData.CqcDma);
    }

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(offset));

    private ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image.AsSpan(offset));

    private CallResult Refuse(int errno, HisiAccRejection rejection)
    {
        device.Rejection = rejection;
        return CallResult.Fail(errno);
    }
}
