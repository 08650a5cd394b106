using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using Conformance.Model.Requirements;
using NUnit.Framework;

namespace Conformance.Tests.Migration;

/// <summary>What is kept of the oracle's answers to ordinary requests is what it would say, whatever came before.</summary>
[Category("quick")]
public sealed class PlainRequestsTests
{
    private const int Walks = 300;

    private static readonly Step[] others =
    [
        Step.Get,
        new(StepKind.Reset),
        new(StepKind.Read, 16),
        Step.ReadToEnd(),
        new(StepKind.Write, 16),
        Step.WriteRest(),
        new(StepKind.CloseData),
        new(StepKind.CloseDevice),
        new(StepKind.Reopen),
        Step.FailArc(0, Errno.EIO, broken: false),
        Step.FailArc(2, Errno.EIO, broken: true),
        new(StepKind.FailSave, 8, Errno.EIO),
        new(StepKind.FailSaveRequest, 0, Errno.EIO),
        Step.Submit(WorkKind.Stuck),
        Step.Submit(WorkKind.MemoryWrite),
        Step.Time(8),
    ];

    [Test]
    public void An_answer_that_is_kept_is_the_answer(
        [Values(1, 3, 5, 7)] int features,
        [Values(Channels.Kernel, Channels.Socket, Channels.InProcess)] Channels channel,
        [Values] bool shows
    )
    {
        var capabilities = shows ? ChannelCapabilities.Descriptors | ChannelCapabilities.ArcTrace : ChannelCapabilities.None;
        var machine = new MigrationMachine((MigrationFeatures)features, UapiLevel.V7_2, channel, capabilities, DeviceTraits.Cautious, true, true);
        var dice = new SplitMix(1);
        var (kept, asked) = (0, 0);
        var numbered = new Dictionary<ushort, Outcome>();
        OutcomeSet fast = default,
            slow = default;
        for (var walk = 0; walk < Walks; walk++)
        {
            var state = ModelState.Opened();
            for (var steps = dice.Below(20); steps > 0; steps--)
                Go(machine, ref state, Any(dice), dice);
            if (state.States.Count != 1 || state.Closed)
                continue;
            var from = state.States.First;
            for (var to = DeviceState.Error; to <= DeviceState.PreCopyP2P; to++)
            {
                asked++;
                fast.Clear();
                slow.Clear();
                if (!machine.Plain.TryAllow(machine.Paths, state, from, to, ref fast))
                {
                    Assert.That(fast.Count, Is.Zero);
                    continue;
                }

                kept++;
                Assert.That((machine.Paths.Path(from, to).Arcs > 0, state.FailingArc, from != DeviceState.Resuming), Is.EqualTo((true, (byte)0, true)));
                MigrationOracle.AllowTransition(machine, state, Step.Set(to), machine.Paths.Path(from, to), ref slow);
                Assert.That(Outcomes(fast), Is.EqualTo(Outcomes(slow)), $"{from} to {to}, {state}");
                // Answers are counted by this number: it stands for one outcome and no other.
                Assert.That(fast[0].Prepared, Is.InRange(1, PlainRequests.Most));
                Assert.That(numbered.TryAdd(fast[0].Prepared, fast[0]) || numbered[fast[0].Prepared].Equals(fast[0]), Is.True, $"{from} to {to}, {state}");
            }
        }

        Assert.That(kept, Is.GreaterThan(Walks / 4), "requests that are kept");
        Assert.That(asked, Is.GreaterThan(kept + Walks), "and others");
    }

    private static Step Any(SplitMix dice) => dice.Below(2) == 0 ? Step.Set((DeviceState)dice.Below(9)) : others[dice.Below((uint)others.Length)];

    // One of the ways in which the step may go.
    private static void Go(MigrationMachine machine, ref ModelState state, Step step, SplitMix dice)
    {
        if (!state.HasPlaceFor(step))
            return;
        var outcomes = default(OutcomeSet);
        MigrationOracle.Allowed(machine, state, step, ref outcomes);
        var outcome = outcomes.Count == 0 ? default : outcomes[(int)dice.Below((uint)outcomes.Count)];
        if (outcome.Grade == Grade.Forbidden)
            return;
        MigrationOracle.Advance(machine, ref state, step, MigrationOracle.Nominal(machine, state, step, outcome), outcome);
    }

    // What they say: the number of the first is not part of it.
    private static List<Outcome> Outcomes(in OutcomeSet set)
    {
        var all = new List<Outcome>();
        for (var i = 0; i < set.Count; i++)
            all.Add(set[i] with { Prepared = 0 });
        return all;
    }
}
