using System.Diagnostics;
using System.Globalization;
using Conformance.Model.Serialization.Qemu;

namespace Conformance.Bench;

/// <summary>How fast a migration stream of QEMU is read, beside a plain copy of its bytes.</summary>
internal static class StreamMeasurement
{
    private const int Blocks = 40;

    internal static int Run(string[] files)
    {
        (string What, byte[] Bytes)[] streams =
            files.Length > 0
                ? [.. files.Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))]
                : [("memory, 64 MiB", Memory(16384)), ("sections alone", SmmuVmStream.Write("virt", new()))];
        foreach (var (what, bytes) in streams)
        {
            var stream = QemuStream.Read(bytes);
            if (SmmuVmStream.Read(stream, out var problem) is null)
            {
                Console.Error.WriteLine($"{what}: {problem}");
                return 1;
            }

            var copy = new byte[bytes.Length];
            var turns = (int)Math.Max(1, (8L << 20) / bytes.Length);
            var (read, copied) = (double.MaxValue, double.MaxValue);
            for (var block = 0; block < Blocks; block++)
            {
                read = Math.Min(
                    read,
                    Time(
                        turns,
                        () =>
                        {
                            if (SmmuVmStream.Read(QemuStream.Read(bytes), out _) is null)
                                throw new InvalidOperationException("another stream than before");
                        }
                    )
                );
                copied = Math.Min(copied, Time(turns, () => bytes.AsSpan().CopyTo(copy)));
            }

            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what, -20} {bytes.Length, 12:N0} bytes, {stream.Elements.Count} sections: read in {read * 1e6:N1} us, "
                        + $"{bytes.Length / read / 1e6:N0} MB/s; copied in {copied * 1e6:N1} us, {bytes.Length / copied / 1e6:N0} MB/s"
                )
            );
        }

        Console.WriteLine($"best of {Blocks} blocks each, in turns; load average {Conditions.Load()}");
        return 0;
    }

    private static double Time(int turns, Action what)
    {
        var start = Stopwatch.GetTimestamp();
        for (var turn = 0; turn < turns; turn++)
            what();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / turns;
    }

    // The section of the SMMU behind pages, as QEMU writes them.
    private static byte[] Memory(int pages)
    {
        var small = SmmuVmStream.Write("virt", new());
        var at = QemuStream.Read(small).Find(SmmuVmState.SectionName)!.Value.Offset;
        var to = new List<byte>(pages * 4104 + 2048);
        to.AddRange(small[..at]);
        to.AddRange([(byte)QemuMark.Start, 0, 0, 0, 2, 3, .. "ram"u8, 0, 0, 0, 0, 0, 0, 0, 4]);
        for (var page = 0; page < pages; page++)
        {
            to.AddRange([0, 0, 0, 0, (byte)(page >> 12), (byte)(page >> 4), (byte)(page << 4), (byte)(page == 0 ? 0x08 : 0x28)]);
            if (page == 0)
                to.AddRange([1, (byte)'m']);
            to.AddRange(Enumerable.Repeat((byte)page, 4096));
        }

        to.AddRange([0, 0, 0, 0, 0, 0, 0, 0x10, 0x7e, 0, 0, 0, 2]);
        to.AddRange(small[at..]);
        return [.. to];
    }
}
