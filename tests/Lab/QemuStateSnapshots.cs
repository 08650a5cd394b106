using System.Text;
using Conformance.Drivers.QemuSmmu;
using Conformance.Engine.Workers;
using Conformance.Model.Smmu.Device;
using Conformance.Suites.Serialization;
using Conformance.Suites.Smmu;
using Conformance.Tests.Snapshots;
using NUnit.Framework;

namespace Conformance.Tests.Lab;

/// <summary>What real QEMUs save of their SMMU in fixed situations, field by field: a QEMU that saves another one than before is a QEMU to look at.</summary>
[Category("lab")]
public sealed class QemuStateSnapshots : SnapshotFixture
{
    // Of the situations in which the suite migrates an SMMU: each costs a QEMU.
    private static readonly string[] situations =
    [
        "running",
        "disabled",
        "2 records in an event queue of 2",
        "an error behind 1 commands in a queue of 2",
        "other values of CR1, CR2 and IRQ_CTRL",
        "EVENTQ_ABT_ERR",
        "GBPA = 0x2000",
    ];

    [TestCase("7.2", "1")]
    [TestCase("10.0", "1")]
    [TestCase("10.0", "2")]
    [TestCase("10.0", "nested")]
    public Task States(string version, string stage)
    {
        using var source = new SmmuStates(
            new QemuSmmuTarget("qemu-smmuv3:", QemuLab.Executable(version), version == "7.2" ? null : stage) { StateFormat = SmmuStateFormat.Qemu },
            NullJournal.Instance
        );
        var text = new StringBuilder();
        foreach (var situation in situations)
        {
            var number = source.Names.ToList().IndexOf(situation);
            Assert.That(number, Is.Not.Negative, situation);
            text.Append(situation).Append('\n').Append(StateText.Snapshot(source.Save(number))).Append('\n');
        }

        return Match(text.ToString().TrimEnd('\n'));
    }

    [Test]
    [DependsOnTest(nameof(States), AllowFailure = true)]
    public Task No_file_is_an_orphan()
    {
        // What was not rendered because a QEMU is not there has no orphan.
        QemuLab.Executable("7.2");
        QemuLab.Executable("10.0");
        return RefuseOrphans();
    }
}
