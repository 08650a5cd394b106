using System.Globalization;
using Conformance.Drivers.QemuSmmu;
using Conformance.Engine.Campaigns;
using Conformance.Engine.Smmu;
using Conformance.Model.Serialization.Qemu;
using Conformance.Model.Smmu.Device;
using Conformance.Suites.Smmu;
using Conformance.Tests.Serialization;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>The state of real QEMUs: what the model writes they load, what they save the model reads, and DMA goes on behind a migration.</summary>
[TestFixture("7.2", "virt-7.2")]
[TestFixture("10.0", "virt-9.1")]
[Parallelizable(ParallelScope.Self)]
[Category("lab")]
public sealed class QemuStateTests(string version, string machine)
{
    // Each is a QEMU of its own; CONFORMANCE_STATES asks for more.
    private static int States => int.TryParse(Environment.GetEnvironmentVariable("CONFORMANCE_STATES"), NumberStyles.None, null, out var count) ? count : 4;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>A stream with nothing but the SMMU is loaded, its registers read as the model has them, and what is saved then is the same state.</summary>
    [Test]
    public void A_state_of_the_model_goes_through_QEMU_byte_for_byte()
    {
        var folder = Directory.CreateTempSubdirectory("states-").FullName;
        try
        {
            for (var number = 1; number <= States; number++)
            {
                var state = QemuStreamSamples.State((ulong)number);
                if (version == "7.2" || state.Gbpa == SmmuVmState.GbpaReset)
                    state.Gbpa = null;
                var file = Path.Combine(folder, "state");
                File.WriteAllBytes(file, SmmuVmStream.Write(machine, state, described: number % 2 == 0));
                using var qemu = QemuMachine.Start(QemuLab.Executable(version), machine, version == "7.2" ? null : "1", Deadline, isDestination: true);
                Assert.That(qemu.Load(file), Is.Null, $"state {number}");
                Compare(qemu, state, number);
                Assert.That(qemu.Save(file));
                var saved = QemuStream.Read(File.ReadAllBytes(file));
                Assert.That(saved.Problem, Is.Null);
                var again = SmmuVmStream.Read(saved, out var problem);
                Assert.That(problem, Is.Null);
                Assert.That(again!.IsSame(state), $"state {number}: {Convert.ToHexStringLower(again.Bytes)} of {Convert.ToHexStringLower(state.Bytes)}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>From one QEMU to another, with DMA before and behind it: nothing of what was stale at the source.</summary>
    [Test]
    public void DMA_goes_on_at_the_destination()
    {
        using var target = Open();
        var runner = new SceneRunner(target);
        // A leaf that leads elsewhere, read and written; scenes with faults meet what is known of the records of each version.
        foreach (var scene in Plans(runner, "stale-at-the-source").Where((_, index) => index is 0 or 3))
        {
            var result = runner.Run(scene);
            Assert.That((result.Loss, result.Divergence), Is.EqualTo(default((Model.Contract.DeviceLostException?, SceneDivergence?))));
        }
    }

    /// <summary>The property that says which stages there are is not in the state, and nothing else refuses it (VMS-06).</summary>
    [Test]
    public void A_destination_with_other_stages_takes_the_state()
    {
        using var target = Open();
        var runner = new SceneRunner(target);
        var scenes = Plans(runner, "destination-with-other-stages").ToList();
        if (version == "7.2")
            Assert.That(runner.Facts.HasOtherStages, Is.False);
        else
            Assert.That(runner.Describe(scenes[0], runner.Run(scenes[0]).Divergence!).Requirements, Has.Some.EqualTo("VMS-06"));
    }

    private QemuSmmuTarget Open() => new("qemu-smmuv3:", QemuLab.Executable(version)) { StateFormat = SmmuStateFormat.Qemu };

    private static IEnumerable<Scene> Plans(SceneRunner runner, string campaign) =>
        SmmuCampaigns.All.Single(one => one.Name == campaign).Plans(runner.Facts, new(1, 1)).Select(named => named.Plan);

    private static void Compare(QemuMachine qemu, SmmuVmState state, int number)
    {
        (SmmuVmField Field, uint Register)[] narrow =
        [
            (SmmuVmState.Cr0, SmmuRegister.Cr0),
            (SmmuVmState.Cr0Ack, SmmuRegister.Cr0Ack),
            (SmmuVmState.Cr1, SmmuRegister.Cr1),
            (SmmuVmState.Cr2, SmmuRegister.Cr2),
            (SmmuVmState.IrqCtrl, SmmuRegister.IrqCtrl),
            (SmmuVmState.GError, SmmuRegister.GError),
            (SmmuVmState.GErrorN, SmmuRegister.GErrorN),
            (SmmuVmState.StrtabBaseCfg, SmmuRegister.StrtabBaseCfg),
            (SmmuVmState.CmdqProd, SmmuRegister.CmdqProd),
            (SmmuVmState.CmdqCons, SmmuRegister.CmdqCons),
            (SmmuVmState.EventqProd, SmmuRegister.EventqProd),
            (SmmuVmState.EventqCons, SmmuRegister.EventqCons),
        ];
        (SmmuVmField Field, uint Register)[] wide =
        [
            (SmmuVmState.StrtabBase, SmmuRegister.StrtabBase),
            (SmmuVmState.CmdqBase, SmmuRegister.CmdqBase),
            (SmmuVmState.EventqBase, SmmuRegister.EventqBase),
        ];
        var results = new SmmuResult[narrow.Length + wide.Length];
        for (var index = 0; index < narrow.Length; index++)
            qemu.Qtest.Read32(QemuMachine.Registers + narrow[index].Register, index);
        for (var index = 0; index < wide.Length; index++)
            qemu.Qtest.Read64(QemuMachine.Registers + wide[index].Register, narrow.Length + index);
        qemu.Qtest.Flush(results, [], Environment.TickCount64 + (long)Deadline.TotalMilliseconds);
        foreach (var (pair, result) in narrow.Concat(wide).Zip(results))
            Assert.That(result.Value, Is.EqualTo(state[pair.Field]), $"state {number}: {pair.Field.Name}");
    }
}
