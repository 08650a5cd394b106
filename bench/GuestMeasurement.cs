using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Conformance.Drivers.LinuxVfio;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;

namespace Conformance.Bench;

/// <summary>
/// Forwarded ioctls per second into a guest of the kernel lab (GET of the state through <see cref="LinuxVfioDevice"/>), beside echoes of the same sixteen bytes
/// over a plain socket. The agent has one connection, so the two take turns in blocks.
/// </summary>
internal static class GuestMeasurement
{
    private const int Blocks = 12,
        CallsPerBlock = 2000,
        Warm = 200;
    private const int FrameSize = 16,
        CallSize = 56,
        ResultSize = 24,
        ArgumentSize = 16;

    internal static int Run(string kernel)
    {
        var lab = Path.Combine(Conditions.Root(), "labs", "kernel");
        if (!File.Exists(Path.Combine(lab, "out", kernel, "stamp")))
        {
            Console.Error.WriteLine($"the guest '{kernel}' is not built: labs/kernel/build --kernel {kernel}");
            return 3;
        }

        Console.WriteLine($"guest {kernel}, one thread, load average {Conditions.Load()}");
        using var guest = new GuestProcess($"'{Path.Combine(lab, "boot")}' --kernel {kernel}");
        var socket = guest.Start();
        List<double> echoes = [],
            forwarded = [],
            ratios = [];
        for (var block = 0; block < Blocks; block++)
        {
            echoes.Add(Echo(socket));
            forwarded.Add(Forward(socket, guest));
            ratios.Add(forwarded[^1] / echoes[^1]);
        }

        ratios.Sort();
        Console.WriteLine($"  agent echo, plain socket  {echoes.Max(), 8:0} calls/s");
        Console.WriteLine(
            $"  GET state, forwarded      {forwarded.Max(), 8:0} calls/s  ratio of the best {forwarded.Max() / echoes.Max():0.00}, of neighbouring "
                + $"blocks {ratios[Blocks / 2]:0.00} (median)"
        );
        return 0;
    }

    private static double Forward(string path, GuestProcess guest)
    {
        using var calls = new GuestCalls(path, LinuxVfioTarget.DefaultDeadline(guest: true), guest.LastWords);
        var location = VfioLocation.Find(calls, "00000000-0000-0000-0000-000000000000");
        using var device = new LinuxVfioDevice(calls, () => OpenedDevice.ByGroup(calls, location), (_, _, _) => null);
        var argument = new byte[ArgumentSize];
        return Rate(() =>
        {
            BinaryPrimitives.WriteInt32LittleEndian(argument, argument.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), Uapi.MigDeviceState | Uapi.Get);
            return device.Feature(new UserBuffer(argument)).Ok;
        });
    }

    private static double Echo(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        var request = new byte[FrameSize + CallSize + ArgumentSize];
        var response = new byte[FrameSize + ResultSize + ArgumentSize];
        BinaryPrimitives.WriteUInt32LittleEndian(request, 0x51524643);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(4), CallSize + ArgumentSize);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(12), 1);
        var call = request.AsSpan(FrameSize);
        BinaryPrimitives.WriteUInt16LittleEndian(call, 1);
        foreach (var field in (ReadOnlySpan<int>)[24, 28, 32])
            BinaryPrimitives.WriteInt32LittleEndian(call[field..], ArgumentSize);
        var sequence = 0u;
        return Rate(() =>
        {
            BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(8), ++sequence);
            socket.Send(request);
            for (var have = 0; have < response.Length; )
            {
                var got = socket.Receive(response.AsSpan(have));
                if (got == 0)
                    return false;
                have += got;
            }

            return BinaryPrimitives.ReadUInt32LittleEndian(response.AsSpan(8)) == sequence;
        });
    }

    private static double Rate(Func<bool> call)
    {
        Repeat(Warm);
        var clock = Stopwatch.StartNew();
        Repeat(CallsPerBlock);
        return CallsPerBlock / clock.Elapsed.TotalSeconds;

        void Repeat(int count)
        {
            for (var i = 0; i < count; i++)
                if (!call())
                    throw new InvalidOperationException("a call into the guest failed");
        }
    }
}
