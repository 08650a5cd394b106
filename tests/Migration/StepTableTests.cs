using System.Runtime.CompilerServices;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Steps;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>Every kind of step has a row in its place.</summary>
public sealed class StepTableTests
{
    [Test]
    public void Every_kind_has_a_row_at_its_number()
    {
        Assert.That(StepTable.All.Select(row => row.Kind), Is.EqualTo(Enum.GetValues<StepKind>()));
        Assert.That(StepTable.Knows((StepKind)StepTable.All.Count), Is.False);
    }

    [Test]
    public void No_two_kinds_are_said_alike() =>
        Assert.That(StepTable.All.Select(row => row.Words(new(row.Kind, (uint)DeviceState.Stop, 64))), Is.Unique.And.None.Empty);

    // Plans of ten thousands of steps are kept in the journal as they are in memory.
    [Test]
    public void A_step_has_16_bytes() => Assert.That(Unsafe.SizeOf<Step>(), Is.EqualTo(16));

    [Test]
    public void A_step_on_the_peer_says_so()
    {
        Assert.That(new Step(StepKind.Reset, 1, 0, 0).ToString(), Is.EqualTo("on the peer: RESET"));
        Assert.That(new Step(StepKind.Reset, 1, 0, 0), Is.Not.EqualTo(new Step(StepKind.Reset)));
    }

    // A move that leads back would keep a search going for ever.
    [Test]
    public void Simpler_steps_come_to_an_end()
    {
        var odd = new Probe(0x2_0001, 0xffffffff, 7, 3, ProbeOptions.ReadOnly | ProbeOptions.Garbage).ToStep();
        foreach (var start in StepTable.All.Select(row => new Step(row.Kind, 1, 48, 3)).Append(odd with { Device = 1 }))
        {
            var step = start;
            for (var moves = 0; StepTable.Simpler(step).Cast<Step?>().FirstOrDefault() is { } simpler; moves++)
            {
                Assert.That(moves, Is.LessThan(8), $"{start}");
                Assert.That(simpler.Device, Is.EqualTo(start.Device), $"{start}");
                step = simpler;
            }
        }

        Assert.That(StepTable.Simpler(odd).Any(), Is.True);
    }
}
