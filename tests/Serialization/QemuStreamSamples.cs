using System.Buffers.Binary;
using System.Text;
using Conformance.Model.Serialization.Qemu;

namespace Conformance.Tests.Serialization;

/// <summary>Migration streams as QEMU writes them, made up: memory in parts, an SMMU, another device, a description.</summary>
internal static class QemuStreamSamples
{
    /// <summary>A state in which every byte has a value of its own, and that contradicts itself nowhere.</summary>
    public static SmmuVmState State(ulong seed = 1)
    {
        var random = new Random((int)seed);
        var state = new SmmuVmState();
        foreach (var field in SmmuVmState.Fields)
            state[field] = (ulong)random.NextInt64();
        state[SmmuVmState.SidSize] = 0;
        state[SmmuVmState.Cr0] = (ulong)random.Next(16) & 0xd;
        state[SmmuVmState.StrtabBaseCfg] = (ulong)random.Next(17) | (ulong)(random.Next(2) << 16) | (ulong)(6 + (2 * random.Next(3))) << 6;
        foreach (
            var (queue, prod, cons) in ((SmmuVmField, SmmuVmField, SmmuVmField)[])
                [(SmmuVmState.CmdqBase, SmmuVmState.CmdqProd, SmmuVmState.CmdqCons), (SmmuVmState.EventqBase, SmmuVmState.EventqProd, SmmuVmState.EventqCons)]
        )
        {
            var log2 = random.Next(20);
            state[queue] = (state[queue] & 0x000f_ffff_ffff_ffe0) | (uint)log2;
            state[cons] = (ulong)random.Next(2 << log2);
            state[prod] = (state[cons] + (ulong)random.Next(1 << log2)) & ((2ul << log2) - 1);
        }

        state.Derive(19);
        state.Gbpa = random.Next(2) == 0 ? null : (uint)random.Next(1 << 20);
        return state;
    }

    /// <summary>A stream of a whole machine.</summary>
    public static byte[] Whole(SmmuVmState state, bool described = true, int pages = 40)
    {
        var to = new List<byte>();
        var smmu = SmmuVmStream.Write("virt-10.0", state);
        var small = QemuStream.Read(smmu);
        var section = small.Find("smmuv3")!.Value;
        to.AddRange(smmu[..section.Offset]);
        Begin(to, QemuMark.Start, 2, "ram", 4);
        U64(to, 0x800_0000 | 0x04);
        Name(to, "mach-virt.ram");
        U64(to, 0x700_0000);
        Name(to, "virt.flash0");
        U64(to, 0x100_0000);
        U64(to, 0x10);
        End(to, 2);
        for (var part = 0; part < 2; part++)
        {
            to.Add((byte)(part == 0 ? QemuMark.Part : QemuMark.Last));
            U32(to, 2);
            for (var page = 0; page < pages; page++)
            {
                var isSame = page > 0;
                var isZero = page % 8 == 3;
                U64(to, (ulong)page << 12 | (isZero ? 0x02ul : 0x08) | (isSame ? 0x20ul : 0));
                if (!isSame)
                    Name(to, "mach-virt.ram");
                to.AddRange(isZero ? new byte[1] : Enumerable.Repeat((byte)page, 4096));
            }

            U64(to, 0x200);
            U64(to, 0x10);
            End(to, 2);
            if (part == 0)
                to.AddRange([(byte)QemuMark.Command, 0, 11, 0, 0]);
        }

        to.AddRange(smmu.AsSpan(section.Offset, section.Length));
        Begin(to, QemuMark.Full, 7, "timer", 2);
        to.AddRange(new byte[24]);
        to.Add((byte)QemuMark.Subsection);
        Name(to, "timer/icount");
        U32(to, 1);
        to.AddRange(new byte[8]);
        End(to, 7);
        to.Add((byte)QemuMark.End);
        if (!described)
            return [.. to];
        const string Timer = """
            ,{"name":"timer","instance_id":0,"vmsd_name":"timer","version":2,"fields":[{"name":"a","type":"int64","array_len":2,"size":8},{"name":"b","type":"int64","size":8}],"subsections":[{"vmsd_name":"timer/icount","version":1,"fields":[{"name":"c","type":"int64","size":8}]}]}]}
            """;
        var json = Encoding.UTF8.GetString(smmu.AsSpan(small.DescriptionOffset));
        var all = Encoding.UTF8.GetBytes(json[..^2] + Timer);
        to.Add((byte)QemuMark.Description);
        U32(to, (uint)all.Length);
        to.AddRange(all);
        return [.. to];
    }

    private static void Begin(List<byte> to, QemuMark mark, uint id, string name, uint version)
    {
        to.Add((byte)mark);
        U32(to, id);
        Name(to, name);
        U32(to, 0);
        U32(to, version);
    }

    private static void End(List<byte> to, uint id)
    {
        to.Add((byte)QemuMark.Footer);
        U32(to, id);
    }

    private static void Name(List<byte> to, string name)
    {
        to.Add((byte)name.Length);
        to.AddRange(Encoding.Latin1.GetBytes(name));
    }

    private static void U32(List<byte> to, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        to.AddRange(bytes);
    }

    private static void U64(List<byte> to, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        to.AddRange(bytes);
    }
}
