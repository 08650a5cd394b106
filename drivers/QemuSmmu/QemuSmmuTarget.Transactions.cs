using System.Buffers.Binary;
using Conformance.Model.Smmu.Device;

namespace Conformance.Drivers.QemuSmmu;

public sealed partial class QemuSmmuTarget
{
    private const uint SmmuEnable = 1,
        GbpaAbort = 1 << 20;
    private const ulong EduAcknowledge = 0x64,
        EduSource = 0x80,
        EduDestination = 0x88,
        EduCount = 0x90,
        EduCommand = 0x98;
    private const uint EduDmaDone = 0x100,
        EduRun = 1,
        EduToMemory = 1 << 1,
        EduInterrupt = 1 << 2;
    private const int WordSize = 4;

    private readonly byte[] words = new byte[WordSize * EduMaster.WordCount];
    private readonly List<EduMaster> busy = [];

    // How far the operations can be run before a master's buffer has to be filled or emptied; the masters know then what they have to hold.
    private int Plan(QemuMachine running, SmmuBatch batch, int from)
    {
        busy.Clear();
        for (var index = from; index < batch.Operations.Count; index++)
        {
            var operation = batch.Operations[index];
            if (operation.Kind != SmmuOperationKind.Transact)
                continue;
            var master = Find(running, operation.Transaction);
            if (!busy.Contains(master))
            {
                busy.Add(master);
                master.Clear();
                running.Prepare(master);
            }

            if (!(operation.Transaction.IsRead ? master.WantRead(index) : master.Want(Word(batch.DataOf(index)))))
                return index;
        }

        return batch.Operations.Count;
    }

    private static EduMaster Find(QemuMachine running, in SmmuTransaction transaction)
    {
        if (
            transaction is not { HasSubstream: false, IsInstruction: false, IsPrivileged: false, Length: 1 or 2 or 4 }
            || transaction.Address % (ulong)transaction.Length != 0
        )
            throw new ArgumentException($"the port of QEMU's SMMU cannot express {transaction}", nameof(transaction));
        foreach (var master in running.Masters)
            if (master.StreamId == transaction.StreamId)
                return master;
        throw new ArgumentException($"no master has the StreamID {transaction.StreamId:#x}", nameof(transaction));
    }

    private void Transact(QemuMachine running, SmmuBatch batch, int index)
    {
        var transaction = batch.Operations[index].Transaction;
        var master = Find(running, transaction);
        if (transaction.IsRead)
            Transfer(running, batch, master, transaction.Address, master.ReadAddressOf(index), transaction.Length, toMemory: false);
        else
            Transfer(running, batch, master, master.AddressOf(Word(batch.DataOf(index))), transaction.Address, transaction.Length, toMemory: true);
    }

    private void Load(QemuMachine running, SmmuBatch batch)
    {
        var bypassed = false;
        foreach (var master in busy)
        {
            if (!master.MustLoad())
                continue;
            if (!bypassed)
                Bypass(running.Qtest, true);
            bypassed = true;
            for (var index = 0; index < master.Wanted.Length; index++)
                BinaryPrimitives.WriteUInt32LittleEndian(words.AsSpan(WordSize * index), master.Wanted[index]);
            running.Qtest.WriteMemory(Scratch, words.AsSpan(0, WordSize * master.Wanted.Length));
            Transfer(running, batch, master, Scratch, EduMaster.Buffer, WordSize * master.Wanted.Length, toMemory: false);
        }

        if (bypassed)
            Bypass(running.Qtest, false);
    }

    private void Unload(QemuMachine running, SmmuBatch batch)
    {
        var bypassed = false;
        foreach (var master in busy)
        {
            var readers = master.Readers;
            if (readers.IsEmpty)
                continue;
            if (!bypassed)
                Bypass(running.Qtest, true);
            bypassed = true;
            var length = WordSize * readers.Length;
            Transfer(running, batch, master, EduMaster.ReadBuffer, Scratch, length, toMemory: true);
            running.Qtest.ReadMemory(Scratch, 0, length);
            running.Qtest.Flush([], words, due);
            for (var place = 0; place < readers.Length; place++)
            {
                var bytes = batch.DataOf(readers[place]);
                words.AsSpan(WordSize * place, bytes.Length).CopyTo(bytes);
            }
        }

        if (bypassed)
            Bypass(running.Qtest, false);
    }

    private void Bypass(QtestConnection qtest, bool on)
    {
        if ((gbpa & GbpaAbort) != 0)
            qtest.Write32(QemuMachine.Registers + SmmuRegister.Gbpa, GbpaUpdate | (on ? gbpa & ~GbpaAbort : gbpa));
        if ((cr0 & SmmuEnable) != 0)
            qtest.Write32(QemuMachine.Registers + SmmuRegister.Cr0, on ? cr0 & ~SmmuEnable : cr0);
    }

    // The DMA runs on a timer behind the commands, and its interrupt says that it is over. It must fall before the next one can be seen to rise.
    private void Transfer(QemuMachine running, SmmuBatch batch, EduMaster master, ulong source, ulong destination, int length, bool toMemory)
    {
        const int Lines = 4;
        var qtest = running.Qtest;
        qtest.Write64(master.Registers + EduSource, source);
        qtest.Write64(master.Registers + EduDestination, destination);
        qtest.Write64(master.Registers + EduCount, (ulong)length);
        qtest.Write32(master.Registers + EduCommand, EduRun | EduInterrupt | (toMemory ? EduToMemory : 0));
        qtest.Raised.Slice(QemuMachine.FirstPciInterrupt, Lines).Clear();
        qtest.Flush(batch.Results, batch.Data, due, QemuMachine.FirstPciInterrupt, Lines);
        qtest.Write32(master.Registers + EduAcknowledge, EduDmaDone);
    }

    private static uint Word(ReadOnlySpan<byte> bytes) =>
        bytes.Length switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        };
}
