using Conformance.Engine.Campaigns;
using Conformance.Engine.Migration;
using Conformance.Model.Contract;
using Conformance.Model.Migration.Device;
using Conformance.Model.Migration.Oracle;
using Conformance.Model.Migration.Steps;
using static Conformance.Model.Requirements.RequirementId;

namespace Conformance.Suites.Migration;

/// <summary>MIG-RES: what loads, and what must not. Streams are spoiled in ways that the driver declares, or that are wrong in every format.</summary>
internal static class ResumingCampaigns
{
    private static readonly Step save = Step.Set(DeviceState.StopCopy);
    private static readonly Step run = Step.Set(DeviceState.Running);
    private static readonly Step stop = Step.Set(DeviceState.Stop);
    private static readonly Step resume = Step.Set(DeviceState.Resuming);
    private static readonly Step whole = Step.ReadToEnd();
    private static readonly Step load = Step.WriteRest();
    private static readonly Step loadFirst = Step.WriteRest(image: Images.First);
    private static readonly Step reset = new(StepKind.Reset);
    private static readonly Step digest = new(StepKind.Digest);
    private static readonly uint[] lengths = [1, 8, 24, 40, 60, 176, 264, 4096, 16384];
    private static readonly uint[] pieces = [1, 7, 40, 65536];
    private static readonly Step[] image = [save, whole, run];

    internal static MigrationCampaign Valid { get; } =
        new DirectedPlans(
            "valid-loads",
            [
                // Every way into RESUMING gives a descriptor that can be written.
                new([MIG_RES_01], Needs.Descriptors, Entered),
                // What was saved right after a load is what was loaded; the same stream twice is the same content; a second load replaces the first; a device
                // takes its own stream back, directly from STOP_COPY.
                new([MIG_RES_20, MIG_RES_21, MIG_RES_22, MIG_RES_26], Needs.Migration, Again),
                // A stream that began in pre-copy is loaded as one stream.
                new([MIG_RES_24], Needs.EarlyStream, PreCopied),
                // What waits in a stream is not begun while it is loaded.
                new([MIG_RES_23], Needs.MemoryWork, Quiet),
                // A reset in the middle of a load leaves nothing of it.
                new([MIG_RES_08], Needs.All(Needs.Reset, Needs.Workload), Aborted),
                // A write behind a complete stream that is refused has changed nothing.
                new([MIG_RES_27], Needs.Migration, SurplusRefused),
                // Neither has one whose bytes cannot be read, before and behind the stream.
                new([MIG_RES_27], Needs.All(Needs.Migration, Needs.MemoryProtection), UnreadableWrites),
                // The descriptor takes nothing any more when RESUMING was left.
                new([MIG_RES_15], Needs.EndedResuming, Ended),
            ],
            MigrationWitness.CompletedLoad
        );

    internal static MigrationCampaign Refused { get; } =
        new DirectedPlans(
            "refused-loads",
            [
                // Nothing at all was written.
                new([MIG_RES_10], Needs.All(Needs.State, Needs.Refusal), Empty),
                // A stream that ends early, at every byte of a short one: a record's boundary is among them. The state afterwards is RESUMING or ERROR.
                new([MIG_RES_04, MIG_RES_07], Needs.Refusal, Cuts),
                // Bytes follow a stream, in the same write or in one of their own.
                new([MIG_RES_09], Needs.EndOfStream, Extended),
                // Another stream follows, whole or beginning where the first one is not through yet.
                new([MIG_RES_18], Needs.EndOfStream, Joined),
                // The stream contradicts itself: a fixed field, a length, a bit anywhere below a checksum.
                new([MIG_RES_05, MIG_RES_13], Needs.Contradiction, Contradictions),
                // It says that another kind of device has saved it.
                new([MIG_RES_06, MIG_RES_13], Needs.Field(FieldRole.Identity), Foreign),
                // It is of a version that is not known yet.
                new([MIG_RES_19], Needs.Field(FieldRole.Version), Newer),
                // A length of gigabytes.
                new([MIG_RES_17], Needs.LargeLength, Huge),
                // A reset behind a load that was refused leaves nothing of it.
                new([MIG_RES_08], Needs.All(Needs.Refusal, Needs.Reset, Needs.Workload), RefusedAndReset),
                // Every request that leaves RESUMING looks at the stream; a second one passes no more than the first, until a good stream was loaded.
                new([MIG_RES_11, MIG_RES_12], Needs.Refusal, EveryWayOut),
                // A load that succeeded is no excuse for the next one, in the same open and behind a reset.
                new([MIG_RES_14], Needs.Refusal, FromScratch),
                // What was read of a session that was given up is no stream.
                new([MIG_RES_25], Needs.All(Needs.EarlyStream, Needs.Refusal), Cancelled),
            ]
        );

    internal static MigrationCampaign Arbitrary { get; } =
        new DirectedPlans(
            "arbitrary-loads",
            [
                // Whatever is written: no crash, no hang, and a reset brings everything back.
                new([MIG_RES_16], Needs.Forgetful, AnyBytes),
                // An index that points out of the device.
                new([MIG_RES_28], Needs.All(Needs.Field(FieldRole.Index), Needs.Outlasting), OutOfRange),
            ]
        );

    private static Step Spoil(SpoilKind kind, ulong value = 0, int position = 0, int size = 0, bool @sealed = false) =>
        new ImageSpoil(kind, value, position, size, @sealed).ToStep();

    // The field has another value, and a checksum that goes with it.
    private static Step Put(StreamFields stream, StreamField field, ulong value) => Spoil(SpoilKind.Put, value, field.Offset, field.Size, stream.HasSum);

    private static Step Flip(StreamFields stream, StreamField field, int bit) =>
        Spoil(SpoilKind.Flip, (ulong)((8 * field.Offset) + bit), @sealed: stream.HasSum);

    private static Plan Bad(params Step[] spoils) => Plan.Of([.. image, .. spoils, resume, load, stop, Step.Get]);

    private static IEnumerable<Plan> Entered(MigrationMachine machine)
    {
        yield return Plan.Of(resume, Step.Get);
        foreach (var state in Routes.States(machine).Where(state => state != DeviceState.Resuming))
            yield return Plan.Of([.. Routes.To(machine, state), resume, Step.Get]);
    }

    private static IEnumerable<Plan> Again(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        yield return Plan.Of([.. work, .. image, .. other, resume, load, save, whole, run, .. other, resume, load, run, .. look]);
        yield return Plan.Of([.. work, .. image, .. other, resume, load, stop, resume, load, run, .. look]);
        yield return Plan.Of([.. work, .. image, .. other, resume, load, run, .. other, resume, load, run, .. look]);
        yield return Plan.Of([.. work, save, whole, resume, load, run, .. look]);
        yield return Plan.Of([.. work, save, whole, stop, resume, load, stop, run, .. look]);
        // First one content, then the other one over it.
        Step[] two = [.. work, .. image, .. other, .. look, .. image];
        yield return Plan.Of([.. two, resume, loadFirst, stop, resume, load, run, .. look]);
        yield return Plan.Of([.. two, resume, load, stop, resume, loadFirst, run, .. look]);
        yield return Plan.Of([.. two, resume, loadFirst, run, .. look, resume, load, run, .. look]);
    }

    private static IEnumerable<Plan> PreCopied(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        foreach (var state in Routes.PreCopies(machine))
        {
            yield return Plan.Of([.. work, Step.Set(state), whole, save, whole, run, .. other, resume, load, run, .. look]);
            yield return Plan.Of([.. work, Step.Set(state), save, whole, run, .. other, resume, load, run, .. look]);
            yield return Plan.Of([.. work, Step.Set(state), whole, save, whole, resume, load, run, .. look]);
        }
    }

    private static IEnumerable<Plan> Quiet(MigrationMachine machine)
    {
        Step[] saved = [Step.Submit(WorkKind.MemoryWrite, 1), stop, Step.Time(0), save, whole];
        yield return Plan.Of([.. saved, stop, resume, load, Step.Time(4)]);
        yield return Plan.Of([.. saved, run, Step.Time(4), resume, load, Step.Time(4), run, Step.Time(4)]);
    }

    // What a reset makes of the content is seen first, and then what is there before a load.
    private static readonly Step[] fresh = [reset, digest, new(StepKind.Apply, 1), .. image, new(StepKind.Apply, 2), digest];

    private static IEnumerable<Plan> RefusedAndReset(MigrationMachine machine)
    {
        // The last one is refused where a checksum is looked at, declared or not; where none is, another content was loaded, and a reset takes that back too.
        foreach (var spoil in new[] { Spoil(SpoilKind.Drop, 1), Spoil(SpoilKind.Keep, 40) }.Concat(Known(machine)).Append(Spoil(SpoilKind.Flip, 8 * 20)))
        foreach (var target in Routes.Out(machine, DeviceState.Resuming))
            yield return Plan.Of([.. fresh, spoil, resume, load, target, reset, digest]);
    }

    private static IEnumerable<Plan> Aborted(MigrationMachine machine)
    {
        yield return Plan.Of([.. fresh, resume, load, reset, digest]);
        foreach (var count in new uint[] { 1, 8, 24, 40, 100, 170, 190 })
            yield return Plan.Of([.. fresh, resume, new(StepKind.Write, count), reset, digest]);
    }

    private static IEnumerable<Plan> SurplusRefused(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        foreach (var count in new uint[] { 1, 8, 4096 })
        {
            yield return Plan.Of([.. image, resume, load, new(StepKind.WriteSurplus, count), stop, Step.Get]);
            yield return Plan.Of([.. work, .. image, .. other, resume, load, new(StepKind.WriteSurplus, count, 1), run, .. look]);
        }
    }

    private static IEnumerable<Plan> UnreadableWrites(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        var unreadable = new Step(StepKind.WriteUnmapped, 16);
        // The stream itself in one piece: what becomes of pieces is another question, and a graver one.
        foreach (var way in new Step[][] { [unreadable, load], [load, unreadable], [unreadable, load, unreadable] })
        {
            yield return Plan.Of([.. image, resume, .. way, stop, Step.Get]);
            yield return Plan.Of([.. work, .. image, .. other, resume, .. way, run, .. look]);
        }
    }

    private static IEnumerable<Plan> Ended(MigrationMachine machine)
    {
        var late = new Step(StepKind.StaleWrite, 16);
        foreach (var target in Routes.Out(machine, DeviceState.Resuming))
            yield return Plan.Of([.. image, resume, load, target, late, Step.Get]);
        yield return Plan.Of(resume, reset, late, Step.Get);
    }

    private static IEnumerable<Plan> Empty(MigrationMachine machine)
    {
        foreach (var target in Routes.Out(machine, DeviceState.Resuming))
            yield return Plan.Of(resume, target, Step.Get, target, reset, Step.Get);
        yield return Plan.Of([.. image, resume, Spoil(SpoilKind.Keep, 0), load, stop, Step.Get]);
        if (machine.Can(ChannelCapabilities.Descriptors))
            yield return Plan.Of(resume, new(StepKind.CloseData), stop, Step.Get);
    }

    private static IEnumerable<Plan> Cuts(MigrationMachine machine, CampaignInput input)
    {
        // Of a kernel device each plan costs milliseconds, and known streams are short.
        var every = machine.Channel == Channels.InProcess ? 256u : 64u;
        for (var kept = 0u; kept < every; kept++)
            yield return Bad(Spoil(SpoilKind.Keep, kept));
        for (var dropped = 1u; dropped <= 32; dropped++)
            yield return Bad(Spoil(SpoilKind.Drop, dropped));
        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 16; i++)
            yield return Bad(Spoil(SpoilKind.Keep, every + random.Below(1u << (8 + (i / 2)))));
        // Written piece by piece, and left where a piece ends.
        foreach (var piece in new uint[] { 1, 7, 8, 24, 40, 64 })
            yield return Plan.Of([.. image, resume, new(StepKind.Write, piece), stop, Step.Get, run, Step.Get]);
    }

    private static IEnumerable<Plan> Extended(MigrationMachine machine)
    {
        foreach (var count in new uint[] { 1, 4, 8, 24, 136, 4096 })
        {
            yield return Bad(Spoil(SpoilKind.Extend, count));
            yield return Plan.Of([.. image, resume, load, new(StepKind.WriteSurplus, count), stop, Step.Get]);
        }
    }

    private static IEnumerable<Plan> Joined(MigrationMachine machine)
    {
        var (work, other, look) = Contents.Around(machine);
        yield return Bad(Spoil(SpoilKind.Join));
        Step[] two = [.. work, .. image, .. other, .. look, .. image];
        yield return Plan.Of([.. two, Spoil(SpoilKind.Join), resume, load, stop, Step.Get]);
        yield return Plan.Of([.. two, Spoil(SpoilKind.Join), resume, Step.WriteRest(8), stop, Step.Get]);
        if (!machine.Traits.Stream.HasSum)
            yield break;
        foreach (var count in new uint[] { 8, 32, 60, 100, 180, 200 })
            yield return Plan.Of([.. two, Spoil(SpoilKind.Splice, count), resume, load, stop, Step.Get]);
    }

    private static IEnumerable<Plan> Contradictions(MigrationMachine machine, CampaignInput input)
    {
        var stream = machine.Traits.Stream;
        foreach (var field in stream.Of(FieldRole.Fixed))
        {
            foreach (var value in new ulong[] { 0, 1, field.Most })
            foreach (var plan in Spelled(Put(stream, field, value), field))
                yield return plan;
            for (var bit = 0; bit < 8 * field.Size; bit++)
                yield return Bad(Flip(stream, field, bit));
        }

        foreach (var field in stream.Of(FieldRole.Length))
        foreach (var value in new uint[] { 0, 1, 255 })
            yield return Bad(Put(stream, field, value));
        if (!stream.HasSum)
            yield break;
        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 128; i++)
            yield return Bad(Spoil(SpoilKind.Flip, random.Below(8 * 320)));
        for (var i = 0; i < 32; i++)
            yield return Bad(Spoil(SpoilKind.Swap, 8 + (8 * random.Below(3)) | (ulong)(8 + (8 * random.Below(3))) << 32, (int)(8 * random.Below(32))));
    }

    private static IEnumerable<Plan> Foreign(MigrationMachine machine)
    {
        var stream = machine.Traits.Stream;
        foreach (var field in stream.Of(FieldRole.Identity))
        {
            foreach (var value in new uint[] { 0, 1, 3, 0xA256 })
            foreach (var plan in Spelled(Put(stream, field, value), field))
                yield return plan;
            for (var bit = 0; bit < 8 * field.Size; bit += 5)
                yield return Bad(Flip(stream, field, bit));
        }
    }

    private static IEnumerable<Plan> Newer(MigrationMachine machine)
    {
        var stream = machine.Traits.Stream;
        foreach (var field in stream.Of(FieldRole.Version))
        foreach (var value in new[] { field.Limit + 1, field.Limit + 100 })
            yield return Bad(Put(stream, field, value));
    }

    private static IEnumerable<Plan> Huge(MigrationMachine machine)
    {
        var stream = machine.Traits.Stream;
        foreach (var field in stream.Of(FieldRole.Length).Where(field => field.Size >= 4))
        {
            var most = field.Most;
            foreach (var value in new[] { most, most - 7, most >> 1, (most >> 1) + 1, 1ul << 31, 0xFFFF_FFF8 }.Where(value => value <= most).Distinct())
                yield return Bad(Put(stream, field, value));
        }
    }

    private static IEnumerable<Plan> OutOfRange(MigrationMachine machine)
    {
        var stream = machine.Traits.Stream;
        // What a load left in the device before, by a plan of this kind, is no content to begin with.
        var (work, _, _) = Contents.Around(machine);
        foreach (var field in stream.Of(FieldRole.Index))
        foreach (var value in new[] { field.Limit, field.Limit + 1, field.Most })
            yield return Plan.Of([.. work, .. image, Put(stream, field, value), resume, load, stop, Step.Get, reset, Step.Get]);
    }

    private static IEnumerable<Plan> EveryWayOut(MigrationMachine machine)
    {
        foreach (var spoil in new[] { Spoil(SpoilKind.Keep, 12), Spoil(SpoilKind.Drop, 1), Spoil(SpoilKind.Keep, 0) }.Concat(Known(machine)))
        foreach (var target in Routes.Out(machine, DeviceState.Resuming))
        {
            yield return Plan.Of([.. image, spoil, resume, load, target, Step.Get, target, Step.Get]);
            yield return Plan.Of([.. image, spoil, resume, load, target, Step.Get, run, Step.Get, reset, resume, loadFirst, run, Step.Get]);
        }
    }

    private static IEnumerable<Plan> FromScratch(MigrationMachine machine)
    {
        foreach (var spoil in new[] { Spoil(SpoilKind.Drop, 1), Spoil(SpoilKind.Keep, 8) }.Concat(Known(machine)))
        {
            yield return Plan.Of([.. image, resume, load, stop, spoil, resume, load, stop, Step.Get]);
            yield return Plan.Of([.. image, resume, load, run, reset, spoil, resume, load, stop, Step.Get]);
            // A bad one before it changes nothing either.
            yield return Plan.Of([.. image, spoil, resume, load, stop, Step.Get, reset, resume, loadFirst, stop, resume, load, stop, Step.Get]);
        }
    }

    private static IEnumerable<Plan> Cancelled(MigrationMachine machine)
    {
        var take = Spoil(SpoilKind.TakeRead);
        foreach (var state in Routes.PreCopies(machine))
        foreach (var target in new[] { stop, run })
        {
            yield return Plan.Of(Step.Set(state), whole, take, run, resume, load, target, Step.Get);
            yield return Plan.Of(Step.Set(state), new(StepKind.Read, 24), take, run, resume, load, target, Step.Get);
        }
    }

    private static IEnumerable<Plan> AnyBytes(MigrationMachine machine, CampaignInput input)
    {
        var random = new SplitMix(input.Seed);
        for (var i = 0; i < 64; i++)
        {
            var seed = i % 4 == 0 ? 0 : 1 + (ulong)random.Below(1 << 30);
            yield return Plan.Of(resume, new(StepKind.WriteSurplus, lengths[i % lengths.Length], seed), stop, Step.Get, reset, Step.Get);
        }

        for (var i = 0; i < 256; i++)
        {
            List<Step> spoils = [];
            for (var count = 1 + random.Below(3); count > 0; count--)
                spoils.Add(Damage(random, machine.Traits.Stream.HasSum));
            yield return Plan.Of([.. image, .. spoils, resume, Step.WriteRest(pieces[i % pieces.Length]), stop, Step.Get, reset, Step.Get]);
        }
    }

    private static Step Damage(SplitMix random, bool hasSum)
    {
        var isSealed = hasSum && random.Below(2) == 0;
        return random.Below(5) switch
        {
            0 => Spoil(SpoilKind.Keep, random.Below(320), @sealed: isSealed),
            1 => Spoil(SpoilKind.Extend, 1 + random.Below(64), @sealed: isSealed),
            2 => Spoil(SpoilKind.Put, ulong.MaxValue >> (int)random.Below(64), (int)(4 * random.Below(80)), 4 << (int)random.Below(2), isSealed),
            3 => Spoil(SpoilKind.Swap, 8 | (ulong)(8 * (1 + random.Below(2))) << 32, (int)(8 * random.Below(40)), @sealed: isSealed),
            _ => Spoil(SpoilKind.Flip, random.Below(8 * 320), @sealed: isSealed),
        };
    }

    // In one write, and in two: behind the first the driver has seen the field.
    private static IEnumerable<Plan> Spelled(Step spoil, StreamField field)
    {
        yield return Bad(spoil);
        yield return Plan.Of([.. image, spoil, resume, new(StepKind.Write, (uint)field.Offset + field.Size), load, stop, Step.Get]);
        yield return Plan.Of([.. image, spoil, resume, new(StepKind.Write, 40), load, stop, Step.Get]);
    }

    // What is known to be refused by what the stream says.
    private static IEnumerable<Step> Known(MigrationMachine machine)
    {
        var stream = machine.Traits.Stream;
        foreach (var field in stream.Of(FieldRole.Fixed).Concat(stream.Of(FieldRole.Identity)))
            yield return Flip(stream, field, 0);
        if (stream.HasSum)
            yield return Spoil(SpoilKind.Flip, 8 * 64);
    }
}
