using System.Buffers.Binary;
using Conformance.Engine.Snapshots;
using Conformance.Engine.Workers;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;

namespace Conformance.Engine.Migration;

/// <summary>How a device is brought to a state that is saved: always the same way, so that the bytes can be compared with those of another day.</summary>
/// <param name="Name">What the state is called.</param>
/// <param name="Filled">True: the workload filled the device before.</param>
/// <param name="ByPreCopy">True: saved through PRE_COPY, read there up to its temporary end.</param>
public sealed record StateRecipe(string Name, bool Filled, bool ByPreCopy);

/// <summary>Saves the state of devices, without judging: that is the campaigns' business.</summary>
public static class StateReader
{
    private const uint Pattern = 1;
    private const int ChunkBytes = 64 << 10;

    /// <summary>The states that a driver has.</summary>
    public static IReadOnlyList<StateRecipe> Recipes(MigrationFeatures features, ChannelCapabilities capabilities)
    {
        List<StateRecipe> recipes = [new("power-on", Filled: false, ByPreCopy: false)];
        if (!capabilities.HasFlag(ChannelCapabilities.Workload))
            return recipes;
        recipes.Add(new("filled", Filled: true, ByPreCopy: false));
        if (features.HasFlag(MigrationFeatures.PreCopy))
            recipes.Add(new("filled-by-pre-copy", Filled: true, ByPreCopy: true));
        return recipes;
    }

    /// <summary>Saves a state, on a device that is opened for that.</summary>
    /// <exception cref="StateException">A call failed, or the image is too long.</exception>
    public static byte[] Save(IMigrationTarget target, StateRecipe recipe, int number, IJournal journal)
    {
        List<DeviceState> way = recipe.ByPreCopy ? [DeviceState.PreCopy, DeviceState.StopCopy] : [DeviceState.StopCopy];
        journal.Begin(0, number, MigrationLanguage.Instance, new Plan([.. way.Select(Step.Set)]));
        using var device = FirstCall.Open(target, journal);
        // Where a device outlives its user, the one before may have left anything; a driver without reset is new each time, or nothing can be done.
        device.Reset();
        if (recipe.Filled)
            device.Workload?.Apply(Pattern);
        var image = new MemoryStream();
        var session = -1;
        for (var step = 0; step < way.Count; step++)
        {
            journal.Enter(step);
            var handle = Set(device, way[step]);
            if (handle >= 0)
                session = handle;
            if (session < 0)
                throw new StateException($"{way[step].Name()} gave no data_fd");
            Drain(device, session, way[step], image);
        }

        journal.Enter(way.Count);
        device.CloseData(session);
        Set(device, DeviceState.Running);
        journal.End();
        return image.ToArray();
    }

    private static int Set(IMigrationDevice device, DeviceState state)
    {
        Span<byte> argument = stackalloc byte[Uapi.EnvelopeSize + 8];
        BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[4..], Uapi.MigDeviceState | Uapi.Set);
        BinaryPrimitives.WriteUInt32LittleEndian(argument[8..], (uint)state);
        BinaryPrimitives.WriteInt32LittleEndian(argument[12..], -1);
        var result = device.Feature(new UserBuffer(argument));
        return result.Ok
            ? BinaryPrimitives.ReadInt32LittleEndian(argument[12..])
            : throw new StateException($"SET {state.Name()} gave {Errno.Name(result.Errno)}");
    }

    private static void Drain(IMigrationDevice device, int session, DeviceState state, MemoryStream image)
    {
        var buffer = new byte[ChunkBytes];
        while (true)
        {
            var result = device.Read(session, new UserBuffer(buffer));
            if (result is { Ok: true, Value: 0 } || (state == DeviceState.PreCopy && result.Errno == Errno.ENOMSG))
                return;
            if (!result.Ok)
                throw new StateException($"read in {state.Name()} gave {Errno.Name(result.Errno)}");
            if (result.Value < 0 || result.Value > buffer.Length)
                throw new StateException("read gave more bytes than were asked for");
            image.Write(buffer, 0, (int)result.Value);
            if (image.Length > StateException.MaxBytes)
                throw new StateException($"the image has more than {StateException.MaxBytes >> 10} KiB");
        }
    }
}
