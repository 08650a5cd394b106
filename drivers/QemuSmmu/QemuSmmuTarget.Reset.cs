using Conformance.Model.Migration;
using Conformance.Model.Smmu;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.QemuSmmu;

public sealed partial class QemuSmmuTarget
{
    private const ulong Scratch = QemuMachine.Memory + 0x200_0000, ScratchCommands = Scratch + 0x1_0000;
    private const uint CommandQueueEnable = 1 << 3, GbpaUpdate = 1u << 31, TableFormat = 3 << 16;

    // What a program can change, in the order in which a quick reset writes it, and behind that what shows that it worked.
    private static readonly (uint Offset, bool IsWide, bool IsWritten)[] State =
    [
        (SmmuRegister.IrqCtrl, false, true), (SmmuRegister.Gbpa, false, true), (SmmuRegister.Cr1, false, true), (SmmuRegister.Cr2, false, true), (SmmuRegister.GErrorN, false, true),
        (SmmuRegister.GErrorIrqCfg0, true, true), (SmmuRegister.GErrorIrqCfg1, false, true), (SmmuRegister.GErrorIrqCfg2, false, true),
        (SmmuRegister.StrtabBase, true, true), (SmmuRegister.StrtabBaseCfg, false, true),
        (SmmuRegister.CmdqBase, true, true), (SmmuRegister.CmdqProd, false, true), (SmmuRegister.CmdqCons, false, true),
        (SmmuRegister.EventqBase, true, true), (SmmuRegister.EventqProd, false, true), (SmmuRegister.EventqCons, false, true),
        (SmmuRegister.EventqIrqCfg0, true, true), (SmmuRegister.EventqIrqCfg1, false, true), (SmmuRegister.EventqIrqCfg2, false, true),
        (SmmuRegister.Cr0, false, false), (SmmuRegister.Cr0Ack, false, false), (SmmuRegister.StatusR, false, false),
        (SmmuRegister.IrqCtrlAck, false, false), (SmmuRegister.GError, false, false),
    ];

    private readonly SmmuResult[] state = new SmmuResult[State.Length + 1];
    private readonly ulong[] stateAfterReset = new ulong[State.Length];
    private uint cr0, gbpa;
    private bool hadTwoLevels;

    /// <inheritdoc/>
    /// <remarks>
    /// Quick writes every register, runs CFGI_ALL, TLBI_NSNH_ALL and SYNC, and compares the registers with those after a real reset. One that differs leads to a
    /// real reset (GERROR does once any error was active: only a reset sets it back), and so does a two-level stream table since the last real one.
    /// </remarks>
    public void Reset(bool quick = false)
    {
        try
        {
            var running = Machine();
            due = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
            if (!quick || hadTwoLevels || !ResetByRegisters(running.Qtest))
            {
                running.Reset();
                hadTwoLevels = false;
            }

            running.Qtest.Raised.Clear();
            (cr0, gbpa) = (0, (uint)StateAfterReset(SmmuRegister.Gbpa));
        }
        catch (DeviceLostException)
        {
            End();
            throw;
        }
    }

    // What a batch writes where it matters to the adapter itself.
    private void Follow(uint offset, uint value)
    {
        if (offset == SmmuRegister.Cr0)
            cr0 = value;
        else if (offset == SmmuRegister.Gbpa && (value & GbpaUpdate) != 0)
            gbpa = value & ~GbpaUpdate;
        else if (offset == SmmuRegister.StrtabBaseCfg)
            hadTwoLevels |= (value & TableFormat) != 0;
    }

    private void LearnReset(QtestConnection qtest)
    {
        ReadState(qtest);
        qtest.Flush(state, [], Environment.TickCount64 + (long)Deadline.TotalMilliseconds);
        for (var index = 0; index < State.Length; index++)
            stateAfterReset[index] = state[index].Value;
        qtest.Raised.Clear();
        (cr0, gbpa, hadTwoLevels) = (0, (uint)StateAfterReset(SmmuRegister.Gbpa), false);
    }

    private ulong StateAfterReset(uint offset) => stateAfterReset[Array.FindIndex(State, register => register.Offset == offset)];

    private bool ResetByRegisters(QtestConnection qtest)
    {
        Span<byte> commands = stackalloc byte[3 * SmmuCommand.Length];
        SmmuCommand.CfgiAll().Write(commands);
        SmmuCommand.TlbiNsnhAll().Write(commands[SmmuCommand.Length..]);
        SmmuCommand.Sync().Write(commands[(2 * SmmuCommand.Length)..]);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.Cr0, 0);
        qtest.WriteMemory(ScratchCommands, commands);
        qtest.Write64(QemuMachine.Registers + SmmuRegister.CmdqBase, ScratchCommands | 2);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.CmdqProd, 0);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.CmdqCons, 0);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.Cr0, CommandQueueEnable);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.CmdqProd, 3);
        qtest.Read32(QemuMachine.Registers + SmmuRegister.CmdqCons, State.Length);
        qtest.Write32(QemuMachine.Registers + SmmuRegister.Cr0, 0);
        for (var index = 0; index < State.Length; index++)
        {
            var (offset, isWide, isWritten) = State[index];
            var value = stateAfterReset[index] | (offset == SmmuRegister.Gbpa ? GbpaUpdate : 0);
            if (isWritten && isWide)
                qtest.Write64(QemuMachine.Registers + offset, value);
            else if (isWritten)
                qtest.Write32(QemuMachine.Registers + offset, (uint)value);
        }

        ReadState(qtest);
        qtest.Flush(state, [], due);
        for (var index = 0; index < State.Length; index++)
            if (state[index].Value != stateAfterReset[index])
                return false;
        return state[State.Length].Value == 3;
    }

    private static void ReadState(QtestConnection qtest)
    {
        for (var index = 0; index < State.Length; index++)
            if (State[index].IsWide)
                qtest.Read64(QemuMachine.Registers + State[index].Offset, index);
            else
                qtest.Read32(QemuMachine.Registers + State[index].Offset, index);
    }
}
