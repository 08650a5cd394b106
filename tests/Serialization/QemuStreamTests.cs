using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Conformance.Model.Serialization.Qemu;
using Conformance.Suites.Serialization;
using NUnit.Framework;

namespace Conformance.Tests.Serialization;

/// <summary>Streams of QEMU: what is written is read again, what is not understood is said, and no length is believed.</summary>
[Category("quick")]
[Parallelizable(ParallelScope.Self)]
public sealed class QemuStreamTests
{
    /// <summary>Offsets as they were seen in streams of 7.2, 10.0 and 11.1, from the byte that the section begins with.</summary>
    [Test]
    public void The_section_is_laid_out_as_QEMU_does()
    {
        (SmmuVmField Field, int Offset)[] seen =
        [
            (SmmuVmState.Features, 0x14),
            (SmmuVmState.SidSize, 0x18),
            (SmmuVmState.SidSplit, 0x19),
            (SmmuVmState.Cr0, 0x1a),
            (SmmuVmState.Cr0Ack, 0x26),
            (SmmuVmState.StatusR, 0x2a),
            (SmmuVmState.IrqCtrl, 0x2e),
            (SmmuVmState.GError, 0x32),
            (SmmuVmState.GErrorIrqCfg0, 0x3a),
            (SmmuVmState.GErrorIrqCfg1, 0x42),
            (SmmuVmState.StrtabBase, 0x4a),
            (SmmuVmState.StrtabBaseCfg, 0x52),
            (SmmuVmState.EventqIrqCfg0, 0x56),
            (SmmuVmState.EventqIrqCfg1, 0x5e),
            (SmmuVmState.CmdqBase, 0x66),
            (SmmuVmState.CmdqProd, 0x6e),
            (SmmuVmState.CmdqLog2Size, 0x76),
            (SmmuVmState.EventqBase, 0x77),
            (SmmuVmState.EventqProd, 0x7f),
            (SmmuVmState.EventqLog2Size, 0x87),
        ];
        Assert.That(seen.Select(pair => pair.Field.Offset + 20), Is.EqualTo(seen.Select(pair => pair.Offset)));
        var at = 0;
        foreach (var field in SmmuVmState.Fields)
        {
            Assert.That(field.Offset, Is.EqualTo(at), field.Name);
            at += field.Size;
        }

        Assert.That(at, Is.EqualTo(SmmuVmState.Size).And.EqualTo(116));
    }

    [Test]
    public void A_stream_with_nothing_but_the_section_has_the_bytes_that_QEMU_was_seen_to_load()
    {
        var state = new SmmuVmState();
        Assert.That(SmmuVmStream.Write("virt-7.2", state, described: false), Has.Length.EqualTo(203));
        state.Gbpa = 0x10_1000;
        var bytes = SmmuVmStream.Write("virt-9.1", state, described: false);
        Assert.That(bytes, Has.Length.EqualTo(224));
        Assert.That(
            Convert.ToHexStringLower(bytes.AsSpan(^27..)),
            Is.EqualTo("050b" + Convert.ToHexStringLower("smmuv3/gbpa"u8) + "00000001" + "00101000" + "7e00000001" + "00")
        );
    }

    [Test]
    public void What_is_written_is_read_again([Range(1, 40)] int seed, [Values] bool described)
    {
        var state = QemuStreamSamples.State((ulong)seed);
        foreach (var bytes in (byte[][])[SmmuVmStream.Write("virt-10.0", state, described), QemuStreamSamples.Whole(state, described)])
        {
            var stream = QemuStream.Read(bytes);
            var read = SmmuVmStream.Read(stream, out var problem);
            Assert.That(problem, Is.Null);
            Assert.That(read!.IsSame(state));
            Assert.That(stream.Machine, Is.EqualTo("virt-10.0"));
            Assert.That(read.Contradictions(19), Is.Empty);
        }
    }

    [Test]
    public void A_whole_machine_is_understood_to_its_end()
    {
        var bytes = QemuStreamSamples.Whole(QemuStreamSamples.State());
        var stream = QemuStream.Read(bytes);
        Assert.That(stream.Problem, Is.Null);
        Assert.That((stream.End, stream.Pages, stream.ZeroPages), Is.EqualTo((bytes.Length, 70L, 10L)));
        Assert.That(
            stream.Elements.Select(element => (element.Mark, element.Name)),
            Is.EqualTo(
                new[]
                {
                    (QemuMark.Start, "ram"),
                    (QemuMark.Part, "ram"),
                    (QemuMark.Command, ""),
                    (QemuMark.Last, "ram"),
                    (QemuMark.Full, "smmuv3"),
                    (QemuMark.Full, "timer"),
                }
            )
        );
    }

    /// <summary>Sections have no length: without the description the SMMU, which comes first, is all that can be had.</summary>
    [Test]
    public void Without_a_description_reading_ends_behind_the_SMMU()
    {
        var stream = QemuStream.Read(QemuStreamSamples.Whole(QemuStreamSamples.State(), described: false));
        Assert.That(stream.Problem, Does.StartWith("a section that is neither known nor described at 0x"));
        Assert.That(SmmuVmStream.Read(stream, out _), Is.Not.Null);
    }

    [TestCase("\"sid_split\",\"type\":\"uint8\"", "\"sid_spli\",\"type\":\"uint8\"", "field 2: sid_spli, 1 of 1 bytes instead of sid_split, 1 of 1 bytes")]
    [TestCase("\"array_len\":3", "\"array_len\":4", "field 3: cr, 4 of 4 bytes instead of cr, 3 of 4 bytes")]
    [TestCase("{\"name\":\"sid_size\",\"type\":\"uint8\",\"size\":1},", "", "field 1: sid_split, 1 of 1 bytes instead of sid_size, 1 of 1 bytes")]
    public void A_description_that_differs_is_said(string from, string to, string expected)
    {
        var bytes = SmmuVmStream.Write("virt", new());
        var stream = QemuStream.Read(bytes);
        var json = Encoding.UTF8.GetString(bytes.AsSpan(stream.DescriptionOffset));
        Assert.That(json, Does.Contain(from));
        var description = QemuDescription.Read(Encoding.UTF8.GetBytes(json.Replace(from, to, StringComparison.Ordinal)));
        Assert.That(SmmuVmStream.Differences(description!.Find("smmuv3", 0)!), Has.Some.EqualTo(expected));
    }

    [TestCase(nameof(SmmuVmState.Features), 1ul, "not what STRTAB_BASE_CFG.FMT says")]
    [TestCase(nameof(SmmuVmState.Cr0Ack), 1ul, "not CR0")]
    [TestCase(nameof(SmmuVmState.CmdqLog2Size), 255ul, "not LOG2SIZE of the base, 5")]
    [TestCase(nameof(SmmuVmState.EventqLog2Size), 4ul, "not LOG2SIZE of the base, 5")]
    [TestCase(nameof(SmmuVmState.EventqProd), 0x21ul, "more entries than the queue has")]
    public void What_contradicts_the_registers_is_said(string name, ulong value, string expected)
    {
        var state = new SmmuVmState { [SmmuVmState.CmdqBase] = 5, [SmmuVmState.EventqBase] = 5 };
        state.Derive(19);
        Assert.That(state.Contradictions(19), Is.Empty);
        var field = (SmmuVmField)typeof(SmmuVmState).GetField(name)!.GetValue(null)!;
        state[field] = value;
        Assert.That(state.Contradictions(19), Has.Some.EqualTo((field, expected)));
    }

    /// <summary>Nothing is reserved for a length before the bytes are there.</summary>
    [TestCase(9, 0xffff_ffffu, "a machine's name that is too long")]
    [TestCase(9, 0x0000_0fffu, "cut short: the machine's name")]
    public void No_length_is_believed(int offset, uint length, string expected)
    {
        var bytes = SmmuVmStream.Write("virt", new());
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), length);
        QemuStream.Read(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var stream = QemuStream.Read(bytes);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(256 << 10));
        Assert.That(stream.Problem, Does.StartWith(expected));
    }

    [TestCase(0, 1, "no magic of a stream at 0x0")]
    [TestCase(7, 4, "another version of the container than 3 at 0x4")]
    [TestCase(0, 0, null)]
    public void A_head_that_is_wrong_is_said(int offset, int value, string? expected)
    {
        var bytes = SmmuVmStream.Write("virt", new());
        if (expected is not null)
            bytes[offset] = (byte)value;
        Assert.That(QemuStream.Read(bytes).Problem, Is.EqualTo(expected));
    }

    [Test]
    public void Whatever_a_stream_is_cut_to_is_read_without_an_exception()
    {
        var whole = QemuStreamSamples.Whole(QemuStreamSamples.State(), pages: 2);
        for (var length = 0; length < whole.Length; length++)
        {
            var stream = QemuStream.Read(whole.AsMemory(0, length));
            Assert.That(stream.Problem, Is.Not.Null, length.ToString(CultureInfo.InvariantCulture));
            Assert.That(stream.End, Is.LessThanOrEqualTo(length));
        }
    }

    [Test]
    public void Spoiled_streams_are_read_without_an_exception() => QemuStreamFuzz.Run(seed: 1, count: 20_000);

    /// <summary>Without gaps and overlaps, whatever the bytes are.</summary>
    [Test]
    public void Every_byte_of_any_bytes_is_in_one_line_of_the_text()
    {
        var random = new Random(7);
        for (var turn = 0; turn < 400; turn++)
        {
            var bytes = QemuStreamFuzz.Spoil(QemuStreamSamples.Whole(QemuStreamSamples.State((ulong)turn % 5), described: turn % 2 == 0, pages: 3), random);
            var next = 0;
            var text = QemuStreamText.Render(bytes, out _);
            foreach (var line in text.Split('\n').Skip(1).Where(line => line.StartsWith("0x", StringComparison.Ordinal)))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                Assert.That(Convert.ToInt32(words[0], 16), Is.EqualTo(next), text);
                next += int.Parse(words[1], CultureInfo.InvariantCulture);
            }

            Assert.That(next, Is.EqualTo(bytes.Length), text);
        }
    }

    [Test]
    public void What_the_VMM_wrote_is_escaped()
    {
        var text = QemuStreamText.Render(SmmuVmStream.Write("virt\u001b[2J\nNOT A STATE", new()), out var problem);
        Assert.That(problem, Is.Null);
        Assert.That(text, Does.Not.Contain("\u001b").And.Not.Contain("\nNOT"));
    }
}

/// <summary>A million of them: minutes.</summary>
[Category("long")]
[Parallelizable(ParallelScope.Self)]
public sealed class QemuStreamLongTests
{
    [Test]
    public void A_million_spoiled_streams_are_read_without_an_exception() => QemuStreamFuzz.Run(seed: 2, count: 1_000_000);
}

/// <summary>Streams with bytes changed, cut, doubled and lengths made large.</summary>
internal static class QemuStreamFuzz
{
    internal static void Run(int seed, int count)
    {
        var random = new Random(seed);
        byte[][] bases =
        [
            .. Enumerable
                .Range(1, 4)
                .SelectMany(number =>
                    (byte[][])
                        [
                            QemuStreamSamples.Whole(QemuStreamSamples.State((ulong)number), described: number % 2 == 0, pages: 1),
                            SmmuVmStream.Write("virt", QemuStreamSamples.State((ulong)number), described: number % 2 == 1),
                        ]
                ),
        ];
        var (complete, states) = (0, 0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var number = 0; number < count; number++)
        {
            var bytes = Spoil(bases[number % bases.Length], random);
            var stream = QemuStream.Read(bytes);
            if (stream.End > bytes.Length || stream.Elements.Any(element => element.Offset < 0 || element.Offset + element.Length > bytes.Length))
                Assert.Fail($"seed {seed}, stream {number}: an element outside of the stream");
            complete += stream.Problem is null ? 1 : 0;
            states += SmmuVmStream.Read(stream, out _) is null ? 0 : 1;
        }

        // Both kinds are there, and no stream made the reader reserve more than a few times its size.
        Assert.That(complete, Is.InRange(count / 100, count - (count / 100)));
        Assert.That(states, Is.InRange(count / 10, count - (count / 100)));
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / count, Is.LessThan(200_000));
    }

    internal static byte[] Spoil(byte[] whole, Random random)
    {
        var bytes = whole.ToArray();
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            var at = random.Next(Math.Max(1, bytes.Length));
            switch (random.Next(6))
            {
                case 0 when bytes.Length > 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when bytes.Length > 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when bytes.Length >= at + 4:
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), random.Next(2) == 0 ? uint.MaxValue : 0x7fff_ffff);
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(40))..]];
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[Math.Max(0, at - random.Next(40))..]];
                    break;
            }
        }

        return bytes;
    }
}
