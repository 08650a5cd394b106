using System.Buffers.Binary;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Bench;

/// <summary>The calls of a plan, made straight on a device: no oracle, no trace, no counting. What lockstep is compared with.</summary>
internal sealed class BareCalls
{
    private const ulong LogPage = 4096;

    private readonly byte[] argument = new byte[Uapi.EnvelopeSize + 8];
    private readonly byte[] buffer = new byte[65536];
    private readonly byte[] image = new byte[65536];
    private readonly byte[] log = new byte[Uapi.EnvelopeSize + 32];
    private readonly byte[] range = new byte[16];
    private readonly byte[] bitmap = new byte[64];
    private int length,
        live = -1,
        stale = -1;

    /// <summary>Makes the calls on a fresh device.</summary>
    /// <returns>A sum of what came back, so that nothing can be left out.</returns>
    public long Run(IMigrationTarget target, Step[] steps)
    {
        using var device = target.Open();
        live = stale = -1;
        length = 0;
        var sum = 0L;
        foreach (ref readonly var step in steps.AsSpan())
            sum += step.Kind switch
            {
                StepKind.SetState => Set(device, step.A),
                StepKind.GetState => Feature(device, Uapi.MigDeviceState | Uapi.Get, 0),
                StepKind.Reset => device.Reset().Errno,
                StepKind.QueryFeatures => Feature(device, Uapi.Migration | Uapi.Get, 0),
                StepKind.QueryDataSize => Feature(device, Uapi.MigDataSize | Uapi.Get, 0),
                StepKind.Read => device.Read(live, new UserBuffer(buffer.AsSpan(0, (int)step.A))).Value,
                StepKind.Write => device.Write(live, new UserBuffer(image.AsSpan(0, Math.Min(length, (int)step.A)))).Value,
                StepKind.PrecopyInfo => PrecopyInfo(device),
                StepKind.StartLogging => StartLogging(device),
                StepKind.StopLogging => Log(device, Uapi.DmaLoggingStop | Uapi.Set, 0, [], -1),
                StepKind.ReportLogging => ReportLogging(device),
                StepKind.ReadToEnd => ReadToEnd(device, (int)step.A),
                StepKind.WriteRest => device.Write(live, new UserBuffer(image.AsSpan(0, length))).Value,
                _ => throw new InvalidOperationException($"no bare call for {step}"),
            };
        return sum;
    }

    // One page, which is as good as any: what is in the log is not looked at.
    private int StartLogging(IMigrationDevice device)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(range.AsSpan(8), LogPage);
        BinaryPrimitives.WriteUInt64LittleEndian(log.AsSpan(Uapi.EnvelopeSize), LogPage);
        BinaryPrimitives.WriteUInt64LittleEndian(log.AsSpan(Uapi.EnvelopeSize + 8), 1);
        return Log(device, Uapi.DmaLoggingStart | Uapi.Set, 24, range, Uapi.EnvelopeSize + Uapi.StartRangesOffset);
    }

    private int ReportLogging(IMigrationDevice device)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(log.AsSpan(Uapi.EnvelopeSize), 0);
        BinaryPrimitives.WriteUInt64LittleEndian(log.AsSpan(Uapi.EnvelopeSize + 8), LogPage);
        BinaryPrimitives.WriteUInt64LittleEndian(log.AsSpan(Uapi.EnvelopeSize + 16), LogPage);
        return Log(device, Uapi.DmaLoggingReport | Uapi.Get, 32, bitmap, Uapi.EnvelopeSize + Uapi.ReportBitmapOffset);
    }

    private int Log(IMigrationDevice device, uint flags, int payload, Span<byte> attached, int pointer)
    {
        BinaryPrimitives.WriteInt32LittleEndian(log, Uapi.EnvelopeSize + payload);
        BinaryPrimitives.WriteUInt32LittleEndian(log.AsSpan(4), flags);
        return device
            .Feature(
                new UserBuffer(log.AsSpan(0, Uapi.EnvelopeSize + payload))
                {
                    Attached = attached,
                    AttachedAccessible = attached.Length,
                    PointerOffset = pointer,
                }
            )
            .Errno;
    }

    private int Feature(IMigrationDevice device, uint flags, uint word)
    {
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), flags);
        BinaryPrimitives.WriteUInt64LittleEndian(argument.AsSpan(8), word);
        return device.Feature(new UserBuffer(argument)).Errno;
    }

    private int PrecopyInfo(IMigrationDevice device)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, Uapi.PrecopyInfoSize);
        return device.DataIoctl(live, Uapi.PrecopyInfo, new UserBuffer(buffer.AsSpan(0, Uapi.PrecopyInfoSize))).Errno;
    }

    private int Set(IMigrationDevice device, uint target)
    {
        var errno = Feature(device, Uapi.MigDeviceState | Uapi.Set, target);
        var descriptor = BinaryPrimitives.ReadInt32LittleEndian(argument.AsSpan(12));
        if (errno != 0 || descriptor < 0)
            return errno;
        // Lockstep keeps the descriptor of the session before this one as well.
        if (stale >= 0)
            device.CloseData(stale);
        (stale, live) = (live, descriptor);
        return errno;
    }

    private long ReadToEnd(IMigrationDevice device, int chunk)
    {
        var total = 0;
        for (CallResult result; (result = device.Read(live, new UserBuffer(buffer.AsSpan(0, chunk)))) is { Errno: 0, Value: > 0 }; total += (int)result.Value)
            buffer.AsSpan(0, (int)result.Value).CopyTo(image.AsSpan(total));
        return length = total;
    }
}
