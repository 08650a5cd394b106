using Conformance.Model.Contract;
using Conformance.Model.Smmu.Device;
using Conformance.Model.Smmu.Structures;

namespace Conformance.Drivers.QemuSmmu;

public sealed partial class QemuSmmuTarget
{
    private const ulong Scratch = QemuMachine.Memory + 0x200_0000,
        ScratchCommands = Scratch + 0x1_0000;
    private const uint CommandQueueEnable = 1 << 3,
        GbpaUpdate = 1u << 31,
        TableFormat = 3 << 16;

    // What a quick reset writes, in this order: registers that the architecture resets, and those whose value after a reset it leaves open. Behind them, what
    // shows that it worked.
    private static readonly (uint Offset, bool IsWide, Kind Kind)[] State =
    [
        (SmmuRegister.IrqCtrl, false, Kind.Reset),
        (SmmuRegister.Gbpa, false, Kind.Reset),
        (SmmuRegister.GErrorN, false, Kind.Reset),
        (SmmuRegister.Cr1, false, Kind.Open),
        (SmmuRegister.Cr2, false, Kind.Open),
        (SmmuRegister.StrtabBase, true, Kind.Open),
        (SmmuRegister.StrtabBaseCfg, false, Kind.Open),
        (SmmuRegister.CmdqBase, true, Kind.Open),
        (SmmuRegister.CmdqProd, false, Kind.Open),
        (SmmuRegister.CmdqCons, false, Kind.Open),
        (SmmuRegister.EventqBase, true, Kind.Open),
        (SmmuRegister.EventqProd, false, Kind.Open),
        (SmmuRegister.EventqCons, false, Kind.Open),
        (SmmuRegister.GErrorIrqCfg0, true, Kind.Open),
        (SmmuRegister.GErrorIrqCfg1, false, Kind.Open),
        (SmmuRegister.GErrorIrqCfg2, false, Kind.Open),
        (SmmuRegister.EventqIrqCfg0, true, Kind.Open),
        (SmmuRegister.EventqIrqCfg1, false, Kind.Open),
        (SmmuRegister.EventqIrqCfg2, false, Kind.Open),
        (SmmuRegister.Cr0, false, Kind.Shown),
        (SmmuRegister.Cr0Ack, false, Kind.Shown),
        (SmmuRegister.StatusR, false, Kind.Shown),
        (SmmuRegister.IrqCtrlAck, false, Kind.Shown),
        (SmmuRegister.GError, false, Kind.Shown),
    ];

    private readonly SmmuResult[] state = new SmmuResult[State.Length + 1];
    private readonly ulong[] stateAtStart = new ulong[State.Length];
    private uint cr0,
        gbpa;
    private bool hadTwoLevels;

    /// <inheritdoc/>
    /// <remarks>
    /// The line does not reach registers whose value after a reset the architecture leaves open (table and queue bases among them): they are written with what
    /// they had at the start, so that every scene begins alike. Quick writes all registers, runs CFGI_ALL, TLBI_NSNH_ALL and SYNC, and compares the registers
    /// with those at the start. One that differs leads to the line (GERROR does once an error was active: nothing else sets it back), and so does a two-level
    /// stream table since its last use.
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
                WriteState(running.Qtest, Kind.Open);
                running.Qtest.Flush([], [], due);
                hadTwoLevels = false;
            }

            running.Qtest.Raised.Clear();
            (cr0, gbpa) = (0, (uint)StateAtStart(SmmuRegister.Gbpa));
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

    private void LearnStart(QtestConnection qtest)
    {
        ReadState(qtest);
        qtest.Flush(state, [], Environment.TickCount64 + (long)Deadline.TotalMilliseconds);
        for (var index = 0; index < State.Length; index++)
            stateAtStart[index] = state[index].Value;
        qtest.Raised.Clear();
        (cr0, gbpa, hadTwoLevels) = (0, (uint)StateAtStart(SmmuRegister.Gbpa), false);
    }

    private ulong StateAtStart(uint offset) => stateAtStart[Array.FindIndex(State, register => register.Offset == offset)];

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
        WriteState(qtest, Kind.Reset);
        WriteState(qtest, Kind.Open);
        ReadState(qtest);
        qtest.Flush(state, [], due);
        for (var index = 0; index < State.Length; index++)
            if (state[index].Value != stateAtStart[index])
                return false;
        return state[State.Length].Value == 3;
    }

    private void WriteState(QtestConnection qtest, Kind kind)
    {
        for (var index = 0; index < State.Length; index++)
        {
            var (offset, isWide, its) = State[index];
            if (its != kind)
                continue;
            if (isWide)
                qtest.Write64(QemuMachine.Registers + offset, stateAtStart[index]);
            else
                qtest.Write32(QemuMachine.Registers + offset, (uint)stateAtStart[index] | (offset == SmmuRegister.Gbpa ? GbpaUpdate : 0));
        }
    }

    private static void ReadState(QtestConnection qtest)
    {
        for (var index = 0; index < State.Length; index++)
            if (State[index].IsWide)
                qtest.Read64(QemuMachine.Registers + State[index].Offset, index);
            else
                qtest.Read32(QemuMachine.Registers + State[index].Offset, index);
    }

    private enum Kind : byte
    {
        Reset,
        Open,
        Shown,
    }
}
